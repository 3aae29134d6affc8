"""Sorting small numbers in linear time."""

import numpy as np

from nato_nlp._kernels.jit import helper, inlined
from nato_nlp._kernels.layout import MAX_DIGIT

FEW = 64  # numbers up to which ranks are counted
MANY = 256  # numbers from which wide digits pay


@inlined
def _sort_few(values, count, other):
    """Sort by counting how many are smaller, in 32-bit lanes without a branch; equal numbers leave gaps that are filled."""
    for i in range(count):
        other[i] = -1
    for i in range(count):
        value = values[i]
        rank = np.int32(0)
        for j in range(count):
            rank += np.int32(values[j] < value)
        other[rank] = value
    before = np.int32(0)
    for i in range(count):
        before = before if other[i] < 0 else other[i]
        values[i] = before


@inlined
def _sort_digit(values, count, out, buckets, shift, width):
    """Sort stably by some bits."""
    mask = (1 << width) - 1
    buckets[: mask + 1] = 0
    for i in range(count):
        buckets[(values[i] >> shift) & mask] += 1
    place = 0
    for k in range(mask + 1):
        size = buckets[k]
        buckets[k] = place
        place += size
    for i in range(count):
        value = values[i]
        digit = (value >> shift) & mask
        place = buckets[digit]
        buckets[digit] = place + 1
        out[place] = value


@helper
def sort_numbers(values, count, other, buckets, limit):
    """Sort ``values[:count]``, numbers from 0 to limit, in linear time; ``other`` and ``buckets`` are room."""
    if count <= FEW:
        _sort_few(values, count, other)
        return
    bits = 1
    while limit >> bits > 0:
        bits += 1
    width = MAX_DIGIT if count >= MANY else 7
    passes = (bits + width - 1) // width
    passes += passes % 2  # an even number ends where it began
    width = (bits + passes - 1) // passes
    for k in range(0, passes, 2):
        _sort_digit(values, count, other, buckets, k * width, width)
        _sort_digit(other, count, values, buckets, (k + 1) * width, width)
