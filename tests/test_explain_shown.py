"""Pages and terminals that show evidence: escaped, complete, and readable without colours."""

import io
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nato_nlp.cli.explaining import ExplainTableSink, HtmlSink
from nato_nlp.explain.html import BACKGROUNDS, INK, PAPER, QUIET, UNDERLINES, page
from nato_nlp.explain.shown import Explained, fit, heading, level_of, pieces, summary
from nato_nlp.models.evidence import evidence_of, explained, tags_to_html

TEXT = "Moscow condemned the raid, but Peru said it was ready to resume talks with NATO."
VOID = {"meta", "br", "hr", "img", "link"}


class Page(HTMLParser):
    """Reads a page and checks that every element is closed where it must be."""

    def __init__(self, source):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.texts, self.hidden = [], [], [], []
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        classes = [attrs.get("class") for _, attrs in self.open]
        if "hidden" in classes and "text" in classes:
            self.hidden.append(data)
        elif "text" in classes:
            self.texts.append(data)

    def named(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


def item(tagger, text, label="cooperation", top=None, **changes):
    given = {"label": label, "proba": 0.5, "details": ("energy",), "evidence": evidence_of(tagger, text, label, top)}
    return Explained(text, **{**given, **changes})


def luminance(colour):
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def ratio(a, b):
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_contrast_meets_wcag_aa():
    assert ratio("#ffffff", "#000000") == pytest.approx(21)
    assert ratio(QUIET, PAPER) >= 4.5
    for side, backgrounds in BACKGROUNDS.items():
        for background in backgrounds:
            assert ratio(INK, background) >= 4.5
            assert ratio(UNDERLINES[side][1], background) >= 3  # of what is no text
        assert [luminance(b) for b in backgrounds] == sorted(map(luminance, backgrounds), reverse=True)


def test_sides_differ_without_colours():
    assert UNDERLINES["for"][0] != UNDERLINES["against"][0]


def test_page_marks_words_for_everyone(tagger):
    source = page([item(tagger, TEXT)], "Five stories")
    read = Page(source)
    assert "".join(read.texts) == TEXT
    marks = [attrs["class"] for attrs in read.named("mark")]
    legend, marks = marks[:6], marks[6:]
    assert legend == ["for1", "for2", "for3", "against1", "against2", "against3"]
    assert "for3" in marks
    assert any(mark.startswith("against") for mark in marks)
    assert [told.strip() for told in read.hidden].count("(strongly for)") == marks.count("for3")
    assert len(read.hidden) == len(marks)
    assert read.named("html") == [{"lang": "en"}]
    assert all("scope" in attrs for attrs in read.named("th"))
    assert len(read.named("main")) == len(read.named("h1")) == len(read.named("title")) == 1
    assert "<title>Five stories</title>" in source
    assert all(f".{name} {{" in source for name in legend)


def test_page_says_what_adds_up(tagger):
    shown = item(tagger, TEXT, top=2)
    source = page([shown])
    evidence = shown.evidence
    assert f"cooperation (verbal_cooperation) against {evidence.against}: {evidence.difference:+.2f}" in source
    rows = summary(evidence)
    assert len(rows) == 2 + 3
    assert sum(pull for _, pull, _ in rows) == pytest.approx(evidence.difference, abs=1e-9)
    assert all(f'<th scope="row">{what}</th><td class="number">{pull:+.2f}</td>' in source for what, pull, _ in rows)
    assert heading(evidence_of(tagger, TEXT, "energy")).startswith("energy: ")
    assert heading(evidence_of(tagger, TEXT, "neutral")).startswith("neutral against ")


@given(text=st.text(max_size=60), title=st.text(max_size=20), other=st.text(max_size=20))
def test_everything_is_escaped(tagger, text, title, other):
    text = f"{text} condemned <script>alert('&amp;')</script> {text}"
    shown = [
        item(tagger, text, label="dispute", details=(other,), acts=(other,)),
        Explained(text, other, None, (), None),
    ]
    source = page(shown, title)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]", source)
    source.encode("utf-8")
    read = Page(source)
    assert "".join(read.texts) == fit(text) * 2
    assert read.named("script") == []


@given(st.text(max_size=80))
def test_pieces_are_the_text(tagger, text):
    shown = item(tagger, f"{text} They agreed to meet. {text}")
    found = list(pieces(shown))
    assert "".join(piece for piece, _, _ in found) == fit(shown.text)
    assert all((phrase is None) == (level == 0) for _, phrase, level in found)


def test_levels_are_relative_and_symmetric():
    assert [level_of(pull, 10.0) for pull in (1.0, 1.5, 3.0, 6.0, 10.0)] == [0, 1, 2, 3, 3]
    assert level_of(-4.0, 10.0) == level_of(4.0, 10.0)
    assert level_of(0.1, 0.1) == 0


def test_page_of_tags(tagger):
    tags = tagger.tag("They agreed to meet.\n\n© 2001 Wire", meta={"doc": "a<b>.txt"})
    source = tags_to_html(tagger, tags)
    assert "<h1>a&lt;b&gt;.txt</h1>" in source
    assert source.count("<li") == 2
    assert '<li class="boilerplate">' in source
    assert source.count("<details>") == 1
    assert "<h1>Other</h1>" in tags_to_html(tagger, tags, "Other")
    assert "<h1>Tagged sentences</h1>" in tags_to_html(tagger, tagger.tag(""))


def test_html_sink_writes_one_page(tagger):
    stream = io.StringIO()
    sink = HtmlSink(stream, tagger)
    for name in ("a.txt", "b.txt"):
        sink.write(tagger.tag("They agreed to meet.", meta={"doc": name}))
    sink.write(tagger.tag("They met."))
    sink.close()
    read = Page(stream.getvalue())
    assert re.findall("<h2>(.*)</h2>", stream.getvalue()) == ["a.txt", "b.txt"]
    assert len(read.named("ol")) == 3
    assert "".join(read.texts) == "They agreed to meet." * 2 + "They met."


def printed(tagger, text, colour, **meta):
    stream = io.StringIO()
    sink = ExplainTableSink(stream, tagger, width=100, colour=colour)
    sink.write(tagger.tag(text, meta=meta))
    sink.close()
    return stream.getvalue()


def test_terminal_tells_without_colours_what_pulls_where(tagger):
    out = printed(tagger, TEXT, False, doc="a.txt")
    assert out.startswith("a.txt\ncooperation ")
    assert TEXT in out
    assert re.search(r"^ +\+\d\.\d\d  ready to resume talks with +lexicon", out, re.MULTILINE)
    assert re.search(r"^ +-\d\.\d\d  condemned +lexicon", out, re.MULTILINE)
    assert "\x1b" not in out


def test_terminal_marks_phrases_and_lets_no_escape_through(tagger):
    out = printed(tagger, "They agreed to meet \x1b[2J[red]again[/red].", True)
    assert "\x1b[1;4;34magreed to meet\x1b[0m" in out
    assert "\x1b[2J" not in out
    assert "[red]" in re.sub(r"\x1b\[[\d;]*m", "", out)


def test_terminal_shows_boilerplate_and_acts(tagger):
    assert "boilerplate\n© 2001 Wire\n" in printed(tagger, "© 2001 Wire", False)
    from rich.console import Console

    from nato_nlp.explain.terminal import rendered

    console = Console(file=io.StringIO(), width=80)
    console.print(rendered(item(tagger, TEXT, acts=("RUS > PER: dispute",))))
    assert "RUS > PER: dispute\n" in console.file.getvalue()


def test_explained_sentences_can_be_shown_at_once(tagger):
    tags = tagger.tag("They agreed to meet. Troops shelled the town.")
    assert [shown.label for shown in explained(tagger, tags)] == ["cooperation", "dispute"]
