"""Pulls of overlapping spans become phrases of whole words, and nothing is lost."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nato_nlp.explain.merge import MOST_WORDS, merged_phrases
from nato_nlp.features.evidence import KINDS, TextColumns, no_columns


def made(*columns):
    """Columns of (kind, spans)."""
    spans = [(k, start, end, 1 / len(places)) for k, (_, places) in enumerate(columns) for start, end in places]
    owners, starts, ends, shares = (
        (np.array(row) for row in zip(*spans, strict=True)) if spans else [np.zeros(0, int)] * 4
    )
    kinds = np.array([KINDS.index(kind) for kind, _ in columns], int)
    numbers = np.arange(len(columns))
    return TextColumns(numbers, np.ones(len(columns)), kinds, owners, starts, ends, shares)


def found(text, pulls, *columns):
    phrases, whole = merged_phrases(text, made(*columns), np.array(pulls, float))
    return {phrase.text: round(phrase.pull, 9) for phrase in phrases}, whole


TEXT = "Lima did not agree to new talks."


def spans(*words):
    return [(TEXT.index(word), TEXT.index(word) + len(word)) for word in words]


def test_a_hit_of_several_words_is_one_phrase():
    assert found(TEXT, [2.0, 1.0], ("cue", spans("not agree")), ("word", spans("agree")))[0] == {"not agree": 3.0}


@pytest.mark.parametrize("kind", ["cue", "actor", "topic"])
def test_a_hit_a_name_and_a_term_stay_whole_whatever_their_words_say(kind):
    assert found(TEXT, [1.0, -2.0], (kind, spans("not agree")), ("word", spans("agree")))[0] == {"not agree": -1.0}


def test_neighbours_in_hits_that_pull_the_same_way_are_one_phrase():
    assert found(TEXT, [2.0, 1.0], ("cue", spans("not")), ("cue", spans("agree")))[0] == {"not agree": 3.0}
    assert found(TEXT, [2.0, -1.0], ("cue", spans("not")), ("cue", spans("agree")))[0] == {"not": 2.0, "agree": -1.0}


def test_n_grams_join_words_only_when_they_matter():
    words = [("word", spans(word)) for word in ("new", "talks", "new talks")]
    assert found(TEXT, [0.5, 0.5, 1.0], *words)[0] == {"new talks": 2.0}
    assert found(TEXT, [0.5, 5.0, 0.1], *words)[0] == {"new": 0.55, "talks": 5.05}
    assert found(TEXT, [5.0, 5.0, -5.0], *words)[0] == {"new": 2.5, "talks": 2.5}


def test_a_column_is_shared_among_its_places_and_a_place_among_its_words():
    assert found(TEXT, [3.0], ("char", spans("Lima", "did", "talks")))[0] == {"Lima": 1.0, "did": 1.0, "talks": 1.0}


def test_what_stands_nowhere_is_kept_apart():
    assert found(TEXT, [3.0, 1.0], ("cue", []), ("word", spans("did"))) == ({"did": 1.0}, {"cue": 3.0})


def test_columns_without_pull_join_nothing():
    assert found(TEXT, [0.0, 1.0], ("cue", spans("not agree")), ("word", spans("agree")))[0] == {"agree": 1.0}


def test_joined_phrases_stay_short():
    text = "a b c d e f g h i j k l"
    grams = [("word", [(2 * k, 2 * k + 3)]) for k in range(11)]
    phrases = found(text, [1.0] * 11, *grams)[0]
    assert max(len(phrase.split()) for phrase in phrases) == MOST_WORDS
    assert sum(phrases.values()) == pytest.approx(11)


@pytest.mark.parametrize(
    ("text", "span", "phrase"),
    [
        ("He said: 'yes'.", (9, 13), "yes"),
        ("NATO-Russia talks", (2, 7), "NATO-Russia"),
        ("Peru — Chile", (5, 6), "—"),
        ("The U.S. left", (4, 8), "U.S"),
        ("  blank", (0, 1), "blank"),
        ("end. ", (4, 5), "end"),
        ("two words", (3, 3), "two"),
    ],
)
def test_a_span_belongs_to_whole_words(text, span, phrase):
    assert found(text, [1.0], ("cue", [span]))[0] == {phrase: 1.0}


@pytest.mark.parametrize("text", ["", "  \n"])
def test_a_text_without_words_has_no_phrases(text):
    assert found(text, [1.0], ("word", [(0, 0)])) == ({}, {"word": 1.0})
    assert merged_phrases(text, no_columns(), np.empty(0)) == ([], {})


@given(st.data())
def test_nothing_is_lost_or_counted_twice(data):
    text = data.draw(st.text("ab .-'\n\u00e9", max_size=40))
    place = st.integers(0, len(text))
    span = st.tuples(place, place).map(sorted).map(tuple)
    columns = data.draw(st.lists(st.tuples(st.sampled_from(KINDS), st.lists(span, max_size=4)), max_size=8))
    pulls = data.draw(st.lists(st.floats(-10, 10), min_size=len(columns), max_size=len(columns)))
    phrases, whole = merged_phrases(text, made(*columns), np.array(pulls, float))
    total = sum(phrase.pull for phrase in phrases) + sum(whole.values())
    assert total == pytest.approx(sum(pulls), abs=1e-9)
    bounds = [bound for phrase in phrases for bound in (phrase.start, phrase.end)]
    assert bounds == sorted(bounds)
    for phrase in phrases:
        assert phrase.text == text[phrase.start : phrase.end] == phrase.text.strip() != ""
        assert sum(phrase.parts.values()) == pytest.approx(phrase.pull, abs=1e-9)
