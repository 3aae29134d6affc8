"""Damaged model files: each must be refused with a clear error, or load as a model that tags without harm."""

import argparse
import json
import multiprocessing
import os
import resource
import tempfile
import traceback
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.machine import machine, versions
from benchmarks.mutations import MARKER, MUTATIONS, Parts, mutate
from nato_nlp import load_tagger
from nato_nlp._paths import default_model
from nato_nlp.errors import InputError, ModelFileError
from nato_nlp.features.ngram_tfidf import NgramTfidf
from nato_nlp.models.tagger import Tagger

MEMORY = 1 << 30  # bytes that a child may take besides what it has when it begins
TIMEOUT = 30.0  # seconds for one file
SHIPPED_EVERY = 5  # one of so many mutations is of the shipped model, the others of small ones
PROCESSES = 2
SHOWN = 20  # failures that a record lists
TEXTS = (
    "Envoys of Peru and Chile agreed to talks. Troops shelled the border town, but Lima did not condemn the raid.",
    "\"We won't yield,\" the U.N. Secretary-General said; NATO's ministers met in Côte d'Ivoire on Monday — again.",
    "0 Comments To This Article\n\n???",
    "ΟΔΟΣ İzmir \udcff \U0010ffff e\u0301 " + "ab" * 200 + " the the the the the the the the",
)
SENTENCES = {
    "verbal_cooperation": ("Envoys of Peru and Chile agreed to talks.", "The ministers met and praised the accord."),
    "material_cooperation": ("Kenya sent food aid to Somalia.", "The two navies opened a joint base."),
    "verbal_dispute": ("Oslo condemned the decision and rejected the offer.", "Lima accused Quito of lies."),
    "material_dispute": ("Troops shelled the border town.", "Police arrested the envoy and closed the bridge."),
    "neutral": ("The treaty has nine articles.", "The vote is due on Monday."),
}


def small_models(folder: Path) -> list[Path]:
    """Train two small models and save them: one of n-grams alone, one with lexicon and gazetteer."""
    rows = [(f"{text} Day {doc}.", quad, doc) for doc in range(6) for quad, some in SENTENCES.items() for text in some]
    texts, quads, groups = (list(column) for column in zip(*rows, strict=True))
    topics = [["aid"] if "food" in text else ["law"] if "treaty" in text else [] for text in texts]
    found = []
    for name, features in (("ngrams", NgramTfidf()), ("news", None)):
        found.append(folder / f"{name}.safetensors")
        Tagger(features=features).fit(texts, quads, topics, groups).save(found[-1])
    return found


def judge(path: Path) -> tuple[str, str]:
    """Load a file and tag a few texts.

    Returns
    -------
    tuple of str
        ``refused`` and the message, ``harmless``, or ``failed`` and why: another exception, a warning of a number that ran
        over, a probability outside 0 to 1.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)
            tagger = load_tagger(path)
            return _tagged(tagger)
    except (ModelFileError, InputError) as error:
        return "refused", str(error)
    except BaseException as error:  # a panic of compiled code is no Exception
        if isinstance(error, KeyboardInterrupt):
            raise
        last = traceback.extract_tb(error.__traceback__)[-1]
        return "failed", f"{type(error).__name__}: {error} ({Path(last.filename).name}, {last.name})"[:500]


def _tagged(tagger: Tagger) -> tuple[str, str]:
    for text in TEXTS:
        tags = tagger.tag(text)
        for proba in (tags.stance_proba, tags.quad_proba, tags.topic_proba):
            if not (np.isfinite(proba).all() and (proba >= 0).all() and (proba <= 1 + 1e-9).all()):
                return "failed", f"probabilities are {proba}"[:500]
        json.dumps(list(tags.rows()), allow_nan=False)
        repr(tags)
        tags._repr_html_()
    tagger.tag(TEXTS[0]).to_arrow()
    if tagger.certainty_ is not None:
        tags = tagger.with_coverage(0.5).tag(TEXTS[0])
        if not all(map(len, [*tags.label_sets(0.1), *tags.label_sets(0.5, "quad")])):
            return "failed", "a set without a label"
    return "harmless", ""


def serve(pipe: Connection, paths: Sequence[Path], folder: Path, seed: int, memory: int) -> None:
    """Judge mutations by number until there are no more: the main function of a child."""
    bases = [Parts(path.read_bytes()) for path in paths]
    for path in paths:
        judge(path)  # compiles
    have = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (have + memory, have + memory))
    pipe.send("ready")
    path = folder / f"{os.getpid()}.safetensors"
    while (task := pipe.recv()) is not None:
        base, number = task
        path.write_bytes(mutate(bases[base], number, seed)[1])
        pipe.send(judge(path))


class Child:
    """A process that judges, and is replaced when it dies or hangs."""

    def __init__(self, *settings: Any) -> None:
        self._settings = settings
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, other = context.Pipe()
        self._process = context.Process(target=serve, args=(other, *self._settings), daemon=True)
        self._process.start()
        other.close()
        if self._pipe.recv() != "ready":
            raise RuntimeError("a child did not begin")

    def judge(self, base: int, number: int) -> tuple[str, str]:
        """Return what the process says, or that it died or took too long."""
        self._pipe.send((base, number))
        try:
            if self._pipe.poll(TIMEOUT):
                answer: tuple[str, str] = self._pipe.recv()
                return answer
            outcome = "failed", f"hang: no answer within {TIMEOUT:g} s"
        except (EOFError, ConnectionError):
            self._process.join(5)
            outcome = "failed", f"crash: exit code {self._process.exitcode}"
        self._process.kill()
        self._process.join()
        self._start()
        return outcome

    def stop(self) -> None:
        """Let the process end."""
        self._pipe.send(None)
        self._process.join()


def tasks(count: int, bases: int) -> Iterator[tuple[int, int]]:
    """Yield the base and number of each mutation; the last base is the shipped model."""
    for number in range(count):
        turn = number // len(MUTATIONS)
        yield bases - 1 if turn % SHIPPED_EVERY == 0 else turn % (bases - 1), number


def run(count: int, seed: int = 0, processes: int = PROCESSES) -> dict[str, Any]:
    """Judge so many mutations in children and count the outcomes by kind."""
    start = perf_counter()
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    failures: list[dict[str, Any]] = []
    slowest = 0.0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ[MARKER] = str(folder / "unpickled")
        paths = [*small_models(folder), default_model()]
        children = [Child(paths, folder, seed, MEMORY) for _ in range(processes)]
        idle = list(children)

        def ask(task: tuple[int, int]) -> tuple[tuple[int, int], tuple[str, str], float]:
            child, began = idle.pop(), perf_counter()
            try:
                return task, child.judge(*task), perf_counter() - began
            finally:
                idle.append(child)

        with ThreadPoolExecutor(processes) as threads:
            for (base, number), (outcome, why), seconds in threads.map(ask, tasks(count, len(paths))):
                kind = list(MUTATIONS)[number % len(MUTATIONS)]
                counts[kind][outcome] += 1
                slowest = max(slowest, seconds)
                if outcome == "failed":
                    failures.append({"model": paths[base].stem, "kind": kind, "number": number, "why": why})
        for child in children:
            child.stop()
        unpickled = (folder / "unpickled").exists()
    return {
        "mutations": count,
        "seed": seed,
        "refused": sum(found["refused"] for found in counts.values()),
        "harmless": sum(found["harmless"] for found in counts.values()),
        "failed": len(failures),
        "a_pickle_was_read": unpickled,
        "memory_mb": MEMORY >> 20,
        "timeout_seconds": TIMEOUT,
        "slowest_seconds": round(slowest, 2),
        "seconds": round(perf_counter() - start, 1),
        "by_kind": {kind: dict(sorted(counts[kind].items())) for kind in sorted(counts)},
        "failures": failures[:SHOWN],
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Attack, print what came of it, and write it where asked; the exit code is 1 when a file did harm."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks attacks", description=__doc__)
    parser.add_argument("--count", type=int, default=10_000, help="mutations")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=PROCESSES)
    parser.add_argument("--out", type=Path, help="write the record here, too")
    options = parser.parse_args(arguments)
    found = run(options.count, options.seed, options.processes)
    found |= {"machine": machine(), "versions": versions(["safetensors", "pyarrow"])}
    text = json.dumps(found, indent=1)
    print(text)
    if options.out:
        options.out.write_text(text + "\n", encoding="utf-8")
    return int(bool(found["failed"]) or found["a_pickle_was_read"])
