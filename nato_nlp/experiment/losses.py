"""Losses of linear heads, each with its gradient and the product with its Hessian.

Symbols: n rows, B columns of scores (classes, or binary heads), P problems that are solved at once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from nato_nlp.models.decision import sigmoid, softmax

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Product = Callable[[Any], Floats]


class Loss(Protocol):
    """A convex loss of scores F of shape (n, P, B), for P problems at once."""

    @property
    def coupled(self) -> bool:
        """Whether a problem has B columns; else each column is one by itself."""

    @property
    def free_bias(self) -> bool:
        """Whether the bias is free; else it is penalised like a feature that is 1 in every row."""

    @property
    def columns(self) -> int:
        """B."""

    def value(self, F: Floats) -> Floats:
        """Return the loss: of shape (P, 1) when coupled, else (P, B)."""

    def slope(self, F: Floats) -> Floats:
        """Return its gradient, (n, P, B)."""

    def curvature(self, F: Floats) -> Product:
        """Return the product with its Hessian, from (n, P, B) to (n, P, B)."""


@dataclass(frozen=True, eq=False)
class Multinomial:
    """Cross-entropy of the softmax over B classes, as scikit-learn's ``LogisticRegression`` for three classes or more.

    Attributes
    ----------
    gold : ndarray of shape (n, 1, B)
        1 in the column of each row's class.
    weight : ndarray of shape (n, 1, 1)
    """

    gold: Floats
    weight: Floats
    coupled: bool = True
    free_bias: bool = True

    @property
    def columns(self) -> int:
        """B."""
        return int(self.gold.shape[2])

    def value(self, F: Floats) -> Floats:
        """Return the loss."""
        top = F.max(axis=2, keepdims=True)
        total = np.log(np.exp(F - top).sum(axis=2, keepdims=True)) + top
        return np.asarray((self.weight * (total - (F * self.gold).sum(axis=2, keepdims=True))).sum(axis=0))

    def slope(self, F: Floats) -> Floats:
        """Return its gradient."""
        return self.weight * (softmax(F) - self.gold)

    def curvature(self, F: Floats) -> Product:
        """Return the product with its Hessian."""
        P = softmax(F)
        WP = self.weight * P
        return lambda Q: WP * (Q - np.einsum("npb,npb->np", P, Q)[:, :, None])


@dataclass(frozen=True, eq=False)
class Logistic:
    """Logistic loss of B binary heads, as scikit-learn's ``LogisticRegression`` for two classes.

    Attributes
    ----------
    sign : ndarray of shape (n, 1, B)
        1 or -1.
    weight : ndarray of shape (n, 1, B) or (n, 1, 1)
    """

    sign: Floats
    weight: Floats
    coupled: bool = False
    free_bias: bool = True

    @property
    def columns(self) -> int:
        """B."""
        return int(self.sign.shape[2])

    def value(self, F: Floats) -> Floats:
        """Return the loss of each head."""
        return np.asarray((self.weight * np.logaddexp(0, -self.sign * F)).sum(axis=0))

    def slope(self, F: Floats) -> Floats:
        """Return its gradient."""
        return -self.weight * self.sign * sigmoid(-self.sign * F)

    def curvature(self, F: Floats) -> Product:
        """Return the product with its Hessian."""
        p = sigmoid(F)
        diagonal = self.weight * p * (1 - p)
        return lambda Q: diagonal * Q


@dataclass(frozen=True, eq=False)
class SquaredHinge:
    """Squared hinge loss of B binary heads, as scikit-learn's ``LinearSVC``, whose bias is penalised, too.

    The Hessian is the generalised one: 2 for rows inside the margin.

    Attributes
    ----------
    sign : ndarray of shape (n, 1, B)
    weight : ndarray of shape (n, 1, B) or (n, 1, 1)
    """

    sign: Floats
    weight: Floats
    coupled: bool = False
    free_bias: bool = False

    @property
    def columns(self) -> int:
        """B."""
        return int(self.sign.shape[2])

    def value(self, F: Floats) -> Floats:
        """Return the loss of each head."""
        return np.asarray((self.weight * np.maximum(0, 1 - self.sign * F) ** 2).sum(axis=0))

    def slope(self, F: Floats) -> Floats:
        """Return its gradient."""
        return -2 * self.weight * self.sign * np.maximum(0, 1 - self.sign * F)

    def curvature(self, F: Floats) -> Product:
        """Return the product with its generalised Hessian."""
        diagonal = 2 * self.weight * (self.sign * F < 1)
        return lambda Q: diagonal * Q


def class_loss(codes: Ints, classes: int, loss: str, balanced: bool) -> Loss:
    """Return the loss of a head with one class a row.

    Parameters
    ----------
    codes : ndarray of shape (n,), int64
        Class of each row; each class occurs.
    classes : int
        How many there are; two give one column of scores, that of the second.
    loss : {'logistic', 'squared_hinge'}
    balanced : bool
        Weigh rows by n / (classes * rows of the class).

    Notes
    -----
    Weights are those of scikit-learn: ``LinearSVC`` weighs only the own rows of each of more than two classes.
    """
    count = np.bincount(codes, minlength=classes)
    weight = (len(codes) / (classes * count) if balanced else np.ones(classes))[codes][:, None, None]
    gold = (codes[:, None, None] == np.arange(classes)).astype(np.float64)
    if classes == 2:
        sign = 2 * gold[:, :, 1:] - 1
        return Logistic(sign, weight) if loss == "logistic" else SquaredHinge(sign, weight)
    if loss == "logistic":
        return Multinomial(gold, weight)
    return SquaredHinge(2 * gold - 1, np.where(gold > 0, weight, 1.0))


def label_loss(flags: npt.NDArray[np.bool_], loss: str, balanced: bool) -> Loss:
    """Return the loss of B binary heads; each label stands in some rows and not in others."""
    n, positive = len(flags), flags.sum(axis=0)
    weight = np.where(flags, n / (2 * positive), n / (2 * (n - positive))) if balanced else np.ones(flags.shape)
    sign, weight = np.where(flags, 1.0, -1.0)[:, None], weight[:, None]
    return Logistic(sign, weight) if loss == "logistic" else SquaredHinge(sign, weight)


def class_scores(scores: Floats) -> Floats:
    """Turn one column of scores of two classes into two, of which the softmax is its sigmoid.

    Examples
    --------
    >>> class_scores(np.array([[3.0]])).tolist()
    [[-1.5, 1.5]]
    """
    return np.hstack([-scores, scores]) / 2 if scores.shape[1] == 1 else scores
