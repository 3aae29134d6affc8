"""Model files: the same bytes for the same model, and a clear error for everything that is not one."""

import json
import re
import struct

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from nato_nlp import ModelFileError, load_tagger
from nato_nlp._paths import default_model, seeds_dir
from nato_nlp.datasets.download import sha256_of
from nato_nlp.errors import MissingFileError
from nato_nlp.models.model_file import KEY, VERSION, read_model
from nato_nlp.models.seed_model import LARGEST
from nato_nlp.models.tagger import Tagger


@pytest.fixture(scope="module")
def saved(tmp_path_factory, small_corpus):
    texts, quads, topics, groups = small_corpus
    path = tmp_path_factory.mktemp("model") / "small.safetensors"
    Tagger().fit(texts, quads, topics, groups).save(path)
    return path


@pytest.fixture
def parts(saved):
    """The tensors and the header of a small model, to be damaged."""
    from safetensors import safe_open

    with safe_open(saved, framework="numpy") as tensors:
        header = json.loads(tensors.metadata()[KEY])
    return load_file(saved), header


def written(tmp_path, tensors, header):
    path = tmp_path / "changed.safetensors"
    save_file(tensors, path, {KEY: json.dumps(header)})
    return path


def refused(path, *words):
    with pytest.raises(ModelFileError) as caught:
        read_model(path)
    message = str(caught.value)
    assert message.startswith(f"{path} must be")
    assert all(word in message for word in words), message


def test_saving_twice_gives_the_same_bytes_and_predictions(saved, small_corpus, tmp_path):
    tagger = load_tagger(saved)
    again = tmp_path / "again.safetensors"
    tagger.save(again)
    assert again.read_bytes() == saved.read_bytes()
    texts = small_corpus[0]
    np.testing.assert_array_equal(load_tagger(again).predict_proba(texts), tagger.predict_proba(texts))


def test_loading_gives_what_was_fitted(small_corpus, tmp_path):
    texts, quads, topics, groups = small_corpus
    tagger = Tagger().fit(texts, quads, topics, groups)
    tagger.save(tmp_path / "m.safetensors")
    loaded = load_tagger(tmp_path / "m.safetensors")
    assert loaded.classes_.tolist() == tagger.classes_.tolist()
    assert loaded.topics_.tolist() == tagger.topics_.tolist()
    np.testing.assert_allclose(loaded.predict_proba(texts), tagger.predict_proba(texts), atol=1e-6)


def test_shipped_model_is_small_and_says_where_it_comes_from():
    assert default_model().stat().st_size <= LARGEST
    facts = read_model(default_model()).facts
    assert facts["corpus_sha256"] == sha256_of(seeds_dir() / "corpus.jsonl")
    assert facts["library_version"]


def test_a_missing_file():
    with pytest.raises(MissingFileError, match=r"^nowhere\.safetensors is not there: expected a model file$"):
        load_tagger("nowhere.safetensors")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 7,
        b"PK\x03\x04" + b"\0" * 100,
        b"\x80\x04\x95" + b"\0" * 100,
        b"{}",
        struct.pack("<Q", 2**62) + b"{}",
        b"text " * 50,
    ],
)
def test_files_of_another_kind(tmp_path, content):
    path = tmp_path / "other.safetensors"
    path.write_bytes(content)
    refused(path, "another kind")


def test_a_foreign_safetensors_file(tmp_path):
    path = tmp_path / "foreign.safetensors"
    save_file({"a": np.zeros(3)}, path)
    refused(path, "another kind of safetensors file")
    save_file({"a": np.zeros(3)}, path, {KEY: "not json"})
    refused(path, "its header is no JSON")


def test_a_newer_format(tmp_path, parts):
    tensors, header = parts
    path = written(tmp_path, tensors, header | {"format_version": VERSION + 1, "library_version": "9.9"})
    refused(
        path, f"of format version {VERSION} or older, got {VERSION + 1} (written by nato_nlp '9.9'): upgrade nato_nlp"
    )


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.99])
def test_a_truncated_file(tmp_path, saved, keep):
    path = tmp_path / "cut.safetensors"
    data = saved.read_bytes()
    path.write_bytes(data[: int(len(data) * keep)])
    refused(path)


BROKEN_HEADERS = [
    ("format_version", "one"),
    ("format_version", 0),
    ("temperature", 0),
    ("temperature", "hot"),
    ("labels", {}),
    ("labels", {"quads": ["praise"], "topics": [], "boilerplate": False}),
    ("features", {}),
    ("features", {"kind": "images"}),
    ("features", {"kind": "ngrams", "wrod": [1, 2]}),
    ("features", {"kind": "ngrams", "word": [2, 1], "char": None}),
    ("features", {"kind": "news", "ngrams": {}, "cue_scale": 0}),
]


@pytest.mark.parametrize(("key", "value"), BROKEN_HEADERS)
def test_a_broken_header(tmp_path, parts, key, value):
    tensors, header = parts
    refused(written(tmp_path, tensors, header | {key: value}), "damaged")


def shifted(array):
    changed = array.copy()
    changed[-1] += 1
    return changed


BROKEN_TENSORS = {
    "heads.weights": lambda a: a[:-1],
    "heads.intercept": lambda a: np.full_like(a, np.nan),
    "heads.slopes": lambda a: a[:-1],
    "heads.thresholds": lambda a: a.astype(np.int32),
    "features.ngrams.word.offsets": shifted,
    "features.ngrams.char.idf": lambda a: a[:-1],
    "features.ngrams.char.terms": lambda a: np.full_like(a, 0xFF),
}


@pytest.mark.parametrize("name", list(BROKEN_TENSORS))
def test_a_broken_tensor(tmp_path, parts, name):
    tensors, header = parts
    refused(written(tmp_path, tensors | {name: BROKEN_TENSORS[name](tensors[name])}, header), "damaged")


@pytest.mark.parametrize("name", ["heads.weights", "features.ngrams.word.terms", "features.ngrams.char.idf"])
def test_a_missing_tensor(tmp_path, parts, name):
    tensors, header = parts
    refused(
        written(tmp_path, {key: a for key, a in tensors.items() if key != name}, header),
        re.sub(r"^features\.(ngrams\.)?", "", name),
    )


def test_writing_into_a_missing_folder(saved, tmp_path):
    with pytest.raises(MissingFileError, match=r"is not there: expected a folder to write m\.safetensors into$"):
        load_tagger(saved).save(tmp_path / "none" / "m.safetensors")
