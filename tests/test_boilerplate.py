"""Site furniture by rule: precise on the project's own corpus, and what each rule is for."""

import pytest

from nato_nlp.datasets import load_seeds
from nato_nlp.text.boilerplate import is_boilerplate

FURNITURE = [
    "© 2011 Wire Service",
    "All rights reserved.",
    "By continuing to use the site, you agree to the use of cookies.",
    ", Comments 0 comments",
    "12 Comments",
    "Leave a comment",
    "Click here for the full article: http://example.org/x",
    "Read more: Why the talks failed",
    "Share on Facebook",
    "Sign up for our morning newsletter",
    "Advertisement",
    "Reporting by Anna Lind; Editing by Omar Wu",
    "Editing by Jerry Stone”",
    "By Anna Lind, Nairobi",
    "BY OMAR WU",
    "Envoys at the gate (file photo)",
    "Photo: Reuters/Anna Lind",
    "http://www.example.org/2012/12/02/a",
    "Updated 3:45 p.m. ET, June 3, 2012",
    "World News",
    "Politics",
    "Comment",
    "Map: the wells of the northern plain",
    "AP-NY-06-03-12 1522EDT",
    "AFP ol/kt",
    "(ENDS)",
    "Tags: Chad, Libya, border",
    "Next story: Herring quota settled",
    "Print this article",
    "Letters from readers: page 12",
    "The siege hour by hour >>",
    "Please log in or register to post",
    "This is a developing story; check back soon",
    "Transcript: the minister's remarks",
    "Corrects spelling of Aozou in paragraph four",
]
STORY = [
    "The minister had no comment on the talks.",
    "By Monday, Russia had withdrawn.",
    "By New Year, Russia had withdrawn its troops from the valley.",
    "Readers of the treaty will find nine articles.",
    "Share of votes falls for the ruling party in Peru",
    "The two sides share a border of 300 kilometres.",
    "The video shows soldiers at the border, the ministry said.",
    "Like France, Spain rejected the plan.",
    "This story was told by both sides in the talks.",
    "The transcript of the talks was handed to the court on page after page.",
    "More follows from the treaty than its authors meant, the judge said.",
    "Tomorrow the two leaders meet in Lima.",
    "Ends of the bridge were held by rival troops.",
    "",
]


@pytest.mark.parametrize("line", FURNITURE)
def test_furniture(line):
    assert is_boilerplate(line)


@pytest.mark.parametrize("line", STORY)
def test_sentences(line):
    assert not is_boilerplate(line)


def test_rules_mark_no_labelled_sentence_of_the_corpus():
    data = load_seeds()
    wrong = [t for t, b in zip(data.texts, data.labels["boilerplate"], strict=True) if not b and is_boilerplate(t)]
    assert wrong == []


def test_a_long_line_is_no_furniture():
    assert not is_boilerplate("click here " * 100)
