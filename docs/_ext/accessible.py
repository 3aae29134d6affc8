"""Names and tab stops that the theme and the gallery leave out, so that the site also works by ear and by keyboard."""

import re
from collections.abc import Callable
from typing import Any

LATE = 900  # behind the theme, which puts its functions into the context at 500
OUTPUT = '<div class="output_subarea output_html rendered_html'
REACHABLE = OUTPUT.replace("<div ", '<div role="region" aria-label="Output" tabindex="0" ')
FOLDED = re.compile(r"(>([^<]*)</a>\s*<details[^>]*>\s*<summary)>")


def named_folds(html: str) -> str:
    """Name the arrows that unfold a part of the navigation after the page before them.

    Examples
    --------
    >>> named_folds('<a href="x">Gallery</a><details><summary><i></i></summary></details>')
    '<a href="x">Gallery</a><details><summary aria-label="Pages of Gallery"><i></i></summary></details>'
    """
    return FOLDED.sub(r'\1 aria-label="Pages of \2">', html)


def mend(app: Any, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Let the keyboard reach tables that scroll sideways, and name the arrows of the navigation."""
    if "body" in context:
        context["body"] = context["body"].replace(OUTPUT, REACHABLE)
    tree: Callable[..., Any] | None = context.get("generate_toctree_html")
    if tree is not None:

        def named(kind: str, *args: Any, **options: Any) -> Any:
            found = tree(kind, *args, **options)
            # "raw" is a tree for the theme's own use; of a sidebar it returns text or a tree that prints as such
            return found if kind == "raw" else named_folds(str(found))

        context["generate_toctree_html"] = named


def setup(app: Any) -> dict[str, bool]:
    """Connect what mends pages."""
    app.connect("html-page-context", mend, priority=LATE)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
