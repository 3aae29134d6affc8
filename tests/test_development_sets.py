"""What may be looked at during development, and nothing else."""

import os

import pytest

from nato_nlp.datasets import load_plover_zsp
from nato_nlp.evaluation import find_leaks

pytestmark = pytest.mark.skipif(
    not os.environ.get("NATO_NLP_DATA"), reason="NATO_NLP_DATA is not set: the public sets are not read"
)


@pytest.fixture(scope="module")
def sets():
    from nato_nlp.evaluation.public import development_sets

    return development_sets()


def test_they_are_these_three(sets):
    assert [data.name for data in sets] == ["plover_zsp", "plover_zsp train + cameo none", "ace_wikievents"]
    assert len(sets[0]) == 1050
    assert set(sets[1].labels["stance"]) == {"cooperation", "dispute", "neutral"}


def test_none_of_them_holds_a_test_sentence(sets):
    test = list(load_plover_zsp("test").texts)
    known = {leak.train for leak in find_leaks(list(sets[0].texts), test)}
    # the published training part itself holds one near-duplicate of a test sentence, and no exact one
    assert len(known) == 1
    assert {leak.train for leak in find_leaks(list(sets[1].texts), test)} == known
