"""How tagged batches become files: Parquet, JSON lines, CSV; the latter two also compressed."""

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

from nato_nlp._validate import check_option
from nato_nlp.scale.formulas import tamed, tamed_column
from nato_nlp.scale.sinks import _cell

ROW_GROUP = 1 << 16  # rows of a Parquet row group
COMPRESSED = {"": None, ".gz": "gzip", ".zst": "zstd"}
FORMATS = ("parquet", *(kind + ending for kind in ("jsonl", "csv") for ending in COMPRESSED))


@dataclass(frozen=True)
class Format:
    """A format of files, one of `FORMATS`.

    Everything but opening the file happens in `encode`, so that workers can do it.
    """

    name: str

    def __post_init__(self) -> None:
        check_option("format", self.name, FORMATS)

    @property
    def kind(self) -> str:
        """What the file is when it is not compressed."""
        return self.name.partition(".")[0]

    @property
    def compression(self) -> str | None:
        """The compression around it."""
        return COMPRESSED[self.name.removeprefix(self.kind)]

    def encode(self, batch: Any) -> Any:
        """Return what a writer takes: the batch for Parquet, else bytes."""
        if self.kind == "parquet":
            return batch
        return json_lines(batch) if self.kind == "jsonl" else csv_lines(batch)

    def writer(self, stream: IO[bytes], schema: Any) -> "Writer":
        """Return a writer of batches of a schema to a binary stream, which it leaves open."""
        if self.kind == "parquet":
            return ParquetWriter(stream, schema)
        return TextWriter(stream, self.compression, csv_header(schema) if self.kind == "csv" else b"")


def format_of(path: Path) -> Format | None:
    """Return the format that a file's name tells, None where it tells none.

    Examples
    --------
    >>> format_of(Path("a.csv.gz")).compression, format_of(Path("folder"))
    ('gzip', None)
    """
    name = next((name for name in FORMATS if path.name.lower().endswith(f".{name}")), None)
    return None if name is None else Format(name)


class Writer(Protocol):
    """Takes encoded batches."""

    def write(self, encoded: Any) -> None:
        """Write a batch."""

    def close(self) -> None:
        """Write what is left; the stream stays open."""


class ParquetWriter:
    """Row groups of `ROW_GROUP` rows, whatever the size of the batches."""

    def __init__(self, stream: IO[bytes], schema: Any) -> None:
        import pyarrow.parquet as pq

        self._writer = pq.ParquetWriter(stream, schema, compression="zstd")
        self._waiting: list[Any] = []
        self._rows = 0

    def write(self, encoded: Any) -> None:
        """Take a batch."""
        while encoded.num_rows:
            taken = encoded.slice(0, ROW_GROUP - self._rows)
            encoded = encoded.slice(taken.num_rows)
            self._waiting.append(taken)
            self._rows += taken.num_rows
            if self._rows == ROW_GROUP:
                self._flush()

    def _flush(self) -> None:
        import pyarrow as pa

        if self._rows:
            # one chunk a column: the pages of the file must not tell of the batches
            self._writer.write_table(pa.Table.from_batches(self._waiting).combine_chunks(), row_group_size=ROW_GROUP)
        self._waiting, self._rows = [], 0

    def close(self) -> None:
        """Write what is left and the footer."""
        try:
            self._flush()
            self._writer.close()
        finally:
            self._writer.is_open = False  # where that fails, Arrow would try again when it is garbage


class TextWriter:
    """Bytes behind a header, compressed on the way."""

    def __init__(self, stream: IO[bytes], compression: str | None, header: bytes) -> None:
        import pyarrow as pa

        self._stream = stream
        self._compressed = pa.CompressedOutputStream(_Open(stream), compression) if compression else None
        self.write(header)

    def write(self, encoded: bytes) -> None:
        """Write lines."""
        (self._compressed or self._stream).write(encoded)

    def close(self) -> None:
        """Write the end of the compressed stream."""
        if self._compressed is not None:
            self._compressed.close()


class _Open(io.RawIOBase):
    """Hands bytes on to a stream that is not closed with it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        return self._stream.write(data)


def json_lines(batch: Any) -> bytes:
    r"""Return one JSON object a row.

    Examples
    --------
    >>> import pyarrow as pa
    >>> json_lines(pa.record_batch({"doc": ["a"], "topics": [["energy"]]}))
    b'{"doc": "a", "topics": ["energy"]}\n'
    """
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in batch.to_pylist()).encode()


def csv_header(schema: Any) -> bytes:
    """Return the header line: one column a probability."""
    return _csv(schema.empty_table(), header=True)


def csv_lines(batch: Any) -> bytes:
    r"""Return one line a row: topics joined by ``;``, one column a probability; no cell is a formula to a spreadsheet.

    Examples
    --------
    >>> import pyarrow as pa
    >>> csv_lines(pa.record_batch({"doc": ["a"], "topics": [["energy", "africa"]], "p": [{"yes": 0.5}]}))
    b'"a","energy;africa",0.5\n'
    """
    import pyarrow as pa

    return _csv(pa.Table.from_batches([batch]), header=False)


def _csv(table: Any, *, header: bool) -> bytes:
    import pyarrow as pa
    from pyarrow.csv import WriteOptions, write_csv

    names, columns = [], []
    flat = table.flatten()
    for field, column in zip(flat.schema, flat.columns, strict=True):
        if pa.types.is_null(field.type):  # the topics of a tagger without any
            continue
        names.append(tamed(field.name))
        columns.append(tamed_column(_joined(column) if pa.types.is_list(field.type) else column))
    sink = io.BytesIO()
    write_csv(pa.table(columns, names=names), sink, WriteOptions(include_header=header))
    return sink.getvalue()


def _joined(column: Any) -> Any:
    """Return lists as strings; those of actors and acts as `CsvSink` writes them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_string(column.type.value_type):
        return pc.binary_join(column, ";")
    return pa.chunked_array([pa.array([_cell(value) for value in column.to_pylist()], pa.string())])
