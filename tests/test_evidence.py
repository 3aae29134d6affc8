"""Columns of a text with their spans, and evidence that adds up to the score."""

import re
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nato_nlp import InputError, Tagger
from nato_nlp.errors import NotFittedError
from nato_nlp.features.evidence import (
    CUES,
    KINDS,
    column_kinds,
    column_names,
    hit_cues,
    masked_text,
    text_columns,
)
from nato_nlp.features.news import NewsFeatures, cue_names
from nato_nlp.features.ngram_tfidf import NgramTfidf
from nato_nlp.features.phrases import SHAPES, default_phrases
from nato_nlp.models.evidence import evidence_of, explained, label_options, top_features

WORDS = """
    Peru Moscow's NATO Russian president Ukraine condemned agreed to meet talks troops deployed not refused said would but
    although accord must shelled summit called off broke walked away ready welcome demanded "they , . sanctions ; pipeline
    İzmir won't didn’t failed ( — – café naïve 300 U.S. South Korean's the a war on terror joint exercise
""".split()
NEWS = st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join)
TEXTS = st.one_of(NEWS, st.text(max_size=60), st.tuples(NEWS, st.text(max_size=10), NEWS).map("".join))
SENTENCE = "Moscow condemned the raid, but Peru said it was ready to resume talks with NATO on arms control."


def scanned(text):
    return next(default_phrases().scan([text]))[2]


def flat(kind, place):
    return getattr(CUES, kind) + int(np.ravel_multi_index(place, SHAPES[kind]))


@given(NEWS)
def test_cues_of_hits_are_those_that_the_kernel_counts(text):
    phrases, found = default_phrases(), scanned(text)
    rows = phrases.count(found)
    counted = dict(zip(rows.columns.tolist(), rows.values.tolist(), strict=True))
    of_hits = Counter(flat(kind, place) for (kind, place), _ in hit_cues(phrases.lexicon, found))
    for column in of_hits:
        if CUES.bigram <= column < CUES.none:
            of_hits[column] //= 2  # both of its hits
    rest = {column: n for column, n in counted.items() if CUES.none <= column}
    assert dict(of_hits) == {column: n for column, n in counted.items() if column < CUES.none}
    assert sum(n for column, n in rest.items() if column >= CUES.function) == found.said_stop[-1]


@given(NEWS)
def test_masked_text_is_what_n_grams_are_counted_in(tagger, text):
    masked, firsts, lasts = masked_text(text, scanned(text), default_phrases())
    assert masked == tagger.features_._read([text]).masked[0]
    assert len(firsts) == len(lasts) == len(masked)
    assert (np.diff(firsts) >= 0).all()
    assert (firsts < lasts).all()
    kept = [k for k in range(len(masked)) if lasts[k] == firsts[k] + 1]
    assert all(masked[k] == text[firsts[k]] for k in kept if masked[k] != "_")


@given(TEXTS)
def test_every_column_has_its_spans_or_comes_from_the_whole(tagger, text):
    features = tagger.features_
    found, row = text_columns(features, text), features.transform([text]).tocsr()
    assert np.array_equal(found.columns, row.indices)
    assert np.array_equal(found.values, row.data)
    assert (found.starts >= 0).all()
    assert (found.starts <= found.ends).all()
    assert (found.ends <= len(text)).all()
    sums = np.bincount(found.owners, found.shares, minlength=len(found.columns))
    alone = found.columns[sums == 0]
    assert ((alone >= CUES.none) & (alone < CUES.function)).all()
    assert np.allclose(sums[sums > 0], 1.0)


def test_spans_hold_what_the_columns_say(tagger):
    text = "Peru would not approve the pact; South Korea's minister said so."
    found = text_columns(tagger.features_, text)
    names = column_names(tagger.features_, found.columns)
    spans = {}
    for owner, start, end in zip(found.owners.tolist(), found.starts.tolist(), found.ends.tolist(), strict=True):
        spans.setdefault(names[owner], set()).add(text[start:end])
    assert spans["function word: 'would'"] == {"would"}
    assert spans["function word: 'said'"] == {"said"}
    assert spans["PER"] == {"Peru"}
    assert spans["KOR"] == {"South Korea"}
    assert spans["minister said"] == {"minister said"}
    assert spans["_state_ would"] == {"Peru would"}
    assert spans["negated act: verbal_cooperation"] == {"not approve", "not approve the pact"}
    assert "strong acts: 0" not in spans


def test_this_then_that_comes_from_both(tagger):
    text = "They agreed to meet, condemned it and condemned it."
    found = text_columns(tagger.features_, text)
    names = column_names(tagger.features_, found.columns)
    own = found.owners == names.index("verbal_cooperation, then verbal_dispute")
    pairs = zip(found.starts[own], found.ends[own], strict=True)
    assert [text[a:b] for a, b in pairs] == ["agreed to meet", "condemned"]


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("They were unlikely to condemn it.", "unlikely to condemn"),
        ("Not so. They condemned it.", "condemned"),
        ("Peru did not, it said condemn it.", "not, it said condemn"),
        ("They didn’t approve it.", "didn’t approve"),
    ],
)
def test_a_negated_act_begins_at_its_negation(tagger, text, span):
    found = text_columns(tagger.features_, text)
    roots = (found.columns >= CUES.first_root) & (found.columns < CUES.first_main)
    own = np.isin(found.owners, np.flatnonzero(roots))
    pairs = zip(found.starts[own], found.ends[own], strict=True)
    assert [text[a:b] for a, b in pairs if b > text.index(span)] == [span]


def test_names_and_kinds_agree_with_those_of_the_features(tagger):
    features = tagger.features_
    names = features.get_feature_names_out()
    kinds = [KINDS[kind] for kind in column_kinds(features, np.arange(len(names)))]
    assert kinds == [name.partition("__")[0] for name in names]
    assert len(set(column_names(features, np.arange(len(cue_names()))))) == len(cue_names())
    assert column_names(features, np.array([flat("strong", (4,)), flat("bigram", (0, 3))])) == [
        "strong acts: 4 or more",
        "verbal_cooperation, then material_dispute",
    ]


@pytest.mark.parametrize(
    "grams", [NgramTfidf(), NgramTfidf(char=None), NgramTfidf(word=None), NgramTfidf(word=None, char=(1, 2))]
)
@given(text=TEXTS)
def test_n_grams_alone_have_spans_too(grams, text):
    fitted = NgramTfidf(**grams.get_params(deep=False)).fit([SENTENCE, "Peru a__b met."])
    found = text_columns(fitted, text)
    assert np.array_equal(found.columns, fitted.transform([text]).tocsr().indices)
    assert np.allclose(np.bincount(found.owners, found.shares, minlength=len(found.columns)), 1.0)
    names = column_names(fitted, np.arange(fitted.columns_))
    assert [KINDS[kind] for kind in column_kinds(fitted, np.arange(fitted.columns_))] == [
        block.name for block in fitted.blocks_ for _ in range(block.size)
    ]
    assert names == [term for block in fitted.blocks_ for term in block.terms]


def raw(tagger, text):
    """Scores of a text by head, as tagging has them."""
    scores = tagger.heads_.scores(tagger.features_.transform_arrays([text]))[0]
    return scores if any(map(str.isalnum, text)) else tagger.heads_.intercept.astype(float)


def expected(tagger, text, label):
    heads, scores = tagger.heads_, raw(tagger, text)
    columns = label_options(heads)[label]
    own = max(scores[k] for k in columns)
    if columns[0] >= len(heads.quads):
        return own
    return own - max(scores[k] for k in range(len(heads.quads)) if k not in columns)


def check_sums(tagger, text, label, top):
    evidence = evidence_of(tagger, text, label, top)
    assert evidence.difference == pytest.approx(expected(tagger, text, label), abs=1e-9)
    pulls = [contribution.pull for contribution in evidence.contributions()]
    assert evidence.intercept + sum(pulls) == pytest.approx(evidence.difference, abs=1e-9)
    merged = sum(phrase.pull for phrase in evidence.phrases) + evidence.others + sum(evidence.whole.values())
    assert evidence.intercept + merged == pytest.approx(evidence.difference, abs=1e-9)
    assert all(sum(phrase.parts.values()) == pytest.approx(phrase.pull, abs=1e-9) for phrase in evidence.phrases)
    assert all(phrase.text == text[phrase.start : phrase.end] for phrase in evidence.phrases)
    assert top is None or len(evidence.phrases) <= top
    return evidence


@given(text=TEXTS, data=st.data(), top=st.sampled_from([None, 1, 10]))
def test_evidence_adds_up_to_the_score(tagger, text, data, top):
    label = data.draw(st.sampled_from(list(label_options(tagger.heads_))))
    check_sums(tagger, text, label, top)


@pytest.mark.parametrize("grams", [NgramTfidf(), NgramTfidf(char=None)])
def test_evidence_adds_up_for_n_grams_alone(small_corpus, grams):
    texts, quads, topics, groups = small_corpus
    tagger = Tagger(features=grams).fit(texts, quads, topics, groups)
    for label in label_options(tagger.heads_):
        for text in ("", "...", "Oslo condemned the joint naval base.", "Ωμέγα ΟΔΟΣ"):
            assert check_sums(tagger, text, label, None).whole == {}


def test_evidence_of_topics_alone(small_corpus):
    texts, _, topics, groups = small_corpus
    tagger = Tagger().fit(texts, topics=topics, groups=groups)
    assert list(label_options(tagger.heads_)) == ["law", "aid"] or list(label_options(tagger.heads_)) == ["aid", "law"]
    evidence = check_sums(tagger, "Kenya sent food aid to Somalia.", "aid", 3)
    assert (evidence.quad, evidence.against) == (None, None)
    shown = list(explained(tagger, tagger.tag_sentences(["Kenya sent food aid to Somalia.", "Nothing."])))
    assert [item.label for item in shown] == ["aid", "no topic"]
    assert shown[0].evidence.label == "aid"


def test_priors_and_temperature_play_no_part(tagger):
    calm = tagger.with_priors({"cooperation": 0.1, "dispute": 0.1, "neutral": 0.8})
    assert evidence_of(calm, SENTENCE, "dispute").difference == evidence_of(tagger, SENTENCE, "dispute").difference


def test_a_stance_is_its_strongest_quad_against_the_strongest_outside(tagger):
    scores = dict(zip(tagger.heads_.quads, raw(tagger, SENTENCE), strict=False))
    evidence = evidence_of(tagger, SENTENCE, "dispute")
    assert evidence.quad == max(("verbal_dispute", "material_dispute"), key=scores.__getitem__)
    outside = [quad for quad in scores if not quad.endswith("dispute")]
    assert evidence.against == max(outside, key=scores.__getitem__)
    quad = evidence_of(tagger, SENTENCE, "verbal_dispute")
    assert quad.against == max((q for q in scores if q != "verbal_dispute"), key=scores.__getitem__)


def test_phrases_are_readable(tagger):
    evidence = evidence_of(tagger, SENTENCE, "cooperation")
    pulls = [abs(phrase.pull) for phrase in evidence.phrases]
    assert pulls == sorted(pulls, reverse=True)
    assert evidence.phrases[0].text == "ready to resume talks with"
    assert min(evidence.phrases, key=lambda phrase: phrase.pull).text == "condemned"
    assert all(re.fullmatch(r"\w.*\w", phrase.text, re.DOTALL) for phrase in evidence.phrases)


def test_contributions_are_sorted_and_named(tagger):
    evidence = evidence_of(tagger, SENTENCE, "arms_control")
    first = evidence.contributions(top=1)[0]
    assert (first.name, first.kind) == ("arms_control", "topic")
    assert [SENTENCE[a:b] for a, b in first.spans] == ["arms control"]
    pulls = [abs(contribution.pull) for contribution in evidence.contributions()]
    assert pulls == sorted(pulls, reverse=True)
    assert min(pulls) > 0


def test_wrong_questions_are_refused(tagger):
    with pytest.raises(
        InputError, match=r"^label 'cooperatoin' is not there; did you mean 'cooperation'\? There are: coop"
    ):
        evidence_of(tagger, SENTENCE, "cooperatoin")
    with pytest.raises(InputError, match=r"^label must be one of 'cooperation', 'dispute', .*, got None$"):
        evidence_of(tagger, SENTENCE, None)
    with pytest.raises(InputError, match=r"^text must be str, got 3$"):
        evidence_of(tagger, 3, "dispute")
    for top in (0, True, 1.5):
        with pytest.raises(InputError, match=rf"^top must be a whole number from 1 on, or None, got {top}$"):
            evidence_of(tagger, SENTENCE, "dispute", top)
        with pytest.raises(InputError, match=rf"^top must be a whole number from 1 on, got {top}$"):
            top_features(tagger, "dispute", top)
    with pytest.raises(InputError, match=r"^kind must be one of 'cue', 'word', 'char', 'actor', 'topic', got 'gram'$"):
        top_features(tagger, "dispute", kind="gram")
    with pytest.raises(NotFittedError):
        evidence_of(Tagger(), SENTENCE, "dispute")
    with pytest.raises(NotFittedError):
        top_features(Tagger(), "dispute")


def test_a_stance_with_nothing_outside_can_not_be_explained(small_corpus):
    texts, quads, _, groups = small_corpus
    rows = [k for k, quad in enumerate(quads) if quad.endswith("dispute")]
    tagger = Tagger().fit([texts[k] for k in rows], [quads[k] for k in rows], groups=[groups[k] for k in rows])
    assert list(label_options(tagger.heads_)) == ["verbal_dispute", "material_dispute"]
    shown = next(explained(tagger, tagger.tag_sentences(["Lima accused Quito of lies."])))
    assert (shown.label, shown.evidence) == ("dispute", None)


def test_top_features_are_the_largest_weights(tagger):
    found = top_features(tagger, "energy", 5)
    assert [feature.name for feature in found[:2]] == ["energy", "energy (weak)"]
    assert [f.weight for f in found] == sorted((f.weight for f in found), reverse=True)
    away = top_features(tagger, "energy", 5, away=True)
    assert max(feature.weight for feature in away) < 0
    weights = tagger.heads_.weights[:, len(tagger.heads_.quads) + tagger.heads_.topics.index("energy")]
    assert away[0].weight == pytest.approx(weights.min())
    words = top_features(tagger, "dispute", 200, kind="word")
    assert {feature.kind for feature in words} == {"word"}
    assert "that" in {feature.name for feature in words}


def test_top_features_of_a_quad_count_against_the_other_quads(tagger):
    first = top_features(tagger, "neutral", 1)[0]
    weights = tagger.heads_.weights[:, : len(tagger.heads_.quads)].astype(float)
    k = tagger.heads_.quads.index("neutral")
    others = np.delete(weights, k, axis=1).mean(axis=1)
    assert first.weight == pytest.approx((weights[:, k] - others).max())


def test_explained_sentences(tagger):
    tags = tagger.tag("Peru condemned the raid on the pipeline.\n\n© 2001 Wire")
    shown = list(explained(tagger, tags))
    assert [item.label for item in shown] == ["dispute", "boilerplate"]
    assert shown[0].details == ("verbal_dispute", *tags[0].topics)
    assert shown[0].proba == tags[0].stance_proba["dispute"]
    assert shown[0].evidence.label == "dispute"
    assert shown[1].evidence is None
    undecided = next(explained(tagger, [replace(tags[0], stance=None, quad=None)]))
    assert undecided.label == "open, perhaps dispute"
    assert undecided.evidence.label == "dispute"


def test_features_without_lexicon_entries_are_explained(small_corpus):
    texts, quads, topics, groups = small_corpus
    tagger = Tagger(features=NewsFeatures(ngrams=NgramTfidf(char=None))).fit(texts, quads, topics, groups)
    assert check_sums(tagger, "Oslo condemned the joint naval base.", "dispute", 2).others != 0
