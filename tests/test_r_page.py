"""The R code of the site runs and prints what is recorded, where there is R."""

import pytest

from benchmarks import rpage

needs_page = pytest.mark.skipif(not rpage.PAGE.is_dir(), reason="an sdist has no docs")


@needs_page
def test_r_prints_what_is_recorded(capfd):
    if absent := rpage.missing():
        pytest.skip(absent)
    assert rpage.main(["--check"]) == 0


@needs_page
@pytest.mark.parametrize("name", rpage.PACKAGES)
def test_record_names_what_it_was_run_with(name):
    last = (rpage.PAGE / f"{name}.txt").read_text(encoding="utf-8").splitlines()[-1]
    assert last.startswith("# run with R version ")
    assert all(package in last for package in rpage.PACKAGES[name])


def test_versions_are_not_compared():
    assert rpage.same("1\n2\n# run with R 4.2\n", "1\n2\n# run with R 4.5\n")
    assert not rpage.same("1\n2\n# run with R 4.2\n", "1\n3\n# run with R 4.2\n")


def test_without_r_the_command_says_so(monkeypatch, capsys):
    monkeypatch.setattr(rpage.shutil, "which", lambda name: None)
    assert rpage.main([]) == 2
    assert capsys.readouterr().err == "Rscript is not installed\n"
