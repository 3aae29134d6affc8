"""Every metric against scikit-learn or a formula by hand."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as reference
from sklearn.calibration import calibration_curve

from nato_nlp.codebook import load_codebook
from nato_nlp.errors import InputError
from nato_nlp.evaluation import (
    area_under_risk_coverage,
    binary_stance,
    brier_score,
    coverage,
    expected_calibration_error,
    four_way,
    hamming_loss,
    log_loss,
    macro_f1,
    matthews,
    mean_jaccard,
    micro_f1,
    multilabel_macro_f1,
    multilabel_micro_f1,
    per_class,
    per_label,
    reliability,
    risk_coverage,
    selective_risk,
    subset_accuracy,
)

LABELS = ["cooperation", "dispute", "neutral", "other"]
pairs = st.lists(st.tuples(st.sampled_from(LABELS[:3]), st.sampled_from(LABELS[:3])), min_size=1, max_size=40)
sets = st.frozensets(st.sampled_from(LABELS[:3]))
set_pairs = st.lists(st.tuples(sets, sets), min_size=1, max_size=25)


@st.composite
def scored(draw):
    """Gold labels and probabilities, among them many ties, zeros and ones."""
    classes = draw(st.integers(2, 4))
    weights = st.lists(st.integers(0, 5), min_size=classes, max_size=classes).filter(any)
    rows = draw(st.lists(st.tuples(st.integers(0, classes - 1), weights), min_size=1, max_size=30))
    proba = np.array([row for _, row in rows], dtype=float)
    return [LABELS[gold] for gold, _ in rows], proba / proba.sum(axis=1, keepdims=True), LABELS[:classes]


def matrix(rows):
    return np.array([[label in row for label in LABELS] for row in rows], dtype=int)


@given(pairs)
def test_label_metrics_equal_scikit_learn(rows):
    gold, predicted = map(list, zip(*rows, strict=True))
    assert macro_f1(gold, predicted) == pytest.approx(
        reference.f1_score(gold, predicted, average="macro", zero_division=0)
    )
    assert macro_f1(gold, predicted, labels=LABELS) == pytest.approx(
        reference.f1_score(gold, predicted, labels=LABELS, average="macro", zero_division=0)
    )
    assert micro_f1(gold, predicted) == pytest.approx(reference.f1_score(gold, predicted, average="micro"))
    # scikit-learn warns where there is one label in all
    expected = reference.matthews_corrcoef(gold, predicted) if len({*gold, *predicted}) > 1 else 0
    assert matthews(gold, predicted) == pytest.approx(expected, abs=1e-12)


@given(pairs)
def test_per_class_equals_scikit_learn(rows):
    gold, predicted = map(list, zip(*rows, strict=True))
    expected = reference.precision_recall_fscore_support(gold, predicted, labels=LABELS, zero_division=0)
    found = per_class(gold, predicted, labels=LABELS)
    assert [scores.label for scores in found] == LABELS
    for place, scores in enumerate(found):
        assert scores[1:] == pytest.approx([column[place] for column in expected])


@given(set_pairs)
def test_set_metrics_equal_scikit_learn(rows):
    gold, predicted = map(list, zip(*rows, strict=True))
    y, z = matrix(gold), matrix(predicted)
    for found, name in ((multilabel_macro_f1, "macro"), (multilabel_micro_f1, "micro")):
        assert found(gold, predicted, labels=LABELS) == pytest.approx(
            reference.f1_score(y, z, average=name, zero_division=0)
        )
    assert subset_accuracy(gold, predicted, labels=LABELS) == pytest.approx(reference.accuracy_score(y, z))
    assert hamming_loss(gold, predicted, labels=LABELS) == pytest.approx(reference.hamming_loss(y, z))
    assert mean_jaccard(gold, predicted, labels=LABELS) == pytest.approx(
        reference.jaccard_score(y, z, average="samples", zero_division=1)
    )
    expected = reference.precision_recall_fscore_support(y, z, zero_division=0)
    for place, scores in enumerate(per_label(gold, predicted, labels=LABELS)):
        assert scores[1:] == pytest.approx([column[place] for column in expected])


def test_labels_of_sets_are_those_that_occur():
    # 'b' is found, 'a' is missed, and no other label counts
    assert multilabel_macro_f1([{"a", "b"}, []], [{"b"}, []]) == 0.5


@given(scored())
def test_probability_metrics_equal_scikit_learn(case):
    gold, proba, classes = case
    order = np.argsort(classes)
    assert log_loss(gold, proba, classes=classes) == pytest.approx(
        reference.log_loss(gold, proba[:, order], labels=classes), abs=1e-12
    )
    expected = (
        reference.brier_score_loss(gold, proba[:, order], labels=sorted(classes), scale_by_half=False)
        if len(classes) > 2
        else 2 * np.mean((proba[:, 1] - (np.array(gold) == classes[1])) ** 2)
    )
    assert brier_score(gold, proba, classes=classes) == pytest.approx(expected)


@given(scored(), st.integers(1, 12))
def test_reliability_of_a_class_equals_scikit_learn(case, bins):
    gold, proba, classes = case
    points = reliability(gold, proba, classes=classes, bins=bins, label=classes[0])
    observed, predicted = calibration_curve(
        [label == classes[0] for label in gold], proba[:, 0], n_bins=bins, strategy="uniform", pos_label=True
    )
    assert points.observed == pytest.approx(observed)
    assert points.predicted == pytest.approx(predicted)
    assert points.count.sum() == len(gold)
    assert (points.predicted <= points.high + 1e-12).all()
    assert (points.predicted >= points.low - 1e-12).all()


@given(scored(), st.integers(1, 12), st.booleans())
def test_calibration_error_is_the_weighted_gap_of_the_points(case, bins, of_class):
    gold, proba, classes = case
    label = classes[-1] if of_class else None
    points = reliability(gold, proba, classes=classes, bins=bins, label=label)
    expected = (points.count * np.abs(points.observed - points.predicted)).sum() / len(gold)
    assert expected_calibration_error(gold, proba, classes=classes, bins=bins, label=label) == pytest.approx(expected)


@given(scored())
def test_risk_and_coverage_by_hand(case):
    gold, proba, classes = case
    confidence = proba.max(axis=1)
    wrong = np.array([classes[best] for best in proba.argmax(axis=1)]) != np.array(gold)
    curve = risk_coverage(gold, proba, classes=classes)
    assert curve.threshold.tolist() == sorted(set(confidence), reverse=True)
    for threshold, share, risk in zip(curve.threshold, curve.coverage, curve.risk, strict=True):
        kept = confidence >= threshold
        assert (share, risk) == pytest.approx((kept.mean(), wrong[kept].mean()))
        if threshold < 1:
            assert selective_risk(gold, proba, classes=classes, threshold=threshold) == pytest.approx(risk)
            assert coverage(gold, proba, classes=classes, threshold=threshold) == pytest.approx(share)
    expected = np.mean([wrong[confidence >= own].mean() for own in confidence])
    assert curve.area == pytest.approx(expected)
    assert area_under_risk_coverage(gold, proba, classes=classes) == pytest.approx(expected)


def test_selective_risk_without_rows_is_undefined():
    assert np.isnan(selective_risk(["a"], [[0.5, 0.5]], classes=["a", "b"], threshold=0.9))


@given(
    st.lists(st.tuples(st.sampled_from(load_codebook().stances), st.lists(st.integers(0, 3), min_size=3, max_size=3)))
)
def test_binary_convention(rows):
    rows = [(gold, weights) for gold, weights in rows if sum(weights)] + [("dispute", [1, 1, 0])]
    proba = np.array([weights for _, weights in rows], float)
    proba /= proba.sum(axis=1, keepdims=True)
    gold = [stance for stance, _ in rows]
    kept = binary_stance(proba, gold)
    assert kept.rows.tolist() == [place for place, stance in enumerate(gold) if stance != "neutral"]
    assert kept.y_true == [stance for stance in gold if stance != "neutral"]
    cooperation, dispute, _ = proba[kept.rows].T
    assert kept.y_pred == ["dispute" if d >= c else "cooperation" for c, d in zip(cooperation, dispute, strict=True)]
    assert kept.proba.sum(axis=1) == pytest.approx(1)
    shuffled = binary_stance(proba[:, [2, 0, 1]], gold, classes=["neutral", "cooperation", "dispute"])
    assert shuffled.y_pred == kept.y_pred
    assert shuffled.proba == pytest.approx(kept.proba)


@given(st.lists(st.lists(st.integers(0, 3), min_size=5, max_size=5).filter(any), min_size=1))
def test_four_way_convention(weights):
    quads = load_codebook().quads
    proba = np.array(weights, float) / np.sum(weights, axis=1, keepdims=True)
    kept = four_way(proba, [quads[0]] * len(weights))
    columns = [place for place, quad in enumerate(quads) if quad != "neutral"]
    assert kept.classes == tuple(quads[place] for place in columns)
    assert kept.y_pred == [quads[max(columns, key=lambda place, row=row: row[place])] for row in weights]
    assert kept.proba.sum(axis=1) == pytest.approx(1)


def test_rows_without_a_stance_are_even():
    kept = binary_stance([[0, 0, 1]], ["cooperation"])
    assert (kept.y_pred, kept.proba.tolist()) == (["dispute"], [[0.5, 0.5]])


def check(message, function, *args, **options):
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        function(*args, **options)


@pytest.mark.parametrize("metric", [macro_f1, micro_f1, matthews, per_class])
def test_refused_labels(metric):
    check("y_true must be at least one row, got []", metric, [], [])
    check("y_pred must be as long as y_true (2), got 1", metric, ["a", "b"], ["a"])
    check("y_true must be a label for every text, got nan at index 1", metric, ["a", float("nan")], ["a", "a"])
    check("y_pred must be one of 'a', 'b', got 'c' at index 1", metric, ["a", "b"], ["a", "c"], labels=["a", "b"])
    check("labels must be one or more labels, each once, got ('a', 'a')", metric, ["a"], ["a"], labels=["a", "a"])


@pytest.mark.parametrize(
    "metric", [multilabel_macro_f1, multilabel_micro_f1, subset_accuracy, hamming_loss, mean_jaccard]
)
def test_refused_sets(metric):
    check("y_true must be at least one row, got []", metric, [], [])
    check("y_pred must be as long as y_true (1), got 2", metric, [{"a"}], [{"a"}, set()])
    check("y_true must be a set of labels for every row, got None at index 1", metric, [{"a"}, None], [{"a"}, {"a"}])
    check("y_pred must be a set of labels for every row, got 'a' at index 0", metric, [{"a"}], ["a"])
    check("y_pred must be one of 'a', got 'b' at index 0 of row 0", metric, [{"a"}], [{"b"}], labels=["a"])
    check("labels must be given when every set is empty, got None", metric, [set()], [set()])


@pytest.mark.parametrize("metric", [log_loss, brier_score, reliability, expected_calibration_error, risk_coverage])
def test_refused_probabilities(metric):
    both = {"classes": ["a", "b"]}
    check("proba must be of shape (n, 2), a column a class, got (1, 3)", metric, ["a"], [[0.2, 0.3, 0.5]], **both)
    check("y_true must be one of 'a', 'b', got 'c' at index 0", metric, ["c"], [[0.5, 0.5]], **both)
    check("proba must be as long as y_true (2), got 1", metric, ["a", "b"], [[0.5, 0.5]], **both)
    check(
        "proba must be rows that sum to 1, got [0.5, 0.4] at index 1", metric, ["a", "b"], [[0, 1], [0.5, 0.4]], **both
    )
    for bad in (float("nan"), -0.5, 1.5):
        check(f"proba must be probabilities in [0, 1], got [{bad}, 1.0] at index 0", metric, ["a"], [[bad, 1]], **both)
    check(
        "proba must be at least one row, got array([], shape=(0, 2), dtype=float64)",
        metric,
        [],
        np.empty((0, 2)),
        **both,
    )


def test_refused_options():
    one = (["a"], [[0.5, 0.5]])
    check("bins must be an int of at least 1, got 0", reliability, *one, classes=["a", "b"], bins=0)
    check("label must be one of 'a', 'b', got 'c'", reliability, *one, classes=["a", "b"], label="c")
    for threshold in (0, 1, "x", True):
        message = f"threshold must be a number above 0 and below 1, got {threshold!r}"
        check(message, coverage, *one, classes=["a", "b"], threshold=threshold)


def test_refused_conventions():
    check("y_true must be rows of which some are not neutral, got ['neutral']", binary_stance, [[0, 0, 1]], ["neutral"])
    message = "classes must be an order of cooperation, dispute, neutral, got ('a', 'b')"
    check(message, binary_stance, [[0, 0, 1]], ["neutral"], classes=["a", "b"])
    message = "y_true must be one of 'cooperation', 'dispute', 'neutral', got 'war' at index 0"
    check(message, binary_stance, [[0, 0, 1]], ["war"])


def test_float32_and_read_only_input():
    proba = np.array([[0.1, 0.9], [1 / 3, 2 / 3]], np.float32)
    proba.flags.writeable = False
    assert log_loss(["b", "a"], proba, classes=["a", "b"]) == pytest.approx(
        -(np.log(0.9) + np.log(1 / 3)) / 2, rel=1e-6
    )
