"""From bytes to text: UTF-8 with or without a byte order mark, errors that name the byte, no binary files."""

import codecs
import re
from collections.abc import Iterator
from io import BufferedReader
from typing import BinaryIO

from nato_nlp.errors import InputError

ERRORS = ("strict", "replace")
SAMPLE = 8192  # bytes that are looked at to tell a text from a binary file
MAGIC = {
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"%PDF": "a PDF: extract its text first",
    b"PK\x03\x04": "a zip archive or an office document",
    b"\x1f\x8b": "a gzip file",
    b"\x28\xb5\x2f\xfd": "a zstd file",
    b"BZh": "a bzip2 file",
    b"\xfd7zXZ": "an xz file",
    b"\x7fELF": "a program",
    b"MZ\x90": "a program",
    b"PAR1": "a Parquet file: name it .parquet",
    b"\xff\xfe": "UTF-16 text: convert it to UTF-8 first",
    b"\xfe\xff": "UTF-16 text: convert it to UTF-8 first",
    b"SQLite format 3": "a database",
}
CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1b") | {127})
MOST_CONTROLS = 0.3  # share of control bytes in the sample from which on a file is called binary
LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def refuse_binary(stream: BinaryIO, path: str) -> None:
    """Raise `InputError` when a file is no text; leaves the stream at its start."""
    sample = _beginning(stream)
    kind = next((name for magic, name in MAGIC.items() if sample.startswith(magic)), None)
    controls = len(sample) - len(sample.translate(None, CONTROLS))
    if (
        kind is None
        and sample
        and (controls > MOST_CONTROLS * len(sample) or (b"\0" in sample and not _is_utf8(sample)))
    ):
        kind = "a binary file"
    if kind:
        raise InputError(f"{path} must be a text file in UTF-8, got {kind}")


def _beginning(stream: BinaryIO) -> bytes:
    if isinstance(stream, BufferedReader):  # every file and pipe; a pipe can't be wound back
        return stream.peek(SAMPLE)[:SAMPLE]
    sample = stream.read(SAMPLE)
    stream.seek(0)
    return sample


def _is_utf8(sample: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)  # the sample may end within a character
    except UnicodeDecodeError:
        return False
    return True


def decode(data: bytes, where: str, errors: str, offset: int = 0) -> str:
    """Decode UTF-8 and drop a byte order mark.

    Parameters
    ----------
    data : bytes
        The bytes, from ``offset`` of the file on.
    where : str
        What the message calls them.
    errors : {'strict', 'replace'}
        As `bytes.decode` has them.
    offset : int
        Bytes of the file before ``data``.

    Raises
    ------
    InputError
        Bytes that are not UTF-8, with their offset in the file.
    """
    if offset == 0 and data.startswith(codecs.BOM_UTF8):
        data, offset = data[len(codecs.BOM_UTF8) :], len(codecs.BOM_UTF8)
    try:
        return data.decode("utf-8", errors)
    except UnicodeDecodeError as error:
        raise InputError(
            f"{where} must be UTF-8, got byte 0x{data[error.start]:02x} at byte offset {offset + error.start}"
            " (--errors replace, or errors='replace', goes on)"
        ) from error


class DecodedLines(Iterator[str]):
    r"""The lines of a stream one by one, without ``\n`` and ``\r\n`` unless ``keep_ends``.

    Unlike a generator it survives a line that can't be decoded: the next call goes on behind that line.

    Attributes
    ----------
    number : int
        Lines read so far.
    """

    def __init__(self, stream: BinaryIO, path: str, errors: str, *, keep_ends: bool = False) -> None:
        self.number = 0
        self._stream, self._path, self._errors, self._keep_ends = stream, path, errors, keep_ends
        self._offset = 0

    def __next__(self) -> str:
        raw = next(self._stream)
        offset = self._offset
        self._offset += len(raw)
        self.number += 1
        line = decode(raw, f"{self._path}, line {self.number}", self._errors, offset)
        return line if self._keep_ends else line.removesuffix("\n").removesuffix("\r")


def without_surrogates(text: str, where: str, errors: str) -> str:
    """Return the text; lone surrogates, which no file can hold, are refused or become U+FFFD, one for one."""
    found = LONE_SURROGATE.search(text)
    if found is None:
        return text
    if errors == "strict":
        raise InputError(
            f"{where} must be Unicode text, got a lone surrogate at character {found.start()}"
            " (--errors replace, or errors='replace', goes on)"
        )
    return LONE_SURROGATE.sub("�", text)
