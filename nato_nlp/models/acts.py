"""Acts between the actors of a sentence: which ordered pair, and which quad. Arrays only; training is in `act_training`.

Symbols: n sentences, C candidates (pairs of actors, and actors of whose act the other side is not named), F features.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from nato_nlp._kernels.layout import widths
from nato_nlp._kernels.pair_layout import PairRows, PairWeights
from nato_nlp.codebook import load_codebook
from nato_nlp.features.pairs import pair_weights
from nato_nlp.models.decision import decide, softmax, stance_probabilities

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
SHAPES = 3  # of a candidate: without target, without source, with both
TINY = 1e-6  # a probability below counts as this one where logarithms are taken


@dataclass(frozen=True, slots=True)
class Act:
    """What one actor of a sentence does or says to another.

    Attributes
    ----------
    source, target : str
        Codes of actors; empty for a side that the sentence does not name.
    stance, quad : str
        Of this act: they may differ from those of the sentence.
    stance_proba, quad_proba : dict of str to float
        Probability of each label, given that there is this act.
    proba : float
        Probability of the pair: those of all pairs of a sentence and that of no act sum to 1.

    Examples
    --------
    >>> from nato_nlp import load_tagger
    >>> act = load_tagger().tag("Peru thanked Chile.")[0].dyads[0]
    >>> act.source, act.target, act.stance
    ('PER', 'CHL', 'cooperation')
    """

    source: str
    target: str
    stance: str
    quad: str
    stance_proba: dict[str, float]
    quad_proba: dict[str, float]
    proba: float


@dataclass(frozen=True, eq=False)
class ActHead:
    """The fitted model of acts.

    Attributes
    ----------
    keys : ndarray of shape (F,), uint64
        Hashes of the features.
    weights : ndarray of shape (F, 6), float32
        Of the pair, and of its five quads in codebook order.
    neutral : ndarray of shape (3,), float32
        What a neutral sentence adds to a pair's score: to one without target, without source, with both.
    carried : ndarray of shape (5, 5), float32
        What the logarithm of each quad's probability in the sentence adds to the score of each quad of the act.
    bias : ndarray of shape (5,), float32
        Of the quads.
    temperature, quad_temperature : float
        Of the pairs and of the quads; > 0.
    threshold : float
        A pair of a lower probability is not listed.
    """

    keys: npt.NDArray[np.uint64]
    weights: npt.NDArray[np.float32]
    neutral: npt.NDArray[np.float32]
    carried: npt.NDArray[np.float32]
    bias: npt.NDArray[np.float32]
    temperature: float
    quad_temperature: float
    threshold: float

    @cached_property
    def table(self) -> PairWeights:
        """The weights as the kernel wants them."""
        return pair_weights(self.keys, self.weights)

    def pair_proba(self, pairs: PairRows, quad_proba: Floats) -> Floats:
        """Return the probability of each candidate, shape (C,); that of no act is what is missing to 1 in a sentence.

        Parameters
        ----------
        pairs : PairRows
            Candidates with scores.
        quad_proba : ndarray of shape (n, 5)
            Of the sentences.
        """
        return softmax_by_row(self._scores(pairs, quad_proba) / self.temperature, pairs.stop)

    def _scores(self, pairs: PairRows, quad_proba: Floats) -> Floats:
        neutral = quad_proba[candidate_rows(pairs), load_codebook().quads.index("neutral")]
        result: Floats = pairs.scores[:, 0] + self.neutral[shapes(pairs)] * neutral
        return result

    def quad_proba(self, pairs: PairRows, quad_proba: Floats) -> Floats:
        """Return the probability of each quad for each candidate, shape (C, 5)."""
        sentence = np.log(np.maximum(quad_proba, TINY))[candidate_rows(pairs)]
        scores = (pairs.scores[:, 1:] + sentence @ self.carried + self.bias).astype(np.float64)
        return softmax(scores, self.quad_temperature)


def candidate_rows(pairs: PairRows) -> Ints:
    """Return the sentence of each candidate."""
    return np.repeat(np.arange(len(pairs.stop)), widths(pairs.stop))


def shapes(pairs: PairRows) -> Ints:
    """Return 0 for a candidate without target, 1 without source, 2 with both."""
    return np.where(pairs.target < 0, 0, np.where(pairs.source < 0, 1, 2))


def softmax_by_row(scores: Floats, stop: Ints) -> Floats:
    """Return exp(score) / (1 + sum of the row's exp(score)): the softmax with one more candidate whose score is 0.

    Examples
    --------
    >>> softmax_by_row(np.zeros(4), np.array([1, 1, 4])).tolist()
    [0.5, 0.25, 0.25, 0.25]
    """
    filled = np.flatnonzero(widths(stop))
    if not len(filled):
        return np.zeros(0)
    starts = np.concatenate([[0], stop])[filled]
    sizes = widths(stop)[filled]
    top = np.maximum(np.maximum.reduceat(scores, starts), 0.0)
    powers = np.exp(scores - np.repeat(top, sizes))
    total = np.add.reduceat(powers, starts) + np.exp(-top)
    result: Floats = powers / np.repeat(total, sizes)
    return result


@dataclass(frozen=True, eq=False)
class ActRows:
    """Acts of n sentences, one after the other, the main one of each first.

    Attributes
    ----------
    source, target : ndarray of shape (A,)
        Numbers in ``codes``; -1 for a side that is not named.
    proba : ndarray of shape (A,)
    quad_proba : ndarray of shape (A, 5)
    stop : ndarray of shape (n,)
        Where the acts of each sentence end.
    codes : sequence of str
    """

    source: Ints
    target: Ints
    proba: Floats
    quad_proba: Floats
    stop: Ints
    codes: Sequence[str]

    def of(self, row: int) -> tuple[Act, ...]:
        """Return the acts of a sentence."""
        book = load_codebook()
        inside = slice(int(self.stop[row - 1]) if row else 0, int(self.stop[row]))
        if inside.start == inside.stop:
            return ()
        quad_proba = self.quad_proba[inside]
        stances, quads = decide(quad_proba)
        stance_proba = stance_probabilities(quad_proba)
        names = ("", *self.codes)
        return tuple(
            Act(
                names[self.source[inside][k] + 1],
                names[self.target[inside][k] + 1],
                book.stances[stances[k]],
                book.quads[quads[k]],
                dict(zip(book.stances, stance_proba[k].tolist(), strict=True)),
                dict(zip(book.quads, quad_proba[k].tolist(), strict=True)),
                float(self.proba[inside][k]),
            )
            for k in range(len(stances))
        )


def no_acts(rows: int) -> ActRows:
    """Return the acts of a tagger that knows none."""
    none = np.zeros(0, np.int64)
    return ActRows(none, none, np.zeros(0), np.zeros((0, 5)), np.zeros(rows, np.int64), ())


def list_acts(
    head: ActHead,
    pairs: PairRows,
    quad_proba: Floats,
    codes: Sequence[str],
    silent: npt.NDArray[np.bool_],
    wanted: Iterable[tuple[int, int]] | None = None,
) -> ActRows:
    """Choose the acts of each sentence.

    Parameters
    ----------
    head : ActHead
    pairs : PairRows
        Candidates with scores.
    quad_proba : ndarray of shape (n, 5)
        Of the sentences.
    codes : sequence of str
        What the code numbers of ``pairs`` stand for.
    silent : ndarray of shape (n,), bool
        Sentences that have no act.
    wanted : iterable of (int, int), optional
        Code numbers of source and target: these pairs are listed wherever a sentence names both, whatever their
        probability, and no others.

    Notes
    -----
    Higher probabilities go first, among equals the earlier candidate.
    """
    row = candidate_rows(pairs)
    source, target = (_numbers(pairs, row, side) for side in (pairs.source, pairs.target))
    proba = head.pair_proba(pairs, quad_proba)
    if wanted is None:
        kept = proba >= head.threshold
    else:
        kept = np.zeros(len(row), bool)
        for one, other in wanted:
            kept |= (source == one) & (target == other)
    chosen = np.flatnonzero(kept & ~silent[row])
    chosen = chosen[np.lexsort((chosen, -proba[chosen], row[chosen]))]
    stop = np.searchsorted(row[chosen], np.arange(len(pairs.stop)), side="right")
    quads = head.quad_proba(pairs, quad_proba)[chosen]
    return ActRows(source[chosen], target[chosen], proba[chosen], quads, stop, codes)


def _numbers(pairs: PairRows, row: Ints, side: npt.NDArray[np.int8]) -> Ints:
    """Return the code number of one side of each candidate, -1 where it is not named."""
    return np.where(side < 0, -1, pairs.actors[row, side]).astype(np.int64)
