"""
Speed of TF-IDF
===============

Bars from a recorded benchmark: MB of text a second on one core, median and quartiles. :doc:`The record </_generated/recorded/vectorize>` has the machine, the
versions and the bounds that were set beforehand.
"""

# %%
# The file lies in the repository; ``python -m benchmarks vectorize`` writes it.
import json
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

root = next(folder for folder in Path.cwd().resolve().parents if (folder / "benchmarks" / "results").is_dir())
found = json.loads((root / "benchmarks" / "results" / "vectorize.json").read_text(encoding="utf-8"))
print(found["machine"]["cpu"], found["machine"]["day"], f"{found['text']['new']['mb']:.0f} MB")

# %%
rows = [row for row in found["speed"] if row["job"] == "transform"]
settings = list(dict.fromkeys(row["setting"] for row in rows))
peers = list(dict.fromkeys(row["peer"] for row in rows))
figure, panels = plt.subplots(1, len(settings), figsize=(9, 2.6), layout="constrained", sharey=True)
for axes, setting in zip(panels, settings, strict=True):
    for row in rows:
        if row["setting"] == setting:
            low, middle, high = np.quantile(row["mb"] / np.array(row["seconds"]), [0.25, 0.5, 0.75])
            colour = "#D55E00" if row["peer"] == "NgramTfidf" else "#0072B2"
            axes.barh(peers.index(row["peer"]), middle, color=colour)
            axes.errorbar(
                middle, peers.index(row["peer"]), xerr=[[middle - low], [high - middle]], color="black", capsize=2
            )
    axes.set_title(setting, loc="left", fontsize=10)
    axes.spines[["top", "right"]].set_visible(False)
panels[0].set_yticks(range(len(peers)), peers)
panels[0].invert_yaxis()
figure.supxlabel("MB/s, transform; each panel has its own scale", fontsize=9)
