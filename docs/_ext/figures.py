"""A scraper for figures that the library returns without pyplot, which sphinx-gallery's own does not see."""

from typing import Any

from matplotlib.figure import Figure
from sphinx_gallery.scrapers import figure_rst


def unmanaged_figures(block: Any, block_vars: dict[str, Any], gallery_conf: dict[str, Any]) -> str:
    """Save every new Figure among the names of the example; returns the reST that shows them."""
    paths = block_vars["image_path_iterator"]
    shown = []
    for value in list(block_vars["example_globals"].values()):
        if not isinstance(value, Figure) or hasattr(value, "_shown_in_docs"):
            continue
        value._shown_in_docs = True  # type: ignore[attr-defined]
        if value.canvas.manager is not None:  # pyplot's own: the scraper behind this one shows and closes them
            continue
        path = next(paths)
        value.savefig(path, dpi=gallery_conf.get("dpi", 100))
        titles = [axes.get_title() for axes in value.axes if axes.get_title()]
        shown.append((path, titles[0] if titles else "figure"))
    return "\n".join(figure_rst([path], gallery_conf["src_dir"], title) for path, title in shown)


def _get_sg_image_scraper() -> Any:
    """Let the configuration name the scraper by this module, so that Sphinx can cache it."""
    return unmanaged_figures
