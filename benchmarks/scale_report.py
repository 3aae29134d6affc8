"""The figures of `benchmarks.scale`: rows with bounds, and their table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.measure import quartiles


@dataclass(frozen=True)
class Row:
    """A figure: what is asked, what was measured, its quartiles or its conditions, and whether the bound is met."""

    figure: str
    asked: str
    measured: str
    spread: str = ""
    met: bool | None = None

    def line(self) -> str:
        """Render a line of the table."""
        verdict = "" if self.met is None else "met" if self.met else "missed"
        return f"| {self.figure} | {self.asked} | {self.measured} | {self.spread} | {verdict} |"


def ratio(figure: str, slow: Sequence[float], fast: Sequence[float], least: float | None, note: str = "") -> Row:
    """Return how many times as long the slow one takes, round by round."""
    low, middle, high = quartiles([a / b for a, b in zip(slow, fast, strict=True)])
    asked = "" if least is None else f">= {least:g}x"
    spread = f"{low:.3g} to {high:.3g}" + (f"; {note}" if note else "")
    return Row(figure, asked, f"{middle:.3g}x", spread, None if least is None else middle >= least)


def rate(figure: str, times: Sequence[float], count: float, unit: str) -> Row:
    """Return how much is done in a second."""
    low, middle, high = (count / time for time in reversed(quartiles(times)))
    return Row(figure, "", f"{middle:,.0f} {unit}/s", f"{low:,.0f} to {high:,.0f}")


def markdown(about: str, record: dict[str, Any]) -> str:
    """Render what is recorded."""
    parts = ["# From text to tags at any size", "", about.strip().split("\n\n", 1)[1], ""]
    for name, section in record.items():
        rows = [Row(**row).line() for row in section["rows"]]
        facts = ", ".join(f"{key} {value}" for key, value in section["machine"].items())
        head = ["| figure | asked | measured | quartiles, conditions | |", "|---|---|---|---|---|"]
        parts += [f"## {name}", "", *head, *rows, "", f"{facts}.", ""]
    return "\n".join(parts)
