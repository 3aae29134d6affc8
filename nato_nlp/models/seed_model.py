"""The shipped model: trained on the seed corpus alone, small enough for the wheel."""

from collections.abc import Sequence

from nato_nlp import __version__
from nato_nlp.datasets.dataset import Dataset
from nato_nlp.datasets.seeds import load_seeds
from nato_nlp.features.ngram_tfidf import NgramTfidf
from nato_nlp.models.tagger import Tagger

LARGEST = 8_000_000  # bytes of the model file
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
        data.texts, data.labels["quad"], data.labels["topics"], data.groups, boilerplate=data.labels["boilerplate"]
    )
    tagger.facts_ = {
        "library_version": __version__,
        "corpus": data.name,
        "corpus_sha256": next(iter(data.sha256.values())),
        "sentences": len(data),
        "C": C,
    }
    return tagger


def fitting_features(texts: Sequence[str], heads: int) -> NgramTfidf:
    """Return n-gram features whose ``min_df`` is the smallest from 2 on that keeps the model file under `LARGEST` bytes."""
    min_df = 2
    while True:
        features = NgramTfidf(min_df=min_df)
        arrays = NgramTfidf(min_df=min_df).fit(texts).to_arrays()
        columns = sum(len(array) - 1 for name, array in arrays.items() if name.endswith(".offsets"))
        terms = sum(array.nbytes for name, array in arrays.items() if name.endswith(".terms"))
        # per column: a float32 a head and one for idf, an uint32 for the offset; the header is small
        if terms + columns * 4 * (heads + 2) + 100_000 <= LARGEST:
            return features
        min_df += 1


def _topics(data: Dataset) -> int:
    return len({topic for topics in data.labels["topics"] for topic in topics})
