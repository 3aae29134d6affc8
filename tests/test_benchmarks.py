"""The benchmarks' behaviour on tiny inputs: what they grow, run, compute and write. No time is asserted."""

import json
import os
import platform
import re
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks import __main__ as command
from benchmarks import ceiling, report, text, vectorize
from benchmarks.machine import cores, machine, pin, versions
from benchmarks.measure import in_child, interleave, peak_memory, quartiles, seconds
from benchmarks.peers import (
    LABELLERS,
    SETTINGS,
    VECTORIZERS,
    Hashing,
    Linear,
    Ours,
    Peer,
    SideBySide,
    Sklearn,
    available,
    result_bytes,
)
from benchmarks.report import Bound, bounds, find, markdown, ratios, speed_ratio
from benchmarks.text import GrownText, Source, grow, megabytes, rare_word, seed_sentences
from nato_nlp.datasets import Dataset, load_seeds
from nato_nlp.errors import InputError, MissingFileError

TEXTS = [
    "Envoys met in Geneva: talks | resumed.",
    "Shells fell on the port.",
    "",
    "Envoys left Geneva.",
    "The port burned.",
]
LABELS = ["cooperation", "dispute", "neutral", "cooperation", "dispute"]
LINUX = sys.platform.startswith("linux")


def tokens(texts: list[str]) -> list[str]:
    return [token for row in texts for token in re.findall(r"\w\w+", row.lower())]


# --- text


def test_grown_text_depends_on_the_seed_alone() -> None:
    assert grow(0.05, 3) == grow(0.05, 3)
    assert grow(0.05, 3) != grow(0.05, 4)


def test_grown_text_has_the_wanted_size_and_goes_on() -> None:
    source = GrownText(0)
    first, second = source.take(0.7), source.take(0.01)
    assert 0.7 <= megabytes(first) < 0.702
    assert 0.01 <= megabytes(second) < 0.012
    assert not set(first) & set(second)


def test_sentences_are_as_long_as_those_of_the_corpus() -> None:
    grown, seeds = ([len(row.split()) for row in rows] for rows in (grow(1.0), seed_sentences()))
    assert np.abs(np.percentile(grown, [5, 25, 50, 75, 95]) - np.percentile(seeds, [5, 25, 50, 75, 95])).max() <= 2


def test_vocabulary_grows_as_in_reuters_news() -> None:
    words = tokens(grow(6.5))[:1_000_000]
    assert len(words) == 1_000_000
    assert len(set(words)) == pytest.approx(44 * 1_000_000**0.49, rel=0.1)
    assert len(set(words)) > 1.2 * len(set(words[:700_000]))


def test_grown_text_stays_with_its_corpus_but_for_rare_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "RARE", 0.0)
    monkeypatch.setattr(text, "FOLLOW", 1.0)
    rows = GrownText(0, ["a b c d.", "e f g h!"]).take(0.01)
    assert set(rows) == {"a b c d.", "e f g h."}


def test_rare_words_are_distinct_names_and_numbers() -> None:
    names = [rare_word(rank) for rank in range(20_000) if rank % 10 < 7]
    assert len(set(names)) == len(names)
    assert all(name.isalpha() and name[0].isupper() for name in names)
    assert (rare_word(1234567), rare_word(1239)) == ("1,234,567", "123.9")


def test_size_is_checked() -> None:
    with pytest.raises(InputError, match=re.escape("size must be above 0, got 0")):
        grow(0)


def test_file_is_parted_by_lines(tmp_path: Path) -> None:
    file = tmp_path / "lines.txt"
    file.write_text("one\n\ntwo\n three \nfour\n", encoding="utf-8")
    assert Source(1.0, file).load() == (["one", "three"], ["two", "four"])
    assert Source(4e-6, file).load() == (["one", "three"], ["two"])
    assert str(tmp_path) not in json.dumps(Source(1.0, file).describe())


def test_file_without_lines_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "lines.txt"
    with pytest.raises(MissingFileError, match=re.escape(f"FILE must be a text file, got {file}")):
        Source(1.0, file).load()
    file.write_text("one\n", encoding="utf-8")
    with pytest.raises(MissingFileError, match="FILE must hold at least two lines, got 1"):
        Source(1.0, file).load()


# --- peers


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("peer", VECTORIZERS)
def test_vectorizers_share_an_interface(peer: type[Peer], setting: str) -> None:
    pytest.importorskip(peer.module)
    fitted = peer(setting).fit(TEXTS)
    matrix = fitted.transform(["Envoys burned", "zzz"])
    assert (matrix.shape[0], matrix.format) == (2, "csr")
    assert matrix[0].nnz > 0
    whole = peer(setting).fit_transform(TEXTS)
    assert np.abs((whole - fitted.transform(TEXTS)).data).sum() < 1e-5


@pytest.mark.parametrize("setting", SETTINGS)
def test_ours_and_scikit_learns_do_the_same_work(setting: str) -> None:
    ours, theirs = (peer(setting).fit(TEXTS).transform(TEXTS) for peer in (Ours, Sklearn))
    assert ours.shape == theirs.shape
    assert np.abs((ours - theirs).toarray()).max() < 1e-12


def test_side_by_side_joins_columns() -> None:
    words, letters = (Sklearn(setting).model for setting in ("word 1-2", "char 2-5"))
    both = Sklearn("both").fit_transform(TEXTS).toarray()
    pair = SideBySide([words, letters])
    assert np.allclose(pair.fit_transform(TEXTS).toarray(), both, rtol=1e-12)
    assert np.allclose(pair.fit(TEXTS).transform(TEXTS).toarray(), both, rtol=1e-12)


@pytest.mark.parametrize("setting", Linear.settings)
def test_linear_heads_give_labels(setting: str) -> None:
    assert Linear(Hashing, setting).fit(TEXTS, LABELS).predict(TEXTS) == LABELS


@pytest.mark.parametrize(("tool", "setting"), [(tool, setting) for tool in LABELLERS for setting in tool.settings])
def test_labellers_give_labels(tool: type, setting: str) -> None:
    pytest.importorskip(tool.module)
    rows = [row for row, label in zip(TEXTS, LABELS, strict=True) if label != "neutral"]
    labels = [label for label in LABELS if label != "neutral"]
    fitted = tool(setting).fit(rows * 20, labels * 20)
    assert fitted.predict(rows) == labels
    strange = fitted.predict(["", "port:1|a\nb\r\u2028c\x85", "fell"])
    assert len(strange) == 3
    assert set(strange) <= {*labels, ""}


def test_missing_peer_is_named_with_the_extra() -> None:
    class Absent(Peer):
        name, module, distribution = "Absent", "no_such_module", "no-such-module"

    found, missing = available([Ours, Absent])
    assert found == [Ours]
    assert missing == {"Absent": "no_such_module is needed for this: pip install 'nato_nlp[bench]'"}


# --- clocks, memory, machine


def test_rounds_take_turns() -> None:
    calls: list[str] = []
    times = interleave({name: lambda name=name: calls.append(name) for name in "abc"}, 4)
    assert "".join(calls) == "abcbcacababc"
    assert {name: len(values) for name, values in times.items()} == {"a": 4, "b": 4, "c": 4}
    assert seconds(list) >= 0


def test_child_is_another_process() -> None:
    assert in_child(os.getpid) != os.getpid()


@pytest.mark.skipif(not LINUX, reason="needs Linux's /proc")
def test_peak_counts_what_was_released_again() -> None:
    def call() -> int:
        return int(np.ones(10_000_000).sum())  # 80 MB that are gone at the end

    peak_memory(call)
    result, peak = peak_memory(call)
    assert result == 10_000_000
    if peak is None:
        pytest.skip("the sandbox forbids to reset the peak")
    assert 75e6 < peak < 120e6


def test_facts_name_no_host() -> None:
    facts = json.dumps(machine())
    assert platform.node() not in facts or len(platform.node()) < 4
    assert machine()["cores"] == len(cores())


def test_versions_leave_out_what_is_missing() -> None:
    found = versions(["scikit-learn", "no-such-distribution"])
    assert found["Python"] == platform.python_version()
    assert "scikit-learn" in found
    assert "no-such-distribution" not in found


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="cannot pin here")
def test_pinning() -> None:
    free = cores()
    try:
        assert pin(free[:1])
        assert cores() == free[:1]
    finally:
        pin(free)


# --- the whole


@pytest.fixture(scope="module")
def result() -> dict:
    """What a tiny run returns, with one peak measured in this process."""
    free = cores()
    source = Source(0.01)
    plan = vectorize.Plan(source, 2, settings=("word 1-2",), memory_settings=(), scale=(0.005, 0.01))
    some = load_seeds().select(range(0, 2000, 10))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vectorize, "load_seeds", lambda: some)
        for labeller in (Linear, *LABELLERS):
            patch.setattr(labeller, "settings", ("word 1-2",))
        found = vectorize.measure(plan)
    assert cores() == free  # the pin is taken out
    found["memory"] = [vectorize.memory(source, Ours, "word 1-2", job) for job in ("transform", "fit_transform")]
    return json.loads(json.dumps(found))


def test_run_measures_every_peer_and_job(result: dict) -> None:
    peers = {peer.name for peer in available(VECTORIZERS)[0]}
    for job, wanted in (("transform", peers), ("fit_transform", peers - {Hashing.name})):
        rows = [row for row in result["speed"] if row["job"] == job]
        assert {row["peer"] for row in rows} == wanted
        assert all(len(row["seconds"]) == 2 and 0.01 <= row["mb"] < 0.011 for row in rows)
    assert {row["peer"] for row in result["latency"]} == peers
    assert {f"{peer} and LinearSVC" for peer in peers} <= {row["peer"] for row in result["labels"]}
    assert [row["mb"] for row in result["scale"]] == [0.005, 0.01, 0.005, 0.01]
    assert {*peers} | {tool.name for tool in available(LABELLERS)[0]} | {*result["skipped"]} == {
        tool.name for tool in (*VECTORIZERS, *LABELLERS)
    }


def test_run_measures_threads_where_there_are_two_cores(result: dict) -> None:
    ours = [(row["job"], row["threads"]) for row in result["threads"] if row["peer"] == Ours.name]
    pairs = [(job, count) for job in vectorize.JOBS for count in (1, 2)]
    assert ours == (pairs if len(cores()) > 1 else [])


def test_parts_are_measured_again_on_the_same_text_alone(result: dict) -> None:
    plan = vectorize.Plan(Source(0.01), 2, settings=("word 1-2",), memory_settings=(), scale=(0.005,))
    found = vectorize.measure_again(plan, ["scale"], result)
    assert [row["mb"] for row in found["scale"]] == [0.005, 0.005]
    assert "Measured later: scale, " in markdown(found)
    changed = {"scale", "later"}
    assert {key: found[key] for key in found if key not in changed} == {
        key: result[key] for key in result if key not in changed
    }
    with pytest.raises(InputError, match=r"^the text must be that of the record, "):
        vectorize.measure_again(replace(plan, source=Source(0.02)), ["scale"], result)


def test_run_sizes_the_matrix(result: dict) -> None:
    known, new = Source(0.01).load()
    matrix = Sklearn("word 1-2").fit(known).transform(new)
    row = result["memory"][0]
    assert (row["entries"], row["columns"]) == (matrix.nnz, matrix.shape[1])
    assert row["result_bytes"] == result_bytes(matrix)


def test_report_tells_facts_and_sections(result: dict) -> None:
    page = markdown(result)
    for title, key, _ in report.SECTIONS:
        assert (f"## {title}\n" in page) == bool(result[key])
    assert f"numpy {np.__version__}" in page
    for name in result["skipped"]:
        assert f"Skipped: {name}" in page
    assert str(Path.cwd()) not in page


def test_report_is_written_and_made_again_alike(result: dict, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    first, second = tmp_path / "a" / "b", tmp_path / "c"
    report.write(result, first)
    report.write(json.loads((first / "vectorize.json").read_text(encoding="utf-8")), second)
    assert sorted(file.name for file in first.iterdir()) == [
        f"vectorize.{kind}" for kind in ("json", "md", "png", "svg")
    ]
    for file in first.iterdir():
        assert file.read_bytes() == (second / file.name).read_bytes()
    svg = (first / "vectorize.svg").read_text(encoding="utf-8")
    assert all(word in svg for word in ("NgramTfidf", "TfidfVectorizer", "nothing to fit", "word 1-2, transform"))


def test_long_streams_come_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectorize, "SCALE_CHUNK", 0.02)
    sizes: list[float] = []

    class Spy:
        def transform(self, texts: list[str]) -> None:
            sizes.append(megabytes(texts))

    assert vectorize._stream(Spy(), 0.05, 0) >= 0  # type: ignore[arg-type]
    warm_up, *chunks = sizes
    assert warm_up >= 0.05
    assert chunks[:2] == pytest.approx([0.02, 0.02], rel=0.03)
    assert 0.05 <= sum(chunks) < 0.051


# --- bounds


def made_up(ours: list[float], theirs: list[float]) -> dict:
    rows = [
        {"job": "transform", "setting": "both", "peer": peer, "threads": 1, "mb": 1.0, "sentences": 9, "seconds": times}
        for peer, times in ((Ours.name, ours), (Sklearn.name, theirs))
    ]
    two = {**rows[0], "threads": 2, "seconds": [time / 1.8 for time in ours]}
    memory = {"job": "transform", "setting": "both", "peer": Ours.name, "peak_bytes": 160, "result_bytes": 100}
    scale = [{"setting": "both", "mb": size, "seconds": [time]} for size, time in ((1, 1.0), (1000, 1.2))]
    return {"speed": rows, "threads": [rows[0], two], "memory": [memory], "scale": scale}


def test_ratios_are_taken_round_by_round() -> None:
    # the second round ran on a slower machine; medians of the times would give 1.5 / 22 instead
    assert speed_ratio(made_up([1.0, 2.0], [20.0, 40.0]), "transform", "both", Sklearn.name) == (20.0, 20.0, 20.0)
    assert ratios(None, {"seconds": [1.0]}) is None
    assert find([], peer="x") is None


def test_bounds_are_met_missed_or_not_measured() -> None:
    found = {bound.what: bound for bound in bounds(made_up([1.0, 1.0], [14.0, 14.0]))}
    assert found["both, transform: times TfidfVectorizer"] == Bound(
        "both, transform: times TfidfVectorizer", 15.0, 14.0
    )
    verdicts = {what: bound.verdict for what, bound in found.items() if bound.verdict != "not measured"}
    assert verdicts == {
        "both, transform: times TfidfVectorizer": "missed",
        "both, transform: two threads over one": "met",
        "both, transform: peak memory over its matrix": "missed",
        "both, transform: slowest over fastest MB, 1 MB to 1 GB": "met",
    }
    assert found["word 1-2, transform: times LeNLP"].verdict == "not measured"


def test_scale_bound_needs_all_sizes() -> None:
    part = made_up([1.0], [1.0])
    part["scale"].pop()
    assert report.scale_spread(part, "both") is None


@pytest.mark.parametrize(
    ("got", "at_least", "verdict"), [(2.0, True, "met"), (2.0, False, "met"), (1.9, True, "missed")]
)
def test_a_bound_holds_when_it_is_reached_exactly(got: float, at_least: bool, verdict: str) -> None:
    assert Bound("x", 2.0, got, at_least).verdict == verdict


def test_spread_shows_the_median_first() -> None:
    assert report.spread(quartiles([1.0, 2.0, 3.0, 4.0, 5.0]), "x") == "3.00x (2.00 to 4.00)"
    assert report.spread(None) == "-"


# --- command line


def test_list_names_the_benchmark(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run([]) == 0
    assert "  vectorize   Speed, memory and latency of TF-IDF" in capsys.readouterr().out
    assert {"text", "peers", "report", "machine"}.isdisjoint(command.commands())


def test_unknown_benchmark_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run(["vectorise"]) == 2
    assert re.search(r"^benchmark must be one of .*vectorize.*, got 'vectorise'$", capsys.readouterr().err, re.M)


def test_defaults_and_options() -> None:
    parse = vectorize.parser().parse_args
    usual, quick = (vectorize.plan_of(parse(arguments)) for arguments in ([], ["--quick"]))
    assert (usual.source, usual.repeats, usual.scale) == (Source(20.0), 5, ())
    assert (quick.source, quick.repeats, quick.memory_settings) == (Source(0.5), 2, ("both",))
    assert vectorize.plan_of(parse(["x.txt", "--scale"])).scale == (1.0, 10.0, 100.0, 1000.0)
    plan = vectorize.plan_of(parse(["x.txt", "--quick", "--size-mb", "3", "--repeats", "7", "--scale", "2", "4"]))
    assert (plan.source, plan.repeats, plan.scale) == (Source(3.0, Path("x.txt")), 7, (2.0, 4.0))


@pytest.mark.parametrize("arguments", [["--size-mb", "0"], ["--repeats", "0"], ["--scale", "1", "-1"]])
def test_senseless_numbers_are_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run(["vectorize", *arguments]) == 2
    assert "--size-mb, --repeats and --scale must be above 0" in capsys.readouterr().err


def test_missing_file_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert vectorize.main([str(tmp_path / "none.txt"), "--quick"]) == 2
    assert "FILE must be a text file, got " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "recorded"), [(["--quick"], False), (["--quick", "--out", "kept"], True), ([], True)]
)
def test_a_trial_is_recorded_only_where_told(
    arguments: list[str],
    recorded: bool,
    result: dict,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pytest.importorskip("matplotlib")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(vectorize, "RESULTS", tmp_path / "kept")
    monkeypatch.setattr(vectorize, "measure", lambda plan: result)
    assert vectorize.main(arguments) == 0
    assert capsys.readouterr().out.startswith("# Vectorizing\n")
    assert (tmp_path / "kept" / "vectorize.json").is_file() == recorded


# --- ceiling


def test_a_perfect_reader_of_the_codebook_loses_where_the_set_counts_otherwise() -> None:
    assert ceiling.macro_f1([10, 10], 10, [0.0, 0.0, 1.0]) == 1.0
    # ten rows of class 0, all read as cooperation: precision of cooperation 1/2, no neutral found
    assert ceiling.macro_f1([10, 10], 10, [1.0, 0.0, 0.0]) == pytest.approx((2 / 3 + 1 + 0) / 3)
    assert len(ceiling.reading()) == 100


def test_one_label_a_sentence() -> None:
    data = Dataset(
        "pairs",
        ["a", "a", "a", "b"],
        {"binary": ["dispute", "dispute", "cooperation", "cooperation"]},
        groups=[1, 1, 2, 3],
    )
    assert ceiling.by_sentence(data).value == pytest.approx((0.8 + 2 / 3) / 2)
