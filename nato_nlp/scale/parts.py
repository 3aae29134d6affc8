"""A folder of parts with a manifest: a run that was killed at any moment goes on where it stopped.

``part-00000.parquet``, ``part-00001.parquet``, ... hold the rows in order. ``_manifest.json`` lists the parts that are whole,
with what made them: model, options, digest of the input. ``_inputs.jsonl`` lists the files that were read. A part gets its
name when it is whole and lies on the disk, and enters the manifest after that: what the manifest does not list is made again.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from nato_nlp import __version__
from nato_nlp._validate import must_be, shorten
from nato_nlp.errors import InputError

MANIFEST = "_manifest.json"
INPUTS = "_inputs.jsonl"
FORMAT = "nato_nlp.parts"
VERSION = 1
UNFINISHED = ".unfinished-"  # what a file is called until it is whole
MODEL, LIBRARY = "model_sha256", "library_version"


class Parts:
    """The folder that a run writes into.

    Parameters
    ----------
    folder : Path
        Made when it is not there.
    ending : str
        Of the parts, without a dot.
    identity : mapping
        What makes the result: SHA-256 of the model, options.
    inputs : sequence of mapping
        Name, size and SHA-256 of each file that is read.
    resume : bool
        Whether a run that was begun there goes on.

    Attributes
    ----------
    head : dict
        What the manifest says of the run.
    entries : dict of int to dict
        What the manifest says of each part that is whole.
    complete : bool
        Whether no part is missing.

    Raises
    ------
    InputError
        The folder holds something else, the parts of another run, or those of this one made by another model, from other
        input or with other options.
    """

    def __init__(
        self,
        folder: Path,
        ending: str,
        identity: Mapping[str, Any],
        inputs: Sequence[Mapping[str, Any]],
        *,
        resume: bool = True,
    ) -> None:
        self.folder, self.entries = folder, dict[int, dict[str, Any]]()
        self._ending = ending
        self._lines = [json.dumps(dict(one), ensure_ascii=False) + "\n" for one in inputs]
        digest = hashlib.sha256("".join(self._lines).encode())
        size = sum(one["bytes"] for one in inputs)
        self.head: dict[str, Any] = {"format": FORMAT, "format_version": VERSION, LIBRARY: __version__} | dict(identity)
        self.head["inputs"] = {"files": len(inputs), "bytes": size, "sha256": digest.hexdigest()}
        self._resume = resume
        self.complete = False

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Take the folder for this run alone, and look at what lies there."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with _alone(self.folder):
            self._begin()
            yield

    def _begin(self) -> None:
        # the manifest is written last: until it is there, the list of inputs is no sign of a run
        known = (MANIFEST, INPUTS)
        names = [path.name for path in self.folder.iterdir() if not path.name.startswith(UNFINISHED)]
        if MANIFEST in names:
            self._go_on()
        elif strange := sorted(name for name in names if name not in known):
            raise InputError(
                f"{self.folder} must be an empty folder or that of the run that goes on, got one with {shorten(strange[0])}"
            )
        self.clear()
        if MANIFEST not in names:
            write_whole(self.folder / INPUTS, "".join(self._lines))
            self._write()

    def _go_on(self) -> None:
        if not self._resume:
            raise InputError(
                f"{self.folder} must be an empty folder where a run does not go on, got one with {MANIFEST!r}"
            )
        before = _read(self.folder / MANIFEST)
        self._compare(before)
        for entry in before["parts"]:
            self._check_part(entry)
            self.entries[entry["part"]] = entry
        self.complete = before["complete"]

    def _compare(self, before: Mapping[str, Any]) -> None:
        """Raise `InputError` unless the run that began is this one."""
        own = self.head
        if before[LIBRARY] != own[LIBRARY]:
            raise self._other("version of nato_nlp", before[LIBRARY], own[LIBRARY])
        if before[MODEL] != own[MODEL]:
            raise self._other("model", before[MODEL][:12], own[MODEL][:12])
        options: Mapping[str, Any] = own["options"]
        for name in sorted({*before["options"], *options}):
            if before["options"].get(name) != options.get(name):
                raise self._other(name, before["options"].get(name), options.get(name))
        if before["inputs"] != own["inputs"]:
            raise InputError(f"{self.folder} must go on with the input with which it began, got {self._changed()}")

    def _other(self, name: str, before: Any, now: Any) -> InputError:
        return must_be(
            f"the {name}",
            f"that with which {self.folder} was begun ({shorten(before)})",
            now,
            where=": take another folder",
        )

    def _changed(self) -> str:
        """Name the first file that differs."""
        with suppress(OSError, ValueError, KeyError):
            lines = (self.folder / INPUTS).read_text(encoding="utf-8").splitlines(keepends=True)
            before = {json.loads(line)["name"]: line for line in lines}
            now = {json.loads(line)["name"]: line for line in self._lines}
            for name in dict.fromkeys([*before, *now]):
                if name not in now:
                    return f"it without {name!r}"
                if name not in before:
                    return f"it with {name!r}, which is new"
                if before[name] != now[name]:
                    return f"{name!r} with other content"
        return "files in another order"

    def _check_part(self, entry: Mapping[str, Any]) -> None:
        path = self.folder / entry["file"]
        size = path.stat().st_size if path.is_file() else None
        if size != entry["bytes"]:
            found = "none" if size is None else f"{size} bytes"
            raise InputError(f"{path} must be the part of {entry['bytes']} bytes that {MANIFEST} lists, got {found}")

    def path(self, number: int) -> Path:
        """Return the path of a part."""
        return self.folder / f"part-{number:05}.{self._ending}"

    def record(self, number: int, entry: Mapping[str, Any]) -> None:
        """Write into the manifest that a part is whole."""
        path = self.path(number)
        self.entries[number] = {"part": number, "file": path.name, "bytes": path.stat().st_size} | dict(entry)
        self._write()

    def clear(self) -> None:
        """Remove what was not finished, by this process or by one that was lost."""
        for path in self.folder.glob(f"{UNFINISHED}*"):
            path.unlink(missing_ok=True)

    def finish(self) -> None:
        """Write into the manifest that no part is missing."""
        self.clear()
        self.complete = True
        self._write()

    @property
    def rows(self) -> int:
        """Rows of all parts that are whole."""
        return sum(entry["rows"] for entry in self.entries.values())

    def _write(self) -> None:
        entries = [self.entries[number] for number in sorted(self.entries)]
        content = self.head | {"complete": self.complete, "rows": self.rows, "parts": entries}
        write_whole(self.folder / MANIFEST, json.dumps(content, ensure_ascii=False, indent=1) + "\n")


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if found["format"] != FORMAT:
            raise ValueError
        if found["format_version"] > VERSION:
            raise must_be(f"the format of {path}", f"of version {VERSION} or older", found["format_version"])
        keys = {LIBRARY: str, MODEL: str, "options": dict, "inputs": dict, "parts": list, "complete": bool}
        if not all(isinstance(found[key], kind) for key, kind in keys.items()):
            raise ValueError
        for entry in found["parts"]:
            entry["part"], entry["file"], entry["bytes"], entry["rows"]
    except InputError:
        raise
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(f"{path} must be the manifest of a run, got something else") from error
    result: dict[str, Any] = found
    return result


@contextmanager
def whole(path: Path, *, mark: str = "") -> Iterator[IO[bytes]]:
    """Give a binary stream under a temporary name; when the block ends well, the file is on the disk under its own.

    Parameters
    ----------
    path : Path
    mark : str
        Tells apart those who may write one path at one time.
    """
    temporary = path.with_name(f"{UNFINISHED}{mark}{path.name}")
    try:
        with temporary.open("wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
        _sync_folder(path.parent)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def write_whole(path: Path, text: str) -> None:
    """Write a text file as `whole` does."""
    with whole(path) as stream:
        stream.write(text.encode("utf-8"))


def _sync_folder(folder: Path) -> None:
    """Make sure that names in a folder are on the disk."""
    if os.name == "nt":  # where a folder can't be opened
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold a lock on a folder; the system takes it back when the process ends, however that happens."""
    try:
        import fcntl
    except ImportError:  # Windows has no such lock
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise InputError(f"{folder} must be written by one run at a time, got a second one") from None
    finally:
        os.close(handle)


def skipped_of(entries: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return what was left out on the way to some parts."""
    return [message for entry in entries for message in entry.get("skipped", ())]
