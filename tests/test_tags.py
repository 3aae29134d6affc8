"""`Tags`: a sequence of sentences, and what becomes of it in Arrow, pandas, Polars, a console and a notebook."""

import re
import sys

import numpy as np
import pyarrow as pa
import pytest
from helpers import made_tags

from nato_nlp import MissingExtraError, TaggedSentence, load_codebook
from nato_nlp.models.tags import COLOURS, COLUMNS, SHOWN_ROWS, Tags, one_line

STANCES, QUADS = load_codebook().stances, load_codebook().quads


def many(count):
    tags = made_tags()
    rows = np.zeros(count, int)
    arrays = (
        tags.spans,
        tags.boilerplate,
        tags.stances,
        tags.quads,
        tags.stance_proba,
        tags.quad_proba,
        tags.topic_proba,
        tags.has_topic,
    )
    return Tags([f"Envoys met on day {k}." for k in range(count)], *(array[rows] for array in arrays), tags.topic_names)


def test_a_sequence_of_sentences():
    tags = made_tags()
    first, furniture, last = tags
    assert first == TaggedSentence(
        "Envoys met.", 0, 11, False, "cooperation", "verbal_cooperation", ("energy",),
        {"cooperation": 0.75, "dispute": 0.125, "neutral": 0.125},
        dict(zip(QUADS, (0.5, 0.25, 0.125, 0.0, 0.125), strict=True)),
        {"energy": 0.75, "africa": 0.0},
    )  # fmt: skip
    assert (furniture.boilerplate, furniture.stance, furniture.topics) == (True, "neutral", ())
    assert (last.stance, last.quad, last.topics) == ("dispute", "material_dispute", ("energy", "africa"))
    assert (len(tags), tags[-1], tags[1:], tags[np.int64(0)]) == (3, last, [furniture, last], first)


@pytest.mark.parametrize("index", [3, -4])
def test_an_index_past_the_end(index):
    with pytest.raises(IndexError, match=f"^index must be below 3, got {index}$"):
        made_tags()[index]


def test_rows_have_the_columns_of_every_format_and_then_the_kept_ones():
    rows = list(made_tags(outlet="Wire").rows())
    assert [list(row) for row in rows] == [[*COLUMNS, "date", "outlet"]] * 3
    assert [(row["doc"], row["index"], row["start"], row["end"], row["topics"]) for row in rows] == [
        ("a.txt", 0, 0, 11, ["energy"]),
        ("a.txt", 1, 11, 22, []),
        ("a.txt", 2, 22, 35, ["energy", "africa"]),
    ]


def test_arrow_holds_what_the_rows_hold():
    tags = made_tags(outlet="Wire", year=2001)
    table = tags.to_arrow()
    assert table.to_pylist() == list(tags.rows())
    assert table.schema.field("topics").type == pa.list_(pa.string())
    for name, labels in {"stance_proba": STANCES, "quad_proba": QUADS, "topic_proba": ("energy", "africa")}.items():
        assert [(field.name, field.type) for field in table.schema.field(name).type] == [
            (label, pa.float64()) for label in labels
        ]
    kinds = {
        "index": pa.int64(),
        "start": pa.int64(),
        "boilerplate": pa.bool_(),
        "stance": pa.string(),
        "date": pa.string(),
        "year": pa.int64(),
    }
    assert {name: table.schema.field(name).type for name in kinds} == kinds


def test_arrow_of_a_tagger_without_quads_has_nulls():
    tags = made_tags(quads=False)
    for row in tags.to_arrow().to_pylist():
        assert (row["stance"], row["quad"], row["stance_proba"], row["quad_proba"]) == (None, None, None, None)
    assert (tags[0].stance, tags[0].quad, tags[0].stance_proba, tags[0].quad_proba) == (None, None, {}, {})
    assert tags.to_arrow().schema == made_tags().to_arrow().schema


def test_arrow_of_a_tagger_without_topics_has_nulls():
    table = made_tags(topics=()).to_arrow()
    assert table.column("topics").to_pylist() == [[], [], []]
    assert table.column("topic_proba").type == pa.null()


def test_arrow_of_no_sentence_has_the_same_types(tagger):
    empty, full = (
        tagger.tag("", meta={"doc": "a", "date": None}),
        tagger.tag("Envoys met.", meta={"doc": "a", "date": None}),
    )
    assert len(empty) == 0
    assert list(empty.rows()) == []
    assert empty.to_arrow().schema == full.to_arrow().schema


def test_pandas():
    pytest.importorskip("pandas")
    frame = made_tags().to_pandas()
    assert list(frame.columns) == [*COLUMNS, "date"]
    assert frame["topics"].map(list).tolist() == [["energy"], [], ["energy", "africa"]]
    assert frame["stance_proba"][0] == {"cooperation": 0.75, "dispute": 0.125, "neutral": 0.125}


@pytest.mark.parametrize("options", [{}, {"quads": False}, {"topics": ()}])
def test_polars(options):
    pytest.importorskip("polars")
    tags = made_tags(**options)
    frame = tags.to_polars()
    assert frame.columns == [*COLUMNS, "date"]
    assert frame["topics"].to_list() == [row["topics"] for row in tags.rows()]
    assert frame["stance"].to_list() == [row["stance"] for row in tags.rows()]


@pytest.mark.parametrize("name", ["pandas", "polars"])
def test_tables_without_their_library(monkeypatch, name):
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingExtraError, match=rf"^{name} is needed for this: pip install 'nato_nlp\[frames\]'$"):
        getattr(made_tags(), f"to_{name}")()


def test_repr():
    assert repr(made_tags()).splitlines() == [
        "Tags of 3 sentences",
        "verbal_cooperation   0.75 Envoys met.",
        "boilerplate          1.00 © 2001 Wire",
        "material_dispute     1.00 Troops fired.",
    ]
    assert repr(made_tags(quads=False)).splitlines()[1] == "-                         Envoys met."
    assert repr(many(1)).splitlines()[0] == "Tags of 1 sentence"


def test_long_results_and_sentences_are_shortened():
    tags = many(SHOWN_ROWS + 5)
    assert len(repr(tags).splitlines()) == SHOWN_ROWS + 2
    assert repr(tags).endswith("\n... and 5 more")
    assert tags._repr_html_().count("<tr style=") == SHOWN_ROWS
    assert tags._repr_html_().endswith("<p>... and 5 more</p>")
    longer = repr(made_tags(("a" * 85, "b" * 84, "c"))).splitlines()
    assert (longer[1][26:], longer[2][26:]) == ("a" * 81 + "...", "b" * 84)


def test_a_console_gets_no_control_characters():
    assert one_line(" Envoys \x1b[31m\nmet\x07\x9b\x7f. ") == "Envoys \ufffd[31m met\ufffd\ufffd\ufffd."
    assert "\x1b" not in repr(made_tags(("Envoys \x1b[31mmet.", "b", "c")))


def test_a_notebook_gets_a_table_coloured_by_stance():
    html = made_tags()._repr_html_()
    rows = re.findall(r"<tr style='(.*?)'>(.*?)</tr>", html)
    assert [style for style, _ in rows] == [
        f"background:{COLOURS['cooperation']};color:#1a1a1a",
        f"background:{COLOURS['neutral']};color:#1a1a1a;opacity:.75",
        f"background:{COLOURS['dispute']};color:#1a1a1a",
    ]
    assert re.findall(r"<td.*?>(.*?)</td>", rows[2][1]) == [
        "dispute",
        "1.00",
        "material_dispute",
        "energy, africa",
        "Troops fired.",
    ]
    assert "background:#ffffff" in made_tags(quads=False)._repr_html_()


def test_a_notebook_gets_text_and_topics_escaped():
    html = made_tags(("<script>alert(1)</script>", "a & 'b'", '"c"'), topics=("<b>", "x&y"))._repr_html_()
    assert "<script>" not in html
    assert "<b>" not in html
    for escaped in (
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "a &amp; &#x27;b&#x27;",
        "&quot;c&quot;",
        "&lt;b&gt;, x&amp;y",
    ):
        assert f">{escaped}</td>" in html
