"""What a recorded measurement says of the machine and of the versions; no names of hosts, people or folders."""

import os
import platform
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

LIBRARIES = ("nato_nlp", "numpy", "scipy", "scikit-learn", "numba")


def versions(distributions: Iterable[str] = ()) -> dict[str, str]:
    """Return the versions of Python, of `LIBRARIES` and of further distributions; one that is missing is left out."""
    found = {"Python": platform.python_version()}
    for name in (*LIBRARIES, *distributions):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def machine() -> dict[str, str | int | float]:
    """Return processor, cores, memory (GB), system, load and day.

    The load average tells whether other work ran at the start: above the number of cores in use the figures are doubtful.
    """
    return {
        "cpu": cpu_model(),
        "cores": len(cores()),
        "memory_gb": memory_gb(),
        "system": f"{platform.system()} {platform.machine()}",
        "load_at_start": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else -1,
        "day": datetime.now(UTC).date().isoformat(),
    }


def cpu_model() -> str:
    """Return the processor's name, or its architecture where the system does not tell."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def memory_gb() -> float:
    """Return the memory in 10^9 bytes, 0 where the system does not tell."""
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1)
    except (AttributeError, OSError, ValueError):
        return 0.0


def cores() -> list[int]:
    """Return the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def pin(wanted: Iterable[int]) -> bool:
    """Keep this thread, and what it starts from now on, on the wanted cores; return False where the system cannot.

    Libraries with a thread pool of their own (Rust's rayon, OpenBLAS) make it as large as the cores allow when they first
    work: pin before that.
    """
    if not hasattr(os, "sched_setaffinity"):
        return False
    os.sched_setaffinity(0, wanted)
    return True
