"""
Dyads through time
==================

Who acts towards whom, and how does that change? From sentences to a series of a pair of states, with intervals.
"""

# %%
# Who acts towards whom
# ---------------------
# A sentence that names two actors can hold acts between them. Each has a source, a target, a quad and probabilities; the main act comes first.
from nato_nlp import load_tagger

tagger = load_tagger()
for sentence in tagger.tag(
    "Uzbekistan denounced the accord and summoned the Norwegian ambassador. Oslo thanked Bishkek."
):
    for act in sentence.dyads:
        print(f"{act.source} -> {act.target}: {act.quad}, p = {act.proba:.2f}")

# %%
# Codes are ISO 3166 for states and the usual abbreviation for organisations; capitals, adjectives and office holders count as their state.
#
# A corpus with dates
# -------------------
# Stories of the seed corpus stand for yours. The shipped model was trained on them: read the shape of this page, not its numbers.
import pandas as pd

from nato_nlp.datasets import load_seeds

seeds = load_seeds()
tags = tagger.tag_sentences(seeds.texts)
rows = [
    {
        "date": date,
        "story": story,
        "source": act.source,
        "target": act.target,
        "stance": act.stance,
        "text": sentence.text,
    }
    for sentence, date, story in zip(tags, seeds.dates, seeds.groups, strict=True)
    for act in sentence.dyads
]
acts = pd.DataFrame(rows)
print(f"{len(acts):,} acts in {acts['story'].nunique()} stories")
acts.groupby(["source", "target"]).agg(acts=("stance", "size"), stories=("story", "nunique")).nlargest(8, "acts")

# %%
# Read before you count
# ---------------------
# Look at the sentences behind a number, always. Here: Russia and a set of Western states and organisations, which form one side.
WEST = {"USA", "GBR", "FRA", "DEU", "POL", "CZE", "NATO", "EU"}
directions = {
    "Russia → West": acts[(acts["source"] == "RUS") & acts["target"].isin(WEST)],
    "West → Russia": acts[acts["source"].isin(WEST) & (acts["target"] == "RUS")],
}
for name, pair in directions.items():
    print(name)
    for stance, text in zip(pair["stance"].head(3), pair["text"].head(3), strict=True):
        print(f"    {stance}: {text[:100]}")

# %%
# A series
# --------
# The share of dispute among the acts of each direction, ten years at a time. Stories are drawn, not acts: one story can hold ten.
import matplotlib.pyplot as plt
import numpy as np

from nato_nlp.evaluation import bootstrap

LEAST = 5  # stories below which a point says nothing
figure, axes = plt.subplots(figsize=(7, 3.8), layout="constrained")
for number, ((name, pair), colour, mark) in enumerate(
    zip(directions.items(), ("#D55E00", "#0072B2"), "so", strict=True)
):
    for decade, found in pair.groupby(pair["date"].str[:3] + "0s"):
        if found["story"].nunique() < LEAST:
            continue
        counts = np.column_stack([found["stance"] == "dispute", np.ones(len(found))])
        share = bootstrap(counts, lambda sums: sums[..., 0] / sums[..., 1], groups=found["story"].tolist())
        print(f"{name}, {decade}: {share}")
        ends = [[share.value - share.low], [share.high - share.value]]
        place = int(decade[:4]) + 1.2 * number
        axes.errorbar(place, share.value, yerr=ends, fmt=mark, color=colour, capsize=3)
    axes.plot([], [], mark, color=colour, label=name)
axes.set_xticks([1990, 2000, 2010, 2020], ["1990s", "2000s", "2010s", "2020s"])
axes.set_ylim(-0.03, 1.03)
axes.set_ylabel("share of dispute among acts")
axes.set_title("Two directions, 95% interval over stories", loc="left")
figure.legend(loc="outside lower center", ncols=2, frameon=False)
axes.spines[["top", "right"]].set_visible(False)

# %%
# Wide intervals are the honest answer to few stories, and an interval without width (all acts alike) is none. Intervals hold for other stories of the same kind, not for errors of the tagger: label acts of your own
# to know those. On the command line, ``nato-nlp summary stories/`` gives shares by dyad and by month with the sentences behind them.
