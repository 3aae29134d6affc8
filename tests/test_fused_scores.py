"""Scores straight from text: equal to the matrix times the weights, whatever the settings, compiled and not."""

import pickle
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nato_nlp import InputError, load_tagger
from nato_nlp._kernels import scores as kernels
from nato_nlp._kernels.reference import count_reference, weights_reference
from nato_nlp.datasets import load_seeds
from nato_nlp.features import _counting, _worker
from nato_nlp.features._counting import Workers
from nato_nlp.features._masking import mask, masked_text, word_bytes
from nato_nlp.features._vocabulary import from_strings
from nato_nlp.features.news import NewsFeatures
from nato_nlp.features.ngram_tfidf import NgramTfidf
from nato_nlp.features.phrases import default_phrases
from tests.test_kernels import PLAIN, batches, exhaustive, grams, masks, ngrams, rows_of, with_mask

HEADS = 3
NAMES = [
    "Peru",
    "the United States",
    "Mr. Putin",
    "NATO",
    "Türkiye",
    "ΟΔΟΣ",
    "\ud800",
    "\U0001f600",
    "talks",
    "condemned",
    ".",
]
named_texts = st.lists(st.lists(st.sampled_from(NAMES), max_size=8).map(" ".join), max_size=5)


@cache
def shared_tagger():
    return load_tagger()


@pytest.fixture(scope="module")
def tagger():
    return shared_tagger()


def drawn(columns, seed=0):
    return np.random.default_rng(seed).normal(size=(columns, HEADS)).astype(np.float32)


def scored(batch, blocks, settings, weights):
    """Score twice by one worker, which then knows the words of the second time."""
    rows, workers, out = (
        rows_of(batch * 2),
        Workers(blocks, settings, weights),
        np.full((2 * len(batch), HEADS), np.nan),
    )
    ends = [(0, len(rows.ends))] if batch else []
    _counting.score(((a, rows.text(a, b, True)) for a, b in ends), 0, workers, 1, out)
    return out


@exhaustive
@given(batches, batches, ngrams, ngrams, masks, st.booleans(), st.booleans(), st.sampled_from([None, "l1", "l2"]))
def test_kernel_equals_its_twin(known, batch, word, char, mask, sublinear, binary, norm):
    plan = replace(PLAIN, word=word, char=char, sublinear_tf=sublinear, binary=binary, norm=norm)
    found = [grams(plan, text) for text in known]
    terms = [sorted({gram for row in found for gram in row[side]}) or ["zz"] for side in (0, 1)]
    idf = [np.linspace(1, 2, len(side)) for side in terms]
    weights = drawn(sum(map(len, terms)))
    with with_mask(mask):
        named = zip(("word", "char"), (word, char), terms, idf, strict=True)
        blocks = [replace(from_strings(name, n, t), idf=values) for name, n, t, values in named]
        out = scored(batch, blocks, plan, weights)
    expected = np.zeros((len(batch), HEADS))
    rows = [grams(plan, text) for text in batch]
    for side, shift in ((0, 0), (1, len(terms[0]))):
        starts, columns, counts = count_reference(
            (row[side] for row in rows), {term: column for column, term in enumerate(terms[side])}
        )
        for k in range(len(batch)):
            inside = slice(starts[k], starts[k + 1])
            own = weights_reference(counts[inside], idf[side][columns[inside]], sublinear, binary, norm)
            expected[k] += own @ weights[columns[inside] + shift]
    np.testing.assert_allclose(out, np.tile(expected, (2, 1)), rtol=1e-9, atol=1e-9)


def test_rows_that_outgrow_every_room_are_scored(monkeypatch):
    monkeypatch.setattr(_worker, "START_ROOM", 1)
    monkeypatch.setattr(_worker, "MAX_PIECES", 4)
    batch = ["a few words grow", "x" * 50, "", "words of many kinds outgrow what is there", "few words " * 9] * 3
    vectorizer = NgramTfidf().fit(batch)
    weights = drawn(vectorizer.columns_)
    np.testing.assert_allclose(vectorizer.scores(batch, weights), vectorizer.transform(batch) @ weights, atol=1e-9)


def test_a_long_row_loses_nothing_to_rounding():
    text = "envoys met " * kernels.EXACT
    vectorizer = NgramTfidf().fit([text, "they left"])
    weights = drawn(vectorizer.columns_)
    product = vectorizer.transform([text]) @ weights
    np.testing.assert_allclose(vectorizer.scores([text], weights), product, rtol=1e-12)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"char": None},
        {"word": None},
        {"norm": None},
        {"lowercase": False},
        {"use_idf": False},
        {"dtype": np.float32},
    ],
    ids=str,
)
def test_settings_of_the_vectorizer(options):
    texts = ["Envoys met. Envoys left.", "ΟΔΟΣ Σ envoys", "İstanbul \ud800 met", ""]
    vectorizer = NgramTfidf(**options).fit(texts)
    weights = drawn(vectorizer.columns_)
    expected = vectorizer.transform(texts).astype(np.float64) @ weights
    for jobs in (None, 2, -1):
        np.testing.assert_allclose(vectorizer.set_params(n_jobs=jobs).scores(texts, weights), expected, atol=1e-6)
    assert vectorizer.scores([], weights).shape == (0, HEADS)


def test_other_weights_are_not_those_of_the_last_call():
    texts = ["envoys met", "envoys left"]
    vectorizer = NgramTfidf().fit(texts)
    one, other = drawn(vectorizer.columns_, 1), drawn(vectorizer.columns_, 2)
    for weights in (one, other, one, one[:, :1]):
        np.testing.assert_allclose(vectorizer.scores(texts, weights), vectorizer.transform(texts) @ weights, atol=1e-9)


def test_what_is_remembered_stays_out_of_pickles():
    texts = ["envoys met", "envoys left"]
    vectorizer = NgramTfidf().fit(texts)
    size = len(pickle.dumps(vectorizer))
    vectorizer.scores(texts, np.ones((vectorizer.columns_, 500), np.float32))
    assert len(pickle.dumps(vectorizer)) < size + 1000


def test_scores_of_the_seed_corpus_equal_the_product(tagger):
    texts, features, weights = list(load_seeds().texts)[::3], tagger.features_, tagger.heads_.weights
    expected = features.transform(texts) @ weights.astype(np.float64)
    found = features.scores(texts, weights)
    assert np.abs(found - expected).max() < 1e-6
    alone = np.vstack([features.scores([text], weights) for text in texts[:50]])
    assert np.abs(alone - expected[:50]).max() < 1e-6


@exhaustive
@given(st.one_of(batches, named_texts))
def test_scores_of_any_texts_equal_the_product(batch):
    tagger = shared_tagger()
    expected = tagger.features_.transform(batch) @ tagger.heads_.weights.astype(np.float64)
    assert np.abs(tagger.features_.scores(batch, tagger.heads_.weights) - expected).max(initial=0) < 1e-6


def test_threads_share_a_tagger(tagger):
    texts = list(load_seeds().texts)[:600]
    parts = [texts[k : k + 50] for k in range(0, 600, 50)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda part: tagger.features_.scores(part, tagger.heads_.weights), parts))
    np.testing.assert_array_equal(np.vstack(found), tagger.features_.scores(texts, tagger.heads_.weights))


def test_threads_change_nothing_for_news():
    texts = list(load_seeds().texts)[:300] * 8
    one, two = (NewsFeatures(ngrams=NgramTfidf(char=(2, 3), n_jobs=jobs)).fit(texts[:300]) for jobs in (1, 2))
    weights = drawn(one.columns_)
    np.testing.assert_array_equal(one.scores(texts, weights), two.scores(texts, weights))


def test_refused_weights(tagger):
    vectorizer = NgramTfidf(char=None).fit(["envoys met"])
    with pytest.raises(InputError, match=r"^weights must be of shape \(3, K\), got \(2, 1\)$"):
        vectorizer.scores(["a"], np.ones((2, 1), np.float32))
    columns = tagger.features_.columns_
    with pytest.raises(InputError, match=rf"^weights must be of shape \({columns}, K\), got \(3,\)$"):
        tagger.features_.scores(["a"], np.ones(3, np.float32))


@exhaustive
@given(st.one_of(batches, named_texts), st.booleans())
def test_masked_rows_equal_masked_texts(batch, lowercase):
    phrases = default_phrases()
    placeholders = ["_x_" if k % 3 else None for k in range(len(phrases.senses))]
    words = word_bytes(placeholders)
    for scan in phrases.scan_all(batch):
        masked = list(batch)
        mask(masked, scan, placeholders)
        expected = rows_of(masked[scan.start : scan.stop]).text(0, scan.stop - scan.start, lowercase)
        found = masked_text(batch, scan, words, lowercase)
        assert found.data.tobytes() == expected.data.tobytes()
        assert found.cuts.tolist() == expected.cuts.tolist()
        assert len(found.words) == len(expected.words)
