"""``nato-nlp evaluate``: a model's scores on one's own data or on the public development sets."""

import json
from collections.abc import Callable
from pathlib import Path

from nato_nlp._paths import default_model
from nato_nlp.cli.messages import USAGE, fail, say
from nato_nlp.datasets import Dataset, load_table
from nato_nlp.datasets.download import sha256_of
from nato_nlp.evaluation.record import record_scores
from nato_nlp.evaluation.scoring import Scores, as_markdown, as_text, predict, score
from nato_nlp.models.loading import load_tagger

RENDER: dict[str, Callable[[list[Scores]], str]] = {
    "text": as_text,
    "json": lambda results: json.dumps([result.to_dict() for result in results], indent=1, ensure_ascii=False),
    "markdown": as_markdown,
}


def evaluate_command(
    *,
    data: Path | None,
    public: bool,
    model: Path | None,
    columns: tuple[str, str, str, str],
    format: str,
    record: Path | None,
) -> None:
    """Tag the sets, print the scores, and record them where asked."""
    if public == (data is not None):
        fail("exactly one of --data FILE and --public must be given", USAGE)
    tagger = load_tagger(model)
    sets = _public() if data is None else [own_table(data, columns)]
    results = [score(dataset, predict(tagger, dataset)) for dataset in sets]
    print(RENDER[format](results))
    if record is not None:
        facts = {
            "model_sha256": sha256_of(model or default_model()),
            "corpus_sha256": tagger.facts_.get("corpus_sha256"),
            "data_sha256": {name: value for dataset in sets for name, value in dataset.sha256.items()},
        }
        record_scores(record, results, facts)
        say(f"recorded {record / 'metrics.json'} and manifest.json")


def _public() -> list[Dataset]:
    from nato_nlp.evaluation.public import development_sets

    return development_sets()


def own_table(path: Path, columns: tuple[str, str, str, str]) -> Dataset:
    """Read labelled sentences with the columns that the command line names."""
    text, quad, topics, group = columns
    dataset = load_table(path, text=text, quad=quad, topics=topics, group=group)
    if not dataset.labels:
        fail(f"{path} must have a column {quad!r} or {topics!r}; name others with --quad and --topics", 1)
    return dataset
