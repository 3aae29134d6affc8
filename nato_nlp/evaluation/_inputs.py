"""Checks that the modules of this package share: labels as codes, probabilities, groups, sets of labels."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nato_nlp._validate import check_labels, check_same_length, is_missing, must_be
from nato_nlp.errors import InputError

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

SUM_TOLERANCE = 1e-4  # float32 probabilities of a few hundred classes sum to 1 within this


def check_rows(name: str, items: Sequence[Any] | NDArray[Any]) -> None:
    """Raise `InputError` when there are no rows."""
    if len(items) == 0:
        raise must_be(name, "at least one row", items)


def check_int(name: str, value: Any, least: int) -> int:
    """Return an int of at least ``least``, else raise `InputError`."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise must_be(name, f"an int of at least {least}", value)
    return int(value)


def check_share(name: str, value: Any) -> float:
    """Return a number strictly between 0 and 1, else raise `InputError`."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.number) or not 0 < value < 1:
        raise must_be(name, "a number above 0 and below 1", value)
    return float(value)


def label_set(name: str, labels: Iterable[str]) -> tuple[str, ...]:
    """Return the labels in the order given; an empty or repeating list raises `InputError`."""
    known = tuple(check_labels(name, labels))
    if not known or len(set(known)) < len(known):
        raise must_be(name, "one or more labels, each once", known)
    return known


def codes_of(items: Sequence[str], labels: Sequence[str]) -> Ints:
    """Give the place of each item among the labels."""
    place = {label: index for index, label in enumerate(labels)}
    return np.fromiter((place[item] for item in items), np.int64, len(items))


def check_predictions(y_true: Any, y_pred: Any, labels: Iterable[str] | None) -> tuple[tuple[str, ...], Ints, Ints]:
    """Return the labels, and gold and predicted labels as codes.

    Parameters
    ----------
    y_true, y_pred : sequence of str
        One label a row.
    labels : iterable of str or None
        The labels and their order; None stands for those that occur, sorted.
    """
    known = None if labels is None else label_set("labels", labels)
    gold, predicted = check_labels("y_true", y_true, known), check_labels("y_pred", y_pred, known)
    check_rows("y_true", gold)
    check_same_length("y_true", gold, "y_pred", predicted)
    names = tuple(sorted({*gold, *predicted})) if known is None else known
    return names, codes_of(gold, names), codes_of(predicted, names)


def check_proba(name: str, proba: Any, columns: int) -> Floats:
    """Return probabilities as float64 of shape (n, columns).

    Raises
    ------
    InputError
        Another shape, no rows, a value outside [0, 1] or not finite, a row that does not sum to 1 (its index is named).
    """
    values = np.asarray(proba, dtype=np.float64)
    if values.ndim != 2 or values.shape[1] != columns:
        raise must_be(name, f"of shape (n, {columns}), a column a class", values.shape)
    check_rows(name, values)
    inside = ((values >= 0) & (values <= 1)).all(axis=1)  # False for NaN too
    if not inside.all():
        row = int(np.argmin(inside))
        raise must_be(name, "probabilities in [0, 1]", values[row].tolist(), where=f" at index {row}")
    wrong = np.abs(values.sum(axis=1) - 1) > SUM_TOLERANCE
    if wrong.any():
        row = int(np.argmax(wrong))
        raise must_be(name, "rows that sum to 1", values[row].tolist(), where=f" at index {row}")
    return values


def check_scored(y_true: Any, proba: Any, classes: Iterable[str]) -> tuple[tuple[str, ...], Ints, Floats]:
    """Return the classes, the gold codes and the probabilities of equally many rows."""
    names = label_set("classes", classes)
    gold = check_labels("y_true", y_true, names)
    values = check_proba("proba", proba, len(names))
    check_same_length("y_true", gold, "proba", values)  # type: ignore[arg-type]
    return names, codes_of(gold, names), values


def as_list(items: Any) -> list[Any]:
    """Return a list of Python objects from a list, an array, a series or an Arrow array."""
    if hasattr(items, "to_pylist"):
        return list(items.to_pylist())
    return [item.item() if isinstance(item, np.generic) else item for item in items]


def group_codes(groups: Any, count: int, name: str = "groups") -> tuple[list[Any], Ints]:
    """Return the sorted names of the groups, and each row's place among them.

    Parameters
    ----------
    groups : sequence of str or of int
        The group of each row.
    count : int
        How many rows there are.

    Raises
    ------
    InputError
        Another length, a missing group (its index is named), or groups that are neither all str nor all int.
    """
    items = as_list(groups)
    if len(items) != count:
        raise InputError(f"{name} must be as long as the rows ({count}), got {len(items)}")
    for index, item in enumerate(items):
        if is_missing(item):
            raise must_be(name, "a group for every row", item, where=f" at index {index}")
        if not isinstance(item, type(items[0])) or not isinstance(item, str | int):
            raise must_be(name, "all str or all int", item, where=f" at index {index}")
    names = sorted(set(items))
    place = {item: index for index, item in enumerate(names)}
    return names, np.fromiter((place[item] for item in items), np.int64, count)


def check_sets(name: str, sets: Iterable[Any], known: Sequence[str] | None = None) -> list[frozenset[str]]:
    """Return each row's labels as a frozenset of str; an unknown one raises `InputError` with its row."""
    rows = []
    for index, row in enumerate(sets):
        if isinstance(row, str) or is_missing_row(row):
            raise must_be(name, "a set of labels for every row", row, where=f" at index {index}")
        try:
            rows.append(frozenset(check_labels(name, row, known)))
        except InputError as error:
            raise InputError(f"{error} of row {index}") from None
    return rows


def is_missing_row(row: Any) -> bool:
    """Tell whether a row's set is not there at all: None, NaN, or anything that cannot be iterated."""
    return row is None or not hasattr(row, "__iter__")


def indicator(sets: Sequence[frozenset[str]], labels: Sequence[str]) -> NDArray[np.bool_]:
    """Give the membership matrix of shape (n, labels)."""
    return np.array([[label in row for label in labels] for row in sets], dtype=bool).reshape(len(sets), len(labels))
