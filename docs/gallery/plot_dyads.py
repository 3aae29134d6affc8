"""
Dyads and their stance
======================

The pairs that act most towards each other, and in which tone. Acts are found by the model in the sentences that it was trained on: this shows the form.
"""

# %%
from collections import Counter

import matplotlib.pyplot as plt
import numpy as np

from nato_nlp import load_tagger
from nato_nlp.datasets import load_seeds

tags = load_tagger().tag_sentences(load_seeds().texts)
counts = Counter((act.source, act.target, act.stance) for sentence in tags for act in sentence.dyads)
totals = Counter()
for (source, target, _), count in counts.items():
    totals[source, target] += count
print(f"{sum(totals.values()):,} acts of {len(totals):,} directed pairs")

# %%
pairs = [pair for pair, _ in sorted(totals.items(), key=lambda item: (-item[1], item[0]))[:14]]
figure, axes = plt.subplots(figsize=(7, 4.4), layout="constrained")
left = np.zeros(len(pairs))
for stance, colour, hatch in (("cooperation", "#56B4E9", ""), ("dispute", "#E69F00", "//")):
    values = np.array([counts[*pair, stance] for pair in pairs])
    axes.barh(range(len(pairs)), values, left=left, color=colour, hatch=hatch, edgecolor="white", label=stance)
    left += values
axes.set_yticks(range(len(pairs)), [f"{source} → {target}" for source, target in pairs])
axes.invert_yaxis()
axes.set_xlabel("acts")
axes.set_title("Most frequent directed pairs", loc="left")
axes.legend(frameon=False)
axes.spines[["top", "right"]].set_visible(False)
