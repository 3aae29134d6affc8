"""Configs: what a file and its overrides become, how they are written back, and what is refused, message by message."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nato_nlp import load_codebook
from nato_nlp.errors import InputError, MissingFileError
from nato_nlp.experiment import Experiment, load_config
from nato_nlp.experiment._toml import read_override, to_toml
from nato_nlp.experiment.rows import LOADERS
from nato_nlp.experiment.schema import PARTS, SCALES, SETS, Data, Features, Table, expected_of, known_labels
from nato_nlp.features import NewsFeatures, NgramTfidf

BASE = """
title = "Stance"
[data]
train = ["plover_zsp:train"]
label = "binary"
"""
SETS_LISTED = (
    "'seeds', 'plover_zsp:train', 'plover_zsp:test', 'cameo', 'ace_wikievents', 'insightcrime:train', "
    "'insightcrime:dev', 'insightcrime:test'"
)
TABLE_SHOWN = (
    'a table of one\'s own like {path = "x.csv", text = "COLUMN", label = "COLUMN", group = "COLUMN", id = "COLUMN"}'
)
RANGE = "two whole numbers [shortest, longest] with 1 <= shortest <= longest, or false for none"
FREQUENCY = "a whole number of rows from 1 on, or a share of them above 0 and up to 1.0"
OVERRIDE = 'KEY=VALUE with a TOML value, as in model.C=3 or features.kind="news"'
TOP = "title, name, data, split, features, model, grid, metrics, report, overrides"


@pytest.fixture
def load(tmp_path, monkeypatch):
    """Load a config from its text, from a file that messages call stance.toml."""
    monkeypatch.chdir(tmp_path)

    def from_text(text, *overrides, name="stance.toml"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text, encoding="utf-8")
        return load_config(name, overrides)

    return from_text


def again(load, config):
    return load(config.to_toml(), name=f"{config.name}/config.toml")


def refused(load, text, message, *overrides):
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        load(text, *overrides)


def data(**keys):
    values = {"train": ["seeds"], "label": "stance"} | keys
    return to_toml({"title": "T", "data": values})


# --- what a file becomes


def test_defaults(load):
    config = load(BASE)
    assert (config.name, config.title, config.data.test, config.data.on_leak) == ("stance", "Stance", None, "refuse")
    assert (config.split.folds, config.split.inner_folds, config.split.seed) == (5, 3, 0)
    assert config.features == Features() == Features(kind="ngrams", word=(1, 2), char=(2, 5), min_df=1, max_df=1.0)
    assert (config.model.C, config.model.class_weight, config.model.loss) == (1.0, "balanced", "logistic")
    assert (config.metrics.primary, config.metrics.others, config.metrics.resamples) == ("macro_f1", (), 2000)
    assert not config.report.learning_curve
    assert config.overrides == config.grid == {}


@pytest.mark.parametrize("label", ["topics", "classes"])
def test_primary_metric_of_multilabel_tasks(load, label):
    sets = {"topics": "seeds", "classes": "insightcrime:dev"}
    assert load(data(label=label, train=[sets[label]])).metrics.primary == "multilabel_macro_f1"
    made = Experiment(title="T", data=Data(label=label, train=(sets[label],)))
    assert made.metrics.primary == "multilabel_macro_f1"


def test_configs_are_frozen(load):
    config = load(BASE)
    with pytest.raises(ValueError, match="frozen"):
        config.title = "another"
    with pytest.raises(ValueError, match="frozen"):
        config.model.C = 2.0


FULL = """
title = "Everything \\u0007 set"
[data]
train = ["cameo", {path = "mine.csv", label = "stance", group = "doc"}]
test = {path = "other.jsonl", text = "sentence", label = "y", id = "number"}
extra = ["seeds"]
label = "quad"
only = ["verbal_dispute", "neutral"]
on_leak = "drop"
[split]
folds = 4
inner_folds = 2
seed = 7
[features]
kind = "news"
word = false
min_df = 0.25
max_features = 500
cue_scale = 2
[model]
loss = "squared_hinge"
class_weight = "none"
[grid]
"model.C" = [0.3, 1, 1e-5]
"features.char" = [[2, 4], [3, 3]]
"features.min_df" = [1, 1.0]
[metrics]
primary = "matthews"
others = ["macro_f1"]
resamples = 100
[report]
learning_curve = true
"""


def test_round_trip(load):
    config = load(FULL, "split.seed=8", "grid.features.kind=['news', 'ngrams']")
    back = again(load, config)
    assert back == config
    assert back.to_toml() == config.to_toml()
    assert [repr(setting) for setting in back.settings()] == [repr(setting) for setting in config.settings()]
    assert back.overrides == {"split.seed": 8, "grid.features.kind": ["news", "ngrams"]}


def test_written_config_spells_out_defaults(load):
    assert load(BASE).to_toml() == (
        'title = "Stance"\nname = "stance"\n\n'
        '[data]\ntrain = ["plover_zsp:train"]\nextra = []\nlabel = "binary"\nonly = []\nmarks = "none"\n'
        'swap_names = false\non_leak = "refuse"\n\n'
        "[split]\nfolds = 5\ninner_folds = 3\nseed = 0\n\n"
        '[features]\nkind = "ngrams"\nword = [1, 2]\nchar = [2, 5]\nmin_df = 1\nmax_df = 1.0\nmax_features = 0\n'
        "sublinear_tf = false\n\n"
        '[model]\nloss = "logistic"\nclass_weight = "balanced"\nC = 1.0\n\n'
        '[metrics]\nprimary = "macro_f1"\nothers = []\nresamples = 2000\n\n'
        "[report]\nlearning_curve = false\n"
    )


@given(st.text(), st.text(), st.floats(allow_nan=False), st.lists(st.integers()))
def test_toml_reads_what_it_writes(title, key, number, items):
    import tomllib

    tables = {"title": title, "number": number, "grid": {key: items, "inner": [{"path": title, "on": True}]}}
    if key != "inner":
        assert tomllib.loads(to_toml(tables)) == tables


# --- the grid


def test_settings_without_a_grid(load):
    (setting,) = load(BASE).settings()
    assert (setting.name, setting.features, setting.model.C) == ("as configured", Features(), 1.0)


def test_settings_vary_C_fastest_whatever_the_order_of_the_file(load):
    first = load(BASE + '[grid]\n"model.C" = [3, 1]\n"model.loss" = ["logistic"]\n"features.min_df" = [2, 1]\n')
    second = load(BASE + '[grid]\n"features.min_df" = [2, 1]\n"model.loss" = ["logistic"]\nmodel.C = [3, 1]\n')
    assert first == second
    assert [setting.name for setting in first.settings()] == [
        f"features.min_df={df}, model.loss='logistic', model.C={C}" for df in (2, 1) for C in (3.0, 1.0)
    ]
    assert [(s.features.min_df, s.model.C) for s in first.settings()] == [(2, 3.0), (2, 1.0), (1, 3.0), (1, 1.0)]


def test_a_count_of_one_is_not_the_share_of_all(load):
    settings = load(BASE + '[grid]\n"features.min_df" = [1, 1.0]').settings()
    assert [type(setting.features.min_df) for setting in settings] == [int, float]


def test_settings_that_are_alike_stand_once(load):
    grid = '[grid]\n"features.kind" = ["ngrams", "news"]\n"features.cue_scale" = [1, 2]\n"model.C" = [1]\n'
    names = [setting.name for setting in load(BASE + grid).settings()]
    assert names == [
        "features.kind='ngrams', model.C=1.0",
        "features.kind='news', features.cue_scale=1.0, model.C=1.0",
        "features.kind='news', features.cue_scale=2.0, model.C=1.0",
    ]


def test_arguments_of_the_features():
    features = Features(kind="news", word=False, max_features=9, cue_scale=2)
    ngrams = NgramTfidf(**features.ngrams())
    assert (ngrams.word, ngrams.char, ngrams.min_df, ngrams.max_features) == (None, (2, 5), 1, 9)
    assert not ngrams.sublinear_tf
    assert NewsFeatures(ngrams=ngrams, **features.scales()).cue_scale == 2
    assert Features().ngrams()["max_features"] is None
    assert Features(kind="place").scales() == {"place_scale": 1.0}


# --- overrides


def test_overrides_are_set_and_recorded(load):
    config = load(BASE, "model.C=3", 'features.kind="news"', "features.cue_scale=1", 'title="a = b"')
    assert (config.model.C, config.features.kind, config.features.cue_scale, config.title) == (3, "news", 1, "a = b")
    assert config.overrides == {
        "model.C": 3,
        "features.kind": "news",
        "features.cue_scale": 1,
        "title": "a = b",
    }
    assert again(load, config) == config


def test_an_override_takes_its_key_out_of_the_grid(load):
    config = load(BASE + "[grid]\nmodel.C = [1, 2]\n", "grid.model.C=[4, 5]", "model.C=3")
    assert (config.grid, config.model.C, config.overrides) == ({}, 3.0, {"model.C": 3})
    config = load(BASE, "model.C=3", "grid.model.C=[4]")
    assert (config.grid, config.overrides) == ({"model.C": (4.0,)}, {"model.C": 3, "grid.model.C": [4]})


def test_overrides_of_a_recorded_config_are_added(load):
    first = load(BASE, "model.C=3")
    second = load(first.to_toml(), "model.C=4", "split.seed=1", name="stance/config.toml")
    assert second.overrides == {"model.C": 4, "split.seed": 1}


def test_override_of_a_table_is_recorded_with_the_defaults_it_has_not_named(load):
    config = load(BASE, 'data.train=[{path = "x.csv", label = "y"}]')
    assert config.data.train == (Table(path="x.csv", label="y"),)
    assert again(load, config) == config


@pytest.mark.parametrize("text", ["model.C", "model.C=", "=3", "features.kind=news", "model.C=1\nx=2", "model.C=1 2"])
def test_override_that_is_none(load, text):
    refused(load, BASE, f"override must be {OVERRIDE}, got {text!r}", text)


@pytest.mark.parametrize("text", ["model={C=3}", "name='x'", "grid={}"])
def test_override_of_a_whole_table(load, text):
    expected = f"of title or of a key with its table, such as model.C ({OVERRIDE})"
    refused(load, BASE, f"override must be {expected}, got {text!r}", text)


def test_override_out_of_range_is_named(load):
    refused(
        load, BASE, "stance.toml: key model.C must be a number above 0, got 0 by the override 'model.C=0'", "model.C=0"
    )
    expected = "a list of one or more different values, got 3 by the override 'grid.model.C=3'"
    refused(load, BASE, f"stance.toml: key grid.model.C must be {expected}", "grid.model.C=3")


def test_override_of_an_unknown_key(load):
    refused(load, BASE, f"stance.toml: key 'foo' is not there. There are: {TOP}", "foo.bar=1")
    known = "model.loss, model.class_weight, model.C"
    refused(
        load, BASE, f"stance.toml: key 'model.D' is not there; did you mean 'model.C'? There are: {known}", "model.D=1"
    )


def test_override_of_a_table_that_is_none(load):
    refused(load, "model = 3\n" + BASE, "stance.toml: key model must be a table, got 3", "model.C=1")
    refused(
        load,
        "overrides = 3\n" + BASE,
        "stance.toml: key overrides must be the record of the values that were overridden, got 3",
        "model.C=1",
    )


def test_record_that_says_another_thing(load):
    text = BASE + "[overrides]\n"
    message = "stance.toml: key overrides.model.C must be what the key is, 1.0, got 3"
    refused(load, f'{text}"model.C" = 3', message)
    message = "stance.toml: key overrides.data.train must be what the key is, ['plover_zsp:train'], got ['cameo']"
    refused(load, f'{text}"data.train" = ["cameo"]', message)


def test_record_of_an_unknown_key(load):
    with pytest.raises(
        InputError, match=r"^stance\.toml: key 'overrides\.model\.D' is not there; did you mean 'o"
    ) as e:
        load(BASE + '[overrides]\n"model.D" = 3')
    assert str(e.value).endswith("There are: " + ", ".join(["overrides.title", *all_keys("overrides.")]))


def all_keys(prefix):
    return [f"{prefix}{table}.{key}" for table, part in PARTS.items() for key in part.model_fields]


def test_read_override_strips_quotes_and_space():
    assert read_override(' "grid"."model.C" = [1]') == ("grid.model.C", [1])


# --- files


def test_missing_file(tmp_path):
    path = tmp_path / "none.toml"
    with pytest.raises(MissingFileError, match=f"^{re.escape(str(path))} can't be read: No such file or directory$"):
        load_config(path)


def test_file_that_is_no_toml(load, tmp_path):
    message = (
        "stance.toml must be TOML, got a fault: Expected '=' after a key in a key/value pair (at line 1, column 7)"
    )
    refused(load, "title : x", message)
    path = tmp_path / "latin.toml"
    path.write_bytes(b"title = '\xe9'")
    message = f"{path} must be TOML in UTF-8, got other bytes at position 9"
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        load_config(path)


def test_name_of_the_file(load):
    assert load('name = "stance"\n' + BASE).name == "stance"
    assert load('name = "other"\n' + BASE, name="other/config.toml").name == "other"
    refused(load, 'name = "x"\n' + BASE, "stance.toml: key name must be left out or the file's stem, 'stance', got 'x'")
    message = "my run.toml: key name must be the file's stem, of letters, digits, '_', '-' and '.', got 'my run'"
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        load(BASE, name="my run.toml")


# --- single keys


def test_missing_keys(load):
    refused(load, "", "stance.toml: key title must be a line of text, got nothing")
    refused(load, "title = 'T'", "stance.toml: key data must be a table, got nothing")
    labels = "one of 'binary', 'stance', 'quad', 'root', 'topics', 'labels', 'classes'"
    refused(
        load, "title = 'T'\n[data]\ntrain = ['seeds']", f"stance.toml: key data.label must be {labels}, got nothing"
    )
    expected = f"a list of one or more different sets, each one of {SETS_LISTED}, or {TABLE_SHOWN}"
    refused(load, "title = 'T'\n[data]\nlabel = 'quad'", f"stance.toml: key data.train must be {expected}, got nothing")


def test_unknown_keys(load):
    refused(
        load, BASE + "[modle]\nC = 1", f"stance.toml: key 'modle' is not there; did you mean 'model'? There are: {TOP}"
    )
    known = "split.folds, split.inner_folds, split.seed"
    message = f"stance.toml: key 'split.fold' is not there; did you mean 'split.folds'? There are: {known}"
    refused(load, BASE + "[split]\nfold = 3", message)
    known = ", ".join(key for key in all_keys("grid.") if key.split(".")[1] in ("features", "model"))
    message = f"stance.toml: key 'grid.model.c' is not there; did you mean 'grid.model.C'? There are: {known}"
    refused(load, BASE + "[grid]\n'model.c' = [1]", message)


WRONG = [
    ("title", "a line of text", ["''", "' '", "3"]),
    ("split.folds", "a whole number from 2 on", ["1", "2.0", "true", "'3'"]),
    ("split.inner_folds", "a whole number from 2 on", ["0"]),
    ("split.seed", "a whole number from 0 to 4294967295", ["-1", "4294967296"]),
    ("features.kind", "one of 'ngrams', 'news', 'place', 'news+place'", ["'words'", "1"]),
    ("features.word", RANGE, ["[2, 1]", "[0, 1]", "[1]", "[1.0, 2]", "true", "0", "3", "[true, 2]"]),
    ("features.char", RANGE, ["[1, 2, 3]", "'no'"]),
    ("features.min_df", FREQUENCY, ["0", "-1", "1.5", "0.0", "true", "nan"]),
    ("features.max_df", FREQUENCY, ["0", "'1'"]),
    ("features.max_features", "a whole number from 1 on, or 0 for all", ["-1", "1.5", "false"]),
    ("features.sublinear_tf", "true or false", ["1", "'true'"]),
    *((f"features.{scale}", "a number above 0", ["0", "-1", "true"]) for scale in SCALES),
    ("model.C", "a number above 0", ["0", "-1", "inf", "nan", "true", "'1'", "[1]"]),
    ("model.class_weight", "one of 'balanced', 'none'", ["'even'"]),
    ("model.loss", "one of 'logistic', 'squared_hinge'", ["'hinge'"]),
    ("metrics.resamples", "a whole number from 100 on", ["99"]),
    ("metrics.others", "a list of metrics", ["'micro_f1'"]),
    ("report.learning_curve", "true or false", ["0"]),
    ("data.marks", "one of 'none', 'place'", ["'both'"]),
    ("data.swap_names", "true or false", ["1", "'yes'"]),
    ("data.on_leak", "one of 'refuse', 'drop', 'report'", ["'ignore'"]),
    ("data.only", "a list of two or more different labels, or left out", ["'dispute'", "[1]", "['']"]),
    ("data.test", f"one of {SETS_LISTED}, or {TABLE_SHOWN}; or left out for cross-validation", ["'plv'", "1", "{}"]),
    ("data.extra", f"a list of different sets, each one of {SETS_LISTED}, or {TABLE_SHOWN}", ["['plv']", "'seeds'"]),
    ("grid", 'a table of lists, such as "model.C" = [1.0, 3.0]', ["3", "[1]"]),
]


def shown(toml):
    import tomllib

    from nato_nlp._validate import shorten

    return shorten(tomllib.loads(f"x = {toml}")["x"])


@pytest.mark.parametrize(
    ("key", "expected", "value"), [(key, expected, value) for key, expected, values in WRONG for value in values]
)
def test_values_that_are_refused(load, key, expected, value):
    table, dot, name = key.partition(".")
    lines = {
        "": "" if key == "title" else "title = 'T'",
        "data": "[data]\ntrain = ['plover_zsp:train']\nlabel = 'binary'",
    }
    place = table if dot else ""
    lines[place] = f"{lines.get(place, f'[{table}]')}\n{name if dot else key} = {value}"
    refused(load, "\n".join(lines.values()), f"stance.toml: key {key} must be {expected}, got {shown(value)}")


@pytest.mark.parametrize(
    "value", ["[]", "['plv']", "'seeds'", "[{path = 'x.csv'}]", "[{path = 'x.csv', label = 'y', z = 1}]"]
)
def test_sets_that_are_refused(load, value):
    expected = f"a list of one or more different sets, each one of {SETS_LISTED}, or {TABLE_SHOWN}"
    text = f"title = 'T'\n[data]\nlabel = 'quad'\ntrain = {value}"
    refused(load, text, f"stance.toml: key data.train must be {expected}, got {shown(value)}")


@pytest.mark.parametrize("table", PARTS)
def test_tables_that_are_none(load, table):
    text = f"title = 'T'\n{table} = 3\n"
    text += "" if table == "data" else "[data]\ntrain = ['seeds']\nlabel = 'stance'"
    refused(load, text, f"stance.toml: key {table} must be a table, got 3")


# --- combinations


@pytest.mark.parametrize("value", ["[]", "[1, 1.0]", "3"])
def test_grid_values_that_are_no_list(load, value):
    message = f"stance.toml: key grid.model.C must be a list of one or more different values, got {shown(value)}"
    refused(load, BASE + f"[grid]\n'model.C' = {value}", message)


def test_grid_values_that_the_key_refuses(load):
    message = "stance.toml: key grid.model.C must be a list of values, each a number above 0, got [1, 0]"
    refused(load, BASE + "[grid]\n'model.C' = [1, 0]", message)


def test_no_ngrams_at_all(load):
    message = "stance.toml: key features.char must be two whole numbers when features.word is false, got False"
    refused(load, BASE + "[features]\nword = false\nchar = false", message)
    refused(load, BASE + "[features]\nword = false\n[grid]\nfeatures.char = [[1, 2], false]", message)


def test_limits_that_exclude_each_other(load):
    message = "stance.toml: key features.max_df must be at least features.min_df ({}), got {}"
    refused(load, BASE + "[features]\nmin_df = 5\nmax_df = 3", message.format(5, 3))
    refused(load, BASE + "[features]\nmin_df = 0.5\n[grid]\nfeatures.max_df = [0.6, 0.4]", message.format(0.5, 0.4))
    assert load(BASE + "[features]\nmin_df = 5\nmax_df = 0.5").features.max_df == 0.5


@pytest.mark.parametrize("scale", SCALES)
def test_scales_of_another_kind(load, scale):
    having = "place and news+place" if scale == "place_scale" else "news and news+place"
    expected = f"left out where features.kind is 'ngrams': {having} have it"
    message = f"stance.toml: key {{}} must be {expected}, got {{}}"
    refused(load, BASE + f"[features]\n{scale} = 2", message.format(f"features.{scale}", 2.0))
    refused(load, BASE + f"[grid]\nfeatures.{scale} = [2]", message.format(f"grid.features.{scale}", [2.0]))


def test_scales_of_several_other_kinds(load):
    expected = "left out where features.kind is 'ngrams' or 'news': place and news+place have it"
    text = BASE + "[features]\nplace_scale = 2\n[grid]\nfeatures.kind = ['ngrams', 'news']"
    refused(load, text, f"stance.toml: key features.place_scale must be {expected}, got 2.0")


def test_marks_and_kinds(load):
    message = "stance.toml: key data.marks must be 'place' where features.kind is 'place', got 'none'"
    refused(load, BASE + "[features]\nkind = 'place'", message)
    message = "stance.toml: key data.marks must be 'none' where features.kind is 'ngrams', got 'place'"
    refused(load, BASE + "marks = 'place'", message)
    text = BASE + "marks = 'place'\n[features]\nkind = 'place'\n[grid]\nfeatures.kind = ['place', 'news']"
    refused(load, text, message.replace("ngrams", "news"))


def test_marks_and_sets(load):
    expected = "one of 'plover_zsp:train', 'plover_zsp:test', 'ace_wikievents' where data.marks is 'place'"
    place = "\nmarks = 'place'\n[features]\nkind = 'place'"
    cameo = BASE.replace("plover_zsp:train", "cameo")
    refused(load, cameo + place, f"stance.toml: key data.train must be {expected}, got 'cameo'")
    text = BASE + "test = {path = 'x.csv', label = 'y'}" + place
    refused(load, text, f"stance.toml: key data.test must be {expected}, got 'x'")
    assert load(BASE + "extra = ['seeds']" + place).data.extra == ("seeds",)


def test_names_that_can_not_be_swapped(load):
    message = (
        "stance.toml: key data.swap_names must be false without data.test, and where data.marks is 'place', got True"
    )
    refused(load, BASE + "swap_names = true", message)
    text = BASE + "test = 'ace_wikievents'\nswap_names = true\nmarks = 'place'\n[features]\nkind = 'place'"
    refused(load, text, message)


def test_sets_without_the_label(load):
    message = "stance.toml: key data.{} must be {} for the label {!r}, got {!r}"
    refused(
        load,
        data(train=["cameo"], label="topics"),
        message.format("train", "one of 'seeds', or a table", "topics", "cameo"),
    )
    refused(load, data(label="labels"), message.format("train", "tables of one's own", "labels", "seeds"))
    having = "one of 'seeds', 'plover_zsp:train', 'plover_zsp:test', 'cameo', or a table"
    refused(load, data(test="ace_wikievents"), message.format("test", having, "stance", "ace_wikievents"))
    refused(load, data(extra=["ace_wikievents"]), message.format("extra", having, "stance", "ace_wikievents"))


def test_a_set_in_two_roles(load):
    message = "stance.toml: key data.{} must be other than what data.{} has, got {!r}"
    refused(load, data(train=["seeds", "seeds"]), message.format("train", "train", "seeds"))
    refused(load, data(test="seeds"), message.format("test", "train", "seeds"))
    refused(load, data(test="cameo", extra=["cameo"]), message.format("extra", "test", "cameo"))
    tables = [{"path": "a/x.csv", "label": "y"}, {"path": "b/x.csv", "label": "y"}]
    refused(load, data(train=tables), message.format("train", "train", "x"))


def test_tables_of_another_kind(load):
    message = "stance.toml: key data.{} must be a table in one of '.csv', '.tsv', '.jsonl', '.ndjson', '.parquet', "
    table = {"path": "x.txt", "label": "y"}
    refused(load, data(train=[table]), message.format("train") + "got 'x.txt'")
    refused(load, data(test=table), message.format("test") + "got 'x.txt'")
    assert load(data(train=[{"path": "x.CSV", "label": "y"}])).data.train == (Table(path="x.CSV", label="y"),)


def test_labels_that_count(load):
    stances = ["dispute", "neutral"]
    assert load(data(only=stances)).data.only == tuple(stances)
    message = "stance.toml: key data.only must be a list of two or more different labels, or left out, got {}"
    refused(load, data(only=["dispute"]), message.format(["dispute"]))
    refused(load, data(only=["dispute"] * 2), message.format(["dispute"] * 2))
    message = "stance.toml: key data.only must be labels of stance: cooperation, dispute, neutral, got 'war'"
    refused(load, data(only=["dispute", "war"]), message)
    table = {"path": "x.csv", "label": "y"}
    assert load(data(train=[table], label="labels", only=["a", "b"])).data.only == ("a", "b")


def test_metrics_of_the_task(load):
    single, multi = (
        ["macro_f1", "micro_f1", "matthews"],
        ["multilabel_macro_f1", "multilabel_micro_f1", "subset_accuracy", "mean_jaccard"],
    )
    for label, known, other in (("stance", single, multi), ("topics", multi, single)):
        for metric in known:
            assert load(data(label=label) + f"[metrics]\nprimary = '{metric}'").metrics.primary == metric
        listed = ", ".join(map(repr, known))
        for metric in (*other, "hamming_loss"):
            message = (
                f"stance.toml: key metrics.primary must be one of {listed} for the label {label!r}, got {metric!r}"
            )
            refused(load, data(label=label) + f"[metrics]\nprimary = '{metric}'", message)


def test_other_metrics(load):
    text = data(label="topics") + "[metrics]\nothers = ['hamming_loss', 'mean_jaccard']"
    assert load(text).metrics.others == ("hamming_loss", "mean_jaccard")
    for others in (["macro_f1"], ["matthews", "matthews"], ["hamming_loss"]):
        message = (
            "stance.toml: key metrics.others must be a list of different ones of 'micro_f1', 'matthews' for the label "
            f"'stance', got {others}"
        )
        refused(load, data() + f"[metrics]\nothers = {others}", message)


# --- the tables of the schema agree with each other and with the library


def test_every_key_says_what_is_allowed():
    assert all(expected_of(key) not in ("", "None") for key in all_keys(""))


def test_every_set_has_a_loader_and_known_labels():
    assert list(LOADERS) == list(SETS)
    codebook = load_codebook()
    assert known_labels("root")[:3] == codebook.roots["verbal_cooperation"]
    assert known_labels("classes") == known_labels("labels") == ()
    assert set(known_labels("binary")) == set(codebook.stances) - {"neutral"}


def test_defaults_of_scales_are_those_of_the_features():
    features = NewsFeatures()
    assert all(getattr(features, scale) == value for scale, value in Features(kind="news").scales().items())


def test_exports_are_sorted_and_documented():
    from nato_nlp import experiment

    assert dir(experiment) == experiment.__all__ == sorted(experiment.__all__)
    assert all(getattr(experiment, name).__doc__ for name in experiment.__all__)
    with pytest.raises(AttributeError, match=r"^module 'nato_nlp\.experiment' has no attribute 'Setings'$"):
        experiment.Setings  # noqa: B018
