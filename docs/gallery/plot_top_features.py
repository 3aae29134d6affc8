"""
What a label means to the model
===============================

The features that speak most for each stance, whatever the text: read them before you trust a model.
"""

# %%
import matplotlib.pyplot as plt

from nato_nlp import load_tagger, top_features

tagger = load_tagger()
figure, panels = plt.subplots(1, 2, figsize=(8.4, 4), layout="constrained")
for axes, stance, colour in zip(panels, ("cooperation", "dispute"), ("#0072B2", "#D55E00"), strict=True):
    found = top_features(tagger, stance, top=15, kind="word")
    axes.barh([feature.name for feature in found], [feature.weight for feature in found], color=colour)
    axes.invert_yaxis()
    axes.set_title(stance, loc="left")
    axes.spines[["top", "right"]].set_visible(False)
figure.supxlabel("weight of a word n-gram for the stance", fontsize=9)

# %%
# Cues of the lexicon weigh more than any single word:
for feature in top_features(tagger, "dispute", top=5, kind="cue"):
    print(f"{feature.weight:6.2f}  {feature.name}")
