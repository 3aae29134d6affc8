"""Pairs of actors: the kernel against its plain twin, compiled and not (NUMBA_DISABLE_JIT=1), and what it lists."""

import os
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nato_nlp import InputError
from nato_nlp._kernels.pair_layout import MOST_KEYS, SCORES, SLOTS
from nato_nlp._kernels.pairs_reference import PairsOfRow, PlainHit, PlainMention, PlainToken
from nato_nlp.features.pairs import WORD_CLASSES, join_pairs, no_weights, pair_names, pair_weights, scan_pairs
from nato_nlp.features.phrasebook import word_table
from nato_nlp.features.phrases import default_phrases

WITHOUT_JIT = os.environ.get("NUMBA_DISABLE_JIT") == "1"
exhaustive = settings(max_examples=20 if WITHOUT_JIT else 200, deadline=None)
PHRASES = default_phrases()
NAMES = pair_names(PHRASES)
PIECES = (
    *("Russia", "NATO", "French", "Paris", "Peru's", "US-led", "the Taliban", "Kenya", "Chile", "India", "Mali"),
    *("Brazil", "China", "Turkey", "was condemned by", "was", "been", "strongly", "by", "in", "with", "and", "against"),
    *("accused", "threatened", "did not attack", "agreed to meet", "aid to", ", which", "but", "because", '"', "said"),
    *(".", ",", "(Reuters) -", "—", ": ", "LIMA,", "ROME", "of", "soldiers", "a", "x", "", "- "),
)
TEXTS = st.lists(st.sampled_from(PIECES), max_size=24).map(" ".join)
CLASSES = {word: flag for flag, words in WORD_CLASSES.items() for word in words.split()}


def pairs_of(texts, **options):
    return join_pairs([scan_pairs(scan, NAMES, no_weights(), **options) for scan in PHRASES.scan_all(texts)])


def class_hashes():
    keys, values = word_table(list(CLASSES), list(CLASSES.values()), lower=True)
    return {int(key): int(value) for key, value in zip(keys, values, strict=True) if key}


HASHES = class_hashes()


def plain_rows(texts):
    """Read what a scan found as plain values, and list the candidates of each row by the twin."""
    for scan in PHRASES.scan_all(texts):
        token, mention, hit = 0, 0, 0
        tokens, found, entries = scan.tokens, scan.found, PHRASES.lexicon.entries
        for row in range(scan.stop - scan.start):
            columns = (tokens.mark, tokens.lower, tokens.begin, tokens.end)
            listed = [PlainToken(*(int(c[k]) for c in columns)) for k in range(token, tokens.stop[row])]
            names = [
                PlainMention(
                    int(NAMES.tables.code[found.entry[k]]),
                    int(NAMES.tables.kind[found.entry[k]]),
                    int(found.begin[k]),
                    int(found.end[k]),
                )
                for k in range(mention, found.stop[row])
            ]
            hits = [
                PlainHit(
                    int(entries[found.hit[k], 1]),
                    int(found.hit_quad[k]),
                    int(found.hit_clause[k]),
                    *(bool(entries[found.hit[k], column]) for column in (3, 4, 5)),
                    int(found.hit_begin[k]),
                    int(found.hit_end[k]),
                )
                for k in range(hit, found.hit_stop[row])
            ]
            yield PairsOfRow(texts[scan.start + row], listed, names, hits, HASHES)
            token, mention, hit = tokens.stop[row], found.stop[row], found.hit_stop[row]


def listed(pairs, row):
    """Return source, target and the counted keys of each candidate of a row."""
    first = int(pairs.stop[row - 1]) if row else 0
    starts = np.concatenate([[0], pairs.key_stop])
    return [
        (int(pairs.source[c]), int(pairs.target[c]), Counter(pairs.keys[starts[c] : pairs.key_stop[c]].tolist()))
        for c in range(first, int(pairs.stop[row]))
    ]


@exhaustive
@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_the_kernel_is_its_twin(texts):
    pairs = pairs_of(texts, keys=True)
    for row, plain in enumerate(plain_rows(texts)):
        assert [int(code) for code in pairs.actors[row] if code >= 0] == plain.codes
        expected = [(source, target, Counter(keys)) for source, target, keys in plain.candidates()]
        assert listed(pairs, row) == expected


@exhaustive
@given(st.lists(TEXTS, min_size=1, max_size=3), st.integers(0, 2**32 - 1))
def test_scores_are_sums_of_weights(texts, seed):
    pairs = pairs_of(texts, keys=True)
    keys = np.unique(pairs.keys)[::2]  # every other feature is known
    weights = np.random.default_rng(seed).normal(size=(len(keys), SCORES)).astype(np.float32)
    table = pair_weights(keys, weights)
    scored = join_pairs([scan_pairs(scan, NAMES, table) for scan in PHRASES.scan_all(texts)])
    place = dict(zip(keys.tolist(), weights, strict=True))
    starts = np.concatenate([[0], pairs.key_stop])
    for c in range(len(pairs.source)):
        inside = pairs.keys[starts[c] : pairs.key_stop[c]].tolist()
        expected = sum((place[key] for key in inside if key in place), np.zeros(SCORES))
        np.testing.assert_allclose(scored.scores[c], expected, atol=1e-9)
    assert len(scored.keys) == 0


def test_rows_do_not_see_each_other():
    texts = ["Peru thanked Chile.", "", "LIMA - Mali and Kenya met.", "Nothing."]
    together = pairs_of(texts, keys=True)
    for row, text in enumerate(texts):
        assert listed(together, row) == listed(pairs_of([text], keys=True), 0)
    assert together.stop.tolist() == [6, 6, 18, 18]


def test_candidates_are_each_side_alone_and_then_the_pairs():
    pairs = pairs_of(["Peru thanked Chile."])
    assert list(zip(pairs.source.tolist(), pairs.target.tolist(), strict=True)) == [
        (0, -1),
        (1, -1),
        (-1, 0),
        (-1, 1),
        (0, 1),
        (1, 0),
    ]
    assert [NAMES.codes[code] for code in pairs.actors[0] if code >= 0] == ["PER", "CHL"]


def test_only_the_first_eight_actors_of_a_row_may_act():
    states = ["Peru", "Chile", "Mali", "Kenya", "India", "China", "Brazil", "Turkey", "Russia", "France"]
    pairs = pairs_of([" and ".join(states) + " met."], keys=True)
    assert len(pairs.source) == SLOTS * (SLOTS + 1)
    assert "RUS" not in [NAMES.codes[code] for code in pairs.actors[0]]


def test_thousands_of_actors_in_one_line_stay_bounded():
    text = "Peru accused Chile and Mali, Kenya attacked India by " * 2000
    pairs = pairs_of([text], keys=True)
    assert len(pairs.source) == 5 * 6
    assert np.diff(pairs.key_stop, prepend=0).max() <= MOST_KEYS


@pytest.mark.parametrize(
    ("text", "passive"),
    [
        ("Chile was condemned by Peru.", True),
        ("Chile was strongly condemned by Peru.", True),
        ("Chile was met on Monday by leaders of Peru.", True),
        ("Chile was in Rome all of Monday by the side of Peru.", False),  # no hit, and too far
        ("Chile condemned Peru.", False),
        ("Chile arrived by train in Peru.", False),
        ("Chile said Mali was condemned by Peru.", False),  # not Chile
    ],
)
def test_a_passive_with_its_agent_turns_the_sides(text, passive):
    """The actor that stands first takes the features of a source, and the one behind 'by' those of a target."""
    (plain,) = plain_rows([text])
    last = plain.actors - 1
    assert plain.is_passive(0, last) == passive
    first, second = (plain.shown(slot) for slot in (0, last))
    assert plain.acting(0, last) == ((second, first) if passive else (first, second))
    assert plain.acting(last, 0) == ((first, second) if passive else (second, first))


def test_a_target_is_looked_for_behind_its_source():
    (plain,) = plain_rows(["Peru accused Chile, but Chile thanked Peru."])
    assert [m.begin for m in plain.acting(0, 1)] == [0, 2]
    assert [m.begin for m in plain.acting(1, 0)] == [2, 7]


def test_no_rows_give_no_candidates():
    pairs = join_pairs([])
    assert (len(pairs.source), len(pairs.stop)) == (0, 0)


def test_a_key_that_stands_twice_is_refused():
    with pytest.raises(InputError, match=r"^keys of pairs must be distinct$"):
        pair_weights(np.array([3, 3], np.uint64), np.zeros((2, SCORES)))
