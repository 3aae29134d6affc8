"""Tagged sentences as an Arrow table; actors and acts are lists of structs."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nato_nlp.codebook import load_codebook
from nato_nlp.features.mentions import MentionRows
from nato_nlp.models.acts import ActRows
from nato_nlp.models.decision import decide, stance_probabilities

if TYPE_CHECKING:
    from nato_nlp.models.tags import Tags


def arrow_table(tags: "Tags") -> Any:
    """Return a ``pyarrow.Table``, see `Tags.to_arrow`; what there is no answer for is null."""
    import pyarrow as pa

    book, rows = load_codebook(), len(tags)
    stances, quads = np.asarray([*book.stances, None], object), np.asarray([*book.quads, None], object)
    kept = {key: value for key, value in tags.meta.items() if key != "doc"}
    offsets = np.concatenate([[0], np.cumsum(tags.has_topic.sum(axis=1))]).astype(np.int32)
    names = [tags.topic_names[t] for t in np.nonzero(tags.has_topic)[1]]
    without_quads = not bool(tags.with_stances.all())
    columns = {
        "doc": pa.array([tags.meta.get("doc")] * rows, pa.string()),
        "index": pa.array(np.arange(tags.first_index, tags.first_index + rows), pa.int64()),
        "start": pa.array(tags.spans[:, 0], pa.int64()),
        "end": pa.array(tags.spans[:, 1], pa.int64()),
        "text": pa.array(tags.texts, pa.string()),
        "boilerplate": pa.array(tags.boilerplate),
        "stance": pa.array(stances[tags.stances], pa.string()),
        "quad": pa.array(quads[tags.quads], pa.string()),
        "topics": pa.ListArray.from_arrays(offsets, pa.array(names, pa.string())),
        "stance_proba": _struct(book.stances, tags.stance_proba, empty=without_quads),
        "quad_proba": _struct(book.quads, tags.quad_proba, empty=without_quads),
        "topic_proba": _struct(tags.topic_names, tags.topic_proba),
        "actors": arrow_actors(tags.mentions, tags.texts),
        "dyads": arrow_dyads(tags.acts, rows),
        "in_scope": pa.nulls(rows, pa.bool_()) if tags.in_scope is None else pa.array(tags.in_scope),
    } | {key: pa.array([value] * rows, pa.string() if value is None else None) for key, value in kept.items()}
    table = pa.table(columns)
    return table.replace_schema_metadata({"nato_nlp": json.dumps(dict(tags.facts))}) if tags.facts else table


def _struct(names: Sequence[str], values: npt.NDArray[np.float64], *, empty: bool = False) -> Any:
    import pyarrow as pa

    fields = [pa.field(name, pa.float64()) for name in names]
    mask = pa.array(np.full(len(values), empty))
    if not fields:
        return pa.nulls(len(values))  # Parquet has no struct without fields
    return pa.StructArray.from_arrays([pa.array(values[:, k]) for k in range(len(names))], fields=fields, mask=mask)


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
