"""Silence and label sets of a tagger: in memory, in model files, in every output, on the command line."""

import csv
import io
import json
import pickle
import re
from pathlib import Path

import numpy as np
import pytest
from helpers import run
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.mutations import Parts, with_inner, with_tensors
from nato_nlp import InputError, ModelFileError, Tagger, load_tagger
from nato_nlp.evaluation.probe import Pair, run_probe
from nato_nlp.models.abstention import RiskCurve
from nato_nlp.models.certainty import Certainty, certainty_of, held_out_quads, known_certainty, measure_certainty
from nato_nlp.models.conformal import ERRORS
from nato_nlp.models.decision import decide, stance_of_quad, stance_probabilities
from nato_nlp.models.model_file import read_model
from nato_nlp.scale.batch import tag_batch
from nato_nlp.scale.sinks import CsvSink, JsonLinesSink, ParquetSink, TableSink
from nato_nlp.scale.summary import summarize

TEXT = "Envoys of Peru and Chile agreed to talks. They did. Troops shelled the border town."
NONE = "the tagger must have been trained with quads and at least two groups to know how sure it is"
probabilities = st.lists(st.integers(0, 20), min_size=5, max_size=5).filter(any)


def shares(rows):
    values = np.asarray(rows, np.float64)
    return values / values.sum(axis=1, keepdims=True)


@pytest.fixture(scope="module")
def small(small_corpus):
    texts, quads, topics, groups = small_corpus
    return Tagger().fit(texts, quads, topics, groups)


@pytest.fixture(scope="module")
def half(small):
    """A tagger that is silent below a threshold that lies among the probabilities of `TEXT`."""
    proba = np.sort(small.tag(TEXT).stance_proba.max(axis=1))
    tagger = small.with_coverage(1.0)
    tagger.certainty_ = Certainty(
        small.certainty_.curve,
        small.certainty_.stance_quantiles,
        small.certainty_.quad_quantiles,
        float(proba[:2].mean()),
    )
    return tagger


@given(st.lists(st.tuples(probabilities, st.integers(0, 4), st.sampled_from("abcdef")), min_size=1, max_size=30))
def test_certainty_tells_what_the_rows_show(rows):
    proba, quad = shares([row[0] for row in rows]), np.asarray([row[1] for row in rows])
    found = certainty_of(proba, quad, [row[2] for row in rows])
    stance = stance_probabilities(proba)
    right = stance.argmax(axis=1) == stance_of_quad()[quad]
    for threshold, coverage, error in zip(found.curve.threshold, found.curve.coverage, found.curve.error, strict=True):
        answered = stance.max(axis=1) >= threshold
        assert coverage == pytest.approx(answered.mean())
        assert error == pytest.approx(1 - right[answered].mean())
    assert found.stance_quantiles[-1] <= found.quad_quantiles[-1] or found.stance_quantiles[-1] == np.inf
    assert found.silent_below == 0.0


@given(st.lists(st.tuples(probabilities, probabilities), min_size=1, max_size=10), st.floats(0.01, 0.99))
def test_label_sets_hold_the_answer_and_shrink_as_more_error_is_allowed(rows, error):
    assumed, answered = shares([a for a, _ in rows]), shares([b for _, b in rows])
    quantiles = np.linspace(1, 0, len(ERRORS))
    certainty = Certainty(RiskCurve(*np.zeros((3, 1))), quantiles, quantiles)
    quads = ("verbal_cooperation", "material_cooperation", "verbal_dispute", "material_dispute", "neutral")
    for level, names, chosen in (
        ("stance", ("cooperation", "dispute", "neutral"), decide(answered)[0]),
        ("quad", quads, decide(answered)[1]),
    ):
        sets = certainty.label_sets(assumed, answered, error, level)
        assert all(names[k] in inside for k, inside in zip(chosen, sets, strict=True))
        assert all(list(inside) == [name for name in names if name in inside] for inside in sets)
        smaller = certainty.label_sets(assumed, answered, min(0.999, error + 0.1), level)
        assert all(set(few) <= set(many) for few, many in zip(smaller, sets, strict=True))
        assert certainty.label_sets(assumed, answered, 0.01, level) == [names] * len(rows)


def test_fit_measures_rows_of_the_quad_head_that_are_no_furniture(small_corpus):
    texts, quads, topics, groups = small_corpus
    furniture = ["© 2011 Example Wire Service. All rights reserved."] * 3
    marked = [False] * len(texts) + [False, True, True]
    tagger = Tagger().fit(
        texts + furniture,
        quads + ["neutral"] * 3,
        topics + [[]] * 3,
        [*groups, 0, 1, 2],
        boilerplate=marked,
    )
    proba, true = held_out_quads(tagger.held_out_)
    rows = slice(0, len(texts))
    expected = certainty_of(proba[rows], true[rows], list(map(str, groups)))
    assert true[len(texts) + 1 :].tolist() == [-1, -1]
    np.testing.assert_array_equal(tagger.certainty_.curve.threshold, expected.curve.threshold)
    np.testing.assert_array_equal(tagger.certainty_.quad_quantiles, expected.quad_quantiles)


@pytest.mark.filterwarnings("ignore:fewer than two groups")
def test_a_tagger_without_held_out_stories_says_so(small_corpus):
    texts, quads, topics, groups = small_corpus
    one = Tagger().fit(texts, quads, groups=[0] * len(texts))
    without_quads = Tagger().fit(texts, topics=topics, groups=groups)
    for tagger in (one, without_quads):
        assert tagger.certainty_ is None
        for ask in (
            lambda t: t.with_coverage(0.9),
            lambda t: t.with_error(0.1),
            lambda t: t.tag(TEXT).label_sets(),
        ):
            with pytest.raises(InputError, match=f"^{NONE}, got one without held-out stories$"):
                ask(tagger)
    assert measure_certainty(one.held_out_, texts, groups) is None
    assert known_certainty(Certainty(RiskCurve(*np.zeros((3, 1))), ERRORS, ERRORS)) is not None


def test_nothing_but_furniture_has_no_certainty(small, small_corpus):
    texts = ["© 2011 Example Wire Service. All rights reserved."] * len(small_corpus[0])
    assert measure_certainty(small.held_out_, texts, small_corpus[3]) is None


def test_the_default_and_full_coverage_are_never_silent(small):
    for tagger in (small, small.with_coverage(1.0), small.with_coverage(0.2).with_coverage(1.0)):
        assert not tagger.tag_sentences(["Day 3.", "", "Troops shelled the town."]).silent.any()


def test_silent_sentences_are_those_below_the_threshold(small):
    tagger = small.with_coverage(0.5)
    below = tagger.certainty_.silent_below
    assert below > 0
    assert small.certainty_.silent_below == 0.0
    tags, before = (
        tagger.tag_sentences([TEXT, "", "Day 3.", "© 2011 Wire"]),
        small.tag_sentences([TEXT, "", "Day 3.", "© 2011 Wire"]),
    )
    expected = (before.stance_proba.max(axis=1) < below) & ~before.boilerplate
    np.testing.assert_array_equal(tags.silent, expected)
    assert expected[1]
    assert [s.stance is None and s.quad is None for s in tags] == expected.tolist()
    np.testing.assert_array_equal(tags.quad_proba, before.quad_proba)
    assert [s.likeliest for s in tags] == [s.stance for s in before]
    assert tags[3].stance == "neutral"


def test_fewer_errors_or_answers_raise_the_threshold(small):
    at = [small.with_coverage(share).certainty_.silent_below for share in (0.9, 0.5, 0.1)]
    assert at == sorted(at)
    curve = small.certainty_.curve
    assert small.with_error(1.0).certainty_.silent_below == 0.0
    assert small.with_error(float(curve.error.min())).certainty_.silent_below == curve.threshold[curve.error.argmin()]


@pytest.mark.parametrize("value", [0, -0.1, 1.1, True, "1", None])
def test_wrong_shares(small, value):
    message = f"coverage must be a share above 0 and up to 1, got {value!r}"
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        small.with_coverage(value)


def test_predict_always_answers(small, small_corpus):
    texts = small_corpus[0]
    np.testing.assert_array_equal(small.with_coverage(0.1).predict(texts), small.predict(texts))


def test_priors_change_neither_silence_nor_what_sets_go_by(half):
    priors = {"cooperation": 0.05, "dispute": 0.05, "neutral": 0.9}
    texts = [TEXT, "They did.", "Day 3.", "The treaty has nine articles."]
    plain, other = half.tag_sentences(texts), half.with_priors(priors).tag_sentences(texts)
    np.testing.assert_array_equal(plain.silent, other.silent)
    assert (plain.quad_proba != other.quad_proba).any()
    np.testing.assert_allclose(other.assumed_proba, plain.quad_proba)
    for level in ("stance", "quad"):
        for few, many, said in zip(plain.label_sets(0.3, level), other.label_sets(0.3, level), other, strict=True):
            assert set(few) <= set(many)
            assert said.likeliest in many or level == "quad"


def test_wrong_levels_errors_and_tags(small):
    tags = small.tag(TEXT)
    with pytest.raises(InputError, match="^level must be one of 'stance', 'quad', got 'topic'$"):
        tags.label_sets(level="topic")
    with pytest.raises(InputError, match=r"^error must be a share from 0\.01 on and below 1, got 0$"):
        tags.label_sets(0)
    with pytest.raises(InputError, match="^these tags must have their tagger to have label sets: tag the text again$"):
        pickle.loads(pickle.dumps(tags)).label_sets()


def test_furniture_has_one_label(small):
    assert small.tag_sentences(["© 2011 Wire"]).label_sets(0.2) == [("neutral",)] or np.isinf(
        small.certainty_.stance_quantiles[list(ERRORS).index(0.2)]
    )


def test_silence_in_every_format(half, tmp_path):
    tags = half.tag(TEXT, meta={"doc": "a"})
    assert tags.silent.sum() == 1
    k = int(np.flatnonzero(tags.silent)[0])
    for frame in (tags.to_arrow().to_pylist(), tags.to_polars().to_dicts(), list(tags.rows())):
        assert [row["stance"] is None for row in frame] == tags.silent.tolist()
        assert [row["quad"] is None for row in frame] == tags.silent.tolist()
        assert frame[k]["stance_proba"]["dispute"] == pytest.approx(tags.stance_proba[k, 1])
    assert tags.to_pandas()["stance"].isna().tolist() == tags.silent.tolist()
    stream = io.StringIO()
    JsonLinesSink(stream).write(tags)
    assert [json.loads(line)["stance"] is None for line in stream.getvalue().splitlines()] == tags.silent.tolist()
    stream = io.StringIO()
    CsvSink(stream).write(tags)
    rows = list(csv.DictReader(io.StringIO(stream.getvalue())))
    assert [row["stance"] == row["quad"] == "" for row in rows] == tags.silent.tolist()
    assert float(rows[k]["stance_proba.dispute"]) == pytest.approx(tags.stance_proba[k, 1])
    sink = ParquetSink(tmp_path / "a.parquet")
    sink.write(tags)
    sink.close()
    import pyarrow.parquet as pq

    table = pq.read_table(tmp_path / "a.parquet")
    assert table.column("quad").is_null().to_pylist() == tags.silent.tolist()
    assert table.column("stance_proba").null_count == 0


def test_silence_for_people(half):
    tags = half.tag(TEXT)
    k = int(np.flatnonzero(tags.silent)[0])
    assert repr(tags).splitlines()[k + 1].startswith("-  ")
    assert tags._repr_html_().count("background:#ffffff") == 1
    assert f"open, perhaps {tags[k].likeliest}" in tags.to_html()
    stream = io.StringIO()
    TableSink(stream, width=100).write(tags)
    assert [line.split()[0] for line in stream.getvalue().splitlines() if line.startswith("-")] == ["-"]


def test_evidence_without_a_label_is_that_of_the_likeliest_stance(half, small_corpus):
    for sentence in half.tag(TEXT):
        assert sentence.evidence().label == sentence.likeliest
        assert sentence.evidence().phrases == sentence.evidence(sentence.likeliest).phrases
    texts, _, topics, groups = small_corpus
    message = "^label must be given: the tagger was trained without quads, so that there is no stance$"
    with pytest.raises(InputError, match=message):
        Tagger().fit(texts, topics=topics, groups=groups).tag(TEXT)[0].evidence()


def test_summary_counts_the_silent(half):
    summary = summarize([half.tag(TEXT)])
    assert (summary.undecided, summary.whole.count) == (1, 2)
    assert "The tagger was too unsure of 1 sentences: they are left out." in summary.notes


def test_probe_asks_for_the_likeliest(half):
    pairs = [
        Pair(
            "a",
            "negation",
            (TEXT, "They did."),
            tuple(s.likeliest for s in half.tag_sentences([TEXT, "They did."])),
            ((), ()),
        )
    ]
    assert run_probe(half, pairs).stance["all"].value == 1.0


def test_batches_keep_silent_too(half):
    import pyarrow as pa

    texts = [s.text for s in half.tag(TEXT)]
    batch = tag_batch(pa.record_batch({"text": texts}), half, columns=["stance"])
    assert batch.column("stance").is_null().to_pylist() == half.tag(TEXT).silent.tolist()


def test_model_files_keep_certainty_and_silence(small, half, tmp_path):
    for tagger in (small, half):
        path = tmp_path / "model.safetensors"
        tagger.save(path)
        again = load_tagger(path)
        assert again.certainty_.silent_below == tagger.certainty_.silent_below
        for name in ("threshold", "coverage", "error"):
            np.testing.assert_array_equal(getattr(again.certainty_.curve, name), getattr(tagger.certainty_.curve, name))
        np.testing.assert_array_equal(again.certainty_.stance_quantiles, tagger.certainty_.stance_quantiles)
        np.testing.assert_array_equal(again.certainty_.quad_quantiles, tagger.certainty_.quad_quantiles)
        assert np.isinf(again.certainty_.stance_quantiles[0])  # twelve stories are too few for an error of .01
        assert again.tag(TEXT).silent.tolist() == tagger.tag(TEXT).silent.tolist()
        header = Parts(path.read_bytes()).outer["__metadata__"]["nato_nlp"]
        assert not {"NaN", "Infinity"} & set(re.findall(r"[A-Za-z]+", header))


def test_model_files_without_certainty(small, tmp_path):
    tagger = small.with_coverage(1.0)
    tagger.certainty_ = None
    tagger.save(tmp_path / "model.safetensors")
    assert load_tagger(tmp_path / "model.safetensors").certainty_ is None


CURVE = "certainty must have thresholds that rise from 0, shares of answers that fall from 1, and errors from 0 to 1"
QUANTILES = "certainty.{} must hold numbers from 0 to 1, or infinity, that fall"


def put(value, place=0):
    def change(array):
        changed = array.copy()
        changed[place] = value
        return changed

    return change


BROKEN = [
    ("threshold", lambda a: a[::-1], CURVE),
    ("threshold", put(0.1), CURVE),
    ("threshold", put(1.5, -1), CURVE),
    ("threshold", lambda a: a[:0], "certainty.threshold must be an array of 1 to 200 numbers, got 0"),
    ("threshold", lambda a: np.arange(999.0), "certainty.threshold must be an array of 1 to 200 numbers, got 999"),
    ("threshold", put(np.nan), "certainty.threshold must hold finite numbers from -1e+09 to 1e+09"),
    ("coverage", lambda a: a[::-1], CURVE),
    ("coverage", put(0.0, -1), CURVE),
    ("coverage", lambda a: a[:-1], "certainty.coverage must hold floats of shape"),
    ("error", put(-0.1), CURVE),
    ("error", put(1.1), CURVE),
    ("error", lambda a: a.astype(np.int64), "certainty.error must hold floats of shape"),
    ("stance_quantiles", put(np.nan), QUANTILES.format("stance_quantiles")),
    ("stance_quantiles", put(2.0), QUANTILES.format("stance_quantiles")),
    ("stance_quantiles", put(-np.inf), QUANTILES.format("stance_quantiles")),
    ("quad_quantiles", lambda a: a[::-1], QUANTILES.format("quad_quantiles")),
    ("quad_quantiles", lambda a: a[:-1], "certainty.quad_quantiles must hold 50 floats, got float64 of (49,)"),
]


@pytest.fixture(scope="module")
def parts(small, tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "small.safetensors"
    small.save(path)
    return Parts(path.read_bytes())


def refused(tmp_path, data):
    path = tmp_path / "damaged.safetensors"
    path.write_bytes(data)
    with pytest.raises(ModelFileError) as caught:
        read_model(path)
    return str(caught.value)


@pytest.mark.parametrize(("name", "change", "message"), BROKEN)
def test_damaged_arrays_are_refused(parts, tmp_path, name, change, message):
    key = f"certainty.{name}"
    changed = {key: np.ascontiguousarray(change(parts.tensors[key]))}
    assert message in refused(tmp_path, with_tensors(parts, changed))


@pytest.mark.parametrize("value", [-0.1, 1.1, True, "0", None, [0.5], 10**400])
def test_a_damaged_threshold_is_refused(parts, tmp_path, value):
    inner = parts.inner
    inner["certainty"]["silent_below"] = value
    assert "certainty.silent_below must be a number from 0 to 1, got " in refused(tmp_path, with_inner(parts, inner))


@pytest.mark.parametrize("value", [{}, [], 1, "x"])
def test_a_damaged_header_is_refused(parts, tmp_path, value):
    assert "damaged" in refused(tmp_path, with_inner(parts, parts.inner | {"certainty": value}))


def test_a_missing_array_is_refused(parts, tmp_path):
    outer = parts.outer
    size = outer["certainty.error"]["data_offsets"]
    tensors = {name: array for name, array in parts.tensors.items() if name != "certainty.error"}
    from safetensors.numpy import save

    assert size
    assert "error" in refused(tmp_path, save(tensors, outer["__metadata__"]))


def test_certainty_needs_quads(small_corpus, tmp_path, small):
    texts, _, topics, groups = small_corpus
    tagger = Tagger().fit(texts, topics=topics, groups=groups)
    tagger.certainty_ = small.certainty_
    path = tmp_path / "model.safetensors"
    tagger.save(path)
    with pytest.raises(ModelFileError, match="certainty must stand with quads"):
        read_model(path)


@pytest.fixture
def saved(small, tmp_path, monkeypatch):
    """A folder with a model, one without certainty, and a story."""
    monkeypatch.chdir(tmp_path)
    small.save("model.safetensors")
    other = small.with_coverage(1.0)
    other.certainty_ = None
    other.save("unsure.safetensors")
    Path("story.txt").write_text(TEXT, encoding="utf-8")
    return tmp_path


def stances(out):
    return [json.loads(line)["stance"] for line in out.splitlines()]


def test_the_command_line_keeps_silent(saved, small):
    for option, tagger in (("--coverage", small.with_coverage(0.3)), ("--max-error", small.with_error(0.3))):
        done = run("tag", "story.txt", "--model", "model.safetensors", option, 0.3, "--format", "jsonl")
        assert (done.status, done.err) == (0, "")
        assert stances(done.out) == [s.stance for s in tagger.tag(TEXT)]
    assert None in [s.stance for s in small.with_coverage(0.3).tag(TEXT)]


@pytest.mark.parametrize("workers", [1, 2])
def test_parts_keep_silent_whoever_works(saved, small, workers):
    import pyarrow.parquet as pq

    done = run(
        "tag", "story.txt", "--model", "model.safetensors", "--coverage", 0.3, "--out", "parts", "--workers", workers
    )
    assert done.status == 0
    found = pq.read_table("parts/part-00000.parquet").column("stance").to_pylist()
    assert found == [s.stance for s in small.with_coverage(0.3).tag(TEXT)]
    again = run("tag", "story.txt", "--model", "model.safetensors", "--coverage", 1.0, "--out", "parts")
    assert again.status == 1
    assert "the model must be that with which parts was begun" in again.err


WRONG = [
    (("--coverage", "0.9", "--max-error", "0.1"), "--coverage and --max-error exclude each other"),
    (("--coverage", "0"), "--coverage must be a share above 0 and up to 1, got 0.0"),
    (("--coverage", "nan"), "--coverage must be a share above 0 and up to 1, got nan"),
    (("--max-error", "-1"), "--max-error must be a share from 0 to 1, got -1.0"),
]


@pytest.mark.parametrize("out", [(), ("--out", "parts")])
@pytest.mark.parametrize(("options", "message"), WRONG)
def test_wrong_usage(saved, options, message, out):
    done = run("tag", "story.txt", "--model", "model.safetensors", *options, *out)
    assert (done.status, done.err) == (2, f"nato-nlp: {message}\n")
    assert not Path("parts").exists()


def test_an_error_that_no_threshold_reaches(saved, small):
    lowest = small.certainty_.curve.error.min()
    if lowest == 0:
        small = load_tagger("model.safetensors")
        curve = small.certainty_.curve
        small.certainty_ = Certainty(RiskCurve(curve.threshold, curve.coverage, curve.error + 0.1), *[ERRORS[::-1]] * 2)
        small.save("model.safetensors")
        lowest = 0.1
    done = run("tag", "story.txt", "--model", "model.safetensors", "--max-error", "0.01")
    message = f"--max-error must be at least {lowest:.3f}, the lowest that held-out stories showed, got 0.01"
    assert (done.status, done.err) == (2, f"nato-nlp: {message}\n")


def test_a_model_that_knows_nothing_of_its_errors(saved):
    done = run("tag", "story.txt", "--model", "unsure.safetensors", "--coverage", 0.9)
    assert (done.status, done.err) == (1, f"nato-nlp: {NONE}, got one without held-out stories\n")
