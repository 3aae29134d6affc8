"""The leak guard: no training row may stand in what is scored, letter for letter or nearly."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nato_nlp._validate import check_option, check_same_length
from nato_nlp.errors import InputError
from nato_nlp.evaluation.leaks import Leak, find_leaks

POLICIES = ("refuse", "drop", "report")
SHOWN = 10  # rows of the table


class LeakError(InputError):
    """Training rows stand in what is scored; the message ends with a table of the first ones.

    Attributes
    ----------
    leaks : tuple of Leak
        Every pair.
    table : str
        The table of the first pairs, Markdown.
    """

    def __init__(self, message: str, leaks: Sequence[Leak] = (), table: str = "") -> None:
        super().__init__(f"{message}\n{table}" if table else message)
        self.leaks = tuple(leaks)
        self.table = table


@dataclass(frozen=True, eq=False)
class Guarded:
    """What the guard found.

    Attributes
    ----------
    keep : ndarray of shape (n,), bool
        Which training rows to train on: all of them but under 'drop'.
    leaks : list of Leak
        Every pair, also under 'drop': indices are those of the texts given.
    table : str
        The first pairs as a Markdown table, without their texts; empty when there is none.

    Examples
    --------
    >>> from nato_nlp.experiment.guard import guard
    >>> guard(["Talks went on.", "A ship sank."], ["Talks went on."], "drop").leaks[0].kind
    'exact'
    """

    keep: npt.NDArray[np.bool_]
    leaks: list[Leak]
    table: str


def guard(
    train_texts: Sequence[str],
    test_texts: Sequence[str],
    on_leak: str = "refuse",
    *,
    train_ids: Sequence[str] | None = None,
    test_ids: Sequence[str] | None = None,
) -> Guarded:
    """Look for texts to train on that stand in those to be scored, exactly or nearly (`find_leaks`).

    Parameters
    ----------
    train_texts, test_texts : sequence of str
        What is trained on, n texts, and what is scored.
    on_leak : {'refuse', 'drop', 'report'}, default='refuse'
        Raise an error; leave the rows out of training (``keep``); or keep them and say so (``table``).
    train_ids, test_ids : sequence of str, optional
        Names of the rows for the table; their numbers when None.

    Returns
    -------
    Guarded
        The training rows to keep, the pairs, the table of the first ten.

    Raises
    ------
    LeakError
        Under 'refuse', if there is a pair.
    InputError
        An unknown policy, ids that are not as many as the texts, a text that is not a str.

    Examples
    --------
    >>> found = guard(["Talks went on in Oslo.", "A ship sank."], ["Talks went on in Oslo!"], "drop")
    >>> found.keep.tolist()
    [False, True]
    >>> print(found.table)
    | train | scored | kind | similarity |
    | --- | --- | --- | --- |
    | 0 | 0 | exact | 1.00 |
    """
    check_option("on_leak", on_leak, POLICIES)
    train_names = _names("train_ids", train_ids, "train_texts", train_texts)
    test_names = _names("test_ids", test_ids, "test_texts", test_texts)
    leaks = find_leaks(train_texts, test_texts)
    table = _table(leaks, train_names, test_names)
    leaked = sorted({leak.train for leak in leaks})
    if leaks and on_leak == "refuse":
        scored = len({leak.test for leak in leaks})
        raise LeakError(
            f"texts to train on must not stand in what is scored, got {len(leaked)} of {len(train_names)} that are or "
            f"resemble {scored} of {len(test_names)} (on_leak = 'drop' leaves them out of training, 'report' keeps them):",
            leaks,
            table,
        )
    keep = np.ones(len(train_names), bool)
    if on_leak == "drop":
        keep[leaked] = False
    return Guarded(keep, leaks, table)


def _names(name: str, ids: Sequence[str] | None, texts_name: str, texts: Sequence[str]) -> Sequence[str]:
    if ids is None:
        return [str(number) for number in range(len(texts))]
    check_same_length(texts_name, texts, name, ids)
    return ids


def _table(leaks: Sequence[Leak], train_names: Sequence[str], test_names: Sequence[str]) -> str:
    if not leaks:
        return ""
    rows = ["| train | scored | kind | similarity |", "| --- | --- | --- | --- |"]
    rows += [
        f"| {_cell(train_names[leak.train])} | {_cell(test_names[leak.test])} | {leak.kind} | {leak.similarity:.2f} |"
        for leak in leaks[:SHOWN]
    ]
    if len(leaks) > SHOWN:
        rows.append(f"\n{len(leaks) - SHOWN:,} more pair(s)")
    return "\n".join(rows)


def _cell(name: str) -> str:
    return name.replace("|", "\\|").replace("\n", " ")
