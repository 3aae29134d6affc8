"""How the command line fails: one clear message, status 2 for usage and 1 for data, never a traceback."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
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
