"""``nato-nlp tag``: from files or standard input to a file or standard output."""

import sys
import time
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfileobj, get_terminal_size
from tempfile import SpooledTemporaryFile
from typing import IO, cast

from nato_nlp._files import replacing
from nato_nlp._paths import seeds_dir
from nato_nlp._validate import one_of
from nato_nlp.cli.certainty import Scope, check_silence, with_silence
from nato_nlp.cli.messages import USAGE, check_output, fail, report_skipped
from nato_nlp.errors import InputError, ScopeWarning
from nato_nlp.models.loading import load_tagger
from nato_nlp.models.tagger import Tagger
from nato_nlp.models.tags import Tags
from nato_nlp.scale.rows import DATE, check_keep, tag_stream
from nato_nlp.scale.sinks import ENDINGS, TEXT_SINKS, Sink, TableSink, file_sink
from nato_nlp.text.reading import STDIN, Columns, Reader, named_files

IN_MEMORY = 64 << 20  # characters of output held before they go to a temporary file
PATIENCE = 1.0  # seconds before a progress bar appears
SAMPLE = "sample.txt"
EXPLAINED = ("html", "explained")  # what shows the words that decided


@dataclass
class TagJob:
    """What one call of ``nato-nlp tag`` was asked to do."""

    paths: list[str]
    sample: bool
    explain: bool
    lines: bool
    format: str | None
    output: Path | None
    model: Path | None
    lexicon: Path | None
    actors: Path | None
    keep: tuple[str, ...]
    columns: tuple[str, str, str]
    errors: str
    on_error: str
    coverage: float | None = None
    max_error: float | None = None

    def run(self) -> None:
        """Do it; a record that was skipped makes the exit status 1."""
        kind = self._kind()
        sources = self._sources()
        self._check(sources)
        text, id_, date = self.columns
        needed = tuple(name for name in self.keep if name != DATE)
        reader = Reader(Columns(text, id_, date, needed), self.errors, self.on_error, self.lines)
        tagger = load_tagger(self.model, lexicon=self.lexicon, actors=self.actors)
        tagger = with_silence(tagger, self.coverage, self.max_error)
        tagged = tag_stream(tagger, reader.read(sources), keep=self.keep, lines=self.lines)
        scope = Scope(lines=self.lines)
        with self._sink(kind, tagger) as sink, warnings.catch_warnings():
            warnings.simplefilter("ignore", ScopeWarning)  # said once, not for each document
            empty = True
            for tags in with_progress(tagged, reader, sources):
                sink.write(tags)
                scope.look_at(tags)
                empty = False
            if empty and kind not in (*EXPLAINED, "table"):  # a table without rows still has columns
                sink.write(tagger.tag_sentences([], meta=dict.fromkeys(("doc", *self.keep))))
        scope.report()
        report_skipped(reader.skipped, "the rest is written")

    def _kind(self) -> str:
        if self.format:
            kind = self.format
        elif self.output is not None:
            endings = ENDINGS | {".html": "html"}
            if self.output.suffix.lower() not in endings:
                fail(f"--output must end in {one_of(endings)}, got {self.output.name!r} (or give --format)", USAGE)
            kind = endings[self.output.suffix.lower()]
        else:
            kind = "table" if sys.stdout.isatty() else "jsonl"
        if kind == "parquet" and self.output is None:
            fail("--format parquet needs --output FILE", USAGE)
        if not self.explain or kind == "html":
            return kind
        if kind == "table" or not (self.format or self.output):
            return "explained"
        fail(f"--explain goes with --format table or html, got {kind}", USAGE)

    def _sources(self) -> list[str]:
        if self.sample and self.paths:
            fail("--sample takes no PATH", USAGE)
        return [str(seeds_dir() / SAMPLE)] if self.sample else self.paths or [STDIN]

    def _check(self, sources: list[str]) -> None:
        """Fail before any work is done."""
        check_silence(self.coverage, self.max_error)
        try:
            check_keep(self.keep)
        except InputError as error:
            fail(f"--{error}", USAGE)
        inputs = [path for path, _ in named_files(sources) if path is not None]
        if self.output is not None:
            check_output(self.output, inputs)

    @contextmanager
    def _sink(self, kind: str, tagger: Tagger) -> Iterator[Sink]:
        if kind in EXPLAINED:
            with self._explaining(kind, tagger) as sink:
                yield sink
            return
        if self.output is not None:
            with replacing(self.output) as temporary, file_sink(temporary, kind) as sink:
                yield sink
            return
        with _standard_output(spooled=self.on_error == "stop") as stream:
            if kind == "table":
                colour = sys.stdout.isatty()
                sink = cast(Sink, TableSink(stream, width=get_terminal_size((120, 24)).columns, colour=colour))
            else:
                sink = TEXT_SINKS[kind](stream)
            yield sink
            sink.close()

    @contextmanager
    def _explaining(self, kind: str, tagger: Tagger) -> Iterator[Sink]:
        from nato_nlp.cli.explaining import ExplainTableSink, HtmlSink

        with self._text_output() as stream:
            width, colour = get_terminal_size((120, 24)).columns, self.output is None and sys.stdout.isatty()
            sink = (
                HtmlSink(stream, tagger)
                if kind == "html"
                else ExplainTableSink(stream, tagger, width=width, colour=colour)
            )
            yield cast(Sink, sink)
            sink.close()

    @contextmanager
    def _text_output(self) -> Iterator[IO[str]]:
        if self.output is None:
            with _standard_output(spooled=self.on_error == "stop") as stream:
                yield stream
            return
        with replacing(self.output) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as stream:
            yield stream


@contextmanager
def _standard_output(*, spooled: bool) -> Iterator[IO[str]]:
    """Give standard output; spooled, nothing appears there unless the block ends well."""
    if not spooled:
        yield sys.stdout
    else:
        with SpooledTemporaryFile(IN_MEMORY, "w+", encoding="utf-8", newline="") as spool:
            yield cast(IO[str], spool)
            spool.seek(0)
            copyfileobj(spool, sys.stdout)
    sys.stdout.flush()


def with_progress(tagged: Iterable[Tags], reader: Reader, sources: list[str]) -> Iterator[Tags]:
    """Pass tags on; on a terminal, show a bar once it takes longer than a second."""
    if not sys.stderr.isatty():
        yield from tagged
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    files = [path for path, _ in named_files(sources)]
    total = None if None in files else sum(path.stat().st_size for path in files if path)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    task = bar.add_task("tagging", total=total)
    begin, sentences = time.monotonic(), 0
    try:
        for tags in tagged:
            sentences += len(tags)
            if time.monotonic() - begin > PATIENCE:
                bar.start()
                bar.update(task, completed=reader.position(), description=f"{sentences:,} sentences")
            yield tags
    finally:
        bar.stop()
