"""Words that set two groups of texts apart."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nato_nlp import InputError
from nato_nlp.errors import MissingExtraError
from nato_nlp.explain import Contrast, contrast, log_odds, plot_contrast

FIRST = ["They met in Bern.", "They met and agreed.", "The envoys met."]
SECOND = ["Troops fired at $5 houses.", "Troops fired again.", "The troops fired."]
COUNTS = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50), st.floats(0.01, 20)), min_size=2, max_size=8)


def plain(first, second, prior):
    """Formulas of Monroe, Colaresi and Quinn, term by term."""
    total, result = sum(prior), []
    for y1, y2, a in zip(first, second, prior, strict=True):
        odds = [(y + a) / (n + total - y - a) for y, n in ((y1, sum(first)), (y2, sum(second)))]
        delta = math.log(odds[1]) - math.log(odds[0])
        result.append((delta, delta / math.sqrt(1 / (y1 + a) + 1 / (y2 + a))))
    return np.array(result).T


@given(COUNTS)
def test_log_odds_equal_the_formulas(rows):
    columns = list(zip(*rows, strict=True))
    delta, z = log_odds(*columns)
    expected = plain(*columns)
    assert np.allclose(delta, expected[0], rtol=1e-9, atol=1e-9)
    assert np.allclose(z, expected[1], rtol=1e-9, atol=1e-9)


@given(COUNTS)
def test_log_odds_turn_with_the_groups(rows):
    first, second, prior = zip(*rows, strict=True)
    there, back = log_odds(first, second, prior), log_odds(second, first, prior)
    assert np.allclose(there[0], -back[0])
    assert np.allclose(there[1], -back[1])


def test_a_larger_prior_draws_to_nothing():
    weak, strong = (abs(log_odds([1, 9, 90], [2, 8, 90], [k, k, k])[0][0]) for k in (0.1, 100))
    assert strong < weak


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        (
            ([1], [1], [1]),
            r"first, second, prior must be three rows of counts of the same two or more terms, got \(\(1,\)",
        ),
        (([1, 2], [1], [1, 1]), r"first, second, prior must be three rows .*, got \(\(2,\), \(1,\), \(2,\)\)"),
        (([1, -2], [1, 1], [1, 1]), r"first\[1\] must be a number from 0 on, got -2.0"),
        (([1, 2], [float("nan"), 1], [1, 1]), r"second\[0\] must be a number from 0 on, got nan"),
        (([1, 2], [1, 1], [1, 0]), r"prior\[1\] must be a number above 0, got 0.0"),
    ],
)
def test_wrong_counts_are_refused(counts, message):
    with pytest.raises(InputError, match=f"^{message}"):
        log_odds(*counts)


def test_contrast_counts_and_orders():
    found = contrast(FIRST, SECOND, names=("calm", "war"), min_count=2)
    assert found.names == ("calm", "war")
    counts = {str(term): row.tolist() for term, row in zip(found.terms, found.counts, strict=True)}
    assert counts["met"] == [3, 0]
    assert counts["troops fired"] == [0, 3]
    assert counts["the"] == [1, 1]
    assert "bern" not in counts
    assert found.terms[0] in ("fired", "troops", "troops fired")
    assert found.terms[-1] == "met"
    assert (np.diff(found.z) <= 0).all()
    total = found.counts.sum(axis=1)
    expected = plain(*found.counts.T, 500 * total / total.sum())
    assert np.allclose([found.log_odds, found.z], expected)


def test_contrast_does_not_depend_on_the_order_of_texts():
    there, back = contrast(FIRST, SECOND, min_count=1), contrast(FIRST[::-1], SECOND[::-1], min_count=1)
    assert there.terms.tolist() == back.terms.tolist()
    assert np.array_equal(there.z, back.z)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"first": []}, r"first must be at least one text, got \[\]"),
        ({"second": []}, r"second must be at least one text, got \[\]"),
        ({"second": "text"}, r"second must be a sequence of str, one a sentence, got 'text'"),
        ({"names": "ab"}, r"names must be two names, got 'ab'"),
        ({"names": ("a",)}, r"names must be two names, got \('a',\)"),
        ({"min_count": 0}, r"min_count must be a whole number from 1 on, got 0"),
        ({"prior": 0}, r"prior must be a number above 0, got 0"),
        ({"min_count": 99}, r"first, second must hold at least two terms that occur 99 times, got 0"),
    ],
)
def test_wrong_parameters_are_refused(changes, message):
    given = {"first": FIRST, "second": SECOND, **changes}
    with pytest.raises(InputError, match=f"^{message}$"):
        contrast(given.pop("first"), given.pop("second"), **given)


def test_plot_shows_the_strongest_terms_of_each_group(tmp_path):
    pytest.importorskip("matplotlib")
    found = contrast(FIRST, SECOND, names=("in $ calm", "war"), min_count=1)
    figure = plot_contrast(found, top=2)
    axes = figure.axes[0]
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert [label.split("  ")[0] for label in labels] == [*found.terms[:2], *found.terms[-2:]]
    assert [bar.get_width() for bar in axes.patches] == [*found.z[:2], *found.z[-2:]]
    assert len({bar.get_hatch() for bar in axes.patches}) == 2
    figure.savefig(tmp_path / "contrast.png")
    assert (tmp_path / "contrast.png").stat().st_size > 1000


def test_plot_refuses_what_it_can_not_show(monkeypatch):
    found = contrast(FIRST, SECOND)
    with pytest.raises(InputError, match=r"^top must be a whole number from 1 on, got 0$"):
        plot_contrast(found, top=0)
    level = Contrast(found.terms, found.log_odds * 0, found.z * 0, found.counts, found.names)
    with pytest.raises(InputError, match=r"^found must hold a term that leans to one group, got none$"):
        plot_contrast(level)
    monkeypatch.setitem(__import__("sys").modules, "matplotlib.figure", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'nato_nlp\[report\]'"):
        plot_contrast(found)
