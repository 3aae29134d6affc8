"""The plot of the speeds: bars, one panel a job and setting."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.measure import number, quartiles
from nato_nlp._validate import need

# Okabe and Ito's palette, which colour-blind readers can tell apart; the names stand beside the bars all the same
COLOURS = {"NgramTfidf": "#D55E00", "TfidfVectorizer": "#0072B2", "HashingVectorizer": "#56B4E9", "LeNLP": "#009E73"}
TITLES = {"transform": "transform", "fit_transform": "fit_transform"}
STYLE = {"font.size": 10, "svg.hashsalt": "vectorize", "svg.fonttype": "none", "font.family": "DejaVu Sans"}


def speeds(result: dict[str, Any], files: Sequence[Path]) -> None:
    """Draw MB/s of every vectorizer, median and quartiles, into files; each panel has its own scale from 0."""
    matplotlib = need("matplotlib", "bench")
    figure_type = need("matplotlib.figure", "bench").Figure  # no pyplot: no window and no global state
    settings = list(dict.fromkeys(row["setting"] for row in result["speed"]))
    names = list(dict.fromkeys(row["peer"] for row in result["speed"]))
    with matplotlib.rc_context(STYLE):
        figure = figure_type(figsize=(2.9 * len(settings) + 1.4, 5.4), layout="constrained", dpi=150)
        axes = figure.subplots(len(TITLES), len(settings), squeeze=False, sharey=True)
        for line, job in zip(axes, TITLES, strict=True):
            for axis, setting in zip(line, settings, strict=True):
                _panel(axis, [row for row in result["speed"] if row["job"] == job and row["setting"] == setting], names)
                axis.set_title(f"{setting}, {TITLES[job]}", fontsize=10, loc="left", fontweight="bold")
        figure.supxlabel(
            "MB of text per second on one core: median and quartiles; each panel has its own scale", fontsize=9
        )
        for file in files:
            # no date inside: the same result gives the same file
            figure.savefig(file, metadata={"Date": None} if file.suffix == ".svg" else {"Software": None})


def _panel(axis: Any, rows: Sequence[dict[str, Any]], names: Sequence[str]) -> None:
    longest = 0.0
    for row in rows:
        low, middle, high = quartiles([row["mb"] / seconds for seconds in row["seconds"]])
        place = names.index(row["peer"])
        axis.barh(place, middle, color=COLOURS.get(row["peer"], "#999999"), height=0.7)
        axis.errorbar(middle, place, xerr=[[middle - low], [high - middle]], color="black", capsize=2, linewidth=1)
        axis.annotate(number(middle), (high, place), xytext=(4, 0), textcoords="offset points", va="center")
        longest = max(longest, high)
    for name in set(names) - {row["peer"] for row in rows}:
        axis.annotate("nothing to fit", (0, names.index(name)), xytext=(4, 0), textcoords="offset points", va="center")
    axis.set_xlim(0, 1.25 * longest or 1.0)  # room for the numbers
    axis.set_yticks(range(len(names)), names)
    axis.set_ylim(len(names) - 0.5, -0.5)  # ours on top
    axis.tick_params(axis="y", length=0)
    axis.spines[["top", "right"]].set_visible(False)
