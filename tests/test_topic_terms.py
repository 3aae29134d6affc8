"""Terms of topics: the file, the forms, what is found, and wrong files."""

import re

import pytest

from nato_nlp.codebook import load_codebook
from nato_nlp.errors import InputError, MissingFileError
from nato_nlp.features.actors import compile_actors
from nato_nlp.features.lexicon import compile_lexicon
from nato_nlp.features.phrases import Phrases
from nato_nlp.features.topic_terms import Term, compile_terms, load_terms, term_columns, term_forms


def told(text, *terms):
    phrases = Phrases(compile_lexicon([]), *compile_actors([]), compile_terms(terms))
    ((_, _, found),) = phrases.scan([text])
    count = found.term_stop[0]
    columns = [[term_columns()[c - 1] for c in phrases.terms.columns[e] if c] for e in found.term[:count]]
    return [
        (text[b:e], *names)
        for b, e, names in zip(found.term_begin[:count], found.term_end[:count], columns, strict=True)
    ]


def test_the_file_has_terms_for_every_topic():
    terms = load_terms()
    counts = {topic: sum(term.topic == topic for term in terms) for topic in load_codebook().topics}
    assert min(counts.values()) >= 100, counts
    keys = [(term.key(), term.topic) for term in terms]
    assert len(set(keys)) == len(keys)


def test_columns():
    assert term_columns()[:4] == ["missile_defence", "missile_defence~", "arms_control", "arms_control~"]
    assert len(term_columns()) == 2 * len(load_codebook().topics)


def test_longest_term_wins_with_its_plural_and_spellings():
    short = Term("defence", "military_operations", True)
    long = Term("defence ministry", "alliance_diplomacy", False)
    text = "Defense ministries spoke of DEFENCE."
    assert told(text, short, long) == [
        ("Defense ministries", "alliance_diplomacy"),
        ("DEFENCE", "military_operations~"),
    ]


def test_a_name_needs_its_capital_and_an_ordinary_word_does_not():
    name, word = Term("New START", "arms_control", False), Term("new start", "alliance_diplomacy", True)
    assert told("New START was a new start.", name, word) == [
        ("New START", "arms_control"),
        ("new start", "alliance_diplomacy~"),
    ]
    assert told("A new start.", name) == []
    assert told("NEW START", name) == [("NEW START", "arms_control")]


def test_one_term_may_tell_several_topics_and_a_later_line_counts():
    terms = [Term("oil embargo", topic, False) for topic in ("energy", "sanctions_trade")]
    assert told("An oil embargo", *terms) == [("oil embargo", "sanctions_trade", "energy")]
    assert told("An oil embargo", *terms, Term("oil embargo", "energy", True)) == [
        ("oil embargo", "sanctions_trade", "energy~")
    ]
    four = [Term("oil", topic, False) for topic in load_codebook().topics[:4]]
    with pytest.raises(InputError, match="^topics of 'oil' must be 3 at most, got 4$"):
        compile_terms(four)


def test_forms():
    assert list(term_forms(("panmunjom",), 1)) == [("panmunjom",)]
    assert ("early", "warning", "radars") in set(term_forms(("early", "warning", "radar"), 0))
    assert Term("treaty of Rarotonga", "arms_control", False).key() == (("treaty", "of", "rarotonga"), 3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("term\ttopic\n", "{path}, header must be term topic weak, got 'term topic'"),
        ("term\ttopic\tweak\nradar\tenergy\n", "{path}, line 2 must have 3 fields separated by tabs, got 2"),
        ("term\ttopic\tweak\n-\tenergy\t0\n", "{path}, line 2, term must be words, got '-'"),
        ("term\ttopic\tweak\nradar\tenergy\t2\n", "{path}, line 2, weak must be one of '0', '1', got '2'"),
    ],
)
def test_wrong_files(tmp_path, text, message):
    path = tmp_path / "terms.tsv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=f"^{re.escape(message.format(path=path))}$"):
        load_terms(path)


def test_unknown_topics_and_missing_files(tmp_path):
    path = tmp_path / "terms.tsv"
    path.write_text("term\ttopic\tweak\nradar\tweather\t0\n", encoding="utf-8")
    with pytest.raises(InputError, match=f"^{re.escape(str(path))}, line 2, topic must be one of .*, got 'weather'$"):
        load_terms(path)
    with pytest.raises(MissingFileError, match="^nowhere.tsv is not there: expected terms of topics$"):
        load_terms("nowhere.tsv")
