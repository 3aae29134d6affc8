"""The fitted linear heads: arrays only, shared by training, tagging and model files."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nato_nlp.codebook import load_codebook
from nato_nlp.features._results import CsrArrays
from nato_nlp.models.decision import reweight, sigmoid, softmax

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Heads:
    """Linear heads over one feature space.

    Symbols: V features, K heads: the known quads, then the topics, then the boilerplate detector if there is one.

    Attributes
    ----------
    quads, topics : tuple of str
        Labels of the heads; quads in codebook order.
    boilerplate : bool
        Whether the last head is a detector of boilerplate.
    weights : ndarray of shape (V, K), float32
    intercept : ndarray of shape (K,), float32
    temperature : float
        Of the quad head; > 0.
    slopes, offsets, thresholds : ndarray of shape (K - number of quads,)
        Calibration and threshold (a probability) of each binary head.
    assumed : ndarray of shape (5,)
        Class priors of the quads that training assumed, in codebook order; 0 for a quad without a head.
    priors : ndarray of shape (5,) or None
        Class priors that the user sets instead.
    """

    quads: tuple[str, ...]
    topics: tuple[str, ...]
    boilerplate: bool
    weights: npt.NDArray[np.float32]
    intercept: npt.NDArray[np.float32]
    temperature: float
    slopes: Floats
    offsets: Floats
    thresholds: Floats
    assumed: Floats
    priors: Floats | None = None

    def scores(self, matrix: CsrArrays) -> Floats:
        """Return the raw scores (n, K) of a matrix of shape (n, V)."""
        from nato_nlp._kernels.scores import row_scores

        result = np.empty((len(matrix.indptr) - 1, self.weights.shape[1]))
        # one type of each array, so that the kernel is compiled once
        indptr, indices = matrix.indptr.astype(np.int64), matrix.indices.astype(np.int64)
        weights = np.require(self.weights, np.float32, ["C", "W"])
        row_scores(indptr, indices, matrix.data.astype(np.float64), weights, result)
        return result + self.intercept

    def quad_proba(self, scores: Floats) -> Floats:
        """Return calibrated quad probabilities in codebook order, shape (n, 5); 0 for a quad without a head."""
        quads = load_codebook().quads
        result = np.zeros((len(scores), len(quads)))
        if not self.quads:
            return result
        known = [quads.index(q) for q in self.quads]
        result[:, known] = softmax(scores[:, : len(self.quads)], self.temperature)
        if self.priors is not None:
            result[:, known] = reweight(result[:, known], self.assumed[known], self.priors[known])
        return result

    def binary_proba(self, scores: Floats) -> Floats:
        """Return calibrated probabilities of the binary heads, shape (n, topics and boilerplate)."""
        return sigmoid(scores[:, len(self.quads) :] * self.slopes + self.offsets)
