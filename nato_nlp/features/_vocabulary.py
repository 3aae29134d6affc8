"""Vocabularies: grown from texts, chosen, sorted, spelled, stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from nato_nlp._kernels.layout import (
    FULL_MASK,
    Tokens,
    Trie,
    enlarged,
    new_sums,
    new_tokens,
    new_trie,
)
from nato_nlp.features._letters import decoded, encoded

IntArray = npt.NDArray[np.int64]
MASK = np.uint64(FULL_MASK)  # bits of the hashes that are used; a test leaves few, so that everything collides
START_NODES, START_TOKENS = 1 << 12, 1 << 10


@dataclass
class Growth:
    """A vocabulary that grows: its nodes in order of appearance, in how many documents and how often each occurred.

    Attributes
    ----------
    name : {'word', 'char'}
        The analyzer.
    trie : Trie
        N-grams met so far, and their beginnings.
    tokens : Tokens
        Tokens met so far; none for characters.
    sums : ndarray of shape (capacity, 3), int64
        Documents and occurrences of each node; a node without documents is only the beginning of others.
    """

    name: str
    trie: Trie
    tokens: Tokens
    sums: npt.NDArray[np.int64]

    @classmethod
    def empty(cls, name: str) -> "Growth":
        """Return a vocabulary without terms."""
        return cls(name, new_trie(START_NODES), new_tokens(START_TOKENS, 8 * START_TOKENS), new_sums(START_NODES))

    def make_room(self) -> None:
        """Double what was too small; numbers of nodes and tokens stay."""
        from nato_nlp._kernels.terms import index_tokens

        trie, tokens = self.trie, self.tokens
        if trie.size[1]:
            count = int(trie.size[0])
            self.trie = _indexed(trie.parents, trie.symbols, 2 * count)
            self.sums = enlarged(self.sums, 2 * count)
        if tokens.size[1]:
            count = int(tokens.size[0])
            self.tokens = new_tokens(2 * len(tokens.hashes), 2 * len(tokens.pool))
            index_tokens(tokens.offsets[: count + 1], tokens.pool, self.tokens, MASK, np.empty(count, np.int64))


@dataclass(frozen=True)
class Block:
    """The fitted terms of one analyzer.

    Attributes
    ----------
    name : {'word', 'char'}
        The analyzer.
    ngrams : tuple of int
        Shortest and longest n-gram, in words or characters.
    size : int
        V, the number of terms; term k is node k of the trie, nodes from V on are only beginnings of terms.
    trie : Trie
        The terms as paths.
    tokens : Tokens
        The tokens of the terms; none for characters.
    idf : ndarray of shape (V,) or None
        Inverse document frequency of each term.
    """

    name: str
    ngrams: tuple[int, int]
    size: int
    trie: Trie
    tokens: Tokens
    idf: npt.NDArray[Any] | None

    def spelled(self) -> tuple[IntArray, npt.NDArray[np.uint32]]:
        """Return the terms as bounds of shape (V + 1,) and code points."""
        from nato_nlp._kernels.terms import spell_lengths, spell_terms

        split = int(self.name == "word")
        offsets = np.zeros(self.size + 1, np.int64)
        spell_lengths(self.trie, self.tokens, split, offsets[1:])
        np.cumsum(offsets, out=offsets)
        codes = np.empty(offsets[-1], np.uint32)
        spell_terms(self.trie, self.tokens, split, offsets, codes)
        return offsets, codes

    @property
    def terms(self) -> list[str]:
        """The terms in order of their columns."""
        offsets, codes = self.spelled()
        return cut(decoded(codes), offsets)


def cut(text: str, offsets: IntArray) -> list[str]:
    """Cut a text at offsets, which begin with 0."""
    bounds = offsets.tolist()
    return [text[a:b] for a, b in pairwise(bounds)]


def chosen(growth: Growth, low: float, high: float, limit: int | None, dtype: Any) -> IntArray:
    """Return the nodes of the terms to keep, sorted by term: documents from low to high, at most ``limit`` by occurrences."""
    count = int(growth.trie.size[0])
    documents = growth.sums[:count, 0]
    nodes = np.flatnonzero((documents > 0) & (documents >= low) & (documents <= high))
    nodes = nodes[_order(growth, nodes)]
    if limit is not None and len(nodes) > limit:
        # as scikit-learn breaks ties among equally frequent terms: by an unstable sort of floats
        best = (-growth.sums[nodes, 1].astype(dtype)).argsort()[:limit]
        nodes = nodes[np.sort(best)]
    return nodes


def _order(growth: Growth, nodes: IntArray) -> IntArray:
    """Sort terms as `str` sorts: each is a sequence of symbols whose ranks are packed into as few integers as they need."""
    count = int(growth.trie.size[0])
    parents, symbols = growth.trie.parents[:count], growth.trie.symbols[:count]
    ranks = _symbol_ranks(growth, symbols)
    bits = int(ranks.max(initial=1)).bit_length()
    fit = 63 // bits
    keys: list[IntArray] = []
    depth = 0
    on_level = parents < 0
    while on_level.any():
        level = np.flatnonzero(on_level)
        if depth % fit == 0:
            keys.append(np.zeros(count, np.int64))
        if depth:
            for key in keys:
                key[level] = key[parents[level]]
        keys[-1][level] += ranks[level] << (bits * (fit - 1 - depth % fit))
        on_level = (parents >= 0) & on_level[parents]
        depth += 1
    if len(keys) == 1:
        return np.argsort(keys[0][nodes])
    return np.lexsort([key[nodes] for key in reversed(keys)]) if keys else nodes


def _symbol_ranks(growth: Growth, symbols: npt.NDArray[np.int32]) -> IntArray:
    """Return the rank, from 1 on, of each node's symbol among all symbols in use."""
    if growth.name == "char":
        seen = np.unique(symbols)
        return np.searchsorted(seen, symbols) + 1
    count = int(growth.tokens.size[0])
    offsets = growth.tokens.offsets[: count + 1]
    names = cut(decoded(growth.tokens.pool[: offsets[-1]]), offsets)
    order = np.asarray(sorted(range(count), key=names.__getitem__), np.int64)
    ranks = np.empty(count, np.int64)
    ranks[order] = np.arange(1, count + 1)
    return ranks[symbols]


def settled(growth: Growth, ngrams: tuple[int, int], nodes: IntArray) -> Block:
    """Make the block whose term k is ``nodes[k]``, without what no term needs."""
    count = int(growth.trie.size[0])
    parents, symbols = growth.trie.parents[:count], growth.trie.symbols[:count]
    number = np.full(count, -1, np.int64)
    number[nodes] = np.arange(len(nodes))
    kept, frontier = [nodes], nodes
    total = len(nodes)
    while len(frontier):
        above = parents[frontier]
        wanted = np.zeros(count, np.bool_)
        wanted[above[above >= 0]] = True
        frontier = np.flatnonzero(wanted & (number < 0))
        number[frontier] = total + np.arange(len(frontier))
        total += len(frontier)
        kept.append(frontier)
    order = np.concatenate(kept)
    tokens, names = _settled_tokens(growth, symbols[order])
    above = parents[order]
    trie = _indexed(np.where(above >= 0, number[above], -1), names, total)
    return Block(growth.name, ngrams, len(nodes), trie, tokens, None)


def _settled_tokens(growth: Growth, symbols: npt.NDArray[np.int32]) -> tuple[Tokens, npt.NDArray[Any]]:
    if growth.name == "char":
        return new_tokens(1, 1), symbols
    from nato_nlp._kernels.terms import index_tokens

    used, names = np.unique(symbols, return_inverse=True)
    offsets, pool = growth.tokens.offsets, growth.tokens.pool
    widths = offsets[used + 1] - offsets[used]
    bounds = np.concatenate([[0], np.cumsum(widths)])
    places = np.repeat(offsets[used] - bounds[:-1], widths) + np.arange(bounds[-1])
    tokens = new_tokens(max(1, len(used)), max(1, int(bounds[-1])))
    index_tokens(bounds, pool[places], tokens, MASK, np.empty(len(used), np.int64))
    return tokens, names


def _indexed(parents: npt.NDArray[Any], symbols: npt.NDArray[Any], capacity: int) -> Trie:
    """Make a trie of nodes whose edges are given."""
    from nato_nlp._kernels.terms import index_nodes

    trie, count = new_trie(capacity), len(parents)
    trie.parents[:count] = parents
    trie.symbols[:count] = symbols
    trie.size[0] = count
    index_nodes(trie.parents[:count], trie.symbols[:count], trie.slots, MASK)
    return trie


def from_terms(name: str, ngrams: tuple[int, int], offsets: IntArray, codes: npt.NDArray[np.uint32]) -> Block | None:
    """Make the block of given terms in given order; None when a term is there twice."""
    from nato_nlp._kernels.terms import index_terms

    split = int(name == "word")
    count = len(offsets) - 1
    room = int(offsets[-1]) + count + 1
    growth = Growth(name, new_trie(room), new_tokens(room if split else 1, room if split else 1), new_sums(1))
    nodes = np.empty(count, np.int64)
    index_terms(offsets, codes, split, growth.tokens, growth.trie, MASK, nodes)
    if len(np.unique(nodes)) != count:
        return None
    return settled(growth, ngrams, nodes)


def from_strings(name: str, ngrams: tuple[int, int], terms: Sequence[str]) -> Block | None:
    """Make the block of given terms; None when a term is there twice."""
    offsets = np.concatenate([[0], np.cumsum(np.fromiter(map(len, terms), np.int64, len(terms)))])
    return from_terms(name, ngrams, offsets, encoded("".join(terms)))
