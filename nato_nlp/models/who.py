"""Who is named and who acts in texts, gathered on the way while a tagger reads them."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

import numpy as np
import numpy.typing as npt

from nato_nlp._kernels.pair_layout import PairRows, Scan
from nato_nlp._validate import must_be
from nato_nlp.features.mentions import MentionRows, found_mentions, mention_rows
from nato_nlp.features.pairs import join_pairs, pair_names, scan_pairs
from nato_nlp.features.phrases import Phrases
from nato_nlp.models.acts import ActHead, ActRows, list_acts, no_acts

Floats = npt.NDArray[np.float64]
Pair = tuple[int, int]
NEAR = 3  # codes that a message suggests for an unknown one


class Gathered:
    """The mentions, the candidates of acts and the counts of known words of the rows that were scanned so far.

    Parameters
    ----------
    phrases : Phrases
    head : ActHead or None
        None gathers no candidates.
    """

    def __init__(self, phrases: Phrases, head: ActHead | None) -> None:
        self._phrases, self._head = phrases, head
        self._names = pair_names(phrases)
        self._is_actor = self._names.is_actor
        self._table = None if head is None else head.table
        self._mentions: list[tuple[npt.NDArray[np.int64], ...]] = []
        self._pairs: list[PairRows] = []
        self._words = [np.zeros((0, 2), np.int64)]

    def __call__(self, scan: Scan) -> None:
        """Take what the scan of some rows found."""
        self._mentions.append(found_mentions(scan, self._is_actor))
        self._words.append(np.column_stack([scan.found.words, scan.found.known]))
        if self._table is not None:
            self._pairs.append(scan_pairs(scan, self._names, self._table))

    def mentions(self, rows: int) -> MentionRows:
        """Return the mentions of so many rows."""
        return mention_rows(self._mentions, self._phrases.senses, rows)

    def known_words(self) -> npt.NDArray[np.int64]:
        """Return how many words each row has, and how many of them stand in a list of phrases, shape (n, 2)."""
        return np.concatenate(self._words)

    def acts(self, quad_proba: Floats, silent: npt.NDArray[np.bool_], wanted: Iterable[Pair] | None) -> ActRows:
        """Return the acts of rows with these probabilities of the quads; see `list_acts`."""
        if self._head is None:
            return no_acts(len(silent))
        return list_acts(self._head, join_pairs(self._pairs), quad_proba, self._names.codes, silent, wanted)


def pair_numbers(pairs: Iterable[Sequence[str]], phrases: Phrases) -> list[Pair]:
    """Return the numbers of pairs of codes.

    Raises
    ------
    InputError
        Something that is no pair of two different codes, or a code that the gazetteer lacks: near ones are listed.
    """
    codes = pair_names(phrases).codes
    number = {code: k for k, code in enumerate(codes)}
    result = []
    for index, pair in enumerate(pairs):
        where = f"pairs[{index}]"
        if not isinstance(pair, tuple | list) or len(pair) != 2 or pair[0] == pair[1]:
            raise must_be(where, "two different codes of actors, source and target", pair)
        for code in pair:
            if code not in number:
                near = get_close_matches(str(code), codes, n=NEAR, cutoff=0.5)
                hint = f" (near: {', '.join(near)})" if near else ""
                raise must_be(where, f"codes of the gazetteer{hint}", code)
        result.append((number[pair[0]], number[pair[1]]))
    return result
