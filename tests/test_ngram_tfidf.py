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
from nato_nlp.features import _counting, _rows
from nato_nlp.features.ngram_tfidf import NgramTfidf

TEXTS = [
    "Russia and Turkey agreed to resume talks on grain.",
    "Talks resumed; the minister's aide said NATO-Russia ties were 'strained'.",
    "NATO allies rejected Moscow's offer of talks.",
    "",
    "İstanbul ΟΔΟΣ Straße – ĐURO\u00a0\u2009ﬁn 東京 合意 \ud800 e\u0301\u0301 \x00 a\x1cb",
]
WITHOUT_JIT = os.environ.get("NUMBA_DISABLE_JIT") == "1"
EXAMPLES = 30 if WITHOUT_JIT else 100
MANY = 1_000 if WITHOUT_JIT else 500_000
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
high_limits = st.one_of(st.just(1.0), limits)


@st.composite
def spans_of_n(draw, most):
    low = draw(st.integers(1, most))
    return low, draw(st.integers(low, most))


common = st.fixed_dictionaries(
    {
        "lowercase": st.booleans(),
        "min_df": st.one_of(st.just(1), limits),
        "max_df": high_limits,
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


@exhaustive
@given(
    batches,
    batches,
    st.lists(st.text("ab xé", min_size=1, max_size=4), min_size=1, max_size=6, unique=True),
    st.booleans(),
)
def test_a_given_vocabulary_equals_sklearn(texts, unseen, terms, smooth):
    params = {"vocabulary": terms, "smooth_idf": smooth, "norm": None}
    for word, char in (((1, 2), None), (None, (2, 4))):
        ours, theirs = NgramTfidf(word=word, char=char, sublinear_tf=False, **params), peer(word, char, **params)
        with np.errstate(divide="ignore", invalid="ignore"):
            expected = theirs.fit(texts).transform(unseen)
        assert_same_matrix(ours.fit(texts).transform(unseen), expected, 1e-12)
        assert ours.get_feature_names_out().tolist() == theirs.get_feature_names_out().tolist()


def test_a_vocabulary_per_block():
    given_terms = {"word": {"talks": 1, "nato": 0}, "char": {" na", "talk"}}
    ours = NgramTfidf(vocabulary=given_terms).fit(TEXTS)
    assert ours.vocabulary_ == {"word__nato": 0, "word__talks": 1, "char__ na": 2, "char__talk": 3}


def arrays_equal(left, right):
    assert left.columns == right.columns
    for name in ("indptr", "indices", "data"):
        np.testing.assert_array_equal(getattr(left, name), getattr(right, name))
        assert getattr(left, name).dtype == getattr(right, name).dtype


@exhaustive
@given(
    st.lists(st.lists(any_text, max_size=4), min_size=1, max_size=4),
    st.integers(1, 2),
    st.one_of(st.none(), st.integers(1, 20)),
)
def test_partial_fit_equals_one_fit(parts, min_df, max_features):
    texts = [text for part in parts for text in part]
    once = NgramTfidf(min_df=min_df, max_features=max_features)
    grown = clone(once)
    for part in parts:
        grown.partial_fit(part)
    try:
        once.fit(texts)
    except InputError as error:
        with pytest.raises(InputError, match="at least one word n-gram|at least one char n-gram"):
            grown.transform(texts)
        assert "n-gram within min_df and max_df, got none" in str(error)
        return
    assert grown.vocabulary_ == once.vocabulary_
    np.testing.assert_array_equal(grown.idf_, once.idf_)
    arrays_equal(grown.transform_arrays(texts), once.transform_arrays(texts))


def test_partial_fit_goes_on_after_use_and_after_pickling():
    grown = NgramTfidf(vocabulary=None).partial_fit(TEXTS[:2])
    grown.transform(TEXTS)
    grown = pickle.loads(pickle.dumps(grown)).partial_fit(TEXTS[2:])
    np.testing.assert_array_equal(grown.idf_, NgramTfidf().fit(TEXTS).idf_)


def test_partial_fit_adds_documents_of_fixed_terms():
    params = {"char": None, "vocabulary": ["talks", "nato"]}
    grown = NgramTfidf(**params).partial_fit(TEXTS[:2]).partial_fit(TEXTS[2:])
    np.testing.assert_array_equal(grown.idf_, NgramTfidf(**params).fit(TEXTS).idf_)


def test_partial_fit_refuses_to_follow_fit():
    message = "partial_fit must begin on a new vectorizer or go on from partial_fit, got one fitted otherwise"
    with pytest.raises(InputError, match=f"^{message}$"):
        NgramTfidf().fit(TEXTS).partial_fit(TEXTS)


@pytest.mark.parametrize("n_jobs", [2, 3, -1])
def test_threads_change_nothing(monkeypatch, n_jobs):
    monkeypatch.setattr(_rows, "CHUNK_BYTES", 64)
    texts = TEXTS * 40
    one = NgramTfidf().fit(texts)
    many = NgramTfidf(n_jobs=n_jobs).fit(texts)
    arrays_equal(many.transform_arrays(texts), one.transform_arrays(texts))


def test_what_transform_keeps_changes_no_later_result():
    kept, texts = NgramTfidf().fit(TEXTS), [*TEXTS, "xyz " * 40]
    for params in ({}, {"norm": None}, {"lowercase": False}, {"binary": True, "n_jobs": 2}):
        kept.set_params(**params)
        fresh = pickle.loads(pickle.dumps(kept))
        for _ in range(2):
            arrays_equal(kept.transform_arrays(texts * 9), fresh.transform_arrays(texts * 9))
            fresh = pickle.loads(pickle.dumps(kept))
    arrays_equal(kept.fit(TEXTS[:2]).transform_arrays(texts), clone(kept).fit(TEXTS[:2]).transform_arrays(texts))


def test_a_huge_row_is_not_kept(monkeypatch):
    monkeypatch.setattr(_counting, "MAX_IDLE", 100)
    fitted = NgramTfidf().fit(TEXTS)
    fitted.transform(["talks"])
    assert len(fitted._workers.idle) == 1
    fitted.transform(["talks " * 100])
    assert fitted._workers.idle == []


def test_an_error_in_a_thread_reaches_the_caller(monkeypatch):
    monkeypatch.setattr(_rows, "CHUNK_BYTES", 16)
    bad = pa.Array.from_buffers(
        pa.string(), 4, [None, pa.array([0, 3, 6, 9, 12], pa.int32()).buffers()[1], pa.py_buffer(b"abcdefgh\xffxyz")]
    )
    with pytest.raises(InputError, match=r"^texts must be UTF-8, got other bytes at index 2$"):
        NgramTfidf(n_jobs=2).fit(TEXTS).transform(bad)


def test_pickle_clone_and_arrays_keep_the_result(tmp_path):
    fitted = NgramTfidf(min_df=2).fit(TEXTS * 2)
    expected = fitted.transform_arrays(TEXTS)
    arrays_equal(pickle.loads(pickle.dumps(fitted)).transform_arrays(TEXTS), expected)
    arrays_equal(clone(fitted).fit(TEXTS * 2).transform_arrays(TEXTS), expected)
    np.savez(tmp_path / "state.npz", **fitted.to_arrays())
    with np.load(tmp_path / "state.npz") as arrays:
        restored = NgramTfidf(min_df=2).from_arrays(arrays)
    arrays_equal(restored.transform_arrays(TEXTS), expected)
    assert restored.vocabulary_ == fitted.vocabulary_


def test_arrays_may_be_read_only():
    arrays = NgramTfidf().fit(TEXTS).to_arrays()
    for array in arrays.values():
        array.flags.writeable = False
    restored = NgramTfidf().from_arrays(arrays)
    arrays_equal(restored.transform_arrays(TEXTS), NgramTfidf().fit(TEXTS).transform_arrays(TEXTS))


def accented(size):
    return np.frombuffer(("é" * (size // 2) + "e" * (size % 2)).encode(), np.uint8)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a: a.pop("word.idf"), r"arrays must hold 'word.idf', got \[.*\]"),
        (lambda a: a.update({"char.offsets": np.zeros(0, np.uint32)}), r"char.offsets must rise from 0 to \d+"),
        (lambda a: a.update({"char.offsets": a["char.offsets"][::-1]}), r"char.offsets must rise from 0 to \d+"),
        (lambda a: a.update({"char.terms": np.full_like(a["char.terms"], 0xFF)}), "char.terms must be UTF-8"),
        (
            lambda a: a.update({"char.terms": accented(len(a["char.terms"]))}),
            "char.offsets must not cut a character",
        ),
        (
            lambda a: a.update({"word.terms": np.full_like(a["word.terms"], 97)}),
            r"word.terms must be \d+ different terms with one idf each",
        ),
        (lambda a: a.update({"word.idf": np.ones(3)}), r"word.terms must be \d+ different terms with one idf each"),
    ],
)
def test_damaged_arrays_are_refused(change, message):
    arrays = NgramTfidf().fit(["talks resume", "talks stall today"]).to_arrays()
    change(arrays)
    with pytest.raises(InputError, match=f"^{message}$"):
        NgramTfidf().from_arrays(arrays)


KINDS = {
    "tuple": tuple,
    "generator": iter,
    "object array": lambda texts: np.asarray(texts, object),
    "str array": np.asarray,
    "pandas": pd.Series,
    "pandas object": lambda texts: pd.Series(texts, dtype=object),
    "pandas arrow": lambda texts: pd.Series(texts, dtype=pd.ArrowDtype(pa.large_string())),
    "polars": lambda texts: pl.Series(values=texts),
    "arrow": pa.array,
    "arrow large": lambda texts: pa.array(texts, pa.large_string()),
    "arrow view": lambda texts: pa.array(texts, pa.string_view()),
    "arrow slice": lambda texts: pa.array(["xyz", *texts, "abc"])[1:-1],
    "arrow chunked": lambda texts: pa.chunked_array([texts[:2], texts[2:]]),
    "arrow dictionary": lambda texts: pa.array(texts).dictionary_encode(),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_input_gives_the_same(kind):
    texts = [text.replace("\ud800", "") for text in TEXTS]
    fitted = NgramTfidf().fit(texts)
    arrays_equal(fitted.transform_arrays(KINDS[kind](texts)), fitted.transform_arrays(texts))
    arrays_equal(NgramTfidf().fit(KINDS[kind](texts)).transform_arrays(texts), fitted.transform_arrays(texts))


@pytest.mark.parametrize("kind", KINDS)
def test_no_texts_give_no_rows(kind):
    if kind == "str array":
        pytest.skip("an empty NumPy array of no strings holds floats")
    assert NgramTfidf().fit(TEXTS).transform(KINDS[kind]([])).shape[0] == 0


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ("one text", "texts must be a sequence of str, one a sentence, got 'one text'"),
        (b"bytes", "texts must be a sequence of str, one a sentence, got b'bytes'"),
        (7, "texts must be a sequence of str, one a sentence, got 7"),
        (["a", None], "texts must be a sequence of str, got None at index 1"),
        (["a", "b", float("nan")], "texts must be a sequence of str, got nan at index 2"),
        ([b"a"], "texts must be a sequence of str, got b'a' at index 0"),
        (np.asarray([1.5]), r"texts must be a sequence of str, got .*1\.5.* at index 0"),
        (pd.Series(["a", None], dtype=object), "texts must be a sequence of str, got None at index 1"),
        (pd.Series(["a", None], dtype="str"), "texts must be a sequence of str, got None at index 1"),
        (pd.Series([1, 2]), "texts must be a sequence of str, got 1 at index 0"),
        (pl.Series(["a", "b", None]), "texts must be a sequence of str, got None at index 2"),
        (pa.array([3, 4]), "texts must be a sequence of str, got 3 at index 0"),
        (pa.chunked_array([["a"], [None]]), "texts must be a sequence of str, got None at index 1"),
    ],
)
def test_what_is_no_text_is_refused(texts, message):
    for call in (NgramTfidf().fit, NgramTfidf().partial_fit, NgramTfidf().fit(TEXTS).transform):
        with pytest.raises(InputError, match=f"^{message}$"):
            call(texts)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"word": None, "char": None}, "word must be a pair of int when char is None, got None"),
        ({"word": (2, 1)}, r"word must be a pair of int with 1 <= first <= second, got \(2, 1\)"),
        ({"char": (0, 2)}, r"char must be a pair of int with 1 <= first <= second, got \(0, 2\)"),
        ({"char": 3}, "char must be a pair of int with 1 <= first <= second, got 3"),
        ({"min_df": 0}, "min_df must be an int of at least 1 or a float from 0 to 1, got 0"),
        ({"max_df": 1.5}, r"max_df must be an int of at least 1 or a float from 0 to 1, got 1\.5"),
        ({"max_df": "all"}, "max_df must be an int of at least 1 or a float from 0 to 1, got 'all'"),
        ({"max_features": 0}, "max_features must be None or an int of at least 1, got 0"),
        ({"norm": "max"}, "norm must be one of 'l1', 'l2', got 'max'"),
        ({"dtype": np.int64}, "dtype must be float32 or float64, got <class 'numpy.int64'>"),
        ({"n_jobs": 0}, "n_jobs must be None or an int other than 0, got 0"),
        ({"vocabulary": ["a"]}, r"vocabulary must be a dict with the keys 'word' and 'char', got \['a'\]"),
        (
            {"char": None, "vocabulary": ["a", "a"]},
            r"vocabulary must be at least one term, each a str that is not empty, and no term twice, got \['a', 'a'\]",
        ),
        ({"char": None, "vocabulary": {"a": 1}}, r"vocabulary must be a mapping to the columns 0 to 0, got \{'a': 1\}"),
        ({"min_df": 5}, "texts must hold at least one word n-gram within min_df and max_df, got none"),
    ],
)
def test_a_parameter_out_of_range_is_refused(params, message):
    with pytest.raises(InputError, match=f"^{message}$"):
        NgramTfidf(**params).fit(["a few words"])


def test_an_unfitted_vectorizer_says_so():
    for call in (
        lambda v: v.transform(TEXTS),
        lambda v: v.vocabulary_,
        lambda v: v.to_arrays(),
        lambda v: v.occurrences(TEXTS),
    ):
        with pytest.raises(NotFittedError, match="^NgramTfidf must be fitted before it is used: call fit first$"):
            call(NgramTfidf())
    with pytest.raises(AttributeError, match="^idf_ is there only with use_idf=True$"):
        _ = NgramTfidf(use_idf=False).fit(TEXTS).idf_


def test_occurrences_add_up_to_the_counts():
    fitted = NgramTfidf(use_idf=False, sublinear_tf=False, norm=None).fit(TEXTS)
    found = fitted.occurrences(TEXTS)
    counts = np.zeros((len(TEXTS), len(fitted.vocabulary_)))
    np.add.at(counts, (found.rows, found.columns), 1)
    np.testing.assert_array_equal(counts, fitted.transform(TEXTS).toarray())


def test_occurrences_point_at_the_text():
    text = "İİ: NATO's İzmir talks"
    fitted = NgramTfidf(char=None).fit([text])
    found, names = fitted.occurrences([text]), fitted.get_feature_names_out()
    spots = {names[c]: text[a:b] for c, a, b in zip(found.columns, found.starts, found.ends, strict=True)}
    assert spots == {
        "nato": "NATO",
        "zmir": "zmir",
        "talks": "talks",
        "nato zmir": "NATO's İzmir",
        "zmir talks": "zmir talks",
    }


def test_regions_name_every_token_and_leave_out_the_masked():
    texts, regions = ["Envoys of Russia warned NATO"], [[(10, 16, -1), (17, 23, 1), (24, 28, 2)]]
    fitted = NgramTfidf(char=None).fit(texts, regions=regions)
    terms = ["0:envoys", "0:envoys 0:of", "0:of", "1:warned", "1:warned 2:nato", "2:nato"]
    assert fitted.get_feature_names_out().tolist() == terms
    assert fitted.transform(texts, regions=regions).nnz == len(terms)
    assert fitted.transform(texts).nnz == 0
    found = fitted.occurrences(texts, regions=regions)
    assert sorted(zip(found.starts.tolist(), found.ends.tolist(), strict=True)) == [
        (0, 6),
        (0, 9),
        (7, 9),
        (17, 23),
        (17, 28),
        (24, 28),
    ]
    assert fitted.fit_transform(texts, regions=regions).nnz == len(terms)
    assert NgramTfidf(char=None).partial_fit(texts, regions=regions).vocabulary_ == fitted.vocabulary_


SPANS = r"regions must be spans \(start, end, number\) in order, without overlap, within 5 characters,"


@pytest.mark.parametrize(
    ("regions", "message"),
    [
        ([], r"regions must be as long as texts \(1\), got 0"),
        (
            [[(3, 2, 0)]],
            SPANS + r" got \(3, 2, 0\) at index 0",
        ),
        (
            [[(0, 2, 0), (1, 3, 0)]],
            SPANS + r" got \(1, 3, 0\) at index 0",
        ),
        (
            [[(0, 6, 0)]],
            SPANS + r" got \(0, 6, 0\) at index 0",
        ),
    ],
)
def test_regions_that_do_not_fit_are_refused(regions, message):
    with pytest.raises(InputError, match=f"^{message}$"):
        NgramTfidf().fit(["talks"], regions=regions)


def test_very_long_words_and_many_empty_texts():
    fitted = NgramTfidf().fit(["ab" * MANY])
    assert (
        fitted.transform(["ab" * MANY]).nnz == len(fitted.vocabulary_) == 1 + 4 * 4
    )  # per length: first, two inside, last
    assert fitted.transform([""] * MANY).shape == (MANY, len(fitted.vocabulary_))


def test_results_do_not_depend_on_the_order_of_texts():
    forwards, backwards = NgramTfidf(max_features=9).fit(TEXTS), NgramTfidf(max_features=9).fit(TEXTS[::-1])
    assert forwards.vocabulary_ == backwards.vocabulary_
    arrays_equal(forwards.transform_arrays(TEXTS), backwards.transform_arrays(TEXTS))


def test_tagging_imports_neither_scipy_nor_sklearn_and_importing_no_numba():
    code = (
        "import sys; from nato_nlp.features.ngram_tfidf import NgramTfidf; assert 'numba' not in sys.modules\n"
        "v = NgramTfidf().fit(['talks resume']); NgramTfidf().from_arrays(v.to_arrays()).transform_arrays(['talks'])\n"
        "print(sorted({'scipy.sparse', 'sklearn', 'pandas', 'pyarrow'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_n_grams_longer_than_any_text_cost_nothing():
    texts = ["envoys met in Bern", "they left"]
    vectorizer = NgramTfidf(word=(1, 10**9), char=(2, 10**9)).fit(texts)
    few = NgramTfidf(word=(1, 4), char=(2, 8)).fit(texts)
    np.testing.assert_array_equal(vectorizer.transform(texts).toarray(), few.transform(texts).toarray())
    assert len(vectorizer.occurrences(texts).columns) == len(few.occurrences(texts).columns)
