"""Where the files that belong to the library lie, in a wheel and in an editable install."""

from functools import cache
from pathlib import Path

from nato_nlp.errors import MissingFileError

PACKAGE = Path(__file__).resolve().parent


@cache
def seeds_dir() -> Path:
    """Return the folder of the seed corpus: ``nato_nlp/_seeds`` in a wheel, ``seeds`` beside it in a checkout.

    Raises
    ------
    MissingFileError
        Neither is there.
    """
    for folder in (PACKAGE / "_seeds", PACKAGE.parent / "seeds"):
        if (folder / "labels.toml").is_file():
            return folder
    raise MissingFileError(f"the seed corpus is not where it should be ({PACKAGE / '_seeds'}): install nato_nlp again")


def default_model() -> Path:
    """Return the path of the shipped model."""
    return PACKAGE / "_model" / "default.safetensors"
