"""Lexicon, gazetteer and terms of topics together: what one pass over texts finds, and how the compiled arrays are stored."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nato_nlp._kernels.cache import announce
from nato_nlp._kernels.layout import widths
from nato_nlp._kernels.pair_layout import Scan
from nato_nlp._kernels.phrase_layout import Cues, Found, Lexicon, Names, Rows, Terms, new_found, new_room, new_tokens
from nato_nlp.errors import InputError
from nato_nlp.features._letters import encoded, letters
from nato_nlp.features._phrase_arrays import (
    restored_lexicon,
    restored_names,
    restored_senses,
    restored_terms,
    stored,
    stored_senses,
)
from nato_nlp.features.actors import Sense, compile_actors, load_actors
from nato_nlp.features.lexicon import FUNCTION_WORDS, QUADS, ROOTS, compile_lexicon, load_lexicon
from nato_nlp.features.phrasebook import starts
from nato_nlp.features.topic_terms import compile_terms, load_terms

Array = npt.NDArray[Any]
CHUNK = 1 << 17  # characters that a kernel gets at once
CHUNK_ROWS = 1 << 13  # and rows, since a row may be empty
CLAUSES = 3
SIDES = 4  # of the mentions: none, before, behind, both
SHAPES = {
    "quad": (2, QUADS),
    "quad_clause": (2, QUADS, CLAUSES),
    "root": (2, ROOTS, 2),
    "root_clause": (2, ROOTS, 2, CLAUSES),
    "negated": (QUADS,),
    "quoted": (QUADS,),
    "long": (QUADS,),
    "side": (SIDES, QUADS),
    "first": (QUADS,),
    "last": (QUADS,),
    "first_root": (ROOTS,),
    "first_main": (QUADS,),
    "first_main_root": (ROOTS,),
    "last_main": (QUADS,),
    "first_but": (QUADS,),
    "first_verb": (QUADS,),
    "bigram": (QUADS, QUADS),
    "none": (1,),
    "strong": (5,),
    "function": (len(FUNCTION_WORDS),),
}
SIZES = [int(np.prod(shape)) for shape in SHAPES.values()]
CUES = Cues(*(int(start) for start in starts(SIZES)[:-1]))
CUE_COLUMNS = sum(SIZES)
CUES_OF_HIT = 9  # entries of a row that a hit can add, and those that it has besides
CUES_OF_ROW = 10


@dataclass(frozen=True, eq=False)
class Phrases:
    """A compiled lexicon and gazetteer, and terms of topics.

    Attributes
    ----------
    lexicon : Lexicon
    names : Names
    senses : list of Sense
        What each entry of ``names`` means.
    terms : Terms
        Terms of topics; none when left out.
    """

    lexicon: Lexicon
    names: Names
    senses: list[Sense]
    terms: Terms = field(default_factory=compile_terms)

    def scan(self, texts: Sequence[str]) -> Iterator[tuple[int, int, Found]]:
        """Yield what is found in consecutive rows: first row, last row plus one, findings."""
        for scan in self.scan_all(texts):
            yield scan.start, scan.stop, scan.found

    def scan_all(self, texts: Sequence[str]) -> Iterator[Scan]:
        """Yield what is found in consecutive rows, with their characters and tokens."""
        announce("scan_rows")
        from nato_nlp._kernels.phrases import scan_rows
        from nato_nlp._kernels.tokens import read_tokens

        for start, stop in _chunks(texts):
            codes = encoded("".join(texts[start:stop]))
            offsets = np.concatenate([[0], np.cumsum([len(text) for text in texts[start:stop]])])
            tokens, found = new_tokens(stop - start, len(codes)), new_found(stop - start, len(codes))
            read_tokens(codes, offsets, letters(True, int(codes.max(initial=0)) + 1), tokens)
            longest = int(widths(tokens.stop).max())
            scan_rows(tokens, self.lexicon, self.names, self.terms, new_room(longest), found)
            yield Scan(start, stop, codes, offsets, tokens, found)

    def count(self, found: Found) -> Rows:
        """Count the cues in findings; the columns are those of `SHAPES`."""
        from nato_nlp._kernels.cues import count_cues

        ends = np.empty(len(found.hit_stop), np.int64)
        most = CUES_OF_HIT * found.hit_stop[-1] + CUES_OF_ROW * len(ends) + found.said_stop[-1]
        columns, values = np.empty(most, np.int32), np.empty(most, np.int32)
        count_cues(self.lexicon.entries, found, CUES, np.zeros(CUE_COLUMNS, np.int32), ends, columns, values)
        return Rows(ends, columns[: ends[-1]], values[: ends[-1]], 0)

    def to_arrays(self) -> dict[str, Array]:
        """Return the compiled state as arrays of the smallest types that hold it."""
        names = stored("names", self.names) | stored_senses(self.senses)
        return stored("lexicon", self.lexicon) | names | stored("terms", self.terms)

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Array]) -> "Phrases":
        """Take over what `to_arrays` gave.

        Raises
        ------
        InputError
            An array is missing or does not fit the others.
        """
        try:
            lexicon, names = restored_lexicon(arrays), restored_names(arrays)
            senses = restored_senses(arrays, len(names.condition_start) - 1)
            return cls(lexicon, names, senses, restored_terms(arrays))
        except KeyError as error:
            raise InputError(f"arrays must hold {error}") from None


@cache
def default_phrases() -> Phrases:
    """Return the lexicon, gazetteer and terms of ``seeds/``, compiled once a process."""
    return compile_phrases()


def compile_phrases(lexicon: str | Path | None = None, actors: str | Path | None = None) -> Phrases:
    """Compile the lexicon and gazetteer of ``seeds/`` with entries of one's own added or put in their place.

    Parameters
    ----------
    lexicon : path, optional
        A file like ``seeds/lexicon.tsv``.
    actors : path, optional
        A file like ``seeds/actors.jsonl``.
    """
    entries = load_lexicon() + (load_lexicon(lexicon) if lexicon is not None else [])
    own = load_actors(actors) if actors is not None else []
    return Phrases(compile_lexicon(entries), *compile_actors(load_actors(), own), compile_terms(load_terms()))


def _chunks(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    start = size = 0
    for row, text in enumerate(texts):
        if row > start and (size + len(text) > CHUNK or row - start == CHUNK_ROWS):
            yield start, row
            start, size = row, 0
        size += len(text)
    if start < len(texts):
        yield start, len(texts)
