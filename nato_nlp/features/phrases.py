"""Lexicon and gazetteer together: what one pass over texts finds, and how the compiled arrays are stored."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nato_nlp._kernels.phrase_layout import Cues, Lexicon, Names, new_found, new_room
from nato_nlp.errors import InputError
from nato_nlp.features._letters import encoded, letters
from nato_nlp.features.actors import NAME_KINDS, REGIONS, Sense, compile_actors, load_actors
from nato_nlp.features.lexicon import FUNCTION_WORDS, NO_ROOT, SAME, compile_lexicon, load_lexicon
from nato_nlp.features.phrasebook import starts

Array = npt.NDArray[Any]
CHUNK = 1 << 17  # characters that a kernel gets at once
TABLES = ("keys", "edge_keys")
QUADS, ROOTS, CLAUSES = 5, NO_ROOT + 1, 3
SHAPES = {
    "quad": (2, QUADS), "quad_clause": (2, QUADS, CLAUSES), "root": (2, ROOTS, 2), "root_clause": (2, ROOTS, 2, CLAUSES),
    "negated": (QUADS,), "quoted": (QUADS,), "long": (QUADS,), "first": (QUADS,), "last": (QUADS,), "first_root": (ROOTS,),
    "first_main": (QUADS,), "first_main_root": (ROOTS,), "last_main": (QUADS,), "first_but": (QUADS,), "first_verb": (QUADS,),
    "bigram": (QUADS, QUADS), "none": (1,), "strong": (5,), "function": (len(FUNCTION_WORDS),),
}  # fmt: skip
SIZES = [int(np.prod(shape)) for shape in SHAPES.values()]
CUES = Cues(*(int(start) for start in starts(SIZES)[:-1]))
CUE_COLUMNS = sum(SIZES)


@dataclass(frozen=True, eq=False)
class Scan:
    """What a pass found in some rows.

    Attributes
    ----------
    counts : ndarray of shape (rows, CUE_COLUMNS), int32
        Cues of the lexicon.
    entry, begin, end : ndarray of int32
        Mentions of actors: entry of the gazetteer, span in characters of the row.
    stop : ndarray of shape (rows,), int64
        Where each row's mentions end.
    """

    counts: Array
    entry: Array
    begin: Array
    end: Array
    stop: Array


@dataclass(frozen=True, eq=False)
class Phrases:
    """A compiled lexicon and gazetteer.

    Attributes
    ----------
    lexicon : Lexicon
    names : Names
    senses : list of Sense
        What each entry of ``names`` means.
    """

    lexicon: Lexicon
    names: Names
    senses: list[Sense]

    def scan(self, texts: Sequence[str]) -> Iterator[tuple[int, int, Scan]]:
        """Yield what is found in consecutive rows: first row, last row plus one, findings."""
        from nato_nlp._kernels.phrases import scan_rows

        for start, stop in _chunks(texts):
            codes = encoded("".join(texts[start:stop]))
            sizes = [len(text) for text in texts[start:stop]]
            table = letters(True, int(codes.max(initial=0)) + 1)
            found = new_found(stop - start, len(codes), CUE_COLUMNS)
            room = new_room(max(sizes))
            scan_rows(codes, starts(sizes).astype(np.int64), table, self.lexicon, self.names, CUES, room, found)
            yield start, stop, Scan(*found)

    def to_arrays(self) -> dict[str, Array]:
        """Return the compiled state as arrays of the smallest types that hold it."""
        arrays = _stored("lexicon", self.lexicon) | _stored("names", self.names)
        codes = sorted({sense.code for sense in self.senses})
        place = {code: number for number, code in enumerate(codes)}
        kinds = (*NAME_KINDS, "other")
        rows = [(place[s.code], kinds.index(s.kind), ("", *REGIONS).index(s.region)) for s in self.senses]
        arrays["names.senses"] = _smallest(np.asarray(rows, np.int64).reshape(-1, 3))
        arrays["names.codes"] = joined(codes)
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Array]) -> "Phrases":
        """Take over what `to_arrays` gave.

        Raises
        ------
        InputError
            An array is missing or does not fit the others.
        """
        try:
            lexicon = Lexicon(**_restored("lexicon", Lexicon._fields, arrays))
            names = Names(**_restored("names", Names._fields, arrays))
            codes, rows = split_joined(arrays["names.codes"]), np.asarray(arrays["names.senses"], np.int64)
        except KeyError as error:
            raise InputError(f"arrays must hold {error}") from None
        _check_lexicon(lexicon)
        _check_names(names, "names")
        kinds, regions = (*NAME_KINDS, "other"), ("", *REGIONS)
        limits = (len(codes), len(kinds), len(regions))
        if rows.shape != (len(names.condition_start) - 1, 3) or (rows < 0).any() or (rows >= limits).any():
            raise InputError("names.senses must name a code, a kind and a region for every entry")
        return cls(lexicon, names, [Sense(codes[c], kinds[k], regions[r]) for c, k, r in rows.tolist()])


@cache
def default_phrases() -> Phrases:
    """Return the lexicon and gazetteer of ``seeds/``, compiled once a process."""
    return compile_phrases()


def compile_phrases(lexicon: str | Path | None = None, actors: str | Path | None = None) -> Phrases:
    """Compile the lexicon and gazetteer of ``seeds/`` with entries of one's own added or put in their place.

    Parameters
    ----------
    lexicon : path, optional
        A file like ``seeds/lexicon.tsv``.
    actors : path, optional
        A file like ``seeds/actors.jsonl``.
    """
    entries = load_lexicon() + (load_lexicon(lexicon) if lexicon is not None else [])
    known = load_actors() + (load_actors(actors) if actors is not None else [])
    return Phrases(compile_lexicon(entries), *compile_actors(known))


def joined(words: Sequence[str]) -> Array:
    """Return strings without line breaks as UTF-8 bytes, one a line."""
    return np.frombuffer("\n".join(words).encode(), np.uint8)


def split_joined(array: Array) -> list[str]:
    """Return what `joined` was given."""
    try:
        text = np.asarray(array, np.uint8).tobytes().decode()
    except UnicodeDecodeError:
        raise InputError("names must be UTF-8") from None
    return text.split("\n") if text else []


def _chunks(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    start = size = 0
    for row, text in enumerate(texts):
        if row > start and size + len(text) > CHUNK:
            yield start, row
            start, size = row, 0
        size += len(text)
    if start < len(texts):
        yield start, len(texts)


def _smallest(array: Array) -> Array:
    if array.size and array.min() >= 0:
        return array.astype(np.min_scalar_type(int(array.max())))
    return array.astype(np.int32)


def _stored(prefix: str, compiled: Any) -> dict[str, Array]:
    """Store hash tables as their filled places: they are filled anew when loaded."""
    arrays: dict[str, Array] = {}
    for name, array in compiled._asdict().items():
        if name in TABLES:
            arrays[f"{prefix}.{name}"] = array[array != 0]
        elif name in ("values", "edge_values"):
            keys = compiled.keys if name == "values" else compiled.edge_keys
            arrays[f"{prefix}.{name}"] = _smallest(array[keys != 0])
        else:
            arrays[f"{prefix}.{name}"] = _smallest(array)
    return arrays


def _restored(prefix: str, fields: Sequence[str], arrays: Mapping[str, Array]) -> dict[str, Array]:
    from nato_nlp.features.phrasebook import filled_table

    found = {name: np.ascontiguousarray(arrays[f"{prefix}.{name}"]) for name in fields}
    for keys, values in (("keys", "values"), ("edge_keys", "edge_values")):
        if found[keys].shape != found[values].shape or found[keys].ndim != 1:
            raise InputError(f"{prefix}.{keys} must be as long as {prefix}.{values}")
        found[keys], found[values] = filled_table(found[keys].astype(np.uint64), found[values].astype(np.int32))
    return {name: array if name in TABLES else array.astype(np.int32) for name, array in found.items()}


def _check_names(names: Any, prefix: str) -> None:
    """Refuse arrays that would lead a kernel out of bounds."""
    nodes, entries = len(names.node_start) - 1, len(names.condition_start) - 1
    bounds = (
        (names.edge_values, 0, nodes), (names.node_entries, 0, entries), (names.condition_kind, 0, 4), (names.values, 0, 1 << 30),
    )  # fmt: skip
    runs = (
        (names.node_start, len(names.node_entries)), (names.condition_start, len(names.condition_kind)),
        (names.set_start, len(names.set_words)),
    )  # fmt: skip
    _check(prefix, bounds, runs)
    if len(names.set_start) != len(names.condition_kind) + 1:
        raise InputError(f"{prefix}.set_start must fit {prefix}.condition_kind")


def _check_lexicon(lexicon: Lexicon) -> None:
    _check_names(lexicon, "lexicon")
    entries, words = len(lexicon.condition_start) - 1, len(lexicon.flags) - 1
    if lexicon.entries.shape != (entries, 6) or lexicon.pairs.ndim != 2 or lexicon.pairs.shape[1] != 3:
        raise InputError("lexicon.entries must have six columns and lexicon.pairs three")
    if len(lexicon.function) != words + 1 or len(lexicon.split_start) != words + 2:
        raise InputError("lexicon.function and lexicon.split_start must fit lexicon.flags")
    quad, root, negated = lexicon.entries[:, 0], lexicon.entries[:, 1], lexicon.entries[:, 2]
    bounds = (
        (lexicon.values, 0, words + 1), (lexicon.split_entries, 0, entries), (quad, 0, QUADS), (root, 0, ROOTS),
        (np.where(negated == SAME, 0, negated), 0, QUADS), (lexicon.entries[:, 3:], 0, 2), (lexicon.function, 0, len(FUNCTION_WORDS) + 1),
    )  # fmt: skip
    runs = ((lexicon.split_start, len(lexicon.split_entries)), (lexicon.rest_start, len(lexicon.rest_words)))
    _check("lexicon", bounds, runs)
    if len(lexicon.rest_start) != len(lexicon.split_entries) + 1 or (np.diff(lexicon.rest_start) < 1).any():
        raise InputError("lexicon.rest_start must give every split verb a particle")


def _check(prefix: str, bounds: Any, runs: Any) -> None:
    for array, low, high in bounds:
        if array.size and (array.min() < low or array.max() >= high):
            raise InputError(f"{prefix} must hold numbers from {low} to {high - 1}, got {array.min()} to {array.max()}")
    for run, end in runs:
        if run.ndim != 1 or not len(run) or run[0] != 0 or run[-1] != end or (np.diff(run) < 0).any():
            raise InputError(f"{prefix} must hold runs that rise from 0 to {end}")
