"""The records of one file as Arrow batches, and a message for each that is left out."""

import json
import math
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from nato_nlp._validate import check_option, unknown_name
from nato_nlp.errors import InputError
from nato_nlp.scale.batch import text_type
from nato_nlp.scale.rows import DATE
from nato_nlp.scale.sources import BLOCK, Source, unreadable
from nato_nlp.text.encoding import ERRORS, decode, refuse_binary
from nato_nlp.text.reading import ON_ERROR, READERS, Columns, Reader

GATHERED = 512  # records of a text format that become one Arrow batch
PARQUET_ROWS = 1024  # of a Parquet file that are decoded at once
BATCH_BYTES = 4 << 20  # of text in a batch; a longer document stands alone


@dataclass(frozen=True)
class Reading:
    """How files are read.

    Attributes
    ----------
    text : str
        Column of texts.
    id : str or None
        Column that names a document and must be there; None takes ``id`` where there is one. A record without a name is
        called FILE:NUMBER.
    date : str
        Source of the kept column ``date``, which may be missing.
    keep : tuple of str
        Further columns that are kept, as strings; they must be there.
    lines : bool
        Whether each record, and each line of a text file, is one sentence.
    errors : {'strict', 'replace'}
    on_error : {'stop', 'skip'}
    rows : int
        Records of a batch.
    bytes : int
        Bytes of text from which on a batch is full.
    """

    text: str = "text"
    id: str | None = None
    date: str = "date"
    keep: tuple[str, ...] = ()
    lines: bool = False
    errors: str = "strict"
    on_error: str = "stop"
    rows: int = 1024
    bytes: int = BATCH_BYTES

    def __post_init__(self) -> None:
        check_option("errors", self.errors, ERRORS)
        check_option("on_error", self.on_error, ON_ERROR)

    def origin(self, name: str) -> str:
        """Return the column of the source that a kept column comes from."""
        return self.date if name == DATE else name

    @property
    def needed(self) -> tuple[str, ...]:
        """Columns that must be there."""
        own = () if self.id is None else (self.id,)
        return (self.text, *own, *(name for name in self.keep if name != DATE))


def batch_of(docs: Any, texts: Any, kept: Sequence[Any], reading: Reading) -> Any:
    """Return records as a batch: columns ``doc``, ``text`` and the kept ones, all strings."""
    import pyarrow as pa

    arrays = [value if isinstance(value, pa.Array) else pa.array(value, pa.string()) for value in (docs, texts, *kept)]
    return pa.record_batch(arrays, names=["doc", "text", *reading.keep])


class TextRecords:
    """The records of a text file, line by line or table row by table row."""

    def __init__(self, source: Source, reading: Reading) -> None:
        self._source, self._reading, self._path = source, reading, source.path

    def __iter__(self) -> Iterator[Any]:
        try:
            with self._source.open() as stream:
                refuse_binary(stream, self._path)
                if self._source.kind != ".txt":
                    yield from self._table(stream)
                elif self._reading.lines:
                    yield from self._lines(stream)
                else:
                    yield self._named([decode(stream.read(), self._path, self._reading.errors)], [self._source.name])
        except OSError as error:
            if isinstance(error, InputError):
                raise
            if error.errno or self._source.compression is None:
                raise unreadable(self._path, error) from error
            kind = self._source.compression
            raise InputError(f"{self._path} must be a whole {kind} file, got a damaged one: {error}") from error

    def _named(self, texts: list[str], docs: Sequence[str], kept: Sequence[Any] | None = None) -> Any:
        if kept is None:  # a text file has no columns but those of its folders' names
            keys, reading = self._source.keys, self._reading
            missing = [
                c for c in (*reading.keep, reading.id) if c not in (None, DATE) and reading.origin(c or "") not in keys
            ]
            if missing:
                raise InputError(f"{self._path}: {unknown_name('column', str(missing[0]), keys)}")
            if reading.id is not None:
                docs = [keys[reading.id] or doc for doc in docs]
            kept = [[keys.get(reading.origin(name))] * len(texts) for name in reading.keep]
        return batch_of(docs, texts, kept, self._reading)

    def _lines(self, stream: Any) -> Iterator[Any]:
        number = offset = 0
        for block in _whole_lines(stream):
            yield from self._decoded(block, number, offset)
            number += block.count(b"\n") + (not block.endswith(b"\n"))
            offset += len(block)
        if not offset:
            raise InputError(f"{self._path} is empty: expected text")

    def _decoded(self, block: bytes, number: int, offset: int) -> Iterator[Any]:
        try:
            text = decode(block, self._path, self._reading.errors, offset)
        except InputError:
            yield from self._one_by_one(block, number, offset)
            return
        lines = text.removesuffix("\n").split("\n")
        if "\r" in text:
            lines = [line.removesuffix("\r") for line in lines]
        yield self._named(lines, [self._source.name] * len(lines))

    def _one_by_one(self, block: bytes, number: int, offset: int) -> Iterator[Any]:
        """Decode line by line: one of them is not UTF-8."""
        for raw in block.splitlines(keepends=True) if b"\r" not in block else _split(block):
            number += 1
            try:
                line = decode(raw, f"{self._path}, line {number}", "strict", offset)
            except InputError as error:
                if self._reading.on_error == "stop":
                    raise
                yield str(error)
            else:
                yield self._named([line.removesuffix("\n").removesuffix("\r")], [self._source.name])
            offset += len(raw)

    def _table(self, stream: Any) -> Iterator[Any]:
        reading, keys = self._reading, self._source.keys
        needed = tuple(name for name in reading.needed if name != reading.text and name not in keys)
        columns = Columns(reading.text, reading.id or "id", reading.date, needed)
        reader = Reader(columns, reading.errors, reading.on_error)
        # the delimiter goes by the ending, and that of the compression hides it
        path = self._path if self._source.compression is None else os.path.splitext(self._path)[0]
        documents: list[Any] = []
        for document in READERS[self._source.kind](reader, stream, self._source.name, path):
            if reader.skipped or len(documents) == GATHERED:
                yield from self._flushed(documents)
                yield from reader.skipped
                reader.skipped.clear()
                documents = []
            documents.append(document)
        yield from self._flushed(documents)
        yield from reader.skipped

    def _flushed(self, documents: list[Any]) -> Iterator[Any]:
        if not documents:
            return
        keys, reading = self._source.keys, self._reading
        kept = []
        for name in reading.keep:
            origin = reading.origin(name)
            constant = keys.get(origin)
            kept.append([as_text(d.metadata[origin]) if origin in d.metadata else constant for d in documents])
        docs = [d.id for d in documents]
        if reading.id is not None and reading.id in keys:
            docs = [keys[reading.id] or doc for doc in docs]
        yield self._named([d.text for d in documents], docs, kept)


def _split(block: bytes) -> list[bytes]:
    """Split at line feeds alone, which stay."""
    lines = [line + b"\n" for line in block.split(b"\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines


def _whole_lines(stream: Any) -> Iterator[bytes]:
    """Yield blocks of whole lines."""
    begun: list[bytes] = []
    while block := stream.read(BLOCK):
        cut = block.rfind(b"\n") + 1
        if not cut:
            begun.append(block)
            continue
        yield b"".join([*begun, block[:cut]])
        begun = [block[cut:]] if cut < len(block) else []
    if begun:
        yield b"".join(begun)


def as_text(value: Any) -> str | None:
    """Return the value of a kept column as a string; lists and mappings become JSON, NaN is None.

    Examples
    --------
    >>> [as_text(value) for value in (1, True, float("nan"), ["a"])]
    ['1', 'true', None, '["a"]']
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and math.isnan(value):
        return None
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


class ParquetRecords:
    """The rows of a Parquet file."""

    def __init__(self, source: Source, reading: Reading) -> None:
        self._source, self._reading, self._path = source, reading, source.path
        self._number = 0

    def __iter__(self) -> Iterator[Any]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            with self._source.open_parquet() as stream:
                # without these two a whole column of a row group would lie in memory
                file = pq.ParquetFile(stream, buffer_size=BLOCK, pre_buffer=False)
                names = self._names(file.schema_arrow)
                for batch in file.iter_batches(batch_size=PARQUET_ROWS, columns=names):
                    yield from self._records(batch)
        except (pa.ArrowException, OSError) as error:
            if isinstance(error, InputError):
                raise
            if getattr(error, "errno", None):
                raise unreadable(self._path, error) from error
            raise InputError(f"{self._path} must be a Parquet file, got one that can't be read: {error}") from error

    def _names(self, schema: Any) -> list[str]:
        """Return the columns to read."""
        reading, keys = self._reading, self._source.keys
        for name in reading.needed:
            if name not in schema.names and (name == reading.text or name not in keys):
                raise InputError(f"{self._path}: {unknown_name('column', name, schema.names)}")
        kind = schema.field(reading.text).type
        if text_type(kind) is None:
            raise InputError(f"{self._path}, column {reading.text!r} must be of type string, got {kind}")
        wanted = [reading.text, reading.id or "id", *map(reading.origin, reading.keep)]
        return [name for name in dict.fromkeys(wanted) if name in schema.names]

    def _records(self, batch: Any) -> Iterator[Any]:
        import pyarrow as pa

        texts = batch.column(self._reading.text).cast(pa.string())
        first, self._number = self._number, self._number + batch.num_rows
        if texts.null_count == 0 and _is_utf8(texts):
            yield self._batch(batch, texts, first)
            return
        for row, raw in enumerate(texts.cast(pa.binary()).to_pylist()):
            try:
                text = self._text(raw, f"{self._path}, row {first + row + 1}")
            except InputError as error:
                if self._reading.on_error == "stop":
                    raise
                yield str(error)
            else:
                yield self._batch(batch.slice(row, 1), pa.array([text], pa.string()), first + row)

    def _text(self, raw: bytes | None, where: str) -> str:
        if raw is None:
            raise InputError(f"{where}, column {self._reading.text!r} must be a string, got NoneType")
        try:
            return raw.decode("utf-8", self._reading.errors)
        except UnicodeDecodeError:
            return decode(raw, f"{where}, column {self._reading.text!r}", "strict")  # raises, and names the byte

    def _batch(self, batch: Any, texts: Any, first: int) -> Any:
        names = [f"{self._source.name}:{first + k + 1}" for k in range(batch.num_rows)]
        ids = self._column(batch, self._reading.id or "id")
        docs = (
            names if ids is None else [own if own is not None else name for own, name in zip(ids, names, strict=True)]
        )
        kept = [self._column(batch, self._reading.origin(name)) for name in self._reading.keep]
        return batch_of(
            docs, texts, [[None] * batch.num_rows if column is None else column for column in kept], self._reading
        )

    def _column(self, batch: Any, name: str) -> list[str | None] | None:
        if name in batch.schema.names:
            return [as_text(value) for value in self._values(batch, name)]
        return [self._source.keys[name]] * batch.num_rows if name in self._source.keys else None

    def _values(self, batch: Any, name: str) -> Iterable[Any]:
        try:
            values: list[Any] = batch.column(name).to_pylist()
        except ValueError as error:  # strings that are not UTF-8, times finer than Python knows
            rows = f"rows {self._number - batch.num_rows + 1} and following"
            raise InputError(
                f"{self._path}, {rows}, column {name!r} must hold values that Python knows: {error}"
            ) from error
        return values


def _is_utf8(texts: Any) -> bool:
    import pyarrow as pa

    try:
        texts.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True
