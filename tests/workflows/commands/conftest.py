"""The small finished day, run again and rebuilt."""

import pytest

from workflows.commands.days.rebuild import rebuild_day
from workflows.commands.days.run import run_day


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
