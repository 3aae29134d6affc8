"""
Abstaining
==========

What is gained by giving no answer where the model is unsure? During training every story is held out once; the curve of
answers and errors that those stories showed is kept with the tagger.
"""

# %%
import matplotlib.pyplot as plt

from nato_nlp import load_tagger

tagger = load_tagger()
curve = tagger.certainty_.curve

# %%
# ``with_coverage`` and ``with_error`` choose a point of it:
settings = {"with_coverage(0.9)": tagger.with_coverage(0.9), "with_error(0.05)": tagger.with_error(0.05)}
text = "The ministers spoke for two hours. Envoys responded to the move. Troops shelled the border town."
for name, careful in settings.items():
    print(f"{name:20} p >= {careful.certainty_.silent_below:.2f}", [sentence.stance for sentence in careful.tag(text)])

# %%
figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
axes.plot(curve.coverage, curve.error, color="#0072B2")
for name, careful in settings.items():
    k = curve.threshold.tolist().index(careful.certainty_.silent_below)
    axes.plot(curve.coverage[k], curve.error[k], "o", color="#D55E00")
    axes.annotate(
        name, (curve.coverage[k], curve.error[k]), xytext=(-10, 12), textcoords="offset points", ha="right",
        arrowprops={"arrowstyle": "-"},
    )  # fmt: skip
axes.set_xlim(0, 1)
axes.set_ylim(0, None)
axes.set_xlabel("share of sentences that get a stance")
axes.set_ylabel("share of stances that are wrong")
axes.set_title("Stances, held-out stories of the seed corpus", loc="left")
axes.spines[["top", "right"]].set_visible(False)

# %%
# On other texts more is wrong: the :doc:`record </_generated/recorded/certainty>` has public sets, too. Instead of silence,
# a set of labels that misses the true one at most once in ten sentences, on average over stories like these:
print(tagger.tag(text).label_sets(error=0.1))
