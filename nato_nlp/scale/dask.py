"""Tag on a `distributed` cluster: a Dask DataFrame, or a folder of files into a folder of parts."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from nato_nlp._validate import need
from nato_nlp.errors import InputError, MissingExtraError
from nato_nlp.models.tagger import Tagger
from nato_nlp.scale.batch import tag_batch
from nato_nlp.scale.chunks import Chunk, Place, read_chunks
from nato_nlp.scale.parts import MODEL, Parts, whole
from nato_nlp.scale.records import Reading
from nato_nlp.scale.sources import Source, find_sources
from nato_nlp.scale.stream import (
    DOCUMENTS_OF_BATCH,
    LINES_OF_BATCH,
    Run,
    Streamed,
    explaining_full,
    model_sha256,
    summary,
)
from nato_nlp.scale.tagging import Part, Tagging, write_part

EXTRA = "scale"
AHEAD = 4  # files a worker thread that the scheduler knows of


def tag_dataframe(frame: Any, tagger: Tagger, *, text: str = "text", columns: Sequence[str] | None = None) -> Any:
    """Tag a Dask DataFrame whose rows are one sentence each.

    Parameters
    ----------
    frame : dask.dataframe.DataFrame
    tagger : Tagger
        Goes to each worker once, not with each partition.
    text : str
        Column of texts.
    columns : sequence of str, optional
        Columns of the result, in this order; None is those of the frame, then the tags.

    Returns
    -------
    dask.dataframe.DataFrame
        Lazy, with the divisions and the index of the frame; its columns are of Arrow types.

    Raises
    ------
    MissingExtraError
        Dask is not installed.
    InputError
        As `tag_batch` raises it, for columns now, for texts when it is computed.

    Examples
    --------
    >>> import dask.dataframe as dd  # doctest: +SKIP
    >>> tag_dataframe(dd.read_parquet("wire/"), load_tagger(), text="body").to_parquet("tagged/")  # doctest: +SKIP
    """
    need("dask", EXTRA)
    meta = _tag_frame(frame._meta.iloc[:0], tagger, text, columns)
    return frame.map_partitions(_tag_frame, _model(tagger), text, columns, meta=meta)


def _model(tagger: Tagger) -> Any:
    """Return what stands for the tagger in a graph: one key, which a worker fetches when it first needs it."""
    delayed = need("dask", EXTRA).delayed
    try:
        client = need("distributed", EXTRA).get_client()
    except (MissingExtraError, ValueError):  # no cluster: threads or processes of Dask's own
        return delayed(tagger, name=f"nato-nlp-{model_sha256(tagger)}", traverse=False)
    return delayed(sent_once(client, tagger, model_sha256(tagger)))


def sent_once(client: Any, value: Any, sha256: str) -> Any:
    """Return a future of a value that goes to the cluster once, and from worker to worker where it is needed.

    A task and no scattered data: when every worker that holds it is lost, the scheduler makes it again.
    """
    config = need("dask", EXTRA).config
    with config.set({"distributed.admin.large-graph-warning-threshold": "1GiB"}):  # a model is large, and goes once
        return client.submit(_itself, value, key=f"nato-nlp-{sha256}-{uuid4().hex}", pure=False)


def _tag_frame(frame: Any, tagger: Tagger, text: str, columns: Sequence[str] | None) -> Any:
    import pandas as pd
    import pyarrow as pa

    table = pa.Table.from_pandas(frame, preserve_index=False).combine_chunks()
    kind = table.schema.field(text).type if text in table.column_names else None
    if not len(frame) and kind is not None and pa.types.is_null(kind):  # an empty partition of objects
        table = table.set_column(table.column_names.index(text), text, pa.array([], pa.string()))
    batches = table.to_batches() or [pa.RecordBatch.from_pylist([], schema=table.schema)]
    tagged = tag_batch(batches[0], tagger, text=text, columns=columns)
    result = tagged.to_pandas(types_mapper=pd.ArrowDtype)
    result.index = frame.index
    return result


def tag_folder(
    client: Any,
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
    format: str = "parquet",
    errors: str = "strict",
    on_error: str = "stop",
    resume: bool = True,
    progress: Callable[[int], None] | None = None,
) -> Streamed:
    """Tag files on a cluster: each becomes one part, in the order of the files.

    Parameters
    ----------
    client : distributed.Client
        Its workers see source and sink under the same paths.
    tagger : Tagger
        Goes to each worker once.
    source, sink, text, id, date, keep, split, columns, format, errors, on_error, resume, progress
        As `tag_dataset` has them; the sink is a folder.

    Returns
    -------
    Streamed

    Raises
    ------
    MissingExtraError
        ``distributed`` is not installed.
    InputError
        As `tag_dataset` raises it.

    Notes
    -----
    The parts hold the rows of `tag_dataset`, cut where files end. What a lost worker had begun is done again by another one;
    a part has its name only when it is whole. A run that was killed goes on with the files that have no part yet.
    """
    need("distributed", EXTRA)
    reading = Reading(
        text=text,
        id=id,
        date=date,
        keep=tuple(keep),
        lines=not split,
        errors=errors,
        on_error=on_error,
        rows=DOCUMENTS_OF_BATCH if split else LINES_OF_BATCH,
    )
    run = Run(
        tagger=tagger,
        sources=find_sources(source),
        sink=Path(sink).absolute(),
        format=format,
        reading=reading,
        columns=columns,
        part_rows=0,  # a part is a file, however long
    )
    parts = run.parts(resume=resume)
    with explaining_full(parts), parts.opened():
        resumed = len(parts.entries)
        if not parts.complete:
            _all_files(client, run, parts, progress)
            parts.finish()
    return summary(parts, resumed)


def _all_files(client: Any, run: Run, parts: Parts, progress: Callable[[int], None] | None) -> None:
    """Let the cluster make the parts that are missing."""
    as_completed = need("distributed", EXTRA).as_completed
    model = sent_once(client, run.tagging, parts.head[MODEL])
    missing = iter([number for number in range(len(run.sources)) if number not in parts.entries])
    threads = sum(client.nthreads().values()) or 1
    futures: dict[Any, int] = {}

    def another() -> Iterator[Any]:
        for number in missing:
            source = _absolute(run.sources[number])
            arguments = (model, source, run.reading, run.schema, str(parts.path(number)))
            future = client.submit(tag_file, *arguments, pure=False)
            futures[future] = number
            yield future
            return

    first = [future for _ in range(AHEAD * threads) for future in another()]
    waiting = as_completed(first)
    for future in waiting:
        entry = future.result()
        parts.record(futures.pop(future), entry)
        if progress:
            progress(entry["rows"])
        for following in another():
            waiting.add(following)


def _itself(value: Any) -> Any:
    return value


def _absolute(source: Source) -> Source:
    """Return a source whose path means the same in every process."""
    return source if source.filesystem is not None else replace(source, path=os.path.abspath(source.path))


def tag_file(tagging: Tagging, source: Source, reading: Reading, schema: Any, path: str) -> dict[str, Any]:
    """Tag one file into one part; what the manifest says of it.

    Raises
    ------
    InputError
        A file or record that can't be read; the folder of the part is not there.
    """
    target = Path(path)
    if not target.parent.is_dir():
        raise InputError(f"{target.parent} must be a folder that every worker sees, got none")
    part = Part(1)
    chunks: Iterator[Chunk] = read_chunks([source], reading, Place())
    with whole(target, mark=f"{uuid4().hex}-") as stream:  # a worker that was taken for lost may still write
        write_part(stream, chunks, tagging, schema, part)
    return part.entry()
