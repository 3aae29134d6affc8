"""How often the 95% intervals of `nato_nlp.evaluation` hold the true value, for rows that are independent and grouped.

``python -m benchmarks coverage --runs 1000`` prints the table as Markdown. Gold labels and the predictions of two
systems are drawn from a known process, so the true value of a metric is computed from the expected confusion matrix.
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nato_nlp.evaluation import Estimate, difference, estimate

LABELS = np.array(["cooperation", "dispute", "neutral"])
SHARES = np.array([0.45, 0.35, 0.2])
ACCURACY = (0.8, 0.7)  # of the two systems; errors fall evenly on the other labels
SPREAD = 4.0  # a Beta(4 a, 4 (1 - a)) draw is a group's accuracy: an intra-group correlation of .2
METRICS = ("macro_f1", "micro_f1", "matthews")
Labels = NDArray[np.str_]


class Sample(NamedTuple):
    """Gold, the predictions of two systems, and the group of each row."""

    gold: Labels
    first: Labels
    second: Labels
    groups: NDArray[np.int64]


def draw(groups: int, size: int, rng: np.random.Generator) -> Sample:
    """Draw ``groups`` groups of 1 to 2 ``size`` - 1 rows; with a size of 1 the rows are independent."""
    sizes = rng.integers(1, 2 * size, groups)
    ids = np.repeat(np.arange(groups), sizes)
    gold = rng.choice(3, len(ids), p=SHARES)
    # a story's rows lean to one label
    leading = rng.choice(3, groups, p=SHARES)[ids]
    gold = np.where(rng.random(len(ids)) < 0.5, leading, gold)
    systems = []
    for mean in ACCURACY:
        accuracy = rng.beta(SPREAD * mean, SPREAD * (1 - mean), groups)[ids]
        wrong = (gold + rng.integers(1, 3, len(ids))) % 3
        systems.append(LABELS[np.where(rng.random(len(ids)) < accuracy, gold, wrong)])
    return Sample(LABELS[gold], systems[0], systems[1], ids)


def truth(metric: str, accuracy: float) -> float:
    """Give a metric of the expected confusion matrix."""
    confusion = SHARES[:, None] * np.where(np.eye(3, dtype=bool), accuracy, (1 - accuracy) / 2)
    hits, gold, predicted = confusion.diagonal(), confusion.sum(axis=1), confusion.sum(axis=0)
    if metric == "macro_f1":
        return float(np.mean(2 * hits / (gold + predicted)))
    if metric == "micro_f1":
        return float(hits.sum())
    covariance = hits.sum() - gold @ predicted
    return float(covariance / np.sqrt((1 - gold @ gold) * (1 - predicted @ predicted)))


def cover(
    groups: int, size: int, by_group: bool, runs: int, resamples: int, seed: int
) -> dict[str, tuple[float, float]]:
    """Give the coverage and the mean width of the intervals of each metric, and of the difference in macro-F1."""
    held: dict[str, list[tuple[bool, float]]] = {}

    def note(name: str, found: Estimate, true: float) -> None:
        held.setdefault(name, []).append((found.low <= true <= found.high, found.high - found.low))

    for run in range(runs):
        rng = np.random.default_rng([seed, groups, size, run])
        sample = draw(groups, size, rng)
        options: dict[str, Any] = {
            "groups": sample.groups if by_group else None,
            "resamples": resamples,
            "random_state": rng,
        }
        for metric in METRICS:
            note(metric, estimate(metric, sample.gold, sample.first, **options), truth(metric, ACCURACY[0]))
        gap = truth("macro_f1", ACCURACY[0]) - truth("macro_f1", ACCURACY[1])
        note("difference of macro_f1", difference("macro_f1", *sample[:3], **options), gap)
    return {
        name: (float(np.mean([h for h, _ in rows])), float(np.mean([w for _, w in rows])))
        for name, rows in held.items()
    }


def table(runs: int, resamples: int, seed: int, show: Callable[[str], None]) -> None:
    """Show a Markdown table, a row for each setting and metric."""
    show(
        f"{runs} runs, {resamples} resamples, seed {seed}; a coverage of .95 is right within "
        f"{1.96 * np.sqrt(0.95 * 0.05 / runs):.3f}.\n"
    )
    show("| data | groups | rows a group | resampled | metric | coverage | mean width |")
    show("|---|---:|---:|---|---|---:|---:|")
    independent = [(count, 1, True) for count in (50, 200, 1000)]
    grouped = [(count, 8, by_group) for count in (20, 50, 200) for by_group in (True, False)]
    for groups, size, by_group in independent + grouped:
        kind, unit = ("independent" if size == 1 else "grouped"), ("groups" if by_group and size > 1 else "rows")
        for metric, (coverage, width) in cover(groups, size, by_group, runs, resamples, seed).items():
            show(f"| {kind} | {groups} | {size} | {unit} | {metric} | {coverage:.3f} | {width:.3f} |")


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the options, print the table, and write it where asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks coverage", description=__doc__)
    parser.add_argument("--runs", type=int, default=400)
    parser.add_argument("--resamples", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="write the table here, too")
    options = parser.parse_args(arguments)
    lines: list[str] = []

    def show(line: str) -> None:
        print(line, flush=True)
        lines.append(line)

    table(options.runs, options.resamples, options.seed, show)
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text("# Coverage of the intervals\n\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return 0
