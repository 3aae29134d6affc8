"""Tables of n-grams: filled from edges, from spelled terms, and spelled out again."""

import numpy as np

from nato_nlp._kernels.jit import kernel
from nato_nlp._kernels.lookup import ZERO, edge_key, first_slot, reach, token_number


@kernel
def index_nodes(parents, symbols, slots, mask):
    """Enter all nodes of a trie, whose edges differ, into its slots."""
    last = slots.shape[0] // 2 - 1
    for node in range(parents.shape[0]):
        key = edge_key(np.int64(parents[node]), np.int64(symbols[node]))
        place = first_slot(key, mask, last)
        while slots[2 * place] != ZERO:
            place = (place + 1) & last
        slots[2 * place] = key
        slots[2 * place + 1] = np.uint64(node)


@kernel
def index_tokens(offsets, pool, tokens, mask, numbers):
    """Add tokens and write the number of each to numbers."""
    for k in range(offsets.shape[0] - 1):
        numbers[k] = token_number(tokens, pool[offsets[k] :], offsets[k + 1] - offsets[k], 1, mask)


@kernel
def index_terms(offsets, codes, split, tokens, trie, mask, nodes):
    """Add spelled terms and write the node of each to nodes; word n-grams are split at spaces (``split`` 1)."""
    for k in range(offsets.shape[0] - 1):
        node = np.int64(-1)
        start, end = offsets[k], offsets[k + 1]
        if split == 0:
            for i in range(start, end):
                node = reach(trie, node, np.int64(codes[i]), 1, mask)
        else:
            for i in range(start, end + 1):
                if i == end or codes[i] == 32:
                    node = reach(trie, node, token_number(tokens, codes[start:], i - start, 1, mask), 1, mask)
                    start = i + 1
        nodes[k] = node


@kernel
def spell_lengths(trie, tokens, split, lengths):
    """Write the length in characters of each of the first terms of a trie to lengths."""
    for k in range(lengths.shape[0]):
        node = k
        length = -split
        while node >= 0:
            symbol = trie.symbols[node]
            length += tokens.offsets[symbol + 1] - tokens.offsets[symbol] + 1 if split else 1
            node = trie.parents[node]
        lengths[k] = length


@kernel
def spell_terms(trie, tokens, split, offsets, codes):
    """Write the code points of each of the first terms of a trie to codes, where offsets (of `spell_lengths`) say."""
    for k in range(offsets.shape[0] - 1):
        node = k
        place = offsets[k + 1]
        while node >= 0:
            symbol = trie.symbols[node]
            if split:
                for i in range(tokens.offsets[symbol + 1] - 1, tokens.offsets[symbol] - 1, -1):
                    place -= 1
                    codes[place] = tokens.pool[i]
                if place > offsets[k]:
                    place -= 1
                    codes[place] = 32
            else:
                place -= 1
                codes[place] = symbol
            node = trie.parents[node]
