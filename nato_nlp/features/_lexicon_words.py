"""The words of one text as a lexicon numbers them: where its function words stand, and what negates a hit."""

from bisect import bisect_left
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nato_nlp._kernels.phrase_layout import Found, Lexicon, new_tokens
from nato_nlp.features._letters import encoded, letters
from nato_nlp.features.lexicon import NEGATOR

Array = npt.NDArray[Any]
STOP, UNKNOWN, NEGATING_PAIR = -1, 0, 1  # the same numbers stand in the kernels
BACK = 4  # tokens before a hit in which its negation stands


@dataclass(frozen=True, eq=False)
class LexiconWords:
    """The tokens of one text, a name as one unknown word.

    Attributes
    ----------
    numbers : list of int
        Number of each word in the lexicon, 0 for an unknown one; below 0 for a mark.
    begins, ends : list of int
        Span of each token in characters.
    lexicon : Lexicon
    """

    numbers: list[int]
    begins: list[int]
    ends: list[int]
    lexicon: Lexicon

    def function_words(self) -> list[tuple[int, int, int]]:
        """Return number, begin and end of each counted function word, in order."""
        function = self.lexicon.function
        spans = zip(self.numbers, self.begins, self.ends, strict=True)
        return [(int(function[n]) - 1, begin, end) for n, begin, end in spans if n > 0 and function[n]]

    def negation(self, begin: int) -> int:
        """Return where the negation begins that stands before the hit at a character; the hit itself when there is none."""
        place = bisect_left(self.begins, begin)
        for k in range(place - 1, max(0, place - BACK) - 1, -1):
            number = self.numbers[k]
            if number == STOP:
                break
            if number > 0 and (self.lexicon.flags[number] & NEGATOR or (k < place - 1 and self._is_pair(k))):
                return self.begins[k]
        return begin

    def _is_pair(self, k: int) -> bool:
        wanted = (self.numbers[k], self.numbers[k + 1], NEGATING_PAIR)
        return bool((self.lexicon.pairs == wanted).all(axis=1).any())


def lexicon_words(lexicon: Lexicon, text: str, found: Found) -> LexiconWords:
    """Read the words of a text that is not empty, in which ``found`` was found."""
    from nato_nlp._kernels.tokens import read_tokens

    codes = encoded(text)
    tokens = new_tokens(1, len(codes))
    read_tokens(codes, np.asarray([0, len(codes)]), letters(True, int(codes.max()) + 1), tokens)
    count, names = tokens.stop[0], found.stop[-1]
    begins, ends, numbers = tokens.begin[:count], tokens.end[:count].copy(), tokens.mark[:count].astype(np.int64)
    is_word = numbers == UNKNOWN
    numbers[is_word] = _looked_up(lexicon, tokens.lower[:count][is_word])
    firsts = np.searchsorted(begins, found.begin[:names])
    numbers[firsts], ends[firsts] = UNKNOWN, found.end[:names]
    name = np.searchsorted(found.begin[:names], begins, side="right") - 1
    inside = (name >= 0) & (begins < np.append(found.end[:names], 0)[name])
    inside[firsts] = False
    return LexiconWords(numbers[~inside].tolist(), begins[~inside].tolist(), ends[~inside].tolist(), lexicon)


def _looked_up(lexicon: Lexicon, hashes: Array) -> Array:
    """Return the numbers of words by their hashes, as the kernel finds them in its open-addressing table."""
    keys = lexicon.keys
    last = np.uint64(len(keys) - 1)
    places = ((hashes ^ (hashes >> np.uint64(32))) & last).astype(np.int64)
    going = (keys[places] != hashes) & (keys[places] != 0)
    while going.any():
        places[going] = (places[going] + 1) & int(last)
        going = (keys[places] != hashes) & (keys[places] != 0)
    return np.where(keys[places] == hashes, lexicon.values[places], UNKNOWN)
