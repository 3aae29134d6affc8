"""Speed, memory and latency of TF-IDF: `NgramTfidf` against the vectorizers and taggers that people use for speed.

``python -m benchmarks vectorize [FILE]`` measures, on one core (the process pins itself) unless said otherwise:

speed
    ``transform`` and ``fit_transform`` of each vectorizer in each setting. The vectorizer has learned from one text and
    transforms another of the same size, with as many unseen words as news would bring.
labels
    From text to a predicted stance, everything trained on the seed corpus.
latency
    ``transform`` of one sentence at a time, by vectorizers that have learned from a twentieth of the text.
threads
    In a second process on two cores: `NgramTfidf` with one thread and with two, LeNLP on both cores.
memory
    By how much a fresh process grows at most during a call, against the size of the matrix that it returns.
scale (``--scale``)
    Time per MB of `NgramTfidf` from 1 MB to 1 GB of grown text. A text of more than `SCALE_CHUNK` MB is transformed in
    chunks of that size, made while the clock stands, so that neither text nor matrix has to fit into memory at once
    (about 8 GB are needed). A size is measured in fewer rounds when they would add up to more than `SCALE_BUDGET` MB.

Each peer is warmed up, then all peers take turns, round after round; medians and quartiles are reported, ratios round by
round. Medians of rates are sizes over times. MB are 10^6 bytes of UTF-8. Speed and labels are CPU time of the process on one
core, all its threads together; threads, latency and scale are wall time. `NgramTfidf` keeps words for its next ``transform``;
it forgets them before each round, since the same text comes again.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from benchmarks import report
from benchmarks.machine import cores, machine, pin, versions
from benchmarks.measure import in_child, interleave, peak_memory, seconds
from benchmarks.peers import (
    LABELLERS,
    SETTINGS,
    VECTORIZERS,
    Labeller,
    LeNLP,
    Linear,
    Ours,
    Peer,
    available,
    result_bytes,
)
from benchmarks.text import MB, GrownText, Source, megabytes
from nato_nlp._validate import must_be
from nato_nlp.datasets import load_seeds
from nato_nlp.errors import MissingFileError, NatoNlpError

RESULTS = Path(__file__).parent / "results"
WARM_UP = 0.05  # share of the text
LATENCY_BLOCK = 100  # sentences a round
SCALE_SIZES = (1.0, 10.0, 100.0, 1000.0)  # MB
SCALE_CHUNK = 100.0  # MB
SCALE_SETTINGS = ("word 1-2", "both")
SCALE_BUDGET = 300.0  # MB that a size may take in all its rounds together
JOBS = ("transform", "fit_transform")
LATER = ("scale", "threads")  # parts that need a machine without other work, or much time, and can be measured alone

Records = list[dict[str, Any]]


@dataclass(frozen=True)
class Plan:
    """What to measure.

    Attributes
    ----------
    source : Source
    repeats : int
        Rounds.
    settings : tuple of str
        Of `SETTINGS`.
    memory_settings : tuple of str
        Those whose peaks are measured, each in a process of its own.
    scale : tuple of float
        Sizes in MB; none by default.
    """

    source: Source
    repeats: int = 5
    settings: tuple[str, ...] = tuple(SETTINGS)
    memory_settings: tuple[str, ...] = tuple(SETTINGS)
    scale: tuple[float, ...] = ()


def say(message: str) -> None:
    """Tell the person who waits."""
    print(message, file=sys.stderr, flush=True)


def head(texts: list[str]) -> list[str]:
    """Return the part of a text that warms up."""
    return texts[: max(1, int(WARM_UP * len(texts)))]


def record(texts: Sequence[str], times: Sequence[float], **facts: Any) -> dict[str, Any]:
    """Return what was measured as it stands in the JSON file; times in seconds."""
    return {**facts, "sentences": len(texts), "mb": megabytes(texts), "seconds": [round(time, 8) for time in times]}


def speed(plan: Plan, peers: Iterable[type[Peer]], known: list[str], new: list[str]) -> Records:
    """Time ``transform`` and ``fit_transform`` of every peer, setting by setting."""
    found: Records = []
    for setting in plan.settings:
        say(f"speed, {setting}")
        fitted = {peer: peer(setting).fit(known) for peer in peers}
        learners = [peer for peer in fitted if peer.learns]
        for peer, model in fitted.items():
            model.transform(head(new))
            peer(setting).fit_transform(head(known))
        calls = {peer: partial(model.transform, new) for peer, model in fitted.items()}
        old = interleave(calls, plan.repeats, process_time, partial(_forget, fitted))
        calls = {peer: partial(_fit_transform, peer, setting, 1, known) for peer in learners}
        fit = interleave(calls, plan.repeats, process_time)
        for job, texts, times in (("transform", new, old), ("fit_transform", known, fit)):
            found += [record(texts, t, job=job, setting=setting, peer=p.name, threads=1) for p, t in times.items()]
    return found


def _forget(models: dict[Any, Peer], name: Any) -> None:
    models[name].forget()


def _fit_transform(peer: type[Peer], setting: str, threads: int, texts: list[str]) -> Any:
    return peer(setting, threads).fit_transform(texts)


def labels(plan: Plan, peers: Iterable[type[Peer]], tools: Iterable[type[Labeller]], new: list[str]) -> Records:
    """Time the way from text to a predicted stance."""
    say("labels")
    corpus = load_seeds()
    stances = list(corpus.labels["stance"])
    models: dict[tuple[str, str], Any] = {}
    for setting in Linear.settings:
        models |= {(f"{peer.name} and LinearSVC", setting): Linear(peer, setting) for peer in peers}
        models |= {(tool.name, setting): tool(setting) for tool in tools if setting in tool.settings}
    for model in models.values():
        model.fit(list(corpus.texts), stances).predict(head(new))
    calls = {key: partial(model.predict, new) for key, model in models.items()}
    times = interleave(calls, plan.repeats, process_time)
    return [record(new, t, job="label", setting=key[1], peer=key[0], threads=1) for key, t in times.items()]


def latency(plan: Plan, peers: Iterable[type[Peer]], known: list[str], new: list[str]) -> Records:
    """Time ``transform`` of single sentences: a block of sentences a round and peer."""
    sample = new[:LATENCY_BLOCK]
    found: Records = []
    for setting in plan.settings:
        say(f"latency, {setting}")
        fitted = {peer: peer(setting).fit(head(known)) for peer in peers}
        times: dict[type[Peer], list[float]] = {peer: [] for peer in fitted}
        for _ in range(plan.repeats + 1):  # the first round warms up
            for peer, model in fitted.items():
                times[peer] += [_one(model, text) for text in sample]
        facts = {"job": "latency", "setting": setting, "threads": 1}
        found += [record(sample, t[len(sample) :], peer=peer.name, **facts) for peer, t in times.items()]
    return found


def _one(model: Peer, text: str) -> float:
    start = perf_counter()
    model.transform([text])
    return perf_counter() - start


def threads(plan: Plan, use: Sequence[int], others: bool) -> Records:
    """Time one thread against two in this process, which ought to be a fresh one; ``others`` adds LeNLP on both cores."""
    pin(use)
    os.environ["RAYON_NUM_THREADS"] = str(len(use))
    known, new = plan.source.load()
    runs: list[tuple[type[Peer], int]] = [(Ours, 1), (Ours, 2), *([(LeNLP, 2)] if others else [])]
    found: Records = []
    for setting in plan.settings:
        models = {(peer, count): peer(setting, count).fit(known) for peer, count in runs}
        for (peer, count), model in models.items():
            model.transform(head(new))
            peer(setting, count).fit_transform(head(known))
        calls = {run: partial(model.transform, new) for run, model in models.items()}
        old = interleave(calls, plan.repeats, before=partial(_forget, models))
        fit = interleave({run: partial(_fit_transform, run[0], setting, run[1], known) for run in runs}, plan.repeats)
        for job, texts, times in (("transform", new, old), ("fit_transform", known, fit)):
            facts = {"job": job, "setting": setting}
            found += [record(texts, t, peer=run[0].name, threads=run[1], **facts) for run, t in times.items()]
    return found


def memory(source: Source, peer: type[Peer], setting: str, job: str) -> dict[str, Any]:
    """Measure the peak of one call in this process, which ought to be a fresh one."""
    known, new = source.load()
    model = peer(setting)
    model.fit_transform(head(known))
    texts = known if job == "fit_transform" else new
    if job == "transform":
        model.fit(known)
        model.transform(head(new))
    else:
        model = peer(setting)
    matrix, peak = peak_memory(partial(getattr(model, job), texts))
    size = {"result_bytes": result_bytes(matrix), "entries": int(matrix.nnz), "columns": int(matrix.shape[1])}
    return {"job": job, "setting": setting, "peer": peer.name, "mb": megabytes(texts), "peak_bytes": peak, **size}


def memories(plan: Plan, peers: Iterable[type[Peer]]) -> Records:
    """Measure all peaks, one child process after the other."""
    found: Records = []
    for setting in plan.memory_settings:
        say(f"memory, {setting}")
        runs = [(peer, job) for peer in peers for job in JOBS if job == "transform" or peer.learns]
        found += [in_child(memory, plan.source, peer, setting, job) for peer, job in runs]
    return found


def scale(plan: Plan, known: list[str]) -> Records:
    """Time `NgramTfidf.transform` of growing sizes, in rounds over all sizes."""
    found: Records = []
    for setting in SCALE_SETTINGS if plan.scale else ():
        model = Ours(setting).fit(known)
        times: dict[float, list[float]] = {size: [] for size in plan.scale}
        for turn in range(plan.repeats):
            for size in plan.scale:
                if turn < max(1, SCALE_BUDGET // size):
                    say(f"scale, {setting}, {size:g} MB, round {turn + 1}")
                    times[size].append(_stream(model, size, turn))
        found += [
            {"setting": setting, "mb": s, "chunk_mb": min(s, SCALE_CHUNK), "seconds": t} for s, t in times.items()
        ]
    return found


def _stream(model: Peer, size: float, turn: int) -> float:
    """Return the seconds per MB of transforming ``size`` MB of new text."""
    text = GrownText(100 + turn)
    model.transform(text.take(min(size, 1.0)))
    spent, done = 0.0, 0.0
    while size - done > 0.5 / MB:
        chunk = text.take(min(SCALE_CHUNK, size - done))
        spent += seconds(partial(model.transform, chunk))
        done += megabytes(chunk)
    return spent / done


def measure(plan: Plan) -> dict[str, Any]:
    """Measure everything on one core, then give the cores back."""
    free = cores()
    facts = machine()
    facts["pinned"] = pin(free[-1:])
    try:
        peers, missing = available(VECTORIZERS)
        tools, without = available(LABELLERS)
        for name, reason in (missing | without).items():
            say(f"{name} is skipped: {reason}")
        known, new = plan.source.load()
        parts = {
            "speed": speed(plan, peers, known, new),
            "labels": labels(plan, peers, tools, new),
            "latency": latency(plan, peers, known, new),
            "scale": scale(plan, known),
            "memory": memories(plan, peers),
        }
    finally:
        pin(free)
    parts["threads"] = _threads_in_child(plan, free, LeNLP in peers)
    text = {"from": plan.source.describe(), "known": _size(known), "new": _size(new)}
    used = versions(peer.distribution for peer in (*peers, *tools))
    return {
        "machine": facts,
        "versions": used,
        "text": text,
        "repeats": plan.repeats,
        "skipped": missing | without,
        **parts,
    }


def measure_again(plan: Plan, parts: Sequence[str], before: dict[str, Any]) -> dict[str, Any]:
    """Measure some of `LATER` alone, on the same text, and put them in the place of those of a record.

    Raises
    ------
    InputError
        The record is of another text.
    """
    known, new = plan.source.load()
    text = {"from": plan.source.describe(), "known": _size(known), "new": _size(new)}
    if text != before["text"]:
        raise must_be("the text", f"that of the record, {before['text']}", text)
    free, facts = cores(), machine()
    found: dict[str, Any] = {}
    if "threads" in parts:
        found["threads"] = _threads_in_child(plan, free, LeNLP in available(VECTORIZERS)[0])
    if "scale" in parts:
        pin(free[-1:])
        found["scale"] = scale(plan, known)
        pin(free)
    return before | found | {"later": before.get("later", {}) | dict.fromkeys(found, facts)}


def _threads_in_child(plan: Plan, free: Sequence[int], others: bool) -> Records:
    if len(free) < 2:
        say("threads are skipped: they need two cores, and there is one")
        return []
    say("threads")
    return list(in_child(threads, plan, free[:2], others))


def _size(texts: list[str]) -> dict[str, float]:
    return {"sentences": len(texts), "mb": round(megabytes(texts), 3)}


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command's arguments."""
    result = argparse.ArgumentParser("python -m benchmarks vectorize", description=(__doc__ or "").splitlines()[0])
    result.add_argument(
        "file", nargs="?", type=Path, metavar="FILE", help="UTF-8, one sentence a line; else text is grown"
    )
    result.add_argument("--size-mb", type=float, help="MB to learn from and MB to transform (20; 0.5 with --quick)")
    result.add_argument("--repeats", type=int, help="rounds (5; 2 with --quick)")
    result.add_argument(
        "--scale", type=float, nargs="*", metavar="MB", help="time per MB at 1, 10, 100, 1000 MB or those given"
    )
    result.add_argument(
        "--quick", action="store_true", help="a trial: little text, and nothing is recorded without --out"
    )
    result.add_argument(
        "--again", nargs="+", choices=LATER, help="measure these parts alone and put them into the record that is there"
    )
    result.add_argument("--out", type=Path, help="folder of the results (benchmarks/results)")
    return result


def plan_of(options: argparse.Namespace) -> Plan:
    """Return the plan that arguments ask for."""
    size = options.size_mb if options.size_mb is not None else (0.5 if options.quick else 20.0)
    repeats = options.repeats if options.repeats is not None else (2 if options.quick else 5)
    asked = options.scale is not None or "scale" in (options.again or ())
    sizes = tuple(options.scale or SCALE_SIZES) if asked else ()
    narrow = ("both",) if options.quick else tuple(SETTINGS)
    return Plan(Source(size, options.file), repeats, memory_settings=narrow, scale=sizes)


def _record(folder: Path) -> dict[str, Any]:
    path = folder / "vectorize.json"
    if not path.is_file():
        raise MissingFileError(f"{path} is not there: expected the record that parts are put into")
    return dict(json.loads(path.read_text(encoding="utf-8")))


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, write JSON, table and plots, print the table; return 0, or 2 for arguments that make no sense."""
    options = parser().parse_args(arguments)
    plan = plan_of(options)
    if not (plan.source.size > 0 and plan.repeats > 0 and all(size > 0 for size in plan.scale)):
        say("--size-mb, --repeats and --scale must be above 0")
        return 2
    folder = options.out or (None if options.quick else RESULTS)
    try:
        result = measure_again(plan, options.again, _record(folder or RESULTS)) if options.again else measure(plan)
    except NatoNlpError as error:
        say(str(error))
        return 2
    if folder is not None:
        # through JSON, so that tables and plots can be made again from the recorded file alone
        report.write(json.loads(json.dumps(result)), folder)
    print(report.markdown(result))
    return 0
