"""The command line's way to streams: messages and exit statuses."""

import json

import pyarrow.parquet as pq
import pytest
import typer

from nato_nlp.cli import streaming
from nato_nlp.cli.streaming import StreamJob


def job(paths, out, **options):
    chosen = {
        "lines": False,
        "format": None,
        "model": None,
        "lexicon": None,
        "actors": None,
        "keep": ("date",),
        "columns": ("text", "id", "date"),
        "wanted": None,
        "workers": 1,
        "errors": "strict",
        "on_error": "stop",
    }
    return StreamJob(paths=list(map(str, paths)), out=out, **chosen | options)


@pytest.fixture
def source(tmp_path):
    records = [
        {"id": "a", "text": "Lima and Quito agreed to meet. They left."},
        {"id": "a"},
        {"id": "a", "text": "Oslo won."},
    ]
    (tmp_path / "in.jsonl").write_text("\n".join(map(json.dumps, records)))
    return tmp_path / "in.jsonl"


def test_what_was_done_is_told(source, tmp_path, capsys):
    message = f"{source}, line 2: column 'text' is not there. There are: id"
    with pytest.raises(typer.Exit) as end:
        job([source], tmp_path / "out", on_error="skip", wanted=("doc", "text", "date")).run()
    assert end.value.exit_code == 1
    told = [
        "1 documents have the id of another one, such as 'a': their rows are all there, but the column doc does not tell them"
        " apart",
        f"3 sentences in 1 file: {tmp_path / 'out'}",
        "skipped 1:",
        f"  {message}",
        "the rest is written",
    ]
    assert capsys.readouterr().err.splitlines() == [f"nato-nlp: {line}" for line in told]
    table = pq.read_table(tmp_path / "out" / "part-00000.parquet")
    assert table.column_names == ["doc", "text", "date"]


@pytest.mark.parametrize(
    ("paths", "options", "message"),
    [
        ([], {}, "--out needs PATH, files that can be read again: standard input can't"),
        (["-"], {}, "--out needs PATH, files that can be read again: standard input can't"),
        (["a"], {"format": "table"}, "--format must be one of 'parquet', 'jsonl', 'jsonl.gz', 'jsonl.zst', 'csv', 'csv.gz',"
            " 'csv.zst' with --out, got 'table'"),
    ],
)  # fmt: skip
def test_wrong_usage(tmp_path, capsys, paths, options, message):
    with pytest.raises(typer.Exit) as end:
        job(paths, tmp_path / "out", **options).run()
    assert end.value.exit_code == 2
    assert capsys.readouterr().err == f"nato-nlp: {message}\n"


def test_an_interrupted_run_says_what_stays(source, tmp_path, capsys, monkeypatch):
    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(streaming, "tag_dataset", interrupted)
    with pytest.raises(typer.Exit) as end:
        job([source], tmp_path / "out").run()
    assert end.value.exit_code == 130
    message = f"interrupted: whole parts in {tmp_path / 'out'} stay, and the same command goes on behind them"
    assert capsys.readouterr().err == f"nato-nlp: {message}\n"
