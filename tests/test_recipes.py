"""The recipes of ``docs/extending.md``, each applied to a copy of the tree on which a day is then run."""

import datetime as dt
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow.compute as pc
import pytest

from storage_tiers import open_dataset

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "extending.md").read_text()
DATE = dt.date(2026, 11, 20)
_STEP = re.compile(
    r"(?:In `(?P<path>[^`]+)`, (?P<where>after|before|in place of) `(?P<line>[^`]+)`|New file `(?P<new>[^`]+)`):\n\n"
    r"```\w+\n(?P<text>.*?)```",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of the tree with a recipe applied."""

    folder: Path

    def apply(self, recipe: str) -> set[str]:
        """Apply the steps of a recipe and return the files that were touched."""
        touched = set()
        for step in _STEP.finditer(recipe):
            if step["new"]:
                path = self.folder / step["new"]
                assert not path.exists()
                path.write_text(step["text"])
            else:
                path = self.folder / step["path"]
                path.write_text("".join(_changed(path.read_text(), step["where"], step["line"], step["text"])))
            touched.add(path.relative_to(self.folder).as_posix())
        return touched

    def run(self, *command: object) -> str:
        """Run Python in the copy, which stands before this tree."""
        done = subprocess.run(
            [sys.executable, *map(str, command)],
            cwd=self.folder,
            env=os.environ | {"PYTHONPATH": str(self.folder)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def check(self) -> None:
        """Refuse what `make check` would: imports out of order, names that nothing uses."""
        self.run("-m", "ruff", "check", ".")

    def run_day(self) -> Path:
        """Run a small day and return its output folder."""
        day = ("--date", DATE, "--input", self.folder / "input")
        self.run("-m", "workflows.commands.app", "generate", *day, "--pins", 2_000)
        self.run("-m", "workflows.commands.app", "run", *day, "--output", self.folder / "output")
        return self.folder / "output"

    def make_docs(self) -> str:
        """Write the generated pages anew and return the data dictionary."""
        self.run("-m", "workflows.reports.documentation")
        return (self.folder / "docs" / "datasets.md").read_text()


def _changed(text: str, where: str, line: str, added: str) -> Iterator[str]:
    """Yield the lines of a file; what is added stands after, before or in place of the one that begins as told."""
    lines = text.splitlines(keepends=True)
    assert sum(one.startswith(line) for one in lines) == 1, f"{line!r} begins no line, or several"
    for one in lines:
        if not one.startswith(line):
            yield one
        else:
            yield from {"after": (one, added), "before": (added, one), "in place of": (added,)}[where]


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    command = ["git", "ls-files"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in listed.splitlines():
        if name.endswith((".py", ".pyi", ".md", ".toml", ".cfg")) and (ROOT / name).exists():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tmp_path / name)
    return Copy(tmp_path)


def _recipe(title: str) -> str:
    return PAGE.split(f"## {title}\n")[1].split("\n## ")[0]


def _files_named(recipe: str) -> set[str]:
    """Return the files that the recipe says it touches."""
    return set(re.findall(r"`([^`]+)`", re.search(r"Touched: (.*?)\.\n", recipe, re.DOTALL)[1]))


def test_a_field_is_declared_and_computed_in_one_file(copy):
    recipe = _recipe("Add a field")
    touched = copy.apply(recipe)
    copy.check()
    output = copy.run_day()
    for name in ("board_features", "board_joins"):
        boards = open_dataset(output, name).to_table(["n_pins", "n_repins", "n_originals"])
        assert boards["n_originals"].equals(pc.subtract(boards["n_pins"], boards["n_repins"]))
    assert "| pins that were not saved from another |" in copy.make_docs()
    assert touched | {"docs/datasets.md"} == _files_named(recipe)
    assert len(_files_named(recipe)) <= 5


@pytest.mark.slow
def test_a_dataset_is_a_function_and_two_entries_in_the_table(copy):
    recipe = _recipe("Add a dataset")
    touched = copy.apply(recipe)
    copy.check()
    output = copy.run_day()
    made = open_dataset(output, "saved_from")
    edges = open_dataset(output, "repin_edges").to_table()
    assert pc.sum(made.to_table()["n_repins"]) == pc.sum(edges["n_repins"])
    assert "Whom each user saves from." in copy.make_docs()
    assert touched | {"docs/datasets.md"} == _files_named(recipe)
    assert len(_files_named(recipe)) <= 3


@pytest.mark.slow
def test_a_tier_is_a_class_and_its_name_in_the_registry(copy):
    recipe = _recipe("Add a tier")
    touched = copy.apply(recipe)
    copy.check()
    output = copy.run_day()
    (board, *_) = open_dataset(output, "board_joins", "light").to_table().sort_by("rank_order").to_pylist()
    shown = ("show", "board_join", board["board_id"], "--output", output, "--json", "--tier")
    rows = [copy.run("-m", "workflows.commands.app", *shown, tier) for tier in ("sqlite", "random")]
    assert rows[0] == rows[1]
    copy.run("-m", "pytest", "-q", "tests/storage_tiers/test_every_tier.py", "-k", "sqlite_rows")
    copy.make_docs()
    for page in ("luigi.cfg", "docs/running.md"):
        assert "sqlite_rows" in (copy.folder / page).read_text()
    assert touched | {"luigi.cfg", "docs/running.md"} == _files_named(recipe)
    assert len(_files_named(recipe)) <= 5
