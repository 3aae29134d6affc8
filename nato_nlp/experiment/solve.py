"""Linear models for grids: Newton's method on dual weights, fed by products with the Gram matrix.

Symbols: n training rows, V features, B columns of scores (classes, or binary heads), X the (n, V) matrix of the rows,
K = X Xᵀ. By the representer theorem the optimum is W = Xᵀ A with A of shape (n, B) [SHS01], so where n is below V the search
for it never leaves n dimensions, and K serves every C, loss and class weight.

References
----------
[SHS01] Schölkopf, Herbrich, Smola: A Generalized Representer Theorem. COLT 2001.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nato_nlp.experiment.losses import Floats, Loss, Product

PRECISION = 1e-7  # of the gradient, and so of the weights
ROUNDING = 1e-26  # of the squared gradient at zero: less can not be told from 0
FORCING = 1e-2  # of the squared gradient: how precise a linear system is solved
NEWTON_STEPS, CG_STEPS, HALVINGS = 100, 400, 30
SUFFICIENT = 1e-4  # share of the decrease that the slope promises (Armijo's rule)
MOST_DENSE = 2000  # rows up to which products with the Gram matrix (32 MB) are faster than with the sparse rows
COMMON = 5  # a feature of more than n / 5 rows is multiplied as a dense column


@dataclass(frozen=True, eq=False)
class Fit:
    """An optimum.

    Attributes
    ----------
    dual : ndarray of shape (n, B)
        A: the weights are Xᵀ A.
    bias : ndarray of shape (B,)
    """

    dual: Floats
    bias: Floats

    def scores(self, cross: Any) -> Floats:
        """Return the scores of rows Z, given Z Xᵀ."""
        return np.asarray(cross @ self.dual) + self.bias

    def weights(self, X: Any) -> Floats:
        """Return the weights by feature, (V, B)."""
        return np.asarray(X.T @ self.dual)


def gram(X: Any, n: int) -> Floats:
    """Return X X₁ᵀ, dense, for X₁ the first n rows of a CSR matrix.

    Products of sparse matrices take time quadratic in a feature's rows, so the common features are multiplied as dense ones.
    """
    from nato_nlp._kernels.products import gram_rows

    df = np.bincount(X.indices, minlength=X.shape[1])
    common = df * COMMON > X.shape[0]
    rest = X[:, np.flatnonzero(~common)]
    first: Any = rest[:n].tocsc()
    result: Floats = np.empty((X.shape[0], n))
    gram_rows(rest.indptr, rest.indices, rest.data, first.indptr, first.indices, first.data, result)
    if common.any():
        dense = X[:, np.flatnonzero(common)].toarray()
        train = dense[:n]
        result[:n] += train @ train.T  # BLAS knows that this is symmetric: half of the work
        result[n:] += dense[n:] @ train.T
    return result


def product_of(X: Any) -> Product:
    """Return the product with X Xᵀ for a matrix of more rows than a Gram matrix can have."""
    Xt = X.T.tocsr()
    return lambda V: np.asarray(X @ (Xt @ V))


def minimise(product: Product, n: int, loss: Loss, Cs: Sequence[float], *, rough: Product | None = None) -> list[Fit]:
    """Minimise C * loss(X W + bias) + |W|² / 2 for some values of C at once.

    Parameters
    ----------
    product : callable
        From V of shape (n, any) to K V.
    n : int
        Rows.
    loss : Loss
    Cs : sequence of float
        P weights of the loss. Problems side by side share each pass over K, which saves more than a start at the optimum of
        a neighbouring C would.
    rough : callable, optional
        As ``product``, but in single precision: twice as fast, and good enough for the direction of a step. The gradient, and
        so the optimum, comes from ``product`` alone.

    Returns
    -------
    list of Fit
        One a C; weights within 1e-7 of the optimum, as a gradient g bounds the way to it by |g|.

    Notes
    -----
    Newton's method with a line search; its linear systems are solved by conjugate gradients in the space of (W, bias), whose
    inner product is <A, K A'> + <bias, bias'>. One product with K a step.
    """
    search = _Newton(product, rough or product, n, loss, Cs)
    for _ in range(NEWTON_STEPS):
        if not search.step():
            break
    search.retire(np.ones(len(search.numbers), bool))
    return [search.found[k] for k in range(len(Cs))]


class _Newton:
    """Where the search for the optima is: dual weights A, bias, the scores K A, and the gradient (g, gb) with K g."""

    g: Floats
    gb: Floats
    Kg: Floats

    def __init__(self, product: Product, rough: Product, n: int, loss: Loss, Cs: Sequence[float]) -> None:
        self.loss, self.C = loss, np.asarray(Cs, np.float64)[:, None]
        self.numbers, self.found = np.arange(len(Cs)), dict[int, Fit]()
        self._product, self._rough = product, rough
        self.A = np.zeros((n, len(Cs), loss.columns))
        self.KA, self.bias = np.zeros_like(self.A), np.zeros((len(Cs), loss.columns))
        self._grade()
        self.goal = np.maximum(PRECISION**2, ROUNDING * self._dot(self.g, self.Kg, self.gb))

    def retire(self, solved: Any) -> None:
        """Keep the optima of some problems, and go on with the others."""
        bias = self.bias if self.loss.free_bias else self.A.sum(axis=0)
        for k in np.flatnonzero(solved):
            self.found[int(self.numbers[k])] = Fit(self.A[:, k], bias[k])
        left = ~solved
        self.numbers, self.C, self.bias, self.gb = (x[left] for x in (self.numbers, self.C, self.bias, self.gb))
        self.goal = self.goal[left]
        self.A, self.KA, self.g, self.Kg = (x[:, left] for x in (self.A, self.KA, self.g, self.Kg))

    def _times(self, V: Floats, by: Product) -> Floats:
        if self.loss.coupled:  # all rows here sum to 0, so the last class follows from the others
            result = _flat(by, V[:, :, :-1])
            return np.concatenate([result, -result.sum(axis=2, keepdims=True)], axis=2)
        result = _flat(by, V)
        return result if self.loss.free_bias else result + V.sum(axis=0)

    def _grade(self) -> None:
        slope = self.C * self.loss.slope(self.KA + self.bias)
        self.g = self.A + slope
        self.gb = slope.sum(axis=0) * self.loss.free_bias
        self.Kg = self._times(self.g, self._product)

    def _sum(self, values: Floats) -> Floats:
        return values.sum(axis=1, keepdims=True) if self.loss.coupled else values

    def _dot(self, A: Floats, KA: Floats, bias: Floats) -> Floats:
        return self._sum(np.einsum("npb,npb->pb", A, KA) + bias**2)

    def step(self) -> bool:
        """Go one step of Newton's method; False when all problems are solved, or rounding leaves nothing to gain."""
        active = self._dot(self.g, self.Kg, self.gb) > self.goal
        solved = ~active.any(axis=1)
        if solved.any():
            self.retire(solved)
            active = active[~solved]
        if not len(active):
            return False
        d, Kd, db = self._direction(active)
        slope = self._sum(np.einsum("npb,npb->pb", self.g, Kd) + self.gb * db)
        here = self._objective(self.A, self.KA, self.bias)
        # rounding of the objective must not stop a step near the optimum
        slack = 1e-13 * np.abs(here)
        length = np.where(active & (slope < 0), 1.0, 0.0)
        for _ in range(HALVINGS):
            A, KA, bias = self.A + length * d, self.KA + length * Kd, self.bias + length * db
            worse = self._objective(A, KA, bias) > here + SUFFICIENT * length * slope + slack
            if not worse.any():
                break
            length = np.where(worse, length / 2, length)
        self.A, self.bias = A, bias
        self.KA = KA if self._rough is self._product else self._times(A, self._product)
        self._grade()
        return bool((length > 0).any())

    def _objective(self, A: Floats, KA: Floats, bias: Floats) -> Floats:
        penalty = self._sum(np.einsum("npb,npb->pb", A, KA)) / 2
        return self.C * self.loss.value(KA + bias) + penalty

    def _direction(self, active: Any) -> tuple[Floats, Floats, Floats]:
        """Solve H d = -gradient by conjugate gradients; return d, K d, and its bias."""
        bend = self.loss.curvature(self.KA + self.bias)
        r, Kr, rb = -self.g, -self.Kg, -self.gb
        p, Kp, pb = r, Kr, rb
        d, Kd, db = np.zeros_like(r), np.zeros_like(r), np.zeros_like(rb)
        size = self._dot(r, Kr, rb)
        wanted = np.maximum(FORCING * size, self.goal / 4)
        for _ in range(CG_STEPS):
            going = active & (size > wanted)
            if not going.any():
                break
            T = self.C * bend(Kp + pb)
            Hp, Hpb = p + T, T.sum(axis=0) * self.loss.free_bias
            bent = self._sum(np.einsum("npb,npb->pb", Kp, Hp) + pb * Hpb)
            alpha = np.where(going, size / np.where(bent > 0, bent, 1.0), 0.0)
            live = np.flatnonzero(going.any(axis=1))  # the product is what takes time
            KT = np.zeros_like(T)
            KT[:, live] = self._times(T[:, live], self._rough)
            d, Kd, db = d + alpha * p, Kd + alpha * Kp, db + alpha * pb
            r, Kr, rb = r - alpha * Hp, Kr - alpha * (Kp + KT), rb - alpha * Hpb
            before, size = size, np.maximum(self._dot(r, Kr, rb), 0)
            beta = np.where(going, size / np.where(before > 0, before, 1.0), 0.0)
            p, Kp, pb = r + beta * p, Kr + beta * Kp, rb + beta * pb
        return d, Kd, db


def _flat(by: Product, V: Floats) -> Floats:
    return by(V.reshape(len(V), -1)).reshape(V.shape)
