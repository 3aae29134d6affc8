"""What a summary keeps while it reads: counts by groups of documents, the most probable sentences, months."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt

from nato_nlp.models.tags import Tags

Counts = npt.NDArray[np.int64]
Key = tuple[str, ...]

MOST_ENTRIES = 50_000  # of a table of counts by key and document: some 15 MB, and 5 s of resampling
BITS, FEWEST_BITS = 12, 8  # a table that grows beyond puts documents into 4096 groups, at last into 256
CARRIERS = 3  # sentences kept for each label, topic, dyad and month
SHOWN_CHARACTERS = 1000  # of such a sentence
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
NUMBERS = re.compile(r"(\d{4})(?:([-/.])(0?[1-9]|1[0-2])(?!\d)|(0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?!\d))")
WORDS = re.compile(
    r"\b(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)[\s.,-]+(?:\d{1,2}(?:st|nd|rd|th)?[\s,]+)?(\d{4})\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Carrier:
    """A sentence that stands for a label, a topic, a dyad or a month.

    Attributes
    ----------
    doc : str
        Id of its document.
    index, start, end : int
        Which sentence of the document, and its offsets in characters.
    text : str
        Cut after 1000 characters.
    probability : float
        Of what it stands for.
    """

    doc: str
    index: int
    start: int
    end: int
    text: str
    probability: float


def month_of(date: str) -> str | None:
    """Return the month of a date as YYYY-MM; None where year and month can't be told for certain.

    Examples
    --------
    >>> [month_of(date) for date in ("2001-02-03T10:00", "20010203", "3 Feb. 2001", "February 3rd, 2001", "03/02/2001")]
    ['2001-02', '2001-02', '2001-02', '2001-02', None]
    """
    numbers = NUMBERS.match(date.strip())
    if numbers:
        return f"{numbers[1]}-{int(numbers[3] or numbers[4]):02}"
    words = WORDS.search(date)
    return f"{words[2]}-{MONTHS.index(words[1][:3].lower()) + 1:02}" if words else None


def hash_of(document: str) -> int:
    """Return 64 bits of the hash of a document's id, the same on every machine."""
    return int.from_bytes(blake2b(document.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


class GroupedCounts:
    """Counts of several columns for keys, apart for each document as long as that fits.

    A table of more than ``most`` entries puts documents into groups by a hash of their ids: intervals that resample
    groups of documents stay right. The result does not depend on the order of the documents.

    Examples
    --------
    >>> counts = GroupedCounts()
    >>> for document, found in (("a", [1, 0]), ("b", [2, 1]), ("a", [0, 4])):
    ...     counts.add(("2001-02",), hash_of(document), np.array(found))
    >>> counts.rows(("2001-02",)).tolist()
    [[1.0, 4.0], [2.0, 1.0]]
    """

    def __init__(self, most: int = MOST_ENTRIES) -> None:
        self._most = most
        self._mask = (1 << 64) - 1
        self._entries = 0
        self._counts: dict[Key, dict[int, Counts]] = {}
        self._documents: dict[Key, tuple[int, int]] = {}  # how many, and the last one

    def __len__(self) -> int:
        return len(self._counts)

    def __iter__(self) -> Iterator[Key]:
        return iter(self._counts)

    def __contains__(self, key: Key) -> bool:
        return key in self._counts

    def add(self, key: Key, document: int, counts: Counts) -> None:
        """Add counts of a document, which is named by the hash of its id."""
        many, last = self._documents.get(key, (0, -1))
        self._documents[key] = (many + (document != last), document)
        self._put(key, document & self._mask, counts)
        while self._entries > self._most and self._mask >= 1 << FEWEST_BITS:
            self._coarsen()

    def _coarsen(self) -> None:
        self._mask = min(self._mask >> 1, (1 << BITS) - 1)
        old, self._counts, self._entries = self._counts, {}, 0
        for key, groups in old.items():
            for group, counts in groups.items():
                self._put(key, group & self._mask, counts)

    def _put(self, key: Key, group: int, counts: Counts) -> None:
        groups = self._counts.setdefault(key, {})
        if group in groups:
            groups[group] = groups[group] + counts
        else:
            groups[group] = counts
            self._entries += 1

    def rows(self, key: Key) -> npt.NDArray[np.float64]:
        """Return the counts of each group of documents, shape (groups, columns)."""
        return np.array(list(self._counts[key].values()), np.float64)

    def count(self, key: Key) -> int:
        """Return the sum over groups and columns."""
        return int(self.rows(key).sum())

    def documents(self, key: Key) -> int:
        """Return how many documents were counted; neighbours with one id are one."""
        return self._documents[key][0]

    def frequent(self) -> list[Key]:
        """Return the keys by falling count, equal ones in their own order."""
        return sorted(self._counts, key=lambda key: (-self.count(key), key))


class Carriers:
    """The most probable sentences for each key; of equal texts the first by document and place."""

    def __init__(self, most: int = CARRIERS) -> None:
        self._most = most
        self._best: dict[Key, list[Carrier]] = {}

    def offer(self, key: Key, tags: Tags, places: Any, probability: Any) -> None:
        """Keep sentences of a document that are among the most probable; a probability a place."""
        probability = np.asarray(probability, np.float64)
        best = self._best.setdefault(key, [])
        lowest = best[-1].probability if len(best) == self._most else -1.0
        reach = np.flatnonzero(probability >= lowest)
        seen: set[str] = set()
        for k in reach[np.argsort(-probability[reach], kind="stable")]:
            new = _carrier(tags, int(places[k]), float(probability[k]))
            if new.text not in seen:
                best = _with(best, new)[: self._most]
                seen.add(new.text)
            if len(seen) == self._most:
                break
        self._best[key] = best

    def of(self, key: Key) -> tuple[Carrier, ...]:
        """Return the sentences of a key, the most probable first."""
        return tuple(self._best.get(key, ()))


def _carrier(tags: Tags, place: int, probability: float) -> Carrier:
    start, end = map(int, tags.spans[place])
    document = str(tags.meta.get("doc") or "")
    return Carrier(document, place + tags.first_index, start, end, tags.texts[place][:SHOWN_CHARACTERS], probability)


def _with(best: list[Carrier], new: Carrier) -> list[Carrier]:
    def rank(c: Carrier) -> tuple[float, str, int]:
        return -c.probability, c.doc, c.index

    same = [c for c in best if c.text == new.text]
    rest = [c for c in best if c.text != new.text]
    return sorted([*rest, min([*same, new], key=rank)], key=rank)
