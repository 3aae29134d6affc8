"""`Tagger`: training on one's own labels, scikit-learn's contract, tags of documents and sentences."""

import pickle
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.pipeline import Pipeline

from nato_nlp import Document, InputError, Tagger, load_codebook, load_tagger
from nato_nlp._paths import default_model
from nato_nlp.errors import NotFittedError
from nato_nlp.features.ngram_tfidf import NgramTfidf
from nato_nlp.models.decision import stance_of_quad


@pytest.fixture(scope="module")
def own(small_corpus):
    texts, quads, topics, groups = small_corpus
    return Tagger().fit(texts, quads, topics, groups)


def test_learns_what_it_was_shown(own, small_corpus):
    texts, quads, topics, _ = small_corpus
    assert np.mean(own.predict(texts) == np.array(quads)) == 1.0
    assert own.predict_topics(texts) == [tuple(row) for row in topics]


def test_classes_and_probabilities_as_scikit_learn_has_them(own, small_corpus):
    texts = small_corpus[0]
    assert own.classes_.tolist() == sorted(load_codebook().quads)
    assert own.topics_.tolist() == ["aid", "law"]
    proba = own.predict_proba(texts)
    assert proba.shape == (len(texts), 5)
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    assert own.predict_topics_proba(texts).shape == (len(texts), 2)


def test_topics_alone(small_corpus):
    texts, _, topics, groups = small_corpus
    tagger = Tagger().fit(texts, topics=topics, groups=groups)
    assert tagger.classes_.tolist() == ["aid", "law"]
    assert tagger.predict(texts).shape == (len(texts), 2)
    sentence = tagger.tag("The treaty has nine articles.")[0]
    assert (sentence.stance, sentence.quad, sentence.stance_proba, sentence.quad_proba) == (None, None, {}, {})
    assert sentence.topics == ("law",)
    assert tagger.tag("The treaty has nine articles.").to_arrow()["stance"].to_pylist() == [None]


def test_quads_alone_and_only_some_of_them():
    texts = ["They met.", "They agreed.", "They fought.", "They shelled it."] * 5
    quads = ["verbal_cooperation", "verbal_cooperation", "material_dispute", "material_dispute"] * 5
    tagger = Tagger().fit(texts, quads, groups=list(range(20)))
    assert tagger.classes_.tolist() == ["material_dispute", "verbal_cooperation"]
    np.testing.assert_allclose(tagger.predict_proba(texts).sum(axis=1), 1)
    sentence = tagger.tag("They fought.")[0]
    assert sentence.quad == "material_dispute"
    assert sentence.quad_proba["neutral"] == 0.0
    assert sentence.topics == ()


def test_calibration_keeps_groups_apart(small_corpus):
    texts, quads, topics, groups = small_corpus
    held_out = Tagger().fit(texts, quads, topics, groups).held_out_
    for group in set(groups):
        assert len({held_out.fold[k] for k, g in enumerate(groups) if g == group}) == 1


def test_one_group_warns_and_does_not_calibrate(small_corpus):
    texts, quads, _, _ = small_corpus
    with pytest.warns(
        UserWarning, match="^fewer than two groups: probabilities are not calibrated and thresholds are .5$"
    ):
        tagger = Tagger().fit(texts, quads, groups=["a"] * len(texts))
    assert tagger.heads_.temperature == 1.0
    assert tagger.held_out_ is None


def test_row_order_does_not_matter_to_the_weights(small_corpus):
    texts, quads, topics, groups = small_corpus
    order = np.random.default_rng(0).permutation(len(texts))
    mixed = Tagger().fit(*([column[k] for k in order] for column in (texts, quads, topics, groups)))
    straight = Tagger().fit(texts, quads, topics, groups)
    np.testing.assert_allclose(mixed.heads_.weights, straight.heads_.weights, atol=1e-3)


BAD_FITS = [
    ({"texts": "one text", "quad": ["neutral"]}, "texts must be a sequence of str, one a sentence, got 'one text'"),
    ({"texts": ["a", None], "quad": ["neutral"] * 2}, "texts must be a sequence of str, got None at index 1"),
    ({"texts": [], "quad": []}, "texts must hold at least one text, got 0"),
    ({"texts": ["a", "b"]}, "quad or topics must be given: there is nothing to learn"),
    ({"texts": ["a", "b"], "quad": ["neutral"]}, "quad must be as long as texts (2), got 1"),
    ({"texts": ["a", "b"], "quad": ["neutral", None]}, "quad must be a label for every text, got None at index 1"),
    (
        {"texts": ["a", "b"], "quad": ["neutral", float("nan")]},
        "quad must be a label for every text, got nan at index 1",
    ),
    (
        {"texts": ["a", "b"], "quad": ["neutral", "praise"]},
        "quad must be one of 'verbal_cooperation', 'material_cooperation', 'verbal_dispute', 'material_dispute', 'neutral', "
        "got 'praise' at index 1",
    ),
    (
        {"texts": ["a", "b"], "quad": ["neutral", "neutral"]},
        "quad must hold at least two different labels, got 1: neutral",
    ),
    (
        {"texts": ["a", "b"], "topics": ["energy", []]},
        "topics must be a list of labels for every text (empty for none), got 'energy' at index 0",
    ),
    (
        {"texts": ["a", "b"], "topics": [[], None]},
        "topics must be a list of labels for every text (empty for none), got None at index 1",
    ),
    ({"texts": ["a", "b"], "topics": [[], []]}, "topics must hold at least one label, got none"),
    (
        {"texts": ["a", "b"], "topics": [["x"], ["x"]]},
        "topics must leave 'x' out of at least one text: nothing can be learnt of it",
    ),
    (
        {"texts": ["a", "b"], "quad": ["neutral", "verbal_dispute"], "groups": [1]},
        "groups must be as long as texts (2), got 1",
    ),
    (
        {"texts": ["a", "b"], "quad": ["neutral", "verbal_dispute"], "boilerplate": [0, 1]},
        "boilerplate must be True or False, got 0 at index 0",
    ),
]


@pytest.mark.parametrize(("arguments", "message"), BAD_FITS)
def test_refuses_bad_training_data(arguments, message):
    with pytest.raises(InputError) as caught:
        Tagger().fit(**arguments)
    assert str(caught.value) == message


def test_refuses_bad_parameters():
    with pytest.raises(InputError, match="^C must be a number above 0, got 0$"):
        Tagger(C=0).fit(["a", "b"], ["neutral", "verbal_dispute"])
    with pytest.raises(InputError, match="^parameter 'c' is not there"):
        Tagger().set_params(c=1)


def test_unfitted():
    for call in (lambda t: t.predict(["a"]), lambda t: t.tag("a b"), lambda t: t.classes_, lambda t: t.save("x")):
        with pytest.raises(NotFittedError, match="^Tagger must be fitted before it is used: call fit first$"):
            call(Tagger())


def test_contract_clone_pickle_pipeline_and_grid_search(small_corpus):
    texts, quads, _, groups = small_corpus
    tagger = Tagger(features=NgramTfidf(char=None), C=2.0)
    copy = clone(tagger)
    assert copy is not tagger
    assert copy.get_params()["features__char"] is None
    assert copy.C == 2.0
    pipeline = Pipeline([("tag", tagger)])
    search = GridSearchCV(pipeline, {"tag__C": [0.5, 2.0], "tag__features__char": [None, (2, 3)]}, cv=GroupKFold(3))
    search.fit(texts, quads, groups=groups)
    assert search.best_score_ > 0.8
    best = search.best_estimator_
    again = pickle.loads(pickle.dumps(best))
    assert again.predict(texts).tolist() == best.predict(texts).tolist()


def test_fitting_changes_no_input(small_corpus):
    texts, quads, topics, groups = small_corpus
    before = (list(texts), list(quads), [list(t) for t in topics], list(groups))
    features = NgramTfidf()
    tagger = Tagger(features=features).fit(texts, quads, topics, groups)
    assert (texts, quads, topics, groups) == before
    assert tagger.features is features
    assert not hasattr(features, "blocks_")


def test_tags_of_a_document(tagger):
    text = "World News\n\nEnvoys meet in Bern\n\nBERN (Reuters) - The envoys agreed on a treaty. They will meet again."
    tags = tagger.tag(text, meta={"doc": "a"})
    assert len(tags) == 4
    assert [s.boilerplate for s in tags] == [True, False, False, False]
    for sentence in tags:
        assert text[sentence.start : sentence.end] == sentence.text
    assert tags.meta == {"doc": "a"}
    assert tags[-1] == tags[3]
    assert tags[1:3] == [tags[1], tags[2]]
    with pytest.raises(IndexError, match="^index must be below 4, got 4$"):
        tags[4]


def test_boilerplate_is_neutral_and_about_nothing(tagger):
    sentence = tagger.tag_sentences(["Click here for missile defence news"])[0]
    assert sentence.boilerplate
    assert (sentence.stance, sentence.quad, sentence.topics) == ("neutral", "neutral", ())
    assert sentence.stance_proba == {"cooperation": 0.0, "dispute": 0.0, "neutral": 1.0}
    assert set(sentence.topic_proba.values()) == {0.0}


@pytest.mark.parametrize("text", ["", "   ", "\n", "\x00", "…", "☃"])
def test_an_empty_sentence_gets_the_prior(tagger, text):
    sentence = tagger.tag_sentences([text])[0]
    prior = tagger.heads_.quad_proba(tagger.heads_.intercept[None, :].astype(float))[0]
    assert not sentence.boilerplate
    assert list(sentence.quad_proba.values()) == pytest.approx(prior.tolist())
    assert (sentence.start, sentence.end) == (0, len(text))


def test_tag_refuses_what_is_no_text(tagger):
    with pytest.raises(InputError, match="^text must be str, got None$"):
        tagger.tag(None)
    with pytest.raises(InputError, match="^sentences must be a sequence of str, one a sentence, got 'Envoys met.'$"):
        tagger.tag_sentences("Envoys met.")
    with pytest.raises(InputError, match="^sentences must be a sequence of str, got 3 at index 1$"):
        tagger.tag_sentences(["a", 3])


def test_tag_documents_yields_a_table_a_document(tagger):
    tables = list(tagger.tag_documents([Document("a", "Envoys met. They left.", date="2001-02-03"), "Shells fell."]))
    assert [table.num_rows for table in tables] == [2, 1]
    assert tables[0]["doc"].to_pylist() == ["a", "a"]
    assert tables[0]["date"].to_pylist() == ["2001-02-03"] * 2
    assert tables[1]["doc"].to_pylist() == ["1"]
    with pytest.raises(InputError, match="^documents must be Document or str, got 3 at index 0$"):
        list(tagger.tag_documents([3]))


@given(st.lists(st.text(max_size=60), max_size=6))
def test_on_any_sentences_decisions_follow_from_probabilities(texts):
    tagger = load_tagger_once()
    book = load_codebook()
    for sentence in tagger.tag_sentences(texts):
        quads, stances = sentence.quad_proba, sentence.stance_proba
        assert sum(quads.values()) == pytest.approx(1)
        sums = {s: sum(quads[q] for q in book.quads if book.stance_of[q] == s) for s in book.stances}
        assert stances == pytest.approx(sums)
        assert stances[sentence.stance] == max(stances.values())
        assert book.stance_of[sentence.quad] == sentence.stance
        thresholds = tagger.heads_.thresholds
        reached = [
            t
            for t, p, least in zip(tagger.topics_, sentence.topic_proba.values(), thresholds, strict=False)
            if p >= least
        ]
        assert list(sentence.topics) == ([] if sentence.boilerplate else reached)


CACHE = {}


def load_tagger_once():
    if "tagger" not in CACHE:
        CACHE["tagger"] = load_tagger()
    return CACHE["tagger"]


def test_batches_do_not_change_a_sentence(tagger):
    texts = ["Envoys met.", "", "Troops shelled the town.", "The vote is due on Monday."] * 50
    together = tagger.tag_sentences(texts).quad_proba
    alone = np.vstack([tagger.tag_sentences([text]).quad_proba for text in texts[:4]])
    np.testing.assert_allclose(together[:4], alone, atol=1e-12)


def test_shipped_model_is_what_the_corpus_gives(tmp_path):
    """Training twice gives the same bytes; the committed file gives the same tags."""
    from nato_nlp.datasets import load_seeds
    from nato_nlp.models.seed_model import train_seed_tagger

    data = load_seeds()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name in ("first", "second"):
            train_seed_tagger(data).save(tmp_path / name)
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()
    fresh, shipped = load_tagger(tmp_path / "first"), load_tagger(default_model())
    a, b = fresh.tag_sentences(data.texts), shipped.tag_sentences(data.texts)
    same = (a.quads == b.quads) & (a.has_topic == b.has_topic).all(axis=1) & (a.boilerplate == b.boilerplate)
    assert same.mean() >= 0.999
    # a line that only one of the two marks as boilerplate has other probabilities by definition
    both = a.boilerplate == b.boilerplate
    assert np.abs(a.quad_proba - b.quad_proba)[both].max() <= 1e-3
    assert np.abs(a.topic_proba - b.topic_proba)[both].max() <= 1e-3
    assert (stance_of_quad()[a.quads] == a.stances).all()
