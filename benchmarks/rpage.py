"""The R code of the site's page for R users: run on the library's sample, its output recorded beside it.

``python -m benchmarks rpage`` needs ``Rscript`` with jsonlite and dplyr; ``--check`` changes nothing and fails when R prints
something else than what is recorded. The last line of a record tells versions and is not compared.
"""

import argparse
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from nato_nlp._paths import seeds_dir

PAGE = Path(__file__).resolve().parent.parent / "docs" / "howto" / "r"
PACKAGES = {"csv": (), "jsonl": ("jsonlite", "dplyr")}


def missing() -> str | None:
    """Return what is not there of what the code needs, or None."""
    if shutil.which("Rscript") is None:
        return "Rscript is not installed"
    wanted = sorted({name for names in PACKAGES.values() for name in names})
    code = f"cat(setdiff(c({', '.join(map(repr, wanted))}), rownames(installed.packages())))"
    absent = subprocess.run(["Rscript", "-e", code], capture_output=True, text=True, check=True).stdout
    return f"R lacks {absent}" if absent else None


def printed(name: str) -> str:
    """Return what R prints for the script of a format, each value as at R's own prompt, with versions on the last line."""
    with TemporaryDirectory() as folder:
        shutil.copy(seeds_dir() / "sample.txt", folder)
        command = [sys.executable, "-m", "nato_nlp", "tag", "--sample", "--output", f"tagged.{name}"]
        subprocess.run(command, cwd=folder, check=True)
        told = "".join(f', " {one} ", format(packageVersion("{one}"))' for one in PACKAGES[name])
        versions = f'cat("# run with ", R.version.string{told}, "\\n", sep = "")'
        code = f'source("{PAGE / name}.R", print.eval = TRUE)\n{versions}'
        done = subprocess.run(["Rscript", "-e", code], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{name}.R must run, got: {done.stderr}")
    return "\n".join(line.rstrip() for line in done.stdout.splitlines()) + "\n"


def same(first: str, second: str) -> bool:
    """Tell whether two records are alike but for their versions."""
    return first.splitlines()[:-1] == second.splitlines()[:-1]


def main(arguments: Sequence[str] | None = None) -> int:
    """Record the output, or check it; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks rpage", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail when R prints something else")
    options = parser.parse_args(arguments)
    if absent := missing():
        print(absent, file=sys.stderr)
        return 2
    stale = []
    for name in PACKAGES:
        path, text = PAGE / f"{name}.txt", printed(name)
        if not options.check:
            path.write_text(text, encoding="utf-8")
        elif not same(path.read_text(encoding="utf-8"), text):
            stale.append(path.name)
    if stale:
        print(f"{', '.join(stale)} must be recorded anew: run `python -m benchmarks rpage`", file=sys.stderr)
    return int(bool(stale))
