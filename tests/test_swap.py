"""Actor swap: names change, acts stay."""

from nato_nlp.evaluation.swap import swap_actors
from nato_nlp.features.news import NewsFeatures
from nato_nlp.features.ngram_tfidf import NgramTfidf

TEXTS = [
    "Russia accused the United States of breaking the treaty.",
    "The talks failed.",
    "NATO’s chief met the French president.",
]


def test_names_change_and_the_rest_stays():
    swapped = swap_actors(TEXTS)
    assert swapped[1] == TEXTS[1]
    assert swapped[0] != TEXTS[0]
    assert swapped[0].endswith(" of breaking the treaty.")
    assert " accused " in swapped[0]
    assert "’s chief met " in swapped[2]


def test_the_same_seed_gives_the_same_names():
    assert swap_actors(TEXTS, random_state=1) == swap_actors(TEXTS, random_state=1)
    assert swap_actors(TEXTS, random_state=1) != swap_actors(TEXTS, random_state=2)


def test_a_head_for_acts_sees_no_difference():
    features = NewsFeatures(ngrams=NgramTfidf(min_df=1)).fit(TEXTS)
    before = features.transform(TEXTS[:2])[:, features.act_columns_]
    after = features.transform(swap_actors(TEXTS[:2]))[:, features.act_columns_]
    assert abs(before - after).max() == 0
