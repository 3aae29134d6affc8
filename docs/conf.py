"""Settings of the site; what is generated before the build lies in ``_ext``."""

import os
import sys
import warnings
from pathlib import Path

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS / "_ext"))
os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")

import nato_nlp  # noqa: E402

project = "nato_nlp"
author = "The nato_nlp developers"
copyright = "The nato_nlp developers, BSD-3-Clause"
version = release = nato_nlp.__version__
language = "en-GB"

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.doctest",
    "sphinx.ext.viewcode",
    "sphinx_gallery.gen_gallery",
    "accessible",
    "mathtext",
    "shell",
    "site_pages",
]
exclude_patterns = [
    "_build",
    "_ext",
    "_templates",
    "tests",
    "README.md",
    "**/GALLERY_HEADER.rst",
    "gallery",
    "tutorials",
]
default_role = "py:obj"
nitpicky = False
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
html_math_renderer = "mathtext"

# docstrings: the doctests of the library run under pytest, those of the pages here
doctest_test_doctest_blocks = ""
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # numpydoc's Parameters hold the types
numpydoc_show_class_members = False
numpydoc_validation_checks = {
    "all",
    # left out, each for a reason
    "ES01",  # a summary line is often enough
    "EX01",  # an example where one helps
    "SA01",  # See Also where it helps
    "PR01",  # dataclasses tell their fields as Attributes; "parameters as `estimate`": repeated text would rot
    "PR04",  # a line "groups, resamples, level, random_state" that ends with "As for `estimate`"
    "PR07",  # a name and a type can say all there is, as in ``top : int, default=15``
    "RT01",  # a summary that begins with Return or Yield says it
    "RT04",  # a description may begin with a symbol
    "YD01",
}
numpydoc_validation_exclude = {r"\.group_holdout$"}  # its last line tells several parameters at once

sphinx_gallery_conf = {
    "examples_dirs": ["tutorials", "gallery"],
    "gallery_dirs": ["auto_tutorials", "auto_gallery"],
    "filename_pattern": r"/(plot|tutorial)_",
    "within_subsection_order": "FileNameSortKey",
    "image_scrapers": ("figures", "matplotlib"),
    "capture_repr": ("_repr_html_",),
    "reset_modules": ("matplotlib",),
    "show_memory": False,
    "show_signature": False,
    "remove_config_comments": True,
    "min_reported_time": 10,
    "parallel": 2,
    "download_all_examples": False,
    "write_computation_times": False,
    "abort_on_example_error": False,
    "nested_sections": False,
}
# matplotlib's font cache and joblib's workers may warn once; examples show no warnings of their own
warnings.filterwarnings("ignore", message="Matplotlib is currently using agg")

html_theme = "pydata_sphinx_theme"
html_title = "nato_nlp"
html_static_path = ["_static"]
templates_path = ["_templates"]
html_css_files = ["site.css"]
html_favicon = "_static/mark.svg"
html_context = {"default_mode": "auto"}
html_show_sourcelink = False
html_copy_source = False
html_sidebars = {"index": [], "install": [], "demo": [], "changelog": [], "404": []}
html_theme_options = {
    "logo": {"text": "nato_nlp"},
    "show_prev_next": False,
    "header_links_before_dropdown": 6,
    "navigation_with_keys": False,
    "show_nav_level": 1,
    "navbar_align": "left",
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
    "back_to_top_button": False,
}
