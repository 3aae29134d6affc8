"""Plain twins of the kernels: short, slow, and by definition right."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

TOKEN = re.compile(r"\b\w\w+\b")
IntArray = npt.NDArray[np.int64]


def word_ngrams_reference(text: str, low: int, high: int) -> Iterator[str]:
    """Yield n-grams of words of two or more word characters, joined by one space, as scikit-learn's ``word`` analyzer."""
    tokens = TOKEN.findall(text)
    for n in range(low, high + 1):
        for start in range(len(tokens) - n + 1):
            yield " ".join(tokens[start : start + n])


def char_ngrams_reference(text: str, low: int, high: int) -> Iterator[str]:
    """Yield character n-grams inside words padded with a space, as scikit-learn's ``char_wb`` analyzer."""
    for word in text.split():
        padded = f" {word} "
        for n in range(low, high + 1):
            yield padded[:n]
            for start in range(1, len(padded) - n + 1):
                yield padded[start : start + n]
            if len(padded) <= n:
                break  # a word shorter than n counts once


def count_reference(rows: Iterable[Iterable[str]], vocabulary: dict[str, int]) -> tuple[IntArray, IntArray, IntArray]:
    """Count known terms into CSR.

    Returns
    -------
    indptr, indices, counts : ndarray of int64
        Rows with sorted indices.
    """
    indptr, indices, counts = [0], [], []
    for row in rows:
        found = Counter(vocabulary[term] for term in row if term in vocabulary)
        for index in sorted(found):
            indices.append(index)
            counts.append(found[index])
        indptr.append(len(indices))
    return np.asarray(indptr, np.int64), np.asarray(indices, np.int64), np.asarray(counts, np.int64)


def weights_reference(
    counts: IntArray, idf: npt.NDArray[Any], sublinear: bool, binary: bool, norm: str | None
) -> npt.NDArray[np.float64]:
    """Weigh the counts of one row: tf, or 1 + ln(tf), times idf, over the norm."""
    tf = np.ones(len(counts)) if binary else counts.astype(np.float64)
    weights = (np.log(tf) + 1 if sublinear else tf) * idf
    total = {None: 1.0, "l1": np.abs(weights).sum(), "l2": np.sqrt((weights**2).sum())}[norm]
    return np.asarray(weights / total if total else weights, np.float64)


def documents_reference(rows: Iterable[Iterable[str]]) -> tuple[Counter[str], Counter[str]]:
    """Return in how many rows each term occurs, and how often."""
    documents: Counter[str] = Counter()
    occurrences: Counter[str] = Counter()
    for row in rows:
        found = Counter(row)
        documents.update(found.keys())
        occurrences.update(found)
    return documents, occurrences


def lower_reference(text: str, lowercase: bool) -> tuple[str, list[int]]:
    """Lower-case a text; also return which character of the text each character of the result is of."""
    if not lowercase:
        return text, list(range(len(text)))
    return text.lower(), [index for index, character in enumerate(text) for _ in character.lower()]


def places_reference(
    text: str, word: tuple[int, int] | None, char: tuple[int, int] | None, lowercase: bool
) -> list[tuple[str, str, int, int]]:
    """Return each n-gram of a text as block, term, start, end: characters of the text, without the spaces that pad words."""
    lower, origin = lower_reference(text, lowercase)
    found = []
    if word is not None:
        spans = [match.span() for match in TOKEN.finditer(lower)]
        for n in range(word[0], word[1] + 1):
            for group in (spans[i : i + n] for i in range(len(spans) - n + 1)):
                term = " ".join(lower[a:b] for a, b in group)
                found.append(("word", term, origin[group[0][0]], origin[group[-1][1] - 1] + 1))
    if char is not None:
        for match in re.finditer(r"\S+", lower):
            padded = f" {match.group()} "
            least = min(char[0], len(padded))
            for n in range(least, max(least, min(char[1], len(padded))) + 1):
                for i in range(len(padded) - n + 1):
                    first, last = (
                        max(match.start() + i - 1, match.start()),
                        min(match.start() + i + n - 1, match.end()) - 1,
                    )
                    # a lone space stands for the character that it pads
                    first, last = min(first, match.end() - 1), max(last, match.start())
                    found.append(("char", padded[i : i + n], origin[first], origin[last] + 1))
    return found


def region_terms_reference(
    text: str, spans: Sequence[tuple[int, int, int]], word: tuple[int, int] | None, char: tuple[int, int] | None
) -> list[tuple[str, str]]:
    """Return each n-gram of a text in lower case whose spans are regions, as block and term: every token names its region.

    What lies between the spans is region 0; nothing is taken from spans with a negative number.
    """
    bounds = [0, *(bound for start, end, _ in spans for bound in (start, end)), len(text)]
    numbers = [0, *(number for _, _, region in spans for number in (region, 0))]
    pieces = [(text[a:b], number) for a, b, number in zip(bounds, bounds[1:], numbers, strict=False)]
    tokens: list[str | None] = [
        t
        for piece, number in pieces
        for t in ([f"{number}:{t}" for t in TOKEN.findall(piece)] if number >= 0 else [None])
    ]
    found: list[tuple[str, str]] = []
    if word is not None:
        groups = (tokens[i : i + n] for n in range(word[0], word[1] + 1) for i in range(len(tokens) - n + 1))
        found += [("word", " ".join(t for t in group if t)) for group in groups if None not in group]
    if char is not None:
        found += [
            ("char", f"{number}:{gram}")
            for piece, number in pieces
            if number >= 0
            for gram in char_ngrams_reference(piece, *char)
        ]
    return found


def numbers_reference(names: Sequence[str]) -> list[int]:
    """Return the number of each name in order of first appearance."""
    seen = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return [seen[name] for name in names]


def row_scores_reference(
    indptr: IntArray, indices: IntArray, data: npt.NDArray[np.float64], weights: Any
) -> npt.NDArray[np.float64]:
    """Multiply a CSR matrix by dense weights of shape (V, K), row by row."""
    w = np.asarray(weights)
    return np.asarray([data[a:b] @ w[indices[a:b]] for a, b in pairwise(indptr)])
