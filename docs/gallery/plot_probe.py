"""
Minimal pairs
=============

A behavioural test: pairs of sentences that differ in a few words. Both must get the right stance for the pair to pass.
"""

# %%
import matplotlib.pyplot as plt

from nato_nlp import load_tagger
from nato_nlp.evaluation import load_probe, run_probe

pairs = load_probe()
first = next(pair for pair in pairs if pair.kind == "negation")
for text, stance in zip(first.texts, first.stances, strict=True):
    print(f"{stance}: {text}")

# %%
# The pairs train nothing. Where the model fails, a reader of its tags should be wary.
rates = run_probe(load_tagger(), pairs).stance
figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
for place, rate in enumerate(rates.values()):
    axes.errorbar(
        rate.value, place, xerr=[[rate.value - rate.low], [rate.high - rate.value]], fmt="o", color="#0072B2", capsize=3
    )
axes.set_yticks(range(len(rates)), [f"{kind.replace('_', ' ')} ({rate.count})" for kind, rate in rates.items()])
axes.invert_yaxis()
axes.set_xlim(0, 1)
axes.grid(axis="x", color="#dddddd")
axes.set_xlabel("share of pairs with both stances right, 95% interval")
axes.set_title("Minimal pairs by kind (number of pairs)", loc="left")
axes.spines[["top", "right", "left"]].set_visible(False)
