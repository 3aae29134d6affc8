"""The lines of a wire story: which line breaks end a sentence and which only wrap a paragraph.

A headline, a caption or a byline ends with its line although no full stop says so. In a hard-wrapped
text a line break means nothing. The two are told apart by how well the lines fill the width.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

Span = tuple[int, int]

LINE_BREAK = re.compile("\r\n|[\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029]")
# "NEW YORK, June 3 (Reuters) -" on a line of its own belongs to the sentence on the next line
DATELINE_ALONE = re.compile(
    r"[A-Z][A-Z .,'’/-]{2,50}(?:[A-Z][a-z]{2,8}\.? \d{1,2},?(?: \d{4})?)?\s*(?:\([\w /]{2,20}\))?\s*(?:[-–—]{1,2}|:)"
)
NARROWEST, WIDEST = 40, 100  # characters of a hard-wrapped line
SURE_LINES = 3  # a paragraph of fewer lines is no proof that a text is wrapped


def lines(text: str) -> Iterator[Span]:
    """Yield the spans of the lines, without their breaks."""
    start = 0
    for match in LINE_BREAK.finditer(text):
        yield start, match.start()
        start = match.end()
    yield start, len(text)


def blocks(text: str) -> Iterator[Span]:
    r"""Yield the spans inside which sentences are looked for: no sentence crosses from one to the next.

    Parameters
    ----------
    text : str
        A whole document.

    Yields
    ------
    tuple of int
        Start and end in characters; blank lines lie between blocks.

    Notes
    -----
    Time and memory O(number of lines).

    Examples
    --------
    >>> text = "Envoys meet\nBERN - The two envoys met."
    >>> [text[a:b] for a, b in blocks(text)]
    ['Envoys meet', 'BERN - The two envoys met.']
    """
    found = list(_paragraphs(text))
    width = max((_own_width(text, paragraph) for paragraph in found), default=0)
    for paragraph in found:
        wrapped_at = _own_width(text, paragraph) or width
        start = paragraph[0][0]
        for line, following in pairwise(paragraph):
            if not _continues(text, line, following, wrapped_at):
                yield start, line[1]
                start = following[0]
        yield start, paragraph[-1][1]


def _paragraphs(text: str) -> Iterator[list[Span]]:
    paragraph: list[Span] = []
    for start, end in lines(text):
        if text[start:end].strip():
            paragraph.append((start, end))
        elif paragraph:
            yield paragraph
            paragraph = []
    if paragraph:
        yield paragraph


def _own_width(text: str, paragraph: list[Span]) -> int:
    """Give the width that a paragraph's lines are wrapped at, 0 when they are not."""
    if len(paragraph) < SURE_LINES:
        return 0
    width = max(end - start for start, end in paragraph)
    filled = all(_fills(text, line, following, width) for line, following in pairwise(paragraph))
    return width if filled and NARROWEST <= width <= WIDEST else 0


def _fills(text: str, line: Span, following: Span, width: int) -> bool:
    """Tell whether the next line's first word had no room left on this line."""
    word = text[following[0] : following[1]].split(maxsplit=1)[0]
    return line[1] - line[0] + 1 + len(word) > width


def _continues(text: str, line: Span, following: Span, width: int) -> bool:
    """Tell whether a sentence may run on from a line to the following one."""
    before = text[line[0] : line[1]].strip()
    if text[following[0] : following[1]].lstrip()[0].islower() and not before.endswith((".", "!", "?", "”", '"')):
        return True
    if len(before) <= WIDEST and DATELINE_ALONE.fullmatch(before):
        return True
    return bool(width) and _fills(text, line, following, width)
