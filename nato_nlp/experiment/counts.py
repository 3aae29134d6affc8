"""Token counts, taken once: each fold's vocabulary, idf and scaling are derived from them by its training rows alone.

Symbols: n texts, T terms that occur in any of them, V terms that a fold keeps.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt

from nato_nlp.errors import InputError
from nato_nlp.experiment.schema import Features
from nato_nlp.features.news import CODE_MIN_DF, NewsFeatures
from nato_nlp.features.ngram_tfidf import NgramTfidf

Ints = npt.NDArray[np.int64]
Array = npt.NDArray[Any]
CountKey = tuple[str, str, tuple[int, ...]]
KEPT = 32  # counts that stay in memory
RAW: Mapping[str, Any] = {"sublinear_tf": False, "use_idf": False, "norm": None}
ACTS = ("cue", "word", "char", "place_word", "place_char")
TOPICS = ("word", "char", "actor", "topic", "place_word", "place_char")  # as `NewsFeatures.topic_columns_`: no cues
SCALE_OF = {
    "word": "ngram_scale",
    "char": "ngram_scale",
    "cue": "cue_scale",
    "actor": "actor_scale",
    "topic": "topic_scale",
    "place_word": "place_scale",
    "place_char": "place_scale",
}


@dataclass(frozen=True, eq=False)
class Counts:
    """What was counted in n texts.

    Attributes
    ----------
    matrix : scipy.sparse.csr_matrix of shape (n, T)
        Counts of n-grams; of other parts the values without their scale.
    names : ndarray of shape (T,), str
        Terms, sorted as `NgramTfidf` sorts them.
    """

    matrix: Any
    names: Array


@dataclass(frozen=True, eq=False)
class Weighed:
    """One kind of feature in a fold.

    Attributes
    ----------
    matrix : scipy.sparse.csr_matrix of shape (rows, V)
        Rows in the order asked for, without the kind's scale.
    names : ndarray of shape (V,), str
    """

    matrix: Any
    names: Array


@dataclass(frozen=True, eq=False)
class Corpus:
    """Texts to count in.

    Attributes
    ----------
    texts : tuple of str
    sources, targets : tuple of tuples of (start, end)
        Marked spans of each text; empty where it has none.
    """

    texts: tuple[str, ...]
    sources: tuple[Any, ...]
    targets: tuple[Any, ...]

    @cached_property
    def key(self) -> str:
        """The hash of the content."""
        found = sha256()
        for text in self.texts:
            data = text.encode("utf-8", "surrogatepass")
            found.update(len(data).to_bytes(8, "little") + data)
        found.update(repr((self.sources, self.targets)).encode())
        return found.hexdigest()


class Cache:
    """The latest counts of this process by the content that they were taken of."""

    def __init__(self) -> None:
        self._found: OrderedDict[Any, Counts] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Any) -> Counts | None:
        """Return what was put there, if it is still kept."""
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
            return self._found.get(key)

    def put(self, key: Any, counts: Counts) -> None:
        """Keep counts, and let the oldest ones go."""
        with self._lock:
            self._found[key] = counts
            while len(self._found) > KEPT:
                self._found.popitem(last=False)

    def clear(self) -> None:
        """Forget all counts."""
        with self._lock:
            self._found.clear()


CACHE = Cache()


def part_names(features: Features, topical: bool) -> list[str]:
    """Return the parts of a matrix that a head may learn from, in the order of its columns.

    Parameters
    ----------
    features : Features
    topical : bool
        Whether the head tells topics: it learns from actors and terms, but not from cues of acts; others the reverse.

    Examples
    --------
    >>> part_names(Features(kind="news", char=False), topical=False)
    ['cue', 'word']
    """
    grams = [name for name in ("word", "char") if getattr(features, name)]
    parts = {
        "ngrams": grams,
        "news": ["cue", *grams, "actor", "topic"],
        "place": [f"place_{name}" for name in grams],
    }
    parts["news+place"] = parts["news"] + parts["place"]
    allowed = TOPICS if topical else ACTS
    return [name for name in parts[features.kind] if name in allowed]


def count_key(part: str, features: Features) -> CountKey:
    """Return what decides a part's counts: the text that is read, what is counted, and the range of n-grams.

    Examples
    --------
    >>> count_key("char", Features(kind="news", min_df=3))
    ('news', 'char', (2, 5))
    """
    block = part.removeprefix("place_")
    source = "place" if part != block else "news" if features.kind.startswith("news") else "plain"
    return source, block, getattr(features, block) if block in ("word", "char") else ()


def counts_of(corpus: Corpus, part: str, features: Features) -> Counts:
    """Return the counts of one part of the features, from memory when the same content was counted before.

    Parameters
    ----------
    corpus : Corpus
    part : str
        One of `part_names`.
    features : Features
        Only the kind and the range of the n-grams matter.
    """
    wanted = (corpus.key, *count_key(part, features))
    found = CACHE.get(wanted)
    if found is None:
        found = _count(corpus, *wanted[1:])
        CACHE.put(wanted, found)
    return found


def _count(corpus: Corpus, source: str, block: str, ngrams: tuple[int, ...]) -> Counts:
    if block in ("cue", "actor", "topic"):
        return _count_phrases(corpus.texts, block)
    limits: dict[str, Any] = {"word": None, "char": None, block: ngrams}
    grams = NgramTfidf(**limits, **RAW)
    if source == "plain":
        return _named(grams.fit_transform(corpus.texts), block, grams)
    if source == "place":
        from nato_nlp.features.place import PlaceNgrams, placed

        by_place = PlaceNgrams(ngrams=grams)
        return _named(by_place.fit_transform(placed(corpus.texts, corpus.sources, corpus.targets)), block, by_place)
    news = NewsFeatures(ngrams=grams, ngram_scale=1.0)
    matrix, first = news.fit_transform(corpus.texts), news.topic_columns_.start
    columns = slice(first, news.act_columns_.stop)
    return Counts(matrix[:, columns], news.get_feature_names_out()[columns])


def _named(matrix: Any, block: str, vectorizer: Any) -> Counts:
    names = np.empty(matrix.shape[1], object)
    names[:] = [f"{block}__{name}" for name in vectorizer.get_feature_names_out()]
    return Counts(matrix, names)


def _count_phrases(texts: Sequence[str], block: str) -> Counts:
    scales: dict[str, Any] = {"ngram_scale": 1.0, "cue_scale": 1.0, "actor_scale": 1.0, "topic_scale": 1.0}
    news = NewsFeatures(ngrams=NgramTfidf(word=None, char=(1, 1), **RAW), **scales)
    matrix, names = news.fit_transform(texts), news.get_feature_names_out()
    columns = np.flatnonzero(np.asarray([name.startswith(f"{block}__") for name in names]))
    return Counts(matrix[:, columns], names[columns])


def weigh(counts: Counts, part: str, features: Features, train: Ints, scored: Ints) -> Weighed:
    """Return the rows of one part as a fold sees them: training rows, then scored ones.

    Parameters
    ----------
    counts : Counts
    part : str
        One of `part_names`.
    features : Features
        Limits of the vocabulary and ``sublinear_tf``.
    train, scored : ndarray of int64
        Rows; the vocabulary and idf come from ``train`` alone.

    Returns
    -------
    Weighed
        Equal to fitting `NgramTfidf`, `NewsFeatures` or `PlaceNgrams` on the training texts, within a relative 1e-12.

    Raises
    ------
    InputError
        No n-gram is left in the training rows.
    """
    matrix = counts.matrix[np.concatenate([train, scored])]
    if part in ("cue", "topic"):
        return Weighed(matrix, counts.names)
    df = np.bincount(matrix.indices[: matrix.indptr[len(train)]], minlength=matrix.shape[1])
    if part == "actor":
        coded = np.char.find(counts.names.astype(str), "=") < 0
        columns = np.flatnonzero(~coded | (df >= CODE_MIN_DF))
        return Weighed(matrix[:, columns], counts.names[columns])
    columns = _chosen(matrix[: len(train)], df, features)
    if not len(columns):
        name = part.removeprefix("place_")
        raise InputError(f"texts must hold at least one {name} n-gram within min_df and max_df, got none")
    idf = np.log((len(train) + 1) / (df[columns] + 1)) + 1.0
    return Weighed(_tf_idf(matrix[:, columns], idf, features.sublinear_tf), counts.names[columns])


def _chosen(train: Any, df: Ints, features: Features) -> Ints:
    """Return the columns within the limits, as `NgramTfidf.fit` chooses them."""
    n = train.shape[0]
    low, high = (limit * n if isinstance(limit, float) else limit for limit in (features.min_df, features.max_df))
    columns = np.flatnonzero((df > 0) & (df >= low) & (df <= high))
    if features.max_features and len(columns) > features.max_features:
        total = np.bincount(train.indices, weights=train.data, minlength=train.shape[1])
        # the same unstable sort of floats: ties break as in scikit-learn
        columns = columns[np.sort((-total[columns]).argsort()[: features.max_features])]
    return columns


def _tf_idf(matrix: Any, idf: npt.NDArray[np.float64], sublinear: bool) -> Any:
    from scipy import sparse

    data = (np.log(matrix.data) + 1.0 if sublinear else matrix.data) * idf[matrix.indices]
    square = np.zeros(matrix.shape[0])
    filled = np.flatnonzero(np.diff(matrix.indptr))  # reduceat would give an empty row its successor's first value
    square[filled] = np.add.reduceat(data**2, matrix.indptr[filled]) if len(filled) else 0.0
    norm = np.sqrt(np.where(square > 0, square, 1.0))
    data /= np.repeat(norm, np.diff(matrix.indptr))
    return sparse.csr_matrix((data, matrix.indices, matrix.indptr), shape=matrix.shape)


def scale_of(part: str, features: Features) -> float:
    """Return what a part is multiplied by.

    Examples
    --------
    >>> scale_of("word", Features(kind="news")), scale_of("word", Features())
    (0.7, 1.0)
    """
    return float(getattr(features, SCALE_OF[part])) if SCALE_OF[part] in features.scales() else 1.0
