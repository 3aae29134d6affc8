"""The model of the demo page: written, read back as a tagger, and equal to what the page's JavaScript computes of it."""

import gzip
import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from nato_nlp import Tagger, load_codebook
from nato_nlp.datasets import load_seeds
from nato_nlp.errors import InputError, MissingFileError, ModelFileError
from nato_nlp.features import NewsFeatures, NgramTfidf
from nato_nlp.models.evidence import evidence_of
from nato_nlp.models.web_model import _unhashed, read_web_model, write_web_model
from nato_nlp.text.boilerplate import PATTERNS, STARTING, is_boilerplate
from nato_nlp.text.web_rules import translated
from tests.test_boilerplate import FURNITURE, STORY

DEMO = Path(__file__).parent.parent / "docs" / "_static" / "demo"
SENTENCES = 2000
LARGEST = 3_000_000  # bytes over the wire, of model, module and page
# what texts hold that a split into words, lower case or offsets can get wrong
ODD = (
    "",
    " \t\n",
    "...",
    "İzmir'de IĞDIR, ΟΔΟΣ ΣΑΜΟΥ ΣΑΣ Σ and the U.S.A.'s embassy -- won’t WON'T shan't yield.",
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𝟙𝟚 of Russia 😀 condemned🔥 the ½ ² Ⅷ treaty\u2028and\x1csigned\x85it",
    '"Peru," he said, "refused to sign"; but Chile did not (yet) -- however, it turned the offer down.',
    "they turned the whole offer by Lima down; they turned, the offer down",
    "a\u0301 e\u0301lan\u00a0of\u3000Tokyo ... 3.5 p.m. U.S. J. Smith",
    "\ud800 Peru and Chile \udfff agreed",
    "Photo: AP/Jane Doe",
    "By Anna Lind, Nairobi",
    "Published 3 May 2011 at 10:00 GMT",
    "WORLD | AFRICA",
    "Share this article on Facebook",
)


@pytest.fixture(scope="module")
def model(tagger, tmp_path_factory):
    path = tmp_path_factory.mktemp("web") / "model.gz"
    write_web_model(path, tagger)
    return path


@pytest.fixture(scope="module")
def web_tagger(model):
    return read_web_model(model)


def in_javascript(folder, model, **given):
    """Run the demo's module in Node.js on sentences, and return what it says of them."""
    node = shutil.which("node")
    if node is None or not DEMO.is_dir():
        pytest.skip("Node.js or the sources of the demo are not there: the page's module is not compared")
    for path in (*DEMO.glob("*.js"), Path(__file__).parent / "web_model.mjs"):
        shutil.copy(path, folder)
    (folder / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    full = {"sentences": [], "explained": [], "documents": [], "lines": []} | given
    (folder / "given.json").write_text(json.dumps(full), encoding="utf-8")
    command = [node, "web_model.mjs", str(model), "given.json"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def sample(count):
    texts = load_seeds().texts
    return [texts[k] for k in np.random.default_rng(0).permutation(len(texts))[:count]]


def assert_same_tags(tagger, sentences, found):
    tags, book = tagger.tag_sentences(sentences), load_codebook()
    worst = 0.0
    for tag, other in zip(tags, found, strict=True):
        seen = (other["stance"], other["quad"], tuple(other["topics"]), other["boilerplate"])
        assert seen == (tag.stance, tag.quad, tag.topics, tag.boilerplate), tag.text
    for name, ours in (("stance", tags.stance_proba), ("quad", tags.quad_proba), ("topic", tags.topic_proba)):
        names = {"stance": book.stances, "quad": book.quads, "topic": tagger.heads_.topics}[name]
        theirs = np.asarray([[row[f"{name}Proba"][label] for label in names] for row in found])
        worst = max(worst, float(np.abs(theirs - ours).max()))
    assert worst < 1e-4


def test_javascript_equals_python_on_the_seed_corpus(web_tagger, model, tmp_path):
    sentences = sample(SENTENCES)
    assert len(sentences) == SENTENCES
    assert_same_tags(web_tagger, sentences, in_javascript(tmp_path, model, sentences=sentences)["tags"])


def test_javascript_equals_python_on_odd_texts(web_tagger, model, tmp_path):
    rng = np.random.default_rng(1)
    odd = "".join(ODD) + " \"'’.,;:!?()-–“”" * 3
    made = ["".join(rng.choice(list(odd), 60).tolist()) for _ in range(100)]
    # words of real sentences between odd characters, so that phrases and their conditions are met
    words = " ".join(sample(40)).split()
    mixed = ["".join(f"{w}{rng.choice(list(odd))}" for w in rng.choice(words, 20).tolist()) for _ in range(200)]
    # a lone surrogate can't go through JSON and UTF-8, but as an escape, which both sides read
    sentences = [*ODD, *made, *mixed]
    assert_same_tags(web_tagger, sentences, in_javascript(tmp_path, model, sentences=sentences)["tags"])


def test_javascript_applies_the_same_rules_for_site_furniture(model, tmp_path):
    lines = [*FURNITURE, *STORY, *(f"— {line}!" for line in FURNITURE), *(line.upper() for line in FURNITURE)]
    # dates that could be cut in many ways: a rule that gave back characters would need hours for them
    lines += ["Updated " + "sept " * 60 + "x", "Published " + "1" * 300 + "x"]
    found = in_javascript(tmp_path, model, lines=lines)["furniture"]
    assert found == [is_boilerplate(line) for line in lines]


def test_javascript_gives_the_same_evidence(web_tagger, model, tmp_path):
    sentences = [text for text in [*ODD, *sample(150)] if any(map(str.isalnum, text))]
    labels = ["dispute", "neutral", "verbal_cooperation", "energy"]
    explained = [(text, labels[k % len(labels)]) for k, text in enumerate(sentences)]
    found = in_javascript(tmp_path, model, explained=explained)["evidence"]
    for (text, label), other in zip(explained, found, strict=True):
        ours = evidence_of(web_tagger, text, label, None)
        assert other["against"] == ours.against, text
        assert other["difference"] == pytest.approx(ours.difference, abs=1e-4)
        told = {(p["start"], p["end"]): p["pull"] for p in other["phrases"]}
        assert told == pytest.approx({(p.start, p.end): p.pull for p in ours.phrases}, abs=1e-4), text
        assert [p["text"] for p in other["phrases"]] == [text[p["start"] : p["end"]] for p in other["phrases"]]
        rest = other["difference"] - other["intercept"] - other["whole"] - sum(told.values())
        assert rest == pytest.approx(0, abs=1e-9)


def test_javascript_splits_lines_and_sentences(model, tmp_path):
    text = (
        'Envoys meet\n\nGen. Wu met J. Smith. "We agree," he said. It cost 3.5 million. 12 ships left.\r\n***\nThe end'
    )
    split = in_javascript(tmp_path, model, documents=[text, ""])["split"]
    first = ["Envoys meet", "Gen. Wu met J. Smith.", '"We agree," he said.', "It cost 3.5 million.", "12 ships left."]
    assert split == [[*first, "The end"], []]


def test_reading_restores_all_but_the_last_digits_of_weights(tagger, web_tagger):
    texts = sample(300)
    ours, theirs = (t.features_.transform_arrays(texts) for t in (tagger, web_tagger))
    for name in ("indptr", "indices", "data"):
        assert np.array_equal(getattr(ours, name), getattr(theirs, name))
    heads, others = tagger.heads_, web_tagger.heads_
    for name in ("intercept", "slopes", "offsets", "thresholds", "assumed"):
        assert np.array_equal(getattr(heads, name), getattr(others, name))
    error = np.abs(heads.weights - others.weights).max(axis=0)
    assert (error <= np.abs(heads.weights).max(axis=0) / 127 / 2 * 1.001).all()
    assert error.max() > 0


def test_the_file_is_small_and_always_the_same(tagger, model, tmp_path):
    write_web_model(tmp_path / "again.gz", tagger)
    assert (tmp_path / "again.gz").read_bytes() == model.read_bytes()
    scripts = sum(path.stat().st_size for path in DEMO.glob("*")) if DEMO.is_dir() else 0
    assert model.stat().st_size + scripts < LARGEST


@pytest.mark.parametrize(
    ("features", "message"),
    [
        (NgramTfidf(), r"^tagger must be one with NewsFeatures, got NgramTfidf\(.*$"),
        (
            NewsFeatures(ngrams=NgramTfidf(char=None)),
            r"^ngrams must be of words and of characters, with \{.*\}, got NgramTfidf\(char=None\)$",
        ),
    ],
)
def test_features_that_the_page_cannot_compute_are_refused(small_corpus, tmp_path, features, message):
    texts, quads, _, groups = small_corpus
    other = Tagger(features=features).fit(texts, quads, groups=groups)
    with pytest.raises(InputError, match=message):
        write_web_model(tmp_path / "model.gz", other)
    assert not list(tmp_path.iterdir())


def test_other_priors_are_refused(tagger, tmp_path):
    other = tagger.with_priors({"cooperation": 0.2, "dispute": 0.2, "neutral": 0.6})
    with pytest.raises(InputError, match="^tagger must have quads, and no priors of one's own$"):
        write_web_model(tmp_path / "model.gz", other)


def test_files_of_another_kind_are_refused(model, tmp_path):
    with pytest.raises(MissingFileError, match="^.* is not there: expected a model for the page$"):
        read_web_model(tmp_path / "none.gz")
    path = tmp_path / "other.gz"
    path.write_bytes(gzip.compress(b"no model"))
    with pytest.raises(ModelFileError, match="^.* must be a model for the page, got another kind of file: "):
        read_web_model(path)
    plain = gzip.decompress(model.read_bytes())
    path.write_bytes(gzip.compress(plain.replace(b'\\"version\\": 1', b'\\"version\\": 9', 1)))
    with pytest.raises(ModelFileError, match="^.* must be of version 1, got 9$"):
        read_web_model(path)


def test_hashes_of_edges_that_cannot_be_undone_are_refused():
    with pytest.raises(InputError, match="^phrases must have edges whose hashes can be undone$"):
        _unhashed(np.asarray([12345], np.uint64), nodes=3, words=5)


def test_patterns_are_translated():
    assert translated(r"\bpages? [A-Z]\W*$").endswith(r"pages? [A-Z][^\p{L}\p{N}_]*$")
    assert translated(r"[\w.'-]{2,}.") == r"[\p{L}\p{N}_.'-]{2,}[^\n]"
    with pytest.raises(ValueError, match="^pattern must not repeat a group without giving back: "):
        translated("(?:ab)++")
    for pattern in (STARTING.pattern, *(rule.pattern for rule in PATTERNS.values())):
        assert "++" not in translated(pattern)
        assert "*+" not in translated(pattern)
