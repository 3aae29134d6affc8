"""How far any tagger of sentences can get where a set counts otherwise: CAMEO's class 0, and AW's marked pairs."""

import argparse
from collections import Counter, defaultdict
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np

from nato_nlp import load_codebook
from nato_nlp.datasets import Dataset, load_ace_wikievents, load_plover_zsp
from nato_nlp.evaluation.intervals import Estimate, estimate
from nato_nlp.evaluation.public import cameo_none

READING = Path(__file__).parent / "cameo_none.tsv"
OUT = Path(__file__).parent / "results" / "ceiling.md"
RESAMPLES = 2000


def reading(path: Path = READING) -> dict[str, tuple[str, bool]]:
    """Return quad and contestedness of each row that was read, by the first 16 digits of its sentence's SHA-256."""
    lines = path.read_text(encoding="utf-8").splitlines()[1:]
    rows = (line.split("\t") for line in lines)
    return {digest: (quad, contested == "1") for digest, quad, contested in rows}


def drawn(data: Dataset) -> list[tuple[str, bool]]:
    """Return the readings of the rows of class 0 that were read."""
    known = reading()
    digests = [sha256(text.encode()).hexdigest()[:16] for text in data.texts]
    return [known[digest] for digest in digests if digest in known]


def macro_f1(supports: Sequence[int], zeros: int, shares: Sequence[float]) -> float:
    """Return stance macro-F1 of a tagger that always says what the codebook says.

    Symbols: n_c rows of PLOVER with stance c, all right; m rows of class 0, gold neutral, the share p_c of them read as c. F1
    of cooperation and dispute is 2 n_c / (2 n_c + m p_c), of neutral 2 p / (1 + p) with p the share read as neutral.

    Examples
    --------
    >>> macro_f1([10, 10], 10, [0.0, 0.0, 1.0])
    1.0
    """
    acts = [2 * n / (2 * n + zeros * p) for n, p in zip(supports, shares, strict=False)]
    return float(np.mean([*acts, 2 * shares[2] / (1 + shares[2])]))


def ceiling(plover: Dataset, none: Dataset) -> Estimate:
    """Return the score with an interval over the rows that were read."""
    book = load_codebook()
    read = np.asarray([book.stances.index(book.stance_of[quad]) for quad, _ in drawn(none)])
    supports = [list(plover.labels["stance"]).count(stance) for stance in book.stances[:2]]
    rng = np.random.default_rng(0)

    def of(rows: np.ndarray) -> float:
        return macro_f1(supports, len(none), (np.bincount(rows, minlength=3) / len(rows)).tolist())

    samples = [of(rng.choice(read, len(read))) for _ in range(RESAMPLES)]
    low, high = np.quantile(samples, [0.025, 0.975]).tolist()
    return Estimate(of(read), low, high, len(read), len(read))


def by_sentence(data: Dataset) -> Estimate:
    """Return binary macro-F1 of a tagger that gives each distinct sentence the label that most of its rows have."""
    gold, votes = list(data.labels["binary"]), defaultdict(Counter)
    for text, label in zip(data.texts, gold, strict=True):
        votes[text][label] += 1
    best = {text: max(sorted(count), key=count.__getitem__) for text, count in votes.items()}
    return estimate("macro_f1", gold, [best[text] for text in data.texts], groups=data.groups)


def report(plover: Dataset, none: Dataset, ace: Dataset) -> str:
    """Render what was read and the score as Markdown."""
    read = drawn(none)
    counts = Counter(quad for quad, _ in read)
    contested = Counter(quad for quad, doubtful in read if doubtful)
    best, one = ceiling(plover, none), by_sentence(ace)
    differ = sum(quad != "neutral" for quad, _ in read)
    clear = sum(quad != "neutral" and not doubtful for quad, doubtful in read)
    lines = [
        "# CAMEO's class 0 under the codebook\n",
        f"{len(read)} of {len(none)} rows, drawn at random, were read by a language model that had seen the codebook alone. "
        f"{differ} are not neutral under the codebook ({clear} of them beyond dispute): class 0 holds comments, denials, "
        "hopes, appeals and condolences, which the codebook counts as acts.\n",
        "| quad under the codebook | rows | contested |",
        "|---|---|---|",
        *(f"| {quad} | {counts[quad]} | {contested[quad]} |" for quad in load_codebook().quads),
        "",
        "Stance macro-F1 on PLOVER's training part with class 0, of a tagger that always says what the codebook says: "
        f"{best.value:.3f} ({best.low:.3f} to {best.high:.3f}, {best.count} rows read).",
        "\n# AW's marked pairs\n",
        "AW labels a pair of marked actors, and a sentence may stand there with several pairs. Binary macro-F1 of a tagger "
        f"that gives each sentence the label that most of its pairs have: {one.value:.3f} ({one.low:.3f} to {one.high:.3f}, "
        f"{one.count} rows, {len(set(ace.texts))} distinct sentences).",
    ]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the reading and the score, and record them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks ceiling", description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT, help="file of the report")
    options = parser.parse_args(arguments)
    text = report(load_plover_zsp("train"), cameo_none(), load_ace_wikievents())
    print(text)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(text, encoding="utf-8")
    return 0
