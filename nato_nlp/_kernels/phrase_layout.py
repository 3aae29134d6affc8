"""The arrays that the phrase kernels work on.

Symbols: W words (numbered from 1), N nodes of a trie (0 is its root), E entries, C conditions.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


class Names(NamedTuple):
    """A trie of phrases over numbered words, with entries at its nodes and conditions on what stands around an entry.

    Attributes
    ----------
    keys, values : ndarray of shape (power of two,), uint64 and int32
        Word numbers by hash of the word; key 0 is an empty place.
    edge_keys, edge_values : ndarray of shape (power of two,), uint64 and int32
        Child nodes by hash of (node, word number).
    node_start : ndarray of shape (N + 1,), int32
        Where each node's entries begin in ``node_entries``.
    node_entries : ndarray of int32
    condition_start : ndarray of shape (E + 1,), int32
        Where each entry's conditions begin.
    condition_kind : ndarray of shape (C,), int32
    set_start : ndarray of shape (C + 1,), int32
        Where each condition's words begin in ``set_words``.
    set_words : ndarray of int32
    """

    keys: Array
    values: Array
    edge_keys: Array
    edge_values: Array
    node_start: Array
    node_entries: Array
    condition_start: Array
    condition_kind: Array
    set_start: Array
    set_words: Array


class Lexicon(NamedTuple):
    """What `Names` holds, and for a lexicon its entries, function words and split verbs.

    Attributes
    ----------
    entries : ndarray of shape (E, 6), int32
        Quad, root, quad under negation, weak, noun, verb.
    flags : ndarray of shape (W + 1,), int32
        What a word does as a function word.
    function : ndarray of shape (W + 1,), int32
        Number of a counted function word from 1, else 0.
    pairs : ndarray of shape (P, 3), int32
        Two words that work as one function word, and what they do.
    split_start : ndarray of shape (W + 2,), int32
        Where the split verbs that begin with a word stand.
    split_entries : ndarray of int32
    rest_start : ndarray, int32
        Where the particle of each split verb begins in ``rest_words``.
    rest_words : ndarray of int32
    """

    keys: Array
    values: Array
    edge_keys: Array
    edge_values: Array
    node_start: Array
    node_entries: Array
    condition_start: Array
    condition_kind: Array
    set_start: Array
    set_words: Array
    entries: Array
    flags: Array
    function: Array
    pairs: Array
    split_start: Array
    split_entries: Array
    rest_start: Array
    rest_words: Array


class Cues(NamedTuple):
    """First column of each kind of cue."""

    quad: int
    quad_clause: int
    root: int
    root_clause: int
    negated: int
    quoted: int
    long: int
    first: int
    last: int
    first_root: int
    first_main: int
    first_main_root: int
    last_main: int
    first_but: int
    first_verb: int
    bigram: int
    none: int
    strong: int
    function: int


class Room(NamedTuple):
    """Room for the tokens, mentions and hits of one row."""

    lower: Array
    cased: Array
    begin: Array
    end: Array
    clause: Array
    quoted: Array
    mention: Array
    mention_begin: Array
    mention_end: Array
    hit: Array
    hit_begin: Array
    hit_end: Array
    hit_negated: Array
    hit_quad: Array


class Found(NamedTuple):
    """What a pass found: cue counts by row, and the mentions of all rows one after the other, with where each row's end."""

    counts: Array
    entry: Array
    begin: Array
    end: Array
    stop: Array


def new_room(characters: int) -> Room:
    """Make room for a row of so many characters."""
    return Room(*(np.zeros(characters + 1, np.int32) for _ in Room._fields))


def new_found(rows: int, characters: int, columns: int) -> Found:
    """Make room for the cues and mentions of rows of so many characters together."""
    mentions = (np.zeros(characters // 2 + rows + 1, np.int32) for _ in range(3))
    return Found(np.zeros((rows, columns), np.int32), *mentions, np.zeros(rows, np.int64))
