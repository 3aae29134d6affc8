"""Actor swap: a tag should say what is done, not who is named."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from nato_nlp.features.actors import NAME_KINDS, load_actors
from nato_nlp.features.phrases import default_phrases


def swap_actors(texts: Sequence[str], *, random_state: Any = 0) -> list[str]:
    """Replace every recognised name of an actor by another name of its kind, drawn at random.

    Parameters
    ----------
    texts : sequence of str
    random_state : int or numpy.random.Generator
        Seed.

    Returns
    -------
    list of str
        States take the place of states, adjectives of adjectives, capitals of capitals, persons of persons, and so on;
        everything else stays.

    Examples
    --------
    >>> swap_actors(["The talks failed."])
    ['The talks failed.']
    """
    rng = np.random.default_rng(random_state)
    names = _names_by_kind()
    phrases = default_phrases()
    swapped: list[str] = []
    for start, stop, scan in phrases.scan(list(texts)):
        first = 0
        for text, last in zip(texts[start:stop], scan.stop.tolist(), strict=True):
            pieces, place = [], 0
            for k in range(first, last):
                choice = names.get(phrases.senses[scan.entry[k]].kind)
                if choice:
                    pieces += [text[place : scan.begin[k]], choice[rng.integers(len(choice))]]
                    place = int(scan.end[k])
            swapped.append("".join(pieces) + text[place:])
            first = last
    return swapped


def _names_by_kind() -> dict[str, list[str]]:
    """List the names that mean one actor whatever stands around them."""
    found: dict[str, set[str]] = defaultdict(set)
    for actor in load_actors():
        for name, kind in actor.names():
            if kind in NAME_KINDS and name not in actor.ambiguous:
                found[kind].add(name)
    return {kind: sorted(names) for kind, names in found.items()}
