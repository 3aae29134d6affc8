"""Datasets: the seed corpus, public sets of labelled sentences, and one's own tables."""

from nato_nlp.datasets.dataset import Dataset
from nato_nlp.datasets.public import (
    PUBLIC_SETS,
    load_ace_wikievents,
    load_cameo,
    load_insightcrime,
    load_plover_zsp,
)
from nato_nlp.datasets.seeds import Act, SeedRow, load_seeds, seed_rows
from nato_nlp.datasets.table import load_table

__all__ = [
    "PUBLIC_SETS",
    "Act",
    "Dataset",
    "SeedRow",
    "load_ace_wikievents",
    "load_cameo",
    "load_insightcrime",
    "load_plover_zsp",
    "load_seeds",
    "load_table",
    "seed_rows",
]
