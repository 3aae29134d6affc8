"""``nato-nlp summary``: what it prints and writes for small stories, and what every wrong input ends with."""

import csv
import json
import sys
from collections import Counter
from pathlib import Path

import pytest
from helpers import run

from nato_nlp import Tagger, __version__, load_codebook
from nato_nlp._paths import default_model
from nato_nlp.datasets.download import sha256_of

BOOK = load_codebook()
STORIES = {
    "stories/a.txt": "Envoys of Peru and Chile met on Tuesday. Troops shelled the border town.\n\n© 2001 Wire\n",
    "stories/b.txt": "Kenya sent food aid to Somalia. Oslo condemned the decision and rejected the offer.\n",
    "stories/deep/c.txt": "The treaty has nine articles. Police arrested the envoy and closed the bridge.\n",
}
TABLE = (
    "id,day,body\n"
    "a,2001-02-03,Envoys of Peru and Chile agreed to talks. Troops shelled the border town.\n"
    "b,2001-02-20,Kenya sent food aid to Somalia. The treaty has nine articles.\n"
    "c,3 April 2001,Oslo condemned the decision and rejected the offer.\n"
    "d,,Police arrested the envoy and closed the bridge.\n"
)
NAMED = ("--text", "body", "--date", "day")
TABLES = ["by_month.csv", "dyads.csv", "topics.csv"]
PLOTS = ["months.png", "months.svg", "topics.png", "topics.svg"]
UNCORRECTED = "Counts are not corrected for tagging error: wrong tags shift every share, and no interval includes that."
EXTRA = "matplotlib is needed for this: pip install 'nato_nlp[report]'; the plots are left out"
WROTE = "nato-nlp: wrote out/summary.json, summary.md and tables"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def stories():
    for name, text in STORIES.items():
        write(name, text)
    return "stories"


def write(name, content):
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return name


def listed(folder="."):
    return sorted(path.relative_to(folder).as_posix() for path in Path(folder).rglob("*") if path.is_file())


def told(*args, **options):
    result = run("summary", *args, "--format", "json", **options)
    assert (result.status, result.err) == (0, "")
    return json.loads(result.out)


def refused(status, message, *args, **options):
    before = listed()
    result = run("summary", *args, **options)
    assert (result.err, result.status, result.out) == (f"nato-nlp: {message}\n", status, "")
    assert listed() == before


# what comes out


def test_counts_are_those_of_the_tagged_sentences(stories):
    rows = [json.loads(line) for line in run("tag", stories).out.splitlines()]
    kept = [row for row in rows if not row["boilerplate"]]
    said = told(stories)
    assert (said["documents"], said["sentences"], said["boilerplate"]) == (3, len(kept), len(rows) - len(kept))
    stances, quads = (Counter(row[name] for row in kept) for name in ("stance", "quad"))
    for label, e in said["shares"].items():
        assert e["value"] == pytest.approx(
            (stances + quads if label != "neutral" else stances)[label] / len(kept), abs=1e-6
        )
    topics = Counter(topic for row in kept for topic in row["topics"])
    assert {row["topic"]: row["sentences"] for row in said["topics"]} == topics
    assert said["boilerplate"] == 1


def test_the_sentences_that_carry_are_found_by_id_and_offsets(stories):
    said = told(stories)
    rows = {(row["doc"], row["index"]): row for row in map(json.loads, run("tag", stories).out.splitlines())}
    tables = [row["carriers"] for name in ("topics", "dyads", "months") for row in said[name]]
    carriers = [carrier for found in [*said["carriers"].values(), *tables] for carrier in found]
    assert len(carriers) > 10
    for carrier in carriers:
        assert STORIES[f"stories/{carrier['doc']}"][carrier["start"] : carrier["end"]] == carrier["text"]
        assert rows[carrier["doc"], carrier["index"]]["text"] == carrier["text"]
    best = max(
        (row for row in rows.values() if row["stance"] == "dispute"), key=lambda row: row["stance_proba"]["dispute"]
    )
    assert said["carriers"]["dispute"][0]["text"] == best["text"]


def test_months_and_ids_of_a_table():
    said = told(write("wire.csv", TABLE), *NAMED)
    assert [(row["month"], row["documents"], row["sentences"]) for row in said["months"]] == [
        ("2001-02", 2, 4),
        ("2001-04", 1, 1),
    ]
    assert said["undated"] == 1
    assert {carrier["doc"] for found in said["carriers"].values() for carrier in found} == set("abcd")


def test_rows_with_one_id_are_one_document():
    rows = "id,text\n" + "".join(f"{doc},Troops shelled town {k}.\n" for k, doc in enumerate("aabbb"))
    said = told(write("rows.csv", rows))
    assert (said["documents"], said["documents_with_text"], said["sentences"]) == (5, 2, 5)


def test_text_is_the_default_and_says_what_is_missing(stories, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    result = run("summary", stories)
    assert (result.status, result.err) == (0, "")
    for line in (
        "Stances and quads: 6 sentences of 3 documents",
        "Sentences that carry them",
        f"- {UNCORRECTED}",
        "- Site furniture (boilerplate) is left out: 1 of 7 sentences.",
        "- No document has a date: nothing is told by month.",
    ):
        assert line in result.out
    assert "\x1b" not in result.out


def test_a_person_sees_bold_titles(stories, monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert "\x1b[1mStances and quads" in run("summary", stories, terminal=True).out


def test_markdown_and_html(stories):
    markdown = run("summary", stories, "--format", "markdown")
    assert (markdown.status, markdown.err) == (0, "")
    assert markdown.out.startswith(f"# Summary\n\n- {UNCORRECTED}\n")
    assert "| label | share | 95% interval | sentences |" in markdown.out
    pytest.importorskip("matplotlib")
    html = run("summary", stories, "--format", "html")
    assert (html.status, html.err) == (0, "")
    assert UNCORRECTED in html.out
    assert "<img src='data:image/svg+xml;base64," in html.out


def test_out_writes_tables_and_plots_the_same_each_time():
    pytest.importorskip("matplotlib")
    write("wire.csv", TABLE)
    for name in ("out", "again"):
        result = run("summary", "wire.csv", *NAMED, "--out", name)
        assert (result.status, result.err) == (0, f"{WROTE.replace('out', name)} with plots\n")
        assert result.out.startswith("Stances and quads: 6 sentences of 4 documents")
    written = listed("out")
    assert set(written) >= {*TABLES, *PLOTS, "summary.json", "summary.md"}
    assert written == listed("again")
    assert [Path("out", name).read_bytes() for name in written] == [
        Path("again", name).read_bytes() for name in written
    ]


def test_what_the_files_hold():
    said = told(write("wire.csv", TABLE), *NAMED)
    run("summary", "wire.csv", *NAMED, "--out", "out")
    recorded = json.loads(Path("out/summary.json").read_text(encoding="utf-8"))
    facts = {"library_version": __version__, "model_sha256": sha256_of(default_model())}
    assert recorded == facts | said
    tables = {name: list(csv.DictReader(Path("out", name).read_text(encoding="utf-8").splitlines())) for name in TABLES}
    assert [(row["month"], row["sentences"]) for row in tables["by_month.csv"]] == [("2001-02", "4"), ("2001-04", "1")]
    assert [row["topic"] for row in tables["topics.csv"]] == [row["topic"] for row in said["topics"]]
    for row, listing in zip(tables["topics.csv"], said["topics"], strict=True):
        assert float(row["dispute"]) == listing["shares"]["dispute"]["value"]
        assert row["share_low"] == str(listing["share"]["low"])
    assert [row["source"] for row in tables["dyads.csv"]] == [row["source"] for row in said["dyads"]]
    header = Path("out/dyads.csv").read_text(encoding="utf-8").splitlines()[0]
    assert header.startswith("source,target,acts,documents,cooperation,cooperation_low,cooperation_high,dispute,")
    assert Path("out/summary.md").read_text(encoding="utf-8").startswith(f"# Summary\n\n- {UNCORRECTED}\n")


def test_a_plot_that_no_longer_holds_is_removed():
    pytest.importorskip("matplotlib")
    run("summary", write("wire.csv", TABLE), *NAMED, "--out", "out")
    assert run("summary", "wire.csv", "--text", "body", "--out", "out").status == 0
    assert set(PLOTS) & set(listed("out")) == {"topics.png", "topics.svg"}
    assert len(Path("out/by_month.csv").read_text(encoding="utf-8").splitlines()) == 1


def test_without_matplotlib_the_tables_are_written_and_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    result = run("summary", write("wire.csv", TABLE), *NAMED, "--out", "out")
    assert (result.status, result.err) == (0, f"nato-nlp: {EXTRA}\n{WROTE}\n")
    assert listed("out") == sorted([*TABLES, "summary.json", "summary.md"])
    html = run("summary", "wire.csv", *NAMED, "--format", "html")
    assert (html.status, html.err) == (0, f"nato-nlp: {EXTRA}\n")
    assert "<table>" in html.out
    assert "<img" not in html.out


def test_one_document_and_standard_input():
    result = run("summary", "-", stdin=b"Kenya sent food aid to Somalia. Troops shelled the border town.")
    assert (result.status, result.err) == (0, "")
    assert "Stances and quads: 2 sentences of 1 document" in result.out
    assert "- All sentences come from one document: an interval can't be given." in result.out


def test_lines():
    write("lines.txt", "Troops fired.\nEnvoys met.\n" * 700)
    said = told("lines.txt", "--lines")
    assert (said["documents"], said["documents_with_text"], said["sentences"]) == (1, 1, 1400)
    assert said["shares"]["dispute"] == {"value": 0.5, "low": None, "high": None}


def test_a_model_of_ones_own(small_corpus, stories):
    texts, quads, topics, groups = small_corpus
    Tagger().fit(texts, quad=quads, topics=topics, groups=groups).save("m.safetensors")
    said = told(stories, "--model", "m.safetensors")
    assert {row["topic"] for row in said["topics"]} <= {"aid", "law"}
    run("summary", stories, "--model", "m.safetensors", "--out", "out")
    recorded = json.loads(Path("out/summary.json").read_text(encoding="utf-8"))
    assert recorded["model_sha256"] == sha256_of(Path("m.safetensors"))


# what is refused


def test_paths_that_can_not_be_read():
    refused(2, "none is not there: expected a file or a directory", "none")
    Path("empty").mkdir()
    kinds = "one of '.txt', '.jsonl', '.ndjson', '.csv', '.tsv', '.parquet'"
    refused(2, f"empty holds no file that can be read: expected {kinds}", "empty", "--out", "out")
    refused(1, "empty.txt is empty: expected text", write("empty.txt", ""))
    refused(
        1,
        "wire.csv: column 'text' is not there; did you mean 'test'? There are: id, test",
        write("wire.csv", "id,test\na,b\n"),
    )


def test_nothing_but_site_furniture():
    message = (
        "the texts must hold at least one sentence that has a stance and is no site furniture, got none in 1 document"
    )
    refused(1, message, write("a.txt", "© 2001 Wire\n"), "--out", "out")


def test_a_folder_that_holds_inputs_or_is_none(stories):
    message = "--out must be a folder that holds none of the files that are read, got "
    refused(2, f"{message}'stories'", stories, "--out", "stories")
    refused(2, f"{message}'.'", "stories/a.txt", "--out", ".")
    assert run("summary", stories, "--out", "stories/report").status == 0
    # the tables of the first call would be read as documents now
    refused(2, f"{message}'stories/report'", stories, "--out", "stories/report")
    refused(2, "--out must be a folder, got 'file'", stories, "--out", write("file", "x"))


def test_a_model_without_quads(small_corpus, stories):
    texts, _, topics, groups = small_corpus
    Tagger().fit(texts, topics=topics, groups=groups).save("topics.safetensors")
    message = "the model must be one of quads, got one of topics alone: it gives no stances"
    refused(1, message, stories, "--model", "topics.safetensors")


def test_what_is_skipped_is_named_and_the_rest_summarized(stories):
    write("stories/broken.txt", b"Envoys met \xff.")
    refused_whole = run("summary", stories)
    assert (refused_whole.status, refused_whole.out) == (1, "")
    result = run("summary", stories, "--on-error", "skip", "--format", "json")
    assert result.status == 1
    assert result.err.startswith("nato-nlp: skipped 1:\nnato-nlp:   stories/broken.txt must be UTF-8")
    assert result.err.endswith("nato-nlp: the rest is summarized\n")
    assert json.loads(result.out)["documents"] == 3
    assert told(stories, "--errors", "replace")["documents"] == 4


def test_usage(stories):
    assert run("summary").status == 2
    assert run("summary", stories, "--dyads", "-1").status == 2
    assert run("summary", stories, "--format", "latex").status == 2


def test_help_has_examples(monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    result = run("summary", "--help")
    assert (result.status, result.err) == (0, "")
    assert "nato-nlp summary stories/" in result.out
