"""The compact form of a tagger that the demo page reads: weights of 8 bits, no table that can be computed, gzipped."""

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nato_nlp._files import replacing
from nato_nlp._validate import must_be, shorten
from nato_nlp.codebook import load_codebook
from nato_nlp.errors import InputError, MissingFileError, ModelFileError
from nato_nlp.features._phrase_arrays import SENSE_KINDS, SENSE_REGIONS, joined, split_joined
from nato_nlp.features.actors import NAME_KINDS, REGIONS
from nato_nlp.features.news import MOST, PLACEHOLDERS, SCALES, NewsFeatures
from nato_nlp.features.ngram_tfidf import NgramTfidf
from nato_nlp.features.phrases import CUE_COLUMNS, CUES, SHAPES, Phrases
from nato_nlp.features.topic_terms import term_columns
from nato_nlp.models.decision import stance_of_quad
from nato_nlp.models.heads import Heads
from nato_nlp.models.tagger import Tagger
from nato_nlp.text.web_rules import web_rules

FORMAT = "nato_nlp.web"
VERSION = 1
LISTS = ("lexicon", "names", "terms")
# arrays that only rise: their steps are small and repeat, which gzip likes
RISING = ("values", "node_start", "condition_start", "set_start", "split_start", "rest_start")
STEPS = ".steps"
# what the page computes, and nothing else
FIXED = {"lowercase": True, "binary": False, "sublinear_tf": True, "use_idf": True, "norm": "l2"}

Array = npt.NDArray[Any]


def write_web_model(path: str | Path, tagger: Tagger) -> None:
    """Write what the demo page needs of a tagger; acts between actors, and when to give no answer, are left out.

    Symbols: V features, K heads.

    Parameters
    ----------
    path : path
        An existing file is replaced; the same tagger gives the same bytes.
    tagger : Tagger
        Fitted, with the features of the shipped model (other scales, ranges of n-grams and word lists are fine).

    Raises
    ------
    InputError
        Features of another kind or without one of the two kinds of n-grams, no quads, or priors set by `Tagger.with_priors`.

    Notes
    -----
    A head's weights of n-grams are whole numbers from -127 to 127 times one scale a head, all others from -32767 to 32767.
    Probabilities so move in their third digit; ``python -m benchmarks web`` tells by how much, and how many tags change.
    Hash tables of phrases are written as the paths that they hash: they are filled anew when read.
    """
    from safetensors.numpy import save

    tagger._check_fitted()
    features, heads = tagger.features_, tagger.heads_
    _check(features, heads)
    assert isinstance(features, NewsFeatures)
    arrays = _phrase_arrays(features.phrases_) | {"actor.codes": joined(features.codes_)} | _gram_arrays(features)
    grams = slice(CUE_COLUMNS, features.act_columns_.stop)
    arrays["weights.grams"], arrays["scales.grams"] = _quantised(heads.weights[grams], np.int8)
    others = np.delete(heads.weights, np.arange(grams.start, grams.stop), axis=0)
    arrays["weights.others"], arrays["scales.others"] = _quantised(others, np.int16)
    tensors = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    blob = save(tensors, {FORMAT: json.dumps(_header(features, heads), sort_keys=True, ensure_ascii=False)})
    with replacing(Path(path)) as temporary:
        temporary.write_bytes(gzip.compress(blob, 9, mtime=0))


def read_web_model(path: str | Path) -> Tagger:
    """Read what `write_web_model` wrote, as a tagger: what the page computes, computed by the library.

    Raises
    ------
    MissingFileError
        There is no such file.
    ModelFileError
        A file of another kind.

    Examples
    --------
    >>> import tempfile
    >>> from nato_nlp import load_tagger
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_web_model(Path(folder) / "model.gz", load_tagger())
    ...     tagger = read_web_model(Path(folder) / "model.gz")
    >>> tagger.tag("The two navies held a joint exercise.")[0].quad
    'material_cooperation'
    """
    path = Path(path)
    if not path.is_file():
        raise MissingFileError(f"{path} is not there: expected a model for the page")
    header, arrays = _read(path)
    scales = {name: header["scales"][name] for name in SCALES}
    ngrams = NgramTfidf(word=tuple(header["word"]), char=tuple(header["char"]))
    stored = _restored_phrases(arrays) | {"actor.codes": arrays["actor.codes"]} | _restored_grams(arrays)
    features = NewsFeatures(ngrams=ngrams, **scales).from_arrays(stored)
    tagger = Tagger(features=features)
    tagger.features_, tagger.facts_ = features, {}
    tagger.heads_ = _restored_heads(header, arrays)
    tagger.acts_ = tagger.held_out_acts_ = tagger.held_out_ = None
    return tagger


def _check(features: Any, heads: Heads) -> None:
    if not isinstance(features, NewsFeatures):
        raise must_be("tagger", "one with NewsFeatures", features)
    found = features.ngrams_.get_params(deep=False)
    if features.ngrams_.word is None or features.ngrams_.char is None or any(found[k] != v for k, v in FIXED.items()):
        raise must_be("ngrams", f"of words and of characters, with {FIXED}", features.ngrams_)
    if not heads.quads or heads.priors is not None:
        raise InputError("tagger must have quads, and no priors of one's own")


def _header(features: NewsFeatures, heads: Heads) -> dict[str, Any]:
    book = load_codebook()
    numbers = ("intercept", "slopes", "offsets", "thresholds", "assumed")
    return {
        "format": FORMAT,
        "version": VERSION,
        "labels": {"quads": heads.quads, "topics": heads.topics, "boilerplate": heads.boilerplate},
        "codebook": {"stances": book.stances, "quads": book.quads, "stance_of_quad": stance_of_quad().tolist()},
        "heads": {name: getattr(heads, name).tolist() for name in numbers} | {"temperature": heads.temperature},
        "word": features.ngrams_.word,
        "char": features.ngrams_.char,
        "scales": {name: getattr(features, name) for name in SCALES},
        "most": MOST,
        "cues": {"first": CUES._asdict(), "shapes": SHAPES, "columns": CUE_COLUMNS},
        "actors": {"kinds": SENSE_KINDS, "regions": SENSE_REGIONS, "region_columns": REGIONS, "kind_columns": NAME_KINDS},
        "placeholders": PLACEHOLDERS,
        "topic_columns": len(term_columns()),
        "boilerplate": web_rules(),
    }  # fmt: skip


def _quantised(weights: Array, kind: Any) -> tuple[Array, Array]:
    """Return weights of shape (V, K) as whole numbers, and the scale of each head."""
    top = np.iinfo(kind).max
    scales = (np.abs(weights).max(axis=0, initial=0.0) / top).astype(np.float32)
    scales[scales == 0] = 1.0
    return np.clip(np.rint(weights / scales), -top, top).astype(kind), scales


def _gram_arrays(features: NewsFeatures) -> dict[str, Array]:
    arrays = {}
    for block in features.ngrams_.blocks_:
        assert block.idf is not None
        # few terms have a document frequency of their own
        different, places = np.unique(block.idf.astype(np.float32), return_inverse=True)
        arrays[f"{block.name}.terms"] = joined(block.terms)
        arrays[f"{block.name}.idf"], arrays[f"{block.name}.idfs"] = places.astype(np.uint16), different
    return arrays


def _phrase_arrays(phrases: Phrases) -> dict[str, Array]:
    arrays = phrases.to_arrays()
    for name in LISTS:
        order = np.lexsort((arrays[f"{name}.keys"], arrays[f"{name}.values"]))
        arrays[f"{name}.keys"], arrays[f"{name}.values"] = (
            arrays[f"{name}.{key}"][order] for key in ("keys", "values")
        )
        keys, children = arrays.pop(f"{name}.edge_keys"), arrays.pop(f"{name}.edge_values")
        words = int(arrays[f"{name}.values"].max(initial=0))
        parents, labels = _unhashed(keys[np.argsort(children)], len(children) + 1, words)
        arrays[f"{name}.up"] = _smallest(np.arange(1, len(parents) + 1) - parents)
        arrays[f"{name}.edge_words"] = _smallest(labels)
        for rising in (f"{name}.{key}" for key in RISING if f"{name}.{key}" in arrays):
            arrays[rising + STEPS] = _smallest(np.diff(arrays.pop(rising).astype(np.int64), prepend=0))
    return arrays


def _unhashed(keys: Array, nodes: int, words: int) -> tuple[Array, Array]:
    """Return node and word of each edge: but for its last bit, which is always set, the hash can be undone."""
    from nato_nlp._kernels.phrases import MIXER

    inverse = np.uint64(pow(int(MIXER), -1, 1 << 64))
    found = np.zeros((2, len(keys)), np.int64)
    fitting = np.zeros(len(keys), np.int64)
    for key in (keys, keys ^ np.uint64(1)):
        packed = key * inverse
        node, word = (packed >> np.uint64(32)).astype(np.int64) - 1, (packed & np.uint64(0xFFFFFFFF)).astype(np.int64)
        fits = (node >= 0) & (node < nodes) & (word > 0) & (word <= words)
        found[:, fits] = node[fits], word[fits]
        fitting += fits
    if not (fitting == 1).all():
        raise InputError("phrases must have edges whose hashes can be undone")
    return found[0], found[1]


def _smallest(array: Array) -> Array:
    return array.astype(np.min_scalar_type(int(array.max(initial=0))))


def _read(path: Path) -> tuple[dict[str, Any], dict[str, Array]]:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        blob = gzip.decompress(path.read_bytes())
        size = int.from_bytes(blob[:8], "little")
        header = json.loads(json.loads(blob[8 : 8 + size])["__metadata__"][FORMAT])
        arrays = load(blob)
    except (OSError, EOFError, ValueError, LookupError, TypeError, SafetensorError) as error:
        raise ModelFileError(f"{path} must be a model for the page, got another kind of file: {error}") from error
    if header.get("version") != VERSION:
        raise ModelFileError(f"{path} must be of version {VERSION}, got {shorten(header.get('version'))}")
    return header, arrays


def _restored_phrases(arrays: dict[str, Array]) -> dict[str, Array]:
    from nato_nlp._kernels.phrases import hash_edges

    found = {}
    for name, array in arrays.items():
        if name.split(".")[0] in LISTS:
            plain = name.removesuffix(STEPS)
            found[plain] = np.cumsum(array, dtype=np.int64) if name != plain else array
    for name in LISTS:
        words, up = found.pop(f"{name}.edge_words").astype(np.int32), found.pop(f"{name}.up").astype(np.int32)
        children = np.arange(1, len(up) + 1, dtype=np.int32)
        hashes = np.zeros(len(up), np.uint64)
        hash_edges(children - up, words, hashes)
        found[f"{name}.edge_keys"], found[f"{name}.edge_values"] = hashes, children
    return found


def _restored_grams(arrays: dict[str, Array]) -> dict[str, Array]:
    found = {}
    for block in ("word", "char"):
        terms = [term.encode() for term in split_joined(arrays[f"{block}.terms"], f"{block}.terms")]
        found[f"ngrams.{block}.terms"] = np.frombuffer(b"".join(terms), np.uint8)
        found[f"ngrams.{block}.offsets"] = np.cumsum([0, *map(len, terms)])
        found[f"ngrams.{block}.idf"] = arrays[f"{block}.idfs"][arrays[f"{block}.idf"]]
    return found


def _restored_heads(header: dict[str, Any], arrays: dict[str, Array]) -> Heads:
    grams, others = (arrays[f"weights.{part}"] * arrays[f"scales.{part}"] for part in ("grams", "others"))
    weights = np.concatenate([others[:CUE_COLUMNS], grams, others[CUE_COLUMNS:]]).astype(np.float32)
    labels, numbers = header["labels"], header["heads"]
    return Heads(
        quads=tuple(labels["quads"]),
        topics=tuple(labels["topics"]),
        boilerplate=labels["boilerplate"],
        weights=weights,
        intercept=np.asarray(numbers["intercept"], np.float32),
        temperature=numbers["temperature"],
        **{name: np.asarray(numbers[name]) for name in ("slopes", "offsets", "thresholds", "assumed")},
    )
