"""TF-IDF of word and character n-grams, equal to scikit-learn's vectorizers and their union."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from nato_nlp._estimator import Estimator
from nato_nlp._kernels.reference import char_ngrams_reference, count_reference, word_ngrams_reference
from nato_nlp._validate import check_option, check_texts, must_be
from nato_nlp.errors import InputError

ANALYZERS: dict[str, Callable[[str, int, int], Iterator[str]]] = {"word": word_ngrams_reference, "char": char_ngrams_reference}
NORMS = ("l1", "l2")


@dataclass(frozen=True)
class Block:
    """The fitted terms of one analyzer.

    Attributes
    ----------
    name : {'word', 'char'}
        The analyzer.
    ngrams : tuple of int
        Shortest and longest n-gram, in words or characters.
    terms : tuple of str
        The vocabulary by column.
    index : dict of str to int
        The column of each term.
    idf : ndarray of shape (V,) or None
        Inverse document frequency of each column.
    """

    name: str
    ngrams: tuple[int, int]
    terms: tuple[str, ...]
    index: dict[str, int]
    idf: npt.NDArray[np.float64] | None

    def ngrams_of(self, text: str) -> Iterator[str]:
        """Yield the n-grams of a text that is already in the right case."""
        return ANALYZERS[self.name](text, *self.ngrams)


@dataclass(frozen=True)
class CsrArrays:
    """A sparse matrix as plain arrays: tagging needs no scipy, whose import costs 0.3 s.

    Attributes
    ----------
    indptr : ndarray of shape (n + 1,)
    indices, data : ndarray of shape (nnz,)
    columns : int
    """

    indptr: npt.NDArray[np.int64]
    indices: npt.NDArray[np.int64]
    data: npt.NDArray[Any]
    columns: int

    def to_scipy(self) -> Any:
        """Return a ``scipy.sparse.csr_matrix``."""
        from scipy.sparse import csr_matrix

        return csr_matrix((self.data, self.indices, self.indptr), shape=(len(self.indptr) - 1, self.columns))


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
    norm apply per block. The formulas are those of [SB88].

    References
    ----------
    [SB88] Salton, Buckley: Term-weighting approaches in automatic text retrieval. Inf. Process. Manage. 24(5), 1988.

    Examples
    --------
    >>> vectorizer = NgramTfidf(char=None).fit(["talks resumed", "talks stalled"])
    >>> vectorizer.get_feature_names_out().tolist()
    ['resumed', 'stalled', 'talks', 'talks resumed', 'talks stalled']
    """

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

    def fit(self, texts: Iterable[str], y: object = None) -> Self:
        """Learn vocabulary and idf from n texts; ``y`` is ignored."""
        self._check_parameters()
        rows = self._cased(check_texts(texts))
        self.blocks_ = [self._fit_block(name, ngrams, rows) for name, ngrams in self._wanted()]
        return self

    def fit_transform(self, texts: Iterable[str], y: object = None) -> Any:
        """Fit on texts and return their matrix, a CSR matrix of shape (n, V)."""
        items = check_texts(texts)
        return self.fit(items).transform(items)

    def transform(self, texts: Iterable[str]) -> Any:
        """Return the CSR matrix of shape (n, V) of n texts; unknown terms are left out."""
        return self.transform_arrays(texts).to_scipy()

    def transform_arrays(self, texts: Iterable[str]) -> CsrArrays:
        """Return the matrix of n texts as plain arrays."""
        self._check_fitted()
        rows = self._cased(check_texts(texts))
        return _side_by_side([self._weighted(block, rows) for block in self.blocks_])

    def get_feature_names_out(self, input_features: object = None) -> npt.NDArray[np.object_]:
        """Return the V terms by column."""
        self._check_fitted()
        return np.asarray(list(self.vocabulary_), dtype=object)

    @property
    def vocabulary_(self) -> dict[str, int]:
        """The column of each term."""
        self._check_fitted()
        names = [self._prefix(block) + term for block in self.blocks_ for term in block.terms]
        return {name: column for column, name in enumerate(names)}

    @property
    def idf_(self) -> npt.NDArray[np.float64]:
        """Inverse document frequency by column."""
        self._check_fitted()
        if not self.use_idf:
            raise AttributeError("idf_ is there only with use_idf=True")
        return np.concatenate([block.idf for block in self.blocks_ if block.idf is not None])

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the fitted state as arrays: per block the terms' UTF-8 bytes, their V + 1 offsets (bytes), and idf."""
        self._check_fitted()
        arrays: dict[str, npt.NDArray[Any]] = {}
        for block in self.blocks_:
            coded = [term.encode("utf-8", "surrogatepass") for term in block.terms]
            arrays[f"{block.name}.terms"] = np.frombuffer(b"".join(coded), np.uint8)
            arrays[f"{block.name}.offsets"] = np.cumsum([0, *map(len, coded)]).astype(np.uint32)
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
        self._check_parameters()
        self.blocks_ = [self._restored(name, ngrams, arrays) for name, ngrams in self._wanted()]
        return self

    def _restored(self, name: str, ngrams: tuple[int, int], arrays: Mapping[str, npt.NDArray[Any]]) -> Block:
        try:
            raw, offsets = arrays[f"{name}.terms"].tobytes(), arrays[f"{name}.offsets"].tolist()
            idf = arrays[f"{name}.idf"] if self.use_idf else None
        except KeyError as error:
            raise InputError(f"arrays must hold {error}, got {sorted(arrays)}") from None
        if not offsets or offsets[0] != 0 or offsets[-1] != len(raw) or any(a > b for a, b in pairwise(offsets)):
            raise InputError(f"{name}.offsets must rise from 0 to {len(raw)}")
        try:
            terms = tuple(raw[a:b].decode("utf-8", "surrogatepass") for a, b in pairwise(offsets))
        except UnicodeDecodeError:
            raise InputError(f"{name}.terms must be UTF-8") from None
        index = {term: column for column, term in enumerate(terms)}
        if len(index) != len(terms) or (idf is not None and idf.shape != (len(terms),)):
            raise InputError(f"{name}.terms must be {len(terms)} different terms with one idf each")
        return Block(name, ngrams, terms, index, idf)

    def _prefix(self, block: Block) -> str:
        return f"{block.name}__" if len(self.blocks_) > 1 else ""

    def _wanted(self) -> list[tuple[str, tuple[int, int]]]:
        return [(name, ngrams) for name, ngrams in (("word", self.word), ("char", self.char)) if ngrams is not None]

    def _check_parameters(self) -> None:
        if not self._wanted():
            raise must_be("word", "a pair of int when char is None", self.word)
        for name, ngrams in self._wanted():
            if not (len(ngrams) == 2 and all(isinstance(n, int | np.integer) for n in ngrams) and 1 <= ngrams[0] <= ngrams[1]):
                raise must_be(name, "a pair of int with 1 <= first <= second", ngrams)
        for name in ("min_df", "max_df"):
            value = getattr(self, name)
            if isinstance(value, float) and not 0 <= value <= 1 or not isinstance(value, float) and value < 1:
                raise must_be(name, "an int of at least 1 or a float from 0 to 1", value)
        if self.norm is not None:
            check_option("norm", self.norm, NORMS)
        if np.dtype(self.dtype) not in (np.float32, np.float64):
            raise must_be("dtype", "float32 or float64", self.dtype)

    def _cased(self, texts: list[str]) -> list[str]:
        return [text.lower() for text in texts] if self.lowercase else texts

    def _fit_block(self, name: str, ngrams: tuple[int, int], rows: list[str]) -> Block:
        fixed = self._fixed_terms(name)
        block = Block(name, ngrams, (), {}, None)
        terms = fixed if fixed is not None else self._chosen_terms(block, rows)
        index = {term: column for column, term in enumerate(terms)}
        block = Block(name, ngrams, tuple(terms), index, None)
        if not self.use_idf:
            return block
        _, indices, _ = count_reference(map(block.ngrams_of, rows), index)
        return Block(name, ngrams, tuple(terms), index, self._idf(np.bincount(indices, minlength=len(terms)), len(rows)))

    def _fixed_terms(self, name: str) -> list[str] | None:
        given = self.vocabulary
        if given is None:
            return None
        if len(self._wanted()) > 1:
            if not isinstance(given, Mapping) or set(given) != {"word", "char"}:
                raise must_be("vocabulary", "a dict with the keys 'word' and 'char'", given)
            given = given[name]
        terms = sorted(given, key=given.__getitem__) if isinstance(given, Mapping) else list(given)
        if len(set(terms)) != len(terms) or not terms:
            raise must_be("vocabulary", "at least one term and no term twice", given)
        return terms

    def _chosen_terms(self, block: Block, rows: list[str]) -> list[str]:
        df: Counter[str] = Counter()
        tf: Counter[str] = Counter()
        for row in rows:
            found = Counter(block.ngrams_of(row))
            df.update(found.keys())
            tf.update(found.keys() if self.binary else found)
        low = self.min_df * len(rows) if isinstance(self.min_df, float) else self.min_df
        high = self.max_df * len(rows) if isinstance(self.max_df, float) else self.max_df
        terms = sorted(term for term, count in df.items() if low <= count <= high)
        if self.max_features is not None and len(terms) > self.max_features:
            best = (-np.asarray([tf[term] for term in terms])).argsort()[: self.max_features]
            terms = [terms[k] for k in sorted(best)]
        if not terms:
            raise InputError(f"texts must hold at least one {block.name} n-gram within min_df and max_df, got none")
        return terms

    def _idf(self, df: npt.NDArray[np.int64], n: int) -> npt.NDArray[np.float64]:
        extra = int(self.smooth_idf)
        with np.errstate(divide="ignore"):
            return (np.log((n + extra) / (df + extra)) + 1.0).astype(self.dtype)

    def _weighted(self, block: Block, rows: list[str]) -> CsrArrays:
        indptr, indices, counts = count_reference(map(block.ngrams_of, rows), block.index)
        data = np.ones(len(counts), self.dtype) if self.binary else counts.astype(self.dtype)
        if self.sublinear_tf:
            data = np.log(data) + 1
        if block.idf is not None:
            data = data * block.idf[indices]
        if self.norm is not None:
            size = np.abs(data) if self.norm == "l1" else data.astype(np.float64) ** 2
            total = np.add.reduceat(np.append(size, 0.0), indptr[:-1])
            total[indptr[:-1] == indptr[1:]] = 1.0
            data = data / np.repeat(total if self.norm == "l1" else np.sqrt(total), np.diff(indptr))
        return CsrArrays(indptr, indices, data.astype(self.dtype), len(block.terms))


def _side_by_side(parts: list[CsrArrays]) -> CsrArrays:
    """Put matrices of one height next to each other, rows staying sorted."""
    if len(parts) == 1:
        return parts[0]
    left, right = parts
    sizes = np.diff(left.indptr) + np.diff(right.indptr)
    indptr = np.concatenate([[0], np.cumsum(sizes)])
    indices = np.empty(indptr[-1], np.int64)
    data = np.empty(indptr[-1], left.data.dtype)
    for part, shift, offset in ((left, 0, 0), (right, left.columns, np.diff(left.indptr))):
        width = np.diff(part.indptr)
        place = np.arange(len(part.indices)) + np.repeat(indptr[:-1] + offset - part.indptr[:-1], width)
        indices[place] = part.indices + shift
        data[place] = part.data
    return CsrArrays(indptr, indices, data, left.columns + right.columns)
