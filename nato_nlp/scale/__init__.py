"""From streams of documents to files of tagged sentences, at any size; `nato_nlp.scale.dask` does it on a cluster.

The names below load their modules when first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nato_nlp.scale.batch import tag_batch, tag_documents_batch
    from nato_nlp.scale.stream import tag_dataset

_HOMES = {"tag_batch": "batch", "tag_dataset": "stream", "tag_documents_batch": "batch"}

__all__ = ["tag_batch", "tag_dataset", "tag_documents_batch"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
