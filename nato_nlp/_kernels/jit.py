"""How kernels are compiled and kept."""

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numba import config, njit

# Arrays are not reference-counted inside (_nrt): kernels make none, and the counting took half of their time.
OPTIONS = {"nogil": True, "error_model": "numpy", "_nrt": False}


SHARED = (
    "emitting.py",
    "jit.py",
    "layout.py",
    "lookup.py",
    "pair_frame.py",
    "phrases.py",
    "scores.py",
    "sorting.py",
)  # files whose functions are compiled into kernels of other files


@cache
def sources_digest(file: str) -> str:
    """Return a digest of a file with kernels and of those that it shares with others."""
    digest = hashlib.sha256(Path(file).read_bytes())
    for name in SHARED:
        digest.update(Path(file).with_name(name).read_bytes())
    return digest.hexdigest()


def kernel(function: Callable[..., Any]) -> Any:
    """Compile a function that is called from Python, and keep it on disk.

    Notes
    -----
    numba asks only whether the file of this very function has changed, by its date. Kernels share helpers across files, and
    installers may keep dates: a digest of the sources decides instead. Where numba is switched off, hashes wrap around
    without NumPy's warning.
    """
    try:
        compiled = njit(cache=True, **OPTIONS)(function)
    except RuntimeError:  # neither the package's folder nor the user's can be written: compiled anew in each process
        compiled = njit(**OPTIONS)(function)
    if config.DISABLE_JIT:
        return np.errstate(over="ignore")(compiled)
    kept = getattr(getattr(compiled, "_cache", None), "_cache_file", None)
    if kept is not None and hasattr(kept, "_source_stamp"):
        kept._source_stamp = sources_digest(function.__code__.co_filename)
    return compiled


def inlined(function: Callable[..., Any]) -> Any:
    """Compile a helper into each of its callers: calls would pass dozens of array fields."""
    return njit(forceinline=True, **OPTIONS)(function)


def helper(function: Callable[..., Any]) -> Any:
    """Compile a helper that is called seldom enough to stay a call."""
    return njit(**OPTIONS)(function)
