"""Calibration on held-out scores: one temperature for the quads, slope and offset for a binary head, thresholds."""

import numpy as np
import numpy.typing as npt

from nato_nlp.models.decision import sigmoid

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
COLDEST, HOTTEST = 0.05, 20.0


def fit_temperature(scores: Floats, labels: Ints) -> float:
    """Find the temperature that minimises the negative log-likelihood.

    Parameters
    ----------
    scores : ndarray of shape (n, C)
        Held-out scores; -inf for a class that the scoring model did not know.
    labels : ndarray of shape (n,)
        True columns.

    Returns
    -------
    float
        Between .05 and 20; 1.0 when no row is usable.

    References
    ----------
    Guo, Pleiss, Sun, Weinberger: On Calibration of Modern Neural Networks. ICML 2017.
    """
    from scipy.optimize import minimize_scalar

    rows = np.isfinite(scores[np.arange(len(labels)), labels])
    if not rows.any():
        return 1.0
    kept, truth = scores[rows], labels[rows]

    def loss(log_temperature: float) -> float:
        scaled = kept / np.exp(log_temperature)
        top = scaled.max(axis=1)
        total = np.log(np.exp(scaled - top[:, None]).sum(axis=1)) + top
        return float((total - scaled[np.arange(len(truth)), truth]).mean())

    found = minimize_scalar(loss, bounds=(np.log(COLDEST), np.log(HOTTEST)), method="bounded", options={"xatol": 1e-6})
    return float(np.exp(found.x))


def fit_platt(scores: Floats, labels: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """Fit p = sigmoid(slope * score + offset) to held-out scores of a binary head.

    Returns
    -------
    slope, offset : float
        slope > 0, so that the order of scores is kept; (1, 0) when one class is missing.

    Notes
    -----
    Targets are smoothed as in [Platt99], which keeps both finite on separable scores.

    References
    ----------
    [Platt99] Platt: Probabilistic outputs for support vector machines. Advances in Large Margin Classifiers, 1999.
    """
    from scipy.optimize import minimize

    positive = int(labels.sum())
    negative = len(labels) - positive
    if not positive or not negative:
        return 1.0, 0.0
    target = np.where(labels, (positive + 1) / (positive + 2), 1 / (negative + 2))

    def loss(parameters: Floats) -> tuple[float, Floats]:
        margin = np.exp(parameters[0]) * scores + parameters[1]
        value = (np.logaddexp(0, margin) - target * margin).mean()
        error = sigmoid(margin) - target
        return float(value), np.asarray([(error * scores).mean() * np.exp(parameters[0]), error.mean()])

    bounds = [(np.log(COLDEST), np.log(HOTTEST)), (-30.0, 30.0)]
    found = minimize(loss, np.zeros(2), jac=True, method="L-BFGS-B", bounds=bounds)
    return float(np.exp(found.x[0])), float(found.x[1])


def best_threshold(proba: Floats, labels: npt.NDArray[np.bool_]) -> float:
    """Choose the threshold with the highest F1 on held-out probabilities.

    Returns
    -------
    float
        Half-way between two neighbouring probabilities; the highest of equally good ones. .5 without a positive label.

    Examples
    --------
    >>> best_threshold(np.array([0.1, 0.2, 0.6]), np.array([False, True, True])) == 0.5 * (0.1 + 0.2)
    True
    """
    if not labels.any():
        return 0.5
    order = np.argsort(-proba, kind="stable")
    ranked = proba[order]
    hits = np.cumsum(labels[order])
    f1 = 2 * hits / (np.arange(1, len(labels) + 1) + labels.sum())
    last_of_ties = np.append(ranked[1:] != ranked[:-1], True)
    best = int(np.argmax(np.where(last_of_ties, f1, -1.0)))
    below = ranked[best + 1] if best + 1 < len(ranked) else 0.0
    return float((ranked[best] + below) / 2)
