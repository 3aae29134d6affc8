"""Where the compiled kernels lie on disk, and whether they are there."""

import os
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

NOTE = "nato_nlp: compiling its kernels; this happens once after installation and takes some ten seconds"


@dataclass(frozen=True)
class CacheState:
    """Place and state of the compiled kernels.

    Attributes
    ----------
    place : str or None
        Folder of the compiled code: that of the package, the user's cache, or ``NUMBA_CACHE_DIR``; None when none of them
        can be written, so that each process compiles anew, or when numba is switched off.
    compiled, missing : tuple of str
        Kernels that lie there, and those that will be compiled when first needed.
    size : int
        Bytes of the files.
    jit : bool
        False when ``NUMBA_DISABLE_JIT`` switches numba off.
    """

    place: str | None
    compiled: tuple[str, ...]
    missing: tuple[str, ...]
    size: int
    jit: bool


def _kernels() -> dict[str, Any]:
    from nato_nlp._kernels import counting, cues, lines, masking, pairs, phrases, places, scores, terms, tokens

    names = {
        counting: ("count_rows",),
        places: ("locate_rows",),
        lines: ("read_lines",),
        masking: ("mask_rows",),
        scores: ("row_scores",),
        cues: ("count_cues", "join_rows"),
        pairs: ("read_pairs",),
        phrases: ("fill_table", "hash_edges", "scan_rows"),
        tokens: ("hash_words", "read_tokens"),
        terms: ("index_nodes", "index_terms", "index_tokens", "spell_lengths", "spell_terms"),
    }
    return {name: getattr(module, name) for module, group in names.items() for name in group}


def cache_state() -> CacheState:
    """Look at the compiled kernels on disk; imports numba and compiles nothing.

    Examples
    --------
    >>> state = cache_state()
    >>> "count_rows" in state.compiled + state.missing
    True
    """
    from numba import config

    kernels = _kernels()
    places = {name: _place(kernel) for name, kernel in kernels.items()}
    files = {
        name: _files(name, kernel, place)
        for (name, place), kernel in zip(places.items(), kernels.values(), strict=True)
    }
    compiled = tuple(name for name, found in files.items() if found)
    return CacheState(
        place=next((str(place) for place in places.values() if place), None),
        compiled=compiled,
        missing=tuple(name for name in kernels if name not in compiled),
        size=sum(file.stat().st_size for found in files.values() for file in found),
        jit=not config.DISABLE_JIT,
    )


def _place(kernel: Any) -> Path | None:
    path = getattr(getattr(kernel, "stats", None), "cache_path", None)
    return Path(path) if path else None


def _files(name: str, kernel: Any, place: Path | None) -> list[Path]:
    if place is None or not place.is_dir():
        return []
    code = kernel.py_func.__code__
    version = f"py{sys.version_info.major}{sys.version_info.minor}"
    found = sorted(place.glob(f"{Path(code.co_filename).stem}.{name}-{code.co_firstlineno}.{version}*.nb[ci]"))
    return found if any(file.suffix == ".nbc" for file in found) else []


@cache
def announce(kernel: str) -> None:
    """Tell a person who waits at a terminal that a kernel is being compiled, if it is; once a process."""
    if sys.stderr.isatty() and os.environ.get("NUMBA_DISABLE_JIT") != "1" and kernel not in cache_state().compiled:
        print(NOTE, file=sys.stderr, flush=True)
