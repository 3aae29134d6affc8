"""News-like text of any length, grown out of the seed corpus.

Measuring needs tens of megabytes that anybody may have, and that behave as news do where it matters for speed: how long
sentences are, how often words come back, and how many new words each further megabyte brings. The text means nothing.

How it is grown, everything drawn from one seeded generator:

Lengths
    A sentence has as many tokens (between white space) as a sentence drawn from the seed corpus, so the lengths of
    news are kept: headlines, one-clause and very long sentences in their shares.
Words
    A sentence begins as a sentence of the corpus begins. A token is then followed, with probability `FOLLOW`, by one that
    follows it in the corpus (each pair as often as it stands there), which keeps frequent pairs frequent; else it is followed
    by a token drawn from the whole corpus by frequency. Both keep the corpus's own Zipf curve. `FOLLOW` is set so that pairs
    of words vary as in public news: 200,000 tokens of InSight Crime's hold 101,000 different pairs, 400,000 hold 173,000;
    here they hold 100,700 and 171,400.
Rare words
    With probability `RARE` a token is a made-up name or number instead. Its rank r beyond the corpus's words has
    P(rank > r) = (1 + r / `CORE`)^(1 - a) with exponent a = 2: Zipf's law as Mandelbrot wrote it, with the steeper tail that
    large corpora show behind their core vocabulary [FS01]. Nothing bounds r, so the vocabulary never stops growing.
    `RARE` and `CORE` are set so that it grows as in Reuters' news, where N tokens hold 44 N^0.49 different words [MRS08]:
    38,300 in a million tokens and 68,800 in 3.3 million; here they are 36,500 and 70,600.
Name of a rank
    Always the same, by arithmetic: syllables for seven ranks of ten, a number for the others.

References
----------
[FS01] Ferrer i Cancho, Solé: Two regimes in the frequency of words and the origins of complex lexicons. Journal of
Quantitative Linguistics 8(3), 2001.
[MRS08] Manning, Raghavan, Schütze: Introduction to Information Retrieval, section 5.1.1 (Heaps' law on RCV1). 2008.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nato_nlp._paths import seeds_dir
from nato_nlp._validate import must_be
from nato_nlp.errors import MissingFileError

FOLLOW = 0.6  # probability that a token follows the one before as in the corpus
RARE = 0.06  # probability of a rare word
CORE = 15_000  # ranks over which the tail is nearly flat
BATCH = 4096  # sentences that are grown at once
MB = 10**6  # bytes of UTF-8

ONSETS = "b d f g h k l m n p r s t v z br dr kh sh tr zh ł ş č".split()
RHYMES = "a e i o u an ar en ev in on or ul ia ad eh ü".split()
SYLLABLES = [onset + rhyme for onset in ONSETS for rhyme in RHYMES]

Ints = npt.NDArray[np.int64]


def megabytes(texts: Iterable[str]) -> float:
    """Return the size of texts in MB, 10^6 bytes of UTF-8.

    Examples
    --------
    >>> megabytes(["abc", "é"])
    5e-06
    """
    return sum(len(text.encode("utf-8", "surrogatepass")) for text in texts) / MB


def rare_word(rank: int) -> str:
    """Return the made-up name or number of a rank, an integer of at least 0.

    Examples
    --------
    >>> rare_word(0), rare_word(123456), rare_word(99)
    ('Babe', 'Korbiapevbad', '9.9')
    """
    if rank % 10 >= 7:
        return f"{rank:,}" if rank % 3 else f"{rank // 10}.{rank % 10}"
    rest, syllables = rank * 7919 + len(SYLLABLES), []  # the factor parts neighbours; distinct ranks stay distinct
    while rest:
        rest, digit = divmod(rest, len(SYLLABLES))
        syllables.append(SYLLABLES[digit])
    return "".join(syllables).capitalize()


def seed_sentences() -> list[str]:
    """Return the sentences of the seed corpus."""
    with (seeds_dir() / "corpus.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line)["text"] for line in lines]


class GrownText:
    """An endless text; the module's docstring says how it is grown.

    Symbols: n sentences and T tokens of the corpus, V different ones.

    Parameters
    ----------
    random_state : int
        Seed: texts of one seed and one corpus are equal.
    corpus : sequence of str, optional
        Sentences to grow it out of; those of the seed corpus by default.
    """

    def __init__(self, random_state: int = 0, corpus: Iterable[str] | None = None) -> None:
        rows = [row.rstrip(".?!").split() for row in (seed_sentences() if corpus is None else corpus)]
        rows = [row for row in rows if row]
        self.rng = np.random.default_rng(random_state)
        self.words = sorted({word for row in rows for word in row})
        index = {word: number for number, word in enumerate(self.words)}
        self.tokens: Ints = np.asarray([index[word] for row in rows for word in row])
        self.lengths: Ints = np.asarray([len(row) for row in rows])
        self.starts: Ints = np.cumsum(self.lengths) - self.lengths
        self._count_pairs()

    def _count_pairs(self) -> None:
        """Set what follows a word w: ``followers[offsets[w] : offsets[w] + degrees[w]]``; V stands for any rare word."""
        inner = np.ones(len(self.tokens), bool)
        inner[self.starts + self.lengths - 1] = False  # a last token is followed by nothing
        places = np.flatnonzero(inner)
        first = self.tokens[places]
        self.followers = self.tokens[places[np.argsort(first, kind="stable")] + 1]
        self.degrees = np.bincount(first, minlength=len(self.words) + 1)
        self.offsets = np.cumsum(self.degrees) - self.degrees

    def take(self, size: float) -> list[str]:
        """Return the next sentences, as many as make ``size`` MB (the last one may go beyond)."""
        if not size > 0:
            raise must_be("size", "above 0", size)
        texts: list[str] = []
        room = size * MB
        while room > 0:
            batch = self._batch()
            cut = int(np.searchsorted(np.cumsum([len(text.encode()) for text in batch]), room)) + 1
            texts += batch[:cut]
            room -= megabytes(batch[:cut]) * MB
        return texts

    def _batch(self) -> list[str]:
        lengths = self.rng.choice(self.lengths, BATCH)
        ids = self._ids(int(lengths.max()))
        used = np.arange(ids.shape[1]) < lengths[:, None]
        unique, inverse = np.unique(ids[used], return_inverse=True)
        names = [self.words[k] if k < len(self.words) else rare_word(k - len(self.words)) for k in unique.tolist()]
        tokens = np.asarray(names, dtype=object)[inverse].tolist()
        ends = np.cumsum(lengths).tolist()
        return [
            " ".join(tokens[start:end]).rstrip(",;:–—- ") + "." for start, end in zip([0, *ends], ends, strict=False)
        ]

    def _ids(self, width: int) -> Ints:
        """Return the numbers of ``width`` tokens of `BATCH` sentences; from V on they stand for rare words by rank."""
        rng, size = self.rng, len(self.words)
        ids = np.empty((BATCH, width), np.int64)
        ids[:, 0] = self.tokens[rng.choice(self.starts, BATCH)]
        for column in range(1, width):
            before = np.minimum(ids[:, column - 1], size)
            degrees = self.degrees[before]
            follow = (rng.random(BATCH) < FOLLOW) & (degrees > 0)
            places = self.offsets[before] + (rng.random(BATCH) * degrees).astype(np.int64)
            ids[:, column] = rng.choice(self.tokens, BATCH)
            ids[follow, column] = self.followers[places[follow]]
            rare = rng.random(BATCH) < RARE
            ids[rare, column] = size + self._ranks(int(rare.sum()))
        return ids

    def _ranks(self, count: int) -> Ints:
        tail = 1.0 - self.rng.random(count)  # in (0, 1]
        return np.minimum(CORE * (1.0 / tail - 1.0), 2.0**52).astype(np.int64)


def grow(size: float, random_state: int = 0) -> list[str]:
    """Return sentences of ``size`` MB."""
    return GrownText(random_state).take(size)


@dataclass(frozen=True)
class Source:
    """Where a benchmark's two texts come from: one to learn from, one that is new to the vectorizer.

    Attributes
    ----------
    size : float
        MB of each of the two, at most.
    file : Path or None
        UTF-8 with one sentence a line: its odd lines are the first text, its even lines the second. None: both are grown.
    """

    size: float
    file: Path | None = None

    def load(self) -> tuple[list[str], list[str]]:
        """Return the text to learn from and the new one.

        Raises
        ------
        MissingFileError
            The file is not there, or holds fewer than two lines that are not blank.
        """
        if self.file is None:
            return grow(self.size, 1), grow(self.size, 2)
        return self._read(self.file)

    def _read(self, file: Path) -> tuple[list[str], list[str]]:
        if not file.is_file():
            raise MissingFileError(f"FILE must be a text file, got {file}")
        with file.open(encoding="utf-8", errors="replace") as handle:
            lines = _head((line.strip() for line in handle if line.strip()), 2 * self.size)
        if len(lines) < 2:
            raise MissingFileError(f"FILE must hold at least two lines, got {len(lines)}")
        return lines[::2], lines[1::2]

    def describe(self) -> dict[str, Any]:
        """Return the facts of the text that a result records; of a file neither name nor content."""
        return {"kind": "grown out of the seed corpus" if self.file is None else "file", "at most MB": self.size}


def _head(lines: Iterator[str], size: float) -> list[str]:
    taken, room = [], size * MB
    for line in lines:
        taken.append(line)
        room -= len(line.encode())
        if room <= 0:
            break
    return taken
