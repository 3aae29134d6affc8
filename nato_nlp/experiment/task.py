"""From a config to what is learned and scored: texts, gold labels, groups."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple

import numpy as np

from nato_nlp._validate import must_be
from nato_nlp.datasets import Dataset
from nato_nlp.errors import InputError
from nato_nlp.evaluation.leaks import near_duplicate_clusters
from nato_nlp.evaluation.splits import join_groups
from nato_nlp.evaluation.swap import swap_actors
from nato_nlp.experiment.config import Experiment
from nato_nlp.experiment.rows import NONE, load_set
from nato_nlp.experiment.schema import known_labels, name_of

Gold = str | tuple[str, ...]
Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True, eq=False)
class Part:
    """Rows of one role; every tuple has one item a row.

    Attributes
    ----------
    texts : tuple of str
        The sentences.
    gold : tuple of str or of tuples of str
        The label of each row; for multi-label tasks its labels, in the order of ``Task.labels``, perhaps none.
    groups : tuple of str
        What a split keeps together: the document joined with near-duplicates of it, across the sets of the part.
    ids : tuple of str
        ``SET/PART/ID``, distinct.
    sources, targets : tuple of tuples of (start, end), or None
        Marked spans in characters of the text; None where no set of the part has marks.
    dates : tuple of str or None, or None
        ISO dates, None where a row has none; None altogether where no set of the part has dates.
    outlets : tuple of str or None, or None
        Who published the text, likewise.
    """

    texts: tuple[str, ...]
    gold: tuple[Any, ...]
    groups: tuple[str, ...]
    ids: tuple[str, ...]
    sources: tuple[Spans, ...] | None = None
    targets: tuple[Spans, ...] | None = None
    dates: tuple[str | None, ...] | None = None
    outlets: tuple[str | None, ...] | None = None

    def __len__(self) -> int:
        return len(self.texts)

    def select(self, rows: Any) -> "Part":
        """Return some rows, in the order of the indices.

        Parameters
        ----------
        rows : sequence of int, or of n bool
            Numbers of rows, or a mask.

        Examples
        --------
        >>> part = Part(("a", "b"), ("x", "y"), ("1", "2"), ("s/all/1", "s/all/2"))
        >>> part.select([False, True]).ids
        ('s/all/2',)
        """
        index = np.asarray(rows)
        chosen = np.arange(len(self))[index if index.size else index.astype(np.int64)].tolist()
        columns = {column.name: getattr(self, column.name) for column in fields(self)}
        return Part(**{name: column and tuple(column[k] for k in chosen) for name, column in columns.items()})


@dataclass(frozen=True, eq=False)
class Task:
    """What is learned, and on what it is scored.

    Attributes
    ----------
    train : Part
        Rows to learn from; under cross-validation they are scored, too.
    extra : Part or None
        Rows that are added to every training part and never scored.
    test : Part or None
        The fixed test rows; None means cross-validation on ``train``.
    labels : tuple of str
        The classes, in codebook order, else sorted. Binary: dispute, then cooperation, so that a tie of an arg-max
        goes to dispute as the convention says.
    multilabel : bool
        Whether a row has any number of labels.
    counts : mapping of str to int
        Rows of ``train``, ``extra`` and ``test``, and rows left out by ``PART: REASON``.
    notes : tuple of str
        What a report has to say, with the set's name in front.
    opened : tuple of str
        The sources that were read, as the config names them: ``plover_zsp:test`` is there only if the config names it.
    sha256 : mapping of str to str
        The hash of each file that was read.

    Examples
    --------
    >>> from nato_nlp.experiment import load_config, load_task
    >>> task = load_task(load_config("experiments/seeds_stance.toml"))
    >>> task.labels, task.test is None
    (('cooperation', 'dispute', 'neutral'), True)
    """

    train: Part
    extra: Part | None
    test: Part | None
    labels: tuple[str, ...]
    multilabel: bool
    counts: Mapping[str, int]
    notes: tuple[str, ...]
    opened: tuple[str, ...]
    sha256: Mapping[str, str]


def load_task(config: Experiment) -> Task:
    """Read what a config names and give each row its label, its group and its id.

    Parameters
    ----------
    config : Experiment
        See `load_config`.

    Returns
    -------
    Task
        Rows in the order of the config and of the files.

    Raises
    ------
    MissingFileError
        A set or a table is not there; the message says how to get it.
    InputError
        What a table holds is not what the task takes, a part has no row with a label of the task, ``train`` has one
        label only or lacks one of ``data.only``, or the test has a label that ``train`` has not.

    Notes
    -----
    Groups are documents united with near-duplicates of any of their rows (`near_duplicate_clusters`), within each part:
    rows of different groups of one part never leak into each other. A group is called like the first of its documents
    in alphabetical order; where a set has no documents, like the first of its rows.

    Examples
    --------
    >>> from nato_nlp.experiment.schema import Data
    >>> task = load_task(Experiment(title="Stance", data=Data(train=("seeds",), label="stance")))
    >>> task.labels, task.train.ids[0], task.opened
    (('cooperation', 'dispute', 'neutral'), 'seeds/all/0101-01', ('seeds',))
    """
    reading = _Reading(config)
    found = reading.rows("train")
    labels = reading.labels(found)
    train = reading.part("train", found, labels)
    others = {key: reading.part(key, rows, labels) for key in ("extra", "test") if (rows := reading.rows(key))}
    if config.data.swap_names:
        others["test"] = _swapped(others["test"], config.split.seed)
    return Task(
        train,
        others.get("extra"),
        others.get("test"),
        labels,
        config.data.multilabel,
        {key: len(part) for key, part in ({"train": train} | others).items()} | reading.left_out,
        tuple(reading.notes),
        tuple(reading.opened),
        reading.sha256,
    )


class _Row(NamedTuple):
    text: str
    gold: Any
    document: str
    id: str
    sources: Spans | None
    targets: Spans | None
    date: str | None
    outlet: str | None


class _Reading:
    """What is gathered while the sets of a config are read."""

    def __init__(self, config: Experiment) -> None:
        self.name, self.data = config.name, config.data
        self.left_out: dict[str, int] = {}
        self.notes: list[str] = []
        self.opened: list[str] = []
        self.sha256: dict[str, str] = {}

    def rows(self, key: str) -> list[_Row]:
        """Read the sets of a part, labelled or not."""
        found = []
        for role, source in self.data.sources:
            if role == key:
                data = load_set(source, self.data.label)
                self.opened.append(source if isinstance(source, str) else source.path)
                self.notes += [f"{name_of(source)}: {note}" for note in data.notes]
                self.sha256 |= data.sha256
                found += _rows_of(data, self.data.label)
        return found

    def labels(self, rows: Sequence[_Row]) -> tuple[str, ...]:
        """Return the classes: what ``train`` holds of what counts."""
        held = {label for row in rows for label in _as_tuple(row.gold)}
        order = known_labels(self.data.label) or sorted(held)
        labels = tuple(label for label in order if label in held)
        for label in self.data.only:
            if label not in held:
                raise must_be(f"{self.name}: data.only", f"labels that data.train holds: {', '.join(labels)}", label)
        labels = tuple(label for label in labels if not self.data.only or label in self.data.only)
        if len(labels) < 2 - self.data.multilabel:
            least = "a label" if self.data.multilabel else "two labels or more"
            raise InputError(f"{self.name}: data.train must hold {least}, got {', '.join(labels) or 'none'}")
        return labels

    def part(self, key: str, rows: Sequence[_Row], labels: Sequence[str]) -> Part:
        """Keep the rows with a label of the task, and count the others."""
        if key == "test":
            self._check_test(rows, labels)
        if self.data.multilabel:
            kept = [row._replace(gold=tuple(label for label in labels if label in row.gold)) for row in rows]
        else:
            kept = [row for row in rows if row.gold in labels]
            unlabelled = sum(row.gold == NONE for row in rows)
            self._leave_out(f"{key}: no label", unlabelled)
            self._leave_out(f"{key}: another label", len(rows) - len(kept) - unlabelled)
        if not kept:
            raise InputError(
                f"{self.name}: data.{key} must hold a row with one of the labels {', '.join(labels)}, got none of {len(rows)}"
            )
        return _part(kept)

    def _leave_out(self, reason: str, count: int) -> None:
        if count:
            self.left_out[reason] = count

    def _check_test(self, rows: Sequence[_Row], labels: Sequence[str]) -> None:
        for row in rows:
            for label in _as_tuple(row.gold):
                if label not in labels and not self.data.only:
                    expected = f"a label that data.train holds ({', '.join(labels)}), or be left out by data.only"
                    raise must_be(f"{self.name}: data.test, the label of {row.id},", expected, label)


def _swapped(part: Part, seed: int) -> Part:
    """Return the part with other names; its groups stay those of the texts as they were."""
    return replace(part, texts=tuple(swap_actors(part.texts, random_state=seed)), sources=None, targets=None)


def _as_tuple(gold: Any) -> tuple[str, ...]:
    return gold if isinstance(gold, tuple) else (gold,) if gold != NONE else ()


def _rows_of(data: Dataset, label: str) -> list[_Row]:
    nothing = (None,) * len(data)
    columns = (
        data.texts,
        data.labels[label],
        data.ids if data.groups is None else data.groups,
        data.ids,
        *(nothing if values is None else values for values in (data.sources, data.targets, data.dates, data.outlets)),
    )
    return [_Row(*row) for row in zip(*columns, strict=True)]


def _part(rows: Sequence[_Row]) -> Part:
    def column(name: str, absent: Any = None) -> tuple[Any, ...] | None:
        values = [getattr(row, name) for row in rows]
        if all(value is None for value in values):
            return None
        return tuple(absent if value is None else value for value in values)

    texts = tuple(row.text for row in rows)
    return Part(
        texts,
        tuple(row.gold for row in rows),
        _groups(texts, [row.document for row in rows]),
        tuple(row.id for row in rows),
        column("sources", ()),
        column("targets", ()),
        column("date"),
        column("outlet"),
    )


def _groups(texts: Sequence[str], documents: Sequence[str]) -> tuple[str, ...]:
    """Unite documents that hold near-duplicates; the first name of each stands for all."""
    joined = join_groups(documents, near_duplicate_clusters(texts)).tolist()
    first: dict[int, str] = {}
    for group, document in zip(joined, documents, strict=True):
        first[group] = min(first.get(group, document), document)
    return tuple(first[group] for group in joined)
