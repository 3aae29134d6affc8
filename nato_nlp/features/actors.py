"""The gazetteer of actors: entries, the names they go by, and the arrays that the kernels match."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nato_nlp._kernels.phrase_layout import Names
from nato_nlp._paths import seeds_dir
from nato_nlp._validate import check_option, must_be
from nato_nlp.codebook import load_codebook
from nato_nlp.errors import InputError, MissingFileError
from nato_nlp.features.phrasebook import KINDS, PhraseBook, parse_conditions, phrase_words

FILE = "actors.jsonl"
# what an actor is, and what its names may be; 'other' are phrases that hold a name and mean no actor ("South China Sea")
ENTRY_KINDS = ("state", "organisation", "group", "person", "other")
NAME_KINDS = ("state", "demonym", "capital", "organisation", "group", "person")
REGIONS = ("afghanistan", "africa", "americas", "asia_pacific", "balkans", "middle_east", "post_soviet_space")
SHORTEST_CAPITALS = 4  # letters of a name that is also looked for in capitals, as headlines print it


@dataclass(frozen=True, slots=True)
class Actor:
    """An actor with its names.

    Attributes
    ----------
    code : str
        ISO 3166-1 alpha-3 for states, the usual abbreviation for others; empty for kind 'other'.
    kind : str
        One of `ENTRY_KINDS`.
    name : str
    aliases, demonyms, capitals : tuple of str
    region : str
        The topic that the actor alone suggests, or empty.
    since, until : int or None
        Years in which a person held the office.
    ambiguous : mapping of str to str
        Conditions under which a name means this actor.
    """

    code: str
    kind: str
    name: str
    aliases: tuple[str, ...] = ()
    demonyms: tuple[str, ...] = ()
    capitals: tuple[str, ...] = ()
    region: str = ""
    since: int | None = None
    until: int | None = None
    ambiguous: Mapping[str, str] = field(default_factory=dict)

    def names(self) -> Iterator[tuple[str, str]]:
        """Yield each name with its kind, one of `NAME_KINDS` or 'other'."""
        for name in (self.name, *self.aliases):
            yield name, self.kind
        for name in self.demonyms:
            yield name, "demonym"
        for name in self.capitals:
            yield name, "capital"


@dataclass(frozen=True, slots=True)
class Sense:
    """What a name means: an actor's code, the kind of name, and the region."""

    code: str
    kind: str
    region: str


def load_actors(path: str | Path | None = None) -> list[Actor]:
    """Read a gazetteer.

    Parameters
    ----------
    path : path, optional
        JSON lines like ``seeds/actors.jsonl``; None reads that one.

    Raises
    ------
    MissingFileError
        There is no such file.
    InputError
        A line that is no JSON object, lacks a key, has an unknown one, kind, region or condition; file and line are named.

    Examples
    --------
    >>> next(actor.capitals for actor in load_actors() if actor.code == "PER" and actor.kind == "state")
    ('Lima',)
    """
    path = seeds_dir() / FILE if path is None else Path(path)
    if not path.is_file():
        raise MissingFileError(f"{path} is not there: expected a gazetteer")
    with path.open(encoding="utf-8-sig") as stream:
        return [_actor(line, f"{path}, line {number}") for number, line in enumerate(stream, 1) if line.strip()]


KEYS = ("code", "kind", "name", "aliases", "demonyms", "capitals", "region", "office", "from", "to", "ambiguous")


def _actor(line: str, where: str) -> Actor:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise InputError(f"{where} must be a JSON object, got broken JSON: {error}") from error
    if not isinstance(row, dict):
        raise must_be(where, "a JSON object", row)
    for key in row:
        check_option(f"{where}, key", key, KEYS)
    check_option(f"{where}, kind", row.get("kind"), ENTRY_KINDS)
    check_option(f"{where}, region", row.get("region", ""), (*REGIONS, ""))
    if not isinstance(row.get("name"), str) or not phrase_words(row["name"]):
        raise must_be(f"{where}, name", "a name", row.get("name"))
    if not isinstance(row.get("code"), str) or bool(row["code"]) == (row["kind"] == "other"):
        raise must_be(f"{where}, code", "a code, empty for kind 'other' alone", row.get("code"))
    lists = {key: _names(row.get(key, []), f"{where}, {key}") for key in ("aliases", "demonyms", "capitals")}
    for name, conditions in row.get("ambiguous", {}).items():
        parse_conditions(conditions, f"{where}, ambiguous {name!r}")
    return Actor(
        row["code"], row["kind"], row["name"], **lists, region=row.get("region", ""), since=_year(row.get("from"), where),
        until=_year(row.get("to"), where), ambiguous=row.get("ambiguous", {}),
    )  # fmt: skip


def _names(value: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(name, str) and phrase_words(name) for name in value):
        raise must_be(where, "a list of names", value)
    return tuple(value)


def _year(value: Any, where: str) -> int | None:
    if value is not None and not isinstance(value, int):
        raise must_be(f"{where}, from and to", "years or null", value)
    return value


def compile_actors(actors: Iterable[Actor], own: Iterable[Actor] = ()) -> tuple[Names, list[Sense]]:
    """Return the arrays that the kernels match, and what each of their entries means.

    A name that means several actors leads to those whose condition holds first, then to one without a condition: the last of
    the list, save that a person takes no name from another.

    Parameters
    ----------
    actors : iterable of Actor
    own : iterable of Actor, optional
        What a user adds: it goes before the others wherever both have a name, and where it has no condition it replaces them.
    """
    book = PhraseBook(lower=False)
    senses: list[Sense] = []
    known, added = (_entries(book, senses, listed) for listed in (actors, own))
    for spelled in dict.fromkeys((*added.framed, *added.plain, *known.framed, *known.plain)):
        for entry in added.framed.get(spelled, ()):
            book.add(spelled, entry)
        if spelled in added.plain:
            book.add(spelled, added.plain[spelled])
            continue
        for entry in known.framed.get(spelled, ()):
            book.add(spelled, entry)
        if spelled in known.plain:
            book.add(spelled, known.plain[spelled])
    return book.compile(), senses


@dataclass(frozen=True, slots=True)
class _Spelled:
    """Entries by spelled name: those with conditions, in order, and the one without."""

    framed: dict[tuple[str, ...], list[int]]
    plain: dict[tuple[str, ...], int]


def _entries(book: PhraseBook, senses: list[Sense], actors: Iterable[Actor]) -> _Spelled:
    found = _Spelled({}, {})
    regions = set(REGIONS) & set(load_codebook().topics)
    for actor in actors:
        for name, kind in dict.fromkeys(actor.names()):
            conditions = _conditions(actor.ambiguous.get(name, ""))
            entry = book.new_entry(conditions)
            senses.append(Sense(actor.code, kind, actor.region if actor.region in regions else ""))
            for spelled in _spellings(name, kind):
                if conditions:
                    found.framed.setdefault(spelled, []).append(entry)
                elif kind != "person" or spelled not in found.plain:
                    found.plain[spelled] = entry
    return found


def _conditions(text: str) -> list[tuple[int, tuple[str, ...]]]:
    found = []
    for kind, words in parse_conditions(text, "ambiguous"):
        spelled = {word for phrase in words for word in phrase_words(phrase)}
        found.append((KINDS[kind], tuple(sorted(spelled))))
    return found


def _spellings(name: str, kind: str) -> Iterator[tuple[str, ...]]:
    words = phrase_words(name)
    yield words
    capitals = tuple(word.upper() for word in words)
    if kind != "other" and len(name) >= SHORTEST_CAPITALS and capitals != words:
        yield capitals
