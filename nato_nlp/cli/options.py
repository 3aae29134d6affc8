"""What the options of several commands have in common: their types, and the texts that help shows."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Format(StrEnum):
    """Formats of tagged sentences."""

    TABLE = "table"
    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"
    HTML = "html"


class Report(StrEnum):
    """How scores are printed."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


class TableFormat(StrEnum):
    """How a comparison is printed."""

    MARKDOWN = "markdown"
    LATEX = "latex"
    HTML = "html"


class DifferenceTest(StrEnum):
    """How differences are tested."""

    AUTO = "auto"
    BOOTSTRAP = "bootstrap"
    T_TEST = "t-test"


class Errors(StrEnum):
    """What to do with bytes that are not UTF-8."""

    STRICT = "strict"
    REPLACE = "replace"


class OnError(StrEnum):
    """What to do with a file or record that can't be read."""

    STOP = "stop"
    SKIP = "skip"


class Page(StrEnum):
    """How a summary is printed."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"


TextColumn = Annotated[str, typer.Option("--text", metavar="COL", help="Column that holds the text.")]
QuadColumn = Annotated[str, typer.Option("--quad", metavar="COL", help="Column of quads, if there is one.")]
TopicsColumn = Annotated[
    str, typer.Option("--topics", metavar="COL", help="Column of topics (a list, or joined by ';'), if there is one.")
]
GroupColumn = Annotated[
    str, typer.Option("--group", metavar="COL", help="Column that names the document, if there is one.")
]
ModelFile = Annotated[
    Path | None, typer.Option("--model", metavar="FILE", help="Model file; default: the shipped model.")
]
DataFile = Annotated[
    Path | None, typer.Option("--data", metavar="FILE", help="Labelled sentences: CSV, JSONL or Parquet.")
]
LexiconFile = Annotated[
    Path | None,
    typer.Option("--lexicon", metavar="FILE", help="Entries to add to the lexicon, like seeds/lexicon.tsv."),
]
ActorsFile = Annotated[
    Path | None, typer.Option("--actors", metavar="FILE", help="Actors to add, like seeds/actors.jsonl.")
]
Coverage = Annotated[
    float | None,
    typer.Option("--coverage", metavar="SHARE", help="Give no stance where unsure, so that so many sentences get one."),
]
MaxError = Annotated[
    float | None,
    typer.Option("--max-error", metavar="SHARE", help="Give no stance where unsure, so that so few stances are wrong."),
]
RecordFolder = Annotated[
    Path | None, typer.Option("--record", metavar="DIR", help="Write metrics.json and manifest.json here.")
]
IdColumn = Annotated[str, typer.Option("--id", metavar="COL", help="Column that names a document.")]
DateColumn = Annotated[str, typer.Option("--date", metavar="COL", help="Column that holds the date.")]
BytesErrors = Annotated[Errors, typer.Option("--errors", help="Bytes that are not UTF-8: refuse or replace.")]
RecordErrors = Annotated[OnError, typer.Option("--on-error", help="A file or record that can't be read: stop or skip.")]
