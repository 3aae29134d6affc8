"""Looking up tokens and n-grams, and taking pieces of text apart: helpers that several kernels share."""

import numpy as np

from nato_nlp._kernels.jit import helper, inlined

CODE = 0x1FFFFF  # a code point in an entry of the table of letters, and its properties
WORD = 1 << 21
SPACE = 1 << 22
EXPANDS = 1 << 23  # U+0130, whose lower case is two characters: i and U+0307

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
MIXER = np.uint64(0xD6E8FEB86659FD93)
U7, U29, U32, U56, U63 = (np.uint64(n) for n in (7, 29, 32, 56, 63))
ZERO, ONE = np.uint64(0), np.uint64(1)
EACH = np.uint64(0x0101010101010101)  # times a number: the number in each byte
LOW_BITS = np.uint64(0x7F7F7F7F7F7F7F7F)
FROM_9, FROM_14, FROM_28, FROM_33 = (np.uint64((0x80 - n) * 0x0101010101010101) for n in (9, 14, 28, 33))


@inlined
def _mix(key):
    key *= GOLDEN
    key ^= key >> U32
    return key


@inlined
def edge_key(parent, symbol):
    """Pack an edge into 64 bits, never 0."""
    return (np.uint64(parent + 2) << U32) | np.uint64(symbol)


@inlined
def first_slot(key, mask, last):
    """Return the slot where the search for a key begins."""
    return np.int64(_mix(key) & mask & np.uint64(last))


def _reach(trie, parent, symbol, grow, mask):
    """Return the node behind an edge, adding it when ``grow``; -1 when it is not there or there is no room."""
    key = edge_key(parent, symbol)
    last = trie.slots.shape[0] // 2 - 1
    place = first_slot(key, mask, last)
    while True:
        found = trie.slots[2 * place]
        if found == key:
            return np.int64(trie.slots[2 * place + 1])
        if found == ZERO:
            break
        place = (place + 1) & last
    if grow == 0:
        return -1
    node = trie.size[0]
    if node == trie.parents.shape[0]:
        trie.size[1] = 1
        return -1
    trie.slots[2 * place] = key
    trie.slots[2 * place + 1] = np.uint64(node)
    trie.parents[node] = parent
    trie.symbols[node] = symbol
    trie.size[0] = node + 1
    return node


reach = helper(_reach)
reach_inlined = inlined(_reach)


@inlined
def _before_space(word):
    """Return how many bytes of eight stand before the first ASCII white space: 9 to 13, 28 to 32."""
    low = word & LOW_BITS  # seven bits a byte, so that no sum below carries into the next one
    some = (low + FROM_9) & ~(low + FROM_14) | (low + FROM_28) & ~(low + FROM_33)
    some &= ~(word | LOW_BITS)
    below = ((some - ONE) & ~some) >> U7
    return np.int64(((below & EACH) * EACH) >> U56)


@inlined
def read(words, place, end):
    """Read up to eight bytes of a piece into one integer; return it and how many there are."""
    shift = np.uint64(8 * (place & 7))
    word = (words[place >> 3] >> shift) | ((words[(place >> 3) + 1] << ONE) << (U63 - shift))
    size = min(_before_space(word), end - place)
    if size < 8:
        word &= (ONE << np.uint64(8 * size)) - ONE
    return word, size


@helper
def _same(tokens, token, spelled, length):
    start = tokens.offsets[token]
    if tokens.offsets[token + 1] - start != length:
        return False
    for k in range(length):  # noqa: SIM110 (numba compiles no generator in all())
        if tokens.pool[start + k] != spelled[k]:
            return False
    return True


@helper
def token_number(tokens, spelled, length, grow, mask):
    """Return the number of the token in ``spelled[:length]``, adding it when ``grow``; -1 as in `reach`."""
    digest = np.uint64(length)
    for k in range(length):
        digest = (digest ^ np.uint64(spelled[k])) * MIXER
        digest ^= digest >> U29
    digest = _mix(digest) & mask
    last = tokens.table.shape[0] - 1
    place = np.int64(digest & np.uint64(last))
    while tokens.table[place] != 0:
        token = np.int64(tokens.table[place]) - 1
        if tokens.hashes[token] == digest and _same(tokens, token, spelled, length):
            return token
        place = (place + 1) & last
    if grow == 0:
        return -1
    token = tokens.size[0]
    start = tokens.offsets[token]
    if token == tokens.hashes.shape[0] or start + length > tokens.pool.shape[0]:
        tokens.size[1] = 1
        return -1
    for k in range(length):
        tokens.pool[start + k] = spelled[k]
    tokens.offsets[token + 1] = start + length
    tokens.hashes[token] = digest
    tokens.table[place] = token + 1
    tokens.size[0] = token + 1
    return token


@helper
def decode(data, place, end, letters, codes, origins):
    """Decode UTF-8: write entries of ``letters`` to codes and the character that each is of to origins; return how many."""
    length = 0
    character = -1
    while place < end:
        code = np.int64(data[place])
        place += 1
        character += 1
        more = 0
        if code >= 0xF0:
            code &= 0x07
            more = 3
        elif code >= 0xE0:
            code &= 0x0F
            more = 2
        elif code >= 0xC0:
            code &= 0x1F
            more = 1
        for _ in range(more):
            code = (code << 6) | (np.int64(data[place]) & 0x3F)
            place += 1
        entry = letters[code]
        if entry & EXPANDS:
            codes[length] = 0x69 | WORD
            origins[length] = character
            length += 1
            entry = 0x307
        codes[length] = entry
        origins[length] = character
        length += 1
    return length


@helper
def _spell_region(region, spelled):
    """Write ``REGION:`` to spelled; return its length, 0 for a text without regions."""
    if region < 0:
        return 0
    digits = 1
    power = 1
    while region // power >= 10:
        power *= 10
        digits += 1
    for k in range(digits):
        spelled[k] = 48 + region // power % 10
        power //= 10
    spelled[digits] = 58
    return digits + 1


@helper
def spell_word(codes, start, end, region, plan, trie, spelled):
    """Write region and padded word to spelled; return the length of each and the region's node.

    The length of the word is 0 when no term is of this region.
    """
    offset = _spell_region(region, spelled)
    root = np.int64(-1)
    for k in range(offset):
        root = reach(trie, root, np.int64(spelled[k]), plan.grow, plan.mask)
        if root < 0:
            return offset, 0, root
    length = end - start + 2
    spelled[offset] = 32
    spelled[offset + length - 1] = 32
    for k in range(start, end):
        spelled[offset + 1 + k - start] = codes[k] & CODE
    return offset, length, root


@inlined
def char_level(trie, spelled, nodes, positions, n, offset, grow, mask):
    """Follow each path by its n-th symbol."""
    for p in range(positions):
        if nodes[p] >= 0 or n == 1:
            nodes[p] = reach(trie, np.int64(nodes[p]), np.int64(spelled[offset + p + n - 1]), grow, mask)


@inlined
def push(scratch, node, symbol, start, end):
    filled = scratch.filled[0]
    scratch.row_nodes[filled] = node
    scratch.row_symbols[filled] = symbol
    scratch.row_starts[filled] = start
    scratch.row_ends[filled] = end
    scratch.filled[0] = filled + 1


@helper
def piece_tokens(codes, length, region, plan, tokens, words, scratch):
    """Add the tokens of a piece, runs of two or more word characters, to the row's."""
    offset = _spell_region(region, scratch.spelled)
    root = np.int64(-1)
    start = 0
    for k in range(length + 1):
        if k < length and codes[k] & WORD:
            continue
        if k - start >= 2:
            for i in range(start, k):
                scratch.spelled[offset + i - start] = codes[i] & CODE
            symbol = token_number(tokens, scratch.spelled, offset + k - start, plan.grow, plan.mask)
            node = reach(words, root, symbol, plan.grow, plan.mask) if symbol >= 0 else root
            push(scratch, node, symbol, scratch.origins[start], scratch.origins[k - 1] + 1)
        start = k + 1
