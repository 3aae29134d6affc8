"""Pairs of actors in rows: what stands around each and between them, as hashed features, and their weights' sums.

A row's actors are its first eight different ones, each shown by one mention: the first that is neither in a dateline nor a
capital behind "in" or "at". Candidates are each actor without a target, then without a source, then each ordered pair.
"""

import numpy as np

from nato_nlp._kernels.jit import helper, inlined, kernel
from nato_nlp._kernels.pair_frame import (
    BY,
    LINK,
    PASSIVE,
    PLACE,
    STATE_OF_BEING,
    class_of,
    place_hits,
    place_mentions,
    read_words,
    word_at,
)
from nato_nlp._kernels.phrases import _find

SHORT, BETWEEN = 3, 24  # tokens between two mentions: few, and as many as are read
AGENT = 5  # tokens from a 'by' to the agent
READ_HITS = 12  # of a row whose quads are read
SOURCE, TARGET, PAIR = 0, 1, 4  # groups of features; those of a side alone have the numbers 2 and 3

SEED = np.uint64(0xCBF29CE484222325)
MIXER = np.uint64(0xD6E8FEB86659FD93)
U29 = np.uint64(29)
ONE = np.uint64(1)
U32 = np.uint64(32)
ZERO = np.uint64(0)


@inlined
def _mixed(digest, value):
    digest = (digest ^ value) * MIXER
    return digest ^ (digest >> U29)


@inlined
def _key(group, index, first, second):
    """Hash a feature: a template and its two values."""
    digest = _mixed(_mixed(_mixed(SEED, np.uint64(group * 32 + index)), np.uint64(first)), np.uint64(second))
    return digest | ONE


@inlined
def _level(number):
    """Return the bucket of a number of tokens."""
    level = 0
    level += number > 0
    level += number > 1
    level += number > 2
    level += number > 3
    level += number > 5
    level += number > 8
    level += number > 13
    return level


@inlined
def _put(keys, size, role, alone, index, first, second):
    """Write the key of a feature of a side, and once more for a side that stands alone; return how many there are now."""
    keys[size] = _key(role, index, first, second)
    if alone:
        keys[size + 1] = _key(role + 2, index, first, second)
        return size + 2
    return size + 1


@inlined
def _hit_keys(frame, i, distance, role, alone, index, size):
    """Write the features of the hit next to a side."""
    keys, shape = frame.keys, frame.hit_shape[i]
    passive = shape & PASSIVE
    size = _put(keys, size, role, alone, index, frame.hit_root[i], passive)
    size = _put(keys, size, role, alone, index + 1, _level(distance), frame.hit_clause[i] * 2 + passive)
    return _put(keys, size, role, alone, index + 2, frame.hit_part[i], shape)


@inlined
def _hit_zone(frame, i, group, index, zone, size):
    """Write where a hit stands, with its quad, strength and clause; return how many keys there are now."""
    quad = zone * 8 + frame.hit_quad[i]
    frame.keys[size] = _key(group, index, quad, frame.hit_strong[i])
    frame.keys[size + 1] = _key(group, index + 1, quad, frame.hit_clause[i] * 2 + frame.hit_strong[i])
    return size + 2


@inlined
def _around(frame, hits, mention, role, alone, size):
    """Write the features of the hits before and behind a side."""
    before, behind = -1, -1
    none = np.int64(0)
    strong_before, strong_behind, main_before, main_behind = none, none, none, none
    for i in range(hits):
        strong = np.int64(frame.hit_strong[i])
        main = strong * np.int64(frame.hit_clause[i] == 0)
        if frame.hit_end[i] <= frame.begin[mention]:
            before = i
            strong_before += strong
            main_before |= main
        elif frame.hit_begin[i] >= frame.end[mention]:
            behind = i if behind < 0 else behind
            strong_behind += strong
            main_behind |= main
        if alone and i < READ_HITS:
            zone = np.int64(i > before)
            size = _hit_zone(frame, i, role + 2, 23, zone, size)
    size = _put(frame.keys, size, role, alone, 10, min(strong_before, 3), min(strong_behind, 3))
    size = _put(frame.keys, size, role, alone, 11, main_before, main_behind)
    if behind >= 0:
        distance = frame.hit_begin[behind] - frame.end[mention]
        size = _hit_keys(frame, behind, distance, role, alone, 12, size)
    if before >= 0:
        distance = frame.begin[mention] - frame.hit_end[before]
        size = _hit_keys(frame, before, distance, role, alone, 15, size)
    return size


@helper
def _side(frame, tables, count, sizes, m, role, alone, size):
    """Write the features of one side of a candidate; return how many keys there are now."""
    keys = frame.keys
    actors, hits = sizes
    slot = frame.slot[m]
    begin, end, kind, flags = frame.begin[m], frame.end[m], frame.kind[m], frame.flags[m]
    before, behind = word_at(frame.word, count, begin - 1), word_at(frame.word, count, end)
    size = _put(keys, size, role, alone, 0, before, 0)
    size = _put(keys, size, role, alone, 1, word_at(frame.word, count, begin - 2), 0)
    size = _put(keys, size, role, alone, 2, behind, 0)
    size = _put(keys, size, role, alone, 3, word_at(frame.word, count, end + 1), 0)
    size = _put(keys, size, role, alone, 4, word_at(frame.word, count, end + 2), 0)
    size = _put(keys, size, role, alone, 5, kind, 0)
    size = _put(keys, size, role, alone, 6, flags, 0)
    size = _put(keys, size, role, alone, 7, min(slot, 3), min(actors, 4))
    size = _put(keys, size, role, alone, 8, min(frame.times[slot], 3), 0)
    size = _put(keys, size, role, alone, 9, kind * 8 + flags, class_of(tables, before) & (PLACE | BY | LINK))
    size = _around(frame, hits, m, role, alone, size)
    size = _put(keys, size, role, alone, 18, _level(begin), 0)
    size = _put(keys, size, role, alone, 19, word_at(frame.word, count, 0), 0)
    size = _put(keys, size, role, alone, 20, before, kind + 1)
    return _put(keys, size, role, alone, 21, behind, kind + 1)


@inlined
def _inside(frame, hits, left, right, order, size):
    """Write the features of the hits between two mentions."""
    first, last, every, strong = -1, -1, 0, 0
    for i in range(hits):
        if frame.hit_begin[i] >= left and frame.hit_end[i] <= right:
            first = i if first < 0 else first
            last = i
            every += 1
            strong += frame.hit_strong[i]
        if i < READ_HITS:
            zone = np.int64(frame.hit_begin[i] >= left) + np.int64(frame.hit_begin[i] >= right)
            size = _hit_zone(frame, i, PAIR, 14, order * 4 + zone, size)
    frame.keys[size] = _key(PAIR, 6, order, min(every, 3) * 4 + min(strong, 3))
    if first < 0:
        return size + 1
    frame.keys[size + 1] = _key(PAIR, 7, order * 4 + frame.hit_shape[first], frame.hit_root[first])
    frame.keys[size + 2] = _key(PAIR, 8, order * 4 + frame.hit_shape[first], frame.hit_part[first])
    frame.keys[size + 3] = _key(PAIR, 9, order * 4 + frame.hit_shape[last], frame.hit_root[last])
    return size + 4


@inlined
def _others(frame, mentions, one, two, left, right):
    """Count the mentions of other actors between two, up to three."""
    count = 0
    for m in range(mentions):
        if frame.begin[m] >= left and frame.end[m] <= right and frame.slot[m] != one and frame.slot[m] != two:
            count += 1
    return min(count, 3)


@inlined
def _agent(frame, tables, count, hits, left, right):
    """Return the 'by' of a passive between two mentions, behind which the second is the one that acts; -1 without any."""
    by = -1
    for k in range(max(left, right - AGENT), right):
        by = k if class_of(tables, word_at(frame.word, count, k)) & BY else by
    if by < 0:
        return -1
    for k in range(max(left, by - 3), by - 1):
        if class_of(tables, word_at(frame.word, count, k)) & STATE_OF_BEING:
            return by
    for i in range(hits):
        behind = by - frame.hit_end[i]
        if frame.hit_shape[i] & PASSIVE and frame.hit_begin[i] >= left and 0 <= behind < AGENT - 2:
            return by
    return -1


@inlined
def _turned(frame, tables, count, hits, mentions, source, target):
    """Return the mentions of source and target as an active sentence would order them.

    In a passive, each takes the other's place. Else a target that stands before the source is looked for behind it, too:
    in "Peru accused Chile, but Chile thanked Peru" each of them acts.
    """
    a, b = frame.shown[source], frame.shown[target]
    one, two = (b, a) if frame.begin[a] > frame.begin[b] else (a, b)
    left, right = np.int64(frame.end[one]), np.int64(frame.begin[two])
    by = _agent(frame, tables, count, hits, left, right)
    if by >= 0 and _others(frame, mentions, source, target, left, by) == 0:
        return b, a
    if frame.begin[b] < frame.begin[a]:
        for m in range(a + 1, mentions):
            if frame.slot[m] == target:
                return a, np.int32(m)
    return a, b


@helper
def _both(frame, count, sizes, mentions, a, b, size):
    """Write the features that the mentions of a source and a target have together; return how many keys there are now."""
    keys = frame.keys
    actors, hits = sizes
    source, target = frame.slot[a], frame.slot[b]
    order = np.int64(frame.begin[a] > frame.begin[b])
    one, two = (b, a) if order else (a, b)
    left, right = np.int64(frame.end[one]), np.int64(frame.begin[two])
    kinds = frame.kind[a] * 8 + frame.kind[b]
    keys[size] = _key(PAIR, 1, order, _level(right - left))
    keys[size + 1] = _key(PAIR, 2, kinds, 0)
    keys[size + 2] = _key(PAIR, 3, order, kinds)
    keys[size + 3] = _key(PAIR, 10, order, _others(frame, mentions, source, target, left, right))
    keys[size + 4] = _key(PAIR, 11, order, min(source, 3) * 32 + min(target, 3) * 8 + min(actors, 4))
    words = _mixed(word_at(frame.word, count, left), word_at(frame.word, count, right - 1))
    keys[size + 5] = _key(PAIR, 12, order, words)
    keys[size + 6] = _key(PAIR, 13, order * 64 + frame.flags[one] * 8 + frame.flags[two], np.int64(right == left))
    size = _inside(frame, hits, left, right, order, size + 7)
    short = right - left <= SHORT
    for k in range(left, min(right, left + BETWEEN)):
        word = word_at(frame.word, count, k)
        keys[size] = _key(PAIR, 4, order, word)
        size += 1
        if short:
            keys[size] = _key(PAIR, 5, order, word)
            size += 1
    return size


@inlined
def _known(keys, size, learned, rows):
    """Write the numbers of those keys that are features, and over the keys; return how many.

    Whether a key is one, and whether it stands at its first place, can't be predicted: no branch asks.
    """
    last = np.uint64(learned.keys.shape[0] - 1)
    found, others = 0, 0
    for i in range(size):
        key = keys[i]
        place = np.int64((key ^ (key >> U32)) & last)
        there = learned.keys[place]
        rows[found] = learned.values[place]
        found += there == key
        keys[others] = key
        others += (there != key) & (there != ZERO)
    for i in range(others):
        row = _find(learned.keys, learned.values, keys[i])
        rows[found] = row
        found += row > 0
    return found


@inlined
def _finish(frame, size, source, target, learned, collect, out, filled, written):
    """Write a candidate: the sums of its features' weights and, when asked for, their keys; return how many keys."""
    out.source[filled], out.target[filled] = source, target
    if collect:
        for i in range(size):
            out.keys[written + i] = frame.keys[i]
        written += size
    weights, rows = learned.weights, frame.rows
    s0, s1, s2, s3, s4, s5 = (
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
    )  # in registers: in memory each sum would wait for the one before
    for i in range(_known(frame.keys, size, learned, rows)):
        row = rows[i]
        s0 += weights[row, 0]
        s1 += weights[row, 1]
        s2 += weights[row, 2]
        s3 += weights[row, 3]
        s4 += weights[row, 4]
        s5 += weights[row, 5]
    for k, total in enumerate((s0, s1, s2, s3, s4, s5)):
        out.scores[filled, k] = total
    out.key_stop[filled] = written
    return written


@inlined
def _alone(frame, tables, count, sizes, slot, role):
    """Write all keys of a side without the other; return how many."""
    frame.keys[0] = _key(role + 2, 22, min(sizes[0], 4), 0)
    return _side(frame, tables, count, sizes, frame.shown[slot], role, True, 1)


@inlined
def _together(frame, tables, count, sizes, mentions, source, target):
    """Write all keys of a pair; return how many."""
    a, b = _turned(frame, tables, count, sizes[1], mentions, source, target)
    frame.keys[0] = _key(PAIR, 0, min(sizes[0], 4), 0)
    size = _side(frame, tables, count, sizes, a, SOURCE, False, 1)
    size = _side(frame, tables, count, sizes, b, TARGET, False, size)
    return _both(frame, count, sizes, mentions, a, b, size)


@kernel
def read_pairs(scan, tables, learned, collect, frame, out):
    """List the candidates of rows and sum the weights of their features.

    Parameters
    ----------
    scan : Scan
    tables : PairTables
    learned : PairWeights
    collect : bool
        Whether to write the keys of the features, too.
    frame : Frame
        Room for the row with the most mentions and hits.
    out : PairRows
        ``actors`` holds -1.
    """
    first, hit, filled, written = 0, 0, 0, 0
    start = np.int64(0)
    for row in range(out.stop.shape[0]):
        last, last_hit = scan.found.stop[row], scan.found.hit_stop[row]
        count = scan.tokens.stop[row] - start
        mentions, actors, hits = 0, 0, 0
        if last > first:
            read_words(scan.tokens, start, count, frame.word)
            mentions, actors = place_mentions(scan, row, first, last, tables, frame, out)
        if actors > 0:
            hits = place_hits(scan, row, hit, last_hit, tables, frame)
        sizes = (actors, hits)
        for role in range(2):
            for slot in range(actors):
                size = _alone(frame, tables, count, sizes, slot, role)
                source, target = (slot, -1) if role == SOURCE else (-1, slot)
                written = _finish(frame, size, source, target, learned, collect, out, filled, written)
                filled += 1
        for source in range(actors):
            for target in range(actors):
                if source != target:
                    size = _together(frame, tables, count, sizes, mentions, source, target)
                    written = _finish(frame, size, source, target, learned, collect, out, filled, written)
                    filled += 1
        out.stop[row] = filled
        first, hit, start = last, last_hit, scan.tokens.stop[row]
