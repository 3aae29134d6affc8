"""Imports run one way through the layers, and importing the package is cheap."""

import ast
import subprocess
import sys
from pathlib import Path

import nato_nlp

PACKAGE = Path(nato_nlp.__file__).parent
LAYERS = {
    "__init__": 9,
    "__main__": 9,
    "errors": 0,
    "_validate": 0,
    "_estimator": 0,
    "_files": 0,
    "_late": 0,
    "_paths": 0,
    "_kernels": 0,
    "codebook": 1,
    "text": 2,
    "features": 3,
    "explain": 3,
    "datasets": 3,
    "models": 4,
    "evaluation": 5,
    "experiment": 6,
    "scale": 7,
    "cli": 8,
}
MAY = {("explain", "features")}  # the one pair of equals of which one reads the other


def part_of(module):
    return module.split(".")[1] if "." in module else "__init__"


def imported_modules(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "nato_nlp":
            yield from (f"nato_nlp.{a.name}" for a in node.names) if node.module == "nato_nlp" else [node.module]
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == "nato_nlp")


def test_imports_follow_the_layers():
    wrong = []
    for path in PACKAGE.rglob("*.py"):
        here = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if here == "__init__":
            continue
        for module in imported_modules(path):
            there = part_of(module)
            if module in ("nato_nlp.__version__", "nato_nlp"):
                continue
            lower = LAYERS[there] < LAYERS[here] or LAYERS[here] == LAYERS[there] == 0
            if there != here and not lower and (here, there) not in MAY:
                wrong.append(f"{path.relative_to(PACKAGE)} imports {module}")
    assert wrong == []


def test_kernels_import_only_numpy_and_numba():
    allowed = {"numpy", "numba", "nato_nlp", "__future__"} | set(sys.stdlib_module_names)
    for path in (PACKAGE / "_kernels").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            assert {name.split(".")[0] for name in names} <= allowed, path.name
            assert all(not n.startswith("nato_nlp") or n.startswith("nato_nlp._kernels") for n in names), path.name


def test_importing_loads_no_heavy_module():
    code = "import sys, nato_nlp; print(sorted({m.split('.')[0] for m in sys.modules} & set(sys.argv[1:])))"
    heavy = ["numpy", "scipy", "sklearn", "numba", "pyarrow", "pandas", "typer", "rich", "nupunkt", "pydantic"]
    out = subprocess.run([sys.executable, "-c", code, *heavy], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_tagging_does_not_load_scikit_learn_or_sparse_matrices():
    code = (
        "import sys, nato_nlp; nato_nlp.load_tagger().tag('Envoys met.'); "
        "print(sorted({'sklearn', 'scipy.sparse', 'scipy.optimize', 'pandas', 'pyarrow'} & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_exports_are_there_and_documented():
    for name in nato_nlp.__all__:
        value = getattr(nato_nlp, name)
        assert name == "__version__" or value.__doc__, name
    assert dir(nato_nlp) == nato_nlp.__all__ == sorted(nato_nlp.__all__)


def test_unknown_name_is_an_attribute_error():
    try:
        nato_nlp.Taggerr  # noqa: B018
    except AttributeError as error:
        assert str(error) == "module 'nato_nlp' has no attribute 'Taggerr'"
    else:
        raise AssertionError("no error")
