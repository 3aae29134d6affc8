"""Text under attack: nothing breaks, nothing is read out of bounds, and time stays linear.

With NUMBA_DISABLE_JIT=1 an index past the end of an array raises instead of reading what is not there; texts are small then.
"""

import gc
import os
import re
import time
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nato_nlp.features.news import NewsFeatures
from nato_nlp.features.ngram_tfidf import NgramTfidf
from nato_nlp.features.phrases import default_phrases
from nato_nlp.text.boilerplate import ANYWHERE, LONGEST, STARTS, is_boilerplate
from nato_nlp.text.sentences import split_sentences

WITHOUT_JIT = os.environ.get("NUMBA_DISABLE_JIT") == "1"
SIZE = 40 if WITHOUT_JIT else 400  # characters of a text that is made up
MANY, LARGE = (40, 100) if WITHOUT_JIT else (3000, 20_000)
ODD = (
    "\ud800\udfff\udcff\0\x1b\x7f\x85\ufeff\ufffe\uffff\U0010ffff\U000e0041\u200b\u200d\u202e\u2028\u2029\u00ad\u00a0\u3000"
    "İıßǅΣσςﬁÅＡ１²½Ⅷ๐\u0300\u0301\u20dd\ufe0f😀👨🏽漢字한שع"
)
WORDS = """
    not U.S. U.N. Mr. condemned agreed to withdraw from talks Peru Chile NATO's won't "We ’t ' -- . , ; ? ! http://a.b/c
    =1+1 <script> &amp; [https://a] © Reuters published 1,000 comments
""".split()

hostile = st.one_of(
    st.text(max_size=SIZE),
    st.text(alphabet=ODD + "aA. '\"\n", max_size=SIZE),
    st.binary(max_size=SIZE).map(lambda data: data.decode("utf-8", "surrogateescape")),
    st.binary(max_size=SIZE).map(lambda data: data.decode("latin-1")),
    st.lists(st.sampled_from([*WORDS, *ODD, " ", "\n"]), max_size=SIZE // 5).map(" ".join),
    st.tuples(st.sampled_from([*ODD, "a", "A.", "'", "won't", "é"]), st.integers(0, 4 * SIZE)).map(
        lambda p: p[0] * p[1]
    ),
)
LONG = {
    "one token": lambda n: "a" * n,
    "capitals": lambda n: "A" * n,
    "marks": lambda n: "e" + "\u0301" * n,
    "emoji": lambda n: "😀" * n,
    "surrogates": lambda n: "\ud800" * n,
    "dotted capital i": lambda n: "İ" * n,
    "sigmas": lambda n: "Σ" * n,
    "zeros": lambda n: "\0" * n,
    "spaces": lambda n: " " * n,
    "lines": lambda n: "\n" * n,
    "apostrophes": lambda n: "n't" * (n // 3),
    "negations": lambda n: "not condemned " * (n // 14),
    "names": lambda n: "Peru " * (n // 5),
    "quotations": lambda n: '"' * n,
}


@pytest.fixture(scope="module")
def vectorizer():
    return NgramTfidf().fit(
        ["Envoys of Peru agreed to talks, said the U.N.", "İzmir ΟΔΟΣ won't yield \ud800 \U0010ffff"]
    )


@pytest.fixture(scope="module")
def features():
    return NewsFeatures(ngrams=NgramTfidf()).fit(["Peru condemned Chile.", "Chile agreed to talks with Peru."])


def check_matrix(matrix, rows):
    """Check what a kernel wrote: rows in order, columns in bounds and sorted in each row, finite weights."""
    assert len(matrix.indptr) == rows + 1
    assert matrix.indptr[0] == 0
    assert (np.diff(matrix.indptr) >= 0).all()
    assert matrix.indptr[-1] == len(matrix.indices) == len(matrix.data)
    assert ((matrix.indices >= 0) & (matrix.indices < matrix.columns)).all()
    assert np.isfinite(matrix.data).all()


def check_ngrams(vectorizer, texts):
    check_matrix(vectorizer.transform_arrays(texts), len(texts))
    found = vectorizer.occurrences(texts)
    lengths = np.asarray([len(text) for text in texts])
    assert ((found.starts >= 0) & (found.starts < found.ends) & (found.ends <= lengths[found.rows])).all()


def check_phrases(texts):
    phrases = default_phrases()
    row = 0
    for start, stop, found in phrases.scan(texts):
        assert start == row
        row = stop
        for begins, ends, stops in (
            (found.begin, found.end, found.stop),
            (found.hit_begin, found.hit_end, found.hit_stop),
            (found.term_begin, found.term_end, found.term_stop),
        ):
            total = stops[-1]
            rows = np.repeat(np.arange(start, stop), np.diff(stops, prepend=0))
            lengths = np.asarray([len(texts[k]) for k in rows], np.int64)
            assert ((begins[:total] >= 0) & (begins[:total] < ends[:total]) & (ends[:total] <= lengths)).all()
        assert (found.entry[: found.stop[-1]] < len(phrases.senses)).all()
        assert (found.known <= found.words).all()
    assert row == len(texts)


def check_sentences(text):
    found = split_sentences(text)
    place = 0
    for sentence in found:
        assert place <= sentence.start < sentence.end <= len(text)
        assert text[sentence.start : sentence.end] == sentence.text
        place = sentence.end
    assert sum(map(str.isalnum, text)) == sum(map(str.isalnum, "".join(sentence.text for sentence in found)))


def check_tags(tagger, text):
    tags = tagger.tag(text)
    for proba in (tags.stance_proba, tags.quad_proba, tags.topic_proba):
        assert np.isfinite(proba).all()
        assert ((proba >= 0) & (proba <= 1 + 1e-9)).all()
    np.testing.assert_allclose(tags.stance_proba.sum(axis=1), 1.0)
    assert "<script" not in tags._repr_html_()
    assert "\x1b" not in repr(tags)


quick = settings(max_examples=20 if WITHOUT_JIT else 100, suppress_health_check=list(HealthCheck))


@given(texts=st.lists(hostile, max_size=4))
@quick
def test_ngrams_of_hostile_texts(vectorizer, texts):
    check_ngrams(vectorizer, texts)
    if any(map(str.isalnum, "".join(texts))):
        fitted = NgramTfidf(word=None, char=(1, 3)).fit(["a", *texts])
        check_ngrams(fitted, texts)


@given(texts=st.lists(hostile, max_size=4))
@quick
def test_phrases_of_hostile_texts(texts):
    check_phrases(texts)


@given(texts=st.lists(hostile, max_size=4))
@quick
def test_features_of_hostile_texts(features, texts):
    check_matrix(features.transform_arrays(texts), len(texts))


@given(text=hostile)
@quick
def test_sentences_of_hostile_texts(text):
    check_sentences(text)
    assert isinstance(is_boilerplate(text), bool)


@pytest.mark.skipif(WITHOUT_JIT, reason="the shipped model takes too long without JIT")
@pytest.mark.filterwarnings("ignore::nato_nlp.errors.ScopeWarning")
@given(text=hostile)
@quick
def test_tags_of_hostile_texts(tagger, text):
    check_tags(tagger, text)


@pytest.mark.parametrize("name", list(LONG))
def test_long_runs_of_one_thing(vectorizer, features, name):
    for size in (MANY, LARGE):
        texts = [LONG[name](size), "", "Peru condemned Chile."]
        check_ngrams(vectorizer, texts)
        check_phrases(texts)
        check_matrix(features.transform_arrays(texts), 3)
        check_sentences(texts[0])


@pytest.mark.filterwarnings("ignore::nato_nlp.errors.ScopeWarning")
@pytest.mark.skipif(WITHOUT_JIT, reason="the shipped model takes too long without JIT")
@pytest.mark.parametrize("name", list(LONG))
def test_long_runs_are_tagged(tagger, name):
    check_tags(tagger, LONG[name](LARGE))


GROWING = {
    "words": "Envoys of Peru met in Bern. ",
    "one token": "a",
    "dots": ".",
    "spaced dots": ". ",
    "marks without a space": "!?",
    "closing marks": ".))",
    "quoted dots": '"."',
    "curly marks": ".” ",
    "initials": "A. ",
    "titles": "Mr. A ",
    "institutions": "U.S. Secretary ",
    "brackets": "[",
    "addresses": "http://",
    "glued": "abc.Abc ",
    "lines": "Envoys met\n",
    "blank lines": "a\n\n",
    "digits": "1,",
    "spaces": " ",
    "apostrophes": "n't",
    "names": "Peru ",
    "negations": "not condemned ",
    "emoji": "😀",
}
MOST_TIMES = 2.5
ENOUGH = 0.03  # seconds of CPU, so that the clock does not decide


@contextmanager
def no_collection():
    """Keep the collector of garbage away: how often it comes depends on what the tests before left."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def seconds(call, text):
    start = time.process_time()
    call(text)
    return time.process_time() - start


# a busy machine would fail these for no fault of the code: the long run measures them
timed = pytest.mark.skipif(
    WITHOUT_JIT or os.environ.get("NATO_NLP_HYPOTHESIS") != "long", reason="time is measured by .ci/long, with JIT"
)


def growth(call, make):
    """Return how many times longer twice the text takes, over two doublings; each time is the least of three."""
    with no_collection():
        size = 1 << 11
        while seconds(call, make(size)) < ENOUGH and size < 1 << 20:
            size *= 2
        times = [(seconds(call, make(size)), seconds(call, make(4 * size))) for _ in range(3)]
    once, later = map(min, zip(*times, strict=True))
    return (later / max(once, 1e-3)) ** 0.5


def linear(call, make):
    """Tell whether doubling a text multiplies the time by at most `MOST_TIMES`; a busy machine gets three chances."""
    return any(growth(call, make) <= MOST_TIMES for _ in range(3))


def repeated(unit):
    return lambda size: "[" * (unit == "http://") + unit * (size // len(unit))


@timed
@pytest.mark.parametrize("name", list(GROWING))
def test_twice_the_text_takes_twice_the_time_to_split(name):
    assert linear(split_sentences, repeated(GROWING[name]))


@timed
@pytest.mark.parametrize("name", ["words", "one token", "dots", "apostrophes", "names", "negations", "digits", "emoji"])
def test_twice_the_text_takes_twice_the_time_in_the_kernels(features, name):
    phrases = default_phrases()
    make = repeated(GROWING[name])
    assert linear(lambda text: features.transform_arrays([text]), make)
    assert linear(lambda text: list(phrases.scan([text])), make)


@timed
def test_more_than_linear_time_is_noticed():
    assert (
        growth(lambda text: [text.count("ab", k) for k in range(0, len(text), 8)], lambda size: "a" * size) > MOST_TIMES
    )


ENDLESS = [
    "published " + "1" * 380 + "x",
    "updated " + "jan." * 95 + "!x",
    "updated " + "sept " * 75 + "x",
    "posted " + "janfeb" * 60 + "!x",
    "updated " + "a.m." * 95 + "é",
    "comments " + "(" * 380 + "x",
    "[" * 399,
    "By Anna Lind, " + "Aa. " * 90 + "!x",
]


@pytest.mark.parametrize("line", ENDLESS)
def test_no_rule_of_site_furniture_takes_long(line):
    assert len(line) <= LONGEST
    is_boilerplate(line)
    assert min(seconds(is_boilerplate, line) for _ in range(5)) < 0.05


def test_rules_of_site_furniture_on_their_own_words():
    """Lines made of what the rules look for: none takes long."""
    rules = [rule for rules in STARTS.values() for rule in rules] + list(ANYWHERE.values()) + list(ANYWHERE)
    words = sorted({*re.findall(r"[a-zA-Z']+|[©:/\[\]().,|-]|>>", " ".join(rules)), "1", "12", " ", "é", "jan."})
    rng = np.random.default_rng(0)
    for _ in range(500):
        unit = "".join(rng.choice(words, 3)) + " " * int(rng.integers(2))
        line = ("".join(rng.choice(words, 2)) + unit * LONGEST)[: LONGEST - 1] + "!"
        assert min(seconds(is_boilerplate, line) for _ in range(2)) < 0.05, line


def test_a_clock_behind_a_verb_is_still_site_furniture():
    for line in (
        "Published 3 January 2011 at 10:45 a.m. GMT",
        "Updated on Friday, Sept. 12, 2003, 7pm",
        "Posted 12 mins ago",
    ):
        assert is_boilerplate(line)


def test_a_long_stretch_without_spaces_stays_one_sentence():
    stretch = "a.b!c?" * 400 + "d"
    text = f"Envoys met. See {stretch} now. They left."
    assert [s.text for s in split_sentences(text)] == ["Envoys met.", f"See {stretch} now.", "They left."]


def test_a_citation_is_one_sentence_and_brackets_without_address_are_not():
    text = "[Some source. Another one. http://a.example/b]"
    assert [s.text for s in split_sentences(text)] == [text]
    assert len(split_sentences("[Some source says so. Another one does not.]")) == 2
