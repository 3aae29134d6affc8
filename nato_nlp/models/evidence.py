"""Evidence of a tagger: why a text gets a label, and which features speak for a label at all."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nato_nlp._validate import check_option, must_be, one_of, unknown_name
from nato_nlp.codebook import load_codebook
from nato_nlp.explain.contributions import Evidence, Score, evidence_for
from nato_nlp.explain.html import page
from nato_nlp.explain.shown import Explained
from nato_nlp.features.evidence import KINDS, column_kinds, column_names, no_columns, text_columns
from nato_nlp.models.heads import Heads

if TYPE_CHECKING:
    from nato_nlp.models.tagger import Tagger
    from nato_nlp.models.tags import TaggedSentence, Tags

Floats = npt.NDArray[np.float64]
BOILERPLATE = "boilerplate"


@dataclass(frozen=True, slots=True)
class TopFeature:
    """A feature and how much it speaks for a label.

    Attributes
    ----------
    name, kind : str
        As in `Contribution`.
    weight : float
        What one unit of the feature adds to the raw score; for a quad, less what it adds to the other quads on average.

    Examples
    --------
    >>> from nato_nlp import load_tagger, top_features
    >>> feature = top_features(load_tagger(), "energy", top=1)[0]
    >>> feature.name, feature.kind, feature.weight > 0
    ('energy', 'topic', True)
    """

    name: str
    kind: str
    weight: float


def label_options(heads: Heads) -> dict[str, tuple[int, ...]]:
    """Return the labels that can be explained, each with the columns of its heads.

    Stances with a trained quad inside and one outside come first, then quads, topics and the detector of boilerplate. Where a
    topic is called like a stance or a quad, the name means that.
    """
    book = load_codebook()
    options: dict[str, tuple[int, ...]] = {}
    for stance in book.stances:
        inside = tuple(k for k, quad in enumerate(heads.quads) if book.stance_of[quad] == stance)
        if 0 < len(inside) < len(heads.quads):
            options[stance] = inside
    for k, name in enumerate((*heads.quads, *heads.topics, *([BOILERPLATE] * heads.boilerplate))):
        options.setdefault(name, (k,))
    return options


def evidence_of(tagger: "Tagger", text: str, label: str, top: int | None = 10) -> Evidence:
    """Explain the raw score of a label for one sentence.

    Parameters
    ----------
    tagger : Tagger
        Fitted.
    text : str
        One sentence.
    label : str
        A stance, a quad, a topic, or ``boilerplate`` where the tagger has a detector of it.
    top : int or None, default=10
        How many phrases are kept; None for all.

    Returns
    -------
    Evidence
        For a topic it adds up to its raw score, for a quad to its raw score minus that of the strongest other quad, for a
        stance to the raw score of its strongest quad minus that of the strongest quad outside it; in all cases before
        temperature and priors.

    Raises
    ------
    InputError
        A text that is no str, a label that the tagger does not know, ``top`` below 1.

    Notes
    -----
    A line without a letter or digit says nothing: its score is the intercept.

    Examples
    --------
    >>> from nato_nlp import load_tagger
    >>> evidence = evidence_of(load_tagger(), "Peru condemned the raid.", "dispute")
    >>> evidence.quad, evidence.phrases[0].text
    ('verbal_dispute', 'condemned')
    """
    tagger._check_fitted()
    if not isinstance(text, str):
        raise must_be("text", "str", text)
    if top is not None and (isinstance(top, bool) or not isinstance(top, int) or top < 1):
        raise must_be("top", "a whole number from 1 on, or None", top)
    heads, features = tagger.heads_, tagger.features_
    columns_of = _columns_of(heads, label)
    columns = text_columns(features, text) if any(map(str.isalnum, text)) else no_columns()
    weights = heads.weights[columns.columns].astype(np.float64)
    intercept = heads.intercept.astype(np.float64)
    scores = columns.values @ weights + intercept
    own, other = _sides(heads, scores, columns_of)
    difference, base, used = scores[own], intercept[own], weights[:, own]
    if other is not None:
        difference, base, used = difference - scores[other], base - intercept[other], used - weights[:, other]
    quads = heads.quads
    score = Score(
        label,
        None if other is None else quads[own],
        None if other is None else quads[other],
        float(difference),
        float(base),
    )
    return evidence_for(text, score, columns, used, partial(column_names, features), top)


def _columns_of(heads: Heads, label: str) -> tuple[int, ...]:
    options = label_options(heads)
    if not isinstance(label, str):
        raise must_be("label", one_of(options), label)
    if label not in options:
        raise unknown_name("label", label, options)
    return options[label]


def _sides(heads: Heads, scores: Floats, columns: tuple[int, ...]) -> tuple[int, int | None]:
    """Return the head that is explained and the one it is held against; the first of equals in codebook order."""
    own = max(columns, key=lambda k: scores[k])
    outside = [k for k in range(len(heads.quads)) if k not in columns]
    if own >= len(heads.quads):
        return own, None
    return own, max(outside, key=lambda k: scores[k])


def top_features(
    tagger: "Tagger", label: str, top: int = 20, *, kind: str | None = None, away: bool = False
) -> list[TopFeature]:
    """Return the features that speak most for a label, whatever the text.

    Parameters
    ----------
    tagger : Tagger
        Fitted.
    label : str
        As in `evidence_of`.
    top : int, default=20
        How many, at most.
    kind : str or None, default=None
        One of ``cue``, ``word``, ``char``, ``actor``, ``topic``; None for all.
    away : bool, default=False
        Those that speak most against it instead.

    Returns
    -------
    list of TopFeature
        Strongest first. A weight is that of one unit of a feature; kinds have units of their own. A cue that is there once,
        an actor and a topic have the value of their scale in `NewsFeatures`, an n-gram a small part of its scale, which
        depends on the length of the text.

    Raises
    ------
    InputError
        A label that the tagger does not know, ``top`` below 1, an unknown kind.

    Examples
    --------
    >>> from nato_nlp import load_tagger
    >>> [feature.name for feature in top_features(load_tagger(), "energy", top=2)]
    ['energy', 'energy (weak)']
    """
    tagger._check_fitted()
    if isinstance(top, bool) or not isinstance(top, int) or top < 1:
        raise must_be("top", "a whole number from 1 on", top)
    heads, features = tagger.heads_, tagger.features_
    sign = -1.0 if away else 1.0
    weights = _label_weights(heads, _columns_of(heads, label)) * sign
    if kind is not None:
        number = KINDS.index(check_option("kind", kind, KINDS))
        weights[column_kinds(features, np.arange(len(weights))) != number] = 0.0
    order = np.lexsort((np.arange(len(weights)), -weights))[:top]
    order = order[weights[order] > 0]
    kinds = column_kinds(features, order).tolist()
    return [
        TopFeature(name, KINDS[number], float(weights[k] * sign))
        for name, number, k in zip(column_names(features, order), kinds, order.tolist(), strict=True)
    ]


def _label_weights(heads: Heads, columns: tuple[int, ...]) -> Floats:
    own: Floats = heads.weights[:, columns].astype(np.float64).mean(axis=1)
    outside = [k for k in range(len(heads.quads)) if k not in columns]
    if columns[0] >= len(heads.quads):
        return own
    rest: Floats = heads.weights[:, outside].astype(np.float64).mean(axis=1)
    return own - rest


def explained(tagger: "Tagger", tags: Iterable["TaggedSentence"], top: int | None = 10) -> Iterator[Explained]:
    """Yield what a page or terminal shows of tagged sentences: each with the evidence for its stance.

    Where a tagger left the stance open, that is for the most probable one. A tagger without quads has no stances: its
    sentences get the evidence for their first topic.
    """
    for sentence in tags:
        proba = sentence.stance_proba
        label = sentence.stance or max(proba, key=proba.__getitem__, default=None) or next(iter(sentence.topics), None)
        if sentence.boilerplate:
            yield Explained(sentence.text, BOILERPLATE, None, (), None)
        elif label is None:
            yield Explained(sentence.text, "no topic", None, (), None)
        else:
            others = (sentence.quad, *sentence.topics)
            details = tuple(name for name in others if name is not None and name != label)
            name = f"open, perhaps {label}" if proba and sentence.stance is None else label
            evidence = evidence_of(tagger, sentence.text, label, top) if label in label_options(tagger.heads_) else None
            acts = tuple(f"{act.source or '?'} → {act.target or '?'}: {act.stance}" for act in sentence.dyads)
            yield Explained(sentence.text, name, {**sentence.topic_proba, **proba}[label], details, evidence, acts)


def tags_to_html(tagger: "Tagger", tags: "Tags", title: str | None = None) -> str:
    """Return a page of tagged sentences, with the words marked that pull towards the stance of each or away from it.

    Parameters
    ----------
    tagger : Tagger
        The one that gave the tags.
    tags : Tags
    title : str, optional
        None is the name of the document.
    """
    name = title or str(tags.meta.get("doc") or "Tagged sentences")
    return page(explained(tagger, tags), name)
