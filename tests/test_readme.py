"""The README: its example gives what it shows, its measured part is that of the records, its links lead somewhere."""

import doctest
import re
from pathlib import Path

import pytest

from benchmarks import readme

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
needs_docs = pytest.mark.skipif(not (ROOT / "docs").is_dir(), reason="an sdist has no docs")


def test_example_gives_what_it_shows():
    example = doctest.DocTestParser().get_doctest(TEXT, {}, "README.md", "README.md", 0)
    assert len(example.examples) >= 4
    report = []
    failed, _ = doctest.DocTestRunner().run(example, out=report.append)
    assert (failed, "".join(report)) == (0, "")


@needs_docs
def test_measured_part_badges_and_figure_are_up_to_date(capsys):
    assert readme.main(["--check"]) == 0
    for name, fact in readme.badge_facts(ROOT).items():
        svg = (readme.FIGURES / f"badge-{name}.svg").read_text(encoding="utf-8")
        assert f": {fact}</title>" in svg
        assert f": {fact}]" in TEXT


def test_text_that_is_out_of_date_is_told(monkeypatch, capsys, tmp_path):
    stale = tmp_path / "README.md"
    stale.write_text(re.sub(r"\d\.\d\d\d \(", "0.999 (", TEXT), encoding="utf-8")
    monkeypatch.setattr(readme, "README", stale)
    assert readme.main(["--check"]) == 1
    assert capsys.readouterr().err == "README.md is out of date: run `python -m benchmarks readme`\n"


def test_a_part_needs_its_marks():
    with pytest.raises(ValueError, match=re.escape("README.md must hold '<!-- measured: written by")):
        readme.filled("no marks", {"measured": "x"})


def test_every_system_of_the_table_comes_from_a_record():
    table = readme.blocks()["measured"]
    published = (ROOT / "experiments" / "results" / "published.toml").read_text(encoding="utf-8")
    names = [line.split("|")[1].split(":")[0].strip() for line in table.splitlines() if ": sentence" in line]
    assert len(names) > 4
    assert all(name.startswith("nato_nlp") or f'name = "{name}"' in published for name in names)


@needs_docs
def test_links_lead_to_files():
    for target in re.findall(r"\]\(([^)#:]+)\)", TEXT):
        assert (ROOT / target).exists(), target


@needs_docs
def test_figure_is_light_and_its_badges_are_escaped():
    assert (readme.FIGURES / "tagged.svg").stat().st_size < 200_000
    assert (readme.FIGURES / "tagged.png").stat().st_size < 200_000
    assert "<title>licence: BSD-3-Clause</title>" in readme.badge("licence", "BSD-3-Clause")
