"""A page of tagged sentences with their evidence, for colour-blind people, printers and screen readers as well."""

from collections.abc import Iterable, Iterator
from html import escape

from nato_nlp.explain.shown import STRENGTHS, Explained, fit, heading, pieces, summary

INK, PAPER, QUIET = "#1a1a1a", "#ffffff", "#595959"
# backgrounds by level; blue and orange stay apart for every kind of colour blindness, and the underline without colours
BACKGROUNDS = {"for": ("#dcebfa", "#b0d2f2", "#7ab5e8"), "against": ("#fdebd3", "#f9cf96", "#f0ab4c")}
UNDERLINES = {"for": ("solid", "#0b4f8a"), "against": ("dotted", "#7a3b00")}
WORDS = {"for": "speaks for the tag", "against": "speaks against it"}
CSS = f"""
:root {{ color-scheme: light; }}
body {{ font: 1.05rem/1.7 Georgia, serif; color: {INK}; background: {PAPER}; max-width: 46rem; margin: 2rem auto;
  padding: 0 1rem; }}
h1, h2, .tags, .acts, .legend, details {{ font-family: system-ui, sans-serif; }}
h1 {{ font-size: 1.4rem; }} h2 {{ font-size: 1.1rem; overflow-wrap: anywhere; }}
ol {{ list-style: none; padding: 0; }}
li {{ border-top: 1px solid #949494; padding: .6rem 0; }}
.tags, .acts, .legend, details {{ font-size: .85rem; margin: .2rem 0; }}
.tags strong {{ margin-right: .4rem; }} .acts {{ margin-left: 0; }}
.text {{ margin: .3rem 0; overflow-wrap: anywhere; }}
.boilerplate .text, .tags span {{ color: {QUIET}; }}
mark {{ color: {INK}; padding: .1em .1em; text-underline-offset: .2em; print-color-adjust: exact;
  -webkit-print-color-adjust: exact; }}
table {{ border-collapse: collapse; margin: .4rem 0; }} caption {{ text-align: left; }}
th, td {{ text-align: left; font-weight: normal; padding: .1rem 1rem .1rem 0; vertical-align: top; }}
td.number {{ text-align: right; font-variant-numeric: tabular-nums; }} tfoot td, tfoot th {{ border-top: 1px solid {INK}; }}
summary:focus-visible {{ outline: 3px solid #0b4f8a; }}
.hidden {{ position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap;
  user-select: none; }}
@media print {{ body {{ max-width: none; margin: 0; }} li {{ break-inside: avoid; }} }}
"""


def _mark_css() -> str:
    rules = []
    for side, colours in BACKGROUNDS.items():
        style, colour = UNDERLINES[side]
        for level, background in enumerate(colours, 1):
            rules.append(
                f".{side}{level} {{ background: {background}; text-decoration: underline {style} {level}px {colour}; }}"
            )
    return "\n".join(rules) + "\n"


def page_head(title: str) -> str:
    """Return the beginning of a page: head, heading and legend."""
    name = escape(fit(title))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{name}</title>\n<style>{CSS}{_mark_css()}</style>\n</head>\n<body>\n<main>\n<h1>{name}</h1>\n{_legend()}"
    )


def page_foot() -> str:
    """Return the end of a page."""
    return "</main>\n</body>\n</html>\n"


def page_section(items: Iterable[Explained], title: str = "") -> Iterator[str]:
    """Yield the sentences of one document, under a heading of their own if it has a title."""
    if title:
        yield f"<h2>{escape(fit(title))}</h2>\n"
    yield "<ol>\n"
    yield from map(_sentence, items)
    yield "</ol>\n"


def page(items: Iterable[Explained], title: str = "Tagged sentences") -> str:
    """Return a whole page.

    Parameters
    ----------
    items : iterable of Explained
    title : str, default='Tagged sentences'

    Returns
    -------
    str
        HTML without scripts and without anything from elsewhere. All text is escaped. Contrast meets WCAG 2.2 AA; what a mark
        means is also told by its underline and, to screen readers, in words.

    Examples
    --------
    >>> from nato_nlp.explain import Explained
    >>> html = page([Explained("They <met>.", "cooperation", 0.9, (), None)], title="Talks")
    >>> "&lt;met&gt;" in html, "<script" in html
    (True, False)
    """
    return "".join([page_head(title), *page_section(items), page_foot()])


def _legend() -> str:
    sides = [
        f"{words}: "
        + " ".join(f'<mark class="{side}{level}">{STRENGTHS[level]}</mark>' for level in range(1, len(STRENGTHS)))
        for side, words in WORDS.items()
    ]
    return f'<p class="legend">A marked phrase {"; or ".join(sides)}.</p>\n'


def _sentence(item: Explained) -> str:
    proba = "" if item.proba is None else f" {item.proba:.2f}"
    details = "".join(f" <span>· {escape(fit(detail))}</span>" for detail in item.details)
    acts = "".join(f'<p class="acts">{escape(fit(act))}</p>\n' for act in item.acts)
    kind = ' class="boilerplate"' if item.label == "boilerplate" else ""
    return (
        f'<li{kind}>\n<p class="tags"><strong>{escape(fit(item.label))}{proba}</strong>{details}</p>\n'
        f'<p class="text" dir="auto">{"".join(_marked(item))}</p>\n{acts}{_table(item)}</li>\n'
    )


def _marked(item: Explained) -> Iterator[str]:
    for text, phrase, level in pieces(item):
        if phrase is None:
            yield escape(text)
        else:
            side = "for" if phrase.pull > 0 else "against"
            told = f'<span class="hidden"> ({STRENGTHS[level]} {side}) </span>'
            yield f'<mark class="{side}{level}">{escape(text)}{told}</mark>'


def _table(item: Explained) -> str:
    if item.evidence is None:
        return ""
    name = escape(fit(heading(item.evidence)))
    rows = "".join(
        f'<tr><th scope="row">{escape(what)}</th><td class="number">{pull:+.2f}</td><td>{escape(sources)}</td></tr>\n'
        for what, pull, sources in summary(item.evidence)
    )
    head = "".join(f'<th scope="col">{column}</th>' for column in ("phrase", "adds", "found by"))
    return (
        f"<details><summary>{name}</summary>\n<table>\n"
        '<caption class="hidden">What adds up to the score</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n"
        f'<tfoot><tr><th scope="row">sum</th><td class="number">{item.evidence.difference:+.2f}</td><td></td></tr></tfoot>\n'
        "</table>\n</details>\n"
    )
