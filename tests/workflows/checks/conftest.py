"""A small finished day whose tasks can be run again with a build function that is at fault."""

import datetime as dt
import shutil
from dataclasses import replace

import pytest
from luigi.configuration import get_config

from joins import GraphShape, generate_graph
from workflows.commands.days.run import run_day
from workflows.tasks.derived import task_of

DAY = dt.date(2026, 11, 20)


@pytest.fixture(scope="session")
def finished(tmp_path_factory, snapshot_writer, day_of):
    """A day of 600 pins and two iterations."""
    root = tmp_path_factory.mktemp("checked")
    graph = generate_graph(GraphShape(n_pins=600), seed=5, as_of=DAY)
    snapshot_writer(root / "input", {"pins": graph.pins, "boards": graph.boards, "users": graph.users})
    assert run_day(day_of(root / "input", root / "output")) == 0
    return root


@pytest.fixture
def folder(finished, tmp_path):
    """A copy of it, to change."""
    shutil.copytree(finished, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture
def task_at_fault(folder, day_of, monkeypatch):
    """Return the task of a dataset in the day, in iteration 2 if it has one; a function changes its tables."""

    def make(spec, change=None):
        kind = task_of(spec)
        day = day_of(folder / "input", folder / "output")
        if change and kind.derivation.build:
            build = kind.derivation.build
            changed = replace(kind.derivation, build=lambda **inputs: change(build(**inputs)))
            monkeypatch.setattr(kind, "derivation", changed)
        return day.sibling(kind, **({"iteration": 2} if "iteration" in kind.get_param_names() else {}))

    return make


@pytest.fixture
def configure():
    """Write lines into sections of the configuration, as a file would."""
    config, sections = get_config(), []

    def write(section, **lines):
        indented = (f"{name} = {value.replace(chr(10), chr(10) + '  ')}" for name, value in lines.items())
        config.read_string("\n".join([f"[{section}]", *indented]))
        sections.append(section)

    yield write
    for section in sections:
        config.remove_section(section)
