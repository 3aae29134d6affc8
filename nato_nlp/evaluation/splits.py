"""Splits that keep a document, a source or a cluster of near-duplicates on one side.

Where a set has no document ids, its groups are near-duplicate clusters (`near_duplicate_clusters`); `join_groups`
unites these with documents or sources, so that neither crosses the split. With groups, a split depends on labels,
groups and ``random_state`` alone, not on the order of the rows.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

import numpy as np

from nato_nlp._validate import check_labels, is_missing, must_be, shorten
from nato_nlp.errors import InputError
from nato_nlp.evaluation._inputs import Floats, Ints, check_int, check_rows, check_share, codes_of, group_codes

Moments = Any  # ndarray of datetime64[s]


class Split(NamedTuple):
    """Row numbers of a split, each array sorted.

    Attributes
    ----------
    train, test : ndarray of int64
        Rows to train and to test on.
    left_out : ndarray of int64
        Rows in neither: only a split by date has any.

    Examples
    --------
    >>> from nato_nlp.evaluation import group_holdout
    >>> split = group_holdout(["a", "b"] * 4, list("ppqqrrss"), test_size=0.5)
    >>> len(split.train), len(split.test)
    (4, 4)
    """

    train: Ints
    test: Ints
    left_out: Ints


def join_groups(*groupings: Any) -> Ints:
    """Unite groupings: two rows are in one group if a chain of shared groups joins them.

    Parameters
    ----------
    *groupings : sequences of str or of int
        One or more groupings of the same rows, such as documents, sources, near-duplicate clusters.

    Returns
    -------
    ndarray of shape (n,), int64
        The group of each row, numbered by the order of the first grouping's names.

    Raises
    ------
    InputError
        No grouping, no rows, lengths that differ, a missing group (its index is named).

    Examples
    --------
    >>> join_groups(["doc a", "doc a", "doc b", "doc c"], [0, 1, 1, 2])
    array([0, 0, 0, 1])
    """
    from scipy import sparse
    from scipy.sparse.csgraph import connected_components

    if not groupings:
        raise InputError("groupings must be one or more, got none")
    count = len(groupings[0])
    check_rows("groupings", groupings[0])
    nodes, base = [], 0
    for place, grouping in enumerate(groupings):
        names, codes = group_codes(grouping, count, f"grouping {place}")
        nodes.append(codes + base)
        base += len(names)
    first = np.tile(nodes[0], len(nodes))
    graph = sparse.coo_matrix((np.ones(len(first)), (first, np.concatenate(nodes))), shape=(base, base))
    # scipy numbers components by their lowest node: a name of the first grouping
    return connected_components(graph, directed=False)[1][nodes[0]].astype(np.int64)  # type: ignore[no-any-return]


def grouped_kfold(labels: Any, groups: Any = None, *, n_splits: int = 5, random_state: Any = 0) -> list[Split]:
    """Cut the rows into folds that no group crosses, with the labels in about the same shares in each.

    Parameters
    ----------
    labels : sequence of str or None
        What the folds are stratified by; None balances their size only.
    groups : sequence of str or of int, optional
        The group of each row; None means that every row stands alone.
    n_splits : int, default=5
        How many folds, at least 2.
    random_state : int or numpy.random.Generator, default=0
        Seed of the order in which groups that are alike are placed.

    Returns
    -------
    list of Split
        One a fold, which is its test part.

    Raises
    ------
    InputError
        No rows, one label only, lengths that differ, a group that holds half of the rows or more, more folds than
        groups, or a label that would be missing from a fold (the message says which, and how many folds avoid it).

    Notes
    -----
    Groups are placed one by one, those with rare labels and large ones first, where they add least to the sum over
    folds and labels of (rows of the label in the fold / rows of the label)². Time O(groups * n_splits * labels).

    Examples
    --------
    >>> labels = ["dispute", "neutral"] * 4
    >>> for fold in grouped_kfold(labels, [0, 0, 1, 1, 2, 2, 3, 3], n_splits=2):
    ...     print(fold.train, fold.test)
    [4 5 6 7] [0 1 2 3]
    [0 1 2 3] [4 5 6 7]
    """
    check_int("n_splits", n_splits, 2)
    table = _Table.of(labels, groups)
    table.check_enough(n_splits)
    folds = _place(table, np.full(n_splits, 1 / n_splits), random_state)
    missing = _missing(table, folds, n_splits)
    if missing is not None:
        raise InputError(_which_folds_avoid(table, n_splits, random_state, missing))
    return [_split(folds[table.group_of_row] == fold) for fold in range(n_splits)]


def group_holdout(labels: Any, groups: Any = None, *, test_size: float = 0.2, random_state: Any = 0) -> Split:
    """Set about ``test_size`` of the rows apart, in whole groups, with the labels in about the same shares.

    Parameters
    ----------
    labels, groups, random_state
        As for `grouped_kfold`.
    test_size : float, default=0.2
        Share of the rows to test on, between 0 and 1.

    Returns
    -------
    Split
        Train and test part.

    Raises
    ------
    InputError
        As for `grouped_kfold`; a label that would be missing from either part.

    Examples
    --------
    >>> split = group_holdout(["dispute", "neutral"] * 4, [0, 0, 1, 1, 2, 2, 3, 3], test_size=0.25)
    >>> split.train, split.test
    (array([2, 3, 4, 5, 6, 7]), array([0, 1]))
    """
    share = check_share("test_size", test_size)
    table = _Table.of(labels, groups)
    table.check_enough(2)
    part = _place(table, np.array([1 - share, share]), random_state)
    missing = _missing(table, part, 2)
    if missing is not None:
        label, place = missing
        raise InputError(
            f"labels must stand in train and test, got no {label!r} in {('train', 'test')[place]}: "
            f"{_held(table, label)}; {_advice(table, label)}"
        )
    return _split(part[table.group_of_row] == 1)


def date_split(dates: Any, *, labels: Any = None, groups: Any = None, cut: Any = None, test_size: float = 0.2) -> Split:
    """Train on the past and test on what came after.

    Parameters
    ----------
    dates : sequence of date, datetime, datetime64 or ISO 8601 str
        When each row was published; a time zone is converted to UTC, none is taken for UTC.
    labels : sequence of str, optional
        When given, each label must stand in both parts.
    groups : sequence of str or of int, optional
        Rows before the cut whose group reaches beyond it are left out: the test part stays whole.
    cut : date, datetime, datetime64 or ISO 8601 str, optional
        The first moment of the test part. When None, the date that comes nearest to ``test_size``.
    test_size : float, default=0.2
        Share of the rows to test on, if there is no ``cut``.

    Returns
    -------
    Split
        ``left_out`` holds the rows that were dropped for their group.

    Raises
    ------
    InputError
        No rows, a missing or unreadable date (its index is named), lengths that differ, a part without rows, one label
        only, a label that is missing from a part (the message says which, and a cut that avoids it).

    Examples
    --------
    >>> dates = ["2014-03-01", "2014-03-02", "2014-03-05", "2014-03-09"]
    >>> date_split(dates, groups=["a", "b", "b", "c"], cut="2014-03-05")
    Split(train=array([0]), test=array([2, 3]), left_out=array([1]))
    """
    moments = _moments(dates)
    names, codes = _label_codes(labels, len(moments))
    ids = group_codes(range(len(moments)) if groups is None else groups, len(moments))[1]
    at = _nearest_cut(moments, check_share("test_size", test_size)) if cut is None else _moment(cut, "cut", "")
    split = _cut(moments, ids, at)
    for part, rows in (("train", split.train), ("test", split.test)):
        if len(rows) == 0:
            raise InputError(f"cut must leave rows in train and test, got {at} with none in {part}")
    lacking = _lacking(codes, split, len(names))
    if lacking is not None:
        part, label = lacking
        raise InputError(
            f"labels must stand in train and test, got no {names[label]!r} in {part} of the cut {at}: "
            f"{_other_cut(moments, ids, codes, len(names), at)}"
        )
    return split


class _Table(NamedTuple):
    """Labels counted by group."""

    names: list[str]
    groups: list[Any]
    group_of_row: Ints
    counts: Ints  # (groups, labels)

    @classmethod
    def of(cls, labels: Any, groups: Any) -> "_Table":
        if labels is None and groups is None:
            raise InputError("labels and groups must not both be None, got neither")
        count = len(groups if labels is None else labels)
        check_rows("groups" if labels is None else "labels", groups if labels is None else labels)
        names, codes = _label_codes(labels, count)
        group_names, ids = group_codes(range(count) if groups is None else groups, count)
        counts = np.bincount(ids * len(names) + codes, minlength=len(group_names) * len(names))
        return cls(names, group_names, ids, counts.reshape(len(group_names), len(names)))

    def check_enough(self, parts: int) -> None:
        if len(self.groups) < parts:
            raise InputError(f"groups must be at least {parts} for {parts} parts, got {len(self.groups)}")
        size = self.counts.sum(axis=1)
        largest = int(size.argmax())
        # two equal groups are halves too, and can be split in one way
        if 2 * size[largest] >= size.sum() + (len(size) == 2):
            raise InputError(
                f"groups must each hold less than half of the rows, got {shorten(self.groups[largest])} with "
                f"{size[largest]} of {size.sum()}: take finer groups, or keep it in train and split the others"
            )


def _label_codes(labels: Any, count: int) -> tuple[list[str], Ints]:
    if labels is None:
        return ["any"], np.zeros(count, np.int64)
    items = check_labels("labels", labels)
    if len(items) != count:
        raise InputError(f"labels must be as long as the rows ({count}), got {len(items)}")
    names = sorted(set(items))
    if len(names) == 1:
        raise InputError(
            f"labels must be at least two different ones, got only {names[0]!r}: labels=None splits without them"
        )
    return names, codes_of(items, names)


def _split(test: Any) -> Split:
    return Split(np.flatnonzero(~test), np.flatnonzero(test), np.zeros(0, np.int64))


def _place(table: _Table, shares: Floats, random_state: Any) -> Ints:
    """Give each group the part where it costs least: the optimum has every label in the parts' shares."""
    rng = np.random.default_rng(random_state)
    sizes = table.counts.sum(axis=1, keepdims=True)
    load = np.hstack([table.counts, sizes]) / np.append(table.counts.sum(axis=0), sizes.sum())
    # a group that holds a label of few groups has the least choice, so it goes first; among those the largest
    holders = np.where(table.counts > 0, (table.counts > 0).sum(axis=0), len(load)).min(axis=1)
    order = np.lexsort((rng.permutation(len(load)), -(load**2).sum(axis=1), holders))
    filled = np.zeros((len(shares), load.shape[1]))
    part = np.empty(len(load), np.int64)
    for group in order:
        cost = (2 * filled @ load[group] + load[group] @ load[group]) / shares
        part[group] = cost.argmin()
        filled[part[group]] += load[group]
    return part


def _missing(table: _Table, part: Ints, parts: int) -> tuple[str, int] | None:
    """Give a label and a part without it; with two parts or more, every label is then in the rest too."""
    counts = np.zeros((parts, len(table.names)), np.int64)
    np.add.at(counts, part, table.counts)
    places = np.argwhere(counts.T == 0)
    return (table.names[places[0][0]], int(places[0][1])) if len(places) else None


def _held(table: _Table, label: str) -> str:
    groups = int((table.counts[:, table.names.index(label)] > 0).sum())
    return f"{groups} group{'s hold' if groups > 1 else ' holds'} it"


def _advice(table: _Table, label: str) -> str:
    if (table.counts[:, table.names.index(label)] > 0).sum() == 1:
        return "no split by these groups avoids that: take finer groups, or leave the label out"
    return "another test_size or grouped_kfold with n_splits=2 may avoid that"


def _which_folds_avoid(table: _Table, n_splits: int, random_state: Any, missing: tuple[str, int]) -> str:
    label, fold = missing
    avoids = "no number of folds avoids that: take finer groups, or leave the label out"
    for fewer in range(n_splits - 1, 1, -1):
        if _missing(table, _place(table, np.full(fewer, 1 / fewer), random_state), fewer) is None:
            avoids = f"n_splits={fewer} avoids that"
            break
    lacks = f"labels must stand in every fold, got no {label!r} in fold {fold} of {n_splits}"
    return f"{lacks}: {_held(table, label)}; {avoids}"


def _moments(dates: Any) -> Moments:
    items = list(dates)
    check_rows("dates", items)
    return np.array([_moment(item, "dates", f" at index {index}") for index, item in enumerate(items)], "datetime64[s]")


def _moment(value: Any, name: str, where: str) -> Any:
    """Turn a date into datetime64[s] in UTC."""
    expected = "a date or an ISO 8601 str"
    if is_missing(value):
        raise must_be(name, expected, value, where=where)
    if isinstance(value, np.datetime64):
        return value.astype("datetime64[s]")
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise must_be(name, expected, value, where=where) from None
    if not isinstance(value, date):
        raise must_be(name, expected, value, where=where)
    if isinstance(value, datetime) and value.tzinfo is not None:
        value = value.astimezone(UTC).replace(tzinfo=None)
    return np.datetime64(value).astype("datetime64[s]")


def _nearest_cut(moments: Moments, test_size: float) -> Any:
    days, counts = np.unique(moments.astype("datetime64[D]"), return_counts=True)
    if len(days) == 1:
        raise InputError(f"dates must be of at least two days, got only {days[0]}: a split by groups needs none")
    later = counts[::-1].cumsum()[::-1][1:]  # rows from each day on; the first day is no cut
    return days[1:][np.abs(later / len(moments) - test_size).argmin()].astype("datetime64[s]")


def _cut(moments: Moments, ids: Ints, at: Any) -> Split:
    test = moments >= at
    reaching = np.isin(ids, ids[test])
    return Split(np.flatnonzero(~test & ~reaching), np.flatnonzero(test), np.flatnonzero(~test & reaching))


def _lacking(codes: Ints, split: Split, labels: int) -> tuple[str, int] | None:
    for part, rows in (("train", split.train), ("test", split.test)):
        absent = np.flatnonzero(np.bincount(codes[rows], minlength=labels) == 0)
        if len(absent):
            return part, int(absent[0])
    return None


def _other_cut(moments: Moments, ids: Ints, codes: Ints, labels: int, at: Any) -> str:
    """Say which day near the cut has every label on both sides."""
    days = np.unique(moments.astype("datetime64[D]"))[1:]
    first = max(moments[codes == label].min() for label in range(labels))
    last = min(moments[codes == label].max() for label in range(labels))
    hopeful: Sequence[Any] = days[(days > first) & (days <= last)]
    for day in sorted(hopeful, key=lambda day: abs(day - at))[:100]:
        if _lacking(codes, _cut(moments, ids, day), labels) is None:
            return f"cut={str(day)!r} avoids that"
    return "no cut near it avoids that, but grouped_kfold may"
