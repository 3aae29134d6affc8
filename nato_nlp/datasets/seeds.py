"""The seed corpus that ships with the library: sentences that it wrote and labelled itself."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nato_nlp._paths import seeds_dir
from nato_nlp._validate import must_be, one_of
from nato_nlp.codebook import Codebook, load_codebook
from nato_nlp.datasets.dataset import Dataset, iso_date
from nato_nlp.datasets.download import sha256_of
from nato_nlp.errors import InputError
from nato_nlp.text.documents import Document
from nato_nlp.text.reading import Columns, Reader

FILE = "corpus.jsonl"
RULES = range(1, 9)  # the numbered rules of the codebook


@dataclass(frozen=True, slots=True)
class Act:
    """What one actor does or says to another.

    Attributes
    ----------
    source, target : str
        Actor codes; one of them may be empty when the sentence does not name it.
    quad : str
        The quad of the act.

    Examples
    --------
    >>> from nato_nlp.datasets import seed_rows
    >>> main = next(row.acts[0] for row in seed_rows() if row.acts)
    >>> main.source, main.target, main.quad
    ('RUS', 'NATO', 'material_dispute')
    """

    source: str
    target: str
    quad: str


@dataclass(frozen=True, slots=True)
class SeedRow:
    """One sentence of the seed corpus.

    Attributes
    ----------
    id, doc : str
        Name of the sentence and of its story.
    date : str
        Date of the story, ``YYYY-MM-DD``.
    text : str
        The sentence.
    quad, root : str
        Labels of the main act; the root is empty for neutral sentences.
    topics : tuple of str
        Any number of topics.
    acts : tuple of Act
        The acts, the main one first.
    boilerplate : bool
        Whether it is a byline, a caption, a link text: no example of a neutral sentence.
    invented : bool
        Whether the event is invented.
    rule : int or None
        Number of the codebook's rule that decides the case, for hard cases.
    contrast_of : str or None
        The id of the sentence that differs from this one in a few words and in its label.
    contested : bool
        Whether another label is defensible, too.

    Examples
    --------
    >>> from nato_nlp.datasets import seed_rows
    >>> row = next(row for row in seed_rows() if row.rule == 3)
    >>> row.stance, row.topics
    ('neutral', ('arms_control',))
    """

    id: str
    doc: str
    date: str
    text: str
    quad: str
    root: str
    topics: tuple[str, ...]
    acts: tuple[Act, ...]
    boilerplate: bool
    invented: bool
    rule: int | None
    contrast_of: str | None
    contested: bool

    @property
    def stance(self) -> str:
        """The stance that the quad refines."""
        return load_codebook().stance_of[self.quad]


KEYS = tuple(name for name in SeedRow.__dataclass_fields__ if name != "text")  # the reader takes the text out


def seed_rows(folder: str | Path | None = None) -> tuple[SeedRow, ...]:
    """Read the rows of the seed corpus, each checked against the codebook.

    Parameters
    ----------
    folder : path, optional
        Folder that holds ``corpus.jsonl``; the library's own when None.

    Raises
    ------
    MissingFileError
        The file is not there.
    InputError
        A row without one of the keys or with another one, a value of another type, an unknown quad, root or topic, a
        root that is not the quad's, a first act of another quad, an id that stands twice or is referred to and not
        there, a date that is no date, a blank text; file and line are named.

    Examples
    --------
    >>> row = seed_rows()[0]
    >>> row.doc == row.id[:4], row.stance in load_codebook().stances
    (True, True)
    """
    rows: dict[str, SeedRow] = {}
    lines: dict[str, str] = {}
    for document in Reader(Columns(needed=KEYS)).read([_path(folder)]):
        row = _row(document, load_codebook())
        if row.id in rows:
            raise must_be(f"{document.source}, id", f"distinct ({lines[row.id]} has it, too)", row.id)
        rows[row.id], lines[row.id] = row, document.source
    for row in rows.values():
        if row.contrast_of is not None and (row.contrast_of not in rows or row.contrast_of == row.id):
            raise must_be(f"{lines[row.id]}, contrast_of", "the id of another row", row.contrast_of)
    return tuple(rows.values())


def load_seeds(*, folder: str | Path | None = None) -> Dataset:
    """Load the seed corpus, boilerplate included.

    Parameters
    ----------
    folder : path, optional
        Folder that holds ``corpus.jsonl``; the library's own when None.

    Returns
    -------
    Dataset
        Labels ``quad``, ``stance``, ``root`` (empty for neutral sentences), ``topics`` and ``boilerplate`` (bool; such
        lines are no examples of any other label). Groups are stories; stories that hold the two sentences of a contrast
        pair are one group, called like the first of them.

    Raises
    ------
    MissingFileError
        The file is not there.
    InputError
        A row breaks the codebook, see `seed_rows`; or there is none.

    Examples
    --------
    >>> sorted(load_seeds().labels)
    ['boilerplate', 'quad', 'root', 'stance', 'topics']
    """
    rows = seed_rows(folder)
    groups = _story_groups(rows)
    return Dataset(
        "seeds",
        [row.text for row in rows],
        {
            "quad": [row.quad for row in rows],
            "stance": [row.stance for row in rows],
            "root": [row.root for row in rows],
            "topics": [row.topics for row in rows],
            "boilerplate": [row.boilerplate for row in rows],
        },
        groups=[groups[row.doc] for row in rows],
        dates=[row.date for row in rows],
        ids=[row.id for row in rows],
        licence="BSD-3-Clause, like the library",
        citation="the seed corpus of nato_nlp",
        sha256={FILE: sha256_of(_path(folder))},
        notes=(
            "written for this library: real and invented events, hard cases on purpose; no sample of what news writes",
        ),
    )


def _path(folder: str | Path | None) -> Path:
    return (seeds_dir() if folder is None else Path(folder)) / FILE


def _row(document: Document, codebook: Codebook) -> SeedRow:
    values = {**document.metadata, "text": document.text}
    _check_shape(values, document.source)
    row = SeedRow(
        **{
            **values,
            "topics": tuple(values["topics"]),
            "acts": tuple(_act(act, document.source) for act in values["acts"]),
        }
    )
    _check_labels(row, codebook, document.source)
    return row


def _is_str(value: object) -> bool:
    return isinstance(value, str)


def _is_name(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_bool(value: object) -> bool:
    return isinstance(value, bool)


def _is_list_of(kind: type) -> Callable[[object], bool]:
    return lambda value: isinstance(value, list) and all(isinstance(item, kind) for item in value)


SHAPES: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "id": ("a name", _is_name),
    "doc": ("a name", _is_name),
    "date": ("an ISO date (YYYY-MM-DD)", lambda value: _is_str(value) and iso_date(value) == value),
    "text": ("text that is not blank", _is_name),
    "quad": ("str", _is_str),
    "root": ("str", _is_str),
    "topics": ("a list of str", _is_list_of(str)),
    "acts": ("a list of objects", _is_list_of(dict)),
    "boilerplate": ("true or false", _is_bool),
    "invented": ("true or false", _is_bool),
    "rule": ("null or a rule from 1 to 8", lambda value: value is None or (type(value) is int and value in RULES)),
    "contrast_of": ("null or the id of another row", lambda value: value is None or _is_name(value)),
    "contested": ("true or false", _is_bool),
}


def _check_shape(values: Mapping[str, Any], where: str) -> None:
    for name, value in values.items():
        if name not in SHAPES:
            raise must_be(f"{where}, keys", one_of(SHAPES), name)
        expected, fits = SHAPES[name]
        if not fits(value):
            raise must_be(f"{where}, {name}", expected, value)


def _act(values: Mapping[str, Any], where: str) -> Act:
    if set(values) != {"source", "target", "quad"} or not all(isinstance(value, str) for value in values.values()):
        raise must_be(f"{where}, acts", "objects of three str: source, target, quad", values)
    if not (values["source"] or values["target"]):
        raise must_be(f"{where}, acts", "acts with a source or a target", values)
    return Act(**values)


def _check_labels(row: SeedRow, codebook: Codebook, where: str) -> None:
    for quad in (row.quad, *(act.quad for act in row.acts)):
        _check_in(f"{where}, quad", quad, codebook.quads)
    _check_in(f"{where}, root of {row.quad}", row.root, codebook.roots[row.quad] or ("",))
    for topic in row.topics:
        _check_in(f"{where}, topics", topic, codebook.topics)
    if len(set(row.topics)) != len(row.topics):
        raise must_be(f"{where}, topics", "distinct", row.topics)
    if row.acts and row.acts[0].quad != row.quad:
        raise must_be(f"{where}, quad of the first act", f"that of the row, {row.quad!r}", row.acts[0].quad)
    if row.boilerplate and (row.acts or row.topics or row.quad != "neutral"):
        got = f"{row.quad}, {len(row.topics)} topics, {len(row.acts)} acts"
        raise InputError(f"{where}, boilerplate must be neutral without topics and acts, got {got}")


def _check_in(name: str, value: str, known: Iterable[str]) -> None:
    options = tuple(known)
    if value not in options:
        raise must_be(name, one_of(options), value)


def _story_groups(rows: Iterable[SeedRow]) -> dict[str, str]:
    """Map each story to its group; contrast pairs join stories, also through others (union-find)."""
    parent: dict[str, str] = {}

    def root(doc: str) -> str:
        while parent.setdefault(doc, doc) != doc:
            parent[doc] = parent[parent[doc]]
            doc = parent[doc]
        return doc

    known = {row.id: row for row in rows}
    for row in known.values():
        partner = known[row.contrast_of].doc if row.contrast_of is not None else row.doc
        first, second = sorted((root(row.doc), root(partner)))
        parent[second] = first  # the smaller name wins, so that the order of the rows does not matter
    return {doc: root(doc) for doc in parent}
