"""Scores of a model on a labelled set: every task that the set has labels for, each with interval and count."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from nato_nlp._validate import check_same_length
from nato_nlp.codebook import load_codebook
from nato_nlp.datasets import Dataset
from nato_nlp.errors import InputError
from nato_nlp.evaluation.conventions import NEUTRAL, binary_stance, four_way
from nato_nlp.evaluation.intervals import ClassEstimates, Estimate, estimate, estimate_per_class
from nato_nlp.evaluation.leaks import near_duplicate_clusters
from nato_nlp.models.decision import decide, stance_probabilities
from nato_nlp.models.tagger import Tagger
from nato_nlp.text.boilerplate import is_boilerplate

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Predictions:
    """What a model says of n texts.

    Attributes
    ----------
    quad_proba : ndarray of shape (n, 5) or None
        In codebook order.
    topics : list of tuple of str or None
        Chosen topics.
    topic_names : tuple of str
        Topics that the model knows.
    boilerplate : list of bool or None
    """

    quad_proba: Floats | None
    topics: list[tuple[str, ...]] | None
    topic_names: tuple[str, ...] = ()
    boilerplate: list[bool] | None = None


@dataclass(frozen=True)
class Score:
    """One metric of one task."""

    task: str
    metric: str
    estimate: Estimate


@dataclass(frozen=True)
class Scores:
    """All scores of a model on one set.

    Attributes
    ----------
    name : str
        The set.
    scores : tuple of Score
    per_class : dict of str to dict of str to ClassEstimates
        By task, then class.
    confusion : dict of str to dict of str to dict of str to int
        By task, then gold class, then predicted class.
    notes : tuple of str
        What has to be said with the numbers.
    """

    name: str
    scores: tuple[Score, ...]
    per_class: Mapping[str, Mapping[str, ClassEstimates]] = field(default_factory=dict)
    confusion: Mapping[str, Mapping[str, Mapping[str, int]]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; NaN becomes None."""
        return {
            "set": self.name,
            "notes": list(self.notes),
            "scores": [{"task": s.task, "metric": s.metric} | _plain(s.estimate) for s in self.scores],
            "per_class": {
                task: {
                    label: {"support": e.support} | {m: _plain(getattr(e, m)) for m in ("precision", "recall", "f1")}
                    for label, e in classes.items()
                }
                for task, classes in self.per_class.items()
            },
            "confusion": {task: {g: dict(row) for g, row in table.items()} for task, table in self.confusion.items()},
        }


def predict(tagger: Tagger, data: Dataset) -> Predictions:
    """Tag the texts of a set, one sentence each, as a user would."""
    tags = tagger.tag_sentences(list(data.texts))
    topics = [tuple(tags.topic_names[t] for t in np.flatnonzero(row)) for row in tags.has_topic]
    return Predictions(
        quad_proba=tags.quad_proba if tagger.heads_.quads else None,
        topics=topics if tagger.heads_.topics else None,
        topic_names=tagger.heads_.topics,
        boilerplate=tags.boilerplate.tolist(),
    )


def held_out_predictions(tagger: Tagger, texts: Sequence[str]) -> Predictions:
    """Return what cross-validation by group said of the rows that a tagger was trained on.

    Parameters
    ----------
    tagger : Tagger
    texts : sequence of str
        The rows. As in `Tagger.tag`, one is boilerplate when the detector or a rule says so.

    Raises
    ------
    InputError
        The tagger was loaded, its rows had fewer than two groups, or there are more or fewer texts than rows.
    """
    held_out = getattr(tagger, "held_out_", None)
    if held_out is None:
        raise InputError("tagger must have been fitted here, with at least two groups: it has no held-out scores")
    known, _, decided = held_out.calibrated()
    targets, quads = held_out.targets, load_codebook().quads
    quad_proba = None
    if targets.quads:
        quad_proba = np.zeros((len(known), len(quads)))
        quad_proba[:, [quads.index(name) for name in targets.quads]] = known
    check_same_length("texts", texts, "rows of training", decided)
    topics = [tuple(name for name, has in zip(targets.topics, row, strict=False) if has) for row in decided]
    furniture = [is_boilerplate(text) for text in texts] if targets.boilerplate else None
    if furniture:
        furniture = [by_rule or bool(row[-1]) for by_rule, row in zip(furniture, decided, strict=True)]
    return Predictions(
        quad_proba=quad_proba,
        topics=topics if targets.topics else None,
        topic_names=targets.topics,
        boilerplate=furniture,
    )


def score(data: Dataset, predictions: Predictions, *, resamples: int = 2000) -> Scores:
    """Score predictions on every task that both the set and the model know.

    Parameters
    ----------
    data : Dataset
        Labels ``quad``, ``stance``, ``binary``, ``topics``, ``boilerplate`` are used. Without groups, near-duplicate
        clusters take their place.
    predictions : Predictions
    resamples : int
        Of the bootstrap.

    Raises
    ------
    InputError
        The set and the model have no task in common.
    """
    groups = _groups(data)
    rows = np.flatnonzero(~np.asarray(data.labels.get("boilerplate", [False] * len(data)), bool))
    builder = _Builder(data, predictions, groups, rows, resamples)
    for task in (_binary, _stance, _quad, _topics, _boilerplate):
        task(builder)
    if not builder.scores:
        raise InputError(f"{data.name} has no label that the model predicts: {', '.join(data.labels) or 'none'}")
    notes = tuple(data.notes)
    if data.groups is None and not any("near-duplicate" in note for note in notes):
        notes += ("no document ids: groups are near-duplicate clusters",)
    return Scores(data.name, tuple(builder.scores), builder.per_class, builder.confusion, notes)


@dataclass
class _Builder:
    """The parts of a `Scores` while the tasks add to it."""

    data: Dataset
    predictions: Predictions
    groups: npt.NDArray[Any]
    rows: npt.NDArray[np.int64]
    resamples: int
    scores: list[Score] = field(default_factory=list)
    per_class: dict[str, Mapping[str, ClassEstimates]] = field(default_factory=dict)
    confusion: dict[str, Mapping[str, Mapping[str, int]]] = field(default_factory=dict)

    def gold(self, name: str) -> list[Any] | None:
        labels = self.data.labels.get(name)
        return None if labels is None else [labels[row] for row in self.rows]

    def proba(self) -> Floats | None:
        return None if self.predictions.quad_proba is None else self.predictions.quad_proba[self.rows]

    def add(self, task: str, metric: str, gold: Any, predicted: Any, rows: Any = None, **options: Any) -> None:
        groups = self.groups[self.rows if rows is None else self.rows[rows]]
        value = estimate(metric, gold, predicted, groups=groups, resamples=self.resamples, **options)
        self.scores.append(Score(task, metric, value))

    def add_classes(
        self, task: str, gold: list[str], predicted: list[str], labels: Sequence[str], rows: Any = None
    ) -> None:
        groups = self.groups[self.rows if rows is None else self.rows[rows]]
        self.add(task, "macro_f1", gold, predicted, rows, labels=labels)
        self.add(task, "matthews", gold, predicted, rows, labels=labels)
        self.per_class[task] = estimate_per_class(
            gold, predicted, labels=labels, groups=groups, resamples=self.resamples
        )
        pairs = list(zip(gold, predicted, strict=True))
        self.confusion[task] = {g: {p: pairs.count((g, p)) for p in labels} for g in labels}


def _groups(data: Dataset) -> npt.NDArray[Any]:
    return np.asarray(near_duplicate_clusters(list(data.texts)) if data.groups is None else data.groups)


def _binary(builder: _Builder) -> None:
    gold, proba = builder.gold("binary") or builder.gold("stance"), builder.proba()
    if gold is None or proba is None or not {"cooperation", "dispute"} <= set(gold):
        return
    kept = binary_stance(stance_probabilities(proba), gold)
    builder.add_classes("binary", kept.y_true, kept.y_pred, ("cooperation", "dispute"), kept.rows)
    builder.add("binary", "expected_calibration_error", kept.y_true, kept.proba, kept.rows, classes=kept.classes)


def _stance(builder: _Builder) -> None:
    gold, proba = builder.gold("stance"), builder.proba()
    if gold is None or proba is None or NEUTRAL not in gold:
        return
    stances = load_codebook().stances
    chosen = [stances[k] for k in decide(proba)[0]]
    builder.add_classes("stance", gold, chosen, stances)
    builder.add("stance", "expected_calibration_error", gold, stance_probabilities(proba), classes=stances)


def _quad(builder: _Builder) -> None:
    gold, proba = builder.gold("quad"), builder.proba()
    if gold is None or proba is None:
        return
    quads = load_codebook().quads
    if NEUTRAL in gold:
        builder.add_classes("quad", gold, [quads[k] for k in decide(proba)[1]], quads)
        builder.add("quad", "log_loss", gold, proba, classes=quads)
    else:
        kept = four_way(proba, gold)
        builder.add_classes("quad (4)", kept.y_true, kept.y_pred, [q for q in quads if q != NEUTRAL], kept.rows)


def _topics(builder: _Builder) -> None:
    gold, chosen = builder.gold("topics"), builder.predictions.topics
    if gold is None or chosen is None:
        return
    names = sorted({t for row in gold for t in row} | set(builder.predictions.topic_names))
    predicted = [chosen[row] for row in builder.rows]
    builder.add("topics", "multilabel_micro_f1", gold, predicted, labels=names)
    builder.add("topics", "multilabel_macro_f1", gold, predicted, labels=names)


def _boilerplate(builder: _Builder) -> None:
    gold, found = builder.data.labels.get("boilerplate"), builder.predictions.boilerplate
    if gold is None or found is None:
        return
    names = {True: "boilerplate", False: "text"}
    value = estimate_per_class(
        [names[bool(g)] for g in gold],
        [names[bool(p)] for p in found],
        groups=builder.groups,
        resamples=builder.resamples,
    )["boilerplate"]
    builder.scores.append(Score("boilerplate", "f1", value.f1))


def _plain(value: Estimate) -> dict[str, Any]:
    numbers = {name: getattr(value, name) for name in ("value", "low", "high")}
    known = {name: None if np.isnan(number) else round(number, 6) for name, number in numbers.items()}
    return known | {"count": value.count, "groups": value.groups}


def as_markdown(results: Iterable[Scores]) -> str:
    """Render scores as one Markdown table, notes below."""
    listed = list(results)
    lines = ["| set | task | metric | value | 95% interval | rows | groups |", "|---|---|---|---|---|---|---|"]
    for result in listed:
        for s in result.scores:
            e = s.estimate
            interval = f"{e.low:.3f} to {e.high:.3f}"
            cells = (result.name, s.task, s.metric, f"{e.value:.3f}", interval, f"{e.count:,}", f"{e.groups:,}")
            lines.append(f"| {' | '.join(cells)} |")
    notes = [f"- {result.name}: {note}" for result in listed for note in result.notes]
    return "\n".join([*lines, *([""] if notes else []), *notes]) + "\n"


def as_text(results: Iterable[Scores]) -> str:
    """Render scores for a terminal: estimates, a table by class, the confusion matrix."""
    return "\n\n".join(_text_of(result) for result in results)


def _text_of(result: Scores) -> str:
    lines = [result.name, "=" * len(result.name)]
    lines += [f"{s.task:<12} {s.metric:<28} {s.estimate}" for s in result.scores]
    for task, classes in result.per_class.items():
        lines += ["", f"{task}: class                  precision  recall  F1     support"]
        for label, e in classes.items():
            lines.append(
                f"  {label:<28} {e.precision.value:>9.3f} {e.recall.value:>7.3f} {e.f1.value:>6.3f} {e.support:>8,}"
            )
        lines += ["", f"{task}: gold in rows, predicted in columns"]
        labels = list(result.confusion[task])
        lines.append(" " * 30 + " ".join(f"{label[:12]:>12}" for label in labels))
        for gold, row in result.confusion[task].items():
            lines.append(f"  {gold:<28}" + " ".join(f"{row[label]:>12,}" for label in labels))
    lines += [f"note: {note}" for note in result.notes]
    return "\n".join(lines)
