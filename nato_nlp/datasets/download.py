"""Where the files of public sets are found: a folder of one's own, or a cache that is filled from their public home."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from typing import Any

from nato_nlp._validate import need
from nato_nlp.errors import InputError, MissingExtraError, MissingFileError

VARIABLE = "NATO_NLP_DATA"
RAW = "https://raw.githubusercontent.com"


@dataclass(frozen=True)
class PublicFile:
    """One file of a public set.

    Attributes
    ----------
    path : str
        Where it lies below the data folder, and below the cache.
    remote : str
        Where it lies in the repository that is its home.
    sha256 : str
        Its hash in hexadecimal.
    """

    path: str
    remote: str
    sha256: str


@dataclass(frozen=True)
class PublicSet:
    """What is known about a public set before any of its files is read.

    Attributes
    ----------
    name : str
        Name of the set.
    repository, commit : str
        OWNER/REPO on GitHub and the commit that the hashes belong to.
    files : mapping of str to PublicFile
        The file of each part.
    licence, citation : str
        Under which terms it stands; what to cite.
    local_only : str
        Why the files are never downloaded; empty when they may be.
    notes : tuple of str
        What a report on the set has to say.
    host : str
        The server of the raw files.
    """

    name: str
    repository: str
    commit: str
    files: Mapping[str, PublicFile]
    licence: str
    citation: str
    local_only: str = ""
    notes: tuple[str, ...] = ()
    host: str = RAW

    @property
    def home(self) -> str:
        """The page of the repository at the commit."""
        return f"https://github.com/{self.repository}/tree/{self.commit}"

    def url(self, part: str) -> str:
        """Return the address of a part's raw file."""
        return f"{self.host}/{self.repository}/{self.commit}/{self.files[part].remote}"


def find_file(entry: PublicSet, part: str, folder: str | Path | None = None) -> Path:
    """Return the path of a part's file, its hash checked; download it into the user's cache if need be.

    Parameters
    ----------
    entry : PublicSet
        The set.
    part : str
        A key of its files.
    folder : path, optional
        The data folder; that of the environment variable ``NATO_NLP_DATA`` when None. With a folder nothing is
        downloaded.

    Raises
    ------
    MissingFileError
        The folder or the file is not there, the set may not be downloaded, or the download failed.
    MissingExtraError
        No folder is given and pooch is not installed.
    InputError
        The hash is another one. A download is kept beside its place as ``NAME.rejected``; a file in one's own folder is
        not touched.
    """
    file = entry.files[part]
    root = folder if folder is not None else os.environ.get(VARIABLE)
    if root:
        return _local(entry, part, Path(root))
    if entry.local_only:
        raise MissingFileError(f"{file.path} is not downloaded: {entry.local_only}; {how_to_get(entry, part)}")
    return _cached(entry, part)


def how_to_get(entry: PublicSet, part: str) -> str:
    """Say where a file comes from and where it has to be put."""
    file = entry.files[part]
    where = f"as FOLDER/{file.path} and name FOLDER in the variable {VARIABLE} or as folder="
    known = f"SHA-256 {file.sha256}"
    if entry.local_only:
        return f"to use it, put your own copy ({known}; home {entry.home}) {where}"
    download = f"or unset {VARIABLE}, give no folder and pip install 'nato_nlp[data]' to have it downloaded"
    return f"to get it, put {entry.url(part)} ({known}) {where}, {download}"


def sha256_of(path: Path) -> str:
    """Return the hash of a file in hexadecimal."""
    with path.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()


def _local(entry: PublicSet, part: str, root: Path) -> Path:
    file = entry.files[part]
    path = root / file.path
    if not root.is_dir():
        raise MissingFileError(f"{root} is not there: expected the data folder; {how_to_get(entry, part)}")
    if not path.is_file():
        raise MissingFileError(f"{path} is not there; {how_to_get(entry, part)}")
    actual = sha256_of(path)
    if actual != file.sha256:
        raise InputError(f"{path} must have SHA-256 {file.sha256}, got {actual}; {how_to_get(entry, part)}")
    return path


def _cached(entry: PublicSet, part: str) -> Path:
    file = entry.files[part]
    try:
        pooch = need("pooch", "data")
    except MissingExtraError as error:
        raise MissingExtraError(f"{file.path}: {error}; {how_to_get(entry, part)}") from error
    path = Path(pooch.os_cache("nato_nlp")) / file.path
    if path.is_file():
        if sha256_of(path) == file.sha256:
            return path
        path.replace(_rejected(path))  # damaged since it was downloaded
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # of this process alone: two that download at once don't write into one file
        fresh = path.with_name(f"{path.name}.{os.getpid()}.part")
        _download(pooch, entry.url(part), fresh)
    except OSError as error:  # the errors of requests are OSErrors, too
        raise MissingFileError(f"{entry.url(part)} can't be downloaded: {error}; {how_to_get(entry, part)}") from error
    return _accepted(fresh, path, entry, part)


def _accepted(fresh: Path, path: Path, entry: PublicSet, part: str) -> Path:
    """Move a downloaded file to its place if its hash is right, else aside."""
    actual, expected = sha256_of(fresh), entry.files[part].sha256
    if actual == expected:
        return fresh.replace(path)
    kept = fresh.replace(_rejected(path))
    raise InputError(
        f"{entry.url(part)} must have SHA-256 {expected}, got {actual}; what was downloaded is kept as {kept}"
    )


def _rejected(path: Path) -> Path:
    return path.with_name(path.name + ".rejected")


def _download(pooch: Any, url: str, path: Path) -> None:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    try:
        with Progress(*columns, console=Console(stderr=True)) as progress:
            bar = _Bar(progress, url.rsplit("/", 1)[-1])
            download = pooch.HTTPDownloader(progressbar=bar, hooks={"response": _close_refused})
            download(url, str(path), None)
    except BaseException:
        path.unlink(missing_ok=True)  # also when the user interrupts: half a file is of no use
        raise


def _close_refused(response: Any, **_: Any) -> None:
    """Close the connection of an answer like 404, whose content pooch leaves unread and open."""
    if not response.ok:
        response.close()


class _Bar:
    """A progress bar of rich, with the four names that pooch calls; pooch's own needs tqdm."""

    def __init__(self, progress: Any, name: str) -> None:
        self._progress = progress
        self._task = progress.add_task(name, total=None)

    @property
    def total(self) -> int | None:
        """Bytes to come; None when the server does not say."""
        total: int | None = self._progress.tasks[0].total
        return total

    @total.setter
    def total(self, size: int) -> None:
        self._progress.update(self._task, total=size or None)

    def update(self, size: int) -> None:
        """Add bytes that came."""
        self._progress.advance(self._task, size)

    def reset(self) -> None:
        """Start again at 0, as pooch does before it fills the bar at the end."""
        self._progress.update(self._task, completed=0)

    def close(self) -> None:
        """Show the last state; the bar itself ends with its context."""
        self._progress.refresh()
