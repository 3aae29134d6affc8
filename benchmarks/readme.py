"""The README's measured part, figure and badges, out of records and of the shipped model.

``python -m benchmarks readme`` rewrites what stands between the marks in README.md and the files in ``docs/figures``;
``--check`` changes nothing and fails when the text is out of date.
"""

import argparse
import json
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.measure import number
from benchmarks.report import LENLP, OURS, SKLEARN, find, rate, ratios, table
from nato_nlp import load_tagger
from nato_nlp._validate import need

ROOT = Path(__file__).resolve().parent.parent
README, FIGURES = ROOT / "README.md", ROOT / "docs" / "figures"
MARKS = "<!-- {name}: written by `python -m benchmarks readme` -->", "<!-- end of {name} -->"
TASKS = ("binary", "quad", "root")
STORY = (
    "Peru and Chile agreed to reopen the border.",
    "Quito condemned the deal and recalled its ambassador.",
    "Turkey has not ruled out talks with Armenia.",
    "Rebel shells hit the port of Tadjoura overnight.",
    "The radar can follow forty objects at a time.",
)
COLOURS = {"cooperation": "#0072B2", "dispute": "#D55E00", "neutral": "#767676"}  # Okabe and Ito


def blocks(root: Path = ROOT) -> dict[str, str]:
    """Return the text of each marked part of the README by name."""
    return {"badges": _badges(root), "figure": _figure_text(), "measured": f"{_speeds(root)}\n\n{_scores(root)}"}


def filled(text: str, parts: dict[str, str]) -> str:
    """Put each part between its marks.

    Raises
    ------
    ValueError
        A part has no marks in the text.
    """
    for name, part in parts.items():
        begin, end = (mark.format(name=name) for mark in MARKS)
        if begin not in text or end not in text:
            raise ValueError(f"README.md must hold {begin!r} and {end!r}")
        before, rest = text.split(begin)
        text = f"{before}{begin}\n{part}\n{end}{rest.split(end)[1]}"
    return text


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _speeds(root: Path) -> str:
    result = _read(root / "benchmarks" / "results" / "vectorize.json")
    settings = {"word 1-2": "words 1-2", "both": "words 1-2 and characters 2-5"}
    rows = []
    for peer in (OURS, "HashingVectorizer", LENLP, SKLEARN):
        cells = [f"`{peer}`"]
        for setting in settings:
            ours, theirs = (find(result["speed"], job="transform", setting=setting, peer=p) for p in (peer, SKLEARN))
            times = ratios(ours, theirs)
            cells += ["-", "-"] if ours is None or times is None else [number(rate(ours)[1]), f"{number(times[1])}x"]
        rows.append(cells)
    head = ["one core", *(cell for name in settings.values() for cell in (f"{name}: MB/s", f"times `{SKLEARN}`"))]
    where = result["machine"]
    note = (
        f"Text to TF-IDF rows, {result['text']['new']['mb']:.0f} MB of sentences, {where['cpu']}, {where['day']}; "
        f"`{OURS}` and `{SKLEARN}` return the same matrix: "
        "[how, and the bounds that were missed](benchmarks/results/vectorize.md)."
    )
    return f"{table(head, rows)}\n\n{note}"


def _scores(root: Path) -> str:
    folder = root / "experiments" / "results"
    rows = []
    for kind, reads in (("marked", "sentence, marked source and target"), ("sentence", "sentence")):
        found = [_read(folder / f"plover_{task}_{kind}" / "metrics.json")["scores"] for task in TASKS]
        scores = [next(s for s in one if s["metric"] == "macro_f1") for one in found]
        cells = [f"{s['value']:.3f} ({s['low']:.3f} to {s['high']:.3f})" for s in scores]
        rows.append([f"nato_nlp: {reads}; trained on {_trained_on(folder, kind)}", *cells])
    for system in tomllib.loads((folder / "published.toml").read_text(encoding="utf-8"))["system"]:
        values = system.get("values", {}).get("macro_f1", {})
        if system["scored"] == "plover_zsp:test" and values:
            cells = [f"{values[task]:.3f}" if task in values else "-" for task in TASKS]
            rows.append([f"{system['name']}: {system['reads']}", *cells])
    count = _read(folder / "plover_quad_sentence" / "metrics.json")["scores"][0]["count"]
    note = (
        f"Macro-F1 on PLOVER's test part, {count:,} sentences, with 95% intervals where there is one: "
        "[experiments](experiments/README.md), [the others](experiments/results/published.toml). ZSP, a zero-shot system of "
        "355M parameters, is scored from its published predictions, which we don't ship: `nato-nlp compare "
        "experiments/results/plover_quad_* --published experiments/results/published.toml` puts it beside these."
    )
    return f"{table(['system: what it reads', *TASKS], rows)}\n\n{note}"


def _trained_on(folder: Path, kind: str) -> str:
    """Tell what experiments of a kind were trained on, and which tasks had more."""
    paths = {task: folder / f"plover_{task}_{kind}" / "config.toml" for task in TASKS}
    data = {task: tomllib.loads(path.read_text(encoding="utf-8"))["data"] for task, path in paths.items()}
    always = " and ".join(data[TASKS[0]]["train"])
    more = {task: " and ".join(one["extra"]) for task, one in data.items() if one["extra"]}
    added = dict.fromkeys(more.values())
    return always + "".join(f", and {name} for {', '.join(t for t in more if more[t] == name)}" for name in added)


def _tags() -> Any:
    return load_tagger().tag_sentences(STORY)


def _figure_text() -> str:
    told = "; ".join(f"“{s.text}” is {s.stance} ({s.quad})" for s in _tags())
    return (
        "![Five sentences, each with its stance, its probability and the words that decided marked; "
        f"{told}](docs/figures/tagged.svg)"
    )


def draw(folder: Path) -> None:
    """Draw the sentences with their stance, its probability and the words that decided as SVG and PNG."""
    matplotlib = need("matplotlib", "bench")
    figure_type = need("matplotlib.figure", "bench").Figure  # no pyplot: no window and no global state
    with matplotlib.rc_context({"svg.hashsalt": "readme", "font.family": "DejaVu Sans"}):
        figure = figure_type(figsize=(9, 2.6), dpi=150)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, 9), ylim=(2.6, 0))
        axes.axis("off")
        for row, sentence in enumerate(_tags()):
            _draw_sentence(axes, sentence, 0.28 + 0.46 * row)
        axes.text(
            8.85, 2.5, "underlined: the words that decided, by their weight", ha="right", fontsize=7, color="#444444"
        )
        for ending in ("svg", "png"):
            figure.savefig(
                folder / f"tagged.{ending}", metadata={"Date": None} if ending == "svg" else {"Software": None}
            )


def _draw_sentence(axes: Any, sentence: Any, y: float) -> None:
    colour, proba = COLOURS[sentence.stance], sentence.stance_proba[sentence.stance]
    axes.text(0.15, y, sentence.stance, color=colour, fontsize=10, fontweight="bold", va="center")
    axes.barh(y, 0.8, left=1.45, height=0.16, color="#e6e6e6")
    axes.barh(y, 0.8 * proba, left=1.45, height=0.16, color=colour)
    axes.text(2.33, y, f"{proba:.2f}", fontsize=9, va="center", color="#1a1a1a")
    axes.text(2.85, y, sentence.text, fontsize=10, va="center", color="#1a1a1a")
    phrases = [phrase for phrase in sentence.evidence(sentence.stance).phrases if phrase.pull > 0]
    most = max((phrase.pull for phrase in phrases), default=1.0)
    for phrase in phrases:
        left, right = (2.85 + _width(sentence.text[:end]) for end in (phrase.start, phrase.end))
        share = phrase.pull / most
        if share > 0.15:
            axes.plot([left, right], [y + 0.14] * 2, color=colour, linewidth=0.6 + 3 * share, solid_capstyle="butt")


def _width(text: str) -> float:
    """Return how wide a text is in the figure, in inches."""
    path = need("matplotlib.textpath", "bench").TextPath
    ends = [
        path((0, 0), shown, size=10).get_extents().x1 for shown in (f"{text}|", "|")
    ]  # a blank at the end counts, too
    return float(ends[0] - ends[1]) / 72


def _badges(root: Path) -> str:
    names = {"version": "version", "python": "Python", "licence": "licence"}
    facts = badge_facts(root)
    return " ".join(f"![{names[name]}: {facts[name]}](docs/figures/badge-{name}.svg)" for name in names)


def badge_facts(root: Path) -> dict[str, str]:
    """Return what badges say, from the project's own files."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    text = (root / "nato_nlp" / "__init__.py").read_text(encoding="utf-8")
    version = next(line.split('"')[1] for line in text.splitlines() if line.startswith("__version__ = "))
    status = next(c.rpartition(" - ")[2] for c in project["classifiers"] if c.startswith("Development Status"))
    least = project["requires-python"].removeprefix(">=")
    return {"version": f"{version} {status.lower()}", "python": f"{least} or newer", "licence": project["license"]}


def badge(left: str, right: str) -> str:
    """Return a badge as SVG."""
    first, second = (round(6.6 * len(text) + 14) for text in (left, right))
    whole = first + second
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="20" role="img" aria-label="{left}: {right}">'
        f'<title>{left}: {right}</title><rect width="{whole}" height="20" rx="3" fill="#444444"/>'
        f'<path d="M{first} 0h{second - 3}a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3H{first}z" fill="#0b4f8a"/>'
        '<g fill="#ffffff" font-family="Verdana, DejaVu Sans, sans-serif" font-size="11" text-anchor="middle">'
        f'<text x="{first / 2}" y="14">{left}</text><text x="{first + second / 2}" y="14">{right}</text></g></svg>\n'
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the parts, or check the text; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks readme", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail when the text is out of date")
    options = parser.parse_args(arguments)
    before = README.read_text(encoding="utf-8")
    after = filled(before, blocks())
    if options.check:
        if before != after:
            print("README.md is out of date: run `python -m benchmarks readme`", file=sys.stderr)
        return int(before != after)
    README.write_text(after, encoding="utf-8")
    FIGURES.mkdir(parents=True, exist_ok=True)
    for name, fact in badge_facts(ROOT).items():
        (FIGURES / f"badge-{name}.svg").write_text(badge(name, fact), encoding="utf-8")
    draw(FIGURES)
    return 0
