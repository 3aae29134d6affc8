"""The labels of the codebook: stances, quads, roots and topics, read from ``seeds/labels.toml``."""

import tomllib
from dataclasses import dataclass
from functools import cache

from nato_nlp._paths import seeds_dir


@dataclass(frozen=True)
class Codebook:
    """What labels there are, in codebook order: ties break by it.

    Attributes
    ----------
    stances : tuple of str
        Cooperation, dispute, neutral.
    quads : tuple of str
        The five quads.
    stance_of : dict of str to str
        The stance that each quad refines.
    roots : dict of str to tuple of str
        The roots of each quad.
    topics : tuple of str
        The topics.
    descriptions : dict of str to str
        A line of explanation for each stance, quad and topic.

    Examples
    --------
    >>> from nato_nlp import load_codebook
    >>> book = load_codebook()
    >>> book.stances, book.stance_of["material_dispute"]
    (('cooperation', 'dispute', 'neutral'), 'dispute')
    """

    stances: tuple[str, ...]
    quads: tuple[str, ...]
    stance_of: dict[str, str]
    roots: dict[str, tuple[str, ...]]
    topics: tuple[str, ...]
    descriptions: dict[str, str]


@cache
def load_codebook() -> Codebook:
    """Read the codebook that ships with the library.

    Examples
    --------
    >>> load_codebook().stances
    ('cooperation', 'dispute', 'neutral')
    """
    raw = tomllib.loads((seeds_dir() / "labels.toml").read_text(encoding="utf-8"))
    quads = raw["quads"]
    return Codebook(
        stances=tuple(raw["stances"]),
        quads=tuple(quads),
        stance_of={name: quad["stance"] for name, quad in quads.items()},
        roots={name: tuple(quad["roots"]) for name, quad in quads.items()},
        topics=tuple(raw["topics"]),
        descriptions=raw["stances"] | {name: quad["description"] for name, quad in quads.items()} | raw["topics"],
    )
