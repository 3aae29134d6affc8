"""Units of work: what is computed apart from the rest, stored when done, and found again by a run that resumes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from nato_nlp._files import replacing
from nato_nlp.experiment.config import Setting
from nato_nlp.experiment.losses import Floats, Ints
from nato_nlp.experiment.search import (
    Bools,
    Calibration,
    Fold,
    FoldMatrices,
    Head,
    Problem,
    held_out_calibration,
    search_values,
)

MISTAKES = 30  # most certain ones, with their evidence
SHOWN = 10  # features of a mistake
Done = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Unit:
    """A piece of work on one outer fold; what it gives is plain values for JSON.

    Attributes
    ----------
    kind : {'search', 'final', 'curve'}
        The primary metric of some settings on the inner folds; the chosen setting on the outer fold; the same learned from a
        part of the training rows.
    fold : Fold
        The outer fold.
    inner : tuple of Fold
    settings : tuple of Setting
        One but for a search.
    explained : bool
        Whether mistakes get their evidence.
    calibration : Calibration or None
        Of a point of a learning curve: that of the final model.
    """

    kind: str
    fold: Fold
    inner: tuple[Fold, ...]
    settings: tuple[Setting, ...]
    explained: bool = False
    calibration: Calibration | None = None

    @property
    def cost(self) -> int:
        """How many models it trains."""
        return len(self.settings) * max(1, len(self.inner)) + (self.kind == "final")

    def key(self, world: str) -> str:
        """Return the hash of all that decides the outcome; ``world`` stands for data and versions."""
        found = sha256(f"{world} {self.kind} {self.explained} {self.calibration!r}".encode())
        for fold in (self.fold, *self.inner):
            for rows in (fold.train, fold.scored):
                found.update(len(rows).to_bytes(8, "little") + rows.astype("<i8").tobytes())
        for setting in self.settings:
            found.update(repr((setting.features, setting.model)).encode())
        return found.hexdigest()

    def run(self, problem: Problem) -> Done:
        """Do the work on one thread, so that the outcome depends on no number of jobs."""
        from threadpoolctl import threadpool_limits

        with threadpool_limits(1):
            if self.kind == "search":
                return {"values": search_values(problem, self.inner, self.settings)}
            return self._final(problem) if self.kind == "final" else self._curve(problem)

    def _final(self, problem: Problem) -> Done:
        setting = self.settings[0]
        calibration = held_out_calibration(problem, self.inner, setting)
        matrices = FoldMatrices(problem, self.fold)
        head = Head(problem.gold[self.fold.train], problem.multilabel)
        kernel = matrices.kernel(setting.features)
        fit = head.train(kernel, [setting.model])[0]
        scores = head.scores(kernel, fit, len(self.fold.scored))
        proba, decided = calibration.apply(scores)
        done = {"proba": proba.tolist(), "decided": decided.astype(int).tolist()}
        done |= {"temperature": calibration.temperature, "heads": [list(head) for head in calibration.heads]}
        if self.explained:
            X, names = matrices.stacked(setting.features)
            n = len(self.fold.train)
            done["mistakes"] = _mistakes(
                problem, self.fold.scored, proba, decided, X[n:], head.weights(X[:n], fit), names
            )
        return done

    def _curve(self, problem: Problem) -> Done:
        assert self.calibration is not None
        setting = self.settings[0]
        head = Head(problem.gold[self.fold.train], problem.multilabel)
        kernel = FoldMatrices(problem, self.fold).kernel(setting.features)
        fit = head.train(kernel, [setting.model])[0]
        _, decided = self.calibration.apply(head.scores(kernel, fit, len(self.fold.scored)))
        return {"decided": decided.astype(int).tolist()}


def _mistakes(
    problem: Problem, rows: Ints, proba: Floats, decided: Bools, X: Any, weights: Floats, names: list[str]
) -> list[Done]:
    """Return the most certain mistakes, each with what spoke for it most: contributions to the score of what was said."""
    gold = problem.gold[rows]
    sureness = np.where(decided, proba, 1 - proba) if problem.multilabel else proba
    wrong = (decided != gold) if problem.multilabel else decided & ~gold
    order = np.argsort(-sureness[wrong], kind="stable")[:MISTAKES]
    found = []
    for row, label in np.argwhere(wrong)[order].tolist():
        if problem.multilabel:
            said, other = (problem.labels[label], f"not {problem.labels[label]}")
            pull = weights[:, label] if decided[row, label] else -weights[:, label]
            true, claimed = (other, said) if decided[row, label] else (said, other)
        else:
            right = int(gold[row].argmax())
            pull = weights[:, label] - weights[:, right]
            true, claimed = problem.labels[right], problem.labels[label]
        found.append(
            {
                "row": int(rows[row]),
                "gold": true,
                "predicted": claimed,
                "probability": float(sureness[row, label]),
                "features": _strongest(X[row], pull, names),
            }
        )
    return found


def _strongest(entry: Any, pull: Floats, names: list[str]) -> list[Done]:
    """Return the features of a row that pulled most, with their shares of the score."""
    shares = entry.data * pull[entry.indices]
    top = [k for k in np.argsort(-shares, kind="stable")[:SHOWN].tolist() if shares[k] > 0]
    return [{"feature": names[entry.indices[k]], "contribution": float(shares[k])} for k in top]


class Store:
    """Finished units in a folder, a file each.

    Parameters
    ----------
    folder : Path
        Made when something is put into it.
    world : str
        What all units depend on: data and versions.
    """

    def __init__(self, folder: Path, world: str) -> None:
        self.folder, self.world = folder, world

    def get(self, unit: Unit) -> Done | None:
        """Return what a unit gave when it was run before; None if it was not."""
        path = self._path(unit)
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None

    def put(self, unit: Unit, done: Mapping[str, Any]) -> None:
        """Keep what a unit gave; a file is there whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with replacing(self._path(unit)) as temporary:
            temporary.write_text(json.dumps(done), encoding="utf-8")

    def _path(self, unit: Unit) -> Path:
        return self.folder / f"{unit.key(self.world)[:32]}.json"
