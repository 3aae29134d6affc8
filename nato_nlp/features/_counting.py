"""Drives the kernels over texts: makes room when it runs out, gathers rows, gives chunks to threads."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any

import numpy as np
import numpy.typing as npt

from nato_nlp._kernels.cache import announce
from nato_nlp._kernels.layout import (
    PIECE_FIELDS,
    Output,
    Plan,
    Spans,
    Text,
    enlarged,
    new_pieces,
    new_scratch,
    new_spans,
    new_sums,
    new_tally,
    new_tokens,
    new_trie,
    power_of_two,
)
from nato_nlp.features import _vocabulary
from nato_nlp.features._letters import CODE_POINTS, COMMON, letters
from nato_nlp.features._rows import Rows, chunks
from nato_nlp.features._vocabulary import Block, Growth

MAX_PIECES = 1 << 16  # slots of the memory of pieces: 4 MB
MAX_IDLE = 1 << 19  # characters of a row; what a worker needs for longer ones is not kept
MAX_ENTRIES = 1 << 17  # entries of the matrix that a kernel writes before they are gathered
START_ROOM = 1 << 10  # nodes of a row, occurrences of a chunk
ALL_NODES = 2**31 - 1
BEYOND_COMMON = 0xE3  # the first UTF-8 byte of code points from U+3000 on is not below
SPARE = 1.1  # how much more room is taken than the rows so far let expect
NORMS = {None: 0, "l1": 1, "l2": 2}

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

    def plan(self, blocks: Sequence[Growth | Block], emit: bool) -> Plan:
        """Return the kernels' view of the parameters."""
        sizes = {block.name: ALL_NODES if isinstance(block, Growth) else block.size for block in blocks}
        return Plan(
            *(self.word or (0, 0)),
            *(self.char or (0, 0)),
            sizes.get("word", 0),
            sizes.get("char", 0),
            int(any(isinstance(block, Growth) for block in blocks)),
            int(emit),
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
        A `Growth` takes up new terms and adds up documents; a `Block` gives rows, or documents when ``emit`` is False.
    settings : Settings
    emit : bool
        Whether rows are wanted.
    size : int
        Characters of text to come: they decide how much room is worth having.
    """

    def __init__(self, blocks: Sequence[Growth | Block], settings: Settings, emit: bool, size: int) -> None:
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
        self.tallies = [new_tally(START_ROOM), new_tally(START_ROOM)]
        self.spans = [new_spans(START_ROOM), new_spans(START_ROOM)]
        self.documents = 0
        self.scratch = new_scratch(0, 0)
        self.weights = settings.weights()
        self.idf = [self._idf(block) for block in self.blocks]
        self.output = self._room(0, min(MAX_ENTRIES, max(1024, 8 * size)))

    def _idf(self, block: Growth | Block) -> npt.NDArray[np.float64]:
        if not self.plan.emit or isinstance(block, Growth):
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
            room = (self.pieces, *self.tallies, self.scratch, *self.sums, self.documents, self.output)
            done = count_rows(text, row, rows, table, self.plan, word.tokens, word.trie, char.trie, *room)
            if self.plan.emit:
                filled = int(self.output.filled[0])
                self.output.filled[0] = 0
                widths = np.diff(self.output.indptr[row + 1 : done + 1], prepend=0)
                yield widths, self.output.indices[:filled], self.output.data[:filled]
            if done < rows:
                self._make_room(done > row)
            row = int(done)
        self.documents += rows

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


class Workers:
    """Workers of fitted blocks that wait for the next texts: they still know the words that recur.

    Parameters
    ----------
    blocks : sequence of Block
    settings : Settings

    Notes
    -----
    Calls from several threads take different workers. A copy or pickle begins without any.
    """

    def __init__(self, blocks: Sequence[Block], settings: Settings) -> None:
        self.blocks = blocks
        self.settings = settings
        self.idle: list[Worker] = []

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "idle": []}

    def take(self, size: int) -> Worker:
        """Return a worker with room for texts of so many characters."""
        try:
            worker = self.idle.pop()
        except IndexError:
            return Worker(self.blocks, self.settings, True, size)
        fits = len(worker.pieces.slots) >= PIECE_FIELDS * piece_slots(size)
        return worker if fits else Worker(self.blocks, self.settings, True, size)

    def give(self, worker: Worker) -> None:
        """Take a worker back that did all it was asked for, unless a huge row made it huge."""
        if len(worker.scratch.codes) <= MAX_IDLE:
            self.idle.append(worker)


class Gathered:
    """Rows of a matrix in arrays that grow in place: nothing is held twice.

    Parameters
    ----------
    ends : ndarray of shape (rows,), int64
        Running sums of the lengths of the texts: they let expect how many entries are to come.
    dtype : dtype
        Of the weights.
    """

    def __init__(self, ends: npt.NDArray[np.int64], dtype: Any) -> None:
        self.ends = ends
        self.widths = np.zeros(len(ends) + 1, np.int64)
        self.indices = np.empty(0, np.int32)
        self.data = np.empty(0, dtype)
        self.rows = 0
        self.filled = 0

    def add(self, part: Part) -> None:
        """Add rows."""
        widths, indices, data = part
        end = self.filled + len(indices)
        if end > len(self.indices):
            done = int(self.ends[self.rows + len(widths) - 1]) + 1 if len(widths) else 1
            self._resize(int(end * (self.ends[-1] + 1) / done * SPARE))
        self.widths[self.rows + 1 : self.rows + 1 + len(widths)] = widths
        self.indices[self.filled : end] = indices
        self.data[self.filled : end] = data
        self.rows += len(widths)
        self.filled = end

    def _resize(self, size: int) -> None:
        if not len(self.indices):  # pages that are never written cost nothing, but resize would write them
            self.indices, self.data = np.empty(size, np.int32), np.empty(size, self.data.dtype)
        else:
            self.indices.resize(size, refcheck=False)
            self.data.resize(size, refcheck=False)

    def finish(self) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]:
        """Return indptr, indices and data; 32-bit integers when they do."""
        self._resize(self.filled)
        indptr = np.cumsum(self.widths, out=self.widths)
        if self.filled > np.iinfo(np.int32).max:
            return indptr, self.indices.astype(np.int64), self.data
        return indptr.astype(np.int32), self.indices, self.data


def count_documents(
    rows: Rows, blocks: Sequence[Growth | Block], settings: Settings, before: int
) -> list[npt.NDArray[np.int64]]:
    """Return the documents of each term of the blocks; a `Growth` takes up new terms and keeps its own sums.

    ``before`` documents were counted by earlier calls.
    """
    worker = Worker(blocks, settings, False, _size(rows))
    worker.documents = before
    for start, stop in chunks(rows):
        for _ in worker.run(rows.text(start, stop, settings.lowercase)):
            pass  # a pass without rows to emit yields nothing
    return [
        sums[:, 0]
        for block, sums in zip(worker.blocks, worker.sums, strict=True)
        if isinstance(block, Block) and block.size
    ]


@dataclass
class State:
    """What was counted so far: blocks that grow or are fixed, documents of each fixed term, number of documents."""

    blocks: list[Growth | Block]
    fixed: list[npt.NDArray[np.int64]]
    n: int = 0

    def add(self, rows: Rows, settings: Settings) -> None:
        """Count more texts."""
        found = count_documents(rows, self.blocks, settings, self.n)
        self.n += len(rows.ends)
        self.fixed = [a + b for a, b in zip(self.fixed, found, strict=True)] if self.fixed else found

    def df(self) -> list[npt.NDArray[np.int64]]:
        """Return the documents of each node or fixed term."""
        if self.fixed:
            return self.fixed
        return [block.sums[:, 0] for block in self.blocks if isinstance(block, Growth)]


def weigh(rows: Rows, workers: Workers, n_jobs: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]:
    """Return indptr, indices and data of the weighted rows."""
    settings = workers.settings
    gathered = Gathered(rows.ends, settings.dtype)
    ranges = list(chunks(rows))
    threads = min(n_jobs, len(ranges))
    if threads <= 1:
        worker = workers.take(_size(rows))
        for start, stop in ranges:
            for part in worker.run(rows.text(start, stop, settings.lowercase)):
                gathered.add(part)
        workers.give(worker)
        return gathered.finish()
    for parts in _threaded(rows, workers, threads, ranges):
        for part in parts:
            gathered.add(part)
    return gathered.finish()


def locate(rows: Rows, blocks: Sequence[Block], settings: Settings) -> npt.NDArray[np.int64]:
    """Return each occurrence of each term as row, column, start, end, sorted; shape (occurrences, 4)."""
    worker = Worker(blocks, settings, True, 0)
    parts = []
    for start, stop in chunks(rows):
        found = worker.locate(rows.text(start, stop, settings.lowercase))
        found[:, 0] += start
        parts.append(found[np.lexsort((found[:, 1], found[:, 3], found[:, 2], found[:, 0]))])
    return np.concatenate(parts) if parts else np.empty((0, 4), np.int64)


def _size(rows: Rows) -> int:
    return int(rows.ends[-1]) if len(rows.ends) else 0


def _threaded(rows: Rows, workers: Workers, threads: int, ranges: list[tuple[int, int]]) -> Iterator[list[Part]]:
    """Yield the parts of each range in order; few ranges are under way at a time, so that results do not pile up."""
    free: SimpleQueue[Worker] = SimpleQueue()
    settings = workers.settings
    for _ in range(threads):
        free.put(workers.take(_size(rows) // threads))

    def work(start: int, stop: int) -> list[Part]:
        worker = free.get()
        try:
            text = rows.text(start, stop, settings.lowercase)
            return [(widths, indices.copy(), data.astype(settings.dtype)) for widths, indices, data in worker.run(text)]
        finally:
            free.put(worker)

    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[list[Part]]] = deque()
        for bounds in ranges:
            waiting.append(pool.submit(work, *bounds))
            if len(waiting) > 2 * threads:
                yield waiting.popleft().result()
        for future in waiting:
            yield future.result()
    for _ in range(threads):
        workers.give(free.get())
