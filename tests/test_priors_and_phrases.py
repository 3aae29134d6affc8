"""Other class priors, and entries of one's own for lexicon and gazetteer."""

import json

import numpy as np
import pytest

from nato_nlp import InputError, Tagger, load_codebook, load_tagger
from nato_nlp.errors import MissingFileError
from nato_nlp.features.ngram_tfidf import NgramTfidf

TEXTS = ["Envoys met.", "Troops shelled the town.", "The vote is due on Monday.", "They discussed it."]
CALM = {"cooperation": 0.2, "dispute": 0.1, "neutral": 0.7}


def test_the_shipped_model_assumes_equal_quads(tagger):
    np.testing.assert_allclose(tagger.heads_.assumed, 0.2)
    assert tagger.heads_.priors is None


def test_priors_move_probabilities_by_their_ratio(tagger):
    before = tagger.tag_sentences(TEXTS).quad_proba
    after = tagger.with_priors(CALM).tag_sentences(TEXTS).quad_proba
    factors = np.array([0.1, 0.1, 0.05, 0.05, 0.7]) / 0.2
    expected = before * factors / (before * factors).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(after, expected, atol=1e-12)


def test_the_assumed_priors_change_nothing_and_the_tagger_stays_as_it_was(tagger):
    before = tagger.tag_sentences(TEXTS).quad_proba
    same = tagger.with_priors(dict.fromkeys(load_codebook().quads, 1.0))
    np.testing.assert_allclose(same.tag_sentences(TEXTS).quad_proba, before, atol=1e-12)
    tagger.with_priors(CALM)
    np.testing.assert_array_equal(tagger.tag_sentences(TEXTS).quad_proba, before)


def test_priors_are_saved(tagger, tmp_path):
    calm = tagger.with_priors(CALM)
    calm.save(tmp_path / "calm.safetensors")
    loaded = load_tagger(tmp_path / "calm.safetensors")
    np.testing.assert_allclose(loaded.tag_sentences(TEXTS).quad_proba, calm.tag_sentences(TEXTS).quad_proba, atol=1e-9)


def test_unbalanced_training_assumes_what_it_saw(small_corpus):
    texts, quads, _, groups = small_corpus
    rows = [k for k, quad in enumerate(quads) if quad != "neutral" or k % 10 == 4]
    tagger = Tagger(class_weight=None).fit(
        [texts[k] for k in rows], [quads[k] for k in rows], groups=[groups[k] for k in rows]
    )
    count = [sum(quads[k] == name for k in rows) for name in load_codebook().quads]
    np.testing.assert_allclose(tagger.heads_.assumed, np.array(count) / len(rows))


BAD_PRIORS = [
    ({"cooperation": 1.0}, "priors must be a share for each of"),
    ({"praise": 1.0, "blame": 1.0, "neutral": 1.0}, "priors must be a share for each of"),
    ({"cooperation": -1, "dispute": 1, "neutral": 1}, "priors['cooperation'] must be a number from 0 on, got -1"),
    ({"cooperation": "a", "dispute": 1, "neutral": 1}, "priors['cooperation'] must be a number from 0 on, got 'a'"),
    ({"cooperation": 0, "dispute": 0, "neutral": 0}, "priors must be shares of which one is above 0"),
]


@pytest.mark.parametrize(("priors", "message"), BAD_PRIORS)
def test_refuses_bad_priors(tagger, priors, message):
    with pytest.raises(InputError) as caught:
        tagger.with_priors(priors)
    assert str(caught.value).startswith(message)


def test_priors_need_quads(small_corpus):
    texts, _, topics, groups = small_corpus
    with pytest.raises(InputError, match=r"^priors must be a share for each of \[\] or of \[\]"):
        Tagger().fit(texts, topics=topics, groups=groups).with_priors(CALM)


def test_entries_of_ones_own(tmp_path):
    lexicon, actors = tmp_path / "mine.tsv", tmp_path / "mine.jsonl"
    header = "entry\tpos\tquad\troot\tframe\tnegated\tweak\n"
    lexicon.write_text(header + "frobnicate\tv\tmaterial_dispute\tASSAULT\t\tneutral\t0\n")
    actor = {"code": "ZZZ", "kind": "state", "name": "Zembla", "demonyms": ["Zemblan"], "region": "africa"}
    actors.write_text(json.dumps(actor) + "\n")
    plain, mine = load_tagger(), load_tagger(lexicon=lexicon, actors=actors)
    text = ["Zembla frobnicated the harbour."]
    assert mine.tag_sentences(text)[0].quad == "material_dispute"
    dispute = [t.tag_sentences(text)[0].stance_proba["dispute"] for t in (plain, mine)]
    assert dispute[1] > dispute[0]
    africa = [t.tag_sentences(text)[0].topic_proba["africa"] for t in (plain, mine)]
    assert africa[1] > africa[0]
    assert len(mine.facts_["added_lexicon_sha256"]) == len(mine.facts_["added_actors_sha256"]) == 64
    mine.save(tmp_path / "mine.safetensors")
    again = load_tagger(tmp_path / "mine.safetensors")
    assert again.facts_ == mine.facts_
    np.testing.assert_allclose(again.tag_sentences(text).quad_proba, mine.tag_sentences(text).quad_proba, atol=1e-9)


def test_refuses_bad_entries(tmp_path):
    path = tmp_path / "bad.tsv"
    path.write_text("entry\tpos\tquad\troot\tframe\tnegated\tweak\nhug\tv\tpraise\tAID\t\t\t0\n")
    with pytest.raises(
        InputError, match="bad.tsv, line 2, quad must be one of 'verbal_cooperation', .*, got 'praise'$"
    ):
        load_tagger(lexicon=path)
    with pytest.raises(MissingFileError, match="none.jsonl is not there: expected a gazetteer$"):
        load_tagger(actors=tmp_path / "none.jsonl")


def test_a_model_of_n_grams_takes_no_entries(small_corpus, tmp_path):
    texts, quads, _, groups = small_corpus
    Tagger(features=NgramTfidf()).fit(texts, quads, groups=groups).save(tmp_path / "plain.safetensors")
    lexicon = tmp_path / "mine.tsv"
    lexicon.write_text("entry\tpos\tquad\troot\tframe\tnegated\tweak\n")
    with pytest.raises(
        InputError, match="^the model must use a lexicon and a gazetteer to add entries to, got one of n-grams alone$"
    ):
        load_tagger(tmp_path / "plain.safetensors", lexicon=lexicon)


def test_entries_are_recorded_in_tables(tmp_path):
    import pyarrow.parquet as pq
    from helpers import run

    lexicon, source, out = tmp_path / "mine.tsv", tmp_path / "a.txt", tmp_path / "a.parquet"
    lexicon.write_text(
        "entry\tpos\tquad\troot\tframe\tnegated\tweak\nfrobnicate\tv\tmaterial_dispute\tASSAULT\t\tneutral\t0\n"
    )
    source.write_text("Peru frobnicated the harbour.")
    assert run("tag", source, "--lexicon", lexicon, "--output", out).status == 0
    facts = json.loads(pq.read_schema(out).metadata[b"nato_nlp"])
    assert len(facts["added_lexicon_sha256"]) == len(facts["corpus_sha256"]) == 64
    assert run("tag", source, "--lexicon", tmp_path / "none.tsv").status == 2
