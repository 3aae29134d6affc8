"""Counts taken once give what refitting on a fold's raw texts gives."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from nato_nlp.errors import InputError
from nato_nlp.experiment.counts import CACHE, Corpus, counts_of, part_names, scale_of, weigh
from nato_nlp.experiment.schema import Features
from nato_nlp.features import news as news_module
from nato_nlp.features.news import NewsFeatures
from nato_nlp.features.ngram_tfidf import NgramTfidf
from nato_nlp.features.place import PlaceNgrams, placed

WORDS = st.sampled_from(
    "envoys talks met Oslo Peru condemned the a Chile agreed sanctions Ärger not peace NATO".split()
)
TEXTS = st.lists(st.lists(WORDS, min_size=1, max_size=8).map(" ".join), min_size=4, max_size=12)
EVERY = ("cue", "word", "char", "actor", "topic")


@st.composite
def folds(draw, kind):
    """Give a corpus with marks, features, training rows and scored rows."""
    texts = draw(TEXTS)
    spans = [((0, len(text.split()[0])),) if draw(st.booleans()) else () for text in texts]
    behind = [((len(text) - 1, len(text)),) if len(text) > 12 and draw(st.booleans()) else () for text in texts]
    word, char = draw(st.sampled_from([((1, 2), (2, 4)), ((1, 1), False), (False, (3, 3))]))
    features = Features(
        kind=kind,
        word=word,
        char=char,
        min_df=draw(st.sampled_from([1, 2, 0.2])),
        max_df=draw(st.sampled_from([1.0, 0.7, 9])),
        max_features=draw(st.sampled_from([0, 5])),
        sublinear_tf=draw(st.booleans()),
    )
    order = draw(st.permutations(range(len(texts))))
    cut = draw(st.integers(2, len(texts) - 1))
    return Corpus(tuple(texts), tuple(spans), tuple(behind)), features, np.array(order[:cut]), np.array(order[cut:])


def stacked(corpus, features, train, scored, names):
    parts = [weigh(counts_of(corpus, name, features), name, features, train, scored) for name in names]
    matrices = [part.matrix * scale_of(name, features) for part, name in zip(parts, names, strict=True)]
    return sparse.hstack(matrices).toarray(), [str(name) for part in parts for name in part.names]


def assert_as_refit(fold, vectorizer, rows_of, names):
    corpus, features, train, scored = fold
    try:
        expected = vectorizer.fit_transform(rows_of(train))
    except InputError as error:
        with pytest.raises(InputError) as caught:
            stacked(corpus, features, train, scored, names)
        assert str(caught.value) == str(error)
        return
    found, columns = stacked(corpus, features, train, scored, names)
    whole = np.vstack([expected.toarray(), vectorizer.transform(rows_of(scored)).toarray()])
    np.testing.assert_allclose(found, whole, rtol=1e-12, atol=0)
    fitted = vectorizer.get_feature_names_out().tolist()
    assert [name.partition("__")[2] for name in columns] == [
        name.removeprefix("cue__")
        .removeprefix("word__")
        .removeprefix("char__")
        .removeprefix("actor__")
        .removeprefix("topic__")
        for name in fitted
    ]


@given(folds("ngrams"))
def test_ngrams_are_those_of_a_refit(fold):
    corpus, features, *_ = fold
    names = part_names(features, topical=False)
    assert_as_refit(fold, NgramTfidf(**features.ngrams()), lambda rows: [corpus.texts[k] for k in rows], names)


@given(folds("news"))
def test_news_features_are_those_of_a_refit(fold):
    corpus, features, *_ = fold
    names = [name for name in EVERY if getattr(features, name, True)]
    refit = NewsFeatures(ngrams=NgramTfidf(**features.ngrams()), **features.scales())
    assert_as_refit(fold, refit, lambda rows: [corpus.texts[k] for k in rows], names)


@given(folds("place"))
def test_ngrams_by_place_are_those_of_a_refit(fold):
    corpus, features, *_ = fold

    def rows_of(rows):
        return placed(*([column[k] for k in rows] for column in (corpus.texts, corpus.sources, corpus.targets)))

    names = part_names(features, topical=False)
    assert_as_refit(fold, PlaceNgrams(ngrams=NgramTfidf(**features.ngrams())), rows_of, names)


def test_each_part_is_counted_once(monkeypatch):
    CACHE.clear()
    calls = []
    fit = news_module.NgramTfidf.fit_transform
    monkeypatch.setattr(NgramTfidf, "fit_transform", lambda self, texts: calls.append(1) or fit(self, texts))
    for least in (1, 2):
        features = Features(min_df=least)
        # the same content in another object
        corpus = Corpus(("Envoys met.", "Talks met."), ((), ()), ((), ()))
        for name in part_names(features, topical=False):
            counts_of(corpus, name, features)
    assert len(calls) == 2
    counts_of(Corpus(("Envoys met.", "Talks me t."), ((), ()), ((), ())), "word", features)
    assert len(calls) == 3


def test_what_a_head_may_learn_from():
    assert part_names(Features(kind="news+place"), topical=False) == ["cue", "word", "char", "place_word", "place_char"]
    assert part_names(Features(kind="news"), topical=True) == ["word", "char", "actor", "topic"]
    assert part_names(Features(char=False), topical=True) == ["word"]
    fitted = NewsFeatures().fit(["Peru condemned Chile.", "Chile condemned Peru."])
    names = fitted.get_feature_names_out()
    kinds = {name.partition("__")[0] for name in names[fitted.act_columns_]}
    assert kinds == set(part_names(Features(kind="news"), topical=False))
    kinds = {name.partition("__")[0] for name in names[fitted.topic_columns_]}
    assert kinds == set(part_names(Features(kind="news"), topical=True))


def test_the_cache_lets_the_oldest_go():
    from nato_nlp.experiment.counts import KEPT, Cache

    cache = Cache()
    for k in range(KEPT + 1):
        cache.put(k, k)
        assert cache.get(0) == 0  # asked for, so it stays
    assert cache.get(1) is None
    assert cache.get(2) == 2
