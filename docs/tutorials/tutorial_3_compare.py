"""
Compare two models honestly
===========================

Do character n-grams help? Four things make the answer worth something: the same folds, no leaks, an interval, and one question asked once.
"""

# %%
# The data and its folds
# ----------------------
# Stories stay together. So do stories that differ in a few words only: ``load_seeds`` joins them in one group. To be quick we take every second group.
import numpy as np

from nato_nlp.datasets import load_seeds
from nato_nlp.evaluation import find_leaks, grouped_kfold

seeds = load_seeds()
some = set(sorted(set(seeds.groups))[::2])
chosen = [
    group in some and not furniture for group, furniture in zip(seeds.groups, seeds.labels["boilerplate"], strict=True)
]
data = seeds.select(chosen)
stance = np.asarray(data.labels["stance"])
texts = np.asarray(data.texts, dtype=object)
folds = grouped_kfold(data.labels["stance"], data.groups, n_splits=5)
print(data)

# %%
# No leaks
# --------
# Every fold is checked: is a test sentence, or nearly the same one, among those to train on?
for number, fold in enumerate(folds):
    leaks = find_leaks(texts[fold.train].tolist(), texts[fold.test].tolist())
    print(
        f"fold {number}: {len(leaks)} pairs, the most alike {max((leak.similarity for leak in leaks), default=0):.2f}"
    )

# %%
# Two systems, the same folds
# ---------------------------
# Vocabulary and weights are fitted inside each fold. Regularization is the same for both here; in a study, choose it inside the training part of each fold.
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from nato_nlp.features import NgramTfidf

systems = {"words": {"word": (1, 2), "char": None}, "words and characters": {"word": (1, 2), "char": (2, 4)}}
said = {}
for name, settings in systems.items():
    said[name] = np.empty(len(data), dtype=object)
    for fold in folds:
        model = make_pipeline(
            NgramTfidf(min_df=2, **settings), LogisticRegression(C=10, class_weight="balanced", max_iter=200, tol=1e-3)
        )
        said[name][fold.test] = model.fit(texts[fold.train], stance[fold.train]).predict(texts[fold.test])

# %%
# Scores and their difference
# ---------------------------
# ``difference`` draws the same stories for both: what makes a story hard for both cancels out.
from nato_nlp.evaluation import difference, estimate

first, second = said.values()
for name, labels in said.items():
    print(f"{name:>22}: macro-F1 {estimate('macro_f1', stance, labels, groups=data.groups)}")
gap = difference("macro_f1", stance, second, first, groups=data.groups)
print(f"{'difference':>22}: {gap}")

# %%
# The last line is the answer. If its interval holds 0, say that the systems could not be told apart, and not that they are equal.
import matplotlib.pyplot as plt

figure, axes = plt.subplots(figsize=(7, 2), layout="constrained")
axes.errorbar(gap.value, 0, xerr=[[gap.value - gap.low], [gap.high - gap.value]], fmt="o", color="#D55E00", capsize=5)
axes.axvline(0, color="black", linewidth=0.8)
axes.set_yticks([])
axes.set_xlabel("macro-F1 with characters minus macro-F1 without, 95% interval over stories")
axes.set_title("Do characters help?", loc="left")
axes.spines[["top", "right", "left"]].set_visible(False)

# %%
# Of many systems, some look better by chance. ``nato-nlp compare`` tests recorded experiments pair by pair and corrects for their number:
# see :doc:`/_generated/cli`.
#
# Next: :doc:`follow pairs of states </auto_tutorials/tutorial_4_dyads>`.
