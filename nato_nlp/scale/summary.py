"""What a collection of texts says: shares of labels with intervals, by topic, by dyad and by month, in one pass."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from nato_nlp._validate import must_be
from nato_nlp.codebook import load_codebook
from nato_nlp.errors import InputError
from nato_nlp.evaluation._statistics import Additive
from nato_nlp.evaluation.intervals import Estimate, intervals
from nato_nlp.models.tags import Tags
from nato_nlp.scale.grouped import MOST_ENTRIES, Carrier, Carriers, Counts, GroupedCounts, Key, hash_of, month_of

Floats = npt.NDArray[np.float64]

DYADS = 20
FEW = 20  # documents below which an interval is much too narrow (benchmarks/coverage.py)
DIGITS = 6
ALL: Key = ()
UNDATED: Key = ("",)
# what a part of each table is called, and what is counted in it
TABLES = {
    "topics": (("topic",), "sentences"),
    "dyads": (("source", "target"), "acts"),
    "months": (("month",), "sentences"),
}


@dataclass(frozen=True)
class Part:
    """The sentences of a topic or a month, the acts of a dyad, or everything.

    Attributes
    ----------
    name : tuple of str
        The topic, the month as YYYY-MM, source and target; empty for everything.
    count : int
        Sentences, or acts.
    documents : int
        Documents that have one.
    shares : dict of str to Estimate
        Of each stance, then of each quad; neutral, which is both, once.
    carriers : tuple of Carrier
        The most probable first: for a topic that the sentence has it, for a dyad that the act has its stance, for a
        month that the sentence is cooperation or dispute.
    share : Estimate or None
        Of a topic: how many of all sentences have it.
    """

    name: Key
    count: int
    documents: int
    shares: dict[str, Estimate]
    carriers: tuple[Carrier, ...] = ()
    share: Estimate | None = None


@dataclass(frozen=True)
class Summary:
    """What was counted.

    Attributes
    ----------
    whole : Part
        All sentences.
    labels : dict of str to tuple of Carrier
        The sentences that carry each stance and each quad.
    topics, dyads, months : tuple of Part
        Topics and dyads by falling count, months by time.
    documents : int
        Documents read, those without a sentence too.
    boilerplate, undecided : int
        Sentences left out: site furniture, and those on which the tagger did not want to decide.
    all_dyads : int
        How many dyads were found; ``dyads`` has the most frequent.
    out_of_scope : int
        Sentences of texts that seem to be of another language or script; they are treated like the others.
    undated : int
        Documents without a date that can be read.
    unread_date : str or None
        One that could not be read.
    """

    whole: Part
    labels: dict[str, tuple[Carrier, ...]]
    topics: tuple[Part, ...]
    dyads: tuple[Part, ...]
    months: tuple[Part, ...]
    documents: int
    boilerplate: int
    undecided: int
    all_dyads: int
    out_of_scope: int
    undated: int
    unread_date: str | None

    @property
    def notes(self) -> list[str]:
        """What a reader of the numbers must know."""
        total = self.whole.count + self.boilerplate + self.undecided
        notes = [
            "Counts are not corrected for tagging error: wrong tags shift every share, and no interval includes that.",
            f"Site furniture (boilerplate) is left out: {self.boilerplate:,} of {total:,} sentences.",
        ]
        if self.undecided:
            notes.append(f"The tagger was too unsure of {self.undecided:,} sentences: they are left out.")
        if self.out_of_scope:
            notes.append(
                f"Texts that seem not to be English have {self.out_of_scope:,} sentences: what is told of them means little."
            )
        return [*notes, *self._about_intervals(), *self._missing()]

    def _about_intervals(self) -> Iterator[str]:
        if next(iter(self.whole.shares.values())).groups == 1:
            yield "All sentences come from one document: an interval can't be given."
            return
        yield (
            "Intervals (95%) resample documents. There is none from one document, nor where every resample gives one value "
            f"(a share of 0 or 1); with fewer than {FEW} documents they are too narrow."
        )

    def _missing(self) -> Iterator[str]:
        if not self.topics:
            yield "No sentence has a topic, or the model knows none."
        if not self.dyads:
            yield "No act between two actors was found, or the model does not tell who acts towards whom."
        elif self.all_dyads > len(self.dyads):
            yield f"Dyads: the {len(self.dyads)} most frequent of {self.all_dyads:,}."
        unread = "" if self.unread_date is None else f" that can be read (one is {self.unread_date[:40]!r})"
        if not self.months:
            yield f"No document has a date{unread}: nothing is told by month."
        elif self.undated:
            total = self.whole.documents
            yield f"Documents without a date{unread}, which are in no month: {self.undated:,} of {total:,}."

    def to_dict(self) -> dict[str, Any]:
        """Return the summary as JSON holds it; an end that an interval lacks is None."""
        return {
            "notes": self.notes,
            "documents": self.documents,
            "documents_with_text": self.whole.documents,
            "sentences": self.whole.count,
            "boilerplate": self.boilerplate,
            "undecided": self.undecided,
            "undated": self.undated,
            "all_dyads": self.all_dyads,
            "out_of_scope": self.out_of_scope,
            "shares": {label: _rounded(e) for label, e in self.whole.shares.items()},
            "carriers": {label: [_sentence(c) for c in found] for label, found in self.labels.items()},
            **{table: [_part(part, table) for part in getattr(self, table)] for table in TABLES},
        }

    def rows(self, table: str) -> tuple[list[str], list[list[Any]]]:
        """Return header and rows of a table of `TABLES` as plain numbers; an end that an interval lacks is None."""
        names, counted = TABLES[table]
        labels = list(self.whole.shares)
        shares = [*(["share"] if table == "topics" else []), *labels]
        header = [*names, counted, "documents", *(f"{label}{end}" for label in shares for end in ("", "_low", "_high"))]
        rows: list[list[Any]] = []
        for part in getattr(self, table):
            found = [*([part.share] if part.share else []), *part.shares.values()]
            numbers = [x for e in found for x in _rounded(e).values()]
            rows.append([*part.name, part.count, part.documents, *numbers])
        return header, rows


def _part(part: Part, table: str) -> dict[str, Any]:
    names, counted = TABLES[table]
    return {
        **dict(zip(names, part.name, strict=True)),
        counted: part.count,
        "documents": part.documents,
        **({"share": _rounded(part.share)} if part.share else {}),
        "shares": {label: _rounded(e) for label, e in part.shares.items()},
        "carriers": [_sentence(c) for c in part.carriers],
    }


def _rounded(e: Estimate) -> dict[str, float | None]:
    ends = {"value": e.value, "low": e.low, "high": e.high}
    return {name: None if np.isnan(x) else round(x, DIGITS) for name, x in ends.items()}


def _sentence(c: Carrier) -> dict[str, Any]:
    return asdict(c) | {"probability": round(c.probability, DIGITS)}


class Counting:
    """Counts of tagged documents, taken as they come.

    Parameters
    ----------
    most : int
        Entries of a table before it puts documents together: see `GroupedCounts`.
    """

    def __init__(self, most: int = MOST_ENTRIES) -> None:
        book = load_codebook()
        self._stances, self._quads = book.stances, book.quads
        # from counts of quads to those of stances and of the quads that are no stance
        refined = [quad for quad in book.quads if quad not in book.stances]
        self._labels = [*book.stances, *refined]
        self._sums = np.array(
            [[label in (quad, book.stance_of[quad]) for label in self._labels] for quad in book.quads], float
        )
        self._topics, self._dyads, self._months = (GroupedCounts(most) for _ in range(3))
        self._whole, self._prevalence = (GroupedCounts(most // 10) for _ in range(2))  # of one key each
        self._by_label, self._by_topic, self._by_dyad, self._by_month = (Carriers() for _ in range(4))
        self._topic_names: tuple[str, ...] | None = None
        self._documents = self._boilerplate = self._undecided = 0
        self._out_of_scope = 0
        self._unread: str | None = None

    def add(self, tags: Tags) -> None:
        """Count the sentences of one document, or of a part of it."""
        self._documents += tags.first_index == 0
        self._boilerplate += int(tags.boilerplate.sum())
        counted = ~tags.boilerplate & (tags.quads >= 0)
        self._undecided += int((~tags.boilerplate & (tags.quads < 0)).sum())
        self._out_of_scope += 0 if tags.in_scope is None else int((~tags.in_scope).sum())
        places = np.flatnonzero(counted)
        if not len(places):
            return
        name = tags.meta.get("doc")
        if self._topic_names not in (None, tags.topic_names):
            raise must_be("tagged", f"tags with the topics {self._topic_names!r} throughout", tags.topic_names)
        self._topic_names = tags.topic_names
        document = hash_of(f"document {self._documents}" if name is None else str(name))
        self._whole.add(ALL, document, self._count(tags, places))
        self._add_labels(tags, places)
        self._add_topics(tags, places, document)
        self._add_month(tags, places, document)
        self._add_dyads(tags, places, document)

    def _count(self, tags: Tags, places: Counts) -> Counts:
        return np.bincount(tags.quads[places], minlength=len(self._quads))

    def _add_labels(self, tags: Tags, places: Counts) -> None:
        said = (
            (self._stances, tags.stances, tags.stance_proba),
            (self._quads, tags.quads, tags.quad_proba),
        )
        for names, codes, proba in said:
            for code in np.unique(codes[places]):
                chosen = places[codes[places] == code]
                # neutral is a stance and a quad: its second offer changes nothing
                self._by_label.offer((names[code],), tags, chosen, proba[chosen, code])

    def _add_topics(self, tags: Tags, places: Counts, document: int) -> None:
        has_topic = tags.has_topic[places]
        self._prevalence.add(ALL, document, np.array([len(places), *has_topic.sum(axis=0)], np.int64))
        for topic in np.flatnonzero(has_topic.any(axis=0)):
            chosen = places[has_topic[:, topic]]
            key = (tags.topic_names[topic],)
            self._topics.add(key, document, self._count(tags, chosen))
            self._by_topic.offer(key, tags, chosen, tags.topic_proba[chosen, topic])

    def _add_month(self, tags: Tags, places: Counts, document: int) -> None:
        date = str(tags.meta.get("date") or "").strip()
        month = month_of(date)
        if date and month is None and self._unread is None:
            self._unread = date
        key = UNDATED if month is None else (month,)
        self._months.add(key, document, self._count(tags, places))
        if month is not None:
            acts = places[tags.stances[places] != self._stances.index("neutral")]
            self._by_month.offer(key, tags, acts, tags.stance_proba[acts, tags.stances[acts]])

    def _add_dyads(self, tags: Tags, places: Counts, document: int) -> None:
        for place in places if hasattr(tags[0], "dyads") else ():
            sentence: Any = tags[int(place)]
            for act in sentence.dyads:
                key = (act.source, act.target)
                one = np.bincount([self._quads.index(act.quad)], minlength=len(self._quads))
                self._dyads.add(key, document, one)
                self._by_dyad.offer(key, tags, [place], [act.stance_proba[act.stance]])

    def result(self, dyads: int = DYADS) -> Summary:
        """Return what was counted so far, with the most frequent dyads.

        Raises
        ------
        InputError
            Nothing was counted.
        """
        if ALL not in self._whole:
            raise InputError(
                "the texts must hold at least one sentence that has a stance and is no site furniture, "
                f"got none in {self._documents:,} document{'s' * (self._documents != 1)}"
            )
        months = sorted(key for key in self._months if key != UNDATED)
        return Summary(
            whole=self._part(self._whole, ALL, Carriers()),
            labels={label: self._by_label.of((label,)) for label in self._labels},
            topics=self._topic_parts(),
            dyads=tuple(self._part(self._dyads, key, self._by_dyad) for key in self._dyads.frequent()[:dyads]),
            months=tuple(self._part(self._months, key, self._by_month) for key in months),
            documents=self._documents,
            boilerplate=self._boilerplate,
            undecided=self._undecided,
            all_dyads=len(self._dyads),
            out_of_scope=self._out_of_scope,
            undated=self._months.documents(UNDATED) if UNDATED in self._months else 0,
            unread_date=self._unread,
        )

    def _topic_parts(self) -> tuple[Part, ...]:
        rows = self._prevalence.rows(ALL)
        shares = dict(
            zip(self._topic_names or (), _shares(rows[:, 1:], np.eye(rows.shape[1] - 1), rows[:, 0]), strict=True)
        )
        parts = (self._part(self._topics, key, self._by_topic) for key in self._topics.frequent())
        return tuple(replace(part, share=shares[part.name[0]]) for part in parts)

    def _part(self, counts: GroupedCounts, key: Key, carriers: Carriers) -> Part:
        rows = counts.rows(key)
        shares = dict(zip(self._labels, _shares(rows, self._sums, rows.sum(axis=1)), strict=True))
        return Part(key, counts.count(key), counts.documents(key), shares, carriers.of(key))


def _shares(rows: Floats, sums: Floats, totals: Floats) -> list[Estimate]:
    """Give the share that each column of ``rows @ sums`` has in the total, resampling rows."""
    if not sums.shape[1]:
        return []
    both = np.column_stack([rows @ sums, totals])
    found = intervals(Additive(both, lambda s: s[..., :-1] / s[..., -1:]), None)
    count = int(totals.sum())
    # where all resamples agree, an interval of no width would claim certainty
    return [
        replace(e, count=count) if e.low < e.high else Estimate(e.value, np.nan, np.nan, count, e.groups) for e in found
    ]


def summarize(tagged: Iterable[Tags], *, dyads: int = DYADS) -> Summary:
    """Summarize tagged documents in one pass.

    Parameters
    ----------
    tagged : iterable of Tags
        A document each, with ``doc`` and ``date`` in ``meta``, as `tag_stream` gives them. Those with one ``doc`` are
        resampled together, those without one each by itself.
    dyads : int, default=20
        How many of the most frequent dyads are told.

    Raises
    ------
    InputError
        No sentence has a stance and is no site furniture; topics that differ between documents.

    Notes
    -----
    Shares are of sentences (of acts for dyads); intervals are percentiles of 2000 resamples of the documents that a
    table's row has. Memory does not grow with the number of documents: a table that grows too large counts by groups of
    documents.

    Examples
    --------
    >>> from nato_nlp import load_tagger
    >>> texts = {"a": "Lima and Quito agreed to meet.", "b": "The talks collapsed and Lima expelled the envoy."}
    >>> tagger = load_tagger()
    >>> print(summarize(tagger.tag(text, meta={"doc": doc}) for doc, text in texts.items()).whole.shares["dispute"])
    0.500 [0.000, 1.000] (2 rows in 2 groups)
    """
    counting = Counting()
    for tags in tagged:
        counting.add(tags)
    return counting.result(dyads)
