"""Grid search on PLOVER's training part: the runner's search against scikit-learn's GridSearchCV over a Pipeline."""

import argparse
import json
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import FeatureUnion, Pipeline
from threadpoolctl import threadpool_limits

from benchmarks.machine import machine, versions
from nato_nlp.datasets import load_plover_zsp
from nato_nlp.evaluation import grouped_kfold, near_duplicate_clusters
from nato_nlp.experiment.config import Setting
from nato_nlp.experiment.counts import CACHE, Corpus
from nato_nlp.experiment.schema import Features, Model
from nato_nlp.experiment.search import Fold, Problem, gather, search_values

OUT = Path(__file__).parent / "results"
CHARS = ((2, 4), (2, 5), (3, 5))
MIN_DFS = (1, 2)
SUBLINEAR = (False, True)
CS = (0.3, 1.0, 3.0, 10.0, 30.0)
FOLDS = 5


def settings(cs: Sequence[float] = CS) -> list[Setting]:
    """Return the grid: ranges of character n-grams, least document frequencies, sublinear counts, values of C."""
    return [
        Setting(
            Features(char=char, min_df=least, sublinear_tf=sublinear),
            Model(C=c),
            {"char": char, "min_df": least, "sublinear_tf": sublinear, "C": c},
        )
        for char, least, sublinear, c in product(CHARS, MIN_DFS, SUBLINEAR, cs)
    ]


def ours(texts: Sequence[str], labels: Sequence[str], folds: Sequence[Any], grid: Sequence[Setting]) -> Any:
    """Search with nothing counted before, and return the scores by setting and fold."""
    CACHE.clear()
    names = tuple(sorted(set(labels)))
    gold = np.asarray([[label == name for name in names] for label in labels])
    nothing = ((),) * len(texts)
    with threadpool_limits(1):
        counts = gather(Corpus(tuple(texts), nothing, nothing), grid, topical=False)
        problem = Problem(counts, gold, names, multilabel=False, topical=False, primary="macro_f1")
        return np.asarray(search_values(problem, [Fold(fold.train, fold.test) for fold in folds], grid))


def theirs(texts: Sequence[str], labels: Sequence[str], folds: Sequence[Any], grid: Sequence[Setting]) -> Any:
    """Search with scikit-learn, and return the scores by setting and fold."""
    grams = [("word", TfidfVectorizer(ngram_range=(1, 2))), ("char", TfidfVectorizer(analyzer="char_wb"))]
    # its fastest solver here: L-BFGS takes twice as long
    model = LogisticRegression(class_weight="balanced", solver="newton-cg", max_iter=1000)
    pipeline = Pipeline([("grams", FeatureUnion(grams)), ("model", model)])
    splits = [(fold.train, fold.test) for fold in folds]
    search = GridSearchCV(pipeline, [_parameters(s) for s in grid], scoring="f1_macro", cv=splits, refit=False)
    with threadpool_limits(1):
        search.fit(list(texts), list(labels))
    return np.column_stack([search.cv_results_[f"split{k}_test_score"] for k in range(len(splits))])


def _parameters(setting: Setting) -> dict[str, list[Any]]:
    features = setting.features
    shared = {"min_df": [features.min_df], "sublinear_tf": [features.sublinear_tf]}
    grams = {f"grams__{block}__{name}": value for block in ("word", "char") for name, value in shared.items()}
    return grams | {"grams__char__ngram_range": [features.char], "model__C": [setting.model.C]}


def compare(
    texts: Sequence[str], labels: Sequence[str], folds: Sequence[Any], grid: Sequence[Setting]
) -> dict[str, Any]:
    """Run both searches, ours before and after, and return times (seconds), winners, and how far scores are apart.

    Times are pairs: what passed, and what the processor spent, which other work on the machine disturbs less.
    """
    for search in (ours, theirs):
        search(texts, labels, folds[:1], grid[:1])  # warms up: kernels are loaded
    first, found = _timed(ours, texts, labels, folds, grid)
    other, expected = _timed(theirs, texts, labels, folds, grid)
    second, _ = _timed(ours, texts, labels, folds, grid)
    winners = [grid[int(np.round(scores.mean(axis=1), 9).argmax())].values for scores in (found, expected)]
    return {
        "settings": len(grid),
        "folds": len(folds),
        "rows": len(texts),
        "seconds": {"nato_nlp": [first, second], "scikit-learn": other},
        "times_faster": [other[k] / max(first[k], second[k]) for k in range(2)],
        "winner": {"nato_nlp": winners[0], "scikit-learn": winners[1]},
        "same_winner": winners[0] == winners[1],
        "scores_that_differ": int((np.abs(found - expected) > 1e-9).sum()),
        "largest_difference": float(np.abs(found - expected).max()),
    }


def _timed(search: Any, *arguments: Any) -> tuple[list[float], Any]:
    """Return the seconds that passed, those of the processor, and what was found."""
    begin, spent = perf_counter(), process_time()
    found = search(*arguments)
    return [perf_counter() - begin, process_time() - spent], found


def markdown(result: dict[str, Any]) -> str:
    """Render the comparison."""
    where, seconds = result["machine"], result["seconds"]
    mine = [" and ".join(f"{pair[k]:.1f}" for pair in seconds["nato_nlp"]) for k in range(2)]
    passed, spent = result["times_faster"]
    winner = ", ".join(f"{name} = {value}" for name, value in result["winner"]["nato_nlp"].items())
    return "\n".join(
        [
            "# Grid search\n",
            f"{result['settings']} settings x {result['folds']} folds on PLOVER's training part ({result['rows']:,} rows, "
            "quad, macro-F1), one process with one thread each, one after the other in one run.\n",
            "| search | seconds | seconds of processor |",
            "|---|---|---|",
            f"| `nato_nlp`, before and after | {mine[0]} | {mine[1]} |",
            f"| `GridSearchCV(Pipeline(FeatureUnion(TfidfVectorizer, TfidfVectorizer), LogisticRegression))` | "
            f"{seconds['scikit-learn'][0]:.1f} | {seconds['scikit-learn'][1]:.1f} |",
            "",
            f"{passed:.1f} times faster by the slower run ({spent:.1f} times by the processor's clock); "
            f"{'the same winner' if result['same_winner'] else 'ANOTHER WINNER'}: {winner}. "
            f"{result['scores_that_differ']} of {result['settings'] * result['folds']} scores differ, by "
            f"{result['largest_difference']:.4f} at most: scikit-learn's solver stops at a tolerance of 1e-4.\n",
            f"{where['cpu']}, {where['cores']} cores, {where['system']}, {where['day']}, load average at the start "
            f"{where['load_at_start']}; "
            + ", ".join(f"{name} {version}" for name, version in result["versions"].items()),
        ]
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare, print and record; the exit code is 1 when another setting wins."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks search", description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT, help="folder for search.json and search.md")
    options = parser.parse_args(arguments)
    where, data = machine(), load_plover_zsp("train")
    folds = grouped_kfold(data.labels["quad"], near_duplicate_clusters(data.texts), n_splits=FOLDS)
    result = compare(data.texts, data.labels["quad"], folds, settings())
    result |= {"machine": where, "versions": versions()}
    text = markdown(result)
    print(text)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "search.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    (options.out / "search.md").write_text(text + "\n", encoding="utf-8")
    return 0 if result["same_winner"] else 1
