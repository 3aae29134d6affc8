"""The seed corpus: how much there is of everything, written sentence by sentence, and shared with nobody."""

import os
import re
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from nato_nlp import load_codebook
from nato_nlp.datasets import load_seeds, seed_rows
from nato_nlp.evaluation import find_leaks
from nato_nlp.features.news import NewsFeatures
from nato_nlp.features.ngram_tfidf import NgramTfidf

ROWS = seed_rows()
REAL = [row for row in ROWS if not row.boilerplate]
TEXTS = [row.text for row in REAL]
FIVE = ("missile_defence", "arms_control", "alliance_diplomacy", "military_operations", "post_soviet_space")


def test_there_is_enough_of_everything():
    book = load_codebook()
    quads = Counter(row.quad for row in REAL)
    topics = Counter(topic for row in REAL for topic in row.topics)
    roots = Counter(row.root for row in REAL)
    rules = Counter(row.rule for row in REAL)
    assert len(ROWS) >= 4000
    assert len({row.doc for row in ROWS}) >= 300
    assert all(quads[quad] >= (900 if quad == "neutral" else 500) for quad in book.quads), quads
    assert all(topics[topic] >= 150 for topic in book.topics), topics
    assert all(topics[topic] >= 250 for topic in FIVE), topics
    assert all(roots[root] >= 100 for roots_ in book.roots.values() for root in roots_), roots
    assert all(rules[rule] >= 60 for rule in range(1, 9)), rules
    assert sum(row.boilerplate for row in ROWS) >= 200


def test_acts_dyads_years_and_contrasts():
    dyads = {(act.source, act.target) for row in REAL for act in row.acts if act.source and act.target}
    stance = load_codebook().stance_of
    several = [row for row in REAL if len(row.acts) >= 2]
    opposed = [row for row in several if {"cooperation", "dispute"} <= {stance[act.quad] for act in row.acts}]
    years = {int(row.date[:4]) for row in ROWS}
    assert len(dyads) >= 60
    assert len(several) >= 500
    assert len(opposed) >= 200
    assert (min(years), max(years)) == (1990, 2023)
    assert sum(row.contrast_of is not None for row in REAL) >= 300


def test_contrast_partners_differ_in_their_labels_and_share_a_group():
    known = {row.id: row for row in ROWS}
    data = load_seeds()
    group = dict(zip(data.ids, data.groups, strict=True))
    for row in REAL:
        if row.contrast_of:
            other = known[row.contrast_of]
            assert (row.quad, row.root, row.acts, row.topics) != (other.quad, other.root, other.acts, other.topics), (
                row.id
            )
            assert group[row.id] == group[other.id]


def families():
    """Name each sentence's family: contrast partners of one sentence belong together."""
    parent = {}

    def root(name):
        while parent.get(name, name) != name:
            name = parent[name]
        return name

    for row in REAL:
        if row.contrast_of:
            first, second = sorted((root(row.id), root(row.contrast_of)))
            parent[second] = first
    return {row.id: root(row.id) for row in REAL}


def test_no_two_sentences_are_near_duplicates_save_contrast_partners():
    family = families()
    pairs = [(REAL[leak.train], REAL[leak.test]) for leak in find_leaks(TEXTS, TEXTS) if leak.train < leak.test]
    assert [(a.id, b.id) for a, b in pairs if family[a.id] != family[b.id]] == []


MONTHS = """
    January February March April May June July August September October November December Jan Feb Aug Sept Oct Nov Dec
""".split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()


def test_no_template_stands_behind_more_than_three_sentences():
    features = NewsFeatures(ngrams=NgramTfidf(char=None)).fit(TEXTS[:10])
    masked = features._read(TEXTS).masked
    when = re.compile(rf"\b(?:{'|'.join(MONTHS + DAYS)})\b")
    patterns = Counter(re.sub(r"\d[\d.,]*", "#", when.sub("@", text)) for text in masked)
    assert [pattern for pattern, count in patterns.items() if count > 3] == []


def richness(texts):
    """Share of distinct four-word sequences, and distinct words per word in the first 10,000 words."""
    words = [re.findall(r"\w+", text.lower()) for text in texts]
    grams = [tuple(row[k : k + 4]) for row in words for k in range(len(row) - 3)]
    first = [word for row in words for word in row][:10_000]
    return len(set(grams)) / len(grams), len(set(first)) / len(first)


def test_wording_is_rich():
    distinct, types = richness(TEXTS)
    assert distinct > 0.9
    assert types > 0.25


@pytest.mark.skipif(
    not os.environ.get("NATO_NLP_DATA"), reason="NATO_NLP_DATA is not set: the public sets are not read"
)
def test_wording_is_as_rich_as_that_of_public_sets_and_shared_with_none():
    from nato_nlp.datasets import load_ace_wikievents, load_cameo, load_insightcrime, load_plover_zsp

    public = [load_plover_zsp("all"), load_cameo(), load_ace_wikievents(), load_insightcrime("all")]
    for data in public:
        assert find_leaks(TEXTS, list(data.texts)) == [], data.name
    distinct, types = richness(TEXTS)
    for data in (public[0].select(range(1050)), public[3].select(range(300))):
        other_distinct, other_types = richness(data.texts)
        print(f"{data.name}: {other_distinct:.3f} {other_types:.3f}; seeds: {distinct:.3f} {types:.3f}")
        assert distinct >= other_distinct - 0.05
        assert types >= other_types - 0.05


def test_stories_of_the_wire_are_not_in_the_corpus():
    folder = os.environ.get("NATO_NLP_STORIES")
    if not folder:
        pytest.skip("NATO_NLP_STORIES is not set: the wire stories are not read")
    from nato_nlp import split_sentences

    story = [
        s.text
        for path in sorted(Path(folder).glob("*.txt"))
        for s in split_sentences(path.read_text())
        if not s.boilerplate
    ]
    assert find_leaks(TEXTS, story) == []


def test_ids_name_story_and_place():
    seen = defaultdict(list)
    for row in ROWS:
        assert row.id.startswith(f"{row.doc}-")
        seen[row.doc].append(int(row.id.rpartition("-")[2]))
    assert all(places == list(range(1, len(places) + 1)) for places in seen.values())
