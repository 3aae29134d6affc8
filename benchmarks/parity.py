"""Does `NgramTfidf` return what scikit-learn returns? Random texts and settings, hostile Unicode included."""

import argparse
import json
import time
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import FeatureUnion

from nato_nlp.errors import InputError
from nato_nlp.evaluation.record import versions
from nato_nlp.features.ngram_tfidf import NgramTfidf

TOLERANCE = {np.float64: 1e-12, np.float32: 2e-6}
PLAIN = "talks of NATO and Russia on the Black Sea; envoys' offer rejected: 3-day truce, U.S.-led, co-operation".split()
HOSTILE = (
    *(
        "İstanbul",
        "ΟΔΟΣ",
        "aΣ",
        "Σ",
        "ΣΑΣ",
        "ΑΣ\u0301",
        "Straße",
        "ﬁn",
        "ǅ",
        "e\u0301te\u0301",
        "\u0301",
        "שלום",
        "\u202eabc",
    ),
    *(
        "東京合意",
        "a\x00b",
        "\ud800",
        "x\udfffy",
        "\U0001f600",
        "\U00010400\U00010401",
        "_",
        "__",
        "a_b",
        "٣٤",
        "ª",
        "x" * 40,
    ),
)
SEPARATORS = (
    " ",
    " ",
    " ",
    "  ",
    "\n",
    "\t",
    "\u00a0",
    "\u2003",
    "\u3000",
    "\x1c",
    "\x85",
    "\u200b",
    "-",
    ".",
    "'",
    "",
)


@dataclass
class Summary:
    """What a run found.

    Attributes
    ----------
    examples, equal : int
        Random texts with random settings, and how many gave the same names, columns and weights as scikit-learn.
    refused : int
        Of these, settings that leave no term, which both refuse.
    worst : float
        Largest relative difference of a weight in float64.
    seconds : float
    failures : list of str
        Settings and texts of the first ten that differ.
    """

    examples: int = 0
    equal: int = 0
    refused: int = 0
    worst: float = 0.0
    seconds: float = 0.0
    failures: list[str] = field(default_factory=list)


def draw_text(rng: np.random.Generator) -> str:
    """Draw a text of news words, hostile words and any characters."""
    parts = []
    for _ in range(rng.integers(0, 12)):
        kind = rng.random()
        if kind < 0.6:
            parts.append(PLAIN[rng.integers(len(PLAIN))])
        elif kind < 0.9:
            parts.append(HOSTILE[rng.integers(len(HOSTILE))])
        else:
            top = (0x80, 0x250, 0x3000, 0x110000)[rng.integers(4)]
            parts.append("".join(map(chr, rng.integers(0, top, rng.integers(1, 8)))))
        parts.append(SEPARATORS[rng.integers(len(SEPARATORS))])
    return "".join(parts)


def draw_settings(rng: np.random.Generator) -> dict[str, Any]:
    """Draw parameters that both sides have."""
    low = int(rng.integers(1, 4))
    shares = [1, 1, 2, float(rng.random() / 2)]
    return {
        "blocks": [
            {"word": (low, low + int(rng.integers(0, 3))), "char": None},
            {"word": None, "char": (low, low + int(rng.integers(0, 5)))},
            {"word": (1, 2), "char": (2, 5)},
        ][rng.integers(3)],
        "lowercase": bool(rng.random() < 0.8),
        "min_df": shares[rng.integers(4)],
        "max_df": [1.0, 1.0, 3, 1 - float(rng.random() / 2)][rng.integers(4)],
        "max_features": [None, None, int(rng.integers(1, 40))][rng.integers(3)],
        "binary": bool(rng.random() < 0.3),
        "sublinear_tf": bool(rng.random() < 0.5),
        "use_idf": bool(rng.random() < 0.8),
        "smooth_idf": bool(rng.random() < 0.8),
        "norm": ["l1", "l2", "l2", None][rng.integers(4)],
        "dtype": [np.float64, np.float64, np.float32][rng.integers(3)],
    }


def peer(word: tuple[int, int] | None, char: tuple[int, int] | None, params: dict[str, Any]) -> Any:
    """Return scikit-learn's vectorizer, or union of two, with these parameters."""
    parts = []
    if word:
        parts.append(("word", TfidfVectorizer(ngram_range=word, **params)))
    if char:
        parts.append(("char", TfidfVectorizer(analyzer="char_wb", ngram_range=char, **params)))
    return FeatureUnion(parts) if len(parts) > 1 else parts[0][1]


def compare(texts: list[str], unseen: list[str], settings: dict[str, Any]) -> float | None:
    """Return the largest relative difference of a weight, None when both sides refuse.

    Raises
    ------
    AssertionError
        Names, columns or weights differ.
    """
    params = {name: value for name, value in settings.items() if name != "blocks"}
    ours, theirs = NgramTfidf(**settings["blocks"], **params), peer(**settings["blocks"], params=params)
    try:
        expected = theirs.fit_transform(texts)
    except ValueError:
        try:
            ours.fit(texts)
        except InputError:
            return None
        raise AssertionError("only scikit-learn refuses") from None
    worst = difference(ours.fit_transform(texts), expected, TOLERANCE[settings["dtype"]])
    assert ours.get_feature_names_out().tolist() == theirs.get_feature_names_out().tolist(), "names"
    return max(worst, difference(ours.transform(unseen), theirs.transform(unseen), TOLERANCE[settings["dtype"]]))


def difference(ours: Any, theirs: Any, tolerance: float) -> float:
    """Return the largest relative difference of two sparse matrices; their entries must be in the same places."""
    theirs = theirs.tocsr()
    theirs.sort_indices()
    assert ours.shape == theirs.shape, "shape"
    assert ours.dtype == theirs.dtype, "type"
    assert np.array_equal(ours.indptr, theirs.indptr), "entries of a row"
    assert np.array_equal(ours.indices, theirs.indices), "columns"
    scale = np.abs(theirs.data)
    off = np.abs(ours.data - theirs.data) / np.where(scale > 0, scale, 1)
    worst = float(off.max(initial=0))
    assert worst <= tolerance, f"weights differ by {worst}"
    return worst


def run(examples: int, seed: int = 0, minutes: float = np.inf) -> Summary:
    """Compare on so many random examples, or as many as the time allows."""
    rng = np.random.default_rng(seed)
    summary, start = Summary(), time.perf_counter()
    while summary.examples < examples and time.perf_counter() - start < 60 * minutes:
        texts, unseen = ([draw_text(rng) for _ in range(rng.integers(1, 6))] for _ in range(2))
        settings = draw_settings(rng)
        summary.examples += 1
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # scikit-learn's remarks on settings that contradict each other
                worst = compare(texts, unseen, settings)
        except AssertionError as error:
            if len(summary.failures) < 10:
                summary.failures.append(f"{error}: {settings} {texts!r} {unseen!r}")
            continue
        summary.equal += 1
        if worst is None:
            summary.refused += 1
        elif settings["dtype"] is np.float64:
            summary.worst = max(summary.worst, worst)
    summary.seconds = time.perf_counter() - start
    return summary


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare, print what was found, and write it where asked; the exit code is 1 when an example differs."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks parity", description=__doc__)
    parser.add_argument("--examples", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=np.inf, help="stop after so many minutes")
    parser.add_argument("--out", type=Path, help="write the summary here, too")
    options = parser.parse_args(arguments)
    found = asdict(run(options.examples, options.seed, options.minutes)) | {
        "seed": options.seed,
        "versions": versions(),
    }
    print(json.dumps(found, indent=1))
    if options.out:
        options.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return int(bool(found["failures"]))
