"""The rules over many lines say what they say of each alone, and the quick looks before them miss nothing."""

import os
import re

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from nato_nlp._kernels.lines import FEW, FEW_WORDS, HOLDS, LETTERS, MAY_START, SAYS
from nato_nlp.datasets import load_seeds
from nato_nlp.models import furniture
from nato_nlp.models.furniture import automaton, mark_lines, say_something
from nato_nlp.text.boilerplate import ANYWHERE, BYLINES, MARKS, PREFIXES, STARTING, STARTS, is_boilerplate, may_start

WITHOUT_JIT = os.environ.get("NUMBA_DISABLE_JIT") == "1"
exhaustive = settings(max_examples=30 if WITHOUT_JIT else 100, deadline=None)
RULES = [rule for rules in STARTS.values() for rule in rules]
SOME = [
    "Share",
    "this",
    "story",
    "COOKİES",
    "subscrİ",
    "news",
    "©",
    "\ud800",
    "ΣΑΣ",
    "_",
    "*",
    "12",
    " ",
    "\u2028",
    ".",
]
pieces = st.sampled_from([*SOME, "By Anna Lind", "İn pictures:"])
lines = st.one_of(
    st.lists(pieces, max_size=8).map(" ".join), st.lists(pieces, max_size=8).map("".join), st.text(max_size=40)
)


def five_bits(character):
    lower = character.lower()
    if len(lower) > 1 or ord(lower) > 127:
        return 31
    return ord(lower) - 96 if "a" <= lower <= "z" else 27 if lower.isdigit() else 28


def told_reference(text):
    """What the kernel tells of a line, in plain Python."""
    lower = "".join(character.lower() for character in text)
    first = re.search(r"\w{1,3}", text)
    letters = first[0] if first else ""
    starts = any(ord(c.lower()[0]) > 127 or len(c.lower()) > 1 for c in letters) or letters[:1].isdigit()
    starts = starts or letters.lower() in PREFIXES
    told = SAYS * any(map(str.isalnum, text)) + MAY_START * starts
    return told + HOLDS * any(mark in lower for mark in MARKS) + FEW * (len(text.split()) <= FEW_WORDS)


@exhaustive
@given(st.lists(lines, max_size=6))
def test_kernel_equals_its_twin(texts):
    assert furniture._glance(texts).tolist() == [told_reference(text) for text in texts]


@exhaustive
@given(st.lists(lines, max_size=6))
def test_marks_are_those_of_each_line(texts):
    marks = mark_lines(texts)
    assert marks.furniture.tolist() == [is_boilerplate(text) for text in texts]
    assert marks.says.tolist() == say_something(texts).tolist() == [any(map(str.isalnum, text)) for text in texts]


def test_marks_of_the_corpus(monkeypatch):
    texts = list(load_seeds().texts)
    expected = [is_boilerplate(text) for text in texts]
    assert mark_lines(texts).furniture.tolist() == expected
    monkeypatch.setattr(furniture, "CHUNK", 100)
    assert mark_lines(texts[:200]).furniture.tolist() == expected[:200]
    assert 0 < sum(expected) < len(texts) / 2


def plain(rule):
    """A rule without possessive repeats, which the maker of examples does not know; what it matches is the same or more."""
    return re.sub(r"([+*?])\+", r"\1", rule)


@pytest.mark.parametrize("rule", RULES)
def test_no_line_that_a_rule_takes_begins_otherwise(rule):
    @settings(max_examples=20 if WITHOUT_JIT else 40, deadline=None)
    @given(st.from_regex(re.compile(rf"\A\W*(?:{plain(rule)})", re.IGNORECASE)))
    def check(text):
        line = text.strip()
        assume(STARTING.match(line))
        assert may_start(line, line.lower())
        assert furniture._glance([line])[0] & (MAY_START | HOLDS)

    check()


@pytest.mark.parametrize("rule", [rule.pattern for rule in BYLINES])
def test_no_byline_begins_otherwise(rule):
    @settings(max_examples=40, deadline=None)
    @given(st.from_regex(re.compile(plain(rule))))
    def check(text):
        line = text.strip()
        assume(any(rule.match(line) for rule in BYLINES))
        assert may_start(line, line.lower())
        assert furniture._glance([line])[0] & (MAY_START | HOLDS)

    check()


def test_most_sentences_are_told_apart_at_a_glance():
    told = furniture._glance(list(load_seeds().texts))
    assert np.mean(told & (MAY_START | HOLDS | FEW) > 0) < 0.4


@exhaustive
@given(
    st.lists(st.text("ab", min_size=1, max_size=4), min_size=1, max_size=5, unique=True), st.text("abc", max_size=20)
)
def test_automaton_finds_words(words, text):
    classes, steps = automaton(tuple(words))
    state, ends = 0, []
    for character in text:
        step = int(steps[state + classes[ord(character)]])
        state = step & 0x7FFF
        ends.append(bool(step >> 15))
    assert ends == [any(text[: k + 1].endswith(word) for word in words) for k in range(len(text))]


def test_every_word_fits_the_tables():
    assert all(len(prefix) <= LETTERS and prefix.isalpha() and prefix.isascii() for prefix in PREFIXES)
    assert all(ord(character) < 256 for word in MARKS for character in word)
    assert set(ANYWHERE) < set(MARKS)
    assert all(word == word.lower() for word in MARKS)
