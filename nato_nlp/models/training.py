"""Training of the linear heads: scikit-learn's solvers, calibration and thresholds out of fold by group."""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nato_nlp.codebook import load_codebook
from nato_nlp.features.news import NewsFeatures
from nato_nlp.features.ngram_tfidf import NgramTfidf
from nato_nlp.models.calibration import best_threshold, fit_platt, fit_temperature
from nato_nlp.models.decision import sigmoid, softmax
from nato_nlp.models.heads import Heads

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Features = NgramTfidf | NewsFeatures
FOLDS = 5
NEVER = -30.0  # raw score of a binary head whose training rows held no positive one


@dataclass(frozen=True, eq=False)
class Targets:
    """What n training rows are labelled with.

    Attributes
    ----------
    quads, topics : tuple of str
        Names of the labels.
    quad : ndarray of shape (n,) or None
        Index into ``quads``; -1 for a row that does not train the quad head.
    binary : ndarray of shape (n, B), bool
        Topics, and boilerplate as the last column if it is trained.
    usable : ndarray of shape (n, B), bool
        Rows that train each binary head.
    boilerplate : bool
        Whether the last binary column is boilerplate.
    """

    quads: tuple[str, ...]
    topics: tuple[str, ...]
    quad: npt.NDArray[np.int64] | None
    binary: Bools
    usable: Bools
    boilerplate: bool


@dataclass(frozen=True, eq=False)
class HeldOut:
    """What models said of rows that they had not seen, nor any row of their group.

    Attributes
    ----------
    scores : ndarray of shape (n, K)
        Raw scores: quads, then binary heads.
    fold : ndarray of shape (n,)
        The fold that held each row out.
    targets : Targets
    """

    scores: Floats
    fold: npt.NDArray[np.int64]
    targets: Targets

    def calibrated(self) -> tuple[Floats, Floats, Bools]:
        """Return quad probabilities (n, quads), binary probabilities (n, B) and decisions (n, B).

        Temperature, slopes and thresholds of a fold come from the other folds, so that nothing was fitted to its rows.
        """
        quads = len(self.targets.quads)
        binary: Floats = np.zeros(self.targets.binary.shape)
        decided = np.zeros(self.targets.binary.shape, bool)
        for fold in np.unique(self.fold):
            inside, others = self.fold == fold, self.fold != fold
            for column in range(binary.shape[1]):
                slope, offset, threshold = self._binary(column, others)
                binary[inside, column] = sigmoid(slope * self.scores[inside, quads + column] + offset)
                decided[inside, column] = binary[inside, column] >= threshold
        return self.quad_proba(), binary, decided

    def quad_proba(self) -> Floats:
        """Return the quad probabilities of `calibrated` alone."""
        quads = len(self.targets.quads)
        quad = np.zeros((len(self.scores), quads))
        if quads:
            for fold in np.unique(self.fold):
                inside = self.fold == fold
                quad[inside] = softmax(self.scores[inside, :quads], self._temperature(~inside))
        return quad

    def _temperature(self, rows: Bools) -> float:
        if self.targets.quad is None:
            return 1.0
        use = rows & (self.targets.quad >= 0)
        return fit_temperature(self.scores[use, : len(self.targets.quads)], self.targets.quad[use])

    def _binary(self, column: int, rows: Bools) -> tuple[float, float, float]:
        """Return slope, offset and threshold of a binary head, fitted to some rows."""
        use = rows & self.targets.usable[:, column]
        scores, labels = self.scores[use, len(self.targets.quads) + column], self.targets.binary[use, column]
        slope, offset = fit_platt(scores, labels)
        return slope, offset, best_threshold(sigmoid(slope * scores + offset), labels)

    def final(self) -> tuple[float, Floats]:
        """Return the temperature, and slope, offset and threshold of each binary head, shape (B, 3), fitted to all rows."""
        rows = np.ones(len(self.scores), bool)
        binary = [self._binary(column, rows) for column in range(self.targets.binary.shape[1])]
        return self._temperature(rows), np.asarray(binary, np.float64).reshape(-1, 3)


@dataclass(frozen=True)
class Solver:
    """Settings of the logistic regressions."""

    C: float
    class_weight: Any
    random_state: int = 0

    def _regression(self) -> Any:
        from sklearn.linear_model import LogisticRegression

        # Newton steps end in a tenth of the time of L-BFGS where features outnumber rows, and much nearer to the optimum
        return LogisticRegression(C=self.C, class_weight=self.class_weight, solver="newton-cg", tol=1e-6, max_iter=2000)

    def multinomial(self, X: Any, y: npt.NDArray[np.int64], classes: int) -> tuple[Floats, Floats]:
        """Return weights (V, classes) and intercepts (classes,); -inf is the intercept of a class that y lacks."""
        weights = np.zeros((X.shape[1], classes))
        intercept = np.full(classes, -np.inf)
        known = np.unique(y)
        if len(known) == 1:
            intercept[known] = 0.0
            return weights, intercept
        model = self._regression().fit(X, y)
        coef, bias = model.coef_.T, model.intercept_
        if len(known) == 2:  # sigmoid(s) is the softmax of -s/2 and s/2
            coef, bias = np.hstack([-coef, coef]) / 2, np.concatenate([-bias, bias]) / 2
        weights[:, known] = coef
        intercept[known] = bias
        return weights, intercept

    def binary(self, X: Any, y: Bools) -> tuple[Floats, float]:
        """Return weights (V,) and intercept of a binary head."""
        if not y.any():
            return np.zeros(X.shape[1]), NEVER
        if y.all():
            return np.zeros(X.shape[1]), -NEVER
        model = self._regression().fit(X, y)
        return model.coef_[0], float(model.intercept_[0])


def train_heads(
    features: Features, texts: list[str], targets: Targets, groups: Any, solver: Solver
) -> tuple[Heads, HeldOut | None]:
    """Fit the features on all rows and the heads on those that they may learn from.

    Parameters
    ----------
    features : NgramTfidf or NewsFeatures
        Fitted in place.
    texts : list of str of length n
    targets : Targets
    groups : sequence of length n or None
        Rows of one group (a story) never stand in training and calibration at once; None: each row is its own group.
    solver : Solver

    Returns
    -------
    Heads, HeldOut or None
        None, and no calibration, where there are no two groups.
    """
    held_out = out_of_fold(features, texts, targets, groups, solver)
    X = features.fit_transform(texts)
    weights, intercept = _fit_all(X, targets, np.arange(len(texts)), solver, *head_columns(features))
    count = targets.binary.shape[1]
    temperature, binary = held_out.final() if held_out else (1.0, np.tile([1.0, 0.0, 0.5], (count, 1)))
    heads = Heads(
        quads=targets.quads,
        topics=targets.topics,
        boilerplate=targets.boilerplate,
        weights=weights.astype(np.float32),
        intercept=intercept.astype(np.float32),
        temperature=temperature,
        slopes=binary[:, 0],
        offsets=binary[:, 1],
        thresholds=binary[:, 2],
        assumed=assumed_priors(targets, solver.class_weight),
    )
    return heads, held_out


def assumed_priors(targets: Targets, class_weight: Any) -> Floats:
    """Return the class priors that the quad head assumes: each row's class by its weight, in codebook order.

    With 'balanced' every class weighs the same.
    """
    quads = load_codebook().quads
    priors = np.zeros(len(quads))
    if targets.quad is None:
        return priors
    count = np.bincount(targets.quad[targets.quad >= 0], minlength=len(targets.quads)).astype(np.float64)
    if class_weight == "balanced":
        count[:] = 1.0
    elif class_weight is not None:
        count *= [class_weight.get(index, 1.0) for index in range(len(count))]
    priors[[quads.index(name) for name in targets.quads]] = count / count.sum()
    return priors


def out_of_fold(features: Features, texts: list[str], targets: Targets, groups: Any, solver: Solver) -> HeldOut | None:
    """Score each row by heads and features that were fitted without its group; None where there are no two groups."""
    folds = _folds(len(texts), targets, groups, solver.random_state)
    if folds is None:
        warnings.warn("fewer than two groups: probabilities are not calibrated and thresholds are .5", stacklevel=4)
        return None
    scores = np.zeros((len(texts), len(targets.quads) + targets.binary.shape[1]))
    fold = np.zeros(len(texts), np.int64)
    for number, (train, test) in enumerate(folds):
        inside = type(features)(**features.get_params(deep=False))
        X = inside.fit_transform([texts[k] for k in train])
        weights, intercept = _fit_all(X, targets, train, solver, *head_columns(inside))
        scores[test] = inside.transform([texts[k] for k in test]) @ weights + intercept
        fold[test] = number
    return HeldOut(scores, fold, targets)


def _folds(n: int, targets: Targets, groups: Any, random_state: int) -> list[Any] | None:
    from sklearn.model_selection import StratifiedGroupKFold

    names = np.arange(n) if groups is None else np.unique(np.asarray(groups, dtype=str), return_inverse=True)[1]
    count = min(FOLDS, len(np.unique(names)))
    if count < 2:
        return None
    strata = targets.quad if targets.quad is not None else targets.binary[:, 0]
    # shuffled here: older versions of scikit-learn shuffle the strata of the groups, but not the groups themselves
    names = np.argsort(np.random.RandomState(random_state).permutation(names.max() + 1))[names]
    splitter = StratifiedGroupKFold(count)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The least populated class")  # rare classes are handled by Solver
        folds = list(splitter.split(np.zeros(n), strata, names))
    return [(train, test) for train, test in folds if len(train) and len(test)]


def head_columns(features: Features) -> tuple[slice, slice]:
    """Return the columns that a head for acts and one for a topic may learn from; all where the features don't tell.

    A head for acts that saw who is named would take a country's name for a sign of dispute.
    """
    return getattr(features, "act_columns_", slice(None)), getattr(features, "topic_columns_", slice(None))


def _fit_all(
    X: Any, targets: Targets, rows: npt.NDArray[np.int64], solver: Solver, acts: slice, topics: slice
) -> tuple[Floats, Floats]:
    """Fit every head on the given rows of the targets; X holds these rows."""
    weights: list[Floats] = []
    intercept: list[Floats] = []
    if targets.quad is not None:
        y = targets.quad[rows]
        w = np.zeros((X.shape[1], len(targets.quads)))
        w[acts], b = solver.multinomial(X[y >= 0][:, acts], y[y >= 0], len(targets.quads))
        weights.append(w)
        intercept.append(b)
    for column in range(targets.binary.shape[1]):
        use = targets.usable[rows, column]
        # site furniture is told by everything that the features know
        columns = topics if column < len(targets.topics) else slice(None)
        w = np.zeros((X.shape[1], 1))
        w[columns, 0], bias = solver.binary(X[use][:, columns], targets.binary[rows, column][use])
        weights.append(w)
        intercept.append(np.asarray([bias]))
    return np.hstack(weights), np.concatenate(intercept)
