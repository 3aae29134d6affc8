"""Formulas as SVG by matplotlib: no script, nothing from another server; screen readers get the TeX."""

import re
from html import escape
from io import BytesIO
from typing import Any

from docutils import nodes
from matplotlib import rc_context
from matplotlib.font_manager import FontProperties
from matplotlib.mathtext import math_to_image

SIZE = 12  # points, which stand for one em


def svg_of(tex: str) -> str:
    """Return a formula as an inline SVG element whose lengths are in em."""
    stream = BytesIO()
    with rc_context({"savefig.facecolor": "none"}):
        depth = math_to_image(f"${tex.strip()}$", stream, prop=FontProperties(size=SIZE), format="svg")
    svg = stream.getvalue().decode()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    for side in ("width", "height"):
        svg = re.sub(rf'({side})="([\d.]+)pt"', lambda m: f'{m[1]}="{float(m[2]) / SIZE:.3f}em"', svg, count=1)
    facts = (
        f'class="math" role="img" aria-label="{escape(tex, quote=True)}" style="vertical-align: {-depth / SIZE:.3f}em"'
    )
    return svg.replace("<svg", f"<svg {facts}", 1)


def _inline(translator: Any, node: nodes.math) -> None:
    translator.body.append(_unique(svg_of(node.astext()), len(translator.body)))
    raise nodes.SkipNode


def _block(translator: Any, node: nodes.math_block) -> None:
    translator.body.append(f"<p>{_unique(svg_of(node.astext()), len(translator.body))}</p>")
    raise nodes.SkipNode


def _unique(svg: str, number: int) -> str:
    """Keep the ids of two formulas of a page apart."""
    svg = re.sub(r'id="([^"]+)"', rf'id="m{number}-\1"', svg)
    svg = re.sub(r'href="#([^"]+)"', rf'href="#m{number}-\1"', svg)
    return re.sub(r"url\(#([^)]+)\)", rf"url(#m{number}-\1)", svg)


def setup(app: Any) -> dict[str, bool]:
    """Register the renderer."""
    app.add_html_math_renderer("mathtext", (_inline, None), (_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
