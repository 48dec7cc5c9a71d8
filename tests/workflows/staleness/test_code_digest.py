"""The digest of the code behind a dataset changes with what shapes its rows, and with nothing else."""

import ast
import textwrap

import pytest

from workflows.daily import MADE
from workflows.staleness import code_digest as digests
from workflows.staleness.code_digest import code_digest
from workflows.staleness.module_syntax import tree_digest


def digest(source):
    return tree_digest(ast.parse(textwrap.dedent(source)))


FUNCTION = '''
    def doubled(x: int) -> int:
        """Return twice as much."""
        return 2 * x
'''


@pytest.mark.parametrize(
    "same",
    [
        "def doubled(x: int) -> int: return (2*x)  # twice",
        '"""A module."""\n\n\n\ndef doubled(x: int) -> int:\n    """Other words."""\n    return 2 * x\n',
    ],
)
def test_words_for_people_and_layout_change_nothing(same):
    assert digest(same) == digest(FUNCTION)


@pytest.mark.parametrize("old", ["2 * x", "2 *", "doubled", "x: int"])
def test_whatever_is_run_counts(old):
    new = {"2 * x": "3 * x", "2 *": "2 +", "doubled": "twice", "x: int": "x: int = 1"}[old]
    assert digest(FUNCTION.replace(old, new)) != digest(FUNCTION)


def test_nesting_counts():
    assert digest("if a:\n    b\nc()") != digest("if a:\n    b\n    c()")
    assert digest("f([a], b)") != digest("f([a, b])")
    assert digest("x = 'return'") != digest("x = b'return'")


def test_every_task_has_a_digest_that_goes_over_its_function():
    for task in MADE:
        assert len(code_digest(task.derivation, task.__module__)) == 64
        build = getattr(task.derivation.build, "func", task.derivation.build)  # some are partial
        made_by = build.__module__ if build else task.__module__
        assert made_by in digests._modules_of(task.derivation, task.__module__)


def _stale_if_changed(monkeypatch, package):
    """Return the tasks whose digest is another one if the modules of a package are."""
    before = {task: code_digest(task.derivation, task.__module__) for task in MADE}
    real = digests._tree_digest
    monkeypatch.setattr(digests, "_tree_digest", lambda name: "other" if name.startswith(package) else real(name))
    digests._digest_of.cache_clear()
    after = {task: code_digest(task.derivation, task.__module__) for task in MADE}
    monkeypatch.undo()
    digests._digest_of.cache_clear()
    return {task.__name__ for task in MADE if before[task] != after[task]}


def test_a_change_touches_the_datasets_that_are_made_with_it(monkeypatch):
    assert "BoardCategories" in _stale_if_changed(monkeypatch, "features.categories")
    assert "AcceptedInput" not in _stale_if_changed(monkeypatch, "features.categories")
    assert _stale_if_changed(monkeypatch, "pagerank.solvers") == {"BoardRanks"}
    assert _stale_if_changed(monkeypatch, "joins.board_join") == {"BoardJoins"}
    assert {"AcceptedInput", "ImageFiles"} <= _stale_if_changed(monkeypatch, "joins.raw.values")


@pytest.mark.parametrize("package", ["joins.engine", "joins.errors", "workflows.progress", "storage_tiers.versioned"])
def test_what_carries_rows_about_touches_none(monkeypatch, package):
    assert _stale_if_changed(monkeypatch, package) == set()
