"""
Topics and their stances
========================

What the model finds a set of sentences to be about, and in which tone.
"""

# %%
# The sentences are those that the model was trained on: this shows the form, not how good the model is.
import matplotlib.pyplot as plt
import numpy as np

from nato_nlp import load_tagger
from nato_nlp.datasets import load_seeds

tags = load_tagger().tag_sentences(load_seeds().texts)
print(f"{tags.has_topic.any(axis=1).mean():.0%} of {len(tags):,} sentences have a topic")

# %%
stances = ("cooperation", "dispute", "neutral")
counts = np.array(
    [[(tags.has_topic[:, t] & (tags.stances == s)).sum() for s in range(3)] for t in range(len(tags.topic_names))]
)
order = np.argsort(counts.sum(axis=1))
figure, axes = plt.subplots(figsize=(7, 5.2), layout="constrained")
left = np.zeros(len(order))
for s, (colour, hatch) in enumerate((("#56B4E9", ""), ("#E69F00", "//"), ("#dddddd", ""))):
    axes.barh(
        range(len(order)), counts[order, s], left=left, color=colour, hatch=hatch, edgecolor="white", label=stances[s]
    )
    left += counts[order, s]
axes.set_yticks(range(len(order)), [tags.topic_names[t].replace("_", " ") for t in order])
axes.set_xlabel("sentences")
axes.set_title("Topics by stance", loc="left")
axes.legend(frameon=False, loc="lower right")
axes.spines[["top", "right"]].set_visible(False)
