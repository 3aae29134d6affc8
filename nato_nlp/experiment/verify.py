"""Rerun what is recorded and compare: the same bytes on the same kind of machine, elsewhere equal within a tolerance."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from nato_nlp._validate import shorten
from nato_nlp.errors import MissingExtraError, MissingFileError
from nato_nlp.experiment.config import RECORD
from nato_nlp.experiment.results import METRICS, Result, as_json, read_result
from nato_nlp.experiment.runner import PARTIAL, run

TOLERANCE = 0.002  # of numbers, where versions or processor differ: about two rows of a thousand that change sides
ROWS = 2  # by which whole numbers may differ there
SHOWN = 5  # differences that a message names
SAME = ("versions", "machine")


@dataclass(frozen=True)
class Verdict:
    """What a rerun showed.

    Attributes
    ----------
    folder : Path
        Of the recorded result.
    state : {'identical', 'within tolerance', 'different', 'skipped'}
    details : tuple of str
        The differences, or why the experiment was not rerun.
    """

    folder: Path
    state: str
    details: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether the record does not hold."""
        return self.state == "different"

    def __str__(self) -> str:
        shown = "; ".join(self.details[:SHOWN])
        more = f"; {len(self.details) - SHOWN} more" if len(self.details) > SHOWN else ""
        return f"{self.folder}: {self.state}" + (f" ({shown}{more})" if shown else "")


def recorded(root: str | Path) -> list[Path]:
    """Return the folders of results below a folder, sorted.

    Raises
    ------
    MissingFileError
        The folder is not there, or holds none.
    """
    root = Path(root)
    if not root.is_dir():
        raise MissingFileError(f"{root} is not there: expected a folder with results of experiments")
    found = sorted(path.parent for path in root.rglob(METRICS) if (path.parent / RECORD).is_file())
    found = [path for path in found if PARTIAL not in path.relative_to(root).parts]
    if not found:
        raise MissingFileError(f"{root} holds no results of experiments: expected folders with {METRICS} and {RECORD}")
    return found


def verify(root: str | Path, jobs: int = 1, progress: bool = True) -> Iterator[Verdict]:
    """Rerun every experiment that is recorded below a folder, and yield what came of it.

    Nothing in the folder is changed; test sets are opened again. An experiment whose data are not there is skipped.

    Raises
    ------
    MissingFileError
        As `recorded`; a file of a results folder is missing.
    InputError
        A file of a results folder is damaged.
    """
    for folder in recorded(root):
        before = read_result(folder)
        with TemporaryDirectory() as place:
            try:
                after = run(before.config, place, jobs, progress=progress, report=False)
            except (MissingFileError, MissingExtraError) as error:
                yield Verdict(folder, "skipped", (str(error),))
                continue
        yield compare_results(folder, before, after)


def compare_results(folder: Path, before: Result, after: Result) -> Verdict:
    """Compare a recorded result with a new one."""
    if as_json(before.metrics) == as_json(after.metrics):
        same = before.manifest["predictions_sha256"] == after.manifest["predictions_sha256"]
        details = () if same else ("predictions.csv differs in decimals that metrics.json does not show",)
        return Verdict(folder, "identical", details)
    alike = all(_kind(before, name) == _kind(after, name) for name in SAME)
    found = list(differences(before.metrics, after.metrics, exact=alike))
    if found:
        return Verdict(folder, "different", tuple(found))
    others = [f"other {name} than recorded" for name in SAME if _kind(before, name) != _kind(after, name)]
    return Verdict(folder, "within tolerance", tuple(others))


def _kind(result: Result, name: str) -> Any:
    """Return versions, or the kind of machine: how many cores it has plays no part."""
    return {key: value for key, value in result.manifest[name].items() if key != "cores"}


def differences(before: Any, after: Any, *, exact: bool, where: str = "metrics") -> Iterator[str]:
    """Yield where two values of JSON differ.

    Parameters
    ----------
    before, after : values of JSON
    exact : bool
        Whether numbers must be the same; else floats may differ by `TOLERANCE`, whole numbers by `ROWS`.
    where : str
        What messages call the value.

    Examples
    --------
    >>> list(differences({"a": [0.5, 1]}, {"a": [0.501, 4]}, exact=False))
    ['metrics.a[1]: 1 is now 4']
    """
    if isinstance(before, Mapping) and isinstance(after, Mapping) and before.keys() == after.keys():
        for key in before:
            yield from differences(before[key], after[key], exact=exact, where=f"{where}.{key}")
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for k, (first, second) in enumerate(zip(before, after, strict=True)):
            yield from differences(first, second, exact=exact, where=f"{where}[{k}]")
    elif not _equal(before, after, exact):
        yield f"{where}: {shorten(before)} is now {shorten(after)}"


def _equal(before: Any, after: Any, exact: bool) -> bool:
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in (before, after))
    if exact or not numbers:
        return bool(before == after)
    whole = isinstance(before, int) and isinstance(after, int)
    return bool(abs(before - after) <= (ROWS if whole else TOLERANCE))
