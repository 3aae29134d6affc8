"""Bootstrap intervals against resampling by hand, and their coverage."""

import re
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nato_nlp import evaluation
from nato_nlp.errors import InputError
from nato_nlp.evaluation import Estimate, bootstrap, difference, estimate, estimate_per_class
from nato_nlp.evaluation.intervals import METRICS

LABELS = ["cooperation", "dispute", "neutral"]
OPTIONS = {"selective_risk": {"threshold": 0.5}, "coverage": {"threshold": 0.5}}
OF_LABELS = ["macro_f1", "micro_f1", "matthews"]
OF_SETS = ["multilabel_macro_f1", "multilabel_micro_f1", "subset_accuracy", "hamming_loss", "mean_jaccard"]
OF_PROBABILITIES = [name for name in METRICS if name not in OF_LABELS + OF_SETS]


def sample(metric, count, seed=0):
    """Gold and two systems' predictions in the form that the metric takes, and its options."""
    rng = np.random.default_rng(seed)
    gold = [LABELS[i] for i in rng.integers(0, 3, count)]
    first, second = ([g if rng.random() < p else LABELS[rng.integers(3)] for g in gold] for p in (0.7, 0.5))
    if metric in OF_LABELS:
        return gold, first, second, {}
    if metric in OF_SETS:
        return ([frozenset(pair) for pair in zip(x, x[::-1], strict=True)] for x in (gold, first, second)), {}
    proba = [rng.dirichlet([1, 1, 1], count) for _ in range(2)]
    return gold, *proba, {"classes": LABELS} | OPTIONS.get(metric, {})


def unpacked(metric, count, seed=0):
    case = sample(metric, count, seed)
    return (*case[0], case[1]) if metric in OF_SETS else case


@pytest.mark.parametrize("metric", METRICS)
def test_value_is_the_metric_and_intervals_hold_it(metric):
    gold, first, second, options = unpacked(metric, 60)
    groups = [row // 3 for row in range(60)]
    function = getattr(evaluation, metric)
    found = estimate(metric, gold, first, groups=groups, **options)
    assert found.value == function(gold, first, **options)
    assert (found.count, found.groups) == (60, 20)
    # the calibration error alone is so biased that the sample's value may lie outside
    assert found.low < found.high
    assert found.low <= found.value <= found.high or metric == "expected_calibration_error"
    gap = difference(metric, gold, first, second, groups=groups, **options)
    assert gap.value == pytest.approx(function(gold, first, **options) - function(gold, second, **options))


@pytest.mark.parametrize("metric", METRICS)
def test_replicates_equal_the_metric_on_resampled_rows(metric):
    gold, first, second, options = unpacked(metric, 24)
    groups = np.arange(24) // 4
    function = getattr(evaluation, metric)
    rng = np.random.default_rng(5)
    values, gaps = [], []
    for _ in range(100):
        rows = np.concatenate([np.flatnonzero(groups == g) for g in rng.integers(0, 6, 6)])
        a, b = (function([gold[r] for r in rows], [x[r] for r in rows], **options) for x in (first, second))
        values.append(a)
        gaps.append(a - b)
    drawn = {"groups": groups, "resamples": 100, "random_state": 5} | options
    found, gap = estimate(metric, gold, first, **drawn), difference(metric, gold, first, second, **drawn)
    assert (found.low, found.high) == pytest.approx(np.nanquantile(values, [0.025, 0.975]), abs=1e-12)
    assert (gap.low, gap.high) == pytest.approx(np.nanquantile(gaps, [0.025, 0.975]), abs=1e-12)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("grouped", [False, True])
def test_row_order_does_not_matter(metric, grouped):
    gold, first, second, options = unpacked(metric, 50)
    order = np.random.default_rng(1).permutation(50)
    groups = np.array([f"doc {row // 5}" for row in range(50)])
    turned = [[x[row] for row in order] for x in (gold, first, second)]
    one = difference(metric, gold, first, second, groups=groups if grouped else None, **options)
    other = difference(metric, *turned, groups=groups[order] if grouped else None, **options)
    assert (one.value, one.low, one.high) == pytest.approx((other.value, other.low, other.high), abs=1e-12)


def test_per_class_intervals():
    gold, first, _, _ = unpacked("macro_f1", 80)
    found = estimate_per_class(gold, first, labels=LABELS)
    points = evaluation.per_class(gold, first, labels=LABELS)
    assert list(found) == LABELS
    for point in points:
        scores = found[point.label]
        assert (scores.precision.value, scores.recall.value, scores.f1.value) == pytest.approx(point[1:4])
        assert scores.support == point.support
        assert all(score.low <= score.value <= score.high for score in scores[:3])


def test_a_class_that_is_not_drawn_does_not_count_as_a_failure():
    gold = ["cooperation"] * 30 + ["dispute"]
    assert estimate("macro_f1", gold, gold, labels=["cooperation", "dispute"]).low == 1


@given(st.lists(st.tuples(st.integers(0, 4), st.floats(-5, 5)), min_size=2, max_size=30), st.integers(0, 99))
def test_interval_of_a_mean_stays_inside_the_data(rows, seed):
    groups, values = zip(*rows, strict=True)
    found = bootstrap([[v, 1] for v in values], lambda s: s[..., 0] / s[..., 1], groups=groups, random_state=seed)
    if len(set(groups)) == 1:
        assert np.isnan(found.low)
        assert np.isnan(found.high)
    else:
        assert min(values) - 1e-9 <= found.low <= found.high <= max(values) + 1e-9


def test_interval_of_a_mean_is_the_normal_one():
    values = np.random.default_rng(0).normal(size=2000)
    found = bootstrap(np.column_stack([values, np.ones(2000)]), lambda s: s[..., 0] / s[..., 1], resamples=4000)
    half = 1.96 * values.std() / np.sqrt(2000)
    assert found.low == pytest.approx(values.mean() - half, abs=0.1 * half)
    assert found.high == pytest.approx(values.mean() + half, abs=0.1 * half)


@pytest.mark.parametrize("grouped", [False, True])
def test_intervals_cover(grouped):
    """95% intervals hold the true accuracy in most of 200 samples; rows alone would not if groups agree."""
    rng = np.random.default_rng(7)
    hits = {True: 0, False: 0}
    for run in range(200):
        accuracy = rng.beta(3, 2, 40) if grouped else np.full(40, 0.6)
        right = (rng.random((40, 8)) < accuracy[:, None]).ravel()
        predicted = ["dispute" if hit else "neutral" for hit in right]
        for by_group in hits:
            groups = np.repeat(np.arange(40), 8) if by_group else None
            found = estimate("micro_f1", ["dispute"] * 320, predicted, groups=groups, resamples=200, random_state=run)
            hits[by_group] += found.low <= 0.6 <= found.high
    assert 0.90 <= hits[True] / 200 <= 0.98
    assert (hits[False] / 200 < 0.85) == grouped


def test_speed():
    gold, first, _, _ = unpacked("macro_f1", 5000)
    took = []
    for _ in range(3):
        start = time.perf_counter()
        estimate("macro_f1", gold, first, resamples=2000)
        took.append(time.perf_counter() - start)
    assert min(took) < 1


def test_text_of_an_estimate():
    assert str(Estimate(0.5, 0.25, 0.75, 1200, 34)) == "0.500 [0.250, 0.750] (1,200 rows in 34 groups)"
    nan = float("nan")
    assert str(Estimate(0.5, nan, nan, 2, 1)) == "0.500 no interval (2 rows in 1 groups)"
    assert str(Estimate(nan, nan, nan, 2, 2)) == "undefined no interval (2 rows in 2 groups)"


def test_one_group_has_no_interval():
    found = estimate("micro_f1", ["a", "b"], ["a", "a"], groups=["x", "x"])
    assert found.value == 0.5
    assert np.isnan(found.low)


def test_a_value_that_no_resample_has():
    options = {"classes": ["a", "b"], "threshold": 0.9}
    found = estimate("selective_risk", ["a", "b"], [[0.5, 0.5], [0.4, 0.6]], **options)
    assert np.isnan([found.value, found.low, found.high]).all()


@pytest.mark.parametrize(
    ("message", "options"),
    [
        ("metric must be one of " + ", ".join(map(repr, METRICS)) + ", got 'f1'", {"metric": "f1"}),
        ("resamples must be an int of at least 100, got 99", {"resamples": 99}),
        ("resamples must be an int of at least 100, got 100.0", {"resamples": 100.0}),
        ("level must be a number above 0 and below 1, got 95", {"level": 95}),
        ("groups must be as long as the rows (2), got 1", {"groups": ["x"]}),
        ("groups must be a group for every row, got None at index 1", {"groups": ["x", None]}),
        ("groups must be all str or all int, got 1 at index 1", {"groups": ["x", 1]}),
        ("groups must be all str or all int, got 0.5 at index 0", {"groups": [0.5, 1.5]}),
    ],
)
def test_refused(message, options):
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        estimate(**{"metric": "macro_f1", "y_true": ["a", "b"], "predicted": ["a", "b"]} | options)


@pytest.mark.parametrize("rows", [[], [1, 2], [[1.0, float("nan")]]])
def test_refused_rows(rows):
    message = f"rows must be a finite matrix of shape (n, k) with n at least 1, got {rows}"
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        bootstrap(rows, lambda sums: sums[..., 0])
