"""One's own labelled texts from a CSV, JSON lines or Parquet file."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from nato_nlp._validate import is_missing, must_be, one_of, unknown_name
from nato_nlp.codebook import load_codebook
from nato_nlp.datasets.dataset import Dataset, iso_date
from nato_nlp.datasets.download import sha256_of
from nato_nlp.errors import InputError
from nato_nlp.text.documents import Document
from nato_nlp.text.reading import Columns, Reader

SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet")
DEFAULTS = {"quad": "quad", "topics": "topics", "group": "group", "date": "date", "source": "source", "id": "id"}


def load_table(
    path: str | Path,
    *,
    text: str = "text",
    quad: str | None = "quad",
    topics: str | None = "topics",
    group: str | None = "group",
    date: str | None = "date",
    source: str | None = "source",
    id: str | None = "id",
) -> Dataset:
    r"""Load a table of texts, one a row, with the labels of the codebook if it has them.

    Parameters
    ----------
    path : path
        A file ``.csv``, ``.tsv``, ``.jsonl``, ``.ndjson`` or ``.parquet``.
    text : str
        Column of the texts.
    quad, topics : str or None
        Columns of the labels. Quads are those of the codebook. Topics have any names; they are a list, or a string in which
        ``;`` separates them, and empty means none.
    group, date, source, id : str or None
        Columns of the document, the ISO date (may be empty), the outlet that published the text (``outlets`` of the
        dataset), and the name of each text.

    Returns
    -------
    Dataset
        Labels ``quad`` and ``stance``, and ``topics``, as far as the columns are there. A column that is not in the
        file is left out if it has its default name here; None leaves it out in any case.

    Raises
    ------
    MissingFileError
        The file is not there.
    InputError
        Another kind of file, a column that was named and is not there or is there in some rows only, a label that is
        not in the codebook, a blank text, a cell that is empty; file and line are named.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "mine.csv")
    ...     _ = path.write_text("text,quad,topics\nEnvoys met.,verbal_cooperation,energy;balkans\n")
    ...     load_table(path).labels["topics"]
    (('energy', 'balkans'),)
    """
    path = Path(path)
    if path.suffix.lower() not in SUFFIXES:
        raise must_be("path", f"a file {one_of(SUFFIXES)}", str(path))
    names = {"quad": quad, "topics": topics, "group": group, "date": date, "source": source, "id": id}
    needed = tuple(column for name, column in names.items() if column is not None and column != DEFAULTS[name])
    rows = list(Reader(Columns(text=text, needed=needed)).read([path]))
    if not rows:
        raise InputError(f"{path} must hold at least one row, got none")
    read = {name: _column(rows, column, CELLS[name]) for name, column in names.items() if column is not None}
    return _dataset(path, rows, read)


def _dataset(path: Path, rows: Sequence[Document], read: dict[str, list[Any] | None]) -> Dataset:
    labels = {name: values for name in ("quad", "topics") if (values := read.get(name)) is not None}
    if "quad" in labels:
        stance_of = load_codebook().stance_of
        labels["stance"] = [stance_of[quad] for quad in labels["quad"]]
    return Dataset(
        path.stem,
        [_text(row) for row in rows],
        labels,
        groups=read.get("group"),
        dates=read.get("date"),
        outlets=read.get("source"),
        ids=read.get("id") or (),
        home=str(path),
        sha256={path.name: sha256_of(path)},
    )


def _column(rows: Sequence[Document], name: str, cell: Callable[[Any, str], Any]) -> list[Any] | None:
    """Read a column, None when no row has it."""
    if not any(name in row.metadata for row in rows):
        return None
    values = []
    for row in rows:
        if name not in row.metadata:  # JSON lines may differ in their keys
            raise InputError(f"{row.source}: {unknown_name('column', name, row.metadata)}")
        values.append(cell(row.metadata[name], f"{row.source}, column {name!r}"))
    return values


def _text(row: Document) -> str:
    if not row.text.strip():
        raise must_be(f"{row.source}, text", "text that is not blank", row.text)
    return row.text


def _quad(value: Any, where: str) -> str:
    known = load_codebook().quads
    if value not in known:
        raise must_be(where, one_of(known), value)
    return str(value)


def _topics(value: Any, where: str) -> list[str]:
    if is_missing(value):
        return []
    if isinstance(value, str):
        items = [item.strip() for item in value.split(";")]
        items = items if any(items) else []
    elif isinstance(value, list):
        items = value
    else:
        raise must_be(where, "a list of topics, or a string with ';' between them", value)
    return list(dict.fromkeys(_name(item, where) for item in items))


def _date(value: Any, where: str) -> str | None:
    if is_missing(value) or value == "":
        return None
    day = iso_date(value)
    if day is None:
        raise must_be(where, "an ISO date (YYYY-MM-DD)", value)
    return day


def _name(value: Any, where: str) -> str:
    if is_missing(value) or not str(value).strip():
        raise must_be(where, "a value for every text", value)
    return str(value)


CELLS: dict[str, Callable[[Any, str], Any]] = {
    "quad": _quad,
    "topics": _topics,
    "group": _name,
    "date": _date,
    "source": _name,
    "id": _name,
}
