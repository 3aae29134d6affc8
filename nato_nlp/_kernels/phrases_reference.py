"""Plain twins of the phrase kernels: what tokens, mentions, hits, clauses and cues are, on strings and lists."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

# in the order in which they are tried; what follows an apostrophe inside a word is no token, save in "won't" and its like
TOKEN = re.compile(
    r"""(?P<tail>(?<=\w)['’]\w{1,2}\b) | (?P<word>\w*[nN]['’][tT]\b|\w+) | (?P<stop>[!?;:]|(?<!\b\w)\.(?!\w))
    | (?P<comma>,) | (?P<straight>") | (?P<opening>“) | (?P<closing>”) | (?P<other>[()–—]|-(?=-))""",
    re.VERBOSE,
)
AFTER, BEFORE, NOT_AFTER, NOT_BEFORE = range(4)
MAIN, SUBORDINATE, BEHIND_BUT = range(3)
NEGATING, SUBORDINATING = 1, 2
UNKNOWN = ""  # the word that a mention becomes
Condition = tuple[int, frozenset[str]]


class Token(NamedTuple):
    """A word or a mark, and its span in characters."""

    kind: str
    text: str
    begin: int
    end: int


class PlainNames(NamedTuple):
    """Entries by phrase, and the conditions of each entry."""

    phrases: Mapping[tuple[str, ...], Sequence[int]]
    conditions: Sequence[Sequence[Condition]]


class PlainEntry(NamedTuple):
    """What an entry of a lexicon says; ``negated`` is None when negation changes nothing."""

    quad: int
    root: int
    negated: int | None
    weak: bool
    noun: bool
    verb: bool


class PlainLexicon(NamedTuple):
    """A lexicon: phrases in lower case, split verbs by first word, and function words."""

    names: PlainNames
    entries: Sequence[PlainEntry]
    split: Mapping[str, Sequence[tuple[int, tuple[str, ...]]]]
    same: Mapping[str, str]
    negators: frozenset[str]
    subordinators: frozenset[str]
    buts: frozenset[str]
    determiners: frozenset[str]
    pairs: frozenset[tuple[str, str, int]]


class PlainTerms(NamedTuple):
    """Entries of terms by phrase in lower case, and which of their words needs a capital, from 1; 0 for none."""

    phrases: Mapping[tuple[str, ...], Sequence[int]]
    cased: Sequence[int]


class Hit(NamedTuple):
    """A hit: entry, quad after negation, clause, whether it is negated, quoted, of several words in a row, side and span."""

    entry: int
    quad: int
    clause: int
    negated: bool
    quoted: bool
    long: bool
    side: int
    begin: int
    end: int


def tokens_reference(text: str) -> list[Token]:
    """Return words and punctuation."""
    found = [Token(m.lastgroup or "", m[0].replace("’", "'"), m.start(), m.end()) for m in TOKEN.finditer(text)]
    return [token for token in found if token.kind != "tail"]


def lower_reference(word: str) -> str:
    """Lower-case character by character; U+0130, whose lower case is two characters, stays."""
    return "".join(letter if letter == "\u0130" else letter.lower() for letter in word)


def holds(conditions: Sequence[Condition], tokens: Sequence[Token], begin: int, end: int, reach: int) -> bool:
    """Tell whether all conditions hold on the words around ``tokens[begin:end]``, as far as the next full stop."""
    for kind, words in conditions:
        ahead = kind in (AFTER, NOT_AFTER)
        near = tokens[end : end + reach] if ahead else tokens[max(0, begin - reach) : begin][::-1]
        stop = next((k for k, token in enumerate(near) if token.kind == "stop"), len(near))
        if any(token.kind == "word" and token.text in words for token in near[:stop]) != (kind in (AFTER, BEFORE)):
            return False
    return True


def phrase_at(names: PlainNames, tokens: Sequence[Token], i: int) -> list[tuple[int, int]]:
    """Return entry and end of each phrase that begins at a token, shorter ones first."""
    found = []
    longest = max(map(len, names.phrases), default=0)
    for end in range(i + 1, min(len(tokens), i + longest) + 1):
        if all(token.kind == "word" for token in tokens[i:end]):
            found += [(entry, end) for entry in names.phrases.get(tuple(token.text for token in tokens[i:end]), ())]
    return found


def mentions_reference(names: PlainNames, tokens: Sequence[Token], reach: int = 4) -> list[tuple[int, int, int]]:
    """Return entry, first token and end of each name: the longest from left to right, of its entries the first that holds."""
    mentions, i = [], 0
    while i < len(tokens):
        found = [
            (e, end) for e, end in phrase_at(names, tokens, i) if holds(names.conditions[e], tokens, i, end, reach)
        ]
        if found:
            end = max(end for _, end in found)
            mentions.append((next(entry for entry, stop in found if stop == end), i, end))
        i = mentions[-1][2] if found else i + 1
    return mentions


def terms_reference(terms: PlainTerms, tokens: Sequence[Token]) -> list[tuple[int, int, int]]:
    """Return entry and span in characters of each term: the longest from left to right, the first entry that fits."""
    told, i = [], 0
    lower = [token._replace(text=lower_reference(token.text)) for token in tokens]
    while i < len(tokens):
        fit = [
            (entry, end)
            for entry, end in phrase_at(PlainNames(terms.phrases, ()), lower, i)
            if not terms.cased[entry] or tokens[i + terms.cased[entry] - 1] != lower[i + terms.cased[entry] - 1]
        ]
        end = max((end for _, end in fit), default=i + 1)
        if fit:
            told.append((next(e for e, stop in fit if stop == end), tokens[i].begin, tokens[end - 1].end))
        i = end
    return told


def hidden_reference(
    lexicon: PlainLexicon, tokens: Sequence[Token], mentions: Sequence[tuple[int, int, int]]
) -> list[Token]:
    """Return tokens in lower case, with one unknown word in the place of each mention."""
    ends = {begin: end for _, begin, end in mentions}
    left, i = [], 0
    while i < len(tokens):
        word = lower_reference(tokens[i].text)
        left.append(tokens[i]._replace(text=UNKNOWN if i in ends else lexicon.same.get(word, word)))
        i = ends.get(i, i + 1)
    return left


def has_pair(lexicon: PlainLexicon, tokens: Sequence[Token], i: int, kind: int) -> bool:
    """Tell whether two words that work as one function word begin at a token."""
    pair = tokens[i : i + 2]
    return (
        len(pair) == 2 and all(t.kind == "word" for t in pair) and (pair[0].text, pair[1].text, kind) in lexicon.pairs
    )


def clauses_reference(lexicon: PlainLexicon, tokens: Sequence[Token]) -> list[tuple[int, bool]]:
    """Return the clause of each token and whether it stands within a quotation."""
    found = []
    quoted = subordinate = but = False
    for i, (kind, text, *_) in enumerate(tokens):
        if kind in ("straight", "opening", "closing"):
            quoted = kind == "opening" or (kind == "straight" and not quoted)
        elif kind in ("stop", "comma"):
            subordinate = False
        elif text in lexicon.subordinators or has_pair(lexicon, tokens, i, SUBORDINATING):
            subordinate = True
        elif text in lexicon.buts:
            subordinate, but = False, True
        found.append((SUBORDINATE if subordinate else BEHIND_BUT if but else MAIN, quoted))
    return found


def split_at(lexicon: PlainLexicon, tokens: Sequence[Token], i: int, gap: int = 6) -> list[tuple[int, int]]:
    """Return entry and number of words of each verb at a token whose particle follows behind at least one other token."""
    found = []
    window = [token.text if token.kind in ("word", "stop", "comma") else None for token in tokens[i + 1 : i + 1 + gap]]
    stop = next((k for k in range(len(window)) if tokens[i + 1 + k].kind in ("stop", "comma")), len(window))
    for entry, rest in lexicon.split.get(tokens[i].text, ()):
        first = next((k for k in range(1, stop) if window[k] == rest[0]), None)
        if first is not None:
            words = [t.text for t in tokens[i + 1 + first : i + 1 + first + len(rest)] if t.kind == "word"]
            if tuple(words) == rest:
                found.append((entry, len(rest) + 1))
    return found


def best_at(lexicon: PlainLexicon, tokens: Sequence[Token], i: int, reach: int = 5) -> tuple[int, int] | None:
    """Return the entry of the hit at a token and its end: longer, conditional, strong, fitting, earlier entries first."""
    noun = i > 0 and tokens[i - 1].text in lexicon.determiners
    candidates = [(entry, end, end - i) for entry, end in phrase_at(lexicon.names, tokens, i)]
    candidates += [(entry, i + 1, length) for entry, length in split_at(lexicon, tokens, i)]
    conditions, entries = lexicon.names.conditions, lexicon.entries
    fit = [c for c in candidates if holds(conditions[c[0]], tokens, i, c[1], reach)]
    if not fit:
        return None
    best = max(
        fit, key=lambda c: (c[2], len(conditions[c[0]]) > 0, not entries[c[0]].weak, entries[c[0]].noun == noun, -c[0])
    )
    return best[:2]


def is_negated(lexicon: PlainLexicon, tokens: Sequence[Token], i: int, back: int = 4) -> bool:
    """Tell whether a negation stands shortly before a token, with no full stop between."""
    for k in range(i - 1, max(0, i - back) - 1, -1):
        if tokens[k].kind == "stop":
            return False
        if tokens[k].text in lexicon.negators or (k < i - 1 and has_pair(lexicon, tokens, k, NEGATING)):
            return True
    return False


def side_reference(tokens: Sequence[Token], i: int) -> int:
    """Return 1 when a mention stands before a token, plus 2 when one stands behind it."""
    mentions = [k for k, token in enumerate(tokens) if token.text == UNKNOWN]
    return any(k < i for k in mentions) + 2 * any(k > i for k in mentions)


def hits_reference(lexicon: PlainLexicon, tokens: Sequence[Token]) -> list[Hit]:
    """Return the hits from left to right; behind a split verb the search goes on at the next word."""
    hits, i = [], 0
    clauses = clauses_reference(lexicon, tokens)
    while i < len(tokens):
        best = best_at(lexicon, tokens, i) if tokens[i].kind == "word" else None
        end = i + 1
        if best is not None:
            number, end = best
            entry = lexicon.entries[number]
            negated = entry.negated is not None and is_negated(lexicon, tokens, i)
            quad = entry.negated if negated and entry.negated is not None else entry.quad
            spot = (side_reference(tokens, i), tokens[i].begin, tokens[end - 1].end)
            hits.append(Hit(number, quad, *clauses[i][:1], negated, clauses[i][1], end - i > 1, *spot))
        i = end
    return hits


def cues_reference(lexicon: PlainLexicon, hits: Sequence[Hit], said: Sequence[int]) -> Counter[tuple[str | int, ...]]:
    """Count the cues of a row by the name of their kind and their place in that kind's table."""
    cues: Counter[tuple[str | int, ...]] = Counter(("function", number) for number in said)
    for entry, quad, clause, negated, quoted, long, side, *_ in hits:
        weak, root = int(lexicon.entries[entry].weak), lexicon.entries[entry].root
        cues["quad", weak, quad] += 1
        cues["quad_clause", weak, quad, clause] += 1
        cues["root", weak, root, int(negated)] += 1
        cues["root_clause", weak, root, int(negated), clause] += 1
        cues["negated", lexicon.entries[entry].quad] += negated
        cues["quoted", quad] += quoted
        cues["long", quad] += long
        cues["side", side, quad] += 1
    strong = [hit for hit in hits if not lexicon.entries[hit.entry].weak]
    cues["strong", min(4, len(strong))] += 1
    cues["none", 0] += not hits
    return +(cues + _order(lexicon, strong or hits))


def _order(lexicon: PlainLexicon, hits: Sequence[Hit]) -> Counter[tuple[str | int, ...]]:
    """Count what comes first, last and in a row."""
    cues: Counter[tuple[str | int, ...]] = Counter(("bigram", a.quad, b.quad) for a, b in pairwise(hits))
    main = [hit for hit in hits if hit.clause == MAIN]
    firsts = {
        "first": hits,
        "last": hits[::-1],
        "first_main": main,
        "last_main": main[::-1],
        "first_but": [hit for hit in hits if hit.clause == BEHIND_BUT],
        "first_verb": [hit for hit in hits if lexicon.entries[hit.entry].verb],
    }
    cues.update((name, row[0].quad) for name, row in firsts.items() if row)
    cues.update(
        (f"{name}_root", lexicon.entries[firsts[name][0].entry].root)
        for name in ("first", "first_main")
        if firsts[name]
    )
    return cues
