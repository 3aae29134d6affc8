"""Write, before the sources are read, the pages that are made from the library and from recorded results."""

import re
from html import escape, unescape
from pathlib import Path
from shutil import copyfile
from textwrap import shorten
from typing import Any

import architecture
import codebook_examples
import nato_nlp
import recorded
import reference_pages
from docutils import nodes
from nato_nlp.models.web_model import write_web_model

DOCS = Path(__file__).parent.parent
ROOT = DOCS.parent
GENERATED = DOCS / "_generated"


def write(path: Path, text: str) -> None:
    """Write a file only when it changes, so that a second build reads less."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8", newline="\n")


def on_site(text: str, folder: str) -> str:
    """Let links to recorded reports, which lead to their files in the repository, lead to their pages on the site."""
    return re.sub(r"\(\.\./benchmarks/results/(\w+\.md)\)", rf"({folder}\1)", text)


def read_source(app: Any, name: str, source: list[str]) -> None:
    """Turn links of the one page that readers of the repository read, too."""
    if name == "evaluation":
        source[0] = on_site(source[0], "_generated/recorded/")


def generate(app: Any) -> None:
    """Write every generated page, and remove those that nothing makes any more."""
    nato_nlp.load_tagger().tag("They met.")  # compiles the kernels once, before examples run side by side
    pages = reference_pages.api_pages() | {"cli.md": reference_pages.cli_page()}
    pages |= {"rules.inc": codebook_examples.rules(), "labels.inc": codebook_examples.labels()}
    graph = architecture.imports(Path(nato_nlp.__file__).parent)
    pages |= {"architecture.svg": architecture.draw(graph), "architecture.inc": architecture.table(graph)}
    pages |= recorded.pages(ROOT)
    pages["datasheet.inc"] = on_site(
        (ROOT / "seeds" / "README.md").read_text(encoding="utf-8"), "../_generated/recorded/"
    )
    for name, text in pages.items():
        write(GENERATED / name, text)
    drawn = recorded.plots(ROOT, GENERATED)
    for path in GENERATED.rglob("*"):
        if path.is_file() and path.relative_to(GENERATED).as_posix() not in {*pages, *drawn}:
            path.unlink()


def skip(app: Any, what: str, name: str, item: Any, skipped: bool, options: Any) -> bool | None:
    """Leave out the fields of named tuples, which the class's own docstring tells, and pydantic's own settings."""
    return True if name == "model_config" or str(getattr(item, "__doc__", "")).startswith("Alias for field") else None


def describe(app: Any, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Give a page the beginning of its first paragraph as its description, or its title where it has none."""
    paragraphs = doctree.findall(nodes.paragraph) if doctree is not None else ()
    told = next((p.astext() for p in paragraphs if not isinstance(p.parent, nodes.entry)), "")
    title = re.sub("<[^>]+>", "", context.get("title") or page)
    short = escape(
        shorten(told or f"{unescape(title)}, of the documentation of nato_nlp", 160, placeholder=" ..."), quote=True
    )
    context["metatags"] = context.get("metatags", "") + f'\n<meta name="description" content="{short}" />'


def finish(app: Any, error: Exception | None) -> None:
    """Put the model and the sample of the demo page beside its scripts."""
    if error is None and app.builder.format == "html":
        folder = Path(app.outdir) / "_static" / "demo"
        write_web_model(folder / "model.gz", nato_nlp.load_tagger())
        copyfile(ROOT / "seeds" / "sample.txt", folder / "sample.txt")


def setup(app: Any) -> dict[str, bool]:
    """Connect the writer."""
    app.connect("builder-inited", generate, priority=100)  # before sphinx-gallery and before reading
    app.connect("html-page-context", describe)
    app.connect("source-read", read_source)
    app.connect("autodoc-skip-member", skip)
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
