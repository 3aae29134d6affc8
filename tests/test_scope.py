"""Texts that are out of scope: told by known words and by script, for each document once, in every way to tag."""

import json
import warnings
from pathlib import Path

import numpy as np
import pytest
from helpers import made_tags, run
from hypothesis import given
from hypothesis import strategies as st

from nato_nlp import Document, ScopeWarning, Tagger
from nato_nlp.features import NgramTfidf
from nato_nlp.models.scope import (
    LEAST_KNOWN,
    LEAST_LETTERS,
    LEAST_WORDS,
    documents_in_scope,
    many_out_of_scope,
    other_script,
    texts_in_scope,
    why_out_of_scope,
)
from nato_nlp.scale.batch import tag_batch, tag_documents_batch
from nato_nlp.scale.stream import tag_dataset
from nato_nlp.scale.summary import summarize

ENGLISH = (
    "The two governments agreed on Monday to resume talks on the border. Soldiers shot at the crowd and three died."
)
FRENCH = (
    "Les ministres des Affaires étrangères se sont rencontrés lundi pour relancer des négociations suspendues depuis "
    "l'automne. Les organisations de pêcheurs restent prudentes."
)
RUSSIAN = "Министры встретились в понедельник. Полиция разогнала митинг."
CHINESE = "两个邻国的外交部长星期一在日内瓦会面，准备恢复谈判。"


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40), st.sampled_from([ENGLISH, RUSSIAN, "", "9 §", CHINESE])))
)
def test_scope_equals_its_definition(rows):
    counts = np.asarray([(words, min(words, known)) for words, known, _ in rows], np.int64).reshape(-1, 2)
    texts = [text for _, _, text in rows]
    expected = []
    for (words, known), text in zip(counts.tolist(), texts, strict=True):
        few_known = known < LEAST_KNOWN * words or not words
        expected.append(not (few_known and (words >= LEAST_WORDS or other_script(text))))
    assert texts_in_scope(counts, texts).tolist() == expected


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 20), st.integers(0, 20)), max_size=20))
def test_documents_are_judged_by_the_sum_of_their_sentences(rows):
    document = np.asarray([row[0] for row in rows], np.int64)
    counts = np.asarray([(words, min(words, known)) for _, words, known in rows], np.int64).reshape(-1, 2)
    totals = np.asarray([counts[document == k].sum(axis=0) for k in range(4)], np.int64)
    texts = [ENGLISH, RUSSIAN, "", CHINESE]
    np.testing.assert_array_equal(documents_in_scope(counts, document, texts), texts_in_scope(totals, texts))


@given(st.text(alphabet="abcéÿ ǅɏẠ日本がжЖ١٢9-"))
def test_script_is_told_by_most_letters(text):
    letters = [character for character in text if character.isalpha()]
    latin = sum(character in "abcéÿǅɏẠ" for character in letters)
    assert other_script(text) == (len(letters) >= LEAST_LETTERS and latin < len(letters) / 2)


@pytest.mark.parametrize("text", [ENGLISH, "NATO.", "", "Vučić, Šefčovič.", "Σ", "9 §"])
def test_english_and_what_is_too_short_are_in_scope(tagger, text):
    tags = tagger.tag(text)  # a warning would be an error
    assert tags.in_scope.all()
    assert tagger.tag_sentences([text]).in_scope.all()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (FRENCH, "43% of its 23 words are known, less than 50%"),
        (RUSSIAN, "100% of its letters are of another script than Latin"),
        (CHINESE, "100% of its letters are of another script than Latin"),
        ("Xjqzt vbnkl " * 20, "0% of its 40 words are known, less than 50%"),
    ],
)
def test_each_document_warns_once(tagger, text, why):
    with pytest.warns(ScopeWarning) as caught:
        tags = tagger.tag(text, meta={"doc": "a.txt"})
    (message,) = [str(one.message) for one in caught]
    assert message == f"'a.txt' seems not to be English: {why}; its tags say little"
    assert caught[0].filename == __file__
    assert not tags.in_scope.any()
    assert not tags[0].in_scope


def test_a_document_without_a_name():
    assert why_out_of_scope(np.array([[20, 1]]), FRENCH) == (
        "the text seems not to be English: 5% of its 20 words are known, less than 50%; its tags say little"
    )


def test_every_document_of_many_warns(tagger):
    with pytest.warns(ScopeWarning) as caught:
        tables = list(tagger.tag_documents([Document("a", FRENCH), Document("b", ENGLISH), Document("c", RUSSIAN)]))
    assert [str(one.message)[:3] for one in caught] == ["'a'", "'c'"]
    assert [table.column("in_scope").unique().to_pylist() for table in tables] == [[False], [True], [False]]


def test_a_quotation_in_another_language_leaves_a_document_in_scope(tagger):
    tags = tagger.tag(f"{ENGLISH} {ENGLISH} {ENGLISH} He said: {RUSSIAN}")
    assert tags.in_scope.all()
    assert tags.known_words[-1, 1] == 0


def test_strings_are_judged_each_by_itself_and_do_not_warn(tagger):
    tags = tagger.tag_sentences([ENGLISH, FRENCH, RUSSIAN, "Les ministres"])
    assert tags.in_scope.tolist() == [True, False, False, True]


def test_a_tagger_without_lists_of_words_does_not_judge(small_corpus):
    texts, quads, _, groups = small_corpus
    tags = Tagger(features=NgramTfidf()).fit(texts, quads, groups=groups).tag(RUSSIAN)
    assert (tags.in_scope, tags.known_words, tags[0].in_scope) == (None, None, None)
    assert tags.to_arrow().column("in_scope").to_pylist() == [None] * len(tags)


def test_words_in_a_wrong_order_are_not_noticed_but_letters_are(tagger):
    rng = np.random.default_rng(0)
    words = ENGLISH.replace(".", "").replace(",", "").split()
    assert tagger.tag_sentences([" ".join(rng.permutation(words))]).in_scope.all()
    scrambled = ["".join(rng.permutation(list(word))) for word in words]
    assert not tagger.tag_sentences([" ".join(scrambled)]).in_scope.any()


def test_batches_judge_documents_whole_and_rows_alone(tagger):
    import pyarrow as pa

    mixed = f"{ENGLISH} {ENGLISH} {RUSSIAN}"
    batch = pa.record_batch({"text": [FRENCH, mixed, ""]})
    found = tag_documents_batch(batch, tagger, columns=["index", "in_scope"]).to_pylist()
    assert [row["in_scope"] for row in found if row["index"] == 0] == [False, True]
    assert all(row["in_scope"] == (k >= 2) for k, row in enumerate(found))
    assert tag_batch(batch, tagger, columns=["in_scope"]).column("in_scope").to_pylist() == [False, True, True]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()
    for name, text in (("a", ENGLISH), ("b", FRENCH), ("c", RUSSIAN)):
        Path("in", f"{name}.txt").write_text(text, encoding="utf-8")
    Path("lines.txt").write_text("\n".join([ENGLISH, FRENCH, RUSSIAN, "Les ministres"]), encoding="utf-8")
    return tmp_path


def told(count, first):
    return f"nato-nlp: {many_out_of_scope(count, first)}\n"


def test_the_command_line_says_it_once(folder):
    done = run("tag", "in", "--format", "jsonl")
    assert (done.status, done.err) == (0, told(2, "b.txt"))
    rows = [json.loads(line) for line in done.out.splitlines()]
    assert {row["doc"]: row["in_scope"] for row in rows} == {"a.txt": True, "b.txt": False, "c.txt": False}
    assert run("tag", "in/a.txt", "--format", "csv").err == ""
    assert run("tag", "in/b.txt").err == told(1, "b.txt")


def test_the_command_line_counts_lines(folder):
    done = run("tag", "lines.txt", "--lines")
    assert done.err == told(2, "lines.txt")


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("columns", [None, ["doc", "stance"]])
def test_parts_and_files_say_it_once(folder, tagger, workers, columns):
    for sink in ("parts", "one.parquet"):
        done = tag_dataset(tagger, "in", sink, workers=workers, columns=columns, batch_rows=1, part_rows=1)
        assert done.notes == [many_out_of_scope(2, "b.txt")]
    entries = json.loads(Path("parts/_manifest.json").read_text(encoding="utf-8"))["parts"]
    assert [entry.get("out_of_scope") for entry in entries] == [
        None,
        {"texts": 1, "first": "b.txt"},
        {"texts": 1, "first": "c.txt"},
    ]
    again = tag_dataset(tagger, "in", "parts", workers=1, columns=columns, batch_rows=1, part_rows=1)
    assert again.notes == [many_out_of_scope(2, "b.txt")]


def test_parts_of_lines_count_lines(folder, tagger):
    done = tag_dataset(tagger, "lines.txt", "parts", split=False, workers=1)
    assert done.notes == [many_out_of_scope(2, "lines.txt")]


def test_a_run_within_scope_says_nothing(folder, tagger):
    assert tag_dataset(tagger, "in/a.txt", "parts", workers=1).notes == []


def test_summaries_tell_it(folder, tagger):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ScopeWarning)
        summary = summarize([tagger.tag(ENGLISH), tagger.tag(FRENCH)])
    assert summarize([made_tags()]).out_of_scope == 0  # not judged
    assert summary.out_of_scope == summary.to_dict()["out_of_scope"] == 2
    assert "Texts that seem not to be English have 2 sentences: what is told of them means little." in summary.notes
    done = run("summary", "in", "--format", "json")
    assert (done.status, done.err) == (0, "")
    assert json.loads(done.out)["out_of_scope"] == 4
