"""Which words set two groups of texts apart: log-odds with an informative prior, and a plot of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nato_nlp._validate import check_texts, must_be, need
from nato_nlp.errors import InputError
from nato_nlp.features.ngram_tfidf import NgramTfidf

Floats = npt.NDArray[np.float64]
COLOURS = ("#b35806", "#2166ac")  # of the first and second group: orange and blue, apart for colour-blind people
HATCH = ("//", "")  # and in print


@dataclass(frozen=True, eq=False)
class Contrast:
    """Terms by how much they set two groups of texts apart.

    Symbols: V terms.

    Attributes
    ----------
    terms : ndarray of shape (V,), object
        From those that lean most to the second group to those that lean most to the first.
    log_odds : ndarray of shape (V,), float64
        Log-odds ratio (nats), second group against first.
    z : ndarray of shape (V,), float64
        Log-odds ratio over its standard error: no unit. About 1.96 and more is rare by chance for a single term, but not
        for the most extreme of thousands.
    counts : ndarray of shape (V, 2), int64
        Occurrences in the first and second group.
    names : tuple of str
        What the groups are called.

    Examples
    --------
    >>> from nato_nlp.explain import contrast
    >>> found = contrast(["They met.", "They met and agreed."], ["They fired.", "Troops fired."], min_count=1)
    >>> bool(found.z[0] > 0), bool(found.z[-1] < 0), found.names
    (True, True, ('first', 'second'))
    """

    terms: npt.NDArray[np.object_]
    log_odds: Floats
    z: Floats
    counts: npt.NDArray[np.int64]
    names: tuple[str, str]


def log_odds(first: Any, second: Any, prior: Any) -> tuple[Floats, Floats]:
    r"""Return log-odds ratios with an informative Dirichlet prior, and their z-scores.

    Symbols: y(w, g) count of term w in group g = 1, 2; n(g) their sum; a(w) prior count of w; a their sum.

    Parameters
    ----------
    first, second : array of shape (V,)
        Counts y(w, 1) and y(w, 2), from 0 on.
    prior : array of shape (V,)
        Prior counts a(w), above 0.

    Returns
    -------
    delta : ndarray of shape (V,)
        ln((y(w, 2) + a(w)) / (n(2) + a - y(w, 2) - a(w))) less the same of group 1, equation (15) of [MCQ08], in nats.
    z : ndarray of shape (V,)
        delta over the root of 1 / (y(w, 1) + a(w)) + 1 / (y(w, 2) + a(w)), equations (20) and (22).

    Raises
    ------
    InputError
        Shapes that differ, fewer than two terms, a negative count, a prior count that is not above 0.

    References
    ----------
    [MCQ08] Monroe, Colaresi, Quinn: Fightin' Words: Lexical feature selection and evaluation for identifying the content of
    political conflict. Political Analysis 16(4), 2008.

    Examples
    --------
    >>> delta, z = log_odds([8, 2], [2, 8], [1, 1])
    >>> delta.round(3).tolist(), z.round(3).tolist()
    ([-2.197, 2.197], [-3.296, 3.296])
    """
    a, b, given = (np.asarray(counts, np.float64) for counts in (first, second, prior))
    if not (a.ndim == 1 and a.shape == b.shape == given.shape and len(a) > 1):
        raise must_be(
            "first, second, prior",
            "three rows of counts of the same two or more terms",
            (a.shape, b.shape, given.shape),
        )
    for name, counts, fine in (("first", a, a >= 0), ("second", b, b >= 0), ("prior", given, given > 0)):
        if not (fine & np.isfinite(counts)).all():
            place = int(np.argmin(fine & np.isfinite(counts)))
            least = "a number above 0" if name == "prior" else "a number from 0 on"
            raise must_be(f"{name}[{place}]", least, float(counts[place]))
    logits = []
    for counts in (a, b):
        smooth = counts + given
        # the sum over the other terms; a difference of totals could round to 0
        rest = np.maximum(smooth.sum() - smooth, np.finfo(np.float64).tiny)
        logits.append(np.log(smooth) - np.log(rest))
    delta = logits[1] - logits[0]
    return delta, delta / np.sqrt(1 / (a + given) + 1 / (b + given))


def contrast(
    first: Iterable[str],
    second: Iterable[str],
    *,
    names: tuple[str, str] = ("first", "second"),
    ngrams: tuple[int, int] = (1, 2),
    min_count: int = 3,
    prior: float = 500.0,
) -> Contrast:
    """Compare the words of two groups of texts: two stances, two periods, two outlets.

    Parameters
    ----------
    first, second : iterable of str
        The texts of each group.
    names : tuple of str, default=('first', 'second')
        What the groups are called.
    ngrams : tuple of int, default=(1, 2)
        Shortest and longest n-gram of words.
    min_count : int, default=3
        Terms that occur less often in both groups together are left out.
    prior : float, default=500.0
        Size of the prior in words, above 0: each term gets the share of it that the term has in both groups together. A
        larger one draws rare terms further to 0.

    Returns
    -------
    Contrast
        Terms are in the order of their z, ties in that of their spelling.

    Raises
    ------
    InputError
        Texts that are no sequence of str, a group without texts, fewer than two terms that remain, a parameter out of range.

    Examples
    --------
    >>> found = contrast(["They met.", "They met and agreed."], ["They fired.", "Troops fired."], min_count=1)
    >>> str(found.terms[0]), str(found.terms[-1])
    ('fired', 'they met')
    """
    groups = [check_texts(first, "first"), check_texts(second, "second")]
    _check(groups, names, min_count, prior)
    counter = NgramTfidf(word=ngrams, char=None, sublinear_tf=False, use_idf=False, norm=None)
    counter.fit([text for texts in groups for text in texts])
    counts = np.column_stack([_counted(counter, texts) for texts in groups])
    kept = counts.sum(axis=1) >= min_count
    if kept.sum() < 2:
        raise InputError(
            f"first, second must hold at least two terms that occur {min_count} times, got {int(kept.sum())}"
        )
    counts, terms = counts[kept], counter.get_feature_names_out()[kept]
    total = counts.sum(axis=1)
    delta, z = log_odds(counts[:, 0], counts[:, 1], prior * total / total.sum())
    order = np.lexsort((terms.astype(str), -z))
    return Contrast(terms[order], delta[order], z[order], counts[order], (str(names[0]), str(names[1])))


def _check(groups: list[list[str]], names: Any, min_count: Any, prior: Any) -> None:
    for name, texts in zip(("first", "second"), groups, strict=True):
        if not texts:
            raise must_be(name, "at least one text", texts)
    if isinstance(names, str) or len(names) != 2:
        raise must_be("names", "two names", names)
    if isinstance(min_count, bool) or not isinstance(min_count, int) or min_count < 1:
        raise must_be("min_count", "a whole number from 1 on", min_count)
    if isinstance(prior, bool) or not isinstance(prior, int | float) or not 0 < prior < float("inf"):
        raise must_be("prior", "a number above 0", prior)


def _counted(counter: NgramTfidf, texts: list[str]) -> npt.NDArray[np.int64]:
    found = counter.transform_arrays(texts)
    return np.rint(np.bincount(found.indices, found.data, minlength=found.columns)).astype(np.int64)


def plot_contrast(found: Contrast, top: int = 15) -> Any:
    """Plot the terms that set two groups apart most.

    Parameters
    ----------
    found : Contrast
    top : int, default=15
        Terms of each group, at most; only those that lean to it.

    Returns
    -------
    matplotlib.figure.Figure
        A figure of its own, known to no window system: ``figure.savefig("contrast.svg")``.

    Raises
    ------
    MissingExtraError
        matplotlib is not installed.
    InputError
        ``top`` below 1, or no term that leans to either side.

    Examples
    --------
    >>> from nato_nlp.explain import contrast
    >>> found = contrast(["They met.", "They met and agreed."], ["They fired.", "Troops fired."], min_count=1)
    >>> plot_contrast(found, top=3).savefig("contrast.svg")  # doctest: +SKIP
    """
    if isinstance(top, bool) or not isinstance(top, int) or top < 1:
        raise must_be("top", "a whole number from 1 on", top)
    chosen = [k for k in range(len(found.z)) if found.z[k] > 0][:top]
    chosen += [k for k in range(len(found.z)) if found.z[k] < 0][-top:]
    if not chosen:
        raise InputError("found must hold a term that leans to one group, got none")
    figure = need("matplotlib.figure", "report").Figure(figsize=(7, 1.2 + 0.24 * len(chosen)), layout="constrained")
    axes = figure.subplots()
    z = found.z[chosen]
    sides = (z > 0).astype(int)
    bars = axes.barh(range(len(chosen)), z, color=[COLOURS[side] for side in sides], edgecolor="white")
    for bar, side in zip(bars, sides, strict=True):
        bar.set_hatch(HATCH[side])
    # a dollar sign would begin a formula
    labels = [f"{found.terms[k]}  ({found.counts[k, 0]}, {found.counts[k, 1]})".replace("$", r"\$") for k in chosen]
    axes.set_yticks(range(len(chosen)), labels)
    axes.invert_yaxis()
    axes.axvline(0, color="black", linewidth=0.8)
    axes.set_xlabel("log-odds ratio over its standard error (in brackets: counts)")
    axes.set_title(f"← {found.names[0]}    |    {found.names[1]} →".replace("$", r"\$"))
    axes.spines[["top", "right", "left"]].set_visible(False)
    return figure
