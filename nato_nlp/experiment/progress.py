"""A bar with the time left, on a terminal only."""

import sys
from types import TracebackType
from typing import Any, Self


class Bar:
    """Counts models that were trained; as a context it clears itself away at the end.

    Parameters
    ----------
    name : str
        Of the experiment.
    show : bool
        Whether a bar is wanted; without a terminal on standard error there is none.
    """

    def __init__(self, name: str, show: bool) -> None:
        self.name, self._shown = name, show and sys.stderr is not None and sys.stderr.isatty()
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> Self:
        if self._shown:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("models, left:"),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._task = self._bar.add_task(self.name, total=0)
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def expect(self, models: int) -> None:
        """Say how many models there will be."""
        if self._bar is not None:
            self._bar.update(self._task, total=models)

    def advance(self, models: int) -> None:
        """Say that some more are done."""
        if self._bar is not None:
            self._bar.advance(self._task, models)
