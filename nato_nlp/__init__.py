"""Tag the sentences of international news: cooperation or dispute, about what, how sure.

The names below load their modules when first used, so that ``import nato_nlp`` stays cheap.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nato_nlp.codebook import Codebook, load_codebook
    from nato_nlp.errors import InputError, ModelFileError, NatoNlpError
    from nato_nlp.models.tagger import Tagger, load_tagger
    from nato_nlp.models.tags import TaggedSentence, Tags
    from nato_nlp.text.documents import Document
    from nato_nlp.text.reading import read_documents
    from nato_nlp.text.sentences import Sentence, split_sentences

__version__ = "0.1.0"

_HOMES = {
    "Codebook": "nato_nlp.codebook",
    "Document": "nato_nlp.text.documents",
    "InputError": "nato_nlp.errors",
    "ModelFileError": "nato_nlp.errors",
    "NatoNlpError": "nato_nlp.errors",
    "Sentence": "nato_nlp.text.sentences",
    "TaggedSentence": "nato_nlp.models.tags",
    "Tagger": "nato_nlp.models.tagger",
    "Tags": "nato_nlp.models.tags",
    "load_codebook": "nato_nlp.codebook",
    "load_tagger": "nato_nlp.models.tagger",
    "read_documents": "nato_nlp.text.reading",
    "split_sentences": "nato_nlp.text.sentences",
}

__all__ = [
    "Codebook",
    "Document",
    "InputError",
    "ModelFileError",
    "NatoNlpError",
    "Sentence",
    "TaggedSentence",
    "Tagger",
    "Tags",
    "__version__",
    "load_codebook",
    "load_tagger",
    "read_documents",
    "split_sentences",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'nato_nlp' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
