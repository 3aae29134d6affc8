"""The report of an experiment: one page that needs nothing else, shows what there is and says what there is not."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_runs import MISTAKE, made_run, made_table

from nato_nlp.errors import MissingExtraError, MissingFileError
from nato_nlp.experiment import report
from nato_nlp.experiment.breakdown import breakdowns
from nato_nlp.experiment.plots import folds_plot, learning_plot, reliability_plot
from nato_nlp.experiment.published import Published
from nato_nlp.experiment.report import report_html, write_report
from nato_nlp.experiment.results import read_result

FIXED = """
title = "Stance, trained on one set and scored on another"
[data]
train = ["seeds"]
test = "cameo"
label = "stance"
"""
VOID = {"meta", "img", "br", "link", "input", "hr"}
TITLES = (
    "Scores",
    "Published systems on the same set",
    "By class",
    "Confusion matrix",
    "Reliability",
    "Learning curve",
    "Breakdowns",
    "Most certain mistakes",
    "Folds",
    "Search",
    "Leaks",
    "Config",
    "Versions",
)


class Page(HTMLParser):
    """A page that is well-formed, or the feeding fails."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.headings, self.ids, self.links, self.texts = [], [], [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.tags.append((tag, found))
        self.ids += [found["id"]] if "id" in found else []
        self.links += [found["href"]] if "href" in found else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)
        if self.open and self.open[-1] == "h2":
            self.headings.append(data)

    def all(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]

    @property
    def text(self):
        return re.sub(r"\s+", " ", " ".join(self.texts))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return made_run(tmp_path_factory.mktemp("experiments") / "results" / "seed_stance")


@pytest.fixture(scope="module")
def page(folder):
    return Page(write_report(folder).read_text(encoding="utf-8"))


def made_page(tmp_path, *args, systems=(), **options):
    return Page(report_html(read_result(made_run(tmp_path / "results" / "made", *args, **options)), systems))


def test_every_part_is_there_in_order(page):
    assert tuple(page.headings) == TITLES
    assert sorted(link[1:] for link in page.links) == sorted(page.ids)
    assert len(page.all("h1")) == 1


def test_page_needs_no_other_file_and_runs_nothing(page, folder):
    names = {tag for tag, _ in page.tags}
    assert not names & {"script", "link", "iframe", "object", "embed", "form", "base"}
    assert all(not key.startswith("on") for _, attrs in page.tags for key in attrs)
    assert all(image["src"].startswith("data:image/svg+xml;base64,") for image in page.all("img"))
    style = (folder / "report.html").read_text(encoding="utf-8").split("<style>")[1].split("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style
    policy = next(meta["content"] for meta in page.all("meta") if "http-equiv" in meta)
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def test_page_can_be_read_by_everyone(page):
    assert page.all("html") == [{"lang": "en"}]
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in page.all("meta")
    assert len(page.all("img")) == 3
    assert all(len(image["alt"]) > 20 for image in page.all("img"))
    assert all(cell["scope"] in ("col", "row") for cell in page.all("th"))
    assert len(page.all("caption")) == len(page.all("table")) >= 8
    assert len([tag for tag in page.all("div") if tag.get("role") == "region" and tag.get("tabindex") == "0"]) == len(
        page.all("table")
    )


def luminance(colour):
    digits = colour.lstrip("#")
    digits = "".join(2 * sign for sign in digits) if len(digits) == 3 else digits
    channels = np.array([int(digits[k : k + 2], 16) for k in (0, 2, 4)]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_colours_have_the_contrast_of_wcag_aa():
    style = (Path(report.__file__).parent / "report.css").read_text(encoding="utf-8")
    schemes = [
        dict(re.findall(r"--(\w+): (#\w+);", block)) for block in re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    ]
    light, dark, paper = schemes
    assert light.keys() == dark.keys() > paper.keys()
    for scheme in (light, dark, light | paper):
        for ground in ("page", "soft", "warn", "s1", "s2", "s3", "s4"):
            assert contrast(scheme["text"], scheme[ground]) >= 4.5, (scheme, ground)
        for ink in ("muted", "link"):
            assert all(contrast(scheme[ink], scheme[ground]) >= 4.5 for ground in ("page", "soft"))
        assert contrast(scheme["line"], scheme["page"]) >= 3


def test_numbers_of_the_record_are_shown(page, folder):
    result = read_result(folder)
    for score in result.metrics["scores"]:
        assert f"{score['value']:.3f}" in page.text
        assert f"{score['low']:.3f} to {score['high']:.3f}" in page.text
    assert "120 rows in 20 groups" in page.text
    assert f"Expected calibration error: {result.metrics['ece']:.3f}." in page.text
    assert 'train = ["seeds"]' in page.text
    assert "versions.numpy" in page.text
    pairs = list(zip(result.predictions.gold, result.predictions.predicted, strict=True))
    cells = [attrs["class"] for tag, attrs in page.tags if tag == "td" and attrs.get("class", "").startswith("s")]
    assert len(cells) == 9
    assert [name.endswith("right") for name in cells] == [k % 4 == 0 for k in range(9)]
    assert str(pairs.count(("dispute", "dispute"))) in page.texts


def test_mistakes_show_the_words_that_decided(page):
    assert MISTAKE["text"] in page.text
    assert "gold: dispute ; predicted: cooperation , 97% sure (seeds/all/0003)" in page.text
    assert "+0.81 ministers met" in page.text
    assert re.search(r"−0\.3[01] nothing \(char\)", page.text)


def test_same_folder_gives_the_same_bytes(folder):
    first = write_report(folder).read_bytes()
    assert write_report(folder).read_bytes() == first
    assert sorted(path.name for path in folder.iterdir()) == [
        "config.toml",
        "evidence.json",
        "manifest.json",
        "metrics.json",
        "predictions.csv",
        "report.html",
    ]


def test_parts_without_data_say_so(tmp_path):
    table = made_table(folds=1, part="cameo")
    empty = {"per_class": {}, "search": [], "leaks": {}, "learning_curve": [], "reliability": [], "chosen": None}
    page = made_page(tmp_path, table, config=FIXED, explanations=None, **empty)
    assert tuple(page.headings) == TITLES
    for line in (
        "The record holds no scores by class.",
        "Texts are shown only for experiments on the seed corpus alone: other sets may not be passed on.",
        "The record holds no reliability of probabilities.",
        "No learning curve was asked for (report.learning_curve in the config).",
        "A fixed test set: there are no outer folds.",
        "The record holds no search over settings.",
        "The record holds no check for leaks.",
        "No published system is known on cameo.",
        "Nothing to tell apart by set, year, outlet.",
    ):
        assert line in page.text, line
    assert page.all("img") == []
    assert "scored on cameo" in page.text


def test_an_experiment_without_mistakes(tmp_path):
    assert "There is no mistake." in made_page(tmp_path, made_table(0.0), explanations=()).text


def test_sets_of_labels_have_no_matrix(tmp_path):
    table = made_table(0.2)
    sets = {name: tuple((label,) for label in getattr(table, name)) for name in ("gold", "predicted")}
    config = 'title = "Topics"\n[data]\ntrain = ["seeds"]\nlabel = "topics"\n'
    mistake = MISTAKE | {"gold": "not a", "predicted": "a"}
    result = read_result(made_run(tmp_path / "topics", table, config=config, explanations=[mistake]))
    shown = replace(
        result,
        metrics=result.metrics | {"folds": [], "scores": []},
        predictions=replace(table, **sets),
    )
    page = Page(report_html(shown))
    assert "A row has any number of labels, so there is no such matrix: see by class." in page.text
    assert "gold: not a ; predicted: a " in page.text


def test_leaks_that_were_left_in_stamp_every_table(tmp_path):
    table = "outer fold 1\n\n| train | scored | kind |\n| --- | --- | --- |\n| a/1 | b/2 | exact |\n\n2 more pair(s)"
    page = made_page(tmp_path, leaks={"policy": "report", "pairs": 3, "dropped": 0, "tables": [table]})
    assert "Not leak-free: 3 pair(s) of a training row and a scored row are the same or nearly so." in page.text
    assert page.text.count("(not leak-free)") == len(page.all("table"))
    assert "The first pairs: outer fold 1 (not leak-free) train scored kind a/1 b/2 exact" in page.text


def test_leaks_that_were_dropped_do_not(tmp_path):
    page = made_page(tmp_path, leaks={"policy": "drop", "pairs": 3, "dropped": 2, "tables": []})
    assert "(not leak-free)" not in page.text
    assert "nearly so: 3; rows dropped from training: 2." in page.text


def test_published_systems_stand_beside_the_run(tmp_path):
    known = {"macro_f1": {"stance": 0.75}, "matthews": {"stance": 0.5}}
    systems = (
        Published("A transformer", "cameo", "sentence", "Doe & Roe 2020", values=known),
        Published("Another label", "cameo", "sentence", "Doe", values={"macro_f1": {"quad": 0.1}}),
        Published("Another set", "seeds", "sentence", "Doe", values=known),
    )
    page = made_page(tmp_path, made_table(folds=1, part="cameo"), config=FIXED, explanations=None, systems=systems)
    assert "made (this run) macro_f1 0.87" in page.text
    assert re.search(r"A transformer macro_f1 0\.750 not stated \+0\.1\d\d sentence Doe & Roe 2020", page.text)
    assert "Another" not in page.text
    assert "A transformer matthews" not in page.text  # the run has no such score


@pytest.mark.parametrize("only", ["", 'only = ["dispute", "cooperation"]\n'])
def test_a_part_of_a_set_is_not_compared_with_the_whole(tmp_path, only):
    systems = (Published("Other", "cameo", "sentence", "Doe", values={"macro_f1": {"stance": 0.75}}),)
    config = FIXED.replace('label = "stance"', f'label = "stance"\n{only}')
    page = made_page(tmp_path, made_table(folds=1), config=config, explanations=None, systems=systems)
    assert ("Other macro_f1" in page.text) == (only == "")
    assert ("No published system is known on exactly these rows." in page.text) == (only != "")


MARKUP = st.text(st.sampled_from("<>&\"'ab/= ;{}%#$\\_^\u202e\ud800é中"), max_size=20)


@given(MARKUP, MARKUP)
def test_markup_in_texts_is_text(folder, text, feature):
    result = read_result(folder)
    evil = f"<script>alert('{text}')</script><img src=x onerror=alert(1)>"
    entry = {**MISTAKE, "id": evil, "text": evil, "gold": evil, "predicted": evil}
    entry["features"] = [{"feature": feature, "contribution": 0.5}, {"feature": evil, "contribution": -1}]
    plain = {"folds": [], "learning_curve": [], "reliability": [], "breakdowns": {}}  # without plots: they take time
    metrics = result.metrics | plain | {"notes": [evil], "chosen": {"values": {evil: evil}}}
    table = f"{evil}\n\n| {evil} |\n| --- |\n| {evil} |"
    metrics["leaks"] = {"policy": evil, "pairs": 0, "dropped": 0, "tables": [table]}
    changed = type(result)(result.config, metrics, result.manifest | {evil: {evil: evil}}, result.predictions, [entry])
    page = Page(report_html(changed))
    assert "script" not in {tag for tag, _ in page.tags}
    assert all("onerror" not in attrs for _, attrs in page.tags)
    assert evil.encode("utf-8", "replace").decode() in "".join(page.texts)


def test_names_of_labels_are_text_in_the_plots():
    nasty = r"$\frac{a$ <svg>"
    for source in (folds_plot({nasty: 0.5}, 0.5, nasty), learning_plot([{"rows": 9, "value": 0.5}], nasty)):
        assert source.startswith("data:image/svg+xml;base64,")
    point = {"low": 0.0, "high": 0.1, "predicted": 0.05, "observed": 0.0, "count": 3}
    assert reliability_plot([point]) == reliability_plot([point])


def test_breakdowns_by_year_and_outlet():
    table = made_table(0.3, rows=60)
    dates = ["2001-05-01"] * 30 + ["2002-01-01"] * 24 + [None] * 6
    found = breakdowns(table, dates=dates, outlets=["Wire"] * 30 + ["Daily"] * 30, resamples=100)
    assert [(row["value"], row["rows"], row["groups"]) for row in found["year"]["rows"]] == [
        ("2001", 30, 5),
        ("2002", 24, 4),
        ("unknown", 6, 1),
    ]
    right = sum(g == p for g, p in zip(table.gold[:30], table.predicted[:30], strict=True))
    assert found["year"]["rows"][0]["score"] == pytest.approx(right / 30)
    assert [row["value"] for row in found["outlet"]["rows"]] == ["Daily", "Wire"]
    assert "set" not in found


def test_documents_are_listed_the_worst_first():
    found = breakdowns(made_table(0.4), resamples=100)["document"]
    shares = [row["score"] for row in found["rows"]]
    assert shares == sorted(shares)
    assert max(shares) < 1
    assert len(shares) + found["left_out"] == 20


def test_breakdowns_of_the_record_are_shown(tmp_path):
    row = {"value": "1999", "score": 0.123, "low": 0.1, "high": 0.2, "rows": 7, "groups": 3}
    found = {"year": {"metric": "micro_f1", "rows": [row, row | {"value": "2000"}], "left_out": 4}}
    page = made_page(tmp_path, breakdowns=found)
    assert "By year; 4 more are not listed" in page.text
    assert "1999 0.123 0.100 to 0.200 7 3" in page.text


@pytest.mark.parametrize("below", ["results/made", "results/.partial/made/result"])
def test_table_of_published_systems_is_found_above(tmp_path, below):
    folder = made_run(tmp_path / "experiments" / below)
    (tmp_path / "experiments" / "published.toml").write_text(
        '[[system]]\nname = "Found"\nscored = "seeds"\nreads = "sentence"\nsource = "Doe"\n'
        "values = { macro_f1 = { stance = 0.5 } }\n",
        encoding="utf-8",
    )
    text = Page(write_report(folder).read_text(encoding="utf-8")).text
    assert "Found macro_f1 0.500 not stated" in text
    assert "This run is cross-validated on the set, so it learned from other rows of it." in text


def test_what_can_not_be_reported(tmp_path, folder, monkeypatch):
    with pytest.raises(MissingFileError, match="metrics.json can't be read"):
        write_report(tmp_path)
    with pytest.raises(MissingFileError, match="none.toml can't be read"):
        write_report(folder, published=tmp_path / "none.toml")
    monkeypatch.setitem(__import__("sys").modules, "jinja2", None)
    message = r"^jinja2 is needed for this: pip install 'nato_nlp\[report\]'$"
    with pytest.raises(MissingExtraError, match=message):
        write_report(folder)


def test_record_is_not_changed(folder):
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "report.html"}
    write_report(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "report.html"} == before
    assert json.loads(before["metrics.json"])["name"] == "seed_stance"
