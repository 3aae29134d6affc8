"""The API reference from the packages' ``__all__`` alone, and the command-line reference from the commands themselves."""

import inspect
import pkgutil
from collections.abc import Iterator
from enum import Enum
from importlib import import_module
from types import ModuleType
from typing import Any, get_args, get_type_hints

import nato_nlp
from typer.models import OptionInfo

LEFT_OUT = {"__version__"}


def packages() -> list[ModuleType]:
    """Return the package and its public subpackages that export names, in the order of their names."""
    found = [nato_nlp]
    for module in pkgutil.iter_modules(nato_nlp.__path__, "nato_nlp."):
        if module.ispkg and not module.name.rpartition(".")[2].startswith("_"):
            package = import_module(module.name)
            found += [package] if getattr(package, "__all__", None) else []
    return found


def exports(package: ModuleType) -> Iterator[tuple[str, Any]]:
    """Yield the public names of a package with what they stand for."""
    for name in package.__all__:
        if name not in LEFT_OUT:
            yield name, getattr(package, name)


def groups(package: ModuleType) -> dict[str, list[tuple[str, Any]]]:
    """Group the names of a package by the module that they come from, under the first line of its docstring."""
    found: dict[str, list[tuple[str, Any]]] = {}
    for name, value in exports(package):
        home = inspect.getmodule(value)
        described = hasattr(value, "__module__") and home is not None and home is not package
        found.setdefault(first_line(home) if described and home is not None else "Data", []).append((name, value))
    return dict(sorted(found.items(), key=lambda item: item[1][0][0].lower()))


def first_line(value: Any) -> str:
    """Return the first line of a docstring without its full stop."""
    return (inspect.getdoc(value) or "").split("\n")[0].rstrip(".")


def api_pages() -> dict[str, str]:
    """Return the source of every page of the API reference by file name."""
    pages = {"api/index.rst": _index()}
    for package in packages():
        pages[f"api/{package.__name__}.rst"] = _package_page(package)
        for name, value in exports(package):
            pages[f"api/{_page(package, name)}.rst"] = _name_page(package, name, value)
    return pages


def _page(package: ModuleType, name: str) -> str:
    """Name the page of a name; case alone must not tell two files apart."""
    kind = "class-" if inspect.isclass(getattr(package, name)) else ""
    return f"{package.__name__}.{kind}{name}"


def _title(text: str, line: str = "=") -> list[str]:
    return [text, line * len(text), ""]


def _index() -> str:
    lines = [
        *_title("Python API"),
        "Every public name, by the package that it is imported from. Other modules may change.",
        "",
    ]
    lines += [".. toctree::", "   :maxdepth: 1", "", *(f"   {package.__name__}" for package in packages()), ""]
    for package in packages():
        names = ", ".join(f":doc:`{name} <{_page(package, name)}>`" for name, _ in exports(package))
        lines += [f":doc:`{package.__name__}`", f"    {names}", ""]
    return "\n".join(lines)


def _package_page(package: ModuleType) -> str:
    lines = [*_title(package.__name__), first_line(package) + ".", ""]
    for title, members in groups(package).items():
        short, _, rest = title.partition(": ")
        lines += [*_title(short, "-"), *([f"{rest[0].upper()}{rest[1:]}.", ""] if rest else [])]
        lines += [".. list-table::", "   :widths: 30 70", ""]
        for name, value in members:
            told = first_line(value) if _documented(value) else "see its page"
            lines += [f"   * - :doc:`{name} <{_page(package, name)}>`", f"     - {told}"]
        lines.append("")
    lines += [".. toctree::", "   :hidden:", ""]
    lines += [f"   {name} <{_page(package, name)}>" for name, _ in exports(package)]
    return "\n".join(lines) + "\n"


def _documented(value: Any) -> bool:
    return inspect.isclass(value) or callable(value)


def _name_page(package: ModuleType, name: str, value: Any) -> str:
    lines = [*_title(name), f".. currentmodule:: {package.__name__}", ""]
    if inspect.isclass(value):
        members = "" if issubclass(value, Exception) else "   :members:\n"
        lines += [f".. autoclass:: {name}", members]
    elif callable(value):
        lines += [f".. autofunction:: {name}", ""]
    else:
        lines += [f".. py:data:: {name}", "", *(f"   {line}" for line in _data(value)), ""]
    return "\n".join(lines) + "\n"


def _data(value: Any) -> Iterator[str]:
    """Describe a mapping of dataclass instances: the only public data that there is."""
    for key, entry in value.items():
        yield f"``{key}``"
        yield f"    {entry.citation}"
        yield ""
        yield f"    Home: {entry.home}. Licence: {entry.licence}."
        yield from (f"    {note[0].upper()}{note[1:]}." for note in entry.notes)
        yield ""


def cli_page() -> str:
    """Return the page of the command line, in Markdown, from the functions that the commands are made of."""
    import nato_nlp.cli.studies  # noqa: F401 (adds its commands)
    from nato_nlp.cli.app import app

    commands = {info.name or info.callback.__name__: info for info in app.registered_commands}
    lines = ["# Command line", "", _sentence(app.info.help), ""]
    lines += [
        "Exit status: 0; 2 for wrong usage, also a path that is not there; 1 for data that can't be read or was skipped."
    ]
    lines += ["", "| command | does |", "|---|---|"]
    lines += [
        f"| [`{name}`](#nato-nlp-{name}) | {_sentence(info.callback.__doc__)} |" for name, info in commands.items()
    ]
    for name, info in commands.items():
        lines += ["", f"## nato-nlp {name}", "", _sentence(info.callback.__doc__), ""]
        lines += [*_parameters(name, info.callback), *_examples(info.epilog)]
    return "\n".join(lines) + "\n"


def _sentence(text: Any) -> str:
    return " ".join(text.split()) if isinstance(text, str) else ""


def _parameters(command_name: str, command: Any) -> list[str]:
    """Return the usage line and the table of arguments and options."""
    hints = get_type_hints(command, include_extras=True)
    arguments, rows = [], []
    for parameter in inspect.signature(command).parameters.values():
        annotation, info = get_args(hints[parameter.name])[:2]
        given = (
            info.default,
            *(info.param_decls or ()),
        )  # inside Annotated the first name stands where a default would
        decls = [name for name in given if isinstance(name, str) and name.startswith("-")]
        metavar = info.metavar or "|".join(_choices(annotation))
        if not isinstance(info, OptionInfo):
            arguments.append(metavar or parameter.name.upper())
            decls, metavar = arguments[-1:], ""
        shown = ", ".join(f"`{d}`" for d in decls) + (f" `{metavar}`" if metavar else "")
        cells = [shown.replace("|", "\\|"), _sentence(info.help), _default(parameter.default)]
        rows.append(f"| {' | '.join(cells)} |")
    options = ["[OPTIONS]"] if len(rows) > len(arguments) else []
    usage = ["```text", " ".join(["nato-nlp", command_name, *options, *arguments]), "```", ""]
    return [*usage, "| argument or option | means | default |", "|---|---|---|", *rows, ""] if rows else usage


def _choices(annotation: Any) -> list[str]:
    """Return the values of an enumeration, also of one that may be left out."""
    for kind in (annotation, *get_args(annotation)):
        if inspect.isclass(kind) and issubclass(kind, Enum):
            return [str(member.value) for member in kind]
    return []


def _default(value: Any) -> str:
    plain = value.value if isinstance(value, Enum) else value
    return "" if plain in (None, False, inspect.Parameter.empty) else f"`{plain}`"


def _examples(epilog: Any) -> list[str]:
    lines = [line.strip() for line in (epilog if isinstance(epilog, str) else "").split("\n")]
    examples = [line for line in lines if line and not line.startswith("Examples")]
    return ["Examples:", "", "```bash", *examples, "```", ""] if examples else []
