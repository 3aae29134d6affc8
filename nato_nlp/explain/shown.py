"""What a page and a terminal show of a tagged sentence, and how strongly each phrase is marked."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from nato_nlp.explain.contributions import Evidence
from nato_nlp.explain.merge import Phrase

# no valid characters of a page or a terminal: control characters could rewrite it, lone surrogates can't be written
UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
BLANK = re.compile(r"\s")
LEVELS = (0.15, 0.3, 0.6)  # shares of the strongest phrase from which a phrase is marked faintly, clearly, strongly
STRENGTHS = ("", "faintly", "clearly", "strongly")
FAINT = 1.0  # where no phrase pulls more than that, none is marked as if it were strong
SOURCES = {"cue": "lexicon", "word": "words", "char": "parts of words", "actor": "actors", "topic": "topic terms"}


@dataclass(frozen=True, slots=True)
class Explained:
    """A tagged sentence with the evidence for one of its tags.

    Attributes
    ----------
    text : str
    label : str
        Its stance, or what stands in its place.
    proba : float or None
        Probability of the label.
    details : tuple of str
        Further tags: quad, topics.
    evidence : Evidence or None
        None for boilerplate, and where there is nothing to explain.
    acts : tuple of str
        Who does what to whom.

    Examples
    --------
    >>> Explained("They met.", "cooperation", 0.9, ("verbal_cooperation",), None).proba
    0.9
    """

    text: str
    label: str
    proba: float | None
    details: tuple[str, ...]
    evidence: Evidence | None
    acts: tuple[str, ...] = ()


def fit(text: str) -> str:
    r"""Return a text of the same length that can be shown: any white space as a blank, unfit characters as U+FFFD.

    Examples
    --------
    >>> fit("two\nlines \x1b[31m")
    'two lines �[31m'
    """
    return UNFIT.sub("\N{REPLACEMENT CHARACTER}", BLANK.sub(" ", text))


def pieces(item: Explained) -> Iterator[tuple[str, Phrase | None, int]]:
    """Yield the text piece by piece, in order: text, its phrase if it is marked, level from 1 to 3 (0: not marked)."""
    text, place = fit(item.text), 0
    phrases = item.evidence.phrases if item.evidence is not None else ()
    strongest = max((abs(phrase.pull) for phrase in phrases), default=0.0)
    for phrase in sorted(phrases, key=lambda phrase: phrase.start):
        level = level_of(phrase.pull, strongest)
        if level:
            if phrase.start > place:
                yield text[place : phrase.start], None, 0
            yield text[phrase.start : phrase.end], phrase, level
            place = phrase.end
    if place < len(text):
        yield text[place:], None, 0


def level_of(pull: float, strongest: float) -> int:
    """Return how strongly a pull is marked, from 0 to 3, given the strongest one of the sentence.

    Examples
    --------
    >>> level_of(-2.0, 3.0), level_of(0.1, 3.0), level_of(0.5, 0.5)
    (3, 0, 2)
    """
    return sum(abs(pull) >= share * max(strongest, FAINT) for share in LEVELS)


def summary(evidence: Evidence) -> list[tuple[str, float, str]]:
    """Return what adds up to the score: phrase or rest, pull, kinds of features that it comes from."""
    rows = [(fit(phrase.text), phrase.pull, _sources(phrase.parts)) for phrase in evidence.phrases]
    if evidence.others:
        rows.append(("(all other words)", evidence.others, ""))
    if evidence.whole:
        rows.append(("(the sentence as a whole)", sum(evidence.whole.values()), _sources(evidence.whole)))
    return [*rows, ("(before any word)", evidence.intercept, "")]


def _sources(parts: dict[str, float]) -> str:
    """Name the kinds that weigh, the strongest first."""
    most = max(map(abs, parts.values()))
    ordered = sorted(parts.items(), key=lambda item: -abs(item[1]))
    return ", ".join(SOURCES[kind] for kind, pull in ordered if abs(pull) >= LEVELS[0] * most)


def heading(evidence: Evidence) -> str:
    """Say what the score is of: a topic's own, or a quad's against the strongest other one."""
    if evidence.against is None:
        return f"{evidence.label}: {evidence.difference:+.2f}"
    named = evidence.label if evidence.label == evidence.quad else f"{evidence.label} ({evidence.quad})"
    return f"{named} against {evidence.against}: {evidence.difference:+.2f}"
