"""The arrays that the kernels work on, grouped into named tuples, and how they are made and enlarged.

Symbols: N nodes of a trie, T tokens, S slots of a hash table (a power of two).

An n-gram is a path in a trie. Its edges are symbols: code points for character n-grams, token numbers for word n-grams. A
node is found by the pair (parent, symbol), which fits into 64 bits and is compared as a whole: no two n-grams ever share a
node, whatever the hash does. Tokens are found by a 64-bit hash and then compared character by character.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

NO_REGION = -1  # the text is not cut into regions: terms are bare
MASKED = -2  # nothing is counted here, and no n-gram reaches across
PIECE_BYTES = 32  # longer pieces of text are not remembered
PIECE_FIELDS = (
    8  # uint64 a remembered piece: four of text, tag, place of its list, its first token, its number: a cache line
)
BATCH = 64  # pieces that are looked for at once
LIST_MAX = 2048  # more than a piece of PIECE_BYTES bytes can put into its list: 2 * 17 + 34 * 35 / 2
LIST_BITS = 12  # of a length of a list
READ_PAST = 16  # bytes that a reader of whole words may see behind a text
MAX_DIGIT = 10  # bits that one pass of a radix sort looks at, at most
FULL_MASK = 0xFFFFFFFFFFFFFFFF
DOCUMENTS, ROWS, SCORES = 0, 1, 2  # what a pass gives


class Text(NamedTuple):
    """Rows of text in UTF-8, cut into segments of one region each.

    Attributes
    ----------
    data : ndarray of uint8
        UTF-8; lone surrogates in three bytes.
    words : ndarray of uint64
        The same bytes eight at a time, and `READ_PAST` more.
    cuts : ndarray of shape (segments + 1,), int64
        Bounds of the segments, in bytes.
    regions : ndarray of shape (segments,), int32
        Number of the region, `NO_REGION` or `MASKED`.
    rows : ndarray of shape (rows + 1,), int64
        First segment of each row.
    """

    data: Array
    words: Array
    cuts: Array
    regions: Array
    rows: Array


class Trie(NamedTuple):
    """N-grams as paths.

    Attributes
    ----------
    slots : ndarray of shape (2 S,), uint64
        Pairs of key and node; key 0 is an empty slot.
    parents, symbols : ndarray of shape (capacity,), int32
        Edge that leads to each node; the parent of a first symbol is -1.
    size : ndarray of shape (2,), int64
        Nodes in use; 1 when one more was needed and there was no room.
    """

    slots: Array
    parents: Array
    symbols: Array
    size: Array


class Tokens(NamedTuple):
    """Numbers of tokens.

    Attributes
    ----------
    table : ndarray of shape (S,), int32
        Token number plus one; 0 is an empty slot.
    hashes : ndarray of shape (capacity,), uint64
    offsets : ndarray of shape (capacity + 1,), int64
        Where each token begins in ``pool``.
    pool : ndarray of uint32
        Code points.
    size : ndarray of shape (2,), int64
        Tokens in use; 1 when there was no room for one more.
    """

    table: Array
    hashes: Array
    offsets: Array
    pool: Array
    size: Array


class Pieces(NamedTuple):
    """What was found in pieces of text between white space, since words recur.

    Attributes
    ----------
    slots : ndarray of shape (8 S,), uint64
        See `PIECE_FIELDS`; tag 0 is an empty slot.
    lists : ndarray of int32
        Per piece: (node, symbol) of each token but the first, then the character n-grams.
    size : ndarray of shape (2,), int64
        Pieces and list places in use.
    """

    slots: Array
    lists: Array
    size: Array


class Tally(NamedTuple):
    """What was found in one row.

    Attributes
    ----------
    found, other : ndarray of shape (room,), int32
        Nodes in order of appearance, and room to sort them.
    buckets : ndarray of shape (2**MAX_DIGIT,), int32
        Room to sort them.
    size : ndarray of shape (2,), int64
        How many nodes were found; 1 when there was no room for all.
    """

    found: Array
    other: Array
    buckets: Array
    size: Array


class Spans(NamedTuple):
    """Occurrences, shape (room, 4), int64: row, term, start, end; how many there are, and 1 when room ran out."""

    found: Array
    size: Array


class Scratch(NamedTuple):
    """Room for one row.

    Attributes
    ----------
    batch : ndarray of shape (BATCH, PIECE_FIELDS + 1), uint64
        Pieces that are looked for.
    codes, origins : ndarray of uint32 and int32
        Entries of the table of letters, and the character that each is of.
    spelled : ndarray of uint32
        A token or padded word.
    nodes : ndarray of int32
        Nodes of character n-grams.
    row_nodes, row_symbols, row_starts, row_ends : ndarray of int32
        The tokens of the row, and their bounds in characters.
    filled : ndarray of shape (1,), int64
        How many tokens there are.
    """

    batch: Array
    codes: Array
    origins: Array
    spelled: Array
    nodes: Array
    row_nodes: Array
    row_symbols: Array
    row_starts: Array
    row_ends: Array
    filled: Array


class Output(NamedTuple):
    """Room for CSR rows (``filled`` entries in use), and the weights: by count, and by column of each block."""

    indptr: Array
    indices: Array
    data: Array
    filled: Array
    tf_weights: Array
    word_idf: Array
    char_idf: Array


class Scoring(NamedTuple):
    """Linear heads whose scores are summed while a row is read; K heads, V terms, words first.

    Attributes
    ----------
    weights : ndarray of shape (V, K), float32
    counts : ndarray of shape (V,), int32
        Zeros, and zeros again after each row.
    pieces : ndarray of shape (most pieces + 1, K + 1), float64
        By number of a remembered piece, what its character n-grams add to the scores when each of them stands for itself, and
        what they add to the norm. The last place is for a piece that is not remembered.
    sums : ndarray of shape (2, K + 1), float64
        Of the words and of the characters of a row.
    out : ndarray of shape (rows, K), float64
    """

    weights: Array
    counts: Array
    pieces: Array
    sums: Array
    out: Array


class Plan(NamedTuple):
    """Numbers that steer a pass.

    Attributes
    ----------
    word_low, word_high, char_low, char_high : int
        Lengths of n-grams; 0 and 0 leave a block out.
    word_terms, char_terms : int
        Nodes below are terms and are counted.
    grow : int
        1 to add unknown n-grams, 0 to pass over them.
    emit : int
        `DOCUMENTS` to add up documents, `ROWS` to write weighted rows, `SCORES` to write scores.
    sublinear, binary : int
        What to do with counts that the table of weights does not reach.
    norm : int
        1 or 2 for l1 or l2, 0 for none.
    mask : uint64
        Bits of a hash that are used: all of them, save in tests.
    """

    word_low: int
    word_high: int
    char_low: int
    char_high: int
    word_terms: int
    char_terms: int
    grow: int
    emit: int
    sublinear: int
    binary: int
    norm: int
    mask: Any


def widths(stops: Array) -> Array:
    """Return the lengths of consecutive runs that end there: `numpy.diff` with a 0 before, at a fifth of its price.

    Examples
    --------
    >>> widths(np.array([2, 2, 5])).tolist()
    [2, 0, 3]
    """
    result = np.array(stops)
    result[1:] -= stops[:-1]
    return result


def power_of_two(least: int) -> int:
    """Return the smallest power of two that is not below ``least``."""
    return 1 << max(0, least - 1).bit_length()


def new_trie(capacity: int) -> Trie:
    """Make an empty trie with room for a number of nodes; at most half of its slots are taken."""
    slots = np.zeros(2 * power_of_two(2 * capacity), np.uint64)
    return Trie(slots, np.empty(capacity, np.int32), np.empty(capacity, np.int32), np.zeros(2, np.int64))


def new_tokens(capacity: int, characters: int) -> Tokens:
    """Make an empty table of tokens with room for a number of tokens and of their characters."""
    table = np.zeros(power_of_two(2 * capacity), np.int32)
    offsets = np.zeros(capacity + 1, np.int64)
    return Tokens(table, np.empty(capacity, np.uint64), offsets, np.empty(characters, np.uint32), np.zeros(2, np.int64))


def new_pieces(slots: int, places: int) -> Pieces:
    """Make an empty memory of pieces; each slot is a cache line, not a part of two."""
    size = PIECE_FIELDS * power_of_two(slots)
    room = np.zeros(size + PIECE_FIELDS - 1, np.uint64)
    first = -(room.ctypes.data // room.itemsize) % PIECE_FIELDS
    return Pieces(room[first : first + size], np.empty(places + LIST_MAX, np.int32), np.zeros(2, np.int64))


def new_tally(room: int) -> Tally:
    """Make room for the nodes of a row."""
    return Tally(
        np.empty(room, np.int32), np.empty(room, np.int32), np.empty(1 << MAX_DIGIT, np.int32), np.zeros(2, np.int64)
    )


def new_spans(room: int) -> Spans:
    """Make room for occurrences."""
    return Spans(np.empty((room, 4), np.int64), np.zeros(2, np.int64))


def new_scoring(weights: Array, slots: int) -> Scoring:
    """Make room to score rows by weights of shape (V, K), with a memory of pieces of so many slots."""
    terms, heads = weights.shape
    return Scoring(
        weights,
        np.zeros(terms, np.int32),
        np.empty((slots + 1, heads + 1)),
        np.empty((2, heads + 1)),
        np.empty((0, heads)),
    )


def new_sums(capacity: int) -> Array:
    """Make sums of nodes below ``capacity``: per node its documents, its occurrences, and the last document plus one."""
    return np.zeros((capacity, 3), np.int64)


def new_scratch(row_bytes: int, segments: int) -> Scratch:
    """Make room for a row of at most so many bytes and segments."""
    tokens = row_bytes // 2 + segments + 2
    return Scratch(
        batch=np.zeros((BATCH, PIECE_FIELDS + 1), np.uint64),
        codes=np.empty(row_bytes + 1, np.uint32),
        origins=np.empty(row_bytes + 1, np.int32),
        spelled=np.empty(row_bytes + 34, np.uint32),
        nodes=np.empty(row_bytes + 2, np.int32),
        row_nodes=np.empty(tokens, np.int32),
        row_symbols=np.empty(tokens, np.int32),
        row_starts=np.empty(tokens, np.int32),
        row_ends=np.empty(tokens, np.int32),
        filled=np.zeros(1, np.int64),
    )


def enlarged(array: Array, size: int) -> Array:
    """Return a copy with room for more; what is new is zero."""
    larger = np.zeros((size, *array.shape[1:]), array.dtype)
    larger[: len(array)] = array
    return larger
