"""
Abstaining
==========

What is gained by giving no answer where the model is unsure? Each point leaves out the sentences below a probability.
"""

# %%
import matplotlib.pyplot as plt
import numpy as np

from nato_nlp import Tagger
from nato_nlp.datasets import load_seeds
from nato_nlp.evaluation import estimate, risk_coverage
from nato_nlp.features import NgramTfidf

seeds = load_seeds()
data = seeds.select(~np.asarray(seeds.labels["boilerplate"]))
tagger = Tagger(features=NgramTfidf(char=None)).fit(data.texts, quad=data.labels["quad"], groups=data.groups)
classes = tagger.held_out_.targets.quads
proba = tagger.held_out_.calibrated()[0]
curve = risk_coverage(data.labels["quad"], proba, classes=classes)

# %%
# The same with an interval, at a threshold that was fixed beforehand:
for metric in ("coverage", "selective_risk"):
    print(
        metric,
        estimate(metric, data.labels["quad"], proba, classes=classes, threshold=0.7, groups=data.groups, resamples=500),
    )

# %%
figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
axes.plot(curve.coverage, curve.risk, color="#0072B2")
for threshold in (0.5, 0.7, 0.9):
    k = int(np.searchsorted(-curve.threshold, -threshold, side="right")) - 1
    axes.annotate(
        f"p ≥ {threshold}", (curve.coverage[k], curve.risk[k]), xytext=(-8, 14), textcoords="offset points", ha="right",
        arrowprops={"arrowstyle": "-"},
    )  # fmt: skip
axes.set_xlim(0, 1)
axes.set_ylim(0, None)
axes.set_xlabel("share of sentences that get an answer")
axes.set_ylabel("share of answers that are wrong")
axes.set_title("Quads by words alone, held-out stories", loc="left")
axes.spines[["top", "right"]].set_visible(False)
