"""A drawing of which part imports which, made from the imports as they are."""

import ast
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path

PRIVATE = {"__init__", "__main__"}  # they only pass names on
INK, PAPER, LINE = "#1a1a1a", "#e8f1fa", "#0b4f8a"
WIDTH, BOX_W, BOX_H, GAP = 900, 118, 34, 84


def imports(package: Path) -> dict[str, set[str]]:
    """Map each part (a module or subpackage at the top) to the parts that it imports."""
    found: dict[str, set[str]] = {}
    for path in sorted(package.rglob("*.py")):
        part = path.relative_to(package).parts[0].removesuffix(".py")
        if part not in PRIVATE:
            found.setdefault(part, set()).update(_imported(path, package.name))
    known = set(found)
    return {part: (others & known) - {part} for part, others in found.items()}


def _imported(path: Path, package: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == package:
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(f"{package}."):
            yield node.module.split(".")[1]


def levels(graph: Mapping[str, set[str]]) -> dict[str, int]:
    """Return how many imports the longest chain below each part has."""
    known: dict[str, int] = {}

    def level(part: str) -> int:
        if part not in known:
            known[part] = max((1 + level(other) for other in graph[part]), default=0)
        return known[part]

    return {part: level(part) for part in graph}


def direct(graph: Mapping[str, set[str]]) -> list[tuple[str, str]]:
    """Return the imports that no longer chain implies: what a drawing needs."""

    def below(part: str) -> set[str]:
        return graph[part].union(*(below(other) for other in graph[part])) if graph[part] else set()

    reach = {part: below(part) for part in graph}
    return [
        (part, other)
        for part in sorted(graph)
        for other in sorted(graph[part])
        if not any(other in reach[middle] for middle in graph[part] - {other})
    ]


def draw(graph: Mapping[str, set[str]]) -> str:
    """Return the drawing as SVG: a part imports parts below it alone."""
    level = levels(graph)
    rows = [sorted(part for part in graph if level[part] == k) for k in range(max(level.values()) + 1)]
    height = len(rows) * GAP
    place = {}
    for k, row in enumerate(rows):
        step = WIDTH / len(row)
        for column, part in enumerate(row):
            place[part] = ((column + 0.5) * step, height - (k + 0.5) * GAP)
    lines = []
    for part, other in direct(graph):
        (x1, y1), (x2, y2) = place[part], place[other]
        y1, y2 = y1 + BOX_H / 2, y2 - BOX_H / 2 - 4
        bend = (y2 - y1) / 2
        lines.append(
            f'<path d="M{x1:.0f},{y1:.0f} C{x1:.0f},{y1 + bend:.0f} {x2:.0f},{y2 - bend:.0f} {x2:.0f},{y2:.0f}" '
            f'fill="none" stroke="{LINE}" stroke-width="1.2" stroke-opacity=".55" marker-end="url(#tip)"/>'
        )
    for part, (x, y) in place.items():
        lines.append(
            f'<rect x="{x - BOX_W / 2:.0f}" y="{y - BOX_H / 2:.0f}" width="{BOX_W}" height="{BOX_H}" rx="5" fill="{PAPER}" '
            f'stroke="{LINE}"/><text x="{x:.0f}" y="{y + 5:.0f}" text-anchor="middle" fill="{INK}">{escape(part)}</text>'
        )
    body = "\n".join(lines)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'font-family="system-ui, sans-serif" font-size="14" role="img">\n<title>Parts of nato_nlp, their imports</title>\n'
        f'<defs><marker id="tip" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        f'<path d="M0,0 L8,4 L0,8 z" fill="{LINE}"/></marker></defs>\n{body}\n</svg>\n'
    )


def table(graph: Mapping[str, set[str]]) -> str:
    """Return the same as a Markdown table, from the top down."""
    level = levels(graph)
    ordered = sorted(graph, key=lambda name: (-level[name], name))
    rows = [
        f"| {level[part]} | `{part}` | {', '.join(f'`{o}`' for o in sorted(graph[part])) or 'nothing of ours'} |"
        for part in ordered
    ]
    return "\n".join(["| level | part | imports |", "|---|---|---|", *rows]) + "\n"
