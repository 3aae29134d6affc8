"""
Label your own topic and train
==============================

The shipped topics are not yours? A few dozen labelled sentences make a new one, and training takes seconds.
"""

# %%
# Labels
# ------
# Say your question is about **water**: rivers, dams, reservoirs, fisheries. Read sentences and label them in a table with three columns: the
# sentence, whether it is about water, and the story. Here a search for words stands in for your reading, so that the page can run; with real labels the
# model learns what a search misses.
import re

from nato_nlp.datasets import seed_rows

WATER = re.compile(
    r"\b(river|rivers|dam|dams|reservoir|water|fishing|fishery|fishermen|trawlers?|lake|irrigation)\b", re.IGNORECASE
)
rows = [row for row in seed_rows() if not row.boilerplate]
texts = [row.text for row in rows]
topics = [["water"] if WATER.search(row.text) else [] for row in rows]
stories = [row.doc for row in rows]
print(sum(map(bool, topics)), "of", len(texts), "sentences are about water")

# %%
# Train
# -----
# Any topic names will do. ``groups`` are the stories: calibration never scores a sentence by a model that saw its story.
from nato_nlp import Tagger
from nato_nlp.features import NgramTfidf

tagger = Tagger(features=NgramTfidf(word=(1, 1), char=None)).fit(texts, topics=topics, groups=stories)
print(tagger.topics_)

# %%
# How good is it?
# ---------------
# ``held_out_`` keeps what models said of sentences whose story they had not seen. Scores come with intervals over stories.
from nato_nlp.evaluation import estimate

_, _, decided = tagger.held_out_.calibrated()
found = [["water"] if yes else [] for yes in decided[:, 0]]
print(estimate("multilabel_micro_f1", topics, found, groups=stories))

# %%
# Read the mistakes: they tell whether labels or model are wrong.
missed = [text for text, gold, said in zip(texts, topics, found, strict=True) if gold and not said]
for text in missed[:3]:
    print("missed:", text[:120])

# %%
# Use it
# ------
new = ["Upstream, Tajik engineers began to fill the reservoir.", "The ministers discussed tariffs on steel."]
for sentence in tagger.tag_sentences(new):
    print(f"{sentence.topic_proba['water']:.2f}", sentence.topics, sentence.text)

# %%
# Save it, and use it on the command line: ``nato-nlp tag stories/ --model water.safetensors``.
from pathlib import Path
from tempfile import mkdtemp

path = Path(mkdtemp()) / "water.safetensors"
tagger.save(path)
print(f"{path.name}: {path.stat().st_size:,} bytes")

# %%
# What it learned
# ---------------
import matplotlib.pyplot as plt

from nato_nlp.models.evidence import top_features

strongest = top_features(tagger, "water", top=12)
figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
axes.barh([feature.name for feature in strongest], [feature.weight for feature in strongest], color="#0072B2")
axes.invert_yaxis()
axes.set_xlabel("weight of the word")
axes.set_title("Words that speak most for the topic", loc="left")
axes.spines[["top", "right"]].set_visible(False)

# %%
# Next: :doc:`compare two models honestly </auto_tutorials/tutorial_3_compare>`.
