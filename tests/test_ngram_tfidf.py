"""NgramTfidf against scikit-learn: any text, any settings."""

import os
import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import FeatureUnion

from nato_nlp.errors import InputError, NotFittedError
from nato_nlp.features import _counting, _rows, _vocabulary
from nato_nlp.features.ngram_tfidf import NgramTfidf

TEXTS = [
    "Russia and Turkey agreed to resume talks on grain.",
    "Talks resumed; the minister's aide said NATO-Russia ties were 'strained'.",
    "NATO allies rejected Moscow's offer of talks.",
    "",
    "İstanbul ΟΔΟΣ Straße – ĐURO\u00a0\u2009ﬁn 東京 合意 \ud800 e\u0301\u0301 \x00 a\x1cb",
]
EXAMPLES = 30 if os.environ.get("NUMBA_DISABLE_JIT") == "1" else 100
exhaustive = settings(max_examples=EXAMPLES, deadline=None)

WORDS = [
    "talks",
    "Talks",
    "of",
    "a",
    "on",
    "NATO-Russia",
    "İran",
    "ΟΔΟΣ",
    "Σ",
    "aΣ",
    "ßß",
    "e\u0301te\u0301",
    "שלום",
    "\u0130\u0130",
    "_x_",
    "東京",
    "a\x00b",
]
SEPARATORS = [" ", "  ", "\n", "\u00a0", "\u2003", "\x1f", "\x85", ".", ""]
news = st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(SEPARATORS)), max_size=12).map(
    lambda pairs: "".join(a + b for a, b in pairs)
)
any_text = st.one_of(
    news, st.text(max_size=40), st.text(alphabet=st.characters(), max_size=20), st.text("ab ΣİsA'\u0300\n", max_size=60)
)
batches = st.lists(any_text, min_size=1, max_size=6)
limits = st.one_of(st.integers(1, 3), st.floats(0, 1))


@st.composite
def spans_of_n(draw, most):
    low = draw(st.integers(1, most))
    return low, draw(st.integers(low, most))


common = st.fixed_dictionaries(
    {
        "lowercase": st.booleans(),
        "min_df": limits,
        "max_df": limits,
        "max_features": st.one_of(st.none(), st.integers(1, 30)),
        "binary": st.booleans(),
        "sublinear_tf": st.booleans(),
        "use_idf": st.booleans(),
        "smooth_idf": st.booleans(),
        "norm": st.sampled_from(["l1", "l2", None]),
        "dtype": st.sampled_from([np.float64, np.float32]),
    }
)


def peer(word=None, char=None, **params):
    vectorizers = {
        "word": word and TfidfVectorizer(ngram_range=word, **params),
        "char": char and TfidfVectorizer(analyzer="char_wb", ngram_range=char, **params),
    }
    parts = [(name, vectorizer) for name, vectorizer in vectorizers.items() if vectorizer]
    return FeatureUnion(parts) if len(parts) > 1 else parts[0][1]


def assert_same_matrix(ours, theirs, tolerance):
    theirs = theirs.tocsr()
    theirs.sort_indices()
    assert ours.shape == theirs.shape
    assert ours.dtype == theirs.dtype
    assert ours.has_sorted_indices
    assert ours.indptr.tolist() == theirs.indptr.tolist()
    assert ours.indices.tolist() == theirs.indices.tolist()
    np.testing.assert_allclose(ours.data, theirs.data, rtol=tolerance, atol=tolerance)


def assert_equal_to_sklearn(texts, unseen, word, char, **params):
    tolerance = 1e-12 if params.get("dtype", np.float64) == np.float64 else 2e-6
    ours = NgramTfidf(word=word, char=char, **{"sublinear_tf": False, **params})
    theirs = peer(word, char, **params)
    try:
        expected = theirs.fit_transform(texts)
    except ValueError:
        with pytest.raises(InputError):
            ours.fit(texts)
        return
    assert_same_matrix(ours.fit_transform(texts), expected, tolerance)
    assert ours.get_feature_names_out().tolist() == theirs.get_feature_names_out().tolist()
    assert_same_matrix(ours.transform(unseen), theirs.transform(unseen), tolerance)
    if params.get("use_idf", True):
        parts = [theirs] if word is None or char is None else [part for _, part in theirs.transformer_list]
        np.testing.assert_allclose(ours.idf_, np.concatenate([part.idf_ for part in parts]), rtol=tolerance)


@exhaustive
@given(batches, batches, spans_of_n(3), common)
def test_word_block_equals_sklearn(texts, unseen, word, params):
    assert_equal_to_sklearn(texts, unseen, word, None, **params)


@exhaustive
@given(batches, batches, spans_of_n(7), common)
def test_char_block_equals_sklearn(texts, unseen, char, params):
    assert_equal_to_sklearn(texts, unseen, None, char, **params)


@exhaustive
@given(batches, batches, spans_of_n(2), spans_of_n(5), common)
def test_both_blocks_equal_feature_union(texts, unseen, word, char, params):
    assert_equal_to_sklearn(texts, unseen, word, char, **params)


def test_defaults_equal_sklearn_on_hostile_texts():
    assert_equal_to_sklearn(TEXTS, TEXTS[::-1], (1, 2), (2, 5), sublinear_tf=True)
