"""
Stance over time
================

Shares of cooperation and dispute by period, with intervals that draw stories. Dates and labels are those of the seed corpus, which says nothing about
the world; put your own tagged sentences in their place.
"""

# %%
import matplotlib.pyplot as plt
import numpy as np

from nato_nlp.datasets import load_seeds
from nato_nlp.evaluation import bootstrap

seeds = load_seeds()
frame = seeds.to_pandas()
frame = frame[~frame["boilerplate"]]
frame["period"] = frame["date"].str[:4].astype(int) // 5 * 5


def share(rows, stance):
    """Share of a stance among rows, with an interval over stories."""
    counts = np.column_stack([rows["stance"] == stance, np.ones(len(rows))])
    return bootstrap(counts, lambda sums: sums[..., 0] / sums[..., 1], groups=rows["group"].tolist(), resamples=500)


# %%
# A period with few stories has a wide interval: that is what the line alone would hide.
figure, axes = plt.subplots(figsize=(7, 3.8), layout="constrained")
for stance, colour, mark in (("cooperation", "#0072B2", "o"), ("dispute", "#D55E00", "s")):
    points = {period: share(rows, stance) for period, rows in frame.groupby("period")}
    values = np.array([point.value for point in points.values()])
    ends = np.array([[point.low, point.high] for point in points.values()]).T
    axes.plot(list(points), values, marker=mark, color=colour, label=stance)
    axes.fill_between(list(points), *ends, color=colour, alpha=0.2, linewidth=0)
axes.set_ylim(0, 0.7)
axes.set_xlabel("five years from")
axes.set_ylabel("share of sentences")
axes.set_title("Stances in the seed corpus, 95% interval over stories", loc="left")
axes.legend(frameon=False)
axes.spines[["top", "right"]].set_visible(False)

# %%
counts = frame.groupby("period")["group"].agg(["size", "nunique"])
print(counts.rename(columns={"size": "sentences", "nunique": "stories"}))
