"""What several test modules need: the command line called in this process, and tags made by hand."""

import io
import subprocess
import sys
from dataclasses import dataclass
from unittest.mock import patch

import numpy as np


@dataclass
class Result:
    status: int
    out: str
    err: str


class Stream(io.TextIOWrapper):
    """A standard stream in memory, as bytes underneath."""

    def __init__(self, content=b"", terminal=False):
        super().__init__(
            io.BufferedReader(io.BytesIO(content)) if content is not None else io.BytesIO(),
            encoding="utf-8",
            newline="",
        )
        self.terminal = terminal

    def isatty(self):
        return self.terminal

    def written(self):
        self.flush()
        return self.buffer.getvalue().decode("utf-8")


def run(*args, stdin=b"", terminal=False):
    """Call ``nato-nlp`` in this process, with streams of its own."""
    from nato_nlp.cli import main

    out, err = Stream(None, terminal), Stream(None, terminal)
    argv = ["nato-nlp", *map(str, args)]
    streams = {"argv": argv, "stdin": Stream(stdin), "stdout": out, "stderr": err}
    with patch.multiple(sys, **streams):
        try:
            main()
            status = 0
        except SystemExit as end:
            status = end.code or 0
    return Result(status, out.written(), err.written())


def start(*args, **options):
    """Start ``nato-nlp`` as a process of its own."""
    return subprocess.Popen([sys.executable, "-m", "nato_nlp", *map(str, args)], stderr=subprocess.PIPE, **options)


def made_tags(
    texts=("Envoys met.", "© 2001 Wire", "Troops fired."), *, quads=True, topics=("energy", "africa"), **meta
):
    """Give tags of three sentences: cooperation about energy, site furniture, dispute about both topics."""
    from nato_nlp import Tags

    quad_proba = np.array([[0.5, 0.25, 0.125, 0.0, 0.125], [0.0, 0.0, 0.0, 0.0, 1.0], [0.0, 0.0, 0.25, 0.75, 0.0]])
    has_topic = np.array([[True, False], [False, False], [True, True]])[:, : len(topics)]
    ends = np.cumsum([len(text) for text in texts])
    return Tags(
        list(texts),
        np.column_stack([ends - [len(text) for text in texts], ends]),
        np.array([False, True, False]),
        np.array([0, 2, 1]) if quads else np.full(3, -1),
        np.array([0, 4, 3]) if quads else np.full(3, -1),
        np.column_stack([quad_proba[:, :2].sum(axis=1), quad_proba[:, 2:4].sum(axis=1), quad_proba[:, 4]]),
        quad_proba,
        np.where(has_topic, 0.75, 0.0),
        has_topic,
        tuple(topics),
        {"doc": "a.txt", "date": None, **meta},
    )
