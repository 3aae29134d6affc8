"""The plots of a report, by matplotlib, as images that stand inside the page."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

import numpy as np

from nato_nlp._validate import need

BLUE, RED, GREY = "#0B5C8F", "#A63D00", "#595959"  # each has a contrast of at least 4.5 to white
STYLE = {
    "font.size": 9.5,
    "font.family": "DejaVu Sans",
    "svg.fonttype": "path",  # the page must not depend on the reader's fonts
    "svg.hashsalt": "report",  # the same result gives the same bytes
    "text.parse_math": False,  # a dollar sign in a name is text
    "axes.spines.top": False,
    "axes.spines.right": False,
}
SIZE = (3.8, 2.9)  # inches: as wide as a phone's screen, so that letters keep their size


def reliability_plot(points: Sequence[dict[str, Any]]) -> str:
    """Draw what came true against what was said, with the share of the rows of each bin.

    Parameters
    ----------
    points : sequence of dict
        ``predicted``, ``observed`` (shares), ``count`` and the bin's ``low`` and ``high``, as `reliability` gives them.

    Returns
    -------
    str
        A data URI of an SVG image.
    """
    predicted, observed, count = (
        np.array([point[key] for point in points], float) for key in ("predicted", "observed", "count")
    )

    def draw(axes: Any) -> None:
        axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle="--", label="perfectly calibrated")
        low = [point["low"] for point in points]
        width = [point["high"] - point["low"] for point in points]
        share = count / count.sum()
        axes.bar(low, share, width, align="edge", color="#CFE0EA", edgecolor="white", label="share of rows")
        axes.plot(predicted, observed, color=BLUE, marker="o", markersize=4, label="observed")
        axes.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="mean probability", ylabel="share that came true")
        axes.legend(frameon=False, fontsize=8.5, loc="upper left")

    return _image(draw)


def learning_plot(points: Sequence[dict[str, Any]], metric: str) -> str:
    """Draw a score against the rows that were trained on, with its interval.

    Parameters
    ----------
    points : sequence of dict
        ``rows``, ``value``, ``low``, ``high``.
    metric : str
        Name of the axis.
    """
    ordered = sorted(points, key=lambda point: point["rows"])
    rows, value, low, high = (
        np.array([np.nan if point.get(key) is None else point[key] for point in ordered], float)
        for key in ("rows", "value", "low", "high")
    )

    def draw(axes: Any) -> None:
        axes.fill_between(rows, low, high, color="#CFE0EA", linewidth=0, label="95% interval")
        axes.plot(rows, value, color=BLUE, marker="o", markersize=4, label=metric)
        axes.set(xlabel="rows to learn from", ylabel=metric)
        axes.set_xlim(left=0)
        axes.legend(frameon=False, fontsize=8.5, loc="lower right")

    return _image(draw)


def folds_plot(scores: Mapping[str, float], pooled: float, metric: str) -> str:
    """Draw the score of each fold, by its name, beside that of all rows together."""
    places = range(len(scores))

    def draw(axes: Any) -> None:
        axes.axhline(pooled, color=GREY, linewidth=1, linestyle="--", label="all rows together")
        axes.plot(places, list(scores.values()), color=RED, marker="D", markersize=5, linewidth=0, label="fold")
        axes.set(xlabel="fold", ylabel=metric, xticks=places, xticklabels=list(scores))
        axes.margins(x=0.1, y=0.3)
        axes.legend(frameon=False, fontsize=8.5, loc="best", ncols=2)

    return _image(draw, height=2.2)


def _image(draw: Any, height: float = SIZE[1]) -> str:
    matplotlib = need("matplotlib", "report")
    figure_type = need("matplotlib.figure", "report").Figure  # no pyplot: no window and no global state
    with matplotlib.rc_context(STYLE):
        figure = figure_type(figsize=(SIZE[0], height), layout="constrained")
        draw(figure.subplots())
        stream = BytesIO()
        figure.savefig(stream, format="svg", metadata={"Date": None})
    return "data:image/svg+xml;base64," + b64encode(stream.getvalue()).decode()
