"""Who acts towards whom: the model of acts on held-out stories and on PLOVER's marks, and what it costs in speed."""

import argparse
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import numpy as np

from nato_nlp import Tagger, load_tagger
from nato_nlp.codebook import load_codebook
from nato_nlp.datasets import load_plover_zsp, load_seeds
from nato_nlp.datasets.dataset import Dataset
from nato_nlp.datasets.seeds import seed_rows
from nato_nlp.evaluation.intervals import Estimate, estimate
from nato_nlp.evaluation.record import machine, now, versions, write_json
from nato_nlp.features.news import NewsFeatures
from nato_nlp.features.pairs import pair_names
from nato_nlp.models.acts import candidate_rows
from nato_nlp.models.seed_model import train_seed_tagger
from nato_nlp.models.tags import TaggedSentence

RESULTS = Path(__file__).parent / "results"
REPEATS = 7
MOST_DYADS, SLOWEST = 1.5, 0.6
Act = tuple[str, str, str]  # source, target, stance
Span = tuple[int, int]


@dataclass(frozen=True)
class Row:
    """A line of the table: what was measured, what is asked for, and whether it is met."""

    figure: str
    asked: str
    value: Estimate | float
    met: bool | None = None

    def line(self) -> str:
        """Render the line."""
        if isinstance(self.value, Estimate):
            shown = f"{self.value.value:.3f} | {self.value.low:.3f} to {self.value.high:.3f} | {self.value.count:,}"
        else:
            shown = f"{self.value:.3f} | |"
        verdict = "" if self.met is None else "met" if self.met else "missed"
        return f"| {self.figure} | {self.asked} | {shown} | {verdict} |"


@dataclass(frozen=True)
class Told:
    """A sentence of the seed corpus: its coded acts, the actors it names, and what a model says that had not seen its story.

    ``best`` is the most probable act, whether its probability reaches the threshold or not; ``listed`` are those that do.
    """

    coded: list[Act]
    named: set[str]
    best: Act
    listed: list[Act]
    group: str

    def names(self, side: int) -> bool:
        """Tell whether the sentence names a side of its main act."""
        return bool(self.coded) and self.coded[0][side] in self.named

    def acts(self) -> dict[tuple[str, str], str]:
        """Return the stance of each pair that acts, a side that is not named as an empty string."""
        found: dict[tuple[str, str], str] = {}
        for source, target, stance in self.coded:
            pair = (source if source in self.named else "", target if target in self.named else "")
            if any(pair):
                found.setdefault(pair, stance)
        return found


def share(right: Sequence[bool], groups: Sequence[str] | None, figure: str, bound: float | None = None) -> Row:
    """Return a share with its interval; rows of one group are drawn together."""
    said = ["right" if r else "wrong" for r in right]
    found = estimate("micro_f1", ["right"] * len(said), said, groups=groups)
    return Row(figure, "", found) if bound is None else Row(figure, f">= {bound:.2f}", found, found.value >= bound)


def told_sentences(tagger: Tagger, seeds: Dataset) -> list[Told]:
    """Join the held-out acts of a tagger that was just trained with those that are coded."""
    held_out = tagger.held_out_acts_
    if held_out is None or not isinstance(tagger.features_, NewsFeatures) or seeds.groups is None or seeds.ids is None:
        raise ValueError("the tagger must have been trained on the seed corpus with acts")
    book, pairs = load_codebook(), held_out.examples.pairs
    proba, quads, listed = held_out.calibrated()
    row = candidate_rows(pairs)
    names = ("", *pair_names(tagger.features_.phrases_).codes)
    source, target = (
        [names[k + 1] for k in np.where(side < 0, -1, pairs.actors[row, side]).tolist()]
        for side in (pairs.source, pairs.target)
    )
    stances = [book.stance_of[book.quads[k]] for k in quads.argmax(axis=1)]
    best: list[Act] = [("", "", "")] * len(pairs.stop)
    found: list[list[Act]] = [[] for _ in pairs.stop]
    for c in np.lexsort((np.arange(len(row)), -proba, row)).tolist():
        act = (source[c], target[c], stances[c])
        best[row[c]] = best[row[c]] if any(best[row[c]]) else act
        found[row[c]] += [act] * bool(listed[c])
    coded = {r.id: [(a.source, a.target, book.stance_of[a.quad]) for a in r.acts] for r in seed_rows()}
    named = [{names[k + 1] for k in actors if k >= 0} for actors in pairs.actors.tolist()]
    columns = zip(seeds.ids, named, best, found, seeds.groups, strict=True)
    return [Told(coded[name], actors, act, acts, group) for name, actors, act, acts, group in columns]


def main_figures(told: list[Told]) -> list[Row]:
    """Score the main act: of sentences that name both sides, of those that name the scored one, and of all."""
    rows = []
    both = [t for t in told if t.names(0) and t.names(1)]
    for side, name in enumerate(("source", "target")):
        kinds: tuple[tuple[str, list[Told], float | None], ...] = (
            ("both sides named", both, 0.8),
            (f"{name} named", [t for t in told if t.names(side)], None),
            (f"{name} coded", [t for t in told if t.coded and t.coded[0][side]], None),
        )
        for kind, some, bound in kinds:
            right = [t.best[side] == t.coded[0][side] for t in some]
            rows.append(share(right, [t.group for t in some], f"seeds, {name} of the main act; {kind}", bound))
    wholes: tuple[tuple[str, float | None, Callable[[Told], bool]], ...] = (
        ("source and stance", None, lambda t: (t.best[0], t.best[2]) == (t.coded[0][0], t.coded[0][2])),
        ("target and stance", None, lambda t: t.best[1:] == t.coded[0][1:]),
        ("source and target", None, lambda t: t.best[:2] == t.coded[0][:2]),
        ("source, target and stance", 0.7, lambda t: t.best == t.coded[0]),
        ("source, target and stance, as listed", None, lambda t: t.listed[:1] == t.coded[:1]),
    )
    groups = [t.group for t in both]
    return rows + [
        share([right(t) for t in both], groups, f"seeds, {kind} of the main act; both sides named", bound)
        for kind, bound, right in wholes
    ]


def all_figures(told: list[Told]) -> list[Row]:
    """Score all acts that a sentence tells: precision, recall, F1; first pairs, then pairs with their stance."""
    rows = []
    for kind in ("pairs", "pairs with stance"):
        hits = said = coded = 0
        for t in told:
            gold = t.acts()
            mine = {(source, target): stance for source, target, stance in t.listed}
            hits += sum(pair in gold and (kind == "pairs" or gold[pair] == stance) for pair, stance in mine.items())
            said, coded = said + len(mine), coded + len(gold)
        figures = {"precision": hits / said, "recall": hits / coded, "F1": 2 * hits / (said + coded)}
        rows += [Row(f"seeds, {name} of all acts, {kind}", "", value) for name, value in figures.items()]
    return rows


def seed_figures() -> list[Row]:
    """Train on the seed corpus and score each story by models that had not seen it; site furniture is left out."""
    seeds = load_seeds()
    told = told_sentences(train_seed_tagger(seeds), seeds)
    told = [t for t, furniture in zip(told, seeds.labels["boilerplate"], strict=True) if not furniture]
    return [*main_figures(told), *all_figures(told)]


def marked_figures(tagger: Tagger, data: Dataset) -> list[Row]:
    """Score the first dyad against marks that the tagger does not see, where both marks hold an actor of the gazetteer."""
    tags = tagger.tag_sentences(data.texts)
    right, turned, stances = [], [], []
    same = 0
    for k, sentence in enumerate(tags):
        sources, targets = (_codes(sentence, spans[k]) for spans in (data.sources or (), data.targets or ()))
        if not sources or not targets:
            continue
        if len(sources | targets) == 1:
            same += 1
            continue
        first = sentence.dyads[0] if sentence.dyads else None
        right.append(first is not None and first.source in sources and first.target in targets)
        turned.append(first is not None and first.source in targets and first.target in sources)
        stances.append(right[-1] and first is not None and first.stance == data.labels["stance"][k])
    acts = sum(len(sentence.dyads) for sentence in tags) / len(tags)
    return [
        share(right, None, f"{data.name}, first dyad has the marked source and target", 0.55),
        share([*right, *[False] * same], None, f"{data.name}, the same with sentences whose marks hold one actor"),
        share(stances, None, f"{data.name}, and the labelled stance"),
        share(turned, None, f"{data.name}, first dyad the wrong way round"),
        Row(f"{data.name}, dyads a sentence", f"<= {MOST_DYADS}", acts, acts <= MOST_DYADS),
    ]


def _codes(sentence: TaggedSentence, spans: Iterable[Span]) -> set[str]:
    """Return the actors whose mentions overlap some spans."""
    marked = list(spans)
    return {a.code for a in sentence.actors if any(a.start < end and start < a.end for start, end in marked)}


def speed(tagger: Tagger, texts: Sequence[str]) -> Row:
    """Compare full tags with those of the same tagger without actors and acts, by CPU time of one core."""

    def seconds() -> float:
        begin = time.process_time()
        tagger.tag_sentences(texts)
        return time.process_time() - begin

    seconds()
    full, plain = [], []
    for _ in range(REPEATS):
        full.append(seconds())
        with patch("nato_nlp.models.making._gathered", lambda *_: (None, None)):
            plain.append(seconds())
    ratio = min(plain) / min(full)
    return Row("speed of full tags, against those without actors and dyads", f">= {SLOWEST}", ratio, ratio >= SLOWEST)


def table(rows: Iterable[Row]) -> str:
    """Render the figures."""
    head = ["| figure | asked | value | 95% interval | rows | |", "|---|---|---|---|---|---|"]
    return "\n".join([*head, *(row.line() for row in rows)]) + "\n"


def main(arguments: Sequence[str]) -> int:
    """Measure, print and record the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks acts", description=__doc__)
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of the results")
    options = parser.parse_args(arguments)
    tagger, plover = load_tagger(), load_plover_zsp("train")
    rows = [*seed_figures(), *marked_figures(tagger, plover), speed(tagger, plover.texts)]
    text = f"# Who acts towards whom\n\n{NOTE}\n\n{table(rows)}"
    print(text)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "acts.md").write_text(text, encoding="utf-8")
    figures = [vars(row) | {"value": vars(row.value) if isinstance(row.value, Estimate) else row.value} for row in rows]
    write_json(
        options.out / "acts.json", {"figures": figures, "versions": versions(), "machine": machine(), "time": now()}
    )
    return 0


NOTE = (
    "`python -m benchmarks acts`. Seeds: each story scored by models that had not seen it. The corpus was coded with the\n"
    "story in view, and many of its acts name a side that their sentence does not: no model of sentences can find those.\n"
    "'Named' means that the gazetteer finds the side in the sentence. The main act is the most probable pair; 'as listed'\n"
    "counts one below the threshold as missing. PLOVER: training part, marks taken out."
)
