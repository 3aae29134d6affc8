"""From pulls of overlapping spans to readable phrases: whole words, each pull counted once."""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nato_nlp.features.evidence import KINDS, TextColumns

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
# a word with the punctuation around it, or punctuation that stands alone; the first group is what is shown
UNIT = re.compile(r"[^\w\s]*(\w+(?:['’.]\w+)*)[^\w\s]*|([^\w\s]+)")
WHOLE = [kind in ("cue", "actor", "topic") for kind in KINDS]  # spans that are phrases by themselves
LINK = 0.25  # n-grams join two words when they are worth this share of the stronger one's pull
MOST_WORDS = 5  # that are joined to a phrase, unless one hit, term or name is longer


@dataclass(frozen=True, slots=True)
class Phrase:
    """Neighbouring words and what they add to a score.

    Attributes
    ----------
    text : str
    start, end : int
        Characters of the text; the end is exclusive.
    pull : float
        In units of the raw score; below 0 it speaks against the label.
    parts : dict of str to float
        The pull by kind of feature, kinds that add nothing left out.

    Examples
    --------
    >>> from nato_nlp import load_tagger
    >>> phrase = load_tagger().tag("Peru condemned the raid.")[0].evidence("dispute").phrases[0]
    >>> phrase.text, phrase.start, phrase.pull > 0
    ('condemned', 5, True)
    """

    text: str
    start: int
    end: int
    pull: float
    parts: dict[str, float]


@dataclass(frozen=True, eq=False)
class _Words:
    """Bounds of u words: what belongs to each, white space behind it included, and what is shown of it."""

    reach: Ints
    shown: list[tuple[int, int]]


def merged_phrases(text: str, found: TextColumns, pulls: Floats) -> tuple[list[Phrase], dict[str, float]]:
    """Merge the pulls of columns into phrases.

    Parameters
    ----------
    text : str
    found : TextColumns
        Of the text.
    pulls : ndarray of shape (k,)
        What each column adds to a score.

    Returns
    -------
    phrases : list of Phrase
        In order of the text; phrases without pull are left out.
    whole : dict of str to float
        By kind, the pull of columns without a span.

    Notes
    -----
    Two neighbouring words belong to one phrase when a hit of the lexicon, a term or a name spans both. They also do, as long
    as the phrase has at most `MOST_WORDS`, when both pull the same way and either both are parts of hits or function words,
    or the n-grams across them pull that way too, and at least `LINK` times as much as the stronger of the two.
    """
    words = _words(text)
    placed = np.zeros(len(pulls), bool)
    if words.shown:
        placed[found.owners] = True
    whole = _by_kind(found.kinds[~placed], pulls[~placed])
    if not words.shown:
        return [], whole
    used = pulls[found.owners] != 0
    owners, amounts = found.owners[used], (pulls[found.owners] * found.shares)[used]
    first, last = _covered(words, found.starts[used], found.ends[used])
    kinds = found.kinds[owners]
    parts = _shared(first, last, kinds, amounts, len(words.shown))
    starts = _phrase_starts(parts, first, last, kinds, amounts)
    return _phrases(text, words, starts, parts), whole


def _words(text: str) -> _Words:
    matches = list(UNIT.finditer(text))
    shown = [match.span(1) if match[1] is not None else match.span(2) for match in matches]
    return _Words(np.asarray([0, *(m.start() for m in matches[1:]), len(text)], np.int64), shown)


def _covered(words: _Words, starts: Ints, ends: Ints) -> tuple[Ints, Ints]:
    """Return the first and the last word of each span."""
    first = np.searchsorted(words.reach[1:-1], starts, side="right")
    last = np.searchsorted(words.reach[1:-1], ends, side="left")
    return first, np.maximum(first, last)


def _shared(first: Ints, last: Ints, kinds: Ints, amounts: Floats, words: int) -> Floats:
    """Return the pull of each word by kind, shape (u, kinds)."""
    widths = last - first + 1
    places = np.repeat(first, widths) + _counted(widths)
    cells = places * len(KINDS) + np.repeat(kinds, widths)
    shares = np.repeat(amounts / widths, widths)
    sums = np.bincount(cells, shares, minlength=words * len(KINDS))
    return sums.astype(np.float64).reshape(words, len(KINDS))


def _counted(widths: Ints) -> Ints:
    """Return 0, 1, ... below each width."""
    return np.arange(widths.sum()) - np.repeat(np.cumsum(widths) - widths, widths)


def _phrase_starts(parts: Floats, first: Ints, last: Ints, kinds: Ints, amounts: Floats) -> npt.NDArray[np.bool_]:
    """Tell which words begin a phrase, shape (u,)."""
    gaps = last - first
    wide = gaps > 0
    places = np.repeat(first[wide], gaps[wide]) + _counted(gaps[wide])
    whole = np.repeat(np.asarray(WHOLE)[kinds[wide]], gaps[wide])
    joined = np.zeros(len(parts), bool)  # joined[u]: the words u and u + 1 are one phrase
    joined[places[whole]] = True
    links = np.bincount(places[~whole], np.repeat(amounts[wide], gaps[wide])[~whole], minlength=len(parts))[:-1]
    pulls, cues = parts.sum(axis=1), parts[:, KINDS.index("cue")]
    left, right = pulls[:-1], pulls[1:]
    strong = (links * left > 0) & (np.abs(links) >= LINK * np.maximum(np.abs(left), np.abs(right)))
    acts = (cues[:-1] * left > 0) & (cues[1:] * right > 0)
    fitting = np.flatnonzero((left * right > 0) & (strong | acts) & ~joined[:-1])
    links = np.minimum(np.abs(left), np.abs(right))
    _join(joined, fitting[np.argsort(-links[fitting], kind="stable")])
    return ~np.concatenate([[False], joined[:-1]])


def _join(joined: npt.NDArray[np.bool_], places: Ints) -> None:
    """Join words at places, one after the other, as long as the phrase does not become too long."""
    for place in places.tolist():
        begin, end = place, place + 1
        while begin > 0 and joined[begin - 1] and end - begin < MOST_WORDS:
            begin -= 1
        while joined[end] and end - begin < MOST_WORDS:
            end += 1
        if end - begin < MOST_WORDS:
            joined[place] = True


def _phrases(text: str, words: _Words, starts: npt.NDArray[np.bool_], parts: Floats) -> list[Phrase]:
    begins = np.flatnonzero(starts)
    sums = np.add.reduceat(parts, begins, axis=0)
    lasts = np.append(begins[1:], len(starts)) - 1
    found = []
    for begin, last, row in zip(begins.tolist(), lasts.tolist(), sums, strict=True):
        if row.any():
            start, end = words.shown[begin][0], words.shown[last][1]
            kinds: dict[str, Any] = {kind: part for kind, part in zip(KINDS, row.tolist(), strict=True) if part}
            found.append(Phrase(text[start:end], start, end, float(row.sum()), kinds))
    return found


def _by_kind(kinds: Ints, pulls: Floats) -> dict[str, float]:
    sums = np.bincount(kinds, pulls, minlength=len(KINDS)).tolist()
    return {kind: pull for kind, pull in zip(KINDS, sums, strict=True) if pull}
