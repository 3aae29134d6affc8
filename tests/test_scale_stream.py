"""Streams from files to files: one row a sentence, in order, whatever the formats, batches and workers."""

import gzip
import io
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nato_nlp.errors import InputError, MissingFileError
from nato_nlp.scale.chunks import read_chunks
from nato_nlp.scale.records import Reading
from nato_nlp.scale.rows import tag_stream
from nato_nlp.scale.sources import find_sources
from nato_nlp.scale.stream import tag_dataset
from nato_nlp.scale.workers import Ahead, Crew, WorkerError
from nato_nlp.text.reading import Columns, Reader

RECORDS = [
    {
        "id": "a",
        "text": 'Lima and Quito agreed to meet.\nThen Lima, "angry", left; it expelled the envoy.',
        "date": "2001-02-03",
    },
    {"id": "b", "text": "* * *", "date": None},
    {"id": "c", "text": "Él viajó.\n\nTroops shelled the border town. Why?", "date": "2001-02-04"},
    {"id": "d", "text": "Share this story", "date": "2001-02-05"},
]
ENDINGS = ["parquet", "jsonl", "jsonl.gz", "jsonl.zst", "csv", "csv.gz", "csv.zst", "tsv"]


def packed(data, ending):
    if ending.endswith(".gz"):
        return gzip.compress(data)
    if ending.endswith(".zst"):
        return pa.compress(data, codec="zstd", asbytes=True)
    return data


def put(path, records=RECORDS):
    """Write records into a file whose ending tells the format."""
    kind, _, _ = path.name.partition(".")[2].partition(".")
    table = pa.Table.from_pylist(records)
    if kind == "parquet":
        pq.write_table(table, path)
        return path
    if kind == "jsonl":
        data = "".join(json.dumps(record) + "\n" for record in records).encode()
    else:
        sink = io.BytesIO()
        pc.write_csv(table, sink, pc.WriteOptions(delimiter="\t" if kind == "tsv" else ","))
        data = sink.getvalue()
    path.write_bytes(packed(data, path.name))
    return path


def rows(done):
    return [row for path in done.paths for row in pq.read_table(path).to_pylist()]


def one_by_one(tagger, path, *, lines=False, keep=()):
    """Return the rows of tagging each document by itself."""
    documents = Reader(Columns(), lines=lines).read([path])
    return [
        row for tags in tag_stream(tagger, documents, keep=keep, lines=lines) for row in tags.to_arrow().to_pylist()
    ]


@pytest.fixture(scope="module")
def plain(tagger, tmp_path_factory):
    return put(tmp_path_factory.mktemp("plain") / "in.parquet")


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("split", [True, False])
def test_every_format_gives_the_rows_of_tagging_one_by_one(tagger, plain, tmp_path, ending, split):
    source = put(tmp_path / f"in.{ending}")
    done = tag_dataset(tagger, source, tmp_path / "out", keep=["date"], split=split, workers=1, batch_rows=3)
    expected = one_by_one(tagger, plain, lines=not split, keep=["date"])
    if ending.startswith(("csv", "tsv")):  # which has no null
        expected = [row | {"date": row["date"] or ""} for row in expected]
    assert rows(done) == expected
    assert done.rows == len(expected)


@pytest.mark.parametrize("ending", ["parquet", "jsonl", "jsonl.gz", "jsonl.zst", "csv", "csv.gz", "csv.zst"])
@pytest.mark.parametrize("folder", [True, False])
def test_results_in_every_format(tagger, plain, tmp_path, ending, folder):
    expected = pa.Table.from_pylist(one_by_one(tagger, plain))
    sink = tmp_path / ("out" if folder else f"out.{ending}")
    done = tag_dataset(tagger, plain, sink, workers=1, batch_rows=1, format=ending if folder else None)
    (path,) = done.paths
    data = path.read_bytes()
    if ending.endswith("gz"):
        data = gzip.decompress(data)
    elif ending.endswith("zst"):
        data = pa.input_stream(pa.py_buffer(data), compression="zstd").read()
    if ending == "parquet":
        assert pq.read_table(path).to_pylist() == expected.to_pylist()
    elif ending.startswith("jsonl"):
        assert [json.loads(line) for line in data.decode().splitlines()] == expected.to_pylist()
    else:
        found = pc.read_csv(io.BytesIO(data), parse_options=pc.ParseOptions(newlines_in_values=True))
        assert found["text"].to_pylist() == expected["text"].to_pylist()
        assert found["quad_proba.neutral"].to_pylist() == [row["neutral"] for row in expected["quad_proba"].to_pylist()]


def test_lines_of_a_text_file_are_sentences_of_one_document(tagger, tmp_path):
    (tmp_path / "in.txt").write_bytes("\ufeffEnvoys met.\r\n\nTroops fired.\rAgain.\nÉl viajó.".encode())
    done = tag_dataset(tagger, tmp_path / "in.txt", tmp_path / "out", split=False, workers=1, batch_rows=3)
    found = [(r["doc"], r["index"], r["start"], r["end"], r["text"]) for r in rows(done)]
    texts = ["Envoys met.", "", "Troops fired.\rAgain.", "Él viajó."]
    assert found == [("in.txt", k, 0, len(text), text) for k, text in enumerate(texts)]
    assert rows(done) == one_by_one(tagger, tmp_path / "in.txt", lines=True)


def test_workers_change_nothing(tagger, tmp_path, small_corpus):
    records = [{"id": str(k // 3), "text": text} for k, text in enumerate(small_corpus[0])]
    source = put(tmp_path / "in.jsonl.zst", records)
    content = []
    for workers in (1, 2):
        options = {"split": False, "batch_rows": 10, "part_rows": 20, "workers": workers}
        done = tag_dataset(tagger, source, tmp_path / str(workers), **options)
        content.append([path.read_bytes() for path in done.paths])
    assert content[0] == content[1]
    assert len(content[0]) == 3


def test_parts_and_batches_cut_the_same_rows(tagger, tmp_path, small_corpus):
    records = [{"id": str(k // 9), "text": text} for k, text in enumerate(small_corpus[0])]
    source = put(tmp_path / "in.parquet", records)
    expected = one_by_one(tagger, source, lines=True)
    for batch_rows, part_rows in ((1, 1), (4, 10), (1000, 25), (11, 1000)):
        sink = tmp_path / f"{batch_rows}-{part_rows}"
        options = {"split": False, "workers": 1, "batch_rows": batch_rows, "part_rows": part_rows}
        assert rows(tag_dataset(tagger, source, sink, **options)) == expected


@given(st.data())
def test_reading_goes_on_at_any_batch(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("on")
    for number, ending in enumerate(
        data.draw(st.lists(st.sampled_from(["parquet", "jsonl.gz", "txt"]), min_size=1, max_size=4))
    ):
        texts = data.draw(st.lists(st.sampled_from(["Envoys met.", "Oslo", "", None]), min_size=1, max_size=12))
        path = folder / f"{number}.{ending}"
        if ending == "txt":
            path.write_text("".join(f"{text or ''}\n" for text in texts))
        else:
            put(path, [{"text": text, "id": str(k // 3)} for k, text in enumerate([*texts, "."])])
    limits = {"rows": data.draw(st.integers(1, 9)), "bytes": data.draw(st.integers(1, 60))}
    reading = Reading(lines=data.draw(st.booleans()), on_error="skip", **limits)
    sources = find_sources(folder)
    chunks = list(read_chunks(sources, reading))
    for number, chunk in enumerate(chunks):
        rest = [(c.batch, c.place, c.skipped) for c in read_chunks(sources, reading, chunk.place)]
        assert rest == [(c.batch, c.place, c.skipped) for c in chunks[number + 1 :]]


def test_folders_globs_partitions_and_data_sets(tagger, tmp_path):
    for year in ("2001", "2002", "__HIVE_DEFAULT_PARTITION__"):
        (tmp_path / "in" / f"year={year}").mkdir(parents=True)
        put(tmp_path / "in" / f"year={year}" / "x.parquet", [{"text": f"Oslo met Lima in {year}.", "n": 1}])
    (tmp_path / "in" / "_SUCCESS").write_text("")
    (tmp_path / "in" / "notes.doc").write_text("?")
    data_set = ds.dataset(tmp_path / "in", partitioning="hive", exclude_invalid_files=True)
    sources = {"folder": tmp_path / "in", "glob": str(tmp_path / "in" / "*" / "*.parquet"), "data set": data_set}
    for name, source in sources.items():
        done = tag_dataset(
            tagger, source, tmp_path / name, keep=["year", "n"], workers=1, columns=["text", "year", "n"]
        )
        found = {(row["text"], row["year"], row["n"]) for row in rows(done)}
        years = ["2001", "2002", None]
        assert found == {(f"Oslo met Lima in {year or '__HIVE_DEFAULT_PARTITION__'}.", year, "1") for year in years}


def test_kept_columns_are_strings_whatever_their_types_in_each_file(tagger, tmp_path):
    (tmp_path / "in").mkdir()
    put(tmp_path / "in" / "a.parquet", [{"text": "Oslo", "x": 1, "date": None}])
    put(tmp_path / "in" / "b.parquet", [{"text": "Oslo", "x": ["é"]}])
    put(tmp_path / "in" / "c.jsonl", [{"text": "Oslo", "x": True}])
    done = tag_dataset(tagger, tmp_path / "in", tmp_path / "out", keep=["x", "date"], workers=1, columns=["x", "date"])
    assert rows(done) == [{"x": x, "date": None} for x in ("1", '["é"]', "true")]


def test_documents_without_a_name_are_called_after_file_and_place(tagger, tmp_path):
    put(tmp_path / "in.parquet", [{"text": "Oslo", "key": "k"}, {"text": "Lima", "key": None}])
    for name, expected in ((None, ["in.parquet:1", "in.parquet:2"]), ("key", ["k", "in.parquet:2"])):
        done = tag_dataset(tagger, tmp_path / "in.parquet", tmp_path / f"{name}", id=name, workers=1, columns=["doc"])
        assert [row["doc"] for row in rows(done)] == expected


def test_bytes_that_are_not_utf8_are_refused_skipped_or_replaced(tagger, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_bytes(b"Oslo\nLi\xffma\n\xff\nQuito\n")
    texts = pa.array([b"Oslo", b"Li\xffma"]).view(pa.string())
    pq.write_table(pa.table({"text": texts}), tmp_path / "in" / "b.parquet")
    source = tmp_path / "in"
    goes_on = " (--errors replace, or errors='replace', goes on)"
    first = f"{source}/a.txt, line 2 must be UTF-8, got byte 0xff at byte offset 7{goes_on}"
    with pytest.raises(InputError) as error:
        tag_dataset(tagger, source, tmp_path / "stop", split=False, workers=1)
    assert str(error.value) == first
    done = tag_dataset(tagger, source, tmp_path / "skip", split=False, workers=1, on_error="skip")
    assert [row["text"] for row in rows(done)] == ["Oslo", "Quito", "Oslo"]
    assert done.skipped == [
        first,
        f"{source}/a.txt, line 3 must be UTF-8, got byte 0xff at byte offset 11{goes_on}",
        f"{source}/b.parquet, row 2, column 'text' must be UTF-8, got byte 0xff at byte offset 2{goes_on}",
    ]
    done = tag_dataset(tagger, source, tmp_path / "replace", split=False, workers=1, errors="replace")
    assert [row["text"] for row in rows(done)] == ["Oslo", "Li�ma", "�", "Quito", "Oslo", "Li�ma"]


def broken(path, kind):
    """Make a folder with a good file, a bad one and a good one; return the bad one."""
    path.mkdir()
    put(path / "a.parquet", [{"text": "Oslo met Lima."}])
    put(path / "c.parquet", [{"text": "Lima met Oslo."}])
    if kind == "corrupt":
        put(path / "b.parquet")
        data = (path / "b.parquet").read_bytes()
        (path / "b.parquet").write_bytes(data[:-8] + b"\0" * 8)
        return path / "b.parquet"
    if kind == "truncated":
        put(path / "b.jsonl.gz", RECORDS * 300)
        data = (path / "b.jsonl.gz").read_bytes()
        (path / "b.jsonl.gz").write_bytes(data[:-9])
        return path / "b.jsonl.gz"
    table = {
        "binary": pa.table({"text": [b"Oslo"]}),
        "number": pa.table({"text": [1]}),
        "without": pa.table({"body": ["Oslo"]}),
        "null": pa.table({"text": pa.array([None, "Quito met Lima."], pa.string())}),
    }[kind]
    pq.write_table(table, path / "b.parquet")
    return path / "b.parquet"


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("corrupt", "{path} must be a Parquet file, got one that can't be read: Parquet magic bytes not found in footer."
            " Either the file is corrupted or this is not a parquet file."),
        ("truncated", "{path} must be a whole gzip file, got a damaged one: Truncated compressed stream"),
        ("binary", "{path}, column 'text' must be of type string, got binary"),
        ("number", "{path}, column 'text' must be of type string, got int64"),
        ("without", "{path}: column 'text' is not there. There are: body"),
        ("null", "{path}, row 1, column 'text' must be a string, got NoneType"),
    ],
)  # fmt: skip
def test_a_bad_file_among_good_ones_is_named(tagger, tmp_path, kind, message):
    path = broken(tmp_path / "in", kind)
    message = message.format(path=path)
    with pytest.raises(InputError) as error:
        tag_dataset(tagger, tmp_path / "in", tmp_path / "stop", workers=1)
    assert str(error.value) == message
    done = tag_dataset(tagger, tmp_path / "in", tmp_path / "skip", workers=1, on_error="skip", columns=["text"])
    assert done.skipped == [message]
    texts = [row["text"] for row in rows(done)]
    assert texts[0] == "Oslo met Lima."
    assert texts[-1] == "Lima met Oslo."
    assert ("Quito met Lima." in texts) == (kind == "null")


def test_repeated_ids_are_told(tagger, tmp_path):
    put(tmp_path / "in.jsonl", [{"id": name, "text": "Oslo met Lima."} for name in "abacab"])
    note = (
        "3 documents have the id of another one, such as 'a': their rows are all there, but the column doc does not tell them"
        " apart"
    )
    for split in (True, False):
        done = tag_dataset(tagger, tmp_path / "in.jsonl", tmp_path / f"{split}", workers=1, split=split)
        assert done.notes == [note]
        assert [row["doc"] for row in rows(done)] == list("abacab")


def test_a_symlink_loop_is_named(tagger, tmp_path):
    folder = tmp_path / "in"
    (folder / "sub").mkdir(parents=True)
    put(folder / "a.jsonl")
    (folder / "sub" / "up").symlink_to(folder)
    with pytest.raises(InputError) as error:
        tag_dataset(tagger, folder, tmp_path / "out", workers=1)
    message = (
        f"{folder}/sub/up must not lead back to a folder that it lies in, got a symlink loop to {folder.resolve()}"
    )
    assert str(error.value) == message
    (folder / "sub" / "up").unlink()
    (folder / "b.jsonl").symlink_to(folder / "b.jsonl")
    for source in (folder, folder / "b.jsonl"):
        with pytest.raises(InputError) as error:
            find_sources(source)
        expected = "must lead to a file or a folder, got a symlink that leads nowhere or in a circle"
        assert str(error.value) == f"{folder}/b.jsonl {expected}"


@pytest.mark.parametrize(
    ("source", "kind", "message"),
    [
        ("-", InputError, "source must be files, which can be read again when a run goes on, got '-'"),
        ([], InputError, "source must be a path, paths or a pyarrow data set, got []"),
        ("none.txt", MissingFileError, "none.txt is not there: expected a file, a folder or a glob"),
        ("none/*.txt", MissingFileError, "none/*.txt matches no file"),
        (".", MissingFileError, ". holds no file that can be read: expected one of '.txt', '.jsonl', '.ndjson', '.csv',"
            " '.tsv', '.parquet'"),
    ],
)  # fmt: skip
def test_sources_that_are_not_there(tmp_path, monkeypatch, source, kind, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(kind) as error:
        find_sources(source)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"workers": 0}, "workers must be None or an int from 1 on, got 0"),
        ({"batch_rows": 0}, "batch_rows must be an int from 1 on, got 0"),
        ({"part_rows": True}, "part_rows must be an int from 1 on, got True"),
        ({"on_error": "go"}, "on_error must be one of 'stop', 'skip', got 'go'"),
        ({"errors": "go"}, "errors must be one of 'strict', 'replace', got 'go'"),
        ({"columns": "quad"}, "columns must be a sequence of different names, got 'quad'"),
        ({"format": "xml"}, "format must be one of 'parquet', 'jsonl', 'jsonl.gz', 'jsonl.zst', 'csv', 'csv.gz', 'csv.zst',"
            " got 'xml'"),
    ],
)  # fmt: skip
def test_wrong_parameters(tagger, plain, tmp_path, options, message):
    with pytest.raises(InputError) as error:
        tag_dataset(tagger, plain, tmp_path / "out", **options)
    assert str(error.value) == message
    assert not (tmp_path / "out").exists()


def test_wrong_sinks(tagger, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    source = put(Path("in.parquet"))
    Path("file").write_text("")
    cases = [
        ("a.csv", {"format": "parquet"}, "format must be 'csv', as the sink ends, got 'parquet'"),
        ("in.parquet", {}, "sink must be apart from the source, got 'in.parquet'"),
        (".", {}, "sink must be apart from the source, got '.'"),
        ("no/a.csv", {}, "no is not there: expected a folder to write a.csv into"),
        ("file", {}, "sink must be a folder, or a file with a known ending, got 'file'"),
    ]
    for sink, options, message in cases:
        with pytest.raises(InputError) as error:
            tag_dataset(tagger, source, sink, workers=1, **options)
        assert str(error.value) == message


@contextmanager
def small_files(most):
    """Let no file grow beyond some bytes, which is what a full disk looks like."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("ending", ["jsonl", "jsonl.gz", "csv.zst", "parquet"])
def test_without_space_whole_parts_stay_and_the_run_goes_on(tagger, tmp_path, small_corpus, monkeypatch, ending):
    monkeypatch.setattr("nato_nlp.scale.stream.model_sha256", lambda tagger: "0" * 64)  # which writes a larger file
    records = [{"text": text} for text in small_corpus[0]]
    noise = random.Random(0).randbytes(150_000).hex(" ", 5)
    records += [{"text": noise}]  # of a part that is too large, compressed or not
    source = put(tmp_path / "in.jsonl", records)
    options = {"workers": 1, "split": False, "batch_rows": 10, "part_rows": 30, "format": ending}
    with small_files(100_000), pytest.raises(OSError, match="File too large") as error:
        tag_dataset(tagger, source, tmp_path / "out", **options)
    assert error.value.strerror == "File too large: 2 whole parts stay, and the same call goes on behind them"
    assert sorted(path.name for path in (tmp_path / "out").iterdir() if path.name[0] != "_") == [
        f"part-00000.{ending}",
        f"part-00001.{ending}",
    ]
    done = tag_dataset(tagger, source, tmp_path / "out", **options)
    assert (done.resumed, done.rows) == (2, len(records))
    with small_files(50_000), pytest.raises(OSError, match="File too large") as error:
        tag_dataset(tagger, source, tmp_path / f"out.{ending}", workers=1, split=False)
    assert error.value.strerror == "File too large: nothing was written"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl", "out"]


@contextmanager
def nobody():
    """Give up root's rights, if there are any, in a folder that others can enter."""
    user = os.geteuid()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        Path(folder, "in").mkdir()
        try:
            yield Path(folder), lambda: os.seteuid(65534) if user == 0 else None
        finally:
            os.seteuid(user)
            for path in Path(folder).rglob("*"):
                path.chmod(0o755)


def test_without_permission(tagger):
    with nobody() as (folder, leave_root):
        put(folder / "in" / "a.jsonl")
        put(folder / "in" / "b.parquet").chmod(0)
        (folder / "out").mkdir(mode=0o555)
        leave_root()
        with pytest.raises(MissingFileError) as missing:
            tag_dataset(tagger, folder / "in", folder / "in" / "out", workers=1)
        assert str(missing.value) == f"{folder}/in/b.parquet can't be read: Permission denied"
        with pytest.raises(PermissionError) as denied:
            tag_dataset(tagger, folder / "in" / "a.jsonl", folder / "out", workers=1)
        assert denied.value.strerror == "Permission denied"


def fails(item):
    raise InputError(f"item must be good, got {item}")


def ends(item):
    os._exit(3)


def test_an_error_in_a_worker_process_is_raised_here():
    with Crew(fails, 2, processes=True) as crew, pytest.raises(InputError) as error:
        list(crew.map([1, 2], lambda item: item))
    assert str(error.value) == "item must be good, got 1"


def test_a_worker_process_that_ends_is_an_error():
    with Crew(ends, 1, processes=True) as crew, pytest.raises(WorkerError) as error:
        list(crew.map([1], lambda item: item))
    assert str(error.value) == (
        "a worker process must live until its work is done, got one that ended with status 3"
        " (the system ends processes when memory runs out: fewer workers need less)"
    )


def test_what_is_read_ahead_comes_in_order_and_with_its_error():
    def items():
        yield from range(10)
        raise InputError("end must be far, got near")

    with Ahead(items(), 2) as ahead:
        taken = iter(ahead)
        assert [next(taken) for _ in range(10)] == list(range(10))
        with pytest.raises(InputError, match="^end must be far, got near$"):
            next(taken)
    with Ahead(iter(range(10)), 2) as ahead:
        assert next(iter(ahead)) == 0  # and the thread ends although nobody takes the rest


def test_a_script_needs_no_main_guard(tmp_path):
    put(tmp_path / "in.jsonl")
    (tmp_path / "script.py").write_text(
        "from nato_nlp import load_tagger\nfrom nato_nlp.scale.stream import tag_dataset\n"
        "print(tag_dataset(load_tagger(), 'in.jsonl', 'out', workers=2).rows)\n"
    )
    command = [sys.executable, "script.py"]
    out = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=120)
    assert out.stdout == "6\n"
