"""The columns that one text has, and where in the text each of them comes from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from nato_nlp._kernels.phrase_layout import Found, Lexicon
from nato_nlp.codebook import load_codebook
from nato_nlp.features._lexicon_words import lexicon_words
from nato_nlp.features.actors import NAME_KINDS, REGIONS
from nato_nlp.features.lexicon import FUNCTION_WORDS
from nato_nlp.features.news import PLACEHOLDERS, NewsFeatures
from nato_nlp.features.ngram_tfidf import NgramTfidf
from nato_nlp.features.phrases import CUES, SHAPES, Phrases
from nato_nlp.features.topic_terms import term_columns

Array = npt.NDArray[Any]
Features = NewsFeatures | NgramTfidf
Cue = tuple[str, tuple[int, ...]]  # its kind, and its place in that kind's table
KINDS = ("cue", "word", "char", "actor", "topic")
MAIN, BEHIND_BUT = 0, 2  # clauses, as the kernels number them
# what each axis of a kind's table stands for, and how a cue is read out
STRENGTHS, NEGATION = ("strong", "weak"), ("", ", negated")
CLAUSES = ("main clause", "subordinate clause", "behind 'but'")
SIDES = ("without an actor", "behind an actor", "before an actor", "between actors")
WORDING = {
    "quad": "{} act: {}",
    "quad_clause": "{} act: {}, {}",
    "root": "{} act: {}{}",
    "root_clause": "{} act: {}{}, {}",
    "negated": "negated act: {}",
    "quoted": "quoted act: {}",
    "long": "act of several words: {}",
    "side": "act {}: {}",
    "first": "first act: {}",
    "last": "last act: {}",
    "first_root": "first act: {}",
    "first_main": "first act of the main clause: {}",
    "first_main_root": "first act of the main clause: {}",
    "last_main": "last act of the main clause: {}",
    "first_but": "first act behind 'but': {}",
    "first_verb": "first act that is a verb: {}",
    "bigram": "{}, then {}",
    "none": "no act of the lexicon{}",
    "strong": "strong acts: {}",
    "function": "function word: {}",
}


@dataclass(frozen=True, eq=False)
class TextColumns:
    """The columns of one text that are not 0, and the spans that they come from.

    Symbols: k columns, s spans.

    Attributes
    ----------
    columns : ndarray of shape (k,), int64
        In rising order.
    values : ndarray of shape (k,), float64
    kinds : ndarray of shape (k,), int64
        Index into `KINDS`.
    owners : ndarray of shape (s,), int64
        Which of the k columns each span belongs to. A column without spans comes from the text as a whole.
    starts, ends : ndarray of shape (s,), int64
        Characters of the text; the end is exclusive.
    shares : ndarray of shape (s,), float64
        Share of its column that a span gets; the spans of a column share it equally.
    """

    columns: Array
    values: Array
    kinds: Array
    owners: Array
    starts: Array
    ends: Array
    shares: Array


def text_columns(features: Features, text: str) -> TextColumns:
    """Return the columns that a text has, with their spans.

    Parameters
    ----------
    features : NewsFeatures or NgramTfidf
        Fitted, without regions.
    text : str

    Notes
    -----
    An n-gram comes from each place where it occurs, with a name that was replaced by its kind counted as a whole. A cue comes
    from the hits that count for it (two for 'this, then that'), a negated one with its negation, or from its function word;
    that there is no hit, or so and so many, comes from the whole text. Actors and topics come from the names and terms that
    tell them.

    Examples
    --------
    >>> grams = NgramTfidf(char=None).fit(["talks resumed", "talks stalled"])
    >>> found = text_columns(grams, "The talks resumed.")
    >>> found.columns.tolist(), found.starts.tolist(), found.ends.tolist()
    ([0, 2, 3], [4, 4, 10], [9, 17, 17])
    """
    matrix = features.transform_arrays([text])
    columns = matrix.indices.astype(np.int64)
    spans = _news_spans(features, text) if isinstance(features, NewsFeatures) else _gram_spans(features, text)
    order = np.lexsort((spans[:, 0], spans[:, 2], spans[:, 1]))
    spans = spans[order]
    owners = np.searchsorted(columns, spans[:, 0])
    shares = 1.0 / np.bincount(owners, minlength=len(columns))[owners]
    kinds = column_kinds(features, columns)
    return TextColumns(columns, matrix.data.astype(np.float64), kinds, owners, spans[:, 1], spans[:, 2], shares)


def no_columns() -> TextColumns:
    """Return the columns of a text that says nothing: none."""
    numbers, values = np.empty(0, np.int64), np.empty(0)
    return TextColumns(numbers, values, numbers, numbers, numbers, numbers, values)


def column_kinds(features: Features, columns: Array) -> Array:
    """Return the kind of each column, as an index into `KINDS`."""
    grams = features.ngrams_ if isinstance(features, NewsFeatures) else features
    sizes = {block.name: block.size for block in grams.blocks_}
    stops = np.cumsum([0, sizes.get("word", 0), sizes.get("char", 0)])
    if isinstance(features, NewsFeatures):
        stops = np.concatenate([stops + sum(_SIZES), [features.columns_ - len(term_columns())]])
    return np.searchsorted(stops, columns, side="right")


def column_names(features: Features, columns: Array) -> list[str]:
    """Return what each column is, for people: a cue in words, an n-gram, an actor's code, kind or region, a topic.

    Examples
    --------
    >>> features = NewsFeatures(ngrams=NgramTfidf(char=None)).fit(["Peru condemned Chile.", "Chile condemned Peru."])
    >>> column_names(features, np.array([0, features.act_columns_.stop - 1, features.columns_ - 1]))
    ['strong act: verbal_cooperation', 'condemned _state_', 'alliance_diplomacy (weak)']
    """
    names = features.get_feature_names_out()
    prefixed = isinstance(features, NewsFeatures) or len(features.blocks_) > 1
    kinds = column_kinds(features, columns).tolist()
    return [_name(KINDS[kind], names[c], c, prefixed) for kind, c in zip(kinds, columns.tolist(), strict=True)]


def _name(kind: str, name: str, column: int, prefixed: bool) -> str:
    if kind == "cue":
        return cue_name(column)
    bare = name.partition("__")[2] if prefixed else name
    return f"{bare[:-1]} (weak)" if kind == "topic" and bare.endswith("~") else bare


_SIZES = [int(np.prod(shape)) for shape in SHAPES.values()]


def cue_name(column: int) -> str:
    """Return what a column of cues counts, in words.

    Examples
    --------
    >>> cue_name(CUES.first_main + 2), cue_name(CUES.function)
    ('first act of the main clause: verbal_dispute', "function word: 'would'")
    """
    number = int(np.searchsorted(np.cumsum(_SIZES), column, side="right"))
    kind = list(SHAPES)[number]
    place = np.unravel_index(column - CUES[number], SHAPES[kind])
    axes = _axes(kind)
    return WORDING[kind].format(*(axis[int(k)] for axis, k in zip(axes, place, strict=True)))


def _axes(kind: str) -> tuple[Sequence[str], ...]:
    """Return what the places of each axis of a kind's table are called."""
    book = load_codebook()
    roots = [*(root for listed in book.roots.values() for root in listed), "without a root"]
    special: dict[str, tuple[Sequence[str], ...]] = {
        "quad": (STRENGTHS, book.quads),
        "quad_clause": (STRENGTHS, book.quads, CLAUSES),
        "root": (STRENGTHS, roots, NEGATION),
        "root_clause": (STRENGTHS, roots, NEGATION, CLAUSES),
        "first_root": (roots,),
        "first_main_root": (roots,),
        "side": (SIDES, book.quads),
        "bigram": (book.quads, book.quads),
        "none": (("",),),
        "strong": (("none", "1", "2", "3", "4 or more"),),
        "function": ([repr(word) for word in FUNCTION_WORDS],),
    }
    return special.get(kind, (book.quads,))


def _gram_spans(grams: NgramTfidf, text: str) -> Array:
    """Return column, start and end of each n-gram; shape (s, 3)."""
    found = grams.occurrences([text])
    return np.column_stack([found.columns, found.starts, found.ends])


def _news_spans(features: NewsFeatures, text: str) -> Array:
    """Return column, start and end of whatever a column comes from; shape (s, 3)."""
    phrases = features.phrases_
    found = next(phrases.scan([text]))[2]
    masked, firsts, lasts = masked_text(text, found, phrases)
    grams = _gram_spans(features.ngrams_, masked)
    grams[:, 0] += sum(_SIZES)
    # a span without a character (of the space that pads a word) is where its character would be
    empty = grams[:, 1] == grams[:, 2]
    last = len(masked) - 1
    starts = firsts[np.minimum(grams[:, 1], last)]
    ends = np.where(empty, starts, lasts[np.maximum(grams[:, 2] - 1, 0)])
    grams[:, 1], grams[:, 2] = starts, ends
    rest = [*_cue_spans(phrases.lexicon, text, found), *_actor_spans(features, found), *_term_spans(features, found)]
    return np.concatenate([grams, np.asarray(rest, np.int64).reshape(-1, 3)])


def masked_text(text: str, found: Found, phrases: Phrases) -> tuple[str, Array, Array]:
    """Put placeholders for the names of one text.

    Returns
    -------
    masked : str
        What the n-grams of `NewsFeatures` are counted in.
    firsts, lasts : ndarray of shape (length of masked,), int64
        For each of its characters the span of the text that it stands for.
    """
    pieces, firsts, lasts, place = [], [], [], 0
    total = found.stop[-1]
    for entry, begin, end in zip(*(a[:total].tolist() for a in (found.entry, found.begin, found.end)), strict=True):
        word = PLACEHOLDERS.get(phrases.senses[entry].kind)
        if word is not None:
            pieces += [text[place:begin], word]
            firsts += [np.arange(place, begin), np.full(len(word), begin)]
            lasts += [np.arange(place, begin) + 1, np.full(len(word), end)]
            place = end
    firsts.append(np.arange(place, len(text)))
    lasts.append(np.arange(place, len(text)) + 1)
    return "".join(pieces) + text[place:], np.concatenate(firsts), np.concatenate(lasts)


def _cue_spans(lexicon: Lexicon, text: str, found: Found) -> Iterator[tuple[int, int, int]]:
    total = found.hit_stop[-1]
    if not total and not found.said_stop[-1]:
        return
    words = lexicon_words(lexicon, text, found)
    begins, ends = found.hit_begin[:total].tolist(), found.hit_end[:total].tolist()
    for hit in np.flatnonzero(found.hit_negated[:total]).tolist():
        begins[hit] = words.negation(begins[hit])
    for (kind, place), hit in hit_cues(lexicon, found):
        yield _cue_column(kind, place), begins[hit], ends[hit]
    yield from ((CUES.function + number, begin, end) for number, begin, end in words.function_words())


def _cue_column(kind: str, place: tuple[int, ...]) -> int:
    column = 0
    for size, k in zip(SHAPES[kind], place, strict=True):
        column = column * size + k
    return int(getattr(CUES, kind)) + column


def hit_cues(lexicon: Lexicon, found: Found) -> Iterator[tuple[Cue, int]]:
    """Yield each cue of one text with the number of a hit that counts for it; the kernel that counts them is the measure."""
    total = found.hit_stop[-1]
    entries = lexicon.entries[found.hit[:total]].tolist()
    names = ("hit_quad", "hit_clause", "hit_negated", "hit_quoted", "hit_long", "hit_side")
    facts = list(zip(*(getattr(found, name)[:total].tolist() for name in names), strict=True))
    for hit, (entry, (quad, clause, negated, quoted, long, side)) in enumerate(zip(entries, facts, strict=True)):
        own, root, _, weak, *_ = entry
        yield ("quad", (weak, quad)), hit
        yield ("quad_clause", (weak, quad, clause)), hit
        yield ("root", (weak, root, negated)), hit
        yield ("root_clause", (weak, root, negated, clause)), hit
        yield ("side", (side, quad)), hit
        flags = (("negated", own, negated), ("quoted", quad, quoted), ("long", quad, long))
        yield from (((kind, (what,)), hit) for kind, what, flag in flags if flag)
    strong = [hit for hit, entry in enumerate(entries) if not entry[3]]
    quads = [fact[0] for fact in facts]
    chosen = strong or list(range(total))
    for a, b in pairwise(chosen):
        yield from ((("bigram", (quads[a], quads[b])), hit) for hit in (a, b))
    yield from _first_cues(chosen, entries, quads, [fact[1] for fact in facts])


def _first_cues(
    chosen: list[int], entries: list[list[int]], quads: list[int], clauses: list[int]
) -> Iterator[tuple[Cue, int]]:
    """Yield what comes first and last among some hits."""
    main = [hit for hit in chosen if clauses[hit] == MAIN]
    rows = {
        "first": chosen,
        "last": chosen[::-1],
        "first_main": main,
        "last_main": main[::-1],
        "first_but": [hit for hit in chosen if clauses[hit] == BEHIND_BUT],
        "first_verb": [hit for hit in chosen if entries[hit][5]],
    }
    for name, row in rows.items():
        if row:
            yield (name, (quads[row[0]],)), row[0]
            if name in ("first", "first_main"):
                yield (f"{name}_root", (entries[row[0]][1],)), row[0]


def _actor_spans(features: NewsFeatures, found: Found) -> Iterator[tuple[int, int, int]]:
    first, codes = features.act_columns_.stop, features.codes_
    for m in range(found.stop[-1]):
        sense = features.phrases_.senses[found.entry[m]]
        if sense.kind not in NAME_KINDS:
            continue
        places = [len(REGIONS) + NAME_KINDS.index(sense.kind)]
        if sense.region in REGIONS:
            places.append(REGIONS.index(sense.region))
        if sense.code in codes:
            places.append(len(REGIONS) + len(NAME_KINDS) + codes.index(sense.code))
        yield from ((first + place, int(found.begin[m]), int(found.end[m])) for place in places)


def _term_spans(features: NewsFeatures, found: Found) -> Iterator[tuple[int, int, int]]:
    first = features.columns_ - len(term_columns())
    for t in range(found.term_stop[-1]):
        for number in features.phrases_.terms.columns[found.term[t]].tolist():
            if number:
                yield first + number - 1, int(found.term_begin[t]), int(found.term_end[t])
