"""Parts and their manifest: a run that is killed at any moment goes on, and ends with the bytes of an unbroken run."""

import json
import os
import random
import signal
import subprocess
import sys
import time

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from nato_nlp import __version__
from nato_nlp.errors import InputError
from nato_nlp.scale.parts import INPUTS, MANIFEST, UNFINISHED, Parts, whole
from nato_nlp.scale.stream import tag_dataset

KILLS = int(os.environ.get("NATO_NLP_KILLS", "4"))
SCRIPT = """
import sys
from nato_nlp import load_tagger
from nato_nlp.scale.stream import tag_dataset
print("ready", flush=True)
tag_dataset(load_tagger(), sys.argv[1], sys.argv[2], batch_rows=8, part_rows=120, workers=int(sys.argv[3]), on_error="skip")
"""


def content(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def source(tmp_path_factory, small_corpus):
    """Two files of documents, with a record that can't be read in each."""
    folder = tmp_path_factory.mktemp("source")
    sentences = small_corpus[0] * 6
    texts = [f"{text} {sentences[k - 1]} It was day {k}." for k, text in enumerate(sentences)]
    table = pa.table({"text": pa.array([*texts, None], pa.string()), "id": [str(k) for k in range(len(texts) + 1)]})
    pq.write_table(table, folder / "a.parquet")
    lines = [json.dumps({"text": text, "id": f"b{k}"}) for k, text in enumerate(texts)]
    (folder / "b.jsonl").write_text("\n".join([*lines[:150], "{", *lines[150:]]))
    return folder


@pytest.fixture(scope="module")
def unbroken(tagger, source, tmp_path_factory):
    folder = tmp_path_factory.mktemp("unbroken") / "out"
    done = tag_dataset(tagger, source, folder, batch_rows=8, part_rows=120, workers=1, on_error="skip")
    assert done.resumed == 0
    return folder


def test_the_manifest_says_what_was_made_of_what(tagger, source, unbroken):
    manifest = json.loads((unbroken / MANIFEST).read_text())
    assert manifest["library_version"] == __version__
    assert manifest["complete"] is True
    assert len(manifest["model_sha256"]) == 64
    for part in manifest["parts"]:
        path = unbroken / part["file"]
        assert part["bytes"] == path.stat().st_size
        assert part["rows"] == pq.read_metadata(path).num_rows >= 1
    assert sum(part["rows"] for part in manifest["parts"]) == manifest["rows"] == ds.dataset(unbroken).count_rows()
    assert [json.loads(line)["name"] for line in (unbroken / INPUTS).read_text().splitlines()] == [
        "a.parquet",
        "b.jsonl",
    ]
    skipped = [message for part in manifest["parts"] for message in part.get("skipped", [])]
    assert [message.partition(" must")[0].rpartition("/")[2] for message in skipped] == [
        "a.parquet, row 361, column 'text'",
        "b.jsonl, line 151",
    ]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_run_killed_at_any_moment_goes_on_and_gives_the_same_bytes(source, unbroken, tmp_path, workers):
    out = tmp_path / "out"
    chance = random.Random(workers)
    command = [sys.executable, "-c", SCRIPT, str(source), str(out), str(workers)]
    cut = 0
    for _ in range(KILLS):
        before = len(list(out.glob("part-*")))
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert process.stdout.readline() == b"ready\n"
        limit = time.monotonic() + 60
        if chance.random() < 0.8:  # else the kill may come before the first part
            while process.poll() is None and len(list(out.glob("part-*"))) == before and time.monotonic() < limit:
                time.sleep(0.002)
        time.sleep(chance.random() * 0.2)
        cut += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
    assert cut
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=120)
    assert content(out) == content(unbroken)


@pytest.mark.parametrize("number", [0, 1, 3])
def test_what_the_manifest_does_not_list_is_made_again(tagger, source, unbroken, tmp_path, number):
    out = tmp_path / "out"
    out.mkdir()
    for name, data in content(unbroken).items():
        (out / name).write_bytes(data)
    manifest = json.loads((out / MANIFEST).read_text())
    manifest |= {"parts": manifest["parts"][:number], "complete": False}
    (out / MANIFEST).write_text(json.dumps(manifest))
    (out / f"part-{number:05}.parquet").write_bytes(b"half of it")
    (out / f"{UNFINISHED}part-{number:05}.parquet").write_bytes(b"half of it")
    done = tag_dataset(tagger, source, out, batch_rows=8, part_rows=120, workers=1, on_error="skip")
    assert done.resumed == number
    assert content(out) == content(unbroken)
    assert len(done.skipped) == 2


def test_a_whole_run_does_nothing(tagger, source, unbroken):
    dates = [path.stat().st_mtime_ns for path in sorted(unbroken.iterdir()) if path.name != MANIFEST]
    done = tag_dataset(tagger, source, unbroken, batch_rows=8, part_rows=120, workers=1, on_error="skip")
    assert done.resumed == len(done.paths)
    assert [path.stat().st_mtime_ns for path in sorted(unbroken.iterdir()) if path.name != MANIFEST] == dates


def test_a_run_stopped_by_a_bad_record_goes_on_without_it(tagger, source, unbroken, tmp_path):
    with pytest.raises(InputError, match="row 361"):
        tag_dataset(tagger, source, tmp_path / "out", batch_rows=8, part_rows=120, workers=1)
    done = tag_dataset(tagger, source, tmp_path / "out", batch_rows=8, part_rows=120, workers=1, on_error="skip")
    assert done.resumed > 0
    assert content(tmp_path / "out") == content(unbroken)


@pytest.fixture
def begun(tagger, tmp_path, monkeypatch):
    """A folder that a run was begun in; the paths of messages are short."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    for name in "ab":
        (tmp_path / "in" / f"{name}.txt").write_text("Oslo met Lima. Lima left.")
    tag_dataset(tagger, "in", "out", workers=1, part_rows=2, batch_rows=1)
    return tmp_path


def refused(tagger, **options):
    with pytest.raises(InputError) as error:
        tag_dataset(tagger, "in", "out", workers=1, **{"part_rows": 2, "batch_rows": 1} | options)
    return str(error.value)


def test_a_model_that_changed_is_refused(tagger, begun):
    other = tagger.with_priors({"cooperation": 0.2, "dispute": 0.2, "neutral": 0.6})
    before = json.loads((begun / "out" / MANIFEST).read_text())["model_sha256"][:12]
    message = refused(other)
    assert message.startswith(f"the model must be that with which out was begun ({before!r}), got '")
    assert message.endswith("': take another folder")
    assert before not in message.partition("got ")[2]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda folder: (folder / "b.txt").write_text("Oslo met Lima. Lima lost."), "'b.txt' with other content"),
        (lambda folder: (folder / "c.txt").write_text("?"), "it with 'c.txt', which is new"),
        (lambda folder: (folder / "b.txt").unlink(), "it without 'b.txt'"),
    ],
)
def test_input_that_changed_is_refused(tagger, begun, change, message):
    change(begun / "in")
    assert refused(tagger) == f"out must go on with the input with which it began, got {message}"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"columns": ["quad"]},
            "the columns must be that with which out was begun (None), got ['quad']: take another folder",
        ),
        ({"part_rows": 3}, "the part_rows must be that with which out was begun (2), got 3: take another folder"),
        ({"split": False}, "the lines must be that with which out was begun (False), got True: take another folder"),
        (
            {"format": "csv"},
            "the format must be that with which out was begun ('parquet'), got 'csv': take another folder",
        ),
        ({"resume": False}, "out must be an empty folder where a run does not go on, got one with '_manifest.json'"),
    ],
)
def test_options_that_changed_are_refused(tagger, begun, options, message):
    assert refused(tagger, **options) == message


def test_another_version_of_the_library_is_refused(tagger, begun, monkeypatch):
    monkeypatch.setattr("nato_nlp.scale.parts.__version__", "9.9")
    begun_with = f"that with which out was begun ({__version__!r})"
    assert refused(tagger) == f"the version of nato_nlp must be {begun_with}, got '9.9': take another folder"


def test_parts_without_a_manifest_are_refused(tagger, begun):
    (begun / "out" / MANIFEST).unlink()
    message = "out must be an empty folder or that of the run that goes on, got one with 'part-00000.parquet'"
    assert refused(tagger) == message


def test_a_part_that_is_damaged_or_gone_is_refused(tagger, begun):
    path = begun / "out" / "part-00001.parquet"
    size = path.stat().st_size
    path.write_bytes(path.read_bytes()[:-1])
    listed = f"out/part-00001.parquet must be the part of {size} bytes that _manifest.json lists, got "
    assert refused(tagger) == f"{listed}{size - 1} bytes"
    path.unlink()
    assert refused(tagger) == f"{listed}none"


OTHER = "out/_manifest.json must be the manifest of a run, got something else"
NEWER = "the format of out/_manifest.json must be of version 1 or older, got 2"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", OTHER),
        ("[]", OTHER),
        ('{"format": "other"}', OTHER),
        ('{"format": "nato_nlp.parts", "format_version": 1}', OTHER),
        ('{"format": "nato_nlp.parts", "format_version": 2}', NEWER),
    ],
)
def test_a_manifest_of_another_kind_is_refused(tagger, begun, text, message):
    (begun / "out" / MANIFEST).write_text(text)
    assert refused(tagger) == message


def test_two_runs_at_one_time_are_refused(tagger, begun):
    parts = Parts(begun / "free", "parquet", {"model_sha256": "", "options": {}}, [])
    with parts.opened(), pytest.raises(InputError) as error, parts.opened():
        pass
    assert str(error.value) == f"{begun / 'free'} must be written by one run at a time, got a second one"


def test_nothing_has_its_name_before_it_is_whole(tmp_path):
    path = tmp_path / "a"

    def stop_within():
        with whole(path) as stream:
            stream.write(b"half")
            assert [p.name for p in tmp_path.iterdir()] == [f"{UNFINISHED}a"]
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="^stop$"):
        stop_within()
    assert list(tmp_path.iterdir()) == []


def test_records_that_all_can_not_be_read_leave_an_empty_part(tagger, tmp_path):
    (tmp_path / "in.jsonl").write_text("{\n{\n")
    done = tag_dataset(tagger, tmp_path / "in.jsonl", tmp_path / "out", workers=1, on_error="skip")
    assert (done.rows, len(done.skipped)) == (0, 2)
    assert pq.read_table(done.paths[0]).column_names[:3] == ["doc", "index", "start"]
