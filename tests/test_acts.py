"""Acts between actors: probabilities, what is listed, training, pairs that a user names, and model files."""

import json
import re
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from nato_nlp import InputError, ModelFileError, Tagger, load_codebook, load_tagger
from nato_nlp._kernels.pair_layout import SCORES, SLOTS, PairRows
from nato_nlp.datasets.seeds import Act as CodedAct
from nato_nlp.datasets.seeds import load_seeds
from nato_nlp.features.mentions import Mention
from nato_nlp.features.ngram_tfidf import NgramTfidf
from nato_nlp.models.act_training import HeldOutActs, feature_matrix, fit_pairs, told_acts
from nato_nlp.models.acts import ActHead, candidate_rows, list_acts, no_acts, shapes, softmax_by_row
from nato_nlp.models.model_file import KEY, read_model
from nato_nlp.models.seed_model import seed_acts

QUADS = load_codebook().quads
STATES = ("Peru", "Chile", "Mali", "Kenya", "India", "Brazil")
CODES = dict(zip(STATES, ("PER", "CHL", "MLI", "KEN", "IND", "BRA"), strict=True))
DONE = {"accused": "verbal_dispute", "thanked": "verbal_cooperation", "bombed": "material_dispute"}


def story(day):
    """Three acts and a sentence without one, each day by other states."""
    first, second, third = (STATES[(day + k) % len(STATES)] for k in range(3))
    rows = [
        (f"{one} {done} {other} on day {day}.", quad, [(CODES[one], CODES[other], quad)])
        for (done, quad), one, other in zip(DONE.items(), (first, second, third), (second, third, first), strict=True)
    ]
    return [*rows, (f"{first} and {third} have nine rivers on day {day}.", "neutral", [])]


@pytest.fixture(scope="module")
def corpus():
    rows = [(*row, day) for day in range(18) for row in story(day)]
    return tuple(list(column) for column in zip(*rows, strict=True))


@pytest.fixture(scope="module")
def small(corpus):
    texts, quads, acts, days = corpus
    return Tagger().fit(texts, quads, groups=days, acts=acts)


def pair_rows(*sizes, scores=None):
    """Candidates of rows of so many actors, with the scores given."""
    source, target, stop = [], [], []
    for actors in sizes:
        slots = range(actors)
        sides = [(a, -1) for a in slots] + [(-1, a) for a in slots] + [(a, b) for a in slots for b in slots if a != b]
        source += [a for a, _ in sides]
        target += [b for _, b in sides]
        stop.append(len(source))
    listed = np.full((len(sizes), SLOTS), -1, np.int32)
    for row, actors in enumerate(sizes):
        listed[row, :actors] = range(actors)
    values = np.zeros((len(source), SCORES))
    if scores is not None:
        values[:, 0] = scores
    none = np.zeros(0, np.uint64)
    columns = np.array(source, np.int8), np.array(target, np.int8)
    return PairRows(listed, *columns, values, np.array(stop), none, np.zeros(len(source), np.int64))


def head(**changes):
    quads = len(QUADS)
    fields = {
        "keys": np.zeros(0, np.uint64),
        "weights": np.zeros((0, SCORES), np.float32),
        "neutral": np.zeros(3, np.float32),
        "carried": np.eye(quads, dtype=np.float32),
        "bias": np.zeros(quads, np.float32),
        "temperature": 1.0,
        "quad_temperature": 1.0,
        "threshold": 0.2,
    }
    return ActHead(**(fields | changes))


SHIPPED = cache(load_tagger)
EVEN = np.full((1, 5), 0.2)


@given(st.lists(st.lists(st.floats(-800, 800), max_size=6), max_size=5))
def test_probabilities_of_a_sentence_and_of_no_act_sum_to_one(rows):
    scores = np.array([score for row in rows for score in row], float)
    stop = np.cumsum([len(row) for row in rows], dtype=np.int64)
    found = softmax_by_row(scores, stop)
    first = 0
    for row, end in zip(rows, stop.tolist(), strict=True):
        top = max([0.0, *row])
        powers = np.exp(np.array([0.0, *row]) - top)
        np.testing.assert_allclose(found[first:end], (powers / powers.sum())[1:], atol=1e-12)
        first = end


def test_shapes_and_rows_of_candidates():
    pairs = pair_rows(1, 0, 2)
    assert candidate_rows(pairs).tolist() == [0, 0, 2, 2, 2, 2, 2, 2]
    assert shapes(pairs).tolist() == [0, 1, 0, 0, 1, 1, 2, 2]


def test_acts_are_listed_by_falling_probability_above_the_threshold():
    scores = [0, 0, 0, 0, 2.0, 1.5]
    acts = list_acts(head(), pair_rows(2, scores=scores), EVEN, ("AAA", "BBB"), np.zeros(1, bool)).of(0)
    assert [(act.source, act.target) for act in acts] == [("AAA", "BBB"), ("BBB", "AAA")]
    powers = np.exp(scores)
    assert [act.proba for act in acts] == pytest.approx(
        [powers[4] / (1 + powers.sum()), powers[5] / (1 + powers.sum())]
    )
    assert (
        list_acts(head(threshold=0.9), pair_rows(2, scores=scores), EVEN, ("AAA", "BBB"), np.zeros(1, bool)).of(0) == ()
    )


def test_equal_probabilities_go_in_the_order_of_the_candidates():
    acts = list_acts(head(threshold=0.0), pair_rows(2), EVEN, ("AAA", "BBB"), np.zeros(1, bool)).of(0)
    assert [(a.source, a.target) for a in acts] == [
        *(("AAA", ""), ("BBB", ""), ("", "AAA"), ("", "BBB")),
        *(("AAA", "BBB"), ("BBB", "AAA")),
    ]


def test_a_silent_sentence_has_no_act():
    acts = list_acts(head(threshold=0.0), pair_rows(1, 1), np.vstack([EVEN, EVEN]), ("AAA",), np.array([True, False]))
    assert (acts.of(0), len(acts.of(1))) == ((), 2)


def test_a_neutral_sentence_lowers_the_probability_by_the_learned_weight():
    neutral = np.eye(5)[[QUADS.index("neutral")]]
    low = head(neutral=np.full(3, -2.0, np.float32))
    assert low.pair_proba(pair_rows(1), neutral).max() < low.pair_proba(pair_rows(1), EVEN).max()


def test_the_quad_of_an_act_follows_that_of_its_sentence_and_its_own_scores():
    sentence = np.array([[0.0, 0.1, 0.2, 0.7, 0.0]])
    (act, *_) = list_acts(head(threshold=0.0), pair_rows(1), sentence, ("AAA",), np.zeros(1, bool)).of(0)
    assert (act.quad, act.stance) == ("material_dispute", "dispute")
    assert act.quad_proba["material_dispute"] == pytest.approx(0.7, abs=1e-4)
    assert act.stance_proba["dispute"] == pytest.approx(0.9, abs=1e-4)
    pairs = pair_rows(1)
    pairs.scores[:, 1] = 20.0
    assert list_acts(head(threshold=0.0), pairs, sentence, ("AAA",), np.zeros(1, bool)).of(0)[0].stance == "cooperation"


def test_a_tagger_without_acts_lists_none():
    assert [no_acts(2).of(k) for k in range(2)] == [(), ()]


def test_what_a_sentence_tells_of_its_acts():
    """A side that is not named is empty; an act of which no side is named, or both are one slot, is not told."""
    acts = [CodedAct(*act, "neutral") for act in (("A", "B"), ("A", "X"), ("X", "B"), ("X", "Y"), ("A", ""))]
    told = list(told_acts(acts, np.array([5, 7, -1]), {"A": 5, "B": 7, "X": 9}))
    assert told == [(0, 1, "neutral"), (0, -1, "neutral"), (-1, 1, "neutral"), (0, -1, "neutral")]


def test_fitted_pairs_prefer_the_candidates_that_act():
    from scipy.sparse import csr_matrix

    X = csr_matrix(np.tile([[1.0, 0.0], [0.0, 1.0]], (40, 1)))
    weights = fit_pairs(X, np.tile([1.0, 0.0], 40), np.full(40, 2))
    assert weights[0] > 0 > weights[1]


def test_features_of_few_candidates_are_left_out(small):
    X, keys = feature_matrix(small.held_out_acts_.examples.pairs)
    assert X.shape == (len(small.held_out_acts_.scores), len(keys))
    assert (np.bincount(X.indices, minlength=len(keys)) >= 8).all()
    assert (np.diff(keys.astype(np.float64)) >= 0).all()


def test_a_small_corpus_teaches_who_acts(small):
    found = {}
    for done, quad in DONE.items():
        (act, *_) = small.tag(f"Turkey {done} Norway on Monday.")[0].dyads
        found[done] = (act.source, act.target, act.quad) == ("TUR", "NOR", quad)
    assert found == dict.fromkeys(DONE, True)
    assert small.tag("Turkey and Norway have nine rivers.")[0].dyads == ()


def test_training_does_not_depend_on_the_order_of_stories(small, corpus):
    order = np.random.default_rng(0).permutation(len(corpus[0]))
    texts, quads, acts, days = ([column[k] for k in order] for column in corpus)
    other = Tagger().fit(texts, quads, groups=days, acts=acts)
    sentence = ["Turkey accused Norway on Monday."]
    one, two = small.tag_sentences(sentence)[0].dyads[0], other.tag_sentences(sentence)[0].dyads[0]
    assert (one.source, one.target, one.stance) == (two.source, two.target, two.stance)


def test_calibration_of_a_fold_uses_the_other_folds(small):
    """Scores of one fold that are turned around change nothing in what is fitted for it."""
    held_out = small.held_out_acts_
    fold = held_out.examples.fold == 0
    inside = fold[candidate_rows(held_out.examples.pairs)]
    turned = HeldOutActs(np.where(inside[:, None], -held_out.scores, held_out.scores), held_out.examples)
    assert turned.calibration(~fold) == held_out.calibration(~fold)
    assert turned.calibration(fold) != held_out.calibration(fold)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Russia accused NATO of lies.", ("RUS", "NATO", "dispute")),
        ("NATO accused Russia of lies.", ("NATO", "RUS", "dispute")),
        ("Iran was condemned by France on Monday.", ("FRA", "IRN", "dispute")),
        ("France condemned Iran on Monday.", ("FRA", "IRN", "dispute")),
        ("PARIS (AP) - Peru thanked Chile for its help.", ("PER", "CHL", "cooperation")),
        ("Japan said China's plans were unacceptable.", ("JPN", "CHN", "dispute")),
    ],
)
def test_the_shipped_model_tells_who_acts(tagger, text, expected):
    act = tagger.tag(text)[0].dyads[0]
    assert (act.source, act.target, act.stance) == expected


def test_actors_of_a_sentence(tagger):
    text = "US-led forces met the NATO-Russia Council, the Kremlin said in Peru's capital."
    (sentence,) = tagger.tag(text)
    assert all(text[a.start : a.end] == a.text for a in sentence.actors)
    assert sentence.actors[0] == Mention(0, 2, "US", "USA", "state")
    assert {a.code for a in sentence.actors} >= {"USA", "NATO", "RUS", "PER"}
    assert tagger.tag("It rained.")[0].actors == ()


def test_spans_count_within_the_sentence(tagger):
    last = tagger.tag("It rained all day in the hills. Peru thanked Chile.")[-1]
    assert [last.text[a.start : a.end] for a in last.actors] == ["Peru", "Chile"]


def test_a_sentence_without_actors_has_no_dyad(tagger):
    assert tagger.tag_sentences(["", " ", "They accused them of lies.", "?"])[2].dyads == ()


def test_site_furniture_has_no_dyad(tagger):
    furniture = [
        s for s in tagger.tag("Follow Russia and NATO news on Twitter\n\nPeru thanked Chile.") if s.boilerplate
    ]
    assert all(sentence.dyads == () for sentence in furniture)


def test_thousands_of_actors_in_one_line(tagger):
    (sentence,) = tagger.tag_sentences(["Peru accused Chile and Mali, Kenya attacked India by " * 1000])
    assert len(sentence.actors) == 5000
    assert len(sentence.dyads) <= 30


@given(st.lists(st.sampled_from(["Peru accused Chile.", "", "Mali and Kenya met.", "Nothing.", "LIMA - Brazil left."])))
def test_a_sentence_has_the_same_acts_beside_any_others(texts):
    tagger = SHIPPED()
    for text, sentence in zip(texts, tagger.tag_sentences(texts), strict=True):
        alone = tagger.tag_sentences([text])[0]
        assert (sentence.actors, len(sentence.dyads)) == (alone.actors, len(alone.dyads))
        for one, other in zip(sentence.dyads, alone.dyads, strict=True):
            assert one.proba == pytest.approx(other.proba, abs=1e-9)


def test_pairs_that_a_user_names_are_listed_however_unlikely(tagger):
    tags = tagger.tag("Peru thanked Chile. Mali left. Chile met Mali.", pairs=[("CHL", "PER"), ("CHL", "MLI")])
    assert [[(a.source, a.target) for a in s.dyads] for s in tags] == [[("CHL", "PER")], [], [("CHL", "MLI")]]
    free = {(a.source, a.target): a.proba for a in tagger.tag("Chile met Mali.")[0].dyads}
    assert tags[2].dyads[0].proba == pytest.approx(free["CHL", "MLI"])
    assert [s.dyads for s in tagger.tag_sentences(["Peru thanked Chile."], pairs=[])] == [()]


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ([("RUS", "NAT0")], "pairs[0] must be codes of the gazetteer (near: NATO, NAFTA, VAT), got 'NAT0'"),
        ([("RUS", "NATO"), ("RUS", "@@@@@")], "pairs[1] must be codes of the gazetteer, got '@@@@@'"),
        (["RUS"], "pairs[0] must be two different codes of actors, source and target, got 'RUS'"),
        ([("RUS", "RUS")], "pairs[0] must be two different codes of actors, source and target, got ('RUS', 'RUS')"),
        ([("RUS",)], "pairs[0] must be two different codes of actors, source and target, got ('RUS',)"),
        ([7], "pairs[0] must be two different codes of actors, source and target, got 7"),
    ],
)
def test_wrong_pairs(tagger, pairs, message):
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        tagger.tag("Peru thanked Chile.", pairs=pairs)


@pytest.fixture(scope="module")
def without(corpus):
    return Tagger().fit(corpus[0], corpus[1], groups=corpus[3])


def test_a_model_trained_without_acts_says_so(without):
    (sentence,) = without.tag("Peru thanked Chile.")
    assert ([a.code for a in sentence.actors], sentence.dyads) == (["PER", "CHL"], ())
    message = "pairs must be given to a tagger that was trained with acts, got one without"
    with pytest.raises(InputError, match=f"^{message}$"):
        without.tag("Peru thanked Chile.", pairs=[("PER", "CHL")])


def test_a_tagger_of_n_grams_alone_names_no_actor(corpus):
    tagger = Tagger(features=NgramTfidf()).fit(corpus[0], corpus[1], groups=corpus[3])
    (sentence,) = tagger.tag("Peru thanked Chile.")
    assert (sentence.actors, sentence.dyads) == ((), ())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"acts": [[]]}, "acts must be as long as texts (72), got 1"),
        ({"acts": [["AB"]] + [[]] * 71}, "acts[0][0] must be three str: source, target, quad, got 'AB'"),
        (
            {"acts": [[("A", "B", "love")]] + [[]] * 71},
            f"acts[0][0], quad must be one of {', '.join(map(repr, QUADS))}, got 'love'",
        ),
        (
            {"acts": [[("", "", "neutral")]] + [[]] * 71},
            "acts[0][0] must be an act with a source or a target, got ('', '', 'neutral')",
        ),
        (
            {"features": NgramTfidf()},
            "features must be NewsFeatures for acts: n-grams alone have no gazetteer, got 'NgramTfidf'",
        ),
    ],
)
def test_wrong_acts(corpus, change, message):
    features = change.pop("features", None)
    options = {"acts": corpus[2]} | change
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        Tagger(features=features).fit(corpus[0], corpus[1], groups=corpus[3], **options)


def test_acts_need_held_out_quads(corpus):
    message = "acts must come with quads and at least two groups: they learn from held-out quads"
    with (
        pytest.raises(InputError, match=f"^{message}$"),
        pytest.warns(UserWarning, match="fewer than two groups"),
    ):
        Tagger().fit(corpus[0], corpus[1], groups=["one"] * 72, acts=corpus[2])


def test_a_model_file_keeps_the_acts(small, tmp_path):
    path = tmp_path / "acts.safetensors"
    small.save(path)
    again = load_tagger(path)
    text = "Turkey accused Norway on Monday."
    one, two = small.tag(text)[0].dyads, again.tag(text)[0].dyads
    assert [(a.source, a.target, a.quad) for a in one] == [(a.source, a.target, a.quad) for a in two]
    assert [a.proba for a in one] == pytest.approx([a.proba for a in two], abs=1e-6)
    assert again.held_out_acts_ is None
    again.save(tmp_path / "again.safetensors")
    assert (tmp_path / "again.safetensors").read_bytes() == path.read_bytes()


def test_a_model_file_without_acts_keeps_none(without, tmp_path):
    without.save(tmp_path / "none.safetensors")
    assert load_tagger(tmp_path / "none.safetensors").acts_ is None


DAMAGE = {
    "keys": (lambda a: a.astype(np.float32), "acts.keys must hold odd numbers of type uint64"),
    "even keys": (lambda a: a & ~np.uint64(1), "acts.keys must hold odd numbers of type uint64"),
    "twice": (lambda a: np.full_like(a, a[0]), "keys of pairs must be distinct"),
    "weights": (lambda a: a[1:], "acts.weights must hold floats of shape"),
    "neutral": (lambda a: a * np.float32("nan"), "acts.neutral must hold finite numbers"),
    "carried": (lambda a: a[:4], "acts.carried must hold floats of shape (5, 5)"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damaged_acts_are_refused(small, tmp_path, name):
    path = tmp_path / "acts.safetensors"
    small.save(path)
    with safe_open(path, framework="numpy") as tensors:
        metadata = tensors.metadata()
    arrays = load_file(path)
    damage, message = DAMAGE[name]
    array = f"acts.{name if name in ('weights', 'neutral', 'carried') else 'keys'}"
    arrays[array] = np.ascontiguousarray(damage(arrays[array]))
    save_file(arrays, path, metadata)
    with pytest.raises(ModelFileError, match=re.escape(message)):
        read_model(path)


@pytest.mark.parametrize(("number", "value"), [("temperature", 0), ("threshold", "high"), ("quad_temperature", None)])
def test_damaged_numbers_of_acts_are_refused(small, tmp_path, number, value):
    path = tmp_path / "acts.safetensors"
    small.save(path)
    with safe_open(path, framework="numpy") as tensors:
        header = json.loads(tensors.metadata()[KEY])
    header["acts"][number] = value
    save_file(load_file(path), path, {KEY: json.dumps(header)})
    with pytest.raises(ModelFileError, match=f"acts.{number} must be a number from"):
        read_model(path)


def test_an_older_format_is_refused(small, tmp_path):
    path = tmp_path / "old.safetensors"
    small.save(path)
    with safe_open(path, framework="numpy") as tensors:
        header = json.loads(tensors.metadata()[KEY])
    save_file(load_file(path), path, {KEY: json.dumps(header | {"format_version": 1})})
    with pytest.raises(ModelFileError, match=f"^{path} must be of format version 3, got 1: train the model again$"):
        read_model(path)


def test_rows_and_arrow_hold_actors_and_dyads(tagger):
    tags = tagger.tag("Peru thanked Chile. It rained.")
    first, second = tags.rows()
    assert [sorted(actor) for actor in first["actors"]] == [["code", "end", "kind", "start", "text"]] * 2
    act = first["dyads"][0]
    assert list(act) == ["source", "target", "stance", "quad", "stance_proba", "proba"]
    assert (act["source"], act["target"], second["actors"], second["dyads"]) == ("PER", "CHL", [], [])
    assert tags.to_arrow().to_pylist() == [first, second]
    assert tagger.tag("").to_arrow().schema == tags.to_arrow().schema


def test_acts_of_the_seed_corpus_are_found_by_id():
    seeds = load_seeds()
    some = seeds.select([0, 2])
    assert seed_acts(some) == [(CodedAct("RUS", "NATO", "material_dispute"),), ()]
    assert seed_acts(replace(some, ids=["none of them", some.ids[1]])) is None
    assert seed_acts(replace(some, ids=None)) is None
