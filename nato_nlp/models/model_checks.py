"""What the header and the heads of a model file may hold, so that a model that loads also tags: nothing fails later."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from nato_nlp._validate import must_be, one_of
from nato_nlp.errors import InputError

LARGEST = 1e9  # no weight or scale is larger; products of some of them stay far below the largest float
LONGEST_NGRAM = 1000  # words or characters
DEEPEST = 32  # levels of the header as JSON: what Python can read it can also write
FLAGS = ("lowercase", "binary", "sublinear_tf", "use_idf", "smooth_idf")
DTYPES = ("float32", "float64")


def check_depth(value: Any, left: int = DEEPEST) -> None:
    """Raise `InputError` when JSON is nested deeper than `DEEPEST` levels."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if inside and not left:
        raise InputError(f"the header must be nested at most {DEEPEST} levels deep")
    for item in inside:
        check_depth(item, left - 1)


def check_number(name: str, value: Any, low: float = 1 / LARGEST) -> float:
    """Return a number from ``low`` to `LARGEST` as a float."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= LARGEST:
        raise must_be(name, f"a number from {low:g} to {LARGEST:g}", value)
    return float(value)


def check_names(name: str, values: Any) -> tuple[str, ...]:
    """Return different strings that are text: no lone surrogate, which no output could hold."""
    if not isinstance(values, list) or not all(isinstance(value, str) and _is_text(value) for value in values):
        raise must_be(name, "a list of strings", values)
    if len(set(values)) != len(values):
        raise must_be(name, "different strings", values)
    return tuple(values)


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def check_scales(settings: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Return the scales of features; other names are refused."""
    known = tuple(names)
    for name in settings:
        if name not in known:
            raise must_be("features", f"settings {one_of(known)}", name)
    return {name: check_number(name, value) for name, value in settings.items()}


def check_ngrams(settings: Any) -> dict[str, Any]:
    """Return the parameters of `NgramTfidf`; refused are those that would fail, hang or start threads in use.

    Raises
    ------
    InputError
        A flag that is no bool, n-grams of more than `LONGEST_NGRAM` parts, a type of floats that is not known, a fixed
        vocabulary, threads.
    """
    if not isinstance(settings, dict):
        raise must_be("features.ngrams", "an object", settings)
    for name in FLAGS:
        if not isinstance(settings.get(name, True), bool):
            raise must_be(name, "true or false", settings[name])
    for name in ("vocabulary", "n_jobs"):
        if settings.get(name) is not None:
            raise must_be(name, "null", settings[name])
    if settings.get("dtype", "float64") not in DTYPES:
        raise must_be("dtype", one_of(DTYPES), settings["dtype"])
    ranges = {name: _check_range(name, settings[name]) for name in ("word", "char") if settings.get(name) is not None}
    return settings | ranges


def _check_range(name: str, value: Any) -> tuple[int, int]:
    whole = isinstance(value, list) and [type(n) for n in value] == [int, int]
    if not whole or not 1 <= value[0] <= value[1] <= LONGEST_NGRAM:
        raise must_be(name, f"two whole numbers from 1 to {LONGEST_NGRAM}", value)
    return value[0], value[1]


def check_floats(name: str, array: npt.NDArray[Any], shape: tuple[int, ...]) -> npt.NDArray[Any]:
    """Return an array of floats of a shape, each from -`LARGEST` to `LARGEST`."""
    if array.shape != shape or array.dtype.kind != "f":
        raise InputError(f"{name} must hold floats of shape {shape}, got {array.dtype} of {array.shape}")
    # NaN is not below anything
    if not (np.abs(array) <= LARGEST).all():
        raise InputError(f"{name} must hold finite numbers from -{LARGEST:g} to {LARGEST:g}")
    return array
