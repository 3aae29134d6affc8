"""Counted n-grams written as a block of a CSR row: sorted, weighted, divided by their norm."""

import math

import numpy as np

from nato_nlp._kernels.jit import helper, inlined
from nato_nlp._kernels.scores import tf_weight
from nato_nlp._kernels.sorting import sort_numbers


@inlined
def _gather(tally, indices, start):
    """Write each number found once, in order, to ``indices[start:]``, and its count to ``tally.other``; return the end."""
    found, counts = tally.found, tally.other
    place = start - 1
    before = np.int64(-1)
    count = np.int64(0)
    for k in range(tally.size[0]):
        number = np.int64(found[k])
        place += number != before
        count = count * (number == before) + 1
        before = number
        indices[place] = number
        counts[place - start] = count
    return place + 1


@inlined
def _touch(tally, idf):
    """Load the weights that a row will need, all at once and not one after the other when their turn comes."""
    total = 0.0
    for k in range(tally.size[0]):
        total += idf[tally.found[k]]
    tally.buckets[0] = np.int32(total > 0.0)  # what nobody reads the compiler would not load


@helper
def emit_row(tally, idf, shift, plan, output):
    """Write a block of a row: sorted columns, and tf times idf over the norm."""
    _touch(tally, idf)
    sort_numbers(tally.found, tally.size[0], tally.other, tally.buckets, idf.shape[0])
    start = output.filled[0]
    stop = _gather(tally, output.indices, start)
    total = 0.0
    for k in range(start, stop):
        weight = tf_weight(np.int64(tally.other[k - start]), plan, output)
        weight *= idf[output.indices[k]]
        output.data[k] = weight
        output.indices[k] += shift
        total += weight * weight if plan.norm == 2 else abs(weight)
    if plan.norm == 2:
        total = math.sqrt(total)
    if plan.norm != 0 and total != 0.0:
        factor = 1.0 / total
        for k in range(start, stop):
            output.data[k] *= factor
    output.filled[0] = stop
