"""What the kernels know of each character: its lower case, whether it belongs to a word, whether it is white space."""

import re
from functools import cache
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt

CODE_POINTS = 0x110000
COMMON = 0x3000  # Latin, Greek, Cyrillic, Hebrew, Arabic, Indic and punctuation: filled at once, the rest when met
WORD, SPACE, EXPANDS = 1 << 21, 1 << 22, 1 << 23  # as in the kernels
DOTTED_I = 0x130  # the one character whose lower case has two
SIGMA = "Σ"  # the one character whose lower case depends on its neighbours
_lock = Lock()


@cache
def _table(lowercase: bool) -> tuple[npt.NDArray[np.uint32], list[int]]:
    return np.zeros(CODE_POINTS, np.uint32), [0]


def letters(lowercase: bool, least: int = COMMON) -> npt.NDArray[np.uint32]:
    r"""Return the table of letters, shape (0x110000,), filled for code points below ``least`` at least.

    Notes
    -----
    An entry holds a code point (lower-cased, if asked for) in 21 bits and the properties `WORD` (what ``\w`` matches) and
    `SPACE` (what `str.split` splits at) of that code point. The running Python's Unicode database decides.
    """
    table, filled = _table(lowercase)
    with _lock:
        if filled[0] < least:
            stop = COMMON if least <= COMMON else CODE_POINTS
            table[filled[0] : stop] = _entries(filled[0], stop, lowercase)
            filled[0] = stop
    return table


def _entries(start: int, stop: int, lowercase: bool) -> npt.NDArray[np.uint32]:
    codes = np.arange(start, stop, dtype=np.uint32)
    text = decoded(codes)
    if lowercase:
        text = text.replace(chr(DOTTED_I), "i").lower()
        codes = encoded(text)
    entries = codes.copy()
    for pattern, flag in ((r"\w+", WORD), (r"\s+", SPACE)):
        for match in re.finditer(pattern, text):
            entries[match.start() : match.end()] |= flag
    if lowercase and start <= DOTTED_I < stop:
        entries[DOTTED_I - start] = EXPANDS
    return entries


def decoded(codes: npt.NDArray[Any]) -> str:
    """Return the text of code points."""
    return codes.astype("<u4", copy=False).tobytes().decode("utf-32-le", "surrogatepass")


def encoded(text: str) -> npt.NDArray[np.uint32]:
    """Return the code points of a text."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint32, copy=False)


def settle_sigma(text: str) -> str:
    """Lower-case each capital sigma as its neighbours demand, and nothing else: the kernels look at single characters.

    Examples
    --------
    >>> settle_sigma("ΟΔΟΣ ΣΑΜΟΥ")
    'ΟΔΟς σΑΜΟΥ'
    """
    if SIGMA not in text:
        return text
    lower = text.replace(chr(DOTTED_I), "i").lower()  # of the same length
    return "".join(low if character == SIGMA else character for character, low in zip(text, lower, strict=True))
