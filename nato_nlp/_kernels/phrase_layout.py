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


class Terms(NamedTuple):
    """A trie of terms like that of `Names`, without conditions, and what its entries tell.

    Attributes
    ----------
    cased : ndarray of shape (E,), int32
        Number, from 1, of the word that needs a capital; 0 for none.
    columns : ndarray of shape (E, 3), int32
        Numbers, from 1, of what a term tells; 0 for nothing more.
    """

    keys: Array
    values: Array
    edge_keys: Array
    edge_values: Array
    node_start: Array
    node_entries: Array
    cased: Array
    columns: Array


class Cues(NamedTuple):
    """First column of each kind of cue."""

    quad: int
    quad_clause: int
    root: int
    root_clause: int
    negated: int
    quoted: int
    long: int
    side: int
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


class TokenRows(NamedTuple):
    """Tokens of all rows, one after the other.

    Attributes
    ----------
    mark : ndarray of int8
        0 for a word, else the number of a kind of punctuation.
    lower, cased : ndarray of uint64
        Hashes of a word, lower-cased and as it stands.
    begin, end : ndarray of int32
        Span in characters of the row.
    stop : ndarray of shape (rows,), int64
        Where each row's tokens end.
    """

    mark: Array
    lower: Array
    cased: Array
    begin: Array
    end: Array
    stop: Array


class Room(NamedTuple):
    """Room for the words and mentions of one row; ``origin`` is the token where each kept one began."""

    lower: Array
    cased: Array
    term: Array
    origin: Array
    clause: Array
    quoted: Array
    mention: Array
    mention_begin: Array
    mention_end: Array


class Found(NamedTuple):
    """What a pass found in all rows, one after the other, and where each row's ends.

    Attributes
    ----------
    entry, begin, end : ndarray of int32
        Mentions of actors: entry of the gazetteer, span in characters of the row.
    stop : ndarray of shape (rows,), int64
    hit, hit_quad, hit_clause : ndarray of int32
        Hits: entry of the lexicon, quad after negation, clause (0 main, 1 subordinate, 2 behind 'but').
    hit_begin, hit_end : ndarray of int32
        Span of a hit in characters of the row; of a split verb its first word.
    hit_negated, hit_quoted, hit_long : ndarray of int8
        Whether a hit is negated, within a quotation, of several words in a row.
    hit_side : ndarray of int8
        1 when a mention stands before a hit, plus 2 when one stands behind it.
    hit_stop : ndarray of shape (rows,), int64
    said : ndarray of int32
        Counted function words.
    said_stop : ndarray of shape (rows,), int64
    term, term_begin, term_end : ndarray of int32
        Terms of topics: entry, span in characters of the row.
    term_stop : ndarray of shape (rows,), int64
    words, known : ndarray of shape (rows,), int64
        How many words a row has, and how many of them stand in a phrase of any list.
    """

    entry: Array
    begin: Array
    end: Array
    stop: Array
    hit: Array
    hit_quad: Array
    hit_clause: Array
    hit_begin: Array
    hit_end: Array
    hit_negated: Array
    hit_quoted: Array
    hit_long: Array
    hit_side: Array
    hit_stop: Array
    said: Array
    said_stop: Array
    term: Array
    term_begin: Array
    term_end: Array
    term_stop: Array
    words: Array
    known: Array


OF_ROWS = ("stop", "hit_stop", "said_stop", "term_stop", "words", "known")


class Rows(NamedTuple):
    """Entries of a sparse matrix.

    Attributes
    ----------
    ends : ndarray of shape (rows,), int64
        Where each row's entries end.
    columns, values : ndarray of shape (entries,)
    first : int
        What is added to each column.
    """

    ends: Array
    columns: Array
    values: Array
    first: int


def new_tokens(rows: int, characters: int) -> TokenRows:
    """Make room for the tokens of rows of so many characters together."""
    kinds = (np.int8, np.uint64, np.uint64, np.int32, np.int32)
    mark, lower, cased, begin, end = (np.empty(characters, kind) for kind in kinds)
    return TokenRows(mark, lower, cased, begin, end, np.empty(rows, np.int64))


def new_room(tokens: int) -> Room:
    """Make room for a row of so many tokens."""
    return Room(*(np.empty(tokens, np.int32) for _ in Room._fields))


def new_found(rows: int, characters: int) -> Found:
    """Make room for what is in rows of so many characters together."""
    most = (characters + rows) // 2  # words of a row stand apart
    kinds: dict[str, tuple[int, Any]] = dict.fromkeys(OF_ROWS, (rows, np.int64))
    kinds |= dict.fromkeys(("hit_negated", "hit_quoted", "hit_long", "hit_side"), (most, np.int8))
    return Found(*(np.empty(*kinds.get(name, (most, np.int32))) for name in Found._fields))
