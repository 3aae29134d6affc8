"""What is recorded under experiments/: configs that load, results that belong to them, and no text of a public set."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from nato_nlp.experiment.config import load_config

ROOT = Path(__file__).parent.parent / "experiments"
RESULTS = ROOT / "results"
CONFIGS = sorted(ROOT.glob("*.toml"))
RUN = 7  # words in a row
WORD = re.compile(r"\w+")


def recorded() -> list[Path]:
    return [folder for folder in sorted(RESULTS.iterdir()) if (folder / "config.toml").is_file()]


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_configs_load(path):
    config = load_config(path)
    assert config.name == path.stem
    assert config.settings()


def test_every_record_is_of_a_config_that_stands_beside_it():
    for folder in recorded():
        config, kept = load_config(ROOT / f"{folder.name}.toml"), load_config(folder / "config.toml")
        assert kept.settings() == config.settings(), folder.name
        assert kept.data == config.data, folder.name
        assert json.loads((folder / "metrics.json").read_text(encoding="utf-8"))["name"] == folder.name


def committed() -> list[Path]:
    """Return the files that git knows; a report of a public set may lie here, but is not committed."""
    git = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    found = subprocess.run(git, capture_output=True, check=False)
    if found.returncode:
        pytest.skip("this is no git checkout: what is committed is not known")
    return [ROOT / name for name in found.stdout.decode().split("\0") if name]


def test_reports_and_mistakes_are_committed_for_the_seed_corpus_alone():
    for path in committed():
        if path.name in ("report.html", "evidence.json"):
            config = load_config(path.parent / "config.toml")
            assert {name for _, name in config.data.sources} == {"seeds"}, path


def runs(text: str) -> Iterator[tuple[str, ...]]:
    words = [word.lower() for word in WORD.findall(text)]
    return zip(*(words[k:] for k in range(RUN)), strict=False)


@pytest.mark.skipif("NATO_NLP_DATA" not in os.environ, reason="NATO_NLP_DATA is not set: the public sets are not read")
def test_no_recorded_file_shares_seven_words_with_a_public_set():
    public: set[tuple[str, ...]] = set()
    for path in sorted(Path(os.environ["NATO_NLP_DATA"]).rglob("*.tsv")):
        for line in path.read_text(encoding="utf-8", errors="replace").split("\n"):
            public.update(runs(re.sub(r"</?[st]>", " ", line)))
    assert public
    for path in committed():
        if path.is_file() and path.suffix in (".json", ".csv", ".toml", ".md", ".html", ".tsv"):
            text = path.read_text(encoding="utf-8")
            # tags are no words, nor are the plots inside a page
            text = re.sub(r"data:[^\"']*|<[^>]*>", " ", text) if path.suffix == ".html" else text
            shared = [run for line in text.split("\n") for run in runs(line) if run in public]
            # rows of numbers and labels are no text
            assert not [run for run in shared if sum(word.isalpha() for word in run) >= RUN - 1], path
