"""The lists of public names, which the API reference is made from: complete, documented, each with an example."""

import ast
import inspect
import pkgutil
from importlib import import_module
from pathlib import Path

import pytest

import nato_nlp

PACKAGES = ["nato_nlp"] + [
    module.name
    for module in pkgutil.iter_modules(nato_nlp.__path__, "nato_nlp.")
    if module.ispkg and not module.name.rpartition(".")[2].startswith("_")
]
WITH_NAMES = [name for name in PACKAGES if getattr(import_module(name), "__all__", None)]
NAMES = [(package, name) for package in WITH_NAMES for name in import_module(package).__all__ if name != "__version__"]


def documents_of(value):
    """Give the docstring of a function, or those of a class and its public members."""
    members = [member for name, member in vars(value).items() if name[0] != "_"] if inspect.isclass(value) else []
    return [inspect.getdoc(one) or "" for one in (value, *members) if one is value or one.__doc__]


@pytest.mark.parametrize("package", WITH_NAMES)
def test_names_are_told_once_and_are_what_completion_shows(package):
    module = import_module(package)
    assert len(set(module.__all__)) == len(module.__all__)
    assert set(module.__all__) <= set(dir(module))


def test_the_parts_that_users_import_from_have_names():
    parts = ("datasets", "evaluation", "experiment", "explain", "features", "scale")
    assert {"nato_nlp", *(f"nato_nlp.{part}" for part in parts)} <= set(WITH_NAMES)


@pytest.mark.parametrize(("package", "name"), NAMES)
def test_name_is_documented_with_an_example(package, name):
    value = getattr(import_module(package), name)
    if not callable(value):  # data: its page is made from what it holds
        return
    documents = documents_of(value)
    assert documents[0]
    if not (inspect.isclass(value) and issubclass(value, (Exception, Warning))):
        assert any(">>>" in document for document in documents)


@pytest.mark.parametrize("package", WITH_NAMES)
def test_names_that_load_late_are_those_that_type_checkers_see(package):
    module = import_module(package)
    if not hasattr(module, "_HOMES"):
        return
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    guarded = next(node for node in tree.body if isinstance(node, ast.If))
    seen = {alias.name: node.module for node in guarded.body for alias in node.names}
    homes = {name: f"{package}.{home}" for name, home in module._HOMES.items()}
    assert homes == seen
