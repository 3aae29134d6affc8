"""A directive that runs what it shows: shell lines or Python, with their real output, in a folder of the page.

Each page has a folder of its own that holds what a reader is told to have there: ``stories/`` (texts), ``coded.csv``
(labelled sentences), ``sentences.txt``. They are cut out of the seed corpus. A command that fails is a warning, and so an
error of the build.
"""

import csv
import os
import shutil
import subprocess
import sys
from itertools import groupby
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective
from sphinx.util.logging import getLogger

LOG = getLogger(__name__)
STORIES = 12
CODED = 600


class Run(SphinxDirective):
    """Run the content and show it with its output."""

    has_content = True
    optional_arguments = 1
    option_spec: ClassVar[dict[str, Any]] = {"lines": directives.positive_int}

    def run(self) -> list[nodes.Node]:
        """Return the block and its output."""
        language = self.arguments[0] if self.arguments else "sh"
        code = "\n".join(self.content)
        shown = nodes.literal_block(code, code, language="python" if language == "python" else "bash")
        if self.env.app.builder.name == "doctest":
            return [shown]
        out = self._execute(code, language)
        kept = out.split("\n")[: self.options.get("lines", 40)]
        if len(kept) < out.count("\n") + 1:
            kept.append("...")
        text = "\n".join(kept)
        if not text.strip():
            return [shown]
        return [shown, nodes.literal_block(text, text, language="none", classes=["run-output"])]

    def _execute(self, code: str, language: str) -> str:
        folder = page_folder(Path(self.env.doctreedir), self.env.docname)
        command = [sys.executable, "-c", code] if language == "python" else ["bash", "-euo", "pipefail", "-c", code]
        bin_dir = Path(sys.executable).parent
        env = os.environ | {
            "PATH": f"{bin_dir}{os.pathsep}{os.environ['PATH']}",
            "COLUMNS": "110",
            "NO_COLOR": "1",
            "PYTHONHASHSEED": "0",
        }
        done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
        if done.returncode:
            LOG.warning(
                "%r ended with %d: %s", code, done.returncode, done.stderr[-2000:], location=self.get_location()
            )
        return done.stdout.replace(str(folder), ".").rstrip("\n")


def page_folder(doctrees: Path, page: str) -> Path:
    """Return the folder that the blocks of a page run in, made afresh for the first of them."""
    folder = doctrees / "run" / page.replace("/", "-")
    stamp = folder.parent / f"{folder.name}.{os.getpid()}"
    if not stamp.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        write_example_data(folder)
        stamp.touch()
    return folder


def write_example_data(folder: Path) -> None:
    """Write stories and coded sentences of the seed corpus."""
    from nato_nlp.datasets import seed_rows

    rows = seed_rows()
    (folder / "stories").mkdir()
    for story, (doc, sentences) in enumerate(groupby(rows, lambda row: row.doc)):
        if story == STORIES:
            break
        text = "\n\n".join(row.text for row in sentences)
        (folder / "stories" / f"{doc}.txt").write_text(text + "\n", encoding="utf-8")
    chosen = [row for row in rows if not row.boilerplate][:CODED]
    with (folder / "coded.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["sentence", "quad", "story", "date"])
        writer.writerows([row.text, row.quad, row.doc, row.date] for row in chosen)
    sentences = [row.text for row in chosen[:5]]
    (folder / "sentences.txt").write_text("\n".join(sentences) + "\n", encoding="utf-8")


def setup(app: Any) -> dict[str, bool]:
    """Register the directive; pages with it are read by one process each, which keeps their folders apart."""
    app.add_directive("run", Run)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
