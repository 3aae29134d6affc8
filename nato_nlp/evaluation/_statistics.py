"""What a metric is to the bootstrap: a function of how often each group was drawn.

Most metrics are functions of sums over rows (a confusion matrix, sums of squared errors). For these a resample of
groups is one row of a matrix product, so thousands of resamples cost about as much as one pass over the rows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from nato_nlp.evaluation._inputs import Floats, Ints


class Statistic(Protocol):
    """A metric bound to its data."""

    @property
    def rows(self) -> Floats:
        """What the metric reads of each row, of shape (n, k)."""

    def total(self) -> Floats:
        """Return the value on all rows, of shape () or (m,)."""

    def by_weight(self, ids: Ints) -> Callable[[Floats], Floats]:
        """Return the function from group weights (b, g) to values (b,) or (b, m); ids are the rows' groups."""


@dataclass(frozen=True)
class Additive:
    """A metric that is a function of sums over rows.

    Attributes
    ----------
    rows : ndarray of shape (n, k)
        The summands.
    value : callable
        From sums of shape (..., k) to values of shape (...) or (..., m).
    """

    rows: Floats
    value: Callable[[Floats], Floats]

    def total(self) -> Floats:
        """Return the value on all rows."""
        return self.value(self.rows.sum(axis=0))

    def by_weight(self, ids: Ints) -> Callable[[Floats], Floats]:
        """Return the function from group weights to values; the sums of each group are taken once."""
        order = np.argsort(ids, kind="stable")
        starts = np.flatnonzero(np.diff(ids[order], prepend=-1))
        sums = np.add.reduceat(self.rows[order], starts, axis=0)
        return lambda weights: self.value(weights @ sums)


@dataclass(frozen=True)
class Ranked:
    """The area under the risk-coverage curve: the mean, over rows, of the risk among rows at least as confident.

    Attributes
    ----------
    rows : ndarray of shape (n, 2)
        Confidence, and whether the prediction is wrong.
    """

    rows: Floats

    def total(self) -> Floats:
        """Return the area on all rows."""
        count = len(self.rows)
        return self.by_weight(np.arange(count))(np.ones((1, count)))[0]  # type: ignore[no-any-return]

    def by_weight(self, ids: Ints) -> Callable[[Floats], Floats]:
        """Return the function from group weights to areas; rows are ranked once."""
        order = np.lexsort((self.rows[:, 1], -self.rows[:, 0]))
        confidence, wrong = self.rows[order].T
        last = np.searchsorted(-confidence, -confidence, side="right") - 1  # equally confident rows stand together
        ranked = ids[order]

        def area(weights: Floats) -> Floats:
            drawn = weights[:, ranked]
            covered = drawn.cumsum(axis=1)
            risk = (drawn * wrong).cumsum(axis=1)[:, last] / np.maximum(covered[:, last], 1)
            return (drawn * risk).sum(axis=1) / covered[:, -1]  # type: ignore[no-any-return]

        return area


@dataclass(frozen=True)
class Difference:
    """The first statistic minus the second, on the same rows: a resample draws the same groups for both."""

    first: Statistic
    second: Statistic

    @property
    def rows(self) -> Floats:
        """Return what both read of each row."""
        return np.hstack([self.first.rows, self.second.rows])

    def total(self) -> Floats:
        """Return the difference on all rows."""
        return self.first.total() - self.second.total()

    def by_weight(self, ids: Ints) -> Callable[[Floats], Floats]:
        """Return the function from group weights to differences."""
        first, second = self.first.by_weight(ids), self.second.by_weight(ids)
        return lambda weights: first(weights) - second(weights)
