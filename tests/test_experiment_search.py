"""The search finds what scikit-learn's finds, and what is fitted is fitted to training rows alone."""

import numpy as np
import pytest

from nato_nlp.datasets import load_seeds
from nato_nlp.evaluation import grouped_kfold
from nato_nlp.experiment import search as search_module
from nato_nlp.experiment.config import Setting
from nato_nlp.experiment.counts import Corpus
from nato_nlp.experiment.schema import Features, Model
from nato_nlp.experiment.search import (
    Calibration,
    Fold,
    FoldMatrices,
    Head,
    Problem,
    calibrate,
    fold_scores,
    gather,
    held_out_calibration,
    search_values,
    vocabulary_key,
)

ROWS = 240


@pytest.fixture(scope="module")
def seeds():
    data = load_seeds()
    rows = [k for k in range(len(data)) if not data.labels["boilerplate"][k]][:ROWS]
    return data.select(rows)


def problem_of(data, settings, multilabel=False):
    nothing = ((),) * len(data)
    labels = ("cooperation", "dispute", "neutral")
    gold = np.array([[stance == label for label in labels] for stance in data.labels["stance"]])
    if multilabel:  # 'dispute', and a label of its own that goes with some
        gold = np.column_stack(
            [gold[:, 1], np.arange(len(data)) % 3 == 0, gold[:, 0] | (np.arange(len(data)) % 5 == 0)]
        )
    metric = "multilabel_macro_f1" if multilabel else "macro_f1"
    counts = gather(Corpus(data.texts, nothing, nothing), settings, multilabel)
    return Problem(counts, gold, labels, multilabel, multilabel, metric)


def folds_of(data, count=3):
    return [Fold(f.train, f.test) for f in grouped_kfold(data.labels["stance"], data.groups, n_splits=count)]


def grid(**fixed):
    return [
        Setting(Features(char=char, min_df=least, **fixed), Model(C=C), {"char": char, "min_df": least, "C": C})
        for char in (False, (2, 3))
        for least in (1, 2)
        for C in (1.0, 10.0)
    ]


def test_same_scores_and_winner_as_grid_search(seeds):
    from benchmarks.search import compare, markdown
    from benchmarks.search import settings as benchmark_settings

    settings = [
        Setting(Features(char=(2, 3), min_df=n), Model(C=C), {"n": n, "C": C}) for n in (1, 2) for C in (0.3, 10.0)
    ]
    folds = grouped_kfold(seeds.labels["stance"], seeds.groups, n_splits=3)
    result = compare(seeds.texts, seeds.labels["stance"], folds, settings)
    assert result["same_winner"]
    assert result["scores_that_differ"] <= 2  # scikit-learn's solver stops at a tolerance of 1e-4
    assert result["largest_difference"] < 0.02
    told = markdown(
        result | {"machine": {"cpu": "c", "cores": 1, "system": "s", "day": "d", "load_at_start": 0}, "versions": {}}
    )
    assert "4 settings x 3 folds" in told
    assert "the same winner: n = " in told
    assert len(benchmark_settings()) == 60


@pytest.mark.parametrize("kind", ["ngrams", "news"])
@pytest.mark.parametrize("multilabel", [False, True])
def test_settings_together_score_as_alone(seeds, kind, multilabel):
    settings = grid(kind=kind)[::-1]
    problem = problem_of(seeds, settings, multilabel)
    fold = folds_of(seeds)[0]
    together = fold_scores(problem, fold, settings)
    for setting, scores in zip(settings, together, strict=True):
        np.testing.assert_allclose(scores, fold_scores(problem, fold, [setting])[0], atol=1e-6)


@pytest.mark.parametrize("multilabel", [False, True])
def test_what_is_scored_does_not_reach_training(seeds, multilabel):
    settings = grid(kind="news")[:1]
    problem, fold = problem_of(seeds, settings, multilabel), folds_of(seeds)[0]
    other = seeds.select([*fold.train, fold.scored[0]])
    part = Fold(np.arange(len(fold.train)), np.array([len(fold.train)]))
    alone = fold_scores(problem_of(other, settings, False), part, settings)[0]
    if not multilabel:
        np.testing.assert_allclose(fold_scores(problem, fold, settings)[0][:1], alone, atol=1e-6)
    flipped = Problem(**{**vars(problem), "gold": problem.gold.copy()})
    flipped.gold[fold.scored] = ~flipped.gold[fold.scored]
    for one, two in zip(fold_scores(problem, fold, settings), fold_scores(flipped, fold, settings), strict=True):
        assert (one == two).all()


def test_gram_and_sparse_rows_score_alike(seeds, monkeypatch):
    settings = grid(kind="news")
    problem, fold = problem_of(seeds, settings), folds_of(seeds)[0]
    dense = fold_scores(problem, fold, settings)
    monkeypatch.setattr(search_module, "MOST_DENSE", 10)
    for one, two in zip(dense, fold_scores(problem, fold, settings), strict=True):
        np.testing.assert_allclose(one, two, atol=1e-6)


def test_scales_are_applied_to_gram_matrices(seeds):
    features = Features(kind="news", cue_scale=0.3, ngram_scale=1.7)
    setting = Setting(features, Model(), {})
    matrices = FoldMatrices(problem_of(seeds, [setting]), folds_of(seeds)[0])
    X, names = matrices.stacked(features)
    n = len(matrices.fold.train)
    assert X.shape == (ROWS, len(names))
    kernel = matrices.kernel(features)
    np.testing.assert_allclose(kernel.product(np.eye(n)), (X[:n] @ X[:n].T).toarray(), atol=1e-9)
    np.testing.assert_allclose(kernel.cross(np.eye(n)), (X[n:] @ X[:n].T).toarray(), atol=1e-9)


def test_settings_that_share_matrices():
    one = Features(kind="news")
    assert vocabulary_key(one, False) == vocabulary_key(one.model_copy(update={"cue_scale": 2.0}), False)
    assert vocabulary_key(one, False) != vocabulary_key(one.model_copy(update={"min_df": 2}), False)
    share = one.model_copy(update={"min_df": 1.0})  # all rows, not one row
    assert vocabulary_key(one, False) != vocabulary_key(share, False)


def test_thresholds_come_from_other_folds(seeds):
    settings = grid()[:1]
    problem, folds = problem_of(seeds, settings, multilabel=True), folds_of(seeds)
    value = search_values(problem, folds, settings)[0][0]
    scores = [fold_scores(problem, fold, settings)[0] for fold in folds]
    golds = [problem.gold[fold.scored] for fold in folds]
    held = calibrate(problem, np.concatenate(scores[1:]), np.concatenate(golds[1:]))
    assert value == problem.value("multilabel_macro_f1", golds[0], held.apply(scores[0])[1])


def test_calibration_of_held_out_rows(seeds):
    settings = grid()[:1]
    problem, folds = problem_of(seeds, settings), folds_of(seeds)
    calibration = held_out_calibration(problem, folds, settings[0])
    assert calibration.heads == ()
    proba, decided = calibration.apply(np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 2.0]]))
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    assert decided.tolist() == [[True, False, False], [False, False, True]]
    proba, decided = Calibration(heads=((1.0, 0.0, 0.5), (2.0, 1.0, 0.9))).apply(np.array([[0.5, 0.5]]))
    np.testing.assert_allclose(proba, [[1 / (1 + np.exp(-0.5)), 1 / (1 + np.exp(-2))]])
    assert decided.tolist() == [[True, False]]


def test_a_head_without_rows_of_a_label():
    """A learning curve may meet it: the label is never told, and all others are."""
    gold = np.array([[True, False, False], [False, True, False]] * 5)
    head = Head(gold, multilabel=False)
    assert head.known.tolist() == [0, 1]
    single = Head(gold[:, :1] | True, multilabel=False)
    assert single.scores(None, single.train(None, [Model()])[0], 2).tolist() == [[0.0], [0.0]]
    both = Head(np.column_stack([np.ones(4, bool), np.zeros(4, bool)]), multilabel=True)
    assert both.scores(None, both.train(None, [Model()])[0], 1).tolist() == [[30.0, -30.0]]
    assert both.weights(np.zeros((4, 7)), None).shape == (7, 2)
