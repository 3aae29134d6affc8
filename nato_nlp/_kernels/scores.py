"""Scores of sparse rows."""

from nato_nlp._kernels.jit import kernel


@kernel
def row_scores(indptr, indices, data, weights, out):
    """Write the product of a CSR matrix and dense weights, shape (V, K), to out, shape (n, K)."""
    for row in range(indptr.shape[0] - 1):
        for k in range(weights.shape[1]):
            out[row, k] = 0.0
        for j in range(indptr[row], indptr[row + 1]):
            value = data[j]
            column = indices[j]
            for k in range(weights.shape[1]):
                out[row, k] += value * weights[column, k]
