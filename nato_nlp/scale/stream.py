"""Tag files of any size: reading, splitting, scoring and writing at the same time, memory bound by the batch."""

import errno
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from nato_nlp._validate import must_be
from nato_nlp.datasets.download import sha256_of
from nato_nlp.errors import InputError
from nato_nlp.models.scope import many_out_of_scope
from nato_nlp.models.tagger import Tagger
from nato_nlp.scale.chunks import Chunk, Place, read_chunks
from nato_nlp.scale.parts import MODEL, Parts, skipped_of, whole
from nato_nlp.scale.records import Reading
from nato_nlp.scale.rows import check_keep
from nato_nlp.scale.sources import Source, find_sources
from nato_nlp.scale.tagging import Part, Strange, Tagged, Tagging
from nato_nlp.scale.workers import Ahead, Crew, count_of
from nato_nlp.scale.writers import Format, Writer, format_of

LINES_OF_BATCH, DOCUMENTS_OF_BATCH = 4096, 256
PART_ROWS = 500_000  # sentences of a part: what a kill can cost is the time that these take
WAITING = 4  # batches that wait for a worker
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass
class Streamed:
    """What a run did.

    Attributes
    ----------
    rows : int
        Sentences in the result.
    paths : list of Path
        Its files.
    resumed : int
        Parts that were whole before.
    skipped : list of str
        Files and records that were left out.
    notes : list of str
        What a reader of the result should know.
    """

    rows: int = 0
    paths: list[Path] = field(default_factory=list)
    resumed: int = 0
    skipped: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def tag_dataset(
    tagger: Tagger,
    source: Any,
    sink: str | Path,
    *,
    text: str = "text",
    id: str | None = None,
    date: str = "date",
    keep: Sequence[str] = (),
    split: bool = True,
    columns: Sequence[str] | None = None,
    format: str | None = None,
    batch_rows: int | None = None,
    part_rows: int = PART_ROWS,
    workers: int | None = None,
    errors: str = "strict",
    on_error: str = "stop",
    resume: bool = True,
    progress: Callable[[int], None] | None = None,
) -> Streamed:
    """Tag the texts of files and write one row a sentence, in order.

    Parameters
    ----------
    tagger : Tagger
    source : path, iterable of paths or pyarrow.dataset.Dataset
        Parquet, JSONL, CSV, TSV or text files, the latter four also as ``.gz`` and ``.zst``; folders, globs, folders called
        ``key=value``. See `find_sources`.
    sink : path
        A file that ends in one of `FORMATS`, or a folder, which gets parts and a manifest.
    text : str
        Column of texts.
    id : str, optional
        Column that names documents; None takes ``id`` where there is one. Others are called FILE:NUMBER.
    date : str
        Column that is kept as ``date`` where ``keep`` has that; it may be missing.
    keep : sequence of str
        Columns to keep, as strings: their types may differ between files.
    split : bool
        Split each text into sentences; False takes each record, or line of a text file, as one sentence.
    columns : sequence of str, optional
        Columns of the result, in this order; None is all.
    format : str, optional
        One of `FORMATS`; None goes by the ending of the sink, Parquet for a folder.
    batch_rows : int, optional
        Records that go through together; None is 4096 sentences or 256 documents.
    part_rows : int
        Sentences after which a part ends.
    workers : int, optional
        How many batches are tagged at once, one for each core when None: in processes where texts are split, in threads of
        this process otherwise and for 1.
    errors : {'strict', 'replace'}
        Bytes that are not UTF-8 raise an error, or become U+FFFD.
    on_error : {'stop', 'skip'}
        Raise at the first file or record that can't be read, or leave it out.
    resume : bool
        Go on with a run that was begun in the folder, by the same model, input and options.
    progress : callable, optional
        Called with the number of new rows after each batch.

    Returns
    -------
    Streamed
        Counts, files, and what was left out.

    Raises
    ------
    InputError
        A wrong parameter, a file or record that can't be read, a folder of another run, or a model, input or option that
        changed since the run began.
    OSError
        The result can't be written; parts that are whole stay.

    Notes
    -----
    The rows are those of `Tags.to_arrow`. A folder can be gone on with after the process was killed at any moment, and then
    holds the same bytes as after an unbroken run; a single file is written anew. The result does not depend on ``workers``.
    ``index`` counts the sentences of a document: where records are sentences, neighbours in one file with one name.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from nato_nlp import load_tagger
    >>> with TemporaryDirectory() as folder:
    ...     _ = Path(folder, "a.txt").write_text("Lima and Quito agreed to meet. Lima expelled the envoy.")
    ...     done = tag_dataset(load_tagger(), Path(folder, "a.txt"), Path(folder, "tagged"), workers=1)
    ...     done.rows, [path.name for path in done.paths]
    (2, ['part-00000.parquet'])
    """
    run = Run(
        tagger=tagger,
        sources=find_sources(source),
        sink=Path(sink),
        format=format,
        reading=Reading(
            text=text,
            id=id,
            date=date,
            keep=tuple(keep),
            lines=not split,
            errors=errors,
            on_error=on_error,
            rows=_positive("batch_rows", batch_rows, DOCUMENTS_OF_BATCH if split else LINES_OF_BATCH),
        ),
        columns=columns,
        part_rows=_positive("part_rows", part_rows, PART_ROWS),
    )
    count = count_of(workers)
    single = format_of(run.sink)
    if single is not None and not run.sink.is_dir():
        return run.to_file(count, progress)
    return run.to_parts(count, progress, resume=resume)


def _positive(name: str, value: Any, default: int) -> int:
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise must_be(name, "an int from 1 on", value)
    return value


class Run:
    """A run with its parameters checked; see `tag_dataset`.

    Attributes
    ----------
    tagging : Tagging
        What the workers do.
    schema : pyarrow.Schema
        Of the result.
    """

    def __init__(
        self,
        *,
        tagger: Tagger,
        sources: Sequence[Source],
        sink: Path,
        format: str | None,
        reading: Reading,
        columns: Sequence[str] | None,
        part_rows: int,
    ) -> None:
        check_keep(reading.keep)
        single = format_of(sink)
        kind = Format(format) if format is not None else single or Format("parquet")
        if single is not None and single != kind and not sink.is_dir():
            raise must_be("format", f"{single.name!r}, as the sink ends", kind.name)
        wanted = None if columns is None else columns if isinstance(columns, str) else tuple(columns)
        self.tagging = Tagging(tagger, reading.lines, reading.keep, wanted, kind)  # type: ignore[arg-type]
        self.schema = self.tagging.schema()
        self.sources, self.sink, self.reading = sources, sink, reading
        self.part_rows = part_rows
        self._check_apart()

    def _check_apart(self) -> None:
        """Raise `InputError` when the result would lie among what is read, or in its place."""
        sink = os.path.realpath(self.sink)
        for source in self.sources:
            path = os.path.realpath(source.path)
            if source.filesystem is None and (path == sink or path.startswith(sink + os.sep)):
                raise must_be("sink", "apart from the source", str(self.sink))

    def options(self) -> dict[str, Any]:
        """Return what the result depends on beside model and input."""
        options = asdict(self.reading)
        del options["on_error"]  # a run that a bad file stopped may go on without that file
        columns = self.tagging.columns
        more = {"columns": None if columns is None else list(columns), "format": self.tagging.format.name}
        return options | {"keep": list(self.reading.keep), "part_rows": self.part_rows} | more

    def parts(self, *, resume: bool) -> Parts:
        """Return the folder of the result."""
        if self.sink.exists() and not self.sink.is_dir():
            raise must_be("sink", "a folder, or a file with a known ending", str(self.sink))
        identity = {MODEL: model_sha256(self.tagging.tagger), "options": self.options()}
        inputs = [source.digest() for source in self.sources]
        return Parts(self.sink, self.tagging.format.name, identity, inputs, resume=resume)

    def to_file(self, workers: int, progress: Callable[[int], None] | None) -> Streamed:
        """Write one file."""
        if not self.sink.parent.is_dir():
            raise InputError(f"{self.sink.parent} is not there: expected a folder to write {self.sink.name} into")
        done, strange = Streamed(paths=[self.sink]), Strange()
        with (
            explaining_full(),
            whole(self.sink) as stream,
            self._tagged(workers, Place()) as tagged,
            closing(self._writer(stream)) as writer,
        ):
            for chunk, result in tagged:
                writer.write(result.encoded)
                done.rows += result.rows
                done.skipped += chunk.skipped
                strange = strange.plus(result.strange)
                if progress:
                    progress(result.rows)
        done.notes += _about_scope(strange)
        return done

    def to_parts(self, workers: int, progress: Callable[[int], None] | None, *, resume: bool) -> Streamed:
        """Write a folder of parts, or what is missing of one."""
        parts = self.parts(resume=resume)
        with explaining_full(parts), parts.opened():
            resumed = len(parts.entries)
            if not parts.complete:
                last = parts.entries[resumed - 1]["end"] if resumed else {}
                with self._tagged(workers, Place(**last)) as tagged:
                    self._write_parts(parts, tagged, progress)
                parts.finish()
        return summary(parts, resumed)

    def _write_parts(self, parts: Parts, tagged: Iterator[Any], progress: Callable[[int], None] | None) -> None:
        following = next(tagged, None)
        while following is not None or not parts.entries:
            number = len(parts.entries)
            part = Part(self.part_rows)
            with whole(parts.path(number)) as stream, closing(self._writer(stream)) as writer:
                while following is not None and not part.full:
                    part.add(following[0], following[1], writer)
                    if progress:
                        progress(following[1].rows)
                    following = None if part.full else next(tagged, None)
            parts.record(number, part.entry())
            following = following or next(tagged, None)

    def _writer(self, stream: IO[bytes]) -> Writer:
        return self.tagging.format.writer(stream, self.schema)

    @contextmanager
    def _tagged(self, workers: int, place: Place) -> Iterator[Iterator[tuple[Chunk, Tagged]]]:
        """Give the batches with their results, in order."""
        chunks = read_chunks(self.sources, self.reading, place)
        # splitting is Python, which needs processes; most of scoring lets other threads run, and these share one model
        processes = workers > 1 and not self.reading.lines
        with Crew(self.tagging, workers, processes=processes) as crew, Ahead(chunks, WAITING) as ahead:
            yield crew.map(iter(ahead), lambda chunk: chunk.batch)


def summary(parts: Parts, resumed: int) -> Streamed:
    """Return what a run into a folder did."""
    entries = [parts.entries[number] for number in sorted(parts.entries)]
    notes = []
    repeated = [entry["repeated"] for entry in entries if "repeated" in entry]
    if repeated:
        count = sum(found["documents"] for found in repeated)
        notes.append(
            f"{count} documents have the id of another one, such as {repeated[0]['first']!r}: their rows are all there, but"
            " the column doc does not tell them apart"
        )
    strange = Strange()
    for found in (entry["out_of_scope"] for entry in entries if "out_of_scope" in entry):
        strange = strange.plus(Strange(found["texts"], found["first"]))
    notes += _about_scope(strange)
    paths = [parts.folder / entry["file"] for entry in entries]
    return Streamed(parts.rows, paths, resumed, skipped_of(entries), notes)


def _about_scope(strange: Strange) -> list[str]:
    return [many_out_of_scope(strange.texts, strange.first)] if strange.texts else []


def model_sha256(tagger: Tagger) -> str:
    """Return the SHA-256 of the model file that `Tagger.save` writes."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "model.safetensors")
        tagger.save(path)
        return sha256_of(path)


@contextmanager
def explaining_full(parts: Parts | None = None) -> Iterator[None]:
    """Say what stays when the result can't be written."""
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        whole_parts = "nothing was written" if parts is None else f"{len(parts.entries)} whole parts stay"
        stays = whole_parts + ("" if parts is None else ", and the same call goes on behind them")
        raise OSError(error.errno, f"{os.strerror(error.errno)}: {stays}", error.filename) from error
