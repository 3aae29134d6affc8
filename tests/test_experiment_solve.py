"""The solver finds scikit-learn's optima."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from nato_nlp.experiment import solve
from nato_nlp.experiment.losses import class_loss, class_scores, label_loss
from nato_nlp.experiment.solve import gram, minimise, product_of


def made(seed, n=60, width=150, classes=4):
    rng = np.random.default_rng(seed)
    X = sparse.random(n - 1, width, density=0.2, random_state=seed, format="csr")
    X = sparse.vstack([X, sparse.csr_matrix((1, width))]).tocsr()  # the last row has no features
    y = np.concatenate([np.arange(classes), np.arange(classes), rng.integers(0, classes, n - 2 * classes)])
    return X, y


def regression(C, weight):
    return LogisticRegression(C=C, class_weight=weight, solver="newton-cg", tol=1e-10, max_iter=5000)


@pytest.mark.parametrize("classes", [2, 3, 5])
@pytest.mark.parametrize("weight", ["balanced", None])
@given(seed=st.integers(0, 2**20), C=st.sampled_from([0.03, 1.0, 30.0]))
def test_logistic_equals_scikit_learn(classes, weight, seed, C):
    X, y = made(seed, classes=classes)
    fit = minimise(product_of(X), len(y), class_loss(y, classes, "logistic", weight == "balanced"), [C])[0]
    expected = regression(C, weight).fit(X, y)
    np.testing.assert_allclose(fit.weights(X).T, expected.coef_, atol=1e-6)
    np.testing.assert_allclose(fit.bias, expected.intercept_, atol=1e-6)


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("weight", ["balanced", None])
@pytest.mark.parametrize("C", [0.03, 1.0])
def test_squared_hinge_equals_scikit_learn(classes, weight, C):
    X, y = made(0, classes=classes)
    fit = minimise(product_of(X), len(y), class_loss(y, classes, "squared_hinge", weight == "balanced"), [C])[0]
    expected = LinearSVC(C=C, class_weight=weight, tol=1e-12, dual=False, max_iter=100_000).fit(X, y)
    np.testing.assert_allclose(fit.weights(X).T, expected.coef_, atol=1e-6)
    np.testing.assert_allclose(fit.bias, expected.intercept_, atol=1e-6)


@pytest.mark.parametrize("loss", ["logistic", "squared_hinge"])
@pytest.mark.parametrize("weight", ["balanced", None])
def test_heads_side_by_side_equal_heads_alone(loss, weight):
    X, y = made(1, classes=3)
    flags = np.column_stack([y == 0, y != 1, np.arange(len(y)) % 7 == 0])
    fit = minimise(product_of(X), len(y), label_loss(flags, loss, weight == "balanced"), [3.0])[0]
    for column, labels in enumerate(flags.T):
        if loss == "logistic":
            expected = regression(3.0, weight).fit(X, labels)
        else:
            expected = LinearSVC(C=3.0, class_weight=weight, tol=1e-12, dual=False, max_iter=100_000).fit(X, labels)
        np.testing.assert_allclose(fit.weights(X)[:, column], expected.coef_[0], atol=1e-6)
        np.testing.assert_allclose(fit.bias[column], expected.intercept_[0], atol=1e-6)


@given(seed=st.integers(0, 2**20))
def test_gram_is_the_product(seed):
    X, _ = made(seed)
    X = sparse.hstack([X, np.ones((X.shape[0], 1))]).tocsr()  # a feature of every row: a dense column
    np.testing.assert_allclose(gram(X, 40), (X @ X[:40].T).toarray(), atol=1e-12)


def test_gram_and_sparse_products_give_one_optimum():
    X, y = made(2)
    loss = class_loss(y, 4, "logistic", True)
    K = gram(X, len(y))
    dense, rows = (minimise(product, len(y), loss, [10.0])[0] for product in (K.__matmul__, product_of(X)))
    np.testing.assert_allclose(dense.scores(K), np.asarray(X @ rows.weights(X)) + rows.bias, atol=1e-7)


@pytest.mark.parametrize("make", [class_loss, label_loss])
@pytest.mark.parametrize("loss", ["logistic", "squared_hinge"])
def test_values_of_C_together_give_what_they_give_alone(make, loss):
    X, y = made(3)
    target = class_loss(y, 4, loss, True) if make is class_loss else label_loss(y[:, None] == np.arange(4), loss, True)
    Cs = [0.01, 3.0, 100.0]
    for C, together in zip(Cs, minimise(product_of(X), len(y), target, Cs), strict=True):
        alone = minimise(product_of(X), len(y), target, [C])[0]
        np.testing.assert_allclose(together.weights(X), alone.weights(X), atol=1e-6)
        np.testing.assert_allclose(together.bias, alone.bias, atol=1e-6)


@pytest.mark.parametrize("loss", ["logistic", "squared_hinge"])
@pytest.mark.parametrize("C", [0.1, 10.0, 1000.0])
def test_single_precision_changes_the_way_and_not_the_end(loss, C):
    X, y = made(5)
    K, target = gram(X, len(y)), class_loss(y, 4, loss, True)
    exact = minimise(K.__matmul__, len(y), target, [C])[0]

    def rough(V):
        return (K.astype(np.float32) @ V.astype(np.float32)).astype(np.float64)

    found = minimise(K.__matmul__, len(y), target, [C], rough=rough)[0]
    np.testing.assert_allclose(found.weights(X), exact.weights(X), atol=1e-6)
    np.testing.assert_allclose(found.bias, exact.bias, atol=1e-6)


def test_the_precision_is_what_it_takes(monkeypatch):
    """A solver that stops early would fail the comparisons above."""
    X, y = made(4)
    loss = class_loss(y, 4, "logistic", True)
    good = minimise(product_of(X), len(y), loss, [30.0])[0]
    monkeypatch.setattr(solve, "NEWTON_STEPS", 1)
    poor = minimise(product_of(X), len(y), loss, [30.0])[0]
    assert np.abs(good.weights(X) - poor.weights(X)).max() > 1e-3


def test_separable_rows_and_huge_C_end():
    X = sparse.csr_matrix(np.eye(4))
    for loss in ("logistic", "squared_hinge"):
        fit = minimise(product_of(X), 4, class_loss(np.array([0, 0, 1, 1]), 2, loss, True), [1e6])[0]
        assert np.isfinite(fit.dual).all()
        assert ((fit.scores(np.eye(4)) > 0).ravel() == [False, False, True, True]).all()


def test_one_column_becomes_two():
    from nato_nlp.models.decision import sigmoid, softmax

    raw = np.array([[0.3], [-2.0]])
    np.testing.assert_allclose(softmax(class_scores(raw))[:, 1], sigmoid(raw[:, 0]))
    three = np.ones((1, 3))
    assert class_scores(three) is three


def test_no_warning_at_extreme_scores():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        F = np.array([[1000.0, -1000.0], [-1000.0, 1000.0]])
        for loss in (class_loss(np.array([0, 1]), 2, "logistic", True), label_loss(F > 0, "squared_hinge", False)):
            scores = F[:, None, : loss.columns]
            assert np.isfinite(loss.value(scores)).all()
            assert np.isfinite(loss.curvature(scores)(scores)).all()
