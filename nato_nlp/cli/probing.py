"""``nato-nlp probe``: how many minimal pairs a model passes, by what they test."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from nato_nlp._paths import default_model, seeds_dir
from nato_nlp.cli.messages import DATA, fail, say
from nato_nlp.datasets.download import sha256_of
from nato_nlp.evaluation.intervals import Estimate
from nato_nlp.evaluation.probe import FILE, Pair, PassRates, as_table, load_probe, run_probe
from nato_nlp.evaluation.record import machine, now, versions, write_json
from nato_nlp.models.loading import load_tagger

DIGITS = 6
PARTS = ("stance", "direction")


def probe_command(*, model: Path | None, pairs: Path | None, format: str, record: Path | None) -> None:
    """Run the pairs, print the rates, and record them where asked."""
    tagger = load_tagger(model)
    if not tagger.heads_.quads:
        fail("the model must be one of quads, got one of topics alone: it gives no stances", DATA)
    rates = run_probe(tagger, _load(pairs))
    print(RENDER[format](rates), end="")
    if record is not None:
        source = pairs or seeds_dir() / FILE
        facts = {
            "model_sha256": sha256_of(model or default_model()),
            "corpus_sha256": tagger.facts_.get("corpus_sha256"),
            "data_sha256": {source.name: sha256_of(source)},
        }
        record.mkdir(parents=True, exist_ok=True)
        write_json(record / "metrics.json", to_dict(rates))
        write_json(record / "manifest.json", {"versions": versions(), "machine": machine(), "time": now(), **facts})
        say(f"recorded {record / 'metrics.json'} and manifest.json")


def _load(pairs: Path | None) -> list[Pair]:
    try:
        return load_probe(pairs)
    except UnicodeDecodeError as error:
        fail(f"{pairs} must be UTF-8, got other bytes at offset {error.start}", DATA)


def to_dict(rates: PassRates) -> dict[str, Any]:
    """Return pass rates as JSON holds them; a missing end of an interval is None."""
    return {part: {kind: _plain(e) for kind, e in getattr(rates, part).items()} for part in PARTS}


def _plain(e: Estimate) -> dict[str, float | int | None]:
    ends = {"value": e.value, "low": e.low, "high": e.high}
    return {name: None if np.isnan(x) else round(x, DIGITS) for name, x in ends.items()} | {"pairs": e.count}


def as_text(rates: PassRates) -> str:
    """Render pass rates as the table of `as_table`, in columns of even width."""
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in as_table(rates).splitlines()]
    rows = [cells[0], *cells[2:]]
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    return "".join(
        "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() + "\n" for row in rows
    )


RENDER: dict[str, Callable[[PassRates], str]] = {
    "text": as_text,
    "json": lambda rates: json.dumps(to_dict(rates), indent=1) + "\n",
    "markdown": as_table,
}
