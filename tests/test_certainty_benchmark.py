"""The benchmark of certainty: its figures on made-up sentences, its languages, and how it shows what it found."""

import json

import numpy as np
import pytest

from benchmarks import certainty as benchmark
from benchmarks.certainty import Row, Scored, calibration, sets, share_out, silence
from nato_nlp.datasets import load_seeds
from nato_nlp.evaluation.intervals import Estimate
from nato_nlp.models.certainty import certainty_of

QUADS = ("verbal_cooperation", "material_cooperation", "verbal_dispute", "material_dispute", "neutral")
STANCES = ("cooperation", "cooperation", "dispute", "dispute", "neutral")


@pytest.fixture
def scored():
    """Two parts of 200 sentences each in stories of four, which a model that says nothing wrong about itself has scored."""
    rng = np.random.default_rng(0)
    proba = rng.dirichlet(np.full(5, 0.4), 400)
    gold = np.asarray([rng.choice(5, p=row) for row in proba])
    part = np.repeat([0, 1], 200)
    stories = [str(k // 4) for k in range(400)]
    certainties = [
        certainty_of(proba[part != k], gold[part != k], [s for s, p in zip(stories, part, strict=True) if p != k])
        for k in (0, 1)
    ]
    return Scored(benchmark.SEEDS, [STANCES[k] for k in gold], gold, proba, stories, certainties, part)


def test_silence_reaches_about_what_is_asked(scored):
    rows = {row.figure: row.value for row in silence(scored)}
    assert list(rows) == [
        "never silent: share of answers that are wrong",
        "with_coverage(0.9): share answered",
        "with_coverage(0.9): share of answers that are wrong",
        "with_error(0.05): share answered",
        "with_error(0.05): share of answers that are wrong",
    ]
    assert rows["with_coverage(0.9): share answered"].value == pytest.approx(0.9, abs=0.05)
    assert rows["never silent: share of answers that are wrong"].value == pytest.approx(1 - scored.right.mean())
    assert rows["with_error(0.05): share of answers that are wrong"].low < 0.05
    assert rows["with_error(0.05): share answered"].count == 400


def test_label_sets_hold_the_true_label_as_often_as_asked(scored):
    rows = {row.figure: row for row in sets(scored)}
    for level in ("stance", "quad"):
        for error in benchmark.SET_ERRORS:
            row = rows[f"label sets of {level}, error {error}: hold the true label"]
            assert row.met
            assert row.value.value == pytest.approx(1 - error, abs=0.05)
            assert row.value.groups == 100
            assert rows[f"label sets of {level}, error {error}: labels a set"].value.value >= 1.0


def test_calibration_of_three_stances_and_of_two(scored):
    row, points = calibration(scored, bound=0.1)
    assert (row.figure, row.asked, row.met) == ("calibration error, stance", "<= 0.10", True)
    assert sum(points["count"]) == 400
    kept = [k for k, stance in enumerate(scored.gold) if stance != "neutral"]
    without = Scored(
        "acts",
        [scored.gold[k] for k in kept],
        None,
        scored.quad_proba[kept],
        [scored.groups[k] for k in kept],
        scored.certainties[:1],
        np.zeros(len(kept), int),
    )
    row, points = calibration(without, priors=without.quad_proba, bound=0.0)
    assert (row.figure, row.met) == ("calibration error, cooperation or dispute, with its priors", False)
    assert sum(points["count"]) == len(kept)
    assert benchmark.shares(without)["neutral"] == 0.0
    assert not [row for row in sets(without) if "quad" in row.figure]


def test_the_rows_of_the_seed_corpus_are_judged_by_other_folds(small_corpus):
    from nato_nlp import Tagger
    from nato_nlp.datasets import Dataset

    texts, quads, topics, groups = small_corpus
    data = Dataset("small", texts, {"quad": quads}, groups=list(map(str, groups)))
    tagger = Tagger().fit(texts, quads, topics, groups)
    found = benchmark.seed_rows_scored(tagger, data)
    assert len(found.certainties) == 5
    assert [QUADS[k] for k in found.gold_quads] == quads
    first = found.part == 0
    own = certainty_of(
        found.quad_proba[~first],
        found.gold_quads[~first],
        [g for g, f in zip(found.groups, first, strict=True) if not f],
    )
    np.testing.assert_array_equal(found.certainties[0].curve.threshold, own.curve.threshold)
    tagger.held_out_ = None
    with pytest.raises(ValueError, match="^the tagger must have been trained on the seed corpus here$"):
        benchmark.seed_rows_scored(tagger, data)


def test_shares_out_of_scope_have_intervals_even_where_all_agree():
    row = share_out("out", "some", np.ones(30, bool))
    assert (row.value.value, row.value.low, row.value.count) == (0.0, 0.0, 30)
    assert 0.1 < row.value.high < 0.12


def test_every_paragraph_of_another_language_is_out_of_scope(tagger):
    found = benchmark.languages()
    assert sorted(found) == ["ar", "de", "es", "fr", "it", "nl", "pt", "ru", "tr", "uk", "zh"]
    for language, texts in found.items():
        inside, known = benchmark.documents_inside(tagger, texts)
        assert len(texts) == 3
        assert not inside.any(), language
        assert (known < 0.5).all()


def test_scrambling_keeps_letters_or_words():
    text = "Envoys met in Bern. They agreed."
    (letters,), (words,) = (benchmark.scrambled([text], letters=flag) for flag in (True, False))
    assert [sorted(word) for word in letters.split()] == [sorted(word) for word in text.split()]
    assert sorted(words.split()) == sorted(text.split())
    assert letters != text != words


def test_scope_tells_what_is_known(tagger):
    seeds = load_seeds()
    rows = list(benchmark.scope(tagger, [seeds.select(range(40))], list(seeds.texts[:5])))
    assert [row.data for row, _ in rows][:5] == [
        "seeds",
        "seeds",
        *(
            f"insightcrime, {how}"
            for how in ("as they are", "letters of each word in random order", "words in random order")
        ),
    ]
    assert rows[0][0].value.value == 0.0
    assert rows[0][1] > 0.8
    assert "| paragraphs out of scope | zh | 1.000 | 0.439 to 1.000 | 3 | 0.00 |" in benchmark.scope_table(rows)


def test_what_is_shown_and_recorded():
    row = Row("share", "seeds", Estimate(0.5, float("nan"), float("nan"), 1234, 1), ">= 0.90", False)
    assert row.line() == "| share | seeds | >= 0.90 | 0.500 | none | 1,234 | 1 | missed |"
    assert benchmark.table([row]).endswith(row.line() + "\n")
    plain = benchmark._plain({"a": [float("nan"), 1 / 3, np.bool_(True), (1, "x")]})
    assert json.dumps(plain) == '{"a": [null, 0.333333, true, [1, "x"]]}'
