"""The vectorizers and taggers that are measured, each behind the same few methods."""

import pickle
import re
import shutil
import tempfile
import weakref
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

from nato_nlp._validate import need
from nato_nlp.errors import MissingExtraError

NGrams = tuple[int, int] | None
SETTINGS: dict[str, tuple[NGrams, NGrams]] = {
    "word 1-1": ((1, 1), None),
    "word 1-2": ((1, 2), None),
    "char 2-5": (None, (2, 5)),  # inside words
    "both": ((1, 2), (2, 5)),
}


class Peer:
    """A vectorizer with a setting of `SETTINGS`.

    Attributes
    ----------
    name : str
        As tables show it.
    module, distribution : str
        What it is imported and installed as.
    learns : bool
        Whether `fit` learns anything.
    threads : bool
        Whether it can use more than one.
    """

    name: ClassVar[str]
    module: ClassVar[str]
    distribution: ClassVar[str]
    learns: ClassVar[bool] = True
    threads: ClassVar[bool] = False

    def __init__(self, setting: str, threads: int = 1) -> None:
        self.model = self.build(*SETTINGS[setting], threads)

    def build(self, word: NGrams, char: NGrams, threads: int) -> Any:
        """Return an object with ``fit``, ``transform`` and ``fit_transform``."""
        raise NotImplementedError

    def fit(self, texts: list[str]) -> Self:
        """Learn from texts."""
        self.model.fit(texts)
        return self

    def transform(self, texts: list[str]) -> Any:
        """Return the CSR matrix of texts."""
        return self.model.transform(texts)

    def fit_transform(self, texts: list[str]) -> Any:
        """Learn from texts and return their CSR matrix."""
        return self.model.fit_transform(texts)

    def forget(self) -> None:
        """Drop what earlier calls of `transform` left behind, if they leave anything."""


class Ours(Peer):
    """`NgramTfidf` with its default weights: 1 + ln(tf), idf, l2 norm."""

    name, module, distribution, threads = "NgramTfidf", "nato_nlp.features.ngram_tfidf", "nato_nlp", True

    def build(self, word: NGrams, char: NGrams, threads: int) -> Any:  # noqa: D102 (says no more than Peer's)
        return need(self.module, "bench").NgramTfidf(word=word, char=char, n_jobs=threads)

    def forget(self) -> None:
        """Drop the words that `transform` keeps for its next call: the same text again would be no test."""
        self.model = pickle.loads(pickle.dumps(self.model))  # a copy keeps none


class Sklearn(Peer):
    """scikit-learn's `TfidfVectorizer` with the same weights: the same matrix. Both blocks: a `FeatureUnion` of two."""

    name, module, distribution = "TfidfVectorizer", "sklearn.feature_extraction.text", "scikit-learn"

    def build(self, word: NGrams, char: NGrams, threads: int) -> Any:  # noqa: D102
        blocks = [("word", self.block("word", word)), ("char", self.block("char_wb", char))]
        kept = [(name, block) for name, block in blocks if block is not None]
        return kept[0][1] if len(kept) == 1 else need("sklearn.pipeline", "bench").FeatureUnion(kept)

    def block(self, analyzer: str, ngrams: NGrams) -> Any:
        """Return the vectorizer of one block, None without n-grams."""
        if ngrams is None:
            return None
        return need(self.module, "bench").TfidfVectorizer(analyzer=analyzer, ngram_range=ngrams, sublinear_tf=True)


class Hashing(Sklearn):
    """scikit-learn's `HashingVectorizer`, 2^20 columns a block.

    Counts with l2 norm, no idf and no vocabulary: less is done.
    """

    name, learns = "HashingVectorizer", False

    def block(self, analyzer: str, ngrams: NGrams) -> Any:  # noqa: D102
        if ngrams is None:
            return None
        return need(self.module, "bench").HashingVectorizer(analyzer=analyzer, ngram_range=ngrams)


class SideBySide:
    """Vectorizers whose matrices are put next to each other."""

    def __init__(self, parts: Sequence[Any]) -> None:
        self.parts = parts

    def fit(self, texts: list[str]) -> Self:
        """Fit each."""
        for part in self.parts:
            part.fit(texts)
        return self

    def transform(self, texts: list[str]) -> Any:
        """Return their matrices as one."""
        return need("scipy.sparse", "bench").hstack([part.transform(texts) for part in self.parts], "csr")

    def fit_transform(self, texts: list[str]) -> Any:
        """Fit each and return their matrices as one."""
        return need("scipy.sparse", "bench").hstack([part.fit_transform(texts) for part in self.parts], "csr")


class LeNLP(Peer):
    """LeNLP's `TfidfVectorizer` (Rust), a list in and a CSR matrix of float32 out.

    It works on all cores that the process may use, without a parameter: pin the process first. Its n-grams are others: it
    deletes punctuation, folds accents, keeps words of one letter and pads a word by more than one space, so that its
    matrices of characters hold about 30% more entries than scikit-learn's.
    """

    name, module, distribution, threads = "LeNLP", "lenlp.sparse", "lenlp", True

    def build(self, word: NGrams, char: NGrams, threads: int) -> Any:  # noqa: D102
        wanted = [(a, n) for a, n in (("word", word), ("char_wb", char)) if n is not None]
        blocks = [need(self.module, "bench").TfidfVectorizer(analyzer=a, ngram_range=n) for a, n in wanted]
        return blocks[0] if len(blocks) == 1 else SideBySide(blocks)


class Linear:
    """From text to label: a vectorizer and a linear support vector machine."""

    settings: ClassVar[tuple[str, ...]] = ("word 1-2", "both")

    def __init__(self, peer: type[Peer], setting: str) -> None:
        self.vectorizer = peer(setting)
        self.head = need("sklearn.svm", "bench").LinearSVC(random_state=0)

    def fit(self, texts: list[str], labels: list[str]) -> Self:
        """Learn from labelled texts."""
        self.head.fit(self.vectorizer.fit_transform(texts), labels)
        return self

    def predict(self, texts: list[str]) -> list[str]:
        """Return the labels of texts."""
        return list(self.head.predict(self.vectorizer.transform(texts)))


class Labeller:
    """A tool that goes from text to label by itself; `settings` are those that it can imitate."""

    name: ClassVar[str]
    module: ClassVar[str]
    distribution: ClassVar[str]
    settings: ClassVar[tuple[str, ...]]

    def __init__(self, setting: str) -> None:
        self.setting = setting
        self.folder = Path(tempfile.mkdtemp())
        weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)

    def fit(self, texts: list[str], labels: list[str]) -> Self:
        """Learn from labelled texts."""
        raise NotImplementedError

    def predict(self, texts: list[str]) -> list[str]:
        """Return the labels of texts."""
        raise NotImplementedError


class VowpalWabbit(Labeller):
    """Vowpal Wabbit, one against all, word 1-2 by hashing (2^20 weights).

    The texts are written to a file that its own reader reads, which is faster than handing over sentence after sentence
    from Python. Writing them, and reading the labels back, belongs to the time. It has no n-grams of characters.
    """

    name, module, distribution, settings = "Vowpal Wabbit", "vowpalwabbit", "vowpalwabbit", ("word 1-2",)

    def fit(self, texts: list[str], labels: list[str]) -> Self:  # noqa: D102
        self.labels = sorted(set(labels))
        number = {label: place for place, label in enumerate(self.labels, 1)}
        model = need(self.module, "bench").Workspace(f"--oaa {len(self.labels)} --ngram 2 -b 20 --quiet")
        for text, label in zip(texts, labels, strict=True):
            model.learn(f"{number[label]} {self._line(text)}")
        model.save(str(self.folder / "model"))
        model.finish()
        return self

    def predict(self, texts: list[str]) -> list[str]:  # noqa: D102
        data, out = self.folder / "data", self.folder / "labels"
        data.write_text("\n".join(map(self._line, texts)) + "\n", encoding="utf-8")
        options = ["-i", str(self.folder / "model"), "-t", "-d", str(data), "-p", str(out), "--quiet"]
        need(self.module, "bench").Workspace(arg_list=options).finish()
        return [self.labels[int(float(line)) - 1] for line in out.read_text(encoding="ascii").splitlines()]

    @staticmethod
    def _line(text: str) -> str:
        # a bar and a colon are syntax; VW splits at spaces and knows no lower case
        return "| " + text.lower().replace("|", " ").replace(":", " ").replace("\n", " ")


class FastText(Labeller):
    """fastText, supervised, one thread, all lines in one call; ``both`` adds its n-grams of 2 to 5 characters."""

    name, module, distribution, settings = "fastText", "fasttext", "fasttext-numpy2-wheel", ("word 1-2", "both")
    mark: ClassVar[str] = "__label__"

    def fit(self, texts: list[str], labels: list[str]) -> Self:  # noqa: D102
        data = self.folder / "data"
        lines = [f"{self.mark}{label} {self._line(text)}\n" for text, label in zip(texts, labels, strict=True)]
        data.write_text("".join(lines), encoding="utf-8")
        characters = {"minn": 2, "maxn": 5} if self.setting == "both" else {}
        train = need(self.module, "bench").train_supervised
        self.model = train(str(data), wordNgrams=2, epoch=25, thread=1, seed=1, verbose=0, **characters)
        return self

    def predict(self, texts: list[str]) -> list[str]:  # noqa: D102
        labels, _ = self.model.predict([self._line(text) for text in texts])
        return [label[0].removeprefix(self.mark) if label else "" for label in labels]

    @staticmethod
    def _line(text: str) -> str:
        return re.sub(r"\s", " ", text.lower())


VECTORIZERS: tuple[type[Peer], ...] = (Ours, Sklearn, Hashing, LeNLP)
LABELLERS: tuple[type[Labeller], ...] = (VowpalWabbit, FastText)


def available(peers: Iterable[Any]) -> tuple[list[Any], dict[str, str]]:
    """Return the peers that can be imported, and of the others the reason by name."""
    found, missing = [], {}
    for peer in peers:
        try:
            need(peer.module, "bench")
        except MissingExtraError as error:
            missing[peer.name] = str(error)
        else:
            found.append(peer)
    return found, missing


def result_bytes(matrix: Any) -> int:
    """Return how many bytes the arrays of a CSR matrix hold."""
    return int(matrix.data.nbytes + matrix.indices.nbytes + matrix.indptr.nbytes)
