"""Run an experiment: split, search, train, score, record; what is done is kept, so that a run that was killed goes on."""

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from shutil import rmtree
from time import monotonic

from nato_nlp._files import replacing
from nato_nlp._validate import must_be, need
from nato_nlp.errors import InputError, MissingExtraError
from nato_nlp.experiment.config import Experiment
from nato_nlp.experiment.job import Job
from nato_nlp.experiment.progress import Bar
from nato_nlp.experiment.results import MANIFEST, METRICS, Result, read_result, write_result
from nato_nlp.experiment.task import load_task

PARTIAL = ".partial"  # beside the results: what runs that are under way have done


def run(
    config: Experiment,
    out: str | Path,
    jobs: int = 1,
    force: bool = False,
    progress: bool = True,
    *,
    report: bool = True,
) -> Result:
    """Run an experiment and write its results folder, which appears whole at the end.

    Parameters
    ----------
    config : Experiment
    out : path
        The results go to ``out/NAME``; what is done is kept in ``out/.partial/NAME`` until then.
    jobs : int, default=1
        Processes; -1 takes all cores. The result does not depend on it.
    force : bool, default=False
        Replace a results folder that is there.
    progress : bool, default=True
        Show a bar with the time left, if standard error is a terminal.
    report : bool, default=True
        Write ``report.html`` too, if matplotlib and jinja2 are installed.

    Returns
    -------
    Result
        As `read_result` reads it.

    Raises
    ------
    MissingFileError
        A set is not there; the message says how to get it.
    LeakError
        A text to train on stands in what is scored.
    InputError
        The results folder is there; a label is missing from a training fold; a number of jobs that is none.
    """
    begin, target = monotonic(), Path(out) / config.name
    check_target(target, jobs, force)
    partial = Path(out) / PARTIAL / config.name
    task = load_task(config)
    opened = _note_opening(partial, task.opened)
    with Bar(config.name, progress) as bar:
        found = Job.of(config, task, partial, jobs, bar).result()
    manifest = found.manifest | {
        "duration_seconds": monotonic() - begin,
        "opened": _add(opened, _opened_before(target)),
    }
    stage = partial / "result"
    rmtree(stage, ignore_errors=True)
    stage.mkdir(parents=True)
    write_result(stage, replace(found, manifest=manifest))
    if report:
        _write_report(stage)
    _publish(stage, target)
    rmtree(partial)
    if not any(partial.parent.iterdir()):
        partial.parent.rmdir()
    return read_result(target)


def _write_report(folder: Path) -> None:
    try:
        need("matplotlib", "report"), need("jinja2", "report")
    except MissingExtraError:
        return  # the report can be written later from what is recorded
    from nato_nlp.experiment.report import write_report

    write_report(folder)


def check_target(target: Path, jobs: int, force: bool) -> None:
    """Raise `InputError` unless results may be written there, by this many processes."""
    if isinstance(jobs, bool) or not isinstance(jobs, int) or (jobs < 1 and jobs != -1):
        raise must_be("jobs", "a whole number from 1 on, or -1 for all cores", jobs)
    if target.exists() and not force:
        raise InputError(f"{target} must not be there, or be replaced with --force: it holds the results of a run")
    if target.exists() and not (target / METRICS).is_file():
        raise InputError(f"{target} must be a folder of results to be replaced, got another one without {METRICS}")


def _note_opening(partial: Path, names: Iterable[str]) -> dict[str, int]:
    """Count in a file that the data were opened: a run that is killed has opened them, too."""
    partial.mkdir(parents=True, exist_ok=True)
    path = partial / "opened.json"
    before = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    counted = _add(before, dict.fromkeys(names, 1))
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(counted), encoding="utf-8")
    return counted


def _opened_before(target: Path) -> dict[str, int]:
    path = target / MANIFEST
    found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return dict(found.get("opened", {}))


def _add(first: dict[str, int], second: dict[str, int]) -> dict[str, int]:
    return {name: first.get(name, 0) + second.get(name, 0) for name in sorted({*first, *second})}


def _publish(stage: Path, target: Path) -> None:
    """Give the finished folder its name; an old one of this name is gone only then."""
    if target.exists():
        old = stage.parent / "old"
        rmtree(old, ignore_errors=True)
        target.rename(old)
    stage.rename(target)
