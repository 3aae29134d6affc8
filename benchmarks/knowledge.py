"""What the shipped model knows: the figures of its seed corpus, lexicon and gazetteer, and what each part adds."""

import argparse
import json
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from nato_nlp import Tagger, load_tagger
from nato_nlp.datasets import Dataset, load_seeds
from nato_nlp.evaluation.intervals import Estimate, estimate
from nato_nlp.evaluation.public import development_sets
from nato_nlp.evaluation.record import machine, now, versions
from nato_nlp.evaluation.scoring import Scores, held_out_predictions, predict, score
from nato_nlp.evaluation.swap import swap_actors
from nato_nlp.features.actors import compile_actors, load_actors
from nato_nlp.features.lexicon import compile_lexicon, load_lexicon
from nato_nlp.features.news import NewsFeatures
from nato_nlp.features.ngram_tfidf import NgramTfidf
from nato_nlp.features.phrases import Phrases, default_phrases
from nato_nlp.features.topic_terms import compile_terms
from nato_nlp.models.seed_model import C, train_seed_tagger

RESULTS = Path(__file__).parent / "results"
PLOVER, NEUTRAL, ACE, SEEDS = "plover_zsp", "plover_zsp train + cameo none", "ace_wikievents", "seeds"
# set, task, metric, what is asked for
BOUNDS = (
    (PLOVER, "binary", "macro_f1", 0.90),
    (PLOVER, "quad (4)", "macro_f1", 0.76),
    (NEUTRAL, "stance", "macro_f1", 0.62),
    (ACE, "binary", "macro_f1", 0.82),
    (SEEDS, "stance", "macro_f1", 0.85),
    (SEEDS, "topics", "multilabel_micro_f1", 0.85),
    (SEEDS, "boilerplate", "f1", 0.95),
)
SWAP_BOUND = 0.03


@dataclass(frozen=True)
class Variant:
    """A set of features whose worth is measured."""

    name: str
    make: Callable[[], Any]


def some(share: float) -> Phrases:
    """Compile a share of the lexicon, entries drawn evenly; the gazetteer stays whole."""
    entries = load_lexicon()
    order = np.random.default_rng(0).permutation(len(entries))[: max(1, int(share * len(entries)))]
    return replace(default_phrases(), lexicon=compile_lexicon([entries[k] for k in sorted(order)]))


def without_gazetteer() -> Phrases:
    """Compile the lexicon with a gazetteer that knows one unused name."""
    unused = [actor for actor in load_actors() if actor.kind == "other"][:1]
    names, senses = compile_actors(unused)
    return replace(default_phrases(), names=names, senses=senses)


def without_terms() -> Phrases:
    """Compile the lexicon and gazetteer without terms of topics."""
    return replace(default_phrases(), terms=compile_terms())


def news(phrases: Phrases | None = None) -> NewsFeatures:
    """Return the shipped model's features over some phrases."""
    return NewsFeatures(ngrams=NgramTfidf(min_df=2), phrases=phrases)


VARIANTS = (
    Variant("n-grams alone", lambda: NgramTfidf(min_df=2)),
    Variant("names masked, actors, no lexicon", lambda: news(some(0.0))),
    Variant("a quarter of the lexicon", lambda: news(some(0.25))),
    Variant("half of the lexicon", lambda: news(some(0.5))),
    Variant("all without the gazetteer", lambda: news(without_gazetteer())),
    Variant("all without the terms of topics", lambda: news(without_terms())),
    Variant("all: the shipped features", news),
)


def fitted(features: Any, seeds: Dataset) -> Tagger:
    """Train on the seed corpus with some features."""
    tagger = Tagger(features=features, C=C)
    labels = seeds.labels
    return tagger.fit(seeds.texts, labels["quad"], labels["topics"], seeds.groups, boilerplate=labels["boilerplate"])


def swap_estimates(tagger: Tagger, data: Dataset) -> dict[str, Estimate]:
    """Return the share of sentences whose stance, quad, or any tag changes when actors are swapped."""
    rows = np.flatnonzero(~np.asarray(data.labels.get("boilerplate", [False] * len(data)), bool))
    texts = [data.texts[k] for k in rows]
    before, after = tagger.tag_sentences(texts), tagger.tag_sentences(swap_actors(texts))
    groups = None if data.groups is None else [data.groups[k] for k in rows]
    same = {
        "stance": before.stances == after.stances,
        "quad": before.quads == after.quads,
        "topics": (before.has_topic == after.has_topic).all(axis=1),
    }
    gold = ["same"] * len(texts)
    found = {}
    for name, kept in same.items():
        agreement = estimate("micro_f1", gold, ["same" if k else "other" for k in kept], groups=groups)
        found[name] = Estimate(
            1 - agreement.value, 1 - agreement.high, 1 - agreement.low, agreement.count, agreement.groups
        )
    return found


def shipped(sets: Iterable[Dataset], seeds: Dataset) -> tuple[list[Scores], dict[str, Any]]:
    """Score the shipped model on the development sets, its recipe by cross-validation, and the actor swap."""
    tagger = load_tagger()
    results = [score(seeds, held_out_predictions(train_seed_tagger(seeds), seeds.texts))]
    results += [score(data, predict(tagger, data)) for data in sets]
    return results, {data.name: swap_estimates(tagger, data) for data in (seeds, *list(sets)[:1])}


def value_of(results: Iterable[Scores], name: str, task: str, metric: str) -> Estimate | None:
    """Return one estimate, None where the set was not scored."""
    for result in results:
        for s in result.scores:
            if (result.name, s.task, s.metric) == (name, task, metric):
                return s.estimate
    return None


def figures_table(results: list[Scores], swaps: dict[str, dict[str, Estimate]]) -> str:
    """Render the figures beside what is asked for."""
    lines = [
        "| set | task | metric | asked | value | 95% interval | rows | groups | |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, task, metric, bound in BOUNDS:
        e = value_of(results, name, task, metric)
        if e is not None:
            lines.append(_row(name, task, metric, f">= {bound:.2f}", e, e.value >= bound))
    for name, found in swaps.items():
        for tag, e in found.items():
            lines.append(
                _row(name, f"actor swap, {tag}", "share that changes", f"< {SWAP_BOUND:.2f}", e, e.value < SWAP_BOUND)
            )
    return "\n".join(lines) + "\n"


def _row(name: str, task: str, metric: str, asked: str, e: Estimate, met: bool) -> str:
    cells = (
        name,
        task,
        metric,
        asked,
        f"{e.value:.3f}",
        f"{e.low:.3f} to {e.high:.3f}",
        f"{e.count:,}",
        f"{e.groups:,}",
    )
    return f"| {' | '.join(cells)} | {'met' if met else 'missed'} |"


def ablation_table(found: dict[str, list[Scores]]) -> str:
    """Render what each variant reaches on each figure."""
    head = [f"{name}: {task}" for name, task, _, _ in BOUNDS[:6]]
    lines = [f"| features | {' | '.join(head)} |", "|---" * (len(head) + 1) + "|"]
    for variant, results in found.items():
        cells = []
        for name, task, metric, _ in BOUNDS[:6]:
            e = value_of(results, name, task, metric)
            cells.append("" if e is None else f"{e.value:.3f} ({e.low:.3f} to {e.high:.3f})")
        lines.append(f"| {variant} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    """Measure, print and record the figures; with ``--ablation`` also what each part of the features adds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks knowledge", description=__doc__)
    parser.add_argument("--ablation", action="store_true", help="also train with parts of the features (some minutes)")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of the results")
    options = parser.parse_args(arguments)
    seeds, sets = load_seeds(), development_sets()
    results, swaps = shipped(sets, seeds)
    text = "# Figures of the shipped model\n\n" + figures_table(results, swaps)
    record: dict[str, Any] = {
        "figures": [result.to_dict() for result in results],
        "swap": {name: {tag: vars(e) for tag, e in found.items()} for name, found in swaps.items()},
    }
    if options.ablation:
        found: dict[str, list[Scores]] = {}
        for variant in VARIANTS:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                tagger = fitted(variant.make(), seeds)
            found[variant.name] = [
                score(seeds, held_out_predictions(tagger, seeds.texts)),
                *(score(d, predict(tagger, d)) for d in sets),
            ]
            print(variant.name, flush=True)
        text += "\n# What each part adds\n\n" + ablation_table(found)
        record["ablation"] = {name: [result.to_dict() for result in listed] for name, listed in found.items()}
    print(text)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "knowledge.md").write_text(text, encoding="utf-8")
    record |= {"versions": versions(), "machine": machine(), "time": now(), "corpus_sha256": seeds.sha256}
    (options.out / "knowledge.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return 0
