"""``nato-nlp train``, ``evaluate``, ``info`` and the program itself: what they print and what they refuse."""

import csv
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from helpers import run

from nato_nlp import __version__, load_codebook, load_tagger
from nato_nlp._paths import default_model, seeds_dir
from nato_nlp.cli.training import train_on, with_seeds
from nato_nlp.datasets import load_seeds, load_table
from nato_nlp.datasets.download import sha256_of

LEARNT = "topics must leave 'a' out of at least one text: nothing can be learnt of it"
NEITHER = "mine.csv must have a column 'quad' or 'topics'; name others with --quad and --topics"
QUADS = "one of 'verbal_cooperation', 'material_cooperation', 'verbal_dispute', 'material_dispute', 'neutral'"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def corpus(small_corpus):
    """The small corpus as rows of a table."""
    return [
        {"text": text, "quad": quad, "topics": ";".join(topics), "group": f"story {group}"}
        for text, quad, topics, group in zip(*small_corpus, strict=True)
    ]


def table(name, rows, columns=("text", "quad", "topics", "group")):
    """Write rows under the column names that ``columns`` gives to text, quad, topics and group."""
    names = dict(zip(("text", "quad", "topics", "group"), columns, strict=False))
    with open(name, "w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(names.values())
        writer.writerows([row[key] for key in names] for row in rows)
    return name


def listed():
    return sorted(path.name for path in Path().iterdir())


def refused(status, message, *args):
    before = listed()
    result = run(*args)
    assert (result.err, result.status, result.out) == (f"nato-nlp: {message}\n", status, "")
    assert listed() == before


def test_train_tag_and_evaluate_with_ones_own_labels(corpus):
    table("mine.csv", corpus, ("sentence", "label", "about", "story"))
    columns = ["--text", "sentence", "--quad", "label", "--topics", "about", "--group", "story"]
    result = run("train", "--data", "mine.csv", *columns, "--output", "mine.safetensors")
    size = Path("mine.safetensors").stat().st_size
    assert (result.status, result.err) == (
        0,
        f"nato-nlp: trained on 60 sentences, saved mine.safetensors ({size:,} bytes)\n",
    )
    assert result.out.startswith("cross-validation, 5 folds, grouped by story\nmine\n====\n")
    assert re.search(r"^quad +macro_f1 +[01]\.\d{3} \[.*\] \(60 rows in 12 groups\)$", result.out, re.MULTILINE)
    assert "topics       multilabel_macro_f1" in result.out
    assert listed() == ["mine.csv", "mine.safetensors"]

    tagger = load_tagger("mine.safetensors")
    assert (sorted(tagger.classes_), tagger.topics_.tolist()) == (sorted(load_codebook().quads), ["aid", "law"])
    assert {key: tagger.facts_[key] for key in ("corpus", "corpus_sha256", "sentences")} == {
        "corpus": "mine",
        "corpus_sha256": sha256_of(Path("mine.csv")),
        "sentences": 60,
    }

    row = json.loads(run("tag", "--lines", "--model", "mine.safetensors", stdin=b"Kenya sent food aid to Somalia.").out)
    assert (row["quad"], row["topics"], list(row["topic_proba"])) == ("material_cooperation", ["aid"], ["aid", "law"])

    scored = run("evaluate", "--data", "mine.csv", *columns, "--model", "mine.safetensors", "--format", "json")
    assert (scored.status, scored.err) == (0, "")
    (scores,) = json.loads(scored.out)
    assert scores["set"] == "mine"
    found = {(score["task"], score["metric"]): score for score in scores["scores"]}
    assert {key: found["quad", "macro_f1"][key] for key in ("value", "count", "groups")} == {
        "value": 1.0,
        "count": 60,
        "groups": 12,
    }
    assert scores["confusion"]["quad"]["neutral"] == {quad: 12 * (quad == "neutral") for quad in load_codebook().quads}


def test_training_twice_gives_the_same_bytes(corpus):
    table("mine.csv", corpus)
    for name in ("a.safetensors", "b.safetensors"):
        assert run("train", "--data", "mine.csv", "-o", name).status == 0
    assert Path("a.safetensors").read_bytes() == Path("b.safetensors").read_bytes()


@pytest.mark.parametrize("target", ["quad", "topics"])
def test_one_target_is_enough(corpus, target):
    rows = [{"text": row["text"], "quad": row[target]} for row in corpus]
    table("mine.csv", rows, ("text", target))
    trained = run("train", "--data", "mine.csv", "-o", "m.safetensors")
    assert trained.status == 0
    assert trained.out.startswith(
        "cross-validation, 5 folds, each sentence by itself (--group names the story)\nmine\n"
    )
    for name in ("out.jsonl", "out.csv", "out.parquet", "out.txt"):
        result = run("tag", "--sample", "--model", "m.safetensors", "-o", name)
        assert (result.status, result.err) == (0, "")
    row = json.loads(Path("out.jsonl").read_text(encoding="utf-8").splitlines()[1])
    expected = {"quad": (load_codebook().quads, ()), "topics": ((), ("aid", "law"))}[target]
    assert (tuple(row["quad_proba"]), tuple(row["topic_proba"])) == expected
    assert (row["stance"] is None) == (target == "topics")
    assert run("evaluate", "--data", "mine.csv", "--model", "m.safetensors").status == 0


def test_one_group_is_too_few_for_cross_validation(corpus):
    table("mine.csv", [row | {"group": "story"} for row in corpus])
    result = run("train", "--data", "mine.csv", "-o", "m.safetensors")
    size = Path("m.safetensors").stat().st_size
    assert (result.status, result.out) == (0, "")
    assert result.err == (
        f"nato-nlp: trained on 60 sentences, saved m.safetensors ({size:,} bytes)\n"
        "nato-nlp: fewer than two groups: no cross-validation\n"
    )


def test_adding_the_seed_corpus(corpus):
    seeds = load_seeds()
    own = load_table(table("mine.csv", corpus, ("text", "quad")), topics=None)
    both = with_seeds(own)
    usable = [k for k, furniture in enumerate(seeds.labels["boilerplate"]) if not furniture]
    assert set(both.labels) == {"quad", "stance"}
    assert list(both.texts) == [*own.texts, *(seeds.texts[k] for k in usable)]
    assert list(both.labels["quad"]) == [*own.labels["quad"], *(seeds.labels["quad"][k] for k in usable)]
    assert len(set(both.groups)) == 60 + len({seeds.groups[k] for k in usable})  # own texts stand by themselves


def test_add_seeds_trains_on_both(corpus, monkeypatch):
    few = load_seeds().select(range(60))
    monkeypatch.setattr("nato_nlp.cli.training.load_seeds", lambda: few)
    table("mine.csv", corpus, ("text", "quad"))
    result = run("train", "--data", "mine.csv", "--add-seeds", "-o", "m.safetensors")
    count = 60 + list(few.labels["boilerplate"]).count(False)
    assert (result.status, f"trained on {count} sentences" in result.err) == (0, True)
    assert "\nmine + seeds\n" in result.out


def test_seeds_train_the_shipped_model_of_a_checkout(monkeypatch, folder):
    few = load_seeds().select(range(80))
    # what training on all of it gives is tested with the shipped model; here it is about the command
    monkeypatch.setattr("nato_nlp.cli.training.train_seed_tagger", train_on)
    monkeypatch.setattr("nato_nlp.cli.training.load_seeds", lambda: few)
    monkeypatch.setattr("nato_nlp.cli.training.default_model", lambda: folder / "made" / "default.safetensors")
    monkeypatch.setattr("nato_nlp.cli.training.seeds_dir", lambda: folder / "seeds")
    result = run("train", "--seeds")
    assert (result.status, listed()) == (0, ["made"])
    assert load_tagger("made/default.safetensors").facts_["sentences"] == 80
    assert "boilerplate  f1" in result.out
    monkeypatch.setattr("nato_nlp.cli.training.seeds_dir", lambda: default_model().parent.parent / "_seeds")
    refused(2, "--seeds needs --output MODEL outside a checkout", "train", "--seeds")


USAGE = {
    ("train",): "exactly one of --seeds and --data FILE must be given",
    ("train", "--seeds", "--data", "mine.csv"): "exactly one of --seeds and --data FILE must be given",
    ("train", "--seeds", "--add-seeds"): "--add-seeds goes with --data",
    ("train", "--data", "mine.csv"): "--data needs --output MODEL",
    ("train", "--data", "no.csv", "-o", "m"): "no.csv is not there: expected a file or a directory",
    ("train", "--data", "mine.csv", "-o", "no/m"): "no is not there: expected a folder to write m into",
    ("train", "--data", "mine.csv", "-o", "."): "--output must be a file, got '.'",
    (
        "train",
        "--data",
        "mine.csv",
        "-o",
        "mine.csv",
    ): "--output must be none of the files that are read, got 'mine.csv'",
    ("evaluate",): "exactly one of --data FILE and --public must be given",
    ("evaluate", "--public", "--data", "mine.csv"): "exactly one of --data FILE and --public must be given",
    ("evaluate", "--data", "no.csv"): "no.csv is not there: expected a file or a directory",
    (
        "evaluate",
        "--data",
        "mine.csv",
        "--model",
        "no.safetensors",
    ): "no.safetensors is not there: expected a model file",
}


@pytest.mark.parametrize("args", USAGE, ids=" ".join)
def test_usage(corpus, args):
    table("mine.csv", corpus)
    refused(2, USAGE[args], *args)


DATA = {
    "text,quad\nEnvoys met.,neutral\nThey left.,\n": f"mine.csv, line 3, column 'quad' must be {QUADS}, got ''",
    "text,quad\nEnvoys met.,neutral\nThey left.,nuetral\n": f"mine.csv, line 3, column 'quad' must be {QUADS}, got 'nuetral'",
    "text,quad\nEnvoys met.,neutral\nThey left.,neutral\n": "quad must hold at least two different labels, got 1: neutral",
    "text,topics\nEnvoys met.,\nThey left.,\n": "topics must hold at least one label, got none",
    "text,topics\nEnvoys met.,a;;b\n": "mine.csv, line 2, column 'topics' must be a value for every text, got ''",
    "text,topics\nEnvoys met.,a\nThey left.,a\n": LEARNT,
    'text,quad\n" ",neutral\n': "mine.csv, line 2, text must be text that is not blank, got ' '",
    "text,label\nEnvoys met.,neutral\n": NEITHER,
    "texts,quad\nEnvoys met.,neutral\n": "mine.csv: column 'text' is not there; did you mean 'texts'? There are: texts, quad",
    "text,quad\n": "mine.csv must hold at least one row, got none",
    "": "mine.csv is empty: expected a header line",
}


@pytest.mark.parametrize("content", DATA)
def test_training_data_that_is_refused(content):
    Path("mine.csv").write_text(content, encoding="utf-8")
    refused(1, DATA[content], "train", "--data", "mine.csv", "--output", "m.safetensors")


def test_labels_of_json_lines_that_are_refused():
    rows = [
        {"text": "Envoys met.", "quad": "neutral", "topics": ["a"]},
        {"text": "They left.", "quad": None, "topics": {"b": 1}},
    ]
    Path("mine.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    refused(1, f"mine.jsonl, line 2, column 'quad' must be {QUADS}, got None", "evaluate", "--data", "mine.jsonl")
    message = (
        "mine.jsonl, line 2, column 'topics' must be a list of topics, or a string with ';' between them, got {'b': 1}"
    )
    rows[1]["quad"] = "neutral"
    Path("mine.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    refused(1, message, "evaluate", "--data", "mine.jsonl")


def test_a_column_that_was_named_must_be_there(corpus):
    table("mine.csv", corpus)
    message = "mine.csv: column 'quads' is not there; did you mean 'quad'? There are: text, quad, topics, group"
    refused(1, message, "train", "--data", "mine.csv", "--quad", "quads", "--output", "m.safetensors")


def test_evaluate_prints_a_table_by_class_and_the_confusion_matrix_and_records(corpus):
    table("mine.csv", corpus, ("text", "quad"))
    result = run("evaluate", "--data", "mine.csv", "--record", "runs/first")
    assert (result.status, result.err) == (0, "nato-nlp: recorded runs/first/metrics.json and manifest.json\n")
    for line in (
        r"quad +macro_f1 +\d\.\d{3} \[.*\]",
        r"  material_dispute +\d\.\d{3} +\d\.\d{3} +\d\.\d{3} +12",
        "quad: gold in rows, predicted in columns",
    ):
        assert re.search(line, result.out), line
    manifest = json.loads(Path("runs/first/manifest.json").read_text(encoding="utf-8"))
    assert manifest["data_sha256"] == {"mine.csv": sha256_of(Path("mine.csv"))}
    assert manifest["model_sha256"] == sha256_of(default_model())
    assert json.loads(Path("runs/first/metrics.json").read_text(encoding="utf-8"))[0]["set"] == "mine"


def test_evaluate_as_markdown(corpus):
    table("mine.csv", corpus, ("text", "quad"))
    out = run("evaluate", "--data", "mine.csv", "--format", "markdown").out
    assert out.startswith("| set | task | metric | value | 95% interval | rows | groups |\n")
    assert "| mine | quad | macro_f1 |" in out


def test_info_says_what_a_bug_report_needs():
    result = run("info")
    assert (result.status, result.err) == (0, "")
    said = dict(re.split(r" {2,}", line, maxsplit=1) for line in result.out.splitlines())
    assert said["nato_nlp"] == __version__
    assert said["python"] == ".".join(map(str, sys.version_info[:3]))
    assert {"platform", "numpy", "scikit-learn", "pyarrow", "safetensors"} <= set(said)
    assert (said["model"], said["model sha256"]) == (str(default_model()), sha256_of(default_model()))
    assert said["corpus sha256"] == sha256_of(seeds_dir() / "corpus.jsonl")
    assert said["codebook"] == f"3 stances, 5 quads, {len(load_codebook().topics)} topics"


def test_version():
    result = run("--version")
    assert (result.status, result.out, result.err) == (0, f"nato-nlp {__version__}\n", "")


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help(option, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    result = run(option)
    assert (result.status, result.err) == (0, "")
    assert all(f" {command} " in result.out for command in ("tag", "train", "evaluate", "info"))


EXAMPLES = {
    "tag": "nato-nlp tag stories/ --output tagged.parquet",
    "train": "nato-nlp train --seeds",
    "evaluate": "nato-nlp evaluate --public",
}


@pytest.mark.parametrize("command", EXAMPLES)
def test_help_of_a_command_has_examples(command, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    result = run(command, "--help")
    assert (result.status, result.err) == (0, "")
    assert EXAMPLES[command] in result.out


def test_no_command_and_an_unknown_one(monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    assert run().status == 2
    result = run("tga")
    assert (result.status, result.out, "No such command 'tga'" in result.err) == (2, "", True)


def test_the_module_runs_as_a_program():
    done = subprocess.run([sys.executable, "-m", "nato_nlp", "--version"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"nato-nlp {__version__}\n", "")
