"""Alpha against the ``krippendorff`` package and by hand."""

import re

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from nato_nlp.errors import InputError
from nato_nlp.evaluation import krippendorff_alpha, krippendorff_alpha_sets

LABELS = ["cooperation", "dispute", "neutral"]


@st.composite
def tables(draw, values):
    coders, units = draw(st.integers(2, 5)), draw(st.integers(2, 12))
    row = st.lists(st.none() | values, min_size=units, max_size=units)
    return draw(st.lists(row, min_size=coders, max_size=coders))


def by_hand(codings):
    """Count pairs of codes inside units and over all: observed and expected disagreement."""
    units = [[code for code in unit if code is not None] for unit in zip(*codings, strict=True)]
    units = [unit for unit in units if len(unit) >= 2]
    codes = [code for unit in units for code in unit]
    observed = sum(
        (unit[i] != unit[j]) / (len(unit) - 1)
        for unit in units
        for i in range(len(unit))
        for j in range(len(unit))
        if i != j
    )
    expected = sum(a != b for a in codes for b in codes)
    return 1 - (len(codes) - 1) * observed / expected if expected else None


@given(tables(st.sampled_from(LABELS)))
def test_equals_counting_pairs(codings):
    expected = by_hand(codings)
    assume(expected is not None)
    found = krippendorff_alpha(codings, resamples=100)
    assert found.value == pytest.approx(expected)
    assert found.low <= found.high or np.isnan(found.low)


@given(tables(st.sampled_from(LABELS)))
def test_equals_the_krippendorff_package(codings):
    krippendorff = pytest.importorskip("krippendorff")
    assume(by_hand(codings) is not None)
    codes = [[np.nan if code is None else LABELS.index(code) for code in coder] for coder in codings]
    expected = krippendorff.alpha(reliability_data=codes, level_of_measurement="nominal", value_domain=[0, 1, 2])
    assert krippendorff_alpha(codings, resamples=100).value == pytest.approx(expected)


@given(tables(st.frozensets(st.sampled_from(LABELS))))
def test_sets_are_codings_of_each_label(codings):
    assume(any(sum(code is not None for code in unit) >= 2 for unit in zip(*codings, strict=True)))
    found = krippendorff_alpha_sets(codings, labels=LABELS, resamples=100)
    assert list(found) == LABELS
    for label, alpha in found.items():
        expected = by_hand([[None if row is None else label in row for row in coder] for coder in codings])
        if expected is None:
            assert np.isnan(alpha.value)
        else:
            assert alpha.value == pytest.approx(expected)


def test_known_values():
    # the example of three coders in the English Wikipedia's article on alpha, which gives .691
    rows = ["*****34121133*3", "1*213343*******", "**21344*21133*4"]
    codings = [[None if code == "*" else code for code in row] for row in rows]
    assert krippendorff_alpha(codings).value == pytest.approx(0.691, abs=0.0005)
    assert krippendorff_alpha([list("abab"), list("abab")]).value == 1
    assert krippendorff_alpha([list("ab"), list("ba")]).value == pytest.approx(-0.5)


def test_groups_are_drawn_together():
    rng = np.random.default_rng(0)
    documents = np.repeat(np.arange(10), 30)
    agree = rng.random(10) < 0.6
    first = [LABELS[i] for i in rng.integers(0, 3, 300)]
    second = [code if agree[doc] else LABELS[rng.integers(3)] for code, doc in zip(first, documents, strict=True)]
    alone = krippendorff_alpha([first, second])
    grouped = krippendorff_alpha([first, second], groups=documents)
    assert (alone.count, alone.groups, grouped.count, grouped.groups) == (300, 300, 300, 10)
    assert grouped.value == alone.value
    assert grouped.high - grouped.low > 2 * (alone.high - alone.low)


def test_units_with_one_code_count_for_nothing():
    codings = [["a", "b", "a", None], ["a", "a", None, None]]
    found = krippendorff_alpha(codings, groups=["x", "y", "z", "z"])
    assert found.value == krippendorff_alpha([["a", "b"], ["a", "a"]]).value
    assert (found.count, found.groups) == (2, 2)


def test_nan_is_a_missing_code_and_an_empty_set_is_a_code():
    assert krippendorff_alpha([["a", "b", float("nan")], ["a", "b", "b"]]).count == 2
    found = krippendorff_alpha_sets([[{"a"}, set(), None], [{"a"}, set(), {"a"}]])
    assert (found["a"].value, found["a"].count) == (1, 2)


def test_a_label_that_no_unit_has_is_undefined():
    found = krippendorff_alpha_sets([[{"a"}, set()], [{"a"}, set()]], labels=["a", "b"])
    assert found["a"].value == 1
    assert np.isnan([found["b"].value, found["b"].low, found["b"].high]).all()


@pytest.mark.parametrize("function", [krippendorff_alpha, krippendorff_alpha_sets])
@pytest.mark.parametrize(
    ("message", "codings", "options"),
    [
        ("codings must be of at least two coders, got 1", [["a"]], {}),
        ("codings must be as long as the first coder's (2), got 1 of coder 1", [["a", "b"], ["a"]], {}),
        ("codings must be with some unit that two coders coded, got '2 units'", [["a", None], [None, "b"]], {}),
        ("groups must be as long as the units (2), got 1", [["a", "b"], ["a", "b"]], {"groups": [0]}),
    ],
)
def test_refused(function, message, codings, options):
    if function is krippendorff_alpha_sets:
        codings = [[code and {code} for code in coder] for coder in codings]
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        function(codings, **options)


def test_refused_labels():
    message = "codings must be of at least two labels in units with two codes or more, got ['a']"
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        krippendorff_alpha([["a", "a"], ["a", None]])
    with pytest.raises(InputError, match=r"^codings must be str, got 1 at index 0$"):
        krippendorff_alpha([[1, 2], [1, 2]])
    with pytest.raises(InputError, match=r"^codings must be one of 'a', got 'b' at index 0 of row 1$"):
        krippendorff_alpha_sets([[{"a"}, {"b"}], [set(), set()]], labels=["a"])
    with pytest.raises(InputError, match=r"^labels must be given when every set is empty, got None$"):
        krippendorff_alpha_sets([[set()], [set()]])
