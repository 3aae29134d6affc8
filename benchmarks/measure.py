"""Clocks and memory: interleaved repeats, quartiles, peaks, and fresh processes."""

import ctypes
import gc
import multiprocessing
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

Clock = Callable[[], float]
STATUS, RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def seconds(call: Callable[[], object], clock: Clock = perf_counter) -> float:
    """Return how long a call takes; what it returns is released after the clock stopped."""
    gc.collect()
    start = clock()
    result = call()
    elapsed = clock() - start
    del result
    return elapsed


def interleave(
    calls: Mapping[Any, Callable[[], object]],
    repeats: int,
    clock: Clock = perf_counter,
    before: Callable[[Any], object] = lambda name: None,
) -> dict[Any, list[float]]:
    """Return ``repeats`` times (seconds) of each call, one round of all calls after the other.

    ``before`` gets the name of each call before the clock starts. A machine that slows down slows all of them alike. Each
    round begins with another call, so that none always runs after the same neighbour.
    """
    names = list(calls)
    times: dict[Any, list[float]] = {name: [] for name in names}
    for turn in range(repeats):
        shift = turn % max(1, len(names))
        for name in names[shift:] + names[:shift]:
            before(name)
            times[name].append(seconds(calls[name], clock))
    return times


def quartiles(values: Sequence[float]) -> tuple[float, float, float]:
    """Return lower quartile, median, upper quartile.

    Examples
    --------
    >>> quartiles([4.0, 1.0, 2.0, 3.0, 5.0])
    (2.0, 3.0, 4.0)
    """
    low, middle, high = np.percentile(np.asarray(values, float), [25, 50, 75]).tolist()
    return low, middle, high


def number(value: float) -> str:
    """Return a number with three significant digits.

    Examples
    --------
    >>> [number(x) for x in (0.01234, 1.5, 45.678, 123456.0)]
    ['0.0123', '1.50', '45.7', '123,456']
    """
    if value >= 100 or value == 0:
        return f"{value:,.0f}"
    digits = 2
    while value < 10 ** (2 - digits):
        digits += 1
    return f"{value:.{digits - 1 if value >= 10 else digits}f}"


def in_child(function: Callable[..., Any], *arguments: Any) -> Any:
    """Return what a function of a module returns in a fresh process, which imports everything anew."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(function, *arguments).result()


def peak_memory(call: Callable[[], Any]) -> tuple[Any, int | None]:
    """Return a call's result and by how many bytes the process grew at most during it, the result included.

    ``tracemalloc`` does not see what numba, Rust and C allocate, ``getrusage`` cannot forget an earlier peak, and a thread
    that samples ``/proc/self/statm`` stands still while a peer holds the interpreter's lock. So the system's own mark of
    the highest resident size is set back before the call (``/proc/self/clear_refs``) and read after it (``VmHWM``): no
    peak is missed. Memory that the process holds but does not use is given back first, else the call might fill it unseen.
    Linux only: elsewhere the number is None.
    """
    gc.collect()
    if not sys.platform.startswith("linux"):
        return call(), None
    ctypes.CDLL(None).malloc_trim(0)
    try:
        RESET.write_text("5", encoding="ascii")
    except OSError:  # some sandboxes forbid it
        return call(), None
    before = _status_bytes("VmRSS")
    result = call()
    return result, _status_bytes("VmHWM") - before


def _status_bytes(field: str) -> int:
    lines = STATUS.read_text(encoding="ascii", errors="replace").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{field}:"))
