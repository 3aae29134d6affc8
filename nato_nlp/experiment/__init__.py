"""Experiments that anyone can rerun: a config file in, a complete and reproducible result out.

The names below load their modules when first used. A function that is called like its module, such as ``guard``, is
imported from there.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nato_nlp.experiment.config import Experiment, Setting, load_config
    from nato_nlp.experiment.guard import Guarded, LeakError
    from nato_nlp.experiment.task import Part, Task, load_task

_HOMES = {
    "Experiment": "config",
    "Guarded": "guard",
    "LeakError": "guard",
    "Part": "task",
    "Setting": "config",
    "Task": "task",
    "load_config": "config",
    "load_task": "task",
}

__all__ = [
    "Experiment",
    "Guarded",
    "LeakError",
    "Part",
    "Setting",
    "Task",
    "load_config",
    "load_task",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
