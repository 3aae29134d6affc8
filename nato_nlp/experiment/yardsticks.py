"""A run beside the published systems on its set: recomputed with an interval and a paired test, or as published."""

from collections.abc import Sequence

from nato_nlp.errors import MissingExtraError, MissingFileError
from nato_nlp.evaluation.intervals import difference
from nato_nlp.experiment.compare import score_of
from nato_nlp.experiment.published import LABELS, Published, comparable, published_on, recomputed
from nato_nlp.experiment.results import PredictionTable, Result
from nato_nlp.experiment.statistics import Verdict
from nato_nlp.experiment.tables import difference_of, interval, number

NOT_STATED = "not stated"


def scored_set(result: Result) -> str | None:
    """Return the set whose rows were all scored, as configs name it; None for tables, several sets, a part of one."""
    data = result.config.data
    source = data.test if data.test is not None else data.train[0] if len(data.train) == 1 else None
    return source if isinstance(source, str) and not data.only else None


def yardsticks(result: Result, systems: Sequence[Published]) -> tuple[list[str], list[list[str]]]:
    """Give what to say about published systems, and the rows of their table.

    Returns
    -------
    lines : list of str
        Why there is nothing to show, or what could not be recomputed.
    rows : list of list of str
        System, metric, value, interval, this run minus it, what it reads, source; the run first.
    """
    scored = scored_set(result)
    known = [] if scored is None else published_on(systems, scored)
    if not known:
        return [f"No published system is known on {scored or 'exactly these rows'}."], []
    lines: list[str] = []
    rows: list[list[str]] = []
    for system in known:
        try:
            rows += _recomputed(system, result) if system.columns else _as_published(system, result)
        except (MissingExtraError, MissingFileError) as error:
            lines.append(f"{system.name} was not recomputed: {error}.")
    if not rows:
        return [*lines, f"No published system on {scored} has a value for {result.config.data.label}."], []
    if result.config.data.test is None:
        lines.append("This run is cross-validated on the set, so it learned from other rows of it.")
    return lines, [*_own(result), *rows]


def _metrics(result: Result) -> list[str]:
    return [score["metric"] for score in result.metrics["scores"] if comparable(score["metric"])]


def _own(result: Result) -> list[list[str]]:
    name = f"{result.config.name} (this run)"
    reads = "sentence" if result.config.data.marks == "none" else "sentence, source and target"
    rows = []
    for score in result.metrics["scores"]:
        if comparable(score["metric"]):
            value = [number(score["value"]), interval(score["low"], score["high"])]
            rows.append([name, score["metric"], *value, "", reads, "this report"])
    return rows


def _recomputed(system: Published, result: Result) -> list[list[str]]:
    label = result.config.data.label
    if label not in LABELS:
        return []
    theirs = recomputed(system, label, result.predictions)
    rows = []
    for metric in _metrics(result):
        value = score_of(metric, theirs, resamples=result.config.metrics.resamples)
        ahead = difference_of(_ahead(metric, result, theirs))
        known = [number(value.value), interval(value.low, value.high), ahead]
        rows.append([system.name, metric, *known, system.reads, system.source])
    return rows


def _ahead(metric: str, result: Result, theirs: PredictionTable) -> Verdict:
    """Give how far the run is ahead of published predictions, drawing the same groups for both."""
    table = result.predictions
    found = difference(
        metric,
        table.gold,
        table.predicted,
        theirs.predicted,
        groups=table.groups,
        resamples=result.config.metrics.resamples,
        labels=theirs.labels,
    )
    return Verdict(found.value, found.low, found.high, float("nan"))


def _as_published(system: Published, result: Result) -> list[list[str]]:
    by_metric = system.values or {}
    own = {score["metric"]: score["value"] for score in result.metrics["scores"]}
    rows = []
    for metric in _metrics(result):
        value = by_metric.get(metric, {}).get(result.config.data.label)
        if value is not None:
            ahead = number(own[metric] - value, sign=True)
            rows.append([system.name, metric, number(value), NOT_STATED, ahead, system.reads, system.source])
    return rows
