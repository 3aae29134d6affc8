"""From files to Arrow batches of texts: bounded in rows and bytes, cut at the same places whenever they are read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from nato_nlp.errors import InputError
from nato_nlp.scale.records import ParquetRecords, Reading, TextRecords, batch_of
from nato_nlp.scale.sources import Source


@dataclass(frozen=True)
class Place:
    """Where reading goes on.

    Attributes
    ----------
    file : int
        Number of the file.
    record : int
        Records of it that were read.
    doc : str or None
        Document of the last one.
    index : int
        Index of that document's next sentence, where records are sentences.
    """

    file: int = 0
    record: int = 0
    doc: str | None = None
    index: int = 0


@dataclass(frozen=True, eq=False)
class Chunk:
    """A batch of records.

    Attributes
    ----------
    batch : pyarrow.RecordBatch
        Columns ``doc``, ``text``, the kept ones, and ``index`` where records are sentences.
    place : Place
        Behind its last record.
    skipped : tuple of str
        What was left out before that, since the batch before.
    """

    batch: Any
    place: Place
    skipped: tuple[str, ...] = ()


def read_chunks(sources: Sequence[Source], reading: Reading, place: Place | None = None) -> Iterator[Chunk]:
    """Read files as batches, from a place on.

    Yields
    ------
    Chunk
        Whatever the place, the batches behind it are those of a reading from the beginning. The last may have no row.

    Raises
    ------
    MissingFileError
        A file can't be opened.
    InputError
        A file or record that can't be read; nothing of this when errors are to be skipped.
    """
    place = Place() if place is None else place
    gathering = _Gathering(reading, place)
    for number in range(place.file, len(sources)):
        if number > place.file:
            gathering.begin(number)
        for item in _from(place.record if number == place.file else 0, _items(sources[number], reading)):
            yield from gathering.add(item)
    if gathering.waits:
        yield gathering.close()


def _from(skip: int, items: Iterator[Any]) -> Iterator[Any]:
    """Leave out the first records, and what was said before the last of them."""
    for item in items:
        if isinstance(item, str):
            if not skip:
                yield item
        elif skip < item.num_rows:
            yield item.slice(skip)
            skip = 0
        else:
            skip -= item.num_rows


@dataclass
class _Gathering:
    """Gathers records until a batch is full: that depends on the records alone, not on how they came."""

    reading: Reading
    place: Place
    _pieces: list[Any] = field(default_factory=list)
    _files: list[int] = field(default_factory=list)  # rows of the batch with which a file begins
    _skipped: list[str] = field(default_factory=list)
    _rows: int = 0
    _bytes: int = 0

    @property
    def waits(self) -> bool:
        """Whether something was not handed out yet."""
        return bool(self._pieces or self._skipped)

    def begin(self, number: int) -> None:
        """Take note that a file begins."""
        self.place = replace(self.place, file=number, record=0)
        self._files.append(self._rows)

    def add(self, item: Any) -> Iterator[Chunk]:
        """Take records, or the message for one that was left out."""
        if isinstance(item, str):
            self._skipped.append(item)
            return
        while item.num_rows:
            taken = item.slice(0, self._fitting(item))
            item = item.slice(taken.num_rows)
            self._pieces.append(taken)
            self._rows += taken.num_rows
            self.place = replace(self.place, record=self.place.record + taken.num_rows)
            if self._rows >= self.reading.rows or self._bytes >= self.reading.bytes:
                yield self.close()

    def _fitting(self, item: Any) -> int:
        import pyarrow.compute as pc

        room = item.slice(0, self.reading.rows - self._rows)
        sizes = np.cumsum(pc.binary_length(room.column("text")).to_numpy(zero_copy_only=False), dtype=np.int64)
        count = min(int(np.searchsorted(sizes, self.reading.bytes - self._bytes)) + 1, room.num_rows)
        self._bytes += int(sizes[count - 1])
        return int(count)

    def close(self) -> Chunk:
        """Hand out what was gathered."""
        import pyarrow as pa

        batch = (
            pa.concat_batches(self._pieces)
            if self._pieces
            else batch_of([], [], [[] for _ in self.reading.keep], self.reading)
        )
        if self.reading.lines:
            batch = self._numbered(batch)
        chunk = Chunk(batch, self.place, tuple(self._skipped))
        self._pieces, self._files, self._skipped, self._rows, self._bytes = [], [], [], 0, 0
        return chunk

    def _numbered(self, batch: Any) -> Any:
        """Add each sentence's index: neighbours in one file with one name are one document."""
        import pyarrow as pa
        import pyarrow.compute as pc

        docs, count = batch.column("doc"), batch.num_rows
        places = np.arange(count)
        begins = np.zeros(count, bool)
        if count:
            begins[1:] = pc.not_equal(docs.slice(1), docs.slice(0, count - 1)).to_numpy(zero_copy_only=False)
            begins[0] = docs[0].as_py() != self.place.doc
            begins[[row for row in self._files if row < count]] = True
        last = np.maximum.accumulate(np.where(begins, places, -1))
        index = np.where(last < 0, places + self.place.index, places - last)
        if count:
            self.place = replace(self.place, doc=docs[-1].as_py(), index=int(index[-1]) + 1)
        return batch.append_column("index", pa.array(index, pa.int64()))


def _items(source: Source, reading: Reading) -> Iterator[Any]:
    """Yield batches of a file's records, and a message for each that is left out."""
    reader = ParquetRecords if source.kind == ".parquet" else TextRecords
    try:
        yield from reader(source, reading)
    except InputError as error:
        if reading.on_error == "stop":
            raise
        yield str(error)
