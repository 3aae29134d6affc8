"""From a user's labels to training targets, with every label checked."""

from typing import Any

import numpy as np
import numpy.typing as npt

from nato_nlp._validate import check_labels, check_same_length, is_missing, must_be
from nato_nlp.codebook import load_codebook
from nato_nlp.errors import InputError
from nato_nlp.models.training import Targets

Bools = npt.NDArray[np.bool_]


def build_targets(texts: list[str], quad: Any, topics: Any, boilerplate: Any) -> Targets:
    """Check labels and turn them into arrays; see `Tagger.fit` for what they may be."""
    if not texts:
        raise InputError("texts must hold at least one text, got 0")
    if quad is None and topics is None:
        raise InputError("quad or topics must be given: there is nothing to learn")
    furniture = _flags(texts, boilerplate)
    names, columns = _topic_columns(texts, topics, furniture)
    quads, index = _quad_index(texts, quad, furniture)
    usable = np.repeat(~furniture[:, None], len(names), axis=1)
    if boilerplate is not None:
        columns = np.column_stack([columns, furniture])
        usable = np.column_stack([usable, np.ones(len(texts), bool)])
    return Targets(quads, names, index, columns, usable, boilerplate is not None)


def _flags(texts: list[str], boilerplate: Any) -> Bools:
    if boilerplate is None:
        return np.zeros(len(texts), bool)
    flags = list(boilerplate)
    check_same_length("texts", texts, "boilerplate", flags)
    for index, flag in enumerate(flags):
        if not isinstance(flag, bool | np.bool_):
            raise must_be("boilerplate", "True or False", flag, where=f" at index {index}")
    return np.asarray(flags, bool)


def _quad_index(texts: list[str], quad: Any, furniture: Bools) -> tuple[tuple[str, ...], npt.NDArray[np.int64] | None]:
    if quad is None:
        return (), None
    book = load_codebook()
    labels = list(quad)
    check_same_length("texts", texts, "quad", labels)
    checked = check_labels("quad", labels, book.quads)
    found = {label for label, skip in zip(checked, furniture, strict=True) if not skip}
    known = tuple(name for name in book.quads if name in found)
    if len(known) < 2:
        raise InputError(
            f"quad must hold at least two different labels, got {len(known)}: {', '.join(known) or 'none'}"
        )
    return known, np.asarray([-1 if skip else known.index(q) for q, skip in zip(checked, furniture, strict=True)])


def _topic_columns(texts: list[str], topics: Any, furniture: Bools) -> tuple[tuple[str, ...], Bools]:
    if topics is None:
        return (), np.zeros((len(texts), 0), bool)
    rows = list(topics)
    check_same_length("texts", texts, "topics", rows)
    for index, row in enumerate(rows):
        if isinstance(row, str) or is_missing(row):
            raise must_be("topics", "a list of labels for every text (empty for none)", row, where=f" at index {index}")
        check_labels(f"topics[{index}]", row)
    found = {name for row, skip in zip(rows, furniture, strict=True) if not skip for name in row}
    order = load_codebook().topics
    names = tuple(sorted(found, key=lambda name: (order.index(name) if name in order else len(order), name)))
    columns = np.asarray([[name in row for name in names] for row in rows], bool).reshape(len(rows), len(names))
    for name, column in zip(names, columns.T, strict=True):
        if column[~furniture].all():
            raise InputError(f"topics must leave {name!r} out of at least one text: nothing can be learnt of it")
    if not names:
        raise InputError("topics must hold at least one label, got none")
    return names, columns
