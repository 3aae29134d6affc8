"""How much of everything the seed corpus, the lexicon and the gazetteer hold."""

import argparse
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from nato_nlp import load_codebook
from nato_nlp.datasets import SeedRow, seed_rows
from nato_nlp.features.actors import load_actors
from nato_nlp.features.lexicon import load_lexicon

OUT = Path(__file__).parent / "results" / "corpus.md"


def rows_of(counts: Iterable[tuple[str, int]]) -> str:
    """Render counts as rows of a Markdown table."""
    return "\n".join(f"| {name} | {count:,} |" for name, count in counts)


def overview(rows: Sequence[SeedRow]) -> list[tuple[str, int]]:
    """Count sentences, stories, dyads and hard cases."""
    real = [row for row in rows if not row.boilerplate]
    stance = load_codebook().stance_of
    opposed = [{"cooperation", "dispute"} <= {stance[act.quad] for act in row.acts} for row in real]
    return [
        ("lines", len(rows)),
        ("of these boilerplate", len(rows) - len(real)),
        ("stories", len({row.doc for row in rows})),
        ("lines of invented events", sum(row.invented for row in rows)),
        ("directed dyads", len({(a.source, a.target) for row in real for a in row.acts if a.source and a.target})),
        ("sentences with two acts or more", sum(len(row.acts) > 1 for row in real)),
        ("of these with acts of opposite stance", sum(opposed)),
        ("contrast partners", sum(row.contrast_of is not None for row in real)),
        ("contested", sum(row.contested for row in real)),
    ]


def table() -> str:
    """Render all counts as Markdown."""
    rows, book = seed_rows(), load_codebook()
    real = [row for row in rows if not row.boilerplate]
    quads = Counter(row.quad for row in real)
    roots = Counter(row.root for row in real)
    topics = Counter(topic for row in real for topic in row.topics)
    rules = Counter(row.rule for row in real if row.rule)
    decades = Counter(f"{row.date[:3]}0s" for row in rows)
    entries, actors = load_lexicon(), load_actors()
    sections = {
        "The corpus": overview(rows),
        "Quads": [(name, quads[name]) for name in book.quads],
        "Roots": [(root, roots[root]) for listed in book.roots.values() for root in listed],
        "Topics": [(name, topics[name]) for name in book.topics],
        "Rules that decide a hard case": [(str(rule), rules[rule]) for rule in sorted(rules)],
        "Decades": sorted(decades.items()),
        "Entries of the lexicon": [(name, sum(e.quad == name for e in entries)) for name in book.quads]
        + [
            ("with a condition", sum(bool(e.frame) for e in entries)),
            ("weak", sum(e.weak for e in entries)),
            ("all", len(entries)),
        ],
        "Lines of the gazetteer": sorted(Counter(actor.kind for actor in actors).items()),
    }
    parts = [f"## {title}\n\n| | count |\n|---|---|\n{rows_of(counts)}\n" for title, counts in sections.items()]
    return "# What the seed corpus holds\n\n" + "\n".join(parts)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the counts and record them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks corpus", description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT, help="file of the table")
    options = parser.parse_args(arguments)
    text = table()
    print(text)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(text, encoding="utf-8")
    return 0
