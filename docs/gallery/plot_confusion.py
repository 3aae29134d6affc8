"""
Confusion matrix
================

Which quads are taken for which? Sentences of the seed corpus, tagged by models that did not see their story.
"""

# %%
# The features of the shipped model: n-grams without names, cues of the lexicon, actors.
import matplotlib.pyplot as plt
import numpy as np

from nato_nlp import Tagger
from nato_nlp.datasets import load_seeds
from nato_nlp.evaluation import estimate
from nato_nlp.features import NewsFeatures, NgramTfidf

seeds = load_seeds()
data = seeds.select(~np.asarray(seeds.labels["boilerplate"]))
features = NewsFeatures(ngrams=NgramTfidf(char=None, min_df=2))
tagger = Tagger(features=features).fit(data.texts, quad=data.labels["quad"], groups=data.groups)
quads = list(tagger.held_out_.targets.quads)
gold = np.array([quads.index(quad) for quad in data.labels["quad"]])
said = tagger.held_out_.calibrated()[0].argmax(axis=1)
print(estimate("macro_f1", [quads[k] for k in gold], [quads[k] for k in said], groups=data.groups))

# %%
counts = np.zeros((5, 5), int)
np.add.at(counts, (gold, said), 1)
share = counts / counts.sum(axis=1, keepdims=True)
figure, axes = plt.subplots(figsize=(6.4, 5), layout="constrained")
axes.imshow(share, cmap="Blues", vmin=0, vmax=1)
for k in range(5):
    for m in range(5):
        axes.text(m, k, f"{counts[k, m]:,}", ha="center", va="center", color="white" if share[k, m] > 0.5 else "black")
names = [quad.replace("_", "\n") for quad in quads]
axes.set_xticks(range(5), names, fontsize=8)
axes.set_yticks(range(5), names, fontsize=8)
axes.set_xlabel("predicted")
axes.set_ylabel("gold")
axes.set_title("Quads, held-out stories; shade: share of the row", loc="left", fontsize=10)
