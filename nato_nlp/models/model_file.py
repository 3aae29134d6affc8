"""Model files: safetensors with JSON in the header. Reading one runs no code and trusts nothing."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nato_nlp._files import replacing
from nato_nlp._kernels.pair_layout import SCORES
from nato_nlp._validate import shorten
from nato_nlp.codebook import load_codebook
from nato_nlp.errors import MissingFileError, ModelFileError
from nato_nlp.features.news import SCALES, NewsFeatures
from nato_nlp.features.ngram_tfidf import NgramTfidf
from nato_nlp.models.acts import SHAPES, ActHead
from nato_nlp.models.certainty import Certainty, certainty_arrays, read_certainty
from nato_nlp.models.heads import Heads
from nato_nlp.models.model_checks import (
    check_depth,
    check_floats,
    check_names,
    check_ngrams,
    check_number,
    check_scales,
)

FORMAT = "nato_nlp.tagger"
VERSION = 3  # of the format; a reader refuses others
KEY = "nato_nlp"  # one key holds all metadata: safetensors does not keep the order of several
HEADS = {"heads.weights": 2, "heads.intercept": 1, "heads.slopes": 1, "heads.offsets": 1, "heads.thresholds": 1}
ACT_NUMBERS = ("temperature", "quad_temperature", "threshold")
ACTS = {"keys": 1, "weights": 2, "neutral": 1, "carried": 2, "bias": 1}  # arrays of the model of acts
# keys of the header that rebuild the model; the others are facts about it
STRUCTURE = (
    *("format", "format_version", "labels", "temperature", "assumed_priors", "priors", "thresholds"),
    *("features", "acts", "certainty"),
)
LARGEST_HEADER = 1 << 20  # bytes


@dataclass(frozen=True, eq=False)
class SavedModel:
    """What a model file holds: features, heads, facts about where they come from, and what there is of acts and certainty."""

    features: NewsFeatures | NgramTfidf
    heads: Heads
    facts: dict[str, Any] = field(default_factory=dict)
    acts: ActHead | None = None
    certainty: Certainty | None = None


def write_model(path: str | Path, model: SavedModel) -> None:
    """Write a model file under a temporary name and rename it when it is whole.

    Parameters
    ----------
    path : path
        An existing file is replaced.
    model : SavedModel

    Notes
    -----
    The same model gives the same bytes.
    """
    from safetensors.numpy import save

    heads = model.heads
    arrays = {f"features.{name}": array for name, array in model.features.to_arrays().items()}
    arrays = {name: array.astype(np.float32) if array.dtype == np.float64 else array for name, array in arrays.items()}
    arrays |= {
        "heads.weights": heads.weights,
        "heads.intercept": heads.intercept,
        "heads.slopes": heads.slopes,
        "heads.offsets": heads.offsets,
        "heads.thresholds": heads.thresholds,
    }
    if model.acts is not None:
        arrays |= {f"acts.{name}": getattr(model.acts, name) for name in ACTS}
    if model.certainty is not None:
        arrays |= {f"certainty.{name}": array for name, array in certainty_arrays(model.certainty).items()}
    header = {
        "format": FORMAT,
        "format_version": VERSION,
        "labels": {"quads": heads.quads, "topics": heads.topics, "boilerplate": heads.boilerplate},
        "temperature": heads.temperature,
        "assumed_priors": heads.assumed.tolist(),
        "priors": None if heads.priors is None else heads.priors.tolist(),
        "thresholds": dict(zip(_binary_names(heads), heads.thresholds.tolist(), strict=True)),
        "features": _feature_parameters(model.features),
        "acts": None if model.acts is None else {name: getattr(model.acts, name) for name in ACT_NUMBERS},
        "certainty": None if model.certainty is None else {"silent_below": model.certainty.silent_below},
    } | model.facts
    tensors = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    blob = save(tensors, {KEY: json.dumps(header, sort_keys=True, ensure_ascii=False)})
    with replacing(Path(path)) as temporary:
        temporary.write_bytes(blob)


def read_model(path: str | Path) -> SavedModel:
    """Read a model file.

    Raises
    ------
    MissingFileError
        There is no such file.
    ModelFileError
        The file is damaged, of a newer format, or no model of this library.
    """
    path = Path(path)
    if not path.is_file():
        raise MissingFileError(f"{path} is not there: expected a model file")
    header, arrays = _read_arrays(path)
    try:
        check_depth(header)
        features = _read_features(
            header["features"],
            {name.removeprefix("features."): a for name, a in arrays.items() if name.startswith("features.")},
        )
        heads = _read_heads(header, arrays)
        if features.columns_ != len(heads.weights):
            raise ValueError(f"heads.weights must have a row for each of {features.columns_} features")
        acts = None if header["acts"] is None else _read_acts(header["acts"], arrays)
        if acts is not None and not (isinstance(features, NewsFeatures) and heads.quads):
            raise ValueError("acts must stand with features that have a gazetteer, and with quads")
        certainty = _read_certainty(header["certainty"], arrays, heads)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise _damaged(path, f"{type(error).__name__}: {error}") from error
    facts = {key: value for key, value in header.items() if key not in STRUCTURE}
    return SavedModel(features, heads, facts, acts, certainty)


def _read_arrays(path: Path) -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]:
    from safetensors import SafetensorError, safe_open

    with path.open("rb") as stream:
        if int.from_bytes(stream.read(8), "little") > LARGEST_HEADER:
            raise ModelFileError(f"{path} must be a nato_nlp model file, got a file of another kind")
    try:
        with safe_open(path, framework="numpy") as tensors:
            header = _header(path, (tensors.metadata() or {}).get(KEY))
            return header, {name: tensors.get_tensor(name) for name in tensors.keys()}  # noqa: SIM118 (no mapping)
    except (SafetensorError, OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        if isinstance(error, ModelFileError):
            raise
        raise ModelFileError(
            f"{path} must be a nato_nlp model file, got a damaged one or another kind: {error}"
        ) from error


def _header(path: Path, raw: str | None) -> dict[str, Any]:
    try:
        header = json.loads(raw or "null")
    except (ValueError, RecursionError) as error:
        raise _damaged(path, "its header is no JSON") from error
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise ModelFileError(f"{path} must be a nato_nlp model file, got another kind of safetensors file")
    version = header.get("format_version")
    if not isinstance(version, int) or version < 1:
        raise _damaged(path, f"format_version is {shorten(version)}")
    if version < VERSION:
        raise ModelFileError(f"{path} must be of format version {VERSION}, got {version}: train the model again")
    if version > VERSION:
        raise ModelFileError(
            f"{path} must be of format version {VERSION} or older, got {version}"
            f" (written by nato_nlp {shorten(header.get('library_version'))}): upgrade nato_nlp"
        )
    return header


def _read_features(params: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> NewsFeatures | NgramTfidf:
    settings = dict(params)
    kind = settings.pop("kind")
    if kind == "ngrams":
        return _ngrams(settings, arrays, "").from_arrays(arrays)
    if kind != "news":
        raise ValueError(f"features must be of kind 'ngrams' or 'news', got {shorten(kind)}")
    inner = _ngrams(settings.pop("ngrams"), arrays, "ngrams.")
    return NewsFeatures(ngrams=inner, **check_scales(settings, SCALES)).from_arrays(arrays)


def _ngrams(settings: Any, arrays: Mapping[str, npt.NDArray[Any]], prefix: str) -> NgramTfidf:
    for name in (f"{prefix}word.idf", f"{prefix}char.idf"):
        if name in arrays:
            check_floats(name, arrays[name], (arrays[name].size,))
    return NgramTfidf(**check_ngrams(settings))


def _read_heads(header: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> Heads:
    labels = header["labels"]
    quads, topics = check_names("quads", labels["quads"]), check_names("topics", labels["topics"])
    boilerplate = labels["boilerplate"]
    if not isinstance(boilerplate, bool) or not quads + topics:
        raise ValueError("labels must be quads or topics, and boilerplate true or false")
    if [q for q in load_codebook().quads if q in quads] != list(quads):
        raise ValueError("labels must be quads of the codebook in its order")
    binary = len(topics) + boilerplate
    columns = len(arrays["heads.weights"]) if arrays["heads.weights"].ndim else 0
    shapes = [(columns, len(quads) + binary), (len(quads) + binary,), (binary,), (binary,), (binary,)]
    for name, shape in zip(HEADS, shapes, strict=True):
        check_floats(name, arrays[name], shape)
    temperature = check_number("temperature", header["temperature"])
    slopes, offsets, thresholds = (arrays[f"heads.{name}"] for name in ("slopes", "offsets", "thresholds"))
    assumed = _priors(header["assumed_priors"], quads)
    if np.count_nonzero(assumed) != len(quads):
        raise ValueError("assumed_priors must be above 0 for each quad with a head")
    priors = None if header["priors"] is None else _priors(header["priors"], quads)
    return Heads(
        quads=quads,
        topics=topics,
        boilerplate=boilerplate,
        weights=arrays["heads.weights"],
        intercept=arrays["heads.intercept"],
        temperature=temperature,
        slopes=slopes,
        offsets=offsets,
        thresholds=thresholds,
        assumed=assumed,
        priors=priors,
    )


def _read_acts(numbers: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> ActHead:
    read = {name: arrays[f"acts.{name}"] for name in ACTS}
    keys, quads = read["keys"], len(load_codebook().quads)
    if keys.dtype != np.uint64 or keys.ndim != 1 or not (keys & np.uint64(1)).all():
        raise ValueError("acts.keys must hold odd numbers of type uint64")
    shapes = {"weights": (len(keys), SCORES), "neutral": (SHAPES,), "carried": (quads, quads), "bias": (quads,)}
    for name, shape in shapes.items():
        check_floats(f"acts.{name}", read[name], shape)
    temperature, quad_temperature, threshold = (check_number(f"acts.{name}", numbers[name]) for name in ACT_NUMBERS)
    head = ActHead(**read, temperature=temperature, quad_temperature=quad_temperature, threshold=threshold)
    _ = head.table  # refuses a key that stands twice
    return head


def _read_certainty(
    numbers: Mapping[str, Any] | None, arrays: Mapping[str, npt.NDArray[Any]], heads: Heads
) -> Certainty | None:
    if numbers is None:
        return None
    if not heads.quads:
        raise ValueError("certainty must stand with quads")
    prefix = "certainty."
    found = {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
    return read_certainty(numbers["silent_below"], found)


def _priors(values: Any, quads: tuple[str, ...]) -> npt.NDArray[np.float64]:
    book = load_codebook()
    priors = np.asarray(values, np.float64)
    missing = [k for k, name in enumerate(book.quads) if name not in quads]
    if priors.shape != (len(book.quads),) or not ((priors >= 0) & (priors <= 1)).all() or priors[missing].any():
        raise ValueError(f"priors must be {len(book.quads)} numbers from 0 to 1, 0 for quads without a head")
    if quads and not np.isclose(priors.sum(), 1.0):
        raise ValueError("priors must sum to 1")
    return priors


def _binary_names(heads: Heads) -> list[str]:
    return [*heads.topics, *(["boilerplate"] if heads.boilerplate else [])]


def _feature_parameters(features: NewsFeatures | NgramTfidf) -> dict[str, Any]:
    """Return what transforms texts; the limits that only chose the vocabulary stay for the record."""
    if isinstance(features, NewsFeatures):
        scales = {name: getattr(features, name) for name in SCALES}
        return {"kind": "news", "ngrams": _ngram_parameters(features.ngrams_)} | scales
    return {"kind": "ngrams"} | _ngram_parameters(features)


def _ngram_parameters(features: NgramTfidf) -> dict[str, Any]:
    params = features.get_params(deep=False) | {"vocabulary": None, "n_jobs": None}
    params["dtype"] = np.dtype(params["dtype"]).name
    return params


def _damaged(path: Path, why: str) -> ModelFileError:
    return ModelFileError(f"{path} must be a whole nato_nlp model file, got a damaged one: {shorten(why, 200)}")
