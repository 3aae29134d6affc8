"""``nato-nlp tag``: what comes out in every format, and what every wrong input ends with."""

import csv
import io
import json
import os
import re
import resource
import signal
import subprocess
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from helpers import run, start

from nato_nlp import load_codebook
from nato_nlp._paths import default_model, seeds_dir
from nato_nlp.models.tags import COLUMNS

BOOK = load_codebook()
STORY = (
    "Envoys meet in Bern\n\nBERN (Reuters) - Envoys of Peru and Chile met on Tuesday. Troops shelled the border town.\n"
)
JSON = "must be a JSON object, got broken JSON"
SURROGATE = "must be Unicode text, got a lone surrogate at character"
ENDINGS = "'.jsonl', '.ndjson', '.csv', '.parquet', '.txt'"
HINT = " (--errors replace, or errors='replace', goes on)"
CLASH = f"--keep must be columns other than those of the result ({', '.join(COLUMNS)}), got "


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(name, content):
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return name


def listed():
    return sorted(path.as_posix() for path in Path().rglob("*"))


def rows_of(result):
    assert (result.status, result.err) == (0, "")
    return [json.loads(line) for line in result.out.splitlines()]


def tagged(*args, **options):
    return rows_of(run("tag", *args, **options))


def refused(status, message, *args, **options):
    """Check that a call fails with exactly this message, prints nothing, and leaves every file as it was."""
    before = {name: Path(name).read_bytes() for name in listed() if Path(name).is_file()}
    result = run("tag", *args, **options)
    assert (result.err, result.status, result.out) == (f"nato-nlp: {message}\n", status, "")
    assert {name: Path(name).read_bytes() for name in listed() if Path(name).is_file()} == before


# what comes out


def test_sample_gives_json_lines_when_nobody_looks():
    rows = tagged("--sample")
    text = (seeds_dir() / "sample.txt").read_text(encoding="utf-8")
    assert {row["doc"] for row in rows} == {"sample.txt"}
    assert [row["index"] for row in rows] == list(range(len(rows)))
    assert [text[row["start"] : row["end"]] for row in rows] == [row["text"] for row in rows]
    assert {row["stance"] for row in rows} == set(BOOK.stances)
    assert sum(row["boilerplate"] for row in rows) >= 3


def test_the_shape_of_a_json_line():
    for row in tagged(write("a.txt", STORY)):
        assert list(row) == [*COLUMNS, "date"]
        assert [type(row[name]) for name in ("doc", "index", "start", "end", "text")] == [str, int, int, int, str]
        assert [type(row[name]) for name in ("boilerplate", "stance", "quad", "topics")] == [bool, str, str, list]
        assert list(row["stance_proba"]) == list(BOOK.stances)
        assert list(row["quad_proba"]) == list(BOOK.quads)
        assert list(row["topic_proba"]) == list(BOOK.topics)
        assert sum(row["stance_proba"].values()) == pytest.approx(1)
        assert sum(row["quad_proba"].values()) == pytest.approx(1)
        assert BOOK.stance_of[row["quad"]] == row["stance"] == max(row["stance_proba"], key=row["stance_proba"].get)
        assert set(row["topics"]) <= set(BOOK.topics)


def test_csv_and_parquet_hold_what_json_lines_hold():
    write("a.csv", f'id,text,date,n\nx,"{STORY}",2001-02-03,7\ny,Kenya sent food aid to Somalia.,,\n')
    for name in ("out.jsonl", "out.csv", "out.parquet", "out.ndjson"):
        result = run("tag", "a.csv", "--keep", "date", "--keep", "n", "--output", name)
        assert (result.status, result.out, result.err) == (0, "", "")
    rows = [json.loads(line) for line in Path("out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["doc"] for row in rows] == ["x", "x", "x", "y"]
    assert [row["index"] for row in rows] == [0, 1, 2, 0]
    assert [(row["date"], row["n"]) for row in rows] == [("2001-02-03", "7")] * 3 + [("", "")]
    assert Path("out.ndjson").read_bytes() == Path("out.jsonl").read_bytes()
    assert pq.read_table("out.parquet").to_pylist() == rows
    flat = list(csv.DictReader(io.StringIO(Path("out.csv").read_text(encoding="utf-8"), newline="")))
    for row, line in zip(rows, flat, strict=True):
        assert line["topics"] == ";".join(row["topics"])
        assert line["boilerplate"] == str(row["boilerplate"]).lower()
        assert float(line["stance_proba.cooperation"]) == row["stance_proba"]["cooperation"]
        assert {name: line[name] for name in ("doc", "text", "stance", "quad", "n")} == {
            name: row[name] for name in ("doc", "text", "stance", "quad", "n")
        }


def test_format_wins_over_the_ending_and_a_txt_is_a_table():
    write("a.txt", STORY)
    run("tag", "a.txt", "--format", "jsonl", "-o", "out.txt")
    run("tag", "a.txt", "-o", "table.txt")
    assert Path("out.txt").read_text(encoding="utf-8").startswith('{"doc": "a.txt"')
    assert Path("table.txt").read_text(encoding="utf-8").startswith("a.txt ")
    assert run("tag", "a.txt", "--format", "csv").out.startswith("doc,index,")


def test_an_output_that_is_there_is_replaced_and_readable():
    write("a.txt", STORY)
    write("out.csv", "old")
    assert run("tag", "a.txt", "-o", "out.csv").status == 0
    umask = os.umask(0)
    os.umask(umask)
    assert Path("out.csv").stat().st_mode & 0o777 == 0o666 & ~umask
    assert Path("out.csv").read_text(encoding="utf-8").startswith("doc,index,")
    assert listed() == ["a.txt", "out.csv"]


def test_a_person_gets_a_coloured_table(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    result = run("tag", write("a.txt", STORY), terminal=True)
    assert (result.status, result.err) == (0, "")
    assert "\x1b[1;31mdispute" in result.out
    assert "\x1b" not in run("tag", "a.txt", "--format", "table").out


def test_a_person_sees_progress_when_it_takes_long(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("nato_nlp.cli.tagging.PATIENCE", -1)
    write("a.txt", STORY)
    shown = run("tag", "a.txt", "-o", "out.jsonl", terminal=True)
    assert shown.status == 0
    assert "3 sentences" in shown.err
    assert run("tag", "a.txt", "-o", "out.jsonl").err == ""
    assert "3 sentences" in run("tag", stdin=STORY.encode(), terminal=True).err  # no size is known


def test_standard_input_is_one_document():
    rows = tagged(stdin=STORY.encode())
    assert [(row["doc"], row["index"]) for row in rows] == [("stdin", 0), ("stdin", 1), ("stdin", 2)]
    assert tagged("-", stdin=STORY.encode()) == rows


def test_lines_give_one_row_each():
    lines = ["\ufeffEnvoys met. They left.\r", "", "  \t ", "\x1b\x00", "World News", "Last"]
    rows = tagged("--lines", stdin="\n".join(lines).encode())
    expected = ["Envoys met. They left.", *lines[1:]]
    assert [row["text"] for row in rows] == expected
    assert [(row["start"], row["end"]) for row in rows] == [(0, len(text)) for text in expected]
    assert [row["index"] for row in rows] == list(range(6))
    assert [row["boilerplate"] for row in rows[1:5]] == [False, False, False, True]
    assert rows[1]["quad_proba"] == rows[2]["quad_proba"] == rows[3]["quad_proba"]  # the prior


def test_lines_of_a_table_are_its_records():
    write("a.csv", 'id,text\nx,"Envoys met. They left."\nx,\ny,Troops fired.\n')
    rows = tagged("a.csv", "--lines")
    assert [(row["doc"], row["index"], row["text"]) for row in rows] == [
        ("x", 0, "Envoys met. They left."),
        ("x", 1, ""),
        ("y", 0, "Troops fired."),
    ]


def test_columns_by_name():
    write(
        "a.jsonl",
        json.dumps({"url": "u1", "body": "Envoys met.", "published": "2001", "text": "no", "outlet": {"a": "é"}}),
    )
    (row,) = tagged(
        "a.jsonl", "--text", "body", "--id", "url", "--date", "published", "--keep", "date", "--keep", "outlet"
    )
    assert (row["doc"], row["text"], row["date"], row["outlet"]) == ("u1", "Envoys met.", "2001", '{"a": "é"}')
    assert list(row) == [*COLUMNS, "date", "outlet"]
    (row,) = tagged("a.jsonl", "--keep", "url")
    assert (row["doc"], row["text"], row["url"], "date" in row) == ("a.jsonl:1", "no", "u1", False)


def test_numbers_that_json_lacks_are_none():
    write("a.jsonl", '{"text": "Envoys met.", "k": NaN}')
    assert tagged("a.jsonl", "--keep", "k")[0]["k"] is None


def test_equal_names_in_two_folders():
    for name in ("d/x.txt", "e/x.txt"):
        write(name, "Envoys met.")
    assert [row["doc"] for row in tagged("d/x.txt", "e/x.txt")] == ["d/x.txt", "e/x.txt"]
    assert [row["doc"] for row in tagged("d")] == ["x.txt"]


@pytest.mark.parametrize("text", [" \n\t\n", "...... \x00", "* * *", "\ufeff\n"])
def test_texts_without_a_letter_give_no_row(text):
    assert tagged(write("a.txt", text)) == []


def test_an_empty_text_in_a_table_gives_no_row_and_with_lines_the_prior():
    write("a.csv", 'id,text\nx,\ny,"  "\n')
    assert tagged("a.csv") == []
    x, y = tagged("a.csv", "--lines")
    assert x["quad_proba"] == y["quad_proba"]
    assert (x["stance"], x["topics"], x["boilerplate"]) == ("neutral", [], False)


@pytest.mark.parametrize("content", ["id,text\n", 'id,text\nx," "\n'])
def test_a_table_without_rows_gives_a_table_without_rows(content):
    write("a.csv", content)
    for name in ("out.csv", "out.parquet", "out.jsonl"):
        assert run("tag", "a.csv", "-o", name).status == 0
    header = Path("out.csv").read_text(encoding="utf-8")
    assert header.startswith("doc,index,")
    assert header.count("\n") == 1
    table = pq.read_table("out.parquet")
    assert (table.num_rows, table.column_names) == (0, [*COLUMNS, "date"])
    assert Path("out.jsonl").read_bytes() == b""


def test_control_characters_stay_in_the_text_and_offsets_hold():
    text = "Envoys\0 met.\x01\x02\n\nTroops\x7f shelled\x1b[31m the town.\n"
    rows = tagged(write("a.txt", text))
    assert [row["text"] for row in rows] == [text[row["start"] : row["end"]] for row in rows]
    assert [row["text"] for row in rows][1] == "Troops\x7f shelled\x1b[31m the town."
    assert "\x1b" not in run("tag", "a.txt", "--format", "table").out


def test_replace_goes_on():
    (row,) = tagged(write("a.txt", b"Envoys met in Malm\xf6."), "--errors", "replace")
    assert row["text"] == "Envoys met in Malm\ufffd."


def test_a_line_of_fifty_megabytes():
    line = b"Envoys of Peru and Chile met in Bern " * (50_000_000 // 37)
    begin = time.process_time()
    (row,) = tagged("--lines", stdin=line)
    assert row["end"] == len(line)
    assert time.process_time() - begin < 60  # seconds of CPU; 10 where this was written


def test_the_wire_stories(stories):
    for name, text in stories.items():
        write(f"stories/{name}", text)
    rows = tagged("stories")
    assert [row["doc"] for row in rows] == [name for name in stories for row in rows if row["doc"] == name]
    assert all(stories[row["doc"]][row["start"] : row["end"]] == row["text"] for row in rows)


# what is refused

USAGE = {
    ("nowhere.txt",): "nowhere.txt is not there: expected a file or a directory",
    ("a.txt", "nowhere.txt"): "nowhere.txt is not there: expected a file or a directory",
    ("none",): "none holds no file that can be read: expected one of '.txt', '.jsonl', '.ndjson', '.csv', '.tsv', '.parquet'",
    ("",): "a path must not be empty: expected a file or a directory",
    ("a.txt", "--sample"): "--sample takes no PATH",
    ("a.txt", "--format", "parquet"): "--format parquet needs --output FILE",
    ("a.txt", "-o", "out.xlsx"): f"--output must end in one of {ENDINGS}, '.html', got 'out.xlsx' (or give --format)",
    ("a.txt", "-o", "no/out.csv"): "no is not there: expected a folder to write out.csv into",
    ("a.txt", "-o", "none", "--format", "csv"): "--output must be a file, got 'none'",
    ("a.txt", "-o", os.devnull, "--format", "csv"): f"--output must be a file, got {os.devnull!r}",
    ("a.txt", "-o", "a.txt"): "--output must be none of the files that are read, got 'a.txt'",
    ("a.txt", "--keep", "text"): f"{CLASH}'text'",
    ("a.txt", "--keep", "date", "--keep", "quad_proba.neutral"): f"{CLASH}'quad_proba.neutral'",
    ("a.txt", "--model", "no.safetensors"): "no.safetensors is not there: expected a model file",
}  # fmt: skip


@pytest.mark.parametrize("args", USAGE)
def test_usage(folder, args):
    write("a.txt", STORY)
    write("none/scan.pdf", "%PDF")
    refused(2, USAGE[args], *args)


WRONG_OPTIONS = {
    ("--format", "xml"): ["--format", "'xml' is not one of 'table', 'jsonl', 'csv', 'parquet'"],
    ("--errors", "ignore"): ["--errors", "'ignore' is not one of 'strict', 'replace'"],
    ("--on-error", "warn"): ["--on-error", "'warn' is not one of 'stop', 'skip'"],
    ("--colour",): ["No such option: --colour"],
}


@pytest.mark.parametrize("args", WRONG_OPTIONS)
def test_wrong_options(args, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    result = run("tag", *args)
    assert (result.status, result.out) == (2, "")
    assert all(words in re.sub(r"\s+", " ", result.err) for words in WRONG_OPTIONS[args]), result.err


DATA = {
    ("a.txt", ""): "a.txt is empty: expected text",
    ("a.jsonl", ""): "a.jsonl is empty: expected one JSON object a line",
    ("a.csv", ""): "a.csv is empty: expected a header line",
    ("a.txt", b"\x89PNG\r\n\x1a\n\0\0"): "a.txt must be a text file in UTF-8, got a PNG image",
    ("a.csv", bytes(range(32)) * 9): "a.csv must be a text file in UTF-8, got a binary file",
    ("a.txt", STORY.encode("utf-16")): "a.txt must be a text file in UTF-8, got UTF-16 text: convert it to UTF-8 first",
    ("a.txt", STORY.encode("utf-16-be")): "a.txt must be a text file in UTF-8, got a binary file",
    ("a.txt", b"\xef\xbb\xbfMalm\xf6"): f"a.txt must be UTF-8, got byte 0xf6 at byte offset 7{HINT}",
    ("a.jsonl", b'{"text": "Envoys met."}\n\xff\n'): f"a.jsonl, line 2 must be UTF-8, got byte 0xff at byte offset 24{HINT}",
    ("a.jsonl", '{"text": "Envoys met."}\n{"text"'): f"a.jsonl, line 2 {JSON}: Expecting ':' delimiter (column 8)",
    ("a.jsonl", '{"text": "Envoys met."}\n{"text": "\\ud800"}'): f"a.jsonl, line 2, column 'text' {SURROGATE} 0{HINT}",
    ("a.csv", "text\nEnvoys met.\na,b\n"): "a.csv, line 3 must have 1 fields like the header, got 2",
    ("a.csv", "id,texts\n1,a\n"): "a.csv: column 'text' is not there; did you mean 'texts'? There are: id, texts",
}  # fmt: skip


@pytest.mark.parametrize(("name", "content"), DATA)
def test_data_that_is_refused_leaves_no_output(name, content):
    write(name, content)
    refused(1, DATA[name, content], name)
    refused(1, DATA[name, content], name, "-o", "out.jsonl")


@pytest.mark.parametrize("ending", ["csv", "parquet", "txt"])
def test_no_format_leaves_a_part(ending):
    write("a.jsonl", '{"text": "Envoys met."}\n{"text"')
    message = f"a.jsonl, line 2 {JSON}: Expecting ':' delimiter (column 8)"
    refused(1, message, "a.jsonl", "-o", f"out.{ending}")


def test_standard_input_that_is_refused():
    refused(1, "stdin is empty: expected text")
    refused(1, "stdin is empty: expected text", "--lines")
    refused(1, f"stdin must be UTF-8, got byte 0xff at byte offset 1{HINT}", stdin=b"a\xff")
    refused(1, f"stdin, line 2 must be UTF-8, got byte 0xff at byte offset 2{HINT}", "--lines", stdin=b"a\n\xff")
    refused(1, "stdin must be a text file in UTF-8, got a gzip file", stdin=b"\x1f\x8b\x08")
    refused(1, "stdin must be a text file in UTF-8, got a binary file", stdin=STORY.encode("utf-16-le"))


def test_a_column_to_keep_that_is_not_there():
    write("a.csv", "id,text,outlet\n1,Envoys met.,Wire\n")
    refused(
        1,
        "a.csv: column 'outlets' is not there; did you mean 'outlet'? There are: id, text, outlet",
        "a.csv",
        "--keep",
        "outlets",
    )


def test_skip_writes_the_rest_and_lists_what_was_skipped():
    write("d/a.jsonl", b'{"id": "x", "text": "Envoys met."}\n{"text"\n[]\n\xff\n{"id": "y", "text": "Troops fired."}\n')
    write("d/b.txt", "")
    write("d/c.txt", "Envoys left.")
    expected = (
        "nato-nlp: skipped 4:\n"
        "nato-nlp:   d/a.jsonl, line 2 must be a JSON object, got broken JSON: Expecting ':' delimiter (column 8)\n"
        "nato-nlp:   d/a.jsonl, line 3 must be a JSON object, got list\n"
        f"nato-nlp:   d/a.jsonl, line 4 must be UTF-8, got byte 0xff at byte offset 46{HINT}\n"
        "nato-nlp:   d/b.txt is empty: expected text\n"
        "nato-nlp: the rest is written\n"
    )
    result = run("tag", "d", "--on-error", "skip")
    assert (result.status, result.err) == (1, expected)
    assert [json.loads(line)["doc"] for line in result.out.splitlines()] == ["x", "y", "c.txt"]
    to_file = run("tag", "d", "--on-error", "skip", "-o", "out.jsonl")
    assert (to_file.status, to_file.err, to_file.out) == (1, expected, "")
    assert Path("out.jsonl").read_text(encoding="utf-8") == result.out


def test_skip_of_everything_leaves_a_table_without_rows():
    write("a.jsonl", "{\n")
    assert run("tag", "a.jsonl", "--on-error", "skip", "-o", "out.parquet").status == 1
    assert pq.read_table("out.parquet").num_rows == 0


def test_models_that_are_refused():
    write("a.txt", STORY)
    write("foreign.safetensors", "no model")
    refused(
        1,
        "foreign.safetensors must be a nato_nlp model file, got a file of another kind",
        "a.txt",
        "--model",
        "foreign.safetensors",
    )
    write("cut.safetensors", default_model().read_bytes()[:100_000])
    result = run("tag", "a.txt", "--model", "cut.safetensors", "-o", "out.jsonl")
    assert (result.status, result.out) == (1, "")
    assert re.fullmatch(
        r"nato-nlp: cut\.safetensors must be a nato_nlp model file, got a damaged one or another kind: .*\n", result.err
    )
    assert listed() == ["a.txt", "cut.safetensors", "foreign.safetensors"]


FAILURES = {
    KeyboardInterrupt(): (130, "interrupted: nothing was written under the final name"),
    MemoryError(): (1, "the machine ran out of memory: split the input into smaller documents"),
    OSError(28, "No space left on device"): (1, "No space left on device; nothing was written under the final name"),
    OSError(5, "Input/output error", "tape"): (1, "tape: Input/output error"),
}


@pytest.mark.parametrize("error", FAILURES, ids=repr)
def test_failures_in_the_middle(monkeypatch, error):
    def fail(*_args, **_options):
        raise error

    write("a.txt", STORY)
    write("b.txt", STORY)
    monkeypatch.setattr("nato_nlp.scale.sinks.JsonLinesSink.write", fail)
    refused(*FAILURES[error], "a.txt", "b.txt")
    refused(*FAILURES[error], "a.txt", "b.txt", "-o", "out.jsonl")


# as a process of its own: signals, pipes, disks


def long_story(name="long.txt"):
    return write(name, STORY * 200)


def test_an_interrupt_leaves_nothing_behind():
    process = start("tag", "--lines", "-o", "out.jsonl", stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                    preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))  # fmt: skip
    process.stdin.write(b"Envoys met.\n" * 5000)
    process.stdin.flush()
    while not listed():
        time.sleep(0.02)
    time.sleep(0.3)
    assert listed()[0].startswith(".out.jsonl.")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, b"")
    assert err == b"nato-nlp: interrupted: nothing was written under the final name\n"
    assert listed() == []


@pytest.mark.parametrize("on_error", ["stop", "skip"])
def test_a_reader_that_has_enough(on_error):
    process = start("tag", long_story(), "--on-error", on_error, stdout=subprocess.PIPE)
    assert json.loads(process.stdout.readline())["index"] == 0
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(timeout=60) == 0


def test_a_reader_that_wants_nothing():
    # so little that it stays in the buffer until the end
    process = start("tag", "--lines", write("a.txt", "Envoys met."), stdout=subprocess.PIPE)
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(timeout=60) == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("args", [("tag", "--sample"), ("--version",), ("info",)], ids=" ".join)
def test_a_full_disk_behind_standard_output(args):
    with open("/dev/full", "wb") as full:
        process = start(*args, stdout=full)
        err = process.communicate(timeout=60)[1]
    assert (process.returncode, err) == (
        1,
        b"nato-nlp: No space left on device; nothing was written under the final name\n",
    )


@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
def test_a_full_disk_behind_an_output(ending):
    long_story()
    run("tag", "--sample")  # so that compiled code is in its cache, which the limit would also hit
    process = start("tag", "long.txt", "-o", f"out.{ending}", stdout=subprocess.PIPE,
                    preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000)))  # fmt: skip
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, b"")
    assert re.fullmatch(rb"nato-nlp: .*File too large.*; nothing was written under the final name\n", err), err
    assert listed() == ["long.txt"]


def test_streams_that_are_closed():
    process = start("tag", preexec_fn=lambda: os.close(0))
    assert process.communicate(timeout=60)[1] == b"nato-nlp: stdin is empty: expected text\n"
    assert process.returncode == 1
    process = start("tag", "--sample", "-o", "out.jsonl", preexec_fn=lambda: (os.close(0), os.close(1)))
    assert (process.communicate(timeout=60)[1], process.returncode) == (b"", 0)
    assert len(Path("out.jsonl").read_bytes().splitlines()) > 5
