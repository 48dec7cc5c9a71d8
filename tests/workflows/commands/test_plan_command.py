"""`interest-graph plan`: whether plans can run, how they look, what they come to, and one line for what is wrong."""

import json
import sys

import pytest

from storage_tiers import open_dataset
from workflows.commands.app import main
from workflows.luigi_cfg import USAGE

PAGE = """
about = "Boards by key."
answer = ["boards", "best"]
[parameters.keys]
type = "number"
list = true
items = 4
[steps.boards]
do = "fetch"
dataset = "board_joins"
keys = "$keys"
fields = ["name", "page_rank"]
[steps.best]
do = "top"
from = "boards"
by = "page_rank"
n = 1
"""


@pytest.fixture
def plan(monkeypatch, capsys, finished, tmp_path):
    """Run the command beside a folder of plans, and return its exit code, what it printed and what it said."""
    (tmp_path / "plans").mkdir()
    (tmp_path / "plans/page.toml").write_text(PAGE)
    monkeypatch.chdir(tmp_path)

    def run_it(*arguments):
        words = ["interest-graph", "plan", *arguments, "--output", str(finished / "output")]
        monkeypatch.setattr(sys, "argv", words)
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return ended.value.code or 0, printed.out, printed.err

    return run_it


@pytest.fixture
def boards(finished):
    """Three keys of boards."""
    return open_dataset(finished / "output", "board_joins").to_table(["board_id"])["board_id"].to_pylist()[:3]


@pytest.mark.parametrize("named", [["plans"], ["plans/page.toml"], []])
def test_plans_that_can_run_are_said_to(plan, named):
    assert plan("check", *named) == (0, "plans/page.toml: it can run; 2 steps, reads at most 4 rows\n", "")


def test_a_deadline_that_the_service_does_not_give_is_told(plan, tmp_path):
    (tmp_path / "plans/page.toml").write_text("deadline_ms = 60_000\n" + PAGE)
    cut = "; its deadline_ms of 60,000 is cut to the 1,000 that this service gives at most"
    assert plan("check") == (0, f"plans/page.toml: it can run; 2 steps, reads at most 4 rows{cut}\n", "")


def test_one_plan_that_can_not_run_is_told_beside_the_others_and_by_the_exit_code(plan, tmp_path):
    (tmp_path / "plans/cycle.toml").write_text(PAGE.replace('do = "fetch"', 'do = "fetch"\nfrom = "best"'))
    (tmp_path / "plans/slip.toml").write_text(PAGE.replace("page_rank", "page_rang"))
    (tmp_path / "plans/torn.toml").write_text(PAGE[:40])
    code, printed, said = plan("check", "plans")
    assert (code, printed) == (1, "plans/page.toml: it can run; 2 steps, reads at most 4 rows\n")
    cycle, slip, torn = said.splitlines()
    assert cycle == "error: plan cycle, step boards: fetch takes from 0 steps, and `from` names 1"
    assert slip.startswith("error: plan slip, step boards: ")
    assert "page_rang" in slip
    assert torn.startswith("error: plans/torn.toml: it is no TOML: ")


def test_a_plan_is_drawn_by_its_file_or_its_name(plan):
    code, drawn, said = plan("show", "page")
    assert (code, said) == (0, "")
    assert drawn.startswith("plan page: Boards by key.\n2 steps, reads at most 4 rows of board_joins\n")
    assert plan("show", "plans/page.toml") == (code, drawn, said)


def test_a_plan_is_run_and_its_answer_is_json(plan, boards):
    given = [word for key in boards for word in ("--parameter", f"keys={key}")]
    code, printed, said = plan("run", "plans/page.toml", *given, "--trace")
    assert (code, said) == (0, "")
    answer = json.loads(printed)
    assert answer["plan"] == "page"
    assert [one["name"] for one in answer["lists"]] == ["boards", "best"]
    assert [board["board_id"] for board in answer["lists"][0]["objects"]] == boards
    assert len(answer["lists"][1]["objects"]) == 1
    assert [step["step"] for step in answer["steps"]] == ["boards", "best"]


def test_without_a_folder_each_dataset_has_a_plan(plan, boards, tmp_path):
    (tmp_path / "plans").rename(tmp_path / "others")
    code, printed, _ = plan("run", "board_joins", "--parameter", f"keys={boards[0]}")
    assert code == 0
    assert json.loads(printed)["lists"][0]["objects"][0]["board_id"] == boards[0]


def test_the_stores_are_those_of_a_configuration(plan, finished, tmp_path):
    (tmp_path / "own.toml").write_text(
        f'plans = "plans"\n[stores.first]\nkind = "lmdb"\noutput = "{finished}/output"\n[limits]\nreads = 3\n'
    )
    code, _, said = plan("check", "--config", "own.toml")
    assert code == 1
    assert said == "error: plan page: its steps may read 4 rows; at most 3 are allowed; they read: boards 4\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["chek"], "action is 'chek'; it must be one of check, show, run"),
        (["check", "gone"], "gone: there is no such file or folder; name files or folders of plans"),
        (["check", "."], ".: it has no plan, which would be a file NAME.toml"),
        (["show"], "plan show takes one plan, not 0; name one file or plan"),
        (["run", "page", "page"], "plan run takes one plan, not 2; name one file or plan"),
        (["run", "other"], "there is no plan 'other'; there are: page"),
        (["show", "other.toml"], "other.toml: it can't be read (No such file or directory)"),
        (["run", "page"], "parameter keys is missing; it is a list, of which each is a whole number"),
        (["run", "page", "--parameter", "keys=a"], "parameter keys is 'a'; it is a whole number"),
        (["run", "page", "--parameter", "keys=1_0"], "parameter keys is '1_0'; it is a whole number"),
        (["run", "page", "--parameter", "keys"], "--parameter is 'keys'; it must be NAME=VALUE"),
        (["run", "page", "--parameter", "key=1"], "there is no parameter 'key'; the plan has: keys"),
        (["run", "page", "--deadline-ms", "0"], "deadline_ms is '0'; it must be a whole number from 1"),
        (["check", "--config", "gone.toml"], "gone.toml: it can't be read (No such file or directory)"),
    ],
)
def test_what_is_wrong_with_a_call_is_one_line(plan, arguments, said):
    assert plan(*arguments) == (USAGE, "", f"error: {said}\n")


def test_fractions_are_read_as_json_writes_them(plan, boards, tmp_path):
    share = PAGE.replace("[parameters.keys]", '[parameters.share]\ntype = "fraction"\n[parameters.keys]')
    (tmp_path / "plans/page.toml").write_text(share)
    asked = ["run", "page", "--parameter", f"keys={boards[0]}", "--parameter"]
    assert plan(*asked, "share=-2.5e1")[0] == 0
    for text in ("nan", "inf", "1_0.5", ".5", "\u0663", "1e"):
        assert plan(*asked, f"share={text}") == (USAGE, "", f"error: parameter share is '{text}'; it is a number\n")
    assert plan(*asked, "share=1e999") == (USAGE, "", "error: parameter share is inf, which is no number\n")


def test_a_number_of_thousands_of_digits_is_told_of_and_leaves_other_plans_alone(plan, tmp_path):
    (tmp_path / "plans/long.toml").write_text(f"deadline_ms = 0x{'F' * 5_000}\n" + PAGE)
    problem = "plans/long.toml: it has a whole number of 20,000 bits; whole numbers of plans are of 64 bits"
    assert plan("check") == (1, "plans/page.toml: it can run; 2 steps, reads at most 4 rows\n", f"error: {problem}\n")
    assert plan("show", "page")[0] == 0


def test_a_file_that_can_not_run_is_told_of_by_show_and_run(plan, tmp_path):
    (tmp_path / "plans/slip.toml").write_text(PAGE.replace("page_rank", "page_rang"))
    for action in ("show", "run"):
        code, printed, said = plan(action, "plans/slip.toml")
        assert (code, printed) == (USAGE, "")
        assert said.splitlines()[-1].startswith("error: plan slip, step boards: ")


def test_an_output_folder_that_has_nothing_loaded_is_told(plan, tmp_path):
    (tmp_path / "own.toml").write_text('[stores.first]\nkind = "lmdb"\noutput = "nothing"\n')
    code, printed, said = plan("check", "--config", "own.toml")
    assert (code, printed) == (USAGE, "")
    assert said.startswith("error: ")
    assert len(said.splitlines()) == 1
