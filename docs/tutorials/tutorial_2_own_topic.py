"""
Label your own topic and train
==============================

The shipped topics are not yours? Labelled sentences make a new one, some hundred of them, and training takes seconds.
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
# A yardstick: what would a tagger score that says yes to every sentence? A model that is not clearly better has learned nothing.
print(estimate("multilabel_micro_f1", topics, [["water"]] * len(topics), groups=stories))

# %%
# Read the mistakes: they tell whether labels or model are wrong.
missed = [text for text, gold, said in zip(texts, topics, found, strict=True) if gold and not said]
for text in missed[:3]:
    print("missed:", text[:120])

# %%
# Use it
# ------
new = [
    "Fishermen from both banks shared the river again.",
    "Upstream, Tajik engineers began to fill the reservoir.",
    "The ministers discussed tariffs on steel.",
]
for sentence in tagger.tag_sentences(new):
    print(f"{sentence.topic_proba['water']:.2f}", sentence.topics, sentence.text)

# %%
# What it has seen too seldom it misses, as the second sentence shows: more labels with such words would mend that.
#
# Save it, and use it on the command line: ``nato-nlp tag stories/ --model water.safetensors``.
from pathlib import Path
from tempfile import mkdtemp

path = Path(mkdtemp()) / "water.safetensors"
tagger.save(path)
print(f"{path.name}: {path.stat().st_size:,} bytes")

# %%
# How many labels?
# ----------------
# Here is the same with forty sentences, half of them about water, beside the yardstick, which is high because half of them are.
about = [k for k, topic in enumerate(topics) if topic][:20]
other = [k for k, topic in enumerate(topics) if not topic][::150][:20]
few = sorted(about + other)
small = Tagger(features=NgramTfidf(word=(1, 1), char=None)).fit(
    [texts[k] for k in few], topics=[topics[k] for k in few], groups=[stories[k] for k in few]
)
_, _, decided = small.held_out_.calibrated()
gold = [topics[k] for k in few]
print("forty labels:", estimate("multilabel_micro_f1", gold, [["water"] if yes else [] for yes in decided[:, 0]]))
print("always yes:  ", estimate("multilabel_micro_f1", gold, [["water"]] * len(few)))

# %%
# The intervals overlap: from forty labels one can't even tell that anything was learned. With real labels, which no search has made alike, it is harder still.
# Sentences that are *not* about the topic are cheap: take many, as in real text. On the command line ``nato-nlp train --data coded.csv --add-seeds`` adds the seed
# corpus as such (what it says about your topic then counts against it). A label table for the command line has a column ``topics``, empty where there is
# none, several joined by ``;``: see :doc:`/howto/train`.
#
# What it learned
# ---------------
import matplotlib.pyplot as plt

from nato_nlp import top_features

strongest = top_features(tagger, "water", top=12)
figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
axes.barh([feature.name for feature in strongest], [feature.weight for feature in strongest], color="#0072B2")
axes.invert_yaxis()
axes.set_xlabel("weight of the word")
axes.set_title("Words that speak most for the topic", loc="left")
axes.spines[["top", "right"]].set_visible(False)

# %%
# Next: :doc:`compare two models honestly </auto_tutorials/tutorial_3_compare>`.
