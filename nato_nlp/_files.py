"""Writing files so that nobody ever finds half of one under its final name."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile

from nato_nlp.errors import MissingFileError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path in the same folder; it takes the final name when the block ends well, else it is removed.

    Raises
    ------
    MissingFileError
        The folder is not there.
    """
    if not path.parent.is_dir():
        raise MissingFileError(f"{path.parent} is not there: expected a folder to write {path.name} into")
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as stream:
        temporary = Path(stream.name)
    try:
        yield temporary
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)  # a temporary file is private; the result is like any other file
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
