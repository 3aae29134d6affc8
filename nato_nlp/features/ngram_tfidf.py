"""TF-IDF of word n-grams and of character n-grams inside words, equal to scikit-learn's vectorizers and their union."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from nato_nlp._estimator import Estimator
from nato_nlp._kernels.layout import Text
from nato_nlp._validate import must_be
from nato_nlp.errors import InputError
from nato_nlp.features._counting import State, Workers, locate, score, weigh
from nato_nlp.features._letters import decoded
from nato_nlp.features._ngram_checks import check_parameters, restored_block, threads
from nato_nlp.features._results import CsrArrays, Occurrences
from nato_nlp.features._rows import Span, as_rows, chunks
from nato_nlp.features._vocabulary import Block, Growth, chosen, from_strings, settled
from nato_nlp.features._worker import Settings

Regions = Iterable[Iterable[Span]] | None


class NgramTfidf(Estimator):
    """TF-IDF of word n-grams and of character n-grams inside words.

    Symbols: n documents, V terms, df a term's document frequency, tf its count in a document.

    Parameters
    ----------
    word : tuple of int or None, default=(1, 2)
        Shortest and longest n-gram of words (two or more word characters each); None leaves the block out.
    char : tuple of int or None, default=(2, 5)
        Shortest and longest n-gram of characters inside words padded by a space; None leaves the block out.
    lowercase : bool, default=True
        Lower-case texts first, as `str.lower` does.
    min_df, max_df : int or float, default=1 and 1.0
        Terms in fewer or more documents are left out; a float is a share of n.
    max_features : int or None, default=None
        Keep the terms with the highest counts.
    vocabulary : mapping or iterable of str, default=None
        Fixed terms. With both blocks a dict ``{"word": ..., "char": ...}`` of them.
    binary : bool, default=False
        Set every tf above 0 to 1.
    sublinear_tf : bool, default=True
        Replace tf by 1 + ln(tf).
    use_idf : bool, default=True
        Multiply by idf = ln(n / df) + 1.
    smooth_idf : bool, default=True
        Add one to n and df, as if one document held every term.
    norm : {'l2', 'l1', None}, default='l2'
        Norm that each row of a block gets.
    dtype : dtype, default=numpy.float64
        Of the matrix: float64 or float32.
    n_jobs : int or None, default=None
        Threads; None is one, -1 all cores. The result does not depend on it.

    Attributes
    ----------
    vocabulary_ : dict of str to int
        The column of each term; ``word__`` and ``char__`` stand before the terms when there are two blocks.
    idf_ : ndarray of shape (V,)
        Present when ``use_idf``.

    Raises
    ------
    InputError
        From ``fit``: a parameter out of range, texts that are no sequence of str, or no term that remains.

    Notes
    -----
    With ``char=None`` this equals scikit-learn's ``TfidfVectorizer(ngram_range=word)``, with ``word=None``
    ``TfidfVectorizer(analyzer="char_wb", ngram_range=char)``, with both the ``FeatureUnion`` of the two; every limit and the
    norm apply per block. Names and columns are the same, weights within a relative 1e-12 (float32: 2e-6); rows are sorted by
    column. Among terms equally frequent ``max_features`` chooses as scikit-learn on the same machine does, whose sort is not
    stable. The formulas are those of [SB88].

    Terms are compared as a whole, never by their hashes alone. Time is linear in the length of the texts. ``n_jobs`` threads
    share a ``transform``; ``fit`` uses one. After ``transform`` a vectorizer keeps, for the next call, what it knows of words
    that recur: at most about 15 MB a thread, and in no pickle.

    Methods that take texts take ``regions`` too: for each text its spans ``(start, end, number)``, in characters, in order
    and without overlap. What lies between them is region 0. Texts are cut at the bounds of spans, and every token (or
    character n-gram) carries the number of its region, so that terms are called ``"1:envoys 2:met"``; nothing is counted in a
    span with a negative number, and no n-gram reaches across it. A vectorizer fitted with regions is used with regions.

    References
    ----------
    [SB88] Salton, Buckley: Term-weighting approaches in automatic text retrieval. Inf. Process. Manage. 24(5), 1988.

    Examples
    --------
    >>> vectorizer = NgramTfidf(char=None).fit(["talks resumed", "talks stalled"])
    >>> vectorizer.get_feature_names_out().tolist()
    ['resumed', 'stalled', 'talks', 'talks resumed', 'talks stalled']
    """

    _state: State | None = None  # counts that partial_fit adds to
    _blocks: list[Block] | None = None  # None: not fitted, or to be made of the counts
    _names: list[str] | None = None  # spelled when asked for
    _workers: Workers | None = None  # what transform keeps for its next call
    _scorers: Workers | None = None  # and what scores keeps

    def __init__(
        self,
        *,
        word: tuple[int, int] | None = (1, 2),
        char: tuple[int, int] | None = (2, 5),
        lowercase: bool = True,
        min_df: float = 1,
        max_df: float = 1.0,
        max_features: int | None = None,
        vocabulary: Any = None,
        binary: bool = False,
        sublinear_tf: bool = True,
        use_idf: bool = True,
        smooth_idf: bool = True,
        norm: str | None = "l2",
        dtype: Any = np.float64,
        n_jobs: int | None = None,
    ) -> None:
        self.word = word
        self.char = char
        self.lowercase = lowercase
        self.min_df = min_df
        self.max_df = max_df
        self.max_features = max_features
        self.vocabulary = vocabulary
        self.binary = binary
        self.sublinear_tf = sublinear_tf
        self.use_idf = use_idf
        self.smooth_idf = smooth_idf
        self.norm = norm
        self.dtype = dtype
        self.n_jobs = n_jobs

    def fit(self, texts: Iterable[str], y: object = None, *, regions: Regions = None) -> Self:
        """Learn vocabulary and idf from n texts; ``y`` is ignored."""
        check_parameters(self)
        rows = as_rows(texts, regions, self.lowercase)
        self._forget()
        state = self._start()
        state.add(rows, self._settings())
        self._blocks = self._finished(state)
        return self

    def partial_fit(self, texts: Iterable[str], y: object = None, *, regions: Regions = None) -> Self:
        """Learn from one more batch; in the end the result is that of one ``fit`` on all of them.

        Raises
        ------
        InputError
            As from ``fit``; after ``fit`` or ``from_arrays``, which keep no counts that could be added to.
        """
        check_parameters(self)
        rows = as_rows(texts, regions, self.lowercase)
        if self._state is None:
            if self._blocks is not None:
                raise InputError(
                    "partial_fit must begin on a new vectorizer or go on from partial_fit, got one fitted otherwise"
                )
            self._state = self._start()
        self._state.add(rows, self._settings())
        self._forget(keep=self._state)
        return self

    def fit_transform(self, texts: Iterable[str], y: object = None, *, regions: Regions = None) -> Any:
        """Fit on texts and return their matrix, a CSR matrix of shape (n, V)."""
        check_parameters(self)
        rows = as_rows(texts, regions, self.lowercase)
        return self.fit(rows).transform(rows)  # type: ignore[arg-type]

    def transform(self, texts: Iterable[str], *, regions: Regions = None) -> Any:
        """Return the CSR matrix of shape (n, V) of n texts; unknown terms are left out."""
        return self.transform_arrays(texts, regions=regions).to_scipy()

    def transform_arrays(self, texts: Iterable[str], *, regions: Regions = None) -> CsrArrays:
        """Return the matrix of n texts as plain arrays."""
        blocks = self._fitted()
        rows = as_rows(texts, regions, self.lowercase)
        settings = self._settings()
        if self._workers is None or self._workers.settings != settings:
            self._workers = Workers(blocks, settings)
        columns = sum(block.size for block in blocks)
        return CsrArrays(*weigh(rows, self._workers, threads(self.n_jobs)), columns)

    def scores(self, texts: Iterable[str], weights: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """Return ``transform(texts) @ weights`` without making the matrix, shape (n, K).

        Parameters
        ----------
        texts : iterable of str, length n
        weights : ndarray of shape (V, K), float32
            Of K linear heads. What is known of words that recur is kept for the next call with the same array.

        Raises
        ------
        InputError
            Weights of another shape.

        Examples
        --------
        >>> vectorizer = NgramTfidf(char=None, norm=None, use_idf=False).fit(["talks resumed"])
        >>> vectorizer.scores(["Talks!", "Envoys"], np.asarray([[1.0], [2.0], [3.0]], np.float32)).tolist()
        [[2.0], [0.0]]
        """
        rows = as_rows(texts, None, self.lowercase)
        size = int(rows.ends[-1]) if len(rows.ends) else 0
        parts = ((start, rows.text(start, stop, self.lowercase)) for start, stop in chunks(rows))
        return self.score_parts(parts, len(rows.ends), size, weights)

    def score_parts(
        self, parts: Iterable[tuple[int, Text]], count: int, size: int, weights: npt.NDArray[np.float32]
    ) -> npt.NDArray[np.float64]:
        """Return what `scores` does of texts that come in parts, each with the number of its first row.

        Parameters
        ----------
        parts : iterable of (int, Text)
        count, size : int
            Rows and characters of all parts.
        weights : ndarray of shape (V, K), float32
        """
        blocks, settings = self._fitted(), self._settings()
        if weights.ndim != 2 or len(weights) != self.columns_:
            raise must_be("weights", f"of shape ({self.columns_}, K)", weights.shape)
        scorers = self._scorers
        if scorers is None or scorers.settings != settings or scorers.weights is not weights:
            scorers = self._scorers = Workers(blocks, settings, weights)
        out = np.empty((count, weights.shape[1]))
        score(parts, size, scorers, threads(self.n_jobs), out)
        return out

    def occurrences(self, texts: Iterable[str], *, regions: Regions = None) -> Occurrences:
        """Return where in the texts each known term occurs.

        Examples
        --------
        >>> vectorizer = NgramTfidf(char=None).fit(["talks resumed"])
        >>> found = vectorizer.occurrences(["The talks, resumed."])
        >>> vectorizer.get_feature_names_out()[found.columns].tolist(), found.starts.tolist(), found.ends.tolist()
        (['talks', 'talks resumed', 'resumed'], [4, 4, 11], [9, 18, 18])
        """
        blocks = self._fitted()
        found = locate(as_rows(texts, regions, self.lowercase), blocks, self._settings())
        return Occurrences(*np.ascontiguousarray(found.T))

    def get_feature_names_out(self, input_features: object = None) -> npt.NDArray[np.object_]:
        """Return the V terms by column."""
        names = np.empty(len(self._spelled()), dtype=object)
        names[:] = self._spelled()
        return names

    @property
    def blocks_(self) -> list[Block]:
        """The fitted blocks, words first."""
        return self._fitted()

    @property
    def columns_(self) -> int:
        """How many columns the matrix has."""
        return sum(block.size for block in self._fitted())

    @property
    def vocabulary_(self) -> dict[str, int]:
        """The column of each term."""
        return {name: column for column, name in enumerate(self._spelled())}

    @property
    def idf_(self) -> npt.NDArray[np.float64]:
        """Inverse document frequency by column."""
        blocks = self._fitted()
        if not self.use_idf:
            raise AttributeError("idf_ is there only with use_idf=True")
        return np.concatenate([block.idf for block in blocks if block.idf is not None])

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the fitted state as arrays: per block the terms' UTF-8 bytes, their V + 1 offsets (bytes), and idf."""
        arrays: dict[str, npt.NDArray[Any]] = {}
        for block in self._fitted():
            offsets, codes = block.spelled()
            ends = np.concatenate([[0], np.cumsum(1 + (codes >= 0x80) + (codes >= 0x800) + (codes >= 0x10000))])
            arrays[f"{block.name}.terms"] = np.frombuffer(decoded(codes).encode("utf-8", "surrogatepass"), np.uint8)
            arrays[f"{block.name}.offsets"] = ends[offsets].astype(np.uint32)
            if block.idf is not None:
                arrays[f"{block.name}.idf"] = block.idf
        return arrays

    def from_arrays(self, arrays: Mapping[str, npt.NDArray[Any]]) -> Self:
        """Take over the state that `to_arrays` gave, instead of fitting.

        Raises
        ------
        InputError
            An array is missing or does not fit the others.
        """
        check_parameters(self)
        blocks = [restored_block(name, ngrams, arrays, self.use_idf) for name, ngrams in self._wanted()]
        self._forget()
        self._blocks = blocks
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return self._blocks is not None or self._state is not None

    def _fitted(self) -> list[Block]:
        self._check_fitted()
        if self._blocks is None:
            self._blocks = self._finished(self._state)
        return self._blocks

    def _forget(self, keep: State | None = None) -> None:
        self._state, self._blocks, self._names, self._workers, self._scorers = keep, None, None, None, None

    def _spelled(self) -> list[str]:
        blocks = self._fitted()
        if self._names is None:
            prefix = "{}__" if len(blocks) > 1 else ""
            self._names = [prefix.format(block.name) + term for block in blocks for term in block.terms]
        return self._names

    def _wanted(self) -> list[tuple[str, tuple[int, int]]]:
        return [(name, ngrams) for name, ngrams in (("word", self.word), ("char", self.char)) if ngrams is not None]

    def _settings(self) -> Settings:
        return Settings(
            word=self.word,
            char=self.char,
            lowercase=self.lowercase,
            binary=self.binary,
            sublinear_tf=self.sublinear_tf,
            use_idf=self.use_idf,
            norm=self.norm,
            dtype=np.dtype(self.dtype),
        )

    def _start(self) -> State:
        fixed = {name: self._fixed_block(name, ngrams) for name, ngrams in self._wanted()}
        return State([block or Growth.empty(name) for name, block in fixed.items()], [])

    def _fixed_block(self, name: str, ngrams: tuple[int, int]) -> Block | None:
        given = self.vocabulary
        if given is None:
            return None
        if len(self._wanted()) > 1:
            if not isinstance(given, Mapping) or set(given) != {"word", "char"}:
                raise must_be("vocabulary", "a dict with the keys 'word' and 'char'", given)
            given = given[name]
        terms = (
            sorted(given, key=given.__getitem__)
            if isinstance(given, Mapping)
            else sorted(given)
            if isinstance(given, set)
            else list(given)
        )
        if isinstance(given, Mapping) and sorted(given.values()) != list(range(len(terms))):
            raise must_be("vocabulary", f"a mapping to the columns 0 to {len(terms) - 1}", given)
        block = None
        if terms and all(isinstance(term, str) and term for term in terms):
            block = from_strings(name, ngrams, terms)
        if block is None:
            raise must_be("vocabulary", "at least one term, each a str that is not empty, and no term twice", given)
        return block

    def _finished(self, state: State | None) -> list[Block]:
        assert state is not None
        return [
            self._finished_block(block, ngrams, df, state.n)
            for (_, ngrams), block, df in zip(self._wanted(), state.blocks, state.df(), strict=True)
        ]

    def _finished_block(
        self, block: Growth | Block, ngrams: tuple[int, int], df: npt.NDArray[np.int64], n: int
    ) -> Block:
        if isinstance(block, Growth):
            low, high = (limit * n if isinstance(limit, float) else limit for limit in (self.min_df, self.max_df))
            nodes = chosen(block, low, high, self.max_features, self.dtype)
            if not len(nodes):
                raise InputError(f"texts must hold at least one {block.name} n-gram within min_df and max_df, got none")
            block, df = settled(block, ngrams, nodes), df[nodes]
        return replace(block, idf=self._idf(df, n) if self.use_idf else None)

    def _idf(self, df: npt.NDArray[np.int64], n: int) -> npt.NDArray[np.float64]:
        extra = int(self.smooth_idf)
        with np.errstate(divide="ignore"):
            return (np.log((n + extra) / (df + extra)) + 1.0).astype(self.dtype)
