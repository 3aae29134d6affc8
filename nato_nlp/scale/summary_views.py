"""A summary for people: tables in a terminal, Markdown, one page of HTML."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import IO

import numpy as np

from nato_nlp.codebook import load_codebook
from nato_nlp.evaluation.intervals import Estimate
from nato_nlp.models.tags import one_line
from nato_nlp.scale.grouped import Carrier
from nato_nlp.scale.summary import TABLES, Part, Summary

TITLES = {"topics": "Topics", "dyads": "Dyads: who acts towards whom", "months": "Months"}
MARKUP = r"[\\`*_\[\]|&~$<>#]"
STYLE = (
    "body{margin:0 auto;max-width:62rem;padding:0 1rem 2rem;background:#fff;color:#1a1a1a;"
    "font:1rem/1.5 system-ui,-apple-system,'Segoe UI',sans-serif}"
    "h1{font-size:1.6rem}h2{font-size:1.2rem;margin:2rem 0 .5rem;border-bottom:1px solid #8a949b}"
    ".scroll{overflow-x:auto}table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}"
    "th,td{padding:.3rem .6rem;text-align:right;vertical-align:top;border-bottom:1px solid #8a949b}"
    "thead th{background:#f1f4f6}td{white-space:nowrap}"
    "th.word,td.word{text-align:left;white-space:normal;overflow-wrap:anywhere;font-weight:400}"
    "thead th.word{font-weight:700}ul.notes{background:#fff3d6;padding:.6rem .8rem .6rem 2rem}"
    "figure{margin:1rem 0}figure img{max-width:100%;height:auto}figcaption{color:#555;font-size:.9rem}"
    "@media print{.scroll{overflow:visible}table{font-size:8pt}th,td{padding:.1rem .3rem}td{white-space:normal}}"
)


@dataclass(frozen=True)
class View:
    """A table as text.

    Attributes
    ----------
    title : str
    header : list of str
    rows : list of list of str
    words : tuple of int
        The columns that hold words rather than numbers.
    """

    title: str
    header: list[str]
    rows: list[list[str]]
    words: tuple[int, ...]


def views(summary: Summary) -> list[View]:
    """Return the tables that hold something, the sentences last."""
    found = [_shares(summary)]
    for table, title in TITLES.items():
        parts: tuple[Part, ...] = getattr(summary, table)
        if parts:
            found.append(_table(table, title, parts))
    rows = [[name, f"{c.probability:.2f}", f"{c.doc}:{c.start}-{c.end}", c.text] for name, c in _carriers(summary)]
    header = ["stands for", "p", "document and characters", "sentence"]
    return [*found, View("Sentences that carry them", header, rows, (0, 2, 3))]


def _shares(summary: Summary) -> View:
    rows = []
    for label, e in summary.whole.shares.items():
        interval = "none" if np.isnan(e.low) else f"{e.low:.3f} to {e.high:.3f}"
        rows.append([label, f"{e.value:.3f}", interval, f"{round(e.value * e.count):,}"])
    title = (
        f"Stances and quads: {_many(summary.whole.count, 'sentence')} of {_many(summary.whole.documents, 'document')}"
    )
    return View(title, ["label", "share", "95% interval", "sentences"], rows, (0,))


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' * (count != 1)}"


def _table(table: str, title: str, parts: Sequence[Part]) -> View:
    names, counted = TABLES[table]
    stances = load_codebook().stances
    with_share = table == "topics"
    header = [*names, counted, "documents", *(["share of all"] if with_share else []), *stances]
    rows = [
        [
            *part.name,
            f"{part.count:,}",
            f"{part.documents:,}",
            *([_cell(part.share)] if part.share else []),
            *(_cell(part.shares[stance]) for stance in stances),
        ]
        for part in parts
    ]
    return View(title, header, rows, tuple(range(len(names))))


def _cell(e: Estimate) -> str:
    return f"{e.value:.2f}" + ("" if np.isnan(e.low) else f" [{e.low:.2f}, {e.high:.2f}]")


def _carriers(summary: Summary) -> Iterator[tuple[str, Carrier]]:
    """Yield the sentences of each quad, and the first of each topic, dyad and month, with what it stands for."""
    for quad in load_codebook().quads:
        yield from ((quad, carrier) for carrier in summary.labels[quad])
    for table in TABLES:
        for part in getattr(summary, table):
            yield from ((" → ".join(part.name), carrier) for carrier in part.carriers[:1])


def print_text(summary: Summary, stream: IO[str], *, width: int, colour: bool = False) -> None:
    """Print a summary as tables for a terminal."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(file=stream, width=width, force_terminal=colour, highlight=False)
    for view in views(summary):
        table = Table(title=Text(view.title, "bold"), title_justify="left", box=None, pad_edge=False)
        for k, name in enumerate(view.header):
            table.add_column(name, justify="left" if k in view.words else "right", overflow="fold")
        for row in view.rows:
            table.add_row(*(Text(one_line(cell)) for cell in row))
        console.print(table)
        console.print()
    for note in summary.notes:
        console.print(Text(f"- {one_line(note)}"))


def to_markdown(summary: Summary) -> str:
    """Render a summary as Markdown; names and sentences are text, never markup."""
    lines = ["# Summary", "", *(f"- {_markdown(note)}" for note in summary.notes)]
    for view in views(summary):
        marks = ["---" if k in view.words else "---:" for k in range(len(view.header))]
        lines += ["", f"## {_markdown(view.title)}", "", _line(view.header), f"| {' | '.join(marks)} |"]
        lines += [_line(row) for row in view.rows]
    return "\n".join(lines) + "\n"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(map(_markdown, cells))} |"


def _markdown(text: str) -> str:
    return re.sub(MARKUP, r"\\\g<0>", one_line(text))


def to_html(summary: Summary, plots: Mapping[str, str]) -> str:
    """Render a summary as one self-contained page.

    Parameters
    ----------
    summary : Summary
    plots : mapping of str to str
        A data URI for a table's name; a table without one has no plot.
    """
    images = {TITLES[name]: uri for name, uri in plots.items()}
    notes = "".join(f"<li>{escape(note)}</li>" for note in summary.notes)
    sections = "".join(
        f"<section><h2>{escape(view.title)}</h2>{_image(view.title, images)}{_html(view)}</section>"
        for view in views(summary)
    )
    return (
        "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'><meta name='viewport' content='width=device-width'>"
        f"<title>Summary</title><style>{STYLE}</style></head><body><h1>Summary</h1>"
        f"<ul class='notes'>{notes}</ul>{sections}</body></html>\n"
    )


def _image(title: str, images: Mapping[str, str]) -> str:
    if title not in images:
        return ""
    alt = f"Plot of the table below: {title}"
    return f"<figure><img src='{images[title]}' alt='{escape(alt)}'></figure>"


def _html(view: View) -> str:
    kind = [" class='word'" if k in view.words else "" for k in range(len(view.header))]
    head = "".join(f"<th scope='col'{c}>{escape(name)}</th>" for c, name in zip(kind, view.header, strict=True))
    body = "".join(
        f"<tr><th scope='row' class='word'>{escape(one_line(row[0]))}</th>"
        + "".join(f"<td{c}>{escape(one_line(cell))}</td>" for c, cell in zip(kind[1:], row[1:], strict=True))
        + "</tr>"
        for row in view.rows
    )
    return (
        f"<div class='scroll' tabindex='0' role='region' aria-label='{escape(view.title)}'>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )
