"""Published systems on the sets that experiments are scored on: read from a table, or recomputed from predictions."""

import csv
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from nato_nlp._validate import check_option, must_be
from nato_nlp.codebook import load_codebook
from nato_nlp.datasets.download import find_file
from nato_nlp.datasets.public import PLOVER_ZSP, QUADS
from nato_nlp.errors import InputError, MissingFileError
from nato_nlp.experiment.compare import OF_LABELS
from nato_nlp.experiment.results import PredictionTable

FILE = "published.toml"
KEYS = {
    "name": str,
    "scored": str,
    "reads": str,
    "source": str,
    "columns": str,
    "values": dict,
}
LEVELS = ("L1", "L2")
LABELS = ("binary", "stance", "quad", "root")
ROW = re.compile(r"\d+\Z")


@dataclass(frozen=True)
class Published:
    """A system of others, or a yardstick that was measured once.

    Attributes
    ----------
    name, scored : str
        The system, and the set that it was scored on as configs name it: ``plover_zsp:test``.
    reads : str
        What it reads, and what it was trained on.
    source : str
        Who says so.
    columns : str
        Which published predictions to recompute the values from, ``L1`` or ``L2``; empty when there are none.
    values : mapping of str to mapping of str to float
        By metric, then label of the config; empty where the values are recomputed.
    """

    name: str
    scored: str
    reads: str
    source: str
    columns: str = ""
    values: Mapping[str, Mapping[str, float]] | None = None


def read_published(path: str | Path) -> tuple[Published, ...]:
    """Read a table of published systems.

    Parameters
    ----------
    path : path
        TOML with ``[[system]]`` tables, the fields as those of `Published`.

    Raises
    ------
    MissingFileError
        The file is not there.
    InputError
        No TOML, an unknown or missing key, a value of another type; file, number and key are named.
    """
    path = Path(path)
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise MissingFileError(
            f"{path} can't be read: {error.strerror}; expected a table of published systems"
        ) from error
    except ValueError as error:  # no UTF-8, or no TOML
        raise InputError(f"{path} must be TOML in UTF-8, got a fault: {error}") from error
    systems = raw.get("system")
    if set(raw) != {"system"} or not isinstance(systems, list):
        raise must_be(f"{path}", "a list of tables [[system]]", sorted(raw))
    return tuple(_system(f"{path}: system {number}", entry) for number, entry in enumerate(systems, 1))


def published_on(systems: Sequence[Published], scored: str) -> list[Published]:
    """Return the systems that were scored on a set."""
    return [system for system in systems if system.scored == scored]


def recomputed(system: Published, label: str, table: PredictionTable) -> PredictionTable:
    """Put the published predictions of ZSP in the place of a run's own, row by row.

    Parameters
    ----------
    system : Published
        With ``columns``.
    label : {'binary', 'stance', 'quad', 'root'}
        What the run predicts.
    table : PredictionTable
        The run's predictions on ``system.scored``: ids end in the number of the row in the published file, from 1.

    Returns
    -------
    PredictionTable
        Rows, groups, folds and gold of the run; probabilities are 1 for the predicted label, since none are published.

    Raises
    ------
    MissingFileError
        The set is not there.
    InputError
        Another label, a row that is not in the file, or a gold label other than the file's (the id is named).
    """
    check_option("label", label, LABELS)
    gold, predicted = zsp_labels(system.scored.partition(":")[2], label, system.columns)
    rows = [_row(name, len(gold)) for name in table.ids]
    for name, row, ours in zip(table.ids, rows, table.gold, strict=True):
        if gold[row] != ours:
            raise must_be(f"gold label of {name!r}", f"{gold[row]!r} as in the published file", ours)
    chosen = tuple(predicted[row] for row in rows)
    labels = tuple(dict.fromkeys([*table.labels, *chosen]))
    proba = np.array([[float(one == other) for other in labels] for one in chosen])
    return replace(table, predicted=chosen, proba=proba, labels=labels)


@cache
def zsp_labels(part: str, label: str, columns: str = "L2") -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Read gold labels and ZSP's published predictions of a part of PLOVER; its sentences are not looked at.

    Parameters
    ----------
    part : {'train', 'test'}
    label : {'binary', 'stance', 'quad', 'root'}
        Quads become stances by the codebook.
    columns : {'L1', 'L2'}
        Before or after the modality of the act was asked for.

    Returns
    -------
    gold, predicted : tuple of str
        In the order of the file.
    """
    check_option("part", part, PLOVER_ZSP.files)
    check_option("columns", columns, LEVELS)
    kind = "root" if check_option("label", label, LABELS) == "root" else "penta"
    with find_file(PLOVER_ZSP, part).open(encoding="utf-8", newline="") as stream:
        rows = [(row[f"gold_{kind}"], row[f"{kind}_{columns}"]) for row in csv.DictReader(stream, delimiter="\t")]
    translate = {"root": _same, "quad": _quad}.get(label, _stance)
    return tuple(translate(gold) for gold, _ in rows), tuple(translate(predicted) for _, predicted in rows)


def comparable(metric: str) -> bool:
    """Tell whether a metric can be recomputed from labels alone."""
    return metric in OF_LABELS


def _system(where: str, entry: Any) -> Published:
    if not isinstance(entry, dict):
        raise must_be(where, "a table", entry)
    for key, value in entry.items():
        if not isinstance(value, KEYS[check_option(f"{where}: key", key, KEYS)]):
            raise must_be(f"{where}: {key}", KEYS[key].__name__, value)
    for key in ("name", "scored", "reads", "source"):
        if key not in entry:
            raise InputError(f"{where} must have a key {key!r}, got {', '.join(entry)}")
    if entry.get("columns"):
        check_option(f"{where}: columns", entry["columns"], LEVELS)
    for metric, by_label in entry.get("values", {}).items():
        _check_values(f"{where}: values.{metric}", by_label)
    return Published(**entry)


def _check_values(where: str, by_label: Any) -> None:
    if not isinstance(by_label, dict):
        raise must_be(where, "a table of labels", by_label)
    for label, value in by_label.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise must_be(f"{where}.{label}", "a number", value)


def _row(name: str, count: int) -> int:
    """Give the place of a row in the published file from the end of its id."""
    found = ROW.search(name)
    if found is None or not 1 <= int(found[0]) <= count:
        raise must_be("id", f"one that ends in the number of a row (1 to {count:,})", name)
    return int(found[0]) - 1


def _same(value: str) -> str:
    return value


def _quad(value: str) -> str:
    return QUADS[value]


def _stance(value: str) -> str:
    return load_codebook().stance_of[QUADS[value]]
