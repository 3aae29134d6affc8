"""The plots of a summary, by matplotlib: stances by month, by dyad and by topic."""

from base64 import b64encode
from collections.abc import Sequence
from io import BytesIO
from typing import Any

import numpy as np

from nato_nlp._validate import need
from nato_nlp.codebook import load_codebook
from nato_nlp.experiment.plots import BLUE, GREY, RED, STYLE
from nato_nlp.scale.summary import TABLES, Part, Summary

COLOURS = {"cooperation": BLUE, "dispute": RED, "neutral": GREY}
# print and colour-blind readers tell the lines and bars apart by these
LINES = {"cooperation": ("o", "-"), "dispute": ("s", "--"), "neutral": ("^", ":")}
HATCHES = {"cooperation": "", "dispute": "////", "neutral": "...."}
WIDTH, HEIGHT, A_BAR, MARGIN = 7.0, 3.4, 0.27, 1.1  # inches
SHIFTS = (-0.08, 0.0, 0.08)  # of the stances, in months
SHOWN = 30  # bars of a plot
LABELLED = 12  # months that are written out
DOTS = 150  # of a PNG image, per inch
KINDS: dict[str, dict[str, Any]] = {
    "png": {"dpi": DOTS, "metadata": {"Software": None}},
    "svg": {"metadata": {"Date": None}},
}


def draw(summary: Summary, table: str, kind: str = "svg") -> bytes:
    """Draw the stances of a table.

    Parameters
    ----------
    summary : Summary
    table : {'topics', 'dyads', 'months'}
        One that holds something.
    kind : {'svg', 'png'}

    Returns
    -------
    bytes
        An image; the same summary gives the same bytes with one version of matplotlib.

    Raises
    ------
    MissingExtraError
        matplotlib is not installed.
    """
    matplotlib = need("matplotlib", "report")
    figure_type = need("matplotlib.figure", "report").Figure  # no pyplot: no window and no global state
    parts: Sequence[Part] = getattr(summary, table)
    height = HEIGHT if table == "months" else MARGIN + A_BAR * min(len(parts), SHOWN)
    with matplotlib.rc_context(STYLE | {"hatch.linewidth": 0.6}):
        figure = figure_type(figsize=(WIDTH, height), layout="constrained")
        axes = figure.subplots()
        if table == "months":
            _lines(axes, parts)
        else:
            _bars(axes, parts[:SHOWN], TABLES[table][1])
        figure.legend(loc="outside upper left", ncols=3, frameon=False, fontsize=8.5)
        stream = BytesIO()
        figure.savefig(stream, format=kind, **KINDS[kind])
    return stream.getvalue()


def data_uri(image: bytes) -> str:
    """Return an SVG image as it stands inside a page."""
    return "data:image/svg+xml;base64," + b64encode(image).decode()


def _lines(axes: Any, parts: Sequence[Part]) -> None:
    """Draw shares by month with their intervals; a month without sentences interrupts the line."""
    place = [int(part.name[0][:4]) * 12 + int(part.name[0][5:]) - 1 for part in parts]
    every = np.arange(place[0], place[-1] + 1)
    for shift, stance in zip(SHIFTS, load_codebook().stances, strict=True):
        found = np.full((len(every), 3), np.nan)
        for month, part in zip(place, parts, strict=True):
            e = part.shares[stance]
            found[month - place[0]] = e.value, e.low, e.high
        marker, line = LINES[stance]
        axes.fill_between(every + shift, found[:, 1], found[:, 2], color=COLOURS[stance], alpha=0.15, linewidth=0)
        axes.plot(
            every + shift, found[:, 0], color=COLOURS[stance], marker=marker, markersize=4, linestyle=line, label=stance
        )
        # between months without an interval there is no area: a line shows it too, beside those of the other stances
        known = ~np.isnan(found[:, 1])
        axes.vlines(every[known] + shift, found[known, 1], found[known, 2], color=COLOURS[stance], linewidth=0.7)
    ticks = every[:: max(1, -(-len(every) // LABELLED))]
    axes.set_xticks(ticks, [f"{month // 12}-{month % 12 + 1:02}" for month in ticks], rotation=45, ha="right")
    axes.set(ylim=(-0.02, 1.02), ylabel="share of sentences (95% interval)")


def _bars(axes: Any, parts: Sequence[Part], counted: str) -> None:
    """Draw how many sentences or acts there are of each part, by stance, the most frequent on top."""
    left = np.zeros(len(parts))
    place = np.arange(len(parts))[::-1]
    for stance in load_codebook().stances:
        width = np.array([part.count * part.shares[stance].value for part in parts])
        axes.barh(
            place, width, left=left, label=stance, color=COLOURS[stance], hatch=HATCHES[stance], edgecolor="white",
            linewidth=0.5,
        )  # fmt: skip
        left = left + width
    axes.set_yticks(place, [" → ".join(part.name)[:60] for part in parts])
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set(xlabel=counted, ylim=(-0.6, len(parts) - 0.4))
