"""Leaks against comparing every pair, with both methods, and on the public sets."""

import csv
import os
import random
import re
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nato_nlp.errors import InputError
from nato_nlp.evaluation import _grams, find_leaks, near_duplicate_clusters
from nato_nlp.evaluation.leaks import normalise

words = st.sampled_from(["Talks", "talks,", "envoy", "envoys", "met", "in", "Oslo", "—", "Ωμέγα", "naïve", "𝔘", "2014"])
texts = st.lists(st.lists(words, max_size=7).map(" ".join) | st.text(max_size=12), max_size=8)


def grams(text, n):
    form = re.sub(r"\W+", " ", text.lower()).strip()
    return form, {form[place : place + n] for place in range(len(form) - n + 1)}


def by_hand(train, test, threshold, n):
    """Compare every pair."""
    found = []
    for i, one in enumerate(train):
        for j, other in enumerate(test):
            (form, a), (second, b) = grams(one, n), grams(other, n)
            if form and form == second:
                found.append((i, j, "exact", 1.0))
            elif a & b and len(a & b) / len(a | b) >= threshold:
                found.append((i, j, "near", len(a & b) / len(a | b)))
    return found


def stories(count, seed, edited=0.3, words=(12, 40)):
    """Texts over a vocabulary of a few thousand words with frequencies like a language's, many lightly edited."""
    rng = random.Random(seed)
    vocabulary = ["".join(rng.choices("aeioulnrstdmkpgbvz", k=rng.randint(2, 9))) for _ in range(4000)]
    weights = [1 / rank for rank in range(1, 4001)]
    out = []
    for _ in range(count):
        if out and rng.random() < edited:
            tokens = rng.choice(out).split()
            for _ in range(rng.randint(1, max(1, len(tokens) // 4))):
                tokens[rng.randrange(len(tokens))] = rng.choice(vocabulary)
        else:
            tokens = rng.choices(vocabulary, weights, k=rng.randint(*words))
        out.append(" ".join(tokens))
    return out


@given(texts, texts, st.sampled_from([0.2, 0.5, 0.6, 0.8, 1]), st.integers(1, 6))
def test_equals_comparing_every_pair(train, test, threshold, n):
    found = find_leaks(train, test, threshold=threshold, n=n, method="exact")
    expected = by_hand(train, test, threshold, n)
    assert [leak[:3] for leak in found] == [leak[:3] for leak in expected]
    assert [leak.similarity for leak in found] == pytest.approx([leak[3] for leak in expected])


@pytest.mark.parametrize("words", [(12, 40), (10, 600)])
def test_equals_comparing_every_pair_of_long_texts(words):
    train, test = np.array_split(stories(120, 0, edited=0.8, words=words), 2)
    for threshold in (0.3, 0.6, 0.9):
        expected = by_hand(train, test, threshold, 5)
        found = find_leaks(train, test, threshold=threshold, method="exact")
        assert [leak[:2] for leak in found] == [leak[:2] for leak in expected]
        assert expected


@given(texts, texts)
def test_minhash_lists_only_what_is_there(train, test):
    assert set(find_leaks(train, test, method="minhash")) <= set(find_leaks(train, test, method="exact"))


def test_recall_of_minhash():
    train, test = np.array_split(np.random.default_rng(0).permutation(stories(4000, 1)), 2)
    exact = set(find_leaks(train, test, method="exact"))
    found = set(find_leaks(train, test, method="minhash"))
    assert len(exact) > 300
    assert found <= exact
    assert len(found) / len(exact) >= 0.995


@pytest.mark.parametrize(("threshold", "rows"), [(0.1, 1), (0.3, 1), (0.6, 3), (0.8, 5), (0.95, 12), (1, 16)])
def test_bands_fit_the_threshold(threshold, rows):
    assert _grams.band_rows(threshold) == rows


def test_auto_switches_to_minhash(monkeypatch):
    called = []
    original = _grams.similar_pairs
    monkeypatch.setattr(
        "nato_nlp.evaluation.leaks.similar_pairs",
        lambda *args, exact, upper: called.append(exact) or original(*args, exact=exact, upper=upper),
    )
    find_leaks(["some text"], ["another text"])
    monkeypatch.setattr("nato_nlp.evaluation.leaks.EXACT_PAIRS", 0)
    find_leaks(["some text"], ["another text"])
    assert called == [True, False]


def test_blocks_do_not_change_the_result(monkeypatch):
    train, test = np.array_split(stories(200, 2, edited=0.8), 2)
    whole = find_leaks(train, test)
    monkeypatch.setattr(_grams, "ENTRIES_AT_ONCE", 300)
    monkeypatch.setattr(_grams, "PAIRS_AT_ONCE", 3)
    assert find_leaks(train, test) == whole
    assert len(whole) > 10


def test_an_alphabet_too_large_for_one_number():
    # 15 characters of 2,000 are more than 64 bits hold
    rng = random.Random(0)
    long = ["".join(map(chr, rng.choices(range(0x4E00, 0x4E00 + 2000), k=60))) for _ in range(40)]
    changed = [text[:50] + "x" + text[51:] for text in long]
    found = find_leaks(long, changed, n=15, threshold=0.5)
    assert [leak[:2] for leak in found] == [(place, place) for place in range(40)]
    assert found[0].similarity == pytest.approx(by_hand(long[:1], changed[:1], 0.5, 15)[0][3])


@given(texts)
def test_clusters_are_chains_of_pairs(items):
    clusters = near_duplicate_clusters(items)
    expected = list(range(len(items)))
    pairs = [leak[:2] for leak in by_hand(items, items, 0.6, 5)]
    empty = [place for place, text in enumerate(items) if not normalise(text)]
    pairs += pairwise(empty)
    for _ in items:
        for i, j in pairs:
            expected[i] = expected[j] = min(expected[i], expected[j])
    assert [[x == y for y in clusters] for x in clusters] == [[x == y for y in expected] for x in expected]
    assert sorted(set(clusters.tolist())) == list(range(len(set(expected))))


@given(texts, st.randoms())
def test_clusters_do_not_depend_on_the_order(items, rng):
    order = list(range(len(items)))
    rng.shuffle(order)
    clusters = near_duplicate_clusters(items)
    assert near_duplicate_clusters([items[place] for place in order]).tolist() == clusters[order].tolist()


def test_clusters_with_minhash():
    items = stories(500, 3)
    exact = near_duplicate_clusters(items, method="exact")
    assert near_duplicate_clusters(items, method="minhash").tolist() == exact.tolist()
    assert len(set(exact)) < 450


def test_one_s_own_form():
    assert find_leaks(["AB-12"], ["ab 12"], normalise=str.lower) == []
    assert find_leaks(["AB-12"], ["ab-12"], normalise=str.lower)[0].kind == "exact"


def test_nothing_to_compare():
    assert find_leaks([], ["some text"]) == find_leaks(["some text"], []) == find_leaks([], []) == []
    assert find_leaks(["...", ""], ["", "!"], method="minhash") == []
    assert near_duplicate_clusters([]).tolist() == []


@pytest.mark.parametrize(
    ("message", "options"),
    [
        ("threshold must be a number above 0 and at most 1, got 0", {"threshold": 0}),
        ("threshold must be a number above 0 and at most 1, got '0.6'", {"threshold": "0.6"}),
        ("n must be an int of at least 1, got 0", {"n": 0}),
        ("method must be one of 'auto', 'exact', 'minhash', got 'lsh'", {"method": "lsh"}),
        ("train_texts must be a sequence of str, got None at index 1", {"train_texts": ["a", None]}),
        ("test_texts must be a sequence of str, one a sentence, got 'abc'", {"test_texts": "abc"}),
    ],
)
def test_refused(message, options):
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        find_leaks(**{"train_texts": [], "test_texts": []} | options)


def test_speed():
    train, test = stories(5000, 4), stories(5000, 5)
    start = time.perf_counter()
    find_leaks(train, test, method="exact")
    assert time.perf_counter() - start < 10


@pytest.fixture
def public():
    folder = os.environ.get("NATO_NLP_DATA")
    if not folder:
        pytest.skip("NATO_NLP_DATA is not set: the public sets are not there")

    def plover(name):
        with (Path(folder) / "plover_zsp" / name).open(encoding="utf-8", newline="") as file:
            return [row["sentence"] for row in csv.DictReader(file, delimiter="\t")]

    lines = (Path(folder) / "cameo" / "train.tsv").read_text(encoding="utf-8").splitlines()
    return {"cameo": [line.split("\t")[0] for line in lines]} | {
        part: plover(f"PLV_{part}.tsv") for part in ("train", "test")
    }


@pytest.mark.parametrize("method", ["exact", "minhash"])
def test_leaks_between_public_sets(public, method):
    leaks = find_leaks(public["cameo"], public["test"], method=method)
    exact = {normalise(public["test"][leak.test]) for leak in leaks if leak.kind == "exact"}
    assert len(exact) == 354
    own = find_leaks(public["train"], public["test"], method=method)
    assert [leak.kind for leak in own] == ["near"]
