"""Character n-grams of many texts as one sparse matrix, and the pairs of its rows that share enough of them."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nato_nlp.evaluation._inputs import Floats, Ints

ROUNDING = 1e-9  # t * size is a whole number in spite of float64
SHARED = 8  # least grams that two prefixes must share: a single long word that two texts share has fewer
LONG = 16  # of a text with more than SHARED * LONG grams a share of 1 / LONG: long texts share many words
PERMUTATIONS = 128
MISSED = 1e-3  # expected share of pairs at the threshold that banding may miss
PAIRS_AT_ONCE = 20_000
ENTRIES_AT_ONCE = 2**24  # of a block of the product, about 200 MB at worst


def gram_matrix(texts: Sequence[str], n: int) -> Any:
    """Build the binary CSR matrix of texts by character n-grams, the rarest grams in the first columns.

    A text of less than n characters has no gram.
    """
    from scipy import sparse

    owner, grams = _grams(texts, n)
    names, grams = np.unique(grams, return_inverse=True)
    width = max(len(names), 1)
    keys = _distinct(owner * width + grams)
    frequency = np.bincount(keys % width, minlength=width)
    rank = np.empty(width, np.int64)
    rank[np.argsort(frequency, kind="stable")] = np.arange(width)
    owner, grams = np.divmod(np.sort(keys - keys % width + rank[keys % width]), width)
    ends = np.cumsum(np.bincount(owner, minlength=len(texts)))
    indptr = np.concatenate([[0], ends])
    return sparse.csr_matrix((np.ones(len(grams), np.int32), grams, indptr), shape=(len(texts), width))


def _grams(texts: Sequence[str], n: int) -> tuple[Ints, Ints]:
    """Give the text of each n-gram occurrence and a number that stands for the gram, without hashing."""
    text = "".join(texts).encode("utf-32-le", "surrogatepass")
    alphabet, first = np.unique(np.frombuffer(text, np.uint32), return_inverse=True)
    numbers, bound = first.astype(np.int64), max(len(alphabet), 1)
    for shift in range(1, min(n, len(first) + 1)):
        if bound * len(alphabet) >= 2**62:
            known, numbers = np.unique(numbers, return_inverse=True)
            bound = len(known)
        numbers = numbers[:-1] * len(alphabet) + first[shift:]
        bound *= len(alphabet)
    owner = np.repeat(np.arange(len(texts)), [len(t) for t in texts])
    inside = owner[: len(owner) - n + 1] == owner[n - 1 :] if len(owner) >= n else np.zeros(0, bool)
    return owner[: len(inside)][inside], numbers[: len(inside)][inside]


def _distinct(values: Ints) -> Ints:
    # np.unique hashes; for millions of values that are mostly distinct, sorting is a hundred times as fast
    values = np.sort(values)
    return np.asarray(values[np.diff(values, prepend=-1) != 0])


def sizes(matrix: Any) -> Ints:
    """Give the number of grams of each row."""
    return np.asarray(np.diff(matrix.indptr), np.int64)


def similar_pairs(left: Any, right: Any, threshold: float, *, exact: bool, upper: bool) -> tuple[Ints, Ints, Floats]:
    """Find the pairs of rows whose Jaccard similarity is at least the threshold.

    Parameters
    ----------
    left, right : csr_matrix of shape (n, V) and (m, V)
        Binary rows, columns sorted by frequency.
    threshold : float
        In (0, 1].
    exact : bool
        Whether candidates come from prefixes, which miss nothing, or from MinHash bands.
    upper : bool
        Keep only pairs whose left index is below the right one: for left = right.

    Returns
    -------
    tuple of ndarray
        Row of left, row of right, similarity; sorted.

    Notes
    -----
    Every candidate is verified, so only recall depends on ``exact``.

    With o = ceil(t |x|) for the grams x of a text, J(x, y) >= t demands an overlap of at least max(o_x, o_y). So the
    first |x| - o_x + s_x grams of x and the first |y| - o_y + s_y of y, in one order of all grams, share at least
    min(s_x, s_y, max(o_x, o_y)) [XWLY11; WLF12]. The order is by rarity, which keeps the product of prefixes sparse.

    References
    ----------
    [XWLY11] Xiao, Wang, Lin, Yu, Wang: Efficient Similarity Joins for Near-Duplicate Detection. ACM TODS 36(3), 2011.

    [WLF12] Wang, Li, Feng: Can We Beat the Prefix Filtering? SIGMOD 2012.
    """
    required = np.ceil(threshold * sizes(left) - ROUNDING), np.ceil(threshold * sizes(right) - ROUNDING)
    least_of = _least_shared(left), _least_shared(right)
    keys = (_prefixes(left, required[0]), _prefixes(right, required[1])) if exact else _bands(left, right, threshold)
    found = []
    for i, j, shared in _products(*keys):
        overlap = np.maximum(required[0][i], required[1][j])
        least = np.minimum(np.minimum(least_of[0][i], least_of[1][j]), overlap) if exact else 1
        likely = (shared >= least) & _sizes_fit(sizes(left)[i], sizes(right)[j], threshold) & ((i < j) | (not upper))
        found += list(_verified(left, right, i[likely], j[likely], threshold))
    i, j, similarity = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = np.lexsort((j, i))
    return i[order], j[order], similarity[order]


def _sizes_fit(a: Ints, b: Ints, threshold: float) -> NDArray[np.bool_]:
    return np.minimum(a, b) >= threshold * np.maximum(a, b) - ROUNDING


def _least_shared(matrix: Any) -> Ints:
    return np.maximum(SHARED, sizes(matrix) // LONG)


def _prefixes(matrix: Any, required: Floats) -> Any:
    from scipy import sparse

    size = sizes(matrix)
    length = np.minimum(size, size - required.astype(np.int64) + _least_shared(matrix))
    place = np.arange(matrix.nnz) - np.repeat(matrix.indptr[:-1], size)
    kept = matrix.indices[place < np.repeat(length, size)]
    indptr = np.concatenate([[0], np.cumsum(length)])
    return sparse.csr_matrix((np.ones(len(kept), np.int32), kept, indptr), shape=matrix.shape)


def _products(left: Any, right: Any) -> Iterator[tuple[Ints, Ints, Ints]]:
    """Yield pairs of rows that share a column, and how many they share, a block of rows of left at a time."""
    turned = right.T.tocsr()
    width = max(1, right.shape[0])
    step = max(1, ENTRIES_AT_ONCE // width)
    for start in range(0, max(left.shape[0], 1), step):
        block = (left[start : start + step] @ turned).tocoo()
        yield block.row.astype(np.int64) + start, block.col.astype(np.int64), block.data


def _verified(left: Any, right: Any, i: Ints, j: Ints, threshold: float) -> Iterator[tuple[Ints, Ints, Floats]]:
    for start in range(0, max(len(i), 1), PAIRS_AT_ONCE):
        a, b = i[start : start + PAIRS_AT_ONCE], j[start : start + PAIRS_AT_ONCE]
        shared = np.asarray(left[a].multiply(right[b]).sum(axis=1), dtype=np.float64).ravel()
        similarity = shared / (sizes(left)[a] + sizes(right)[b] - shared)
        kept = similarity >= threshold
        yield a[kept], b[kept], similarity[kept]


def band_rows(threshold: float) -> int:
    """Give the most MinHash values in a band that miss a pair at the threshold with probability <= 0.001.

    With r values a band, 128 // r bands miss a pair of similarity s with probability (1 - s^r)^(128 // r) [B97].

    References
    ----------
    [B97] Broder: On the resemblance and containment of documents. Compression and Complexity of Sequences, 1997.
    """
    fitting = [r for r in range(1, 17) if (1 - threshold**r) ** (PERMUTATIONS // r) <= MISSED]
    return max(fitting, default=1)


def _bands(left: Any, right: Any, threshold: float) -> tuple[Any, Any]:
    """Give the matrices of rows by MinHash bands; rows without a gram have none."""
    from scipy import sparse

    rows = band_rows(threshold)
    both = sparse.vstack([left, right], format="csr")
    filled = np.flatnonzero(sizes(both))
    bands = PERMUTATIONS // rows
    buckets = np.empty((bands, len(filled)), np.int64)
    rng, base = np.random.default_rng(0), 0
    for band in range(bands):
        names, buckets[band] = np.unique(_band_key(both, filled, rows, rng), return_inverse=True)
        buckets[band] += base
        base += len(names)
    indptr = np.zeros(both.shape[0] + 1, np.int64)
    indptr[1:] = np.cumsum(bands * (sizes(both) > 0))
    data = np.ones(buckets.size, np.int32)
    matrix = sparse.csr_matrix((data, buckets.T.ravel(), indptr), shape=(both.shape[0], max(base, 1)))
    return matrix[: left.shape[0]], matrix[left.shape[0] :]


def _band_key(matrix: Any, filled: Ints, rows: int, rng: np.random.Generator) -> NDArray[np.uint64]:
    """Combine the MinHash values of a band into one number a row with grams."""
    key = np.zeros(len(filled), np.uint64)
    odd = rng.integers(0, 2**63, rows, np.uint64) * np.uint64(2) + np.uint64(1)
    for multiplier in odd:
        # an independent random value for every gram: no weak hash to doubt, 4 bytes a gram
        values = rng.integers(0, 2**32, matrix.shape[1], np.uint32)
        least = np.minimum.reduceat(values[matrix.indices], matrix.indptr[filled])
        key = (key ^ least) * multiplier
        key ^= key >> np.uint64(29)
    return key
