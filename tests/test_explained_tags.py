"""Evidence from tags, pages and the terminal, and big inputs on the command line."""

import pickle

import pytest
from helpers import run

from nato_nlp import load_tagger
from nato_nlp.errors import InputError

TEXT = "Peru condemned Chile's arrest of two envoys. The ministers agreed to meet in Lima."


@pytest.fixture(scope="module")
def tags():
    return load_tagger().tag(TEXT)


def test_a_sentence_explains_itself(tags):
    evidence = tags[0].evidence("dispute")
    assert evidence.difference > 0
    assert any("condemned" in phrase.text and phrase.pull > 0 for phrase in evidence.phrases)
    assert all(TEXT[phrase.start : phrase.end] == phrase.text for phrase in evidence.phrases)
    with pytest.raises(InputError, match="^label .war. is not there. There are: cooperation, dispute, neutral, "):
        tags[0].evidence("war")


def test_a_page_marks_words_and_shows_dyads(tags):
    page = tags.to_html("Two sentences")
    assert "<title>Two sentences" in page
    assert "PER → CHL: dispute" in page


def test_what_weighs_most(tags):
    assert len(tags.tagger.top_features("cooperation", top=5)) == 5


def test_pickled_tags_have_no_tagger_and_say_so(tags):
    again, sentence = pickle.loads(pickle.dumps(tags)), pickle.loads(pickle.dumps(tags[0]))
    assert list(again) == list(tags)
    assert sentence == tags[0]
    message = "^these tags must have their tagger to be explained: tag the text again$"
    for explain in (again.to_html, lambda: sentence.evidence("dispute"), lambda: again[0].evidence("dispute")):
        with pytest.raises(InputError, match=message):
            explain()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "story.txt").write_text(TEXT, encoding="utf-8")
    return tmp_path


def test_explain_in_the_terminal_and_on_a_page(folder):
    shown = run("tag", "story.txt", "--explain")
    assert shown.status == 0
    assert "condemned" in shown.out
    assert "PER → CHL: dispute" in shown.out
    assert run("tag", "story.txt", "--explain", "-o", "why.html").status == 0
    assert "<mark" in (folder / "why.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--explain", "--format", "csv"), "--explain goes with --format table or html, got csv"),
        (("--out", "parts", "--explain"), "--out DIR takes no --sample, --output or --explain"),
        (("--columns", "stance"), "--columns and --workers need --out DIR"),
        (("--workers", "2"), "--columns and --workers need --out DIR"),
    ],
)
def test_options_that_do_not_go_together(folder, options, message):
    result = run("tag", "story.txt", *options)
    assert (result.status, result.err) == (2, f"nato-nlp: {message}\n")


def test_parts_in_a_folder(folder):
    result = run("tag", "story.txt", "--out", "parts", "--columns", "index", "--columns", "stance", "--format", "jsonl")
    assert result.status == 0
    rows = (folder / "parts" / "part-00000.jsonl").read_text(encoding="utf-8").splitlines()
    assert rows == ['{"index": 0, "stance": "dispute"}', '{"index": 1, "stance": "cooperation"}']
