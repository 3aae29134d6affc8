"""Tagging of Arrow batches: one row a sentence, the same whatever runs beside it."""

import sys
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nato_nlp.errors import InputError
from nato_nlp.scale import batch as module
from nato_nlp.scale.batch import tag_batch, tag_documents_batch

TEXTS = [
    "Lima and Quito agreed to meet.",
    "",
    "Troops shelled the border town.",
    "Share this story",
    "§ — ?",
    "Él viajó.",
]
DOCUMENTS = [
    "Lima and Quito agreed to meet. Lima expelled the envoy.",
    "* * *",
    "Él viajó.\n\nTroops shelled Oslo. Why?",
    "",
]


def told(tags):
    names = [name for name in tags.column_names if name not in module.PLACES]
    return tags.select(names).to_pylist()


def test_each_row_gives_one_row_with_the_tags_of_its_sentence(tagger):
    batch = pa.record_batch({"id": range(len(TEXTS)), "text": TEXTS})
    tagged = tag_batch(batch, tagger)
    assert tagged.schema.names[:3] == ["id", "text", "boilerplate"]
    assert tagged.select(["id", "text"]).to_pylist() == batch.to_pylist()
    expected = told(tagger.tag_sentences(TEXTS).to_arrow())
    assert tagged.select(tagged.schema.names[2:]).to_pylist() == expected
    assert b"nato_nlp" in tagged.schema.metadata


def test_documents_give_the_rows_of_tagging_each(tagger):
    batch = pa.record_batch({"id": list("abcd"), "body": DOCUMENTS})
    tagged = tag_documents_batch(batch, tagger, text="body")
    expected = [
        {"id": name, "body": row["text"]} | {key: value for key, value in row.items() if key not in ("doc", "text")}
        for name, text in zip("abcd", DOCUMENTS, strict=True)
        for row in tagger.tag(text).to_arrow().to_pylist()
    ]
    assert tagged.to_pylist() == expected
    assert [row["id"] for row in expected] == ["a", "a", "c", "c", "c"]


def test_rows_do_not_depend_on_what_is_scored_with_them(tagger, monkeypatch):
    whole = tag_batch(pa.record_batch({"text": TEXTS}), tagger).to_pylist()
    monkeypatch.setattr(module, "ROWS_AT_ONCE", 2)
    assert tag_batch(pa.record_batch({"text": TEXTS}), tagger).to_pylist() == whole


@pytest.mark.parametrize(
    "kind", [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.string())]
)
def test_every_type_of_strings_is_taken(tagger, kind):
    plain = tag_batch(pa.record_batch({"text": TEXTS}), tagger, columns=["quad"])
    texts = pa.array(TEXTS, pa.string())
    column = texts.dictionary_encode() if pa.types.is_dictionary(kind) else texts.cast(kind)
    assert tag_batch(pa.record_batch({"text": column}), tagger, columns=["quad"]) == plain


@pytest.mark.parametrize("function", [tag_batch, tag_documents_batch])
def test_no_rows_give_no_rows_of_the_same_columns(tagger, function):
    some = function(pa.record_batch({"id": ["a"], "text": ["Envoys met."]}), tagger)
    none = function(pa.record_batch({"id": pa.array([], pa.string()), "text": pa.array([], pa.string())}), tagger)
    assert none.num_rows == 0
    assert none.schema == some.schema


def test_columns_come_in_the_order_that_was_asked_for(tagger):
    batch = pa.record_batch({"id": [1], "stance": ["?"], "text": ["Envoys met."]})
    assert tag_batch(batch, tagger, columns=["quad", "id"]).schema.names == ["quad", "id"]


def column(values, kind=None):
    return pa.record_batch({"text": pa.array(values, kind)})


NOT_UTF8 = pa.array([b"Envoys", b"\xff"]).view(pa.string())


@pytest.mark.parametrize(
    ("batch", "columns", "message"),
    [
        (column([b"Envoys met."]), None, "column 'text' must be of type string, got binary"),
        (column(["a", None]), None, "column 'text' must hold a string in every row, got null at row 1"),
        (pa.record_batch({"text": NOT_UTF8}), None, "column 'text' must be UTF-8, got other bytes at row 1"),
        (pa.record_batch({"body": ["a"]}), None, "column 'text' is not there. There are: body"),
        (column(["a"]), "quad", "columns must be a sequence of different names, got 'quad'"),
        (column(["a"]), ["quad", "quad"], "columns must be a sequence of different names, got ['quad', 'quad']"),
        (column(["a"]), [], "columns must be a sequence of different names, got []"),
        (
            pa.record_batch({"text": ["a"], "stance": ["x"]}),
            None,
            "batch must be without a column 'stance', which the result has, got ['text', 'stance']",
        ),
    ],
)
def test_bad_batches_are_refused(tagger, batch, columns, message):
    with pytest.raises(InputError) as error:
        tag_batch(batch, tagger, columns=columns)
    assert str(error.value) == message


def test_an_unknown_column_is_named_with_the_nearest(tagger):
    with pytest.raises(
        InputError, match=r"^column 'quat' is not there; did you mean 'quad'\? There are: text, boilerplate, "
    ):
        tag_batch(column(["a"]), tagger, columns=["quat"])


def test_many_threads_share_one_tagger(tagger, small_corpus):
    texts = small_corpus[0]
    batches = [pa.record_batch({"text": texts[k % 7 : k % 7 + 1 + k]}) for k in range(48)]
    serial = [tag_batch(batch, tagger) for batch in batches]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(16) as pool:
            for _ in range(3):
                for one, other in zip(pool.map(lambda batch: tag_batch(batch, tagger), batches), serial, strict=True):
                    assert one == other
    finally:
        sys.setswitchinterval(interval)


def test_neither_batch_nor_tagger_is_changed(tagger, tmp_path):
    batch = column(TEXTS)
    tagger.save(tmp_path / "before")
    tag_batch(batch, tagger)
    tag_documents_batch(batch, tagger)
    tagger.save(tmp_path / "after")
    assert (tmp_path / "before").read_bytes() == (tmp_path / "after").read_bytes()
    assert batch == column(TEXTS)


@given(texts=st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_any_text_gives_one_row(tagger, texts):
    tagged = tag_batch(column(texts, pa.string()), tagger, columns=["text", "quad"])
    assert tagged.column("text").to_pylist() == texts
