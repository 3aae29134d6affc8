"""The development sets: what may be looked at before an experiment opens a test set."""

from nato_nlp.datasets import Dataset, load_ace_wikievents, load_cameo, load_plover_zsp
from nato_nlp.evaluation.leaks import find_leaks


def development_sets() -> list[Dataset]:
    """Load the sets that models may be compared on during development.

    Returns
    -------
    list of Dataset
        PLOVER's training part; the same with CAMEO's sentences of class 0 that stand in neither part of PLOVER, exactly or
        nearly; the training part of ACE and WikiEvents.
    """
    plover = load_plover_zsp("train")
    return [plover, with_cameo_none(plover), load_ace_wikievents()]


def cameo_none() -> Dataset:
    """Return CAMEO's sentences of class 0, without those that share a sentence with either part of PLOVER."""
    cameo = load_cameo()
    none = cameo.select([k for k, quad in enumerate(cameo.labels["quad"]) if quad == "neutral"])
    leaks = find_leaks(list(none.texts), list(load_plover_zsp("all").texts))
    leaked = {leak.train for leak in leaks}
    return none.select([k for k in range(len(none)) if k not in leaked])


def with_cameo_none(plover: Dataset) -> Dataset:
    """Join PLOVER's training part, which has no neutral sentence, with `cameo_none`."""
    none = cameo_none()
    labels = {name: [*plover.labels[name], *none.labels[name]] for name in ("quad", "stance")}
    return Dataset(
        "plover_zsp train + cameo none",
        [*plover.texts, *none.texts],
        labels,
        licence=f"{plover.licence}; {none.licence}",
        citation=f"{plover.citation}; {none.citation}",
        home=f"{plover.home}; {none.home}",
        sha256={**plover.sha256, **none.sha256},
        notes=(
            "no document ids: groups are near-duplicate clusters",
            "CAMEO's class 0 is wider than the codebook's neutral: it holds acts that its coders left out",
        ),
    )
