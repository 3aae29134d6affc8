"""Metrics of probabilities: how good they are (log-loss, Brier), how calibrated, how well they rank by sureness."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nato_nlp._validate import check_option
from nato_nlp.evaluation._inputs import Floats, Ints, check_int, check_scored, check_share
from nato_nlp.evaluation._statistics import Additive, Ranked
from nato_nlp.evaluation.metrics import ratio
from nato_nlp.evaluation.multilabel import row_mean


@dataclass(frozen=True)
class Reliability:
    """The points of a reliability plot; only bins that hold a row are listed.

    Attributes
    ----------
    low, high : ndarray of shape (b,)
        Bounds of the bins: low < p <= high, and the first bin holds 0.
    predicted : ndarray of shape (b,)
        Mean probability in the bin.
    observed : ndarray of shape (b,)
        Share of its rows for which it came true.
    count : ndarray of shape (b,), int64
        Rows in the bin.

    Examples
    --------
    >>> from nato_nlp.evaluation import reliability
    >>> found = reliability(["a", "b"], [[0.9, 0.1], [0.9, 0.1]], classes=["a", "b"])
    >>> found.predicted.tolist(), found.observed.tolist(), found.count.tolist()
    ([0.9], [0.5], [2])
    """

    low: Floats
    high: Floats
    predicted: Floats
    observed: Floats
    count: Ints


@dataclass(frozen=True)
class RiskCoverage:
    """What is gained by leaving out unsure rows: a point for each distinct confidence, the surest first.

    Attributes
    ----------
    threshold : ndarray of shape (m,)
        Rows with at least this confidence are kept.
    coverage : ndarray of shape (m,)
        Share of rows that are kept, in (0, 1].
    risk : ndarray of shape (m,)
        Share of wrong predictions among them.
    area : float
        Mean over rows of the risk at their confidence (AURC).

    Examples
    --------
    >>> from nato_nlp.evaluation import risk_coverage
    >>> found = risk_coverage(["a", "b"], [[0.9, 0.1], [0.6, 0.4]], classes=["a", "b"])
    >>> found.coverage.tolist(), found.risk.tolist()
    ([0.5, 1.0], [0.0, 0.5])
    """

    threshold: Floats
    coverage: Floats
    risk: Floats
    area: float


def log_loss(y_true: Any, proba: Any, *, classes: Iterable[str]) -> float:
    """Give the mean negative log-likelihood.

    Parameters
    ----------
    y_true : sequence of str
        Gold label of each row.
    proba : array-like of shape (n, K)
        Probability of each class; rows sum to 1.
    classes : iterable of str
        The K labels in the order of the columns.

    Returns
    -------
    float
        The mean of -ln p(gold) in nats, at least 0.

    Raises
    ------
    InputError
        No rows, shapes or lengths that differ, a label that is not a class, a row that is no distribution (its index
        is named).

    Notes
    -----
    A probability is raised to at least 2.2e-16, the resolution of float64, as in scikit-learn: 36 nats is the worst.

    Examples
    --------
    >>> round(log_loss(["a", "b"], [[0.5, 0.5], [0.0, 1.0]], classes=["a", "b"]), 4)
    0.3466
    """
    return float(log_loss_statistic(y_true, proba, classes=classes).total())


def brier_score(y_true: Any, proba: Any, *, classes: Iterable[str]) -> float:
    """Give the mean squared error of the probabilities, summed over the classes.

    Parameters and errors as `log_loss`.

    Returns
    -------
    float
        In [0, 2]. For two classes this is twice the mean of (p - y)² that some call Brier score:
        ``sklearn.metrics.brier_score_loss(scale_by_half=False)``.

    References
    ----------
    [B50] Brier: Verification of forecasts expressed in terms of probability. Monthly Weather Review 78(1), 1950.

    Examples
    --------
    >>> brier_score(["a", "b"], [[0.5, 0.5], [0.0, 1.0]], classes=["a", "b"])
    0.25
    """
    return float(brier_score_statistic(y_true, proba, classes=classes).total())


def reliability(
    y_true: Any, proba: Any, *, classes: Iterable[str], bins: int = 10, label: str | None = None
) -> Reliability:
    """Compare probabilities with what came true, in bins of equal width.

    Parameters
    ----------
    y_true, proba, classes
        As for `log_loss`.
    bins : int, default=10
        How many bins [0, 1] is cut into.
    label : str, optional
        Look at the probability of this class. When None, look at the probability of the predicted class, and at
        whether the prediction is right.

    Returns
    -------
    Reliability
        Bins from low to high; empty ones are left out.

    Raises
    ------
    InputError
        As for `log_loss`; bins < 1; a label that is not a class.

    Examples
    --------
    >>> points = reliability(["a", "b", "b"], [[0.9, 0.1], [0.8, 0.2], [0.2, 0.8]], classes=["a", "b"], bins=5)
    >>> points.predicted.round(3).tolist(), points.observed.round(3).tolist(), points.count.tolist()
    ([0.8, 0.9], [0.5, 1.0], [2, 1])
    """
    probability, true = _events(y_true, proba, classes, label)
    edges = np.linspace(0, 1, check_int("bins", bins, 1) + 1)
    sums = _binned(probability, true, edges).sum(axis=0).reshape(3, bins)
    filled = np.flatnonzero(sums[2])
    predicted, observed, count = sums[:, filled]
    return Reliability(edges[filled], edges[filled + 1], predicted / count, observed / count, count.astype(np.int64))


def expected_calibration_error(
    y_true: Any, proba: Any, *, classes: Iterable[str], bins: int = 10, label: str | None = None
) -> float:
    r"""Average over rows how far a bin's mean probability is from the share that came true.

    Parameters and errors as `reliability`.

    Returns
    -------
    float
        The mean of \|observed - predicted\| over the bins, weighted by their rows, in [0, 1].

    Notes
    -----
    It is biased upwards: a perfectly calibrated model has more than 0 on a finite sample, and a resample of that sample
    more than the sample. Read an interval of it as an upper bound.

    References
    ----------
    [GPSW17] Guo, Pleiss, Sun, Weinberger: On Calibration of Modern Neural Networks. ICML 2017.

    Examples
    --------
    >>> proba = [[0.9, 0.1], [0.8, 0.2], [0.2, 0.8]]
    >>> round(expected_calibration_error(["a", "b", "b"], proba, classes=["a", "b"], bins=5), 3)
    0.233
    """
    return float(expected_calibration_error_statistic(y_true, proba, classes=classes, bins=bins, label=label).total())


def risk_coverage(y_true: Any, proba: Any, *, classes: Iterable[str]) -> RiskCoverage:
    """Trace the error rate of the rows that are kept against how many are kept, the surest first.

    Confidence is the probability of the predicted class, which is the arg-max (the first class on a tie). Rows of
    one confidence are kept or left out together.

    Parameters and errors as `log_loss`.

    References
    ----------
    [GE17] Geifman, El-Yaniv: Selective Classification for Deep Neural Networks. NeurIPS 2017.

    Examples
    --------
    >>> proba = [[0.9, 0.1], [0.8, 0.2], [0.2, 0.8], [0.6, 0.4]]
    >>> curve = risk_coverage(["a", "b", "b", "a"], proba, classes=["a", "b"])
    >>> curve.threshold.tolist(), curve.coverage.tolist(), curve.risk.round(3).tolist()
    ([0.9, 0.8, 0.6], [0.25, 0.75, 1.0], [0.0, 0.333, 0.25])
    """
    statistic = area_under_risk_coverage_statistic(y_true, proba, classes=classes)
    confidence, wrong = statistic.rows.T
    threshold, place = np.unique(-confidence, return_inverse=True)
    kept = np.bincount(place).cumsum()
    risk = np.bincount(place, weights=wrong).cumsum() / kept
    return RiskCoverage(-threshold, kept / len(confidence), risk, float(statistic.total()))


def area_under_risk_coverage(y_true: Any, proba: Any, *, classes: Iterable[str]) -> float:
    """Give the area of `risk_coverage`: in [0, 1], smaller is better; parameters and errors as `log_loss`.

    Examples
    --------
    >>> area_under_risk_coverage(["a", "b"], [[0.9, 0.1], [0.8, 0.2]], classes=["a", "b"])
    0.25
    """
    return float(area_under_risk_coverage_statistic(y_true, proba, classes=classes).total())


def selective_risk(y_true: Any, proba: Any, *, classes: Iterable[str], threshold: float) -> float:
    """Give the share of wrong predictions among rows whose confidence is at least ``threshold``; NaN if there are none.

    Parameters and errors as `log_loss`; the threshold lies between 0 and 1.

    Examples
    --------
    >>> selective_risk(["a", "b", "a"], [[0.9, 0.1], [0.8, 0.2], [0.4, 0.6]], classes=["a", "b"], threshold=0.7)
    0.5
    """
    return float(selective_risk_statistic(y_true, proba, classes=classes, threshold=threshold).total())


def coverage(y_true: Any, proba: Any, *, classes: Iterable[str], threshold: float) -> float:
    """Give the share of rows whose confidence is at least ``threshold``; parameters and errors as `selective_risk`.

    Examples
    --------
    >>> coverage(["a", "b"], [[0.9, 0.1], [0.4, 0.6]], classes=["a", "b"], threshold=0.7)
    0.5
    """
    return float(coverage_statistic(y_true, proba, classes=classes, threshold=threshold).total())


def log_loss_statistic(y_true: Any, proba: Any, *, classes: Iterable[str]) -> Additive:
    """Bind `log_loss` to its data."""
    _, gold, values = check_scored(y_true, proba, classes)
    chosen = values[np.arange(len(gold)), gold]
    return row_mean(-np.log(chosen.clip(np.finfo(np.float64).eps, 1)))


def brier_score_statistic(y_true: Any, proba: Any, *, classes: Iterable[str]) -> Additive:
    """Bind `brier_score` to its data."""
    names, gold, values = check_scored(y_true, proba, classes)
    return row_mean(((values - np.eye(len(names))[gold]) ** 2).sum(axis=1))


def expected_calibration_error_statistic(
    y_true: Any, proba: Any, *, classes: Iterable[str], bins: int = 10, label: str | None = None
) -> Additive:
    """Bind `expected_calibration_error` to its data."""
    probability, true = _events(y_true, proba, classes, label)
    edges = np.linspace(0, 1, check_int("bins", bins, 1) + 1)
    return Additive(_binned(probability, true, edges), _calibration_error)


def area_under_risk_coverage_statistic(y_true: Any, proba: Any, *, classes: Iterable[str]) -> Ranked:
    """Bind `area_under_risk_coverage` to its data."""
    confidence, right = _events(y_true, proba, classes, None)
    return Ranked(np.column_stack([confidence, ~right]).astype(np.float64))


def selective_risk_statistic(y_true: Any, proba: Any, *, classes: Iterable[str], threshold: float) -> Additive:
    """Bind `selective_risk` to its data."""
    confidence, right = _events(y_true, proba, classes, None)
    kept = confidence >= check_share("threshold", threshold)
    rows = np.column_stack([kept & ~right, kept]).astype(np.float64)
    return Additive(rows, lambda sums: np.where(sums[..., 1] == 0, np.nan, ratio(sums[..., 0], sums[..., 1])))


def coverage_statistic(y_true: Any, proba: Any, *, classes: Iterable[str], threshold: float) -> Additive:
    """Bind `coverage` to its data."""
    confidence, _ = _events(y_true, proba, classes, None)
    return row_mean(confidence >= check_share("threshold", threshold))


def _events(y_true: Any, proba: Any, classes: Iterable[str], label: str | None) -> tuple[Floats, NDArray[np.bool_]]:
    """Give a probability a row, and whether what it was given to came true."""
    names, gold, values = check_scored(y_true, proba, classes)
    if label is not None:
        column = names.index(check_option("label", label, names))
        return values[:, column], gold == column
    return values.max(axis=1), gold == values.argmax(axis=1)


def _binned(probability: Floats, true: NDArray[np.bool_], edges: Floats) -> Floats:
    """Give each row's probability, outcome and 1 in the column of its bin, side by side: (n, 3 bins)."""
    bins, index = len(edges) - 1, np.arange(len(probability))
    place = np.searchsorted(edges[1:-1], probability)
    rows = np.zeros((len(probability), 3 * bins))
    for part, values in enumerate((probability, true, np.ones(len(true)))):
        rows[index, part * bins + place] = values
    return rows


def _calibration_error(sums: Floats) -> Floats:
    predicted, observed, count = np.split(sums, 3, axis=-1)
    return np.abs(predicted - observed).sum(axis=-1) / count.sum(axis=-1)  # type: ignore[no-any-return]
