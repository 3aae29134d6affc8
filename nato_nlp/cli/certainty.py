"""What the command line does about doubt: silence on request, and texts that are out of scope."""

from nato_nlp.cli.messages import USAGE, fail, say
from nato_nlp.errors import InputError
from nato_nlp.models.certainty import known_certainty
from nato_nlp.models.scope import many_out_of_scope
from nato_nlp.models.tagger import Tagger
from nato_nlp.models.tags import Tags


def check_silence(coverage: float | None, max_error: float | None) -> None:
    """Fail where both options are given."""
    if coverage is not None and max_error is not None:
        fail("--coverage and --max-error exclude each other", USAGE)


def with_silence(tagger: Tagger, coverage: float | None, max_error: float | None) -> Tagger:
    """Return the tagger that is silent as the options ask, itself without an option.

    A share that can't be is wrong usage; a model that knows nothing of its errors is not.
    """
    if coverage is None and max_error is None:
        return tagger
    known_certainty(tagger.certainty_)
    try:
        return tagger.with_coverage(coverage) if coverage is not None else tagger.with_error(max_error or 0.0)
    except InputError as error:
        fail(f"--{'' if coverage is not None else 'max-'}{error}", USAGE)


class Scope:
    """Counts the texts that are out of scope: documents, or lines that are one sentence each."""

    def __init__(self, *, lines: bool) -> None:
        self._lines = lines
        self._count = 0
        self._first: object = None

    def look_at(self, tags: Tags) -> None:
        """Count the tags of one document."""
        if tags.in_scope is None or tags.in_scope.all():
            return
        if not self._count:
            self._first = tags.meta.get("doc")
        self._count += int((~tags.in_scope).sum()) if self._lines else 1

    def report(self) -> None:
        """Say it once."""
        if self._count:
            say(many_out_of_scope(self._count, self._first))
