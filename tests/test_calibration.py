"""Calibration finds what the scores were made with."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from nato_nlp.models.calibration import best_threshold, fit_platt, fit_temperature
from nato_nlp.models.decision import sigmoid, softmax


@pytest.mark.parametrize("temperature", [0.3, 1.0, 2.5])
def test_temperature_is_recovered(temperature):
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(20_000, 4)) * 2
    labels = np.array([rng.choice(4, p=row) for row in softmax(scores, temperature)])
    assert fit_temperature(scores, labels) == pytest.approx(temperature, rel=0.08)


def test_temperature_passes_over_rows_of_unknown_classes():
    scores = np.array([[1.0, -np.inf], [1.0, -np.inf]])
    assert fit_temperature(scores, np.array([1, 1])) == 1.0


def test_platt_is_recovered():
    rng = np.random.default_rng(0)
    scores = rng.normal(size=20_000) * 2
    labels = rng.random(20_000) < sigmoid(0.5 * scores - 1.0)
    slope, offset = fit_platt(scores, labels)
    assert (slope, offset) == (pytest.approx(0.5, abs=0.05), pytest.approx(-1.0, abs=0.06))


def test_platt_stays_finite_on_separable_scores_and_single_classes():
    slope, offset = fit_platt(np.array([-1.0, -2, 1, 2]), np.array([False, False, True, True]))
    assert slope > 0
    assert np.isfinite(offset)
    assert fit_platt(np.ones(3), np.zeros(3, bool)) == (1.0, 0.0)


@given(st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=30))
def test_threshold_has_the_best_f1(rows):
    proba = np.array([p / 20 for p, _ in rows])
    labels = np.array([label for _, label in rows])
    threshold = best_threshold(proba, labels)
    if not labels.any():
        assert threshold == 0.5
        return
    reached = f1_score(labels, proba >= threshold)
    best = max(f1_score(labels, proba >= t) for t in proba)
    assert reached == pytest.approx(best)
