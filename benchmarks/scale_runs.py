"""Runs in processes of their own: peaks of memory of a whole family of processes, kills, a cluster."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.text import GrownText
from nato_nlp import load_tagger
from nato_nlp._validate import need
from nato_nlp.scale.dask import tag_folder

SAMPLE = 0.05  # seconds between two looks at the memory
PATIENCE = 0.25  # seconds within which a kill comes, once the run does something
SENTENCES_OF_DOCUMENT = 20
SCRIPT = """
import sys
from nato_nlp import load_tagger
from nato_nlp.scale.stream import tag_dataset
source, sink, split, workers, part_rows = sys.argv[1:]
print("ready", flush=True)
tag_dataset(load_tagger(), source, sink, split=split == "split", workers=int(workers), part_rows=int(part_rows))
"""


def write_lines(path: Path, count: int, seed: int = 3) -> None:
    """Write grown sentences, one a line, a little at a time."""
    text = GrownText(seed)
    with path.open("w", encoding="utf-8") as handle:
        while count > 0:
            some = text.take(1.0)[:count]
            handle.write("\n".join(some) + "\n")
            count -= len(some)


def write_documents(lines: Path, folder: Path) -> None:
    """Write the sentences of a file of lines as documents of `SENTENCES_OF_DOCUMENT`, one a row of Parquet."""
    folder.mkdir()
    schema = pa.schema({"id": pa.string(), "text": pa.string()})
    with lines.open(encoding="utf-8") as handle, pq.ParquetWriter(folder / "documents.parquet", schema) as writer:
        for first, documents in enumerate(_documents(handle)):
            names = [f"{first}-{k}" for k in range(len(documents))]
            writer.write_table(pa.table({"id": names, "text": documents}, schema=schema))


def _documents(handle: Iterator[str]) -> Iterator[list[str]]:
    documents: list[str] = []
    sentences: list[str] = []
    for line in handle:
        sentences.append(line.strip())
        if len(sentences) == SENTENCES_OF_DOCUMENT:
            documents.append(" ".join(sentences))
            sentences = []
        if len(documents) == 256:
            yield documents
            documents = []
    if sentences:
        documents.append(" ".join(sentences))
    if documents:
        yield documents


def start(source: Path, sink: Path, *, split: bool, workers: int, part_rows: int) -> subprocess.Popen[bytes]:
    """Start a run in a process of its own, and wait until it begins."""
    how = ["split" if split else "lines", str(workers), str(part_rows)]
    command = [sys.executable, "-c", SCRIPT, str(source), str(sink), *how]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    if process.stdout is None or process.stdout.readline() != b"ready\n":
        raise RuntimeError("the run did not begin")
    process.stdout.close()
    return process


def family_peak(process: subprocess.Popen[bytes]) -> int:
    """Return the most bytes that a process and its children held together, shared pages counted once; wait for its end.

    Linux only; looked at every `SAMPLE` seconds.
    """
    most = 0
    while process.poll() is None:
        most = max(most, sum(map(_held, family(process.pid))))
        time.sleep(SAMPLE)
    if process.returncode:
        raise RuntimeError(f"a run must end with status 0, got {process.returncode}")
    return most


def family(pid: int) -> list[int]:
    """Return a process and all that it started, as far as they live."""
    found = [pid]
    for one in found:
        try:
            tasks = list(Path(f"/proc/{one}/task").iterdir())
            found += [int(child) for task in tasks for child in (task / "children").read_text().split()]
        except (OSError, ValueError):
            continue
    return found


def _held(pid: int) -> int:
    """Return the memory of a process in bytes, its share of pages that several hold; 0 when it is gone."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


def content(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def survives(source: Path, folder: Path, kills: int, part_rows: int, workers: int) -> tuple[int, bool]:
    """Kill runs that go on with each other at random moments; return how many were cut, and whether the end is the same."""
    unbroken, out = folder / "unbroken", folder / "broken"
    options = {"split": False, "workers": workers, "part_rows": part_rows}
    if start(source, unbroken, **options).wait():  # type: ignore[arg-type]
        raise RuntimeError("the unbroken run must end with status 0")
    chance, cut = random.Random(0), 0
    for _ in range(kills):
        process = start(source, out, **options)  # type: ignore[arg-type]
        before = len(list(out.glob("part-*")))
        while chance.random() < 0.99 and process.poll() is None and len(list(out.glob("part-*"))) == before:
            time.sleep(0.01)
        time.sleep(chance.random() * PATIENCE)
        cut += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
    if start(source, out, **options).wait():  # type: ignore[arg-type]
        raise RuntimeError("the last run must end with status 0")
    return cut, content(out) == content(unbroken)


def cluster_seconds(source: Path, folder: Path, workers: Sequence[int], repeats: int) -> dict[int, list[float]]:
    """Return how long clusters of so many worker processes, of one thread each, take to tag a folder of files."""
    distributed = need("distributed", "scale")
    times: dict[int, list[float]] = {count: [] for count in workers}
    tagger = load_tagger()
    for count in workers:
        options = {"processes": True, "threads_per_worker": 1, "dashboard_address": None}
        with distributed.LocalCluster(n_workers=count, **options) as cluster, distributed.Client(cluster) as client:
            for turn in range(repeats + 1):  # the first time the workers import and learn words
                begin = time.perf_counter()
                tag_folder(client, tagger, source, folder / f"{count}-{turn}", split=False)
                times[count].append(time.perf_counter() - begin)
    return {count: found[1:] for count, found in times.items()}


def usable_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
