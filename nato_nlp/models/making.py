"""How a tagger makes tags of sentences: scores to probabilities, site furniture, decisions, silence, actors, scope."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nato_nlp.codebook import load_codebook
from nato_nlp.errors import InputError
from nato_nlp.features.news import NewsFeatures
from nato_nlp.models.decision import decide, stance_probabilities
from nato_nlp.models.furniture import mark_lines
from nato_nlp.models.scope import documents_in_scope, texts_in_scope
from nato_nlp.models.tags import Tags
from nato_nlp.models.who import Gathered, pair_numbers

if TYPE_CHECKING:
    from nato_nlp.models.tagger import Tagger

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Pairs = Iterable[Sequence[str]]


@dataclass(frozen=True)
class Given:
    """The sentences to tag.

    Attributes
    ----------
    texts : list of str
    spans : ndarray of shape (n, 2)
    document : str or None
        The text that the sentences stand in; None where each stands alone.
    meta : mapping
    """

    texts: list[str]
    spans: Ints
    document: str | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)


def make_tags(tagger: "Tagger", given: Given, pairs: Pairs | None) -> Tags:
    """Tag sentences; see `Tagger.tag`."""
    tagger._check_fitted()
    gathered, wanted = _gathered(tagger, pairs)
    heads, texts = tagger.heads_, given.texts
    says, boilerplate = mark_lines(texts)
    scores = tagger._scores(texts, gathered, says)
    quad_proba, binary = heads.quad_proba(scores), heads.binary_proba(scores)
    assumed = quad_proba if heads.priors is None else replace(heads, priors=None).quad_proba(scores)
    topics, found = len(heads.topics), binary >= heads.thresholds
    if heads.boilerplate:
        boilerplate |= found[:, -1] & says
    silent = _silent(tagger, assumed, boilerplate)
    _clear(boilerplate, binary[:, :topics], found[:, :topics], [quad_proba, assumed] if heads.quads else [])
    stances, quads = decide(quad_proba)
    undecided = np.ones(len(texts), bool) if not heads.quads else silent
    stances[undecided], quads[undecided] = -1, -1
    words = gathered.known_words() if gathered else None
    return Tags(
        texts, given.spans, boilerplate, stances, quads, stance_probabilities(quad_proba), quad_proba,
        binary[:, :topics], found[:, :topics], heads.topics, dict(given.meta), facts=tagger.facts_,
        mentions=gathered.mentions(len(texts)) if gathered else None,
        acts=gathered.acts(quad_proba, boilerplate, wanted) if gathered else None,
        tagger=tagger, silent=silent, assumed_proba=None if assumed is quad_proba else assumed,
        known_words=words, in_scope=None if words is None else _scope(given, words),
    )  # fmt: skip


def _gathered(tagger: "Tagger", pairs: Pairs | None) -> tuple[Gathered | None, list[tuple[int, int]] | None]:
    """Return what gathers actors and acts, None without a gazetteer, and the pairs that are asked for as numbers."""
    if pairs is not None and tagger.acts_ is None:
        raise InputError("pairs must be given to a tagger that was trained with acts, got one without")
    if not isinstance(tagger.features_, NewsFeatures):
        return None, None
    phrases = tagger.features_.phrases_
    return Gathered(phrases, tagger.acts_), None if pairs is None else pair_numbers(pairs, phrases)


def _silent(tagger: "Tagger", assumed: npt.NDArray[np.float64], boilerplate: Bools) -> Bools:
    """Return which sentences get no stance: never site furniture, and none by default."""
    certainty = tagger.certainty_
    if certainty is None or not certainty.silent_below:
        return np.zeros(len(assumed), bool)
    return certainty.silent(assumed) & ~boilerplate


def _clear(
    boilerplate: Bools,
    topic_proba: npt.NDArray[np.float64],
    has_topic: Bools,
    quad_probas: list[npt.NDArray[np.float64]],
) -> None:
    """Make site furniture what it is by the codebook: neutral and about nothing."""
    quads = load_codebook().quads
    for proba in quad_probas:
        proba[boilerplate] = np.eye(len(quads))[quads.index("neutral")]
    topic_proba[boilerplate] = 0.0
    has_topic[boilerplate] = False


def _scope(given: Given, words: Ints) -> Bools:
    if given.document is None:
        return texts_in_scope(words, given.texts)
    inside = documents_in_scope(words, np.zeros(len(words), np.int64), [given.document])
    return np.repeat(inside, len(words))
