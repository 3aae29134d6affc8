"""Tokens of text: words as hashes, and the punctuation that tells clauses and quotations apart."""

import numpy as np

from nato_nlp._kernels.jit import inlined, kernel

# properties in an entry of the table of letters, see features/_letters.py
WORD = 1 << 21
EXPANDS = 1 << 23
CODE = 0x1FFFFF

A_WORD, STOP, COMMA, STRAIGHT, OPENING, CLOSING, OTHER = 0, -1, -2, -3, -4, -5, -6
NOTHING = 1  # a character that is no token

SEED = np.uint64(0xCBF29CE484222325)
MIXER = np.uint64(0xD6E8FEB86659FD93)
U29 = np.uint64(29)
ONE = np.uint64(1)


@inlined
def _mixed(digest, code):
    digest = (digest ^ np.uint64(code)) * MIXER
    return digest ^ (digest >> U29)


@kernel
def hash_words(codes, offsets, letters, lower, out):
    """Hash the words ``codes[offsets[i]:offsets[i + 1]]``."""
    for i in range(out.shape[0]):
        digest = SEED
        for k in range(offsets[i], offsets[i + 1]):
            code = np.int64(codes[k])
            digest = _mixed(digest, np.int64(letters[code]) & CODE if lower else code)
        out[i] = digest | ONE


@inlined
def _is_word(codes, k, letters):
    return letters[codes[k]] & (WORD | EXPANDS) != 0


@inlined
def _is_stop(codes, k, start, end, letters):
    """Tell whether a full stop ends something: it stands neither within a number or a name nor behind an initial."""
    if k + 1 < end and _is_word(codes, k + 1, letters):
        return False
    initial = k > start and _is_word(codes, k - 1, letters)
    return not (initial and (k - 1 == start or not _is_word(codes, k - 2, letters)))


@inlined
def _mark(codes, k, start, end, letters):
    """Classify a character that is no word character."""
    code = np.int64(codes[k])
    mark = NOTHING
    if code == 46:
        mark = STOP if _is_stop(codes, k, start, end, letters) else NOTHING
    elif code in (33, 63, 59, 58):  # ! ? ; :
        mark = STOP
    elif code == 44:
        mark = COMMA
    elif code == 34:
        mark = STRAIGHT
    elif code in (0x201C, 0x201D):
        mark = OPENING if code == 0x201C else CLOSING
    elif code in (40, 41, 0x2013, 0x2014) or (code == 45 and k + 1 < end and codes[k + 1] == 45):  # parentheses, dashes
        mark = OTHER
    return mark


@inlined
def _is_tail(codes, first, end, start, letters):
    """Tell whether a word only follows an apostrophe inside a longer one ("Russia's", "don't")."""
    if end - first > 2 or first < start + 2:
        return False
    return (codes[first - 1] == 39 or codes[first - 1] == 0x2019) and _is_word(codes, first - 2, letters)


@inlined
def _has_not(codes, last, end, letters):
    """Tell whether a word whose last character is at ``last`` goes on as in "won't": without it, the word is another."""
    if last + 2 >= end or codes[last] not in (78, 110) or codes[last + 1] not in (39, 0x2019):
        return False
    return codes[last + 2] in (84, 116) and (last + 3 == end or not _is_word(codes, last + 3, letters))


@kernel
def read_tokens(codes, offsets, letters, out):
    """Find the tokens of rows.

    Parameters
    ----------
    codes : ndarray of uint32
        Code points of all rows.
    offsets : ndarray of shape (rows + 1,), int64
    letters : ndarray of uint32
        Table of lower-cased letters and properties.
    out : TokenRows
        Room for a token per character; tells where those of each row end.
    """
    count = 0
    for row in range(offsets.shape[0] - 1):
        start, end = offsets[row], offsets[row + 1]
        k = start
        while k < end:
            first, mark = k, A_WORD
            lower, cased = SEED, SEED
            while k < end:
                code = np.int64(codes[k])
                letter = np.int64(letters[code])
                if letter & (WORD | EXPANDS) == 0:
                    break
                lower, cased = _mixed(lower, letter & CODE), _mixed(cased, code)
                k += 1
            if k == first:
                mark = NOTHING if codes[k] == 32 else _mark(codes, k, start, end, letters)
                k += 1
            elif _is_tail(codes, first, k, start, letters):
                mark = NOTHING
            elif _has_not(codes, k - 1, end, letters):
                lower, cased = _mixed(_mixed(lower, 39), 116), _mixed(_mixed(cased, 39), np.int64(codes[k + 1]))
                k += 2
            if mark != NOTHING:
                out.mark[count] = mark
                out.lower[count], out.cased[count] = lower | ONE, cased | ONE
                out.begin[count], out.end[count] = first - start, k - start
                count += 1
        out.stop[row] = count
