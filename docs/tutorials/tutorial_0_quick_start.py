"""
Quick start
===========

Tag a story, look at the result, and take it on as a table.
"""

# %%
# A tagger
# --------
# The model is part of the package: nothing is downloaded.
from nato_nlp import load_tagger

tagger = load_tagger()

# %%
# A story
# -------
# ``tag`` splits a text into sentences and tags each; in a notebook the result is a table.
story = """World News

Oslo and Bishkek to share radar data as border row with Tashkent drags on

By Ingrid Solheim, Bishkek

BISHKEK, March 14 - Norway and Kyrgyzstan agreed on Thursday to share early-warning radar data and to train air defence crews together.
The U.S. Secretary of State welcomed the accord. Uzbekistan's foreign ministry denounced it and summoned the Norwegian ambassador in Tashkent.

The radar can follow forty objects at a time at a distance of 300 kilometres.

Uzbek border guards closed two crossings in the Fergana valley on Tuesday, cutting off trade with the town of Kadamjay.

Russia offered to mediate, and both capitals said they would study the proposal.

Click here to sign up for our morning newsletter
"""
tags = tagger.tag(story, meta={"doc": "sample", "date": "2024-03-15"})
tags

# %%
# Site furniture (the section name, the byline, the last line) is marked and tagged neutral. A sentence knows its place in the text, and the
# probability of every label:
sentence = next(s for s in tags if s.stance == "dispute")
print(sentence.text)
print(story[sentence.start : sentence.end] == sentence.text)
print({name: round(p, 2) for name, p in sentence.quad_proba.items()})

# %%
# As a table
# ----------
# Tables come as Arrow, pandas or Polars.
frame = tags.to_pandas()
frame.loc[~frame["boilerplate"], ["stance", "quad", "topics", "text"]].head()

# %%
# And a plot
# ----------
import matplotlib.pyplot as plt

COLOURS = {"cooperation": "#56B4E9", "dispute": "#E69F00", "neutral": "#f2f2f2"}
body = frame[~frame["boilerplate"]]
figure, axes = plt.subplots(figsize=(7, 3.2), layout="constrained")
left = 0.0 * body.index.to_numpy()
for stance, colour in COLOURS.items():
    share = body["stance_proba"].map(lambda proba, name=stance: proba[name]).to_numpy()
    axes.barh(range(len(body)), share, left=left, color=colour, edgecolor="#595959", label=stance)
    left = left + share
axes.invert_yaxis()
axes.set_yticks(range(len(body)), [f"sentence {k + 1}" for k in range(len(body))])
axes.set_xlabel("probability of each stance")
axes.set_title("How sure the model is of each sentence", loc="left")
figure.legend(loc="outside lower center", ncols=3, frameon=False)

# %%
# Next: :doc:`tag a folder of stories </auto_tutorials/tutorial_1_folder>`.
