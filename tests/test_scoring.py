"""Scores of a model on a set: every task that both know, in every form."""

import json

import numpy as np
import pytest

from nato_nlp import InputError, Tagger
from nato_nlp.datasets import Dataset
from nato_nlp.evaluation.record import record_scores
from nato_nlp.evaluation.scoring import Predictions, as_markdown, as_text, held_out_predictions, predict, score

QUADS = ["verbal_cooperation", "material_cooperation", "verbal_dispute", "material_dispute", "neutral"]
STANCES = ["cooperation", "cooperation", "dispute", "dispute", "neutral"]


@pytest.fixture
def perfect():
    data = Dataset(
        "made",
        [f"sentence {k}" for k in range(20)],
        {"quad": QUADS * 4, "stance": STANCES * 4, "topics": [["energy"], [], ["energy", "balkans"], [], []] * 4},
        groups=[str(k // 4) for k in range(20)],
    )
    predictions = Predictions(
        np.tile(np.eye(5), (4, 1)), [tuple(t) for t in data.labels["topics"]], ("energy", "balkans")
    )
    return data, predictions


def by_task(result):
    return {(s.task, s.metric): s.estimate for s in result.scores}


def test_perfect_predictions_score_one_on_every_task(perfect):
    found = by_task(score(*perfect))
    for key in (
        ("binary", "macro_f1"),
        ("stance", "macro_f1"),
        ("quad", "macro_f1"),
        ("topics", "multilabel_micro_f1"),
    ):
        assert (found[key].value, found[key].low, found[key].high) == (1.0, 1.0, 1.0)
    assert found["binary", "macro_f1"].count == 16  # gold neutral rows are left out
    assert found["stance", "macro_f1"].groups == 5


def test_one_error_shows_in_the_confusion_matrix(perfect):
    data, predictions = perfect
    predictions.quad_proba[0] = [0, 0, 1, 0, 0]
    result = score(data, predictions)
    assert result.confusion["quad"]["verbal_cooperation"]["verbal_dispute"] == 1
    assert result.confusion["stance"]["cooperation"]["dispute"] == 1
    assert by_task(result)["quad", "macro_f1"].value < 1


def test_without_neutral_rows_quads_are_four(perfect):
    data, predictions = perfect
    rows = [k for k in range(20) if data.labels["quad"][k] != "neutral"]
    small = Predictions(predictions.quad_proba[rows], None)
    found = by_task(score(data.select(rows), small))
    assert found["quad (4)", "macro_f1"].value == 1.0
    assert ("stance", "macro_f1") not in found


def test_without_groups_near_duplicates_are_groups_and_the_report_says_so():
    texts = [
        "The envoys met in Bern on Monday.",
        "The envoys met in Bern on Monday!",
        "Troops shelled the town at dawn.",
    ]
    data = Dataset("loose", texts, {"stance": ["cooperation", "cooperation", "dispute"]})
    result = score(data, Predictions(np.eye(5)[[0, 0, 3]], None))
    assert by_task(result)["binary", "macro_f1"].groups == 2
    assert "no document ids: groups are near-duplicate clusters" in as_text([result])
    assert "no document ids: groups are near-duplicate clusters" in as_markdown([result])


def test_nothing_in_common():
    data = Dataset("odd", ["a", "b"], {"classes": ["1", "2"]})
    with pytest.raises(InputError, match="^odd has no label that the model predicts: classes$"):
        score(data, Predictions(np.eye(5)[:2], None))


def test_held_out_predictions_come_from_the_folds(small_corpus):
    texts, quads, topics, groups = small_corpus
    tagger = Tagger().fit(texts, quads, topics, groups)
    data = Dataset("small", texts, {"quad": quads, "topics": topics}, groups=groups)
    held_out, seen = score(data, held_out_predictions(tagger, data.texts)), score(data, predict(tagger, data))
    assert by_task(held_out)["quad", "macro_f1"].count == len(texts)
    assert by_task(seen)["quad", "macro_f1"].value >= by_task(held_out)["quad", "macro_f1"].value
    with pytest.raises(InputError, match="it has no held-out scores$"):
        held_out_predictions(Tagger(), [])


def test_records_are_deterministic_and_split_from_clock_and_machine(perfect, tmp_path):
    result = score(*perfect)
    for name in ("one", "two"):
        record_scores(tmp_path / name, [result], {"model_sha256": "abc"})
    first, second = (tmp_path / name / "metrics.json" for name in ("one", "two"))
    assert first.read_bytes() == second.read_bytes()
    assert json.loads(first.read_text())[0]["set"] == "made"
    manifest = json.loads((tmp_path / "one" / "manifest.json").read_text())
    assert set(manifest) >= {"versions", "machine", "time", "model_sha256"}
    assert "time" not in first.read_text()
