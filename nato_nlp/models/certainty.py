"""What a tagger knows of its own errors: when to keep silent, and which labels a sentence may have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nato_nlp._validate import check_option, must_be
from nato_nlp.codebook import load_codebook
from nato_nlp.errors import InputError
from nato_nlp.models.abstention import POINTS, RiskCurve, risk_curve
from nato_nlp.models.conformal import ERRORS, label_sets, nonconformity, quantile_for, story_quantiles
from nato_nlp.models.decision import decide, stance_of_quad, stance_probabilities
from nato_nlp.models.model_checks import check_floats
from nato_nlp.text.boilerplate import is_boilerplate

if TYPE_CHECKING:
    from nato_nlp.models.training import HeldOut

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
CURVE = ("threshold", "coverage", "error")
QUANTILES = {"stance": "stance_quantiles", "quad": "quad_quantiles"}  # by level


@dataclass(frozen=True, eq=False)
class Certainty:
    """What held-out stories showed of a tagger's errors, and how sure it has to be to answer.

    All of it goes by probabilities under the priors that training assumed: other priors (`Tagger.with_priors`) belong to
    texts of which the held-out stories tell nothing.

    Attributes
    ----------
    curve : RiskCurve
        Of the stance: a sentence is answered where its largest stance probability reaches a threshold.
    stance_quantiles, quad_quantiles : ndarray of shape (50,)
        Quantiles of 1 - p(true label) over stories, for each of `ERRORS`; infinity where there were too few stories.
    silent_below : float
        A sentence whose largest stance probability is lower gets no stance; 0 is never silent.
    """

    curve: RiskCurve
    stance_quantiles: Floats
    quad_quantiles: Floats
    silent_below: float = 0.0

    def silent(self, quad_proba: Floats) -> Bools:
        """Return which rows get no answer, by quad probabilities (n, 5) under the priors of training."""
        silent: Bools = stance_probabilities(quad_proba).max(axis=1) < self.silent_below
        return silent

    def label_sets(self, assumed: Floats, answered: Floats, error: float, level: str) -> list[tuple[str, ...]]:
        """Return the labels that each of n sentences may have.

        Parameters
        ----------
        assumed, answered : ndarray of shape (n, 5)
            Quad probabilities under the priors of training, and those that the stance and quad were chosen by.
        error : float
            Share of sets that may miss the true label.
        level : {'stance', 'quad'}

        Raises
        ------
        InputError
            Another level, or an error that is no share from .01 on and below 1.
        """
        quantile = quantile_for(getattr(self, QUANTILES[check_option("level", level, QUANTILES)]), error)
        book, stance = load_codebook(), level == "stance"
        inside = label_sets(stance_probabilities(assumed) if stance else assumed, quantile)
        # with the answer in it a set never contradicts its sentence, and it can only get more right
        inside[np.arange(len(inside)), decide(answered)[0 if stance else 1]] = True
        names = book.stances if stance else book.quads
        return [tuple(name for name, has in zip(names, row, strict=True) if has) for row in inside.tolist()]


def measure_certainty(
    held_out: "HeldOut | None", texts: Sequence[str], groups: Sequence[Any] | None
) -> Certainty | None:
    """Measure a tagger by what models that had not seen a row's story said of it.

    Parameters
    ----------
    held_out : HeldOut or None
    texts : sequence of str of length n
        The rows; site furniture is left out.
    groups : sequence of length n or None
        Their stories; None: each row is a story.

    Returns
    -------
    Certainty or None
        None without held-out scores, and for a tagger without quads.
    """
    quad = None if held_out is None else held_out.targets.quad
    if held_out is None or quad is None:
        return None
    rows = np.flatnonzero((quad >= 0) & ~np.asarray([is_boilerplate(text) for text in texts], bool))
    if not len(rows):
        return None
    proba, true = held_out_quads(held_out)
    proba, true = proba[rows], true[rows]
    stories = [str(k if groups is None else groups[k]) for k in rows.tolist()]
    return certainty_of(proba, true, stories)


def certainty_of(quad_proba: Floats, quad: npt.NDArray[np.int64], stories: Sequence[str]) -> Certainty:
    """Return the certainty that n held-out sentences show.

    Parameters
    ----------
    quad_proba : ndarray of shape (n, 5)
        In codebook order.
    quad : ndarray of shape (n,)
        The true quads, by their places in the codebook.
    stories : sequence of str of length n
    """
    proba, stance = stance_probabilities(quad_proba), stance_of_quad()[quad]
    return Certainty(
        # sums of probabilities miss 1 by a rounding
        risk_curve(np.minimum(proba.max(axis=1), 1.0), proba.argmax(axis=1) == stance),
        story_quantiles(nonconformity(proba, stance).clip(0.0, 1.0), stories),
        story_quantiles(nonconformity(quad_proba, quad).clip(0.0, 1.0), stories),
    )


def held_out_quads(held_out: "HeldOut") -> tuple[Floats, npt.NDArray[np.int64]]:
    """Return the quad probabilities (n, 5) and the true quads (n,) of held-out rows in codebook order; -1 for no quad."""
    quads = load_codebook().quads
    places = np.asarray([quads.index(name) for name in held_out.targets.quads], np.int64)
    proba = np.zeros((len(held_out.scores), len(quads)))
    proba[:, places] = held_out.quad_proba()
    true = np.full(len(proba), -1) if held_out.targets.quad is None else held_out.targets.quad
    return proba, np.where(true >= 0, places[true], -1)


def known_certainty(certainty: Certainty | None) -> Certainty:
    """Return the certainty of a tagger that has one.

    Raises
    ------
    InputError
        It has none.
    """
    if certainty is None:
        raise InputError(
            "the tagger must have been trained with quads and at least two groups to know how sure it is, "
            "got one without held-out stories"
        )
    return certainty


def certainty_arrays(certainty: Certainty) -> dict[str, Floats]:
    """Return the arrays of a certainty as a model file holds them."""
    arrays = {name: getattr(certainty.curve, name) for name in CURVE}
    return arrays | {name: getattr(certainty, name) for name in QUANTILES.values()}


def read_certainty(silent_below: Any, arrays: Mapping[str, npt.NDArray[Any]]) -> Certainty:
    """Take over what `certainty_arrays` gave.

    Raises
    ------
    InputError
        Numbers that `measure_certainty` never gives.
    KeyError
        An array is missing.
    """
    number = isinstance(silent_below, int | float) and not isinstance(silent_below, bool)
    if not number or not 0 <= silent_below <= 1:
        raise must_be("certainty.silent_below", "a number from 0 to 1", silent_below)
    curve = RiskCurve(*_checked_curve([arrays[name] for name in CURVE]))
    quantiles = [_checked_quantiles(name, arrays[name]) for name in QUANTILES.values()]
    return Certainty(curve, quantiles[0], quantiles[1], float(silent_below))


def _checked_curve(arrays: Sequence[npt.NDArray[Any]]) -> list[Floats]:
    points = arrays[0].size
    if not 1 <= points <= POINTS:
        raise must_be("certainty.threshold", f"an array of 1 to {POINTS} numbers", points)
    threshold, coverage, error = (
        check_floats(f"certainty.{name}", array, (points,)).astype(np.float64)
        for name, array in zip(CURVE, arrays, strict=True)
    )
    rises = threshold[0] == 0 and (np.diff(threshold) > 0).all() and threshold[-1] <= 1
    falls = coverage[0] == 1 and (np.diff(coverage) < 0).all() and coverage[-1] > 0
    if not rises or not falls or not ((error >= 0) & (error <= 1)).all():
        raise InputError(
            "certainty must have thresholds that rise from 0, shares of answers that fall from 1, and errors from 0 to 1"
        )
    return [threshold, coverage, error]


def _checked_quantiles(name: str, array: npt.NDArray[Any]) -> Floats:
    if array.shape != ERRORS.shape or array.dtype.kind != "f":
        raise InputError(f"certainty.{name} must hold {len(ERRORS)} floats, got {array.dtype} of {array.shape}")
    # NaN is neither from 0 to 1 nor infinity
    if not (((array >= 0) & (array <= 1)) | (array == np.inf)).all() or not (array[1:] <= array[:-1]).all():
        raise InputError(f"certainty.{name} must hold numbers from 0 to 1, or infinity, that fall")
    return array.astype(np.float64)
