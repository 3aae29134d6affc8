"""Actors and acts of tagged sentences as Arrow columns: lists of structs."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from nato_nlp.codebook import load_codebook
from nato_nlp.features.mentions import MentionRows
from nato_nlp.models.acts import ActRows
from nato_nlp.models.decision import decide, stance_probabilities


def arrow_actors(mentions: MentionRows | None, texts: Sequence[str]) -> Any:
    """Return the mentions of each text as a list of structs with start, end, text, code and kind."""
    import pyarrow as pa

    fields = {"start": pa.int64(), "end": pa.int64(), "text": pa.string(), "code": pa.string(), "kind": pa.string()}
    if mentions is None:
        return pa.array([[]] * len(texts), pa.list_(pa.struct(list(fields.items()))))
    row = np.repeat(np.arange(len(texts)), np.diff(mentions.stop, prepend=0)).tolist()
    begin, end = mentions.begin.tolist(), mentions.end.tolist()
    senses = [mentions.senses[entry] for entry in mentions.entry.tolist()]
    columns = [
        begin,
        end,
        [texts[r][b:e] for r, b, e in zip(row, begin, end, strict=True)],
        [sense.code for sense in senses],
        [sense.kind for sense in senses],
    ]
    return _lists(mentions.stop, fields, columns)


def arrow_dyads(acts: ActRows | None, rows: int) -> Any:
    """Return the acts of each of n sentences as a list of structs with source, target, stance, quad and probabilities."""
    import pyarrow as pa

    book = load_codebook()
    stances = pa.struct([(name, pa.float64()) for name in book.stances])
    fields = dict.fromkeys(("source", "target", "stance", "quad"), pa.string())
    fields |= {"stance_proba": stances, "proba": pa.float64()}
    if acts is None or not len(acts.proba):
        return pa.array([[]] * rows, pa.list_(pa.struct(list(fields.items()))))
    stance, quad = decide(acts.quad_proba)
    proba = stance_probabilities(acts.quad_proba)
    names = np.asarray(["", *acts.codes], object)
    columns = [
        names[acts.source + 1],
        names[acts.target + 1],
        np.asarray(book.stances, object)[stance],
        np.asarray(book.quads, object)[quad],
        pa.StructArray.from_arrays([pa.array(column) for column in proba.T.copy()], fields=list(stances)),
        acts.proba,
    ]
    return _lists(acts.stop, fields, columns)


def _lists(stop: Any, fields: dict[str, Any], columns: Sequence[Any]) -> Any:
    import pyarrow as pa

    arrays = [
        column if isinstance(column, pa.Array) else pa.array(column, kind)
        for column, kind in zip(columns, fields.values(), strict=True)
    ]
    structs = pa.StructArray.from_arrays(arrays, fields=[pa.field(*item) for item in fields.items()])
    return pa.ListArray.from_arrays(np.concatenate([[0], stop]).astype(np.int32), structs)
