"""Why a text has its tags: contributions and phrases, pages and terminals that show them, words that set groups apart."""

from nato_nlp.explain.contrast import Contrast, contrast, log_odds, plot_contrast
from nato_nlp.explain.contributions import Contribution, Evidence
from nato_nlp.explain.html import page
from nato_nlp.explain.merge import Phrase
from nato_nlp.explain.shown import Explained

__all__ = [
    "Contrast",
    "Contribution",
    "Evidence",
    "Explained",
    "Phrase",
    "contrast",
    "log_odds",
    "page",
    "plot_contrast",
]
