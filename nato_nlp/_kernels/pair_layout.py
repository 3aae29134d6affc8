"""The arrays that the kernels for pairs of actors work on.

Symbols: E entries of the gazetteer, F features, n rows, C candidates. A slot is the place of an actor among the first
eight different ones of a row.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nato_nlp._kernels.layout import widths
from nato_nlp._kernels.phrase_layout import Found, TokenRows

Array = npt.NDArray[Any]
SLOTS = 8  # actors of a row that may act
MOST_PAIRS = SLOTS + SLOTS + SLOTS * (SLOTS - 1)  # without target, without source, with both
MOST_KEYS = 128  # of one candidate
SCORES = 6  # of the pair, and of each quad


class Scan(NamedTuple):
    """What one pass found in consecutive rows, with the text and its tokens.

    Attributes
    ----------
    start, stop : int
        First row, last row plus one.
    codes : ndarray of uint32
        Code points of the rows.
    offsets : ndarray of shape (rows + 1,), int64
        Where each row begins in ``codes``.
    tokens : TokenRows
    found : Found
    """

    start: int
    stop: int
    codes: Array
    offsets: Array
    tokens: TokenRows
    found: Found


class PairTables(NamedTuple):
    """What the pair kernel knows of names, hits and words.

    Attributes
    ----------
    code, kind : ndarray of shape (E,), int32
        Number of the actor's code, -1 for a phrase that means no actor; number of the kind of name.
    entries : ndarray of shape (entries of the lexicon, 6), int32
        Of the lexicon.
    word_keys, word_values : ndarray of shape (power of two,), uint64 and int32
        Classes of function words by hash.
    """

    code: Array
    kind: Array
    entries: Array
    word_keys: Array
    word_values: Array


class PairWeights(NamedTuple):
    """A table of features by hash.

    Attributes
    ----------
    keys, values : ndarray of shape (power of two,), uint64 and int32
        Numbers of features from 1; key 0 is an empty place.
    weights : ndarray of shape (F + 1, 6), float32
        Of each number: that of 0 is nothing.
    """

    keys: Array
    values: Array
    weights: Array


class Frame(NamedTuple):
    """Room for the words of one row, for its mentions and hits in tokens of the row, and for the keys of one candidate."""

    slot: Array
    kind: Array
    begin: Array
    end: Array
    flags: Array
    hit_begin: Array
    hit_end: Array
    hit_shape: Array
    hit_root: Array
    hit_clause: Array
    hit_strong: Array
    hit_part: Array
    hit_quad: Array
    shown: Array
    cost: Array
    times: Array
    keys: Array
    word: Array
    rows: Array


class PairRows(NamedTuple):
    """Candidates of rows, one after the other.

    Attributes
    ----------
    actors : ndarray of shape (n, 8), int32
        Code numbers of the slots of each row; -1 behind the last one.
    source, target : ndarray of shape (C,), int8
        Slots; -1 for a side that is not named.
    scores : ndarray of shape (C, 6), float64
    stop : ndarray of shape (n,), int64
        Where the candidates of each row end.
    keys : ndarray of uint64
        Keys of all candidates, if they are asked for.
    key_stop : ndarray of shape (C,), int64
    """

    actors: Array
    source: Array
    target: Array
    scores: Array
    stop: Array
    keys: Array
    key_stop: Array


def new_frame(mentions: int, hits: int, tokens: int) -> Frame:
    """Make room for a row of so many mentions, hits and tokens."""
    sizes = [mentions] * 5 + [hits] * 8 + [SLOTS] * 3
    arrays: list[Array] = [np.empty(size, np.int32) for size in sizes]
    arrays += [np.empty(size, np.uint64) for size in (MOST_KEYS, tokens)]
    arrays.append(np.empty(MOST_KEYS, np.int32))
    return Frame(*arrays)


def new_pairs(mention_stop: Array, *, keys: bool) -> PairRows:
    """Make room for the candidates of rows with so many mentions."""
    actors = np.minimum(widths(mention_stop), SLOTS)
    most = int((actors * (actors + 1)).sum())
    return PairRows(
        np.full((len(mention_stop), SLOTS), -1, np.int32),
        np.empty(most, np.int8),
        np.empty(most, np.int8),
        np.empty((most, SCORES)),
        np.empty(len(mention_stop), np.int64),
        np.empty(most * MOST_KEYS if keys else 0, np.uint64),
        np.empty(most, np.int64),
    )
