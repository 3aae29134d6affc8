"""The commands run and verify."""

import json

import pytest
from experiment_data import write_config
from helpers import run, start


@pytest.fixture
def config(tmp_path):
    return write_config(tmp_path, stories=30, grid="")


def test_run_and_verify(config, tmp_path):
    out = tmp_path / "results"
    result = run("run", config, "--out", out, "--set", "model.C=3")
    assert result.status == 0, result.err
    assert result.out.startswith("small: Small\n  macro_f1                 0.")
    assert f"recorded {out / 'small'}" in result.err
    manifest = json.loads((out / "small" / "manifest.json").read_text())
    assert manifest["overrides"] == {"model.C": 3}
    assert "[overrides]" in (out / "small" / "config.toml").read_text()
    again = run("verify", out)
    assert (again.status, again.out) == (0, f"{out / 'small'}: identical\n")


def test_a_grid_tells_what_was_chosen(tmp_path):
    config = write_config(tmp_path, stories=30)
    result = run("run", config, "--out", tmp_path / "results")
    assert "  chosen: features.min_df=" in result.out
    assert " of 3 folds)" in result.out


def test_verify_fails_where_a_record_does_not_hold(config, tmp_path):
    out = tmp_path / "results"
    run("run", config, "--out", out)
    path = out / "small" / "metrics.json"
    path.write_text(path.read_text().replace('"rows": ', '"rows": 1'))
    result = run("verify", out)
    assert result.status == 1
    assert "small: different (metrics.folds[0].rows: 1" in result.out
    assert "1 of 1 recorded experiments came out differently" in result.err


def test_results_that_are_there_are_not_overwritten(config, tmp_path):
    out = tmp_path / "results"
    assert run("run", config, "--out", out).status == 0
    before = {path.name: path.read_bytes() for path in (out / "small").iterdir()}
    result = run("run", config, "--out", out)
    assert result.status == 1
    assert (
        result.err
        == f"nato-nlp: {out / 'small'} must not be there, or be replaced with --force: it holds the results of a run\n"
    )
    assert {path.name: path.read_bytes() for path in (out / "small").iterdir()} == before
    assert run("run", config, "--out", out, "--force").status == 0


def test_all_configs_are_checked_before_anything_runs(config, tmp_path):
    bad = tmp_path / "bad.toml"
    bad.write_text(config.read_text() + "[nonsense]\n")
    result = run("run", config, bad, "--out", tmp_path / "results")
    assert result.status == 1
    assert "bad.toml" in result.err
    assert "nonsense" in result.err
    assert not (tmp_path / "results").exists()
    result = run("run", config, config, "--out", tmp_path / "results")
    assert (result.status, result.err) == (
        2,
        "nato-nlp: CONFIG must be files of different names, got 'small' 2 times\n",
    )
    result = run("run", tmp_path / "none.toml")
    assert result.status == 2
    assert "none.toml can't be read: No such file or directory" in result.err
    assert run("run", config, "--jobs", 0).status == 1


def test_a_public_set_that_is_not_there(tmp_path, monkeypatch):
    monkeypatch.setenv("NATO_NLP_DATA", str(tmp_path))
    path = tmp_path / "aw.toml"
    path.write_text('title = "A"\n[data]\ntrain = ["ace_wikievents"]\nlabel = "binary"\n')
    result = run("run", path, "--out", tmp_path / "results")
    assert result.status == 2
    assert "ace_wikievents/AW_train.tsv" in result.err
    assert not (tmp_path / "results").exists()


def test_a_full_disk(config, tmp_path):
    """Files may not grow beyond a few bytes: as on a disk that is full, writing fails."""
    import resource

    def limit():
        import signal

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (512, 512))

    process = start("run", config, "--out", tmp_path / "results", preexec_fn=limit)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 1
    assert b"File too large" in err
    assert b"nothing was written under the final name" in err
    assert not (tmp_path / "results" / "small").exists()
    assert run("run", config, "--out", tmp_path / "results").status == 0


def test_the_bar_is_for_terminals(config, tmp_path):
    shown = run("run", config, "--out", tmp_path / "one", terminal=True)
    hidden = run("run", config, "--out", tmp_path / "two")
    assert "models, left:" in shown.err
    assert "models" not in hidden.err
