"""The shipped model: trained on the seed corpus alone, small enough for the wheel."""

from collections.abc import Sequence

import numpy as np

from nato_nlp import __version__
from nato_nlp.datasets.dataset import Dataset
from nato_nlp.datasets.seeds import Act, load_seeds, seed_rows
from nato_nlp.errors import InputError
from nato_nlp.features.news import NewsFeatures
from nato_nlp.features.ngram_tfidf import NgramTfidf
from nato_nlp.features.phrases import CUE_COLUMNS, compile_phrases
from nato_nlp.models.tagger import Tagger

LARGEST = 8_000_000  # bytes of the model file
HEADER = 50_000  # bytes that the header takes at most
ACTS = 500_000  # bytes that the model of acts takes at most
C = 1.0  # chosen by cross-validation grouped by story on the seed corpus


def train_seed_tagger(seeds: Dataset | None = None) -> Tagger:
    """Train the tagger that ships with the library.

    Parameters
    ----------
    seeds : Dataset, optional
        The seed corpus; None reads it.

    Returns
    -------
    Tagger
        Its facts hold the SHA-256 of the corpus and the number of sentences.
    """
    data = load_seeds() if seeds is None else seeds
    tagger = Tagger(features=fitting_features(data.texts, heads=len(set(data.labels["quad"])) + _topics(data) + 1), C=C)
    tagger.fit(
        data.texts,
        data.labels["quad"],
        data.labels["topics"],
        data.groups,
        boilerplate=data.labels["boilerplate"],
        acts=seed_acts(data),
    )
    tagger.facts_ = {
        "library_version": __version__,
        "corpus": data.name,
        "corpus_sha256": next(iter(data.sha256.values())),
        "sentences": len(data),
        "C": C,
    }
    return tagger


def seed_acts(data: Dataset) -> list[tuple[Act, ...]] | None:
    """Return the acts of sentences of the seed corpus, found by their ids; None when one of them is not of the corpus."""
    acts = {row.id: row.acts for row in seed_rows()}
    ids = data.ids or ()
    return [acts[name] for name in ids] if ids and all(name in acts for name in ids) else None


def fitting_features(texts: Sequence[str], heads: int) -> NewsFeatures:
    """Return features whose n-grams have the smallest ``min_df`` that keeps the model file under `LARGEST` bytes."""
    phrases = compile_phrases()
    for min_df in range(2, len(texts)):
        features = NewsFeatures(ngrams=NgramTfidf(min_df=min_df), phrases=phrases)
        arrays = NewsFeatures(ngrams=NgramTfidf(min_df=min_df), phrases=phrases).fit(texts).to_arrays()
        # idf is written as float32, and so is a weight for each head
        idf = sum(array.nbytes for array in arrays.values() if array.dtype == np.float64)
        columns = idf // 8 + CUE_COLUMNS + len(arrays["actor.codes"])
        if sum(array.nbytes for array in arrays.values()) - idf // 2 + columns * 4 * heads + HEADER + ACTS <= LARGEST:
            return features
    raise InputError("texts must leave room for their features in a model file")


def _topics(data: Dataset) -> int:
    return len({topic for topics in data.labels["topics"] for topic in topics})
