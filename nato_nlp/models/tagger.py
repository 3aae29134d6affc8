"""`Tagger`: from text to stance, quad, topics and their probabilities; trained on one's own labels or loaded."""

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from nato_nlp import __version__
from nato_nlp._estimator import Estimator
from nato_nlp._validate import check_same_length, check_texts, must_be
from nato_nlp.codebook import load_codebook
from nato_nlp.errors import ScopeWarning
from nato_nlp.features.news import NewsFeatures
from nato_nlp.features.ngram_tfidf import NgramTfidf
from nato_nlp.models.certainty import Certainty, known_certainty, measure_certainty
from nato_nlp.models.decision import decide, quad_priors
from nato_nlp.models.furniture import say_something
from nato_nlp.models.making import Given, make_tags
from nato_nlp.models.model_file import SavedModel, write_model
from nato_nlp.models.scope import why_out_of_scope
from nato_nlp.models.tags import Tags
from nato_nlp.models.who import Gathered
from nato_nlp.text.documents import Document
from nato_nlp.text.sentences import sentence_spans

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
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
    certainty_ : Certainty or None
        What held-out stories showed of its errors; None without quads, or where there were no two groups.

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
    certainty_: Certainty | None = None  # of a tagger that was put together without held-out stories

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
        self.certainty_ = measure_certainty(self.held_out_, rows, groups)
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

    def _probabilities(self, texts: list[str]) -> tuple[Floats, Floats]:
        scores = self._scores(texts)
        return self.heads_.quad_proba(scores), self.heads_.binary_proba(scores)

    def _scores(self, texts: list[str], gathered: Gathered | None = None, says: Bools | None = None) -> Floats:
        self._check_fitted()
        if gathered is not None and isinstance(self.features_, NewsFeatures):
            scores = self.features_.scores(texts, self.heads_.weights, gathered)
        else:
            scores = self.features_.scores(texts, self.heads_.weights)
        # a text without a letter or digit says nothing: it gets the prior
        scores[~(say_something(texts) if says is None else says)] = 0.0
        scores += self.heads_.intercept
        return scores

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

        Warns
        -----
        ScopeWarning
            Too few of its words are known, or its letters are of another script than Latin: see ``Tags.in_scope``.

        Examples
        --------
        >>> from nato_nlp import load_tagger
        >>> act = load_tagger().tag("Peru thanked Chile.", pairs=[("CHL", "PER")])[0].dyads[0]
        >>> act.source, act.proba < 0.5
        ('CHL', True)
        """
        found = sentence_spans(text)
        spans = np.asarray(found, np.int64).reshape(-1, 2)
        tags = make_tags(self, Given([text[a:b] for a, b in found], spans, text, meta or {}), pairs)
        if tags.known_words is not None and tags.in_scope is not None and not tags.in_scope.all():
            message = why_out_of_scope(tags.known_words, text, tags.meta.get("doc"))
            warnings.warn(message, ScopeWarning, stacklevel=2)
        return tags

    def tag_sentences(
        self, sentences: Any, *, meta: Mapping[str, Any] | None = None, pairs: Pairs | None = None
    ) -> Tags:
        """Tag strings that are one sentence each; offsets count within each string.

        An empty or blank string gets the prior: the probabilities that the model gives to a sentence without known words.
        Whether a string is in scope is judged for each by itself, and nothing warns.
        """
        texts = check_texts(sentences, "sentences")
        spans = np.zeros((len(texts), 2), np.int64)
        spans[:, 1] = np.fromiter(map(len, texts), np.int64, len(texts))
        return make_tags(self, Given(texts, spans, None, meta or {}), pairs)

    def tag_documents(self, documents: Iterable[Document | str]) -> Iterator[Any]:
        """Yield one ``pyarrow.Table`` a document, in order, without holding more than one."""
        for number, item in enumerate(documents):
            document = Document(str(number), item) if isinstance(item, str) else item
            if not isinstance(document, Document):
                raise must_be("documents", "Document or str", item, where=f" at index {number}")
            yield self.tag(document.text, meta={"doc": document.id, "date": document.date}).to_arrow()

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
        ``heads_.assumed``. Silence (`with_coverage`) and label sets go by probabilities under those priors still.

        Examples
        --------
        >>> from nato_nlp import load_tagger
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

    def with_coverage(self, share: float) -> Self:
        """Return a tagger that gives no stance where it is least sure, so that it answers a share of sentences.

        Parameters
        ----------
        share : float
            Of the sentences of stories like those that it was trained on; 0 < share <= 1, and 1 is never silent.

        Raises
        ------
        InputError
            Another share, or a tagger without held-out stories: trained without quads, or without two groups.

        Notes
        -----
        ``stance`` and ``quad`` are None where the largest stance probability is below a threshold that held-out stories gave,
        in saved models too. The probability is that under the priors of training: a sentence is silent or not whatever
        `with_priors` is told, and the share was not measured for other priors. Topics, actors and dyads stay, site furniture
        stays neutral, and `predict` always answers, as scikit-learn asks.

        Examples
        --------
        >>> from nato_nlp import load_tagger
        >>> text = "The ministers spoke for two hours. Troops shelled the border town."
        >>> [sentence.stance for sentence in load_tagger().with_coverage(0.9).tag(text)]
        [None, 'dispute']
        """
        return self._silent_below(known_certainty(self.certainty_).curve.for_coverage(share))

    def with_error(self, share: float) -> Self:
        """Return a tagger that gives no stance where it is least sure, so that a share of its answers is wrong at most.

        Parameters
        ----------
        share : float
            Of the stances given to sentences of stories like those that it was trained on, from 0 to 1.

        Raises
        ------
        InputError
            Another share, one that no threshold reached on held-out stories, or a tagger without these.

        Notes
        -----
        As `with_coverage`. On other texts more is wrong: measure it there.

        Examples
        --------
        >>> from nato_nlp import load_tagger
        >>> careful, tagger = load_tagger().with_error(0.05), load_tagger().with_error(0.2)
        >>> careful.certainty_.silent_below > tagger.certainty_.silent_below
        True
        """
        return self._silent_below(known_certainty(self.certainty_).curve.for_error(share))

    def _silent_below(self, threshold: float) -> Self:
        other = copy(self)
        other.certainty_ = replace(known_certainty(self.certainty_), silent_below=threshold)
        return other

    def top_features(self, label: str, top: int = 20, **options: Any) -> Any:
        """Return what weighs most for a label, see `nato_nlp.models.evidence.top_features`.

        Examples
        --------
        >>> from nato_nlp import load_tagger
        >>> len(load_tagger().top_features("dispute", top=3))
        3
        """
        from nato_nlp.models.evidence import top_features

        self._check_fitted()
        return top_features(self, label, top, **options)

    def save(self, path: str | Path) -> None:
        """Write the tagger to a safetensors file, under a temporary name until it is whole."""
        self._check_fitted()
        write_model(path, SavedModel(self.features_, self.heads_, self.facts_, self.acts_, self.certainty_))
