"""
Actor swap
==========

A tag should say what is done, not who is named. Replace every name by another of its kind and tag again: how often does a tag change?
"""

# %%
# The shipped model masks names in its n-grams; a tagger of plain words reads them like any word.
import matplotlib.pyplot as plt
import numpy as np

from nato_nlp import Tagger, load_tagger
from nato_nlp.datasets import load_seeds
from nato_nlp.evaluation import bootstrap, swap_actors
from nato_nlp.features import NgramTfidf

seeds = load_seeds()
data = seeds.select(~np.asarray(seeds.labels["boilerplate"]))
swapped = swap_actors(data.texts)
print(data.texts[1])
print(swapped[1])

# %%
plain = Tagger(features=NgramTfidf(char=None)).fit(data.texts, quad=data.labels["quad"], groups=data.groups)
shares = {}
for name, tagger in (("plain words", plain), ("shipped model", load_tagger())):
    before, after = tagger.tag_sentences(data.texts), tagger.tag_sentences(swapped)
    for what in ("stances", "quads"):
        rows = np.column_stack([getattr(before, what) != getattr(after, what), np.ones(len(data))])
        share = bootstrap(rows, lambda sums: sums[..., 0] / sums[..., 1], groups=data.groups, resamples=500)
        shares[f"{name}, {what[:-1]}"] = share
        print(f"{name}, {what[:-1]}: {share}")

# %%
figure, axes = plt.subplots(figsize=(7, 2.6), layout="constrained")
for place, share in enumerate(shares.values()):
    axes.barh(place, share.value, color="#0072B2" if place < 2 else "#D55E00")
    axes.errorbar(
        share.value, place, xerr=[[share.value - share.low], [share.high - share.value]], color="black", capsize=3
    )
axes.set_yticks(range(len(shares)), shares)
axes.invert_yaxis()
axes.set_xlabel("share of sentences whose tag changes, 95% interval over stories")
axes.set_title("Other names, same acts", loc="left")
axes.spines[["top", "right"]].set_visible(False)

# %%
# Both taggers were trained on these sentences. Topics do change with the actors, and should: they say what a sentence is about.
