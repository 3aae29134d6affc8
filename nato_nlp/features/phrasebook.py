"""Compile phrases into the arrays of the phrase kernels: words to numbers, phrases to paths of a trie, conditions to sets."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nato_nlp._kernels.layout import power_of_two
from nato_nlp._kernels.phrase_layout import Names
from nato_nlp._validate import must_be
from nato_nlp.errors import InputError
from nato_nlp.features._letters import DOTTED_I, encoded, letters

Array = npt.NDArray[Any]
Condition = tuple[int, tuple[str, ...]]

# the same numbers stand in the kernels
KINDS = {"after": 0, "before": 1, "notafter": 2, "notbefore": 3}
# what follows an apostrophe inside a word is no word of its own, and part of one only in "won't" and its like
WORD = re.compile(r"(?<=\w)['’]\w{1,2}\b|(\w*[nN]['’][tT]\b|\w+)")


def phrase_words(phrase: str) -> tuple[str, ...]:
    """Return the words of a phrase as the kernels see them.

    Examples
    --------
    >>> phrase_words("cease-fire"), phrase_words("Côte d'Ivoire"), phrase_words("Russia's"), phrase_words("won’t yield")
    (('cease', 'fire'), ('Côte', 'd', 'Ivoire'), ('Russia',), ("won't", 'yield'))
    """
    return tuple(word.replace("’", "'") for word in WORD.findall(phrase) if word)


def lowered(word: str) -> str:
    """Return a word lower-cased as the kernels do it: character by character, and U+0130, whose lower case is two, stays.

    Examples
    --------
    >>> lowered("NATO"), lowered("İzmir")
    ('nato', 'İzmir')
    """
    return "".join(letter if letter == chr(DOTTED_I) else letter.lower() for letter in word)


def read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines of a file that are not blank, with their numbers.

    Raises
    ------
    InputError
        The file is no UTF-8.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path} must be UTF-8, got another encoding at byte {error.start}") from None
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield number, line.removesuffix("\r")


def read_rows(path: Path, fields: Sequence[str]) -> Iterator[tuple[list[str], str]]:
    """Yield the rows of a tab-separated file with a header, and where each stands.

    Raises
    ------
    InputError
        The file is no UTF-8, has another header, or a row has more or fewer fields; file and line are named.
    """
    lines = read_lines(path)
    header = next(lines, (1, ""))[1].split("\t")
    if header != list(fields):
        raise must_be(f"{path}, header", " ".join(fields), " ".join(header))
    for number, line in lines:
        row, where = line.split("\t"), f"{path}, line {number}"
        if len(row) != len(fields):
            raise InputError(f"{where} must have {len(fields)} fields separated by tabs, got {len(row)}")
        yield row, where


def parse_conditions(text: str, where: str) -> list[tuple[str, tuple[str, ...]]]:
    """Read conditions such as ``after:talks|table notbefore:return``.

    Raises
    ------
    InputError
        An unknown kind of condition, or one without words.
    """
    found = []
    for part in text.split():
        kind, _, words = part.partition(":")
        listed = tuple(word for word in words.split("|") if word)
        if kind not in KINDS or not listed or not all(len(phrase_words(word)) == 1 for word in listed):
            raise must_be(f"{where}, condition", "like after:talks|table (or before, notafter, notbefore)", part)
        found.append((kind, listed))
    return found


@dataclass
class PhraseBook:
    """Phrases while they are collected.

    Attributes
    ----------
    lower : bool
        Whether words are compared without regard to case.
    """

    lower: bool
    words: dict[str, int] = field(default_factory=dict)
    edges: dict[tuple[int, int], int] = field(default_factory=dict)
    at_node: list[list[int]] = field(default_factory=lambda: [[]])
    conditions: list[list[tuple[int, tuple[int, ...]]]] = field(default_factory=list)
    same: dict[str, str] = field(default_factory=dict)

    def number(self, word: str) -> int:
        """Return the number of a word, a new one if need be."""
        key = lowered(word) if self.lower else word
        key = self.same.get(key, key)
        return self.words.setdefault(key, len(self.words) + 1)

    def new_entry(self, conditions: Iterable[Condition] = ()) -> int:
        """Add an entry with its conditions and return its number."""
        self.conditions.append([(kind, tuple(sorted({self.number(w) for w in words}))) for kind, words in conditions])
        return len(self.conditions) - 1

    def only_rules_out(self, entry: int) -> bool:
        """Tell whether an entry has no condition that asks for a word."""
        return all(kind in (KINDS["notafter"], KINDS["notbefore"]) for kind, _ in self.conditions[entry])

    def add(self, phrase: Sequence[str], entry: int) -> None:
        """Let a phrase lead to an entry."""
        node = 0
        for word in phrase:
            edge = (node, self.number(word))
            if edge not in self.edges:
                self.edges[edge] = len(self.at_node)
                self.at_node.append([])
            node = self.edges[edge]
        if entry not in self.at_node[node]:
            self.at_node[node].append(entry)

    def compile(self) -> Names:
        """Return the arrays."""
        spelled = list(self.words) + list(self.same)
        numbers = [self.number(word) for word in spelled]
        sets = [words for conditions in self.conditions for _, words in conditions]
        edges = np.asarray(list(self.edges), np.int32).reshape(-1, 2)
        return Names(
            *word_table(spelled, numbers, self.lower),
            *edge_table(edges, np.asarray(list(self.edges.values()), np.int32)),
            *ragged(self.at_node),
            starts([len(conditions) for conditions in self.conditions]),
            np.asarray([kind for conditions in self.conditions for kind, _ in conditions], np.int32),
            *ragged(sets),
        )


def starts(sizes: Sequence[int]) -> Array:
    """Return where each of consecutive runs begins, and the end."""
    return np.concatenate([[0], np.cumsum(np.asarray(sizes, np.int64))]).astype(np.int32)


def ragged(rows: Sequence[Sequence[int]]) -> tuple[Array, Array]:
    """Return starts and concatenated values of rows of different length."""
    return starts([len(row) for row in rows]), np.asarray([value for row in rows for value in row], np.int32)


def word_table(words: Sequence[str], numbers: Sequence[int], lower: bool) -> tuple[Array, Array]:
    """Return the hash table of words: keys and values."""
    from nato_nlp._kernels.tokens import hash_words

    codes = encoded("".join(words))
    top = int(codes.max(initial=0)) + 1
    hashes = np.zeros(len(words), np.uint64)
    hash_words(codes, starts([len(word) for word in words]).astype(np.int64), letters(True, top), lower, hashes)
    return filled_table(hashes, np.asarray(numbers, np.int32))


def edge_table(edges: Array, children: Array) -> tuple[Array, Array]:
    """Return the hash table of edges (node, word): keys and values."""
    from nato_nlp._kernels.phrases import hash_edges

    hashes = np.zeros(len(edges), np.uint64)
    hash_edges(np.ascontiguousarray(edges[:, 0]), np.ascontiguousarray(edges[:, 1]), hashes)
    return filled_table(hashes, children)


def filled_table(hashes: Array, numbers: Array) -> tuple[Array, Array]:
    """Return the hash table that holds hashes with their numbers: keys and values; the order of the hashes plays no part."""
    from nato_nlp._kernels.phrases import fill_table

    size = power_of_two(2 * len(hashes) + 2)
    keys, values = np.zeros(size, np.uint64), np.zeros(size, np.int32)
    order = np.argsort(hashes, kind="stable")
    if fill_table(hashes[order], numbers[order], keys, values):
        raise InputError("phrases must have different 64-bit hashes, got two words or edges with one")
    return keys, values
