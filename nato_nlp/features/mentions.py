"""Mentions of actors in sentences: where they stand, whom they mean, and by what kind of name."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nato_nlp._kernels.layout import widths
from nato_nlp._kernels.pair_layout import Scan
from nato_nlp.features.actors import Sense

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Mention:
    """An actor that a sentence names.

    Attributes
    ----------
    start, end : int
        Offsets in characters of the sentence.
    text : str
        What stands there.
    code : str
        The actor: ISO 3166-1 alpha-3 for states, the usual abbreviation for others.
    kind : str
        Kind of the name: 'state', 'demonym', 'capital', 'organisation', 'group' or 'person'.

    Examples
    --------
    >>> from nato_nlp import load_tagger
    >>> mention = load_tagger().tag("Oslo thanked the Finns.")[0].actors[0]
    >>> mention.text, mention.code, mention.kind
    ('Oslo', 'NOR', 'capital')
    """

    start: int
    end: int
    text: str
    code: str
    kind: str


@dataclass(frozen=True, eq=False)
class MentionRows:
    """Mentions of n sentences, one after the other.

    Attributes
    ----------
    entry, begin, end : ndarray
        Entry of the gazetteer, span in characters of the sentence.
    stop : ndarray of shape (n,)
        Where the mentions of each sentence end.
    senses : sequence of Sense
        What each entry means.
    """

    entry: Ints
    begin: Ints
    end: Ints
    stop: Ints
    senses: Sequence[Sense]

    def of(self, row: int, text: str) -> tuple[Mention, ...]:
        """Return the mentions of a sentence, in their order."""
        first = int(self.stop[row - 1]) if row else 0
        return tuple(
            Mention(begin, end, text[begin:end], self.senses[entry].code, self.senses[entry].kind)
            for entry, begin, end in zip(
                self.entry[first : self.stop[row]].tolist(),
                self.begin[first : self.stop[row]].tolist(),
                self.end[first : self.stop[row]].tolist(),
                strict=True,
            )
        )


def mention_rows(scans: Sequence[tuple[Ints, ...]], senses: Sequence[Sense], rows: int) -> MentionRows:
    """Join what `found_mentions` took out of scans; phrases that hold a name and mean no actor are left out."""
    if not scans:
        none = np.zeros(0, np.int64)
        return MentionRows(none, none, none, np.zeros(rows, np.int64), senses)
    entry, begin, end, row = (np.concatenate(parts) for parts in zip(*scans, strict=True))
    stop = np.searchsorted(row, np.arange(rows), side="right")
    return MentionRows(entry, begin, end, stop, senses)


def found_mentions(scan: Scan, is_actor: npt.NDArray[np.bool_]) -> tuple[Ints, ...]:
    """Return entry, begin, end and row of each mention of an actor in a scan."""
    total = scan.found.stop[-1]
    row = scan.start + np.repeat(np.arange(scan.stop - scan.start), widths(scan.found.stop))
    kept = is_actor[scan.found.entry[:total]]
    return tuple(
        column[kept] for column in (scan.found.entry[:total], scan.found.begin[:total], scan.found.end[:total], row)
    )
