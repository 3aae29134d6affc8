"""Drives the kernels over texts: gathers rows or scores, gives chunks to threads."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from nato_nlp._kernels.layout import DOCUMENTS, PIECE_FIELDS, ROWS, SCORES, Text
from nato_nlp.features._rows import Rows, chunks
from nato_nlp.features._vocabulary import Block, Growth
from nato_nlp.features._worker import NO_WEIGHTS, Floats, Part, Settings, Weights, Worker, piece_slots

MAX_IDLE = 1 << 19  # characters of a row; what a worker needs for longer ones is not kept
SPARE = 1.1  # how much more room is taken than the rows so far let expect
Item = TypeVar("Item")
Result = TypeVar("Result")


class Workers:
    """Workers of fitted blocks that wait for the next texts: they still know the words that recur.

    Parameters
    ----------
    blocks : sequence of Block
    settings : Settings
    weights : ndarray of shape (V, K), optional
        Of linear heads: the workers then give scores and no rows.

    Notes
    -----
    Calls from several threads take different workers. A copy or pickle begins without any.
    """

    def __init__(self, blocks: Sequence[Block], settings: Settings, weights: Weights | None = None) -> None:
        self.blocks = blocks
        self.settings = settings
        self.weights = weights
        self._own = NO_WEIGHTS if weights is None else np.require(weights, np.float32, ["C", "W"])
        self.idle: list[Worker] = []

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "idle": [], "weights": None, "_own": NO_WEIGHTS}

    def take(self, size: int) -> Worker:
        """Return a worker with room for texts of so many characters."""
        try:
            worker = self.idle.pop()
        except IndexError:
            return self._new(size)
        fits = len(worker.pieces.slots) >= PIECE_FIELDS * piece_slots(size)
        return worker if fits else self._new(size)

    def _new(self, size: int) -> Worker:
        return Worker(self.blocks, self.settings, ROWS if self.weights is None else SCORES, size, self._own)

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
    worker = Worker(blocks, settings, DOCUMENTS, _size(rows))
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

    def work(worker: Worker, bounds: tuple[int, int]) -> list[Part]:
        parts = worker.run(rows.text(*bounds, settings.lowercase))
        return [(widths, indices.copy(), data.astype(settings.dtype)) for widths, indices, data in parts]

    for parts in _threaded(threads, _size(rows), workers, ranges, work):
        for part in parts:
            gathered.add(part)
    return gathered.finish()


def score(texts: Iterable[tuple[int, Text]], size: int, workers: Workers, n_jobs: int, out: Floats) -> None:
    """Write the scores of texts, each with the number of its first row, to out, shape (n, K).

    Parameters
    ----------
    texts : iterable
        Taken one after the other, a few more than there are threads at a time.
    size : int
        Characters of all of them.
    workers : Workers
        With weights.
    n_jobs : int
    out : ndarray
    """
    if n_jobs <= 1:
        worker = workers.take(size)
        for start, text in texts:
            worker.score(text, out[start : start + len(text.rows) - 1])
        workers.give(worker)
        return
    for _ in _threaded(
        n_jobs, size, workers, texts, lambda worker, job: worker.score(job[1], out[job[0] :][: len(job[1].rows) - 1])
    ):
        pass  # each thread writes rows of its own


def locate(rows: Rows, blocks: Sequence[Block], settings: Settings) -> npt.NDArray[np.int64]:
    """Return each occurrence of each term as row, column, start, end, sorted; shape (occurrences, 4)."""
    worker = Worker(blocks, settings, ROWS, 0)
    parts = []
    for start, stop in chunks(rows):
        found = worker.locate(rows.text(start, stop, settings.lowercase))
        found[:, 0] += start
        parts.append(found[np.lexsort((found[:, 1], found[:, 3], found[:, 2], found[:, 0]))])
    return np.concatenate(parts) if parts else np.empty((0, 4), np.int64)


def _size(rows: Rows) -> int:
    return int(rows.ends[-1]) if len(rows.ends) else 0


def _threaded(
    threads: int, size: int, workers: Workers, items: Iterable[Item], work: Callable[[Worker, Item], Result]
) -> Iterator[Result]:
    """Yield what is made of each item, in order; few are under way at a time, so that results do not pile up."""
    free: SimpleQueue[Worker] = SimpleQueue()
    for _ in range(threads):
        free.put(workers.take(size // threads))

    def task(item: Item) -> Result:
        worker = free.get()
        try:
            return work(worker, item)
        finally:
            free.put(worker)

    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[Result]] = deque()
        for item in items:
            waiting.append(pool.submit(task, item))
            if len(waiting) > 2 * threads:
                yield waiting.popleft().result()
        for future in waiting:
            yield future.result()
    for _ in range(threads):
        workers.give(free.get())
