"""From predictions to the numbers of ``metrics.json``: scores with intervals, tables by class, confusion, reliability."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from nato_nlp.evaluation.intervals import Estimate, estimate, estimate_per_class
from nato_nlp.evaluation.probabilities import expected_calibration_error, reliability
from nato_nlp.experiment.config import Experiment
from nato_nlp.experiment.results import PredictionTable

YES_NO = ("no", "yes")


def plain(value: Estimate) -> dict[str, Any]:
    """Return an estimate as plain values."""
    return {name: getattr(value, name) for name in ("value", "low", "high", "count", "groups")}


def summary(config: Experiment, table: PredictionTable, multilabel: bool) -> dict[str, Any]:
    """Return the parts of ``metrics.json`` that follow from the predictions alone."""
    gold, proba = _events(table) if multilabel else (list(table.gold), table.proba)
    classes = YES_NO if multilabel else table.labels
    points = reliability(gold, proba, classes=classes, label="yes" if multilabel else None)
    ece = expected_calibration_error(gold, proba, classes=classes, label="yes" if multilabel else None)
    names = ("low", "high", "predicted", "observed", "count")
    return {
        "scores": scores(config, table),
        "per_class": _per_class(config, table, multilabel),
        "confusion": {} if multilabel else _confusion(table),
        "reliability": [
            dict(zip(names, point, strict=True))
            for point in zip(*(getattr(points, name).tolist() for name in names), strict=True)
        ],
        "ece": ece,
    }


def scores(config: Experiment, table: PredictionTable) -> list[dict[str, Any]]:
    """Return each metric with its interval, the primary one first."""
    return [
        {"metric": metric, **plain(_estimate(config, table, metric))}
        for metric in (config.metrics.primary, *config.metrics.others)
    ]


def curve_point(config: Experiment, table: PredictionTable, share: float, rows: float) -> dict[str, Any]:
    """Return a point of the learning curve: the primary metric of models of a share of the training rows."""
    metric = config.metrics.primary
    return {"share": share, "rows": rows, "metric": metric, **plain(_estimate(config, table, metric))}


def _estimate(config: Experiment, table: PredictionTable, metric: str) -> Estimate:
    return estimate(
        metric,
        table.gold,
        table.predicted,
        groups=table.groups,
        resamples=config.metrics.resamples,
        random_state=config.split.seed,
        labels=table.labels,
    )


def _per_class(config: Experiment, table: PredictionTable, multilabel: bool) -> dict[str, Any]:
    options: dict[str, Any] = {
        "groups": table.groups,
        "resamples": config.metrics.resamples,
        "random_state": config.split.seed,
    }
    if not multilabel:
        found = estimate_per_class(table.gold, table.predicted, labels=table.labels, **options)
    else:
        found = {
            label: estimate_per_class(
                _flags(table.gold, label), _flags(table.predicted, label), labels=YES_NO, **options
            )["yes"]
            for label in table.labels
        }
    parts = ("precision", "recall", "f1")
    return {
        label: {"support": value.support}
        | {part: {name: getattr(getattr(value, part), name) for name in ("value", "low", "high")} for part in parts}
        for label, value in found.items()
    }


def _flags(rows: Sequence[Any], label: str) -> list[str]:
    return [YES_NO[label in row] for row in rows]


def _confusion(table: PredictionTable) -> dict[str, dict[str, int]]:
    pairs = list(zip(table.gold, table.predicted, strict=True))
    return {gold: {said: pairs.count((gold, said)) for said in table.labels} for gold in table.labels}


def _events(table: PredictionTable) -> tuple[list[str], Any]:
    """Return all pairs of a row and a label: whether the row has it, and the probabilities of no and yes."""
    gold = [YES_NO[label in row] for row in table.gold for label in table.labels]
    proba = table.proba.ravel()
    return gold, np.column_stack([1 - proba, proba])
