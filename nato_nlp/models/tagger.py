"""`Tagger`: from text to stance, quad, topics and their probabilities; trained on one's own labels or loaded."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from nato_nlp import __version__
from nato_nlp._estimator import Estimator
from nato_nlp._paths import default_model
from nato_nlp._validate import check_same_length, check_texts, must_be
from nato_nlp.codebook import load_codebook
from nato_nlp.datasets.download import sha256_of
from nato_nlp.errors import InputError
from nato_nlp.features.news import NewsFeatures
from nato_nlp.features.ngram_tfidf import NgramTfidf
from nato_nlp.features.phrases import compile_phrases
from nato_nlp.models.decision import decide, quad_priors, stance_probabilities
from nato_nlp.models.model_file import SavedModel, read_model, write_model
from nato_nlp.models.tags import Tags
from nato_nlp.models.who import Gathered, pair_numbers
from nato_nlp.text.boilerplate import is_boilerplate
from nato_nlp.text.documents import Document
from nato_nlp.text.sentences import split_sentences

Floats = npt.NDArray[np.float64]
Pairs = Iterable[Sequence[str]]
FEW = 100  # texts below which n-grams that stand in one text alone are kept


class Tagger(Estimator):
    """Tag sentences of political news with stance, quad and topics.

    Symbols: n texts, T topics.

    Parameters
    ----------
    features : NewsFeatures, NgramTfidf or None, default=None
        How a sentence becomes a row; None is `NewsFeatures`: n-grams without names, cues of the lexicon, actors.
    C : float, default=1.0
        Inverse strength of the L2 penalty; C > 0.
    class_weight : 'balanced', dict or None, default='balanced'
        As scikit-learn's ``LogisticRegression`` has it.
    random_state : int, default=0
        Seed of the folds and of the solvers.

    Attributes
    ----------
    classes_ : ndarray of str
        The quads that were trained, sorted: the columns of `predict_proba`. For a tagger without quads, the topics.
    topics_ : ndarray of str, shape (T,)
        The topics that were trained.
    features_ : NewsFeatures or NgramTfidf
        Fitted features.
    heads_ : Heads
        Weights, calibration and thresholds.
    held_out_ : HeldOut or None
        Scores of the training rows by models that did not see their groups; a loaded tagger has none.
    acts_ : ActHead or None
        The model of acts between actors; None for a tagger that was trained without.
    held_out_acts_ : HeldOutActs or None
        What models of acts said of stories that they did not see; a loaded tagger has none.

    Notes
    -----
    One multinomial logistic head for the quads with one temperature, binary logistic heads for the topics with Platt
    scaling and a threshold each; all three are fitted to scores of rows whose group was held out. Stance is the
    arg-max of summed quad probabilities, quad the arg-max among the quads of that stance.

    Examples
    --------
    >>> from nato_nlp import load_tagger
    >>> tags = load_tagger().tag("Lima and Quito agreed to meet. The talks collapsed and Lima expelled the envoy.")
    >>> [sentence.stance for sentence in tags]
    ['cooperation', 'dispute']
    """

    _kind = "classifier"

    def __init__(
        self,
        *,
        features: NewsFeatures | NgramTfidf | None = None,
        C: float = 1.0,
        class_weight: Any = "balanced",
        random_state: int = 0,
    ) -> None:
        self.features = features
        self.C = C
        self.class_weight = class_weight
        self.random_state = random_state

    def fit(
        self,
        texts: Any,
        quad: Any = None,
        topics: Any = None,
        groups: Any = None,
        *,
        boilerplate: Any = None,
        acts: Any = None,
    ) -> Self:
        """Train on one's own labels.

        Parameters
        ----------
        texts : sequence of str, length n
            One sentence each.
        quad : sequence of str, length n, optional
            Quads of the codebook.
        topics : sequence of collections of str, length n, optional
            The topics of each sentence, under any names; an empty collection means none.
        groups : sequence, length n, optional
            Documents: calibration never scores a sentence by a model that saw its document.
        boilerplate : sequence of bool, length n, optional
            Trains a detector of site furniture; rows marked True train nothing else.
        acts : sequence of sequences of (source, target, quad), length n, optional
            Trains who acts towards whom, with codes of the gazetteer; the main act of a text first. A side that the text
            does not name counts as unnamed.

        Raises
        ------
        InputError
            Neither target given, lengths that differ, a missing or unknown label, fewer than two quads; acts without quads
            and groups, with features that have no gazetteer, or of another shape.
        """
        from nato_nlp.models.targets import build_targets
        from nato_nlp.models.training import Solver, train_heads

        rows = check_texts(texts)
        if not isinstance(self.C, int | float | np.number) or not self.C > 0:
            raise must_be("C", "a number above 0", self.C)
        targets = build_targets(rows, quad, topics, boilerplate)
        if groups is not None:
            groups = list(groups)
            check_same_length("texts", rows, "groups", groups)
        features = self.features
        if features is None:
            features = NewsFeatures(ngrams=NgramTfidf(min_df=2 if len(rows) >= FEW else 1))
        self.features_ = type(features)(**features.get_params(deep=False))
        solver = Solver(self.C, self.class_weight, self.random_state)
        self.heads_, self.held_out_ = train_heads(self.features_, rows, targets, groups, solver)
        self.facts_: dict[str, Any] = {"library_version": __version__}
        self.acts_, self.held_out_acts_ = None, None
        if acts is not None:
            from nato_nlp.models.act_training import fit_acts

            self.acts_, self.held_out_acts_ = fit_acts(self.features_, rows, acts, self.held_out_, boilerplate)
        return self

    @property
    def topics_(self) -> npt.NDArray[np.str_]:
        """The topics that were trained."""
        self._check_fitted()
        return np.asarray(self.heads_.topics, dtype=np.str_)

    @property
    def classes_(self) -> npt.NDArray[np.str_]:
        """The sorted quads, or the topics of a tagger without quads."""
        self._check_fitted()
        return np.asarray(sorted(self.heads_.quads), dtype=np.str_) if self.heads_.quads else self.topics_

    def predict(self, texts: Any) -> npt.NDArray[Any]:
        """Return the quad of each text, shape (n,); for a tagger without quads, a 0/1 matrix (n, T) of topics."""
        quad_proba, binary = self._probabilities(check_texts(texts))
        if not self.heads_.quads:
            return (binary >= self.heads_.thresholds)[:, : len(self.heads_.topics)].astype(np.int64)
        return np.asarray(load_codebook().quads, dtype=np.str_)[decide(quad_proba)[1]]

    def predict_proba(self, texts: Any) -> Floats:
        """Return probabilities of ``classes_``, shape (n, number of classes)."""
        quad_proba, binary = self._probabilities(check_texts(texts))
        if not self.heads_.quads:
            return binary[:, : len(self.heads_.topics)]
        return quad_proba[:, [load_codebook().quads.index(name) for name in self.classes_]]

    def score(self, texts: Any, y: Any) -> float:
        """Return the share of texts whose `predict` equals ``y`` (accuracy; of the whole topic set without quads)."""
        same = np.asarray(self.predict(texts) == np.asarray(y))
        return float(same.mean() if same.ndim == 1 else same.all(axis=1).mean())

    def predict_topics(self, texts: Any) -> list[tuple[str, ...]]:
        """Return the topics of each text whose probability reaches its threshold."""
        _, binary = self._probabilities(check_texts(texts))
        found = binary >= self.heads_.thresholds
        return [tuple(t for t, has in zip(self.heads_.topics, row, strict=False) if has) for row in found]

    def predict_topics_proba(self, texts: Any) -> Floats:
        """Return probabilities of ``topics_``, shape (n, T)."""
        return self._probabilities(check_texts(texts))[1][:, : len(self.heads_.topics)]

    def _probabilities(self, texts: list[str], gathered: Gathered | None = None) -> tuple[Floats, Floats]:
        self._check_fitted()
        if gathered is not None and isinstance(self.features_, NewsFeatures):
            scores = self.heads_.scores(self.features_.transform_arrays(texts, gathered))
        else:
            scores = self.heads_.scores(self.features_.transform_arrays(texts))
        # a text without a letter or digit says nothing: it gets the prior
        scores[[not _says_something(text) for text in texts]] = self.heads_.intercept
        return self.heads_.quad_proba(scores), self.heads_.binary_proba(scores)

    def tag(self, text: str, *, meta: Mapping[str, Any] | None = None, pairs: Pairs | None = None) -> Tags:
        """Split a document and tag its sentences.

        Parameters
        ----------
        text : str
            A whole document.
        meta : mapping, optional
            What the result should remember of the document.
        pairs : iterable of (source, target), optional
            Codes of actors: ``dyads`` then holds these pairs in each sentence that names both, however unlikely, and no
            others.

        Raises
        ------
        InputError
            The text is not a str; pairs that are no pairs of codes of the gazetteer, or given to a tagger that was trained
            without acts.

        Examples
        --------
        >>> act = load_tagger().tag("Peru thanked Chile.", pairs=[("CHL", "PER")])[0].dyads[0]
        >>> act.source, act.proba < 0.5
        ('CHL', True)
        """
        sentences = split_sentences(text)
        spans = np.asarray([(s.start, s.end) for s in sentences], np.int64).reshape(-1, 2)
        return self._tags([s.text for s in sentences], spans, [s.boilerplate for s in sentences], meta, pairs)

    def tag_sentences(
        self, sentences: Any, *, meta: Mapping[str, Any] | None = None, pairs: Pairs | None = None
    ) -> Tags:
        """Tag strings that are one sentence each; offsets count within each string.

        An empty or blank string gets the prior: the probabilities that the model gives to a sentence without known words.
        """
        texts = check_texts(sentences, "sentences")
        spans = np.asarray([(0, len(text)) for text in texts], np.int64).reshape(-1, 2)
        return self._tags(texts, spans, [is_boilerplate(text) for text in texts], meta, pairs)

    def tag_documents(self, documents: Iterable[Document | str]) -> Iterator[Any]:
        """Yield one ``pyarrow.Table`` a document, in order, without holding more than one."""
        for number, item in enumerate(documents):
            document = Document(str(number), item) if isinstance(item, str) else item
            if not isinstance(document, Document):
                raise must_be("documents", "Document or str", item, where=f" at index {number}")
            yield self.tag(document.text, meta={"doc": document.id, "date": document.date}).to_arrow()

    def _gathered(self, pairs: Pairs | None) -> tuple[Gathered | None, list[tuple[int, int]] | None]:
        """Return what gathers actors and acts, None without a gazetteer, and the pairs that are asked for as numbers."""
        if pairs is not None and self.acts_ is None:
            raise InputError("pairs must be given to a tagger that was trained with acts, got one without")
        if not isinstance(self.features_, NewsFeatures):
            return None, None
        phrases = self.features_.phrases_
        return Gathered(phrases, self.acts_), None if pairs is None else pair_numbers(pairs, phrases)

    def _tags(
        self,
        texts: list[str],
        spans: npt.NDArray[np.int64],
        marked: Sequence[bool],
        meta: Mapping[str, Any] | None,
        pairs: Pairs | None,
    ) -> Tags:
        self._check_fitted()
        book = load_codebook()
        gathered, wanted = self._gathered(pairs)
        quad_proba, binary = self._probabilities(texts, gathered)
        topics = len(self.heads_.topics)
        found = binary >= self.heads_.thresholds
        boilerplate = np.asarray(marked, bool)
        if self.heads_.boilerplate:
            boilerplate |= found[:, -1] & np.asarray([_says_something(text) for text in texts], bool)
        # by the codebook, site furniture is neutral and about nothing
        if self.heads_.quads:
            quad_proba[boilerplate] = np.eye(len(book.quads))[book.quads.index("neutral")]
        topic_proba, has_topic = binary[:, :topics], found[:, :topics]
        topic_proba[boilerplate] = 0.0
        has_topic[boilerplate] = False
        stances, quads = decide(quad_proba)
        if not self.heads_.quads:
            stances, quads = stances * 0 - 1, quads * 0 - 1
        return Tags(
            texts, spans, boilerplate, stances, quads, stance_probabilities(quad_proba), quad_proba, topic_proba, has_topic,
            self.heads_.topics, dict(meta or {}), facts=self.facts_,
            mentions=gathered.mentions(len(texts)) if gathered else None,
            acts=gathered.acts(quad_proba, boilerplate, wanted) if gathered else None,
            tagger=self,
        )  # fmt: skip

    def with_priors(self, priors: Mapping[str, float]) -> Self:
        """Return a tagger that assumes other class priors.

        Parameters
        ----------
        priors : mapping of str to float
            Shares of the stances, or of the quads that were trained, in the texts to come; they are scaled to sum to 1. A
            stance's share is divided among its quads as training assumed.

        Raises
        ------
        InputError
            Other names than all stances or all trained quads, a negative share, shares that are all 0, or a tagger without
            quads.

        Notes
        -----
        Training with ``class_weight='balanced'`` assumes that every quad is as frequent as any other: see
        ``heads_.assumed``.

        Examples
        --------
        >>> tagger = load_tagger()
        >>> calm = tagger.with_priors({"cooperation": 0.3, "dispute": 0.1, "neutral": 0.6})
        >>> text = ["They discussed it."]
        >>> calm.tag_sentences(text)[0].stance_proba["dispute"] < tagger.tag_sentences(text)[0].stance_proba["dispute"]
        True
        """
        self._check_fitted()
        other = copy(self)
        other.heads_ = replace(self.heads_, priors=quad_priors(priors, self.heads_.quads, self.heads_.assumed))
        return other

    def top_features(self, label: str, top: int = 20, **options: Any) -> Any:
        """Return what weighs most for a label, see `nato_nlp.models.evidence.top_features`.

        Examples
        --------
        >>> len(load_tagger().top_features("dispute", top=3))
        3
        """
        from nato_nlp.models.evidence import top_features

        self._check_fitted()
        return top_features(self, label, top, **options)

    def save(self, path: str | Path) -> None:
        """Write the tagger to a safetensors file, under a temporary name until it is whole."""
        self._check_fitted()
        write_model(path, SavedModel(self.features_, self.heads_, self.facts_, self.acts_))


def _says_something(text: str) -> bool:
    return any(map(str.isalnum, text))


def load_tagger(
    path: str | Path | None = None, *, lexicon: str | Path | None = None, actors: str | Path | None = None
) -> Tagger:
    """Load a tagger from a file that `Tagger.save` wrote.

    Parameters
    ----------
    path : path, optional
        None loads the model that ships with the library, trained on its seed corpus alone.
    lexicon, actors : path, optional
        Files like ``seeds/lexicon.tsv`` and ``seeds/actors.jsonl`` with entries to add, or to put in the place of those that
        ship. Their SHA-256 is kept in ``facts_`` and in saved models.

    Raises
    ------
    MissingFileError
        There is no such file.
    ModelFileError
        The file is damaged, too new, or of another kind.

    Examples
    --------
    >>> load_tagger().tag("The two navies held a joint exercise.")[0].quad
    'material_cooperation'
    """
    model = read_model(default_model() if path is None else path)
    if lexicon is not None or actors is not None:
        _add_phrases(model, lexicon, actors)
    tagger = Tagger(features=model.features)
    tagger.features_, tagger.heads_, tagger.facts_ = model.features, model.heads, model.facts
    tagger.acts_, tagger.held_out_acts_ = model.acts, None
    return tagger


def _add_phrases(model: SavedModel, lexicon: str | Path | None, actors: str | Path | None) -> None:
    if not isinstance(model.features, NewsFeatures):
        raise InputError("the model must use a lexicon and a gazetteer to add entries to, got one of n-grams alone")
    model.features.use(compile_phrases(lexicon, actors))
    for name, path in (("added_lexicon_sha256", lexicon), ("added_actors_sha256", actors)):
        if path is not None:
            model.facts[name] = sha256_of(Path(path))
