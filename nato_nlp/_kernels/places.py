"""Where the terms of a text occur."""

import numpy as np

from nato_nlp._kernels.jit import helper, kernel
from nato_nlp._kernels.layout import MASKED
from nato_nlp._kernels.lookup import SPACE, char_level, decode, piece_tokens, push, reach, spell_word


@helper
def _locate(spans, row, node, start, end, terms):
    """Note where a term occurs."""
    if 0 <= node < terms:
        filled = spans.size[0]
        if filled == spans.found.shape[0]:
            spans.size[1] = 1
            return
        spans.found[filled, 0] = row
        spans.found[filled, 1] = node
        spans.found[filled, 2] = start
        spans.found[filled, 3] = end
        spans.size[0] = filled + 1


@helper
def _locate_chars(codes, start, end, first, region, plan, trie, scratch, spans, row):
    """Note where the character n-grams of a word occur; ``first`` characters stand before its piece."""
    offset, length, root = spell_word(codes, start, end, region, plan, trie, scratch.spelled)
    least = min(plan.char_low, length)
    for p in range(length):
        scratch.nodes[p] = root
    for n in range(1, max(least, min(plan.char_high, length)) + 1):
        positions = length - max(n, least) + 1
        char_level(trie, scratch.spelled, scratch.nodes, positions, n, offset, plan.grow, plan.mask)
        if n < least:
            continue
        for p in range(positions):
            left = min(max(start + p - 1, start), end - 1)
            right = max(min(start + p + n - 2, end - 1), start)
            a, b = first + scratch.origins[left], first + scratch.origins[right] + 1
            _locate(spans, row, scratch.nodes[p], a, b, plan.char_terms)


@helper
def _locate_words(plan, words, scratch, spans, row):
    """Note where the word n-grams of a row occur."""
    nodes = scratch.row_nodes
    for n in range(1, min(plan.word_high, scratch.filled[0]) + 1):
        for p in range(scratch.filled[0] - n + 1):
            symbol = np.int64(scratch.row_symbols[p + n - 1])
            if n > 1 and nodes[p] >= 0:
                nodes[p] = reach(words, np.int64(nodes[p]), symbol, plan.grow, plan.mask) if symbol >= 0 else -1
            if n >= plan.word_low:
                _locate(spans, row, nodes[p], scratch.row_starts[p], scratch.row_ends[p + n - 1], plan.word_terms)


@helper
def _locate_segment(text, begin, end, region, first, letters, plan, tokens, words, chars, scratch, char_spans, row):
    """Read a segment as one piece, white space and all, and note what occurs; return how many characters it has."""
    length = decode(text.data, begin, end, letters, scratch.codes, scratch.origins)
    if region != MASKED and plan.word_high > 0:
        before = scratch.filled[0]
        piece_tokens(scratch.codes, length, region, plan, tokens, words, scratch)
        for k in range(before, scratch.filled[0]):
            scratch.row_starts[k] += first
            scratch.row_ends[k] += first
    if region != MASKED and plan.char_high > 0:
        start = 0
        for k in range(length + 1):
            if k < length and not scratch.codes[k] & SPACE:
                continue
            if k > start:
                _locate_chars(scratch.codes, start, k, first, region, plan, chars, scratch, char_spans, row)
            start = k + 1
    return scratch.origins[length - 1] + 1 if length > 0 else 0


@kernel
def locate_rows(text, row, stop, letters, plan, tokens, words, chars, scratch, word_spans, char_spans):
    """Note each occurrence of each term as (row, term, start, end), in characters; return as `count_rows`."""
    while row < stop:
        scratch.filled[0] = 0
        word_size, char_size = word_spans.size[0], char_spans.size[0]
        first = np.int64(0)
        for segment in range(text.rows[row], text.rows[row + 1]):
            region = np.int64(text.regions[segment])
            if region == MASKED:
                push(scratch, -1, -1, 0, 0)
            begin, end = text.cuts[segment], text.cuts[segment + 1]
            first += _locate_segment(
                text, begin, end, region, first, letters, plan, tokens, words, chars, scratch, char_spans, row
            )
        _locate_words(plan, words, scratch, word_spans, row)
        if word_spans.size[1] + char_spans.size[1] > 0:
            word_spans.size[0], char_spans.size[0] = word_size, char_size
            break
        row += 1
    return row
