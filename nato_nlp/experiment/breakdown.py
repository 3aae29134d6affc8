"""Scores by what is known about the rows: their set, document, year, outlet."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from nato_nlp._validate import check_same_length
from nato_nlp.experiment.compare import is_multilabel, score_of
from nato_nlp.experiment.results import PredictionTable

FEWEST = 5  # rows of a document below which its share says little
SHOWN = 15  # values of a table
KINDS = ("set", "year", "outlet", "document")


def breakdowns(
    table: PredictionTable,
    *,
    dates: Sequence[str | None] | None = None,
    outlets: Sequence[str | None] | None = None,
    resamples: int = 2000,
    random_state: Any = 0,
) -> dict[str, dict[str, Any]]:
    """Score the rows of each set, year, outlet and document by themselves.

    Parameters
    ----------
    table : PredictionTable
        n rows; the set is what stands in their ids before the last slash.
    dates : sequence of str or None, optional
        ISO date of each row, None where unknown.
    outlets : sequence of str or None, optional
        Who published each row, None where unknown.
    resamples, random_state
        Of the intervals.

    Returns
    -------
    dict
        By kind ('set', 'year', 'outlet', 'document'), only those that tell at least two values apart: ``metric``
        (share of rows that are right), ``rows`` (a list of ``value``, ``rows``, ``groups``, ``score``, ``low``, ``high``)
        and ``left_out`` (values that are not listed). The list holds the 15 values with the most rows, in their order;
        of documents those with five rows or more and a mistake, the worst first.

    Raises
    ------
    InputError
        Dates or outlets of another number than the rows.

    Examples
    --------
    >>> import numpy as np
    >>> ids, gold = ("seeds/all/1", "seeds/all/2", "cameo/train/1"), ("a", "b", "b")
    >>> table = PredictionTable(ids, ids, np.zeros(3, int), gold, ("a", "b", "a"), np.ones((3, 2)) / 2, ("a", "b"))
    >>> [(row["value"], row["score"]) for row in breakdowns(table)["set"]["rows"]]
    [('cameo/train', 0.0), ('seeds/all', 1.0)]
    """
    keys: dict[str, Sequence[str | None]] = {"set": [name.rpartition("/")[0] for name in table.ids]}
    if dates is not None:
        check_same_length("ids", table.ids, "dates", dates)
        keys["year"] = [None if day is None else day[:4] for day in dates]
    if outlets is not None:
        check_same_length("ids", table.ids, "outlets", outlets)
        keys["outlet"] = outlets
    found = {kind: _by(values, table, resamples, random_state) for kind, values in keys.items()}
    found["document"] = _by_document(table)
    return {kind: part for kind, part in found.items() if len(part["rows"]) + part["left_out"] > 1 and part["rows"]}


def select(table: PredictionTable, rows: Sequence[int]) -> PredictionTable:
    """Return some rows of a table, in the order given."""
    kept = list(rows)
    columns: dict[str, Any] = {
        name: tuple(getattr(table, name)[k] for k in kept) for name in ("ids", "groups", "gold", "predicted")
    }
    return PredictionTable(**columns, folds=table.folds[kept], proba=table.proba[kept], labels=table.labels)


def _by(values: Sequence[str | None], table: PredictionTable, resamples: int, random_state: Any) -> dict[str, Any]:
    rows_of: dict[str, list[int]] = defaultdict(list)
    for row, value in enumerate(values):
        rows_of["unknown" if value is None else value].append(row)
    most = sorted(rows_of, key=lambda value: (-len(rows_of[value]), value))[:SHOWN]
    rows = []
    for value in sorted(most):
        part = select(table, rows_of[value])
        score = score_of(_right(table), part, resamples=resamples, random_state=random_state)
        counts = {"rows": score.count, "groups": score.groups}
        rows.append({"value": value, **counts, "score": score.value, "low": score.low, "high": score.high})
    return {"metric": _right(table), "rows": rows, "left_out": len(rows_of) - len(rows)}


def _by_document(table: PredictionTable) -> dict[str, Any]:
    count = Counter(table.groups)
    right: Counter[str] = Counter()
    for group, gold, predicted in zip(table.groups, table.gold, table.predicted, strict=True):
        right[group] += gold == predicted
    large = [group for group, rows in count.items() if rows >= FEWEST and right[group] < rows]
    worst = sorted(large, key=lambda group: (right[group] / count[group], -count[group], group))[:SHOWN]
    rows = [
        {"value": group, "rows": count[group], "groups": 1, "score": right[group] / count[group]}
        | {"low": None, "high": None}
        for group in worst
    ]
    return {"metric": "share of rows that are right", "rows": rows, "left_out": len(count) - len(rows)}


def _right(table: PredictionTable) -> str:
    """Name the metric that is the share of right rows; unlike macro-F1 it is fair to parts that lack a class."""
    return "subset_accuracy" if is_multilabel(table) else "micro_f1"
