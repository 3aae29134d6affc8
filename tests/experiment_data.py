"""A small experiment on rows of the seed corpus, as a table of one's own."""

import csv
from collections import Counter

from nato_nlp.datasets import load_seeds
from nato_nlp.experiment.config import load_config

TOPICS = 3


def write_table(path, stories=60):
    """Write sentences of some stories with stance and their most frequent topics."""
    data = load_seeds()
    names = list(dict.fromkeys(data.groups))[:stories]
    rows = [k for k, group in enumerate(data.groups) if group in names and not data.labels["boilerplate"][k]]
    count = Counter(topic for k in rows for topic in data.labels["topics"][k])
    kept = [topic for topic, _ in count.most_common(TOPICS)]
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["sentence", "stance", "topics", "story"])
        for k in rows:
            topics = ";".join(topic for topic in data.labels["topics"][k] if topic in kept)
            writer.writerow([data.texts[k], data.labels["stance"][k], topics, data.groups[k]])
    return path


def write_config(folder, *, name="small", stories=60, label="stance", kind="ngrams", **tables):
    """Write a config of three folds with a grid of four settings; ``tables`` add or replace TOML lines by table."""
    table = write_table(folder / f"{name}.csv", stories)
    column = "stance" if label == "labels" else label
    source = f'{{path = "{table}", text = "sentence", label = "{column}", group = "story"}}'
    lines = {
        "data": f'train = [{source}]\nlabel = "{label}"\non_leak = "drop"',
        "split": "folds = 3\ninner_folds = 2",
        "features": f'kind = "{kind}"\nchar = false',
        "grid": '"model.C" = [1.0, 10.0]\n"features.min_df" = [1, 2]',
        "metrics": "resamples = 100",
    } | tables
    path = folder / f"{name}.toml"
    body = "\n".join(f"[{table}]\n{text}\n" for table, text in lines.items() if text)
    path.write_text(f'title = "Small"\n{body}', encoding="utf-8")
    return path


def small_config(folder, **options):
    """Load the config that `write_config` writes."""
    return load_config(write_config(folder, **options))
