"""What `NgramTfidf` returns besides scipy's matrices."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class CsrArrays:
    """A sparse matrix as plain arrays: tagging needs no scipy, whose import costs 0.3 s.

    Attributes
    ----------
    indptr : ndarray of shape (n + 1,)
        int32, int64 from 2**31 entries on, as in scipy.
    indices, data : ndarray of shape (nnz,)
    columns : int
    """

    indptr: npt.NDArray[Any]
    indices: npt.NDArray[Any]
    data: npt.NDArray[Any]
    columns: int

    def to_scipy(self) -> Any:
        """Return a ``scipy.sparse.csr_matrix``."""
        from scipy.sparse import csr_matrix

        return csr_matrix((self.data, self.indices, self.indptr), shape=(len(self.indptr) - 1, self.columns))


@dataclass(frozen=True)
class Occurrences:
    """Where terms occur, in order of text, start, end and column.

    Attributes
    ----------
    rows, columns : ndarray of shape (occurrences,), int64
        Number of the text and column of the term.
    starts, ends : ndarray of shape (occurrences,), int64
        Characters of the text. The space that pads a word for character n-grams is no character of the text.
    """

    rows: npt.NDArray[np.int64]
    columns: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]
