"""The lexicon of political acts: entries, their inflected forms, and the arrays that the kernels match."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np

from nato_nlp._kernels.phrase_layout import Lexicon
from nato_nlp._paths import seeds_dir
from nato_nlp._validate import check_option, must_be
from nato_nlp.codebook import load_codebook
from nato_nlp.errors import MissingFileError
from nato_nlp.features.inflection import noun_forms, spellings, verb_forms
from nato_nlp.features.phrasebook import (
    KINDS,
    Condition,
    PhraseBook,
    parse_conditions,
    phrase_words,
    ragged,
    read_rows,
)

FILE = "lexicon.tsv"
FIELDS = ("entry", "pos", "quad", "root", "frame", "negated", "weak")
POS = {"v": "verb", "p": "phrasal verb", "n": "noun", "a": "adjective", "x": "fixed phrase"}
SAME = 9  # quad under negation of an entry that negation does not change
NO_ROOT = 15
QUADS, ROOTS = 5, NO_ROOT + 1
PREPOSITIONS = frozenset("of to on in with between for against over from by at".split())
POSSESSIVES = dict.fromkeys("their his her our your my".split(), "its")

NEGATORS = """
    not n't never no nor neither without cannot can't hardly ain't aren't couldn't didn't doesn't don't hadn't hasn't
    haven't isn't mustn't needn't shouldn't wasn't weren't won't wouldn't
""".split()
SUBORDINATORS = """
    despite after since although though amid while whilst which who whose whom because before when following where until
    unless if
""".split()
BUTS = "but however".split()
DETERMINERS = "the a an its this that these those any some of new fresh further more recent".split()
NEGATING_PAIRS = (
    "refused to|refuses to|refuse to|refusing to|failed to|fails to|fail to|declined to|unlikely to|unwilling to"
    "|instead of|rather than|far from|yet to"
).split("|")
SUBORDINATING_PAIRS = "even as|rather than|in spite".split("|")
FUNCTION_WORDS = "would will could may might should must can if but not we said says".split()
# the same numbers stand in the kernels
NEGATOR, SUBORDINATOR, BUT, DETERMINER, PAIR = 1, 2, 4, 8, 16


@dataclass(frozen=True, slots=True)
class Entry:
    """One act of the lexicon.

    Attributes
    ----------
    entry : str
        Base form, lower case.
    pos : str
        One of `POS`.
    quad, root : str
        What the act is by itself; root is empty for neutral entries.
    frame : str
        Conditions on the words around, such as ``after:talks|table``.
    negated : str
        The quad that negation makes of it, empty when negation changes nothing.
    weak : bool
        Whether its everyday sense is mostly another one.
    """

    entry: str
    pos: str
    quad: str
    root: str
    frame: str
    negated: str
    weak: bool


def load_lexicon(path: str | Path | None = None) -> list[Entry]:
    """Read a lexicon.

    Parameters
    ----------
    path : path, optional
        A tab-separated file with the header of ``seeds/lexicon.tsv``; None reads that one.

    Raises
    ------
    MissingFileError
        There is no such file.
    InputError
        No UTF-8, another header, an unknown part of speech, quad, root or condition; file and line are named.

    Examples
    --------
    >>> entries = load_lexicon()
    >>> next(entry.quad for entry in entries if entry.entry == "rapprochement")
    'verbal_cooperation'
    """
    path = seeds_dir() / FILE if path is None else Path(path)
    if not path.is_file():
        raise MissingFileError(f"{path} is not there: expected a lexicon")
    return [_entry(row, where) for row, where in read_rows(path, FIELDS)]


def _entry(row: list[str], where: str) -> Entry:
    entry, pos, quad, root, frame, negated, weak = row
    book = load_codebook()
    check_option(f"{where}, pos", pos, POS)
    check_option(f"{where}, quad", quad, book.quads)
    check_option(f"{where}, root of {quad}", root, book.roots[quad] or ("",))
    check_option(f"{where}, negated", negated, (*book.quads, ""))
    check_option(f"{where}, weak", weak, ("0", "1"))
    parse_conditions(frame, where)
    if not phrase_words(entry) or entry != entry.lower():
        raise must_be(f"{where}, entry", "lower-case words", entry)
    return Entry(entry, pos, quad, root, frame, negated, weak == "1")


def entry_forms(entry: Entry) -> Iterator[tuple[str, ...]]:
    """Yield the inflected forms of an entry in British and American spelling, as tuples of words.

    Examples
    --------
    >>> [" ".join(form) for form in entry_forms(Entry("call for talks", "n", "verbal_cooperation", "SUPPORT", "", "", False))]
    ['call for talks', 'calls for talks']
    """
    words = phrase_words(entry.entry)
    place, forms = 0, words[:1]
    if entry.pos in "vp":
        forms = verb_forms(words[0])
    elif entry.pos == "n":
        place = next((k - 1 for k, word in enumerate(words) if k and word in PREPOSITIONS), len(words) - 1)
        forms = noun_forms(words[place])
    for form in forms:
        yield from product(*(spellings(word) for word in (*words[:place], form, *words[place + 1 :])))


def merged(entries: Iterable[Entry]) -> list[Entry]:
    """Return entries by their number in the compiled lexicon.

    A later entry replaces an earlier one of the same words, part of speech and frame; verb and phrasal verb are one.

    Examples
    --------
    >>> older = Entry("back", "v", "verbal_cooperation", "SUPPORT", "", "verbal_dispute", True)
    >>> merged([older, Entry("back", "p", "neutral", "", "", "", True)])[0].quad
    'neutral'
    """
    return list({(phrase_words(e.entry), e.pos.replace("p", "v"), e.frame): e for e in entries}.values())


def compile_lexicon(entries: Iterable[Entry]) -> Lexicon:
    """Return the arrays that the kernels match; entries are numbered as `merged` gives them."""
    book = PhraseBook(lower=True, same=POSSESSIVES)
    quads, roots = load_codebook().quads, [root for roots in load_codebook().roots.values() for root in roots]
    facts: list[tuple[int, ...]] = []
    split: dict[int, list[tuple[int, tuple[int, ...]]]] = defaultdict(list)
    for entry in merged(entries):
        number = book.new_entry(_conditions(entry.frame))
        root = roots.index(entry.root) if entry.root else NO_ROOT
        negated = quads.index(entry.negated) if entry.negated else SAME
        facts.append((quads.index(entry.quad), root, negated, entry.weak, entry.pos == "n", entry.pos in "vp"))
        for form in dict.fromkeys(entry_forms(entry)):
            book.add(form, number)
            if entry.pos == "p" and len(form) > 1:
                split[book.number(form[0])].append((number, tuple(book.number(word) for word in form[1:])))
    flags, function, pairs = _function_words(book)
    verbs = [split.get(word, []) for word in range(len(book.words) + 1)]
    split_start, split_entries = ragged([[number for number, _ in row] for row in verbs])
    rests = ragged([rest for row in verbs for _, rest in row])
    return Lexicon(
        *book.compile(),
        np.asarray(facts, np.int32).reshape(-1, 6),
        flags,
        function,
        pairs,
        split_start,
        split_entries,
        *rests,
    )


def condition_forms(lemma: str) -> set[str]:
    """Return the forms of a word of a condition, whatever its part of speech.

    Examples
    --------
    >>> sorted(condition_forms("ally"))
    ['allied', 'allies', 'ally', 'allying']
    """
    return {spelled for form in (*verb_forms(lemma), *noun_forms(lemma)) for spelled in spellings(form)}


def _conditions(frame: str) -> list[Condition]:
    found = []
    for kind, lemmas in parse_conditions(frame, "frame"):
        forms = {form for lemma in lemmas for form in condition_forms(lemma)}
        found.append((KINDS[kind], tuple(sorted(word for form in forms for word in phrase_words(form)))))
    return found


def _function_words(book: PhraseBook) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    singles = ((NEGATORS, NEGATOR), (SUBORDINATORS, SUBORDINATOR), (BUTS, BUT), (DETERMINERS, DETERMINER))
    marks = [(book.number(word), flag) for words, flag in singles for word in words]
    pairs = []
    for kind, listed in enumerate((NEGATING_PAIRS, SUBORDINATING_PAIRS), 1):
        for pair in listed:
            first, second = (book.number(word) for word in pair.split())
            pairs.append((first, second, kind))
            marks.append((first, PAIR))
    counted = [book.number(word) for word in FUNCTION_WORDS]
    flags, function = np.zeros(len(book.words) + 1, np.int32), np.zeros(len(book.words) + 1, np.int32)
    for number, flag in marks:
        flags[number] |= flag
    function[counted] = np.arange(1, len(counted) + 1)
    return flags, function, np.asarray(pairs, np.int32)
