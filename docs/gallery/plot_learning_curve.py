"""
Learning curve
==============

Would more labels help? Scores of models that learned from a part of the stories, tested on the same stories all the time.
"""

# %%
import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from nato_nlp.datasets import load_seeds
from nato_nlp.evaluation import estimate, group_holdout
from nato_nlp.features import NgramTfidf

seeds = load_seeds()
data = seeds.select(~np.asarray(seeds.labels["boilerplate"]))
texts, stance, story = (np.asarray(values, dtype=object) for values in (data.texts, data.labels["stance"], data.groups))
split = group_holdout(data.labels["stance"], data.groups, test_size=0.3)

# %%
# Stories are added one after the other in a random order, so that each point contains the one before.
order = np.random.default_rng(0).permutation(sorted(set(story[split.train])))
points = []
for part in (0.05, 0.1, 0.2, 0.4, 0.7, 1.0):
    known = set(order[: max(2, round(part * len(order)))])
    rows = [row for row in split.train if story[row] in known]
    model = make_pipeline(
        NgramTfidf(char=None), LogisticRegression(C=10, class_weight="balanced", max_iter=100, tol=1e-3)
    )
    said = model.fit(texts[rows], stance[rows]).predict(texts[split.test])
    points.append((len(rows), estimate("macro_f1", stance[split.test], said, groups=story[split.test], resamples=500)))
    print(f"{len(known):4} stories, {len(rows):5} sentences: {points[-1][1]}")

# %%
figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
counts = [count for count, _ in points]
axes.plot(counts, [e.value for _, e in points], marker="o", color="#0072B2")
axes.fill_between(
    counts, [e.low for _, e in points], [e.high for _, e in points], color="#0072B2", alpha=0.2, linewidth=0
)
axes.set_xscale("log")
axes.set_xticks(counts, [f"{count:,}" for count in counts])
axes.minorticks_off()
axes.set_xlabel("sentences to learn from (logarithmic)")
axes.set_ylabel("macro-F1 of stance")
axes.set_title("Words alone, tested on stories that no model saw", loc="left")
axes.spines[["top", "right"]].set_visible(False)
