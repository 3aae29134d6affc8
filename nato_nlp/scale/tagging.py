"""What is done with a batch of records, and what is counted of a part of the result."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from typing import IO, Any, NamedTuple

from nato_nlp.models.tagger import Tagger
from nato_nlp.scale.batch import PLACES, check_columns, tag_batch, tag_documents_batch
from nato_nlp.scale.chunks import Chunk, Place
from nato_nlp.scale.writers import Format, Writer

MOST_SHOWN = 1000  # messages of a part that are kept


class Strange(NamedTuple):
    """How many texts (documents, or lines that are one sentence) are out of scope, and the document of the first one."""

    texts: int = 0
    first: str | None = None

    def plus(self, other: "Strange") -> "Strange":
        """Return both together."""
        return Strange(self.texts + other.texts, self.first if self.texts else other.first)


class Tagged(NamedTuple):
    """What came of a batch: how many rows, these as the format encodes them, and what is out of scope."""

    rows: int
    encoded: Any
    strange: Strange


@dataclass(frozen=True)
class Tagging:
    """What a worker does with a batch of records; picklable.

    Attributes
    ----------
    tagger : Tagger
    lines : bool
        Whether each record is a sentence.
    keep : tuple of str
    columns : tuple of str or None
        Of the result.
    format : Format
    """

    tagger: Tagger
    lines: bool
    keep: tuple[str, ...]
    columns: tuple[str, ...] | None
    format: Format

    def __call__(self, batch: Any) -> Tagged:
        """Return the encoded rows, and what there is to say of them."""
        tagged = self._all(batch)
        rows = self._ordered(tagged)
        return Tagged(rows.num_rows, self.format.encode(rows), self._strange(tagged))

    def _strange(self, tagged: Any) -> Strange:
        import pyarrow.compute as pc

        out = tagged.filter(pc.equal(tagged.column("in_scope"), False))
        if not self.lines:  # the sentences of a document are all in scope or none
            out = out.filter(pc.equal(out.column("index"), 0))
        return Strange(out.num_rows, out.column("doc")[0].as_py()) if out.num_rows else Strange()

    def tag(self, batch: Any) -> Any:
        """Return the tagged sentences as an Arrow batch."""
        return self._ordered(self._all(batch))

    def _all(self, batch: Any) -> Any:
        """Return the tagged sentences with every column."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if not self.lines:
            return tag_documents_batch(batch, self.tagger)
        tagged = tag_batch(batch, self.tagger)
        ends = pc.utf8_length(tagged.column("text")).cast(pa.int64())
        tagged = tagged.append_column("start", pa.array([0] * len(ends), pa.int64()))
        return tagged.append_column("end", ends)

    def _ordered(self, batch: Any) -> Any:
        told = [name for name in batch.schema.names if name not in (*PLACES, *self.keep)]
        return batch.select(check_columns([*PLACES, *told, *self.keep], self.columns))

    def schema(self) -> Any:
        """Return the schema of the result.

        Raises
        ------
        InputError
            A column of the result that is not there.
        """
        import pyarrow as pa

        names = ["doc", "text", *self.keep, *(["index"] if self.lines else [])]
        types = {"index": pa.int64()}
        arrays = [pa.array([], types.get(name, pa.string())) for name in names]
        return self.tag(pa.record_batch(arrays, names=names)).schema


class Part:
    """Counts what goes into a part.

    Parameters
    ----------
    most : int
        Rows from which on it is full.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._rows = 0
        self._end = Place()
        self._skipped: list[str] = []
        self._seen: set[int] = set()
        self._last: str | None = None
        self._repeated: list[str] = []
        self._strange = Strange()

    @property
    def full(self) -> bool:
        """Whether the part ends here."""
        return self._rows >= self._most

    def add(self, chunk: Chunk, result: Tagged, writer: Writer) -> None:
        """Write the result of a batch."""
        writer.write(result.encoded)
        self._rows += result.rows
        self._strange = self._strange.plus(result.strange)
        self._end = chunk.place
        self._skipped += chunk.skipped
        self._look_at(chunk.batch)

    def _look_at(self, batch: Any) -> None:
        """Find names that came before; only a hash of each is kept."""
        lines = "index" in batch.schema.names
        for doc in batch.column("doc").to_pylist():
            if lines and doc == self._last:
                continue
            self._last = doc
            if hash(doc) in self._seen:
                self._repeated.append(doc)
            self._seen.add(hash(doc))

    def entry(self) -> dict[str, Any]:
        """Return what the manifest says of the part."""
        entry: dict[str, Any] = {"rows": self._rows, "end": asdict(self._end)}
        if self._skipped:
            more = len(self._skipped) - MOST_SHOWN
            entry["skipped"] = self._skipped[:MOST_SHOWN] + ([f"and {more} more"] if more > 0 else [])
        if self._repeated:
            entry["repeated"] = {"documents": len(self._repeated), "first": self._repeated[0]}
        if self._strange.texts:
            entry["out_of_scope"] = {"texts": self._strange.texts, "first": self._strange.first}
        return entry


def write_part(stream: IO[bytes], chunks: Iterator[Chunk], tagging: Tagging, schema: Any, part: Part) -> None:
    """Tag batches in this thread and write them into one part."""
    with closing(tagging.format.writer(stream, schema)) as writer:
        for chunk in chunks:
            part.add(chunk, tagging(chunk.batch), writer)
