"""News-aware sentence splitting: nupunkt inside the blocks of a story, with the breaks mended that news gets wrong."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

from nato_nlp._validate import must_be
from nato_nlp.text.boilerplate import is_boilerplate
from nato_nlp.text.layout import Span, blocks

# nupunkt, trained on legal text, ends a sentence behind the initials of "U.S. Secretary" and "U.N. General Assembly"
INITIALISM = re.compile(r"(?:\b[A-Z]\.){2,}$")
AFTER_INITIALISM = frozenset(
    """
    Administration Admiral Agency Agriculture Air Ambassador Ambassadors Army Assembly Assistant Attorney Bank
    Border Bureau Cabinet Capitol Catholic Central Chair Chairman Chamber Charge Charter Chief Children Children's
    Climate Coast Command Commander Commerce Commission Commissioner Committee Congress Congressional Congressman
    Consul Consulate Convention Council Court Customs Defence Defense Delegation Democratic Department Deputy
    Development Diplomats District Drug Education Embassy Energy Environment Environmental Envoy Federal Fifth Fleet
    Food Force Forces Foreign General Geological Government Governor High Homeland House Human Immigration
    Intelligence Interior International Joint Judge Justice Labor Lieutenant Maj Major Marine Marines Military
    Missile Mission Monitoring National Naval Navy Nuclear Office Open Pacific Peace Permanent Population President
    Presidential Refugee Relief Rep Representative Representatives Republican Resolution Secretary Security Sen
    Senate Senator Senators Seventh Sixth Soldiers Special Spokesman Spokeswoman State Steel Supreme Trade
    Transportation Treasurer Treasury Troops Under Undersecretary Vice Weapons World
    """.split()
)
TITLES = """
    Adm Amb Brig Capt Cdr Cmdr Cmdt Col Cpl Dr Fr Gen Gov Hon Lt Maj Messrs Mr Mrs Ms Msgr Mt Pres Prof Rep Reps Rev Sen
    Sens Sgt St
""".split()
TITLE = re.compile(rf"\b(?:{'|'.join(TITLES)})\.$")
NAME_OR_TITLE = re.compile(r"[A-Z][\w'’.-]")
# A scraped page loses the space between paragraphs: "... meet soon.Russia objected ..."
GLUED = re.compile(r"(?<=[a-z]{3})[.!?][\"”’]?(?=[A-Z“][a-z]+[ ,])")
CITATION = re.compile(r"\s*\[[^\[\]]*\]\s*")
ADDRESS = re.compile("https?://")
# No word is so long; nupunkt needs time quadratic in the punctuation of a stretch without white space.
LONG_STRETCH = re.compile(r"(?<!\S)(\S{100})(\S{800,})(\S{100})(?!\S)")
OPENING = "“‘«([{"
SHORT = 1000  # characters: too few for a long stretch
TAIL = 12  # characters that a title or the initials before an institution may have


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and where it stands.

    Attributes
    ----------
    text : str
        Exactly ``document[start:end]``; never begins or ends with white space.
    start, end : int
        Offsets in characters of the document.
    boilerplate : bool
        Whether a rule takes it for site furniture (byline, caption, cookie notice, ...).

    Examples
    --------
    >>> from nato_nlp import split_sentences
    >>> split_sentences("Envoys met. They left.")[1]
    Sentence(text='They left.', start=12, end=22, boilerplate=False)
    """

    text: str
    start: int
    end: int
    boilerplate: bool = False


def split_sentences(text: str) -> list[Sentence]:
    r"""Split a news text into sentences.

    Parameters
    ----------
    text : str
        A whole document; line breaks and blank lines are used.

    Returns
    -------
    list of Sentence
        In order, without overlap; every letter and digit of the text is in one of them. Spans without a letter or
        digit (rules of asterisks, lone bullets) are left out.

    Raises
    ------
    InputError
        The text is not a str.

    Notes
    -----
    Boundaries inside a block come from nupunkt, an unsupervised model after [KS06]. What is added here: headlines,
    captions and bylines end with their line; initials before a title or an institution end nothing; a missing space
    behind a full stop is no reason to glue two sentences.

    References
    ----------
    [KS06] Kiss, Strunk: Unsupervised Multilingual Sentence Boundary Detection. Computational Linguistics 32(4), 2006.

    Examples
    --------
    >>> [s.text for s in split_sentences("Envoys meet\n\nU.S. Secretary of State Day met Gen. Wu. He left.")]
    ['Envoys meet', 'U.S. Secretary of State Day met Gen. Wu.', 'He left.']
    """
    return [Sentence(text[a:b], a, b, is_boilerplate(text[a:b])) for a, b in sentence_spans(text)]


def sentence_spans(text: str) -> list[Span]:
    """Return start and end of each sentence, without a look at whether it is site furniture; see `split_sentences`.

    Examples
    --------
    >>> sentence_spans("Envoys met. They left.")
    [(0, 11), (12, 22)]
    """
    if not isinstance(text, str):
        raise must_be("text", "str", text)
    return [span for block in blocks(text) for span in _block_sentences(text, block)]


@cache
def _punkt() -> Any:
    from nupunkt import load_default_model

    return load_default_model()


def _block_sentences(text: str, block: Span) -> Iterator[Span]:
    piece = text[block[0] : block[1]]
    if CITATION.fullmatch(piece) and ADDRESS.search(piece):
        yield from _trimmed(text, [block])
        return
    raw = [span for _, span in _punkt().tokenize_with_spans(_calmed(piece))]
    mended = _merge(piece, _unglue(piece, _cover(raw, len(piece))))
    yield from _trimmed(text, [(block[0] + a, block[0] + b) for a, b in mended])


def _calmed(piece: str) -> str:
    """Return a text of the same length in which a stretch of 1000 characters without white space is letters in its middle."""
    if len(piece) < SHORT:
        return piece
    return LONG_STRETCH.sub(lambda match: match[1] + "x" * len(match[2]) + match[3], piece)


def _cover(spans: list[Span], length: int) -> Iterator[Span]:
    """Make the spans contiguous, so that no character is lost whatever the splitter does."""
    ends = sorted({min(max(end, 0), length) for _, end in spans} | {length})
    start = 0
    for end in ends:
        if end > start:
            yield start, end
            start = end


def _unglue(piece: str, spans: Iterator[Span]) -> Iterator[Span]:
    for start, end in spans:
        cuts = [start, *(match.end() for match in GLUED.finditer(piece, start, end)), end]
        yield from pairwise(cuts)


def _merge(piece: str, spans: Iterator[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in spans:
        if merged and _belongs_together(_tail(piece, *merged[-1]), piece[start:end].strip()):
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged


def _tail(piece: str, start: int, end: int) -> str:
    """Return a span's last characters without white space behind them; to copy a long one each time would cost too much."""
    while end > start and piece[end - 1].isspace():
        end -= 1
    return piece[max(start, end - TAIL) : end]


def _belongs_together(tail: str, right: str) -> bool:
    if not any(map(str.isalnum, right)) and right[:1] not in OPENING:
        return True  # a closing quotation mark that was cut off
    if TITLE.search(tail):
        return bool(NAME_OR_TITLE.match(right))
    return bool(INITIALISM.search(tail)) and re.split(r"[\s,.;:’'-]", right, maxsplit=1)[0] in AFTER_INITIALISM


def _trimmed(text: str, spans: list[Span]) -> Iterator[Span]:
    for start, end in spans:
        piece = text[start:end]
        if any(map(str.isalnum, piece)):
            yield start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())
