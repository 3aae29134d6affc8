"""What an attacker may do to a model file: each kind of damage as a function of a file's parts and a random generator."""

import io
import json
import os
import pickle
import struct
import zipfile
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

Rng = np.random.Generator
Array = np.ndarray[Any, Any]
Json = dict[str, Any]
KEY = "nato_nlp"  # of the model's header among the metadata
MARKER = "NATO_NLP_ATTACK_MARKER"  # names the file that a pickle makes where somebody reads it
DTYPES = [*"BOOL U8 I8 F8_E5M2 F8_E4M3 I16 U16 F16 BF16 I32 U32 F32 F64 I64 U64 C64 F4 X9".split(), "", "u8", "Ｕ8"]
KINDS = {"U8": "u1", "U16": "<u2", "U32": "<u4", "U64": "<u8", "I32": "<i4", "I64": "<i8", "F32": "<f4", "F64": "<f8"}
NASTY_NUMBERS = (0, -1, 1, 255, 2**31, 2**63, 2**64, -(2**63), 10**30, 10**400, 0.5, 1e308, 1e-320, -1e308)
NASTY_NUMBERS += (float("nan"), float("inf"), float("-inf"))
NASTY_STRINGS = (
    "",
    "\0",
    "\ud800",
    "ｎｅｗｓ",
    "ne\u200bws",
    "\u202eswen",
    "İ",
    "ß",
    "\ufeffnews",
    "news\n",
    "=1+1",
    "<script>",
    "\U0010ffff",
    "e\u0301" * 50,
    "x" * 10_000,
    "float16",
    "object",
    "O",
    "f4,f4",
    "__class__",
    "1",
    "nan",
)
NASTY_OTHERS: tuple[Any, ...] = (None, True, False, [], {}, [[]], [None], {"a": 1}, [1, 2, 3], ["a"], [1, 10**9])


@dataclass(frozen=True)
class Parts:
    """A whole model file.

    Attributes
    ----------
    blob : bytes
    """

    blob: bytes

    @cached_property
    def size(self) -> int:
        """Bytes of the header, without its length."""
        return int.from_bytes(self.blob[:8], "little")

    @property
    def outer(self) -> Json:
        """A new copy of the header: metadata, and type, shape and place of each tensor."""
        header: Json = json.loads(self.blob[8 : 8 + self.size])
        return header

    @property
    def inner(self) -> Json:
        """A new copy of the model's own header."""
        header: Json = json.loads(self.outer["__metadata__"][KEY])
        return header

    @cached_property
    def body(self) -> bytes:
        """The tensors."""
        return self.blob[8 + self.size :]

    @cached_property
    def names(self) -> list[str]:
        """The names of the tensors."""
        return [name for name in self.outer if name != "__metadata__"]

    @cached_property
    def tensors(self) -> dict[str, np.ndarray]:
        """The tensors by name."""
        outer = self.outer
        return {
            name: np.frombuffer(self.body[slice(*outer[name]["data_offsets"])], KINDS[outer[name]["dtype"]]).reshape(
                outer[name]["shape"]
            )
            for name in self.names
        }


def packed(outer: Any, body: bytes) -> bytes:
    """Return a file with a header of any JSON and a body that need not fit."""
    text = outer if isinstance(outer, bytes) else json.dumps(outer, ensure_ascii=True).encode()
    return struct.pack("<Q", len(text)) + text + body


def with_inner(parts: Parts, inner: Any, *, text: str | None = None) -> bytes:
    """Return the file with another model header, or with a text in its place."""
    outer = parts.outer
    outer["__metadata__"][KEY] = json.dumps(inner) if text is None else text
    return packed(outer, parts.body)


def with_tensors(parts: Parts, changed: dict[str, np.ndarray]) -> bytes:
    """Return a sound file in which some tensors are others."""
    outer: Json = {"__metadata__": parts.outer["__metadata__"]}
    names = {kind: name for name, kind in KINDS.items()}
    body, place = [], 0
    for name, array in (parts.tensors | changed).items():
        kind = array.dtype.str.replace("|", "")
        data = np.ascontiguousarray(array).tobytes()
        outer[name] = {"dtype": names[kind], "shape": array.shape, "data_offsets": [place, place + len(data)]}
        body.append(data)
        place += len(data)
    return packed(outer, b"".join(body))


def pick(rng: Rng, options: Any) -> Any:
    """Return one of some options, whatever they are."""
    return options[int(rng.integers(len(options)))]


def nasty(rng: Rng) -> Any:
    """Return a value of JSON that nobody expects."""
    return deepcopy(pick(rng, pick(rng, (NASTY_NUMBERS, NASTY_STRINGS, NASTY_OTHERS))))


def truncated(parts: Parts, rng: Rng) -> bytes:
    """Cut the file: anywhere, within the header, or just before its end."""
    end = pick(rng, (len(parts.blob), 8 + parts.size, 16))
    first = max(0, end - 16) if rng.random() < 0.2 else 0
    return parts.blob[: int(rng.integers(first, end))]


def extended(parts: Parts, rng: Rng) -> bytes:
    """Add bytes before or behind."""
    extra = rng.bytes(int(rng.integers(1, 5000)))
    return parts.blob + extra if rng.random() < 0.7 else extra + parts.blob


def flipped(parts: Parts, rng: Rng) -> bytes:
    """Flip 1 to 64 bits of the header, of the body, or of all."""
    data = np.frombuffer(parts.blob, np.uint8).copy()
    low, high = pick(rng, ((0, 8 + parts.size), (8 + parts.size, len(data)), (0, len(data)), (0, 8)))
    places = rng.integers(low, high, int(2 ** rng.integers(0, 7)))
    data[places] ^= (1 << rng.integers(0, 8, len(places))).astype(np.uint8)
    return data.tobytes()


def overwritten(parts: Parts, rng: Rng) -> bytes:
    """Overwrite, leave out or repeat a stretch."""
    data = parts.blob
    start = int(rng.integers(len(data)))
    stop = min(len(data), start + int(2 ** rng.integers(0, 18)))
    piece = pick(
        rng, (b"\0" * (stop - start), b"\xff" * (stop - start), rng.bytes(stop - start), b"", data[start:stop] * 2)
    )
    return data[:start] + piece + data[stop:]


def header_length(parts: Parts, rng: Rng) -> bytes:
    """Say that the header has another length."""
    sizes = (
        0,
        1,
        2,
        7,
        parts.size - 1,
        parts.size + 1,
        len(parts.blob),
        1 << 20,
        (1 << 20) + 1,
        2**31,
        2**32,
        2**62,
        2**63,
    )
    size = pick(rng, (*sizes, 2**64 - 1, 2**64 - 8, int(rng.integers(0, 2**62))))
    return struct.pack("<Q", size) + parts.blob[8:]


class _Bomb:
    """Makes a file when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (open, (os.environ.get(MARKER, os.devnull), "w"))


def foreign(parts: Parts, rng: Rng) -> bytes:
    """Give bytes of another format: a pickle that acts when it is read, zip files as torch and numpy make them, text."""
    bomb = pickle.dumps(_Bomb(), protocol=int(rng.integers(2, 6)))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", pick(rng, (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as archive:
        archive.writestr("archive/data.pkl", bomb)
        archive.writestr("model.safetensors", parts.blob[:1000])
    array = io.BytesIO()
    np.save(array, np.array([_Bomb()], object), allow_pickle=True)
    text = packed(parts.outer, b"")[8:]
    kinds = (
        bomb,
        stream.getvalue(),
        array.getvalue(),
        text,
        b"",
        b"\x1f\x8b" + rng.bytes(100),
        b"\x89PNG\r\n\x1a\n" * 9,
    )
    chosen = pick(rng, (*kinds, rng.bytes(int(rng.integers(1, 4000)))))
    return chosen if rng.random() < 0.6 else chosen + parts.blob


def hidden_pickle(parts: Parts, rng: Rng) -> bytes:
    """Put a pickle or zip into a sound file, in the place of a tensor or of the model's header."""
    bomb = np.frombuffer(pickle.dumps(_Bomb()), np.uint8)
    if rng.random() < 0.3:
        return with_inner(parts, None, text=bomb.tobytes().decode("latin-1"))
    return with_tensors(parts, {pick(rng, parts.names): bomb})


def places(parts: Parts, rng: Rng) -> bytes:
    """Let tensors lie past the end, over each other, backwards, or with gaps."""
    outer, name, other = parts.outer, pick(rng, parts.names), pick(rng, parts.names)
    start, stop = outer[name]["data_offsets"]
    shift = pick(rng, (1, -1, 8, len(parts.body), 2**31, 2**62, 2**63 - 1))
    outer[name]["data_offsets"] = pick(
        rng,
        (
            [start + shift, stop + shift],
            [start, stop + shift],
            [stop, start],
            [start, 2**64 - 1],
            [-1, stop],
            [start, start],
            outer[other]["data_offsets"],
            [0, len(parts.body)],
            [],
            [start],
            None,
            "0",
            [0.5, stop],
        ),
    )
    return packed(outer, parts.body)


def shapes(parts: Parts, rng: Rng) -> bytes:
    """Say that a tensor has another shape or type."""
    outer, name = parts.outer, pick(rng, parts.names)
    entry = outer[name]
    if rng.random() < 0.5:
        entry["dtype"] = pick(rng, [*DTYPES, None, 8])
        return packed(outer, parts.body)
    size = int(np.prod(entry["shape"]))
    factors = next((k for k in (2, 3, 5, 7) if size % k == 0), 1)
    options = (
        [size],
        [1, size],
        [size, 1],
        entry["shape"][::-1],
        [factors, size // factors],
        [size // factors, factors],
    )
    wrong = (
        [],
        [0],
        [size + 1],
        [2**32, 2**32],
        [2**63, 2],
        [-1, -size],
        [2**64],
        [2**63] * 40,
        [1] * 100 + [size],
        None,
        "3",
    )
    entry["shape"] = pick(rng, options if rng.random() < 0.5 else wrong)
    return packed(outer, parts.body)


def outer_header(parts: Parts, rng: Rng) -> bytes:
    """Damage the file's header as JSON."""
    outer, name = parts.outer, pick(rng, parts.names)
    text = json.dumps(outer).encode()
    taken = outer.pop(name)
    kinds: tuple[Any, ...] = (
        outer,
        outer | {pick(rng, NASTY_STRINGS): taken},
        outer | {name: nasty(rng)},
        outer | {name: taken, "__metadata__": nasty(rng)},
        outer | {name: taken, "__metadata__": {KEY: nasty(rng)}},
        outer | {name: taken, "more": {"dtype": "U8", "shape": [0], "data_offsets": [len(parts.body)] * 2}},
        nasty(rng),
        text[:-1] + b"," + text[1:],  # every key twice
        text + b" " * int(rng.integers(1, 2000)),
        b"[" * 50_000,
        b'{"a":' * 20_000,
        text.replace(b'"', b"'", 1),
        text.replace(b"nato", b"n\xff\xfeto", 1),
        text + b" " * (1 << 21),
    )
    return packed(pick(rng, kinds), parts.body)


def _walk(value: Any) -> list[tuple[Any, Any]]:
    """Return each container of a JSON value with each of its keys."""
    found: list[tuple[Any, Any]] = []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inside in list(items):
        found += [(value, key), *_walk(inside)]
    return found


def inner_header(parts: Parts, rng: Rng) -> bytes:
    """Put one to three values that nobody expects into the model's header, or take one out."""
    inner = parts.inner
    for _ in range(int(rng.integers(1, 4))):
        options = _walk(inner)
        if not options:
            break
        container, key = pick(rng, options)
        if rng.random() < 0.15:
            del container[key]
        elif rng.random() < 0.1 and isinstance(container, dict):
            container[pick(rng, NASTY_STRINGS)] = container.pop(key)
        else:
            container[key] = nasty(rng)
    if rng.random() < 0.1:
        inner[pick(rng, NASTY_STRINGS)] = nasty(rng)
    return with_inner(parts, inner)


def parameters(parts: Parts, rng: Rng) -> bytes:
    """Give the features parameters out of range, each of its own type."""
    inner = parts.inner
    features = inner["features"]
    grams = features.get("ngrams", features)
    pairs = (
        [0, 2],
        [2, 1],
        [1, 10**9],
        [1, 2**63],
        [-1, 1],
        [1, 10**30],
        [True, 2],
        [1.0, 2.0],
        [10**5, 10**5],
        [1, 1000],
        None,
    )
    values: dict[str, Any] = {
        "word": pick(rng, pairs),
        "char": pick(rng, pairs),
        "n_jobs": pick(rng, (0, -1, 10**6, 2**63, "1")),
        "dtype": pick(rng, ("float32", "float16", "object", "int64", "U9", "V" + "9" * 9, "f8,f8", "M8[s]", ">f8", [])),
        "norm": pick(rng, ("l1", "max", "L2", 2, ["l2"])),
        "vocabulary": pick(rng, (["a"], {"word": ["a"], "char": ["b"]}, {}, 1)),
        "phrases": nasty(rng),
        **{
            name: nasty(rng)
            for name in ("lowercase", "binary", "sublinear_tf", "use_idf", "smooth_idf", "min_df", "max_df")
        },
    }
    for _ in range(int(rng.integers(1, 3))):
        name = pick(rng, list(values))
        grams[name] = values[name]
    scales = [name for name in features if name.endswith("_scale")]
    if scales and rng.random() < 0.4:
        features[pick(rng, scales)] = pick(rng, NASTY_NUMBERS)
    if rng.random() < 0.2:
        inner["temperature"] = pick(rng, NASTY_NUMBERS)
    if rng.random() < 0.2:
        inner[pick(rng, ("priors", "assumed_priors"))] = pick(
            rng, ([0, 0, 0, 0, 1], [1e308] * 5, [10**400] * 5, [0.2] * 5, ["0.2"] * 5)
        )
    return with_inner(parts, inner)


def inner_text(parts: Parts, rng: Rng) -> bytes:
    """Damage the model's header as text."""
    text = json.dumps(parts.inner)
    kinds = (
        text[: int(rng.integers(len(text)))],
        "[" * 200_000,
        '{"a":' * 5000 + "1" + "}" * 5000,
        text[:-1] + ', "deep": ' + "[" * 900 + "]" * 900 + "}",
        text[:-1] + ', "big": ' + "9" * 5000 + "}",
        text[:-1] + ', "format": "other"}',
        text.replace("1", "１"),
        text.replace('"', "“", 1),
        "\ufeff" + text,
        text.replace("news", "ne\\ud800ws"),
        text.replace("word", "wo\\u0072d"),
        "",
        "null",
        "[]",
    )
    return with_inner(parts, None, text=pick(rng, kinds))


def _changed(array: np.ndarray, rng: Rng) -> np.ndarray:
    """Return an array of the same shape and type with other values."""
    flat = array.reshape(-1).copy()
    some = rng.integers(0, len(flat), int(2 ** rng.integers(0, 8)))
    if array.dtype.kind == "f":
        values = np.array([np.nan, np.inf, -np.inf, 3e38, -3e38, 1e-45, -1.0, 0.0, 1e12])
        flat[some] = rng.choice(values, len(some)).astype(array.dtype)
    else:
        top = np.iinfo(array.dtype).max
        values = np.array([0, 1, 2, len(flat) - 1, len(flat), top // 2, top - 1, top], np.uint64) & np.uint64(top)
        flat[some] = rng.choice(values, len(some)).astype(array.dtype)
        if rng.random() < 0.3:
            flat[some] = flat[rng.integers(0, len(flat), len(some))]
    return flat.reshape(array.shape)


def values(parts: Parts, rng: Rng) -> bytes:
    """Change values of one to three tensors; the file stays sound."""
    names = [name for name in parts.names if parts.tensors[name].size]
    chosen = {pick(rng, names) for _ in range(int(rng.integers(1, 4)))}
    return with_tensors(parts, {name: _changed(parts.tensors[name], rng) for name in sorted(chosen)})


def arrays(parts: Parts, rng: Rng) -> bytes:
    """Sort, shuffle, shorten, lengthen, retype or empty a tensor; the file stays sound."""
    name = pick(rng, parts.names)
    array = parts.tensors[name]
    cut = int(rng.integers(0, len(array) + 1)) if array.ndim else 0
    with np.errstate(all="ignore"):
        kinds = (
            np.sort(array, axis=0),
            rng.permutation(array),
            array[::-1],
            array[:cut],
            np.concatenate([array, array[:cut]]),
            np.zeros_like(array),
            array[:0],
            array[..., None],
            array.T,
            array.reshape(-1),
            array.astype(pick(rng, list(KINDS.values()))),
        )
        return with_tensors(parts, {name: np.ascontiguousarray(pick(rng, kinds))})


def terms(parts: Parts, rng: Rng) -> bytes:
    """Damage the vocabulary: terms twice, empty, of one huge length, cut within a character, no UTF-8."""
    prefix = pick(
        rng, sorted({name[: -len(".terms")] for name in parts.names if name.endswith((".word.terms", ".char.terms"))})
    )
    raw, offsets = parts.tensors[f"{prefix}.terms"].copy(), parts.tensors[f"{prefix}.offsets"].astype(np.int64)
    k = int(rng.integers(len(offsets) - 1))
    kind = int(rng.integers(8))
    if kind == 0:  # twice
        k = min(k, len(offsets) - 3)
        raw[offsets[k + 1] : offsets[k + 1] + offsets[k + 1] - offsets[k]] = raw[offsets[k] : offsets[k + 1]].copy()
        offsets[k + 2] = 2 * offsets[k + 1] - offsets[k]
        offsets = np.minimum(np.maximum.accumulate(offsets), len(raw))
    elif kind == 1:  # a term without a character
        offsets[k + 1] = offsets[k]
    elif kind == 2:  # one that nearly fills the file
        length = int(2 ** rng.integers(10, 20))
        filler = pick(
            rng, (b"a" * length, b" " * length, b"a " * (length // 2), "é".encode() * (length // 2), rng.bytes(length))
        )
        raw = np.concatenate([raw, np.frombuffer(filler, np.uint8)])
        offsets[-1] = len(raw)
    elif kind == 3:
        raw[int(rng.integers(len(raw)))] = pick(rng, (0x80, 0xC0, 0xED, 0xF5, 0xFF, 0, 0x20))
    elif kind == 4:  # lone surrogates, the last code point, combining signs
        odd = pick(rng, ("\ud800", "\udfff", "\U0010ffff", "\u0300", "\u200d", "İ", "\0")).encode(
            "utf-8", "surrogatepass"
        )
        raw = np.concatenate([np.frombuffer(odd, np.uint8), raw])
        offsets[1:] += len(odd)
    elif kind == 5:
        offsets = offsets[::-1]
    elif kind == 6:
        offsets[k] = pick(rng, (2**31, 2**32 - 1, len(raw), 0))
    else:
        raw, offsets = raw[:0], offsets[:1]
    return with_tensors(parts, {f"{prefix}.terms": raw, f"{prefix}.offsets": offsets.astype("<u4")})


def tables(parts: Parts, rng: Rng) -> bytes:
    """Damage hash tables and tries: the same key twice, key 0, edges in a circle, runs that do not end."""
    suffixes = (
        "keys",
        "edge_keys",
        "edge_values",
        "values",
        "_start",
        "_entries",
        "_words",
        "pairs",
        "senses",
        "columns",
    )
    names = [name for name in parts.names if name.endswith(suffixes) and parts.tensors[name].size]
    if not names:
        return values(parts, rng)
    name = pick(rng, names)
    array = parts.tensors[name].copy()
    flat = array.reshape(-1)
    top, number = np.iinfo(array.dtype).max, array.dtype.type
    kind = int(rng.integers(5))
    if kind == 0:
        flat[-1] = flat[0]
    elif kind == 1:
        flat[int(rng.integers(len(flat)))] = 0
    elif kind == 2:
        flat[:] = number(pick(rng, (0, 1, 2, top)))
    elif kind == 3:
        flat[:] = number(min(top, int(flat.max()) + 1))
    else:
        flat[rng.integers(0, len(flat), 8)] = number(min(top, len(flat)))
    return with_tensors(parts, {name: array})


def heads(parts: Parts, rng: Rng) -> bytes:
    """Change labels and heads together, so that they fit each other but not the features, or know nothing."""
    inner, tensors = parts.inner, parts.tensors
    weights = tensors["heads.weights"]
    binary = ["heads.slopes", "heads.offsets", "heads.thresholds"]
    kind = int(rng.integers(5))
    changed: dict[str, np.ndarray] = {}
    if kind == 0:  # no head at all
        inner |= {"labels": {"quads": [], "topics": [], "boilerplate": False}, "assumed_priors": [0] * 5}
        changed = {name: tensors[name][:0] for name in ("heads.intercept", *binary)} | {"heads.weights": weights[:, :0]}
    elif kind == 1:
        inner["labels"]["topics"] = [pick(rng, NASTY_STRINGS) for _ in inner["labels"]["topics"]]
    elif kind == 2:
        changed = {"heads.weights": weights[: int(rng.integers(len(weights)))]}
    elif kind == 3:
        for name in ("heads.weights", "heads.intercept", *binary):
            factor = np.asarray(pick(rng, (1e30, -1e30, 1e300, 0.0, 1.0)), tensors[name].dtype)
            changed[name] = tensors[name] * factor
    else:
        changed = {"heads.weights": weights.astype("<f8") * 1e300}
    return with_inner(Parts(with_tensors(parts, changed)), inner)


def acts(parts: Parts, rng: Rng) -> bytes:
    """Damage the model of acts, where there is one: its hashes, weights, numbers."""
    return _of_part(parts, rng, "acts", _worn_acts)


def certainty(parts: Parts, rng: Rng) -> bytes:
    """Damage what the model knows of its errors: its curve, its quantiles, the threshold of silence."""
    return _of_part(parts, rng, "certainty", _worn_certainty)


def _worn_acts(array: Array, cut: int) -> tuple[Array, ...]:
    return array[:cut], np.zeros_like(array), np.repeat(array[:1], len(array), axis=0)


def _worn_certainty(array: Array, cut: int) -> tuple[Array, ...]:
    return array[::-1], array[:cut], array * 0, array / 0, array * 2, -array


def _of_part(parts: Parts, rng: Rng, part: str, worn: Callable[[Array, int], tuple[Array, ...]]) -> bytes:
    """Damage a part that not every model has: a number of it in the header, or an array; the heads where it is missing."""
    names = [name for name in parts.names if name.startswith(f"{part}.")]
    if not names:
        return heads(parts, rng)
    if rng.random() < 0.3:
        inner = parts.inner
        container, key = pick(rng, _walk({part: inner[part]}))
        (container if key != part else inner)[key] = nasty(rng)
        return with_inner(parts, inner)
    name = pick(rng, names)
    array = parts.tensors[name]
    cut = int(rng.integers(0, len(array)))
    kinds = (_changed(array, rng), rng.permutation(array), *worn(array, cut))
    return with_tensors(parts, {name: np.ascontiguousarray(pick(rng, kinds))})


MUTATIONS: dict[str, Callable[[Parts, Rng], bytes]] = {
    function.__name__: function
    for function in (
        truncated, extended, flipped, overwritten, header_length, foreign, hidden_pickle, places, shapes, outer_header,
        inner_header, parameters, inner_text, values, arrays, terms, tables, heads, acts, certainty,
    )
}  # fmt: skip


def mutate(parts: Parts, number: int, seed: int = 0) -> tuple[str, bytes]:
    """Return the kind of mutation number so and so, and the damaged file; the same for the same number and seed."""
    rng = np.random.default_rng([seed, number])
    kind = list(MUTATIONS)[number % len(MUTATIONS)]
    with np.errstate(all="ignore"):
        return kind, MUTATIONS[kind](parts, rng)
