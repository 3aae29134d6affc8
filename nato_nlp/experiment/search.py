"""What the runner computes: a grid on folds, the chosen setting on an outer fold, a point of a learning curve.

Symbols: n rows of all parts, L labels. The matrices of a fold serve all settings that share them, scales of features are
applied to Gram matrices, and optima are found along C.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt

from nato_nlp.evaluation.intervals import METRICS
from nato_nlp.experiment.config import Setting
from nato_nlp.experiment.counts import (
    Corpus,
    CountKey,
    Counts,
    Weighed,
    count_key,
    counts_of,
    part_names,
    scale_of,
    weigh,
)
from nato_nlp.experiment.losses import Floats, Ints, Product, class_loss, class_scores, label_loss
from nato_nlp.experiment.schema import Features, Model
from nato_nlp.experiment.solve import MOST_DENSE, Fit, gram, minimise, product_of
from nato_nlp.models.calibration import best_threshold, fit_platt, fit_temperature
from nato_nlp.models.decision import sigmoid, softmax
from nato_nlp.models.training import NEVER

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Problem:
    """All that units of work share.

    Attributes
    ----------
    counts : mapping of CountKey to Counts
        Of all n rows.
    gold : ndarray of shape (n, L), bool
        Which labels each row has: one, but for a multi-label task.
    labels : tuple of str
    multilabel : bool
    topical : bool
        Whether topics are told, see `part_names`.
    primary : str
        The metric that a search chooses by.
    """

    counts: Mapping[CountKey, Counts]
    gold: Bools
    labels: tuple[str, ...]
    multilabel: bool
    topical: bool
    primary: str

    def named(self, flags: Bools) -> list[Any]:
        """Return the label of each row, or its labels."""
        if not self.multilabel:
            return [self.labels[k] for k in flags.argmax(axis=1)]
        return [tuple(self.labels[k] for k in np.flatnonzero(row)) for row in flags]

    def value(self, metric: str, gold: Bools, decided: Bools) -> float:
        """Return a metric of some rows."""
        return float(METRICS[metric](self.named(gold), self.named(decided), labels=self.labels).total())


@dataclass(frozen=True, eq=False)
class Fold:
    """Rows to train on and rows to score."""

    train: Ints
    scored: Ints


@dataclass(frozen=True)
class Calibration:
    """From raw scores to probabilities and labels.

    Attributes
    ----------
    temperature : float
        Of the softmax of a task with one label a row.
    heads : tuple of (slope, offset, threshold)
        Of each label of a multi-label task; the threshold is a probability.
    """

    temperature: float = 1.0
    heads: tuple[tuple[float, float, float], ...] = ()

    def apply(self, scores: Floats) -> tuple[Floats, Bools]:
        """Return probabilities and decisions, each of shape (rows, L)."""
        if not self.heads:
            best = scores.argmax(axis=1)
            return softmax(scores, self.temperature), best[:, None] == np.arange(scores.shape[1])
        slopes, offsets, thresholds = np.asarray(self.heads).T
        proba = sigmoid(scores * slopes + offsets)
        return proba, proba >= thresholds


def gather(corpus: Corpus, settings: Sequence[Setting], topical: bool) -> dict[CountKey, Counts]:
    """Count what any of the settings needs, each thing once."""
    wanted = {
        count_key(part, setting.features): (part, setting.features)
        for setting in settings
        for part in part_names(setting.features, topical)
    }
    return {key: counts_of(corpus, *found) for key, found in wanted.items()}


def vocabulary_key(features: Features, topical: bool) -> str:
    """Return what decides the matrices of a fold, before they are scaled: settings with one key share them."""
    return repr([_part_key(part, features) for part in part_names(features, topical)])


def _part_key(part: str, features: Features) -> Any:
    key = count_key(part, features)
    if not key[2]:
        return key
    # by repr: a min_df of 1 is a row, one of 1.0 is all rows
    limits = (repr(features.min_df), repr(features.max_df), features.max_features, features.sublinear_tf)
    return (*key, *limits)


class Kernel:
    """Products with X Xᵀ for the matrix X of a fold's training rows, and with Z Xᵀ for that of its scored rows."""

    def __init__(self, train: Any, scored: Any, transposed: Any = None) -> None:
        self._scored, self._transposed = scored, transposed
        self.product: Product
        self.rough: Product | None = None
        if transposed is not None:
            self.product = product_of(train)
        else:
            single = train.astype(np.float32)
            self.product, self.rough = train.__matmul__, lambda V: (single @ V.astype(np.float32)).astype(np.float64)

    def cross(self, dual: Floats) -> Floats:
        """Return Z Xᵀ A."""
        return np.asarray(self._scored @ (dual if self._transposed is None else self._transposed @ dual))


class FoldMatrices:
    """The matrices of a fold and their Gram matrices, made once and kept.

    Parameters
    ----------
    problem : Problem
    fold : Fold
    """

    def __init__(self, problem: Problem, fold: Fold) -> None:
        self.problem, self.fold = problem, fold
        self._weighed: dict[Any, Weighed] = {}
        self._grams: dict[Any, Floats] = {}

    def weighed(self, features: Features) -> list[tuple[Weighed, float]]:
        """Return each part of the features with its scale."""
        return [(self._part(part, features), scale_of(part, features)) for part in self._parts(features)]

    def stacked(self, features: Features) -> tuple[Any, list[str]]:
        """Return the whole matrix, training rows first, and the names of its columns."""
        from scipy import sparse

        parts = self.weighed(features)
        names = [str(name) for part, _ in parts for name in part.names]
        return sparse.hstack([part.matrix * scale for part, scale in parts]).tocsr(), names

    def kernel(self, features: Features) -> Kernel:
        """Return the products that a solver needs."""
        n = len(self.fold.train)
        if n > MOST_DENSE:
            X, _ = self.stacked(features)
            return Kernel(X[:n], X[n:], X[:n].T.tocsr())
        total: Any = 0.0
        for part in self._parts(features):
            total = total + scale_of(part, features) ** 2 * self._gram(part, features)
        return Kernel(total[:n], total[n:])

    def _parts(self, features: Features) -> list[str]:
        return part_names(features, self.problem.topical)

    def _part(self, part: str, features: Features) -> Weighed:
        key = _part_key(part, features)
        if key not in self._weighed:
            counts = self.problem.counts[count_key(part, features)]
            self._weighed[key] = weigh(counts, part, features, self.fold.train, self.fold.scored)
        return self._weighed[key]

    def _gram(self, part: str, features: Features) -> Floats:
        key = _part_key(part, features)
        if key not in self._grams:
            self._grams[key] = gram(self._part(part, features).matrix, len(self.fold.train))
        return self._grams[key]


class Head:
    """A linear head.

    Parameters
    ----------
    gold : ndarray of shape (n, L), bool
        Labels of the training rows.
    multilabel : bool

    Attributes
    ----------
    known : ndarray of int64
        Labels that some rows have and others don't.
    """

    def __init__(self, gold: Bools, multilabel: bool) -> None:
        count = gold.sum(axis=0)
        self.gold, self.multilabel = gold, multilabel
        # a label that no row has, or each, can't be learned: the runner refuses that, a learning curve meets it
        self.known = np.flatnonzero((count > 0) & (count < len(gold)))
        self._always = np.where(count > 0, -NEVER, NEVER) if multilabel else np.where(count > 0, 0.0, -np.inf)

    def train(self, kernel: Kernel, models: Sequence[Model]) -> list[Fit | None]:
        """Train models that differ in C alone; None stands for a head that has nothing to learn."""
        if not len(self.known):
            return [None] * len(models)
        gold, balanced = self.gold[:, self.known], models[0].class_weight == "balanced"
        if self.multilabel:
            loss = label_loss(gold, models[0].loss, balanced)
        else:
            loss = class_loss(gold.argmax(axis=1), len(self.known), models[0].loss, balanced)
        return [*minimise(kernel.product, len(gold), loss, [model.C for model in models], rough=kernel.rough)]

    def scores(self, kernel: Kernel, fit: Fit | None, rows: int) -> Floats:
        """Return the raw scores of the scored rows of a kernel, (rows, L)."""
        result = np.tile(self._always, (rows, 1))
        if fit is not None:
            raw = kernel.cross(fit.dual) + fit.bias
            result[:, self.known] = raw if self.multilabel else class_scores(raw)
        return result

    def weights(self, X: Any, fit: Fit | None) -> Floats:
        """Return the weights by feature, (V, L), for the matrix of the training rows."""
        result = np.zeros((X.shape[1], self.gold.shape[1]))
        if fit is not None:
            found = fit.weights(X)
            result[:, self.known] = found if self.multilabel else class_scores(found)
        return result


def fold_scores(problem: Problem, fold: Fold, settings: Sequence[Setting]) -> list[Floats]:
    """Train each setting on a fold's training rows and return its raw scores of the scored rows.

    Returns
    -------
    list of ndarray of shape (scored rows, L)
        In the order of the settings.
    """
    matrices, head = FoldMatrices(problem, fold), Head(problem.gold[fold.train], problem.multilabel)
    result: list[Floats] = [np.zeros(0)] * len(settings)
    order = sorted(range(len(settings)), key=lambda k: _shared(settings[k]))
    for _, same in groupby(order, key=lambda k: _shared(settings[k])[0]):
        members = list(same)
        kernel = matrices.kernel(settings[members[0]].features)
        for _, along in groupby(members, key=lambda k: _shared(settings[k])):
            numbers = list(along)
            fits = head.train(kernel, [settings[k].model for k in numbers])
            for k, fit in zip(numbers, fits, strict=True):
                result[k] = head.scores(kernel, fit, len(fold.scored))
    return result


def _shared(setting: Setting) -> tuple[str, str, str]:
    return repr(setting.features), setting.model.loss, setting.model.class_weight


def calibrate(problem: Problem, scores: Floats, gold: Bools) -> Calibration:
    """Fit the temperature, or slope, offset and threshold of each label, to held-out scores."""
    if not problem.multilabel:
        return Calibration(fit_temperature(scores, gold.argmax(axis=1)))
    heads = []
    for raw, labels in zip(scores.T, gold.T, strict=True):
        slope, offset = fit_platt(raw, labels)
        heads.append((slope, offset, best_threshold(sigmoid(slope * raw + offset), labels)))
    return Calibration(heads=tuple(heads))


def search_values(problem: Problem, folds: Sequence[Fold], settings: Sequence[Setting]) -> list[list[float]]:
    """Return the primary metric of each setting on each fold; thresholds of a fold come from the other folds.

    Returns
    -------
    list of list of float
        Settings, then folds.
    """
    by_fold = [fold_scores(problem, fold, settings) for fold in folds]
    golds = [problem.gold[fold.scored] for fold in folds]
    return [
        [_value(problem, [scores[k] for scores in by_fold], golds, fold) for fold in range(len(folds))]
        for k in range(len(settings))
    ]


def _value(problem: Problem, scores: list[Floats], golds: list[Bools], fold: int) -> float:
    calibration = Calibration()
    if problem.multilabel:
        others = [k for k in range(len(scores)) if k != fold]
        calibration = calibrate(problem, *(np.concatenate([parts[k] for k in others]) for parts in (scores, golds)))
    return problem.value(problem.primary, golds[fold], calibration.apply(scores[fold])[1])


def held_out_calibration(problem: Problem, folds: Sequence[Fold], setting: Setting) -> Calibration:
    """Calibrate a setting on what models of the folds say of rows that they have not seen."""
    scores = np.concatenate([fold_scores(problem, fold, [setting])[0] for fold in folds])
    return calibrate(problem, scores, np.concatenate([problem.gold[fold.scored] for fold in folds]))
