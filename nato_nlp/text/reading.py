"""Read documents from text files, JSON lines, CSV, Parquet, directories and standard input, as a stream."""

import csv
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from nato_nlp._validate import check_option, one_of, unknown_name
from nato_nlp.errors import InputError, MissingFileError
from nato_nlp.text.documents import Document
from nato_nlp.text.encoding import ERRORS, DecodedLines, decode, refuse_binary, without_surrogates

ON_ERROR = ("stop", "skip")
STDIN = "-"
# the only way in which half a character, which no output could hold, gets into a line that was UTF-8
HALF_CHARACTER = re.compile(r"\\u[dD][89a-fA-F]")
T = TypeVar("T")


@dataclass(frozen=True)
class Columns:
    """Names of the columns that hold a document's id, text and date, and of further ones that must be there."""

    text: str = "text"
    id: str = "id"
    date: str = "date"
    needed: tuple[str, ...] = ()


@dataclass
class Reader:
    """How files are read, and what was skipped on the way.

    Attributes
    ----------
    columns : Columns
        Column names in tables.
    errors : {'strict', 'replace'}
        What to do with bytes that are not UTF-8.
    on_error : {'stop', 'skip'}
        Raise at the first file or record that can't be read, or go on without it.
    lines : bool
        Whether each line of a text file is a document of its own.
    skipped : list of str
        One message for each file or record that was left out.
    finished : int
        Bytes of the files that are done.
    current : binary stream or None
        The file that is being read.
    """

    columns: Columns = field(default_factory=Columns)
    errors: str = "strict"
    on_error: str = "stop"
    lines: bool = False
    skipped: list[str] = field(default_factory=list)
    finished: int = 0
    current: BinaryIO | None = None

    def __post_init__(self) -> None:
        check_option("errors", self.errors, ERRORS)
        check_option("on_error", self.on_error, ON_ERROR)

    def read(self, paths: Iterable[str | Path]) -> Iterator[Document]:
        """Yield the documents of all paths in order; see `read_documents`."""
        for path, name in named_files(paths):
            yield from self._guard(self._read_file(path, name))

    def position(self) -> int:
        """Return how many bytes of all files were read so far."""
        stream = self.current
        if stream is None or stream.closed or not stream.seekable():  # a pipe has no position
            return self.finished
        return self.finished + stream.tell()

    def _read_file(self, path: Path | None, name: str) -> Iterator[Document]:
        if path is None:
            refuse_binary(sys.stdin.buffer, "stdin")
            yield from self._read_text(sys.stdin.buffer, name, "stdin")
            return
        try:
            with path.open("rb") as stream:
                self.current = stream
                kind = path.suffix.lower()
                if kind != ".parquet":
                    refuse_binary(stream, str(path))
                yield from READERS.get(kind, Reader._read_text)(self, stream, name, str(path))
            self.finished += path.stat().st_size
            self.current = None
        except OSError as error:
            raise MissingFileError(f"{path} can't be read: {error.strerror or error}") from error

    def _read_text(self, stream: BinaryIO, name: str, path: str) -> Iterator[Document]:
        if self.lines:
            lines = DecodedLines(stream, path, self.errors)
            for line in self._guard(lines):
                yield Document(name, line, source=f"{path}, line {lines.number}")
            empty = not lines.number
        else:
            text = decode(stream.read(), path, self.errors)
            empty = not text
            if not empty:
                yield Document(name, text, source=path)
        if empty:
            raise InputError(f"{path} is empty: expected text")

    def _read_jsonl(self, stream: BinaryIO, name: str, path: str) -> Iterator[Document]:
        lines = DecodedLines(stream, path, self.errors)
        for line in self._guard(lines):
            if line.strip():
                yield from self._guard(self._json_record(line, name, f"{path}, line {lines.number}", lines.number))
        if not lines.number:
            raise InputError(f"{path} is empty: expected one JSON object a line")

    def _json_record(self, line: str, name: str, source: str, number: int) -> Iterator[Document]:
        try:
            record = json.loads(line)
        except json.JSONDecodeError as error:
            raise InputError(
                f"{source} must be a JSON object, got broken JSON: {error.msg} (column {error.colno})"
            ) from error
        except (ValueError, RecursionError) as error:
            raise InputError(
                f"{source} must be a JSON object, got one nested too deeply or a number too long"
            ) from error
        if not isinstance(record, dict):
            raise InputError(f"{source} must be a JSON object, got {type(record).__name__}")
        if HALF_CHARACTER.search(line):
            record = {key: _whole(value, f"{source}, column {key!r}", self.errors) for key, value in record.items()}
        yield self._document(record, name, source, number)

    def _read_csv(self, stream: BinaryIO, name: str, path: str) -> Iterator[Document]:
        csv.field_size_limit(2**31 - 1)  # a whole story fits into a field
        delimiter = "\t" if path.lower().endswith(".tsv") else ","
        rows = _CsvRows(DecodedLines(stream, path, self.errors, keep_ends=True), path, delimiter)
        header = next((row for row in rows if row), None)
        if header is None:
            raise InputError(f"{path} is empty: expected a header line")
        self._check_columns(header, path)
        first = rows.number
        for row in self._guard(rows):
            number = rows.number - first
            if row:
                yield from self._guard(self._csv_record(header, row, name, f"{path}, line {rows.line}", number))

    def _csv_record(self, header: list[str], row: list[str], name: str, source: str, number: int) -> Iterator[Document]:
        if len(row) != len(header):
            raise InputError(f"{source} must have {len(header)} fields like the header, got {len(row)}")
        yield self._document(dict(zip(header, row, strict=True)), name, source, number)

    def _read_parquet(self, stream: BinaryIO, name: str, path: str) -> Iterator[Document]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            table = pq.ParquetFile(stream)
            self._check_columns(table.schema_arrow.names, path)
            kind = table.schema_arrow.field(self.columns.text).type
            if pa.types.is_dictionary(kind):
                kind = kind.value_type
            if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)):
                raise InputError(f"{path}, column {self.columns.text!r} must be of type string, got {kind}")
            number = 0
            for batch in table.iter_batches(batch_size=1024):
                for record in _records(batch, f"{path}, row {number + 1} and following"):
                    number += 1
                    yield from self._guard(self._parquet_record(record, name, f"{path}, row {number}", number))
        except (pa.ArrowException, OSError) as error:
            raise InputError(f"{path} must be a Parquet file, got one that can't be read: {error}") from error

    def _parquet_record(self, record: dict[str, Any], name: str, source: str, number: int) -> Iterator[Document]:
        yield self._document(record, name, source, number)

    def _check_columns(self, names: Iterable[str], where: str) -> None:
        known = list(names)
        for column in (self.columns.text, *self.columns.needed):
            if column not in known:
                raise InputError(f"{where}: {unknown_name('column', column, known)}")

    def _document(self, record: Mapping[str, Any], name: str, source: str, number: int) -> Document:
        columns = self.columns
        self._check_columns(record, source)
        text = record[columns.text]
        if not isinstance(text, str):
            raise InputError(f"{source}, column {columns.text!r} must be a string, got {type(text).__name__}")
        doc = record.get(columns.id)
        date = record.get(columns.date)
        rest = {key: value for key, value in record.items() if key != columns.text}
        return Document(
            id=f"{name}:{number}" if doc is None else str(doc),
            text=text,
            date=None if date is None else str(date),
            metadata=rest,
            source=source,
        )

    def _guard(self, items: Iterator[T]) -> Iterator[T]:
        """Pass items on; what can't be read is noted when errors are to be skipped, and what follows it still comes."""
        while True:
            try:
                item = next(items)
            except StopIteration:
                return
            except InputError as error:
                if self.on_error == "stop":
                    raise
                self.skipped.append(str(error))
            else:
                yield item


class _CsvRows(Iterator[list[str]]):
    """The rows of a CSV file; behind a broken one the next call goes on.

    Attributes
    ----------
    number : int
        Rows read so far, blank and broken ones too.
    line : int
        Where the last row begins.
    """

    def __init__(self, lines: DecodedLines, path: str, delimiter: str) -> None:
        self.number = self.line = 0
        self._lines, self._path = lines, path
        self._rows = csv.reader(lines, delimiter=delimiter, strict=True)

    def __next__(self) -> list[str]:
        self.number += 1
        self.line = self._lines.number + 1
        try:
            return next(self._rows)
        except csv.Error as error:
            raise InputError(f"{self._path}, line {self.line} must be CSV, got {error}") from error


def _whole(value: Any, where: str, errors: str) -> Any:
    if isinstance(value, str):
        return without_surrogates(value, where, errors)
    return json.loads(without_surrogates(json.dumps(value, ensure_ascii=False), where, errors))


def _records(batch: Any, where: str) -> list[dict[str, Any]]:
    try:
        records: list[dict[str, Any]] = batch.to_pylist()
    except ValueError as error:  # strings that are not UTF-8, times finer than Python knows
        raise InputError(f"{where} must hold values that Python knows, got one that it doesn't: {error}") from error
    return records


READERS: dict[str, Callable[[Reader, BinaryIO, str, str], Iterator[Document]]] = {
    ".txt": Reader._read_text,
    ".jsonl": Reader._read_jsonl,
    ".ndjson": Reader._read_jsonl,
    ".csv": Reader._read_csv,
    ".tsv": Reader._read_csv,
    ".parquet": Reader._read_parquet,
}


def read_documents(
    paths: str | Path | Iterable[str | Path],
    *,
    text: str = "text",
    id: str = "id",
    date: str = "date",
    errors: str = "strict",
    on_error: str = "stop",
) -> Iterator[Document]:
    """Read documents from files and directories, one after the other.

    Parameters
    ----------
    paths : path or iterable of paths
        ``.txt`` (one document a file), ``.jsonl``, ``.csv``, ``.tsv``, ``.parquet`` (one a record), a directory (its files of
        these kinds, sorted, subdirectories too), or ``"-"`` for standard input, read as one text.
    text, id, date : str
        Names of the columns in tables. Without an id column a document is called FILE:NUMBER.
    errors : {'strict', 'replace'}
        Bytes that are not UTF-8 raise an error that names the offset, or become U+FFFD.
    on_error : {'stop', 'skip'}
        Raise at the first file or record that can't be read, or leave it out.

    Yields
    ------
    Document
        In the order of the paths; tables are streamed, never read whole.

    Raises
    ------
    MissingFileError
        A path is not there, can't be opened, or is a directory without a readable file.
    InputError
        An empty or binary file, bytes that are not UTF-8, a column that is not there, a record that can't be read.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = Path(folder, "a.txt").write_text("Envoys met.")
    ...     [(document.id, document.text) for document in read_documents(folder)]
    [('a.txt', 'Envoys met.')]
    """
    names = [paths] if isinstance(paths, str | Path) else paths
    return Reader(Columns(text, id, date), errors, on_error).read(names)


def named_files(paths: Iterable[str | Path]) -> list[tuple[Path | None, str]]:
    """List the files behind paths with the name that each gives its document; None is standard input.

    A name is the file's name, below its directory for a directory that was named; where two would have one name, their paths.
    """
    found: list[tuple[Path | None, str]] = []
    for given in paths:
        path = Path(given)
        if not str(given):
            raise MissingFileError("a path must not be empty: expected a file or a directory")
        if str(path) == STDIN:
            found.append((None, "stdin"))
        elif path.is_dir():
            inside = sorted(p for p in path.rglob("*") if p.suffix.lower() in READERS and p.is_file())
            if not inside:
                raise MissingFileError(f"{path} holds no file that can be read: expected {one_of(READERS)}")
            found += [(p, p.relative_to(path).as_posix()) for p in inside]
        elif path.exists():
            found.append((path, path.name))
        else:
            raise MissingFileError(f"{path} is not there: expected a file or a directory")
    count = Counter(name for _, name in found)
    named = [(path, name if count[name] == 1 or path is None else path.as_posix()) for path, name in found]
    # a file's name may be bytes that are not UTF-8, and then no output could hold it
    return [(path, os.fsencode(name).decode("utf-8", "replace")) for path, name in named]
