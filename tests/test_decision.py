"""Stance and quad never contradict each other, for any probabilities and any priors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nato_nlp import load_codebook
from nato_nlp.models.decision import decide, reweight, sigmoid, softmax, stance_of_quad, stance_probabilities

QUADS = len(load_codebook().quads)
FRACTION = st.floats(0, 1, allow_subnormal=False)
ROWS = arrays(np.float64, st.tuples(st.integers(1, 8), st.just(QUADS)), elements=FRACTION)
PRIORS = arrays(np.float64, QUADS, elements=st.floats(0.001, 1))


def test_codebook_order_maps_quads_to_stances():
    assert stance_of_quad().tolist() == [0, 0, 1, 1, 2]


@given(ROWS, PRIORS, PRIORS)
def test_quad_refines_stance_for_any_probabilities_and_priors(weights, assumed, priors):
    proba = (weights + 1e-9) / (weights + 1e-9).sum(axis=1, keepdims=True)
    moved = reweight(proba, assumed / assumed.sum(), priors / priors.sum())
    np.testing.assert_allclose(moved.sum(axis=1), 1)
    for table in (proba, moved):
        stance, quad = decide(table)
        sums = stance_probabilities(table)
        assert (stance_of_quad()[quad] == stance).all()
        assert (sums[np.arange(len(sums)), stance] == sums.max(axis=1)).all()
        for row, s, q in zip(table, stance, quad, strict=True):
            assert row[q] == max(p for p, of in zip(row, stance_of_quad(), strict=True) if of == s)


TIES = [
    ([0.2, 0.2, 0.2, 0.2, 0.2], "cooperation", "verbal_cooperation"),
    ([0.0, 0.0, 0.25, 0.25, 0.5], "dispute", "verbal_dispute"),
    ([0.0, 0.5, 0.0, 0.5, 0.0], "cooperation", "material_cooperation"),
    ([0.0, 0.0, 0.0, 0.0, 0.0], "cooperation", "verbal_cooperation"),
    ([0.3, 0.0, 0.2, 0.2, 0.3], "dispute", "verbal_dispute"),
]


@pytest.mark.parametrize(("row", "stance", "quad"), TIES)
def test_ties_break_by_codebook_order(row, stance, quad):
    chosen_stance, chosen_quad = decide(np.array([row]))
    assert load_codebook().stances[chosen_stance[0]] == stance
    assert load_codebook().quads[chosen_quad[0]] == quad


def test_reweighting_to_the_assumed_priors_changes_nothing():
    proba = np.array([[0.1, 0.2, 0.3, 0.4, 0.0]])
    uniform = np.full(5, 0.2)
    np.testing.assert_allclose(reweight(proba, uniform, uniform), proba)


def test_a_row_without_mass_on_the_wanted_classes_gets_the_prior():
    priors = np.array([0.0, 0.0, 0.0, 0.0, 1.0])
    moved = reweight(np.array([[1.0, 0, 0, 0, 0]]), np.full(5, 0.2), priors)
    assert moved.tolist() == [priors.tolist()]


@given(
    arrays(np.float64, st.tuples(st.integers(1, 5), st.integers(1, 5)), elements=st.floats(-800, 800)),
    st.floats(0.05, 20),
)
def test_softmax_is_a_distribution(scores, temperature):
    proba = softmax(scores, temperature)
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    assert (proba >= 0).all()


@given(arrays(np.float64, 4, elements=st.floats(-800, 800)))
def test_sigmoid_equals_its_definition(scores):
    with np.errstate(over="ignore"):
        np.testing.assert_allclose(sigmoid(scores), 1 / (1 + np.exp(-scores)), atol=1e-12)
