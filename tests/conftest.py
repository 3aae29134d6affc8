"""Shared fixtures: the shipped tagger, a small corpus, the folders that the environment names."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("ci", deadline=None)
settings.register_profile("long", deadline=None, max_examples=2000)
settings.load_profile(os.environ.get("NATO_NLP_HYPOTHESIS", "ci"))

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def tagger():
    from nato_nlp import load_tagger

    return load_tagger()


@pytest.fixture(scope="session")
def stories():
    """The texts of the wire stories that the environment names."""
    folder = os.environ.get("NATO_NLP_STORIES")
    if not folder:
        pytest.skip("NATO_NLP_STORIES is not set: the wire stories are not read")
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(Path(folder).glob("*.txt"))}


SMALL = {
    "verbal_cooperation": ["Envoys of Peru and Chile agreed to talks.", "The ministers met and praised the accord."],
    "material_cooperation": ["Kenya sent food aid to Somalia.", "The two navies opened a joint base."],
    "verbal_dispute": ["Oslo condemned the decision and rejected the offer.", "Lima accused Quito of lies."],
    "material_dispute": ["Troops shelled the border town.", "Police arrested the envoy and closed the bridge."],
    "neutral": ["The treaty has nine articles.", "The vote is due on Monday."],
}


@pytest.fixture(scope="session")
def small_corpus():
    """Sixty short sentences in twelve documents, every quad in each."""
    rows = [
        (f"{text} Day {doc}.", quad, doc)
        for doc in range(12)
        for quad, texts in SMALL.items()
        for text in texts[doc % 2 :][:1]
    ]
    texts, quads, groups = (list(column) for column in zip(*rows, strict=True))
    topics = [["aid"] if "food" in text or "base" in text else ["law"] if "treaty" in text else [] for text in texts]
    return texts, quads, topics, groups
