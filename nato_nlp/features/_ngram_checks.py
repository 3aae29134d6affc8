"""What `NgramTfidf` accepts: its parameters, and arrays that describe its terms."""

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from nato_nlp._validate import check_option, must_be
from nato_nlp.errors import InputError
from nato_nlp.features._letters import encoded
from nato_nlp.features._vocabulary import Block, from_terms
from nato_nlp.features._worker import NORMS

MOST_PARTS = 1000  # words or characters of a stored term, or as many as the n-grams have with a region in front
REGION_PARTS = 16


def check_parameters(vectorizer: Any) -> None:
    """Raise `InputError` for a parameter out of range; see `NgramTfidf`."""
    wanted = {name: getattr(vectorizer, name) for name in ("word", "char") if getattr(vectorizer, name) is not None}
    if not wanted:
        raise must_be("word", "a pair of int when char is None", vectorizer.word)
    for name, ngrams in wanted.items():
        if not _is_pair(ngrams):
            raise must_be(name, "a pair of int with 1 <= first <= second", ngrams)
    for name in ("min_df", "max_df"):
        value = getattr(vectorizer, name)
        if not isinstance(value, int | float | np.number) or not _is_limit(value):
            raise must_be(name, "an int of at least 1 or a float from 0 to 1", value)
    if vectorizer.max_features is not None and not (
        isinstance(vectorizer.max_features, int | np.integer) and vectorizer.max_features >= 1
    ):
        raise must_be("max_features", "None or an int of at least 1", vectorizer.max_features)
    if vectorizer.norm is not None:
        check_option("norm", vectorizer.norm, [norm for norm in NORMS if norm])
    if np.dtype(vectorizer.dtype) not in (np.float32, np.float64):
        raise must_be("dtype", "float32 or float64", vectorizer.dtype)
    threads(vectorizer.n_jobs)


def threads(n_jobs: Any) -> int:
    """Return how many threads ``n_jobs`` stands for."""
    if n_jobs is None:
        return 1
    if isinstance(n_jobs, bool) or not isinstance(n_jobs, int | np.integer) or n_jobs == 0:
        raise must_be("n_jobs", "None or an int other than 0", n_jobs)
    return int(n_jobs) if n_jobs > 0 else max(1, (os.cpu_count() or 1) + 1 + int(n_jobs))


def restored_block(name: str, ngrams: tuple[int, int], arrays: Mapping[str, npt.NDArray[Any]], use_idf: bool) -> Block:
    """Return the block that arrays describe; see `NgramTfidf.from_arrays`."""
    raw = _row(arrays, f"{name}.terms", np.uint8)
    offsets = _row(arrays, f"{name}.offsets", np.integer).astype(np.int64)
    idf = _row(arrays, f"{name}.idf", np.floating) if use_idf else None
    if not len(offsets) or offsets[0] != 0 or offsets[-1] != len(raw) or (np.diff(offsets) <= 0).any():
        raise InputError(f"{name}.offsets must rise from 0 to {len(raw)}")
    begins = (raw & 0xC0) != 0x80
    try:
        codes = encoded(raw.tobytes().decode("utf-8", "surrogatepass"))
    except UnicodeDecodeError:
        raise InputError(f"{name}.terms must be UTF-8") from None
    if not begins[offsets[:-1]].all():
        raise InputError(f"{name}.offsets must not cut a character")
    offsets = np.concatenate([[0], np.cumsum(begins)])[offsets]
    spaces = (codes == ord(" ")).astype(np.int64)
    parts = np.diff(offsets) if name == "char" else 1 + np.add.reduceat(spaces, offsets[:-1])
    # terms are entered one part deeper at a time; those that are longer than the n-grams are never met
    if parts.max(initial=0) > (most := max(MOST_PARTS, ngrams[1] + REGION_PARTS)):
        raise InputError(f"{name}.terms must have at most {most} parts each, got one of {parts.max()}")
    block = from_terms(name, ngrams, offsets, codes)
    if block is None or (idf is not None and idf.shape != (block.size,)):
        raise InputError(f"{name}.terms must be {len(offsets) - 1} different terms with one idf each")
    return replace(block, idf=idf)


def _row(arrays: Mapping[str, npt.NDArray[Any]], name: str, kind: Any) -> npt.NDArray[Any]:
    """Return an array of one dimension and of a kind of numbers."""
    if name not in arrays:
        raise InputError(f"arrays must hold {name!r}, got {sorted(arrays)}")
    array = np.array(arrays[name])
    if array.ndim != 1 or not np.issubdtype(array.dtype, kind):
        expected = f"an array of one dimension and of type {kind.__name__}"
        raise must_be(name, expected, f"{array.dtype} of shape {array.shape}")
    return array


def _is_pair(value: Any) -> bool:
    if not isinstance(value, tuple | list) or len(value) != 2:
        return False
    return all(isinstance(n, int | np.integer) for n in value) and 1 <= value[0] <= value[1]


def _is_limit(value: Any) -> bool:
    return 0 <= value <= 1 if isinstance(value, float) else value >= 1
