"""Label sets with a guarantee: conformal prediction over stories.

Sentences of one story are alike, so that not sentences but stories are exchangeable. The quantile below weighs each story
alike; the set of labels of a sentence of a new story then holds the true label with probability 1 - error at least, on
average over stories and over sentences of a story: marginally. It does not hold for each story, each label, or texts of
another kind.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from nato_nlp._validate import check_same_length, must_be
from nato_nlp.errors import InputError

Floats = npt.NDArray[np.float64]
ERRORS = np.round(np.arange(0.01, 0.51, 0.01), 2)  # shares of error for which quantiles are kept
EVERYTHING = np.inf  # a quantile that lets every label in


def nonconformity(proba: Floats, true: npt.NDArray[np.int64]) -> Floats:
    """Return 1 - p(true label) of each row: how badly a row fits, shape (n,)."""
    return 1.0 - proba[np.arange(len(proba)), true]


def story_quantile(scores: Any, stories: Any, error: float) -> float:
    """Return the quantile of nonconformity that covers a sentence of a new story.

    Symbols: K stories, n_k sentences in story k, scores s_ki; the result is the 1 - error quantile of the distribution that
    puts 1 / ((K + 1) n_k) on each s_ki and 1 / (K + 1) on infinity: formula (2) of [LBW23].

    Parameters
    ----------
    scores : array-like of shape (n,)
        Of held-out sentences.
    stories : sequence of length n
    error : float
        Share of sets that may miss the true label; 0 < error < 1.

    Returns
    -------
    float
        Infinity when there are too few stories for so small an error.

    References
    ----------
    [LBW23] Lee, Barber, Willett: Distribution-free inference with hierarchical data. arXiv:2306.06342, 2023.

    Examples
    --------
    >>> story_quantile([0.1, 0.2, 0.3, 0.4], ["a", "b", "c", "d"], error=0.4)
    0.3
    >>> story_quantile([0.1, 0.2], ["a", "b"], error=0.1)
    inf
    """
    values = np.asarray(scores, np.float64)
    check_same_length("scores", values.tolist(), "stories", list(stories))
    if not len(values):
        raise InputError("scores must hold at least one number")
    if not 0 < error < 1:
        raise must_be("error", "a share above 0 and below 1", error)
    _, story, size = np.unique(np.asarray(stories, dtype=str), return_inverse=True, return_counts=True)
    weight = 1.0 / ((len(size) + 1) * size[story])
    order = np.argsort(values, kind="stable")
    reached = np.flatnonzero(np.cumsum(weight[order]) >= (1 - error) * (1 - 1e-12))
    return float(values[order[reached[0]]]) if len(reached) else EVERYTHING


def story_quantiles(scores: Any, stories: Any) -> Floats:
    """Return `story_quantile` for each of `ERRORS`."""
    return np.asarray([story_quantile(scores, stories, error) for error in ERRORS])


def quantile_for(quantiles: Floats, error: Any) -> float:
    """Return the quantile for the next smaller error that was kept.

    Raises
    ------
    InputError
        The error is no number from the smallest of `ERRORS` on and below 1.
    """
    number = isinstance(error, int | float | np.number) and not isinstance(error, bool)
    if not number or not ERRORS[0] <= error < 1:
        raise must_be("error", f"a share from {ERRORS[0]} on and below 1", error)
    return float(quantiles[(error + 1e-9 >= ERRORS).sum() - 1])


def label_sets(proba: Floats, quantile: float) -> npt.NDArray[np.bool_]:
    """Return which labels are in each row's set, shape (n, C); the likeliest label always is, so that no set is empty."""
    inside = 1.0 - proba <= quantile
    inside[np.arange(len(proba)), proba.argmax(axis=1)] = True
    return inside
