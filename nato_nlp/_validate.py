"""Input checks and the one shape of their messages: ``NAME must be EXPECTED, got VALUE``."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from importlib import import_module
from itertools import islice
from typing import Any

from nato_nlp.errors import InputError, MissingExtraError

SHOWN = 60  # characters of an offending value that a message shows


def shorten(value: object, width: int = SHOWN) -> str:
    """Give the ``repr`` of a value, cut in the middle when it is longer than ``width`` characters.

    Examples
    --------
    >>> shorten("a" * 100, width=12)
    "'aaa...aaaa'"
    """
    # a long string is cut before repr, which may be four times as long
    if isinstance(value, str | bytes) and len(value) > 8 * width:
        text = repr(value[: 4 * width])[:-1] + repr(value[-4 * width :])[-4 * width :]
    else:
        text = repr(value)
    if len(text) <= width:
        return text
    left = (width - 3) // 2
    return f"{text[:left]}...{text[len(text) - (width - 3 - left) :]}"


def must_be(name: str, expected: str, value: object, *, where: str = "") -> InputError:
    """Build the error for a value that is not what was expected."""
    return InputError(f"{name} must be {expected}, got {shorten(value)}{where}")


def one_of(options: Iterable[str]) -> str:
    """Render options for a message, from the table that dispatches them.

    Examples
    --------
    >>> one_of(["stop", "skip"])
    "one of 'stop', 'skip'"
    """
    return "one of " + ", ".join(repr(option) for option in options)


def check_option(name: str, value: object, options: Iterable[str]) -> str:
    """Return ``value`` if it is one of the options, else raise `InputError`."""
    known = list(options)
    if value not in known:
        raise must_be(name, one_of(known), value)
    return str(value)


def check_texts(texts: Any, name: str = "texts") -> list[str]:
    """Return the texts as a list of str.

    Parameters
    ----------
    texts : iterable of str
        List, tuple, NumPy array, pandas or Polars series, Arrow array: anything whose items are str.
    name : str
        What the message calls them.

    Raises
    ------
    InputError
        A single string or bytes instead of a sequence; an item that is not a str (its index is named).
    """
    if isinstance(texts, str | bytes):
        raise must_be(name, "a sequence of str, one a sentence", texts)
    if hasattr(texts, "to_pylist"):
        texts = texts.to_pylist()
    try:
        items = list(texts)
    except TypeError:
        raise must_be(name, "a sequence of str, one a sentence", texts) from None
    for index, item in enumerate(items):
        if not isinstance(item, str):
            raise must_be(name, "a sequence of str", item, where=f" at index {index}")
    return items


def check_same_length(first: str, a: Sequence[Any], second: str, b: Sequence[Any]) -> None:
    """Raise `InputError` unless two sequences have one length."""
    if len(a) != len(b):
        raise InputError(f"{second} must be as long as {first} ({len(a)}), got {len(b)}")


def is_missing(value: object) -> bool:
    """Tell whether a label stands for 'no label': None, NaN or pandas' NA."""
    return value is None or type(value).__name__ in ("NAType", "NaTType") or value != value  # noqa: PLR0124 (NaN)


def check_labels(name: str, labels: Any, known: Iterable[str] | None = None) -> list[str]:
    """Return labels as a list of str; a missing or unknown one raises `InputError` with its index.

    Parameters
    ----------
    name : str
        What the message calls them.
    labels : iterable of str
        One label a text.
    known : iterable of str, optional
        The labels of the codebook; any string is allowed when None.
    """
    options = None if known is None else list(known)
    items = list(labels)
    for index, item in enumerate(items):
        where = f" at index {index}"
        if is_missing(item):
            raise must_be(name, "a label for every text", item, where=where)
        if not isinstance(item, str):
            raise must_be(name, "str", item, where=where)
        if options is not None and item not in options:
            raise must_be(name, one_of(options), item, where=where)
    return [str(item) for item in items]


def unknown_name(kind: str, name: str, known: Iterable[str]) -> InputError:
    """Build the error for a name that is not there, with those that are and the nearest ones first."""
    options = list(known)
    near = get_close_matches(name, options, n=3)
    hint = f"; did you mean {near[0]!r}?" if near else "."
    listed = ", ".join(islice(options, 40)) + (", ..." if len(options) > 40 else "")
    return InputError(f"{kind} {shorten(name)} is not there{hint} There are: {listed or 'none'}")


def need(module: str, extra: str) -> Any:
    """Import an optional module, or say which extra brings it.

    Raises
    ------
    MissingExtraError
        The module is not installed.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise MissingExtraError(f"{module} is needed for this: pip install 'nato_nlp[{extra}]'") from error
