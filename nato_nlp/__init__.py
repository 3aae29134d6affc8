"""Tag the sentences of international news: cooperation or dispute, about what, how sure.

The names below load their modules when first used, so that ``import nato_nlp`` stays cheap.
"""

from typing import TYPE_CHECKING

from nato_nlp._late import late

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
    "Act": "models.acts",
    "Codebook": "codebook",
    "Document": "text.documents",
    "InputError": "errors",
    "Mention": "features.mentions",
    "MissingExtraError": "errors",
    "MissingFileError": "errors",
    "ModelFileError": "errors",
    "NatoNlpError": "errors",
    "NotFittedError": "errors",
    "ScopeWarning": "errors",
    "Sentence": "text.sentences",
    "TaggedSentence": "models.tags",
    "Tagger": "models.tagger",
    "Tags": "models.tags",
    "TopFeature": "models.evidence",
    "evidence_of": "models.evidence",
    "load_codebook": "codebook",
    "load_tagger": "models.loading",
    "read_documents": "text.reading",
    "split_sentences": "text.sentences",
    "top_features": "models.evidence",
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

__getattr__, __dir__ = late(__name__, _HOMES, __all__)
