"""Tasks: rows, labels, groups and ids of what a config names; the leak guard."""

import json
import os
import pickle
import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nato_nlp import load_codebook
from nato_nlp.datasets import load_seeds
from nato_nlp.datasets.download import sha256_of
from nato_nlp.errors import InputError, MissingFileError
from nato_nlp.evaluation import find_leaks, grouped_kfold
from nato_nlp.evaluation.leaks import Leak
from nato_nlp.evaluation.swap import swap_actors
from nato_nlp.experiment import Experiment, LeakError, Part, load_task
from nato_nlp.experiment import rows as loading
from nato_nlp.experiment.guard import guard
from nato_nlp.experiment.schema import MARKED, SETS, Data, Table

needs_data = pytest.mark.skipif(
    not os.environ.get("NATO_NLP_DATA"), reason="NATO_NLP_DATA is not set: the public sets are not read"
)

ROWS = """text,label,doc,key
The envoys agreed on the water of the river.,cooperation,a,r1
The envoys agreed on the waters of the river.,cooperation,b,r2
Shells hit the harbour and its three cranes.,dispute,b,r3
The treaty has nine articles and an annex.,neutral,c,r4
Nobody has read this line about the weather.,,d,r5
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def table(text=ROWS, path="mine.csv", **columns):
    Path(path).write_text(text, encoding="utf-8")
    return Table(path=path, **({"label": "label"} | columns))


def task(*train, label="stance", **keys):
    return load_task(Experiment(title="T", name="run", data=Data(train=train, label=label, **keys)))


def refused(message, *train, **keys):
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        task(*train, **keys)


# --- tables


def test_table_of_stances():
    found = task(table(group="doc", id="key"))
    assert found.labels == ("cooperation", "dispute", "neutral")
    assert found.train.gold == ("cooperation", "cooperation", "dispute", "neutral")
    assert found.train.ids == ("mine/all/r1", "mine/all/r2", "mine/all/r3", "mine/all/r4")
    assert found.train.texts[3] == "The treaty has nine articles and an annex."
    # a and b hold near-duplicates of each other
    assert found.train.groups == ("mine:a", "mine:a", "mine:a", "mine:c")
    assert (found.train.sources, found.train.targets, found.train.dates, found.train.outlets) == (None,) * 4
    assert (found.extra, found.test, found.multilabel) == (None, None, False)
    assert found.counts == {"train": 4, "train: no label": 1}
    assert (found.opened, found.sha256) == (("mine.csv",), {"mine.csv": sha256_of(Path("mine.csv"))})


def test_table_without_documents_and_ids():
    found = task(table())
    assert found.train.ids == ("mine/all/1", "mine/all/2", "mine/all/3", "mine/all/4")
    assert found.train.groups == ("mine/all/1", "mine/all/1", "mine/all/3", "mine/all/4")


def test_binary_leaves_neutral_out_and_gives_ties_to_dispute():
    found = task(table(), label="binary")
    assert found.labels == ("dispute", "cooperation")
    assert found.train.gold == ("cooperation", "cooperation", "dispute")
    assert found.counts == {"train": 3, "train: no label": 2}


def test_labels_that_count():
    found = task(table(), only=("neutral", "dispute"))
    assert found.labels == ("dispute", "neutral")
    assert found.train.gold == ("dispute", "neutral")
    assert found.counts == {"train": 2, "train: no label": 1, "train: another label": 2}


def test_any_labels_of_tables():
    rows = [
        {"text": f"Sentence number {k}.", "label": label} for k, label in enumerate(["b", 3, True, None, " b ", ""])
    ]
    found = task(table("\n".join(map(json.dumps, rows)), "mine.jsonl"), label="labels")
    assert found.labels == ("3", "True", "b")
    assert found.train.gold == ("b", "3", "True", "b")
    assert found.counts == {"train": 4, "train: no label": 2}


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_classes_of_tables(suffix):
    cells = [["b", "a"], [], ["a", "a"], ["c"]]
    texts = [f"Report number {k} {'xyzw'[k] * 9}" for k in range(4)]
    path = f"mine.{suffix}"
    if suffix == "csv":
        Path(path).write_text(
            "text,label\n" + "\n".join(f"{t},{';'.join(c)}" for t, c in zip(texts, cells, strict=True))
        )
    elif suffix == "jsonl":
        Path(path).write_text(
            "\n".join(json.dumps({"text": t, "label": c or None}) for t, c in zip(texts, cells, strict=True))
        )
    else:
        pq.write_table(pa.table({"text": texts, "label": cells}), path)
    found = task(Table(path=path, label="label"), label="classes")
    assert (found.labels, found.multilabel) == (("a", "b", "c"), True)
    assert found.train.gold == (("a", "b"), (), ("a",), ("c",))
    assert found.counts == {"train": 4}
    assert task(Table(path=path, label="label"), label="classes", only=("c", "b")).train.gold == (
        ("b",),
        (),
        (),
        ("c",),
    )


def test_topics_are_in_codebook_order():
    topics = load_codebook().topics
    text = f"text,label\nOne.,{topics[3]};{topics[0]}\nTwo.,{topics[1]}\n"
    assert task(table(text), label="topics").train.gold == ((topics[0], topics[3]), (topics[1],))


def test_parts_are_read_and_counted():
    other = ROWS.replace("neutral", "dispute").replace("envoys", "ministers")
    found = task(
        table(),
        test=table(other, "other.csv"),
        extra=(table(ROWS, "more.csv", group="doc"),),
        only=("dispute", "cooperation"),
    )
    assert found.labels == ("cooperation", "dispute")
    assert found.counts == {
        "train": 3,
        "train: no label": 1,
        "train: another label": 1,
        "extra": 3,
        "extra: no label": 1,
        "extra: another label": 1,
        "test": 4,
        "test: no label": 1,
    }
    assert found.test.ids[0] == "other/all/1"
    assert found.extra.groups == ("more:a",) * 3
    assert found.opened == ("mine.csv", "more.csv", "other.csv")
    assert sorted(found.sha256) == ["mine.csv", "more.csv", "other.csv"]


def test_extra_rows_of_other_labels_are_left_out():
    fewer = ROWS.replace("neutral", "")
    found = task(table(fewer), extra=(table(ROWS, "more.csv"),))
    assert found.labels == ("cooperation", "dispute")
    assert found.counts["extra: another label"] == 1


def test_several_sets_share_groups():
    found = task(table(group="doc"), table(ROWS.replace("agreed", "have agreed"), "other.csv", group="doc"))
    assert found.train.groups == ("mine:a", "mine:a", "mine:a", "mine:c") * 2
    assert found.train.ids[4] == "other/all/1"


def test_select():
    part = task(table()).train
    for rows in ([3, 1], np.array([3, 1])):
        assert part.select(rows).ids == ("mine/all/4", "mine/all/2")
    chosen = part.select(np.array([False, True, False, True]))
    assert (len(chosen), chosen.gold, chosen.dates) == (2, ("cooperation", "neutral"), None)
    assert len(part.select([])) == 0
    marked = Part(("ab",), ("x",), ("g",), ("s/all/1",), ((),), (((0, 1),),))
    assert marked.select([0]).targets == (((0, 1),),)


# --- what tables may not hold


def test_table_that_is_not_there():
    with pytest.raises(MissingFileError, match=r"^none\.csv is not there: expected a file or a directory$"):
        task(Table(path="none.csv", label="label"))


def test_table_without_rows_or_columns():
    refused("mine.csv must hold at least one row, got none", table("text,label\n"))
    message = "mine.csv: column 'labels' is not there; did you mean 'label'? There are: text, label, doc, key"
    refused(message, table(label="labels"))
    message = "mine.csv: column 'sentence' is not there. There are: text, label, doc, key"
    refused(message, table(text=ROWS, path="mine.csv").model_copy(update={"text": "sentence"}))


def test_cells_that_are_no_labels():
    stances = "one of 'cooperation', 'dispute', 'neutral', or empty"
    message = f"mine.csv, line 4, column 'label' must be {stances}, got 'war'"
    refused(message, table(ROWS.replace("dispute", "war")))
    message = "mine.csv, line 4, column 'label' must be one of 'dispute', 'cooperation', 'neutral', or empty, got 'war'"
    refused(message, table(ROWS.replace("dispute", "war")), label="binary")
    topics = ", ".join(map(repr, load_codebook().topics))
    message = f"mine.csv, line 2, column 'label' must be one of {topics}, or empty, got ' war'"
    refused(message, table("text,label\nOne.,africa; war\n"), label="topics")
    half = table('{"text": "One.", "label": 0.5}', "mine.jsonl")
    refused("mine.jsonl, line 1, column 'label' must be a label, or empty, got 0.5", half, label="labels")
    expected = "a list of labels, or a string with ';' between them"
    refused(f"mine.jsonl, line 1, column 'label' must be {expected}, got 0.5", half, label="classes")


def test_cells_that_are_blank():
    text = 'text,label,doc\nOne.,dispute,a\n" ",dispute,b\n'
    refused("mine.csv, line 3, column 'text' must be text that is not blank, got ' '", table(text))
    text = "text,label,doc\nOne.,dispute,a\nTwo.,dispute,\n"
    refused("mine.csv, line 3, column 'doc' must be a name for every text, got ''", table(text, group="doc"))
    refused("mine.csv, line 3, column 'doc' must be a name for every text, got ''", table(text, id="doc"))


# --- labels that can't be


def test_train_with_one_label():
    refused("run: data.train must hold two labels or more, got dispute", table("text,label\nOne.,dispute\nTwo.,\n"))
    refused("run: data.train must hold two labels or more, got none", table("text,label\nOne.,\n"))
    refused("run: data.train must hold a label, got none", table("text,label\nOne.,\n"), label="classes")


def test_only_names_a_label_that_train_lacks():
    message = "run: data.only must be labels that data.train holds: cooperation, dispute, got 'neutral'"
    refused(message, table(ROWS.replace("neutral", "")), only=("neutral", "dispute"))


def test_label_of_the_test_that_train_lacks():
    train, test = table(ROWS.replace("neutral", "")), table(ROWS, "other.csv")
    expected = "a label that data.train holds (cooperation, dispute), or be left out by data.only"
    refused(f"run: data.test, the label of other/all/4, must be {expected}, got 'neutral'", train, test=test)
    assert task(train, test=test, only=("cooperation", "dispute")).counts["test: another label"] == 1


@pytest.mark.parametrize("key", ["test", "extra"])
def test_part_without_a_label_of_the_task(key):
    other = table("text,label\nOne.,neutral\nTwo.,\n", "other.csv")
    message = f"run: data.{key} must hold a row with one of the labels cooperation, dispute, got none of 2"
    refused(message, table(), only=("dispute", "cooperation"), **{key: other if key == "test" else (other,)})


def test_names_are_swapped_in_the_test_alone():
    texts = ["France and Peru signed a treaty.", "Kenya expelled an envoy of France."]
    rows = f"text,label\n{texts[0]},cooperation\n{texts[1]},dispute\n"
    keys = {"label": "binary", "test": table(rows, "other.csv")}
    plain, swapped = task(table(), **keys), task(table(), swap_names=True, **keys)
    assert plain.test.texts == tuple(texts)
    assert swapped.test.texts == tuple(swap_actors(texts, random_state=0)) != plain.test.texts
    assert swapped.train.texts == plain.train.texts
    assert (swapped.test.ids, swapped.test.gold) == (plain.test.ids, plain.test.gold)
    assert swapped.test.groups == plain.test.groups


# --- the seed corpus and the public sets


def test_seeds():
    found = task("seeds", label="quad")
    seeds = load_seeds()
    kept = [k for k, flag in enumerate(seeds.labels["boilerplate"]) if not flag]
    assert found.labels == load_codebook().quads
    assert found.train.texts == tuple(seeds.texts[k] for k in kept)
    assert found.train.gold == tuple(seeds.labels["quad"][k] for k in kept)
    assert found.train.dates == tuple(seeds.dates[k] for k in kept)
    assert found.train.ids[0] == f"seeds/all/{seeds.ids[kept[0]]}"
    assert f"seeds: {len(seeds) - len(kept)} line(s) of boilerplate left out" in found.notes
    assert found.opened == ("seeds",)


def test_seeds_in_other_tasks():
    root = task("seeds", label="root")
    assert set(root.train.gold) == set(root.labels)
    neutral = task("seeds").train.gold.count("neutral")
    assert root.counts["train: no label"] == neutral == task("seeds", label="binary").counts["train: no label"]
    topics = task("seeds", label="topics")
    assert topics.multilabel
    assert topics.counts == {"train": len(task("seeds").train)}
    assert () in topics.train.gold


def test_folds_of_a_part_never_leak():
    train = task("seeds").train
    for fold in grouped_kfold(train.gold, train.groups, n_splits=5):
        assert find_leaks(train.select(fold.train).texts, train.select(fold.test).texts) == []


@needs_data
@pytest.mark.parametrize(
    "name", [name for name in SETS if name not in ("seeds", "plover_zsp:test") and "crime" not in name]
)
def test_public_sets(name):
    found = task(name, label=SETS[name][0])
    assert found.opened == (name,)
    assert found.counts["train"] == len(found.train) == len(set(found.train.ids))
    assert all(re.fullmatch(rf"{name.partition(':')[0]}/train/\d+", row) for row in found.train.ids)
    assert (found.train.sources is not None) == (name in MARKED)
    assert set(found.train.gold) == set(found.labels)


@needs_data
def test_test_set_is_opened_only_when_named(monkeypatch):
    opened = []

    def stand_in():  # the real one is opened by recorded experiments alone
        opened.append("test")
        return loading.LOADERS["ace_wikievents"]()

    monkeypatch.setitem(loading.LOADERS, "plover_zsp:test", stand_in)
    assert "plover_zsp:test" not in task("plover_zsp:train", extra=("seeds",), label="quad").opened
    assert opened == []
    found = task("plover_zsp:train", test="plover_zsp:test", label="binary")
    assert (found.opened, opened) == (("plover_zsp:train", "plover_zsp:test"), ["test"])


@needs_data
def test_unmarked_rows_beside_marked_ones():
    found = task("plover_zsp:train", "cameo", label="binary")
    rows = [row for row, name in zip(found.train.sources, found.train.ids, strict=True) if name.startswith("cameo")]
    assert set(rows) == {()}


def test_public_set_that_is_not_there(monkeypatch, folder):
    monkeypatch.setenv("NATO_NLP_DATA", str(folder))
    with pytest.raises(MissingFileError, match=r"plover_zsp/PLV_train\.tsv.*to get it, put https://.*"):
        task("plover_zsp:train")


# --- the guard

TRAIN = ["Talks went on in the city of Oslo.", "A ship sank.", "The envoys met, again."]
TEST = ["TALKS went on in the city of Oslo!", "Nothing else.", "Talks went on in the city of Oslo again."]
TABLE = """| train | scored | kind | similarity |
| --- | --- | --- | --- |
| 0 | 0 | exact | 1.00 |
| 0 | 2 | near | 0.83 |"""


def test_guard_drops_or_reports():
    dropped, reported = guard(TRAIN, TEST, "drop"), guard(TRAIN, TEST, "report")
    assert dropped.keep.tolist() == [False, True, True]
    assert reported.keep.tolist() == [True, True, True]
    assert dropped.leaks == reported.leaks == find_leaks(TRAIN, TEST)
    assert dropped.table == reported.table == TABLE


def test_guard_refuses():
    message = (
        "texts to train on must not stand in what is scored, got 1 of 3 that are or resemble 2 of 3 "
        "(on_leak = 'drop' leaves them out of training, 'report' keeps them):\n" + TABLE
    )
    with pytest.raises(LeakError, match=f"^{re.escape(message)}$") as caught:
        guard(TRAIN, TEST)
    error = pickle.loads(pickle.dumps(caught.value))  # as joblib hands it on
    assert (str(error), error.table, error.leaks) == (message, TABLE, tuple(find_leaks(TRAIN, TEST)))


@pytest.mark.parametrize("policy", ["refuse", "drop", "report"])
def test_guard_finds_nothing(policy):
    found = guard(TRAIN[1:], TEST[1:2], policy)
    assert (found.keep.tolist(), found.leaks, found.table) == ([True, True], [], "")
    assert guard(TRAIN, [], policy).keep.all()


def test_guard_names_rows_and_shows_ten():
    found = guard([TRAIN[0]] * 4, TEST[:1] * 3, "report", train_ids=["a|b", "c", "d\ne", "f"], test_ids=["x", "y", "z"])
    lines = found.table.split("\n")
    assert lines[2] == "| a\\|b | x | exact | 1.00 |"
    assert lines[8] == "| d e | x | exact | 1.00 |"
    assert lines[11:] == ["| f | x | exact | 1.00 |", "", "2 more pair(s)"]
    assert found.leaks[0] == Leak(0, 0, "exact", 1.0)


def test_guard_checks_what_it_gets():
    with pytest.raises(InputError, match=r"^on_leak must be one of 'refuse', 'drop', 'report', got 'ignore'$"):
        guard(TRAIN, TEST, "ignore")
    with pytest.raises(InputError, match=r"^train_ids must be as long as train_texts \(3\), got 1$"):
        guard(TRAIN, TEST, train_ids=["a"])
    with pytest.raises(InputError, match=r"^test_ids must be as long as test_texts \(3\), got 0$"):
        guard(TRAIN, TEST, test_ids=[])
    with pytest.raises(InputError, match=r"^test_texts must be a sequence of str, got 3 at index 0$"):
        guard(TRAIN, [3], "drop")


words = st.lists(st.sampled_from("talks envoys ships harbour accord again".split()), min_size=1, max_size=6)
texts = st.lists(words.map(" ".join), min_size=1, max_size=8)


@given(texts, texts)
def test_nothing_leaks_once_the_leaks_are_dropped(train, test):
    keep = guard(train, test, "drop").keep
    kept = [text for text, stays in zip(train, keep, strict=True) if stays]
    assert guard(kept, test).leaks == []
    assert set(np.flatnonzero(~keep)) == {leak.train for leak in find_leaks(train, test)}
