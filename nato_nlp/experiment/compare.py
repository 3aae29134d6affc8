"""Which of several systems is better on the same rows, and whether the difference can be told from chance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np

from nato_nlp._validate import check_option, must_be, shorten
from nato_nlp.errors import InputError
from nato_nlp.evaluation._inputs import Floats, check_share
from nato_nlp.evaluation._statistics import Statistic
from nato_nlp.evaluation.intervals import METRICS, Estimate, estimate
from nato_nlp.evaluation.splits import join_groups
from nato_nlp.experiment.results import PredictionTable
from nato_nlp.experiment.statistics import (
    RESAMPLES,
    Verdict,
    bootstrap_test,
    corrected_t_test,
    holm,
    paired_replicates,
)

OF_PROBABILITIES = ("area_under_risk_coverage", "brier_score", "expected_calibration_error", "log_loss")
OF_SETS = ("hamming_loss", "mean_jaccard", "multilabel_macro_f1", "multilabel_micro_f1", "subset_accuracy")
OF_LABELS = ("macro_f1", "matthews", "micro_f1")
FEWER_IS_BETTER = (*OF_PROBABILITIES, "hamming_loss")
WAYS = ("auto", "bootstrap", "t-test")


@dataclass(frozen=True)
class System:
    """One of the systems that were compared.

    Attributes
    ----------
    name : str
    estimate : Estimate
        The metric on all rows, with the interval of a bootstrap over groups.
    fold_mean : float
        Mean of the metric over the folds; NaN when the test is the bootstrap.
    behind : Verdict or None
        This system minus the best one; None for the best itself.
    p : float
        The p-value of ``behind``, adjusted for all pairs; NaN for the best.
    separable : bool
        Whether p is at most alpha: if not, the system may be as good as the best.
    """

    name: str
    estimate: Estimate
    fold_mean: float
    behind: Verdict | None
    p: float
    separable: bool


@dataclass(frozen=True)
class Pair:
    """Two systems, and the test of their difference.

    Attributes
    ----------
    first, second : str
        Their names.
    difference : Verdict
        First minus second, with the p-value before adjustment.
    p : float
        Adjusted for all pairs.
    """

    first: str
    second: str
    difference: Verdict
    p: float


@dataclass(frozen=True)
class Comparison:
    """The outcome of `compare`.

    Attributes
    ----------
    metric : str
    test : {'bootstrap', 't-test'}
    alpha : float
        Chance of any false 'differs' among all pairs.
    systems : tuple of System
        The best first.
    pairs : tuple of Pair
        Every pair, in the order of the systems.
    notes : tuple of str
        What a table has to say below it.
    """

    metric: str
    test: str
    alpha: float
    systems: tuple[System, ...]
    pairs: tuple[Pair, ...]
    notes: tuple[str, ...]


def compare(
    systems: Mapping[str, PredictionTable],
    metric: str,
    *,
    test: str = "auto",
    alpha: float = 0.05,
    resamples: int = RESAMPLES,
    random_state: Any = 0,
) -> Comparison:
    """Rank systems that scored the same rows, and test every pair.

    Parameters
    ----------
    systems : mapping of str to PredictionTable
        Two or more, by name.
    metric : str
        For one label a row 'macro_f1', 'matthews', 'micro_f1', 'area_under_risk_coverage', 'brier_score',
        'expected_calibration_error' or 'log_loss'; for sets of labels 'hamming_loss', 'mean_jaccard',
        'multilabel_macro_f1', 'multilabel_micro_f1' or 'subset_accuracy'.
    test : {'auto', 'bootstrap', 't-test'}, default='auto'
        Paired bootstrap over groups, or corrected resampled t-test over folds. 'auto' takes the t-test for
        cross-validation and the bootstrap for a fixed test set.
    alpha : float, default=0.05
        Above it a difference counts as not separable.
    resamples : int, default=10,000
        Of the bootstrap.
    random_state : int or numpy.random.Generator, default=0
        Seed of the bootstrap.

    Returns
    -------
    Comparison
        Independent of the order of the systems and of their rows; equal systems are ordered by name.

    Raises
    ------
    InputError
        Fewer than two systems; a metric that does not fit; other rows, other gold labels, other labels; for the
        t-test, no folds or other ones.

    Notes
    -----
    The best system is picked with the data that it is tested on, so p-values are adjusted for all pairs (`holm`), not
    for those with the best alone. A group that any system's run joins stays together.

    Examples
    --------
    >>> import numpy as np
    >>> gold = ("dispute", "cooperation") * 20
    >>> ids = tuple(f"row {k}" for k in range(40))
    >>> def table(predicted):
    ...     return PredictionTable(ids, ids, np.zeros(40, int), gold, predicted, np.ones((40, 2)) / 2, gold[:2])
    >>> found = compare({"one word": table(gold[:1] * 40), "all words": table(gold)}, "macro_f1")
    >>> [(system.name, system.estimate.value.__round__(3), system.separable) for system in found.systems]
    [('all words', 1.0, False), ('one word', 0.333, True)]
    """
    check_share("alpha", alpha)
    aligned = align(systems)
    check_metric(metric, next(iter(aligned.values())))
    chosen = _choose(check_option("test", test, WAYS), aligned)
    names = sorted(aligned)
    means, tested = _TESTS[chosen](metric, aligned, names, resamples, random_state)
    adjusted = dict(zip(tested, holm([verdict.p for verdict in tested.values()]).tolist(), strict=True))
    order = sorted(names, key=lambda name: (means[name] if metric in FEWER_IS_BETTER else -means[name], name))
    pairs = tuple(_pair(first, second, tested, adjusted) for first, second in combinations(order, 2))
    from_best = {pair.second: pair for pair in pairs if pair.first == order[0]}
    rows = tuple(
        _system(name, metric, aligned[name], means[name] if chosen == "t-test" else np.nan, from_best.get(name), alpha)
        for name in order
    )
    return Comparison(metric, chosen, alpha, rows, pairs, _notes(chosen, alpha, aligned, len(pairs), resamples))


def align(systems: Mapping[str, PredictionTable]) -> dict[str, PredictionTable]:
    """Sort the rows of each system by id and join their groups.

    Raises
    ------
    InputError
        Fewer than two systems, other rows, gold labels or labels than those of the first.
    """
    if len(systems) < 2:
        raise must_be("systems", "two or more", list(systems))
    tables = {name: by_id(table) for name, table in systems.items()}
    first, *others = tables
    for other in others:
        _check_same_rows(first, tables[first], other, tables[other])
    joined = join_groups(*(table.groups for table in tables.values()))
    groups = tuple(f"{number:08}" for number in joined.tolist())
    return {name: replace(table, groups=groups) for name, table in tables.items()}


def by_id(table: PredictionTable) -> PredictionTable:
    """Return the rows sorted by id."""
    order = sorted(range(len(table.ids)), key=table.ids.__getitem__)
    columns: dict[str, Any] = {
        name: tuple(getattr(table, name)[k] for k in order) for name in ("ids", "groups", "gold", "predicted")
    }
    return replace(table, **columns, folds=np.asarray(table.folds)[order], proba=np.asarray(table.proba)[order])


def check_metric(metric: str, table: PredictionTable) -> None:
    """Raise `InputError` when a metric does not fit the rows: sets of labels, or one label each."""
    check_option("metric", metric, OF_SETS if is_multilabel(table) else (*OF_LABELS, *OF_PROBABILITIES))


def is_multilabel(table: PredictionTable) -> bool:
    """Tell whether a row has any number of labels."""
    return len(table.gold) > 0 and not isinstance(table.gold[0], str)


def score_of(metric: str, table: PredictionTable, groups: Any = None, **options: Any) -> Estimate:
    """Give a metric of a table with its interval; ``groups`` of the table when None."""
    second, names = _second(metric, table)
    return estimate(metric, table.gold, second, groups=table.groups if groups is None else groups, **names, **options)


def _second(metric: str, table: PredictionTable) -> tuple[Any, dict[str, Any]]:
    """Give what a metric reads beside the gold labels, and its options."""
    if metric in OF_PROBABILITIES:
        return table.proba, {"classes": table.labels}
    return table.predicted, {"labels": table.labels}


def _statistic(metric: str, table: PredictionTable, rows: Any = None) -> Statistic:
    kept = range(len(table.ids)) if rows is None else rows
    second, names = _second(metric, table)
    return METRICS[metric]([table.gold[k] for k in kept], [second[k] for k in kept], **names)


def _check_same_rows(first: str, one: PredictionTable, second: str, other: PredictionTable) -> None:
    lacking = sorted(set(one.ids) ^ set(other.ids))
    if lacking:
        raise InputError(
            f"systems must have scored the same rows, got {len(lacking):,} that only one of {first!r} and {second!r} has,"
            f" the first: {shorten(lacking[0])}"
        )
    if set(one.labels) != set(other.labels):
        raise must_be(f"labels of {second!r}", f"those of {first!r} ({', '.join(one.labels)})", ", ".join(other.labels))
    for name, gold, theirs in zip(one.ids, one.gold, other.gold, strict=True):
        if gold != theirs:
            raise must_be(f"gold label of {second!r}", f"{gold!r} as for {first!r}", theirs, where=f" at id {name!r}")


def _choose(test: str, systems: Mapping[str, PredictionTable]) -> str:
    """Resolve 'auto', and refuse a t-test without folds or with folds that differ."""
    (first, one), *others = systems.items()
    folds = len(set(one.folds.tolist()))
    if test == "auto":
        test = "t-test" if folds > 1 else "bootstrap"
    if test == "t-test":
        if folds < 2:
            raise must_be(f"folds of {first!r}", "two or more for the t-test", folds)
        for name, other in others:
            differing = np.flatnonzero(one.folds != other.folds)
            if len(differing):
                where = one.ids[int(differing[0])]
                raise InputError(
                    f"folds of {name!r} must be those of {first!r} for the t-test, got {len(differing):,} rows in others,"
                    f" the first: {shorten(where)}; test = 'bootstrap' needs no folds"
                )
    return test


def _by_bootstrap(
    metric: str, systems: Mapping[str, PredictionTable], names: Sequence[str], resamples: int, random_state: Any
) -> tuple[dict[str, float], dict[tuple[str, str], Verdict]]:
    statistics = {name: _statistic(metric, systems[name]) for name in names}
    values = {name: float(statistics[name].total()) for name in names}
    groups = systems[names[0]].groups
    drawn: Floats = paired_replicates(list(statistics.values()), groups, resamples=resamples, random_state=random_state)
    column = {name: place for place, name in enumerate(names)}
    tested = {
        (a, b): bootstrap_test(values[a] - values[b], drawn[:, column[a]] - drawn[:, column[b]])
        for a, b in combinations(names, 2)
    }
    return values, tested


def _by_folds(
    metric: str, systems: Mapping[str, PredictionTable], names: Sequence[str], resamples: int, random_state: Any
) -> tuple[dict[str, float], dict[tuple[str, str], Verdict]]:
    folds = systems[names[0]].folds
    parts = [np.flatnonzero(folds == fold) for fold in np.unique(folds)]
    scores = {
        name: np.array([float(_statistic(metric, systems[name], rows).total()) for rows in parts]) for name in names
    }
    ratio = 1 / (len(parts) - 1)  # scored to training rows, on average over the folds
    tested = {(a, b): corrected_t_test(scores[a] - scores[b], ratio=ratio) for a, b in combinations(names, 2)}
    return {name: float(values.mean()) for name, values in scores.items()}, tested


_TESTS = {"bootstrap": _by_bootstrap, "t-test": _by_folds}


def _pair(
    first: str, second: str, tested: Mapping[tuple[str, str], Verdict], adjusted: Mapping[tuple[str, str], float]
) -> Pair:
    if (first, second) in tested:
        return Pair(first, second, tested[first, second], adjusted[first, second])
    return Pair(first, second, _reversed(tested[second, first]), adjusted[second, first])


def _reversed(verdict: Verdict) -> Verdict:
    return Verdict(-verdict.value, -verdict.high, -verdict.low, verdict.p)


def _system(name: str, metric: str, table: PredictionTable, mean: float, pair: Pair | None, alpha: float) -> System:
    value = score_of(metric, table)
    if pair is None:
        return System(name, value, mean, None, np.nan, False)
    return System(name, value, mean, _reversed(pair.difference), pair.p, pair.p <= alpha)


def _notes(
    test: str, alpha: float, systems: Mapping[str, PredictionTable], pairs: int, resamples: int
) -> tuple[str, ...]:
    table = next(iter(systems.values()))
    groups = len(set(table.groups))
    if test == "bootstrap":
        how = f"Differences: paired bootstrap, {resamples:,} resamples of {groups:,} groups."
    else:
        folds = len(set(table.folds.tolist()))
        how = (
            f"Differences: corrected resampled t-test of Nadeau and Bengio on {folds} folds, of means over folds;"
            f" values and their intervals are on all rows, resampling {groups:,} groups."
        )
    return (how, f"p: two-sided, adjusted by Holm for {pairs} pair(s); not separable from the best: p > {alpha:g}.")
