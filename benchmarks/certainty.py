"""What the shipped model knows of its doubts: calibration, silence, label sets, and texts that are out of scope."""

import argparse
import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest

from nato_nlp import Tagger, load_tagger
from nato_nlp.codebook import load_codebook
from nato_nlp.datasets import Dataset, load_insightcrime, load_seeds
from nato_nlp.evaluation import binary_stance, near_duplicate_clusters, reliability
from nato_nlp.evaluation.intervals import Estimate, bootstrap, estimate
from nato_nlp.evaluation.public import development_sets
from nato_nlp.evaluation.record import machine, now, versions, write_json
from nato_nlp.models.certainty import Certainty, certainty_of, held_out_quads
from nato_nlp.models.decision import stance_of_quad, stance_probabilities
from nato_nlp.models.scope import LEAST_WORDS, texts_in_scope
from nato_nlp.models.seed_model import train_seed_tagger
from nato_nlp.text.boilerplate import is_boilerplate
from nato_nlp.text.sentences import split_sentences

RESULTS = Path(__file__).parent / "results"
LANGUAGES = Path(__file__).parent / "languages.tsv"
SEEDS = "seeds, held-out stories"
COVERAGE, ERROR = 0.9, 0.05  # the examples that are measured
SET_ERRORS = (0.05, 0.1, 0.2)
SEED_ECE, PUBLIC_ECE = 0.04, 0.10  # what is asked for
NEUTRAL = "neutral"
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Silence = Callable[[Certainty], float]


@dataclass(frozen=True)
class Row:
    """A figure with what is asked for."""

    figure: str
    data: str
    value: Estimate
    asked: str = ""
    met: bool | None = None

    def line(self) -> str:
        """Render the row of the table."""
        e = self.value
        ends = "none" if np.isnan(e.low) else f"{e.low:.3f} to {e.high:.3f}"
        verdict = "" if self.met is None else "met" if self.met else "missed"
        cells = (self.figure, self.data, self.asked, f"{e.value:.3f}", ends, f"{e.count:,}", f"{e.groups:,}", verdict)
        return f"| {' | '.join(cells)} |"


@dataclass(frozen=True, eq=False)
class Scored:
    """Labelled sentences with what a model says of them that did not learn from their stories.

    Attributes
    ----------
    name : str
    gold : list of str
        Stances.
    gold_quads : ndarray of int or None
        By their places in the codebook.
    quad_proba : ndarray of shape (n, 5)
        Under the priors of training.
    groups : list of str
        Stories, documents, or clusters of near-duplicates.
    certainties : list of Certainty
        Each from stories that the rows it is used for do not belong to.
    part : ndarray of shape (n,), int
        Which certainty each row is judged by.
    """

    name: str
    gold: list[str]
    gold_quads: Ints | None
    quad_proba: Floats
    groups: list[str]
    certainties: list[Certainty]
    part: Ints

    @cached_property
    def stance_proba(self) -> Floats:
        """Of each row, shape (n, 3)."""
        return stance_probabilities(self.quad_proba)

    @cached_property
    def right(self) -> npt.NDArray[np.bool_]:
        """Whether the likeliest stance of each row is true."""
        stances = np.asarray(load_codebook().stances)
        return np.asarray(stances[self.stance_proba.argmax(axis=1)] == np.asarray(self.gold))

    def answered(self, threshold: Silence) -> npt.NDArray[np.bool_]:
        """Return which rows get a stance, where a certainty gives the threshold."""
        least = np.asarray([threshold(certainty) for certainty in self.certainties])[self.part]
        return np.asarray(self.stance_proba.max(axis=1) >= least)

    def label_sets(self, error: float, level: str) -> list[tuple[str, ...]]:
        """Return the label set of each row."""
        found: list[tuple[str, ...]] = [()] * len(self.gold)
        for number, certainty in enumerate(self.certainties):
            rows = np.flatnonzero(self.part == number)
            proba = self.quad_proba[rows]
            for row, labels in zip(rows.tolist(), certainty.label_sets(proba, proba, error, level), strict=True):
                found[row] = labels
        return found


def seed_rows_scored(tagger: Tagger, seeds: Dataset) -> Scored:
    """Return the sentences of the seed corpus; thresholds and quantiles of a fold come from the other folds."""
    held_out = tagger.held_out_
    if held_out is None or seeds.groups is None:
        raise ValueError("the tagger must have been trained on the seed corpus here")
    proba, true = held_out_quads(held_out)
    rows = np.flatnonzero((true >= 0) & [not is_boilerplate(text) for text in seeds.texts])
    proba, true, fold = proba[rows], true[rows], held_out.fold[rows]
    groups = [seeds.groups[k] for k in rows.tolist()]
    certainties = []
    for number in range(int(fold.max()) + 1):
        others = np.flatnonzero(fold != number)
        certainties.append(certainty_of(proba[others], true[others], [groups[k] for k in others.tolist()]))
    book = load_codebook()
    gold = [book.stances[k] for k in stance_of_quad()[true].tolist()]
    return Scored(SEEDS, gold, true, proba, groups, certainties, fold)


def public_scored(tagger: Tagger, data: Dataset) -> Scored:
    """Return the sentences of a development set, tagged by the shipped model."""
    if tagger.certainty_ is None:
        raise ValueError("the shipped model must have held-out stories")
    tags = tagger.tag_sentences(list(data.texts))
    book = load_codebook()
    quads = data.labels.get("quad")
    gold = list(data.labels["stance"] if "stance" in data.labels else data.labels["binary"])
    groups = near_duplicate_clusters(list(data.texts)) if data.groups is None else data.groups
    return Scored(
        data.name,
        gold,
        None if quads is None else np.asarray([book.quads.index(quad) for quad in quads]),
        tags.quad_proba,
        [str(group) for group in groups],
        [tagger.certainty_],
        np.zeros(len(gold), np.int64),
    )


def shares(scored: Scored) -> dict[str, float]:
    """Return how frequent each stance is among the labels of a set."""
    return {stance: scored.gold.count(stance) / len(scored.gold) for stance in load_codebook().stances}


def calibration(
    scored: Scored, *, priors: Floats | None = None, bound: float | None = None
) -> tuple[Row, dict[str, Any]]:
    """Return the calibration error of the stance, and the points of a reliability plot.

    Without neutral labels it is that of cooperation against dispute.
    """
    proba = scored.stance_proba if priors is None else stance_probabilities(priors)
    gold, classes, groups = scored.gold, load_codebook().stances, scored.groups
    task = "stance"
    if NEUTRAL not in gold:
        kept = binary_stance(proba, gold)
        gold, proba, classes, task = kept.y_true, kept.proba, kept.classes, "cooperation or dispute"
    value = estimate("expected_calibration_error", gold, proba, classes=classes, groups=groups)
    figure = f"calibration error, {task}" + ("" if priors is None else ", with its priors")
    asked = "" if bound is None else f"<= {bound:.2f}"
    points = reliability(gold, proba, classes=classes)
    row = Row(figure, scored.name, value, asked, None if bound is None else value.value <= bound)
    return row, {"figure": figure, "data": scored.name} | {k: v.tolist() for k, v in asdict(points).items()}


def ratio(table: Floats, top: int, bottom: int, groups: Sequence[str]) -> Estimate:
    """Return the sum of one column over that of another, with an interval over groups."""
    return bootstrap(table, lambda sums: sums[..., top] / sums[..., bottom], groups=groups)


def silence(scored: Scored) -> Iterator[Row]:
    """Yield how much is answered, and how much of it is wrong, without silence and at the two settings."""
    settings: dict[str, Silence] = {
        "never silent": lambda _: 0.0,
        f"with_coverage({COVERAGE})": lambda c: c.curve.for_coverage(COVERAGE),
        f"with_error({ERROR})": lambda c: c.curve.for_error(ERROR),
    }
    own = scored.name == SEEDS
    for name, threshold in settings.items():
        answered = scored.answered(threshold)
        wrong = answered & ~scored.right
        table = np.column_stack([answered, wrong, np.ones(len(answered))]).astype(np.float64)
        for what, top, bottom in (("share answered", 0, 2), ("share of answers that are wrong", 1, 0)):
            if name == "never silent" and top == 0:
                continue
            value = ratio(table, top, bottom, scored.groups)
            asked = {"with_coverage(0.9)0": f"about {COVERAGE}", "with_error(0.05)1": f"about {ERROR}"}.get(
                f"{name}{top}"
            )
            yield Row(f"{name}: {what}", scored.name, value, asked or "" if own else "")


def sets(scored: Scored) -> Iterator[Row]:
    """Yield how often label sets hold the true label, each story weighing alike, and how many labels they have."""
    book = load_codebook()
    levels = {"stance": scored.gold}
    if scored.gold_quads is not None:
        levels["quad"] = [book.quads[k] for k in scored.gold_quads.tolist()]
    _, story, size = np.unique(scored.groups, return_inverse=True, return_counts=True)
    weight = 1.0 / size[story]
    for level, gold in levels.items():
        for error in SET_ERRORS:
            found = scored.label_sets(error, level)
            hit = np.asarray([label in inside for label, inside in zip(gold, found, strict=True)], float)
            labels = np.asarray([len(inside) for inside in found], float)
            table = np.column_stack([weight * hit, weight, weight * labels])
            name = f"label sets of {level}, error {error}"
            value = ratio(table, 0, 1, scored.groups)
            asked, met = (f">= {1 - error:.2f}", value.high >= 1 - error) if scored.name == SEEDS else ("", None)
            yield Row(f"{name}: hold the true label", scored.name, value, asked, met)
            yield Row(
                f"{name}: labels a set",
                scored.name,
                ratio(table, 2, 1, scored.groups),
            )


def share_out(name: str, data: str, inside: npt.NDArray[np.bool_]) -> Row:
    """Return the share that is out of scope, with Wilson's interval: a bootstrap of equal rows would have no width."""
    out, total = int((~inside).sum()), len(inside)
    ends = binomtest(out, total).proportion_ci(method="wilson")
    return Row(name, data, Estimate(out / total, float(ends.low), float(ends.high), total, total))


def documents_inside(tagger: Tagger, documents: Sequence[str]) -> tuple[npt.NDArray[np.bool_], Floats]:
    """Return which documents are in scope, and which share of their words is known."""
    inside, known = [], []
    for document in documents:
        tags = tagger.tag_sentences([sentence.text for sentence in split_sentences(document)])
        if tags.known_words is None:
            raise ValueError("the model must have a lexicon")
        words = tags.known_words.sum(axis=0)
        inside.append(bool(texts_in_scope(words[None], [document])[0]))
        known.append(words[1] / max(words[0], 1))
    return np.asarray(inside), np.asarray(known)


def scrambled(documents: Sequence[str], *, letters: bool) -> list[str]:
    """Return the documents with the letters of each word, or the words of each line, in random order."""
    rng = np.random.default_rng(0)
    made = []
    for document in documents:
        words = document.split()
        if letters:
            words = ["".join(rng.permutation(list(word))) for word in words]
        else:
            words = [words[k] for k in rng.permutation(len(words))]
        made.append(" ".join(words))
    return made


def languages() -> dict[str, list[str]]:
    """Return the paragraphs that were written for this benchmark, by language."""
    found: dict[str, list[str]] = {}
    with LANGUAGES.open(encoding="utf-8", newline="") as stream:
        for line in csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE):
            found.setdefault(line["language"], []).append(line["text"])
    return found


def scope(tagger: Tagger, known_sets: Sequence[Dataset], documents: Sequence[str]) -> Iterator[tuple[Row, float]]:
    """Yield the share that is out of scope, with the median share of known words."""
    for data in known_sets:
        tags = tagger.tag_sentences(list(data.texts))
        if tags.known_words is None or tags.in_scope is None:
            raise ValueError("the model must have a lexicon")
        words, known = tags.known_words.T
        median = float(np.median(known[words > 0] / words[words > 0]))
        yield share_out("sentences out of scope", data.name, tags.in_scope), median
        long = words >= LEAST_WORDS
        median = float(np.median(known[long] / words[long]))
        yield (
            share_out(f"sentences of {LEAST_WORDS} words and more out of scope", data.name, tags.in_scope[long]),
            median,
        )
    kinds = {
        "as they are": list(documents),
        "letters of each word in random order": scrambled(documents, letters=True),
        "words in random order": scrambled(documents, letters=False),
    }
    for name, texts in kinds.items():
        inside, known = documents_inside(tagger, texts)
        yield share_out("documents out of scope", f"insightcrime, {name}", inside), float(np.median(known))
    for language, texts in languages().items():
        inside, known = documents_inside(tagger, texts)
        yield share_out("paragraphs out of scope", language, inside), float(np.median(known))


def figures(tagger: Tagger, seeds: Dataset, public: Sequence[Dataset]) -> tuple[list[Row], list[dict[str, Any]]]:
    """Return the figures of calibration, silence and label sets, and the points of reliability plots."""
    own = seed_rows_scored(train_seed_tagger(seeds), seeds)
    row, points = calibration(own, bound=SEED_ECE)
    rows, plots = [row], [points]
    scored = [own]
    for data in public:
        one = public_scored(tagger, data)
        scored.append(one)
        known = tagger.with_priors(shares(one)).tag_sentences(list(data.texts)).quad_proba
        for priors, bound in ((None, None), (known, PUBLIC_ECE)):
            row, points = calibration(one, priors=priors, bound=bound)
            rows.append(row)
            plots.append(points)
    for one in scored:
        rows += [*silence(one), *sets(one)]
    return rows, plots


def table(rows: Sequence[Row]) -> str:
    """Render the figures."""
    head = ["| figure | set | asked | value | 95% interval | rows | groups | |", "|---|---|---|---|---|---|---|---|"]
    return "\n".join([*head, *(row.line() for row in rows)]) + "\n"


def scope_table(rows: Sequence[tuple[Row, float]]) -> str:
    """Render what is out of scope."""
    head = ["| figure | texts | value | 95% interval | texts | words known (median) |", "|---|---|---|---|---|---|"]
    lines = []
    for row, median in rows:
        e = row.value
        cells = (
            row.figure,
            row.data,
            f"{e.value:.3f}",
            f"{e.low:.3f} to {e.high:.3f}",
            f"{e.count:,}",
            f"{median:.2f}",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*head, *lines]) + "\n"


def main(arguments: Sequence[str]) -> int:
    """Measure, print and record the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks certainty", description=__doc__)
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of the results")
    options = parser.parse_args(arguments)
    tagger, seeds, public = load_tagger(), load_seeds(), development_sets()
    rows, plots = figures(tagger, seeds, public)
    documents = [text for part in ("train", "dev") for text in load_insightcrime(part).texts]
    scopes = list(scope(tagger, [seeds, *public], documents))
    text = f"# What the model knows of its doubts\n\n{NOTE}\n\n{table(rows)}"
    text += f"\n## Out of scope\n\n{SCOPE_NOTE}\n\n{scope_table(scopes)}"
    print(text)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "certainty.md").write_text(text, encoding="utf-8")
    record = {
        "figures": [asdict(row) for row in rows],
        "scope": [asdict(row) | {"median_known": median} for row, median in scopes],
        "reliability": plots,
        "corpus_sha256": seeds.sha256,
    }
    write_json(
        options.out / "certainty.json", _plain(record) | {"versions": versions(), "machine": machine(), "time": now()}
    )
    return 0


def _plain(value: Any) -> Any:
    """Return a value as JSON holds it: an undefined number becomes null, others are rounded."""
    if isinstance(value, dict):
        return {key: _plain(inside) for key, inside in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inside) for inside in value]
    if isinstance(value, float):
        return None if np.isnan(value) else round(value, 6)
    return bool(value) if isinstance(value, np.bool_) else value


NOTE = (
    "`python -m benchmarks certainty`. Seeds: each story scored by models that had not seen it, with temperature,\n"
    "thresholds and quantiles from other folds; site furniture is left out. Development sets: the shipped model, its\n"
    "thresholds and quantiles from the seed corpus, which promise nothing there. Wrong is a stance that is not the label,\n"
    "also neutral in a set that has no neutral sentence. 'With its priors': `with_priors` was told the shares of the set's\n"
    "own labels. Label sets: every story weighs alike, as in the guarantee; the verdict is 'missed' where the whole\n"
    "interval is below what is asked. Calibration errors are biased upwards, and so are their intervals."
)
SCOPE_NOTE = (
    "Sentences are judged each by itself, documents and paragraphs whole. The paragraphs in other languages were written\n"
    "for this table, three each. Intervals are Wilson's. Words in random order are all known: that is not noticed."
)
