"""Tests of whether systems differ: paired bootstrap over groups, corrected t-test of cross-validation, Holm."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from nato_nlp._validate import must_be
from nato_nlp.evaluation._inputs import Floats, check_int, check_share, group_codes
from nato_nlp.evaluation._statistics import Statistic
from nato_nlp.evaluation.intervals import CHUNK, LEAST_RESAMPLES

RESAMPLES = 10_000  # the least p is 2 / (resamples + 1): with 2,000 Holm could never reject among 55 pairs


class Verdict(NamedTuple):
    """A difference with its interval and the p-value of 'there is none'.

    Attributes
    ----------
    value : float
        First minus second, in units of the metric.
    low, high : float
        Ends of the interval.
    p : float
        Two-sided, in [0, 1].
    """

    value: float
    low: float
    high: float
    p: float


def paired_replicates(
    statistics: Sequence[Statistic], groups: Any, *, resamples: int = RESAMPLES, random_state: Any = 0
) -> Floats:
    """Resample groups and give every system's metric on the same draws.

    Parameters
    ----------
    statistics : sequence of Statistic
        The metric of each of k systems, bound to the same n rows in the same order.
    groups : sequence of str or of int
        The group of each row; rows of a group are drawn together.
    resamples : int, default=10,000
        At least 100.
    random_state : int or numpy.random.Generator, default=0
        Seed.

    Returns
    -------
    ndarray of shape (resamples, k)
        Independent of the order of the rows.

    Raises
    ------
    InputError
        Fewer than two groups, groups of another length, or too few resamples.

    Notes
    -----
    Time O(resamples * groups * k).
    """
    check_int("resamples", resamples, LEAST_RESAMPLES)
    names, ids = group_codes(groups, len(statistics[0].rows))
    drawn = len(names)
    if drawn < 2:
        raise must_be("groups", "at least two different ones, to be resampled", names)
    values = [statistic.by_weight(ids) for statistic in statistics]
    rng, step = np.random.default_rng(random_state), max(1, CHUNK // drawn)
    replicates = []
    for start in range(0, resamples, step):
        share = np.full(drawn, 1 / drawn)
        weights = rng.multinomial(drawn, share, size=min(step, resamples - start)).astype(np.float64)
        replicates.append(np.column_stack([value(weights) for value in values]))
    return np.concatenate(replicates)


def bootstrap_test(value: float, replicates: Any, *, level: float = 0.95) -> Verdict:
    """Turn the replicates of a difference into an interval and a p-value that agree with one another.

    Parameters
    ----------
    value : float
        The difference on all rows.
    replicates : array-like of shape (B,)
        The difference on each resample; those that are NaN are left out.
    level : float, default=0.95
        Nominal coverage of the interval.

    Returns
    -------
    Verdict
        All NaN but the value when no resample has one.

    Notes
    -----
    The interval is that of percentiles. The p-value inverts it: twice the smaller share of replicates on either side
    of 0, replicates at 0 counted on both sides and one added to numerator and denominator so that it is never 0
    [DH97, sections 4.2 and 5.3].

    References
    ----------
    [DH97] Davison, Hinkley: Bootstrap Methods and their Application. Cambridge, 1997.

    Examples
    --------
    >>> bootstrap_test(0.1, [0.1, 0.2, 0.0, 0.1, 0.3, 0.2, 0.1, -0.1, 0.1]).p
    0.6
    >>> bootstrap_test(0.0, [0.0] * 9).p
    1.0
    """
    tail = (1 - check_share("level", level)) / 2
    drawn = np.asarray(replicates, dtype=np.float64)
    drawn = drawn[~np.isnan(drawn)]
    if len(drawn) == 0:
        return Verdict(value, np.nan, np.nan, np.nan)
    low, high = np.quantile(drawn, [tail, 1 - tail])
    beyond = min(int((drawn <= 0).sum()), int((drawn >= 0).sum()))
    return Verdict(value, float(low), float(high), min(1.0, 2 * (beyond + 1) / (len(drawn) + 1)))


def corrected_t_test(differences: Any, *, ratio: float, level: float = 0.95) -> Verdict:
    """Test the mean difference over the folds of a cross-validation, corrected for training sets that overlap.

    Symbols: k folds, d the differences, s their sample standard deviation, r the ratio.

    Parameters
    ----------
    differences : array-like of shape (k,)
        First minus second on each fold, finite; k > 1.
    ratio : float
        Scored rows over training rows of a fold, r > 0; about 1 / (k - 1).
    level : float, default=0.95
        Nominal coverage of the interval.

    Returns
    -------
    Verdict
        ``value`` is the mean of d; p is 1 when all d are 0, and 0 when all are equal but not 0.

    Raises
    ------
    InputError
        Fewer than two folds, a difference that is not finite, a ratio that is not positive.

    Notes
    -----
    t = mean(d) / (s sqrt(1/k + r)) with k - 1 degrees of freedom [NB03]. The plain t-test has r = 0: it takes folds
    for independent, and finds differences that are none.

    References
    ----------
    [NB03] Nadeau, Bengio: Inference for the Generalization Error. Machine Learning 52, 2003.

    Examples
    --------
    >>> test = corrected_t_test([0.02, 0.01, 0.03, 0.02, 0.04], ratio=0.25)
    >>> print(f"{test.value:.3f} [{test.low:.3f}, {test.high:.3f}], p = {test.p:.3f}")
    0.024 [0.003, 0.045], p = 0.035
    """
    from scipy.special import stdtr, stdtrit

    tail = (1 - check_share("level", level)) / 2
    d = np.asarray(differences, dtype=np.float64)
    if d.ndim != 1 or len(d) < 2 or not np.isfinite(d).all():
        raise must_be("differences", "finite, one for each of at least two folds", np.asarray(differences).tolist())
    if not (np.isfinite(ratio) and ratio > 0):
        raise must_be("ratio", "a positive number", ratio)
    mean, spread = float(d.mean()), float(d.std(ddof=1))
    if np.ptp(d) == 0:  # equal values can have a deviation of 1e-18 by rounding
        return Verdict(mean, mean, mean, float(mean == 0))
    error = spread * np.sqrt(1 / len(d) + ratio)
    half = float(stdtrit(len(d) - 1, 1 - tail)) * error
    return Verdict(mean, mean - half, mean + half, float(2 * stdtr(len(d) - 1, -abs(mean) / error)))


def holm(p_values: Any) -> Floats:
    """Adjust p-values for testing many differences at once.

    Parameters
    ----------
    p_values : array-like of shape (m,)
        In [0, 1].

    Returns
    -------
    ndarray of shape (m,)
        Adjusted values: those at most alpha may be rejected together, and the chance of any false one among them is
        at most alpha, whatever their dependence.

    Raises
    ------
    InputError
        A value outside [0, 1] or missing.

    Notes
    -----
    With p sorted, the j-th of m becomes max over i <= j of min(1, (m - i + 1) p_i) [H79].

    References
    ----------
    [H79] Holm: A Simple Sequentially Rejective Multiple Test Procedure. Scandinavian Journal of Statistics 6, 1979.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03]).round(3).tolist()
    [0.03, 0.06, 0.06]
    """
    p = np.asarray(p_values, dtype=np.float64)
    if p.ndim != 1 or not ((p >= 0) & (p <= 1)).all():  # False for NaN, too
        raise must_be("p_values", "numbers in [0, 1]", p.tolist())
    order = np.argsort(p, kind="stable")
    adjusted = np.empty(len(p))
    adjusted[order] = np.maximum.accumulate(np.minimum(1, p[order] * np.arange(len(p), 0, -1)))
    return adjusted
