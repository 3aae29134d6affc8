"""Sentences with marks as the kernels want them: cut at the marks, each segment with the number of its place."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, groupby
from operator import index as index_of
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from nato_nlp._kernels.layout import MASKED, Text
from nato_nlp._validate import check_texts, must_be
from nato_nlp.errors import InputError
from nato_nlp.features._letters import SIGMA, settle_sigma
from nato_nlp.features._rows import ListRows, RegionRows

Span = tuple[int, int]
Ints = npt.NDArray[np.int64]

PLACES = ("before", "between", "after", "source", "target")
BEFORE, BETWEEN, AFTER, INSIDE = range(4)  # inside the source; the target is the next one
DIRECTIONS = 4  # source first, target first, source only, target only
ONE_SIDED = 2 * len(PLACES)  # the first region of sentences in which a side is missing, less one
STAND_INS = ("_source_", "_target_")  # as long as each other
SEQUENCE = "a sequence of objects with text, sources and targets, one a sentence"


@dataclass
class PlacedRows(ListRows):
    """Sentences that the kernels get chunk by chunk, cut at their marks into segments.

    `NgramTfidf` would cut texts with ``regions`` one by one, which takes three times as long as counting them.

    Attributes
    ----------
    first : ndarray of shape (n + 1,), int64
        Where each text begins when all stand one behind the other, in characters.
    bounds : ndarray of shape (segments + 1,), int64
        Bounds of the segments, counted likewise: together they are all texts.
    rows : ndarray of shape (n + 1,), int64
        First segment of each text.
    regions : ndarray of shape (segments,), int32
        0 without marks, else 1 + place + 5 * direction; `MASKED` where nothing is counted.
    stand_ins : ndarray of shape (segments,), int8
        Which of `STAND_INS` takes the place of the segment, -1 for none.
    """

    first: Ints
    bounds: Ints
    rows: Ints
    regions: npt.NDArray[np.int32]
    stand_ins: npt.NDArray[np.int8]

    @classmethod
    def of(cls, sentences: Iterable[Any], mask: bool, places: Sequence[str]) -> Self:
        """Check sentences and cut them."""
        texts, sources, targets = _columns(sentences)
        lengths = lengths_of(texts)
        first = np.concatenate([[0], np.cumsum(lengths)])
        sides = flat_spans("sources", sources, lengths), flat_spans("targets", targets, lengths)
        bounds, rows, regions = _cut(_disjoint(_marks(first, *sides)), first)
        kinds = range(len(PLACES) * DIRECTIONS)
        left_out = [PLACES[kind % len(PLACES)] not in places and kind < ONE_SIDED for kind in kinds]
        counted = [0, *(MASKED if left_out[kind] else 1 + kind for kind in kinds)]
        stand_ins = [-1, *(max(kind % len(PLACES) - INSIDE, -1) if mask else -1 for kind in kinds)]
        tables = np.asarray(counted, np.int32)[regions], np.asarray(stand_ins, np.int8)[regions]
        return cls(texts, first[1:], first, bounds, rows, *tables)

    def shown(self, start: int, stop: int, lowercase: bool) -> tuple[str, Ints]:
        """Return some rows one behind the other, with stand-ins, and the bounds of their segments there, in characters.

        Capital sigmas are lower-cased when ``lowercase``.
        """
        texts, here = self.items[start:stop], slice(self.rows[start], self.rows[stop] + 1)
        joined = "".join(texts)
        if lowercase and SIGMA in joined:
            joined = "".join(map(settle_sigma, texts))
        bounds = self.bounds[here] - self.first[start]
        stand_ins = self.stand_ins[here][: len(bounds) - 1]
        marked = np.flatnonzero(stand_ins >= 0)
        if not len(marked):
            return joined, bounds
        pieces = [""] * (2 * len(marked) + 1)  # what stands between two marks is one piece, even of several texts
        ends, begins = bounds[marked].tolist(), bounds[marked + 1].tolist()
        pieces[::2] = [joined[a:b] for a, b in zip([0, *begins], [*ends, len(joined)], strict=True)]
        pieces[1::2] = [STAND_INS[k] for k in stand_ins[marked].tolist()]
        widths = np.diff(bounds)
        widths[marked] = len(STAND_INS[0])
        np.cumsum(widths, out=bounds[1:])
        return "".join(pieces), bounds

    def text(self, start: int, stop: int, lowercase: bool) -> Text:
        """Return some rows as the kernels want them."""
        joined, bounds = self.shown(start, stop, lowercase)
        whole = RegionRows([[joined]], [[]], self.ends).text(0, 1, lowercase)
        if len(whole.data) > len(joined):  # from characters to bytes
            begins = np.flatnonzero((whole.data & 0xC0) != 0x80)
            bounds = np.append(begins, len(whole.data))[bounds]
        rows = self.rows[start : stop + 1]
        return whole._replace(cuts=bounds, regions=self.regions[rows[0] : rows[-1]], rows=rows - rows[0])


class _Marks(NamedTuple):
    """Marked spans by start, in characters of all texts: bounds, side (0 source, 1 target) and text; shape (spans,) each."""

    starts: Ints
    stops: Ints
    sides: Ints
    texts: Ints

    def sorted(self) -> "_Marks":
        """Return them by start."""
        order = np.argsort(self.starts, kind="stable")
        return _Marks(*(array[order] for array in self))


def _columns(sentences: Any) -> tuple[list[str], list[Any], list[Any]]:
    """Return texts, sources and targets of sentences."""
    try:
        items = list(sentences)
    except TypeError:
        raise must_be("sentences", SEQUENCE, sentences) from None
    try:
        texts, sources, targets = [s.text for s in items], [s.sources for s in items], [s.targets for s in items]
    except AttributeError:
        names = ("text", "sources", "targets")
        index = next(k for k, item in enumerate(items) if not all(hasattr(item, name) for name in names))
        raise must_be("sentences", SEQUENCE, items[index], where=f" at index {index}") from None
    return texts if {str}.issuperset(map(type, texts)) else check_texts(texts), sources, targets


def lengths_of(items: Sequence[Any]) -> Ints:
    """Return how long each item is."""
    return np.fromiter(map(len, items), np.int64, len(items))


def flat_spans(name: str, rows: list[Any], lengths: Ints) -> tuple[Ints, Ints]:
    """Check the spans of texts of these lengths; return of which text each is, and its bounds there, shape (2, spans)."""
    try:
        bounds = list(zip(*chain.from_iterable(rows), strict=True)) or [(), ()]
        simple = len(bounds) == 2 and {int}.issuperset(map(type, chain(*bounds)))
    except (TypeError, ValueError):
        simple = False
    if not simple:
        rows = [_pairs(name, row, length, index) for index, (row, length) in enumerate(zip(rows, lengths, strict=True))]
        bounds = list(zip(*chain.from_iterable(rows), strict=True)) or [(), ()]
    starts, stops = spans = np.asarray(bounds, np.int64)
    owners = np.repeat(np.arange(len(rows)), lengths_of(rows))
    wrong = (starts < 0) | (starts >= stops) | (stops > lengths[owners])
    if wrong.any():
        k = int(np.argmax(wrong))
        raise _bad_span(name, tuple(spans[:, k].tolist()), lengths[owners[k]], int(owners[k]))
    return owners, spans


def _pairs(name: str, row: Any, length: int, index: int) -> list[Span]:
    """Return spans as pairs of int, whatever integers they hold."""
    pairs = []
    for span in row if isinstance(row, Iterable) else [row]:
        try:
            start, end = map(index_of, span)
        except (TypeError, ValueError):
            raise _bad_span(name, span, length, index) from None
        pairs.append((start, end))
    return pairs


def _bad_span(name: str, span: object, length: int, index: int) -> InputError:
    return must_be(name, f"spans (start, end) with 0 <= start < end <= {length}", span, where=f" at index {index}")


def _marks(first: Ints, *sides: tuple[Ints, Ints]) -> _Marks:
    """Return the spans of both sides by start."""
    texts = np.concatenate([owners for owners, _ in sides])
    starts, stops = np.concatenate([spans for _, spans in sides], axis=1) + first[texts]
    return _Marks(starts, stops, np.repeat([0, 1], [len(owners) for owners, _ in sides]), texts).sorted()


def _disjoint(marks: _Marks) -> _Marks:
    """Return marks that overlap no longer: of these the shorter counts, of equal ones the source."""
    starts, stops, sides, texts = marks
    touch = (starts[1:] == stops[:-1]) & (sides[1:] == sides[:-1]) & (texts[1:] == texts[:-1])
    clashes = set(texts[1:][touch | (starts[1:] < stops[:-1])].tolist())
    if not clashes:
        return marks
    kept = ~np.isin(texts, list(clashes))
    painted = [run for text in sorted(clashes) for run in _painted(marks, text)]
    more = np.asarray(painted, np.int64).T
    return _Marks(*(np.concatenate([old[kept], new]) for old, new in zip(marks, more, strict=True))).sorted()


def _painted(marks: _Marks, text: int) -> list[tuple[int, int, int, int]]:
    """Paint the marks of a text over each other, the one that counts last; return what is seen then."""
    here = slice(*np.searchsorted(marks.texts, [text, text + 1]))
    spans = list(zip(*(array[here].tolist() for array in marks[:3]), strict=True))
    low, high = min(a for a, _, _ in spans), max(b for _, b, _ in spans)
    seen = [-1] * (high - low)
    for a, b, side in sorted(spans, key=lambda span: (span[0] - span[1], -span[2])):
        seen[a - low : b - low] = [side] * (b - a)
    runs = [list(run) for _, run in groupby(range(low, high), key=lambda place: seen[place - low])]
    return [(run[0], run[-1] + 1, seen[run[0] - low], text) for run in runs if seen[run[0] - low] >= 0]


def _cut(marks: _Marks, first: Ints) -> tuple[Ints, Ints, Ints]:
    """Cut texts at disjoint marks; return the bounds of the segments, the first segment of each text, and the regions."""
    starts, stops, sides, texts = marks
    n = len(first) - 1
    widths = 2 * np.bincount(texts, minlength=n) + 1
    rows = np.concatenate([[0], np.cumsum(widths)])
    inside = 2 * np.arange(len(texts)) + texts + 1  # segments before a mark: two a mark, and one a text
    bounds = np.empty(rows[-1] + 1, np.int64)
    bounds[rows], bounds[inside], bounds[inside + 1] = first, starts, stops
    regions = np.full(rows[-1], 1 + BETWEEN)
    regions[inside] = 1 + INSIDE + sides
    regions[rows[:-1]], regions[rows[1:] - 1] = 1 + BEFORE, 1 + AFTER
    regions += np.repeat(len(PLACES) * _directions(sides, texts, n), widths)
    regions[rows[:-1][widths == 1]] = 0
    return bounds, rows, regions


def _directions(sides: Ints, texts: Ints, n: int) -> Ints:
    """Return for each of n texts its direction: what comes first, plus two when the other side is missing."""
    counts = np.stack([np.bincount(texts[sides == side], minlength=n) for side in (0, 1)])
    direction = np.where((counts > 0).all(axis=0), 0, 2)
    leads = np.flatnonzero(np.diff(texts, prepend=-1))
    direction[texts[leads]] += sides[leads]
    return direction
