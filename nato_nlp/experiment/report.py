"""One self-contained HTML page on an experiment: what it found, on what, how sure, and where it is wrong."""

from functools import cache
from pathlib import Path
from typing import Any

from nato_nlp._files import replacing
from nato_nlp._validate import need
from nato_nlp.experiment.published import FILE, Published, read_published
from nato_nlp.experiment.results import Result, read_result
from nato_nlp.experiment.views import headline, sections, stamp

REPORT, TEMPLATE = "report.html", "report.html.jinja"
ABOVE = 4  # a run that is not finished lies two folders deeper than its result


def write_report(folder: str | Path, *, published: str | Path | None = None) -> Path:
    """Write ``report.html`` into a results folder.

    Parameters
    ----------
    folder : path
        As `write_result` writes it.
    published : path, optional
        Table of published systems; when None the nearest file ``published.toml`` in one of the four folders above, if
        there is one: ``experiments/results/published.toml`` for ``experiments/results/NAME``.

    Returns
    -------
    Path
        The page. It needs no other file and runs no script. The same folder gives the same bytes, as long as the same
        sets can be read: published predictions are recomputed from them.

    Raises
    ------
    MissingFileError, InputError
        From `read_result` and `read_published`.
    MissingExtraError
        matplotlib or jinja2 is not installed.

    Examples
    --------
    >>> write_report("experiments/results/seeds_stance")  # doctest: +SKIP
    PosixPath('experiments/results/seeds_stance/report.html')
    """
    folder = Path(folder)
    tables = [above / FILE for above in folder.resolve().parents[:ABOVE]] if published is None else [Path(published)]
    known = [table for table in tables if published is not None or table.is_file()]
    page = report_html(read_result(folder), read_published(known[0]) if known else ())
    with replacing(folder / REPORT) as temporary:
        temporary.write_text(page, encoding="utf-8", newline="\n")
    return folder / REPORT


def report_html(result: Result, systems: tuple[Published, ...] = ()) -> str:
    """Render the page of a result.

    Parameters
    ----------
    result : Result
    systems : tuple of Published
        Those that were scored on the set of the result are shown beside it.
    """
    return render(
        TEMPLATE,
        title=result.config.title,
        name=result.config.name,
        lead=headline(result),
        stamp=stamp(result),
        sections=sections(result, systems),
    )


def render(template: str, **values: Any) -> str:
    """Fill one of the package's templates; every value is escaped.

    Raises
    ------
    MissingExtraError
        jinja2 is not installed.
    """
    need("jinja2", "report")
    page: str = _environment().get_template(template).render(**values)
    return page.encode("utf-8", "replace").decode()  # a lone surrogate can't be written


@cache
def _environment() -> Any:
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
