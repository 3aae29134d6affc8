"""Examples for the codebook's rules and labels, taken from the seed corpus."""

from collections.abc import Iterable, Iterator

from nato_nlp.codebook import load_codebook
from nato_nlp.datasets import SeedRow, seed_rows

SINGLES, PAIRS, PER_QUAD = 3, 1, 2
LONGEST = 190  # characters: an example is read at a glance


def rules() -> str:
    """Return, for each numbered rule, sentences that it decides, in Markdown."""
    rows = _clear(seed_rows())
    return "\n".join(line for number in range(1, 9) for line in _rule(number, rows)) + "\n"


def labels() -> str:
    """Return examples of each quad and root, and the topics with their scope, in Markdown."""
    book, rows = load_codebook(), _clear(seed_rows())
    lines = []
    for quad in book.quads:
        chosen = [row for row in rows if row.quad == quad and row.rule is None][:PER_QUAD]
        lines += [f"### {quad}", "", *_table(chosen), ""]
    lines += ["### Roots", "", "| root | of | an example |", "|---|---|---|"]
    for quad, roots in book.roots.items():
        for root in roots:
            row = next(row for row in rows if row.root == root and row.rule is None)
            lines.append(f"| {root} | {quad} | {_cell(row.text)} |")
    lines += ["", "### Topics", "", "| topic | scope | an example |", "|---|---|---|"]
    for topic in book.topics:
        row = next(row for row in rows if topic in row.topics)
        lines.append(f"| {topic} | {_cell(book.descriptions[topic])} | {_cell(row.text)} |")
    return "\n".join(lines) + "\n"


def _clear(rows: Iterable[SeedRow]) -> list[SeedRow]:
    return [row for row in rows if not row.contested and not row.boilerplate and len(row.text) <= LONGEST]


def _rule(number: int, rows: list[SeedRow]) -> Iterator[str]:
    known = {row.id: row for row in rows}
    pairs = [
        (known[row.contrast_of], row)
        for row in rows
        if row.rule == number and row.contrast_of in known and known[row.contrast_of].quad != row.quad
    ]
    singles = [row for row in rows if row.rule == number and row.contrast_of is None]
    chosen, stances = [], set()
    for row in singles:  # one of each stance first
        if row.stance not in stances:
            chosen.append(row)
            stances.add(row.stance)
    yield from (f"### Rule {number}", "")
    yield from _table(chosen[:SINGLES])
    if pairs:
        yield from ("", "A few words make the difference:", "")
        yield from _table(row for pair in pairs[:PAIRS] for row in pair)
    yield ""


def _table(rows: Iterable[SeedRow]) -> list[str]:
    lines = ["| sentence | stance | quad |", "|---|---|---|"]
    return lines + [f"| {_cell(row.text)} | {row.stance} | {row.quad} |" for row in rows]


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*").replace("_", "\\_").replace("$", "\\$").replace("<", "&lt;")
