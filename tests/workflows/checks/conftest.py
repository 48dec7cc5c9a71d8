"""Tasks of the small finished day that run again with a build function that is at fault."""

from dataclasses import replace

import pytest

from workflows.tasks.derived import task_of


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
