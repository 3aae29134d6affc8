"""The features of the shipped model: cues of the lexicon, n-grams without names, named actors, and terms of topics."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from nato_nlp._estimator import Estimator
from nato_nlp._kernels.layout import Text
from nato_nlp._kernels.pair_layout import Scan
from nato_nlp._kernels.phrase_layout import Rows
from nato_nlp._validate import check_texts, must_be
from nato_nlp.errors import InputError
from nato_nlp.features._masking import mask, masked_text, word_bytes
from nato_nlp.features._phrase_arrays import joined, split_joined
from nato_nlp.features._results import CsrArrays
from nato_nlp.features.actors import NAME_KINDS, REGIONS
from nato_nlp.features.ngram_tfidf import NgramTfidf
from nato_nlp.features.phrases import CUE_COLUMNS, SHAPES, Phrases, default_phrases
from nato_nlp.features.topic_terms import MOST_TOPICS, term_columns

Array = npt.NDArray[Any]
# What stands for a name in the n-grams: the kind is kept, the name is not, so that no country is a sign of dispute.
PLACEHOLDERS = {
    "state": "_state_",
    "capital": "_state_",
    "demonym": "_demonym_",
    "organisation": "_organisation_",
    "group": "_group_",
    "person": "_person_",
}
SCALES = ("ngram_scale", "cue_scale", "actor_scale", "topic_scale")
MOST = 3  # a cue counts at most three times
CODE_MIN_DF = 2
NO_GRAMS = np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0)
NO_ROWS = Rows(np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0, np.int32), 0)


class _Found(NamedTuple):
    """What was found; the column of a mention or term is its entry in the gazetteer or the terms."""

    cues: Rows
    mentions: Rows
    told: Rows


class _Read(NamedTuple):
    """Texts without names, and what was found."""

    masked: list[str]
    found: _Found


class NewsFeatures(Estimator):
    """Cues of the lexicon, n-grams of a sentence without its names, its actors, and terms that tell its topics.

    Symbols: n sentences, V columns: cues, then n-grams, then actors, then topics.

    Parameters
    ----------
    ngrams : NgramTfidf or None, default=None
        Of the text in which each name of an actor is replaced by its kind; None is ``NgramTfidf(min_df=2)``.
    ngram_scale, cue_scale, actor_scale, topic_scale : float, default=0.7, 0.5, 0.3, 0.7
        What each kind of feature is multiplied by: it sets how much the penalty of a linear model allows it.
    phrases : Phrases or None, default=None
        Lexicon, gazetteer and terms; None is those of ``seeds/``.

    Attributes
    ----------
    ngrams_ : NgramTfidf
    codes_ : tuple of str
        Actors that have a column: those in at least two sentences.
    act_columns_, topic_columns_ : slice
        What a head for acts and one for a topic may learn from. Who acts is no sign of what is done, and what is done is no
        sign of what it is about.

    Notes
    -----
    A cue is counted c times as sqrt(min(c, 3)). Cues tell apart the quad and root of a hit, whether it is negated, its clause
    (main, subordinate, behind 'but'), whether it is quoted, on which side of the actors it stands, what comes first and
    last, and which follows which.

    Examples
    --------
    >>> features = NewsFeatures(ngrams=NgramTfidf(char=None)).fit(["Peru condemned Chile.", "Chile condemned Peru."])
    >>> [str(name) for name in features.get_feature_names_out() if name.startswith("word")]
    ['word___state_', 'word___state_ condemned', 'word__condemned', 'word__condemned _state_']
    """

    _kind = "transformer"
    _sliced: tuple[Array, Array, Array] | None = None  # the weights of the last scores, as the kernels want them

    def __init__(
        self,
        *,
        ngrams: NgramTfidf | None = None,
        ngram_scale: float = 0.7,
        cue_scale: float = 0.5,
        actor_scale: float = 0.3,
        topic_scale: float = 0.7,
        phrases: Phrases | None = None,
    ) -> None:
        self.ngrams = ngrams
        self.ngram_scale = ngram_scale
        self.cue_scale = cue_scale
        self.actor_scale = actor_scale
        self.topic_scale = topic_scale
        self.phrases = phrases

    def fit(self, texts: Any, y: object = None) -> Self:
        """Learn the n-grams and the actors that get a column."""
        self._fit(self._prepare(check_texts(texts)))
        return self

    def fit_transform(self, texts: Any, y: object = None) -> Any:
        """Fit on texts and return their matrix, CSR of shape (n, V)."""
        read = self._prepare(check_texts(texts))
        self._fit(read)
        return self._assembled(read).to_scipy()

    def transform(self, texts: Any) -> Any:
        """Return the CSR matrix of shape (n, V)."""
        return self.transform_arrays(texts).to_scipy()

    def transform_arrays(self, texts: Any, watch: Callable[[Scan], None] | None = None) -> CsrArrays:
        """Return the matrix of n texts as plain arrays; each scan of some rows is shown to ``watch`` on the way."""
        self._check_fitted()
        return self._assembled(self._read(check_texts(texts), watch))

    def scores(
        self, texts: Any, weights: npt.NDArray[np.float32], watch: Callable[[Scan], None] | None = None
    ) -> npt.NDArray[np.float64]:
        """Return ``transform(texts) @ weights`` without making the matrix, shape (n, K).

        Parameters
        ----------
        texts : sequence of str, length n
        weights : ndarray of shape (V, K), float32
            Of K linear heads. What is known of words that recur is kept for the next call with the same array.
        watch : callable, optional
            Each scan of some rows is shown to it on the way.

        Raises
        ------
        InputError
            Weights of another shape.

        Notes
        -----
        Beside the result, memory is that of some 100,000 characters at a time.

        Examples
        --------
        >>> features = NewsFeatures(ngrams=NgramTfidf(char=None)).fit(["Peru condemned Chile.", "Chile condemned Peru."])
        >>> texts, weights = ["Peru thanked Chile."], np.ones((features.columns_, 1), np.float32)
        >>> bool(abs(features.scores(texts, weights) - features.transform(texts) @ weights).max() < 1e-6)
        True
        """
        self._check_fitted()
        rows = check_texts(texts)
        if weights.ndim != 2 or len(weights) != self.columns_:
            raise must_be("weights", f"of shape ({self.columns_}, K)", weights.shape)
        kept = self._sliced  # read once: another thread may put others in its place
        if kept is None or kept[0] is not weights:
            own = np.require(weights, np.float32, ["C", "W"])
            self._sliced = kept = weights, own, own[CUE_COLUMNS : self._first_actor]
        _, own, grams = kept
        rest = np.empty((len(rows), weights.shape[1]))
        parts = self._scored(rows, own, rest, watch)
        result = self.ngrams_.score_parts(parts, len(rows), sum(map(len, rows)), grams)
        result *= self.ngram_scale
        result += rest
        return result

    def _scored(
        self, texts: list[str], weights: npt.NDArray[np.float32], rest: Array, watch: Callable[[Scan], None] | None
    ) -> Iterator[tuple[int, Text]]:
        """Yield texts without names, some at a time; write the scores of all but their n-grams to rest."""
        from nato_nlp._kernels.scores import row_scores

        for scan in self.phrases_.scan_all(texts):
            if watch is not None:
                watch(scan)
            other = self._joined(self._found(scan), None)
            row_scores(other.indptr, other.indices, other.data, weights, rest[scan.start : scan.stop])
            yield scan.start, masked_text(texts, scan, self._words, self.ngrams_.lowercase)

    def get_feature_names_out(self, input_features: object = None) -> npt.NDArray[np.object_]:
        """Return the V names: ``cue__...``, ``word__...``, ``char__...``, ``actor__...``, ``topic__...``."""
        self._check_fitted()
        kinds = [name for kind, name in (("word", "word"), ("char", "char")) if getattr(self.ngrams_, kind) is not None]
        grams = self.ngrams_.get_feature_names_out().tolist()
        if len(kinds) == 1:  # with both, the names carry their kind already
            grams = [f"{kinds[0]}__{gram}" for gram in grams]
        actors = [f"region={r}" for r in REGIONS] + [f"kind={k}" for k in NAME_KINDS] + list(self.codes_)
        topics = [f"topic__{name}" for name in term_columns()]
        return np.asarray([*cue_names(), *grams, *(f"actor__{name}" for name in actors), *topics], object)

    @property
    def columns_(self) -> int:
        """How many columns the matrix has."""
        return self._first_topic + len(term_columns())

    @property
    def act_columns_(self) -> slice:
        """Columns of cues and n-grams."""
        return slice(0, self._first_actor)

    @property
    def topic_columns_(self) -> slice:
        """Columns of n-grams, actors and topics."""
        return slice(CUE_COLUMNS, self.columns_)

    @property
    def _first_actor(self) -> int:
        self._check_fitted()
        return CUE_COLUMNS + self.ngrams_.columns_

    @property
    def _first_topic(self) -> int:
        return self._first_actor + len(REGIONS) + len(NAME_KINDS) + len(self.codes_)

    def to_arrays(self) -> dict[str, Array]:
        """Return the fitted state as arrays; lexicon and gazetteer are part of it."""
        self._check_fitted()
        ngrams = {f"ngrams.{name}": array for name, array in self.ngrams_.to_arrays().items()}
        return ngrams | self.phrases_.to_arrays() | {"actor.codes": joined(self.codes_)}

    def from_arrays(self, arrays: Mapping[str, Array]) -> Self:
        """Take over the state that `to_arrays` gave, instead of fitting.

        Raises
        ------
        InputError
            An array is missing or does not fit the others.
        """
        self._check_parameters()
        inner = {name.removeprefix("ngrams."): a for name, a in arrays.items() if name.startswith("ngrams.")}
        if "actor.codes" not in arrays:
            raise InputError("arrays must hold 'actor.codes'")
        template = self.ngrams if self.ngrams is not None else NgramTfidf(min_df=2)
        self.ngrams_ = NgramTfidf(**template.get_params(deep=False)).from_arrays(inner)
        self._set_phrases(Phrases.from_arrays(arrays))
        self._set_codes(split_joined(arrays["actor.codes"], "actor.codes"))
        return self

    def use(self, phrases: Phrases) -> None:
        """Put another lexicon and gazetteer in the place of those that were fitted; the columns stay."""
        self._check_fitted()
        self._set_phrases(phrases)
        self._set_codes(self.codes_)

    def _check_parameters(self) -> None:
        for name in SCALES:
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
                raise must_be(name, "a number above 0", value)

    def _prepare(self, texts: list[str]) -> _Read:
        self._check_parameters()
        self._set_phrases(default_phrases() if self.phrases is None else self.phrases)
        return self._read(texts)

    def _fit(self, read: _Read) -> None:
        template = self.ngrams if self.ngrams is not None else NgramTfidf(min_df=2)
        self.ngrams_ = NgramTfidf(**template.get_params(deep=False)).fit(read.masked)
        codes = [sense.code if sense.kind in PLACEHOLDERS else "" for sense in self.phrases_.senses]
        rows = np.repeat(np.arange(len(read.masked)), np.diff(read.found.mentions.ends, prepend=0))
        pairs = {(row, codes[e]) for row, e in zip(rows.tolist(), read.found.mentions.columns.tolist(), strict=True)}
        count = Counter(code for _, code in pairs if code)
        self._set_codes(sorted(code for code, rows in count.items() if rows >= CODE_MIN_DF))

    def _set_phrases(self, phrases: Phrases) -> None:
        self.phrases_ = phrases
        # thousands of entries: made once, not for every text
        self._topics = phrases.terms.columns - 1
        self._placeholders = [PLACEHOLDERS.get(sense.kind) for sense in phrases.senses]
        self._words = word_bytes(self._placeholders)

    def _set_codes(self, codes: Sequence[str]) -> None:
        self.codes_ = tuple(codes)
        self._columns = _sense_columns(self.phrases_, self.codes_)

    def _found(self, scan: Scan) -> _Found:
        found = scan.found
        return _Found(
            self.phrases_.count(found),
            Rows(found.stop, found.entry[: found.stop[-1]], found.entry[:0], 0),
            Rows(found.term_stop, found.term[: found.term_stop[-1]], found.term[:0], 0),
        )

    def _read(self, texts: list[str], watch: Callable[[Scan], None] | None = None) -> _Read:
        masked, parts = list(texts), [_Found(NO_ROWS, NO_ROWS, NO_ROWS)]
        for scan in self.phrases_.scan_all(texts):
            if watch is not None:
                watch(scan)
            parts.append(self._found(scan))
            mask(masked, scan, self._placeholders)
        return _Read(masked, _Found(*(_below(rows) for rows in zip(*parts, strict=True))))

    def _assembled(self, read: _Read) -> CsrArrays:
        return self._joined(read.found, self.ngrams_.transform_arrays(read.masked))

    def _joined(self, found: _Found, grams: CsrArrays | None) -> CsrArrays:
        """Return the matrix of what was found and of n-grams, if any are given."""
        from nato_nlp._kernels.cues import join_rows

        rows = len(found.cues.ends)
        entries = NO_GRAMS if grams is None else (grams.indptr[1:], grams.indices, grams.data)
        ends = np.zeros(rows, np.int32) if grams is None else entries[0]
        actors, topics = self._first_topic - self._first_actor, len(term_columns())
        most = len(entries[1]) + len(found.cues.columns)
        most += self._columns.shape[1] * len(found.mentions.columns) + MOST_TOPICS * len(found.told.columns)
        kind = np.int32 if grams is not None and most <= np.iinfo(np.int32).max else np.int64
        out = Rows(np.zeros(rows + 1, kind), np.empty(most, kind), np.empty(most), 0)
        join_rows(
            found.cues,
            Rows(ends, entries[1], entries[2], CUE_COLUMNS),
            found.mentions._replace(first=self._first_actor),
            found.told._replace(first=self._first_topic),
            (float(self.ngram_scale), float(self.actor_scale), float(self.topic_scale)),
            np.sqrt(np.arange(MOST + 1)) * self.cue_scale,
            self._columns,
            self._topics,
            np.zeros(actors, np.int32),
            np.zeros(topics, np.int32),
            out,
        )
        filled = out.ends[-1]
        return CsrArrays(out.ends, out.columns[:filled], out.values[:filled], self.columns_)


def cue_names() -> list[str]:
    """Return the name of each cue column: its kind and its place in that kind's table."""
    return [
        f"cue__{name}" + "".join(f"[{k}]" for k in place)
        for name, shape in SHAPES.items()
        for place in np.ndindex(shape)
    ]


def _sense_columns(phrases: Phrases, codes: Sequence[str]) -> Array:
    """Return the columns of each entry of the gazetteer: region, kind, code; -1 for none. Shape (E, 3)."""
    place = {code: len(REGIONS) + len(NAME_KINDS) + k for k, code in enumerate(codes)}
    region = {name: k for k, name in enumerate(REGIONS)}
    kind = {name: len(REGIONS) + k for k, name in enumerate(NAME_KINDS)}
    rows = [
        (region.get(s.region, -1), kind[s.kind], place.get(s.code, -1)) if s.kind in kind else (-1, -1, -1)
        for s in phrases.senses
    ]
    return np.asarray(rows, np.int32).reshape(-1, 3)


def _below(parts: Sequence[Rows]) -> Rows:
    """Put rows below each other."""
    shifts = np.cumsum([0, *(len(part.columns) for part in parts[:-1])])
    ends = np.concatenate([part.ends + shift for part, shift in zip(parts, shifts, strict=True)])
    return Rows(
        ends, np.concatenate([part.columns for part in parts]), np.concatenate([part.values for part in parts]), 0
    )
