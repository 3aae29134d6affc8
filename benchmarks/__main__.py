"""``python -m benchmarks NAME [ARGUMENTS]``: run one benchmark; without a name, list them."""

import pkgutil
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

import benchmarks

Main = Callable[[Sequence[str]], int | None]


def commands() -> dict[str, Main]:
    """Return the function ``main`` of each module of `benchmarks` that has one, by the module's name."""
    names = sorted(info.name for info in pkgutil.iter_modules(benchmarks.__path__) if not info.name.startswith("_"))
    modules = {name: import_module(f"benchmarks.{name}") for name in names}
    return {name: module.main for name, module in modules.items() if hasattr(module, "main")}


def listing(found: dict[str, Main]) -> str:
    """Return what there is to run, a line each: its name and the first line of its module's docstring."""
    lines = [
        f"  {name:12}{(sys.modules[main.__module__].__doc__ or '').splitlines()[0]}" for name, main in found.items()
    ]
    return "\n".join(["usage: python -m benchmarks NAME [ARGUMENTS]", "", *lines])


def run(arguments: Sequence[str]) -> int:
    """Run the benchmark that the first argument names with the others; return the exit code."""
    found = commands()
    if not arguments or arguments[0] in ("-h", "--help"):
        print(listing(found))
        return 0
    if arguments[0] not in found:
        print(f"benchmark must be one of {', '.join(found)}, got {arguments[0]!r}", file=sys.stderr)
        return 2
    return found[arguments[0]](arguments[1:]) or 0


if __name__ == "__main__":  # a child process of a benchmark imports this module again
    sys.exit(run(sys.argv[1:]))
