"""What tells at a glance that a line can be site furniture: how it begins, words that it holds, how many it has."""

import numpy as np

from nato_nlp._kernels.jit import inlined, kernel
from nato_nlp._kernels.lookup import CODE, EXPANDS, SPACE, WORD

SAYS, MAY_START, HOLDS, FEW = 1, 2, 4, 8  # bits of what is told of a line
LETTERS = 3  # of its first word that are looked at
FEW_WORDS = 5
END = 1 << 15  # in a step of the automaton: a word ends here
ZERO = np.uint16(0)
NEXT = np.uint16(END - 1)
DIGIT, OTHER, FOREIGN = (
    27,
    28,
    31,
)  # five bits a character: a letter from 1 to 26, a digit, another of ASCII, one beyond


@inlined
def _five_bits(entry):
    """Return the number of a word character in lower case."""
    code = entry & CODE
    number = FOREIGN
    if entry & EXPANDS == 0 and code < 128:
        number = code - 96 if 97 <= code <= 122 else (DIGIT if 48 <= code <= 57 else OTHER)
    return number


@kernel
def read_lines(codes, offsets, letters, starts, classes, steps, out):
    """Look at lines.

    Parameters
    ----------
    codes : ndarray of uint32
        Code points of all lines.
    offsets : ndarray of shape (rows + 1,), int64
    letters : ndarray of uint32
        Table of lower-cased letters and properties.
    starts : ndarray of shape (32768,), bool
        Whether a line may begin with these letters, five bits each.
    classes : ndarray of shape (256,), uint16
        Column of each character in ``steps``; 0 for those that stand in no word.
    steps : ndarray of uint16
        Automaton of the words, by state plus column: the state behind a character, and `END` where a word ends. States are
        multiples of the number of columns.
    out : ndarray of shape (rows,), uint8
        Gets `SAYS` for a letter or digit, `MAY_START`, `HOLDS` for one of the words, `FEW` for at most `FEW_WORDS`.
    """
    for row in range(out.shape[0]):
        told, prefix, taken, words = 0, 0, 0, 0
        state, met = ZERO, ZERO
        behind_blank = True
        for k in range(offsets[row], offsets[row + 1]):
            entry = letters[codes[k]]
            word = entry & (WORD | EXPANDS) != 0
            code = 105 if entry & EXPANDS else entry & CODE  # i, and a dot above, which stands in no word
            told |= SAYS * (word and code != 95)
            if taken < LETTERS:
                if word:
                    prefix = (prefix << 5) | _five_bits(entry)
                    taken += 1
                elif taken > 0:
                    prefix <<= 5 * (LETTERS - taken)
                    taken = LETTERS
            state = steps[np.uint64(state & NEXT) + np.uint64(classes[code] if code < 256 else ZERO)]
            met |= state
            if entry & EXPANDS:
                state = ZERO
            blank = entry & SPACE != 0
            words += behind_blank and not blank
            behind_blank = blank
        prefix <<= 5 * (LETTERS - taken)
        told |= MAY_START if starts[prefix] else 0
        told |= HOLDS if met & END else 0
        told |= FEW if words <= FEW_WORDS else 0
        out[row] = told
