"""Cues counted from the hits of a lexicon, and the rows of a matrix put together from several."""

import numpy as np

from nato_nlp._kernels.jit import inlined, kernel

ROOT, NEGATED, WEAK, VERB = 1, 2, 3, 5  # columns of an entry of the lexicon; the first is its quad
QUAD = 0
MAIN, AFTER_BUT = 0, 2
QUADS, ROOTS, CLAUSES = 5, 16, 3
MANY = 4  # more strong hits than that are counted as so many


@inlined
def _count_each(entries, found, start, stop, cues, counts):
    """Count what each hit says by itself."""
    for h in range(start, stop):
        entry, quad, clause = found.hit[h], found.hit_quad[h], found.hit_clause[h]
        negated = np.int64(found.hit_negated[h])
        weak = np.int64(entries[entry, WEAK])
        quad_place = weak * QUADS + quad
        root_place = (weak * ROOTS + entries[entry, ROOT]) * 2 + negated
        counts[cues.quad + quad_place] += 1
        counts[cues.quad_clause + quad_place * CLAUSES + clause] += 1
        counts[cues.root + root_place] += 1
        counts[cues.root_clause + root_place * CLAUSES + clause] += 1
        if negated:
            counts[cues.negated + entries[entry, QUAD]] += 1
        if found.hit_quoted[h]:
            counts[cues.quoted + quad] += 1
        if found.hit_long[h]:
            counts[cues.long + quad] += 1
        counts[cues.side + np.int64(found.hit_side[h]) * QUADS + quad] += 1


@inlined
def _count_firsts(entries, found, start, stop, only_strong, cues, counts):
    """Count what comes first in the main clause, behind 'but' and among verbs, and what comes last in the main clause."""
    first_main, last_main, first_but, first_verb = -1, -1, -1, -1
    for h in range(start, stop):
        if only_strong and entries[found.hit[h], WEAK] == 1:
            continue
        if found.hit_clause[h] == MAIN:
            first_main = h if first_main < 0 else first_main
            last_main = h
        if found.hit_clause[h] == AFTER_BUT and first_but < 0:
            first_but = h
        if entries[found.hit[h], VERB] == 1 and first_verb < 0:
            first_verb = h
    if first_main >= 0:
        counts[cues.first_main + found.hit_quad[first_main]] += 1
        counts[cues.first_main_root + entries[found.hit[first_main], ROOT]] += 1
        counts[cues.last_main + found.hit_quad[last_main]] += 1
    if first_but >= 0:
        counts[cues.first_but + found.hit_quad[first_but]] += 1
    if first_verb >= 0:
        counts[cues.first_verb + found.hit_quad[first_verb]] += 1


@inlined
def _count_order(entries, found, start, stop, cues, counts):
    """Count what comes first, last and in a row among the strong hits, or among all when none is strong."""
    strong = 0
    for h in range(start, stop):
        strong += entries[found.hit[h], WEAK] == 0
    counts[cues.strong + min(MANY, strong)] += 1
    if start == stop:
        counts[cues.none] += 1
        return
    previous = -1
    for h in range(start, stop):
        if strong > 0 and entries[found.hit[h], WEAK] == 1:
            continue
        if previous < 0:
            counts[cues.first + found.hit_quad[h]] += 1
            counts[cues.first_root + entries[found.hit[h], ROOT]] += 1
        else:
            counts[cues.bigram + found.hit_quad[previous] * QUADS + found.hit_quad[h]] += 1
        previous = h
    counts[cues.last + found.hit_quad[previous]] += 1
    _count_firsts(entries, found, start, stop, strong > 0, cues, counts)


@inlined
def _emit(counts, columns, values, filled):
    """Write the columns that are counted and their counts, and clear them; return how many entries there are now."""
    for column in range(counts.shape[0]):
        if counts[column] > 0:
            columns[filled] = column
            values[filled] = counts[column]
            filled += 1
            counts[column] = 0
    return filled


@kernel
def count_cues(entries, found, cues, counts, ends, columns, values):
    """Count the cues of rows.

    Parameters
    ----------
    entries : ndarray of shape (E, 6), int32
        Of the lexicon.
    found : Found
    cues : Cues
        First column of each kind of cue.
    counts : ndarray of shape (columns,), int32
        Zeros, and zeros again at the end.
    ends : ndarray of shape (rows,), int64
        Where the entries of each row end.
    columns, values : ndarray of int32
        Room for the entries: columns that are counted, in order, and their counts.
    """
    start, first, filled = 0, 0, 0
    for row in range(ends.shape[0]):
        stop, last = found.hit_stop[row], found.said_stop[row]
        _count_each(entries, found, start, stop, cues, counts)
        _count_order(entries, found, start, stop, cues, counts)
        for k in range(first, last):
            counts[cues.function + found.said[k]] += 1
        filled = _emit(counts, columns, values, filled)
        ends[row] = filled
        start, first = stop, last


@inlined
def _mark(table, rows, start, row, marks):
    """Mark the columns of each entry of a row; return where the next row begins."""
    for m in range(start, rows.ends[row]):
        for k in range(table.shape[1]):
            column = table[rows.columns[m], k]
            if column >= 0:
                marks[column] = 1
    return rows.ends[row]


@inlined
def _write_marks(marks, first, value, out, filled):
    """Write the marked columns of a row, and clear them; return how many entries there are now."""
    for column in range(marks.shape[0]):
        if marks[column] > 0:
            out.columns[filled] = first + column
            out.values[filled] = value
            filled += 1
            marks[column] = 0
    return filled


@kernel
def join_rows(cues, grams, mentions, told, scales, weights, senses, topics, marks, topic_marks, out):
    """Write cues, n-grams, actors and topics of each row next to each other.

    Parameters
    ----------
    cues, grams, mentions, told : Rows
        Entries with their values; the columns of mentions and of what terms tell are entries of their lists, without values.
    scales : tuple of float
        Of the n-grams, of the actors, of the topics.
    weights : ndarray of float64
        Value of a cue by its count; the last one also stands for higher counts.
    senses, topics : ndarray of shape (E, k), int32
        Columns of each entry, counted from the first of their kind; -1 for none.
    marks, topic_marks : ndarray of shape (columns of the kind,), int32
        Zeros, and zeros again at the end.
    out : Rows
        Room for the result; ``ends`` begins with a 0.
    """
    filled, gram, cue, mention, term = 0, 0, 0, 0, 0
    most = weights.shape[0] - 1
    for row in range(out.ends.shape[0] - 1):
        while cue < cues.ends[row]:
            out.columns[filled] = cues.first + cues.columns[cue]
            out.values[filled] = weights[min(most, cues.values[cue])]
            cue += 1
            filled += 1
        while gram < grams.ends[row]:
            out.columns[filled] = grams.first + grams.columns[gram]
            out.values[filled] = grams.values[gram] * scales[0]
            gram += 1
            filled += 1
        if mention < mentions.ends[row]:
            mention = _mark(senses, mentions, mention, row, marks)
            filled = _write_marks(marks, mentions.first, scales[1], out, filled)
        if term < told.ends[row]:
            term = _mark(topics, told, term, row, topic_marks)
            filled = _write_marks(topic_marks, told.first, scales[2], out, filled)
        out.ends[row + 1] = filled
