"""Find sentences that stand in train and test, letter for letter or nearly."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from nato_nlp._validate import check_option, check_texts, must_be
from nato_nlp.evaluation._grams import gram_matrix, similar_pairs
from nato_nlp.evaluation._inputs import Ints, check_int

METHODS = ("auto", "exact", "minhash")
EXACT_PAIRS = 2_000_000_000  # up to here comparing prefixes is as fast as MinHash, and misses nothing
NON_WORD = re.compile(r"\W+")
THRESHOLD = 0.6
N = 5


class Leak(NamedTuple):
    """A test text that also stands in train.

    Attributes
    ----------
    train, test : int
        Indices of the two texts.
    kind : str
        'exact' (one normalised form) or 'near'.
    similarity : float
        Jaccard similarity of the character n-grams, 1 for an exact one.

    Examples
    --------
    >>> from nato_nlp.evaluation import find_leaks
    >>> find_leaks(["Envoys met."], ["ENVOYS MET"])
    [Leak(train=0, test=0, kind='exact', similarity=1.0)]
    """

    train: int
    test: int
    kind: str
    similarity: float


def normalise(text: str) -> str:
    """Lower the case and turn every run of characters that are no word characters into one space.

    Examples
    --------
    >>> normalise("“We won't,” he said.")
    'we won t he said'
    """
    return NON_WORD.sub(" ", text.lower()).strip()


def find_leaks(
    train_texts: Iterable[str],
    test_texts: Iterable[str],
    *,
    normalise: Callable[[str], str] = normalise,
    threshold: float = THRESHOLD,
    n: int = N,
    method: str = "auto",
) -> list[Leak]:
    """List the pairs of a train text and a test text that are the same or nearly so.

    Parameters
    ----------
    train_texts, test_texts : iterable of str
        The texts; a text whose normalised form is empty matches nothing.
    normalise : callable
        From text to the form that is compared.
    threshold : float, default=0.6
        Least Jaccard similarity of a near pair, in (0, 1].
    n : int, default=5
        Length of the character n-grams of the normalised form. A form of fewer characters has exact matches only.
    method : {'auto', 'exact', 'minhash'}, default='auto'
        How near pairs are found. 'exact' misses none. 'minhash' takes time linear in the texts and misses a pair at
        the threshold with a probability of at most 0.001 (for thresholds of 0.06 or more), a more similar one with
        less; what it lists is verified.
        'auto' is 'minhash' where there are more than 2e9 pairs to compare.

    Returns
    -------
    list of Leak
        Every pair, sorted by train index and then test index; texts that repeat give a pair each.

    Raises
    ------
    InputError
        A text that is not a str (its index is named), a threshold or n out of range, an unknown method.

    Notes
    -----
    MinHash is NumPy code on the sparse matrix that verification needs anyway: building that matrix takes most of the
    time, so a library for MinHash would gain little. Its seed is fixed: one input gives one result, in any order.

    Examples
    --------
    >>> train = ["The envoys met in Oslo on Monday.", "Talks collapsed."]
    >>> for leak in find_leaks(train, ["the envoys met in Oslo, on Monday", "The envoys met in Oslo on Tuesday."]):
    ...     print(leak.train, leak.test, leak.kind, round(leak.similarity, 2))
    0 0 exact 1.0
    0 1 near 0.63
    """
    _check(threshold, n, method)
    train = _rows_of_forms(check_texts(train_texts, "train_texts"), normalise)
    test = _rows_of_forms(check_texts(test_texts, "test_texts"), normalise)
    leaks = [Leak(i, j, "exact", 1.0) for form in train.keys() & test.keys() for i in train[form] for j in test[form]]
    left, right = list(train), list(test)
    for a, b, similarity in _near(left, right, threshold, n, method):
        if left[a] != right[b]:
            leaks += [Leak(i, j, "near", similarity) for i in train[left[a]] for j in test[right[b]]]
    return sorted(leaks)


def near_duplicate_clusters(
    texts: Iterable[str],
    *,
    normalise: Callable[[str], str] = normalise,
    threshold: float = THRESHOLD,
    n: int = N,
    method: str = "auto",
) -> Ints:
    """Give near-duplicates one number: groups for a split where there are no document ids.

    Parameters
    ----------
    texts : iterable of str
        The texts; those whose normalised form is empty are one cluster.
    normalise, threshold, n, method
        As for `find_leaks`.

    Returns
    -------
    ndarray of shape (n,), int64
        Cluster of each text. A chain of near-duplicates is one cluster, even if its ends differ. Numbers follow the
        alphabetical order of each cluster's first form: they depend on the texts, not on their order.

    Raises
    ------
    InputError
        As for `find_leaks`.

    Examples
    --------
    >>> near_duplicate_clusters(["Talks went on in Oslo.", "A ship sank.", "Talks went on in Oslo", "talks go on"])
    array([2, 0, 2, 1])
    """
    from scipy import sparse
    from scipy.sparse.csgraph import connected_components

    _check(threshold, n, method)
    items = check_texts(texts)
    rows = _rows_of_forms(items, normalise, keep_empty=True)
    forms = sorted(rows)
    pairs = _near(forms, forms, threshold, n, method, upper=True)
    i, j = [a for a, _, _ in pairs], [b for _, b, _ in pairs]
    graph = sparse.coo_matrix((np.ones(len(pairs)), (i, j)), shape=(len(forms), len(forms)))
    clusters = np.empty(len(items), np.int64)
    # scipy numbers components by their lowest node, and the forms are sorted
    for form, cluster in zip(forms, connected_components(graph, directed=False)[1], strict=True):
        clusters[rows[form]] = cluster
    return clusters


def _check(threshold: Any, n: Any, method: Any) -> None:
    if isinstance(threshold, bool) or not isinstance(threshold, int | float | np.number) or not 0 < threshold <= 1:
        raise must_be("threshold", "a number above 0 and at most 1", threshold)
    check_int("n", n, 1)
    check_option("method", method, METHODS)


def _rows_of_forms(
    texts: Sequence[str], normalise: Callable[[str], str], *, keep_empty: bool = False
) -> dict[str, list[int]]:
    rows = defaultdict(list)
    for index, text in enumerate(texts):
        rows[normalise(text)].append(index)
    if not keep_empty:
        rows.pop("", None)
    return dict(rows)


def _near(
    left: list[str], right: list[str], threshold: float, n: int, method: str, *, upper: bool = False
) -> list[tuple[int, int, float]]:
    """Give the pairs of forms whose similarity is at least the threshold."""
    exact = method == "exact" or (method == "auto" and len(left) * len(right) <= EXACT_PAIRS)
    if upper:
        first = second = gram_matrix(left, n)
    else:
        both = gram_matrix(left + right, n)
        first, second = both[: len(left)], both[len(left) :]
    i, j, similarity = similar_pairs(first, second, threshold, exact=exact, upper=upper)
    return list(zip(i.tolist(), j.tolist(), similarity.tolist(), strict=True))
