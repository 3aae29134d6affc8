"""The library's exceptions and its warning. Each message says what is wrong, where, and what was expected."""


class NatoNlpError(Exception):
    """Base of every error that the library raises on purpose."""


class InputError(NatoNlpError, ValueError):
    """A value, a label, a text or a file's content is not what was expected."""


class MissingFileError(InputError, FileNotFoundError):
    """A path does not exist or holds nothing that can be read."""


class ModelFileError(NatoNlpError, ValueError):
    """A model file is damaged, too new, or of another kind."""


class NotFittedError(NatoNlpError, ValueError, AttributeError):
    """An estimator was asked to work before ``fit``; the bases are those of scikit-learn's error of this name."""


class MissingExtraError(NatoNlpError, ImportError):
    """An optional dependency is needed; the message names the extra that brings it."""


class ScopeWarning(UserWarning):
    """A text seems to be of another language or script than the model knows: its tags say little."""
