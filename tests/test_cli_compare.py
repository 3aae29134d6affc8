"""``nato-nlp compare``: tables of recorded experiments, and what it refuses."""

import pytest
from helpers import run
from made_runs import made_run, made_table

from nato_nlp.experiment import published


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made_run(tmp_path / "good", made_table(0.1))
    made_run(tmp_path / "bad", made_table(0.9, seed=1))
    return tmp_path


def refused(status, message, *args):
    result = run("compare", *args)
    assert (result.err, result.status, result.out) == (f"nato-nlp: {message}\n", status, "")


def test_markdown_is_printed():
    result = run("compare", "bad", "good/")
    assert (result.status, result.err) == (0, "")
    lines = result.out.splitlines()
    assert lines[0].startswith("| system | macro_f1 | 95% interval |")
    assert [line.split(" | ")[0] for line in lines[2:4]] == ["| good", "| bad"]
    assert lines[3].endswith("| differs from the best |")
    assert "t-test of Nadeau and Bengio on 4 folds" in result.out


def test_metric_test_and_format_can_be_chosen():
    result = run("compare", "good", "bad", "--metric", "log_loss", "--test", "bootstrap", "--format", "latex")
    assert result.status == 0
    assert r"system & log\_loss & 95\% interval" in result.out
    assert "paired bootstrap, 10,000 resamples of 20 groups" in result.out


def test_table_is_written_to_a_file(folder):
    result = run("compare", "good", "bad", "--format", "html", "--output", "table.html")
    assert (result.status, result.out, result.err) == (0, "", "nato-nlp: wrote table.html\n")
    assert (folder / "table.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_folders_of_one_name_are_told_apart_by_their_paths(folder):
    made_run(folder / "other" / "good", made_table(0.3, seed=2))
    lines = run("compare", "good", "other/good").out.splitlines()
    assert {line.split(" | ")[0] for line in lines[2:4]} == {"| good", "| other/good"}


def test_leaks_that_were_left_in_are_said(folder):
    made_run(folder / "leaky", made_table(0.2), leaks={"policy": "report", "pairs": 2, "dropped": 0, "tables": []})
    out = run("compare", "good", "leaky").out
    assert "- leaky: Not leak-free: 2 pair(s) of a training row" in out


def test_published_predictions_join_the_table(folder, monkeypatch):
    table = made_table(0.2, part="plover_zsp")
    monkeypatch.setattr(published, "zsp_labels", lambda part, label, columns: (table.gold, table.gold))
    config = 'title = "PLOVER"\n[data]\ntrain = ["plover_zsp:train"]\nlabel = "stance"\n'
    made_run(folder / "plv", table, config=config, explanations=None)
    entry = '[[system]]\nname = "ZSP"\nscored = "SET"\nreads = "sentence"\nsource = "Hu et al."\ncolumns = "L2"\n'
    (folder / "published.toml").write_text(entry.replace("SET", "plover_zsp:train"), encoding="utf-8")
    result = run("compare", "plv", "--published", "published.toml")
    assert (result.status, result.err) == (0, "")
    assert result.out.splitlines()[2].startswith("| ZSP | 1.000 |")
    (folder / "published.toml").write_text(entry.replace("SET", "cameo"), encoding="utf-8")
    refused(1, "published.toml has no predictions on plover_zsp:train", "plv", "--published", "published.toml")


def test_what_can_not_be_compared():
    refused(2, "two or more RUNs must be given, or one with --published FILE", "good")
    refused(2, "RUN must be different folders, got 'good' twice", "good", "good")
    message = "none/metrics.json can't be read: No such file or directory; expected a folder of results"
    refused(2, message, "good", "none")
    refused(2, "no is not there: expected a folder to write table.md into", "good", "bad", "--output", "no/table.md")
    known = "one of 'macro_f1', 'matthews', 'micro_f1', 'area_under_risk_coverage', 'brier_score', "
    message = f"metric must be {known}'expected_calibration_error', 'log_loss', got 'f1'"
    refused(1, message, "good", "bad", "--metric", "f1")
    refused(1, "alpha must be a number above 0 and below 1, got 5.0", "good", "bad", "--alpha", "5")


def test_other_rows_are_refused(folder):
    made_run(folder / "small", made_table(0.1, rows=60))
    message = (
        "systems must have scored the same rows, got 60 that only one of 'good' and 'small' has, the first: "
        "'seeds/all/0061'"
    )
    refused(1, message, "good", "small")


def test_a_changed_record_is_refused(folder):
    path = folder / "bad" / "predictions.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("dispute", "neutral", 1), encoding="utf-8")
    result = run("compare", "good", "bad")
    assert result.status == 1
    assert "must have the hash that manifest.json says: it was changed" in result.err


def test_help_has_examples():
    assert "nato-nlp compare experiments/results/plv_quad --published" in run("compare", "--help").out.replace(
        "\n", " "
    )
