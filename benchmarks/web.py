"""What the demo page's model loses against the shipped one: equal tags, probabilities, F1; and what it weighs."""

import argparse
import gzip
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from nato_nlp import Tagger, load_codebook, load_tagger
from nato_nlp.datasets import Dataset, load_seeds
from nato_nlp.errors import MissingFileError
from nato_nlp.evaluation.conventions import NEUTRAL, binary_stance
from nato_nlp.evaluation.intervals import Estimate, difference, estimate
from nato_nlp.evaluation.leaks import near_duplicate_clusters
from nato_nlp.evaluation.public import development_sets
from nato_nlp.evaluation.record import machine, now, versions, write_json
from nato_nlp.models.decision import decide, stance_probabilities
from nato_nlp.models.tags import Tags
from nato_nlp.models.web_model import read_web_model, write_web_model

RESULTS = Path(__file__).parent / "results"
DEMO = Path(__file__).parent.parent / "docs" / "_static" / "demo"
LARGEST = 3_000_000  # bytes over the wire
NOTE = (
    "The shipped model is trained on `seeds`: what counts there is the agreement, not the score. A difference of F1 is that "
    "of the page's model minus that of the shipped one on the same rows."
)


@dataclass(frozen=True)
class Loss:
    """What differs on one set: the name of what is measured, and its value."""

    set: str
    what: str
    estimate: Estimate


def page_model() -> tuple[Tagger, int]:
    """Return the shipped model as the page has it, and the size of its file in bytes."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.gz"
        write_web_model(path, load_tagger())
        return read_web_model(path), path.stat().st_size


def sizes(model: int) -> dict[str, int]:
    """Return the bytes over the wire of the model, and of the page's scripts and style, which servers compress."""
    parts = {"model.gz": model}
    for path in sorted([*DEMO.glob("*.js"), *DEMO.glob("*.css")]):
        parts[path.name] = len(gzip.compress(path.read_bytes(), 9))
    return parts


def agreement(ours: Tags, page: Tags) -> Iterator[tuple[str, np.ndarray]]:
    """Yield for each kind of tag which rows have the same."""
    same = {
        "stance": ours.stances == page.stances,
        "quad": ours.quads == page.quads,
        "topics": (ours.has_topic == page.has_topic).all(axis=1),
        "site furniture": ours.boilerplate == page.boilerplate,
    }
    yield from same.items()
    yield "all of them", np.logical_and.reduce(list(same.values()))


def losses(data: Dataset, ours: Tags, page: Tags) -> Iterator[Loss]:
    """Yield agreement and differences of F1 on one set."""
    groups = np.asarray(near_duplicate_clusters(list(data.texts)) if data.groups is None else data.groups)
    for name, same in agreement(ours, page):
        found = ["same" if row else "other" for row in same]
        share = estimate("micro_f1", ["same"] * len(found), found, groups=groups)
        yield Loss(
            data.name, f"share with the same {name}" if name != "all of them" else "share with the same tags", share
        )
    yield from _f1_differences(data, ours, page, groups)


def _f1_differences(data: Dataset, ours: Tags, page: Tags, groups: np.ndarray) -> Iterator[Loss]:
    book = load_codebook()
    news = np.flatnonzero(~np.asarray(data.labels.get("boilerplate", [False] * len(data)), bool))
    probas = [tags.quad_proba[news] for tags in (page, ours)]
    gold = {name: [labels[k] for k in news] for name, labels in data.labels.items()}
    if "stance" in gold and NEUTRAL in gold["stance"]:
        chosen = [[book.stances[k] for k in decide(proba)[0]] for proba in probas]
        yield _difference(data, "stance", gold["stance"], chosen, groups[news], book.stances)
    sides = gold.get("binary") or gold.get("stance")
    if sides is not None:
        kept = [binary_stance(stance_probabilities(proba), sides) for proba in probas]
        rows = news[kept[0].rows]
        yield _difference(
            data, "binary", kept[0].y_true, [k.y_pred for k in kept], groups[rows], ("cooperation", "dispute")
        )
    if "quad" in gold and NEUTRAL in gold["quad"]:
        chosen = [[book.quads[k] for k in decide(proba)[1]] for proba in probas]
        yield _difference(data, "quad", gold["quad"], chosen, groups[news], book.quads)
    if "topics" in gold:
        chosen = [[tuple(np.flatnonzero(row)) for row in tags.has_topic[news]] for tags in (page, ours)]
        named = [
            [tuple(tags.topic_names[k] for k in row) for row in rows]
            for tags, rows in zip((page, ours), chosen, strict=True)
        ]
        yield Loss(
            data.name,
            "topics: difference of micro-F1",
            difference("multilabel_micro_f1", gold["topics"], *named, groups=groups[news], labels=ours.topic_names),
        )


def _difference(
    data: Dataset, task: str, gold: Any, chosen: Sequence[Any], groups: np.ndarray, labels: Sequence[str]
) -> Loss:
    found = difference("macro_f1", gold, *chosen, groups=groups, labels=labels)
    return Loss(data.name, f"{task}: difference of macro-F1", found)


def shifts(ours: Tags, page: Tags) -> dict[str, float]:
    """Return how far probabilities of quads and topics move: the median, 99 of 100, and the most."""
    moved = np.abs(np.hstack([ours.quad_proba - page.quad_proba, ours.topic_proba - page.topic_proba])).max(axis=1)
    low, high = np.quantile(moved, [0.5, 0.99])
    return {"median": float(low), "99 of 100 sentences": float(high), "most": float(moved.max())}


def sets() -> list[Dataset]:
    """Return the seed corpus and the public development sets that are there."""
    try:
        return [load_seeds(), *development_sets()]
    except MissingFileError as error:
        print(f"public sets are left out: {error}")
        return [load_seeds()]


def report(found: Sequence[Loss], moved: dict[str, dict[str, float]], parts: dict[str, int]) -> str:
    """Render all as Markdown."""
    lines = [
        "# The demo page's model",
        "",
        NOTE,
        "",
        "| set | what | value | 95% interval | rows | groups |",
        "|---|---|---|---|---|---|",
    ]
    for loss in found:
        e = loss.estimate
        shown = "+.4f" if "difference" in loss.what else ".4f"
        interval = f"{e.low:{shown}} to {e.high:{shown}}"
        lines.append(f"| {loss.set} | {loss.what} | {e.value:{shown}} | {interval} | {e.count:,} | {e.groups:,} |")
    lines += [
        "",
        "How far the probability of a quad or topic moves, whichever moves most:",
        "",
        "| set | median | 99 of 100 sentences | most |",
        "|---|---|---|---|",
    ]
    lines += [f"| {name} | {' | '.join(f'{value:.4f}' for value in shift.values())} |" for name, shift in moved.items()]
    lines += ["", f"Bytes over the wire, at most {LARGEST:,} with the page:", "", "| file | bytes |", "|---|---|"]
    lines += [f"| {name} | {size:,} |" for name, size in parts.items()]
    lines.append(f"| all | {sum(parts.values()):,} |")
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str]) -> int:
    """Measure, print and record."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks web", description=__doc__)
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of the results")
    options = parser.parse_args(arguments)
    tagger, (page, size) = load_tagger(), page_model()
    found: list[Loss] = []
    moved = {}
    for data in sets():
        ours, theirs = (t.tag_sentences(list(data.texts)) for t in (tagger, page))
        found += losses(data, ours, theirs)
        moved[data.name] = shifts(ours, theirs)
    parts = sizes(size)
    text = report(found, moved, parts)
    print(text)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "web.md").write_text(text, encoding="utf-8")
    record = {
        "losses": [{"set": loss.set, "what": loss.what} | vars(loss.estimate) for loss in found],
        "shifts": moved,
        "bytes": parts,
        "versions": versions(),
        "machine": machine(),
        "time": now(),
    }
    write_json(options.out / "web.json", record)
    return 0
