"""Sinks and the rows that go into them: JSON lines, CSV, Parquet, tables; batches of lines; kept columns."""

import csv
import io
import json
import re
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from helpers import made_tags
from hypothesis import given
from hypothesis import strategies as st

from nato_nlp import Document, InputError, load_codebook
from nato_nlp.models.tags import COLUMNS
from nato_nlp.scale.formulas import tamed, tamed_column, untamed
from nato_nlp.scale.rows import LINES_AT_ONCE, tag_stream
from nato_nlp.scale.sinks import ENDINGS, FORMATS, CsvSink, JsonLinesSink, TableSink, file_sink
from nato_nlp.scale.writers import csv_header, csv_lines

PROBABILITIES = [
    *(f"stance_proba.{name}" for name in load_codebook().stances),
    *(f"quad_proba.{name}" for name in load_codebook().quads),
    "topic_proba.energy",
    "topic_proba.africa",
]


def as_csv(*results):
    stream = io.StringIO(newline="")
    sink = CsvSink(stream)
    for tags in results:
        sink.write(tags)
    sink.close()
    return list(csv.reader(io.StringIO(stream.getvalue(), newline="")))


def as_parquet(path, *results):
    with file_sink(path, "parquet") as sink:
        for tags in results:
            sink.write(tags)
    return pq.read_table(path)


def as_table(*results, **options):
    stream = io.StringIO()
    sink = TableSink(stream, **options)
    for tags in results:
        sink.write(tags)
    sink.close()
    return stream.getvalue()


def test_json_lines_are_the_rows():
    stream = io.StringIO()
    sink = JsonLinesSink(stream)
    sink.write(made_tags(outlet="Agência"))
    sink.close()
    lines = stream.getvalue().splitlines()
    assert [json.loads(line) for line in lines] == list(made_tags(outlet="Agência").rows())
    assert "Agência" in lines[0]


def test_csv_spreads_probabilities_and_joins_topics():
    header, first, furniture, last = as_csv(made_tags(outlet="Wire"))
    assert header == [*COLUMNS[:9], *PROBABILITIES, "actors", "dyads", "in_scope", "date", "outlet"]
    assert first[:9] == ["a.txt", "0", "0", "11", "Envoys met.", "false", "cooperation", "verbal_cooperation", "energy"]
    assert [float(cell) for cell in first[9:19]] == [0.75, 0.125, 0.125, 0.5, 0.25, 0.125, 0.0, 0.125, 0.75, 0.0]
    assert first[19:] == ["", "", "", "", "Wire"]
    assert (furniture[5], furniture[8], last[8]) == ("true", "", "energy;africa")


@pytest.mark.parametrize("text", ['a,"b"', "a\nb", "a\r\nb", "a\rb", "a\0b", " a ", "a;b"])
def test_csv_gives_back_any_text(text):
    rows = as_csv(made_tags((text, "b", "c")))
    assert [row[4] for row in rows[1:]] == [text, "b", "c"]
    assert {len(row) for row in rows} == {len(rows[0])}


FORMULAS = [
    "=1+1",
    "+A1",
    "-A1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1",
    "'=1",
    "''@a",
    '=HYPERLINK("http://a")',
    "- he said",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_of_csv_is_a_formula(text):
    rows = as_csv(made_tags((text, "b", "c"), doc=text, topics=(text, "other"), **{f"{text} kept": text}))
    cells = [rows[0][-1], rows[1][0], rows[1][4], rows[1][8], rows[1][-1]]
    assert cells == [f"'{text} kept", *[f"'{text}"] * 4]
    assert [untamed(cell) for cell in cells] == [f"{text} kept", *[text] * 4]


@pytest.mark.parametrize("text", ["-1", "+2.50", "-", "+", "a=1", "'Twas", " =1", "1-2", "", "—"])
def test_cells_of_csv_that_no_spreadsheet_takes_for_a_formula_stay(text):
    rows = as_csv(made_tags((text, "b", "c"), doc=text))
    assert rows[1][0] == rows[1][4] == text
    assert untamed(text) == text


@given(text=st.text(alphabet="'=+-@\t\r\n＝1.a") | st.text())
def test_what_is_tamed_comes_back(text):
    cell = tamed(text)
    assert cell in (text, f"'{text}")
    assert untamed(cell) == text
    assert tamed_column(pa.chunked_array([[text, None]])).to_pylist() == [cell, None]


KINDS = [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())]


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_batches_as_csv_hold_no_formula(kind):
    texts = [*FORMULAS, "-1", "Envoys met."]
    column = pa.array(texts).dictionary_encode() if pa.types.is_dictionary(kind) else pa.array(texts).cast(kind)
    batch = pa.record_batch({"=text": column, "n": pa.array(range(len(texts)))})
    lines = list(csv.reader(io.StringIO((csv_header(batch.schema) + csv_lines(batch)).decode(), newline="")))
    assert lines == [["'=text", "n"], *([tamed(text), str(k)] for k, text in enumerate(texts))]


def test_markup_in_a_text_is_no_markup_in_a_notebook():
    page = made_tags(("<script>alert(1)</script>", "&amp;", '"><img src=x>'), topics=("<b>", "</td>"))._repr_html_()
    assert "&lt;script&gt;" in page
    assert not set(re.findall(r"<(/?\w+)", page)) & {"script", "/script", "img", "b"}


def test_csv_has_one_header_for_all_documents():
    rows = as_csv(made_tags(), made_tags(doc="b.txt"))
    assert [row[0] for row in rows] == ["doc", *["a.txt"] * 3, *["b.txt"] * 3]


def test_csv_without_quads_or_topics_lacks_their_columns():
    without = as_csv(made_tags(quads=False))
    assert without[0] == [
        *COLUMNS[:9],
        "topic_proba.energy",
        "topic_proba.africa",
        "actors",
        "dyads",
        "in_scope",
        "date",
    ]
    assert without[1][6:9] == ["", "", "energy"]
    assert as_csv(made_tags(topics=()))[0] == [*COLUMNS[:9], *PROBABILITIES[:8], "actors", "dyads", "in_scope", "date"]


def test_csv_and_parquet_without_a_sentence_still_have_columns(tagger, tmp_path):
    empty, full = tagger.tag("", meta={"doc": "a"}), tagger.tag("Envoys met.", meta={"doc": "a"})
    assert as_csv(empty) == as_csv(full)[:1]
    assert as_parquet(tmp_path / "a.parquet", empty).schema == as_parquet(tmp_path / "b.parquet", full).schema


def test_parquet_has_lists_and_structs(tmp_path):
    table = as_parquet(tmp_path / "a.parquet", made_tags(), made_tags(date="2001-02-03"))
    assert table.to_pylist() == [*made_tags().rows(), *made_tags(date="2001-02-03").rows()]
    assert pa.types.is_list(table.schema.field("topics").type)
    assert [field.name for field in table.schema.field("stance_proba").type] == list(load_codebook().stances)


def test_parquet_keeps_columns_as_strings_whatever_their_values(tmp_path):
    values = [None, "a", 1, 2.5, True, 10**30]
    table = as_parquet(tmp_path / "a.parquet", *(made_tags(kept=value) for value in values))
    assert table.column("kept").to_pylist()[::3] == [None, "a", "1", "2.5", "true", str(10**30)]


def test_parquet_of_taggers_without_quads_or_topics(tmp_path):
    assert as_parquet(tmp_path / "a.parquet", made_tags(quads=False)).column("quad_proba").to_pylist() == [None] * 3
    assert as_parquet(tmp_path / "b.parquet", made_tags(topics=())).column("topic_proba").to_pylist() == [None] * 3


def test_parquet_writes_a_row_group_when_it_has_enough_rows(tmp_path, monkeypatch):
    monkeypatch.setattr("nato_nlp.scale.sinks.ROWS_AT_ONCE", 6)
    as_parquet(tmp_path / "a.parquet", *(made_tags(doc=str(k)) for k in range(5)))
    data = pq.ParquetFile(tmp_path / "a.parquet").metadata
    assert [data.row_group(k).num_rows for k in range(data.num_row_groups)] == [6, 6, 3]


def test_tables_for_people():
    text = as_table(made_tags(("Envoys\n met.", "© Wire", "Troops \x1b[31mfired[/bold]."), doc="a\x1b.txt"), width=90)
    lines = [line.rstrip() for line in text.splitlines()]
    assert lines == [
        "a\ufffd.txt",
        "stance       p     quad      topics  who  sentence",
        "cooperation  0.75  verbal    energy       Envoys met.",
        "boilerplate                               © Wire",
        "dispute      1.00  material  energy       Troops \ufffd[31mfired[/bold].",
        "                             africa",
        "",
    ]


def test_every_text_format_tells_who_acts(tagger, tmp_path):
    tags = tagger.tag("Peru thanked Chile. It rained.", meta={"doc": "a"})
    header, first, second = as_csv(tags)
    cells = [dict(zip(header, row, strict=True)) for row in (first, second)]
    assert (cells[0]["actors"], cells[0]["dyads"]) == ("PER;CHL", "PER>CHL:cooperation")
    assert (cells[1]["actors"], cells[1]["dyads"]) == ("", "")
    lines = as_table(tags, width=120).splitlines()
    assert ["PER > CHL" in line for line in lines[2:4]] == [True, False]
    kept = as_parquet(tmp_path / "a.parquet", tags).to_pylist()
    assert [row["dyads"] for row in kept] == [row["dyads"] for row in tags.rows()]


def test_tables_of_taggers_without_quads():
    assert as_table(made_tags(quads=False), width=90).splitlines()[2].split() == ["-", "energy", "Envoys", "met."]


def test_tables_are_coloured_by_stance_on_a_terminal(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    coloured = as_table(made_tags(), width=90, colour=True)
    assert "\x1b[1;34mcooperation" in coloured
    assert "\x1b[1;31mdispute" in coloured
    assert "\x1b" not in as_table(made_tags(), width=90)


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_goes_into_a_file(tmp_path, kind):
    path = tmp_path / "tagged"
    with file_sink(path, kind) as sink:
        sink.write(made_tags())
    assert path.stat().st_size > 0
    assert set(ENDINGS.values()) == set(FORMATS)


def test_lines_of_one_document_count_on_through_batches(tagger):
    count = LINES_AT_ONCE + 3
    documents = [*(Document("a", f"Line {k}.") for k in range(count)), Document("b", ""), Document("a", "Again.")]
    batches = list(tag_stream(tagger, documents, lines=True))
    assert [len(tags) for tags in batches] == [LINES_AT_ONCE, 3, 1, 1]
    rows = [row for tags in batches for row in tags.rows()]
    assert [(row["doc"], row["index"]) for row in rows] == [*(("a", k) for k in range(count)), ("b", 0), ("a", 0)]
    assert batches[1].to_arrow().column("index").to_pylist() == [LINES_AT_ONCE, LINES_AT_ONCE + 1, LINES_AT_ONCE + 2]


def test_a_kept_column_may_have_any_name_that_is_not_a_column_of_the_result(tagger):
    document = Document("a", "Envoys met.", metadata={"first_index": "x", "meta": 1})
    (tags,) = tag_stream(tagger, [document], keep=["first_index", "meta"], lines=True)
    assert tags.meta == {"doc": "a", "first_index": "x", "meta": 1}
    assert next(tags.rows())["index"] == 0


@pytest.mark.parametrize("name", [*COLUMNS, "stance_proba.neutral"])
def test_a_kept_column_that_clashes(tagger, name):
    expected = f"keep must be columns other than those of the result ({', '.join(COLUMNS)}), got {name!r}"
    with pytest.raises(InputError, match=f"^{re.escape(expected)}$"):
        next(tag_stream(tagger, [Document("a", "Envoys met.")], keep=[name]))


def test_kept_values_are_ones_that_every_format_holds(tagger):
    values = {
        "n": None,
        "s": "é",
        "i": 1,
        "b": True,
        "f": 0.5,
        "nan": float("nan"),
        "inf": float("inf"),
        "d": date(2001, 2, 3),
        "o": {"a": ["é", date(2001, 2, 3)]},
    }
    (tags,) = tag_stream(
        tagger, [Document("a", "Envoys met.", date="2001", metadata=values)], keep=["date", *values, "other"]
    )
    kept = {
        "n": None,
        "s": "é",
        "i": 1,
        "b": True,
        "f": 0.5,
        "nan": None,
        "inf": "inf",
        "d": "2001-02-03",
        "o": '{"a": ["é", "2001-02-03"]}',
    }
    assert tags.meta == {"doc": "a", "date": "2001", **kept, "other": None}


def test_offsets_of_documents_are_those_of_their_text(tagger):
    text = "World News\n\nEnvoys met. They left.\n"
    (tags,) = tag_stream(tagger, [Document("a", text)])
    assert [text[row["start"] : row["end"]] for row in tags.rows()] == ["World News", "Envoys met.", "They left."]
    np.testing.assert_array_equal(tags.boilerplate[:1], [True])
