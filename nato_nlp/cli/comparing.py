"""``nato-nlp compare``: recorded experiments against each other, with the test that fits."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from nato_nlp._files import replacing
from nato_nlp.cli.messages import USAGE, check_output, fail, say
from nato_nlp.experiment.compare import Comparison, compare
from nato_nlp.experiment.published import published_on, read_published, recomputed
from nato_nlp.experiment.results import PredictionTable, Result, read_result
from nato_nlp.experiment.tables import RENDER
from nato_nlp.experiment.views import stamp
from nato_nlp.experiment.yardsticks import scored_set


def compare_command(
    *,
    runs: Sequence[Path],
    metric: str | None,
    test: str,
    alpha: float,
    published: Path | None,
    format: str,
    output: Path | None,
) -> None:
    """Read the runs, compare them, and print the table or write it."""
    if len(runs) + (published is not None) < 2:
        fail("two or more RUNs must be given, or one with --published FILE", USAGE)
    if output is not None:
        check_output(output, [path for path in (published,) if path is not None and path.exists()])
    results = read_runs(runs)
    tables = {name: result.predictions for name, result in results.items()}
    if published is not None:
        tables |= _published(published, next(iter(results.values())))
    chosen = metric or next(iter(results.values())).config.metrics.primary
    page = RENDER[format](_stamped(compare(tables, chosen, test=test, alpha=alpha), results))
    if output is None:
        print(page, end="")
        return
    with replacing(output) as temporary:
        temporary.write_text(page, encoding="utf-8", newline="\n")
    say(f"wrote {output}")


def read_runs(runs: Sequence[Path]) -> dict[str, Result]:
    """Read results folders by their names, by their paths where a name occurs twice."""
    names = Counter(path.resolve().name for path in runs)
    results: dict[str, Result] = {}
    for path in runs:
        name = path.resolve().name
        key = name if names[name] == 1 else str(path)
        if key in results:
            fail(f"RUN must be different folders, got {str(path)!r} twice", USAGE)
        results[key] = read_result(path)
    return results


def _published(path: Path, first: Result) -> dict[str, PredictionTable]:
    """Recompute the published systems whose predictions are known on the rows of the first run."""
    scored = scored_set(first)
    known = (
        [] if scored is None else [system for system in published_on(read_published(path), scored) if system.columns]
    )
    if not known:
        fail(f"{path} has no predictions on {scored or 'exactly these rows'}", 1)
    return {system.name: recomputed(system, first.config.data.label, first.predictions) for system in known}


def _stamped(comparison: Comparison, results: Mapping[str, Result]) -> Comparison:
    stamps = [f"{name}: {stamp(result)}" for name, result in results.items() if stamp(result)]
    return replace(comparison, notes=(*stamps, *comparison.notes))
