"""Texts in which a placeholder stands for each name."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nato_nlp._kernels.layout import READ_PAST, Text
from nato_nlp._kernels.pair_layout import Scan
from nato_nlp.features._letters import SIGMA
from nato_nlp.features._rows import ListRows, plain_text

Array = npt.NDArray[Any]
UTF8_MOST = 4  # bytes of a character


class Words(NamedTuple):
    """The placeholder of each entry of a gazetteer in UTF-8: bytes, and the E + 1 bounds; none for one that stays."""

    data: Array
    offsets: Array
    longest: int


def word_bytes(placeholders: Sequence[str | None]) -> Words:
    """Return placeholders as the kernel wants them."""
    words = [(word or "").encode() for word in placeholders]
    offsets = np.cumsum([0, *map(len, words)])
    return Words(np.frombuffer(b"".join(words), np.uint8).copy(), offsets, max(map(len, words), default=0))


def masked_text(texts: Sequence[str], scan: Scan, words: Words, lowercase: bool) -> Text:
    """Return the rows of a scan with placeholders for names, as the kernels for n-grams want them."""
    from nato_nlp._kernels.masking import mask_rows

    if lowercase and (scan.codes == ord(SIGMA)).any():  # its lower case depends on what stands around it
        masked = list(texts[scan.start : scan.stop])
        mask(masked, scan._replace(start=0), [words_of(words, k) for k in range(len(words.offsets) - 1)])
        return ListRows(masked, np.zeros(0, np.int64)).text(0, len(masked), lowercase)
    most = UTF8_MOST * len(scan.codes) + words.longest * int(scan.found.stop[-1])
    room = np.empty((most + READ_PAST) // 8 + 1, np.uint64)
    data, cuts = room.view(np.uint8), np.zeros(scan.stop - scan.start + 1, np.int64)
    mask_rows(scan.codes, scan.offsets, scan.found, words.data, words.offsets, data, cuts)
    size = int(cuts[-1])
    data[size : size + READ_PAST] = 0
    return plain_text(data[:size], room[: (size + READ_PAST) // 8], cuts)


def words_of(words: Words, entry: int) -> str | None:
    """Return the placeholder of an entry; None for one that stays."""
    return words.data[words.offsets[entry] : words.offsets[entry + 1]].tobytes().decode() or None


def mask(masked: list[str], scan: Scan, placeholders: Sequence[str | None]) -> None:
    """Put placeholders for names into texts, for the rows of a scan."""
    found, start = scan.found, scan.start
    total = found.stop[-1]
    begins, ends, entries = found.begin[:total].tolist(), found.end[:total].tolist(), found.entry[:total].tolist()
    first = 0
    for offset, stop in enumerate(found.stop.tolist()):
        if stop > first:
            text, pieces, place = masked[start + offset], [], 0
            for k in range(first, stop):
                word = placeholders[entries[k]]
                if word is not None:
                    pieces += [text[place : begins[k]], word]
                    place = ends[k]
            masked[start + offset] = "".join(pieces) + text[place:]
        first = stop
