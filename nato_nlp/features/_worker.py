"""One thread's room for counting, weighing or scoring rows: makes more when it runs out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nato_nlp._kernels.cache import announce
from nato_nlp._kernels.layout import (
    ROWS,
    SCORES,
    Output,
    Plan,
    Spans,
    Text,
    enlarged,
    new_pieces,
    new_scoring,
    new_scratch,
    new_spans,
    new_sums,
    new_tally,
    new_tokens,
    new_trie,
    power_of_two,
    widths,
)
from nato_nlp.features import _vocabulary
from nato_nlp.features._letters import CODE_POINTS, COMMON, letters
from nato_nlp.features._vocabulary import Block, Growth

MAX_PIECES = 1 << 16  # slots of the memory of pieces: 4 MB, and 13 MB of what they add to two dozen scores
MAX_ENTRIES = 1 << 17  # entries of the matrix that a kernel writes before they are gathered
START_ROOM = 1 << 10  # nodes of a row, occurrences of a chunk
ALL_NODES = 2**31 - 1
BEYOND_COMMON = 0xE3  # the first UTF-8 byte of code points from U+3000 on is not below
NORMS = {None: 0, "l1": 1, "l2": 2}
NO_WEIGHTS = np.zeros((0, 0), np.float32)

Floats = npt.NDArray[np.float64]
Weights = npt.NDArray[np.float32]
Part = tuple[npt.NDArray[np.int64], npt.NDArray[np.int32], npt.NDArray[np.float64]]


@dataclass(frozen=True)
class Settings:
    """The parameters of `NgramTfidf` that a pass needs."""

    word: tuple[int, int] | None
    char: tuple[int, int] | None
    lowercase: bool
    binary: bool
    sublinear_tf: bool
    use_idf: bool
    norm: str | None
    dtype: Any

    def weights(self) -> npt.NDArray[np.float64]:
        """Return what each count from 0 to 255 contributes, before idf."""
        counts = np.arange(256.0)
        if self.binary:
            counts[1:] = 1.0
        if self.sublinear_tf:
            counts[1:] = np.log(counts[1:]) + 1.0
        return counts

    def plan(self, blocks: Sequence[Growth | Block], emit: int) -> Plan:
        """Return the kernels' view of the parameters."""
        sizes = {block.name: ALL_NODES if isinstance(block, Growth) else block.size for block in blocks}
        return Plan(
            *(self.word or (0, 0)),
            *(self.char or (0, 0)),
            sizes.get("word", 0),
            sizes.get("char", 0),
            int(any(isinstance(block, Growth) for block in blocks)),
            emit,
            int(self.sublinear_tf),
            int(self.binary),
            NORMS[self.norm],
            _vocabulary.MASK,
        )


class Worker:
    """What one thread needs to count rows.

    Parameters
    ----------
    blocks : sequence of Growth or Block
        A `Growth` takes up new terms and adds up documents; a `Block` gives what ``emit`` says.
    settings : Settings
    emit : int
        `DOCUMENTS`, `ROWS` or `SCORES`.
    size : int
        Characters of text to come: they decide how much room is worth having.
    weights : ndarray of shape (V, K), float32
        Of the heads whose scores are wanted.
    """

    def __init__(
        self,
        blocks: Sequence[Growth | Block],
        settings: Settings,
        emit: int,
        size: int,
        weights: Weights = NO_WEIGHTS,
    ) -> None:
        announce("count_rows")
        self.settings = settings
        self.plan = settings.plan(blocks, emit)
        found = {block.name: block for block in blocks}
        nothing = {name: Block(name, (0, 0), 0, new_trie(1), new_tokens(1, 1), None) for name in ("word", "char")}
        self.blocks = [found.get(name, nothing[name]) for name in ("word", "char")]
        self.sums = [
            block.sums if isinstance(block, Growth) else new_sums(0 if emit else block.size) for block in self.blocks
        ]
        slots = piece_slots(size)
        self.pieces = new_pieces(slots, slots * (30 if settings.char else 2))
        self.scoring = new_scoring(weights, slots if emit == SCORES else 0)
        self.tallies = [new_tally(START_ROOM), new_tally(START_ROOM)]
        self.spans = [new_spans(START_ROOM), new_spans(START_ROOM)]
        self.documents = 0
        self.scratch = new_scratch(0, 0)
        self.weights = settings.weights()
        self.idf = [self._idf(block) for block in self.blocks]
        self.output = self._room(0, min(MAX_ENTRIES, max(1024, 8 * size)))

    def _idf(self, block: Growth | Block) -> npt.NDArray[np.float64]:
        if self.plan.emit not in (ROWS, SCORES) or isinstance(block, Growth):
            return np.ones(0)
        return np.ones(block.size) if block.idf is None else np.require(block.idf, np.float64, ["C", "W"])

    def _room(self, rows: int, entries: int) -> Output:
        indptr, filled = np.zeros(rows + 1, np.int64), np.zeros(1, np.int64)
        return Output(indptr, np.empty(entries, np.int32), np.empty(entries), filled, self.weights, *self.idf)

    def run(self, text: Text) -> Iterator[Part]:
        """Count rows; yield the entries of each, their columns and weights, in views that the next step overwrites."""
        from nato_nlp._kernels.counting import count_rows

        row, rows = 0, len(text.rows) - 1
        self._fit(text)
        table = self._letters(text)
        while row < rows:
            word, char = self.blocks
            room = (self.pieces, *self.tallies, self.scratch, *self.sums, self.documents, self.output, self.scoring)
            done = count_rows(text, row, rows, table, self.plan, word.tokens, word.trie, char.trie, *room)
            if self.plan.emit == ROWS:
                filled = int(self.output.filled[0])
                self.output.filled[0] = 0
                counts = widths(self.output.indptr[row + 1 : done + 1])
                yield counts, self.output.indices[:filled], self.output.data[:filled]
            if done < rows:
                self._make_room(done > row)
            row = int(done)
        self.documents += rows

    def score(self, text: Text, out: Floats) -> None:
        """Write the scores of rows to out, shape (rows, K)."""
        self.scoring = self.scoring._replace(out=out)
        for _ in self.run(text):
            pass  # a pass for scores yields nothing

    def locate(self, text: Text) -> npt.NDArray[np.int64]:
        """Return each occurrence of each term as row, column, start, end; shape (occurrences, 4)."""
        from nato_nlp._kernels.places import locate_rows

        row, rows = 0, len(text.rows) - 1
        self._fit(text)
        table = self._letters(text)
        word, char = self.blocks
        while row < rows:
            row = locate_rows(
                text, row, rows, table, self.plan, word.tokens, word.trie, char.trie, self.scratch, *self.spans
            )
            self.spans = [self._wider(spans) if spans.size[1] else spans for spans in self.spans]
        found = [spans.found[: spans.size[0]].copy() for spans in self.spans]
        found[1][:, 1] += self.plan.word_terms
        for spans in self.spans:
            spans.size[0] = 0
        return np.concatenate(found)

    def _wider(self, spans: Spans) -> Spans:
        wider = Spans(enlarged(spans.found, 2 * len(spans.found)), spans.size)
        wider.size[1] = 0
        return wider

    def _letters(self, text: Text) -> npt.NDArray[np.uint32]:
        beyond = len(text.data) and text.data.max() >= BEYOND_COMMON
        return letters(self.settings.lowercase, CODE_POINTS if beyond else COMMON)

    def _fit(self, text: Text) -> None:
        longest = int(np.diff(text.cuts[text.rows]).max(initial=0))
        segments = int(np.diff(text.rows).max(initial=0))
        if longest + 1 > len(self.scratch.codes) or longest // 2 + segments + 2 > len(self.scratch.row_nodes):
            self.scratch = new_scratch(2 * longest, 2 * segments)
        if len(text.rows) > len(self.output.indptr):
            self.output = self._room(len(text.rows), len(self.output.indices))

    def _make_room(self, moved: bool) -> None:
        full = [block for block in self.blocks if block.trie.size[1] or block.tokens.size[1]]
        for block in full:
            assert isinstance(block, Growth)
            block.make_room()
        if full:
            self.sums = [
                block.sums if isinstance(block, Growth) else sums
                for block, sums in zip(self.blocks, self.sums, strict=True)
            ]
        tight = any(tally.size[1] for tally in self.tallies)
        self.tallies = [new_tally(2 * len(tally.found)) if tally.size[1] else tally for tally in self.tallies]
        if not (moved or full or tight):
            self.output = self._room(len(self.output.indptr), 2 * len(self.output.indices))


def piece_slots(size: int) -> int:
    """Return how many slots the memory of pieces has for texts of so many characters."""
    return min(MAX_PIECES, power_of_two(max(256, size // 16)))
