"""Training of the model of acts: a softmax over the pairs of a sentence, and the quads of the pairs that act.

Symbols: n sentences, C candidates, F features, s(c) the score of candidate c.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nato_nlp._kernels.pair_layout import SCORES, PairRows
from nato_nlp._validate import check_option, check_same_length, must_be
from nato_nlp.codebook import load_codebook
from nato_nlp.datasets.seeds import Act as CodedAct
from nato_nlp.errors import InputError
from nato_nlp.features.news import NewsFeatures
from nato_nlp.features.pairs import join_pairs, no_weights, pair_names, scan_pairs
from nato_nlp.features.phrases import Phrases
from nato_nlp.models.acts import TINY, ActHead, candidate_rows, shapes, softmax_by_row
from nato_nlp.models.calibration import best_threshold, fit_temperature
from nato_nlp.models.decision import softmax
from nato_nlp.models.training import HeldOut

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
MIN_ROWS = 8  # candidates that must have a feature
MAIN = 3.0  # what the main act of a sentence weighs against another one
PAIR_C, QUAD_C = 0.03, 0.01  # chosen by cross-validation grouped by story on the seed corpus
STEPS = 100  # of the solver
SENTENCE_SCALE = 0.3  # of what the quads of the sentence weigh: small, so that the penalty leaves them much
NEVER = -30.0  # bias of a quad that no act of the training rows has
COLDEST, HOTTEST = 0.05, 20.0


def fit_acts(
    features: Any, texts: list[str], acts: Any, held_out: HeldOut | None, boilerplate: Any
) -> tuple[ActHead, "HeldOutActs"]:
    """Fit the model of acts to n texts, with what models said of their quads that had not seen their groups.

    Raises
    ------
    InputError
        Features without a gazetteer, no held-out quads, acts of another number or shape.
    """
    if not isinstance(features, NewsFeatures):
        raise must_be("features", "NewsFeatures for acts: n-grams alone have no gazetteer", type(features).__name__)
    if held_out is None or not held_out.targets.quads:
        raise InputError("acts must come with quads and at least two groups: they learn from held-out quads")
    coded = check_acts(acts, texts)
    usable = np.ones(len(texts), bool) if boilerplate is None else ~np.asarray(list(boilerplate), bool)
    quads = load_codebook().quads
    quad_proba = np.zeros((len(texts), len(quads)))
    quad_proba[:, [quads.index(name) for name in held_out.targets.quads]] = held_out.calibrated()[0]
    return train_acts(act_examples(texts, coded, features.phrases_, quad_proba, held_out.fold, usable))


def check_acts(acts: Any, texts: Sequence[str]) -> list[list[CodedAct]]:
    """Return the acts of texts, each a source, a target and a quad.

    Raises
    ------
    InputError
        Another number of texts, an act of another shape or of an unknown quad; its index is named.
    """
    rows = [list(row) for row in acts]
    check_same_length("texts", texts, "acts", rows)
    return [[_coded(act, f"acts[{row}][{k}]") for k, act in enumerate(listed)] for row, listed in enumerate(rows)]


def _coded(act: Any, name: str) -> CodedAct:
    if isinstance(act, CodedAct):
        return act
    if isinstance(act, str) or len(act) != 3 or not all(isinstance(value, str) for value in act):
        raise must_be(name, "three str: source, target, quad", act)
    check_option(f"{name}, quad", act[2], load_codebook().quads)
    if not (act[0] or act[1]):
        raise must_be(name, "an act with a source or a target", act)
    return CodedAct(*act)


@dataclass(frozen=True, eq=False)
class ActExamples:
    """What the model of acts learns from.

    Attributes
    ----------
    pairs : PairRows
        Candidates of n sentences with the hashes of their features.
    share : ndarray of shape (C,)
        Share of each candidate in the acts of its sentence, the main one counted `MAIN` times.
    quad : ndarray of shape (C,)
        Quad of the act in codebook order; -1 where there is none.
    quad_proba : ndarray of shape (n, 5)
        Of the sentences, by models that did not see them.
    fold : ndarray of shape (n,)
        Sentences of one story have one fold.
    usable : ndarray of shape (n,), bool
        Sentences that are no site furniture, and whose acts are told by the sentence.
    """

    pairs: PairRows
    share: Floats
    quad: Ints
    quad_proba: Floats
    fold: Ints
    usable: npt.NDArray[np.bool_]


def act_examples(
    texts: list[str],
    acts: Sequence[Sequence[CodedAct]],
    phrases: Phrases,
    quad_proba: Floats,
    fold: Ints,
    usable: npt.NDArray[np.bool_],
) -> ActExamples:
    """Compare the candidates of sentences with their coded acts; a side that a sentence does not name counts as unnamed."""
    names = pair_names(phrases)
    pairs = join_pairs([scan_pairs(scan, names, no_weights(), keys=True) for scan in phrases.scan_all(texts)])
    number = {code: k for k, code in enumerate(names.codes)}
    quads = load_codebook().quads
    share, quad = np.zeros(len(pairs.source)), np.full(len(pairs.source), -1)
    kept = usable.copy()
    first = 0
    for row, stop in enumerate(pairs.stop.tolist()):
        place = _places(pairs, row, first, stop)
        told = list(told_acts(acts[row], pairs.actors[row], number))
        kept[row] &= bool(told) or not acts[row]
        for rank, (source, target, name) in enumerate(told):
            k = place[source, target]
            share[k] += 1.0 if rank else MAIN
            quad[k] = quads.index(name) if quad[k] < 0 else quad[k]
        share[first:stop] /= share[first:stop].sum() or 1.0
        first = stop
    return ActExamples(pairs, share, quad, quad_proba, fold, kept)


def told_acts(acts: Sequence[CodedAct], actors: Ints, number: dict[str, int]) -> Any:
    """Yield slots and quad of the acts of a sentence, -1 for a side that it does not name; none with no named side."""
    slot = {code: k for k, code in enumerate(actors.tolist()) if code >= 0}
    for act in acts:
        source, target = (slot.get(number.get(code, -1), -1) for code in (act.source, act.target))
        if source != target:
            yield source, target, act.quad


def _places(pairs: PairRows, row: int, first: int, stop: int) -> dict[tuple[int, int], int]:
    sides = zip(pairs.source[first:stop].tolist(), pairs.target[first:stop].tolist(), strict=True)
    return {pair: first + k for k, pair in enumerate(sides)}


def train_acts(examples: ActExamples) -> tuple[ActHead, "HeldOutActs"]:
    """Fit the model of acts; temperatures and threshold come from stories held out.

    Parameters
    ----------
    examples : ActExamples

    Returns
    -------
    ActHead, HeldOutActs
    """
    X, keys = feature_matrix(examples.pairs)
    scores = np.zeros((len(examples.share), SCORES))
    for fold in np.unique(examples.fold):
        inside = examples.fold[candidate_rows(examples.pairs)] == fold
        scores[inside] = _fitted(examples, X, examples.fold != fold).scores(examples, X)[inside]
    held_out = HeldOutActs(scores, examples)
    temperature, quad_temperature, threshold = held_out.calibration(np.ones(len(examples.fold), bool))
    fitted = _fitted(examples, X, np.ones(len(examples.fold), bool))
    head = ActHead(
        keys=keys,
        weights=fitted.weights.astype(np.float32),
        neutral=fitted.neutral.astype(np.float32),
        carried=fitted.carried.astype(np.float32),
        bias=fitted.bias.astype(np.float32),
        temperature=temperature,
        quad_temperature=quad_temperature,
        threshold=threshold,
    )
    return head, held_out


@dataclass(frozen=True, eq=False)
class HeldOutActs:
    """Scores of candidates by models that had not seen their story.

    Attributes
    ----------
    scores : ndarray of shape (C, 6)
        Of the pair, and of each quad.
    examples : ActExamples
    """

    scores: Floats
    examples: ActExamples

    def calibration(self, rows: npt.NDArray[np.bool_]) -> tuple[float, float, float]:
        """Return the temperatures of pairs and of quads, and the threshold of pairs, that fit some sentences."""
        examples = self.examples
        used = (rows & examples.usable)[candidate_rows(examples.pairs)]
        temperature = row_temperature(np.where(used, self.scores[:, 0], 0.0), examples, rows & examples.usable)
        proba = softmax_by_row(self.scores[:, 0] / temperature, examples.pairs.stop)
        acting = used & (examples.quad >= 0)
        quad_temperature = fit_temperature(self.scores[acting, 1:], examples.quad[acting])
        return temperature, quad_temperature, best_threshold(proba[used], examples.share[used] > 0)

    def calibrated(self) -> tuple[Floats, Floats, npt.NDArray[np.bool_]]:
        """Return pair probabilities (C,), quad probabilities (C, 5) and what is listed (C,).

        Temperatures and threshold of a fold come from the other folds.
        """
        proba, quads = np.zeros(len(self.scores)), np.zeros((len(self.scores), SCORES - 1))
        listed = np.zeros(len(self.scores), bool)
        fold = self.examples.fold[candidate_rows(self.examples.pairs)]
        for number in np.unique(fold):
            temperature, quad_temperature, threshold = self.calibration(self.examples.fold != number)
            inside = fold == number
            every = softmax_by_row(self.scores[:, 0] / temperature, self.examples.pairs.stop)
            proba[inside] = every[inside]
            quads[inside] = softmax(self.scores[inside, 1:], quad_temperature)
            listed[inside] = every[inside] >= threshold
        return proba, quads, listed


def feature_matrix(pairs: PairRows) -> tuple[Any, npt.NDArray[np.uint64]]:
    """Return the CSR matrix (C, F) of features that stand in at least `MIN_ROWS` candidates, and their hashes, sorted."""
    from scipy.sparse import csr_matrix

    keys, columns = np.unique(pairs.keys, return_inverse=True)
    indptr = np.concatenate([[0], pairs.key_stop])
    X = csr_matrix((np.ones(len(columns)), columns, indptr), shape=(len(pairs.source), len(keys)))
    X.sum_duplicates()
    kept = np.bincount(X.indices, minlength=len(keys)) >= MIN_ROWS
    return X[:, kept].tocsr(), keys[kept]


@dataclass(frozen=True, eq=False)
class _Fitted:
    """Weights as `ActHead` has them, in double precision."""

    weights: Floats
    neutral: Floats
    carried: Floats
    bias: Floats

    def scores(self, examples: ActExamples, X: Any) -> Floats:
        """Return the scores of all candidates, shape (C, 6)."""
        scores: Floats = X @ self.weights
        neutral, sentence = _dense(examples)
        scores[:, 0] += neutral @ self.neutral
        scores[:, 1:] += sentence @ self.carried + self.bias
        return scores


def _dense(examples: ActExamples) -> tuple[Floats, Floats]:
    """Return what the sentence tells of each candidate: how neutral it is, by shape (C, 3), and its quads (C, 5)."""
    row = candidate_rows(examples.pairs)
    neutral = examples.quad_proba[row, load_codebook().quads.index("neutral")]
    by_shape = np.eye(3)[shapes(examples.pairs)] * neutral[:, None]
    return by_shape, np.log(np.maximum(examples.quad_proba, TINY))[row]


def _fitted(examples: ActExamples, X: Any, rows: npt.NDArray[np.bool_]) -> _Fitted:
    """Fit pairs and quads on some sentences."""
    from scipy.sparse import csr_matrix, hstack

    neutral, sentence = _dense(examples)
    used = (rows & examples.usable)[candidate_rows(examples.pairs)]
    wide = hstack([X, csr_matrix(neutral)]).tocsr()
    pair = fit_pairs(wide[used], examples.share[used], _sizes(examples, used))
    acting = used & (examples.quad >= 0)
    quad, bias = _fit_quads(hstack([X[acting], csr_matrix(sentence[acting] / SENTENCE_SCALE)]), examples.quad[acting])
    weights = np.column_stack([pair[: X.shape[1]], quad[: X.shape[1]]])
    return _Fitted(weights, pair[X.shape[1] :], quad[X.shape[1] :] / SENTENCE_SCALE, bias)


def _sizes(examples: ActExamples, used: npt.NDArray[np.bool_]) -> Ints:
    """Return how many of the used candidates each sentence has; sentences without one are left out."""
    count = np.bincount(candidate_rows(examples.pairs)[used], minlength=len(examples.fold))
    return count[count > 0]


def fit_pairs(X: Any, share: Floats, sizes: Ints) -> Floats:
    """Fit the weights w that minimise the cross-entropy of each sentence's shares, with an L2 penalty.

    The softmax of a sentence runs over its candidates and 'no act', whose score is 0 and whose share is what is missing to 1.

    Parameters
    ----------
    X : CSR matrix of shape (C, F)
    share : ndarray of shape (C,)
        They sum to 1 in a sentence with an act, to 0 in another.
    sizes : ndarray of shape (n,)
        Candidates of each sentence, at least one.

    Returns
    -------
    ndarray of shape (F,)
    """
    from scipy.optimize import minimize

    across, stop = X.T.tocsr(), np.cumsum(sizes)
    starts = stop - sizes

    def loss(weights: Floats) -> tuple[float, Floats]:
        scores = X @ weights
        top = np.maximum(np.maximum.reduceat(scores, starts), 0.0)
        total = np.log(np.add.reduceat(np.exp(scores - np.repeat(top, sizes)), starts) + np.exp(-top)) + top
        value = total.sum() - share @ scores + weights @ weights / (2 * PAIR_C)
        slope = across @ (np.exp(scores - np.repeat(total, sizes)) - share) + weights / PAIR_C
        return float(value), slope

    found = minimize(loss, np.zeros(X.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": STEPS, "maxcor": 20})
    result: Floats = found.x
    return result


def _fit_quads(X: Any, quad: Ints) -> tuple[Floats, Floats]:
    """Return weights (F, 5) and biases of a multinomial logistic regression; a quad that no act has gets none."""
    from sklearn.linear_model import LogisticRegression

    quads = len(load_codebook().quads)
    weights, bias = np.zeros((X.shape[1], quads)), np.full(quads, NEVER)
    known = np.unique(quad)
    if len(known) < 2:
        bias[known] = 0.0
        return weights, bias
    model = LogisticRegression(C=QUAD_C, solver="newton-cg", tol=1e-5, max_iter=200).fit(X.tocsr(), quad)
    if len(known) == 2:  # sigmoid(s) is the softmax of -s/2 and s/2
        coef, intercept = np.vstack([-model.coef_, model.coef_]) / 2, np.repeat(model.intercept_, 2) / 2 * [-1, 1]
    else:
        coef, intercept = model.coef_, model.intercept_
    weights[:, known], bias[known] = coef.T, intercept
    return weights, bias


def row_temperature(scores: Floats, examples: ActExamples, rows: npt.NDArray[np.bool_]) -> float:
    """Find the temperature of the pairs that minimises the cross-entropy of the shares in some sentences; 1.0 without any."""
    from scipy.optimize import minimize_scalar

    used = rows[candidate_rows(examples.pairs)]
    sizes = _sizes(examples, used)
    if not len(sizes):
        return 1.0
    stop, share = np.cumsum(sizes), examples.share[used]
    first = stop - sizes
    nothing = 1.0 - np.add.reduceat(share, first)

    def loss(log_temperature: float) -> float:
        proba = softmax_by_row(scores[used] / np.exp(log_temperature), stop)
        none = 1.0 - np.add.reduceat(proba, first)
        return -float(share @ np.log(np.maximum(proba, TINY)) + nothing @ np.log(np.maximum(none, TINY)))

    found = minimize_scalar(loss, bounds=(np.log(COLDEST), np.log(HOTTEST)), method="bounded", options={"xatol": 1e-6})
    return float(np.exp(found.x))
