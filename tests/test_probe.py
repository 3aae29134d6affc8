"""Minimal pairs: reading them, and the shares that a tagger passes. No test reads which pairs the shipped model fails."""

import json
from types import SimpleNamespace

import pytest

from nato_nlp.errors import InputError, MissingFileError
from nato_nlp.evaluation.probe import KINDS, Pair, as_table, load_probe, run_probe

STANCES = "one of 'cooperation', 'dispute', 'neutral'"
ROW = {
    "id": "n1",
    "kind": "negation",
    "a": "Lima agreed to talks.",
    "b": "Lima refused to agree to talks.",
    "expect_a": "cooperation",
    "expect_b": "dispute",
}


def write(folder, *rows):
    path = folder / "pairs.jsonl"
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), encoding="utf-8")
    return path


def pair(name, kind="negation", dyads=((), ())):
    return Pair(name, kind, (f"{name} a", f"{name} b"), ("cooperation", "dispute"), dyads)


class FakeTagger:
    """Answers by a table of texts: a stance, or a stance with the dyads of its acts."""

    def __init__(self, answers, *, acts=False):
        self.answers = answers
        self.calls = []
        if acts:
            self.acts_ = object()

    def tag_sentences(self, texts):
        self.calls.append(list(texts))
        return [self._said(*self.answers[text]) for text in texts]

    def _said(self, stance, *dyads):
        return SimpleNamespace(likeliest=stance, dyads=tuple(SimpleNamespace(source=s, target=t) for s, t in dyads))


RIGHT = ("cooperation",), ("dispute",)
WRONG = ("cooperation",), ("neutral",)


def answers(**said):
    return {f"{name} {side}": answer for name, both in said.items() for side, answer in zip("ab", both, strict=True)}


def test_the_battery_that_ships():
    pairs = load_probe()
    assert len(pairs) >= 400
    assert len({p.id for p in pairs}) == len(pairs)
    assert {p.kind for p in pairs} == set(KINDS)
    assert all(p.texts[0] != p.texts[1] for p in pairs)
    assert any(all(p.dyads) for p in pairs)


def test_load_keeps_order_and_dyads_and_passes_over_blank_lines(tmp_path):
    second = ROW | {"id": "n2", "pairs_a": [["PER", "CHL"], ["CHL", "PER"]], "pairs_b": [["PER", "CHL"]]}
    pairs = load_probe(write(tmp_path, ROW, "", second, " "))
    assert pairs == [
        Pair("n1", "negation", (ROW["a"], ROW["b"]), ("cooperation", "dispute"), ((), ())),
        Pair(
            "n2",
            "negation",
            (ROW["a"], ROW["b"]),
            ("cooperation", "dispute"),
            ((("PER", "CHL"), ("CHL", "PER")), (("PER", "CHL"),)),
        ),
    ]


def without(key):
    return {name: value for name, value in ROW.items() if name != key}


SHAPE = "must be a minimal pair as a JSON object, got "
REFUSED = [
    ("{", f"{SHAPE}JSONDecodeError('Expecting property name enclosed in double quotes: line 1 column 2 (char 1)')"),
    ("[]", f"{SHAPE}TypeError('list indices must be integers or slices, not str')"),
    (without("b"), f"{SHAPE}KeyError('b')"),
    (without("kind"), f"{SHAPE}KeyError('kind')"),
    (
        ROW | {"pairs_a": [["PER"]]},
        f"{SHAPE}ValueError('not enough values to unpack (expected 2, got 1)')",
    ),
    (ROW | {"a": " "}, "a and b must be sentences, got (' ', 'Lima refused to agree to talks.')"),
    (ROW | {"kind": "irony"}, "kind must be one of " + ", ".join(map(repr, KINDS)) + ", got 'irony'"),
    (ROW | {"expect_b": "war"}, f"stance must be {STANCES}, got 'war'"),
]


@pytest.mark.parametrize(("row", "message"), REFUSED)
def test_a_line_that_is_no_pair_is_named(tmp_path, row, message):
    path = write(tmp_path, ROW, row)
    with pytest.raises(InputError) as error:
        load_probe(path)
    comma = "" if message.startswith("must") else ","
    assert str(error.value) == f"{path}, line 2{comma} {message}"


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(MissingFileError) as error:
        load_probe(tmp_path / "none.jsonl")
    assert str(error.value) == f"{tmp_path / 'none.jsonl'} is not there: expected minimal pairs"


def test_no_pairs():
    with pytest.raises(InputError) as error:
        run_probe(FakeTagger({}), [])
    assert str(error.value) == "pairs must hold at least one minimal pair"


def test_a_pair_passes_only_when_both_sentences_are_right():
    pairs = [pair("p"), pair("q"), pair("r", "passive_turn"), pair("s", "passive_turn"), pair("t", "passive_turn")]
    tagger = FakeTagger(answers(p=RIGHT, q=WRONG, r=RIGHT, s=RIGHT, t=(("dispute",), ("dispute",))))
    rates = run_probe(tagger, pairs)
    assert {kind: (e.value, e.count) for kind, e in rates.stance.items()} == {
        "negation": (0.5, 2),
        "passive_turn": (pytest.approx(2 / 3), 3),
        "all": (0.6, 5),
    }
    assert rates.direction == {}
    for e in rates.stance.values():
        assert 0 <= e.low <= e.value <= e.high <= 1
    assert tagger.calls == [[text for p in pairs for text in p.texts]]


def test_kinds_come_in_the_order_of_their_table_and_all_comes_last():
    pairs = [pair("p", "planned"), pair("q", "nominal"), pair("r", "negation")]
    rates = run_probe(FakeTagger(answers(p=RIGHT, q=RIGHT, r=RIGHT)), pairs)
    assert list(rates.stance) == ["negation", "nominal", "planned", "all"]
    assert [e.value for e in rates.stance.values()] == [1.0] * 4


FIRST = ((("PER", "CHL"), ("CHL", "PER")), (("PER", "CHL"),))
ACTS = answers(
    p=(
        ("cooperation", ("CHL", "PER")),
        ("dispute", ("PER", "CHL")),
    ),  # either direction is right for the first sentence
    q=(("cooperation", ("PER", "CHL")), ("dispute", ("CHL", "PER"))),  # the second runs the wrong way
    r=(("cooperation", ("BOL", "PER"), ("PER", "CHL")), ("dispute", ("PER", "CHL"))),  # right, but not the main act
    s=(("cooperation",), ("dispute", ("PER", "CHL"))),  # no act
    t=(("cooperation", ("BOL", "PER")), ("dispute", ("BOL", "PER"))),  # not asked
)
DYADIC = [
    *(pair(name, "actor_swap", FIRST) for name in "pqrs"),
    pair("t", "actor_swap", ((), (("PER", "CHL"),))),
]


def test_direction_asks_for_the_main_act_of_both_sentences():
    rates = run_probe(FakeTagger(ACTS, acts=True), DYADIC)
    assert {kind: (e.value, e.count) for kind, e in rates.direction.items()} == {
        "actor_swap": (0.25, 4),
        "all": (0.25, 4),
    }
    assert rates.stance["all"].value == 1.0


@pytest.mark.parametrize("acts", ["missing", None])
def test_a_tagger_without_acts_is_not_asked_for_dyads(acts):
    tagger = FakeTagger(ACTS)
    if acts is None:
        tagger.acts_ = None
    rates = run_probe(tagger, DYADIC)
    assert rates.direction == {}
    assert rates.stance["all"].count == 5


def test_a_tagger_with_acts_whose_pairs_ask_for_none():
    assert run_probe(FakeTagger(answers(p=RIGHT, q=RIGHT), acts=True), [pair("p"), pair("q")]).direction == {}


def test_the_table_shows_a_row_a_kind_and_direction_where_it_was_asked():
    pairs = [*DYADIC, pair("u"), pair("v")]
    table = as_table(run_probe(FakeTagger(ACTS | answers(u=RIGHT, v=RIGHT), acts=True), pairs))
    assert table == (
        "| kind | both stances right | 95% interval | pairs | source and target too |\n"
        "|---|---|---|---|---|\n"
        "| negation | 1.00 | 1.00 to 1.00 | 2 |  |\n"
        "| actor_swap | 1.00 | 1.00 to 1.00 | 5 | 0.25 (0.00 to 0.75, 4 pairs) |\n"
        "| all | 1.00 | 1.00 to 1.00 | 7 | 0.25 (0.00 to 0.75, 4 pairs) |\n"
    )
