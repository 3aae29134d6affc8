"""The features of the shipped model: masked names, cues, actors, and the contract of an estimator."""

import os
import pickle
import re
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.pipeline import make_pipeline

from nato_nlp.errors import InputError, NotFittedError
from nato_nlp.features.actors import NAME_KINDS, REGIONS, Actor, compile_actors, load_actors
from nato_nlp.features.lexicon import compile_lexicon
from nato_nlp.features.news import SCALES, NewsFeatures, cue_names
from nato_nlp.features.ngram_tfidf import NgramTfidf
from nato_nlp.features.phrases import CUE_COLUMNS, CUES, Phrases, default_phrases
from nato_nlp.features.topic_terms import term_columns

TEXTS = [
    "Peru condemned Chile's arrest of two envoys.",
    "Chile condemned Peru, but the ministers met in Lima.",
    "Despite the shelling, NATO and Russia agreed to resume talks.",
    "Russia's president told NATO it would not attend the talks.",
    "The treaty has nine articles.",
    "Ships sailed in the South China Sea; China protested.",
    "",
]


@pytest.fixture(scope="module")
def features():
    return NewsFeatures(ngrams=NgramTfidf(min_df=1)).fit(TEXTS)


def dense(features, texts=TEXTS):
    return features.transform(texts).toarray()


def test_columns_and_their_names(features):
    names = features.get_feature_names_out().tolist()
    assert len(names) == len(set(names)) == features.columns_ == dense(features).shape[1]
    actors, topics = features.act_columns_.stop, features.columns_ - len(term_columns())
    assert names[actors:topics] == [
        *(f"actor__region={region}" for region in REGIONS),
        *(f"actor__kind={kind}" for kind in NAME_KINDS),
        "actor__CHL",
        "actor__NATO",
        "actor__PER",
        "actor__RUS",
    ]
    assert names[topics:] == [f"topic__{name}" for name in term_columns()]
    assert names[:CUE_COLUMNS] == cue_names()
    assert (features.act_columns_.start, features.topic_columns_) == (0, slice(CUE_COLUMNS, features.columns_))
    assert features.codes_ == ("CHL", "NATO", "PER", "RUS")
    assert not any(
        name in " ".join(names[features.act_columns_]).lower() for name in ("peru", "chile", "russia", "nato")
    )


def test_rows_are_sorted_and_hold_no_zeros(features):
    matrix = features.transform_arrays(TEXTS)
    assert matrix.data.dtype == np.float64
    assert (matrix.data != 0).all()
    assert all((np.diff(matrix.indices[a:b]) > 0).all() for a, b in zip(matrix.indptr, matrix.indptr[1:], strict=False))


def test_parts_and_their_scales(features):
    scales = {"ngram_scale": 2, "cue_scale": 3.0, "actor_scale": 5.0, "topic_scale": 7.0}
    scaled = NewsFeatures(ngrams=NgramTfidf(min_df=1), **scales).fit(TEXTS)
    one, other = dense(features), dense(scaled)
    cues, actors, topics = CUE_COLUMNS, features.act_columns_.stop, features.columns_ - len(term_columns())
    np.testing.assert_allclose(one[:, cues:actors] / 0.7, other[:, cues:actors] / 2)
    np.testing.assert_allclose(one[:, :cues] / 0.5, other[:, :cues] / 3)
    assert set(np.unique(other[:, actors:topics])) == {0.0, 5.0}
    assert set(np.unique(other[:, topics:])) == {0.0, 7.0}
    masked = ["_state_ condemned _state_'s arrest of two envoys."]
    np.testing.assert_allclose(one[0, cues:actors], 0.7 * features.ngrams_.transform(masked).toarray()[0])


def test_cues_count_at_most_three_times(features):
    text = "They protested, protested, protested, protested."
    cues = features.transform([text]).toarray()[0, :CUE_COLUMNS]
    assert sorted({round(float((value / 0.5) ** 2)) for value in cues}) == [0, 1, 3]
    names = dict(zip(cue_names(), cues, strict=True))
    assert names["cue__strong[4]"] == pytest.approx(0.5)
    assert names["cue__first[3]"] == names["cue__last[3]"] == pytest.approx(0.5)
    assert names["cue__bigram[3][3]"] == pytest.approx(0.5 * np.sqrt(3))


def test_actors_and_other_names(features):
    columns = dict(zip(features.get_feature_names_out().tolist(), dense(features).T, strict=True))
    assert columns["actor__PER"].astype(bool).tolist() == [True, True, False, False, False, False, False]
    assert columns["actor__kind=capital"].astype(bool).tolist() == [False, True, False, False, False, False, False]
    assert columns["actor__region=asia_pacific"].astype(bool).tolist() == [False] * 5 + [True, False]
    sea = dense(features, ["Ships sailed in the South China Sea."])[0]
    assert not sea[features.act_columns_.stop : -len(term_columns())].any()


STATES = [
    actor.name
    for actor in load_actors()
    if actor.kind == "state" and not actor.ambiguous and len(actor.name.split()) <= 3
]
TEMPLATES = [
    "{} condemned {}.",
    "Troops from {} shelled a village, but {} called for talks.",
    '"We did not attack {}," the envoy of {} said.',
    "{}-backed rebels accused {}'s army of a massacre.",
    "TALKS WITH {} FAIL AS {} PROTESTS",
]


@given(st.sampled_from(TEMPLATES), st.lists(st.sampled_from(STATES), min_size=4, max_size=4))
def test_who_acts_is_no_sign_of_what_is_done(template, names):
    features = fitted()
    one, other = features.transform([template.format(*names[:2]), template.format(*names[2:])]).toarray()
    np.testing.assert_array_equal(one[features.act_columns_], other[features.act_columns_])
    assert one[features.act_columns_].any()


def fitted(cache=[]):  # noqa: B006 - fitted once, outside of Hypothesis' fixtures
    if not cache:
        cache.append(NewsFeatures(ngrams=NgramTfidf(min_df=1)).fit([t.format("Peru", "Chile") for t in TEMPLATES]))
    return cache[0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Peruvian troops attacked Lima.", "Russian troops attacked Moscow."),
        ("NATO warned the Taliban.", "The European Union warned Hezbollah.".replace("The European", "European")),
        ("Tony Blair met Angela Merkel.", "Vladimir Putin met Tony Blair."),
    ],
)
def test_names_of_one_kind_are_one(features, one, other):
    first, second = dense(features, [one, other])
    np.testing.assert_array_equal(first[features.act_columns_], second[features.act_columns_])


def test_contract(features):
    template = NewsFeatures(ngrams=NgramTfidf(char=None, min_df=1), cue_scale=0.5)
    copy = clone(template)
    assert copy.get_params()["ngrams__char"] is None
    assert copy.cue_scale == 0.5
    assert not copy.__sklearn_is_fitted__()
    assert template.fit(TEXTS) is template
    assert template.ngrams.__sklearn_is_fitted__() is False
    np.testing.assert_array_equal(template.fit_transform(TEXTS).toarray(), dense(template))
    again = pickle.loads(pickle.dumps(features))
    np.testing.assert_array_equal(dense(again), dense(features))
    np.testing.assert_array_equal(make_pipeline(clone(features)).fit(TEXTS).transform(TEXTS).toarray(), dense(features))


def test_one_text_empty_text_and_no_text(features):
    whole = dense(features)
    for row, text in enumerate(TEXTS):
        np.testing.assert_array_equal(dense(features, [text])[0], whole[row])
    assert dense(features, []).shape == (0, features.columns_)
    nothing = dense(features, [""])[0]
    assert np.flatnonzero(nothing).tolist() == [
        CUES.none,
        CUES.strong,
    ]
    one = NewsFeatures(ngrams=NgramTfidf()).fit(TEXTS[:1])
    assert one.codes_ == ()
    assert dense(one).shape == (len(TEXTS), one.columns_)


@given(st.lists(st.text(max_size=80), min_size=1, max_size=4))
def test_any_text_gives_a_row_that_does_not_depend_on_its_neighbours(texts):
    together = fitted().transform(texts).toarray()
    for row, text in zip(together, texts, strict=True):
        np.testing.assert_array_equal(fitted().transform([text]).toarray()[0], row)


def test_order_of_texts_changes_nothing_but_the_order_of_rows(features):
    order = np.random.default_rng(0).permutation(len(TEXTS))
    shuffled = [TEXTS[k] for k in order]
    np.testing.assert_array_equal(dense(features, shuffled), dense(features)[order])
    again = NewsFeatures(ngrams=NgramTfidf(min_df=1)).fit(shuffled)
    assert again.get_feature_names_out().tolist() == features.get_feature_names_out().tolist()
    np.testing.assert_array_equal(dense(again), dense(features))


def test_texts_in_read_only_arrays_and_many_chunks(features):
    texts = np.asarray(TEXTS, object)
    texts.flags.writeable = False
    np.testing.assert_array_equal(dense(features, texts), dense(features))
    many = TEXTS * 3000  # several chunks
    matrix = features.transform(many)
    assert (matrix[: len(TEXTS)] != matrix[-len(TEXTS) :]).nnz == 0
    assert matrix.sum() == pytest.approx(3000 * dense(features).sum())


def test_single_precision_ngrams(features):
    single = NewsFeatures(ngrams=NgramTfidf(min_df=1, dtype=np.float32)).fit(TEXTS)
    np.testing.assert_allclose(dense(single), dense(features), rtol=1e-6)
    assert single.transform(TEXTS).dtype == np.float64


def test_state_as_arrays(features):
    arrays = {name: array.copy() for name, array in features.to_arrays().items()}
    for array in arrays.values():
        array.flags.writeable = False
    again = NewsFeatures(ngrams=NgramTfidf(min_df=1)).from_arrays(arrays)
    np.testing.assert_array_equal(dense(again), dense(features))
    assert again.codes_ == features.codes_
    without = {name: array for name, array in arrays.items() if name != "actor.codes"}
    with pytest.raises(InputError, match="^arrays must hold 'actor.codes'$"):
        NewsFeatures().from_arrays(without)
    with pytest.raises(InputError, match="^actor.codes must be UTF-8$"):
        NewsFeatures().from_arrays(arrays | {"actor.codes": np.asarray([0xFF], np.uint8)})


def test_other_phrases_keep_the_columns(features):
    own = Phrases(default_phrases().lexicon, *compile_actors([Actor("PER", "state", "Zorbland")]))
    changed = pickle.loads(pickle.dumps(features))
    changed.use(own)
    assert changed.get_feature_names_out().tolist() == features.get_feature_names_out().tolist()
    columns = dict(
        zip(changed.get_feature_names_out().tolist(), dense(changed, ["Zorbland met Peru."])[0], strict=True)
    )
    assert columns["actor__PER"] == pytest.approx(0.3)
    assert columns["actor__kind=state"] == pytest.approx(0.3)


def test_phrases_of_ones_own():
    nothing = Phrases(compile_lexicon([]), *compile_actors([]))
    features = NewsFeatures(ngrams=NgramTfidf(), phrases=nothing).fit(TEXTS)
    assert features.codes_ == ()
    assert features.get_params()["phrases"] is nothing
    assert dense(features)[0, CUES.none] == pytest.approx(0.5)


@pytest.mark.parametrize("name", SCALES)
@pytest.mark.parametrize("value", [0, -1.0, True, "1", float("nan"), float("inf")])
def test_scales_must_be_above_zero(name, value):
    message = f"{name} must be a number above 0, got {value!r}"
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        NewsFeatures(**{name: value}).fit(TEXTS)


def test_before_fitting_and_wrong_texts(features):
    for name in ("transform", "transform_arrays"):
        with pytest.raises(NotFittedError, match="^NewsFeatures must be fitted before it is used: call fit first$"):
            getattr(NewsFeatures(), name)(TEXTS)
    with pytest.raises(InputError, match="^texts must be a sequence of str, got 1 at index 1$"):
        features.transform(["a", 1])


def test_results_do_not_depend_on_hash_seeds():
    code = (
        "import hashlib; from nato_nlp.features.news import NewsFeatures, NgramTfidf;"
        f"f = NewsFeatures(ngrams=NgramTfidf(char=None)).fit({TEXTS!r});"
        f"a = f.to_arrays(); m = f.transform_arrays({TEXTS!r});"
        "print(hashlib.sha256(b''.join(x.tobytes() for x in [*a.values(), m.indices, m.data])).hexdigest())"
    )
    out = {
        subprocess.run(
            [sys.executable, "-c", code], env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(out) == 1
