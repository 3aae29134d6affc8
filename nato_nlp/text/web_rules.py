"""The rules for site furniture as regular expressions of JavaScript, for the demo page."""

import re
from collections.abc import Iterator
from typing import Any

from nato_nlp.text import boilerplate

# JavaScript's \w, \b and \s know ASCII, or other white space than Python's; its dot stops at more line ends
WORD = r"\p{L}\p{N}_"
SPACE = r"\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
CLASSES = {"w": WORD, "d": r"\p{Nd}", "s": SPACE}
EDGE = rf"(?:(?<=[{WORD}])(?![{WORD}])|(?<![{WORD}])(?=[{WORD}]))"
SYNTAX = r"^$\.*+?()[]{}|/"
# an escaped character, a class, a quantifier, or any other character
PART = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|(?:[*+?]|\{\d+,?\d*\})[+?]?|[\s\S]")


def web_rules() -> dict[str, Any]:
    """Return what `is_boilerplate` looks for, its patterns for JavaScript's ``RegExp`` with the flag ``u``.

    Examples
    --------
    >>> web_rules()["longest"]
    400
    """
    return {
        "sections": sorted(boilerplate.SECTIONS),
        "section_words": sorted(boilerplate.SECTION_WORDS),
        "section_length": boilerplate.SECTION_LENGTH,
        "buttons": sorted(boilerplate.BUTTONS),
        "button_length": boilerplate.BUTTON_LENGTH,
        "longest": boilerplate.LONGEST,
        "starting": translated(boilerplate.STARTING.pattern),
        "anywhere": {word: translated(rule.pattern) for word, rule in boilerplate.PATTERNS.items()},
        "bylines": [translated(rule.pattern) for rule in boilerplate.BYLINES],
    }


def translated(pattern: str) -> str:
    r"""Translate a pattern of Python for JavaScript with the flag ``u``.

    Parameters
    ----------
    pattern : str
        With the escapes ``\w \W \d \s \S \b`` and those of punctuation; what is repeated without giving back (``a*+``) is one
        character, class or escape.

    Raises
    ------
    ValueError
        A group is repeated without giving back.

    Examples
    --------
    >>> translated(r"\d++x")
    '(?=(?<p1>[\\p{Nd}]+))\\k<p1>x'
    """
    out: list[str] = []
    kept = 0
    for part in _parts(pattern):
        if len(part) > 1 and part[0] in "*+?{" and part.endswith("+"):
            if out[-1].endswith(")"):
                raise ValueError(f"pattern must not repeat a group without giving back: {pattern}")
            kept += 1
            # JavaScript has no such quantifier: what a lookahead has found stays as it is
            out[-1] = rf"(?=(?<p{kept}>{out[-1]}{part[:-1]}))\k<p{kept}>"
        else:
            out.append(_translated_part(part))
    return "".join(out)


def _parts(pattern: str) -> Iterator[str]:
    return (match[0] for match in PART.finditer(pattern))


def _translated_part(part: str) -> str:
    if part == ".":
        return r"[^\n]"
    if part[0] == "[" and len(part) > 1:
        return _translated_class(part)
    return _escape(part[1]) if part[0] == "\\" else part


def _escape(letter: str) -> str:
    if letter == "b":
        return EDGE
    if letter.lower() in CLASSES:
        return f"[{'^' if letter.isupper() else ''}{CLASSES[letter.lower()]}]"
    return f"\\{letter}" if letter in SYNTAX else letter


def _translated_class(part: str) -> str:
    inner = re.sub(
        r"\\(.)",
        lambda match: CLASSES.get(match[1]) or (f"\\{match[1]}" if match[1] in SYNTAX + "-" else match[1]),
        part[1:-1],
    )
    return f"[{inner}]"
