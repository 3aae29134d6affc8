"""Metrics of sets of labels: topics, of which a sentence has none, one or several."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nato_nlp._validate import check_same_length, must_be
from nato_nlp.evaluation._inputs import Floats, check_rows, check_sets, indicator, label_set
from nato_nlp.evaluation._statistics import Additive
from nato_nlp.evaluation.metrics import ClassScores, class_scores, mean_f1, ratio

Bools = NDArray[np.bool_]


def multilabel_macro_f1(y_true: Any, y_pred: Any, *, labels: Iterable[str] | None = None) -> float:
    """Average the F1 of the labels, each with the same weight.

    Parameters
    ----------
    y_true, y_pred : sequence of sets of str
        Gold and predicted labels of each row; a set may be empty.
    labels : iterable of str, optional
        The labels that are averaged; one that never occurs counts with 0. None stands for those that occur.

    Returns
    -------
    float
        In [0, 1].

    Raises
    ------
    InputError
        No rows, lengths that differ, no label at all, a set that is missing or holds a label that is not among
        ``labels`` (its row is named).

    Notes
    -----
    Equals ``sklearn.metrics.f1_score(average="macro", zero_division=0)`` on the membership matrices.

    Examples
    --------
    >>> multilabel_macro_f1([{"trade"}, {"trade", "energy"}, set()], [{"trade"}, {"energy"}, set()])
    0.8333333333333333
    """
    return float(multilabel_macro_f1_statistic(y_true, y_pred, labels=labels).total())


def multilabel_micro_f1(y_true: Any, y_pred: Any, *, labels: Iterable[str] | None = None) -> float:
    """Give F1 over all pairs of a row and a label together; parameters and errors as `multilabel_macro_f1`.

    Examples
    --------
    >>> multilabel_micro_f1([{"trade"}, {"trade", "energy"}, set()], [{"trade"}, {"energy"}, set()])
    0.8
    """
    return float(multilabel_micro_f1_statistic(y_true, y_pred, labels=labels).total())


def subset_accuracy(y_true: Any, y_pred: Any, *, labels: Iterable[str] | None = None) -> float:
    """Give the share of rows whose sets are the same; parameters and errors as `multilabel_macro_f1`.

    Examples
    --------
    >>> subset_accuracy([{"trade"}, {"trade", "energy"}], [{"trade"}, {"energy"}])
    0.5
    """
    return float(subset_accuracy_statistic(y_true, y_pred, labels=labels).total())


def hamming_loss(y_true: Any, y_pred: Any, *, labels: Iterable[str] | None = None) -> float:
    """Give the share of pairs of a row and a label that are wrong; parameters and errors as `multilabel_macro_f1`.

    Examples
    --------
    >>> hamming_loss([{"trade"}, {"trade", "energy"}], [{"trade"}, {"energy"}])
    0.25
    """
    return float(hamming_loss_statistic(y_true, y_pred, labels=labels).total())


def mean_jaccard(y_true: Any, y_pred: Any, *, labels: Iterable[str] | None = None) -> float:
    """Average over rows what gold and predicted set share of their union, 1 where both are empty.

    Parameters and errors as `multilabel_macro_f1`. Equals ``sklearn.metrics.jaccard_score(average="samples",
    zero_division=1)``.

    Examples
    --------
    >>> mean_jaccard([{"trade"}, {"trade", "energy"}, set()], [{"trade"}, {"energy"}, set()])
    0.8333333333333334
    """
    return float(mean_jaccard_statistic(y_true, y_pred, labels=labels).total())


def per_label(y_true: Any, y_pred: Any, *, labels: Iterable[str] | None = None) -> tuple[ClassScores, ...]:
    """Give precision, recall, F1 and support of each label; parameters and errors as `multilabel_macro_f1`.

    Examples
    --------
    >>> per_label([{"trade"}, {"trade", "energy"}], [{"trade"}, {"energy"}])[1]
    ClassScores(label='trade', precision=1.0, recall=0.5, f1=0.6666666666666666, support=2)
    """
    names, gold, predicted = _matrices(y_true, y_pred, labels)
    scores = class_scores(_counts(gold, predicted).sum(axis=0)).tolist()
    support = gold.sum(axis=0).tolist()
    return tuple(ClassScores(name, p, r, f, n) for name, (p, r, f), n in zip(names, scores, support, strict=True))


def multilabel_macro_f1_statistic(y_true: Any, y_pred: Any, *, labels: Iterable[str] | None = None) -> Additive:
    """Bind `multilabel_macro_f1` to its data."""
    _, gold, predicted = _matrices(y_true, y_pred, labels)
    absent = ~(gold | predicted).any(axis=0)
    return Additive(_counts(gold, predicted), lambda sums: mean_f1(sums, absent))


def multilabel_micro_f1_statistic(y_true: Any, y_pred: Any, *, labels: Iterable[str] | None = None) -> Additive:
    """Bind `multilabel_micro_f1` to its data."""
    _, gold, predicted = _matrices(y_true, y_pred, labels)
    rows = np.column_stack([(gold & predicted).sum(axis=1), gold.sum(axis=1) + predicted.sum(axis=1)])
    return Additive(rows.astype(np.float64), lambda sums: ratio(2 * sums[..., 0], sums[..., 1]))


def subset_accuracy_statistic(y_true: Any, y_pred: Any, *, labels: Iterable[str] | None = None) -> Additive:
    """Bind `subset_accuracy` to its data."""
    _, gold, predicted = _matrices(y_true, y_pred, labels)
    return row_mean((gold == predicted).all(axis=1))


def hamming_loss_statistic(y_true: Any, y_pred: Any, *, labels: Iterable[str] | None = None) -> Additive:
    """Bind `hamming_loss` to its data."""
    _, gold, predicted = _matrices(y_true, y_pred, labels)
    return row_mean((gold != predicted).mean(axis=1))


def mean_jaccard_statistic(y_true: Any, y_pred: Any, *, labels: Iterable[str] | None = None) -> Additive:
    """Bind `mean_jaccard` to its data."""
    _, gold, predicted = _matrices(y_true, y_pred, labels)
    union = (gold | predicted).sum(axis=1)
    return row_mean(np.where(union == 0, 1.0, ratio((gold & predicted).sum(axis=1), union)))


def row_mean(values: NDArray[Any]) -> Additive:
    """Return the statistic that averages one value a row."""
    rows = np.column_stack([values, np.ones(len(values))]).astype(np.float64)
    return Additive(rows, lambda sums: sums[..., 0] / sums[..., 1])


def _matrices(y_true: Any, y_pred: Any, labels: Iterable[str] | None) -> tuple[tuple[str, ...], Bools, Bools]:
    known = None if labels is None else label_set("labels", labels)
    gold, predicted = check_sets("y_true", y_true, known), check_sets("y_pred", y_pred, known)
    check_rows("y_true", gold)
    check_same_length("y_true", gold, "y_pred", predicted)
    names = tuple(sorted(frozenset().union(*gold, *predicted))) if known is None else known
    if not names:
        raise must_be("labels", "given when every set is empty", labels)
    return names, indicator(gold, names), indicator(predicted, names)


def _counts(gold: Bools, predicted: Bools) -> Floats:
    return np.hstack([gold & predicted, predicted, gold]).astype(np.float64)
