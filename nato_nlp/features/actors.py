"""The gazetteer of actors: entries, the names they go by, and the arrays that the kernels match."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from nato_nlp._kernels.phrase_layout import Names
from nato_nlp._paths import seeds_dir
from nato_nlp._validate import check_option, must_be
from nato_nlp.codebook import load_codebook
from nato_nlp.errors import InputError, MissingFileError
from nato_nlp.features.phrasebook import KINDS, PhraseBook, parse_conditions, phrase_words, read_lines

FILE = "actors.jsonl"
# what an actor is, and what its names may be; 'other' are phrases that hold a name and mean no actor ("South China Sea")
ENTRY_KINDS = ("state", "organisation", "group", "person", "other")
NAME_KINDS = ("state", "demonym", "capital", "organisation", "group", "person")
REGIONS = ("afghanistan", "africa", "americas", "asia_pacific", "balkans", "middle_east", "post_soviet_space")
CODE = re.compile(r"[!-~]*")
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
        No UTF-8, or a line that is no JSON object, lacks a key, has an unknown one, kind, region or condition; file and
        line are named.

    Examples
    --------
    >>> next(actor.capitals for actor in load_actors() if actor.code == "PER" and actor.kind == "state")
    ('Lima',)
    """
    path = seeds_dir() / FILE if path is None else Path(path)
    if not path.is_file():
        raise MissingFileError(f"{path} is not there: expected a gazetteer")
    return [_actor(line, f"{path}, line {number}") for number, line in read_lines(path)]


KEYS = ("code", "kind", "name", "aliases", "demonyms", "capitals", "region", "office", "from", "to", "ambiguous")


def _actor(line: str, where: str) -> Actor:
    row = _object(line, where)
    for key in row:
        check_option(f"{where}, key", key, KEYS)
    kind = check_option(f"{where}, kind", row.get("kind"), ENTRY_KINDS)
    region = check_option(f"{where}, region", row.get("region", ""), (*REGIONS, ""))
    name = _names([row.get("name")], f"{where}, name", "a name")[0]
    lists = {key: _names(row.get(key, []), f"{where}, {key}") for key in ("aliases", "demonyms", "capitals")}
    since, until = _year(row.get("from"), f"{where}, from"), _year(row.get("to"), f"{where}, to")
    if since is not None and until is not None and since > until:
        raise must_be(f"{where}, to", f"a year from {since} on", until)
    code = _code(row.get("code"), kind, f"{where}, code")
    actor = Actor(
        code,
        kind,
        name,
        lists["aliases"],
        lists["demonyms"],
        lists["capitals"],
        region=region,
        since=since,
        until=until,
    )
    return replace(actor, ambiguous=_ambiguous(row.get("ambiguous", {}), actor, f"{where}, ambiguous"))


def _object(line: str, where: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where} must be a JSON object, got broken JSON: {error}") from error
    if not isinstance(row, dict):
        raise must_be(where, "a JSON object", row)
    return row


def _names(value: Any, where: str, expected: str = "a list of names") -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(name, str) and phrase_words(name) for name in value):
        raise must_be(where, expected, value if expected == "a list of names" else value[0])
    return tuple(value)


def _code(value: Any, kind: str, where: str) -> str:
    if not isinstance(value, str) or bool(value) == (kind == "other") or not CODE.fullmatch(value):
        raise must_be(where, "a code of ASCII characters without spaces, empty for kind 'other' alone", value)
    return value


def _year(value: Any, where: str) -> int | None:
    if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
        raise must_be(where, "a year or null", value)
    return value


def _ambiguous(value: Any, actor: Actor, where: str) -> dict[str, str]:
    if not isinstance(value, dict):
        raise must_be(where, "an object of conditions by name", value)
    for name, conditions in value.items():
        check_option(f"{where}, name", name, (known for known, _ in actor.names()))
        if not isinstance(conditions, str):
            raise must_be(f"{where}, conditions of {name!r}", "str", conditions)
        parse_conditions(conditions, f"{where} {name!r}")
    return value


def compile_actors(actors: Iterable[Actor], own: Iterable[Actor] = ()) -> tuple[Names, list[Sense]]:
    """Return the arrays that the kernels match, and what each of their entries means.

    Of the actors that a name may mean, the first whose conditions hold is taken: those that ask for a word nearby, then those
    that only rule words out, then one without a condition, which is the last of the list, save that a person takes no name
    from another.

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
        for entry in sorted(added.framed.get(spelled, ()), key=book.only_rules_out):
            book.add(spelled, entry)
        if spelled in added.plain:
            book.add(spelled, added.plain[spelled])
            continue
        for entry in sorted(known.framed.get(spelled, ()), key=book.only_rules_out):
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
