"""``nato-nlp probe``: what it prints, records and refuses. Of the pairs that ship only totals are read."""

import json
from pathlib import Path

import pytest
from helpers import run

from nato_nlp import Tagger
from nato_nlp._paths import default_model, seeds_dir
from nato_nlp.datasets.download import sha256_of
from nato_nlp.evaluation.probe import KINDS, load_probe

HEADER = "| kind | both stances right | 95% interval | pairs | source and target too |"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def pairs(small_corpus, folder):
    """Four pairs of sentences that the small model was trained on; the last one expects what it can't say."""
    rows = [
        ("n1", "negation", "Kenya sent food aid to Somalia.", "Troops shelled the border town.", "dispute"),
        ("n2", "negation", "The two navies opened a joint base.", "Lima accused Quito of lies.", "dispute"),
        ("p1", "planned", "Kenya sent food aid to Somalia.", "The treaty has nine articles.", "neutral"),
        ("p2", "planned", "Kenya sent food aid to Somalia.", "The two navies opened a joint base.", "dispute"),
    ]
    names = ("id", "kind", "a", "b", "expect_b")
    lines = [json.dumps(dict(zip(names, row, strict=True)) | {"expect_a": "cooperation"}) for row in rows]
    Path("pairs.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    texts, quads, topics, groups = small_corpus
    Tagger().fit(texts, quad=quads, topics=topics, groups=groups).save("m.safetensors")
    return "pairs.jsonl"


def refused(status, message, *args):
    result = run("probe", *args)
    assert (result.err, result.status, result.out) == (f"nato-nlp: {message}\n", status, "")


def test_the_shipped_model_on_the_shipped_pairs_in_totals():
    result = run("probe", "--format", "json")
    assert (result.status, result.err) == (0, "")
    rates = json.loads(result.out)
    assert list(rates["stance"]) == [*KINDS, "all"]
    assert rates["stance"]["all"]["pairs"] == len(load_probe())
    assert 0.5 < rates["stance"]["all"]["low"] <= rates["stance"]["all"]["value"]


def test_json(pairs):
    result = run("probe", "--model", "m.safetensors", "--pairs", pairs, "--format", "json")
    assert (result.status, result.err) == (0, "")
    said = json.loads(result.out)
    assert {kind: (e["value"], e["pairs"]) for kind, e in said["stance"].items()} == {
        "negation": (1.0, 2),
        "planned": (0.5, 2),
        "all": (0.75, 4),
    }
    assert said["direction"] == {}


def test_text_and_markdown_hold_the_same_table(pairs):
    text = run("probe", "--model", "m.safetensors", "--pairs", pairs)
    markdown = run("probe", "--model", "m.safetensors", "--pairs", pairs, "--format", "markdown")
    assert (text.status, text.err, markdown.status, markdown.err) == (0, "", 0, "")
    lines = markdown.out.splitlines()
    assert lines[0] == HEADER
    assert lines[3] == "| planned | 0.50 | 0.00 to 1.00 | 2 |  |"
    assert text.out.splitlines()[2].split() == ["planned", "0.50", "0.00", "to", "1.00", "2"]
    assert len({line.index("to") for line in text.out.splitlines()[1:]}) == 1


def test_a_single_pair_has_no_interval(pairs):
    Path("one.jsonl").write_text(Path(pairs).read_text(encoding="utf-8").splitlines()[0], encoding="utf-8")
    said = json.loads(run("probe", "--model", "m.safetensors", "--pairs", "one.jsonl", "--format", "json").out)
    assert said["stance"]["all"] == {"value": 1.0, "low": None, "high": None, "pairs": 1}


def test_record_writes_the_same_numbers_twice_and_the_clock_apart(pairs):
    for name in ("first", "second"):
        result = run("probe", "--model", "m.safetensors", "--pairs", pairs, "--record", f"runs/{name}")
        assert (result.status, result.err) == (
            0,
            f"nato-nlp: recorded runs/{name}/metrics.json and manifest.json\n",
        )
    first, second = (Path("runs", name, "metrics.json").read_bytes() for name in ("first", "second"))
    assert first == second
    assert json.loads(first)["stance"]["all"]["value"] == 0.75
    manifest = json.loads(Path("runs/first/manifest.json").read_text(encoding="utf-8"))
    assert {"versions", "machine", "time"} <= set(manifest)
    assert manifest["data_sha256"] == {"pairs.jsonl": sha256_of(Path(pairs))}
    assert manifest["model_sha256"] == sha256_of(Path("m.safetensors"))


def test_record_of_the_shipped_pairs_names_model_and_pairs():
    assert run("probe", "--record", "runs").status == 0
    manifest = json.loads(Path("runs/manifest.json").read_text(encoding="utf-8"))
    assert manifest["data_sha256"] == {"probe.jsonl": sha256_of(seeds_dir() / "probe.jsonl")}
    assert manifest["model_sha256"] == sha256_of(default_model())
    assert manifest["corpus_sha256"] == sha256_of(seeds_dir() / "corpus.jsonl")


def test_refused(pairs, small_corpus):
    refused(2, "none.jsonl is not there: expected minimal pairs", "--pairs", "none.jsonl")
    refused(2, "none.safetensors is not there: expected a model file", "--model", "none.safetensors")
    Path("empty.jsonl").write_text("\n", encoding="utf-8")
    refused(1, "pairs must hold at least one minimal pair", "--pairs", "empty.jsonl")
    Path("broken.jsonl").write_text('{"id": "a"}', encoding="utf-8")
    message = "broken.jsonl, line 1 must be a minimal pair as a JSON object, got KeyError('a')"
    refused(1, message, "--pairs", "broken.jsonl")
    Path("latin.jsonl").write_bytes('{"id": "é"}'.encode("latin-1"))
    refused(1, "latin.jsonl must be UTF-8, got other bytes at offset 8", "--pairs", "latin.jsonl")
    texts, _, topics, groups = small_corpus
    Tagger().fit(texts, topics=topics, groups=groups).save("topics.safetensors")
    message = "the model must be one of quads, got one of topics alone: it gives no stances"
    refused(1, message, "--model", "topics.safetensors", "--pairs", pairs)


def test_help_shows_the_options(monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    result = run("probe", "--help")
    assert (result.status, result.err) == (0, "")
    assert all(option in result.out for option in ("--model", "--pairs", "--format", "--record", "nato-nlp probe"))
