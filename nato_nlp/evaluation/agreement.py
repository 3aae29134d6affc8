"""Agreement between coders: Krippendorff's alpha with an interval."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from nato_nlp._validate import check_labels, is_missing, must_be
from nato_nlp.errors import InputError
from nato_nlp.evaluation._inputs import Floats, as_list, check_sets, codes_of, indicator, is_missing_row, label_set
from nato_nlp.evaluation._statistics import Additive
from nato_nlp.evaluation.intervals import RESAMPLES, Estimate, intervals

MISSING = -1


def krippendorff_alpha(
    codings: Iterable[Iterable[str | None]],
    *,
    groups: Any = None,
    resamples: int = RESAMPLES,
    level: float = 0.95,
    random_state: Any = 0,
) -> Estimate:
    r"""Give Krippendorff's alpha for nominal labels, for any number of coders and with missing codes.

    Symbols: unit u has :math:`m_u \geq 2` codes, of which :math:`n_{uc}` say c; :math:`n_c = \sum_u n_{uc}` and
    :math:`N = \sum_c n_c`. Units with fewer codes pair with nothing and are left out.

    Parameters
    ----------
    codings : iterable of iterables of str
        The labels that each coder gave, one a unit; None or NaN where a coder gave none. All coders have one length.
    groups : sequence of str or of int, optional
        The document of each unit; units of a group are drawn together.
    resamples, level, random_state
        As for `estimate`.

    Returns
    -------
    Estimate
        :math:`1 - (N - 1) \sum_u \frac{1}{m_u - 1} \sum_c n_{uc} (m_u - n_{uc}) / \sum_c n_c (N - n_c)`, at most 1;
        0 stands for chance. ``count`` is the number of units with two codes or more.

    Raises
    ------
    InputError
        Fewer than two coders, lengths that differ, no unit with two codes, one label only (alpha is then 0 / 0).

    Notes
    -----
    The interval resamples units or groups and takes the expected disagreement anew each time; [K11] resamples pairs and
    keeps it. A resample in which one label is left has no alpha and is left out.

    References
    ----------
    [K11] Krippendorff: Computing Krippendorff's Alpha-Reliability. University of Pennsylvania, 2011.

    Examples
    --------
    >>> first = ["dispute", "dispute", "neutral", "neutral", None, "neutral"]
    >>> second = ["dispute", "neutral", "neutral", "neutral", "dispute", "neutral"]
    >>> print(krippendorff_alpha([first, second]))
    0.571 [-0.286, 1.000] (5 rows in 5 groups)
    """
    coders = [[None if is_missing(code) else code for code in coder] for coder in codings]
    _check_coders(coders)
    labels = sorted({*check_labels("codings", (code for coder in coders for code in coder if code is not None))})
    codes = np.full((len(coders), len(coders[0])), MISSING)
    for place, coder in enumerate(coders):
        codes[place, [code is not None for code in coder]] = codes_of([c for c in coder if c is not None], labels)
    statistic, kept_groups = _statistic(codes, len(labels), groups)
    found = intervals(statistic, kept_groups, resamples, level, random_state)[0]
    if np.isnan(found.value):
        raise must_be("codings", "of at least two labels in units with two codes or more", labels)
    return found


def krippendorff_alpha_sets(
    codings: Iterable[Iterable[Iterable[str] | None]],
    *,
    labels: Iterable[str] | None = None,
    groups: Any = None,
    resamples: int = RESAMPLES,
    level: float = 0.95,
    random_state: Any = 0,
) -> dict[str, Estimate]:
    """Give Krippendorff's alpha for each label of sets: whether coders agree that a unit has it.

    Parameters
    ----------
    codings : iterable of iterables of sets of str
        The sets that each coder gave, one a unit; None where a coder gave none, which is not the empty set.
    labels : iterable of str, optional
        The labels and their order; None stands for those that occur, sorted.
    groups, resamples, level, random_state
        As for `krippendorff_alpha`.

    Returns
    -------
    dict of str to Estimate
        One a label, in order. A label that no unit has, or that all have, has no alpha: its value is NaN.

    Raises
    ------
    InputError
        As for `krippendorff_alpha`; no label at all, a label that is not among ``labels``.

    Examples
    --------
    >>> first = [{"trade"}, {"trade", "energy"}, set(), {"energy"}]
    >>> second = [{"trade"}, {"trade"}, set(), {"energy"}]
    >>> {label: round(alpha.value, 3) for label, alpha in krippendorff_alpha_sets([first, second]).items()}
    {'energy': 0.533, 'trade': 1.0}
    """
    coders = [[None if is_missing_row(row) else row for row in coder] for coder in codings]
    _check_coders(coders)
    known = None if labels is None else label_set("labels", labels)
    sets = [check_sets("codings", [row or () for row in coder], known) for coder in coders]
    names = tuple(sorted(frozenset().union(*(row for coder in sets for row in coder)))) if known is None else known
    if not names:
        raise must_be("labels", "given when every set is empty", labels)
    members = np.array([indicator(coder, names) for coder in sets]).astype(np.int64)
    members[np.array([[row is None for row in coder] for coder in coders])] = MISSING
    found = {}
    for place, name in enumerate(names):
        statistic, kept_groups = _statistic(members[:, :, place], 2, groups)
        found[name] = intervals(statistic, kept_groups, resamples, level, random_state)[0]
    return found


def _check_coders(coders: Sequence[Sequence[Any]]) -> None:
    if len(coders) < 2:
        raise InputError(f"codings must be of at least two coders, got {len(coders)}")
    for place, coder in enumerate(coders):
        if len(coder) != len(coders[0]):
            raise InputError(
                f"codings must be as long as the first coder's ({len(coders[0])}), got {len(coder)} of coder {place}"
            )


def _statistic(codes: Any, labels: int, groups: Any) -> tuple[Additive, Any]:
    """Bind alpha to codes of shape (coders, units), and give the groups of the units that can be paired."""
    counts = (codes[:, :, None] == np.arange(labels)).sum(axis=0).astype(np.float64)
    coded = counts.sum(axis=1)
    paired = coded >= 2
    if not paired.any():
        raise must_be("codings", "with some unit that two coders coded", f"{len(paired)} units")
    kept, size = counts[paired], coded[paired]
    disagreement = (kept * (size[:, None] - kept)).sum(axis=1) / (size - 1)
    if groups is not None:
        # the check of the length belongs to all units, and dropping comes after it
        items = as_list(groups)
        if len(items) != len(paired):
            raise InputError(f"groups must be as long as the units ({len(paired)}), got {len(items)}")
        groups = [item for item, kept_unit in zip(items, paired, strict=True) if kept_unit]
    return Additive(np.column_stack([disagreement, kept]), _alpha), groups


def _alpha(sums: Floats) -> Floats:
    disagreement, counts = sums[..., 0], sums[..., 1:]
    total = counts.sum(axis=-1)
    expected = (counts * (total[..., None] - counts)).sum(axis=-1)
    defined = np.where(expected > 0, expected, np.nan)
    return 1 - (total - 1) * disagreement / defined  # type: ignore[no-any-return]
