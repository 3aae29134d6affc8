"""Plain twins of the kernels: short, slow, and by definition right."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

TOKEN = re.compile(r"\b\w\w+\b")
IntArray = npt.NDArray[np.int64]


def word_ngrams_reference(text: str, low: int, high: int) -> Iterator[str]:
    """Yield n-grams of words of two or more word characters, joined by one space, as scikit-learn's ``word`` analyzer."""
    tokens = TOKEN.findall(text)
    for n in range(low, high + 1):
        for start in range(len(tokens) - n + 1):
            yield " ".join(tokens[start : start + n])


def char_ngrams_reference(text: str, low: int, high: int) -> Iterator[str]:
    """Yield character n-grams inside words padded with a space, as scikit-learn's ``char_wb`` analyzer."""
    for word in text.split():
        padded = f" {word} "
        for n in range(low, high + 1):
            yield padded[:n]
            for start in range(1, len(padded) - n + 1):
                yield padded[start : start + n]
            if len(padded) <= n:
                break  # a word shorter than n counts once


def count_reference(rows: Iterable[Iterable[str]], vocabulary: dict[str, int]) -> tuple[IntArray, IntArray, IntArray]:
    """Count known terms into CSR.

    Returns
    -------
    indptr, indices, counts : ndarray of int64
        Rows with sorted indices.
    """
    indptr, indices, counts = [0], [], []
    for row in rows:
        found = Counter(vocabulary[term] for term in row if term in vocabulary)
        for index in sorted(found):
            indices.append(index)
            counts.append(found[index])
        indptr.append(len(indices))
    return np.asarray(indptr, np.int64), np.asarray(indices, np.int64), np.asarray(counts, np.int64)


def row_scores_reference(indptr: IntArray, indices: IntArray, data: npt.NDArray[np.float64], weights: Sequence) -> npt.NDArray[np.float64]:
    """Multiply a CSR matrix by dense weights of shape (V, K), row by row."""
    w = np.asarray(weights)
    return np.asarray([data[a:b] @ w[indices[a:b]] for a, b in zip(indptr, indptr[1:], strict=False)])
