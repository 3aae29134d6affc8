"""A results folder: what an experiment found, in files that people and programs can read."""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nato_nlp._validate import must_be
from nato_nlp.errors import InputError, MissingFileError
from nato_nlp.experiment.config import RECORD, Experiment, load_config

METRICS, MANIFEST, PREDICTIONS, EVIDENCE = "metrics.json", "manifest.json", "predictions.csv", "evidence.json"
DIGITS = 6  # of every float in metrics.json and predictions.csv
JOINT = "|"  # between the labels of a row of a multi-label task
COLUMNS = ("id", "group", "fold", "gold", "predicted")


@dataclass(frozen=True, eq=False)
class PredictionTable:
    """What was said of each scored row.

    Symbols: n rows, K labels.

    Attributes
    ----------
    ids, groups : tuple of str of length n
    folds : ndarray of shape (n,), int64
        The outer fold that scored the row; 0 for a fixed test.
    gold, predicted : tuple of str, or of tuples of str
        A label a row; for a multi-label task its labels.
    proba : ndarray of shape (n, K)
        Calibrated; rows sum to 1 but for a multi-label task.
    labels : tuple of str
        The K labels in the order of the columns.

    Examples
    --------
    >>> from nato_nlp.experiment import read_result
    >>> table = read_result("experiments/results/seeds_topics").predictions
    >>> table.proba.shape == (len(table.ids), len(table.labels))
    True
    """

    ids: tuple[str, ...]
    groups: tuple[str, ...]
    folds: npt.NDArray[np.int64]
    gold: tuple[Any, ...]
    predicted: tuple[Any, ...]
    proba: npt.NDArray[np.float64]
    labels: tuple[str, ...]

    def to_csv(self) -> str:
        """Return the table as CSV, probabilities with six decimals; no text of the rows."""
        stream = StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([*COLUMNS, *(f"p_{label}" for label in self.labels)])
        for k, name in enumerate(self.ids):
            cells = [name, self.groups[k], int(self.folds[k]), _cell(self.gold[k]), _cell(self.predicted[k])]
            writer.writerow([*cells, *(f"{value:.{DIGITS}f}" for value in self.proba[k])])
        return stream.getvalue()


@dataclass(frozen=True, eq=False)
class Result:
    """All that a results folder holds.

    Attributes
    ----------
    config : Experiment
        Resolved; overrides included.
    metrics : dict
        What ``metrics.json`` holds: ``name``, ``task``, ``chosen``, ``scores``, ``per_class``, ``confusion``, ``folds``,
        ``search``, ``leaks``, ``learning_curve``, ``reliability``, ``ece``, ``notes``.
    manifest : dict
        Versions, machine, time, duration (seconds), overrides, hashes, and how often each source of the data was opened.
    predictions : PredictionTable
    explanations : list of dict or None
        Most certain mistakes with their texts, from ``evidence.json``: seeds-only experiments have it.

    Examples
    --------
    >>> from nato_nlp.experiment import read_result
    >>> result = read_result("experiments/results/seeds_stance")
    >>> result.metrics["scores"][0]["metric"]
    'macro_f1'
    """

    config: Experiment
    metrics: dict[str, Any]
    manifest: dict[str, Any]
    predictions: PredictionTable
    explanations: list[dict[str, Any]] | None = None


def write_result(folder: str | Path, result: Result) -> None:
    """Write a result into a folder that is there; the manifest gets the hash of the predictions.

    Raises
    ------
    InputError
        A label of a multi-label task holds the character that joins labels.
    """
    folder = Path(folder)
    if result.metrics["task"]["multilabel"]:
        for label in result.predictions.labels:
            if JOINT in label:
                raise must_be("labels of a multi-label task", f"without {JOINT!r}", label)
    table = result.predictions.to_csv().encode()
    manifest = {**result.manifest, "predictions_sha256": sha256(table).hexdigest()}
    (folder / PREDICTIONS).write_bytes(table)
    _write(folder / RECORD, result.config.to_toml())
    _write(folder / METRICS, as_json(result.metrics))
    _write(folder / MANIFEST, as_json(manifest))
    if result.explanations is not None:
        _write(folder / EVIDENCE, as_json(result.explanations))


def read_result(folder: str | Path) -> Result:
    """Read a results folder.

    Raises
    ------
    MissingFileError
        A file of the folder is not there.
    InputError
        A file is not what `write_result` writes, or the predictions are not those that the manifest was written with.

    Examples
    --------
    >>> result = read_result("experiments/results/seeds_stance")
    >>> result.config.name, result.predictions.labels
    ('seeds_stance', ('cooperation', 'dispute', 'neutral'))
    """
    folder = Path(folder)
    metrics, manifest = _read_json(folder / METRICS), _read_json(folder / MANIFEST)
    table = _bytes(folder / PREDICTIONS)
    if sha256(table).hexdigest() != manifest.get("predictions_sha256"):
        raise InputError(f"{folder / PREDICTIONS} must have the hash that {MANIFEST} says: it was changed")
    evidence = folder / EVIDENCE
    return Result(
        config=load_config(folder / RECORD),
        metrics=metrics,
        manifest=manifest,
        predictions=_read_table(folder, table.decode(), metrics),
        explanations=json.loads(_bytes(evidence)) if evidence.is_file() else None,
    )


def as_json(value: Any) -> str:
    """Render plain values with sorted keys, floats rounded to six places, NaN as null: one value has one rendering.

    Examples
    --------
    >>> print(as_json({"b": 0.1 + 0.2, "a": float("nan")}), end="")
    {
     "a": null,
     "b": 0.3
    }
    """
    return json.dumps(rounded(value), indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def rounded(value: Any) -> Any:
    """Turn a value into plain ones for JSON: floats to six places (-0 becomes 0), NaN to None, tuples to lists."""
    if isinstance(value, Mapping):
        return {str(key): rounded(item) for key, item in value.items()}
    if isinstance(value, np.ndarray | list | tuple):
        return [rounded(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return round(value, DIGITS) + 0.0 if np.isfinite(value) else None
    return value


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _cell(value: Any) -> str:
    return value if isinstance(value, str) else JOINT.join(value)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise MissingFileError(f"{path} can't be read: {error.strerror}; expected a folder of results") from error


def _read_json(path: Path) -> dict[str, Any]:
    data = _bytes(path)
    try:
        found = json.loads(data)
    except ValueError as error:  # no UTF-8, or no JSON
        raise InputError(f"{path} must be JSON in UTF-8, got a fault: {error}") from error
    if not isinstance(found, dict):
        raise must_be(str(path), "a JSON object", found)
    return found


def _read_table(folder: Path, text: str, metrics: Mapping[str, Any]) -> PredictionTable:
    try:
        labels, multilabel = tuple(metrics["task"]["labels"]), metrics["task"]["multilabel"]
    except (KeyError, TypeError):
        raise InputError(f"{folder / METRICS} must hold the task's labels: expected a folder of results") from None
    header, *rows = csv.reader(StringIO(text))
    wanted = [*COLUMNS, *(f"p_{label}" for label in labels)]
    if header != wanted:
        raise must_be(f"{folder / PREDICTIONS}, header", ",".join(wanted), ",".join(header))
    ids, groups, folds, gold, predicted = _columns(row[: len(COLUMNS)] for row in rows)
    return PredictionTable(
        ids=ids,
        groups=groups,
        folds=np.asarray(folds, np.int64),
        gold=_labels(gold, multilabel),
        predicted=_labels(predicted, multilabel),
        proba=np.asarray([row[len(COLUMNS) :] for row in rows], np.float64).reshape(len(rows), len(labels)),
        labels=labels,
    )


def _columns(rows: Iterable[Sequence[str]]) -> list[tuple[str, ...]]:
    return [tuple(column) for column in zip(*rows, strict=True)] or [()] * len(COLUMNS)


def _labels(cells: Sequence[str], multilabel: bool) -> tuple[Any, ...]:
    if not multilabel:
        return tuple(cells)
    return tuple(tuple(cell.split(JOINT)) if cell else () for cell in cells)
