"""
Tag a folder of stories
=======================

From a folder of text files to shares of stances with intervals: what a study begins with.
"""

# %%
# A folder
# --------
# Put your texts into a folder, a file for each story. Here some stories of the seed corpus take their place.
from itertools import groupby
from pathlib import Path
from tempfile import mkdtemp

from nato_nlp.datasets import seed_rows

folder = Path(mkdtemp())
for number, (doc, rows) in enumerate(groupby(seed_rows(), lambda row: row.doc)):
    if number < 60:
        (folder / f"{doc}.txt").write_text("\n\n".join(row.text for row in rows), encoding="utf-8")
print(len(list(folder.glob("*.txt"))), "stories")

# %%
# Read and tag
# ------------
# ``read_documents`` takes text, JSONL, CSV and Parquet files, or folders of them; ``tag_documents`` gives a table a document, and never holds
# more than one. On the command line the same is ``nato-nlp tag FOLDER --output tagged.parquet``.
import pyarrow as pa

from nato_nlp import load_tagger, read_documents

tagger = load_tagger()
table = pa.concat_tables(tagger.tag_documents(read_documents([folder])))
frame = table.to_pandas()
print(table.num_rows, "sentences")
frame[["doc", "stance", "quad", "text"]].head()

# %%
# Look before you count
# ---------------------
# Read some sentences of each label first. What is sure, and wrong? What is furniture, and was not seen as such?
for stance, rows in frame[~frame["boilerplate"]].groupby("stance"):
    print(stance)
    for text in rows["text"].head(2):
        print("   ", text[:110])

# %%
# Shares with intervals
# ---------------------
# Sentences of a story are alike, so that the bootstrap draws stories. ``bootstrap`` takes any statistic that is made of sums over rows; here the share of
# each stance.
import numpy as np

from nato_nlp.evaluation import bootstrap

body = frame[~frame["boilerplate"]]
shares = {}
for stance in ("cooperation", "dispute", "neutral"):
    rows = np.column_stack([body["stance"] == stance, np.ones(len(body))])
    shares[stance] = bootstrap(rows, lambda sums: sums[..., 0] / sums[..., 1], groups=body["doc"].tolist())
    print(stance, shares[stance])

# %%
# The interval says how much the share would move with other stories of the same kind. It does **not** include errors of the tagger: for that, label a
# sample of your own sentences.
import matplotlib.pyplot as plt

figure, axes = plt.subplots(figsize=(7, 2.4), layout="constrained")
for place, share in enumerate(shares.values()):
    axes.errorbar(
        share.value,
        place,
        xerr=[[share.value - share.low], [share.high - share.value]],
        fmt="o",
        color="#0072B2",
        capsize=4,
    )
axes.set_yticks(range(3), shares)
axes.set_ylim(2.5, -0.5)
axes.set_xlim(0, None)
axes.set_xlabel("share of sentences, 95% interval over stories")
axes.set_title("Stances in the folder", loc="left")
axes.spines[["top", "right"]].set_visible(False)

# %%
# Next: :doc:`train a topic of your own </auto_tutorials/tutorial_2_own_topic>`.
