"""The rows of tagged sentences that go into files: documents in, one `Tags` a document or a batch of lines out."""

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from nato_nlp._validate import must_be
from nato_nlp.models.tagger import Tagger
from nato_nlp.models.tags import COLUMNS, Tags
from nato_nlp.text.documents import Document

LINES_AT_ONCE = 1024
DATE = "date"


def tag_stream(
    tagger: Tagger, documents: Iterable[Document], *, keep: Sequence[str] = (DATE,), lines: bool = False
) -> Iterator[Tags]:
    """Tag documents one after the other.

    Parameters
    ----------
    tagger : Tagger
    documents : iterable of Document
        With ``lines``, each is one sentence; neighbours with one id are one document, whose index goes on.
    keep : sequence of str
        Columns of the source that go into ``Tags.meta``; None where a source has no such column.
    lines : bool
        Take each text as one sentence, blank ones too.
    """
    check_keep(keep)
    if not lines:
        for document in documents:
            yield tagger.tag(document.text, meta=_meta(document, keep))
        return
    for batch, first in _batches(documents):
        tags = tagger.tag_sentences([document.text for document in batch], meta=_meta(batch[0], keep))
        yield replace(tags, first_index=first)


def check_keep(keep: Iterable[str]) -> None:
    """Raise `InputError` when a column to keep has the name of a column of the result, in CSV too."""
    for name in keep:
        column, dot, _ = name.partition(".")
        if name in COLUMNS or (dot and column in COLUMNS and column.endswith("_proba")):
            raise must_be("keep", f"columns other than those of the result ({', '.join(COLUMNS)})", name)


def _batches(documents: Iterable[Document]) -> Iterator[tuple[list[Document], int]]:
    """Gather neighbours of one id, with the index of the first among its document's sentences."""
    batch: list[Document] = []
    first = 0
    for document in documents:
        if batch and (document.id != batch[0].id or len(batch) == LINES_AT_ONCE):
            yield batch, first
            first = first + len(batch) if document.id == batch[0].id else 0
            batch = []
        batch.append(document)
    if batch:
        yield batch, first


def _meta(document: Document, keep: Sequence[str]) -> dict[str, Any]:
    kept = {name: document.date if name == DATE else _plain(document.metadata.get(name)) for name in keep}
    return {"doc": document.id} | kept


def _plain(value: Any) -> Any:
    """Give a value that every format can hold: numbers, strings and None stay, NaN is None, the rest becomes text."""
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)
