"""Configs of experiments: read from TOML, checked as a whole before anything runs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, Field, ValidationError, field_validator, model_validator

from nato_nlp._validate import must_be, unknown_name
from nato_nlp.errors import InputError
from nato_nlp.experiment._toml import OVERRIDE, read_override, read_toml, to_toml
from nato_nlp.experiment.schema import (
    MULTILABEL,
    NAME,
    PARTS,
    SCALES,
    SCALES_OF,
    Data,
    Features,
    Folds,
    KeyRefusedError,
    Metrics,
    Model,
    Report,
    Text,
    UnknownKeyError,
    expected_of,
)

GRID = "a list of one or more different values"
GRIDDED = ("features", "model")
GRID_TABLE = 'a table of lists, such as "model.C" = [1.0, 3.0]'
STEM = "the file's stem, of letters, digits, '_', '-' and '.'"
RECORD = "config.toml"  # what a results folder calls its config


@dataclass(frozen=True)
class Setting:
    """One combination of the grid.

    Attributes
    ----------
    features : Features
    model : Model
    values : mapping of str to value
        What the grid sets: ``{"model.C": 3.0}``; empty without a grid.

    Examples
    --------
    >>> from nato_nlp.experiment import load_config
    >>> [setting.name for setting in load_config("experiments/seeds_stance.toml").settings()]
    ['model.C=0.3', 'model.C=1.0', 'model.C=3.0']
    """

    features: Features
    model: Model
    values: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The values as one line, such as ``features.min_df=2, model.C=3.0``."""
        return ", ".join(f"{key}={value!r}" for key, value in self.values.items()) or "as configured"


class Experiment(BaseModel, frozen=True, extra="forbid"):
    """What an experiment does: `load_config` reads it from a file.

    Attributes
    ----------
    title : str
        What reports call it.
    name : str
        The file's stem, and the folder of its results.
    data, split, features, model, metrics, report
        The tables of the file, see `nato_nlp.experiment.schema`.
    grid : mapping of str to tuple
        Keys of features and model with the values to try: features first, ``model.C`` last, so that it varies fastest.
    overrides : mapping of str to value
        What the command line has set.

    Examples
    --------
    >>> from nato_nlp.experiment import load_config
    >>> experiment = load_config("experiments/seeds_stance.toml")
    >>> experiment.name, len(list(experiment.settings())) > 0
    ('seeds_stance', True)
    """

    title: Text = Field(description="a line of text")
    name: str = Field(default="experiment", pattern=f"^{NAME}$", description=STEM)
    data: Data
    split: Folds = Folds()
    features: Features = Features()
    model: Model = Model()
    grid: dict[str, tuple[Any, ...]] = Field(default={}, description=GRID_TABLE)
    metrics: Metrics = Metrics()
    report: Report = Report()
    overrides: dict[str, Any] = Field(default={}, description="the record of the values that were overridden")

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, raw: Any) -> Any:
        """Choose the primary metric by the task and write the grid's keys with dots."""
        filled = dict(raw)
        data, metrics, grid = raw.get("data"), raw.get("metrics", {}), raw.get("grid")
        label = data.get("label") if isinstance(data, Mapping) else getattr(data, "label", None)
        if isinstance(metrics, Mapping):
            default = "multilabel_macro_f1" if label in MULTILABEL else "macro_f1"
            filled["metrics"] = {"primary": default} | dict(metrics)
        if isinstance(grid, Mapping):
            flat = _flat(grid)
            order = {key: place for place, key in enumerate(_grid_keys())}
            filled["grid"] = {key: flat[key] for key in sorted(flat, key=lambda key: order.get(key, -1))}
        return filled

    @field_validator("grid")
    @classmethod
    def _convert(cls, grid: dict[str, tuple[Any, ...]]) -> dict[str, tuple[Any, ...]]:
        return {key: _grid_values(key, values) for key, values in grid.items()}

    @model_validator(mode="after")
    def _fits(self) -> Self:
        _check_scales(self)
        _check_marks(self)
        self.metrics.check(self.data)
        self.settings()  # combinations that can't be are refused now
        for key, value in self.overrides.items():
            _check_record(self, key, value)
        return self

    def settings(self) -> list[Setting]:
        """Return the grid's combinations, each once; the last key varies fastest."""
        found: dict[str, Setting] = {}
        for values in product(*self.grid.values()):
            setting = _setting(self, dict(zip(self.grid, values, strict=True)))
            # by repr: a min_df of 1 is a row, one of 1.0 is all rows
            found.setdefault(repr((setting.features, setting.model)), setting)
        return list(found.values())

    def to_toml(self) -> str:
        """Write the config as `load_config` reads it, every default spelled out."""
        plain = self.model_dump(exclude_none=True)
        plain["features"] = _without_unused(plain["features"], _kinds(self))
        for key in ("grid", "overrides"):
            if not plain[key]:
                del plain[key]
        return to_toml(plain)


def load_config(path: str | Path, overrides: Iterable[str] = ()) -> Experiment:
    r"""Read and check the config of an experiment.

    Parameters
    ----------
    path : path
        A TOML file; its stem is the experiment's name. A ``config.toml`` of a results folder holds the name itself.
    overrides : iterable of str
        ``KEY=VALUE`` with TOML values, in order. A key of features or model is taken out of the grid by its override.

    Raises
    ------
    MissingFileError
        The file is not there or can't be read.
    InputError
        No TOML, an unknown key, a value of another type or out of range, a combination that can't be: file, key and
        what is allowed are named.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "stance.toml")
    ...     _ = path.write_text('title = "Stance"\n[data]\ntrain = ["seeds"]\nlabel = "stance"')
    ...     config = load_config(path, ["grid.model.C=[1, 3]"])
    >>> config.name, [setting.name for setting in config.settings()]
    ('stance', ['model.C=1.0', 'model.C=3.0'])
    """
    path = Path(path)
    raw = read_toml(path)
    texts = {key: text for text in overrides for key in [_override(raw, text)]}
    stem = path.stem
    if raw.setdefault("name", stem) != stem and path.name != RECORD:
        raise must_be(f"{path}: key name", f"left out or the file's stem, {stem!r}", raw["name"])
    try:
        return Experiment.model_validate(raw)
    except ValidationError as error:
        raise _input_error(error, raw, path, texts) from error


def _override(raw: dict[str, Any], text: str) -> str:
    """Set what an override says, record it, and return its key."""
    key, value = read_override(text)
    table, dot, name = key.partition(".")
    if not dot and key != "title":
        raise must_be("override", f"of title or of a key with its table, such as model.C ({OVERRIDE})", text)
    grid, recorded = raw.get("grid", {}), raw.setdefault("overrides", {})
    if isinstance(grid, dict):
        raw["grid"] = grid = _flat(grid)
        grid.pop(key, None)
    target = raw.setdefault(table, {}) if dot else raw
    # what is no table, or no table that can be overridden, is refused with the rest of the file
    if isinstance(target, dict) and isinstance(recorded, dict):
        target[name or key] = value
        recorded.pop(f"grid.{key}", None)
        recorded[key] = value
    return key


def _input_error(error: ValidationError, raw: Mapping[str, Any], path: Path, texts: Mapping[str, str]) -> InputError:
    """Turn the first thing that pydantic found into a message with file, key and what is allowed."""
    first = error.errors(include_url=False)[0]
    problem = first.get("ctx", {}).get("error")
    place = [str(item) for item in first["loc"][:2]]
    if isinstance(problem, UnknownKeyError) or first["type"] == "extra_forbidden":
        return _unknown(path, problem, place)
    if isinstance(problem, KeyRefusedError):
        key, expected, value = problem.key, problem.expected, problem.value
    else:
        key, expected, value = ".".join(place), _expected(place), _value_of(raw, place)
    if first["type"] == "missing" and len(first["loc"]) == len(place):  # else it is an item of a list
        return InputError(f"{path}: key {key} must be {expected}, got nothing")
    return must_be(
        f"{path}: key {key}", expected, value, where=f" by the override {texts[key]!r}" if key in texts else ""
    )


def _unknown(path: Path, problem: Any, place: list[str]) -> InputError:
    if isinstance(problem, UnknownKeyError):
        key, known = problem.key, problem.known
    else:
        key = ".".join(place)
        fields = PARTS[place[0]].model_fields if len(place) > 1 else Experiment.model_fields
        known = tuple(".".join([*place[:-1], name]) for name in fields)
    return InputError(f"{path}: {unknown_name('key', key, known)}")


def _expected(place: list[str]) -> str:
    if place[0] == "grid" and len(place) > 1:
        return GRID
    if place[0] in PARTS:
        return expected_of(".".join(place)) if len(place) > 1 else "a table"
    return str(Experiment.model_fields[place[0]].description)


def _value_of(raw: Any, place: list[str]) -> Any:
    for key in place:
        raw = raw.get(key) if isinstance(raw, Mapping) else raw
    return raw


def _flat(grid: Mapping[str, Any]) -> dict[str, Any]:
    """Write the keys of nested tables with dots: without quotes, ``model.C = [...]`` is a table in a table."""
    flat: dict[str, Any] = {}
    for key, value in grid.items():
        flat |= {f"{key}.{name}": item for name, item in value.items()} if isinstance(value, Mapping) else {key: value}
    return flat


def _grid_keys() -> list[str]:
    return [f"{table}.{name}" for table in GRIDDED for name in PARTS[table].model_fields]


def _grid_values(key: str, values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the values of a key as its field stores them."""
    if key not in _grid_keys():
        raise UnknownKeyError(f"grid.{key}", [f"grid.{name}" for name in _grid_keys()])
    if not values:
        raise KeyRefusedError(f"grid.{key}", GRID, list(values))
    table, name = key.split(".")
    stored = []
    for value in values:
        try:
            stored.append(getattr(PARTS[table].model_validate({name: value}), name))
        except ValidationError:
            raise KeyRefusedError(f"grid.{key}", f"a list of values, each {expected_of(key)}", list(values)) from None
    if len(set(map(repr, stored))) < len(stored):
        raise KeyRefusedError(f"grid.{key}", GRID, list(values))
    return tuple(stored)


def _kinds(config: Experiment) -> tuple[str, ...]:
    return config.grid.get("features.kind", (config.features.kind,))


def _without_unused(features: Mapping[str, Any], kinds: Iterable[str]) -> dict[str, Any]:
    """Leave out the scales that no kind has."""
    used = {scale for kind in kinds for scale in SCALES_OF[kind]}
    return {key: value for key, value in features.items() if key not in SCALES or key in used}


def _setting(config: Experiment, values: Mapping[str, Any]) -> Setting:
    """Build one combination; a scale that its kind does not have is as good as not there."""
    kind = values.get("features.kind", config.features.kind)
    features = {name: value for key, value in values.items() for table, name in [key.split(".")] if table == "features"}
    model = {name: value for key, value in values.items() for table, name in [key.split(".")] if table == "model"}
    features = _without_unused(config.features.model_dump() | features, (kind,))
    kept = {key: value for key, value in values.items() if key.startswith("model.") or key.split(".")[1] in features}
    return Setting(Features.model_validate(features), Model.model_validate(config.model.model_dump() | model), kept)


def _check_scales(config: Experiment) -> None:
    kinds = _kinds(config)
    given = {f"features.{name}": getattr(config.features, name) for name in config.features.model_fields_set}
    for key, value in (given | {f"grid.{key}": list(values) for key, values in config.grid.items()}).items():
        scale = key.rpartition(".")[2]
        having = [kind for kind, scales in SCALES_OF.items() if scale in scales]
        if scale in SCALES and not set(kinds) & set(having):
            expected = (
                f"left out where features.kind is {' or '.join(map(repr, kinds))}: {' and '.join(having)} have it"
            )
            raise KeyRefusedError(key, expected, value)


def _check_marks(config: Experiment) -> None:
    for kind in _kinds(config):
        marks = "place" if "place" in kind else "none"
        if config.data.marks != marks:
            raise KeyRefusedError("data.marks", f"{marks!r} where features.kind is {kind!r}", config.data.marks)


def _check_record(config: Experiment, key: str, value: Any) -> None:
    """Refuse a record of overrides that says another thing than the config."""
    parts = config.model_dump(exclude={"overrides"})
    known = {"title": config.title} | _flat({name: part for name, part in parts.items() if isinstance(part, Mapping)})
    if key not in known:
        raise UnknownKeyError(f"overrides.{key}", [f"overrides.{name}" for name in known])
    if not _agrees(value, known[key]):
        raise KeyRefusedError(f"overrides.{key}", f"what the key is, {_listed(known[key])!r}", value)


def _agrees(given: Any, stored: Any) -> bool:
    """Tell whether a value of TOML was stored as another one, whose defaults are spelled out."""
    if isinstance(given, Mapping) and isinstance(stored, Mapping):
        return all(key in stored and _agrees(value, stored[key]) for key, value in given.items())
    if isinstance(given, list | tuple) and isinstance(stored, list | tuple):
        return len(given) == len(stored) and all(map(_agrees, given, stored))
    return bool(given == stored)


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
