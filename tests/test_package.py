"""What is installed: the wheel's contents, and the seeds found from a wheel and from a checkout."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SEEDS = {"CODEBOOK.md", "README.md", "corpus.jsonl", "labels.toml", "sample.txt"}
# the page of an experiment's report and its parts
REPORT = {"report.css", "_page.html.jinja", "_table.html.jinja", "compare.html.jinja", "report.html.jinja"}
WHERE = "from nato_nlp._paths import seeds_dir; print(seeds_dir())"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    builder = pytest.importorskip("hatchling.builders.wheel", reason="hatchling is not installed: no wheel is built")
    folder = tmp_path_factory.mktemp("wheel")
    path = next(builder.WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"]))
    unpacked = folder / "unpacked"
    with zipfile.ZipFile(path) as archive:
        archive.extractall(unpacked)
    return unpacked


def run_in(folder, code):
    # -P keeps the current folder out of the path; the folder named in PYTHONPATH comes before what is installed
    command = [sys.executable, "-P", "-c", code]
    return subprocess.run(
        command, capture_output=True, text=True, check=True, cwd=folder, env={"PYTHONPATH": str(folder)}
    ).stdout


def test_wheel_holds_seeds_model_and_marker_and_nothing_foreign(wheel):
    package = wheel / "nato_nlp"
    assert {path.name for path in (package / "_seeds").iterdir()} >= SEEDS
    assert (package / "_model" / "default.safetensors").is_file()
    assert (package / "py.typed").is_file()
    others = {path.relative_to(package) for path in package.rglob("*") if path.is_file() and path.suffix != ".py"}
    assert {path for path in others if path.parent.name not in ("_seeds", "experiment")} == {
        Path("py.typed"),
        Path("_model/default.safetensors"),
    }
    assert {path.name for path in others if path.parent.name == "experiment"} == REPORT
    assert {path.suffix for path in others if path.parent.name == "_seeds"} <= {
        ".md",
        ".toml",
        ".txt",
        ".tsv",
        ".jsonl",
    }
    assert {path.name.split("-")[0] for path in wheel.iterdir()} == {"nato_nlp"}


def test_seeds_are_found_from_a_wheel(wheel):
    assert Path(run_in(wheel, WHERE).strip()) == wheel / "nato_nlp" / "_seeds"


def test_seeds_are_found_from_a_checkout():
    assert Path(run_in(ROOT, WHERE).strip()) == ROOT / "seeds"


def test_sample_is_tagged_from_a_wheel(wheel):
    code = "import sys; sys.argv[1:] = ['tag', '--sample']; from nato_nlp.cli import main; main()"
    lines = run_in(wheel, code).splitlines()
    assert len(lines) > 10
    assert '"stance": "cooperation"' in lines[1]
