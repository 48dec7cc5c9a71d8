"""A small finished day, to change, to run again and to rebuild."""

import datetime as dt
import shutil

import pytest
from luigi.configuration import get_config

from joins import GraphShape, generate_graph
from workflows.commands.days.rebuild import rebuild_day
from workflows.commands.days.run import run_day


@pytest.fixture(scope="session")
def finished(tmp_path_factory, snapshot_writer, day_of):
    """A small day of two iterations."""
    root = tmp_path_factory.mktemp("finished")
    graph = generate_graph(GraphShape(n_pins=300), seed=1, as_of=dt.date(2026, 11, 20))
    snapshot_writer(root / "input", {"pins": graph.pins, "boards": graph.boards, "users": graph.users})
    assert run_day(day_of(root / "input", root / "output")) == 0
    return root


@pytest.fixture
def folder(finished, tmp_path):
    """A copy of the small day, to change."""
    shutil.copytree(finished, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture
def run(folder, day_of, capsys):
    """Run the day with some parameters, and return the exit code and what was said."""

    def run_it(**parameters):
        code = run_day(day_of(folder / "input", folder / "output", **parameters))
        return code, capsys.readouterr().err

    return run_it


@pytest.fixture
def rebuild(folder, day_of, capsys):
    """Rebuild the day with some parameters, and return the exit code and what was said."""

    def rebuild_it(*, replace=False, **parameters):
        code = rebuild_day(day_of(folder / "input", folder / "output", **parameters), replace=replace)
        return code, capsys.readouterr().err

    return rebuild_it


@pytest.fixture
def set_pictures():
    """Change settings of pictures, as a file would."""
    config, changed = get_config(), []

    def change(name, value):
        config.set("pictures", name, value)
        changed.append(name)

    yield change
    for name in changed:
        config.remove_option("pictures", name)
