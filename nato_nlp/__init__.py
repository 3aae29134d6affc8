"""Tag the sentences of international news: cooperation or dispute, about what, how sure.

The names below load their modules when first used, so that ``import nato_nlp`` stays cheap.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nato_nlp.codebook import Codebook, load_codebook
    from nato_nlp.errors import (
        InputError,
        MissingExtraError,
        MissingFileError,
        ModelFileError,
        NatoNlpError,
        NotFittedError,
        ScopeWarning,
    )
    from nato_nlp.features.mentions import Mention
    from nato_nlp.models.acts import Act
    from nato_nlp.models.evidence import TopFeature, evidence_of, top_features
    from nato_nlp.models.loading import load_tagger
    from nato_nlp.models.tagger import Tagger
    from nato_nlp.models.tags import TaggedSentence, Tags
    from nato_nlp.text.documents import Document
    from nato_nlp.text.reading import read_documents
    from nato_nlp.text.sentences import Sentence, split_sentences

__version__ = "0.1.0"

_HOMES = {
    "Act": "nato_nlp.models.acts",
    "Codebook": "nato_nlp.codebook",
    "Document": "nato_nlp.text.documents",
    "InputError": "nato_nlp.errors",
    "Mention": "nato_nlp.features.mentions",
    "MissingExtraError": "nato_nlp.errors",
    "MissingFileError": "nato_nlp.errors",
    "ModelFileError": "nato_nlp.errors",
    "NatoNlpError": "nato_nlp.errors",
    "NotFittedError": "nato_nlp.errors",
    "ScopeWarning": "nato_nlp.errors",
    "Sentence": "nato_nlp.text.sentences",
    "TaggedSentence": "nato_nlp.models.tags",
    "Tagger": "nato_nlp.models.tagger",
    "Tags": "nato_nlp.models.tags",
    "TopFeature": "nato_nlp.models.evidence",
    "evidence_of": "nato_nlp.models.evidence",
    "load_codebook": "nato_nlp.codebook",
    "load_tagger": "nato_nlp.models.loading",
    "read_documents": "nato_nlp.text.reading",
    "split_sentences": "nato_nlp.text.sentences",
    "top_features": "nato_nlp.models.evidence",
}

__all__ = [
    "Act",
    "Codebook",
    "Document",
    "InputError",
    "Mention",
    "MissingExtraError",
    "MissingFileError",
    "ModelFileError",
    "NatoNlpError",
    "NotFittedError",
    "ScopeWarning",
    "Sentence",
    "TaggedSentence",
    "Tagger",
    "Tags",
    "TopFeature",
    "__version__",
    "evidence_of",
    "load_codebook",
    "load_tagger",
    "read_documents",
    "split_sentences",
    "top_features",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'nato_nlp' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
