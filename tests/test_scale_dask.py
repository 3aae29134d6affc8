"""Tagging on a cluster: the rows of one machine, the model sent once a worker, a lost worker survived."""

import json
import os
import signal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from nato_nlp.errors import InputError, MissingExtraError
from nato_nlp.scale import dask as module
from nato_nlp.scale.batch import tag_batch
from nato_nlp.scale.dask import tag_dataframe, tag_file, tag_folder
from nato_nlp.scale.stream import tag_dataset
from tests.test_scale_parts import content

distributed = pytest.importorskip("distributed", reason="dask[distributed] is not installed: clusters are not tested")
FILES, DOCUMENTS = 12, 30


@pytest.fixture(scope="module")
def cluster():
    options = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "dashboard_address": None}
    with distributed.LocalCluster(**options, silence_logs=50) as made:
        yield made


@pytest.fixture(scope="module")
def client(cluster):
    with distributed.Client(cluster) as made:
        yield made


@pytest.fixture(scope="module")
def source(tmp_path_factory, small_corpus):
    folder = tmp_path_factory.mktemp("source")
    texts = small_corpus[0]
    for number in range(FILES):
        lines = [
            json.dumps({"id": f"{number}-{k}", "text": " ".join(texts[(k + j) % len(texts)] for j in range(12))})
            for k in range(DOCUMENTS)
        ]
        (folder / f"{number:02}.jsonl").write_text("\n".join(lines))
    return folder


def rows(done):
    return [row for path in done.paths for row in pq.read_table(path).to_pylist()]


@pytest.fixture(scope="module")
def alone(tagger, source, tmp_path_factory):
    return rows(tag_dataset(tagger, source, tmp_path_factory.mktemp("alone") / "out", workers=1))


def test_a_folder_gives_the_rows_of_one_machine(client, tagger, source, alone, tmp_path):
    done = tag_folder(client, tagger, source, tmp_path / "out")
    assert [path.name for path in done.paths] == [f"part-{k:05}.parquet" for k in range(FILES)]
    assert rows(done) == alone
    assert done.rows == len(alone)


def test_the_model_is_loaded_once_a_worker(client, tagger, source, tmp_path, monkeypatch):
    client.run(lambda: setattr(module, "seen", set()))
    monkeypatch.setattr(module, "tag_file", noting)
    done = tag_folder(client, tagger, source, tmp_path / "out")
    assert done.rows
    assert set(client.run(lambda: len(module.seen)).values()) <= {0, 1}


def noting(tagging, *arguments):
    module.seen.add(id(tagging.tagger))
    return tag_file(tagging, *arguments)


def test_a_lost_worker_is_survived(client, tagger, source, alone, tmp_path):
    tag_folder(client, tagger, source, tmp_path / "unbroken")
    pids = list(client.run(os.getpid).values())
    parts = []

    def progress(count):
        parts.append(count)
        if len(parts) == 2:
            os.kill(pids[0], signal.SIGKILL)

    done = tag_folder(client, tagger, source, tmp_path / "out", progress=progress)
    assert rows(done) == alone
    assert content(tmp_path / "out") == content(tmp_path / "unbroken")
    client.wait_for_workers(2, timeout=60)
    assert pids[0] not in client.run(os.getpid).values()


def test_a_run_goes_on_with_the_files_that_are_missing(client, tagger, source, alone, tmp_path):
    def stop(count):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tag_folder(client, tagger, source, tmp_path / "out", progress=stop)
    done = tag_folder(client, tagger, source, tmp_path / "out")
    assert done.resumed >= 1
    assert rows(done) == alone


def test_a_bad_file_is_named(client, tagger, source, tmp_path):
    (tmp_path / "in").mkdir()
    for path in list(source.iterdir())[:2]:
        (tmp_path / "in" / path.name).write_bytes(path.read_bytes())
    (tmp_path / "in" / "bad.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputError, match=r"in/bad\.parquet must be a Parquet file, got one that can't be read: "):
        tag_folder(client, tagger, tmp_path / "in", tmp_path / "stop")
    done = tag_folder(client, tagger, tmp_path / "in", tmp_path / "skip", on_error="skip")
    assert len(done.skipped) == 1
    assert done.skipped[0].startswith(f"{tmp_path}/in/bad.parquet must be a Parquet file, got one that can't be read: ")


def test_a_folder_that_a_worker_does_not_see_is_named(tagger, source):
    with pytest.raises(InputError) as error:
        module.tag_file(tagger, None, None, None, "/not/there/part-00000.parquet")
    assert str(error.value) == "/not/there must be a folder that every worker sees, got none"


def test_a_data_frame_keeps_rows_index_and_columns(client, tagger, small_corpus):
    pandas, dd = pytest.importorskip("pandas"), pytest.importorskip("dask.dataframe")
    frame = pandas.DataFrame({"n": range(60), "text": small_corpus[0]}, index=range(100, 160))
    tagged = tag_dataframe(dd.from_pandas(frame, npartitions=4), tagger)
    result = tagged.compute()
    assert list(result.columns) == list(tagged.columns)
    assert result.index.tolist() == frame.index.tolist()
    import pyarrow as pa

    expected = tag_batch(pa.RecordBatch.from_pandas(frame, preserve_index=False), tagger)
    for name in ("n", "text", "quad", "topics"):
        assert result[name].tolist() == expected.column(name).to_pylist(), name
    chosen = tag_dataframe(dd.from_pandas(frame, npartitions=2), tagger, columns=["stance"])
    assert list(chosen.columns) == ["stance"]
    with pytest.raises(InputError, match="^column 'body' is not there"):
        tag_dataframe(dd.from_pandas(frame, npartitions=2), tagger, text="body")


def test_without_dask_the_extra_is_named(tagger, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with pytest.raises(MissingExtraError) as error:
        tag_folder(None, tagger, Path("in"), Path("out"))
    assert str(error.value) == "distributed is needed for this: pip install 'nato_nlp[scale]'"
