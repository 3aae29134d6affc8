"""`NewsFeatures`: names are masked, actors have columns of their own, and scikit-learn's contract holds."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone

from nato_nlp import InputError
from nato_nlp.features import NewsFeatures, NgramTfidf
from nato_nlp.features.phrases import Phrases, default_phrases

TEXTS = ["Peru condemned Chile.", "Chile condemned Peru.", "The talks failed.", "NATO envoys met in Kenya.", ""]


@pytest.fixture(scope="module")
def fitted():
    return NewsFeatures(ngrams=NgramTfidf(min_df=1)).fit(TEXTS)


def test_columns_are_named_and_counted(fitted):
    names = fitted.get_feature_names_out()
    assert len(names) == fitted.columns_ == fitted.transform(TEXTS).shape[1]
    assert names[fitted.shared_columns_ - 1].startswith("cue__")
    assert names[fitted.shared_columns_].startswith("actor__region=")


def test_a_head_for_acts_sees_no_name(fitted):
    rows = fitted.transform(TEXTS[:2])[:, : fitted.shared_columns_]
    assert abs(rows[0] - rows[1]).max() == 0


def test_actors_have_columns_of_their_own(fitted):
    names = list(fitted.get_feature_names_out())
    row = fitted.transform(["Envoys met in Kenya."]).toarray()[0]
    assert row[names.index("actor__region=africa")] > 0
    assert row[names.index("actor__region=americas")] == 0


def test_round_trip_through_arrays(fitted):
    again = NewsFeatures(ngrams=NgramTfidf(min_df=1)).from_arrays(fitted.to_arrays())
    assert abs(again.transform(TEXTS) - fitted.transform(TEXTS)).max() == 0


def test_missing_and_damaged_arrays_are_refused(fitted):
    arrays = fitted.to_arrays()
    for name in arrays:
        with pytest.raises(InputError):
            NewsFeatures(ngrams=NgramTfidf(min_df=1)).from_arrays({k: a for k, a in arrays.items() if k != name})


def test_phrases_refuse_numbers_out_of_bounds():
    arrays = default_phrases().to_arrays()
    for name in ("lexicon.edge_values", "lexicon.node_entries", "lexicon.entries", "names.node_start", "names.senses"):
        changed = arrays[name].astype(np.int64).copy()
        changed.flat[-1] += 10**6
        with pytest.raises(InputError):
            Phrases.from_arrays(arrays | {name: changed})


def test_clone_and_pickle(fitted):
    assert clone(fitted).get_params()["cue_scale"] == fitted.cue_scale
    again = pickle.loads(pickle.dumps(fitted))
    assert abs(again.transform(TEXTS) - fitted.transform(TEXTS)).max() == 0


@pytest.mark.parametrize("name", ["ngram_scale", "cue_scale", "actor_scale"])
def test_refuses_bad_scales(name):
    with pytest.raises(InputError, match=f"^{name} must be a number above 0, got 0$"):
        NewsFeatures(**{name: 0}).fit(TEXTS)


@given(st.lists(st.text(max_size=80), min_size=1, max_size=4))
def test_any_text_gives_rows_that_do_not_depend_on_their_neighbours(texts):
    features = cached()
    together = features.transform(texts)
    alone = [features.transform([text]) for text in texts]
    for k, row in enumerate(alone):
        assert abs(together[k] - row).max() == 0


CACHE = []


def cached():
    if not CACHE:
        CACHE.append(NewsFeatures(ngrams=NgramTfidf(min_df=1)).fit(TEXTS))
    return CACHE[0]
