"""A behavioural test: minimal pairs that a tagger must tell apart, or must not be misled by."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nato_nlp._paths import seeds_dir
from nato_nlp._validate import check_option, must_be
from nato_nlp.codebook import load_codebook
from nato_nlp.errors import InputError, MissingFileError
from nato_nlp.evaluation.intervals import Estimate, estimate
from nato_nlp.models.tagger import Tagger

FILE = "probe.jsonl"
KINDS = {
    "negation": "an act against its negation, refusal or failure",
    "actor_swap": "the same act by other actors, or with its actors exchanged",
    "passive_turn": "active voice against passive",
    "reassurance": "aimed at nobody, or the purpose of a system, against an act",
    "concession": "a clause of concession or background against the main clause",
    "polite_call_demand": "a polite call against a demand",
    "nominal": "a verb against the noun of the same act",
    "planned": "a done act against a planned, offered or threatened one",
}
ALL = "all"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two sentences that differ in a few words.

    Attributes
    ----------
    id, kind : str
        The kind is one of `KINDS`.
    texts, stances : tuple of two str
        The sentences, and what each must be tagged with.
    dyads : tuple of two tuples of (str, str)
        Source and target that the main act of each sentence may have; empty where the pair does not ask for them.

    Examples
    --------
    >>> from nato_nlp.evaluation import load_probe
    >>> pair = next(pair for pair in load_probe() if pair.kind == "negation")
    >>> len(pair.texts), len(pair.stances)
    (2, 2)
    """

    id: str
    kind: str
    texts: tuple[str, str]
    stances: tuple[str, str]
    dyads: tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]


@dataclass(frozen=True)
class PassRates:
    """Shares of pairs whose two sentences are both right, by kind and for all.

    Attributes
    ----------
    stance : dict of str to Estimate
        Both stances right.
    direction : dict of str to Estimate
        Of the pairs that name dyads: both main acts have the source and the target; empty for a tagger without acts.

    Examples
    --------
    >>> from nato_nlp import load_tagger
    >>> from nato_nlp.evaluation import load_probe, run_probe
    >>> rates = run_probe(load_tagger(), load_probe()[:20])
    >>> rates.stance["all"].count
    20
    """

    stance: dict[str, Estimate]
    direction: dict[str, Estimate]


def load_probe(path: str | Path | None = None) -> list[Pair]:
    """Read minimal pairs.

    Parameters
    ----------
    path : path, optional
        JSON lines like ``seeds/probe.jsonl``; None reads that file.

    Returns
    -------
    list of Pair
        In the order of the file.

    Raises
    ------
    MissingFileError
        There is no such file.
    InputError
        A line that is no JSON object, lacks a key, or has an unknown kind or stance; file and line are named.

    Examples
    --------
    >>> len(load_probe()) >= 400
    True
    """
    path = seeds_dir() / FILE if path is None else Path(path)
    if not path.is_file():
        raise MissingFileError(f"{path} is not there: expected minimal pairs")
    lines = path.read_text(encoding="utf-8").split("\n")
    return [_pair(line, f"{path}, line {number}") for number, line in enumerate(lines, 1) if line.strip()]


def _pair(line: str, where: str) -> Pair:
    try:
        row = json.loads(line)
        texts, stances = (row["a"], row["b"]), (row["expect_a"], row["expect_b"])
        listed = [tuple((s, t) for s, t in row.get(key, ())) for key in ("pairs_a", "pairs_b")]
        name, kind = row["id"], row["kind"]
    except (ValueError, TypeError, KeyError) as error:
        raise InputError(f"{where} must be a minimal pair as a JSON object, got {error!r}") from error
    if not all(isinstance(text, str) and text.strip() for text in texts):
        raise must_be(f"{where}, a and b", "sentences", texts)
    check_option(f"{where}, kind", kind, KINDS)
    for stance in stances:
        check_option(f"{where}, stance", stance, load_codebook().stances)
    return Pair(name, kind, texts, stances, (listed[0], listed[1]))


def run_probe(tagger: Tagger, pairs: Sequence[Pair] | None = None) -> PassRates:
    """Tag the sentences of minimal pairs, each by itself, and count the pairs that pass.

    Parameters
    ----------
    tagger : Tagger
        Trained with quads.
    pairs : sequence of Pair, optional
        None: those of `load_probe`.

    Returns
    -------
    PassRates
        Each share with its interval and its number of pairs.

    Raises
    ------
    InputError
        No pair at all.

    A tagger that may keep silent is asked for the stance that it finds likeliest.

    Examples
    --------
    >>> from nato_nlp import load_tagger
    >>> sorted(run_probe(load_tagger()).stance) == sorted([*KINDS, "all"])
    True
    """
    known = load_probe() if pairs is None else list(pairs)
    if not known:
        raise InputError("pairs must hold at least one minimal pair")
    tags = tagger.tag_sentences([text for pair in known for text in pair.texts])
    said = list(tags)
    stance = [
        all(said[2 * k + side].likeliest == pair.stances[side] for side in (0, 1)) for k, pair in enumerate(known)
    ]
    asked = [k for k, pair in enumerate(known) if all(pair.dyads)] if _has_acts(tagger) else []
    direction = [all(_main(said[2 * k + side]) in known[k].dyads[side] for side in (0, 1)) for k in asked]
    return PassRates(_rates([pair.kind for pair in known], stance), _rates([known[k].kind for k in asked], direction))


def _has_acts(tagger: Tagger) -> bool:
    return getattr(tagger, "acts_", None) is not None


def _main(sentence: Any) -> tuple[str, str] | None:
    return (sentence.dyads[0].source, sentence.dyads[0].target) if sentence.dyads else None


def _rates(kinds: Sequence[str], passed: Sequence[bool]) -> dict[str, Estimate]:
    """Return the share that passed of each kind in the order of `KINDS`, then of all."""
    found = {}
    for kind in (*(k for k in KINDS if k in kinds), *([ALL] if kinds else [])):
        rows = [p for k, p in zip(kinds, passed, strict=True) if kind in (k, ALL)]
        found[kind] = estimate("micro_f1", ["pass"] * len(rows), ["pass" if p else "fail" for p in rows])
    return found


def as_table(rates: PassRates) -> str:
    """Render pass rates as a Markdown table."""
    lines = ["| kind | both stances right | 95% interval | pairs | source and target too |", "|---|---|---|---|---|"]
    for kind, e in rates.stance.items():
        way = rates.direction.get(kind)
        told = "" if way is None else f"{way.value:.2f} ({way.low:.2f} to {way.high:.2f}, {way.count} pairs)"
        lines.append(f"| {kind} | {e.value:.2f} | {e.low:.2f} to {e.high:.2f} | {e.count} | {told} |")
    return "\n".join(lines) + "\n"
