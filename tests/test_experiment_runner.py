"""Runs are reproducible, resume, are guarded, and say what is wrong before they begin."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace as replaced

import numpy as np
import pytest
from experiment_data import TOPICS, small_config, write_config

from nato_nlp.errors import InputError, MissingFileError
from nato_nlp.experiment import units
from nato_nlp.experiment.config import load_config
from nato_nlp.experiment.folds import plan_folds, table_of
from nato_nlp.experiment.results import as_json
from nato_nlp.experiment.runner import PARTIAL, run
from nato_nlp.experiment.task import load_task
from nato_nlp.experiment.units import Unit
from nato_nlp.experiment.verify import compare_results, differences, recorded, verify

FILES = ("metrics.json", "predictions.csv", "config.toml")


def content(folder):
    return {name: (folder / name).read_bytes() for name in FILES}


def with_data(config, **changes):
    return config.model_copy(update={"data": config.data.model_copy(update=changes)})


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A config, its result, and the folder that holds it."""
    folder = tmp_path_factory.mktemp("finished")
    config = small_config(folder, report="learning_curve = true", metrics='resamples = 100\nothers = ["matthews"]')
    return config, run(config, folder / "out", report=False), folder / "out" / "small"


def test_what_a_run_records(finished):
    config, result, folder = finished
    metrics, table = result.metrics, result.predictions
    assert sorted(path.name for path in folder.iterdir()) == [
        "config.toml",
        "manifest.json",
        "metrics.json",
        "predictions.csv",
    ]
    assert not (folder.parent / PARTIAL).exists()
    task = load_task(config)
    assert table.ids == task.train.ids
    assert table.gold == task.train.gold
    assert table.groups == task.train.groups
    assert [score["metric"] for score in metrics["scores"]] == ["macro_f1", "matthews"]
    assert metrics["scores"][0]["low"] < metrics["scores"][0]["value"] < metrics["scores"][0]["high"]
    np.testing.assert_allclose(table.proba.sum(axis=1), 1, atol=1e-5)
    assert tuple(table.labels[k] for k in table.proba.argmax(axis=1)) == table.predicted
    assert [fold["rows"] for fold in metrics["folds"]] == np.bincount(table.folds).tolist()
    assert sum(map(sum, (row.values() for row in metrics["confusion"].values()))) == len(table.ids)
    assert [len(entry["folds"]) for entry in metrics["search"]] == [6] * 4  # 3 outer folds x 2 inner ones, 4 settings
    assert metrics["chosen"] is None
    assert [point["share"] for point in metrics["learning_curve"]] == [0.1, 0.2, 0.4, 0.6, 0.8, 1.0]
    rows = [point["rows"] for point in metrics["learning_curve"]]
    assert rows == sorted(rows)
    assert metrics["learning_curve"][-1]["value"] == metrics["scores"][0]["value"]
    assert result.manifest["opened"] == {config.data.train[0].path: 1}
    assert result.explanations is None  # texts of one's own are not recorded


def test_no_group_is_on_both_sides(finished):
    config, _, _ = finished
    task = load_task(config)
    table = table_of(task)
    for outer in plan_folds(task, table, config).outer:
        for fold in (outer.fold, *outer.inner):
            train, scored = ({table.groups[row] for row in rows} for rows in (fold.train, fold.scored))
            assert not train & scored
        for fold in outer.inner:
            assert not set(fold.train) & set(outer.fold.scored)
            assert not set(fold.scored) & set(outer.fold.scored)


def test_jobs_do_not_matter(finished, tmp_path):
    config, _, folder = finished
    run(config, tmp_path, jobs=2, report=False)
    assert content(tmp_path / "small") == content(folder)


def test_a_run_that_was_interrupted_goes_on(finished, tmp_path, monkeypatch):
    config, _, folder = finished
    work, calls = Unit.run, Counter()

    def until(limit):
        def go(self, problem):
            calls[limit] += 1
            if calls[limit] > limit:
                raise KeyboardInterrupt
            return work(self, problem)

        return go

    for limit in (1, 4):
        monkeypatch.setattr(Unit, "run", until(limit))
        with pytest.raises(KeyboardInterrupt):
            run(config, tmp_path, report=False)
        assert [path.name for path in tmp_path.iterdir()] == [PARTIAL]
    monkeypatch.setattr(Unit, "run", until(10**6))
    result = run(config, tmp_path, report=False)
    assert content(tmp_path / "small") == content(folder)
    assert calls[10**6] == 3 * (2 + 1 + 5) - 1 - 4  # searches, final models and points of the curve, less what was done
    assert result.manifest["opened"] == {config.data.train[0].path: 3}


def test_a_run_that_was_killed_goes_on(finished, tmp_path):
    """The process is killed as soon as a unit is stored: there is no chance to clean up."""
    config, _, folder = finished
    path = folder.parent.parent / "small.toml"
    process = subprocess.Popen(
        [sys.executable, "-m", "nato_nlp", "run", str(path), "--out", str(tmp_path)],
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    partial = tmp_path / PARTIAL / "small"
    until = time.monotonic() + 60
    while process.poll() is None and len(list(partial.glob("*.json"))) < 3 and time.monotonic() < until:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "small").exists()
    assert len(list(partial.glob("*.json"))) >= 3
    run(config, tmp_path, report=False)
    assert content(tmp_path / "small") == content(folder)


def test_other_data_or_settings_are_other_work(finished, tmp_path, monkeypatch):
    """What another config has left behind is not taken for this one's."""
    config, _, folder = finished
    other = small_config(tmp_path, stories=50, report="learning_curve = true")
    stop = Counter()
    work = Unit.run

    def once(self, problem):
        stop["calls"] += 1
        if stop["calls"] > 6:
            raise KeyboardInterrupt
        return work(self, problem)

    monkeypatch.setattr(Unit, "run", once)
    with pytest.raises(KeyboardInterrupt):
        run(other, tmp_path / "out", report=False)
    monkeypatch.setattr(Unit, "run", work)
    run(config, tmp_path / "out", report=False)
    assert content(tmp_path / "out" / "small") == content(folder)


def test_a_disk_that_fills_leaves_no_folder(finished, tmp_path, monkeypatch):
    config, _, folder = finished

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(units.Store, "put", full)
    with pytest.raises(OSError, match="No space left"):
        run(config, tmp_path, report=False)
    assert not (tmp_path / "small").exists()
    monkeypatch.undo()
    monkeypatch.setattr("nato_nlp.experiment.runner.write_result", full)
    with pytest.raises(OSError, match="No space left"):
        run(config, tmp_path, report=False)
    assert not (tmp_path / "small").exists()
    monkeypatch.undo()
    run(config, tmp_path, report=False)
    assert content(tmp_path / "small") == content(folder)


def test_results_that_are_there(finished, tmp_path):
    config, _, _ = finished
    run(config, tmp_path, report=False)
    message = r".*small must not be there, or be replaced with --force: it holds the results of a run"
    with pytest.raises(InputError) as caught:
        run(config, tmp_path)
    assert re.fullmatch(message, str(caught.value))
    (tmp_path / "small" / "note.txt").write_text("of the old run")
    result = run(config, tmp_path, force=True, report=False)
    assert not (tmp_path / "small" / "note.txt").exists()
    assert list(result.manifest["opened"].values()) == [2]
    (tmp_path / "small" / "metrics.json").unlink()
    with pytest.raises(InputError) as caught:
        run(config, tmp_path, force=True)
    assert re.fullmatch(
        r".*small must be a folder of results to be replaced, got another one without metrics\.json", str(caught.value)
    )


@pytest.mark.parametrize("jobs", [0, -2, True, 1.0])
def test_jobs_that_are_none(finished, tmp_path, jobs):
    config, _, _ = finished
    with pytest.raises(InputError) as caught:
        run(config, tmp_path, jobs=jobs)
    assert str(caught.value) == f"jobs must be a whole number from 1 on, or -1 for all cores, got {jobs!r}"


def test_topics(tmp_path):
    config = small_config(tmp_path, label="topics", kind="news", features='kind = "news"\nchar = false')
    result = run(config, tmp_path / "out", report=False)
    table = result.predictions
    assert len(table.labels) == TOPICS
    assert result.metrics["confusion"] == {}
    assert set(result.metrics["per_class"]) == set(table.labels)
    assert all(len(fold["thresholds"]) == TOPICS for fold in result.metrics["folds"])
    assert result.metrics["scores"][0]["value"] > 0.5
    for row, said, fold in zip(table.proba, table.predicted, table.folds, strict=True):
        thresholds = result.metrics["folds"][fold]["thresholds"]
        sure = {label for label, p, t in zip(table.labels, row, thresholds, strict=True) if p > t + 2e-6}
        assert sure <= set(said)


def test_a_fixed_test_and_leaks(tmp_path):
    scored = small_config(tmp_path, name="scored", stories=20).data.train[0]
    config = with_data(small_config(tmp_path), test=scored, on_leak="report")
    result = run(config, tmp_path / "out", report=False)
    rows = len(result.predictions.ids)
    assert result.metrics["chosen"]["values"] == result.metrics["folds"][0]["chosen"]
    assert result.metrics["leaks"]["pairs"] >= rows
    assert result.metrics["leaks"]["dropped"] == 0
    assert result.metrics["notes"][-1].startswith("LEAKS: ")
    with pytest.raises(InputError, match=r"^texts to train on must not stand in what is scored, got \d+ of \d+"):
        run(with_data(config, on_leak="refuse"), tmp_path / "refused", report=False)
    dropped = run(with_data(config, on_leak="drop"), tmp_path / "dropped", report=False)
    assert dropped.metrics["leaks"]["dropped"] >= rows
    assert dropped.metrics["notes"][-1].endswith("were left out, since they stand in what is scored or resemble it")
    assert dropped.metrics["scores"][0]["value"] < result.metrics["scores"][0]["value"]


def test_leaks_are_dropped_from_training(tmp_path):
    """The extra rows hold all that is scored."""
    config = small_config(tmp_path, stories=30)
    twin = small_config(tmp_path, name="twin", stories=30)
    config = with_data(config, extra=twin.data.train)
    task = load_task(config)
    table = table_of(task)
    plan = plan_folds(task, table, config)
    for outer in plan.outer:
        scored = {table.texts[row] for row in outer.fold.scored}
        assert not scored & {table.texts[row] for row in outer.fold.train}
        for inner in outer.inner:
            assert not {table.texts[row] for row in inner.scored} & {table.texts[row] for row in inner.train}
    assert plan.leaked.dropped >= len(task.train)
    assert len(plan.leaked.tables) == 3
    assert plan.searched.dropped > 0


def test_a_class_that_a_training_fold_lacks(tmp_path):
    config = small_config(tmp_path, stories=6, split="folds = 3\ninner_folds = 2")
    task = load_task(config)
    gold = tuple("rare" if k == 0 else label for k, label in enumerate(task.train.gold))
    odd = replaced(task, train=replaced(task.train, gold=gold), labels=(*task.labels, "rare"))
    with pytest.raises(InputError) as caught:
        plan_folds(odd, table_of(odd), config)
    assert re.fullmatch(
        r"labels must stand in every fold, got no 'rare' in fold \d of 3: 1 group holds it; .*", str(caught.value)
    )
    fixed = replaced(odd, test=task.train)
    dropping = with_data(config, test=config.data.train[0])
    with pytest.raises(InputError) as caught:
        plan_folds(fixed, table_of(fixed), dropping)
    assert str(caught.value) == (
        "training rows of the test must hold every label and others, got none of 'cooperation': fewer folds may avoid that "
        "(split.folds, split.inner_folds), or labels that are left out (data.only)"
    )


def test_a_public_set_that_is_not_there(tmp_path, monkeypatch):
    monkeypatch.setenv("NATO_NLP_DATA", str(tmp_path / "nowhere"))
    path = tmp_path / "plover.toml"
    path.write_text('title = "P"\n[data]\ntrain = ["plover_zsp:train"]\nlabel = "quad"\n')
    with pytest.raises(MissingFileError, match=r"to get it, put https.*PLV_train\.tsv"):
        run(load_config(path), tmp_path / "out")
    assert not (tmp_path / "out" / "plover").exists()


def test_verify(finished, tmp_path):
    config, result, _ = finished
    run(config, tmp_path / "results", report=False)
    place = tmp_path / "results" / "small"
    assert recorded(tmp_path) == [place]
    before = content(place)
    assert [str(verdict) for verdict in verify(tmp_path, progress=False)] == [f"{place}: identical"]
    assert content(place) == before
    metrics = json.loads((place / "metrics.json").read_text())
    metrics["scores"][0]["value"] += 0.0005
    (place / "metrics.json").write_text(as_json(metrics))
    verdict = next(verify(tmp_path, progress=False))
    assert verdict.failed
    assert re.fullmatch(r".*small: different \(metrics\.scores\[0\]\.value: 0\.\d+ is now 0\.\d+\)", str(verdict))
    elsewhere = replaced(result, metrics=metrics, manifest=result.manifest | {"versions": {"numpy": "1"}})
    verdict = compare_results(place, elsewhere, result)
    assert str(verdict) == f"{place}: within tolerance (other versions than recorded)"
    other = replaced(result, manifest=result.manifest | {"predictions_sha256": ""})
    assert str(compare_results(place, other, result)).startswith(f"{place}: identical (predictions.csv differs")


def test_verify_skips_what_has_no_data(tmp_path):
    config = load_config(write_config(tmp_path, stories=20))
    run(config, tmp_path / "results", report=False)
    (tmp_path / "small.csv").unlink()
    (verdict,) = verify(tmp_path / "results", progress=False)
    assert verdict.state == "skipped"
    assert "small.csv" in verdict.details[0]
    with pytest.raises(MissingFileError, match="is not there: expected a folder with results"):
        recorded(tmp_path / "nothing")
    (tmp_path / "empty").mkdir()
    with pytest.raises(MissingFileError, match="holds no results of experiments"):
        recorded(tmp_path / "empty")


def test_differences_within_tolerance():
    assert list(differences({"a": 0.5, "b": 3}, {"a": 0.5019, "b": 5}, exact=False)) == []
    assert list(differences({"a": 0.5}, {"a": 0.5019}, exact=True)) == ["metrics.a: 0.5 is now 0.5019"]
    assert list(differences({"a": 1}, {"b": 1}, exact=False)) == ["metrics: {'a': 1} is now {'b': 1}"]
    assert list(differences([1], [1, 2], exact=False)) == ["metrics: [1] is now [1, 2]"]
    assert list(differences(None, 0.1, exact=False)) == ["metrics: None is now 0.1"]


def test_mistakes_of_seeds_have_their_reasons(tmp_path):
    path = tmp_path / "seeds.toml"
    path.write_text(
        'title = "Seeds"\n[data]\ntrain = ["seeds"]\nlabel = "stance"\n[split]\nfolds = 2\ninner_folds = 2\n'
        "[features]\nchar = false\nmin_df = 5\n[metrics]\nresamples = 100\n"
    )
    result = run(load_config(path), tmp_path / "out", report=False)
    found = result.explanations
    assert len(found) == 30
    said = dict(zip(result.predictions.ids, result.predictions.predicted, strict=True))
    for mistake in found:
        assert mistake["predicted"] == said[mistake["id"]] != mistake["gold"]
        contributions = [feature["contribution"] for feature in mistake["features"]]
        assert contributions == sorted(contributions, reverse=True)
        assert min(contributions) > 0
        for feature in mistake["features"]:
            assert feature["feature"].removeprefix("word__").split()[0] in mistake["text"].lower()
    sureness = [mistake["probability"] for mistake in found]
    assert sureness == sorted(sureness, reverse=True)
