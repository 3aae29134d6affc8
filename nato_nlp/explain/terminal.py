"""Tagged sentences with their evidence for a terminal."""

from typing import TYPE_CHECKING

from nato_nlp.explain.contributions import Evidence
from nato_nlp.explain.shown import Explained, fit, heading, pieces, summary

if TYPE_CHECKING:
    from rich.console import RenderableType

# by level; italics and reverse tell the sides apart where there are no colours
STYLES = {
    "for": ("", "blue", "blue underline", "bold blue underline"),
    "against": ("", "yellow italic", "yellow italic", "bold yellow italic"),
}
LABELS = {"cooperation": "bold blue", "dispute": "bold red", "boilerplate": "dim"}


def rendered(item: Explained) -> "RenderableType":
    """Return what rich prints for a sentence: its tags, its text with marked phrases, and what adds up to the score."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    title = Text(fit(item.label), LABELS.get(item.label, "bold"))
    if item.proba is not None:
        title.append(f" {item.proba:.2f}", "default")
    title.append("".join(f" · {fit(detail)}" for detail in item.details), "default not bold")
    text = Text("", "dim" if item.label == "boilerplate" else "")
    for piece, phrase, level in pieces(item):
        text.append(piece, "" if phrase is None else STYLES["for" if phrase.pull > 0 else "against"][level])
    parts: list[RenderableType] = [title, text, *(Text(fit(act)) for act in item.acts)]
    if item.evidence is not None:
        rows = Group(Text(fit(heading(item.evidence))), _table(item.evidence))
        parts.append(Padding(rows, (0, 0, 0, 2)))
    return Group(*parts, Text(""))


def _table(evidence: Evidence) -> "RenderableType":
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column("adds", justify="right", no_wrap=True)
    table.add_column("phrase", overflow="fold")
    table.add_column("found by", style="dim")
    for what, pull, sources in summary(evidence):
        table.add_row(f"{pull:+.2f}", Text(what), sources)
    return table
