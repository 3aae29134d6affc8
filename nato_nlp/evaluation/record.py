"""Results as files: what was measured in one file, clock and machine in another."""

import json
import platform
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from nato_nlp import __version__
from nato_nlp._files import replacing
from nato_nlp.evaluation.scoring import Scores

PACKAGES = ("numpy", "scipy", "scikit-learn", "numba", "nupunkt", "safetensors", "pyarrow")


def record_scores(folder: str | Path, results: Iterable[Scores], facts: Mapping[str, Any]) -> None:
    """Write ``metrics.json`` and ``manifest.json`` into a folder.

    Parameters
    ----------
    folder : path
        Made when it is not there.
    results : iterable of Scores
        The same results give the same bytes of ``metrics.json``.
    facts : mapping
        What else the manifest should say: hashes of model, corpus and data.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "metrics.json", [result.to_dict() for result in results])
    write_json(folder / "manifest.json", {"versions": versions(), "machine": machine(), "time": now(), **facts})


def write_json(path: Path, value: Any) -> None:
    """Write a value as JSON that people can read and compare line by line."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def versions() -> dict[str, str]:
    """Return the versions of the library, of Python, and of what the numbers depend on."""
    found = {"nato_nlp": __version__, "python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def machine() -> dict[str, Any]:
    """Return the kind of machine: neither its name nor its paths."""
    import os

    return {"system": platform.system(), "processor": platform.machine(), "cores": os.cpu_count()}


def now() -> str:
    """Return the time in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
