"""Tests of differences: the corrected t-test, the paired bootstrap, Holm."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ttest_1samp

from nato_nlp import InputError
from nato_nlp.evaluation.intervals import METRICS, difference
from nato_nlp.experiment.statistics import bootstrap_test, corrected_t_test, holm, paired_replicates

shares = st.lists(st.floats(0, 1), min_size=1, max_size=30)
folds = st.lists(st.integers(-100, 100).map(lambda k: k / 100), min_size=2, max_size=10)


def refused(message, call, *args, **options):
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        call(*args, **options)


@given(folds)
def test_t_test_tends_to_the_plain_one_without_overlap(values):
    found = corrected_t_test(values, ratio=1e-12)
    if np.ptp(values) == 0:
        assert found.p == float(values[0] == 0)
        return
    plain = ttest_1samp(values, 0)
    assert found.p == pytest.approx(plain.pvalue, abs=1e-6)
    low, high = plain.confidence_interval(0.95)
    assert (found.low, found.high) == (pytest.approx(low, abs=1e-6), pytest.approx(high, abs=1e-6))


@given(folds, st.floats(0.01, 1))
def test_t_test_is_more_careful_with_more_overlap(values, ratio):
    plain, corrected = corrected_t_test(values, ratio=1e-9), corrected_t_test(values, ratio=ratio)
    assert corrected.p >= plain.p
    assert corrected.low <= plain.low <= plain.high <= corrected.high
    assert corrected.value == plain.value


def test_t_test_by_hand():
    # mean 0.02, s = 0.01, k = 3, ratio 1/2: t = 0.02 / (0.01 sqrt(1/3 + 1/2)) = 2.1909 with 2 degrees of freedom
    found = corrected_t_test([0.01, 0.02, 0.03], ratio=0.5)
    t = 2 / np.sqrt(5 / 6)
    assert found.p == pytest.approx(1 - t / np.sqrt(2 + t**2))  # closed form of the t distribution with 2 degrees


def test_t_test_refuses():
    message = "differences must be finite, one for each of at least two folds, got "
    refused(f"{message}[0.1]", corrected_t_test, [0.1], ratio=0.5)
    refused(f"{message}[0.1, nan]", corrected_t_test, [0.1, np.nan], ratio=0.5)
    refused("ratio must be a positive number, got 0", corrected_t_test, [0.1, 0.2], ratio=0)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.randoms())
def test_holm_lies_between_p_and_bonferroni_and_keeps_the_order(values, random):
    adjusted = holm(values)
    assert (adjusted >= values).all()
    assert (adjusted <= np.minimum(1, np.array(values) * len(values)) + 1e-12).all()
    order = np.argsort(values, kind="stable")
    assert (np.diff(adjusted[order]) >= 0).all()
    mixed = random.sample(range(len(values)), len(values))
    assert holm([values[k] for k in mixed]).tolist() == adjusted[mixed].tolist()


def test_holm_of_nothing_and_of_what_is_no_probability():
    assert holm([]).tolist() == []
    refused("p_values must be numbers in [0, 1], got [0.1, nan]", holm, [0.1, np.nan])
    refused("p_values must be numbers in [0, 1], got [1.5]", holm, [1.5])


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=200))
def test_bootstrap_p_agrees_with_its_interval(replicates):
    found = bootstrap_test(0.0, replicates)
    assert 0 < found.p <= 1
    assert found.low <= found.high
    mirrored = bootstrap_test(0.0, [-value for value in replicates])
    assert mirrored.p == found.p
    if found.low > 0 or found.high < 0:
        # few replicates: the interval is interpolated between them, p is not
        assert found.p <= 0.05 + 4 / (len(replicates) + 1)


def test_bootstrap_without_a_value():
    found = bootstrap_test(0.1, [np.nan, np.nan])
    assert found.value == 0.1
    assert np.isnan(found[1:]).all()


def bound(metric="macro_f1", wrong=(10, 20), rows=80):
    gold = np.array(["dispute", "cooperation"] * (rows // 2))
    made = []
    for count in wrong:
        predicted = gold.copy()
        predicted[:count] = "dispute"
        made.append(METRICS[metric](gold.tolist(), predicted.tolist(), labels=["cooperation", "dispute"]))
    return gold, made


def test_replicates_of_a_pair_resemble_the_interval_of_the_evaluation():
    gold, (better, worse) = bound()
    groups = [f"doc {k // 2}" for k in range(80)]
    drawn = paired_replicates([better, worse], groups, resamples=20_000)
    assert drawn.shape == (20_000, 2)
    tested = bootstrap_test(float(better.total() - worse.total()), drawn[:, 0] - drawn[:, 1])
    known = difference(
        "macro_f1",
        gold.tolist(),
        ["dispute"] * 10 + gold[10:].tolist(),
        ["dispute"] * 20 + gold[20:].tolist(),
        groups=groups,
        resamples=20_000,
    )
    assert tested.value == pytest.approx(known.value)
    assert (tested.low, tested.high) == (pytest.approx(known.low, abs=0.01), pytest.approx(known.high, abs=0.01))


def test_replicates_do_not_depend_on_the_order_of_rows():
    gold, _ = bound()
    predicted = ["dispute"] * 20 + gold[20:].tolist()
    groups = [f"doc {k // 3}" for k in range(80)]
    order = np.random.default_rng(0).permutation(80)
    labels = ["cooperation", "dispute"]
    straight = METRICS["macro_f1"](gold.tolist(), predicted, labels=labels)
    mixed = METRICS["macro_f1"](gold[order].tolist(), [predicted[k] for k in order], labels=labels)
    first = paired_replicates([straight], groups, resamples=200)
    second = paired_replicates([mixed], [groups[k] for k in order], resamples=200)
    assert first.tolist() == second.tolist()


def test_replicates_refuse_one_group_and_few_resamples():
    _, statistics = bound()
    message = "groups must be at least two different ones, to be resampled, got ['a']"
    refused(message, paired_replicates, statistics, ["a"] * 80)
    message = "resamples must be an int of at least 100, got 5"
    refused(message, paired_replicates, statistics, ["a"] * 80, resamples=5)


def test_false_findings_of_the_bootstrap_stay_near_alpha():
    """Two coin-flipping systems differ in truth by nothing: p < 0.05 in about a twentieth of draws."""
    rng, found = np.random.default_rng(0), 0
    for _ in range(200):
        gold = ["a", "b"] * 60
        both = [[gold[k] if right else "b" for k, right in enumerate(rng.random(120) < 0.7)] for _ in range(2)]
        pair = [METRICS["micro_f1"](gold, predicted, labels=["a", "b"]) for predicted in both]
        drawn = paired_replicates(pair, list(range(120)), resamples=400)
        found += bootstrap_test(0.0, drawn[:, 0] - drawn[:, 1]).p < 0.05
    assert 2 <= found <= 22
