"""The tables of a config: each key with its type, its default, and what is allowed, as messages put it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import AfterValidator, BaseModel, Field, StrictBool, StrictInt, StringConstraints, model_validator

from nato_nlp._validate import one_of
from nato_nlp.codebook import load_codebook
from nato_nlp.datasets.table import SUFFIXES
from nato_nlp.evaluation.intervals import LEAST_RESAMPLES

Label = Literal["binary", "stance", "quad", "root", "topics", "labels", "classes"]
Marks = Literal["none", "place"]
OnLeak = Literal["refuse", "drop", "report"]
Kind = Literal["ngrams", "news", "place", "news+place"]
Weights = Literal["balanced", "none"]
Loss = Literal["logistic", "squared_hinge"]

NAME = r"[A-Za-z0-9][A-Za-z0-9_.-]*"
MULTILABEL = ("topics", "classes")
SINGLE_METRICS = ("macro_f1", "micro_f1", "matthews")
MULTI_METRICS = ("multilabel_macro_f1", "multilabel_micro_f1", "subset_accuracy", "mean_jaccard")
LOSSES = ("hamming_loss",)  # less is better: reported, never what a search chooses by

# what each set has; a table has the column that its entry names
SETS: Mapping[str, tuple[str, ...]] = {
    "seeds": ("binary", "stance", "quad", "root", "topics"),
    "plover_zsp:train": ("binary", "stance", "quad", "root"),
    "plover_zsp:test": ("binary", "stance", "quad", "root"),
    "cameo": ("binary", "stance", "quad"),
    "ace_wikievents": ("binary",),
    "insightcrime:train": ("classes",),
    "insightcrime:dev": ("classes",),
    "insightcrime:test": ("classes",),
}
MARKED = ("plover_zsp:train", "plover_zsp:test", "ace_wikievents")
NEWS_SCALES = ("ngram_scale", "cue_scale", "actor_scale", "topic_scale")
SCALES_OF: Mapping[str, tuple[str, ...]] = {
    "ngrams": (),
    "news": NEWS_SCALES,
    "place": ("place_scale",),
    "news+place": (*NEWS_SCALES, "place_scale"),
}
SCALES = (*NEWS_SCALES, "place_scale")

TABLE = (
    'a table of one\'s own like {path = "x.csv", text = "COLUMN", label = "COLUMN", group = "COLUMN", id = "COLUMN"}'
)
SET = f"{one_of(SETS)}, or {TABLE}"
SET_LIST = f"a list of one or more different sets, each {SET}"
RANGE = "two whole numbers [shortest, longest] with 1 <= shortest <= longest, or false for none"
FREQUENCY = "a whole number of rows from 1 on, or a share of them above 0 and up to 1.0"
POSITIVE = "a number above 0"
COUNT = "a whole number from 2 on"
YES_NO = "true or false"


class KeyRefusedError(ValueError):
    """A value that its own type allows and another key forbids.

    Attributes
    ----------
    key, expected : str
        The key with its table, and what it must be.
    value : object
        What it is.
    """

    def __init__(self, key: str, expected: str, value: object) -> None:
        super().__init__(f"key {key} must be {expected}, got {value!r}")
        self.key, self.expected, self.value = key, expected, value


class UnknownKeyError(ValueError):
    """A key that is not there.

    Attributes
    ----------
    key : str
        The key with its table.
    known : tuple of str
        Those that are there.
    """

    def __init__(self, key: str, known: Sequence[str]) -> None:
        super().__init__(f"key {key} is not there")
        self.key, self.known = key, tuple(known)


def _known_set(value: str) -> str:
    if value not in SETS:
        raise ValueError(value)  # the message is that of the key
    return value


def _no(value: bool) -> bool:
    if value:
        raise ValueError(value)
    return value


def _ordered(value: tuple[int, int]) -> tuple[int, int]:
    if value[0] > value[1]:
        raise ValueError(value)
    return value


Text = Annotated[str, StringConstraints(pattern=r"\S")]
Size = Annotated[StrictInt, Field(ge=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False, strict=True)]
Share = Annotated[float, Field(gt=0, le=1, strict=True)]
Range = Annotated[tuple[Size, Size], AfterValidator(_ordered)]
No = Annotated[StrictBool, AfterValidator(_no)]  # Literal[False] would take a 0


class Section(BaseModel, frozen=True, extra="forbid"):
    """Base of the tables: frozen, without unknown keys."""


class Table(Section, frozen=True):
    """One's own texts: a file ``.csv``, ``.tsv``, ``.jsonl``, ``.ndjson`` or ``.parquet``, one text a row.

    Attributes
    ----------
    path : str
        The file, as seen from the working directory.
    text, label : str
        Their columns. A cell of several labels is a list, or a string with ``;`` between them.
    group, id : str, optional
        Columns of the document and of the text's name.
    """

    path: Text
    text: Text = "text"
    label: Text
    group: Text | None = None
    id: Text | None = None


Source = Annotated[str, AfterValidator(_known_set)] | Table


class Data(Section, frozen=True):
    """What is learned from and scored.

    Attributes
    ----------
    train : tuple of str or Table
        Sets to learn from.
    test : str, Table or None
        The set that is scored; None is cross-validation on ``train``.
    extra : tuple of str or Table
        Sets that are added to every training part and never scored. Rows whose label is not one of the task's are left
        out.
    label : str
        What is told; ``labels`` are those of one's own tables.
    only : tuple of str
        Labels that count, rows of others are left out; all of them when empty. For topics and classes other labels are
        dropped, not their rows.
    marks : {'none', 'place'}
        Whether features may know where source and target stand.
    swap_names : bool
        Whether each actor's name in ``test`` gives way to another of its kind, see `swap_actors`: a label should say what
        is done, not who is named.
    on_leak : {'refuse', 'drop', 'report'}
        What happens when a text to train on stands in what is scored, see `guard`.
    """

    train: tuple[Source, ...] = Field(min_length=1, description=SET_LIST)
    test: Source | None = Field(default=None, description=f"{SET}; or left out for cross-validation")
    extra: tuple[Source, ...] = Field(default=(), description=f"a list of different sets, each {SET}")
    label: Label = Field(description=one_of(get_args(Label)))
    only: tuple[Text, ...] = Field(default=(), description="a list of two or more different labels, or left out")
    marks: Marks = Field(default="none", description=one_of(get_args(Marks)))
    swap_names: StrictBool = Field(default=False, description=YES_NO)
    on_leak: OnLeak = Field(default="refuse", description=one_of(get_args(OnLeak)))

    @property
    def multilabel(self) -> bool:
        """Whether a row has any number of labels."""
        return self.label in MULTILABEL

    @property
    def sources(self) -> tuple[tuple[str, str | Table], ...]:
        """Every set with its key: train, test, extra."""
        test = () if self.test is None else (("test", self.test),)
        return (*(("train", item) for item in self.train), *test, *(("extra", item) for item in self.extra))

    @model_validator(mode="after")
    def _fits(self) -> Self:
        seen: dict[str, str] = {}
        for key, source in self.sources:
            name = name_of(source)
            if name in seen:
                raise KeyRefusedError(f"data.{key}", f"other than what data.{seen[name]} has", name)
            seen[name] = key
            if isinstance(source, Table) and Path(source.path).suffix.lower() not in SUFFIXES:
                raise KeyRefusedError(f"data.{key}", f"a table in {one_of(SUFFIXES)}", source.path)
            if isinstance(source, str) and self.label not in SETS[source]:
                having = [name for name, labels in SETS.items() if self.label in labels]
                sets = f"{one_of(having)}, or a table" if having else "tables of one's own"
                raise KeyRefusedError(f"data.{key}", f"{sets} for the label {self.label!r}", source)
            # rows that are merely added may lack marks, as some rows of marked sets do
            if self.marks == "place" and key != "extra" and source not in MARKED:
                raise KeyRefusedError(f"data.{key}", f"{one_of(MARKED)} where data.marks is 'place'", name)
        if self.swap_names and (self.test is None or self.marks == "place"):
            raise KeyRefusedError("data.swap_names", "false without data.test, and where data.marks is 'place'", True)
        self._check_only()
        return self

    def _check_only(self) -> None:
        if self.only and len(set(self.only)) < max(2, len(self.only)):
            raise KeyRefusedError("data.only", expected_of("data.only"), list(self.only))
        known = known_labels(self.label)
        for name in self.only:
            if known and name not in known:
                raise KeyRefusedError("data.only", f"labels of {self.label}: {', '.join(known)}", name)


class Folds(Section, frozen=True):
    """How rows are split.

    Attributes
    ----------
    folds : int
        Outer folds of a cross-validation, or those of the search before a fixed test.
    inner_folds : int
        Folds of the search inside each outer fold.
    seed : int
        Of the splits and the resamples.
    """

    folds: StrictInt = Field(default=5, ge=2, description=COUNT)
    inner_folds: StrictInt = Field(default=3, ge=2, description=COUNT)
    seed: StrictInt = Field(default=0, ge=0, le=2**32 - 1, description="a whole number from 0 to 4294967295")


class Features(Section, frozen=True):
    """What rows are described by.

    Attributes
    ----------
    kind : {'ngrams', 'news', 'place', 'news+place'}
        ``NgramTfidf``, ``NewsFeatures``, ``PlaceNgrams``, or the last two side by side.
    word, char : tuple of int, or False
        Shortest and longest n-gram of words, and of characters inside words.
    min_df, max_df : int or float
        Least and largest document frequency of an n-gram; a float is a share of the rows.
    max_features : int
        How many n-grams at most; 0 is all.
    sublinear_tf : bool
        Whether counts are replaced by 1 + ln(count).
    ngram_scale, cue_scale, actor_scale, topic_scale, place_scale : float
        What each kind of feature is multiplied by; only for kinds that have it.
    """

    kind: Kind = Field(default="ngrams", description=one_of(get_args(Kind)))
    word: Range | No = Field(default=(1, 2), description=RANGE)
    char: Range | No = Field(default=(2, 5), description=RANGE)
    min_df: Size | Share = Field(default=1, description=FREQUENCY)
    max_df: Size | Share = Field(default=1.0, description=FREQUENCY)
    max_features: StrictInt = Field(default=0, ge=0, description="a whole number from 1 on, or 0 for all")
    sublinear_tf: StrictBool = Field(default=False, description=YES_NO)
    ngram_scale: Positive = Field(default=0.7, description=POSITIVE)
    cue_scale: Positive = Field(default=0.5, description=POSITIVE)
    actor_scale: Positive = Field(default=0.3, description=POSITIVE)
    topic_scale: Positive = Field(default=0.7, description=POSITIVE)
    place_scale: Positive = Field(default=1.0, description=POSITIVE)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.word is False and self.char is False:
            raise KeyRefusedError("features.char", "two whole numbers when features.word is false", False)
        if type(self.min_df) is type(self.max_df) and self.min_df > self.max_df:
            raise KeyRefusedError("features.max_df", f"at least features.min_df ({self.min_df})", self.max_df)
        return self

    def ngrams(self) -> dict[str, Any]:
        """Return the arguments of `NgramTfidf`."""
        return {
            "word": self.word or None,
            "char": self.char or None,
            "min_df": self.min_df,
            "max_df": self.max_df,
            "max_features": self.max_features or None,
            "sublinear_tf": self.sublinear_tf,
        }

    def scales(self) -> dict[str, Any]:
        """Return the scales that the kind has."""
        return {name: getattr(self, name) for name in SCALES_OF[self.kind]}


class Model(Section, frozen=True):
    """The linear model.

    Attributes
    ----------
    loss : {'logistic', 'squared_hinge'}
        What is minimised.
    class_weight : {'balanced', 'none'}
        Whether rare classes weigh more.
    C : float
        How much the loss weighs against the L2 penalty.
    """

    loss: Loss = Field(default="logistic", description=one_of(get_args(Loss)))
    class_weight: Weights = Field(default="balanced", description=one_of(get_args(Weights)))
    C: Positive = Field(default=1.0, description=POSITIVE)  # last: it varies fastest in a grid, for warm starts


class Metrics(Section, frozen=True):
    """What is reported.

    Attributes
    ----------
    primary : str
        What the search chooses by; macro-F1 of the task's kind when left out.
    others : tuple of str
        Further ones.
    resamples : int
        Of the intervals.
    """

    primary: str = Field(default="macro_f1", description=one_of(SINGLE_METRICS + MULTI_METRICS))
    others: tuple[str, ...] = Field(default=(), description="a list of metrics")
    resamples: StrictInt = Field(
        default=2000, ge=LEAST_RESAMPLES, description=f"a whole number from {LEAST_RESAMPLES} on"
    )

    def check(self, data: Data) -> None:
        """Refuse metrics that the task does not have, or one named twice."""
        allowed: Sequence[str] = MULTI_METRICS if data.multilabel else SINGLE_METRICS
        if self.primary not in allowed:
            raise KeyRefusedError("metrics.primary", f"{one_of(allowed)} for the label {data.label!r}", self.primary)
        others = [name for name in (*allowed, *(LOSSES if data.multilabel else ())) if name != self.primary]
        if len(set(self.others)) < len(self.others) or not set(self.others) <= set(others):
            expected = f"a list of different ones of {', '.join(map(repr, others))} for the label {data.label!r}"
            raise KeyRefusedError("metrics.others", expected, list(self.others))


class Report(Section, frozen=True):
    """What a report holds beside the scores.

    Attributes
    ----------
    learning_curve : bool
        Scores of models that learned from a part of the rows.
    """

    learning_curve: StrictBool = Field(default=False, description=YES_NO)


PARTS: Mapping[str, type[Section]] = {
    "data": Data,
    "split": Folds,
    "features": Features,
    "model": Model,
    "metrics": Metrics,
    "report": Report,
}


def expected_of(key: str) -> str:
    """Say what a key of a table must be, as its field describes it.

    Examples
    --------
    >>> expected_of("model.C")
    'a number above 0'
    """
    table, _, name = key.partition(".")
    return str(PARTS[table].model_fields[name].description)


def known_labels(label: str) -> tuple[str, ...]:
    """Return the labels of a task in their order; none when the data define them.

    Examples
    --------
    >>> known_labels("binary")
    ('dispute', 'cooperation')
    """
    codebook = load_codebook()
    known: Mapping[str, tuple[str, ...]] = {
        "binary": ("dispute", "cooperation"),  # first, so that an arg-max gives ties to it, as `binary_stance` does
        "stance": codebook.stances,
        "quad": codebook.quads,
        "root": tuple(root for quad in codebook.quads for root in codebook.roots[quad]),
        "topics": codebook.topics,
    }
    return known.get(label, ())


def name_of(source: str | Table) -> str:
    """Return the name of a set as ids and notes give it; a table's is its file's stem."""
    return source if isinstance(source, str) else Path(source.path).stem
