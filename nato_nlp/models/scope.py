"""Whether a text is of the kind that the word lists know: English news, told by the share of its words that they hold."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
# Of 5,400 English sentences of 15 words and more (seed corpus, PLOVER, CAMEO, ACE and WikiEvents) none has less than .55 of
# its words in the lists, of 1,334 articles on crime none less than .66; of news in French, German, Spanish, Italian, Dutch
# and Portuguese none reaches .5, and letters in a wrong order leave .3: python -m benchmarks certainty.
LEAST_KNOWN = 0.5
LEAST_WORDS = 15  # in shorter texts a few names decide: below that only the script is looked at
LEAST_LETTERS = 10
LATIN = ("ɐ", "Ḁ", "ỿ")  # letters before the first one, and from the second to the third, are Latin


def texts_in_scope(known_words: Ints, texts: Sequence[str]) -> Bools:
    """Judge texts, each by itself.

    Parameters
    ----------
    known_words : ndarray of shape (n, 2)
        Words of each text, and how many of them stand in a list.
    texts : sequence of str of length n

    Returns
    -------
    ndarray of shape (n,), bool
        False where more than half of the letters are not Latin, or less than `LEAST_KNOWN` of at least `LEAST_WORDS` words
        are known; a text that is too short to tell is in scope.

    Examples
    --------
    >>> words = np.array([[6, 0], [20, 12], [20, 6], [3, 0]])
    >>> texts_in_scope(words, ["两个邻国的外交部长会面。", "(English)", "(French)", "Foo bar baz."]).tolist()
    [False, True, False, True]
    """
    words, known = known_words.T
    inside: Bools = known >= LEAST_KNOWN * words
    inside[words == 0] = False  # numbers and signs are no words, and some scripts have none between blanks
    for row in np.flatnonzero(~inside).tolist():
        inside[row] = words[row] < LEAST_WORDS and not other_script(texts[row])
    return inside


def documents_in_scope(known_words: Ints, document: Ints, texts: Sequence[str]) -> Bools:
    """Judge documents by all of their sentences.

    Parameters
    ----------
    known_words : ndarray of shape (n, 2)
        Of each sentence.
    document : ndarray of shape (n,)
        The number of each sentence's document.
    texts : sequence of str of length D
        The documents.

    Returns
    -------
    ndarray of shape (D,), bool
    """
    totals = np.zeros((len(texts), 2), np.int64)
    np.add.at(totals, document, known_words)
    return texts_in_scope(totals, texts)


def other_script(text: str) -> bool:
    """Tell whether more than half of a text's letters, of `LEAST_LETTERS` at least, are of another script than Latin.

    Examples
    --------
    >>> other_script("Министры встретились в Женеве."), other_script("Ministři se sešli v Ženevě.")
    (True, False)
    """
    count = sum(map(str.isalpha, text))
    return count >= LEAST_LETTERS and 2 * _latin(text) < count


def why_out_of_scope(known_words: Ints, text: str, name: object = None) -> str:
    """Say why a document is out of scope; its sentences have these words.

    Examples
    --------
    >>> why_out_of_scope(np.array([[20, 4], [20, 2]]), "Les ministres des Affaires", "fr.txt")
    "'fr.txt' seems not to be English: 15% of its 40 words are known, less than 50%; its tags say little"
    """
    shown = "the text" if name is None else repr(name)
    words, known = known_words.sum(axis=0)
    if other_script(text):
        share = 1 - _latin(text) / sum(map(str.isalpha, text))
        why = f"{share:.0%} of its letters are of another script than Latin"
    else:
        why = f"{known / words:.0%} of its {words:,} words are known, less than {LEAST_KNOWN:.0%}"
    return f"{shown} seems not to be English: {why}; its tags say little"


def many_out_of_scope(count: int, first: object) -> str:
    """Say once that some texts, the first of them in the document ``first``, are out of scope.

    Examples
    --------
    >>> many_out_of_scope(1, "fr.txt")
    "1 text seems not to be English (in 'fr.txt'): its tags say little, see the column in_scope"
    """
    if count == 1:
        return f"1 text seems not to be English (in {first!r}): its tags say little, see the column in_scope"
    return f"{count:,} texts seem not to be English (the first in {first!r}): their tags say little, see the column in_scope"


def _latin(text: str) -> int:
    first, low, high = LATIN
    return sum(character.isalpha() and (character < first or low <= character <= high) for character in text)
