"""Lexicon and gazetteer together: stored arrays, and what is refused."""

import re

import numpy as np
import pytest

from nato_nlp.errors import InputError
from nato_nlp.features._phrase_arrays import joined, split_joined
from nato_nlp.features.actors import Actor, compile_actors
from nato_nlp.features.lexicon import compile_lexicon, load_lexicon
from nato_nlp.features.phrasebook import PhraseBook, parse_conditions, phrase_words
from nato_nlp.features.phrases import CUE_COLUMNS, CUES, SHAPES, Phrases, default_phrases

TEXTS = ["Russia did not object to the NATO plan.", "", "Unions in Georgia called the strike off, but Turkey won't."]
ARRAYS = default_phrases().to_arrays()


def scanned(phrases):
    return [
        (
            [getattr(scan, name)[: scan.stop[-1]].tolist() for name in ("entry", "begin", "end")],
            scan.hit[: scan.hit_stop[-1]].tolist(),
        )
        for _, _, scan in phrases.scan(TEXTS)
    ]


def test_round_trip():
    phrases = Phrases.from_arrays(ARRAYS)
    assert phrases.senses == default_phrases().senses
    for name in ("lexicon", "names", "terms"):
        for field, array in getattr(phrases, name)._asdict().items():
            np.testing.assert_array_equal(array, getattr(getattr(default_phrases(), name), field), err_msg=field)
    assert scanned(phrases) == scanned(default_phrases())
    again = phrases.to_arrays()
    assert list(again) == list(ARRAYS)
    assert all((again[name] == array).all() and again[name].dtype == array.dtype for name, array in ARRAYS.items())


def test_arrays_are_small_and_hold_numbers_alone():
    assert sum(array.nbytes for array in ARRAYS.values()) < 2_500_000
    assert {array.dtype.kind for array in ARRAYS.values()} == {"u"}


def test_read_only_arrays_are_taken():
    arrays = {name: array.copy() for name, array in ARRAYS.items()}
    for array in arrays.values():
        array.flags.writeable = False
    assert scanned(Phrases.from_arrays(arrays)) == scanned(default_phrases())


@pytest.mark.parametrize("actors", [[], [Actor("", "other", "South China Sea")]])
def test_little_makes_a_round_trip(actors):
    phrases = Phrases(compile_lexicon([]), *compile_actors(actors))
    again = Phrases.from_arrays(phrases.to_arrays())
    assert again.senses == phrases.senses
    assert scanned(again) == scanned(phrases)


@pytest.mark.parametrize("name", sorted(ARRAYS))
def test_a_missing_array_is_named(name):
    with pytest.raises(InputError, match=f"^arrays must hold '{re.escape(name)}'$"):
        Phrases.from_arrays({key: array for key, array in ARRAYS.items() if key != name})


@pytest.mark.parametrize("name", sorted(ARRAYS))
def test_arrays_of_another_kind_or_shape_are_refused(name):
    array = ARRAYS[name]
    columns = f"{array.shape[1]} columns" if array.ndim == 2 else "one dimension"
    others = [
        array.astype(float),
        array.astype(bool),
        array.astype(str),
        array.astype(object),
        array[None],
        array.ravel()[:1][0],
    ]
    for other in others + ([array.ravel(), array[:, :-1]] if array.ndim == 2 else []):
        shown = repr(f"{other.dtype} of shape {np.shape(other)}")
        message = f"{name} must be an array of integers in {columns}, got {shown}"
        with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
            Phrases.from_arrays(ARRAYS | {name: other})


@pytest.mark.parametrize("name", sorted(set(ARRAYS) - {"lexicon.pairs", "names.codes"}))
def test_shorter_arrays_are_refused(name):
    with pytest.raises(InputError, match=r"^(lexicon|names|terms)\.\w+ must be "):
        Phrases.from_arrays(ARRAYS | {name: ARRAYS[name][:-1]})


@pytest.mark.parametrize("name", sorted(ARRAYS))
@pytest.mark.parametrize("value", [-1, 2**40])
def test_numbers_out_of_range_are_refused(name, value):
    if ARRAYS[name].dtype == np.uint64 and value > 0:
        value += 1  # an odd number is a hash like others: make it stand twice
        array = ARRAYS[name].copy()
        array[:2] = value + 1
    else:
        array = ARRAYS[name].astype(np.int64 if ARRAYS[name].dtype != np.uint64 else object)
        array.flat[array.size // 2] = value
    with pytest.raises(InputError, match=r"^(((lexicon|names|terms)\.\w+(, [\w ]+)?)|phrases) must "):
        Phrases.from_arrays(ARRAYS | {name: array})


def changed(name, place, value):
    array = ARRAYS[name].astype(np.int64)
    array[place] = value
    return {name: array}


NODES, ENTRIES = len(ARRAYS["lexicon.node_start"]) - 1, len(ARRAYS["lexicon.condition_start"]) - 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            changed("lexicon.edge_values", 3, NODES),
            f"lexicon.edge_values must be numbers from 0 to {NODES - 1}, got {NODES}",
        ),
        (
            changed("lexicon.node_entries", 0, ENTRIES),
            f"lexicon.node_entries must be numbers from 0 to {ENTRIES - 1}, got {ENTRIES}",
        ),
        (changed("lexicon.condition_kind", 0, 4), "lexicon.condition_kind must be numbers from 0 to 3, got 4"),
        (changed("lexicon.set_words", 0, 0), "lexicon.set_words must be numbers from 1 to 1073741823, got 0"),
        (changed("lexicon.entries", (2, 0), 5), "lexicon.entries, quads must be numbers from 0 to 4, got 5"),
        (changed("lexicon.entries", (2, 1), 16), "lexicon.entries, roots must be numbers from 0 to 15, got 16"),
        (
            changed("lexicon.entries", (2, 2), 8),
            "lexicon.entries, quads under negation must be numbers from 0 to 4, got 8",
        ),
        (changed("lexicon.entries", (2, 5), 2), "lexicon.entries, marks must be numbers from 0 to 1, got 2"),
        (changed("lexicon.flags", 2, 32), "lexicon.flags must be numbers from 0 to 31, got 32"),
        (changed("names.senses", (0, 1), 7), "names.senses, kinds must be numbers from 0 to 6, got 7"),
        ({"names.codes": np.asarray([0xFF], np.uint8)}, "names.codes must be UTF-8"),
        ({"lexicon.keys": ARRAYS["lexicon.keys"] & ~np.uint64(1)}, "lexicon.keys must be odd"),
        (
            {"lexicon.keys": np.repeat(ARRAYS["lexicon.keys"][:1], len(ARRAYS["lexicon.keys"]))},
            "phrases must have different 64-bit hashes, got two words or edges with one",
        ),
        ({"lexicon.values": ARRAYS["lexicon.values"][1:]}, None),
    ],
)
def test_what_does_not_fit_is_named(change, message):
    if message is None:
        sizes = len(ARRAYS["lexicon.keys"])
        message = f"lexicon.values must be an array of length {sizes}, got {sizes - 1}"
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        Phrases.from_arrays(ARRAYS | change)


def test_runs_must_rise():
    run = ARRAYS["names.node_start"].astype(np.int64)
    for place, value in ((0, 1), (1, -1), (5, 2**31 - 1), (-1, run[-1] + 1)):
        wrong = run.copy()
        wrong[place] = value
        with pytest.raises(InputError, match=rf"^names\.node_start must be rising from 0 to {run[-1]}, got array"):
            Phrases.from_arrays(ARRAYS | {"names.node_start": wrong})
    wrong = ARRAYS["lexicon.rest_start"].copy()
    wrong[1] = 0  # a verb without a particle
    with pytest.raises(InputError, match=r"^lexicon\.rest_start must be rising from 0 to \d+, got array"):
        Phrases.from_arrays(ARRAYS | {"lexicon.rest_start": wrong})


def test_cues_have_columns_of_their_own():
    sizes = [int(np.prod(shape)) for shape in SHAPES.values()]
    assert list(CUES) == [sum(sizes[:k]) for k in range(len(sizes))]
    assert sum(sizes) == CUE_COLUMNS
    assert tuple(SHAPES) == CUES._fields


def test_joined_strings_come_back():
    for words in ([], ["a"], ["Ä", "b c", "東"]):
        assert split_joined(joined(words), "words") == words
    with pytest.raises(
        InputError, match=r"^words must be an array of integers in one dimension, got 'float64 of shape \(1,\)'$"
    ):
        split_joined(np.ones(1), "words")
    with pytest.raises(InputError, match=r"^words must be an array of uint8, got array\(\[300\]\)$"):
        split_joined(np.asarray([300]), "words")


def test_words_of_phrases():
    assert phrase_words("Côte d'Ivoire’s cease-fire") == ("Côte", "d", "Ivoire", "cease", "fire")
    assert phrase_words("WON’T don't ain't isn'ts o'tts") == ("WON'T", "don't", "ain't", "isn", "o", "tts")
    assert phrase_words(" -- ") == ()
    assert parse_conditions("after:a|b notbefore:c", "x") == [("after", ("a", "b")), ("notbefore", ("c",))]


def test_two_words_with_one_hash_are_refused():
    book = PhraseBook(lower=True)
    book.add(("talks",), book.new_entry())
    book.words["TALKS"] = 2  # cannot come about by `number`
    with pytest.raises(
        InputError, match="^phrases must have different 64-bit hashes, got two words or edges with one$"
    ):
        book.compile()


def test_compiling_does_not_depend_on_the_order_of_other_entries():
    entries = load_lexicon()[:500]
    forward, backward = (
        Phrases(compile_lexicon(e), default_phrases().names, default_phrases().senses) for e in (entries, entries[::-1])
    )
    texts = [entry.entry for entry in entries]
    for (_, _, one), (_, _, other) in zip(forward.scan(texts), backward.scan(texts), strict=True):
        assert one.hit_stop.tolist() == other.hit_stop.tolist()
