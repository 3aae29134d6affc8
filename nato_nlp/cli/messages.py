"""How the command line fails: one clear message, status 2 for usage and 1 for data, never a traceback."""

import errno
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import typer

from nato_nlp.errors import MissingFileError, NatoNlpError

DATA, USAGE, INTERRUPTED = 1, 2, 130


def say(message: str) -> None:
    """Print a message for the person, apart from the results."""
    typer.echo(f"nato-nlp: {message}", err=True)


def fail(message: str, status: int) -> NoReturn:
    """Print a message and end with a status."""
    say(message)
    raise typer.Exit(status)


def report_skipped(skipped: Sequence[str], rest: str) -> None:
    """List files and records that were left out, if any, and fail: the rest is done, as ``rest`` says."""
    if skipped:
        say(f"skipped {len(skipped)}:")
        for message in skipped:
            say(f"  {message}")
        fail(rest, DATA)


def check_output(path: Path, inputs: Iterable[Path]) -> None:
    """Fail unless a file can be written or replaced there: a folder or a device can't, an input must not be."""
    if not path.parent.is_dir():
        fail(f"{path.parent} is not there: expected a folder to write {path.name} into", USAGE)
    if not path.exists():
        return
    if not path.is_file():
        fail(f"--output must be a file, got {str(path)!r}", USAGE)
    if any(path.samefile(other) for other in inputs):
        fail(f"--output must be none of the files that are read, got {str(path)!r}", USAGE)


@contextmanager
def reporting() -> Iterator[None]:
    """Turn expected errors into a message and an exit status."""
    try:
        yield
    except MissingFileError as error:
        fail(str(error), USAGE)
    except NatoNlpError as error:
        fail(str(error), DATA)
    except KeyboardInterrupt:
        fail("interrupted: nothing was written under the final name", INTERRUPTED)
    except BrokenPipeError:
        # the reader has gone (`| head`): say nothing, and keep the interpreter from flushing into the closed pipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None
    except MemoryError:
        fail("the machine ran out of memory: split the input into smaller documents", DATA)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        fail(f"{place}{error.strerror or error}" + ("; nothing was written under the final name" if full else ""), DATA)
