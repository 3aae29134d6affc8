"""Tables, bounds and plots out of what `benchmarks.vectorize` measured; everything here is made from the JSON file alone."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import plot
from benchmarks.measure import number, quartiles

Result = dict[str, Any]
OURS, SKLEARN, LENLP = "NgramTfidf", "TfidfVectorizer", "LeNLP"
JOBS = ("transform", "fit_transform")
NOTES = """\
Rates are medians with quartiles in brackets; MB are 10^6 bytes of UTF-8. A ratio is the median (quartiles) of the ratios of \
the rounds. `NgramTfidf` and `TfidfVectorizer` return the same matrix. The others do not: LeNLP deletes punctuation, folds \
accents, pads words further and returns float32; `HashingVectorizer` has no idf and no vocabulary, and nothing to fit. Peak \
memory is the growth of a fresh process's resident size during the call, the matrix included."""


@dataclass(frozen=True)
class Bound:
    """A figure that was promised, and what came out.

    Attributes
    ----------
    what : str
        What is bounded.
    wanted : float
        The figure.
    got : float or None
        None: not measured.
    at_least : bool
        Whether it must reach the figure; else it must not exceed it.
    """

    what: str
    wanted: float
    got: float | None
    at_least: bool = True

    @property
    def verdict(self) -> str:
        """``met``, ``missed`` or ``not measured``."""
        if self.got is None:
            return "not measured"
        return "met" if (self.got >= self.wanted if self.at_least else self.got <= self.wanted) else "missed"


def find(records: Iterable[Result], **facts: Any) -> Result | None:
    """Return the first record with these facts."""
    return next((row for row in records if all(row.get(key) == value for key, value in facts.items())), None)


def ratios(ours: Result | None, other: Result | None) -> tuple[float, float, float] | None:
    """Return quartiles of how many times faster ``ours`` was, round by round; None if one was not measured."""
    if ours is None or other is None:
        return None
    return quartiles([b / a for a, b in zip(ours["seconds"], other["seconds"], strict=True)])


def speed_ratio(result: Result, job: str, setting: str, rival: str) -> tuple[float, float, float] | None:
    """Return quartiles of our speed over a rival's."""
    rows = [find(result["speed"], job=job, setting=setting, peer=peer) for peer in (OURS, rival)]
    return ratios(*rows)


def thread_ratio(result: Result, job: str, setting: str) -> tuple[float, float, float] | None:
    """Return quartiles of the speed of two threads over that of one."""
    one, two = (find(result["threads"], job=job, setting=setting, peer=OURS, threads=count) for count in (1, 2))
    return ratios(two, one)


def memory_share(result: Result, setting: str, peer: str = OURS, job: str = "transform") -> float | None:
    """Return the peak of a call over the size of its matrix."""
    row = find(result["memory"], job=job, setting=setting, peer=peer)
    return None if row is None or row["peak_bytes"] is None else row["peak_bytes"] / max(1, row["result_bytes"])


def scale_spread(result: Result, setting: str) -> float | None:
    """Return the largest median time per MB over the smallest, sizes from 1 MB to 1 GB; None unless these are there."""
    rows = [row for row in result["scale"] if row["setting"] == setting]
    if not rows or min(row["mb"] for row in rows) > 1 or max(row["mb"] for row in rows) < 1000:
        return None
    medians = [quartiles(row["seconds"])[1] for row in rows]
    return max(medians) / min(medians)


def bounds(result: Result) -> list[Bound]:
    """Return the promised figures with what came out."""

    def middle(found: tuple[float, float, float] | None) -> float | None:
        return None if found is None else found[1]

    wanted = [
        ("transform", "word 1-2", SKLEARN, 15.0),
        ("transform", "char 2-5", SKLEARN, 15.0),
        ("transform", "both", SKLEARN, 15.0),
        ("fit_transform", "both", SKLEARN, 12.0),
        ("transform", "word 1-2", LENLP, 5.0),
        ("transform", "char 2-5", LENLP, 5.0),
    ]
    found = [Bound(f"{s}, {j}: times {r}", least, middle(speed_ratio(result, j, s, r))) for j, s, r, least in wanted]
    settings = dict.fromkeys(row["setting"] for row in result["speed"])
    found += [
        Bound(f"{s}, transform: two threads over one", 1.7, middle(thread_ratio(result, "transform", s)))
        for s in settings
    ]
    found += [
        Bound(f"{s}, transform: peak memory over its matrix", 1.5, memory_share(result, s), False) for s in settings
    ]
    scaled = dict.fromkeys(row["setting"] for row in result["scale"]) or ("word 1-2", "both")
    found += [
        Bound(f"{s}, transform: slowest over fastest MB, 1 MB to 1 GB", 1.25, scale_spread(result, s), False)
        for s in scaled
    ]
    return found


def spread(found: Sequence[float] | None, unit: str = "") -> str:
    """Return a median with its quartiles, a dash when there is none."""
    if found is None:
        return "-"
    low, middle, high = found
    return f"{number(middle)}{unit} ({number(low)} to {number(high)})"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def rate(row: Result, unit: str = "mb") -> tuple[float, float, float]:
    """Return quartiles of MB, or of ``sentences``, per second."""
    return quartiles([row[unit] / seconds for seconds in row["seconds"]])


def _bounds_table(result: Result) -> str:
    rows = [
        [b.what, f"{'>=' if b.at_least else '<='} {b.wanted:g}", "-" if b.got is None else number(b.got), b.verdict]
        for b in bounds(result)
    ]
    return table(["bound", "wanted", "measured", "verdict"], rows)


def _speed_table(result: Result) -> str:
    rows = []
    for row in result["speed"]:
        against = [
            find(result["speed"], job=row["job"], setting=row["setting"], peer=peer) for peer in (SKLEARN, LENLP)
        ]
        times = [spread(ratios(row, other), "x") for other in against]
        speeds = [spread(rate(row)), number(rate(row, "sentences")[1])]
        rows.append([row["setting"], row["job"], row["peer"], *speeds, *times])
    return table(["setting", "job", "peer", "MB/s", "sentences/s", f"times {SKLEARN}", f"times {LENLP}"], rows)


def _memory_table(result: Result) -> str:
    rows = []
    for row in result["memory"]:
        share = memory_share(result, row["setting"], row["peer"], row["job"])
        peak = [] if share is None else [number(row["peak_bytes"] / 1e6), number(share)]
        sizes = [number(row["result_bytes"] / 1e6), f"{row['entries']:,}"]
        rows.append([row["setting"], row["job"], row["peer"], *(peak or ["-", "-"]), *sizes])
    return table(["setting", "job", "peer", "peak, MB", "peak over matrix", "matrix, MB", "entries"], rows)


def _threads_table(result: Result) -> str:
    rows = []
    for row in result["threads"]:
        alone = find(result["threads"], job=row["job"], setting=row["setting"], peer=OURS, threads=1)
        rows.append(
            [
                row["setting"],
                row["job"],
                row["peer"],
                str(row["threads"]),
                spread(rate(row)),
                spread(ratios(row, alone), "x"),
            ]
        )
    return table(["setting", "job", "peer", "threads", "MB/s", f"times {OURS} with one"], rows)


def _labels_table(result: Result) -> str:
    rows = [
        [row["setting"], row["peer"], spread(rate(row)), number(rate(row, "sentences")[1])] for row in result["labels"]
    ]
    return table(["features", "peer", "MB/s", "sentences/s"], rows)


def _latency_table(result: Result) -> str:
    rows = [
        [row["setting"], row["peer"], spread([1e6 * value for value in quartiles(row["seconds"])])]
        for row in result["latency"]
    ]
    return table(["setting", "peer", "microseconds"], rows)


def _scale_table(result: Result) -> str:
    rows = [
        [
            row["setting"],
            f"{row['mb']:g}",
            f"{row['chunk_mb']:g}",
            spread([1e3 * v for v in quartiles(row["seconds"])]),
            str(len(row["seconds"])),
        ]
        for row in result["scale"]
    ]
    return table(["setting", "MB", "MB a call", "milliseconds per MB", "rounds"], rows)


SECTIONS: tuple[tuple[str, str, Callable[[Result], str]], ...] = (
    ("Vectorizing, one core", "speed", _speed_table),
    ("Two threads on two cores", "threads", _threads_table),
    ("From text to a predicted stance, one core", "labels", _labels_table),
    ("One sentence a call", "latency", _latency_table),
    ("Peak memory", "memory", _memory_table),
    ("Time per MB as the text grows", "scale", _scale_table),
)


def _facts(result: Result) -> str:
    where, text = result["machine"], result["text"]
    pinned = "Pinned to one core" if where["pinned"] else "Not pinned, so all cores may have been used"
    lines = [
        f"{where['cpu']}, {where['cores']} cores, {where['memory_gb']} GB, {where['system']}, {where['day']}",
        f"{pinned}; load average at the start {where['load_at_start']}",
        *(
            f"Measured later: {part}, {facts['day']}, load average at the start {facts['load_at_start']}"
            for part, facts in result.get("later", {}).items()
        ),
        ", ".join(f"{name} {version}" for name, version in result["versions"].items()),
        f"Text: {text['from']['kind']}; learned from {text['known']['sentences']:,} sentences ({text['known']['mb']:g} MB), "
        f"transformed {text['new']['sentences']:,} others ({text['new']['mb']:g} MB); {result['repeats']} rounds",
        *(f"Skipped: {name} ({reason})" for name, reason in result["skipped"].items()),
    ]
    return "\n".join(f"- {line}" for line in lines)


def markdown(result: Result) -> str:
    """Return the report as Markdown."""
    parts = ["# Vectorizing", _facts(result), NOTES, "## Bounds", _bounds_table(result)]
    for title, key, render in SECTIONS:
        if result[key]:
            parts += [f"## {title}", render(result)]
    return "\n\n".join(parts)


def write(result: Result, folder: Path) -> None:
    """Write ``vectorize.json``, ``.md``, ``.png`` and ``.svg`` into a folder, which is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vectorize.json").write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (folder / "vectorize.md").write_text(markdown(result) + "\n", encoding="utf-8")
    plot.speeds(result, [folder / "vectorize.png", folder / "vectorize.svg"])
