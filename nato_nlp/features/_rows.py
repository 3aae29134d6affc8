"""Texts as UTF-8 in one buffer, chunk by chunk, from whatever holds them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from nato_nlp._kernels.layout import MASKED, NO_REGION, READ_PAST, Text
from nato_nlp._validate import check_same_length, check_texts, must_be
from nato_nlp.errors import InputError
from nato_nlp.features._letters import SIGMA, settle_sigma

CHUNK_BYTES = 1 << 17  # of text that a kernel gets at once; its rows then stay in the second-level cache
SEQUENCE = "a sequence of str, one a sentence"
Span = tuple[int, int, int]


class Rows(Protocol):
    """Texts that can be cut into chunks: ``ends`` are the running sums of their lengths."""

    ends: npt.NDArray[np.int64]

    def text(self, start: int, stop: int, lowercase: bool) -> Text:
        """Return some rows as the kernels want them."""


@dataclass
class ListRows:
    """Texts as Python strings."""

    items: list[str]
    ends: npt.NDArray[np.int64]

    def text(self, start: int, stop: int, lowercase: bool) -> Text:
        """Return some rows as the kernels want them."""
        data, cuts = utf8(self.items[start:stop], lowercase)
        return _plain(data, cuts)


@dataclass
class ArrowRows:
    """Texts in the buffers of one Arrow array of type large_string."""

    array: Any
    ends: npt.NDArray[np.int64]
    offsets: npt.NDArray[np.int64]
    data: npt.NDArray[np.uint8]

    def text(self, start: int, stop: int, lowercase: bool) -> Text:
        """Return some rows as the kernels want them."""
        cuts = self.offsets[start : stop + 1] - self.offsets[start]
        data = self.data[self.offsets[start] : self.offsets[stop]]
        if len(data) and data.max() >= 0x80:
            try:
                sigma = lowercase and SIGMA in data.tobytes().decode()
            except UnicodeDecodeError as error:
                row = start + int(np.searchsorted(cuts, error.start, side="right")) - 1
                raise InputError(f"texts must be UTF-8, got other bytes at index {row}") from None
            if sigma:
                data, cuts = utf8(self.array[start:stop].to_pylist(), lowercase)
        return _plain(data, cuts)


@dataclass
class RegionRows:
    """Texts as Python strings, each cut into segments of one region."""

    pieces: list[list[str]]
    numbers: list[list[int]]
    ends: npt.NDArray[np.int64]

    def text(self, start: int, stop: int, lowercase: bool) -> Text:
        """Return some rows as the kernels want them."""
        data, cuts = utf8([piece for row in self.pieces[start:stop] for piece in row], False)
        numbers = np.asarray([number for row in self.numbers[start:stop] for number in row], np.int32)
        rows = np.fromiter(accumulate(map(len, self.pieces[start:stop]), initial=0), np.int64, stop - start + 1)
        return Text(*_padded(data), cuts, numbers, rows)


def utf8(items: Sequence[str], lowercase: bool) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Return the texts as UTF-8 and their bounds in bytes; capital sigmas are lower-cased when ``lowercase``."""
    joined = "".join(items)
    if joined.isascii():
        sizes, data = map(len, items), joined.encode()
    else:
        if lowercase and SIGMA in joined:
            items = [settle_sigma(item) for item in items]
        coded = [item.encode("utf-8", "surrogatepass") for item in items]
        sizes, data = map(len, coded), b"".join(coded)
    return np.frombuffer(data, np.uint8), np.fromiter(accumulate(sizes, initial=0), np.int64, len(items) + 1)


def _plain(data: npt.NDArray[np.uint8], cuts: npt.NDArray[np.int64]) -> Text:
    return plain_text(*_padded(data), cuts)


def plain_text(data: npt.NDArray[np.uint8], words: npt.NDArray[np.uint64], cuts: npt.NDArray[np.int64]) -> Text:
    """Return rows without regions, of bytes that may be read in whole words."""
    count = len(cuts) - 1
    return Text(data, words, cuts, np.full(count, NO_REGION, np.int32), np.arange(count + 1))


def _padded(data: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint64]]:
    """Return a copy of bytes that may be read in whole words, and these words."""
    words = np.empty((len(data) + READ_PAST) // 8, np.uint64)
    words[len(data) // 8 :] = 0
    copy = words.view(np.uint8)
    copy[: len(data)] = data
    return copy[: len(data)], words


def as_rows(texts: Any, regions: Iterable[Iterable[Span]] | None, lowercase: bool) -> Rows:
    """Take texts from a list, tuple, iterable, NumPy array, pandas or Polars series or Arrow array.

    Raises
    ------
    InputError
        A string instead of a sequence; an item that is not a str (its index is named); regions that do not fit the texts.
    """
    if isinstance(texts, ListRows | ArrowRows | RegionRows):
        return texts
    if regions is None and _is_arrow(texts):
        return _arrow_rows(texts)
    items = texts if isinstance(texts, list) and {str}.issuperset(map(type, texts)) else check_texts(texts)
    if regions is not None:
        return _region_rows(items, list(regions), lowercase)
    return ListRows(items, np.cumsum(np.fromiter(map(len, items), np.int64, len(items))))


def _is_arrow(texts: Any) -> bool:
    if isinstance(texts, list | tuple | np.ndarray) or str(getattr(texts, "dtype", "")) == "object":
        return False
    return hasattr(texts, "__arrow_c_stream__") or hasattr(texts, "__arrow_c_array__")


def _arrow_rows(texts: Any) -> Rows:
    import pyarrow as pa

    try:
        array = (
            texts
            if isinstance(texts, pa.ChunkedArray)
            else pa.chunked_array(texts if hasattr(texts, "__arrow_c_stream__") else [texts])
        )
    except (TypeError, pa.ArrowException):
        raise must_be("texts", SEQUENCE, texts) from None
    if pa.types.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    if array.null_count:
        raise must_be("texts", "a sequence of str", None, where=f" at index {array.is_null().to_pylist().index(True)}")
    if not (
        pa.types.is_string(array.type) or pa.types.is_large_string(array.type) or pa.types.is_string_view(array.type)
    ):
        if len(array):
            raise must_be("texts", "a sequence of str", array[0].as_py(), where=" at index 0")
        return ListRows([], np.zeros(0, np.int64))
    return _arrow_buffers(array.cast(pa.large_string()), pa)


def _arrow_buffers(chunked: Any, pa: Any) -> ArrowRows:
    array = (
        chunked.chunk(0)
        if chunked.num_chunks == 1
        else pa.concat_arrays(chunked.chunks or [pa.array([], pa.large_string())])
    )
    _, offsets, data = array.buffers()
    places = np.zeros(1, np.int64)
    if len(array):
        places = np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1]
    codes = np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(0, np.uint8)
    return ArrowRows(array, places[1:] - places[0], places, codes)


def _region_rows(items: list[str], regions: list[Iterable[Span]], lowercase: bool) -> RegionRows:
    check_same_length("texts", items, "regions", regions)
    pieces, numbers = [], []
    for index, (text, spans) in enumerate(zip(items, regions, strict=True)):
        bounds, found = _segments(len(text), [tuple(span) for span in spans], index)
        settled = settle_sigma(text) if lowercase else text
        pieces.append([settled[a:b] for a, b in pairwise(bounds)])
        numbers.append(found)
    return RegionRows(pieces, numbers, np.cumsum(np.fromiter(map(len, items), np.int64, len(items))))


def _segments(length: int, spans: list[Any], index: int) -> tuple[list[int], list[int]]:
    """Cut a text at its spans; what lies between them is region 0."""
    bounds, numbers = [0], []
    for span in spans:
        if len(span) != 3 or not bounds[-1] <= span[0] <= span[1] <= length or span[2] >= 2**23:
            expected = f"spans (start, end, number) in order, without overlap, within {length} characters"
            raise must_be("regions", expected, span, where=f" at index {index}")
        bounds += [span[0], span[1]]
        numbers += [0, MASKED if span[2] < 0 else span[2]]
    return [*bounds, length], [*numbers, 0]


def chunks(rows: Rows) -> Iterator[tuple[int, int]]:
    """Yield bounds of consecutive rows with about `CHUNK_BYTES` of text; a longer row stands alone."""
    ends, start = rows.ends, 0
    while start < len(ends):
        before = ends[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, before + CHUNK_BYTES, side="right")))
        stop = min(stop, start + CHUNK_BYTES // 8)
        yield start, stop
        start = stop
