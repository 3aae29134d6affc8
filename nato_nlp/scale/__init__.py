"""From streams of documents to files of tagged sentences, at any size; `nato_nlp.scale.dask` does it on a cluster.

The names below load their modules when first used.
"""

from typing import TYPE_CHECKING

from nato_nlp._late import late

if TYPE_CHECKING:
    from nato_nlp.scale.batch import tag_batch, tag_documents_batch
    from nato_nlp.scale.stream import tag_dataset

_HOMES = {"tag_batch": "batch", "tag_dataset": "stream", "tag_documents_batch": "batch"}

__all__ = ["tag_batch", "tag_dataset", "tag_documents_batch"]

__getattr__, __dir__ = late(__name__, _HOMES, __all__)
