"""``nato-nlp tag --explain``: tagged sentences with their evidence, in the terminal or as a page."""

from typing import IO

from nato_nlp.explain.html import page_foot, page_head, page_section
from nato_nlp.explain.shown import fit
from nato_nlp.explain.terminal import rendered
from nato_nlp.models.evidence import explained
from nato_nlp.models.tagger import Tagger
from nato_nlp.models.tags import Tags

TITLE = "Tagged sentences"
SHOWN = 5  # phrases a sentence in a terminal


class ExplainTableSink:
    """The sentences of each document with marked phrases and what adds up to their score, for a terminal."""

    def __init__(self, stream: IO[str], tagger: Tagger, *, width: int | None = None, colour: bool = False) -> None:
        from rich.console import Console

        self._console = Console(file=stream, width=width, force_terminal=colour, highlight=False)
        self._tagger = tagger

    def write(self, tags: Tags) -> None:
        """Print the sentences of one document."""
        from rich.text import Text

        if tags.meta.get("doc"):
            self._console.print(Text(fit(str(tags.meta["doc"])), "bold"))
        for item in explained(self._tagger, tags, SHOWN):
            self._console.print(rendered(item))

    def close(self) -> None:
        """Do nothing: every sentence is whole."""


class HtmlSink:
    """One page with a section a document."""

    def __init__(self, stream: IO[str], tagger: Tagger) -> None:
        self._stream = stream
        self._tagger = tagger
        self._stream.write(page_head(TITLE))

    def write(self, tags: Tags) -> None:
        """Write the sentences of one document."""
        self._stream.writelines(page_section(explained(self._tagger, tags), str(tags.meta.get("doc") or "")))

    def close(self) -> None:
        """Write the end of the page."""
        self._stream.write(page_foot())
