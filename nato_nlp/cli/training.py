"""``nato-nlp train``: a model from the seed corpus or from one's own labels."""

import warnings
from pathlib import Path

import numpy as np

from nato_nlp._paths import PACKAGE, default_model, seeds_dir
from nato_nlp.cli.evaluating import own_table
from nato_nlp.cli.messages import USAGE, check_output, fail, say
from nato_nlp.datasets import Dataset, load_seeds
from nato_nlp.evaluation.scoring import as_text, held_out_predictions, score
from nato_nlp.models.seed_model import train_seed_tagger
from nato_nlp.models.tagger import Tagger


def train_command(
    *, seeds: bool, data: Path | None, columns: tuple[str, str, str, str], add_seeds: bool, output: Path | None
) -> None:
    """Train, save, and print the scores of cross-validation grouped by story."""
    if seeds == (data is not None):
        fail("exactly one of --seeds and --data FILE must be given", USAGE)
    if data is None:
        if add_seeds:
            fail("--add-seeds goes with --data", USAGE)
        target = output or _shipped()
        check_output(target, [])
        corpus = load_seeds()
        tagger = train_seed_tagger(corpus)
    else:
        if output is None:
            fail("--data needs --output MODEL", USAGE)
        target = output
        check_output(target, [data] if data.exists() else [])
        corpus = own_table(data, columns)
        if add_seeds:
            corpus = with_seeds(corpus)
        tagger = train_on(corpus)
    tagger.save(target)
    say(f"trained on {len(corpus):,} sentences, saved {target} ({target.stat().st_size:,} bytes)")
    if tagger.held_out_ is None:
        say("fewer than two groups: no cross-validation")
        return
    by = "grouped by story" if corpus.groups is not None else "each sentence by itself (--group names the story)"
    print(f"cross-validation, {tagger.held_out_.fold.max() + 1} folds, {by}")
    print(as_text([score(corpus, held_out_predictions(tagger, corpus.texts))]))


def _shipped() -> Path:
    if seeds_dir().parent == PACKAGE:
        fail("--seeds needs --output MODEL outside a checkout", USAGE)
    default_model().parent.mkdir(exist_ok=True)
    return default_model()


def train_on(data: Dataset) -> Tagger:
    """Train a tagger on a dataset's quads and topics, whichever it has."""
    labels = data.labels
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="fewer than two groups")  # the command says so itself
        tagger = Tagger().fit(
            data.texts, labels.get("quad"), labels.get("topics"), data.groups, boilerplate=labels.get("boilerplate")
        )
    tagger.facts_ |= {
        "corpus": data.name,
        "corpus_sha256": next(iter(data.sha256.values()), None),
        "sentences": len(data),
    }
    return tagger


def with_seeds(data: Dataset) -> Dataset:
    """Add the seed corpus to a dataset; a target that the dataset lacks is left out.

    A text without groups of its own is a group by itself.
    """
    seeds = load_seeds()
    shared = [name for name in ("quad", "stance", "topics") if name in data.labels]
    groups = data.groups if data.groups is not None else [f"{data.name} {k}" for k in range(len(data))]
    stories = list(seeds.groups or ())
    rows = np.flatnonzero(~np.asarray(seeds.labels["boilerplate"])).tolist()
    return Dataset(
        f"{data.name} + seeds",
        [*data.texts, *(seeds.texts[k] for k in rows)],
        {name: [*data.labels[name], *(seeds.labels[name][k] for k in rows)] for name in shared},
        groups=[*(f"own:{group}" for group in groups), *(f"seeds:{stories[k]}" for k in rows)],
        home=data.home,
        sha256={**data.sha256, **seeds.sha256},
    )
