"""The rows of a set that a config names, each with its value of the task's label."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from nato_nlp._validate import is_missing, must_be, one_of
from nato_nlp.datasets import (
    Dataset,
    load_ace_wikievents,
    load_cameo,
    load_insightcrime,
    load_plover_zsp,
    load_seeds,
)
from nato_nlp.datasets.download import sha256_of
from nato_nlp.errors import InputError
from nato_nlp.evaluation.conventions import NEUTRAL
from nato_nlp.experiment.schema import MULTILABEL, Table, known_labels
from nato_nlp.text.documents import Document
from nato_nlp.text.reading import Columns, Reader

LOADERS: dict[str, Callable[[], Dataset]] = {
    "seeds": load_seeds,
    "plover_zsp:train": lambda: load_plover_zsp("train"),
    "plover_zsp:test": lambda: load_plover_zsp("test"),
    "cameo": load_cameo,
    "ace_wikievents": load_ace_wikievents,
    "insightcrime:train": lambda: load_insightcrime("train"),
    "insightcrime:dev": lambda: load_insightcrime("dev"),
    "insightcrime:test": lambda: load_insightcrime("test"),
}
NONE = ""  # the label of a row that has none


def load_set(source: str | Table, label: str) -> Dataset:
    """Load a set by its name, or a table, with the label of a task.

    Parameters
    ----------
    source : str or Table
        A key of ``LOADERS``, or a table of one's own.
    label : str
        The task's, see `nato_nlp.experiment.schema.Data`.

    Returns
    -------
    Dataset
        Its one label is the task's: a str, empty where the row has none, or a tuple of str for topics and classes. Ids
        are ``SET/PART/ID``, groups ``SET:GROUP``. The seed corpus comes without its boilerplate.

    Raises
    ------
    MissingFileError
        The set or the table is not there.
    InputError
        A set with a wrong hash; a table of another kind, empty, without a column, or with a cell that is no label of
        the task (file and line are named).
    """
    data = _read_table(source, label) if isinstance(source, Table) else LOADERS[source]()
    notes = list(data.notes)
    if "boilerplate" in data.labels:
        kept = [not flag for flag in data.labels["boilerplate"]]
        notes.append(f"{kept.count(False)} line(s) of boilerplate left out")
        data = data.select(kept)
    return replace(
        data,
        notes=notes,
        labels={label: _gold(data, label)},
        groups=None if data.groups is None else [f"{data.name}:{group}" for group in data.groups],
        ids=[f"{data.name}/all/{name}" if data.split is None else name.replace(":", "/") for name in data.ids],
    )


def _gold(data: Dataset, label: str) -> Sequence[Any]:
    if label in data.labels:
        return data.labels[label]
    return [NONE if stance == NEUTRAL else stance for stance in data.labels["stance"]]  # binary


def _read_table(table: Table, label: str) -> Dataset:
    path = Path(table.path)
    needed = [column for column in (table.label, table.group, table.id) if column is not None]
    rows = list(Reader(Columns(text=table.text, needed=tuple(needed))).read([path]))
    if not rows:
        raise InputError(f"{path} must hold at least one row, got none")
    known = known_labels(label) + ((NEUTRAL,) if label == "binary" else ())
    read = _labels if label in MULTILABEL else _label
    gold = [read(row.metadata[table.label], known, f"{row.source}, column {table.label!r}") for row in rows]
    return Dataset(
        path.stem,
        [_text(row, table.text) for row in rows],
        {label: [NONE if label == "binary" and value == NEUTRAL else value for value in gold]},
        groups=_names(rows, table.group),
        ids=_names(rows, table.id) or [str(number) for number in range(1, len(rows) + 1)],
        sha256={path.name: sha256_of(path)},
    )


def _text(row: Document, column: str) -> str:
    if not row.text.strip():
        raise must_be(f"{row.source}, column {column!r}", "text that is not blank", row.text)
    return row.text


def _names(rows: Sequence[Document], column: str | None) -> list[str] | None:
    if column is None:
        return None
    for row in rows:
        if is_missing(row.metadata[column]) or not str(row.metadata[column]).strip():
            raise must_be(f"{row.source}, column {column!r}", "a name for every text", row.metadata[column])
    return [str(row.metadata[column]) for row in rows]


def _label(cell: Any, known: Sequence[str], where: str) -> str:
    """Read a cell of one label, `NONE` when it is empty."""
    if is_missing(cell):
        return NONE
    if not isinstance(cell, str | int):  # classes may be numbers or flags
        raise must_be(where, "a label, or empty", cell)
    name = str(cell).strip()
    if name and known and name not in known:
        raise must_be(where, f"{one_of(known)}, or empty", cell)
    return name


def _labels(cell: Any, known: Sequence[str], where: str) -> tuple[str, ...]:
    """Read a cell of any number of labels: a list, or a string with ';' between them."""
    cell = cell.split(";") if isinstance(cell, str) else cell
    if not is_missing(cell) and not isinstance(cell, list):
        raise must_be(where, "a list of labels, or a string with ';' between them", cell)
    names = [_label(item, known, where) for item in cell or ()]
    return tuple(dict.fromkeys(name for name in names if name != NONE))
