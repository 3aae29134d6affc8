"""From scores to labels: the rules that keep stance and quad from contradicting each other.

Symbols: n sentences, Q = 5 quads and S = 3 stances in codebook order.
"""

from collections.abc import Mapping
from functools import cache

import numpy as np
import numpy.typing as npt

from nato_nlp._validate import must_be
from nato_nlp.codebook import load_codebook

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@cache
def stance_of_quad() -> Ints:
    """Return the index of each quad's stance, shape (Q,)."""
    book = load_codebook()
    return np.asarray([book.stances.index(book.stance_of[quad]) for quad in book.quads])


def softmax(scores: Floats, temperature: float = 1.0) -> Floats:
    """Return softmax(scores / temperature) over the last axis; a score of -inf gets probability 0.

    Examples
    --------
    >>> softmax(np.array([[0.0, 0.0]])).tolist()
    [[0.5, 0.5]]
    """
    scaled = scores / temperature
    powers = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    result: Floats = powers / powers.sum(axis=-1, keepdims=True)
    return result


def sigmoid(scores: Floats) -> Floats:
    """Return 1 / (1 + exp(-scores)), computed without overflow."""
    powers = np.exp(-np.abs(scores))
    return np.where(scores >= 0, 1.0, powers) / (1.0 + powers)


def stance_probabilities(quad_proba: Floats) -> Floats:
    """Sum quad probabilities (n, Q) to stance probabilities (n, S)."""
    stances = np.zeros((len(quad_proba), len(load_codebook().stances)))
    for quad, stance in enumerate(stance_of_quad()):
        stances[:, stance] += quad_proba[:, quad]
    return stances


def decide(quad_proba: Floats) -> tuple[Ints, Ints]:
    """Choose stance and quad of each row.

    Parameters
    ----------
    quad_proba : ndarray of shape (n, Q)
        Probabilities, or any weights >= 0, in codebook order.

    Returns
    -------
    stance, quad : ndarray of shape (n,)
        The arg-max of the summed probabilities, and the arg-max among the quads of that stance; the first of equals wins.

    Examples
    --------
    >>> stance, quad = decide(np.array([[0.3, 0.25, 0.4, 0.05, 0.0]]))
    >>> int(stance[0]), int(quad[0])  # cooperation .55 beats dispute .45, although one quad of dispute has .4
    (0, 0)
    """
    stance = stance_probabilities(quad_proba).argmax(axis=1)
    inside = stance_of_quad()[None, :] == stance[:, None]
    return stance, np.where(inside, quad_proba, -1.0).argmax(axis=1)


def reweight(proba: Floats, assumed: Floats, priors: Floats) -> Floats:
    """Move class probabilities from the priors that a model assumes to others.

    Symbols: p(c | x) probability of class c, a(c) assumed prior, b(c) wanted prior; the result is proportional to
    p(c | x) b(c) / a(c), formula (2.4) of [SLD02].

    Parameters
    ----------
    proba : ndarray of shape (n, C)
    assumed, priors : ndarray of shape (C,)
        Each sums to 1; ``assumed`` > 0.

    References
    ----------
    [SLD02] Saerens, Latinne, Decaestecker: Adjusting the outputs of a classifier to new a priori probabilities. Neural
    Computation 14(1), 2002.
    """
    weighted = proba * (priors / assumed)
    total = weighted.sum(axis=1, keepdims=True)
    # a row whose whole mass lies on classes of prior 0 says nothing: it gets the prior itself
    return np.where(total > 0, weighted / np.where(total > 0, total, 1.0), priors)


def quad_priors(priors: Mapping[str, float], quads: tuple[str, ...], assumed: Floats) -> Floats:
    """Turn a user's shares of stances or quads into quad priors in codebook order, shape (Q,).

    Raises
    ------
    InputError
        Other names than all stances or all of ``quads``, a share that is no number from 0 on, or shares that are all 0.
    """
    book = load_codebook()
    stances = {book.stance_of[quad] for quad in quads}
    if not quads or set(priors) not in (set(quads), stances):
        raise must_be("priors", f"a share for each of {sorted(stances)} or of {list(quads)}", dict(priors))
    for name, share in priors.items():
        if isinstance(share, bool) or not isinstance(share, int | float | np.number) or not 0 <= share < float("inf"):
            raise must_be(f"priors[{name!r}]", "a number from 0 on", share)
    if not sum(priors.values()) > 0:
        raise must_be("priors", "shares of which one is above 0", dict(priors))
    wanted = np.zeros(len(book.quads))
    for k, quad in enumerate(book.quads):
        if quad not in quads:
            continue
        stance = book.stance_of[quad]
        inside = sum(assumed[j] for j, other in enumerate(book.quads) if book.stance_of[other] == stance)
        wanted[k] = (
            priors[quad] if quad in priors and set(priors) == set(quads) else priors[stance] * assumed[k] / inside
        )
    result: Floats = wanted / wanted.sum()
    return result
