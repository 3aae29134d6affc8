"""The folds of an experiment: outer ones that are scored, inner ones that a setting is chosen by, both past the leak guard.

Rows are numbered through the parts of a task: train, extra, test.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nato_nlp.errors import InputError
from nato_nlp.evaluation.splits import grouped_kfold
from nato_nlp.experiment.config import Experiment
from nato_nlp.experiment.guard import guard
from nato_nlp.experiment.losses import Ints
from nato_nlp.experiment.search import Bools, Fold
from nato_nlp.experiment.task import Part, Spans, Task


@dataclass(frozen=True, eq=False)
class Table:
    """The rows of all parts below each other.

    Attributes
    ----------
    texts, ids, groups : tuple of str of length n
    sources, targets : tuple of spans of length n
        Empty where a row has no mark.
    gold : ndarray of shape (n, L), bool
    labels : tuple of str
    train, extra, test : ndarray of int64
        Rows of the parts.
    """

    texts: tuple[str, ...]
    ids: tuple[str, ...]
    groups: tuple[str, ...]
    sources: tuple[Spans, ...]
    targets: tuple[Spans, ...]
    gold: Bools
    labels: tuple[str, ...]
    train: Ints
    extra: Ints
    test: Ints


@dataclass(frozen=True)
class Leaked:
    """What the guard found in some pairs of training part and scored part.

    Attributes
    ----------
    pairs, dropped : int
        Pairs of texts; training rows left out, counted once a fold.
    tables : tuple of str
        Markdown, ids only; one a fold with leaks.
    """

    pairs: int = 0
    dropped: int = 0
    tables: tuple[str, ...] = ()

    def __add__(self, other: "Leaked") -> "Leaked":
        return Leaked(self.pairs + other.pairs, self.dropped + other.dropped, self.tables + other.tables)


@dataclass(frozen=True, eq=False)
class OuterFold:
    """A fold that is scored, and the folds within its training rows."""

    number: int
    fold: Fold
    inner: tuple[Fold, ...]


@dataclass(frozen=True, eq=False)
class Plan:
    """All folds.

    Attributes
    ----------
    outer : tuple of OuterFold
        One for a fixed test.
    leaked, searched : Leaked
        What the guard found for the outer folds, and for the inner ones.
    """

    outer: tuple[OuterFold, ...]
    leaked: Leaked
    searched: Leaked


def table_of(task: Task) -> Table:
    """Put the parts of a task below each other."""
    parts = [part for part in (task.train, task.extra, task.test) if part is not None]
    sizes = [0 if part is None else len(part) for part in (task.train, task.extra, task.test)]
    train, extra, test = np.split(np.arange(sum(sizes)), np.cumsum(sizes)[:-1])
    return Table(
        texts=tuple(text for part in parts for text in part.texts),
        ids=tuple(name for part in parts for name in part.ids),
        groups=tuple(group for part in parts for group in part.groups),
        sources=tuple(spans for part in parts for spans in part.sources or ((),) * len(part)),
        targets=tuple(spans for part in parts for spans in part.targets or ((),) * len(part)),
        gold=np.concatenate([indicator(part, task) for part in parts]),
        labels=task.labels,
        train=train,
        extra=extra,
        test=test,
    )


def indicator(part: Part, task: Task) -> Bools:
    """Return which of the task's labels each row has, (rows, L)."""
    rows = [{label} if isinstance(label, str) else set(label) for label in part.gold]
    return np.array([[label in row for label in task.labels] for row in rows], bool).reshape(len(rows), -1)


def plan_folds(task: Task, table: Table, config: Experiment) -> Plan:
    """Split the rows and pass every pair of training and scored part by the leak guard.

    Raises
    ------
    LeakError
        Under ``on_leak = "refuse"``, if a text to train on stands in what is scored.
    InputError
        A label is missing from a fold or from its training rows; there are too few groups.
    """
    outer, leaked, searched = [], Leaked(), Leaked()
    for number, (train, scored) in enumerate(_outer(task, table, config)):
        fold, found = _guarded(table, train, scored, config, _name(number, config))
        leaked += found
        inner, found = _inner(task, table, fold.train, config, number)
        searched += found
        outer.append(OuterFold(number, fold, inner))
    return Plan(tuple(outer), leaked, searched)


def _outer(task: Task, table: Table, config: Experiment) -> list[tuple[Ints, Ints]]:
    if len(table.test):
        return [(np.concatenate([table.train, table.extra]), table.test)]
    folds = _split(task, table, table.train, config.split.folds, config.split.seed)
    return [(np.concatenate([fold.train, table.extra]), fold.scored) for fold in folds]


def _inner(task: Task, table: Table, train: Ints, config: Experiment, number: int) -> tuple[tuple[Fold, ...], Leaked]:
    """Cut the training rows of an outer fold; rows of the extra part stay in every training part."""
    own, extra = train[np.isin(train, table.train)], train[np.isin(train, table.extra)]
    count = config.split.folds if len(table.test) else config.split.inner_folds
    folds, leaked = [], Leaked()
    for k, fold in enumerate(_split(task, table, own, count, config.split.seed)):
        name = f"inner fold {k + 1} of {_name(number, config)}"
        done, found = _guarded(table, np.concatenate([fold.train, extra]), fold.scored, config, name)
        leaked += found
        folds.append(done)
    return tuple(folds), leaked


def _name(number: int, config: Experiment) -> str:
    return "the test" if config.data.test is not None else f"fold {number + 1} of {config.split.folds}"


def _guarded(table: Table, train: Ints, scored: Ints, config: Experiment, name: str) -> tuple[Fold, Leaked]:
    """Return a fold without the rows that leak, and what was found."""
    texts, others = ([table.texts[row] for row in rows] for rows in (train, scored))
    ids, other_ids = ([table.ids[row] for row in rows] for rows in (train, scored))
    found = guard(texts, others, config.data.on_leak, train_ids=ids, test_ids=other_ids)
    kept = train[found.keep]
    _check_labels(table, kept, name)
    tables = (f"{name}\n\n{found.table}",) if found.leaks else ()
    return Fold(kept, scored), Leaked(len(found.leaks), int((~found.keep).sum()), tables)


def _check_labels(table: Table, train: Ints, name: str) -> None:
    count = table.gold[train].sum(axis=0)
    for label, rows in zip(table.labels, count.tolist(), strict=True):
        if rows == 0 or rows == len(train):
            got = "none" if rows == 0 else "nothing else"
            raise InputError(
                f"training rows of {name} must hold every label and others, got {got} of {label!r}: fewer folds may avoid "
                "that (split.folds, split.inner_folds), or labels that are left out (data.only)"
            )


def _split(task: Task, table: Table, rows: Ints, folds: int, seed: int) -> list[Fold]:
    groups = [table.groups[row] for row in rows]
    strata = _strata(task, table.gold[rows], groups, folds)
    found = grouped_kfold(strata, groups, n_splits=folds, random_state=seed)
    return [Fold(rows[fold.train], rows[fold.test]) for fold in found]


def _strata(task: Task, gold: Bools, groups: Sequence[Any], folds: int) -> list[str] | None:
    """Return what folds are balanced by: the label, or the rarest label of a multi-label row."""
    if not task.multilabel:
        return [task.labels[k] for k in gold.argmax(axis=1)]
    count = gold.sum(axis=0)
    rarest = np.where(gold, count, len(gold) + 1).argmin(axis=1)
    strata = np.where(gold.any(axis=1), rarest, -1)
    members: dict[int, set[Any]] = {}
    for stratum, group in zip(strata.tolist(), groups, strict=True):
        members.setdefault(stratum, set()).add(group)
    # a stratum of few groups can't stand in every fold, and needn't: its labels stand in other rows, too
    names = ["few" if len(members[stratum]) < 2 * folds else str(stratum) for stratum in strata.tolist()]
    few = {group for name, group in zip(names, groups, strict=True) if name == "few"}
    if 0 < len(few) < 2 * folds:
        return None
    return names if len(set(names)) > 1 else None
