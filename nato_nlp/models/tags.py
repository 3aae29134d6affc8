"""The result of tagging a text: a sequence of tagged sentences over plain arrays."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from html import escape
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from nato_nlp._validate import need
from nato_nlp.codebook import load_codebook
from nato_nlp.errors import InputError
from nato_nlp.features.mentions import Mention, MentionRows
from nato_nlp.models.acts import Act, ActRows

COLUMNS = (
    *("doc", "index", "start", "end", "text", "boilerplate", "stance", "quad", "topics"),
    *("stance_proba", "quad_proba", "topic_proba", "actors", "dyads", "in_scope"),
)
# Colours that people with a red-green weakness tell apart; dark text on them has a contrast above 7.
COLOURS = {"cooperation": "#cfe8fc", "dispute": "#fde0c5", "neutral": "#f2f2f2"}
SHOWN_ROWS = 60
CONTROLS = dict.fromkeys([*range(32), *range(127, 160)], "�")  # an escape sequence could rewrite the terminal


@dataclass(frozen=True, slots=True)
class TaggedSentence:
    """A sentence with its tags.

    Attributes
    ----------
    text : str
        The sentence as it stands in the document.
    start, end : int
        Offsets in characters of the document.
    boilerplate : bool
        Whether it is site furniture. Such a line is neutral by definition and has no topics.
    stance, quad : str or None
        The decision; None when the tagger was trained without quads, and where it is too unsure to answer: see
        `Tagger.with_coverage`.
    topics : tuple of str
        Every topic whose probability reaches its threshold.
    stance_proba, quad_proba, topic_proba : dict of str to float
        Calibrated probability of each label; those of stances and of quads sum to 1.
    actors : tuple of Mention
        Actors that the sentence names, in its order; spans count within the sentence.
    dyads : tuple of Act
        Who acts towards whom, the main act first; none for a tagger that was trained without acts.
    in_scope : bool or None
        Whether the text seems to be of the language that the model knows; None for a tagger without a lexicon.
    """

    text: str
    start: int
    end: int
    boilerplate: bool
    stance: str | None
    quad: str | None
    topics: tuple[str, ...]
    stance_proba: dict[str, float]
    quad_proba: dict[str, float]
    topic_proba: dict[str, float]
    actors: tuple[Mention, ...] = ()
    dyads: tuple[Act, ...] = ()
    in_scope: bool | None = None
    _tagger: Any = field(default=None, repr=False, compare=False)

    def __reduce__(self) -> Any:
        return TaggedSentence, tuple(getattr(self, f.name) for f in fields(self) if f.name != "_tagger")

    @property
    def likeliest(self) -> str | None:
        """The stance, also where the tagger is too unsure to give it; None for a tagger without quads."""
        return self.stance or max(self.stance_proba, key=self.stance_proba.__getitem__, default=None)

    def evidence(self, label: str | None = None, top: int = 10) -> Any:
        """Return what speaks for and against a label in this sentence.

        Parameters
        ----------
        label : str, optional
            A stance, quad or topic that the tagger knows; None is the likeliest stance.
        top : int
            Phrases to name.

        Returns
        -------
        Evidence
            Contributions that add up to a difference of raw scores, merged into phrases with spans.

        Raises
        ------
        InputError
            Another label, none for a tagger without quads, or a sentence that no longer has its tagger: one made by hand,
            or unpickled.

        Examples
        --------
        >>> from nato_nlp import load_tagger
        >>> evidence = load_tagger().tag("The envoys agreed to resume talks.")[0].evidence("cooperation")
        >>> evidence.phrases[0].pull > 0
        True
        """
        from nato_nlp.models.evidence import evidence_of

        wanted = self.likeliest if label is None else label
        if wanted is None:
            raise InputError("label must be given: the tagger was trained without quads, so that there is no stance")
        return evidence_of(_with_tagger(self._tagger), self.text, wanted, top)


@dataclass(frozen=True, eq=False, repr=False)
class Tags(Sequence[TaggedSentence]):
    """The tagged sentences of one document.

    Symbols: n sentences, T topics of the tagger.

    Attributes
    ----------
    texts : list of str
    spans : ndarray of shape (n, 2)
        Start and end of each sentence in characters.
    boilerplate : ndarray of shape (n,), bool
    stances, quads : ndarray of shape (n,), int
        Index into the codebook's labels; -1 when the tagger was trained without quads, and where it is silent.
    stance_proba : ndarray of shape (n, 3)
    quad_proba : ndarray of shape (n, 5)
    topic_proba : ndarray of shape (n, T)
    has_topic : ndarray of shape (n, T), bool
    topic_names : tuple of str
    meta : mapping
        What is known of the document: ``doc``, ``date`` and kept columns.
    first_index : int
        Index of the first sentence in the document; above 0 when these tags go on with it.
    facts : mapping
        Where the tagger comes from: versions and hashes, kept in the metadata of Arrow tables.
    mentions : MentionRows or None
        None when the tagger has no gazetteer.
    acts : ActRows or None
        None when the tagger has no gazetteer; without an act when it was trained without.
    tagger : Tagger or None
        What explains the tags; not kept in a pickle.
    silent : ndarray of shape (n,), bool, or None
        Sentences of which the tagger is too unsure to give stance and quad; None is no one.
    assumed_proba : ndarray of shape (n, 5) or None
        Quad probabilities under the priors of training, where ``quad_proba`` is under others; None where it is not.
    known_words : ndarray of shape (n, 2) or None
        Words of each sentence, and how many of them stand in the lexicon, the gazetteer or the terms of topics; None for a
        tagger without these.
    in_scope : ndarray of shape (n,), bool, or None
        Whether the document seems to be of the language that the model knows, the same for all of its sentences: at least
        half of its words are known, and half of its letters Latin. Documents of fewer than 15 words are judged by their
        letters alone; strings that `Tagger.tag_sentences` was given each by itself. Words in a wrong order are not noticed.
    """

    texts: list[str]
    spans: npt.NDArray[np.int64]
    boilerplate: npt.NDArray[np.bool_]
    stances: npt.NDArray[np.int64]
    quads: npt.NDArray[np.int64]
    stance_proba: npt.NDArray[np.float64]
    quad_proba: npt.NDArray[np.float64]
    topic_proba: npt.NDArray[np.float64]
    has_topic: npt.NDArray[np.bool_]
    topic_names: tuple[str, ...]
    meta: Mapping[str, Any] = field(default_factory=dict)
    first_index: int = 0
    facts: Mapping[str, Any] = field(default_factory=dict)
    mentions: MentionRows | None = None
    acts: ActRows | None = None
    tagger: Any = None
    silent: npt.NDArray[np.bool_] | None = None
    assumed_proba: npt.NDArray[np.float64] | None = None
    known_words: npt.NDArray[np.int64] | None = None
    in_scope: npt.NDArray[np.bool_] | None = None

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"tagger": None}

    def __len__(self) -> int:
        return len(self.texts)

    @overload
    def __getitem__(self, index: int) -> TaggedSentence: ...
    @overload
    def __getitem__(self, index: slice) -> list[TaggedSentence]: ...
    def __getitem__(self, index: int | slice) -> TaggedSentence | list[TaggedSentence]:
        if isinstance(index, slice):
            return [self._sentence(k) for k in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(f"index must be below {len(self)}, got {index}")
        return self._sentence(index % len(self))

    def _sentence(self, k: int) -> TaggedSentence:
        book = load_codebook()
        answered, known = self.quads[k] >= 0, self.with_stances[k]
        return TaggedSentence(
            text=self.texts[k],
            start=int(self.spans[k, 0]),
            end=int(self.spans[k, 1]),
            boilerplate=bool(self.boilerplate[k]),
            stance=book.stances[self.stances[k]] if answered else None,
            quad=book.quads[self.quads[k]] if answered else None,
            topics=tuple(self.topic_names[t] for t in np.flatnonzero(self.has_topic[k])),
            stance_proba=_named(book.stances, self.stance_proba[k]) if known else {},
            quad_proba=_named(book.quads, self.quad_proba[k]) if known else {},
            topic_proba=_named(self.topic_names, self.topic_proba[k]),
            actors=self.mentions.of(k, self.texts[k]) if self.mentions else (),
            dyads=self.acts.of(k) if self.acts else (),
            in_scope=None if self.in_scope is None else bool(self.in_scope[k]),
            _tagger=self.tagger,
        )

    @property
    def with_stances(self) -> npt.NDArray[np.bool_]:
        """Which sentences have probabilities of stances, shape (n,): none where the tagger was trained without quads."""
        decided: npt.NDArray[np.bool_] = self.quads >= 0
        return decided if self.silent is None else decided | self.silent

    def label_sets(self, error: float = 0.1, level: str = "stance") -> list[tuple[str, ...]]:
        """Return the labels that each sentence may have, with a guarantee on how often the true one is missed.

        Parameters
        ----------
        error : float
            Share of sets that may miss the true label, from .01 on and below 1.
        level : {'stance', 'quad'}

        Returns
        -------
        list of tuple of str
            In the codebook's order, never empty, with the answer or, where the tagger is silent, the likeliest label. Site
            furniture is ``('neutral',)``.

        Raises
        ------
        InputError
            Another level or error, a tagger without held-out stories, or tags that no longer have theirs: they were
            unpickled.

        Notes
        -----
        Split conformal prediction over stories [LBW23]. The set of a sentence of a new story holds the true label with
        probability 1 - error at least, marginally: on average over stories like those of the training, each weighing alike,
        and over its sentences. It need not hold for one story, for all sentences of a story at once, for each label, or for
        texts of another kind. It is exact for models that did not see a fifth of the stories, which gave the scores, and
        carries over to this one as far as more stories did not make it worse. Sets go by probabilities under the priors of
        training, whatever `Tagger.with_priors` was told.

        References
        ----------
        [LBW23] Lee, Barber, Willett: Distribution-free inference with hierarchical data. arXiv:2306.06342, 2023.

        Examples
        --------
        >>> from nato_nlp import load_tagger
        >>> load_tagger().tag("They discussed it. Troops shelled the border town.").label_sets(error=0.1)[1]
        ('dispute',)
        """
        from nato_nlp.models.certainty import known_certainty

        certainty = known_certainty(_with_tagger(self.tagger, "have label sets").certainty_)
        assumed = self.quad_proba if self.assumed_proba is None else self.assumed_proba
        return certainty.label_sets(assumed, self.quad_proba, error, level)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield a dict a sentence, keyed as the columns of every output format; kept columns come last."""
        rest = {key: value for key, value in self.meta.items() if key != "doc"}
        for index, sentence in enumerate(self):
            yield {
                "doc": self.meta.get("doc"),
                "index": index + self.first_index,
                "start": sentence.start,
                "end": sentence.end,
                "text": sentence.text,
                "boilerplate": sentence.boilerplate,
                "stance": sentence.stance,
                "quad": sentence.quad,
                "topics": list(sentence.topics),
                "stance_proba": sentence.stance_proba,
                "quad_proba": sentence.quad_proba,
                "topic_proba": sentence.topic_proba,
                "actors": [asdict(mention) for mention in sentence.actors],
                "dyads": [_dyad(act) for act in sentence.dyads],
                "in_scope": sentence.in_scope,
            } | rest

    def to_arrow(self) -> Any:
        """Return a ``pyarrow.Table``; probabilities are structs keyed by label, actors and dyads lists of structs.

        Examples
        --------
        >>> from nato_nlp import load_tagger
        >>> load_tagger().tag("Envoys met in Bern.").to_arrow().column_names[:4]
        ['doc', 'index', 'start', 'end']
        """
        from nato_nlp.models.arrow import arrow_table

        return arrow_table(self)

    def to_pandas(self) -> Any:
        """Return a pandas ``DataFrame``; topics are lists, probabilities dicts."""
        need("pandas", "frames")
        return self.to_arrow().to_pandas()

    def to_polars(self) -> Any:
        """Return a Polars ``DataFrame``; topics are lists, probabilities structs."""
        return need("polars", "frames").from_arrow(self.to_arrow())

    def to_html(self, title: str | None = None) -> str:
        """Return a page that highlights the words of each sentence by their pull towards its stance.

        Parameters
        ----------
        title : str, optional
            Of the page.

        Raises
        ------
        InputError
            The tags no longer have their tagger: they were unpickled.
        """
        from nato_nlp.models.evidence import tags_to_html

        return tags_to_html(_with_tagger(self.tagger), self, title)

    def __repr__(self) -> str:
        head = f"Tags of {len(self)} sentence{'s' * (len(self) != 1)}"
        lines = [_line(sentence) for sentence in self[:SHOWN_ROWS]]
        more = [f"... and {len(self) - SHOWN_ROWS} more"] if len(self) > SHOWN_ROWS else []
        return "\n".join([head, *lines, *more])

    def _repr_html_(self) -> str:
        rows = "".join(_html_row(sentence) for sentence in self[:SHOWN_ROWS])
        more = f"<p>... and {len(self) - SHOWN_ROWS} more</p>" if len(self) > SHOWN_ROWS else ""
        head = "".join(
            f"<th scope='col' style='text-align:left'>{name}</th>"
            for name in ("stance", "p", "quad", "topics", "sentence")
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{more}"


def _with_tagger(tagger: Any, to: str = "be explained") -> Any:
    if tagger is None:
        raise InputError(f"these tags must have their tagger to {to}: tag the text again")
    return tagger


def _dyad(act: Act) -> dict[str, Any]:
    """Return an act as it goes into files."""
    return {name: getattr(act, name) for name in ("source", "target", "stance", "quad", "stance_proba", "proba")}


def _named(names: Sequence[str], values: npt.NDArray[np.float64]) -> dict[str, float]:
    return dict(zip(names, values.tolist(), strict=True))


def one_line(text: str) -> str:
    """Give a text as a terminal may show it: white space as one blank, control characters as U+FFFD."""
    return " ".join(text.split()).translate(CONTROLS)


def _line(sentence: TaggedSentence) -> str:
    label = "boilerplate" if sentence.boilerplate else sentence.quad or "-"
    probability = f"{sentence.stance_proba[sentence.stance]:.2f}" if sentence.stance else "    "
    text = one_line(sentence.text)
    return f"{label:<20} {probability} {text if len(text) <= 84 else text[:81] + '...'}"


def _html_row(sentence: TaggedSentence) -> str:
    stance = sentence.stance or ""
    proba = f"{sentence.stance_proba[stance]:.2f}" if stance else ""
    label = "boilerplate" if sentence.boilerplate else stance
    cells = [label, proba, sentence.quad or "", ", ".join(sentence.topics), sentence.text]
    style = f"background:{COLOURS.get(stance, '#ffffff')};color:#1a1a1a" + (
        ";opacity:.75" if sentence.boilerplate else ""
    )
    return (
        f"<tr style='{style}'>"
        + "".join(f"<td style='text-align:left'>{escape(cell)}</td>" for cell in cells)
        + "</tr>"
    )
