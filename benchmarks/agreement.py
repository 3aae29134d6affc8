"""How far the readings of the seed corpus agree: Krippendorff's alpha for each label, with intervals over stories."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nato_nlp import load_codebook
from nato_nlp._paths import seeds_dir
from nato_nlp.evaluation import Estimate, krippendorff_alpha, krippendorff_alpha_sets

FILE = "readings.jsonl"
OUT = Path(__file__).parent / "results" / "agreement.md"


def readings(folder: Path | None = None) -> list[dict[str, Any]]:
    """Read the sentences that were read more than once: ids and labels of each reading."""
    path = (folder or seeds_dir()) / FILE
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def single_labels(rows: Sequence[dict[str, Any]]) -> dict[str, Estimate]:
    """Return alpha of stance, quad and root, of the first against the second reading."""
    stance = load_codebook().stance_of
    docs = [row["doc"] for row in rows]
    columns = {
        "stance": [[stance[row[who]["quad"]] for row in rows] for who in ("first", "second")],
        "quad": [[row[who]["quad"] for row in rows] for who in ("first", "second")],
        "root": [[row[who]["root"] or "none" for row in rows] for who in ("first", "second")],
    }
    return {name: krippendorff_alpha(codings, groups=docs) for name, codings in columns.items()}


def topics(rows: Sequence[dict[str, Any]], one: str, other: str) -> dict[str, Estimate]:
    """Return alpha of each topic between two readings."""
    docs = [row["doc"] for row in rows]
    return krippendorff_alpha_sets([[row[who]["topics"] for row in rows] for who in (one, other)], groups=docs)


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Render alpha of every label as Markdown."""
    lines = [
        f"# Agreement of the readings\n\n{len(rows):,} sentences in {len({row['doc'] for row in rows}):,} stories.\n"
    ]
    lines += ["| label | author and second reader | 95% interval |", "|---|---|---|"]
    lines += [f"| {name} | {e.value:.3f} | {e.low:.3f} to {e.high:.3f} |" for name, e in single_labels(rows).items()]
    before, after = topics(rows, "first", "second"), topics(rows, "second", "third")
    lines += [
        "",
        "| topic | author and second reader | 95% interval | second and third reader | 95% interval |",
        "|---|---|---|---|---|",
    ]
    for name, e in before.items():
        f = after[name]
        lines.append(
            f"| {name} | {e.value:.3f} | {e.low:.3f} to {e.high:.3f} | {f.value:.3f} | {f.low:.3f} to {f.high:.3f} |"
        )
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table and record it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks agreement", description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT, help="file of the table")
    options = parser.parse_args(arguments)
    text = table(readings())
    print(text)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(text, encoding="utf-8")
    return 0
