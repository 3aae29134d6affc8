"""What speaks for a label in one text: contributions of features, and the phrases they merge into."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from nato_nlp.explain.merge import Phrase, merged_phrases
from nato_nlp.features.evidence import KINDS, TextColumns

Floats = npt.NDArray[np.float64]
Names = Callable[[npt.NDArray[np.int64]], list[str]]


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one column adds to a score.

    Attributes
    ----------
    name : str
        The column, for people.
    kind : str
        ``cue``, ``word`` or ``char`` (n-grams), ``actor`` or ``topic``.
    pull : float
        Weight times value, in units of the raw score; below 0 it speaks against the label.
    spans : tuple of (int, int)
        Where in the text the column comes from; none when it comes from the text as a whole.

    Examples
    --------
    >>> from nato_nlp import load_tagger
    >>> evidence = load_tagger().tag("Peru condemned the raid.")[0].evidence("dispute")
    >>> strongest = max(evidence.contributions(), key=lambda one: one.pull)
    >>> strongest.kind, strongest.spans  # a cue of the lexicon, from "condemned"
    ('cue', ((5, 14),))
    """

    name: str
    kind: str
    pull: float
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, eq=False)
class Evidence:
    """Why a text has the score that it has for a label.

    Attributes
    ----------
    text : str
    label : str
        A stance, quad or topic.
    against : str or None
        The quad that the label is held against, the strongest other one; None for a topic.
    difference : float
        For a topic its raw score, else the raw score of ``quad`` minus that of ``against``; before temperature and priors.
    quad : str or None
        The quad whose score counts: the label itself, or the strongest of a stance; None for a topic.
    intercept : float
        What the score would be without any feature.
    phrases : tuple of Phrase
        Phrases of the text by falling absolute pull, at most as many as were asked for.
    others : float
        Sum of the pulls of the phrases that are left out.
    whole : dict of str to float
        By kind of feature, what comes from the text as a whole and stands nowhere in it.

    Notes
    -----
    ``intercept``, the pulls of `contributions` and nothing else add up to ``difference``; so do ``intercept``, the pulls of
    ``phrases``, ``others`` and ``whole``, both within 1e-9.

    Examples
    --------
    >>> from nato_nlp import load_tagger
    >>> evidence = load_tagger().tag("Peru condemned the raid.")[0].evidence("dispute")
    >>> parts = evidence.intercept + sum(phrase.pull for phrase in evidence.phrases) + evidence.others
    >>> abs(parts + sum(evidence.whole.values()) - evidence.difference) < 1e-9
    True
    """

    text: str
    label: str
    against: str | None
    difference: float
    quad: str | None
    intercept: float
    phrases: tuple[Phrase, ...]
    others: float
    whole: dict[str, float]
    _columns: TextColumns = field(repr=False)
    _pulls: Floats = field(repr=False)
    _names: Names = field(repr=False)

    def contributions(self, top: int | None = None) -> list[Contribution]:
        """Return what each column adds, by falling absolute pull; None for all that are not 0."""
        found = self._columns
        order = np.lexsort((found.columns, -np.abs(self._pulls)))
        order = order[self._pulls[order] != 0][:top]
        bounds = np.searchsorted(np.sort(found.owners), np.arange(len(found.columns) + 1))
        by_owner = np.argsort(found.owners, kind="stable")
        spans = list(zip(found.starts[by_owner].tolist(), found.ends[by_owner].tolist(), strict=True))
        return [
            Contribution(name, KINDS[found.kinds[k]], float(self._pulls[k]), tuple(spans[bounds[k] : bounds[k + 1]]))
            for name, k in zip(self._names(found.columns[order]), order.tolist(), strict=True)
        ]


@dataclass(frozen=True, slots=True)
class Score:
    """The score that is explained; the fields are those of `Evidence`."""

    label: str
    quad: str | None
    against: str | None
    difference: float
    intercept: float


def evidence_for(
    text: str, score: Score, columns: TextColumns, weights: Floats, names: Names, top: int | None = 10
) -> Evidence:
    """Share a score among the columns of a text, and among its phrases.

    Parameters
    ----------
    text : str
    score : Score
    columns : TextColumns
        Of the text.
    weights : ndarray of shape (k,)
        What one unit of each of the columns adds to the score.
    names : callable
        Gives the names of columns.
    top : int or None
        How many phrases are kept; None for all.

    Notes
    -----
    A column that occurs in several places gives each the same share, and a place of several words gives each of them the
    same share of that: a linear score leaves open how a product of weight and value is divided among its occurrences, and
    equal shares are the Shapley values of places that are exchangeable [SK10].

    References
    ----------
    [SK10] Štrumbelj, Kononenko: An efficient explanation of individual classifications using game theory. Journal of
    Machine Learning Research 11, 2010.
    """
    pulls = columns.values * weights
    phrases, whole = merged_phrases(text, columns, pulls)
    phrases.sort(key=lambda phrase: (-abs(phrase.pull), phrase.start))
    kept = tuple(phrases[:top])
    others = float(sum(phrase.pull for phrase in phrases[len(kept) :]))
    given: dict[str, Any] = {name: getattr(score, name) for name in Score.__slots__}
    return Evidence(
        text, **given, phrases=kept, others=others, whole=whole, _columns=columns, _pulls=pulls, _names=names
    )
