"""Sentences: what a headline, a dateline, initials and quotes do to a boundary, and what holds for any text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nato_nlp import InputError, split_sentences


def texts_of(text):
    return [sentence.text for sentence in split_sentences(text)]


ONE_SENTENCE = [
    "U.S. Secretary of State Ann Day met Lt. Gen. Omar Wu in Bern.",
    "Speaking to the U.N. General Assembly, he called for talks.",
    "The U.S. Army and the U.N. Security Council agreed.",
    "NEW YORK (Reuters) - The two envoys met.",
    "WASHINGTON, Jan. 5 (AP) -- The envoys met.",
    "Moscow: The two envoys met on Wednesday.",
    "OSLO, 3 May — The two envoys met.",
    '"We will meet," the envoy said.',
    "“We will meet!” the envoy said.",
    "The talks began at 3.5 p.m. Moscow time.",
    "The deal is worth $3.5 million a year.",
    "He met Vladimir V. Orlov and J. R. Stone.",
]


@pytest.mark.parametrize("text", ONE_SENTENCE)
def test_stays_one_sentence(text):
    assert texts_of(text) == [text]


TWO_SENTENCES = [
    ("Envoys met on Monday.", "The talks failed."),
    ("“We can agree on the goals.”", "The envoy left."),
    ('"We can agree."', '"So there!"'),
    ("He left the U.S.", "The war went on."),
    ("Will they meet?", "Nobody knows."),
]


@pytest.mark.parametrize(("first", "second"), TWO_SENTENCES)
def test_splits_in_two(first, second):
    assert texts_of(f"{first} {second}") == [first, second]


def test_missing_space_behind_a_full_stop():
    assert texts_of("The envoys agreed to meet soon.Russia objected to the plan.") == [
        "The envoys agreed to meet soon.",
        "Russia objected to the plan.",
    ]


STORY = """World News

Envoys meet in Bern
Talks to go on

By Anna Lind, Bern

BERN (Reuters) - The envoys of Peru and Chile met. They will
meet again.

Envoys at the gate (file photo)
"""


def test_lines_of_a_story_end_headlines_bylines_and_captions():
    found = [(s.text, s.boilerplate) for s in split_sentences(STORY)]
    assert found == [
        ("World News", True),
        ("Envoys meet in Bern", False),
        ("Talks to go on", False),
        ("By Anna Lind, Bern", True),
        ("BERN (Reuters) - The envoys of Peru and Chile met.", False),
        ("They will\nmeet again.", False),
        ("Envoys at the gate (file photo)", True),
    ]


WRAPPED = """ENVOYS MEET IN BERN

BERN (Reuters) - The envoys of Peru and Chile met in Bern on Tuesday and
President Lopez welcomed the accord as a step that both of the countries
had been waiting for since the end of the war. They will meet once more
Friday.
"""


def test_hard_wrapped_lines_are_joined():
    assert len(texts_of(WRAPPED)) == 3
    assert texts_of(WRAPPED)[2] == "They will meet once more\nFriday."


def test_dateline_on_a_line_of_its_own_belongs_to_its_sentence():
    assert texts_of("GENEVA (Reuters) -\nThe envoys met.") == ["GENEVA (Reuters) -\nThe envoys met."]


def test_a_bracketed_citation_with_a_link_is_one_line_of_boilerplate():
    text = "[Envoys meet. Talks go on – Wire – Dec. 2, 2012 – http://example.org/a.b?c]"
    assert [(s.text, s.boilerplate) for s in split_sentences(text)] == [(text, True)]


def test_rules_of_asterisks_are_no_sentences():
    assert texts_of("* * *\n\n---\n\nEnvoys met.") == ["Envoys met."]


@pytest.mark.parametrize("text", ["", " \n\t ", "…", "\x00"])
def test_nothing_to_split(text):
    assert split_sentences(text) == []


def test_refuses_what_is_no_text():
    with pytest.raises(InputError, match=r"^text must be str, got b'abc'$"):
        split_sentences(b"abc")


ANY = st.text(st.characters(), max_size=300)
NEWSY = st.lists(
    st.sampled_from(
        [
            "U.S.",
            "Secretary",
            "Gen.",
            "“",
            "”",
            '"',
            ".",
            "! ",
            "? ",
            "\n",
            "\n\n",
            "\r\n",
            "\u2028",
            " ",
            "Moscow: ",
            "said",
            "İ",
            "ß",
            "\ud800",
            "a.B",
            "...",
            "* * *",
        ]
    ),
    max_size=40,
).map("".join)


@given(st.one_of(ANY, NEWSY))
def test_on_any_text_sentences_are_in_order_exact_and_lose_nothing(text):
    sentences = split_sentences(text)
    end = 0
    for sentence in sentences:
        assert end <= sentence.start < sentence.end
        assert not any(map(str.isalnum, text[end : sentence.start]))
        assert sentence.text == text[sentence.start : sentence.end] == sentence.text.strip()
        end = sentence.end
    assert not any(map(str.isalnum, text[end:]))


def test_the_five_stories_keep_their_furniture_apart(stories):
    marked = {s.text for text in stories.values() for s in split_sentences(text) if s.boilerplate}
    # counted by hand in the stories: a citation, two cookie lines, two counters, a copyright line, a caption, a link, ...
    assert len(marked) == 11
    assert [len(split_sentences(text)) for text in stories.values()] == [16, 23, 19, 22, 23]
    for text in stories.values():
        for sentence in split_sentences(text):
            assert text[sentence.start : sentence.end] == sentence.text
