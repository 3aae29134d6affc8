"""Scores of linear heads: of sparse rows, and of rows that never become one.

A term that stands c times in a row adds tf(c) idf w to the score of a head, tf(1) being 1. So what a piece of text adds when
each of its n-grams stands for itself can be summed once and remembered; only the n-grams that a row holds more than once
need the rest, (tf(c) - c) idf w.
"""

import math

import numpy as np

from nato_nlp._kernels.jit import helper, inlined, kernel

EXACT = 4096  # n-grams of a row from which on nothing is taken from sums, whose rounding errors would add up


@kernel
def row_scores(indptr, indices, data, weights, out):
    """Write the product of a CSR matrix and dense weights, shape (V, K), to out, shape (n, K)."""
    for row in range(indptr.shape[0] - 1):
        for k in range(weights.shape[1]):
            out[row, k] = 0.0
        for j in range(indptr[row], indptr[row + 1]):
            value = data[j]
            column = indices[j]
            for k in range(weights.shape[1]):
                out[row, k] += value * weights[column, k]


@inlined
def tf_weight(count, plan, output):
    """Return what a term that stands so often in a row contributes, before idf."""
    if count < output.tf_weights.shape[0]:
        weight = output.tf_weights[count]
    elif plan.binary:
        weight = 1.0
    elif plan.sublinear:
        weight = math.log(count) + 1.0
    else:
        weight = float(count)
    return weight


@inlined
def _size(weight, plan):
    """Return what a weight adds to the norm of its row, before the root."""
    return weight * weight if plan.norm == 2 else abs(weight)


@inlined
def _add(sums, weights, term, weight):
    """Add the weights of a term, times its own."""
    for k in range(weights.shape[1]):
        sums[k] += weight * weights[term, k]


@inlined
def add_piece(scoring, number):
    """Add what a piece adds to the scores of its row."""
    for k in range(scoring.sums.shape[1]):
        scoring.sums[1, k] += scoring.pieces[number, k]


@helper
def sum_piece(tally, start, number, plan, output, scoring):
    """Sum what the character n-grams of a piece add when each stands for itself: those found from ``start`` on."""
    sums, heads = scoring.pieces[number], scoring.weights.shape[1]
    sums[:] = 0.0
    for i in range(start, tally.size[0]):
        term = np.int64(tally.found[i])
        weight = output.char_idf[term]
        _add(sums, scoring.weights, plan.word_terms + term, weight)
        sums[heads] += _size(weight, plan)


@inlined
def _count(tally, counts, shift):
    """Count terms; list those that were there before, once more for each further time, and return how many are listed."""
    listed = 0
    for i in range(tally.size[0]):
        term = tally.found[i]
        tally.other[listed] = term
        listed += counts[shift + term] > 0
        counts[shift + term] += 1
    return listed


@inlined
def _add_each(tally, idf, shift, plan, output, sums, scoring):
    """Add each term once, with the weight that its count gives it; the counts are zero again."""
    heads = scoring.weights.shape[1]
    for i in range(tally.size[0]):
        term = np.int64(tally.found[i])
        count = np.int64(scoring.counts[shift + term])
        if count > 0:
            weight = tf_weight(count, plan, output) * idf[term]
            _add(sums, scoring.weights, shift + term, weight)
            sums[heads] += _size(weight, plan)
            scoring.counts[shift + term] = 0


@inlined
def _factor(total, plan):
    """Return what a row is multiplied by for its norm."""
    if plan.norm == 0 or not total > 0.0:
        return 1.0
    return 1.0 / math.sqrt(total) if plan.norm == 2 else 1.0 / total


@helper
def score_words(tally, plan, output, scoring):
    """Sum the scores of the word n-grams of a row."""
    _count(tally, scoring.counts, 0)
    _add_each(tally, output.word_idf, 0, plan, output, scoring.sums[0], scoring)


@helper
def score_chars(tally, plan, output, scoring, row):
    """Complete the sums of the character n-grams of a row, and write its scores."""
    counts, idf, shift = scoring.counts, output.char_idf, plan.word_terms
    words, sums, heads = scoring.sums[0], scoring.sums[1], scoring.weights.shape[1]
    listed = _count(tally, counts, shift)
    if tally.size[0] > EXACT:
        sums[:] = 0.0
        _add_each(tally, idf, shift, plan, output, sums, scoring)
        listed = 0
    for i in range(listed):
        term = np.int64(tally.other[i])
        count = np.int64(counts[shift + term])
        if count > 0:
            tf = tf_weight(count, plan, output)
            _add(sums, scoring.weights, shift + term, (tf - count) * idf[term])
            sums[heads] += _size(tf * idf[term], plan) - count * _size(idf[term], plan)
            counts[shift + term] = 0
    for i in range(tally.size[0]):
        counts[shift + np.int64(tally.found[i])] = 0
    one, other = _factor(words[heads], plan), _factor(sums[heads], plan)
    for k in range(heads):
        scoring.out[row, k] = one * words[k] + other * sums[k]
