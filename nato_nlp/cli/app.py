"""The commands and their options; each command's work lies in a module of its own, loaded when it runs."""

from pathlib import Path
from typing import Annotated

import typer

from nato_nlp import __version__
from nato_nlp.cli.messages import USAGE, fail, reporting
from nato_nlp.cli.options import (
    ActorsFile,
    BytesErrors,
    Coverage,
    DataFile,
    DateColumn,
    Errors,
    Format,
    GroupColumn,
    IdColumn,
    LexiconFile,
    MaxError,
    ModelFile,
    OnError,
    Page,
    QuadColumn,
    RecordErrors,
    RecordFolder,
    Report,
    TextColumn,
    TopicsColumn,
)

app = typer.Typer(
    help="Tag the sentences of international news: cooperation or dispute, about what, how sure.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"nato-nlp {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    pass


@app.command(
    epilog="Examples:\n\n  nato-nlp tag --sample\n\n  nato-nlp tag stories/ --output tagged.parquet\n\n"
    "  nato-nlp tag wire.csv --text body --id url --keep date --keep outlet --format jsonl\n\n"
    "  cat sentences.txt | nato-nlp tag --lines > tagged.jsonl\n\n"
    "  nato-nlp tag stories/ --explain --output why.html\n\n"
    "  nato-nlp tag archive/ --out tagged --columns doc --columns index --columns stance\n\n"
    "  nato-nlp tag stories/ --max-error 0.05 --output sure.csv"
)
def tag(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PATH]...", help="Text, JSONL, CSV or Parquet files, or directories; none: standard input."
        ),
    ] = None,
    sample: Annotated[bool, typer.Option("--sample", help="Tag a story that ships with the library.")] = False,
    lines: Annotated[bool, typer.Option("--lines", help="Every line is one sentence and gives one row.")] = False,
    format: Annotated[
        Format | None,
        typer.Option(
            "--format", help="Default: by --output, else a table on a terminal, jsonl otherwise; parts: parquet."
        ),
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show the words that decided: in the terminal, or on a page (html).")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write here; the ending decides the format.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Write parts here; a run that was killed goes on where it stopped."),
    ] = None,
    columns: Annotated[
        list[str] | None, typer.Option("--columns", metavar="NAME", help="With --out: columns to write; default: all.")
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option("--workers", metavar="N", help="With --out: how many work at a time; default: all cores."),
    ] = None,
    model: ModelFile = None,
    lexicon: LexiconFile = None,
    actors: ActorsFile = None,
    coverage: Coverage = None,
    max_error: MaxError = None,
    keep: Annotated[
        list[str] | None, typer.Option("--keep", metavar="COL", help="Column of the source to keep; default: date.")
    ] = None,
    text: TextColumn = "text",
    id: IdColumn = "id",
    date: DateColumn = "date",
    errors: BytesErrors = Errors.STRICT,
    on_error: RecordErrors = OnError.STOP,
) -> None:
    """Split texts into sentences and tag each with stance, quad, topics and probabilities."""
    with reporting():
        if out is not None:
            from nato_nlp.cli.streaming import StreamJob

            if sample or output is not None or explain:
                fail("--out DIR takes no --sample, --output or --explain", USAGE)
            StreamJob(
                paths=list(paths or []),
                out=out,
                lines=lines,
                format=format.value if format else None,
                model=model,
                lexicon=lexicon,
                actors=actors,
                keep=tuple(keep) if keep else ("date",),
                columns=(text, id, date),
                wanted=tuple(columns) if columns else None,
                workers=workers,
                coverage=coverage,
                max_error=max_error,
                errors=errors.value,
                on_error=on_error.value,
            ).run()
            return
        if columns or workers is not None:
            fail("--columns and --workers need --out DIR", USAGE)
        from nato_nlp.cli.tagging import TagJob

        TagJob(
            explain=explain,
            paths=list(paths or []),
            sample=sample,
            lines=lines,
            format=format.value if format else None,
            output=output,
            model=model,
            lexicon=lexicon,
            actors=actors,
            keep=tuple(keep) if keep else ("date",),
            columns=(text, id, date),
            coverage=coverage,
            max_error=max_error,
            errors=errors.value,
            on_error=on_error.value,
        ).run()


@app.command(
    epilog="Examples:\n\n  nato-nlp train --seeds\n\n"
    "  nato-nlp train --data coded.csv --text sentence --quad quad --topics topics --group story --output mine.safetensors"
)
def train(
    seeds: Annotated[
        bool, typer.Option("--seeds", help="Train on the seed corpus: rebuilds the shipped model.")
    ] = False,
    data: DataFile = None,
    text: TextColumn = "text",
    quad: QuadColumn = "quad",
    topics: TopicsColumn = "topics",
    group: GroupColumn = "group",
    add_seeds: Annotated[bool, typer.Option("--add-seeds", help="Add the seed corpus to the data.")] = False,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="MODEL", help="Model file to write; in a checkout --seeds needs none."),
    ] = None,
) -> None:
    """Train a model and print what it does under cross-validation grouped by story."""
    with reporting():
        from nato_nlp.cli.training import train_command

        train_command(seeds=seeds, data=data, columns=(text, quad, topics, group), add_seeds=add_seeds, output=output)


@app.command(
    epilog="Examples:\n\n  nato-nlp evaluate --data coded.csv --text sentence\n\n"
    "  nato-nlp evaluate --data coded.jsonl --model mine.safetensors --format markdown\n\n  nato-nlp evaluate --public"
)
def evaluate(
    data: DataFile = None,
    public: Annotated[bool, typer.Option("--public", help="Score on the public development sets.")] = False,
    model: ModelFile = None,
    text: TextColumn = "text",
    quad: QuadColumn = "quad",
    topics: TopicsColumn = "topics",
    group: GroupColumn = "group",
    format: Annotated[Report, typer.Option("--format", help="How to print the scores.")] = Report.TEXT,
    record: RecordFolder = None,
) -> None:
    """Score a model on labelled sentences: macro-F1 with intervals, a table by class, the confusion matrix."""
    with reporting():
        from nato_nlp.cli.evaluating import evaluate_command

        evaluate_command(
            data=data,
            public=public,
            model=model,
            columns=(text, quad, topics, group),
            format=format.value,
            record=record,
        )


@app.command()
def info() -> None:
    """Print versions, model and corpus hash: what a bug report needs."""
    with reporting():
        from nato_nlp.cli.about import info_command

        info_command()


@app.command(
    epilog="Examples:\n\n  nato-nlp summary stories/\n\n"
    "  nato-nlp summary wire.csv --text body --id url --date day --out report\n\n"
    "  nato-nlp summary stories/ --format html > summary.html"
)
def summary(
    paths: Annotated[
        list[str],
        typer.Argument(metavar="PATH...", help="Text, JSONL, CSV or Parquet files, or directories; -: standard input."),
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Write summary.json, summary.md, CSV tables and plots here."),
    ] = None,
    format: Annotated[Page, typer.Option("--format", help="How to print the summary.")] = Page.TEXT,
    dyads: Annotated[
        int, typer.Option("--dyads", metavar="N", min=0, help="How many of the most frequent dyads to tell.")
    ] = 20,
    lines: Annotated[bool, typer.Option("--lines", help="Every line of a text file is one sentence.")] = False,
    model: ModelFile = None,
    lexicon: LexiconFile = None,
    actors: ActorsFile = None,
    text: TextColumn = "text",
    id: IdColumn = "id",
    date: DateColumn = "date",
    errors: BytesErrors = Errors.STRICT,
    on_error: RecordErrors = OnError.STOP,
) -> None:
    """Summarize texts: shares of stances with intervals, dyads, topics, months, and the sentences behind them."""
    with reporting():
        from nato_nlp.cli.summarizing import SummaryJob

        SummaryJob(
            paths=paths,
            lines=lines,
            format=format.value,
            out=out,
            dyads=dyads,
            model=model,
            lexicon=lexicon,
            actors=actors,
            columns=(text, id, date),
            errors=errors.value,
            on_error=on_error.value,
        ).run()
