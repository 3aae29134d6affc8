"""Results folders made by hand, as `write_result` writes them: no model is trained."""

import numpy as np

from nato_nlp.evaluation import estimate, estimate_per_class, expected_calibration_error, reliability
from nato_nlp.experiment.config import load_config
from nato_nlp.experiment.results import PredictionTable, Result, write_result

LABELS = ("cooperation", "dispute", "neutral")
FULL = """
title = "Stance on the seed corpus"
[data]
train = ["seeds"]
label = "stance"
[report]
learning_curve = true
"""


def made_table(wrong=0.2, *, rows=120, folds=4, seed=0, labels=LABELS, part="seeds", gold_seed=7):
    """Predictions of which about a share is wrong; gold labels, groups and folds depend on ``gold_seed`` alone."""
    rng = np.random.default_rng(gold_seed)
    gold = [labels[k] for k in rng.integers(0, len(labels), rows)]
    groups = [f"doc {k // 6:03}" for k in range(rows)]
    fold_of = rng.permutation(rows // 6 + 1) % max(folds, 1)
    draw = np.random.default_rng(seed)
    noise = draw.dirichlet(np.ones(len(labels)), rows)
    right = np.eye(len(labels))[[labels.index(label) for label in gold]]
    proba = np.where(draw.random(rows)[:, None] < wrong, noise, 0.6 * right + 0.4 * noise)
    return PredictionTable(
        ids=tuple(f"{part}/all/{k + 1:04}" for k in range(rows)),
        groups=tuple(groups),
        folds=np.array([fold_of[k // 6] for k in range(rows)]),
        gold=tuple(gold),
        predicted=tuple(labels[k] for k in proba.argmax(axis=1)),
        proba=proba,
        labels=tuple(labels),
    )


def made_metrics(table, name="seed_stance", **more):
    """The metrics of predictions, every part filled."""

    def plain(value):
        return {"value": value.value, "low": value.low, "high": value.high}

    scores = []
    for metric in ("macro_f1", "micro_f1"):
        value = estimate(metric, table.gold, table.predicted, groups=table.groups, labels=table.labels, resamples=200)
        scores.append({"metric": metric, **plain(value), "count": value.count, "groups": value.groups})
    classes = estimate_per_class(table.gold, table.predicted, labels=table.labels, groups=table.groups, resamples=200)
    points = reliability(table.gold, table.proba, classes=table.labels)
    bins = zip(points.low, points.high, points.predicted, points.observed, points.count, strict=True)
    folds = [
        {
            "fold": int(fold),
            "rows": int((table.folds == fold).sum()),
            "train_rows": int((table.folds != fold).sum()),
            "chosen": {"model.C": 1.0},
            "scores": {"macro_f1": 0.7 + 0.02 * int(fold)},
        }
        for fold in sorted(set(table.folds.tolist()))
    ]
    return {
        "name": name,
        "task": {"labels": list(table.labels), "multilabel": False, "counts": {"train": len(table.ids)}},
        "chosen": {"values": {"model.C": 1.0}, "features": {"kind": "ngrams"}, "model": {"C": 1.0}},
        "scores": scores,
        "per_class": {
            label: {"support": s.support} | {k: plain(getattr(s, k)) for k in ("precision", "recall", "f1")}
            for label, s in classes.items()
        },
        "confusion": {},
        "folds": folds,
        "search": [
            {
                "setting": f"model.C={c}",
                "values": {"model.C": c},
                "mean": 0.7 - abs(c - 1) / 50,
                "folds": [0.7, 0.69, 0.71],
            }
            for c in (0.3, 1.0, 3.0)
        ],
        "leaks": {"policy": "refuse", "dropped": 0, "pairs": 0, "tables": []},
        "learning_curve": [
            {"share": n / 96, "rows": float(n), "value": 0.8 - 3 / n, "low": 0.75 - 4 / n, "high": 0.83 - 2 / n}
            for n in (24, 48, 96)
        ],
        "reliability": [
            {"low": low, "high": high, "predicted": p, "observed": o, "count": int(n)} for low, high, p, o, n in bins
        ],
        "ece": expected_calibration_error(table.gold, table.proba, classes=table.labels),
        "notes": [],
        **more,
    }


MANIFEST = {
    "versions": {"nato_nlp": "0.1.0", "python": "3.11.7", "numpy": "2.4.6"},
    "machine": {"system": "Linux", "processor": "x86_64", "cores": 2},
    "time": "2026-01-01T00:00:00+00:00",
    "duration_seconds": 12.5,
    "overrides": {},
    "opened": {"seeds": 1},
}
MISTAKE = {
    "id": "seeds/all/0003",
    "text": "The two ministers met for an hour and agreed on nothing.",
    "gold": "dispute",
    "predicted": "cooperation",
    "probability": 0.97,
    "features": [
        {"feature": "word__ministers met", "contribution": 0.812},
        {"feature": "char__nothing", "contribution": -0.305},
    ],
}


def made_run(folder, table=None, *, config=FULL, explanations=(MISTAKE,), **more):
    """Write a results folder and return it."""
    table = made_table() if table is None else table
    folder.mkdir(parents=True)
    toml = folder.parent / f"{folder.name}.toml"
    toml.write_text(config, encoding="utf-8")
    experiment = load_config(toml)
    toml.unlink()
    listed = None if explanations is None else list(explanations)
    metrics = made_metrics(table, folder.name, **more)
    write_result(folder, Result(experiment, metrics, MANIFEST, table, listed))
    return folder
