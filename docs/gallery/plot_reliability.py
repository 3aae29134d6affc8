"""
Reliability
===========

Is what is said with probability .8 right in 80% of the cases? Scores of stories that the model did not see, before and after calibration.
"""

# %%
# A tagger of words alone, trained on the seed corpus. ``held_out_`` keeps raw scores from models that did not see a sentence's story.
import matplotlib.pyplot as plt
import numpy as np

from nato_nlp import Tagger
from nato_nlp.datasets import load_seeds
from nato_nlp.evaluation import estimate, reliability
from nato_nlp.features import NgramTfidf

seeds = load_seeds()
data = seeds.select(~np.asarray(seeds.labels["boilerplate"]))
tagger = Tagger(features=NgramTfidf(char=None)).fit(data.texts, quad=data.labels["quad"], groups=data.groups)
classes = tagger.held_out_.targets.quads

# %%
# ``calibrated`` uses for each fold a temperature that the other folds chose. Without it, scores go through the softmax as they are.
scores = tagger.held_out_.scores[:, : len(classes)]
raw = np.exp(scores - scores.max(axis=1, keepdims=True))
raw /= raw.sum(axis=1, keepdims=True)
calibrated = tagger.held_out_.calibrated()[0]

figure, panels = plt.subplots(1, 2, figsize=(7.4, 3.7), layout="constrained", sharey=True)
for axes, (name, proba) in zip(panels, {"as they are": raw, "calibrated": calibrated}.items(), strict=True):
    found = reliability(data.labels["quad"], proba, classes=classes)
    error = estimate(
        "expected_calibration_error", data.labels["quad"], proba, classes=classes, groups=data.groups, resamples=300
    )
    axes.plot([0, 1], [0, 1], color="#999999", linestyle="--", linewidth=1)
    axes.scatter(found.predicted, found.observed, s=10 + found.count / 8, color="#0072B2", zorder=3)
    axes.plot(found.predicted, found.observed, color="#0072B2", linewidth=1)
    axes.set_title(f"{name}\nerror {error.value:.3f} ({error.low:.3f} to {error.high:.3f})", loc="left", fontsize=10)
    axes.set_xlabel("probability of the predicted quad")
    axes.set_aspect("equal")
panels[0].set_ylabel("share that is right")

# %%
# Points above the dashed line: the model was surer than it said. The size of a point is the number of sentences.
