"""Splits: nothing crosses them, labels keep their shares, and what cannot be split says so."""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from functools import partial

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from nato_nlp.errors import InputError
from nato_nlp.evaluation import date_split, group_holdout, grouped_kfold, join_groups, near_duplicate_clusters

rows = st.lists(st.tuples(st.integers(0, 12), st.sampled_from("abc")), min_size=12, max_size=60)


def check(message, function, *args, **options):
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        function(*args, **options)


def try_split(function, *args, **options):
    """Split, or drop the example if it cannot be split."""
    try:
        return function(*args, **options)
    except InputError:
        assume(False)


@given(rows, st.integers(2, 4), st.integers(0, 9))
def test_folds_partition_the_rows_and_keep_groups_whole(items, n_splits, seed):
    groups, labels = map(np.array, zip(*items, strict=True))
    folds = try_split(grouped_kfold, labels, groups, n_splits=n_splits, random_state=seed)
    assert sorted(np.concatenate([fold.test for fold in folds])) == list(range(len(items)))
    for fold in folds:
        assert sorted([*fold.train, *fold.test]) == list(range(len(items)))
        assert not set(groups[fold.train]) & set(groups[fold.test])
        assert set(labels[fold.train]) == set(labels[fold.test]) == set(labels)
        assert len(fold.left_out) == 0


@given(rows, st.floats(0.1, 0.9), st.integers(0, 9))
def test_holdout_keeps_groups_whole(items, test_size, seed):
    groups, labels = map(np.array, zip(*items, strict=True))
    split = try_split(group_holdout, labels, groups, test_size=test_size, random_state=seed)
    assert sorted([*split.train, *split.test]) == list(range(len(items)))
    assert not set(groups[split.train]) & set(groups[split.test])
    assert set(labels[split.train]) == set(labels[split.test]) == set(labels)


@given(rows, st.permutations(range(60)), st.integers(0, 9))
def test_row_order_does_not_matter(items, order, seed):
    groups, labels = map(np.array, zip(*items, strict=True))
    order = np.array([place for place in order if place < len(items)])
    folds = try_split(grouped_kfold, labels, groups, n_splits=2, random_state=seed)
    turned = grouped_kfold(labels[order], groups[order], n_splits=2, random_state=seed)
    for fold, other in zip(folds, turned, strict=True):
        assert fold.test.tolist() == sorted(order[other.test])


def test_labels_keep_their_shares():
    rng = np.random.default_rng(0)
    sizes = rng.integers(1, 8, 300)
    groups = np.repeat(np.arange(300), sizes)
    labels = np.repeat(rng.choice(["rare", "some", "most"], 300, p=[0.05, 0.25, 0.7]), sizes)
    for fold in grouped_kfold(labels, groups):
        assert len(fold.test) == pytest.approx(len(labels) / 5, rel=0.03)
        # a rare label stands in a dozen groups of up to seven rows
        for label, tolerance in (("rare", 0.3), ("some", 0.05), ("most", 0.05)):
            assert np.mean(labels[fold.test] == label) == pytest.approx(np.mean(labels == label), rel=tolerance)
    split = group_holdout(labels, groups, test_size=0.3)
    assert len(split.test) == pytest.approx(0.3 * len(labels), rel=0.03)
    assert np.mean(labels[split.test] == "rare") == pytest.approx(np.mean(labels == "rare"), rel=0.15)


def test_rows_that_stand_alone_are_stratified_exactly():
    labels = np.array(["a"] * 10 + ["b"] * 40)
    for fold in grouped_kfold(labels):
        assert (np.sum(labels[fold.test] == "a"), np.sum(labels[fold.test] == "b")) == (2, 8)


def test_labels_may_be_none():
    folds = grouped_kfold(None, [0, 0, 1, 1, 2, 2, 3, 3], n_splits=4)
    assert [len(fold.test) for fold in folds] == [2, 2, 2, 2]


def test_random_state_decides():
    labels, groups = ["a", "b"] * 30, list(np.repeat(range(20), 3))
    one, again, other = (grouped_kfold(labels, groups, random_state=seed) for seed in (1, 1, 2))
    assert all((a.test == b.test).all() for a, b in zip(one, again, strict=True))
    assert any(len(a.test) != len(c.test) or (a.test != c.test).any() for a, c in zip(one, other, strict=True))


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.sampled_from("xyz")), min_size=1, max_size=25))
def test_joined_groups_are_the_finest_that_hold_all(items):
    groupings = [list(grouping) for grouping in zip(*items, strict=True)]
    joined = join_groups(*groupings)
    # by hand: merge until nothing changes
    expected = list(range(len(items)))
    for _ in items:
        for a, first in enumerate(items):
            for b, second in enumerate(items):
                if any(x == y for x, y in zip(first, second, strict=True)):
                    expected[a] = expected[b] = min(expected[a], expected[b])
    assert [[x == y for y in joined] for x in joined] == [[x == y for y in expected] for x in expected]
    assert sorted(set(joined)) == list(range(len(set(joined))))


def test_clusters_and_documents_together():
    texts = ["The envoys met in Oslo on Monday.", "A bridge fell.", "The envoys met in Oslo on Monday!", "Rain."]
    joined = join_groups(["doc a", "doc a", "doc b", "doc c"], near_duplicate_clusters(texts))
    assert joined.tolist() == [0, 0, 0, 1]


dated = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 8)), min_size=2, max_size=40)


@given(dated, st.floats(0.1, 0.9))
def test_date_split_trains_on_the_past(items, test_size):
    days, groups = map(np.array, zip(*items, strict=True))
    dates = [date(2014, 3, 1) + timedelta(days=int(day)) for day in days]
    split = try_split(date_split, dates, groups=groups, test_size=test_size)
    assert sorted(np.concatenate(split)) == list(range(len(items)))
    assert days[split.train].max() < days[split.test].min()
    assert not set(groups[split.train]) & set(groups[split.test])
    assert set(groups[split.left_out]) <= set(groups[split.test])
    cuts = [np.mean(days >= day) for day in sorted(set(days))[1:]]
    assert abs(len(split.test) / len(items) - test_size) == pytest.approx(min(abs(cut - test_size) for cut in cuts))


def test_forms_of_a_date():
    east = timezone(timedelta(hours=3))
    moments = [
        "2014-03-01",
        date(2014, 3, 2),
        datetime(2014, 3, 3, 12),
        np.datetime64("2014-03-04"),
        datetime(2014, 3, 5, 1, tzinfo=east),
        "2014-03-05T00:00:00Z",
    ]
    # one o'clock in the east is still the day before in UTC
    assert date_split(moments, cut="2014-03-05").test.tolist() == [5]
    assert date_split(moments, cut=datetime(2014, 3, 4, tzinfo=UTC)).test.tolist() == [3, 4, 5]


def test_a_missing_label_names_the_fold_and_the_way_out():
    labels = ["a", "b", "a", "b", "a", "a", "a", "a"]
    groups = [0, 0, 1, 1, 2, 2, 3, 3]
    message = "labels must stand in every fold, got no 'b' in fold {} of {}: {}; {}"
    for n_splits in (3, 4):
        found = message.format(2, n_splits, "2 groups hold it", "n_splits=2 avoids that")
        check(found, grouped_kfold, labels, groups, n_splits=n_splits)
    lonely = ["a", "b", *"aaaaaa"]
    way_out = "no number of folds avoids that: take finer groups, or leave the label out"
    check(message.format(1, 2, "1 group holds it", way_out), grouped_kfold, lonely, groups, n_splits=2)
    check(
        "labels must stand in train and test, got no 'b' in test: 1 group holds it; "
        "no split by these groups avoids that: take finer groups, or leave the label out",
        group_holdout,
        lonely,
        groups,
        test_size=0.25,
    )


def test_a_holdout_that_another_size_would_mend():
    # each group holds one label, so one test group cannot hold both
    check(
        "labels must stand in train and test, got no 'a' in test: 2 groups hold it; "
        "another test_size or grouped_kfold with n_splits=2 may avoid that",
        group_holdout,
        list("aabbab"),
        [0, 0, 1, 1, 2, 3],
        test_size=0.01,
    )


def test_a_label_missing_from_a_part_in_time():
    dates = [f"2014-03-0{day}" for day in range(1, 7)]
    labels = ["a", "a", "b", "a", "b", "a"]
    assert date_split(dates, labels=labels, cut="2014-03-04").train.tolist() == [0, 1, 2]
    message = "labels must stand in train and test, got no 'b' in {} of the cut {}: {}"
    mended = message.format("test", "2014-03-06T00:00:00", "cut='2014-03-05' avoids that")
    check(mended, date_split, dates, labels=labels, cut="2014-03-06")
    mended = message.format("train", "2014-03-02T00:00:00", "cut='2014-03-04' avoids that")
    check(mended, date_split, dates, labels=labels, cut="2014-03-02")
    hopeless = message.format("test", "2014-03-06T00:00:00", "no cut near it avoids that, but grouped_kfold may")
    check(hopeless, date_split, dates, labels=list("aaabaa"), cut="2014-03-06")


@pytest.mark.parametrize("split", [partial(grouped_kfold, n_splits=2), group_holdout])
def test_bad_input(split):
    check("labels must be at least one row, got []", split, [], [])
    check("labels and groups must not both be None, got neither", split, None)
    single = "labels must be at least two different ones, got only 'a': labels=None splits without them"
    check(single, split, ["a", "a"], [0, 1])
    check("labels must be a label for every text, got None at index 1", split, ["a", None], [0, 1])
    check("groups must be as long as the rows (2), got 1", split, ["a", "b"], [0])
    check("groups must be a group for every row, got nan at index 0", split, ["a", "b"], [float("nan"), 1.0])
    check("groups must be at least 2 for 2 parts, got 1", split, ["a", "b"], [0, 0])
    big = (
        "groups must each hold less than half of the rows, got 'big' with 4 of 8: "
        "take finer groups, or keep it in train and split the others"
    )
    check(big, split, list("abababab"), ["big"] * 4 + list("wxyz"))


@pytest.mark.parametrize("groups", [np.repeat(range(4), 2), np.repeat(list("abcd"), 2), list(np.repeat(range(4), 2))])
def test_groups_may_be_arrays(groups):
    plain = grouped_kfold(list("xyxyxyxy"), [0, 0, 1, 1, 2, 2, 3, 3], n_splits=2)
    found = grouped_kfold(list("xyxyxyxy"), groups, n_splits=2)
    assert [fold.test.tolist() for fold in found] == [fold.test.tolist() for fold in plain]


def test_two_halves_can_be_split_but_unequal_ones_not():
    assert len(grouped_kfold(list("abab"), [0, 0, 1, 1], n_splits=2)) == 2
    with pytest.raises(InputError, match="got 0 with 3 of 4"):
        grouped_kfold(list("abab"), [0, 0, 0, 1], n_splits=2)


def test_bad_options():
    check("n_splits must be an int of at least 2, got 1", grouped_kfold, ["a", "b"], n_splits=1)
    check("test_size must be a number above 0 and below 1, got 1.0", group_holdout, ["a", "b"], test_size=1.0)
    check("groupings must be one or more, got none", join_groups)
    check("groupings must be at least one row, got []", join_groups, [])
    check("grouping 1 must be as long as the rows (2), got 3", join_groups, [0, 1], [0, 1, 2])


def test_bad_dates():
    check("dates must be at least one row, got []", date_split, [])
    for bad in (None, "spring", 2014, np.datetime64("NaT")):
        message = f"dates must be a date or an ISO 8601 str, got {bad!r} at index 1"
        check(message, date_split, ["2014-03-01", bad])
    check("cut must be a date or an ISO 8601 str, got 'x'", date_split, ["2014-03-01", "2014-03-02"], cut="x")
    check("labels must be as long as the rows (2), got 1", date_split, ["2014-03-01", "2014-03-02"], labels=["a"])
    message = "dates must be of at least two days, got only 2014-03-01: a split by groups needs none"
    check(message, date_split, ["2014-03-01", "2014-03-01T12:00"])
    message = "cut must leave rows in train and test, got {}T00:00:00 with none in {}"
    for cut, part in (("2014-03-01", "train"), ("2015-01-01", "test")):
        check(message.format(cut, part), date_split, ["2014-03-01", "2014-03-02"], cut=cut)
