"""Tables and plots out of recorded results: no number on the site is typed by hand."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

BENCHMARKS = {
    "knowledge": "What each part of the model adds",
    "certainty": "What the model knows of its doubts",
    "acts": "Who acts towards whom",
    "search": "Grid search",
    "vectorize": "Speed of TF-IDF",
    "scale": "From text to tags at any size",
    "coverage": "Coverage of the intervals",
    "agreement": "Agreement of the corpus's readings",
    "ceiling": "What a perfect tagger could reach",
    "corpus": "What the seed corpus holds",
    "web": "What the demo page's model loses",
}
BLUE, GREY, ORANGE = "#0072B2", "#595959", "#D55E00"


def pages(root: Path) -> dict[str, str]:
    """Return the generated Markdown by file name."""
    results = root / "benchmarks" / "results"
    found = {f"recorded/{name}.md": _benchmark(results, name, title) for name, title in BENCHMARKS.items()}
    found["recorded/shipped.inc"] = _shipped(root / "experiments" / "results" / "shipped")
    found["recorded/parity.inc"] = _parity(results / "parity.json")
    found["recorded/attacks.inc"] = _attacks(results / "attacks.json")
    runs = experiment_folders(root)
    found["recorded/experiments.inc"] = _experiments(runs)
    return found | {f"recorded/runs/{folder.name}.md": _run_page(folder) for folder in runs}


def experiment_folders(root: Path) -> list[Path]:
    """Return the results folders of experiments that were run from a config."""
    return sorted(path.parent for path in (root / "experiments" / "results").glob("*/config.toml"))


def plots(root: Path, out: Path) -> list[str]:
    """Draw what is plotted from records; returns the names of the files."""
    knowledge = _read(root / "benchmarks" / "results" / "knowledge.json")
    shipped = _read(root / "experiments" / "results" / "shipped" / "metrics.json")
    _draw(out / "shipped.svg", "macro-F1", _forest(shipped))
    _draw(out / "ablation.svg", "macro-F1 of stance, seed corpus", _ablation(knowledge["ablation"]))
    return ["shipped.svg", "ablation.svg"]


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return (
        "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |" for cells in lines) + "\n"
    )


def _interval(score: dict[str, Any]) -> str:
    if score["value"] is None:
        return "undefined"
    ends = "" if score["low"] is None else f" ({score['low']:.3f} to {score['high']:.3f})"
    return f"{score['value']:.3f}{ends}".replace(" ", "\N{NO-BREAK SPACE}")  # a number stays on its line


def _benchmark(results: Path, name: str, title: str) -> str:
    """Take a recorded report over, under the site's title and one level of headings lower."""
    lines = (results / f"{name}.md").read_text(encoding="utf-8").split("\n")
    body = "\n".join(f"#{line}" if line.startswith("#") else line for line in lines)
    return f"# {title}\n\n{body}\n"


def _shipped(folder: Path) -> str:
    rows, notes = [], []
    for result in _read(folder / "metrics.json"):
        rows += [
            [result["set"], s["task"], s["metric"], _interval(s), f"{s['count']:,}", f"{s['groups']:,}"]
            for s in result["scores"]
        ]
        notes += [f"- {result['set']}: {note}." for note in result["notes"]]
    manifest = _read(folder / "manifest.json")
    made = ", ".join(f"{name} {number}" for name, number in manifest["versions"].items())
    table = _table(["set", "task", "metric", "value (95% interval)", "rows", "groups"], rows)
    return "\n".join([table, *notes, "", f"Recorded {manifest['time'][:10]} with {made}.", ""])


def _parity(path: Path) -> str:
    found = _read(path)
    return (
        f"Of {found['examples']:,} random pairs of texts and settings `NgramTfidf` gave scikit-learn's matrix for "
        f"{found['equal']:,}: the same terms, weights within a relative {found['worst']:.1e}. In {found['refused']:,} "
        "of these both refused the settings.\n"
    )


def _attacks(path: Path) -> str:
    found = _read(path)
    pickles = "one was read" if found["a_pickle_was_read"] else "none was read"
    return (
        f"Of {found['mutations']:,} model files that were damaged on purpose (flipped bits, wrong shapes, huge headers, "
        f"offsets past the end, pickles inside and others) {found['refused']:,} were refused with a clear error, "
        f"{found['harmless']:,} loaded as a model that gives probabilities, and {found['failed']:,} did anything else. "
        f"No file took longer than {found['slowest_seconds']} seconds, under a limit of {found['memory_mb']:,} MB; of the "
        f"pickles {pickles}. Recorded by `python -m benchmarks attacks`.\n"
    )


def _experiments(folders: Sequence[Path]) -> str:
    if not folders:
        return "No experiment is recorded yet.\n"
    rows = []
    for folder in folders:
        metrics, first = _read(folder / "metrics.json"), _read(folder / "metrics.json")["scores"][0]
        link = f"[{metrics['name']}](../_generated/recorded/runs/{folder.name}.md)"
        rows.append([link, first["metric"], _interval(first), f"{first['count']:,}", f"{first['groups']:,}"])
    listed = "\n".join(f"../_generated/recorded/runs/{folder.name}" for folder in folders)
    table = _table(["experiment", "metric", "value (95% interval)", "rows", "groups"], rows)
    return f"{table}\n```{{toctree}}\n:hidden:\n\n{listed}\n```\n"


def _run_page(folder: Path) -> str:
    """Render what the library's own report shows of a run, without its images, which the tables tell in numbers."""
    from nato_nlp.experiment.results import read_result
    from nato_nlp.experiment.views import headline, sections, stamp

    result = read_result(folder)
    parts = [f"# {result.config.title}", headline(result), stamp(result)]
    for section in sections(result):
        if section.anchor in ("mistakes", "published"):
            continue
        parts += [f"## {section.title}", *section.lines]
        for view in section.tables:
            cells = [[cell if isinstance(cell, str) else cell.text for cell in row] for row in view.rows]
            parts += [f"{view.caption}:", _table(view.header, cells)]
        if section.verbatim:
            parts.append(f"```toml\n{section.verbatim}\n```")
    return "\n\n".join(part for part in parts if part) + "\n"


Bar = tuple[str, float, float, float, str]  # name, value, low, high, colour


def _forest(results: Sequence[dict[str, Any]]) -> list[Bar]:
    return [
        (f"{result['set']}, {s['task']}", s["value"], s["low"], s["high"], BLUE)
        for result in results
        for s in result["scores"]
        if s["metric"] == "macro_f1"
    ]


def _ablation(found: dict[str, Any]) -> list[Bar]:
    bars = []
    for name, sets in found.items():
        scores = next(result["scores"] for result in sets if result["set"] == "seeds")
        score = next(s for s in scores if s["task"] == "stance" and s["metric"] == "macro_f1")
        bars.append((name, score["value"], score["low"], score["high"], ORANGE if name.startswith("all:") else BLUE))
    return bars


def _draw(path: Path, label: str, bars: Sequence[Bar]) -> None:
    """Draw values with their intervals into an SVG file that depends on the values alone."""
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context({"svg.hashsalt": "docs", "font.size": 10}):
        figure = Figure(figsize=(7, 0.9 + 0.34 * len(bars)), layout="constrained")
        axes = figure.subplots()
        for place, (_, value, low, high, colour) in enumerate(bars):
            axes.errorbar(value, place, xerr=[[value - low], [high - value]], fmt="o", color=colour, capsize=3)
        axes.set_yticks(range(len(bars)), [bar[0] for bar in bars])
        axes.set_ylim(len(bars) - 0.5, -0.5)
        axes.set_xlabel(f"{label}, 95% interval")
        axes.grid(axis="x", color="#dddddd")
        axes.set_axisbelow(True)
        axes.spines[["top", "right", "left"]].set_visible(False)
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, metadata={"Date": None})
