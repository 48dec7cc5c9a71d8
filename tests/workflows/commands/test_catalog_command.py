"""`interest-graph catalog`: pages, JSON or a search, and one line for what is missing."""

import json
import sys

import pytest

from workflows.commands.app import main
from workflows.luigi_cfg import USAGE


@pytest.fixture
def catalog(monkeypatch, capsys):
    """Run the command, and return its exit code, what it printed and what it said."""

    def run_it(*arguments):
        monkeypatch.setattr(sys, "argv", ["interest-graph", "catalog", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return ended.value.code or 0, printed.out, printed.err

    return run_it


def test_pages_are_written_below_the_output_and_named(catalog, folder):
    code, printed, said = catalog("--output", folder / "output")
    assert (code, said) == (0, "")
    assert printed == f"20 datasets in 27 files; open {folder}/output/_catalog/site/index.html\n"
    assert (folder / "output" / "_catalog" / "site" / "index.html").is_file()


def test_pages_go_where_they_are_wanted(catalog, folder, tmp_path):
    code, _, _ = catalog("--output", folder / "output", "--to", tmp_path / "a" / "b")
    assert code == 0
    assert (tmp_path / "a" / "b" / "dataset-facts.html").is_file()
    assert not (folder / "output" / "_catalog").exists()


def test_json_is_printed_and_nothing_written(catalog, folder):
    code, printed, _ = catalog("--output", folder / "output", "--json")
    assert code == 0
    assert len(json.loads(printed)["datasets"]) == 20
    assert not (folder / "output" / "_catalog").exists()


def test_words_are_looked_for(catalog, finished):
    code, printed, _ = catalog("--output", finished / "output", "canonical", "link")
    assert code == 0
    assert printed.splitlines()[1].split()[:3] == ["term", "Canonical", "link"]
    code, printed, said = catalog("--output", finished / "output", "zzz")
    assert (code, printed) == (1, "")
    assert said == "nothing in the catalog has all of these words: zzz\n"


def test_an_empty_output_has_a_catalog_and_a_note(catalog, tmp_path):
    code, printed, said = catalog("--output", tmp_path)
    assert code == 0
    assert printed.startswith("20 datasets")
    assert said == f"note: {tmp_path}: nothing is published there; begin with interest-graph run\n"


def test_an_output_that_is_not_there_is_not_made(catalog, tmp_path):
    code, _, said = catalog("--output", tmp_path / "outptu")
    assert code == USAGE
    assert said.startswith(f"error: {tmp_path}/outptu: there is no such folder; ")
    assert not (tmp_path / "outptu").exists()


def test_a_folder_of_something_else_is_refused_in_one_line(catalog, folder):
    code, _, said = catalog("--output", folder / "output", "--to", folder / "input")
    assert code == USAGE
    where, _, what = said.partition("/input: ")
    assert where == f"error: {folder}"
    assert what == "it holds files that are no catalog; name a folder that isn't there yet, or an empty one\n"
    assert (folder / "input" / "pins").is_dir()
