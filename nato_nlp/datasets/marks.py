"""Marks of the source and the target of an act inside a sentence: ``<s>..</s>`` and ``<t>..</t>``."""

import re
from dataclasses import dataclass

MARK = re.compile(r"<(/?)([st])>")


@dataclass(frozen=True, slots=True)
class Marked:
    """A sentence without its marks.

    Attributes
    ----------
    text : str
        The sentence.
    sources, targets : tuple of (int, int)
        What was marked ``s`` and ``t``: start and end in characters of ``text``, end exclusive, in the order in which
        the marks close, without white space at either end.
    """

    text: str
    sources: tuple[tuple[int, int], ...]
    targets: tuple[tuple[int, int], ...]


def read_marks(marked: str) -> Marked:
    """Take the marks out of a sentence; marks may nest and may stand several times.

    A mark that is not closed, or closed without having been opened, marks nothing.

    Examples
    --------
    >>> read_marks("<s>Chad</s> thanked <t>Mali </t>.")
    Marked(text='Chad thanked Mali .', sources=((0, 4),), targets=((13, 17),))
    """
    pieces: list[str] = []
    found: dict[str, list[tuple[int, int]]] = {"s": [], "t": []}
    opened: dict[str, int] = {}
    length = last = 0
    for mark in MARK.finditer(marked):
        pieces.append(marked[last : mark.start()])
        length += len(pieces[-1])
        last = mark.end()
        closes, kind = mark.groups()
        if not closes:
            opened[kind] = length
        elif kind in opened:
            found[kind].append((opened.pop(kind), length))
    text = "".join(pieces) + marked[last:]
    return Marked(text, _trimmed(text, found["s"]), _trimmed(text, found["t"]))


def _trimmed(text: str, spans: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Move the ends of spans off white space, and drop what is empty then."""
    trimmed = []
    for start, end in spans:
        inside = text[start:end]
        left = start + len(inside) - len(inside.lstrip())
        trimmed.append((left, left + len(inside.strip())))
    return tuple(span for span in trimmed if span[0] < span[1])
