"""Model files under attack: refused with a clear error, or harmless; and no pickle is read anywhere."""

import ast
from pathlib import Path

import numpy as np
import pytest

from benchmarks import attacks
from benchmarks.mutations import KINDS, MARKER, MUTATIONS, Parts, mutate, packed, with_inner, with_tensors
from nato_nlp import InputError, ModelFileError
from nato_nlp._paths import default_model
from nato_nlp.features.ngram_tfidf import NgramTfidf
from nato_nlp.models.model_checks import DEEPEST, LARGEST
from nato_nlp.models.model_file import read_model

COUNT = 500
PACKAGE = Path(__file__).resolve().parent.parent / "nato_nlp"
READERS = {f"{module}.{name}" for module in ("pickle", "joblib", "marshal") for name in ("load", "loads", "Unpickler")}
READERS |= {"dill", "cloudpickle", "shelve", "allow_pickle"}


@pytest.fixture(scope="module")
def bases(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    paths = [*attacks.small_models(folder), default_model()]
    return [Parts(path.read_bytes()) for path in paths]


@pytest.fixture(scope="module")
def judged(bases, tmp_path_factory):
    """Five hundred damaged files: the kind of each and what came of it; and where a pickle that was read left its mark."""
    folder = tmp_path_factory.mktemp("attacks")
    path, mark = folder / "damaged.safetensors", folder / "unpickled"
    found = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(MARKER, str(mark))
        for base, number in attacks.tasks(COUNT, len(bases)):
            kind, data = mutate(bases[base], number)
            path.write_bytes(data)
            found.append((kind, number, *attacks.judge(path)))
    return found, mark


def test_no_damaged_file_does_harm(judged):
    failed = [row for row in judged[0] if row[2] == "failed"]
    assert not failed, failed[:5]


def test_damage_is_of_every_kind_and_most_of_it_is_refused(judged):
    assert {row[0] for row in judged[0]} == set(MUTATIONS)
    refused = [row[3] for row in judged[0] if row[2] == "refused"]
    assert len(refused) > 0.8 * COUNT
    assert all("must be" in message or "must hold" in message for message in refused), refused


def test_a_pickle_within_a_file_is_never_read(judged):
    assert not judged[1].exists()


def test_the_sound_files_are_harmless(bases, tmp_path):
    for parts in bases:
        path = tmp_path / "sound.safetensors"
        path.write_bytes(with_tensors(parts, {}))
        assert attacks.judge(path) == ("harmless", "")


def test_the_same_number_damages_alike(bases):
    assert [mutate(bases[0], k) for k in range(40)] == [mutate(bases[0], k) for k in range(40)]


def test_what_does_harm_is_noticed(monkeypatch, tmp_path):
    def explode(path):
        raise OverflowError("too large")

    monkeypatch.setattr(attacks, "load_tagger", explode)
    outcome, why = attacks.judge(tmp_path)
    assert outcome == "failed"
    assert why.startswith("OverflowError: too large")


def test_a_child_that_dies_or_hangs_is_noticed_and_replaced(bases, monkeypatch, tmp_path):
    child = attacks.Child([default_model()], tmp_path, 0, attacks.MEMORY)
    try:
        assert child.judge(0, 0)[0] in ("refused", "harmless")
        child._process.kill()
        assert child.judge(0, 0) == ("failed", "crash: exit code -9")
        monkeypatch.setattr(attacks, "TIMEOUT", 0.0)
        assert child.judge(0, 0) == ("failed", "hang: no answer within 0 s")
        monkeypatch.undo()
        assert child.judge(0, 0)[0] in ("refused", "harmless")
    finally:
        child.stop()


def names_used(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = getattr(node, "module", "") or ""
            yield from (f"{module}.{alias.name}".lstrip(".") for alias in node.names)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield f"{node.value.id}.{node.attr}"
        elif isinstance(node, ast.keyword):
            yield node.arg


def test_no_pickle_is_read_from_a_file():
    """Only processes that the library starts itself get pickles, through their own pipes."""
    for path in PACKAGE.rglob("*.py"):
        used = READERS & set(names_used(ast.parse(path.read_text(encoding="utf-8"))))
        assert used == ({"pickle.loads"} if path == PACKAGE / "scale" / "workers.py" else set()), path


def refused(tmp_path, data):
    path = tmp_path / "changed.safetensors"
    path.write_bytes(data)
    with pytest.raises(ModelFileError) as caught:
        read_model(path)
    return str(caught.value)


def features(inner):
    return inner["features"].get("ngrams", inner["features"])


WRONG_SETTINGS = [
    ("lowercase", 1, "lowercase must be true or false, got 1"),
    ("sublinear_tf", "yes", "sublinear_tf must be true or false, got 'yes'"),
    ("n_jobs", 10**6, "n_jobs must be null, got 1000000"),
    ("vocabulary", ["a"], "vocabulary must be null, got ['a']"),
    ("dtype", "float16", "dtype must be one of 'float32', 'float64', got 'float16'"),
    ("word", [1, 10**9], "word must be two whole numbers from 1 to 1000, got [1, 1000000000]"),
    ("char", [True, 2], "char must be two whole numbers from 1 to 1000, got [True, 2]"),
    ("char", "ab", "char must be two whole numbers from 1 to 1000, got 'ab'"),
]


@pytest.mark.parametrize(("name", "value", "message"), WRONG_SETTINGS)
def test_settings_that_would_fail_later(bases, tmp_path, name, value, message):
    for parts in bases[:2]:
        inner = parts.inner
        features(inner)[name] = value
        assert message in refused(tmp_path, with_inner(parts, inner)).replace('\\"', '"').replace("\\'", "'")


def deep(levels):
    value = 0
    for _ in range(levels):
        value = [value]
    return value


WRONG_HEADERS = [
    (("temperature",), 10**400, "temperature must be a number from 1e-09 to 1e+09, got 1"),
    (("temperature",), True, "temperature must be a number from 1e-09 to 1e+09, got True"),
    (("assumed_priors",), [10**400] * 5, "OverflowError"),
    (("priors",), [1e308] * 5, "priors must be 5 numbers from 0 to 1, 0 for quads without a head"),
    (("assumed_priors",), [1, 0, 0, 0, 0], "assumed_priors must be above 0 for each quad with a head"),
    (("labels", "topics"), ["\ud800", "law"], "topics must be a list of strings"),
    (("labels", "topics"), ["law", "law"], "topics must be different strings"),
    (("labels", "boilerplate"), None, "labels must be quads or topics, and boilerplate true or false"),
    (("labels", "quads"), ["neutral", "verbal_dispute"], "labels must be quads of the codebook in its order"),
    (("features", "ngrams"), [], "features.ngrams must be an object, got []"),
    (("features", "phrases"), None, "features must be settings one of 'ngram_scale', 'cue_scale'"),
    (("features", "cue_scale"), 1e300, "cue_scale must be a number from 1e-09 to 1e+09, got 1e+300"),
    (("remark",), deep(DEEPEST + 1), f"the header must be nested at most {DEEPEST} levels deep"),
]


@pytest.mark.parametrize(("place", "value", "message"), WRONG_HEADERS)
def test_headers_that_would_fail_later(bases, tmp_path, place, value, message):
    inner = bases[1].inner
    inside = inner
    for key in place[:-1]:
        inside = inside[key]
    inside[place[-1]] = value
    assert message in refused(tmp_path, with_inner(bases[1], inner)).replace("\\'", "'")


def test_a_header_that_nests_as_deep_as_allowed(bases, tmp_path):
    path = tmp_path / "deep.safetensors"
    path.write_bytes(with_inner(bases[0], bases[0].inner | {"remark": deep(DEEPEST - 1)}))
    assert read_model(path).facts["remark"] == deep(DEEPEST - 1)


@pytest.mark.parametrize("name", ["heads.weights", "heads.slopes", "features.word.idf"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 2 * LARGEST])
def test_numbers_that_run_over(bases, tmp_path, name, value):
    array = bases[0].tensors[name].copy()
    array.flat[0] = value
    message = refused(tmp_path, with_tensors(bases[0], {name: array}))
    assert f"{name.removeprefix('features.')} must hold finite numbers from -1e+09 to 1e+09" in message


def test_a_trie_whose_paths_are_circles(bases, tmp_path):
    for table in ("lexicon", "names", "terms"):
        name = f"features.{table}.edge_values"
        values = bases[1].tensors[name].copy()
        values[0] = values[1]
        message = refused(tmp_path, with_tensors(bases[1], {name: values}))
        assert f"{table}.edge_values must be the numbers from 1 to {len(values)}, each once" in message


@pytest.mark.parametrize(("block", "text"), [("char", b"a" * 2000), ("word", b"a " * 1000 + b"a")])
def test_terms_that_are_longer_than_any_that_is_met(bases, tmp_path, block, text):
    raw, offsets = (bases[0].tensors[f"features.{block}.{name}"].copy() for name in ("terms", "offsets"))
    longer = np.concatenate([raw, np.frombuffer(text, np.uint8)])
    offsets[-1] = len(longer)
    changed = {f"features.{block}.terms": longer, f"features.{block}.offsets": offsets}
    assert f"{block}.terms must have at most 1000 parts each, got one of " in refused(
        tmp_path, with_tensors(bases[0], changed)
    )


@pytest.mark.parametrize(
    ("name", "change", "expected"),
    [
        ("word.terms", lambda a: a.astype(np.uint16), "type uint8, got 'uint16 of shape "),
        ("word.offsets", lambda a: a.astype(np.float64), "type integer, got 'float64 of shape "),
        ("char.offsets", lambda a: a[:, None], "type integer, got 'uint32 of shape "),
        ("char.idf", lambda a: a.astype(np.int64), "type floating, got 'int64 of shape "),
    ],
)
def test_arrays_of_terms_of_another_type(name, change, expected):
    arrays = NgramTfidf().fit(["talks resumed", "talks stalled"]).to_arrays()
    with pytest.raises(InputError) as caught:
        NgramTfidf().from_arrays(arrays | {name: change(arrays[name])})
    assert str(caught.value).startswith(f"{name} must be an array of one dimension and of {expected}")


def test_terms_as_long_as_the_longest_ngrams_come_back():
    text = "b" * 1200
    fitted = NgramTfidf(word=None, char=(1100, 1100)).fit([text])
    again = NgramTfidf(word=None, char=(1100, 1100)).from_arrays(fitted.to_arrays())
    assert again.get_feature_names_out().tolist() == fitted.get_feature_names_out().tolist()


def test_a_packed_file_is_what_safetensors_writes(bases):
    for parts in bases:
        assert Parts(packed(parts.outer, parts.body)).outer == parts.outer
        assert set(KINDS) >= {parts.outer[name]["dtype"] for name in parts.names}


def test_the_command_counts_and_tells(monkeypatch, tmp_path, capsys):
    out = tmp_path / "attacks.json"
    assert attacks.main(["--count", "36", "--processes", "1", "--out", str(out)]) == 0
    assert out.read_text(encoding="utf-8") == capsys.readouterr().out
    assert '"failed": 0' in out.read_text(encoding="utf-8")
    monkeypatch.setattr(attacks, "run", lambda *_: {"failed": 1, "a_pickle_was_read": False})
    assert attacks.main(["--count", "1"]) == 1
