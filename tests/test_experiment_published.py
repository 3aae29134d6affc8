"""Published systems: the table that ships, and predictions that values are recomputed from."""

import os
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT
from made_runs import made_run, made_table

from nato_nlp.datasets import load_plover_zsp
from nato_nlp.errors import InputError, MissingFileError
from nato_nlp.experiment import published, yardsticks
from nato_nlp.experiment.published import published_on, read_published, recomputed, zsp_labels
from nato_nlp.experiment.report import report_html
from nato_nlp.experiment.results import read_result
from nato_nlp.experiment.schema import SETS
from nato_nlp.experiment.yardsticks import scored_set

ENTRY = '[[system]]\nname = "A"\nscored = "cameo"\nreads = "sentence"\nsource = "Doe"\n'
LABELS = ("cooperation", "dispute")
TRAIN = 'title = "Stance on PLOVER"\n[data]\ntrain = ["plover_zsp:train"]\nlabel = "binary"\n'


@pytest.fixture
def made_labels(monkeypatch):
    """A run on forty rows, and published predictions of them of which every fourth is wrong."""
    table = made_table(rows=40, labels=LABELS, part="plover_zsp")
    flipped = {"cooperation": "dispute", "dispute": "cooperation"}
    theirs = tuple(flipped[g] if k % 4 == 0 else g for k, g in enumerate(table.gold))
    monkeypatch.setattr(published, "zsp_labels", lambda part, label, columns: (table.gold, theirs))
    return table, theirs


def refused(text, message, tmp_path):
    path = tmp_path / "published.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=f"^{re.escape(f'{path}{message}')}$"):
        read_published(path)


def test_shipped_table_is_read_and_names_known_sets():
    systems = read_published(ROOT / "experiments" / "results" / "published.toml")
    assert {system.scored for system in systems} <= SETS.keys()
    for system in systems:
        assert bool(system.columns) != bool(system.values)
        assert all(label in SETS[system.scored] for by_label in (system.values or {}).values() for label in by_label)
    names = [(system.name, system.scored) for system in systems]
    assert len(set(names)) == len(names)
    assert [system.columns for system in published_on(systems, "plover_zsp:test") if system.name == "ZSP"] == ["L2"]


def test_faults_of_a_table_are_named(tmp_path):
    keys = "one of 'name', 'scored', 'reads', 'source', 'columns', 'values'"
    refused("[[sytem]]\n", " must be a list of tables [[system]], got ['sytem']", tmp_path)
    refused("system = 3\n", " must be a list of tables [[system]], got ['system']", tmp_path)
    refused("system = [3]\n", ": system 1 must be a table, got 3", tmp_path)
    refused(f"{ENTRY}year = 2024\n", f": system 1: key must be {keys}, got 'year'", tmp_path)
    refused(ENTRY.replace('"Doe"', "3"), ": system 1: source must be str, got 3", tmp_path)
    short = ENTRY.replace('source = "Doe"\n', "")
    refused(ENTRY + short, ": system 2 must have a key 'source', got name, scored, reads", tmp_path)
    refused(f'{ENTRY}columns = "L3"\n', ": system 1: columns must be one of 'L1', 'L2', got 'L3'", tmp_path)
    high = f'{ENTRY}values = {{ macro_f1 = {{ quad = "high" }} }}\n'
    refused(high, ": system 1: values.macro_f1.quad must be a number, got 'high'", tmp_path)
    flat = f"{ENTRY}values = {{ macro_f1 = 0.5 }}\n"
    refused(flat, ": system 1: values.macro_f1 must be a table of labels, got 0.5", tmp_path)


def test_a_table_that_is_no_toml_or_not_there(tmp_path):
    path = tmp_path / "published.toml"
    with pytest.raises(MissingFileError, match=re.escape(f"{path} can't be read: No such file")):
        read_published(path)
    path.write_bytes(b"[[system")
    with pytest.raises(InputError, match=re.escape(f"{path} must be TOML in UTF-8, got a fault: ")):
        read_published(path)


def test_published_predictions_take_the_place_of_the_runs(made_labels):
    table, theirs = made_labels
    system = published.Published("ZSP", "plover_zsp:train", "", "", columns="L2")
    order = np.random.default_rng(0).permutation(40)
    mixed = replace(
        table,
        **{name: tuple(getattr(table, name)[k] for k in order) for name in ("ids", "groups", "gold", "predicted")},
    )
    found = recomputed(system, "binary", mixed)
    assert found.predicted == tuple(theirs[k] for k in order)
    assert (found.ids, found.gold, found.groups) == (mixed.ids, mixed.gold, mixed.groups)
    assert [found.labels[k] for k in found.proba.argmax(axis=1)] == list(found.predicted)


def test_rows_that_are_not_those_of_the_file_are_refused(made_labels):
    table, _ = made_labels
    system = published.Published("ZSP", "plover_zsp:train", "", "", columns="L2")
    other = replace(table, gold=tuple(reversed(table.gold)))
    row = next(k for k in range(40) if table.gold[k] != other.gold[k])
    known, ours = table.gold[row], other.gold[row]
    message = f"gold label of {table.ids[row]!r} must be {known!r} as in the published file, got {ours!r}"
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        recomputed(system, "binary", other)
    for name in ("plover_zsp/train/41", "plover_zsp/train/0", "plover_zsp/train/x"):
        message = f"id must be one that ends in the number of a row (1 to 40), got {name!r}"
        with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
            recomputed(system, "binary", replace(table, ids=(name, *table.ids[1:])))
    message = "label must be one of 'binary', 'stance', 'quad', 'root', got 'topics'"
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        recomputed(system, "topics", table)


def test_report_recomputes_with_an_interval_and_a_difference(made_labels, tmp_path):
    table, theirs = made_labels
    system = published.Published("ZSP", "plover_zsp:train", "zero-shot", "Hu et al.", columns="L2")
    result = read_result(made_run(tmp_path / "made", table, config=TRAIN, explanations=None))
    assert scored_set(result) == "plover_zsp:train"
    page = report_html(result, (system,))
    share = sum(g == p for g, p in zip(table.gold, theirs, strict=True)) / 40
    assert share == 0.75
    row = re.search(r"<tr><th scope=\"row\"><bdi>ZSP</bdi></th><td class=\"word\">micro_f1</td>(.*)</tr>", page)[1]
    cells = re.findall(r"<td[^>]*>(.*?)</td>", row)
    own = result.metrics["scores"][1]["value"]
    assert cells[0] == "0.750"
    assert re.fullmatch(r"0\.\d{3} to 0\.\d{3}", cells[1])
    assert cells[2].startswith(f"{own - share:+.3f} (")
    assert cells[3:] == ["zero-shot", "Hu et al."]


def test_report_says_when_the_set_is_not_there(tmp_path, monkeypatch):
    def missing(part, label, columns):
        raise MissingFileError("PLV_train.tsv is not there")

    monkeypatch.setattr(published, "zsp_labels", missing)
    system = published.Published("ZSP", "plover_zsp:train", "zero-shot", "Hu et al.", columns="L2")
    table = made_table(rows=40, labels=LABELS, part="plover_zsp")
    result = read_result(made_run(tmp_path / "made", table, config=TRAIN, explanations=None))
    lines, rows = yardsticks.yardsticks(result, (system,))
    assert lines == [
        "ZSP was not recomputed: PLV_train.tsv is not there.",
        "No published system on plover_zsp:train has a value for binary.",
    ]
    assert rows == []


@pytest.mark.parametrize("label", ["binary", "quad", "root"])
def test_published_predictions_fit_the_rows_of_the_loader(label):
    if not os.environ.get("NATO_NLP_DATA"):
        pytest.skip("NATO_NLP_DATA is not set: published predictions are not read")
    data = load_plover_zsp("train", folder=Path(os.environ["NATO_NLP_DATA"]))
    gold, predicted = zsp_labels("train", label)
    assert gold == data.labels["stance" if label == "binary" else label]
    assert set(predicted) <= set(gold)
    other = zsp_labels("train", label, "L1")[1]
    right = [np.mean([g == p for g, p in zip(gold, theirs, strict=True)]) for theirs in (predicted, other)]
    assert 0.5 < right[1] < right[0] < 1  # asking for the modality helps, as the paper says
