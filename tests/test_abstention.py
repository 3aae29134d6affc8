"""Thresholds of silence: what they answer, what goes wrong, and wrong arguments."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nato_nlp.errors import InputError
from nato_nlp.models.abstention import POINTS, risk_curve

rows = st.lists(st.tuples(st.floats(0.2, 1.0), st.booleans()), min_size=1, max_size=40)


@given(rows, st.floats(0.01, 1.0))
def test_coverage_is_reached_on_the_rows_of_the_curve(pairs, share):
    confidence, correct = (np.asarray(values) for values in zip(*pairs, strict=True))
    threshold = risk_curve(confidence, correct).for_coverage(share)
    answered = confidence >= threshold
    assert answered.mean() >= share
    higher = confidence[confidence > max(threshold, confidence.min())]
    if len(higher):  # one step further answers too little
        assert (confidence >= higher.min()).mean() < share


@given(rows)
def test_error_is_kept_on_the_rows_of_the_curve(pairs):
    confidence, correct = (np.asarray(values) for values in zip(*pairs, strict=True))
    curve = risk_curve(confidence, correct)
    for asked in (0.0, 0.1, 0.5, 1.0):
        if curve.error.min() <= asked:
            answered = confidence >= curve.for_error(asked)
            assert answered.any()
            assert (~correct[answered]).mean() <= asked
        else:
            with pytest.raises(
                InputError, match=r"^error must be at least [\d.]+, the lowest that held-out stories showed"
            ):
                curve.for_error(asked)


def test_the_lowest_threshold_answers_everything_and_a_long_curve_is_thinned():
    rng = np.random.default_rng(0)
    curve = risk_curve(rng.random(5000), rng.random(5000) < 0.8)
    assert (curve.threshold[0], curve.coverage[0]) == (0.0, 1.0)
    assert len(curve.threshold) == POINTS
    assert (np.diff(curve.threshold) > 0).all()
    assert (np.diff(curve.coverage) < 0).all()


@pytest.mark.parametrize("value", [-0.1, 1.1, True, "1", None, float("nan")])
def test_shares_are_checked(value):
    curve = risk_curve([0.5], [True])
    with pytest.raises(
        InputError, match=f"^{re.escape(f'coverage must be a share above 0 and up to 1, got {value!r}')}$"
    ):
        curve.for_coverage(value)
    with pytest.raises(InputError, match=f"^{re.escape(f'error must be a share from 0 to 1, got {value!r}')}$"):
        curve.for_error(value)


def test_wrong_rows():
    with pytest.raises(InputError, match="^confidence must hold at least one probability$"):
        risk_curve([], [])
    with pytest.raises(InputError, match=r"^correct must be as long as confidence \(2\), got 1$"):
        risk_curve([0.5, 0.6], [True])
