"""What a report shows, as sections of plain text, tables and images; the template only sets them."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nato_nlp.experiment.breakdown import breakdowns
from nato_nlp.experiment.compare import is_multilabel
from nato_nlp.experiment.plots import folds_plot, learning_plot, reliability_plot
from nato_nlp.experiment.published import Published
from nato_nlp.experiment.results import Result
from nato_nlp.experiment.schema import name_of
from nato_nlp.experiment.tables import interval, number
from nato_nlp.experiment.yardsticks import yardsticks

SHADES = 4  # of a confusion matrix
BEST = 10  # settings of the search that are shown


@dataclass(frozen=True)
class Cell:
    """A cell with a class of the style sheet."""

    text: str
    look: str


@dataclass(frozen=True)
class TableView:
    """A table: the first cell of a row names it, the others are numbers unless the column is among ``words``."""

    caption: str
    header: Sequence[str]
    rows: Sequence[Sequence[str | Cell]]
    words: Sequence[str] = ()
    look: str = ""


@dataclass(frozen=True)
class Plot:
    """An image inside the page, with the text that stands for it."""

    source: str
    alt: str
    caption: str


@dataclass(frozen=True)
class Mistake:
    """A row that the model got wrong, and the features that decided."""

    id: str
    text: str
    gold: str
    predicted: str
    sureness: str
    features: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Section:
    """A part of the page; one without data has a line that says so."""

    anchor: str
    title: str
    lines: Sequence[str] = ()
    tables: Sequence[TableView] = ()
    plots: Sequence[Plot] = ()
    mistakes: Sequence[Mistake] = ()
    verbatim: str = ""


def sections(result: Result, systems: Sequence[Published] = ()) -> list[Section]:
    """Return every part of the page, in its order."""
    return [_scores(result), _yardsticks(result, systems), *(view(result) for view in VIEWS)]


def headline(result: Result) -> str:
    """Say in a sentence what was learned from what, scored how."""
    data, table = result.config.data, result.predictions
    train = " and ".join(name_of(source) for source in data.train)
    extra = f" with {' and '.join(name_of(source) for source in data.extra)} added" if data.extra else ""
    folds = len(set(table.folds.tolist()))
    how = f"cross-validation with {folds} folds" if data.test is None else f"scored on {name_of(data.test)}"
    marks = "sentence only" if data.marks == "none" else "sentence, source and target"
    groups = len(set(table.groups))
    return (
        f"Task: {data.label} ({', '.join(table.labels)}), {marks}. Trained on {train}{extra}; {how}: "
        f"{len(table.ids):,} rows in {groups:,} groups."
    )


def stamp(result: Result) -> str:
    """Return the warning that every table bears when leaks were left in; else an empty text."""
    leaks = result.metrics.get("leaks", {})
    if leaks.get("policy") != "report" or not leaks.get("pairs"):
        return ""
    return f"Not leak-free: {leaks['pairs']:,} pair(s) of a training row and a scored row are the same or nearly so."


def _scores(result: Result) -> Section:
    rows = [
        [s["metric"], number(s["value"]), interval(s["low"], s["high"]), f"{s['count']:,}", f"{s['groups']:,}"]
        for s in result.metrics["scores"]
    ]
    table = TableView("Scores on all scored rows", ("metric", "value", "95% interval", "rows", "groups"), rows)
    line = "Intervals: percentile bootstrap that resamples groups (documents, or clusters of near-duplicates)."
    notes = [f"Note: {note}." for note in result.metrics.get("notes", ())]
    return Section("scores", "Scores", [line, *notes], [table])


def _yardsticks(result: Result, systems: Sequence[Published]) -> Section:
    lines, rows = yardsticks(result, systems)
    header = ("system", "metric", "value", "95% interval", "this run minus it", "reads", "source")
    tables = [TableView("This run and published systems", header, rows, ("metric", "reads", "source"))] if rows else []
    return Section("published", "Published systems on the same set", lines, tables)


def _classes(result: Result) -> Section:
    header = ("class", "precision", "recall", "F1", "95% interval of F1", "gold rows")
    rows = []
    by_class = result.metrics.get("per_class", {})
    for label in [label for label in result.predictions.labels if label in by_class]:
        scores = by_class[label]
        f1 = scores["f1"]
        values = [number(scores[name]["value"]) for name in ("precision", "recall", "f1")]
        rows.append([label, *values, interval(f1["low"], f1["high"]), f"{scores['support']:,}"])
    if not rows:
        return Section("classes", "By class", ["The record holds no scores by class."])
    return Section("classes", "By class", (), [TableView("Scores of each class", header, rows)])


def _confusion(result: Result) -> Section:
    table = result.predictions
    anchor, title = "confusion", "Confusion matrix"
    if is_multilabel(table):
        return Section(anchor, title, ["A row has any number of labels, so there is no such matrix: see by class."])
    pairs, total = Counter(zip(table.gold, table.predicted, strict=True)), Counter(table.gold)
    rows: list[list[str | Cell]] = []
    for gold in table.labels:
        cells = [_shaded(pairs[gold, label], total[gold], gold == label) for label in table.labels]
        rows.append([gold, *cells, f"{total[gold]:,}"])
    header = ("gold", *table.labels, "all")
    wide = " tall" if len(table.labels) > 4 else ""
    view = TableView("Gold labels in rows, predicted ones in columns", header, rows, (), f"matrix{wide}")
    return Section(
        anchor, title, ["The stronger the colour, the larger the share of the row; right predictions are bold."], [view]
    )


def _shaded(count: int, total: int, right: bool) -> Cell:
    shade = 0 if not count else min(SHADES, 1 + int(SHADES * count / total))
    return Cell(f"{count:,}", f"s{shade}{' right' if right else ''}")


def _reliability(result: Result) -> Section:
    points, error = result.metrics.get("reliability") or [], result.metrics.get("ece")
    anchor, title = "reliability", "Reliability"
    if not points:
        return Section(anchor, title, ["The record holds no reliability of probabilities."])
    rows = [
        [f"{p['low']:.1f} to {p['high']:.1f}", f"{p['count']:,}", number(p["predicted"]), number(p["observed"])]
        for p in points
    ]
    header = ("probability", "rows", "mean probability", "share that came true")
    plot = Plot(
        reliability_plot(points),
        f"Plot of the share of predictions that came true against their probability in {len(points)} bins; numbers below.",
        "Points on the dashed line: what is said with probability p comes true in a share p of the rows.",
    )
    lines = [] if error is None else [f"Expected calibration error: {number(error)}."]
    return Section(anchor, title, lines, [TableView("Reliability by bin of probability", header, rows)], [plot])


def _learning(result: Result) -> Section:
    points, metric = result.metrics.get("learning_curve") or [], result.config.metrics.primary
    if not points:
        line = "No learning curve was asked for (report.learning_curve in the config)."
        return Section("learning", "Learning curve", [line])
    ordered = sorted(points, key=lambda point: point["rows"])
    rows = [[f"{p['rows']:,.0f}", number(p["value"]), interval(p["low"], p["high"])] for p in ordered]
    first, last = ordered[0], ordered[-1]
    plot = Plot(
        learning_plot(ordered, metric),
        f"Plot of {metric} against training rows: {number(first['value'])} with {first['rows']:,.0f} rows,"
        f" {number(last['value'])} with {last['rows']:,.0f}; numbers in the table.",
        "Scores of models that learned from a part of the groups; the last one from all of them.",
    )
    table = TableView("Learning curve", ("rows to learn from", metric, "95% interval"), rows)
    return Section("learning", "Learning curve", (), [table], [plot])


def _folds(result: Result) -> Section:
    folds, metric = result.metrics.get("folds") or [], result.config.metrics.primary
    if len(folds) < 2:
        return Section("folds", "Folds", ["A fixed test set: there are no outer folds."])
    values = [fold["scores"][metric] for fold in folds]
    rows = [
        [str(f["fold"]), number(value), f"{f['rows']:,}", f"{f['train_rows']:,}", _setting(f["chosen"])]
        for f, value in zip(folds, values, strict=True)
    ]
    table = TableView("Outer folds", ("fold", metric, "rows", "training rows", "chosen"), rows, ("chosen",))
    known = {str(f["fold"]): value for f, value in zip(folds, values, strict=True) if value is not None}
    if not known:
        return Section("folds", "Folds", (), [table])
    pooled = next((s["value"] for s in result.metrics["scores"] if s["metric"] == metric), None)
    low, high = number(min(known.values())), number(max(known.values()))
    plot = Plot(
        folds_plot(known, float("nan") if pooled is None else pooled, metric),
        f"Plot of {metric} of each fold, from {low} to {high}; numbers in the table.",
        "Folds are no independent samples: their spread is not an interval.",
    )
    return Section("folds", "Folds", (), [table], [plot])


def _search(result: Result) -> Section:
    found, chosen = result.metrics.get("search") or [], result.metrics.get("chosen")
    lines = [f"Chosen: {_setting(chosen['values'])}."] if chosen else []
    if not found:
        return Section("search", "Search", [*lines, "The record holds no search over settings."])
    best = sorted(found, key=lambda entry: (-entry["mean"], entry["setting"]))[:BEST]
    rows = [
        [entry["setting"], number(entry["mean"]), interval(min(entry["folds"]), max(entry["folds"]))] for entry in best
    ]
    header = (
        "setting",
        f"mean {result.config.metrics.primary}",
        f"lowest and highest of {len(best[0]['folds'])} folds",
    )
    caption = f"The best {len(rows)} of {len(found)} setting(s)"
    line = "Searched by cross-validation on training rows only; the score of the best is too high, for it was picked."
    return Section("search", "Search", [*lines, line], [TableView(caption, header, rows)])


def _mistakes(result: Result) -> Section:
    anchor, title = "mistakes", "Most certain mistakes"
    if result.explanations is None:
        line = "Texts are shown only for experiments on the seed corpus alone: other sets may not be passed on."
        return Section(anchor, title, [line])
    if not result.explanations:
        return Section(anchor, title, ["There is no mistake."])
    line = "The number before a feature: how far it lifts the score of what was predicted above that of the gold label."
    return Section(anchor, title, [line], mistakes=[_mistake(entry) for entry in result.explanations])


def _mistake(entry: Mapping[str, Any]) -> Mistake:
    return Mistake(
        id=entry["id"],
        text=entry["text"],
        gold=entry["gold"],
        predicted=entry["predicted"],
        sureness=f"{100 * entry['probability']:.0f}%",
        features=[
            (number(part["contribution"], 2, sign=True), _feature(part["feature"])) for part in entry["features"]
        ],
    )


def _feature(name: str) -> str:
    """Write a feature's name for people: words as they are, others with their kind.

    Examples
    --------
    >>> _feature("word__peace talks"), _feature("char__ing"), _feature("odd")
    ('peace talks', 'ing (char)', 'odd')
    """
    kind, found, text = name.partition("__")
    if not found:
        return name
    return text if kind == "word" else f"{text} ({kind})"


def _breakdowns(result: Result) -> Section:
    parts = result.metrics.get("breakdowns")
    if parts is None:
        seed, resamples = result.config.split.seed, result.config.metrics.resamples
        parts = breakdowns(result.predictions, resamples=resamples, random_state=seed)
    tables = []
    for kind, part in parts.items():
        rows = [
            [r["value"], number(r["score"]), interval(r["low"], r["high"]), f"{r['rows']:,}", f"{r['groups']:,}"]
            for r in part["rows"]
        ]
        caption = f"By {kind}" + (f"; {part['left_out']:,} more are not listed" if part["left_out"] else "")
        header = (kind, part["metric"], "95% interval", "rows", "groups")
        tables.append(TableView(caption, header, rows))
    missing = [kind for kind in ("set", "year", "outlet", "document") if kind not in parts]
    lines = [f"Nothing to tell apart by {', '.join(missing)}."] if missing else []
    return Section("breakdowns", "Breakdowns", lines, tables)


def _leaks(result: Result) -> Section:
    leaks = result.metrics.get("leaks")
    if not leaks:
        return Section("leaks", "Leaks", ["The record holds no check for leaks."])
    lines = [
        f"Policy: {leaks['policy']}. Pairs of a training row and a scored row that are the same or nearly so: "
        f"{leaks['pairs']:,}; rows dropped from training: {leaks['dropped']:,}."
    ]
    return Section("leaks", "Leaks", lines, [_leak_table(text) for text in leaks["tables"]])


def _leak_table(text: str) -> TableView:
    """Read a table that `guard` wrote, below the name of its fold."""
    lines = [line for line in text.splitlines() if line.startswith("|") and not line.startswith("| ---")]
    header, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return TableView(f"The first pairs: {text.splitlines()[0]}", header, rows, header)


def _config(result: Result) -> Section:
    return Section("config", "Config", ["As resolved, with every default."], verbatim=result.config.to_toml())


def _versions(result: Result) -> Section:
    rows = [[key, value] for key, value in _flat(result.manifest)]
    table = TableView("Manifest: versions, machine, time, data", ("what", "value"), rows, ("value",))
    return Section("versions", "Versions", (), [table])


VIEWS: tuple[Callable[[Result], Section], ...] = (
    _classes,
    _confusion,
    _reliability,
    _learning,
    _breakdowns,
    _mistakes,
    _folds,
    _search,
    _leaks,
    _config,
    _versions,
)


def _setting(chosen: Mapping[str, Any]) -> str:
    return ", ".join(f"{key}={value}" for key, value in _flat(chosen)) or "as configured"


def _flat(value: Mapping[str, Any], above: str = "") -> list[tuple[str, str]]:
    """List the entries of nested tables by dotted key."""
    found: list[tuple[str, str]] = []
    for key, item in value.items():
        name = f"{above}{key}"
        if isinstance(item, Mapping):
            found += _flat(item, f"{name}.")
        else:
            found.append((name, item if isinstance(item, str) else json.dumps(item, ensure_ascii=False)))
    return found
