"""Products of sparse matrices that are dense."""

from nato_nlp._kernels.jit import kernel


@kernel
def gram_rows(indptr, indices, data, starts, rows, values, out):
    """Write X X₁ᵀ to out, shape (m, n), for a CSR matrix X of m rows and its first n rows X₁ in CSC form.

    A row of out stays in the nearest cache while it is summed, and of X₁ X₁ᵀ one half is the other's mirror.
    """
    n = out.shape[1]
    for i in range(out.shape[0]):
        for k in range(n):
            out[i, k] = 0.0
        for j in range(indptr[i], indptr[i + 1]):
            value, feature = data[j], indices[j]
            for k in range(starts[feature], starts[feature + 1]):
                if rows[k] > i:
                    break
                out[i, rows[k]] += value * values[k]
    for i in range(n):
        for k in range(i + 1, n):
            out[i, k] = out[k, i]
