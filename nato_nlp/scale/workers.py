"""Work done ahead and beside: a reading thread, threads or processes that tag, results in order.

Processes are started by a plain command and speak through pipes: a script needs no ``if __name__ == "__main__"``, and when
the parent dies, however it dies, its workers read the end of their input and end as well.
"""

import os
import pickle
import signal
import struct
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Full, Queue, SimpleQueue
from threading import Event, Thread
from types import TracebackType
from typing import IO, Any, Generic, Self, TypeVar

from nato_nlp._validate import must_be
from nato_nlp.errors import NatoNlpError

T = TypeVar("T")
R = TypeVar("R")
LENGTH = struct.Struct("<Q")
COMMAND = "import sys; sys.path[:] = sys.argv[1:]; from nato_nlp.scale.workers import serve; serve()"
PATIENCE = 5.0  # seconds that a worker gets to end
CHECK = 0.1  # seconds after which a thread that waits looks whether it is still wanted


class WorkerError(NatoNlpError, RuntimeError):
    """A worker process ended before its work was done."""


def count_of(workers: int | None) -> int:
    """Return how many workers there are: None is one for each core that this process may use.

    Raises
    ------
    InputError
        Not None and no int from 1 on.
    """
    if workers is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 1:
        raise must_be("workers", "None or an int from 1 on", workers)
    return workers


class Crew:
    """Some threads, each with a process of its own where the work is Python, that apply one function.

    Parameters
    ----------
    function : callable
        Takes one item; for processes it and its items can be pickled, and each process gets it once.
    count : int
    processes : bool
    """

    def __init__(self, function: Callable[[Any], Any], count: int, *, processes: bool) -> None:
        self.count = count
        self._function = function
        self._pool = ThreadPoolExecutor(count, "nato-nlp-tag")
        self._all: list[_Process] = []
        self._idle: SimpleQueue[_Process] = SimpleQueue()
        if processes:
            blob = pickle.dumps(function)
            for _ in range(count):
                self._all.append(_Process(blob))
                self._idle.put(self._all[-1])

    def map(self, items: Iterable[T], send: Callable[[T], Any]) -> Iterator[tuple[T, Any]]:
        """Yield each item with the result for what it sends, in order; a bounded number is under way."""
        pending: deque[tuple[T, Future[Any]]] = deque()
        try:
            for item in items:
                pending.append((item, self._pool.submit(self._apply, send(item))))
                if len(pending) > 2 * self.count:
                    yield _done(pending)
            while pending:
                yield _done(pending)
        finally:
            for _, future in pending:
                future.cancel()

    def _apply(self, item: Any) -> Any:
        if not self._all:
            return self._function(item)
        process = self._idle.get()
        try:
            return process.ask(item)
        finally:
            self._idle.put(process)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:  # nobody waits for what is under way
            for process in self._all:
                process.kill()
        self._pool.shutdown(cancel_futures=True)
        for process in self._all:
            process.close()


def _done(pending: deque[tuple[T, Future[Any]]]) -> tuple[T, Any]:
    item, future = pending.popleft()
    return item, future.result()


class _Process:
    """The parent's end of a worker process."""

    def __init__(self, blob: bytes) -> None:
        command = [sys.executable, "-c", COMMAND, *sys.path]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._blob: bytes | None = blob

    def ask(self, item: Any) -> Any:
        """Let the worker work on an item.

        Raises
        ------
        WorkerError
            The process is gone.
        """
        try:
            if self._blob is not None:
                _send(self._process.stdin, self._blob)
                self._blob = None
            _send(self._process.stdin, pickle.dumps(item))
            ok, result = pickle.loads(_receive(self._process.stdout))
        except (OSError, EOFError, ValueError) as error:
            status = self._process.wait(PATIENCE)
            raise WorkerError(
                f"a worker process must live until its work is done, got one that ended with status {status}"
                " (the system ends processes when memory runs out: fewer workers need less)"
            ) from error
        if not ok:
            raise result
        return result

    def kill(self) -> None:
        """End the process now."""
        self._process.kill()

    def close(self) -> None:
        """Let the process end."""
        for stream in (self._process.stdin, self._process.stdout):
            try:
                if stream is not None:
                    stream.close()
            except OSError:  # what was still to be sent to a process that is gone
                continue
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _send(stream: IO[bytes] | None, blob: bytes) -> None:
    assert stream is not None
    stream.write(LENGTH.pack(len(blob)))
    stream.write(blob)
    stream.flush()


def _receive(stream: IO[bytes] | None) -> bytes:
    assert stream is not None
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        raise EOFError
    size = LENGTH.unpack(head)[0]
    blob = stream.read(size)
    if len(blob) < size:
        raise EOFError
    return blob


def serve() -> None:
    """Run a worker process: read a function, then items; write a result for each. Ends with its input."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent is told, and ends its workers
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever prints must not get between the answers
    try:
        function = pickle.loads(_receive(sys.stdin.buffer))
        while True:
            item = pickle.loads(_receive(sys.stdin.buffer))
            try:
                answer = (True, function(item))
            except Exception as error:
                answer = (False, error)
            _send(answers, pickle.dumps(answer))
    except (EOFError, BrokenPipeError):
        os._exit(0)  # the parent has gone, or needs nothing more


class Ahead(Generic[T]):
    """An iterator that a thread runs ahead of whoever takes from it.

    Parameters
    ----------
    items : iterator
    most : int
        Items that may wait.
    """

    def __init__(self, items: Iterator[T], most: int) -> None:
        self._items = items
        self._waiting: Queue[tuple[bool, Any]] = Queue(most)
        self._unwanted = Event()
        self._thread = Thread(target=self._run, name="nato-nlp-read", daemon=True)

    def _run(self) -> None:
        try:
            for item in self._items:
                if not self._put((True, item)):
                    return
            self._put((False, None))
        except BaseException as error:  # raised where the items are taken
            self._put((False, error))

    def _put(self, entry: tuple[bool, Any]) -> bool:
        while not self._unwanted.is_set():
            try:
                self._waiting.put(entry, timeout=CHECK)
            except Full:
                continue
            return True
        return False

    def __iter__(self) -> Iterator[T]:
        while True:
            there, item = self._waiting.get()
            if there:
                yield item
            elif item is None:
                return
            else:
                raise item

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._unwanted.set()
        self._thread.join()
