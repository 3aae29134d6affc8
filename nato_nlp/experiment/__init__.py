"""Experiments that anyone can rerun: a config file in, a complete and reproducible result out.

The names below load their modules when first used. A function that is called like its module, such as ``guard``, is
imported from there.
"""

from typing import TYPE_CHECKING

from nato_nlp._late import late

if TYPE_CHECKING:
    from nato_nlp.experiment.config import Experiment, Setting, load_config
    from nato_nlp.experiment.guard import Guarded, LeakError
    from nato_nlp.experiment.report import write_report
    from nato_nlp.experiment.results import PredictionTable, Result, read_result
    from nato_nlp.experiment.task import Part, Task, load_task

_HOMES = {
    "Experiment": "config",
    "Guarded": "guard",
    "LeakError": "guard",
    "Part": "task",
    "PredictionTable": "results",
    "Result": "results",
    "Setting": "config",
    "Task": "task",
    "load_config": "config",
    "load_task": "task",
    "read_result": "results",
    "write_report": "report",
}

__all__ = [
    "Experiment",
    "Guarded",
    "LeakError",
    "Part",
    "PredictionTable",
    "Result",
    "Setting",
    "Task",
    "load_config",
    "load_task",
    "read_result",
    "write_report",
]

__getattr__, __dir__ = late(__name__, _HOMES, __all__)
