"""One Arrow batch in, one Arrow batch out: what streams and engines map over their data."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from nato_nlp._validate import must_be, unknown_name
from nato_nlp.errors import InputError
from nato_nlp.models.scope import documents_in_scope
from nato_nlp.models.tagger import Tagger
from nato_nlp.text.sentences import sentence_spans

ROWS_AT_ONCE = 2048  # sentences that are scored at once: they bound the memory, whatever the size of the batch
PLACES = (
    "doc",
    "index",
    "start",
    "end",
    "text",
)  # what a sentence is and where it stands; the rest is what is told of it


def tag_batch(batch: Any, tagger: Tagger, *, text: str = "text", columns: Sequence[str] | None = None) -> Any:
    """Tag a batch whose rows are one sentence each.

    Parameters
    ----------
    batch : pyarrow.RecordBatch
        Any columns beside that of the texts.
    tagger : Tagger
        Is not changed: threads may share it.
    text : str
        Name of the column of texts, of a string type, without nulls.
    columns : sequence of str, optional
        Columns of the result, in this order; None is all.

    Returns
    -------
    pyarrow.RecordBatch
        One row for each row, in the same order: the columns of the batch, then those that `Tags.to_arrow` has for a sentence
        (``boilerplate``, ``stance``, ``quad``, ``topics``, probabilities, ``in_scope`` of each row by itself).

    Raises
    ------
    InputError
        A column that is not there or of another type, a null or a text that is not UTF-8 (its row is named), or a wanted
        column that both the batch and the result have.

    Notes
    -----
    A pure function: the result depends on nothing else, and rows do not depend on each other. Memory is that of the result
    and of the scores of `ROWS_AT_ONCE` sentences.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from nato_nlp import load_tagger
    >>> batch = pa.record_batch({"id": [7], "text": ["Troops shelled the border town."]})
    >>> tag_batch(batch, load_tagger(), columns=["id", "stance"]).to_pylist()
    [{'id': 7, 'stance': 'dispute'}]
    """
    texts = texts_of(batch, text)
    source = dict(zip(batch.schema.names, batch.columns, strict=True))
    tags = _tagged(texts, tagger)
    return _chosen(source, tags.columns, columns, tags.metadata)


def tag_documents_batch(batch: Any, tagger: Tagger, *, text: str = "text", columns: Sequence[str] | None = None) -> Any:
    """Split the documents of a batch into sentences and tag these.

    Parameters
    ----------
    batch : pyarrow.RecordBatch
        One document a row.
    tagger, text, columns
        As `tag_batch` has them.

    Returns
    -------
    pyarrow.RecordBatch
        One row a sentence, in order: the columns of its document, with the sentence in the place of the document's text, then
        ``index``, ``start`` and ``end`` (in characters of the document), then the tags, ``in_scope`` of the whole document. A
        document without a sentence has no row.

    Raises
    ------
    InputError
        As `tag_batch` does.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from nato_nlp import load_tagger
    >>> batch = pa.record_batch({"id": ["a"], "text": ["Lima and Quito agreed to meet. Lima expelled the envoy."]})
    >>> tag_documents_batch(batch, load_tagger(), columns=["id", "index", "start", "stance"]).to_pylist()[1]
    {'id': 'a', 'index': 1, 'start': 31, 'stance': 'dispute'}
    """
    import pyarrow as pa

    documents = texts_of(batch, text)
    found = [sentence_spans(document) for document in documents]
    spans = np.asarray([span for document in found for span in document], np.int64).reshape(-1, 2)
    counts = np.fromiter(map(len, found), np.int64, len(found))
    rows = np.repeat(np.arange(len(found)), counts)
    first = np.repeat(np.cumsum(counts) - counts, counts)
    texts = [document[a:b] for document, inside in zip(documents, found, strict=True) for a, b in inside]
    source = {name: column.take(pa.array(rows)) for name, column in zip(batch.schema.names, batch.columns, strict=True)}
    source[text] = pa.array(texts, pa.string())
    places = {
        "index": pa.array(np.arange(len(rows)) - first),
        "start": pa.array(spans[:, 0]),
        "end": pa.array(spans[:, 1]),
    }
    tags = _tagged(texts, tagger)
    if tags.known_words is not None:
        tags.columns["in_scope"] = pa.array(documents_in_scope(tags.known_words, rows, documents)[rows])
    return _chosen(source, places | tags.columns, columns, tags.metadata)


def texts_of(batch: Any, name: str) -> list[str]:
    """Return a column of texts as strings.

    Raises
    ------
    InputError
        The column is not there or of another type, or a row holds a null or bytes that are not UTF-8.
    """
    names = batch.schema.names
    if name not in names:
        raise unknown_name("column", name, names)
    column = batch.column(names.index(name))
    kind = text_type(column.type)
    if kind is None:
        raise InputError(f"column {name!r} must be of type string, got {column.type}")
    if column.null_count:
        row = column.is_null().to_pylist().index(True)
        raise InputError(f"column {name!r} must hold a string in every row, got null at row {row}")
    try:
        texts: list[str] = column.to_pylist()
    except UnicodeDecodeError:
        row = next(k for k in range(len(column)) if not _is_text(column[k]))
        raise InputError(f"column {name!r} must be UTF-8, got other bytes at row {row}") from None
    return texts


def text_type(kind: Any) -> Any:
    """Return the type of strings that an Arrow type holds, seen through a dictionary; None for another type."""
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    known = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    return kind if known else None


def _is_text(value: Any) -> bool:
    try:
        value.as_py()
    except UnicodeDecodeError:
        return False
    return True


class _Columns:
    """What is told of sentences, by name, and how many of their words are known."""

    def __init__(self, table: Any, known_words: list[Any]) -> None:
        self.metadata: Mapping[bytes, bytes] | None = table.schema.metadata
        self.columns: dict[str, Any] = {
            name: _joined(table.column(name)) for name in table.column_names if name not in PLACES
        }
        self.known_words = None if known_words[0] is None else np.concatenate(known_words)


def _tagged(texts: list[str], tagger: Tagger) -> _Columns:
    import pyarrow as pa

    tables, known_words = zip(*_tables(texts, tagger), strict=True)
    return _Columns(pa.concat_tables(tables), list(known_words))


def _tables(texts: list[str], tagger: Tagger) -> Iterator[tuple[Any, Any]]:
    """Yield the tables of some sentences each, with the counts of their words."""
    for start in range(0, max(len(texts), 1), ROWS_AT_ONCE):
        tags = tagger.tag_sentences(texts[start : start + ROWS_AT_ONCE])
        yield tags.to_arrow(), tags.known_words


def _joined(column: Any) -> Any:
    import pyarrow as pa

    joined = column.combine_chunks()
    return pa.concat_arrays(joined.chunks) if isinstance(joined, pa.ChunkedArray) else joined


def _chosen(
    source: Mapping[str, Any],
    made: Mapping[str, Any],
    wanted: Sequence[str] | None,
    metadata: Mapping[bytes, bytes] | None,
) -> Any:
    import pyarrow as pa

    names = check_columns([*source, *made], wanted)
    twice = [name for name in names if name in source and name in made]
    if twice:
        raise must_be("batch", f"without a column {twice[0]!r}, which the result has", list(source))
    schema_of = {name: (made if name in made else source)[name] for name in names}
    batch = pa.record_batch(list(schema_of.values()), names=list(schema_of))
    return batch.replace_schema_metadata(metadata)


def check_columns(known: Sequence[str], wanted: Sequence[str] | None) -> list[str]:
    """Return the names of the wanted columns; None is all.

    Raises
    ------
    InputError
        A single string, no name at all, a name that is not known, or one given twice.
    """
    if wanted is None:
        return list(known)
    if isinstance(wanted, str) or not wanted or len(set(wanted)) < len(list(wanted)):
        raise must_be("columns", "a sequence of different names", wanted)
    for name in wanted:
        if name not in known:
            raise unknown_name("column", name, dict.fromkeys(known))
    return list(wanted)
