"""``nato-nlp summary``: what a folder of texts says, as tables and plots."""

import csv
import io
import json
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path
from shutil import get_terminal_size
from typing import Any

from nato_nlp import __version__
from nato_nlp._files import replacing
from nato_nlp._paths import default_model
from nato_nlp.cli.messages import DATA, USAGE, fail, report_skipped, say
from nato_nlp.cli.tagging import with_progress
from nato_nlp.datasets.download import sha256_of
from nato_nlp.errors import MissingExtraError, ScopeWarning
from nato_nlp.evaluation.record import write_json
from nato_nlp.models.loading import load_tagger
from nato_nlp.scale.formulas import tamed
from nato_nlp.scale.rows import DATE, tag_stream
from nato_nlp.scale.summary import TABLES, Summary, summarize
from nato_nlp.scale.summary_plots import KINDS, data_uri, draw
from nato_nlp.scale.summary_views import print_text, to_html, to_markdown
from nato_nlp.text.reading import Columns, Reader, named_files

CSV_NAMES = {"months": "by_month.csv", "dyads": "dyads.csv", "topics": "topics.csv"}


@dataclass
class SummaryJob:
    """What one call of ``nato-nlp summary`` was asked to do."""

    paths: list[str]
    lines: bool
    format: str
    out: Path | None
    dyads: int
    model: Path | None
    lexicon: Path | None
    actors: Path | None
    columns: tuple[str, str, str]
    errors: str
    on_error: str

    def run(self) -> None:
        """Do it; a record that was skipped makes the exit status 1."""
        self._check()
        reader = Reader(Columns(*self.columns), self.errors, self.on_error, self.lines)
        tagger = load_tagger(self.model, lexicon=self.lexicon, actors=self.actors)
        if not tagger.heads_.quads:
            fail("the model must be one of quads, got one of topics alone: it gives no stances", DATA)
        tagged = tag_stream(tagger, reader.read(self.paths), keep=(DATE,), lines=self.lines)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ScopeWarning)  # the summary's notes tell it
            summary = summarize(with_progress(tagged, reader, self.paths), dyads=self.dyads)
        if self.out is not None:
            facts = {"library_version": __version__, "model_sha256": sha256_of(self.model or default_model())}
            write_summary(self.out, summary, facts)
        self._print(summary)
        report_skipped(reader.skipped, "the rest is summarized")

    def _check(self) -> None:
        """Fail before any work is done."""
        inputs = [path for path, _ in named_files(self.paths) if path is not None]
        if self.out is None:
            return
        if self.out.exists() and not self.out.is_dir():
            fail(f"--out must be a folder, got {str(self.out)!r}", USAGE)
        # a table that lies there would be read as documents the next time, or an input be replaced
        if any(path.resolve().is_relative_to(self.out.resolve()) for path in inputs):
            fail(f"--out must be a folder that holds none of the files that are read, got {str(self.out)!r}", USAGE)

    def _print(self, summary: Summary) -> None:
        if self.format == "text":
            print_text(summary, sys.stdout, width=get_terminal_size((120, 24)).columns, colour=sys.stdout.isatty())
        elif self.format == "html":
            print(to_html(summary, _plots(summary)), end="")
        elif self.format == "markdown":
            print(to_markdown(summary), end="")
        else:
            print(json.dumps(summary.to_dict(), indent=1, ensure_ascii=False))
        sys.stdout.flush()


def write_summary(folder: Path, summary: Summary, facts: dict[str, Any]) -> None:
    """Write ``summary.json``, ``summary.md``, three CSV tables, and a PNG and an SVG plot of each that has rows.

    Without matplotlib the missing extra is named and the rest is written. A plot of an earlier call that would not be drawn
    now is removed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "summary.json", facts | summary.to_dict())
    _write(folder / "summary.md", to_markdown(summary).encode())
    for table, name in CSV_NAMES.items():
        _write(folder / name, _csv(summary, table).encode())
    missing = _write_plots(folder, summary)
    if missing:
        say(f"{missing}; the plots are left out")
    say(f"wrote {folder / 'summary.json'}, summary.md and tables" + ("" if missing else " with plots"))


def _write_plots(folder: Path, summary: Summary) -> str:
    """Return what is missing to draw them, if anything."""
    missing = ""
    for table in TABLES:
        for kind in KINDS:
            path = folder / f"{table}.{kind}"
            path.unlink(missing_ok=True)
            if missing or not getattr(summary, table):
                continue
            try:
                _write(path, draw(summary, table, kind))
            except MissingExtraError as error:
                missing = str(error)
    return missing


def _write(path: Path, content: bytes) -> None:
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def _csv(summary: Summary, table: str) -> str:
    stream = io.StringIO()
    header, rows = summary.rows(table)
    cells = ([tamed(cell) if isinstance(cell, str) else cell for cell in row] for row in [header, *rows])
    csv.writer(stream, lineterminator="\n").writerows(cells)
    return stream.getvalue()


def _plots(summary: Summary) -> dict[str, str]:
    """Draw what has rows; without matplotlib say what is missing, and give no plots."""
    try:
        return {table: data_uri(draw(summary, table)) for table in TABLES if getattr(summary, table)}
    except MissingExtraError as error:
        say(f"{error}; the plots are left out")
        return {}
