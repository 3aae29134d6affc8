"""Label sets over stories: the quantile's definition, the guarantee on made-up stories, and wrong arguments."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nato_nlp.errors import InputError
from nato_nlp.models.conformal import ERRORS, label_sets, nonconformity, quantile_for, story_quantile, story_quantiles

scored = st.lists(st.tuples(st.floats(0, 1), st.sampled_from("abcd")), min_size=1, max_size=20)


def plain_quantile(pairs, error):
    """Return the quantile by its definition: mass of each story spread over its sentences, one story's mass at infinity."""
    stories = [story for _, story in pairs]
    mass = {story: 1 / (len(set(stories)) + 1) / stories.count(story) for story in stories}
    for score in sorted(score for score, _ in pairs):
        if sum(mass[story] for other, story in pairs if other <= score) >= (1 - error) * (1 - 1e-9):
            return score
    return float("inf")


@given(scored, st.sampled_from([0.05, 0.2, 0.4, 0.7]))
def test_quantile_equals_its_definition(pairs, error):
    scores, stories = zip(*pairs, strict=True)
    assert story_quantile(scores, stories, error) == pytest.approx(plain_quantile(pairs, error))


def test_sets_cover_sentences_of_new_stories_although_stories_differ():
    rng = np.random.default_rng(0)
    hit = []
    for _ in range(300):
        hard = rng.random(41)  # each story is hard in its own way, so that its sentences err together
        sizes = rng.integers(1, 30, 41)
        stories = np.repeat(np.arange(41), sizes)
        scores = rng.random(len(stories)) ** (1 / (0.2 + 3 * hard[stories]))
        new = stories == 40
        q = story_quantile(scores[~new], stories[~new], 0.2)
        hit.append((scores[new] <= q).mean())
    assert np.mean(hit) >= 0.8 - 3 * np.std(hit) / np.sqrt(len(hit))
    assert np.mean(hit) <= 0.86


def test_sets_hold_the_likeliest_label_and_what_fits():
    proba = np.asarray([[0.7, 0.2, 0.1], [0.4, 0.35, 0.25]])
    assert label_sets(proba, 0.7).tolist() == [[True, False, False], [True, True, False]]
    assert label_sets(proba, 0.0).tolist() == [[True, False, False], [True, False, False]]
    assert label_sets(proba, float("inf")).all()
    assert nonconformity(proba, np.asarray([1, 0])).tolist() == pytest.approx([0.8, 0.6])


def test_kept_quantiles_err_on_the_safe_side():
    rng = np.random.default_rng(1)
    scores, stories = rng.random(500), rng.integers(0, 99, 500)
    kept = story_quantiles(scores, stories)
    assert (np.diff(kept) <= 0).all()
    assert quantile_for(kept, 0.1) == kept[list(ERRORS).index(0.1)]
    assert quantile_for(kept, 0.105) == quantile_for(kept, 0.1) >= story_quantile(scores, stories, 0.105)
    assert quantile_for(kept, 0.9) == kept[-1]


@pytest.mark.parametrize("error", [0, 0.001, 1, -1, True, "x", None])
def test_wrong_errors(error):
    message = f"error must be a share from 0.01 on and below 1, got {error!r}"
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        quantile_for(np.zeros(len(ERRORS)), error)


def test_wrong_scores():
    with pytest.raises(InputError, match="^scores must hold at least one number$"):
        story_quantile([], [], 0.1)
    with pytest.raises(InputError, match="^error must be a share above 0 and below 1, got 1$"):
        story_quantile([0.5], ["a"], 1)
    with pytest.raises(InputError, match=r"^stories must be as long as scores \(2\), got 1$"):
        story_quantile([0.5, 0.6], ["a"], 0.1)
