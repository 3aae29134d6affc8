"""N-grams by where they stand: before, between or after the marked source and target of an act, or inside them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from nato_nlp._estimator import Estimator
from nato_nlp._validate import check_same_length, check_texts, must_be, one_of
from nato_nlp.features._placed_rows import PLACES, PlacedRows, flat_spans, lengths_of
from nato_nlp.features._results import CsrArrays
from nato_nlp.features.ngram_tfidf import NgramTfidf

Span = tuple[int, int]
DIRECTIONS = ("source-first", "target-first", "source-only", "target-only")
COUNTED = ("before", "between", "source", "target")
UNMARKED = "unmarked"  # the one place of a sentence without marks


@dataclass(frozen=True, slots=True)
class Placed:
    """A sentence with its marked source and target.

    Attributes
    ----------
    text : str
        The sentence.
    sources, targets : sequence of (int, int)
        Spans in characters of ``text``, end exclusive; none, one or several, in any order.
    """

    text: str
    sources: Sequence[Span] = ()
    targets: Sequence[Span] = ()


def placed(texts: Iterable[str], sources: Any = None, targets: Any = None) -> list[Placed]:
    """Put n texts and their spans together, as a `Dataset` holds them.

    Parameters
    ----------
    texts : iterable of str
        The sentences.
    sources, targets : iterable of sequences of (int, int), optional
        For each text its spans, in characters, end exclusive; None when no text has any.

    Raises
    ------
    InputError
        Texts that are no sequence of str, lengths that differ, a span outside its text (its index is named).

    Examples
    --------
    >>> placed(["Chad thanked Mali."], [[(0, 4)]], [[(13, 17)]])
    [Placed(text='Chad thanked Mali.', sources=((0, 4),), targets=((13, 17),))]
    """
    items = check_texts(texts)
    sides = []
    for name, spans in (("sources", sources), ("targets", targets)):
        rows = [()] * len(items) if spans is None else [tuple(map(tuple, row)) for row in spans]
        check_same_length("texts", items, name, rows)
        flat_spans(name, rows, lengths_of(items))
        sides.append(rows)
    return [Placed(*row) for row in zip(items, *sides, strict=True)]


def mask_marks(sentences: Iterable[Any]) -> list[str]:
    """Return sentences with ``_source_`` and ``_target_`` in the place of what is marked, for n-grams without names.

    Raises
    ------
    InputError
        As from `PlaceNgrams.fit`.

    Examples
    --------
    >>> mask_marks(placed(["Chad thanked Mali."], [[(0, 4)]], [[(13, 17)]]))
    ['_source_ thanked _target_.']
    """
    rows = PlacedRows.of(sentences, True, PLACES)
    shown, bounds = rows.shown(0, len(rows.items), False)
    return [shown[a:b] for a, b in pairwise(bounds[rows.rows].tolist())]


class PlaceNgrams(Estimator):
    """TF-IDF of n-grams, told apart by where they stand to the marked source and target of an act.

    Symbols: n sentences, V terms.

    Parameters
    ----------
    ngrams : NgramTfidf or None, default=None
        How n-grams are taken and weighed; None is ``NgramTfidf()``.
    mask : bool, default=True
        Whether ``_source_`` and ``_target_`` take the place of what is marked, so that names do not count.
    places : tuple of str, default=("before", "between", "source", "target")
        Where n-grams are counted in sentences with source and target, of these and "after"; where a side is missing, all
        are. No n-gram reaches across a place that is left out. What follows both often tells of another act.

    Attributes
    ----------
    ngrams_ : NgramTfidf
        Fitted on the places as regions.

    Raises
    ------
    InputError
        From ``fit``: a parameter out of range, sentences without text, sources and targets, a span outside its text (its
        index is named), or no term that remains.

    Notes
    -----
    A sentence is anything with ``text``, ``sources`` and ``targets``: `Placed`, or what `read_marks` gives. *Before* is
    what precedes the first mark, *after* what follows the last, *between* the rest outside of marks. Where marks overlap,
    the shorter one counts, of equal ones the source; marks of one side that touch or overlap are one. The direction is
    *source-first* or *target-first* by what is marked first, *source-only* or *target-only* when the other side is missing
    or covered; without marks the place is *unmarked*, which is always counted. Words are cut at the bounds of marks.

    A column is called ``place/direction:n-gram``; in an n-gram of words that reaches into another place, that place
    stands before the first word there. Time is linear in the length of the texts.

    Examples
    --------
    >>> sentences = placed(["Chad accused Mali of theft."], [[(0, 4)]], [[(13, 17)]])
    >>> for name in PlaceNgrams(ngrams=NgramTfidf(char=None)).fit(sentences).get_feature_names_out():
    ...     print(name)
    between/source-first:accused
    between/source-first:accused target:_target_
    source/source-first:_source_
    source/source-first:_source_ between:accused
    target/source-first:_target_
    """

    _kind = "transformer"

    def __init__(
        self, *, ngrams: NgramTfidf | None = None, mask: bool = True, places: tuple[str, ...] = COUNTED
    ) -> None:
        self.ngrams = ngrams
        self.mask = mask
        self.places = places

    def fit(self, sentences: Iterable[Any], y: object = None) -> Self:
        """Learn vocabulary and idf from n sentences; ``y`` is ignored."""
        self._fit(self._rows(sentences))
        return self

    def fit_transform(self, sentences: Iterable[Any], y: object = None) -> Any:
        """Fit on sentences and return their matrix, CSR of shape (n, V)."""
        rows = self._rows(sentences)
        self._fit(rows)
        return self.ngrams_.transform(rows)  # type: ignore[arg-type]

    def transform(self, sentences: Iterable[Any]) -> Any:
        """Return the CSR matrix of shape (n, V) of n sentences; unknown terms are left out."""
        return self.transform_arrays(sentences).to_scipy()

    def transform_arrays(self, sentences: Iterable[Any]) -> CsrArrays:
        """Return the matrix of n sentences as plain arrays."""
        self._check_fitted()
        return self.ngrams_.transform_arrays(self._rows(sentences))  # type: ignore[arg-type]

    def get_feature_names_out(self, input_features: object = None) -> npt.NDArray[np.object_]:
        """Return the V names by column; ``word__`` and ``char__`` stand before them when there are both."""
        self._check_fitted()
        grams = self.ngrams_.get_feature_names_out().tolist()
        both = self.ngrams_.word is not None and self.ngrams_.char is not None
        names = np.empty(len(grams), object)
        for column, gram in enumerate(grams):
            kind, term = (f"{gram[:4]}__", gram[6:]) if both else ("", gram)
            of_words = kind == "word__" if both else self.ngrams_.char is None
            names[column] = kind + (_word_name(term) if of_words else _char_name(term))
        return names

    @property
    def columns_(self) -> int:
        """How many columns the matrix has."""
        self._check_fitted()
        return self.ngrams_.columns_

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the fitted state as arrays: that of the n-grams, each name behind ``ngrams.``."""
        self._check_fitted()
        return {f"ngrams.{name}": array for name, array in self.ngrams_.to_arrays().items()}

    def from_arrays(self, arrays: Mapping[str, npt.NDArray[Any]]) -> Self:
        """Take over the state that `to_arrays` gave, instead of fitting.

        Raises
        ------
        InputError
            An array is missing or does not fit the others.
        """
        self._check_parameters()
        inner = {name.removeprefix("ngrams."): a for name, a in arrays.items() if name.startswith("ngrams.")}
        self.ngrams_ = self._fresh().from_arrays(inner)
        return self

    def _fresh(self) -> NgramTfidf:
        template = self.ngrams if self.ngrams is not None else NgramTfidf()
        return NgramTfidf(**template.get_params(deep=False))

    def _fit(self, rows: PlacedRows) -> None:
        self.ngrams_ = self._fresh().fit(rows)  # type: ignore[arg-type]

    def _rows(self, sentences: Iterable[Any]) -> PlacedRows:
        self._check_parameters()
        return PlacedRows.of(sentences, self.mask, self.places)

    def _check_parameters(self) -> None:
        if self.ngrams is not None and (not isinstance(self.ngrams, NgramTfidf) or self.ngrams.vocabulary is not None):
            raise must_be("ngrams", "None or an NgramTfidf without a vocabulary", self.ngrams)
        if not isinstance(self.mask, bool | np.bool_):
            raise must_be("mask", "True or False", self.mask)
        if not isinstance(self.places, tuple | list) or not self.places:
            raise must_be("places", "a tuple of places", self.places)
        for place in self.places:
            if place not in PLACES:
                raise must_be("places", f"a tuple of {one_of(PLACES).removeprefix('one of ')}", place)


def _word_name(term: str) -> str:
    """Spell ``"2:accused 5:_target_"`` as ``"between/source-first:accused target:_target_"``."""
    before, spelled = "", []
    for token in term.split(" "):
        number, _, word = token.partition(":")
        head = "" if number == before else _region_name(number) if not before else _region_name(number).split("/")[0]
        spelled.append(f"{head}:{word}" if head else word)
        before = number
    return " ".join(spelled)


def _char_name(term: str) -> str:
    number, _, gram = term.partition(":")
    return f"{_region_name(number)}:{gram}"


def _region_name(number: str) -> str:
    if number == "0":
        return UNMARKED
    direction, place = divmod(int(number) - 1, len(PLACES))
    return f"{PLACES[place]}/{DIRECTIONS[direction]}"
