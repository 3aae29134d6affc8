"""Where the words, mentions and hits of a row stand, in tokens: what the kernel for pairs of actors looks at."""

import numpy as np

from nato_nlp._kernels.jit import inlined
from nato_nlp._kernels.phrases import _find

SLOTS = 8
HEAD = 70  # characters in which a dateline ends
CAPITAL = 2  # number of the kind of name
STATE_OF_BEING, PLACE, BY, LINK = 1, 2, 4, 8  # classes of function words
DATELINE, POSSESSIVE, HYPHEN = 1, 2, 4  # of a mention
PASSIVE, WITH_BY = 1, 2  # of a hit
ROOT, WEAK, NOUN, VERB = 1, 3, 4, 5  # columns of an entry of the lexicon
BEFORE_ROW, BEHIND_ROW = np.uint64(3), np.uint64(5)  # stand for words, whose hashes are larger
MARKS = np.uint64(16)


@inlined
def read_words(tokens, start, count, words):
    """Write what stands at each token of a row: the hash of a word, or a number for a mark."""
    for k in range(count):
        mark = np.int64(tokens.mark[start + k])
        words[k] = tokens.lower[start + k] if mark == 0 else MARKS - np.uint64(mark)


@inlined
def word_at(words, count, k):
    """Return what stands at a token of a row, or a number for an end of the row."""
    if k < 0:
        return BEFORE_ROW
    return BEHIND_ROW if k >= count else words[k]


@inlined
def class_of(tables, word):
    return _find(tables.word_keys, tables.word_values, word)


@inlined
def _dateline(codes, start, end):
    """Return the character of a row at which its dateline ends: a dash or colon behind a first word in capitals; else 0."""
    capitals, k = 0, start
    while k < end and codes[k] != 32:
        if 97 <= codes[k] <= 122:
            return 0
        capitals += 65 <= codes[k] <= 90
        k += 1
    if capitals < 3:
        return 0
    for k in range(start + 1, min(start + HEAD, end) - 1):
        here, back, ahead = codes[k], codes[k - 1], codes[k + 1]
        dash = here == 45 and (back in (32, 45) or ahead == 45)
        if dash or here in (0x2013, 0x2014) or (here == 58 and ahead == 32):
            return k - start
    return 0


@inlined
def place_mentions(scan, row, first, last, tables, frame, out):
    """Write a row's mentions of actors in tokens; return how many there are, and how many different actors."""
    found, tokens = scan.found, scan.tokens
    start = np.int64(0) if row == 0 else tokens.stop[row - 1]
    count = tokens.stop[row] - start
    base, end = scan.offsets[row], scan.offsets[row + 1]
    dateline = _dateline(scan.codes, base, end)
    kept, actors, t = 0, 0, 0
    for m in range(first, last):
        code = tables.code[found.entry[m]]
        if code < 0:
            continue
        while tokens.begin[start + t] < found.begin[m]:
            t += 1
        frame.begin[kept] = t
        while t < count and tokens.end[start + t] <= found.end[m]:
            t += 1
        frame.end[kept] = t
        behind = base + found.end[m]
        flags = DATELINE if found.end[m] <= dateline else 0
        if behind < end and (scan.codes[behind] == 39 or scan.codes[behind] == 0x2019):
            flags |= POSSESSIVE
        elif behind < end and scan.codes[behind] == 45:
            flags |= HYPHEN
        kind = tables.kind[found.entry[m]]
        frame.kind[kept], frame.flags[kept] = kind, flags
        before = class_of(tables, word_at(frame.word, count, frame.begin[kept] - 1))
        cost = 2 * (flags & DATELINE) + np.int64(kind == CAPITAL and before & PLACE != 0)
        actors = _show(frame, kept, code, cost, out.actors, row, actors)
        kept += 1
    return kept, actors


@inlined
def _show(frame, mention, code, cost, listed, row, actors):
    """Give a mention the slot of its actor, and let it stand for the actor when it does so better; return how many actors."""
    slot = 0
    while slot < actors and listed[row, slot] != code:
        slot += 1
    if slot == SLOTS:
        frame.slot[mention] = -1
        return actors
    frame.slot[mention] = slot
    if slot == actors:
        listed[row, slot] = code
        frame.shown[slot], frame.cost[slot], frame.times[slot] = mention, cost, 1
        return actors + 1
    frame.times[slot] += 1
    if cost < frame.cost[slot]:
        frame.shown[slot], frame.cost[slot] = mention, cost
    return actors


@inlined
def place_hits(scan, row, first, last, tables, frame):
    """Write a row's hits in tokens, and whether each is passive or has a 'by' behind it."""
    found, tokens = scan.found, scan.tokens
    start = np.int64(0) if row == 0 else tokens.stop[row - 1]
    count = tokens.stop[row] - start
    t = 0
    for h in range(first, last):
        while tokens.begin[start + t] < found.hit_begin[h]:
            t += 1
        end = t + 1
        while end < count and tokens.end[start + end - 1] < found.hit_end[h]:
            end += 1
        shape = 0
        if tables.entries[found.hit[h], NOUN] == 0:
            for k in range(max(0, t - 2), t):
                if class_of(tables, word_at(frame.word, count, k)) & STATE_OF_BEING:
                    shape |= PASSIVE
        for k in range(end, min(count, end + 3)):
            if class_of(tables, word_at(frame.word, count, k)) & BY:
                shape |= WITH_BY
        i, entry = h - first, found.hit[h]
        frame.hit_begin[i], frame.hit_end[i], frame.hit_shape[i] = t, end, shape
        frame.hit_root[i], frame.hit_clause[i] = tables.entries[entry, ROOT], found.hit_clause[h]
        weak = tables.entries[entry, WEAK]
        frame.hit_strong[i], frame.hit_quad[i] = weak == 0, found.hit_quad[h]
        frame.hit_part[i] = tables.entries[entry, VERB] * 4 + tables.entries[entry, NOUN] * 2 + weak
    return last - first
