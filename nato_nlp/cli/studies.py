"""The commands of a study, and their options: run and verify experiments, compare them, probe a model."""

from pathlib import Path
from typing import Annotated

import typer

from nato_nlp.cli.app import app
from nato_nlp.cli.messages import reporting
from nato_nlp.cli.options import DifferenceTest, ModelFile, RecordFolder, Report, TableFormat


@app.command(
    epilog="Examples:\n\n  nato-nlp run experiments/seeds-stance.toml --jobs 2\n\n"
    "  nato-nlp run experiments/*.toml --out results --set model.C=3 --set 'features.word=[1, 3]'"
)
def run(
    configs: Annotated[list[Path], typer.Argument(metavar="CONFIG...", help="TOML files, one an experiment.")],
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Each experiment's results go into a folder of its name here.")
    ] = Path("experiments/results"),
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", metavar="N", help="Processes; -1: all cores. Results don't depend on it.")
    ] = 1,
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Override a key of the configs with a TOML value; recorded."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace results that are there.")] = False,
) -> None:
    """Run experiments: search by cross-validation, scores with intervals, everything recorded; killed runs resume."""
    with reporting():
        from nato_nlp.cli.running import run_command

        run_command(configs, out=out, jobs=jobs, overrides=overrides or [], force=force)


@app.command(epilog="Examples:\n\n  nato-nlp verify experiments --jobs 2")
def verify(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder with results, at any depth.")],
    jobs: Annotated[int, typer.Option("--jobs", "-j", metavar="N", help="Processes; -1: all cores.")] = 1,
) -> None:
    """Rerun what is recorded and compare: the same bytes on a machine of the same kind, else equal within a tolerance."""
    with reporting():
        from nato_nlp.cli.running import verify_command

        verify_command(folder, jobs=jobs)


@app.command(
    epilog="Examples:\n\n  nato-nlp compare experiments/results/plv_binary experiments/results/plv_binary_marks\n\n"
    "  nato-nlp compare experiments/results/plv_* --format latex --output table.tex\n\n"
    "  nato-nlp compare experiments/results/plv_quad --published experiments/results/published.toml"
)
def compare(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Results folders that scored the same rows.")],
    metric: Annotated[
        str | None, typer.Option("--metric", metavar="NAME", help="Default: the primary metric of the first run.")
    ] = None,
    test: Annotated[
        DifferenceTest,
        typer.Option("--test", help="auto: t-test over folds for cross-validation, bootstrap for a fixed test set."),
    ] = DifferenceTest.AUTO,
    alpha: Annotated[
        float, typer.Option("--alpha", help="Above it a difference counts as not separable.", metavar="P")
    ] = 0.05,
    published: Annotated[
        Path | None,
        typer.Option("--published", metavar="FILE", help="Add published systems whose predictions are known."),
    ] = None,
    format: Annotated[TableFormat, typer.Option("--format", help="How to print the table.")] = TableFormat.MARKDOWN,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write the table here.")] = None,
) -> None:
    """Compare recorded experiments on the same rows: differences with intervals, tested and corrected for many."""
    with reporting():
        from nato_nlp.cli.comparing import compare_command

        compare_command(
            runs=runs,
            metric=metric,
            test=test.value,
            alpha=alpha,
            published=published,
            format=format.value,
            output=output,
        )


@app.command(
    epilog="Examples:\n\n  nato-nlp probe\n\n  nato-nlp probe --model mine.safetensors --format markdown\n\n"
    "  nato-nlp probe --pairs mine.jsonl --record runs/probe"
)
def probe(
    model: ModelFile = None,
    pairs: Annotated[
        Path | None,
        typer.Option("--pairs", metavar="FILE", help="Minimal pairs like seeds/probe.jsonl; default: that file."),
    ] = None,
    format: Annotated[Report, typer.Option("--format", help="How to print the rates.")] = Report.TEXT,
    record: RecordFolder = None,
) -> None:
    """Test a model on minimal pairs: negation, exchanged actors, passive voice, calls against demands."""
    with reporting():
        from nato_nlp.cli.probing import probe_command

        probe_command(model=model, pairs=pairs, format=format.value, record=record)
