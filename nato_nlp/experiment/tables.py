"""A comparison as a table: Markdown, LaTeX, HTML. Names are text wherever they go, never markup."""

import re
from collections.abc import Callable, Sequence

import numpy as np

from nato_nlp.experiment.compare import Comparison, System
from nato_nlp.experiment.statistics import Verdict

BEST = "best"
INSEPARABLE = "not separable from the best"
WORSE = "differs from the best"
MINUS = "−"
# an underscore inside a word is text, so is '<' before a space
MARKUP = r"[\\`*\[\]|&~$]|<(?! )|(?<![^\W_])_|_(?![^\W_])"
LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    MINUS: "$-$",
    "[": "{[}",  # at the start of a row it would be an argument of the line break before
    "*": "{*}",
    **{sign: f"\\{sign}" for sign in "$&#_%"},
}


def cells_of(comparison: Comparison) -> tuple[list[str], list[list[str]]]:
    """Return the header and the rows of the table, as text without markup.

    Examples
    --------
    >>> from nato_nlp.evaluation import Estimate
    >>> best = System("a", Estimate(0.9, 0.85, 0.94, 100, 80), float("nan"), None, float("nan"), False)
    >>> header, rows = cells_of(Comparison("macro_f1", "bootstrap", 0.05, (best,), (), ()))
    >>> dict(zip(header, rows[0]))["95% interval"]
    '0.850 to 0.940'
    """
    by_folds = comparison.test == "t-test"
    header = ["system", comparison.metric, "95% interval", "rows", "groups"]
    header += ["mean of folds"] if by_folds else []
    header += ["difference from the best", "p", "verdict"]
    return header, [_cells(system, by_folds) for system in comparison.systems]


def to_markdown(comparison: Comparison) -> str:
    """Render a comparison as a Markdown table with its notes."""
    header, rows = cells_of(comparison)
    lines = [_line(header), _line(["---"] * len(header), plain=True), *(_line(row) for row in rows)]
    return "\n".join([*lines, "", *(f"- {_markdown(note)}" for note in comparison.notes)]) + "\n"


def to_latex(comparison: Comparison) -> str:
    """Render a comparison as a LaTeX table for the package booktabs; the best system is bold."""
    header, rows = cells_of(comparison)
    body = [" & ".join(_latex(cell) for cell in row) + r" \\" for row in rows]
    first, _, rest = body[0].partition(" & ")
    body[0] = f"\\textbf{{{first}}} & {rest}"
    columns = "l" + "r" * (len(header) - 2) + "l"
    return "\n".join(
        [
            f"\\begin{{tabular}}{{{columns}}}",
            r"\toprule",
            " & ".join(_latex(cell) for cell in header) + r" \\",
            r"\midrule",
            *body,
            r"\bottomrule",
            r"\end{tabular}",
            *(f"\\par\\footnotesize {_latex(note)}" for note in comparison.notes),
            "",
        ]
    )


def to_html(comparison: Comparison) -> str:
    """Render a comparison as one self-contained page, with every pair below the table.

    Raises
    ------
    MissingExtraError
        jinja2 is not installed.
    """
    from nato_nlp.experiment.report import render

    header, rows = cells_of(comparison)
    pairs = [[pair.first, pair.second, difference_of(pair.difference), p_of(pair.p)] for pair in comparison.pairs]
    return render("compare.html.jinja", comparison=comparison, header=header, rows=rows, pairs=pairs)


RENDER: dict[str, Callable[[Comparison], str]] = {"markdown": to_markdown, "latex": to_latex, "html": to_html}


def number(value: float | None, digits: int = 3, *, sign: bool = False) -> str:
    """Render a number with a true minus; a missing one as 'undefined'.

    Examples
    --------
    >>> number(-0.0312), number(0.5, sign=True), number(None)
    ('−0.031', '+0.500', 'undefined')
    """
    if value is None or np.isnan(value):
        return "undefined"
    value = round(value, digits) + 0.0  # + 0.0: no minus before a zero
    return f"{value:{'+' if sign else ''}.{digits}f}".replace("-", MINUS)


def interval(low: float | None, high: float | None) -> str:
    """Render an interval; 'none' when it is missing, as it is with one group.

    Examples
    --------
    >>> interval(0.81, 0.86), interval(None, None)
    ('0.810 to 0.860', 'none')
    """
    return "none" if low is None or high is None or np.isnan(low) else f"{number(low)} to {number(high)}"


def difference_of(verdict: Verdict) -> str:
    """Render a difference with its interval."""
    low, high = number(verdict.low, sign=True), number(verdict.high, sign=True)
    return f"{number(verdict.value, sign=True)} ({low} to {high})"


def p_of(p: float) -> str:
    """Render a p-value.

    Examples
    --------
    >>> p_of(0.0002), p_of(0.0312)
    ('< 0.001', '0.031')
    """
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def _cells(system: System, by_folds: bool) -> list[str]:
    value = system.estimate
    cells = [system.name, number(value.value), interval(value.low, value.high), f"{value.count:,}", f"{value.groups:,}"]
    cells += [number(system.fold_mean)] if by_folds else []
    if system.behind is None:
        return [*cells, "", "", BEST]
    return [*cells, difference_of(system.behind), p_of(system.p), WORSE if system.separable else INSEPARABLE]


def _line(cells: Sequence[str], *, plain: bool = False) -> str:
    return f"| {' | '.join(cells if plain else map(_markdown, cells))} |"


def _markdown(text: str) -> str:
    """Escape what Markdown, HTML inside it or GitHub's formulas would take for markup."""
    return re.sub(MARKUP, r"\\\g<0>", _flat(text))


def _flat(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def _latex(text: str) -> str:
    return "".join(LATEX.get(sign, sign) for sign in _flat(text))
