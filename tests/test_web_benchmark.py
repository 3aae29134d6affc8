"""What the demo page's model loses: agreement, differences and sizes on a made set."""

import json

import pytest

from benchmarks import web
from nato_nlp.datasets import Dataset
from nato_nlp.errors import MissingFileError

TEXTS = ["Envoys of Peru and Chile agreed to talks.", "Troops shelled the town.", "The treaty has nine articles."] * 4
QUADS = ["verbal_cooperation", "material_dispute", "neutral"] * 4
STANCES = ["cooperation", "dispute", "neutral"] * 4


@pytest.fixture(scope="module")
def made():
    labels = {"quad": QUADS, "stance": STANCES, "topics": [("americas",), (), ()] * 4}
    facts = {"licence": "none", "citation": "none", "home": "none"}
    return Dataset("made", TEXTS, labels, groups=[f"story {k // 3}" for k in range(12)], **facts)


@pytest.fixture(scope="module")
def both(tagger, made):
    return [t.tag_sentences(list(made.texts)) for t in (tagger, web.page_model()[0])]


def test_a_model_agrees_with_itself_and_a_changed_tag_is_seen(made, both):
    ours, page = both
    same = {loss.what: loss.estimate for loss in web.losses(made, ours, ours)}
    assert {what: e.value for what, e in same.items() if "share" in what}.keys() == {
        f"share with the same {kind}" for kind in ("stance", "quad", "topics", "site furniture", "tags")
    }
    assert all(e.value == (1.0 if "share" in what else 0.0) for what, e in same.items())
    page.stances[:3] = (page.stances[:3] + 1) % 3
    changed = {loss.what: loss.estimate.value for loss in web.losses(made, ours, page)}
    assert changed["share with the same stance"] == changed["share with the same tags"] == 0.75
    assert changed["share with the same quad"] == 1.0


def test_differences_are_those_of_the_page_minus_ours(made, both):
    ours, page = both
    page.quad_proba[:] = [1.0, 0.0, 0.0, 0.0, 0.0]
    found = {loss.what: loss.estimate.value for loss in web.losses(made, ours, page)}
    assert found["stance: difference of macro-F1"] == pytest.approx(1 / 6 - 1)
    assert found["binary: difference of macro-F1"] == pytest.approx(1 / 3 - 1)
    assert found["topics: difference of micro-F1"] == 0.0
    assert web.shifts(ours, page)["most"] > 0.9


def test_a_record_is_written(made, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(web, "sets", lambda: [made])
    assert web.main(["--out", str(tmp_path / "results")]) == 0
    record = json.loads((tmp_path / "results" / "web.json").read_text(encoding="utf-8"))
    assert record["bytes"]["model.gz"] <= sum(record["bytes"].values()) < web.LARGEST
    shares = {row["what"]: row["value"] for row in record["losses"]}
    assert shares["share with the same tags"] == 1.0
    text = (tmp_path / "results" / "web.md").read_text(encoding="utf-8")
    assert text in capsys.readouterr().out
    assert "| made | share with the same tags | 1.0000 |" in text


def test_without_public_sets_the_seed_corpus_is_measured(monkeypatch, capsys):
    def missing():
        raise MissingFileError("plover is not there")

    monkeypatch.setattr(web, "development_sets", missing)
    assert [data.name for data in web.sets()] == ["seeds"]
    assert "public sets are left out: plover is not there" in capsys.readouterr().out
