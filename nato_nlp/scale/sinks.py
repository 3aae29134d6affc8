"""Where tagged sentences go: JSON lines, CSV, Parquet, or a table for people."""

import csv
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, Protocol

from nato_nlp.codebook import load_codebook
from nato_nlp.models.tags import COLUMNS, TaggedSentence, Tags, one_line
from nato_nlp.scale.formulas import tamed

ROWS_AT_ONCE = 20_000  # of a Parquet row group
STYLES = {"cooperation": "bold blue", "dispute": "bold red", "neutral": "default", None: "default"}


class Sink(Protocol):
    """Takes the tagged sentences of one document after the other."""

    def write(self, tags: Tags) -> None:
        """Take one document's sentences."""

    def close(self) -> None:
        """Write what is left."""


class JsonLinesSink:
    """One JSON object a sentence."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def write(self, tags: Tags) -> None:
        """Write the rows of one document."""
        self._stream.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in tags.rows())

    def close(self) -> None:
        """Do nothing: every line is whole."""


class CsvSink:
    """One line a sentence; topics, actors and dyads joined by ``;``, one column a probability; no cell is a formula."""

    def __init__(self, stream: IO[str]) -> None:
        self._writer = csv.writer(stream, lineterminator="\n")
        # before Python 3.13 the writer leaves a lone carriage return bare, and readers take it for the end of the row
        self._quoting = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL)
        self._header: list[str] = []

    def write(self, tags: Tags) -> None:
        """Write the rows of one document."""
        if not self._header:
            self._header = _csv_header(tags)
            self._put(self._header)
        for row in tags.rows():
            flat = dict(_flat(row))
            self._put([_cell(flat.get(name)) for name in self._header])

    def _put(self, values: list[Any]) -> None:
        cells = [tamed(value) if isinstance(value, str) else value for value in values]
        bare = any(isinstance(cell, str) and "\r" in cell for cell in cells)
        (self._quoting if bare else self._writer).writerow(cells)

    def close(self) -> None:
        """Do nothing: every line is whole."""


class ParquetSink:
    """Row groups of some thousand sentences; topics are lists, probabilities structs, kept columns strings."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._tables: list[Any] = []
        self._rows = 0
        self._writer: Any = None

    def write(self, tags: Tags) -> None:
        """Take the rows of one document; write when there are enough."""
        self._tables.append(_kept_as_strings(tags))
        self._rows += len(tags)
        if self._rows >= ROWS_AT_ONCE:
            self._flush()

    def _flush(self) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        if not self._tables:
            return
        table = pa.concat_tables(self._tables)
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._path, table.schema, compression="zstd")
        self._writer.write_table(table)
        self._tables, self._rows = [], 0

    def close(self) -> None:
        """Write what is left and the footer."""
        self._flush()
        if self._writer is not None:
            self._writer.close()


class TableSink:
    """A table a document for people, coloured by stance on a terminal."""

    def __init__(self, stream: IO[str], *, width: int | None = None, colour: bool = False) -> None:
        from rich.console import Console

        self._console = Console(file=stream, width=width, force_terminal=colour, highlight=False)

    def write(self, tags: Tags) -> None:
        """Print the sentences of one document."""
        from rich.table import Table
        from rich.text import Text

        table = Table(
            title=Text(one_line(str(tags.meta.get("doc") or ""))),
            title_justify="left",
            title_style="bold",
            box=None,
            pad_edge=False,
        )
        table.add_column("stance", no_wrap=True)
        table.add_column("p", no_wrap=True)
        table.add_column("quad", no_wrap=True)
        table.add_column("topics", max_width=20, overflow="fold")
        table.add_column("who", max_width=14, overflow="fold")
        table.add_column("sentence", ratio=1, overflow="fold")
        for sentence in tags:
            style = "dim" if sentence.boilerplate else STYLES[sentence.stance]
            label = "boilerplate" if sentence.boilerplate else sentence.stance or "-"
            proba = (
                f"{sentence.stance_proba[sentence.stance]:.2f}" if sentence.stance and not sentence.boilerplate else ""
            )
            quad = (sentence.quad or "").partition("_")[0] if sentence.stance != "neutral" else ""
            table.add_row(
                Text(label, style),
                proba,
                quad,
                Text("\n".join(map(one_line, sentence.topics))),
                Text(_main_dyad(sentence)),
                Text(one_line(sentence.text), "dim" if sentence.boilerplate else ""),
            )
        self._console.print(table)
        self._console.print()

    def close(self) -> None:
        """Do nothing: every table is whole."""


def _main_dyad(sentence: TaggedSentence) -> str:
    """Give source and target of the main act, a question mark for a side that is not named; nothing without an act."""
    return "".join(f"{act.source or '?'} > {act.target or '?'}" for act in sentence.dyads[:1])


TEXT_SINKS: dict[str, Callable[[IO[str]], Sink]] = {"jsonl": JsonLinesSink, "csv": CsvSink, "table": TableSink}
FORMATS = ("table", "jsonl", "csv", "parquet")
ENDINGS = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".parquet": "parquet", ".txt": "table"}


@contextmanager
def file_sink(path: Path, kind: str) -> Iterator[Sink]:
    """Open a sink of one of `FORMATS` that writes to a path."""
    if kind == "parquet":
        yield from _closing(ParquetSink(path))
        return
    with path.open("w", encoding="utf-8", newline="") as stream:
        yield from _closing(TEXT_SINKS[kind](stream))


def _closing(sink: Sink) -> Iterator[Sink]:
    yield sink
    sink.close()


def _csv_header(tags: Tags) -> list[str]:
    """Name the columns; no probabilities of stance and quad where the tagger was trained without quads."""
    book = load_codebook()
    quads = bool(tags.with_stances.all())
    labels = {
        "stance_proba": book.stances if quads else (),
        "quad_proba": book.quads if quads else (),
        "topic_proba": tags.topic_names,
    }
    spread = [[f"{name}.{label}" for label in labels[name]] if name in labels else [name] for name in COLUMNS]
    return [*(name for names in spread for name in names), *(name for name in tags.meta if name != "doc")]


def _flat(row: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in row.items():
        if isinstance(value, dict):
            yield from ((f"{name}.{label}", number) for label, number in value.items())
        else:
            yield name, value


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    return ";".join(map(_item, value)) if isinstance(value, list) else value


def _item(value: Any) -> str:
    """Give an item of a list: an actor by its code, an act as ``SOURCE>TARGET:stance``, a topic as it is."""
    if not isinstance(value, dict):
        return str(value)
    return value["code"] if "code" in value else f"{value['source']}>{value['target']}:{value['stance']}"


def _kept_as_strings(tags: Tags) -> Any:
    """Give the Arrow table with kept columns as strings: their types may differ between documents."""
    meta = {name: value if value is None else str(_cell(value)) for name, value in tags.meta.items()}
    return replace(tags, meta=meta).to_arrow()
