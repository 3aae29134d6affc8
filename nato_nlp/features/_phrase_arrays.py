"""Compiled phrases as arrays for a file, and back: what would lead a kernel out of bounds is refused."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from nato_nlp._kernels.phrase_layout import Lexicon, Names, Terms
from nato_nlp._validate import must_be
from nato_nlp.errors import InputError
from nato_nlp.features.actors import NAME_KINDS, REGIONS, Sense
from nato_nlp.features.lexicon import FUNCTION_WORDS, QUADS, ROOTS, SAME
from nato_nlp.features.phrasebook import KINDS, filled_table
from nato_nlp.features.topic_terms import MOST_TOPICS, term_columns

Array = npt.NDArray[Any]
Arrays = Mapping[str, Array]
TABLES = (("keys", "values"), ("edge_keys", "edge_values"))
TWO_DIMENSIONS = {"entries": 6, "pairs": 3, "columns": MOST_TOPICS}  # columns
MOST_WORDS = 1 << 30
ALL_FLAGS = 31
SENSE_KINDS, SENSE_REGIONS = (*NAME_KINDS, "other"), ("", *REGIONS)


def stored(prefix: str, compiled: Lexicon | Names | Terms) -> dict[str, Array]:
    """Return compiled phrases as arrays; of hash tables the filled places, since they are filled anew when loaded."""
    arrays = compiled._asdict()
    for keys, values in TABLES:
        filled = arrays[keys] != 0
        arrays[keys], arrays[values] = arrays[keys][filled], arrays[values][filled]
    return {
        f"{prefix}.{name}": array if name in ("keys", "edge_keys") else _smallest(array)
        for name, array in arrays.items()
    }


def stored_senses(senses: Sequence[Sense]) -> dict[str, Array]:
    """Return what the entries of a gazetteer mean as arrays."""
    codes = sorted({sense.code for sense in senses})
    place = {code: number for number, code in enumerate(codes)}
    rows = [(place[s.code], SENSE_KINDS.index(s.kind), SENSE_REGIONS.index(s.region)) for s in senses]
    return {"names.senses": _smallest(np.asarray(rows, np.int64).reshape(-1, 3)), "names.codes": joined(codes)}


def restored_lexicon(arrays: Arrays) -> Lexicon:
    """Return the lexicon of arrays.

    Raises
    ------
    InputError
        An array does not fit the others.
    KeyError
        An array is missing.
    """
    lexicon = Lexicon(**_restored("lexicon", Lexicon._fields, arrays))
    _check_names(lexicon, "lexicon")
    entries, words = len(lexicon.condition_start) - 1, len(lexicon.flags) - 1
    _check_size("lexicon.entries", lexicon.entries, entries)
    _check_size("lexicon.function", lexicon.function, words + 1)
    _check_size("lexicon.split_start", lexicon.split_start, words + 2)
    _check_size("lexicon.rest_start", lexicon.rest_start, len(lexicon.split_entries) + 1)
    negated = lexicon.entries[:, 2]
    limits = (("values", 0, words + 1), ("split_entries", 0, entries), ("function", 0, len(FUNCTION_WORDS) + 1))
    for name, low, high in (
        *limits,
        ("flags", 0, ALL_FLAGS + 1),
        ("rest_words", 1, MOST_WORDS),
        ("pairs", 1, MOST_WORDS),
    ):
        _check_range(f"lexicon.{name}", getattr(lexicon, name), low, high)
    _check_range("lexicon.entries, quads", lexicon.entries[:, 0], 0, QUADS)
    _check_range("lexicon.entries, roots", lexicon.entries[:, 1], 0, ROOTS)
    _check_range("lexicon.entries, quads under negation", negated[negated != SAME], 0, QUADS)
    _check_range("lexicon.entries, marks", lexicon.entries[:, 3:], 0, 2)
    _check_runs("lexicon.split_start", lexicon.split_start, len(lexicon.split_entries))
    _check_runs("lexicon.rest_start", lexicon.rest_start, len(lexicon.rest_words), shortest=1)
    return lexicon


def restored_names(arrays: Arrays) -> Names:
    """Return the names of arrays; the errors are those of `restored_lexicon`."""
    names = Names(**_restored("names", Names._fields, arrays))
    _check_names(names, "names")
    return names


def restored_terms(arrays: Arrays) -> Terms:
    """Return the terms of arrays; the errors are those of `restored_lexicon`."""
    terms = Terms(**_restored("terms", Terms._fields, arrays))
    _check_trie(terms, "terms", len(terms.cased))
    _check_size("terms.columns", terms.columns, len(terms.cased))
    _check_range("terms.cased", terms.cased, 0, MOST_WORDS)
    _check_range("terms.columns", terms.columns, 0, len(term_columns()) + 1)
    return terms


def restored_senses(arrays: Arrays, entries: int) -> list[Sense]:
    """Return what each entry of a gazetteer means; the errors are those of `restored_lexicon`."""
    codes = split_joined(arrays["names.codes"], "names.codes") or [""]
    rows = _integers("names.senses", arrays["names.senses"], 2, 3)
    _check_size("names.senses", rows, entries)
    for k, (name, known) in enumerate((("codes", codes), ("kinds", SENSE_KINDS), ("regions", SENSE_REGIONS))):
        _check_range(f"names.senses, {name}", rows[:, k], 0, len(known))
    return [Sense(codes[c], SENSE_KINDS[k], SENSE_REGIONS[r]) for c, k, r in rows.tolist()]


def joined(words: Iterable[str]) -> Array:
    """Return strings without line breaks as UTF-8 bytes, one a line."""
    return np.frombuffer("\n".join(words).encode(), np.uint8)


def split_joined(array: Array, name: str) -> list[str]:
    """Return what `joined` was given.

    Raises
    ------
    InputError
        The array holds no UTF-8.
    """
    try:
        text = _integers(name, array, 1, None, np.uint8).tobytes().decode()
    except UnicodeDecodeError:
        raise InputError(f"{name} must be UTF-8") from None
    return text.split("\n") if text else []


def _smallest(array: Array) -> Array:
    if array.size and array.min() >= 0:
        return array.astype(np.min_scalar_type(int(array.max())))
    return array.astype(np.int32)


def _restored(prefix: str, fields: Sequence[str], arrays: Arrays) -> dict[str, Array]:
    found = {}
    for name in fields:
        kind = np.uint64 if name in ("keys", "edge_keys") else np.int32
        columns = TWO_DIMENSIONS.get(name)
        found[name] = _integers(f"{prefix}.{name}", arrays[f"{prefix}.{name}"], 2 if columns else 1, columns, kind)
    for keys, values in TABLES:
        _check_size(f"{prefix}.{values}", found[values], len(found[keys]))
        if not (found[keys] & np.uint64(1)).all():
            raise InputError(f"{prefix}.{keys} must be odd")
        found[keys], found[values] = filled_table(found[keys], found[values])
    return found


def _integers(name: str, value: Any, dimensions: int, columns: int | None, kind: Any = np.int32) -> Array:
    """Return an array of integers as one of a kind that holds them all."""
    array = np.asarray(value)
    limits = np.iinfo(kind)
    if array.dtype.kind not in "iu" or array.ndim != dimensions or (columns and array.shape[1] != columns):
        shape = f"{columns} columns" if columns else "one dimension"
        raise must_be(name, f"an array of integers in {shape}", f"{array.dtype} of shape {array.shape}")
    if array.size and (int(array.min()) < limits.min or int(array.max()) > limits.max):
        raise must_be(name, f"an array of {limits.dtype}", array)
    return np.array(array, kind, order="C")


def _check_trie(trie: Names | Lexicon | Terms, prefix: str, entries: int) -> None:
    nodes = len(trie.node_start) - 1
    _check_runs(f"{prefix}.node_start", trie.node_start, len(trie.node_entries))
    limits = (("edge_values", 0, nodes), ("node_entries", 0, entries), ("values", 0, MOST_WORDS))
    for name, low, high in limits:
        _check_range(f"{prefix}.{name}", getattr(trie, name), low, high)
    # each node but the root has one edge that leads to it, so that no path is a circle
    if not np.array_equal(np.sort(trie.edge_values[trie.edge_keys != 0]), np.arange(1, nodes)):
        raise InputError(f"{prefix}.edge_values must be the numbers from 1 to {nodes - 1}, each once")


def _check_names(names: Names | Lexicon, prefix: str) -> None:
    _check_trie(names, prefix, len(names.condition_start) - 1)
    _check_runs(f"{prefix}.condition_start", names.condition_start, len(names.condition_kind))
    _check_runs(f"{prefix}.set_start", names.set_start, len(names.set_words))
    _check_size(f"{prefix}.set_start", names.set_start, len(names.condition_kind) + 1)
    for name, low, high in (("condition_kind", 0, len(KINDS)), ("set_words", 1, MOST_WORDS)):
        _check_range(f"{prefix}.{name}", getattr(names, name), low, high)


def _check_size(name: str, array: Array, size: int) -> None:
    if len(array) != size:
        raise must_be(name, f"an array of length {size}", len(array))


def _check_range(name: str, array: Array, low: int, high: int) -> None:
    if array.size and (array.min() < low or array.max() >= high):
        wrong = array[(array < low) | (array >= high)]
        raise must_be(name, f"numbers from {low} to {high - 1}", int(wrong.flat[0]))


def _check_runs(name: str, run: Array, end: int, shortest: int = 0) -> None:
    """Check that an array tells where consecutive runs begin and where the last one ends."""
    if not len(run) or run[0] != 0 or run[-1] != end or (np.diff(run.astype(np.int64)) < shortest).any():
        raise must_be(name, f"rising from 0 to {end}", run)
