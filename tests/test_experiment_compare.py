"""Systems on the same rows: ranking, tests, and the tables in three notations."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_runs import made_table

from nato_nlp import InputError
from nato_nlp.experiment.compare import FEWER_IS_BETTER, OF_LABELS, OF_PROBABILITIES, OF_SETS, compare
from nato_nlp.experiment.tables import RENDER, cells_of, p_of, to_html, to_latex, to_markdown

NASTY = st.text(st.sampled_from("ab_*`|<>&$%#{}[]\\~^\"' \n"), min_size=1, max_size=12).filter(str.strip)


def select(table, rows):
    columns = {name: tuple(getattr(table, name)[k] for k in rows) for name in ("ids", "groups", "gold", "predicted")}
    return replace(table, **columns, folds=table.folds[list(rows)], proba=table.proba[list(rows)])


def refused(message, systems, metric="macro_f1", **options):
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        compare(systems, metric, **options)


def as_sets(table):
    def sets(labels):
        return tuple((label,) if label != "neutral" else () for label in labels)

    return replace(table, gold=sets(table.gold), predicted=sets(table.predicted))


@pytest.mark.parametrize("test", ["bootstrap", "t-test"])
def test_a_much_worse_system_is_separable_and_a_twin_is_not(test):
    good, bad = made_table(0.05), made_table(0.95, seed=1)
    found = compare({"bad": bad, "twin": good, "good": good}, "macro_f1", test=test)
    assert [system.name for system in found.systems] == ["good", "twin", "bad"]
    assert [system.separable for system in found.systems] == [False, False, True]
    best, twin, last = found.systems
    assert (best.behind, twin.p, twin.behind.value) == (None, 1.0, 0.0)
    assert last.behind.high < 0 < best.estimate.value - last.estimate.value
    assert found.test == test


def test_auto_takes_folds_when_there_are_some():
    assert compare({"a": made_table(0.1), "b": made_table(0.3, seed=1)}, "macro_f1").test == "t-test"
    fixed = {"a": made_table(0.1, folds=1), "b": made_table(0.3, seed=1, folds=1)}
    found = compare(fixed, "macro_f1")
    assert found.test == "bootstrap"
    assert all(np.isnan(system.fold_mean) for system in found.systems)


def test_p_values_are_adjusted_for_all_pairs():
    tables = {
        name: made_table(wrong, seed=k)
        for k, (name, wrong) in enumerate(zip("abcd", (0.1, 0.2, 0.4, 0.6), strict=True))
    }
    found = compare(tables, "macro_f1")
    assert len(found.pairs) == 6
    least = min(found.pairs, key=lambda pair: pair.difference.p)
    assert least.p == pytest.approx(min(1, 6 * least.difference.p))
    assert all(pair.p >= pair.difference.p for pair in found.pairs)


@given(st.permutations(range(48)), st.permutations(["a", "b", "c"]))
def test_order_of_rows_and_of_systems_does_not_matter(order, names):
    tables = {name: made_table(0.1 * (k + 1), rows=48, seed=k, folds=1) for k, name in enumerate("abc")}
    straight = compare(tables, "macro_f1", resamples=100)
    mixed = {name: select(tables[name], order if name == "b" else range(48)) for name in names}
    assert to_markdown(compare(mixed, "macro_f1", resamples=100)) == to_markdown(straight)


@pytest.mark.parametrize("metric", [*OF_LABELS, *OF_PROBABILITIES])
def test_every_metric_of_one_label_a_row_ranks_the_better_system_first(metric):
    found = compare({"bad": made_table(0.9, seed=2), "good": made_table(0.0)}, metric, test="bootstrap", resamples=200)
    if metric != "expected_calibration_error":  # a bad system may be better calibrated
        assert found.systems[0].name == "good"
    first, second = (system.estimate.value for system in found.systems)
    assert first <= second if metric in FEWER_IS_BETTER else first >= second


@pytest.mark.parametrize("metric", OF_SETS)
def test_every_metric_of_sets_ranks_the_better_system_first(metric):
    found = compare({"bad": as_sets(made_table(0.9, seed=2)), "good": as_sets(made_table(0.0))}, metric, resamples=200)
    assert [system.name for system in found.systems] == ["good", "bad"]


def test_groups_that_one_run_joins_stay_together():
    table = made_table(0.1, folds=1)
    coarse = replace(table, groups=tuple(f"week {int(group[-3:]) // 4}" for group in table.groups))
    found = compare({"fine": table, "coarse": coarse}, "macro_f1")
    assert {system.estimate.groups for system in found.systems} == {5}


def test_what_is_not_comparable_is_refused():
    table = made_table(0.1)
    refused("systems must be two or more, got ['a']", {"a": table})
    fewer = select(table, range(1, 120))
    refused(
        "systems must have scored the same rows, got 1 that only one of 'a' and 'b' has, the first: 'seeds/all/0001'",
        {"a": table, "b": fewer},
    )
    other = replace(table, gold=("neutral" if table.gold[0] != "neutral" else "dispute", *table.gold[1:]))
    refused(
        f"gold label of 'b' must be {table.gold[0]!r} as for 'a', got {other.gold[0]!r} at id 'seeds/all/0001'",
        {"a": table, "b": other},
    )
    more = replace(table, labels=(*table.labels, "other"))
    refused(
        "labels of 'b' must be those of 'a' (cooperation, dispute, neutral), got 'cooperation, dispute, neutral, other'",
        {"a": table, "b": more},
    )
    fixed = replace(table, folds=np.zeros(120, int))
    refused("folds of 'a' must be two or more for the t-test, got 1", {"a": fixed, "b": fixed}, test="t-test")
    moved = replace(table, folds=(table.folds + (np.arange(120) == 3)) % 4)
    refused(
        "folds of 'b' must be those of 'a' for the t-test, got 1 rows in others, the first: 'seeds/all/0004';"
        " test = 'bootstrap' needs no folds",
        {"a": table, "b": moved},
    )
    pair = {"a": table, "b": table}
    refused("test must be one of 'auto', 'bootstrap', 't-test', got 'z-test'", pair, test="z-test")
    refused("alpha must be a number above 0 and below 1, got 0", pair, alpha=0)
    known = "one of 'macro_f1', 'matthews', 'micro_f1', 'area_under_risk_coverage', 'brier_score', "
    refused(f"metric must be {known}'expected_calibration_error', 'log_loss', got 'mean_jaccard'", pair, "mean_jaccard")


def made_comparison(*names):
    return compare({name: made_table(0.1 + 0.5 * k, seed=k, rows=60) for k, name in enumerate(names)}, "macro_f1")


def test_markdown():
    lines = to_markdown(made_comparison("good_run", "bad")).splitlines()
    assert lines[0].startswith("| system | macro_f1 | 95% interval | rows | groups | mean of folds |")
    assert lines[2].startswith("| good_run | 0.")
    assert lines[2].endswith("|  |  | best |")
    assert lines[3].endswith("differs from the best |") or lines[3].endswith("not separable from the best |")
    assert "corrected resampled t-test of Nadeau and Bengio on 4 folds" in lines[5]


@given(NASTY)
def test_names_are_text_in_markdown_and_latex(name):
    comparison = made_comparison(name, name + "!")
    for row in to_markdown(comparison).splitlines()[:4]:
        bare = re.sub(r"\\.", "", row)
        assert bare.count("|") == 10  # the bars between nine cells
        assert not re.search(r"[`*\[\]&$~]|<(?! )", bare)
    body = to_latex(comparison).split("\\midrule\n")[1].split("\n\\bottomrule")[0].split("\n")
    assert len(body) == 2
    for row in body:
        assert len(re.findall(r"(?<!\\)&", row)) == 8
        assert not re.search(r"(?<!\\)[#%_]", row)
        assert row.endswith(r"\\")
        assert not row.startswith(("[", "*"))


class Cells(HTMLParser):
    """Collect tags, and the text of the cells that name rows."""

    def __init__(self):
        super().__init__()
        self.tags, self.names, self.open = [], [], False

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag == "th" and ("scope", "row") in attrs:
            self.open, self.names = True, [*self.names, ""]

    def handle_endtag(self, tag):
        self.open = self.open and tag != "th"

    def handle_data(self, data):
        if self.open:
            self.names[-1] += data


def test_html_shows_names_as_they_are():
    names = ["<script>alert(1)</script>", 'a & "b"']
    page = Cells()
    page.feed(to_html(made_comparison(*names)))
    assert page.names == [names[0], names[1], names[0]]
    assert "script" not in page.tags


def test_every_rendering_has_every_number():
    comparison = made_comparison("a", "b")
    _, rows = cells_of(comparison)
    for name, render in RENDER.items():
        text = render(comparison).replace("$-$", "−").replace(r"\textless{}", "<").replace("&lt;", "<")
        assert all(cell in text for row in rows for cell in row), name


def test_small_p_values_are_bounds():
    assert [p_of(p) for p in (0.0, 0.00099, 0.001, 1.0)] == ["< 0.001", "< 0.001", "0.001", "1.000"]
