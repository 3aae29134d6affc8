"""Metrics of one label a row: F1, precision, recall, Matthews' correlation.

Each public function has a twin that ends in ``_statistic`` and binds the metric to its data for the bootstrap.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from nato_nlp.evaluation._inputs import Floats, Ints, check_predictions
from nato_nlp.evaluation._statistics import Additive


class ClassScores(NamedTuple):
    """Scores of one class.

    Attributes
    ----------
    label : str
        The class.
    precision, recall, f1 : float
        In [0, 1]; 0 where the ratio is 0 / 0.
    support : int
        Gold rows of the class.

    Examples
    --------
    >>> from nato_nlp.evaluation import per_class
    >>> per_class(["a", "b"], ["a", "a"])[0]
    ClassScores(label='a', precision=0.5, recall=1.0, f1=0.6666666666666666, support=1)
    """

    label: str
    precision: float
    recall: float
    f1: float
    support: int


def macro_f1(y_true: Any, y_pred: Any, *, labels: Iterable[str] | None = None) -> float:
    """Average the F1 of the classes, each with the same weight.

    Symbols: tp, fp, fn of a class are its true positives, false positives and false negatives.

    Parameters
    ----------
    y_true, y_pred : sequence of str
        Gold and predicted label of each row.
    labels : iterable of str, optional
        The classes that are averaged; a class that never occurs counts with 0. None stands for those that occur in
        gold or prediction.

    Returns
    -------
    float
        The mean of 2 tp / (2 tp + fp + fn), in [0, 1].

    Raises
    ------
    InputError
        No rows, lengths that differ, a label that is missing or not among ``labels`` (its index is named).

    Notes
    -----
    Equals ``sklearn.metrics.f1_score(average="macro", zero_division=0)``. On a bootstrap resample the mean is over the
    classes that occur in it: counting an undrawn class as 0 would push the interval down.

    Examples
    --------
    >>> macro_f1(["dispute", "dispute", "neutral"], ["dispute", "neutral", "neutral"])
    0.6666666666666666
    """
    return float(macro_f1_statistic(y_true, y_pred, labels=labels).total())


def micro_f1(y_true: Any, y_pred: Any, *, labels: Iterable[str] | None = None) -> float:
    """Give F1 over all rows together, which for one label a row is the accuracy.

    Parameters
    ----------
    y_true, y_pred : sequence of str
        Gold and predicted label of each row.
    labels : iterable of str, optional
        All labels there may be.

    Returns
    -------
    float
        Share of rows where both are the same, in [0, 1].

    Raises
    ------
    InputError
        As for `macro_f1`.

    Examples
    --------
    >>> micro_f1(["dispute", "dispute", "neutral", "neutral"], ["dispute", "neutral", "neutral", "neutral"])
    0.75
    """
    return float(micro_f1_statistic(y_true, y_pred, labels=labels).total())


def matthews(y_true: Any, y_pred: Any, *, labels: Iterable[str] | None = None) -> float:
    r"""Give Matthews' correlation coefficient, for any number of classes.

    Symbols: s rows, c of them right; class k is predicted :math:`p_k` times and gold :math:`t_k` times.

    Parameters
    ----------
    y_true, y_pred : sequence of str
        Gold and predicted label of each row.
    labels : iterable of str, optional
        All labels there may be.

    Returns
    -------
    float
        :math:`(c s - \sum_k p_k t_k) / \sqrt{(s^2 - \sum_k p_k^2)(s^2 - \sum_k t_k^2)}`, in [-1, 1]; 0 where that is
        0 / 0 (only one class in gold or prediction).

    Raises
    ------
    InputError
        As for `macro_f1`.

    References
    ----------
    [G04] Gorodkin: Comparing two K-category assignments by a K-category correlation coefficient. Computational
    Biology and Chemistry 28(5-6), 2004.

    Examples
    --------
    >>> round(matthews(["a", "a", "b", "b"], ["a", "b", "b", "b"]), 4)
    0.5774
    """
    return float(matthews_statistic(y_true, y_pred, labels=labels).total())


def per_class(y_true: Any, y_pred: Any, *, labels: Iterable[str] | None = None) -> tuple[ClassScores, ...]:
    """Give precision, recall, F1 and support of each class.

    Parameters
    ----------
    y_true, y_pred : sequence of str
        Gold and predicted label of each row.
    labels : iterable of str, optional
        The classes and their order; None stands for those that occur, sorted.

    Returns
    -------
    tuple of ClassScores
        One a class.

    Raises
    ------
    InputError
        As for `macro_f1`.

    Examples
    --------
    >>> for scores in per_class(["a", "a", "b"], ["a", "b", "b"]):
    ...     print(*scores)
    a 1.0 0.5 0.6666666666666666 2
    b 0.5 1.0 0.6666666666666666 1
    """
    names, gold, predicted = check_predictions(y_true, y_pred, labels)
    support = np.bincount(gold, minlength=len(names)).tolist()
    scores = class_scores(_counts(gold, predicted, len(names)).sum(axis=0)).tolist()
    return tuple(ClassScores(name, p, r, f, n) for name, (p, r, f), n in zip(names, scores, support, strict=True))


def macro_f1_statistic(y_true: Any, y_pred: Any, *, labels: Iterable[str] | None = None) -> Additive:
    """Bind `macro_f1` to its data."""
    names, gold, predicted = check_predictions(y_true, y_pred, labels)
    rows = _counts(gold, predicted, len(names))
    absent = _never_occurs(rows)
    return Additive(rows, lambda sums: mean_f1(sums, absent))


def micro_f1_statistic(y_true: Any, y_pred: Any, *, labels: Iterable[str] | None = None) -> Additive:
    """Bind `micro_f1` to its data."""
    _, gold, predicted = check_predictions(y_true, y_pred, labels)
    rows = np.column_stack([gold == predicted, np.ones(len(gold))]).astype(np.float64)
    return Additive(rows, lambda sums: sums[..., 0] / sums[..., 1])


def matthews_statistic(y_true: Any, y_pred: Any, *, labels: Iterable[str] | None = None) -> Additive:
    """Bind `matthews` to its data."""
    names, gold, predicted = check_predictions(y_true, y_pred, labels)
    return Additive(_counts(gold, predicted, len(names)), _matthews)


def per_class_statistic(y_true: Any, y_pred: Any, *, labels: Iterable[str] | None = None) -> Additive:
    """Bind `per_class` to its data: three values a class, in one row."""
    names, gold, predicted = check_predictions(y_true, y_pred, labels)
    rows = _counts(gold, predicted, len(names))
    return Additive(rows, lambda sums: class_scores(sums).reshape(*sums.shape[:-1], -1))


def class_scores(sums: Floats) -> Floats:
    """Give precision, recall and F1 (..., K, 3) from the sums of hits, predicted and gold rows (..., 3 K)."""
    hits, predicted, gold = np.split(sums, 3, axis=-1)
    return np.stack([ratio(hits, predicted), ratio(hits, gold), ratio(2 * hits, predicted + gold)], axis=-1)


def mean_f1(sums: Floats, absent: Any) -> Floats:
    """Average F1 over the classes that occur in the sums (..., 3 K), and over those that occur in no row at all."""
    _, predicted, gold = np.split(sums, 3, axis=-1)
    counted = (predicted + gold > 0) | absent
    return ratio((class_scores(sums)[..., 2] * counted).sum(axis=-1), counted.sum(axis=-1))


def ratio(above: Any, below: Any) -> Floats:
    """Divide, with 0 / 0 = 0."""
    above, below = np.broadcast_arrays(above, below)
    quotient: Floats = np.divide(above, below, out=np.zeros(above.shape), where=below != 0)
    return quotient


def _counts(gold: Ints, predicted: Ints, classes: int) -> Floats:
    """Give each row's hit, predicted class and gold class as indicators side by side: (n, 3 classes)."""
    rows = np.zeros((len(gold), 3 * classes))
    index = np.arange(len(gold))
    rows[index, gold] = gold == predicted
    rows[index, classes + predicted] = 1
    rows[index, 2 * classes + gold] = 1
    return rows


def _never_occurs(rows: Floats) -> Any:
    _, predicted, gold = np.split(rows.sum(axis=0), 3)
    return predicted + gold == 0


def _matthews(sums: Floats) -> Floats:
    hits, predicted, gold = np.split(sums, 3, axis=-1)
    count = gold.sum(axis=-1)
    covariance = hits.sum(axis=-1) * count - (predicted * gold).sum(axis=-1)
    spread_predicted = count**2 - (predicted**2).sum(axis=-1)
    spread_gold = count**2 - (gold**2).sum(axis=-1)
    return ratio(covariance, np.sqrt(spread_predicted * spread_gold))
