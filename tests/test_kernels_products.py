"""Dense products of sparse matrices against SciPy's."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import config
from scipy import sparse

from nato_nlp._kernels.products import gram_rows


@settings(max_examples=30 if config.DISABLE_JIT else 100, deadline=None)
@given(st.integers(0, 12), st.integers(0, 12), st.integers(1, 9), st.floats(0, 1), st.integers(0, 2**32 - 1))
def test_gram_rows(n, more, features, density, seed):
    X = sparse.random(n + more, features, density, format="csr", rng=np.random.default_rng(seed))
    first = X[:n].tocsc()
    out = np.full((n + more, n), np.nan)
    gram_rows(X.indptr, X.indices, X.data, first.indptr, first.indices, first.data, out)
    assert out == pytest.approx((X @ X[:n].T).toarray())
    assert (out[:n] == out[:n].T).all()
