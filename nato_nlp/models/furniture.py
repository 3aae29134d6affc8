"""The rules for site furniture over many lines: a kernel tells where one can hold, regular expressions whether it does."""

from collections import deque
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nato_nlp._kernels.cache import announce
from nato_nlp._kernels.lines import DIGIT, END, FEW, FOREIGN, HOLDS, LETTERS, MAY_START, SAYS, read_lines
from nato_nlp.features._letters import encoded, letters
from nato_nlp.text.boilerplate import LONGEST, MARKS, PREFIXES, holds_so, is_button, starts_so

Array = npt.NDArray[Any]
Bools = npt.NDArray[np.bool_]
CHUNK = 1 << 17  # characters that a kernel gets at once


class Marks(NamedTuple):
    """Lines with a letter or digit, and lines that a rule takes for site furniture; bool arrays of shape (n,)."""

    says: Bools
    furniture: Bools


def mark_lines(texts: Sequence[str]) -> Marks:
    """Return which of n lines say something, and which `is_boilerplate` marks.

    Examples
    --------
    >>> [marks.tolist() for marks in mark_lines(["Envoys met in Bern.", "Share this story", "***"])]
    [[True, True, False], [False, True, False]]
    """
    told = _glance(texts)
    furniture = np.zeros(len(texts), bool)
    for row in np.flatnonzero(told & (MAY_START | HOLDS | FEW)).tolist():
        furniture[row] = _is_furniture(texts[row], int(told[row]))
    return Marks(told & SAYS > 0, furniture)


def say_something(texts: Sequence[str]) -> Bools:
    """Return which texts hold a letter or digit, shape (n,)."""
    return _glance(texts) & SAYS > 0


def _is_furniture(text: str, told: int) -> bool:
    line = text.strip()
    if not line or len(line) > LONGEST:
        return False
    lower = line.lower()
    if told & FEW and is_button(lower):
        return True
    # MARKS beyond those of ANYWHERE let a line begin in a way that its first word does not show
    return bool(told & (MAY_START | HOLDS) and starts_so(line)) or bool(told & HOLDS and holds_so(line, lower))


def _parts(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    start = size = 0
    for row, text in enumerate(texts):
        size += len(text)
        if size > CHUNK:
            yield texts[start : row + 1]
            start, size = row + 1, 0
    if start < len(texts):
        yield texts[start:]


def _glance(texts: Sequence[str]) -> npt.NDArray[np.uint8]:
    announce("read_lines")
    return np.concatenate([np.zeros(0, np.uint8), *map(_looked_at, _parts(texts))])


def _looked_at(texts: Sequence[str]) -> npt.NDArray[np.uint8]:
    codes = encoded("".join(texts))
    offsets = np.zeros(len(texts) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)), out=offsets[1:])
    out = np.empty(len(texts), np.uint8)
    read_lines(codes, offsets, letters(True, int(codes.max(initial=0)) + 1), starts_table(), *automaton(MARKS), out)
    return out


@cache
def starts_table() -> Bools:
    """Return with which letters a line may begin, five bits each: those of `PREFIXES`, a digit, or any beyond ASCII."""
    numbers = np.arange(1 << (5 * LETTERS))
    parts = np.stack([(numbers >> (5 * k)) & 31 for k in range(LETTERS)])
    table: Bools = (parts == FOREIGN).any(axis=0) | (parts[-1] == DIGIT)
    for prefix in PREFIXES:
        number = 0
        for letter in prefix.ljust(LETTERS, "`"):  # the character before a
            number = (number << 5) | (ord(letter) - 96)
        table[number] = True
    return table


@cache
def automaton(words: tuple[str, ...]) -> tuple[Array, Array]:
    """Return the classes of characters and the steps of the automaton of [AC75] that finds words in a text.

    References
    ----------
    [AC75] Aho, Corasick: Efficient string matching: an aid to bibliographic search. Communications of the ACM 18(6), 1975.
    """
    alphabet = sorted({ord(character) for word in words for character in word})
    classes = np.zeros(256, np.uint16)
    classes[alphabet] = np.arange(1, len(alphabet) + 1)
    children: list[dict[int, int]] = [{}]
    ends = [False]
    for word in words:
        state = 0
        for column in classes[[ord(character) for character in word]].tolist():
            if column not in children[state]:
                children[state][column] = len(children)
                children.append({})
                ends.append(False)
            state = children[state][column]
        ends[state] = True
    steps = np.zeros((len(children), len(alphabet) + 1), np.int64)
    waiting = deque([(0, 0)])  # each state, and that of its longest end that begins a word
    while waiting:
        state, shorter = waiting.popleft()
        ends[state] |= ends[shorter]
        steps[state] = steps[shorter]
        for column, child in children[state].items():
            waiting.append((child, int(steps[shorter, column]) if state else 0))
            steps[state, column] = child
    places = steps * steps.shape[1] + np.where(np.asarray(ends)[steps], END, 0)
    return classes, places.astype(np.uint16).ravel()
