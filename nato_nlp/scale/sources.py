"""The files that a stream reads: named ones, folders, globs, partitioned data sets; plain or compressed."""

import glob
import hashlib
import io
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote

from nato_nlp._validate import must_be, one_of
from nato_nlp.errors import InputError, MissingFileError
from nato_nlp.text.reading import READERS, STDIN

COMPRESSIONS = {".gz": "gzip", ".zst": "zstd"}
NOT_IN_PARQUET = "__HIVE_DEFAULT_PARTITION__"  # what Hive writes for null
HIDDEN = (".", "_")  # names that Arrow, Spark and Hive leave out, our manifest among them
BLOCK = 1 << 20  # bytes that are read at once


@dataclass(frozen=True)
class Source:
    """One file to read.

    Attributes
    ----------
    path : str
        On its file system.
    name : str
        What its documents are called; below the folder that was named.
    kind : str
        One of the endings of `READERS`.
    compression : str or None
    keys : mapping
        Columns that the names of its folders hold (``year=2001``).
    filesystem : pyarrow.fs.FileSystem or None
        None is the local one.
    """

    path: str
    name: str
    kind: str
    compression: str | None = None
    keys: Mapping[str, str | None] = field(default_factory=dict)
    filesystem: Any = None

    def open(self) -> io.BufferedReader:
        """Open the file as plain bytes, decompressed."""
        stream = self._files().open_input_stream(self.path, compression=self.compression, buffer_size=0)
        return io.BufferedReader(stream, BLOCK)

    def open_parquet(self) -> Any:
        """Open the file for reading at any place."""
        return self._files().open_input_file(self.path)

    def digest(self) -> dict[str, Any]:
        """Return name, size in bytes and SHA-256 of the file as it lies there.

        Raises
        ------
        MissingFileError
            The file can't be read.
        """
        found, size = hashlib.sha256(), 0
        try:
            with self._files().open_input_stream(self.path, compression=None) as stream:
                while block := stream.read(BLOCK):
                    found.update(block)
                    size += len(block)
        except OSError as error:
            raise unreadable(self.path, error) from error
        return {"name": self.name, "bytes": size, "sha256": found.hexdigest()}

    def _files(self) -> Any:
        return _local() if self.filesystem is None else self.filesystem


@cache
def _local() -> Any:
    from pyarrow.fs import LocalFileSystem

    return LocalFileSystem()


def unreadable(path: str, error: OSError) -> MissingFileError:
    """Build the error for a file that the system does not give."""
    return MissingFileError(f"{path} can't be read: {os.strerror(error.errno) if error.errno else error}")


def find_sources(source: Any) -> list[Source]:
    """List the files behind a source, in the order in which they are read.

    Parameters
    ----------
    source : path, iterable of paths or pyarrow.dataset.Dataset
        A file, a folder (its files of known kinds, sorted, those of subfolders too; names that begin with ``.`` or ``_`` are
        left out), or a glob. Folders called ``key=value`` give columns.

    Raises
    ------
    MissingFileError
        A path is not there, a folder or a glob without a file of a known kind.
    InputError
        A symlink loop, standard input, which can't be read again, or a data set of another format.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     Path(folder, "year=2001").mkdir()
    ...     _ = Path(folder, "year=2001", "a.csv.gz").write_bytes(b"")
    ...     [(s.name, s.kind, s.compression, dict(s.keys)) for s in find_sources(folder)]
    [('year=2001/a.csv.gz', '.csv', 'gzip', {'year': '2001'})]
    """
    if hasattr(source, "get_fragments"):
        return _of_dataset(source)
    given = [source] if isinstance(source, str | Path) else list(source)
    found = [one for path in given for one in _of_path(path)]
    if not found:
        raise must_be("source", "a path, paths or a pyarrow data set", source)
    count = Counter(one.name for one in found)
    return [one if count[one.name] == 1 else replace(one, name=Path(one.path).as_posix()) for one in found]


def _of_path(given: str | Path) -> Iterator[Source]:
    path = Path(given)
    if str(given) in ("", STDIN):
        raise must_be("source", "files, which can be read again when a run goes on", str(given))
    if path.is_dir():
        found = list(_in_folder(path))
        if not found:
            raise MissingFileError(f"{path} holds no file that can be read: expected {one_of(READERS)}")
        yield from found
    elif path.is_file():
        yield _source(path, path.name, {})
    elif glob.has_magic(str(given)):
        matches = sorted(p for p in map(Path, glob.glob(str(given), recursive=True)) if p.is_file())
        if not matches:
            raise MissingFileError(f"{given} matches no file")
        yield from (_source(p, p.as_posix(), _keys(p.parts[:-1])) for p in matches)
    elif path.is_symlink():
        raise InputError(f"{path} must lead to a file or a folder, got a symlink that leads nowhere or in a circle")
    else:
        raise MissingFileError(f"{path} is not there: expected a file, a folder or a glob")


def _in_folder(folder: Path) -> Iterator[Source]:
    paths = (p for p in _walk(folder, ()) if kind_of(p)[0] is not None)
    for path in sorted(paths, key=lambda p: p.relative_to(folder).parts):
        inside = path.relative_to(folder)
        yield _source(path, inside.as_posix(), _keys(inside.parts[:-1]))


def _walk(folder: Path, above: tuple[str, ...]) -> Iterator[Path]:
    """Yield the files below a folder; links to folders are followed, but not in a circle."""
    here = os.path.realpath(folder)
    if here in above:
        raise InputError(f"{folder} must not lead back to a folder that it lies in, got a symlink loop to {here}")
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise unreadable(str(folder), error) from error
    for entry in entries:
        if entry.name.startswith(HIDDEN):
            continue
        if entry.is_dir():
            yield from _walk(entry, (*above, here))
        elif entry.is_file():
            yield entry
        elif entry.is_symlink():
            raise InputError(
                f"{entry} must lead to a file or a folder, got a symlink that leads nowhere or in a circle"
            )


def kind_of(path: Path | PurePosixPath) -> tuple[str | None, str | None]:
    """Return kind and compression that a file's name tells; a kind of None is none that can be read.

    Examples
    --------
    >>> kind_of(Path("a.JSONL.gz")), kind_of(Path("a.jpg"))
    (('.jsonl', 'gzip'), (None, None))
    """
    compression = COMPRESSIONS.get(path.suffix.lower())
    kind = (path.with_suffix("") if compression else path).suffix.lower()
    return (kind if kind in READERS else None), compression


def _source(path: Path, name: str, keys: Mapping[str, str | None]) -> Source:
    kind, compression = kind_of(path)
    # a file's name may be bytes that are not UTF-8, and then no output could hold it
    name = os.fsencode(name).decode("utf-8", "replace")
    return Source(str(path), name, kind or ".txt", compression, keys)


def _keys(folders: Iterable[str]) -> dict[str, str | None]:
    pairs = (folder.partition("=") for folder in folders if "=" in folder)
    return {key: None if value == NOT_IN_PARQUET else unquote(value) for key, _, value in pairs}


def _of_dataset(dataset: Any) -> list[Source]:
    from pyarrow.dataset import get_partition_keys

    kinds = {"parquet": ".parquet", "csv": ".csv", "json": ".jsonl"}
    kind = getattr(getattr(dataset, "format", None), "default_extname", None)
    if kind not in kinds:
        raise InputError(f"source must be a data set of files of a format {one_of(kinds)}, got {kind!r}")
    found = []
    for fragment in dataset.get_fragments():
        keys = get_partition_keys(fragment.partition_expression)
        texts = {key: None if value is None else str(value) for key, value in keys.items()}
        compression = kind_of(PurePosixPath(fragment.path))[1]
        found.append(Source(fragment.path, fragment.path, kinds[kind], compression, texts, fragment.filesystem))
    if not found:
        raise MissingFileError("source must hold a file, got a data set without one")
    return found
