"""Ordered pairs of a sentence's actors, and what stands around and between them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from nato_nlp._kernels.layout import widths
from nato_nlp._kernels.pair_layout import SCORES, PairRows, PairTables, PairWeights, Scan, new_frame, new_pairs
from nato_nlp.errors import InputError
from nato_nlp.features.actors import NAME_KINDS
from nato_nlp.features.phrasebook import filled_table, word_table
from nato_nlp.features.phrases import Phrases

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
# the same numbers stand in the kernel
WORD_CLASSES = {
    1: "was were been being is are be",
    2: "in at near from",
    4: "by",
    8: "of to with against between for on and",
}


@dataclass(frozen=True)
class PairNames:
    """Tables for the kernel, and the codes that its numbers stand for, sorted."""

    tables: PairTables
    codes: tuple[str, ...]

    @property
    def is_actor(self) -> npt.NDArray[np.bool_]:
        """Which entries of the gazetteer mean an actor."""
        found: npt.NDArray[np.bool_] = self.tables.code >= 0
        return found


@lru_cache(maxsize=4)
def pair_names(phrases: Phrases) -> PairNames:
    """Return what the pair kernel needs to know of a lexicon and a gazetteer."""
    codes = tuple(sorted({sense.code for sense in phrases.senses if sense.kind in NAME_KINDS}))
    number = {code: k for k, code in enumerate(codes)}
    kinds = {kind: k for k, kind in enumerate(NAME_KINDS)}
    code = [number[s.code] if s.kind in kinds else -1 for s in phrases.senses]
    kind = [kinds.get(s.kind, 0) for s in phrases.senses]
    words = [(word, flag) for flag, listed in WORD_CLASSES.items() for word in listed.split()]
    keys, values = word_table([word for word, _ in words], [flag for _, flag in words], lower=True)
    tables = PairTables(np.asarray(code, np.int32), np.asarray(kind, np.int32), phrases.lexicon.entries, keys, values)
    return PairNames(tables, codes)


def no_weights() -> PairWeights:
    """Return weights without a feature."""
    return pair_weights(np.zeros(0, np.uint64), np.zeros((0, SCORES)))


def pair_weights(keys: npt.NDArray[np.uint64], weights: npt.NDArray[np.floating]) -> PairWeights:
    """Put the weights of features, shape (F, 6), into a table by the hashes of the features.

    Raises
    ------
    InputError
        A hash that stands twice.
    """
    try:
        places, values = filled_table(keys, np.arange(1, len(keys) + 1, dtype=np.int32))
    except InputError:
        raise InputError("keys of pairs must be distinct") from None
    return PairWeights(places, values, np.vstack([np.zeros((1, SCORES), np.float32), weights.astype(np.float32)]))


def scan_pairs(scan: Scan, names: PairNames, learned: PairWeights, *, keys: bool = False) -> PairRows:
    """Return the candidates of the rows of a scan, cut to what is filled; their features' hashes only when asked for."""
    from nato_nlp._kernels.pairs import read_pairs

    found = scan.found
    stops = (found.stop, found.hit_stop, scan.tokens.stop)
    longest = (int(widths(stop).max(initial=0)) for stop in stops)
    out = new_pairs(found.stop, keys=keys)
    read_pairs(scan, names.tables, learned, keys, new_frame(*longest), out)
    filled = int(out.stop[-1]) if len(out.stop) else 0
    written = int(out.key_stop[filled - 1]) if filled else 0
    return PairRows(
        out.actors,
        out.source[:filled].copy(),
        out.target[:filled].copy(),
        out.scores[:filled].copy(),
        out.stop,
        out.keys[:written].copy(),
        out.key_stop[:filled].copy(),
    )


def join_pairs(parts: Sequence[PairRows]) -> PairRows:
    """Put the candidates of consecutive scans below each other."""
    if not parts:
        return new_pairs(np.zeros(0, np.int64), keys=False)
    candidates = np.cumsum([0, *(len(part.source) for part in parts[:-1])])
    written = np.cumsum([0, *(len(part.keys) for part in parts[:-1])])
    stop = np.concatenate([part.stop + shift for part, shift in zip(parts, candidates, strict=True)])
    key_stop = np.concatenate([part.key_stop + shift for part, shift in zip(parts, written, strict=True)])
    joined = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in ("actors", "source", "target", "scores", "keys")
    }
    return PairRows(**joined, stop=stop, key_stop=key_stop)
