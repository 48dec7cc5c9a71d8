"""Checks that a configuration brings, in SQL and in Python; what is wrong with one is said before anything runs."""

import datetime as dt
import re
import shutil
import sys
from types import SimpleNamespace

import luigi
import numpy as np
import pytest

from storage_tiers import open_dataset
from storage_tiers.versioned.manifest import Check
from workflows.catalog import BOARD_FEATURES, FACTS, PIN_JOINS
from workflows.checks.inspection import CheckFailedError
from workflows.checks.own.functions import outcome_of_function
from workflows.commands.days.run import run_day
from workflows.luigi_cfg import FAILED, SettingsError
from workflows.settings import check_settings
from workflows.tasks.derived import task_of

pytestmark = pytest.mark.filterwarnings("ignore::luigi.parameter.UnconsumedParameterWarning")


def found_of(folder, task, name):
    """Publish anew what a task makes and return what its check of a name has found."""
    task.run()
    dataset = open_dataset(folder / "output", task.derivation.outputs[0].name)
    (found,) = (check for check in dataset.manifest.checks if check.name == name)
    return found


@pytest.fixture
def again(folder, task_at_fault):
    """Take the version away that a task makes and return the task, which would publish it again."""

    def take_away(spec):
        task = task_at_fault(spec)
        for path in (folder / "output" / spec.name).rglob(f"iteration={task.version.iteration}.json"):
            path.unlink()
        return task

    return take_away


@pytest.mark.parametrize(
    ("sql", "passed", "detail"),
    [
        ("SELECT board_id FROM board_features WHERE n_pins < 0", True, "no rows"),
        ("SELECT board_id, category FROM board_features WHERE category LIKE 'a%' AND 1 = 0;", True, "no rows"),
        ("SELECT repeat('x ', 1000) AS text", False, "1 row (first: text '" + 147 * "x " + " ...)"),
        ("SELECT 7 AS n, 'x' || chr(27) AS text", False, r"1 row (first: n 7, text 'x\x1b')"),
        ("FROM board_features WHERE board_id NOT IN (SELECT board_id FROM board_ranks)", True, "no rows"),
        (
            "SELECT b.board_id FROM board_features b JOIN board_features_before USING (board_id)",
            True,
            "no earlier version to compare with",
        ),
        ("SELECT 1 / 0 + CAST(category AS INT) AS n FROM board_features WHERE category IS NOT NULL", False, None),
    ],
)
def test_a_query_finds_rows_that_are_wrong(folder, again, configure, sql, passed, detail):
    configure("check of mine", dataset="board_features", level="warn", sql=sql)
    check_settings()
    found = found_of(folder, again(BOARD_FEATURES), "of mine")
    assert (found.passed, found.level) == (passed, "warn")
    assert found.detail == detail if detail else found.detail.startswith("it can't be run: Conversion Error")


def test_a_query_that_finds_rows_blocks_and_says_how_to_let_it_pass(again, configure, folder):
    configure("check no boards", dataset="board_features", sql="SELECT board_id FROM board_features ORDER BY 1")
    with pytest.raises(
        CheckFailedError, match=r"not published: no boards: \d+ rows \(first: board_id \d+\); mend"
    ) as caught:
        again(BOARD_FEATURES).run()
    assert caught.value.remedy.endswith("write level = warn in [check no boards] of luigi.cfg")
    assert not list((folder / "output" / "board_features" / "_manifests").rglob("iteration=2.json"))


def test_the_earlier_version_is_that_of_the_newest_earlier_date(folder, day_of, configure, capsys):
    for table in ("pins", "boards", "users"):
        there = folder / "input" / table
        (there / "date=2026-11-20").rename(there / "date=2026-11-21")
    sql = "SELECT count(*) AS n FROM facts_before HAVING count(*) <> (SELECT count(*) FROM facts)"
    configure("check as many", dataset="facts", sql=sql)
    configure("check is there", dataset="facts", level="warn", sql="SELECT min(pin_id) AS pin FROM facts_before")
    day = day_of(folder / "input", folder / "output", date=dt.date(2026, 11, 21), iterations=1)
    assert run_day(day) == 0
    assert "  warning: facts date=2026-11-21 iteration=0: is there: 1 row (first: pin " in capsys.readouterr().err
    checks = {check.name: check for check in open_dataset(folder / "output", "facts").manifest.checks}
    assert checks["as many"].passed


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('{outside}')",
        "SELECT * FROM '{outside}'",
        "SELECT * FROM glob('{outside}*')",
        "SELECT * FROM read_csv('{outside}')",
    ],
)
def test_a_query_reaches_nothing_but_its_datasets(tmp_path, configure, sql):
    outside = tmp_path / "outside.csv"
    outside.write_text("secret\n1\n")
    configure("check outside", dataset="facts", sql=sql.format(outside=outside))
    with pytest.raises(SettingsError, match=r"\[check outside\]: sql can't be run: Permission Error"):
        check_settings()


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ({"dataset": "factz", "sql": "SELECT 1"}, r"dataset is 'factz'; it must be one of .*facts"),
        ({"sql": "SELECT 1"}, r"dataset is ''; it must be one of"),
        ({"dataset": "facts", "level": "fatal", "sql": "SELECT 1"}, "level is 'fatal'; it must be one of error, warn"),
        ({"dataset": "facts"}, "a check has either sql or function"),
        ({"dataset": "facts", "sql": "SELECT 1", "function": "a:b"}, "a check has either sql or function"),
        (
            {"dataset": "facts", "query": "SELECT 1"},
            "a check has no setting query; allowed: dataset, level, sql, function",
        ),
        ({"dataset": "facts", "sql": "SELEC 1"}, 'sql can\'t be run: Parser Error: syntax error at or near "SELEC"'),
        (
            {"dataset": "facts", "sql": "SELECT no_such FROM facts"},
            'Referenced column "no_such" not found .*tables there',
        ),
        (
            {"dataset": "facts", "sql": "SELECT 1 FROM pin_joins"},
            "Table with name pin_joins does not exist.*facts_before",
        ),
        ({"dataset": "facts", "sql": "SELECT 1; SELECT 2"}, "sql must be one SELECT"),
        ({"dataset": "facts", "sql": "COPY facts TO 'x.csv'"}, "sql must be one SELECT"),
        ({"dataset": "facts", "sql": "DROP VIEW facts"}, "sql must be one SELECT"),
        ({"dataset": "facts", "sql": "SET threads = 1"}, "sql must be one SELECT"),
        ({"dataset": "facts", "function": "json"}, "function is 'json'; it must be module:function"),
        ({"dataset": "facts", "function": "no_such_module:f"}, "can't be imported: ModuleNotFoundError: .*PYTHONPATH"),
        ({"dataset": "facts", "function": "json:no_such"}, "module json has no function no_such; it has: .*dumps"),
        ({"dataset": "facts", "function": "broken_checks:f"}, "broken_checks can't be imported: ZeroDivisionError"),
        ({"dataset": "facts", "function": "good_checks:no_argument"}, "must take the staged dataset"),
    ],
)
def test_a_check_that_cannot_be_made_is_one_line(tmp_path, monkeypatch, configure, lines, said):
    (tmp_path / "broken_checks.py").write_text("1 / 0\n")
    (tmp_path / "good_checks.py").write_text("def no_argument(): ...\n")
    monkeypatch.syspath_prepend(tmp_path)
    configure("check x", **lines)
    with pytest.raises(SettingsError, match=r"^(luigi.cfg|set by the program) \[check x\]: .*" + said) as caught:
        check_settings()
    assert "\n" not in str(caught.value)
    sys.modules.pop("good_checks", None)


@pytest.mark.parametrize("section", ["check", "check ", "check a:b"])
def test_a_check_must_have_a_name(configure, section):
    configure(section, dataset="facts", sql="SELECT 1")
    with pytest.raises(SettingsError, match="a check has no name, or one with a colon; write"):
        check_settings()


FUNCTIONS = """
from storage_tiers.versioned.manifest import Check

def fine(facts): ...
def says_so(facts): return True
def says_no(facts): return False
def one(facts): return f"{facts.n_rows} rows of {facts.name} {facts.version}"
def several(facts): return (f"pin {pin}" for part in facts.iter_parts(["pin_id"]) for pin in part["pin_id"].to_pylist())
def none_of_several(facts, before): return [] if before is None else ["before"]
def its_own(facts): return Check("another name", passed=False, detail="seen", level="error")
def no_column(facts): return list(facts.iter_parts(["no_such"]))
def ends(facts): raise KeyError("a\\nb")
def escapes(facts): return "clear " + chr(27) + "[2J" + chr(10)
def made_from(facts): return [str(facts.made_from["image_signatures"][0].n_rows), *facts.schema.names[:1]]
"""


@pytest.mark.parametrize(
    ("name", "passed", "detail"),
    [
        ("fine", True, "it says so"),
        ("says_so", True, "it says so"),
        ("says_no", False, "it returned False"),
        ("one", False, "300 rows of facts date=2026-11-20 iteration=0"),
        ("several", False, "(and 299 more)"),
        ("none_of_several", True, "no problems"),
        ("its_own", False, "seen"),
        ("no_column", False, "it ended with DatasetError: facts: there is no column 'no_such'; columns there:"),
        ("ends", False, "line 12)"),
        ("made_from", False, "0 (and 1 more)"),
        ("escapes", False, r"clear \x1b[2J\n"),
    ],
)
def test_a_function_says_what_is_wrong(folder, again, monkeypatch, configure, name, passed, detail):
    (folder / "own_functions.py").write_text(FUNCTIONS)
    monkeypatch.syspath_prepend(folder)
    sys.modules.pop("own_functions", None)
    configure("check mine", dataset="facts", level="warn", function=f"own_functions:{name}")
    check_settings()
    found = found_of(folder, again(FACTS), "mine")
    assert (found.passed, found.level) == (passed, "warn")
    assert detail in found.detail
    assert "\n" not in found.detail
    assert isinstance(found, Check)


def test_a_day_that_a_check_stops_fails_with_a_line_and_goes_on_once_it_may(folder, day_of, configure, capsys):
    assert run_day(day_of(folder / "input", folder / "other", iterations=1)) == 0
    capsys.readouterr()
    sql = "SELECT image_signature FROM pin_joins ORDER BY 1"
    configure("check nothing goes", dataset="pin_joins", sql=sql)
    assert run_day(day_of(folder / "input", folder / "other", iterations=2)) == FAILED
    error = capsys.readouterr().err
    assert "error: PinJoins date=2026-11-20 iteration=2: pin_joins/full date=2026-11-20 iteration=2: it is not" in error
    assert "Traceback" not in error
    assert open_dataset(folder / "other", PIN_JOINS.name).version.iteration == 1
    configure("check nothing goes", level="warn")
    assert run_day(day_of(folder / "input", folder / "other", iterations=2)) == 0
    assert "  warning: pin_joins date=2026-11-20 iteration=2: nothing goes: " in capsys.readouterr().err


NEVER_ENDS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i % 5 + 1 FROM n) SELECT sum(i) AS i FROM n"


@pytest.mark.parametrize("level", ["warn", "error"])
def test_a_query_that_never_ends_is_a_failed_check_before_the_task_runs_out_of_time(configure, folder, day_of, level):
    for name in (BOARD_FEATURES.name, "pin_joins", "board_joins", "user_joins"):
        shutil.rmtree(folder / "output" / name)
    configure("check endless", dataset="board_features", level=level, sql=NEVER_ENDS)
    task = day_of(folder / "input", folder / "output", task_timeout_s=2).sibling(task_of(BOARD_FEATURES), iteration=1)
    is_done = luigi.build([task], local_scheduler=True, no_lock=True)
    assert is_done == (level == "warn")
    if is_done:
        checks = open_dataset(folder / "output", "board_features").manifest.checks
        (found,) = (check for check in checks if check.name == "endless")
        assert re.fullmatch(r"it was ended after \d\.\d s, as task_timeout_s leaves it no more: .*", found.detail)


NO_VERSION = SimpleNamespace(before=None)


class Silent(BaseException):
    """An exception that is no Exception and can't say what it is."""

    def __str__(self):
        raise ValueError


def _raise(error):
    raise error


@pytest.mark.parametrize(
    ("function", "passed", "said"),
    [
        (lambda _staged: sys.exit(3), False, "it ended with SystemExit: 3"),
        (lambda _staged: _raise(Silent()), False, "it ended with Silent:"),
        (lambda _staged: 17, False, "it returned 17; a check returns nothing or True where all is well, else False"),
        (lambda _staged: object(), False, "it returned <object object at"),
        (lambda _staged: np.True_, True, "it says so"),
        (lambda _staged: np.False_, False, "it returned False"),
    ],
)
def test_whatever_a_function_does_is_the_answer_of_its_check(function, passed, said):
    found = outcome_of_function(function, "mine", "error", NO_VERSION)
    assert (found.passed, found.detail[: len(said)]) == (passed, said)


def test_ctrl_c_is_no_answer():
    with pytest.raises(KeyboardInterrupt):
        outcome_of_function(lambda _staged: _raise(KeyboardInterrupt()), "mine", "error", NO_VERSION)
