"""A dataset: texts with their labels, groups and dates, and where they came from."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Any

import numpy as np

from nato_nlp._validate import check_same_length, check_texts, is_missing, must_be, need
from nato_nlp.errors import InputError

Label = str | bool | tuple[str, ...]
Span = tuple[int, int]

PER_TEXT = ("texts", "groups", "dates", "outlets", "split", "sources", "targets", "ids")
COLUMNS = ("id", "text", "group", "date", "outlet", "split", "sources", "targets")


@dataclass(frozen=True, repr=False, eq=False)
class Dataset:
    """Texts with labels, and what is needed to split, cite and check them.

    Symbols: n texts. Every sequence is stored as a tuple of length n; what a set does not have is None.

    Parameters
    ----------
    name : str
        What reports call the set.
    texts : sequence of str
        Neither missing nor blank; n > 0.
    labels : mapping of str to sequence
        Target name (``quad``, ``stance``, ``root``, ``topics``, ``binary``, ...) to n labels: str, bool, or a
        collection of str where a text has any number of labels.
    groups : sequence of str, optional
        The document of each text: a split keeps a group together.
    dates : sequence of str or None, optional
        ISO 8601 dates (``YYYY-MM-DD``), None where unknown.
    outlets : sequence of str, optional
        Who published each text. Not to be mixed up with ``sources``.
    split : sequence of str, optional
        The part of the published set that each text stands in (``train``, ``test``, ...).
    sources, targets : sequence of sequences of (start, end), optional
        Spans in characters of the text, end exclusive, marked as the source and the target of the act; none, one or
        several a text.
    ids : sequence of str, optional
        Distinct names of the texts; their numbers from 0 when empty.
    licence, citation, home : str
        Under which terms the set stands, what to cite, and where it is kept.
    sha256 : mapping of str to str
        The hash of each file that was read.
    notes : sequence of str
        What a report on this set has to say.

    Raises
    ------
    InputError
        No text, a missing or blank one, lengths that differ, a missing label, a date that is no date, a span outside
        its text, an id that stands twice; the index is named.

    Examples
    --------
    >>> data = Dataset("two", ["Envoys met.", "Shells fell."], {"stance": ["cooperation", "dispute"]})
    >>> data
    Dataset 'two': 2 texts
      stance: 1 cooperation, 1 dispute
    >>> data.select([1]).texts
    ('Shells fell.',)
    """

    name: str
    texts: Sequence[str]
    labels: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    groups: Sequence[str] | None = None
    dates: Sequence[str | None] | None = None
    outlets: Sequence[str] | None = None
    split: Sequence[str] | None = None
    sources: Sequence[Sequence[Span]] | None = None
    targets: Sequence[Sequence[Span]] | None = None
    ids: Sequence[str] = ()
    licence: str = ""
    citation: str = ""
    home: str = ""
    sha256: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[str] = ()

    def __post_init__(self) -> None:
        texts = _checked_texts(self.texts)
        checked: dict[str, Any] = {
            "texts": texts,
            "labels": {str(name): _checked_labels(name, values) for name, values in self.labels.items()},
            "groups": _strings("groups", self.groups),
            "dates": _checked_dates(self.dates),
            "outlets": _strings("outlets", self.outlets),
            "split": _strings("split", self.split),
            "ids": _distinct(_strings("ids", self.ids) or tuple(str(number) for number in range(len(texts)))),
            "sha256": dict(self.sha256),
            "notes": tuple(self.notes),
        }
        labels = {f"labels[{name!r}]": values for name, values in checked["labels"].items()}
        spans = {"sources": self.sources, "targets": self.targets}
        for name, values in (checked | labels | spans).items():
            if values is not None and name not in ("labels", "sha256", "notes"):
                check_same_length("texts", texts, name, values)
        checked |= {name: _checked_spans(name, rows, texts) for name, rows in spans.items()}
        for name, value in checked.items():
            object.__setattr__(self, name, value)  # frozen: this is the one place that sets fields

    def __len__(self) -> int:
        return len(self.texts)

    def __repr__(self) -> str:
        lines = [f"Dataset {self.name!r}: {', '.join(self._counts())}"]
        lines += [f"  {name}: {_summary(values)}" for name, values in self.labels.items()]
        lines += [f"  {name}: {value}" for name in ("licence", "home") if (value := getattr(self, name))]
        lines += [f"  note: {note}" for note in self.notes]
        return "\n".join(lines)

    def _counts(self) -> list[str]:
        counts = [f"{len(self):,} texts"]
        if self.groups is not None:
            counts.append(f"{len(set(self.groups)):,} groups")
        known = [] if self.dates is None else [day for day in self.dates if day is not None]
        if known:
            counts.append(f"{min(known)} to {max(known)}")
        return counts

    def select(self, indices: Any) -> "Dataset":
        """Return the dataset of some texts, in the order of the indices.

        Parameters
        ----------
        indices : sequence of int, or of n bool
            Numbers of texts in [0, n), or a mask.

        Raises
        ------
        InputError
            An index outside [0, n), an index twice (ids are distinct), a mask of another length, or nothing selected.
        """
        chosen = _chosen(indices, len(self))
        changes: dict[str, Any] = {
            "labels": {name: [values[i] for i in chosen] for name, values in self.labels.items()},
        }
        for part in fields(self):
            values = getattr(self, part.name)
            if part.name in PER_TEXT and values is not None:
                changes[part.name] = [values[i] for i in chosen]
        return replace(self, **changes)

    def _columns(self) -> dict[str, Sequence[Any]]:
        """Give the columns of a table, without those that the set does not have."""
        taken = [name for name in self.labels if name in COLUMNS]
        if taken:
            raise must_be(
                "names of labels", f"other than those of the table's columns ({', '.join(COLUMNS)})", taken[0]
            )
        columns = {"id": self.ids, "text": self.texts, **self.labels, "group": self.groups, "date": self.dates}
        columns |= {"outlet": self.outlets, "split": self.split, "sources": self.sources, "targets": self.targets}
        return {name: values for name, values in columns.items() if values is not None}

    def to_pandas(self) -> Any:
        """Return a pandas ``DataFrame``: id, text, a column a target, and what else the set has; dates are strings.

        Raises
        ------
        MissingExtraError
            pandas is not installed.
        """
        return need("pandas", "test").DataFrame({name: list(values) for name, values in self._columns().items()})

    def to_arrow(self) -> Any:
        """Return a `pyarrow.Table` with the columns of `to_pandas`.

        Its metadata holds name, licence, citation and home. Spans are lists of struct (start, end); dates are of type
        date32.
        """
        import pyarrow as pa

        arrays = {
            name: pa.array(_plain(name, values), type=_arrow_type(name, values))
            for name, values in self._columns().items()
        }
        provenance = {name: getattr(self, name) for name in ("name", "licence", "citation", "home")}
        return pa.table(arrays).replace_schema_metadata(provenance)


def _checked_texts(texts: Any) -> tuple[str, ...]:
    items = check_texts(texts)
    if not items:
        raise must_be("texts", "at least one text", [])
    for index, text in enumerate(items):
        if not text.strip():
            raise must_be("texts", "texts that are not blank", text, where=f" at index {index}")
    return tuple(items)


def _strings(name: str, values: Iterable[Any] | None) -> tuple[str, ...] | None:
    """Check values that are str or numbers, such as the document numbers of a table, and give them as str."""
    if values is None:
        return None
    if isinstance(values, str):
        raise must_be(name, "a sequence, one item a text", values)
    items = list(values)
    for index, item in enumerate(items):
        if is_missing(item) or item == "":
            raise must_be(name, "a value for every text", item, where=f" at index {index}")
    return tuple(str(item) for item in items)


def _distinct(ids: tuple[str, ...]) -> tuple[str, ...]:
    seen: dict[str, int] = {}
    for index, item in enumerate(ids):
        if item in seen:
            raise must_be("ids", f"distinct (index {seen[item]} has it, too)", item, where=f" at index {index}")
        seen[item] = index
    return ids


def _checked_labels(name: str, values: Any) -> tuple[Label, ...]:
    if isinstance(values, str):
        raise must_be(f"labels[{name!r}]", "a sequence, one item a text", values)
    return tuple(_checked_label(name, value, index) for index, value in enumerate(values))


def _checked_label(name: str, value: Any, index: int) -> Label:
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, np.ndarray):  # how pandas gives back the lists of a Parquet file
        value = value.tolist()
    if isinstance(value, Collection) and all(isinstance(label, str) for label in value):
        # a set has no order of its own, and its iteration order changes with the hash seed
        return tuple(sorted(value) if isinstance(value, set | frozenset) else value)
    raise must_be(f"labels[{name!r}]", "str, bool or a collection of str", value, where=f" at index {index}")


def iso_date(value: Any) -> str | None:
    """Return the ``YYYY-MM-DD`` of a date, a datetime or a string that begins with one; None when it is no date."""
    text = value if isinstance(value, str) else str(value)
    day, rest = text[:10], text[10:]
    try:
        # fromisoformat reads '20200131' and '2020-W01-1', too: one form only, so that strings sort by date
        known = date.fromisoformat(day).isoformat() == day
    except ValueError:
        return None
    return day if known and (not rest or rest[0] in "T ") else None


def _checked_dates(dates: Iterable[Any] | None) -> tuple[str | None, ...] | None:
    if dates is None:
        return None
    days: list[str | None] = []
    for index, value in enumerate(dates):
        day = None if is_missing(value) else iso_date(value)
        if day is None and not is_missing(value):
            raise must_be("dates", "ISO dates (YYYY-MM-DD)", value, where=f" at index {index}")
        days.append(day)
    return tuple(days)


def _checked_spans(name: str, rows: Any, texts: Sequence[str]) -> tuple[tuple[Span, ...], ...] | None:
    if rows is None:
        return None
    checked = []
    for index, (spans, text) in enumerate(zip(rows, texts, strict=True)):
        row = tuple((int(start), int(end)) for start, end in spans)
        for span in row:
            if not 0 <= span[0] < span[1] <= len(text):
                expected = f"spans (start, end) with 0 <= start < end <= {len(text)}"
                raise must_be(name, expected, span, where=f" at index {index}")
        checked.append(row)
    return tuple(checked)


def _chosen(indices: Any, n: int) -> list[int]:
    chosen = np.asarray(indices)
    if chosen.ndim != 1 or not (chosen.size == 0 or chosen.dtype == bool or np.issubdtype(chosen.dtype, np.integer)):
        raise must_be("indices", "a sequence of int, or of bool", indices)
    if chosen.dtype == bool:
        check_same_length("texts", range(n), "indices", chosen.tolist())
        chosen = np.flatnonzero(chosen)
    if chosen.size == 0:
        raise InputError(f"indices must be at least one of the {n} texts, got none")
    for position, index in enumerate(chosen.tolist()):
        if not 0 <= index < n:
            raise must_be("indices", f"in [0, {n})", index, where=f" at position {position}")
    return [int(index) for index in chosen]


def _summary(values: Sequence[Label]) -> str:
    """Count labels for the repr, the most frequent first; several labels a text count each."""
    count = Counter(label for value in values for label in (value if isinstance(value, tuple) else (str(value),)))
    ranked = sorted(count.items(), key=lambda item: (-item[1], item[0]))
    shown = ", ".join(f"{number:,} {label or '(none)'}" for label, number in ranked[:6])
    return f"{shown or 'no label'}{f', ... ({len(ranked)} labels)' if len(ranked) > 6 else ''}"


def _plain(name: str, values: Sequence[Any]) -> list[Any]:
    if name in ("sources", "targets"):
        return [[{"start": start, "end": end} for start, end in spans] for spans in values]
    if name == "date":
        return [None if day is None else date.fromisoformat(day) for day in values]
    return [list(value) if isinstance(value, tuple) else value for value in values]


def _arrow_type(name: str, values: Sequence[Any]) -> Any:
    import pyarrow as pa

    if name in ("sources", "targets"):
        return pa.list_(pa.struct([("start", pa.int32()), ("end", pa.int32())]))
    if isinstance(values[0], tuple):
        return pa.list_(pa.string())  # else the type of a column of empty lists would be null
    return pa.date32() if name == "date" else None
