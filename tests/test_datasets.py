"""Datasets: what they refuse, how they are cut and turned into tables; loaders of seeds, public sets and tables."""

import json
import os
import pickle
import re
from collections import Counter
from inspect import ismodule
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nato_nlp import datasets, load_codebook
from nato_nlp.datasets import (
    Act,
    Dataset,
    load_ace_wikievents,
    load_cameo,
    load_insightcrime,
    load_plover_zsp,
    load_seeds,
    load_table,
    seed_rows,
)
from nato_nlp.datasets.marks import Marked, read_marks
from nato_nlp.errors import InputError, MissingFileError

needs_data = pytest.mark.skipif(
    not os.environ.get("NATO_NLP_DATA"), reason="NATO_NLP_DATA is not set: the public sets are not read"
)


def message(text):
    return f"^{re.escape(text)}$"


# --- Dataset


@pytest.fixture
def small():
    return Dataset(
        "small",
        ["Chad thanked Mali.", "Shells fell.", "The treaty has six articles."],
        {
            "stance": ["cooperation", "dispute", "neutral"],
            "topics": [["africa"], [], {"territory_borders", "arms_control"}],
            "boilerplate": [False, np.True_, False],
        },
        groups=["a", "a", "b"],
        dates=["2001-02-03", None, "1999-12-31"],
        outlets=["Wire", "Wire", "Post"],
        split=["train", "test", "test"],
        sources=[[(0, 4)], [], []],
        targets=[[(13, 17)], [], []],
        licence="none",
        home="a drawer",
        sha256={"f": "00"},
        notes=["made up"],
    )


def test_exports_are_there_and_listed():
    public = {name for name, value in vars(datasets).items() if not name.startswith("_") and not ismodule(value)}
    assert public == set(datasets.__all__)
    assert all(getattr(datasets, name).__doc__ for name in datasets.__all__)


def test_dataset_stores_plain_tuples(small):
    assert len(small) == 3
    assert small.ids == ("0", "1", "2")
    assert small.labels["topics"] == (("africa",), (), ("arms_control", "territory_borders"))  # a set is sorted
    assert small.labels["boilerplate"] == (False, True, False)
    assert all(type(flag) is bool for flag in small.labels["boilerplate"])
    assert small.targets == (((13, 17),), (), ())


def test_dataset_is_frozen_and_pickles(small):
    with pytest.raises(AttributeError):
        small.name = "other"
    again = pickle.loads(pickle.dumps(small))
    assert (again.texts, again.labels, again.dates) == (small.texts, small.labels, small.dates)


def test_dataset_repr_tells_what_there_is(small):
    assert repr(small) == (
        "Dataset 'small': 3 texts, 2 groups, 1999-12-31 to 2001-02-03\n"
        "  stance: 1 cooperation, 1 dispute, 1 neutral\n"
        "  topics: 1 africa, 1 arms_control, 1 territory_borders\n"
        "  boilerplate: 2 False, 1 True\n"
        "  licence: none\n"
        "  home: a drawer\n"
        "  note: made up"
    )


def test_dataset_repr_cuts_long_lists_of_labels():
    data = Dataset("many", ["t"] * 8, {"root": ["", "", *"abcdef"], "topics": [[]] * 8})
    assert "root: 2 (none), 1 a, 1 b, 1 c, 1 d, 1 e, ... (7 labels)" in repr(data)
    assert "topics: no label" in repr(data)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"texts": []}, "texts must be at least one text, got []"),
        ({"texts": "abc"}, "texts must be a sequence of str, one a sentence, got 'abc'"),
        ({"texts": ["a", float("nan")]}, "texts must be a sequence of str, got nan at index 1"),
        ({"texts": ["a", None]}, "texts must be a sequence of str, got None at index 1"),
        ({"texts": ["a", " \n"]}, "texts must be texts that are not blank, got ' \\n' at index 1"),
        ({"labels": {"quad": ["x"]}}, "labels['quad'] must be as long as texts (2), got 1"),
        ({"labels": {"quad": "xy"}}, "labels['quad'] must be a sequence, one item a text, got 'xy'"),
        (
            {"labels": {"quad": ["x", float("nan")]}},
            "labels['quad'] must be str, bool or a collection of str, got nan at index 1",
        ),
        (
            {"labels": {"topics": [["x"], [None]]}},
            "labels['topics'] must be str, bool or a collection of str, got [None] at index 1",
        ),
        ({"groups": ["a"]}, "groups must be as long as texts (2), got 1"),
        ({"groups": "ab"}, "groups must be a sequence, one item a text, got 'ab'"),
        ({"groups": ["a", float("nan")]}, "groups must be a value for every text, got nan at index 1"),
        ({"outlets": ["", "b"]}, "outlets must be a value for every text, got '' at index 0"),
        ({"split": ["train"]}, "split must be as long as texts (2), got 1"),
        ({"ids": ["a", "a"]}, "ids must be distinct (index 0 has it, too), got 'a' at index 1"),
        ({"ids": ["a"]}, "ids must be as long as texts (2), got 1"),
        ({"dates": ["2001-01-01"]}, "dates must be as long as texts (2), got 1"),
        ({"dates": ["2001-01-01", "20010102"]}, "dates must be ISO dates (YYYY-MM-DD), got '20010102' at index 1"),
        ({"dates": ["2001-02-30", None]}, "dates must be ISO dates (YYYY-MM-DD), got '2001-02-30' at index 0"),
        ({"sources": [[]]}, "sources must be as long as texts (2), got 1"),
        (
            {"targets": [[], [(0, 4)]]},
            "targets must be spans (start, end) with 0 <= start < end <= 3, got (0, 4) at index 1",
        ),
        (
            {"sources": [[(1, 1)], []]},
            "sources must be spans (start, end) with 0 <= start < end <= 3, got (1, 1) at index 0",
        ),
    ],
)
def test_dataset_refuses(changes, expected):
    with pytest.raises(InputError, match=message(expected)):
        Dataset(**({"name": "bad", "texts": ["one", "two"]} | changes))


def test_dates_may_be_objects():
    data = Dataset("d", ["a", "b"], dates=[pd.Timestamp("2020-05-06 07:08"), np.datetime64("2001-01-01")])
    assert data.dates == ("2020-05-06", "2001-01-01")


def test_select_cuts_everything(small):
    part = small.select(np.array([2, 0]))
    assert part.texts == (small.texts[2], small.texts[0])
    assert part.labels["stance"] == ("neutral", "cooperation")
    assert (part.groups, part.dates, part.outlets) == (("b", "a"), ("1999-12-31", "2001-02-03"), ("Post", "Wire"))
    assert (part.split, part.sources, part.ids) == (("test", "train"), ((), ((0, 4),)), ("2", "0"))
    assert (part.name, part.home, part.sha256, part.notes) == ("small", "a drawer", {"f": "00"}, ("made up",))
    assert small.select([False, True, False]).texts == small.select([1]).texts


@pytest.mark.parametrize(
    ("indices", "expected"),
    [
        ([0, 3], "indices must be in [0, 3), got 3 at position 1"),
        ([-1], "indices must be in [0, 3), got -1 at position 0"),
        ([], "indices must be at least one of the 3 texts, got none"),
        ([False] * 3, "indices must be at least one of the 3 texts, got none"),
        ([True], "indices must be as long as texts (3), got 1"),
        ([0.5], "indices must be a sequence of int, or of bool, got [0.5]"),
        (1, "indices must be a sequence of int, or of bool, got 1"),
        ([1, 1], "ids must be distinct (index 0 has it, too), got '1' at index 1"),
    ],
)
def test_select_refuses(small, indices, expected):
    with pytest.raises(InputError, match=message(expected)):
        small.select(indices)


def test_tables_hold_what_the_set_has(small):
    frame, table = small.to_pandas(), small.to_arrow()
    columns = [
        "id",
        "text",
        "stance",
        "topics",
        "boilerplate",
        "group",
        "date",
        "outlet",
        "split",
        "sources",
        "targets",
    ]
    assert list(frame.columns) == table.column_names == columns
    assert frame["topics"].tolist() == [("africa",), (), ("arms_control", "territory_borders")]
    assert frame["date"].tolist()[0] == "2001-02-03"
    assert table.schema.field("date").type == pa.date32()
    assert table["sources"].to_pylist() == [[{"start": 0, "end": 4}], [], []]
    assert table["topics"].to_pylist() == [["africa"], [], ["arms_control", "territory_borders"]]
    assert table.schema.metadata[b"home"] == b"a drawer"
    assert Dataset("bare", ["a"]).to_arrow().column_names == ["id", "text"]


def test_arrow_types_of_empty_lists_are_kept():
    table = Dataset("none", ["a"], {"topics": [[]]}, sources=[[]]).to_arrow()
    assert table.schema.field("sources").type == pa.list_(pa.struct([("start", pa.int32()), ("end", pa.int32())]))
    assert table.schema.field("topics").type == pa.list_(pa.string())


def test_tables_refuse_labels_named_like_a_column():
    expected = (
        "names of labels must be other than those of the table's columns "
        "(id, text, group, date, outlet, split, sources, targets), got 'text'"
    )
    with pytest.raises(InputError, match=message(expected)):
        Dataset("clash", ["a"], {"text": ["b"]}).to_arrow()


# --- marks


words = st.text(st.characters(blacklist_characters="<>", blacklist_categories=("Cs",)), max_size=12)


@given(st.lists(st.tuples(words, st.sampled_from(["", "s", "t", "st", "ts"])), max_size=8))
def test_marks_are_mapped_exactly(pieces):
    marked = plain = ""
    expected = {"s": [], "t": []}
    for text, kinds in pieces:
        start, core = len(plain) + len(text) - len(text.lstrip()), text.strip()
        for kind in kinds:
            if core:
                expected[kind].append((start, start + len(core)))
        marked += "".join(f"<{kind}>" for kind in kinds) + text + "".join(f"</{kind}>" for kind in reversed(kinds))
        plain += text
    assert read_marks(marked) == Marked(plain, tuple(expected["s"]), tuple(expected["t"]))


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("no marks", Marked("no marks", (), ())),
        ("<s>a<t>b</s>c</t>", Marked("abc", ((0, 2),), ((1, 3),))),  # crossing
        ("a</s><t>b", Marked("ab", (), ())),  # neither opened nor closed
        ("<s>a</s>b</s>", Marked("ab", ((0, 1),), ())),  # closed twice
        ("<s> </s>a", Marked(" a", (), ())),
        ("<b>a</b> <S>", Marked("<b>a</b> <S>", (), ())),
    ],
)
def test_odd_marks(marked, expected):
    assert read_marks(marked) == expected


# --- seeds


def seed(number, **changes):
    row = {
        "id": f"0001-{number:02d}",
        "doc": "0001",
        "date": "2001-02-03",
        "text": f"Envoys of both states met for talk number {number}.",
        "quad": "verbal_cooperation",
        "root": "CONSULT",
        "topics": ["africa"],
        "acts": [{"source": "TCD", "target": "MLI", "quad": "verbal_cooperation"}],
        "boilerplate": False,
        "invented": True,
        "rule": None,
        "contrast_of": None,
        "contested": False,
    }
    return row | changes


@pytest.fixture
def corpus(tmp_path):
    def write(*rows):
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (tmp_path / "corpus.jsonl").write_text(text, encoding="utf-8")
        return tmp_path

    return write


def test_seed_rows_give_every_key(corpus):
    row = seed_rows(corpus(seed(1, rule=5)))[0]
    assert (row.id, row.doc, row.rule, row.topics, row.invented) == ("0001-01", "0001", 5, ("africa",), True)
    assert row.acts == (Act("TCD", "MLI", "verbal_cooperation"),)
    assert row.stance == "cooperation"


def test_load_seeds_gives_labels_and_groups(corpus):
    furniture = seed(3, quad="neutral", root="", topics=[], acts=[], boilerplate=True)
    data = load_seeds(folder=corpus(seed(1), seed(2, topics=["energy", "balkans"]), furniture))
    assert data.labels["quad"] == ("verbal_cooperation", "verbal_cooperation", "neutral")
    assert data.labels["stance"] == ("cooperation", "cooperation", "neutral")
    assert data.labels["root"] == ("CONSULT", "CONSULT", "")
    assert data.labels["topics"] == (("africa",), ("energy", "balkans"), ())
    assert data.labels["boilerplate"] == (False, False, True)
    assert data.groups == ("0001",) * 3
    assert data.dates == ("2001-02-03",) * 3
    assert data.ids == ("0001-01", "0001-02", "0001-03")
    assert len(data.sha256["corpus.jsonl"]) == 64


@pytest.mark.parametrize("order", [1, -1])
def test_contrast_pairs_join_stories(corpus, order):
    rows = [
        seed(1, id="a-1", doc="a", contrast_of="c-1"),
        seed(2, id="b-1", doc="b"),
        seed(3, id="c-1", doc="c"),
        seed(4, id="d-1", doc="d", contrast_of="c-2"),
        seed(5, id="c-2", doc="c"),
    ]
    data = load_seeds(folder=corpus(*rows[::order]))
    groups = dict(zip(data.ids, data.groups, strict=True))
    assert groups == {"a-1": "a", "b-1": "b", "c-1": "a", "c-2": "a", "d-1": "a"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"quad": "war"}, "quad must be one of 'verbal_cooperation', "),
        ({"acts": [{"source": "A", "target": "B", "quad": "war"}]}, "quad must be one of 'verbal_cooperation', "),
        ({"root": "AID"}, "root of verbal_cooperation must be one of 'AGREE', 'CONSULT', 'SUPPORT', got 'AID'"),
        ({"root": ""}, "root of verbal_cooperation must be one of 'AGREE', 'CONSULT', 'SUPPORT', got ''"),
        ({"quad": "neutral", "acts": []}, "root of neutral must be one of '', got 'CONSULT'"),
        ({"topics": ["sport"]}, "topics must be one of 'missile_defence', "),
        ({"topics": ["energy", "energy"]}, "topics must be distinct, got ('energy', 'energy')"),
        ({"topics": "energy"}, "topics must be a list of str, got 'energy'"),
        (
            {"acts": [{"source": "A", "target": "B", "quad": "neutral"}]},
            "quad of the first act must be that of the row, 'verbal_cooperation', got 'neutral'",
        ),
        (
            {"acts": [{"source": "", "target": "", "quad": "neutral"}]},
            "acts must be acts with a source or a target, got",
        ),
        (
            {"acts": [{"source": "A", "quad": "neutral"}]},
            "acts must be objects of three str: source, target, quad, got",
        ),
        ({"acts": {}}, "acts must be a list of objects, got {}"),
        ({"date": "2001-02-30"}, "date must be an ISO date (YYYY-MM-DD), got '2001-02-30'"),
        ({"date": "2001-02-03T04:05"}, "date must be an ISO date (YYYY-MM-DD), got '2001-02-03T04:05'"),
        ({"date": 20010203}, "date must be an ISO date (YYYY-MM-DD), got 20010203"),
        ({"id": "0001-01"}, "id must be distinct (PATH, line 1 has it, too), got '0001-01'"),
        ({"id": ""}, "id must be a name, got ''"),
        ({"doc": None}, "doc must be a name, got None"),
        ({"text": " "}, "text must be text that is not blank, got ' '"),
        ({"boilerplate": 1}, "boilerplate must be true or false, got 1"),
        (
            {"boilerplate": True},
            "boilerplate must be neutral without topics and acts, got verbal_cooperation, 1 topics, 1 acts",
        ),
        ({"rule": 9}, "rule must be null or a rule from 1 to 8, got 9"),
        ({"rule": True}, "rule must be null or a rule from 1 to 8, got True"),
        ({"contrast_of": "0009-01"}, "contrast_of must be the id of another row, got '0009-01'"),
        ({"contrast_of": "0001-02"}, "contrast_of must be the id of another row, got '0001-02'"),
        ({"contrast_of": 7}, "contrast_of must be null or the id of another row, got 7"),
        ({"topic": []}, "keys must be one of 'id', 'doc', "),
    ],
)
def test_seed_rows_refuse(corpus, changes, expected):
    folder = corpus(seed(1), seed(2, **changes))
    path = folder / "corpus.jsonl"
    with pytest.raises(InputError) as caught:
        seed_rows(folder)
    assert str(caught.value).startswith(f"{path}, line 2, {expected.replace('PATH', str(path))}")


def test_seed_rows_name_a_key_that_is_not_there(corpus):
    row = seed(1)
    del row["root"]
    folder = corpus(row)
    expected = f"{folder / 'corpus.jsonl'}, line 1: column 'root' is not there"
    with pytest.raises(InputError, match=f"^{re.escape(expected)}"):
        seed_rows(folder)


def test_seeds_that_are_not_there(tmp_path):
    expected = f"{tmp_path / 'corpus.jsonl'} is not there: expected a file or a directory"
    with pytest.raises(MissingFileError, match=message(expected)):
        load_seeds(folder=tmp_path)


def test_the_shipped_seeds_keep_the_codebook():
    data, rows = load_seeds(), seed_rows()
    assert set(data.labels["quad"]) == set(load_codebook().quads)
    story = {row.id: group for row, group in zip(rows, data.groups, strict=True)}
    assert all(story[row.id] == story[row.contrast_of] for row in rows if row.contrast_of)
    assert len(set(data.groups)) > 1


# --- public sets


@needs_data
@pytest.mark.parametrize(
    ("load", "rows", "target", "counts"),
    [
        (
            lambda: load_plover_zsp("train"),
            1050,
            "quad",
            {"verbal_cooperation": 238, "material_cooperation": 220, "verbal_dispute": 330, "material_dispute": 262},
        ),
        (
            lambda: load_plover_zsp("test"),
            1033,
            "quad",
            {"verbal_cooperation": 216, "material_cooperation": 200, "verbal_dispute": 341, "material_dispute": 276},
        ),
        (load_ace_wikievents, 802, "binary", {"dispute": 598, "cooperation": 204}),
        (
            load_cameo,
            1349,
            "quad",
            {
                "neutral": 240,
                "verbal_cooperation": 248,
                "material_cooperation": 303,
                "verbal_dispute": 337,
                "material_dispute": 221,
            },
        ),
        (load_cameo, 1349, "stance", {"neutral": 240, "cooperation": 551, "dispute": 558}),
    ],
)
def test_public_sets_have_the_known_counts(load, rows, target, counts):
    data = load()
    assert len(data) == rows
    assert Counter(data.labels[target]) == counts
    assert all(len(value) == 64 for value in data.sha256.values())
    assert data.licence
    assert data.citation
    assert data.home


@needs_data
def test_insightcrime_has_the_known_counts():
    data = load_insightcrime("all")
    assert Counter(data.split) == {"train": 1002, "dev": 332, "test": 319}
    train = load_insightcrime("train")
    assert train.texts == data.texts[:1002]
    counts = Counter(label for classes in train.labels["classes"] for label in classes)
    assert counts == {"1": 242, "2": 99, "3": 329, "4": 169, "5": 144, "6": 63, "7": 144}
    assert Counter(map(len, train.labels["classes"])) == {0: 78, 1: 677, 2: 228, 3: 19}
    assert any(text.startswith('"') for text in train.texts)  # quote characters are text


@needs_data
def test_plover_parts_and_roots():
    data = load_plover_zsp("all")
    assert Counter(data.split) == {"train": 1050, "test": 1033}
    assert data.ids[1049:1051] == ("plover_zsp:train:1050", "plover_zsp:test:1")
    assert list(data.sha256) == ["plover_zsp/PLV_train.tsv", "plover_zsp/PLV_test.tsv"]
    book = load_codebook()
    assert set(data.labels["root"]) == {root for roots in book.roots.values() for root in roots}
    train = load_plover_zsp("train")
    pairs = zip(train.labels["quad"], train.labels["root"], strict=True)
    assert sum(root not in book.roots[quad] for quad, root in pairs) == 8  # the labels are left as published
    assert data.groups is None
    assert "no document ids: groups are near-duplicate clusters" in data.notes


@needs_data
def test_ace_wikievents_groups_are_documents_of_each_corpus():
    data = load_ace_wikievents()
    assert len(set(data.groups)) == 337 + 91
    assert len({group.split(":")[1] for group in data.groups}) == 417  # both corpora use 11 numbers
    assert len(set(data.texts)) == 610
    assert "1 text(s) without spans: the marked sentence differs from the sentence" in data.notes


def spans_read(data, names):
    """Count the rows whose every source and target span is the string that the file's own column gives."""
    import csv

    path = Path(os.environ["NATO_NLP_DATA"], next(iter(data.sha256)))
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    count = Counter()
    for i, (row, text) in enumerate(zip(rows, data.texts, strict=True)):
        for side, spans in (("source", data.sources[i]), ("target", data.targets[i])):
            given = names(row[side])
            same = all(text[start:end] == given for start, end in spans)
            count[side, "none" if not spans else "same" if same else "other"] += 1
    return count


@needs_data
def test_plover_spans_are_the_sources_and_targets():
    count = spans_read(load_plover_zsp("train"), lambda name: name)
    assert count == {
        ("source", "same"): 1045,
        ("source", "none"): 4,  # the file's source is 'An actor'
        ("source", "other"): 1,  # the file's source is cut short
        ("target", "same"): 1029,
        ("target", "none"): 20,  # 'a recipient'
        ("target", "other"): 1,
    }


@needs_data
def test_ace_wikievents_spans_are_the_sources_and_targets():
    count = spans_read(load_ace_wikievents(), lambda name: name.split(":", 1)[1])
    assert count == {
        ("source", "same"): 800,
        ("source", "none"): 1,  # the row that the note tells of
        ("source", "other"): 1,  # the mark covers the first words of the file's source
        ("target", "same"): 801,
        ("target", "none"): 1,
    }


# --- one's own tables


@pytest.fixture
def table(tmp_path):
    def write(name, content):
        path = tmp_path / name
        path.write_text(content, encoding="utf-8")
        return path

    return write


RECORDS = [
    {
        "id": "x1",
        "text": "Envoys met.",
        "quad": "verbal_cooperation",
        "topics": ["energy", "balkans"],
        "group": "d1",
        "date": "2001-02-03",
        "source": "Wire",
    },
    {
        "id": "x2",
        "text": "Shells fell.",
        "quad": "material_dispute",
        "topics": [],
        "group": "d2",
        "date": None,
        "source": "Post",
    },
]


def as_csv(records):
    rows = [{**row, "topics": "; ".join(row["topics"]), "date": row["date"] or ""} for row in records]
    return "\n".join([",".join(rows[0]), *(",".join(row.values()) for row in rows)]) + "\n"


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".ndjson", ".parquet"])
def test_tables_of_every_kind_give_one_dataset(table, tmp_path, suffix):
    if suffix == ".parquet":
        path = tmp_path / "mine.parquet"
        pq.write_table(pa.Table.from_pylist(RECORDS), path)
    elif suffix in (".csv", ".tsv"):
        path = table(f"mine{suffix}", as_csv(RECORDS).replace(",", "\t" if suffix == ".tsv" else ","))
    else:
        path = table(f"mine{suffix}", "\n".join(map(json.dumps, RECORDS)))
    data = load_table(path)
    assert (data.name, data.home) == ("mine", str(path))
    assert data.texts == ("Envoys met.", "Shells fell.")
    assert data.labels == {
        "quad": ("verbal_cooperation", "material_dispute"),
        "stance": ("cooperation", "dispute"),
        "topics": (("energy", "balkans"), ()),
    }
    assert (data.groups, data.dates, data.outlets) == (("d1", "d2"), ("2001-02-03", None), ("Wire", "Post"))
    assert data.ids == ("x1", "x2")
    assert len(data.sha256[path.name]) == 64


def test_columns_are_optional_and_can_be_renamed_or_left_out(table):
    path = table("mine.csv", "body,label,group,quad\nEnvoys met.,neutral,7,?\n")
    data = load_table(path, text="body", quad="label", group=None)
    assert data.labels == {"quad": ("neutral",), "stance": ("neutral",)}
    assert (data.groups, data.dates, data.outlets, data.ids) == (None, None, None, ("0",))
    assert load_table(path, text="body", quad=None).groups == ("7",)


def test_parquet_dates_and_nulls(tmp_path):
    path = tmp_path / "mine.parquet"
    dates = pa.array([pd.Timestamp("2001-02-03 04:05"), None], type=pa.timestamp("us"))
    pq.write_table(pa.table({"text": ["a", "b"], "date": dates, "topics": [None, ["energy", "energy"]]}), path)
    data = load_table(path)
    assert data.dates == ("2001-02-03", None)
    assert data.labels["topics"] == ((), ("energy",))


QUADS = "one of 'verbal_cooperation', 'material_cooperation', 'verbal_dispute', 'material_dispute', 'neutral'"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("text,quad\na,neutral\nb,war\n", f"PATH, line 3, column 'quad' must be {QUADS}, got 'war'"),
        ("text,quad\na,\n", f"PATH, line 2, column 'quad' must be {QUADS}, got ''"),
        ("text,group\na,\n", "PATH, line 2, column 'group' must be a value for every text, got ''"),
        ("text,source\na, \n", "PATH, line 2, column 'source' must be a value for every text, got ' '"),
        ("text,date\na,3 May\n", "PATH, line 2, column 'date' must be an ISO date (YYYY-MM-DD), got '3 May'"),
        ("text\n  \n", "PATH, line 2, text must be text that is not blank, got '  '"),
        ("text\n", "PATH must hold at least one row, got none"),
        ("id,text\nx,a\nx,b\n", "ids must be distinct (index 0 has it, too), got 'x' at index 1"),
    ],
)
def test_tables_refuse(table, content, expected):
    path = table("mine.csv", content)
    with pytest.raises(InputError, match=message(expected.replace("PATH", str(path)))):
        load_table(path)


def test_tables_take_topics_of_any_name_but_no_empty_one(table):
    path = table("mine.csv", "text,topics\na,water;energy\nb,\n")
    assert load_table(path).labels["topics"] == (("water", "energy"), ())
    path = table("mine.csv", "text,topics\na,energy;;balkans\n")
    expected = f"{path}, line 2, column 'topics' must be a value for every text, got ''"
    with pytest.raises(InputError, match=message(expected)):
        load_table(path)
    path = table("mine.jsonl", '{"text": "a", "topics": 3}\n')
    expected = f"{path}, line 1, column 'topics' must be a list of topics, or a string with ';' between them, got 3"
    with pytest.raises(InputError, match=message(expected)):
        load_table(path)


def test_tables_refuse_columns_that_are_not_there(table):
    path = table("mine.csv", "text,quad\na,neutral\n")
    with pytest.raises(InputError, match=f"^{re.escape(str(path))}: column 'label' is not there"):
        load_table(path, quad="label")
    path = table("mine.jsonl", '{"text": "a", "group": "1"}\n{"text": "b"}\n')
    with pytest.raises(InputError, match=f"^{re.escape(str(path))}, line 2: column 'group' is not there"):
        load_table(path)


def test_tables_refuse_other_kinds_of_files(tmp_path):
    expected = "path must be a file one of '.csv', '.tsv', '.jsonl', '.ndjson', '.parquet', got 'notes.txt'"
    with pytest.raises(InputError, match=message(expected)):
        load_table("notes.txt")
    with pytest.raises(
        MissingFileError, match=message(f"{tmp_path / 'no.csv'} is not there: expected a file or a directory")
    ):
        load_table(tmp_path / "no.csv")
