"""
Evidence of a tag
=================

Why this label? A score is a sum over the phrases of the sentence, so that it can be taken apart without approximation.
"""

# %%
import matplotlib.pyplot as plt

from nato_nlp import evidence_of, load_tagger

sentence = "Despite talks in Oslo, Peru condemned the raid and recalled its ambassador."
tagger = load_tagger()
print(tagger.tag_sentences([sentence])[0].stance)
evidence = evidence_of(tagger, sentence, "dispute", top=None)

# %%
# Bars are what each phrase adds to the score of the stance's strongest quad, less what it adds to the strongest quad of another stance.
phrases = sorted(evidence.phrases, key=lambda phrase: -abs(phrase.pull))[:10]
figure, axes = plt.subplots(figsize=(7, 3.4), layout="constrained")
colours = ["#0072B2" if phrase.pull > 0 else "#E69F00" for phrase in phrases]
bars = axes.barh(range(len(phrases)), [phrase.pull for phrase in phrases], color=colours)
for bar, phrase in zip(bars, phrases, strict=True):
    bar.set_hatch("" if phrase.pull > 0 else "//")
axes.set_yticks(range(len(phrases)), [phrase.text for phrase in phrases])
axes.invert_yaxis()
axes.axvline(0, color="black", linewidth=0.8)
axes.set_xlabel(f"adds to the score of {evidence.quad} over {evidence.against}")
axes.set_title("Despite talks in Oslo, Peru condemned the raid\nand recalled its ambassador.", loc="left", fontsize=10)
axes.spines[["top", "right", "left"]].set_visible(False)
