"""Results are written and read back whole, and one result gives one file."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from experiment_data import small_config
from hypothesis import given
from hypothesis import strategies as st

from nato_nlp.errors import InputError, MissingFileError
from nato_nlp.experiment.results import PredictionTable, Result, as_json, read_result, rounded, write_result

WORDS = st.text("ab,\"'|\n é", min_size=1, max_size=6)


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    return small_config(tmp_path_factory.mktemp("config"), stories=8)


def made(config, multilabel=False, labels=("x", "y")):
    gold = (("x",), (), ("x", "y")) if multilabel else ("x", "y", "x")
    table = PredictionTable(
        ("a", "b", "c"), ("g", "g", "h"), np.array([0, 1, 0]), gold, gold[::-1], np.array([[0.25, 0.75]] * 3), labels
    )
    metrics = {"task": {"labels": list(labels), "multilabel": multilabel}, "value": 0.5}
    return Result(config, metrics, {"versions": {}}, table, [{"text": "Envoys met.", "features": []}])


@pytest.mark.parametrize("multilabel", [False, True])
def test_what_is_written_is_read(tmp_path, config, multilabel):
    result = made(config, multilabel)
    write_result(tmp_path, result)
    found = read_result(tmp_path)
    assert found.config == result.config
    assert found.metrics == result.metrics
    assert found.explanations == result.explanations
    for name in ("ids", "groups", "gold", "predicted", "labels"):
        assert getattr(found.predictions, name) == getattr(result.predictions, name)
    assert found.predictions.folds.tolist() == [0, 1, 0]
    assert found.predictions.proba.tolist() == [[0.25, 0.75]] * 3
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    write_result(tmp_path, found)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_the_files(tmp_path, config):
    write_result(tmp_path, made(config))
    assert (tmp_path / "predictions.csv").read_text() == (
        "id,group,fold,gold,predicted,p_x,p_y\na,g,0,x,x,0.250000,0.750000\nb,g,1,y,y,0.250000,0.750000\n"
        "c,h,0,x,x,0.250000,0.750000\n"
    )
    assert (tmp_path / "metrics.json").read_text().startswith('{\n "task": {\n  "labels": [\n')
    write_result(tmp_path / ".", replace(made(config), explanations=None))
    assert read_result(tmp_path).explanations is not None  # an older file of the folder stays: folders are new


@given(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=4, unique_by=lambda row: row[0]))
def test_any_id_group_and_label_survive(config, tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("any")
    ids, groups = zip(*rows, strict=True)
    labels = tuple(dict.fromkeys(groups))
    table = PredictionTable(
        ids, groups, np.zeros(len(ids), np.int64), groups, ids, np.ones((len(ids), len(labels))), labels
    )
    metrics = {"task": {"labels": list(labels), "multilabel": False}}
    write_result(folder, Result(config, metrics, {}, table))
    found = read_result(folder).predictions
    assert (found.ids, found.groups, found.gold, found.predicted) == (ids, groups, groups, ids)


def test_floats_are_rounded_and_sorted():
    value = {"b": np.float64(0.1234567), "a": (np.nan, float("inf"), -1e-9, 3, True, np.int64(4), "x", None)}
    assert rounded(value) == {"b": 0.123457, "a": [None, None, 0.0, 3, True, 4, "x", None]}
    assert json.loads(as_json(value)) == rounded(value)
    assert "-0" not in as_json(value)
    assert as_json({"a": 1, "b": 2}) == as_json({"b": 2, "a": 1})


def refused(folder, kind, message):
    with pytest.raises(kind) as caught:
        read_result(folder)
    assert re.fullmatch(message, str(caught.value)), str(caught.value)


def test_bad_folders(tmp_path, config):
    missing = r".*metrics\.json can't be read: No such file or directory; expected a folder of results"
    refused(tmp_path, MissingFileError, missing)
    write_result(tmp_path, made(config))
    table = tmp_path / "predictions.csv"
    table.write_text(table.read_text().replace(",x,", ",y,", 1))
    refused(tmp_path, InputError, r".*predictions\.csv must have the hash that manifest\.json says: it was changed")
    write_result(tmp_path, made(config))
    (tmp_path / "metrics.json").write_text("{")
    refused(tmp_path, InputError, r".*metrics\.json must be JSON in UTF-8, got a fault: .*")
    (tmp_path / "metrics.json").write_text("[]")
    refused(tmp_path, InputError, r".*metrics\.json must be a JSON object, got \[\]")
    (tmp_path / "metrics.json").write_text("{}")
    refused(tmp_path, InputError, r".*metrics\.json must hold the task's labels: expected a folder of results")
    (tmp_path / "metrics.json").write_text('{"task": {"labels": ["z"], "multilabel": false}}')
    expected = r".*predictions\.csv, header must be id,group,fold,gold,predicted,p_z, got 'id,group,.*,p_x,p_y'"
    refused(tmp_path, InputError, expected)


def test_a_label_that_would_be_torn(tmp_path, config):
    with pytest.raises(InputError) as caught:
        write_result(tmp_path, made(config, multilabel=True, labels=("x", "y|z")))
    assert str(caught.value) == "labels of a multi-label task must be without '|', got 'y|z'"
    assert list(tmp_path.iterdir()) == []
