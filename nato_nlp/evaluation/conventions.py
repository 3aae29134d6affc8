"""How probabilities become the labels of the field's benchmarks, said once.

Binary: dispute when p(dispute) >= p(cooperation); rows whose gold stance is neutral are left out.
Four-way: the arg-max over the four quads that are not neutral; rows whose gold quad is neutral are left out.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from nato_nlp._validate import must_be
from nato_nlp.codebook import load_codebook
from nato_nlp.evaluation._inputs import Floats, Ints, check_scored
from nato_nlp.evaluation.metrics import ratio

NEUTRAL = "neutral"


class Restricted(NamedTuple):
    """Gold and prediction without neutral.

    Attributes
    ----------
    rows : ndarray of shape (m,), int64
        Which rows were kept: ``groups[rows]`` are their groups.
    y_true, y_pred : list of str
        Labels of the kept rows.
    classes : tuple of str
        The columns of ``proba``.
    proba : ndarray of shape (m, classes), float64
        Probabilities given that the row is not neutral: each row sums to 1.

    Examples
    --------
    >>> import numpy as np
    >>> from nato_nlp.evaluation import binary_stance
    >>> proba = np.array([[0.6, 0.3, 0.1], [0.1, 0.1, 0.8]])
    >>> kept = binary_stance(proba, ["cooperation", "neutral"])
    >>> kept.rows.tolist(), kept.y_pred
    ([0], ['cooperation'])
    """

    rows: Ints
    y_true: list[str]
    y_pred: list[str]
    classes: tuple[str, ...]
    proba: Floats


def binary_stance(stance_proba: Any, y_true: Any, *, classes: Iterable[str] | None = None) -> Restricted:
    """Apply the binary convention: dispute when p(dispute) >= p(cooperation), gold neutral rows left out.

    Parameters
    ----------
    stance_proba : array-like of shape (n, 3)
        Probability of each stance; rows sum to 1.
    y_true : sequence of str
        Gold stance of each row.
    classes : iterable of str, optional
        The stances in the order of the columns; codebook order when None.

    Returns
    -------
    Restricted
        Rows in the order given.

    Raises
    ------
    InputError
        Shapes that do not fit, a stance outside the codebook, only neutral rows.

    Notes
    -----
    A tie goes to dispute, whatever the order of the columns. Where both probabilities are 0, each becomes 1/2.

    Examples
    --------
    >>> kept = binary_stance([[0.3, 0.3, 0.4], [0.5, 0.2, 0.3], [0, 0, 1]], ["dispute", "dispute", "neutral"])
    >>> kept.y_pred, kept.y_true, kept.rows.tolist()
    (['dispute', 'cooperation'], ['dispute', 'dispute'], [0, 1])
    """
    # dispute first, so that the arg-max gives ties to it
    return _restrict(stance_proba, y_true, classes, load_codebook().stances, ("dispute", "cooperation"))


def four_way(quad_proba: Any, y_true: Any, *, classes: Iterable[str] | None = None) -> Restricted:
    """Apply the four-way convention: arg-max over the four quads that are not neutral, gold neutral rows left out.

    Parameters
    ----------
    quad_proba : array-like of shape (n, 5)
        Probability of each quad; rows sum to 1.
    y_true : sequence of str
        Gold quad of each row.
    classes : iterable of str, optional
        The quads in the order of the columns; codebook order when None.

    Returns
    -------
    Restricted
        Rows in the order given.

    Raises
    ------
    InputError
        Shapes that do not fit, a quad outside the codebook, only neutral rows.

    Notes
    -----
    A tie goes to the quad that is first in the codebook. Where all four probabilities are 0, each becomes 1/4.

    Examples
    --------
    >>> kept = four_way([[0.1, 0.2, 0.1, 0.1, 0.5]], ["verbal_dispute"])
    >>> kept.y_pred, kept.proba.tolist()
    (['material_cooperation'], [[0.2, 0.4, 0.2, 0.2]])
    """
    quads = load_codebook().quads
    return _restrict(quad_proba, y_true, classes, quads, tuple(quad for quad in quads if quad != NEUTRAL))


def _restrict(
    proba: Any, y_true: Any, classes: Iterable[str] | None, known: Sequence[str], targets: Sequence[str]
) -> Restricted:
    names = tuple(known) if classes is None else tuple(classes)
    if sorted(names) != sorted(known):
        raise must_be("classes", f"an order of {', '.join(known)}", names)
    _, gold, values = check_scored(y_true, proba, names)
    rows = np.flatnonzero(gold != names.index(NEUTRAL))
    if len(rows) == 0:
        raise must_be("y_true", "rows of which some are not neutral", list(y_true))
    kept = values[rows][:, [names.index(name) for name in targets]]
    total = kept.sum(axis=1, keepdims=True)
    share = np.where(total == 0, 1 / len(targets), ratio(kept, total))
    winners = kept.argmax(axis=1)
    return Restricted(rows, [names[i] for i in gold[rows]], [targets[i] for i in winners], tuple(targets), share)
