"""``nato-nlp run`` and ``nato-nlp verify``: experiments from their configs, and reruns of what is recorded."""

from collections.abc import Sequence
from pathlib import Path

from nato_nlp.cli.messages import DATA, USAGE, fail, say
from nato_nlp.experiment.config import Experiment, load_config
from nato_nlp.experiment.results import Result
from nato_nlp.experiment.runner import check_target, run
from nato_nlp.experiment.verify import verify


def run_command(configs: Sequence[Path], *, out: Path, jobs: int, overrides: Sequence[str], force: bool) -> None:
    """Check all configs, then run one experiment after the other and print its scores."""
    experiments = [load_config(path, overrides) for path in configs]
    names = [experiment.name for experiment in experiments]
    for name in names:
        if names.count(name) > 1:
            fail(f"CONFIG must be files of different names, got {name!r} {names.count(name)} times", USAGE)
    for experiment in experiments:
        check_target(out / experiment.name, jobs, force)
    for experiment in experiments:
        result = run(experiment, out, jobs, force)
        print(_lines(experiment, result))
        say(f"recorded {out / experiment.name}")


def _lines(experiment: Experiment, result: Result) -> str:
    lines = [f"{experiment.name}: {experiment.title}"]
    for score in result.metrics["scores"]:
        interval = "no interval" if score["low"] is None else f"[{score['low']:.3f}, {score['high']:.3f}]"
        value = "undefined" if score["value"] is None else f"{score['value']:.3f}"
        lines.append(
            f"  {score['metric']:<24} {value} {interval} ({score['count']:,} rows in {score['groups']:,} groups)"
        )
    chosen = [fold["chosen"] for fold in result.metrics["folds"]]
    for values in [values for k, values in enumerate(chosen) if values and values not in chosen[:k]]:
        folds = f" ({chosen.count(values)} of {len(chosen)} folds)" if len(chosen) > 1 else ""
        lines.append(f"  chosen: {', '.join(f'{key}={value}' for key, value in values.items())}{folds}")
    return "\n".join([*lines, *(f"  note: {note}" for note in result.metrics["notes"])])


def verify_command(root: Path, *, jobs: int) -> None:
    """Rerun what is recorded, print a line each, and fail if any record does not hold."""
    verdicts = []
    for verdict in verify(root, jobs):
        print(verdict, flush=True)
        verdicts.append(verdict)
    failed = sum(verdict.failed for verdict in verdicts)
    if failed:
        fail(f"{failed} of {len(verdicts)} recorded experiments came out differently", DATA)
