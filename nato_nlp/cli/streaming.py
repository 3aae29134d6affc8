"""``nato-nlp tag ... --out DIR``: inputs of any size into a folder of parts that a killed run goes on with."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from nato_nlp._validate import one_of
from nato_nlp.cli.certainty import check_silence, with_silence
from nato_nlp.cli.messages import INTERRUPTED, USAGE, fail, report_skipped, say
from nato_nlp.errors import InputError
from nato_nlp.models.loading import load_tagger
from nato_nlp.scale.rows import check_keep
from nato_nlp.scale.stream import Streamed, tag_dataset
from nato_nlp.scale.writers import FORMATS
from nato_nlp.text.reading import STDIN

PATIENCE = 1.0  # seconds before progress is shown
OWN_ID = "id"  # what the command line calls the column of names where a person did not say


@dataclass
class StreamJob:
    """What one call of ``nato-nlp tag ... --out DIR`` was asked to do.

    Attributes
    ----------
    paths : list of str
        Files, folders, globs.
    out : Path
        Folder, or a file with a known ending.
    lines : bool
    format : str or None
        One of `FORMATS`.
    model, lexicon, actors : Path or None
    keep : tuple of str
    columns : tuple of str
        Names of the columns of texts, ids and dates.
    wanted : tuple of str or None
        Columns of the result.
    workers : int or None
    errors, on_error : str
    coverage, max_error : float or None
        At most one of them: how often there is no stance.
    """

    paths: list[str]
    out: Path
    lines: bool
    format: str | None
    model: Path | None
    lexicon: Path | None
    actors: Path | None
    keep: tuple[str, ...]
    columns: tuple[str, str, str]
    wanted: tuple[str, ...] | None
    workers: int | None
    errors: str
    on_error: str
    coverage: float | None = None
    max_error: float | None = None

    def run(self) -> None:
        """Do it; a file or record that was skipped makes the exit status 1."""
        self._check()
        try:
            with _progress() as progress:
                done = self._tag(progress)
        except KeyboardInterrupt:
            fail(f"interrupted: whole parts in {self.out} stay, and the same command goes on behind them", INTERRUPTED)
        for note in done.notes:
            say(note)
        before = f", {done.resumed} of them from before" if done.resumed else ""
        say(f"{done.rows:,} sentences in {len(done.paths)} file{'s' * (len(done.paths) != 1)}{before}: {self.out}")
        report_skipped(done.skipped, "the rest is written")

    def _check(self) -> None:
        """Fail before any work is done."""
        check_silence(self.coverage, self.max_error)
        if not self.paths or STDIN in self.paths:
            fail("--out needs PATH, files that can be read again: standard input can't", USAGE)
        if self.format is not None and self.format not in FORMATS:
            fail(f"--format must be {one_of(FORMATS)} with --out, got {self.format!r}", USAGE)
        try:
            check_keep(self.keep)
        except InputError as error:
            fail(f"--{error}", USAGE)

    def _tag(self, progress: Callable[[int], None]) -> Streamed:
        text, id_, date = self.columns
        tagger = load_tagger(self.model, lexicon=self.lexicon, actors=self.actors)
        return tag_dataset(
            with_silence(tagger, self.coverage, self.max_error),
            self.paths,
            self.out,
            text=text,
            id=None if id_ == OWN_ID else id_,
            date=date,
            keep=self.keep,
            split=not self.lines,
            columns=self.wanted,
            format=self.format,
            workers=self.workers,
            errors=self.errors,
            on_error=self.on_error,
            progress=progress,
        )


@contextmanager
def _progress() -> Iterator[Callable[[int], None]]:
    """Give a function that takes numbers of new sentences; a terminal shows their sum and their rate."""
    if not sys.stderr.isatty():
        yield lambda rows: None
        return
    from rich.console import Console
    from rich.status import Status

    begin, total = time.monotonic(), 0
    status = Status("tagging", console=Console(stderr=True))

    def show(rows: int) -> None:
        nonlocal total
        total += rows
        passed = time.monotonic() - begin
        if passed > PATIENCE:
            status.start()
            status.update(f"{total:,} sentences, {total / passed:,.0f} a second")

    try:
        yield show
    finally:
        status.stop()
