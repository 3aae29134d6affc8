"""When a tagger keeps silent: the share of answers and of errors by threshold, as held-out stories showed them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nato_nlp._validate import check_same_length, must_be
from nato_nlp.errors import InputError

Floats = npt.NDArray[np.float64]
POINTS = 200  # of a curve, so that it costs a model file next to nothing


@dataclass(frozen=True, eq=False)
class RiskCurve:
    """What would be answered, and wrongly, if only sentences were answered whose probability reaches a threshold.

    Attributes
    ----------
    threshold : ndarray of shape (k,), rising
        The first one answers everything.
    coverage : ndarray of shape (k,)
        Share of sentences that are answered.
    error : ndarray of shape (k,)
        Share of the answered ones that are wrong.
    """

    threshold: Floats
    coverage: Floats
    error: Floats

    def for_coverage(self, share: float) -> float:
        """Return the highest threshold that answers at least a share of the sentences.

        Raises
        ------
        InputError
            The share is no number above 0 and up to 1.
        """
        _check_share("coverage", share, 0.0)
        return float(self.threshold[np.flatnonzero(self.coverage >= share)[-1]])

    def for_error(self, share: float) -> float:
        """Return the lowest threshold from which on at most a share of the answers is wrong.

        Raises
        ------
        InputError
            The share is no number from 0 to 1, or no threshold of the curve gets so low; the lowest share is named.
        """
        _check_share("error", share, -1.0)
        fits = np.flatnonzero(self.error <= share)
        if not len(fits):
            raise must_be("error", f"at least {self.error.min():.3f}, the lowest that held-out stories showed", share)
        return float(self.threshold[fits[0]])


def risk_curve(confidence: Any, correct: Any) -> RiskCurve:
    """Measure coverage and error at some 200 thresholds.

    Parameters
    ----------
    confidence : array-like of shape (n,)
        Probability of the answer to each held-out sentence.
    correct : array-like of shape (n,), bool

    Examples
    --------
    >>> curve = risk_curve([0.9, 0.6, 0.5, 0.8], [True, False, False, True])
    >>> curve.for_coverage(0.5), curve.for_error(0.0)
    (0.8, 0.8)
    """
    values, right = np.asarray(confidence, np.float64), np.asarray(correct, bool)
    check_same_length("confidence", values.tolist(), "correct", right.tolist())
    if not len(values):
        raise InputError("confidence must hold at least one probability")
    order = np.argsort(-values, kind="stable")
    ranked = values[order]
    answered = np.arange(1, len(values) + 1)
    wrong = np.cumsum(~right[order])
    # equal probabilities are answered together
    last = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
    chosen = last[np.unique(np.linspace(0, len(last) - 1, POINTS).round().astype(int))][::-1]
    threshold = ranked[chosen]
    threshold[0] = 0.0
    return RiskCurve(threshold, answered[chosen] / len(values), wrong[chosen] / answered[chosen])


def _check_share(name: str, value: Any, low: float) -> None:
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not number or not low < value <= 1 or value < 0:
        raise must_be(name, f"a share {'above' if low == 0 else 'from'} 0 {'and up ' if low == 0 else ''}to 1", value)
