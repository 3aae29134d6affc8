"""From text to rows: n-grams, cues of the lexicon, actors."""

from nato_nlp.features.news import NewsFeatures
from nato_nlp.features.ngram_tfidf import NgramTfidf

__all__ = ["NewsFeatures", "NgramTfidf"]
