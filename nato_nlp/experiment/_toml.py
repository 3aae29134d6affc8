"""TOML in and out: a file, the overrides of a command line, and a config written back."""

import json
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from nato_nlp._validate import must_be
from nato_nlp.errors import InputError, MissingFileError

OVERRIDE = 'KEY=VALUE with a TOML value, as in model.C=3 or features.kind="news"'


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file.

    Raises
    ------
    MissingFileError
        It is not there or can't be read.
    InputError
        It is no TOML in UTF-8.
    """
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise MissingFileError(f"{path} can't be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} must be TOML in UTF-8, got other bytes at position {error.start}") from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path} must be TOML, got a fault: {error}") from error


def read_override(text: str) -> tuple[str, Any]:
    """Split ``KEY=VALUE``.

    Examples
    --------
    >>> read_override("model.C=3"), read_override('grid.model.C=[1, "x"]')
    (('model.C', 3), ('grid.model.C', [1, 'x']))
    """
    key, sign, value = text.partition("=")
    key = key.strip().replace('"', "").replace("'", "")
    try:
        parsed = tomllib.loads(f"value = {value}")
    except tomllib.TOMLDecodeError:
        parsed = {}
    if not (sign and key and list(parsed) == ["value"]):  # a line break would smuggle in further keys
        raise must_be("override", OVERRIDE, text)
    return key, parsed["value"]


def to_toml(tables: Mapping[str, Any]) -> str:
    r"""Write plain values, and tables of plain values, in the order given.

    Examples
    --------
    >>> print(to_toml({"title": "a", "grid": {"model.C": (1.0, 3.0)}}), end="")
    title = "a"
    <BLANKLINE>
    [grid]
    "model.C" = [1.0, 3.0]
    """
    lines = list(_pairs((key, value) for key, value in tables.items() if not isinstance(value, Mapping)))
    for name, table in tables.items():
        if isinstance(table, Mapping):
            lines += ["", f"[{name}]", *_pairs(table.items())]
    return "\n".join(lines) + "\n"


def _pairs(items: Iterable[tuple[str, Any]]) -> list[str]:
    return [f"{key if key.isidentifier() and key.isascii() else _text(key)} = {_value(value)}" for key, value in items]


def _value(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "{" + ", ".join(_pairs(value.items())) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    return repr(value)  # int or float: TOML reads what Python writes


def _text(value: str) -> str:
    # JSON's escapes are TOML's, but JSON leaves DEL as it is
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
