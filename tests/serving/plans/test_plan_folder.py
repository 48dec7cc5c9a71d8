"""A folder of plans is followed without a gap: what became wrong is told once, and the plan before it goes on."""

import logging
import os
import time

import pytest

from serving.errors import PlanError, ServingConfigError
from serving.plans.compiling import compile_plan
from serving.plans.limits import Limits
from serving.plans.plan_folder import PlanFolder, plans_of_sources
from tests.serving.plans.small_processors import SOURCES

TEXT = 'about = "{about}"\nanswer = ["rows"]\n[steps.rows]\ndo = "read"\n'
OLD = time.time() - 100


@pytest.fixture
def place(tmp_path):
    folder = tmp_path / "plans"
    folder.mkdir()
    return folder


@pytest.fixture
def write(place):
    """Write a plan, at a time that is as long ago as one likes."""

    def written(name, about="first", text=None, at=OLD):
        path = place / name
        path.write_text(TEXT.format(about=about) if text is None else text)
        os.utime(path, (at, at))

    return written


@pytest.fixture
def folder(place):
    return PlanFolder(place, look_every_s=0)


def abouts(folder):
    return {name: plan.about for name, plan in folder.plans().items()}


def test_new_changed_and_removed_files_are_seen(folder, place, write):
    assert abouts(folder) == {}
    write("b.toml")
    write("a.toml")
    assert abouts(folder) == {"a": "first", "b": "first"}
    assert list(folder.plans()) == ["a", "b"]
    write("a.toml", "second", at=OLD + 1)
    assert abouts(folder) == {"a": "second", "b": "first"}
    (place / "b.toml").unlink()
    assert abouts(folder) == {"a": "second"}
    assert folder.problems == {}


def test_a_file_that_became_wrong_keeps_its_last_good_plan_and_is_told_once(folder, place, write, caplog):
    write("a.toml")
    folder.plans()
    write("a.toml", text="steps = ", at=OLD + 1)
    for _ in range(3):
        assert abouts(folder) == {"a": "first"}
    problem = f"{place}/a.toml: it is no TOML: Invalid value (at end of document)"
    assert folder.problems == {"a.toml": problem}
    assert caplog.messages == [f"{problem}; the plan that it had before goes on"]
    caplog.set_level(logging.INFO)
    write("a.toml", "mended", at=OLD + 2)
    assert abouts(folder) == {"a": "mended"}
    assert folder.problems == {}
    assert caplog.messages[1:] == ["plan a is mended"]


def test_a_wrong_file_that_is_removed_takes_its_plan_and_its_problem_along(folder, place, write):
    write("a.toml")
    folder.plans()
    write("a.toml", text="no", at=OLD + 1)
    folder.plans()
    (place / "a.toml").unlink()
    assert abouts(folder) == {}
    assert list(folder.problems) == [str(place)]  # it has no plan


def test_one_wrong_file_leaves_the_others_alone(folder, write):
    write("a.toml", text="no")
    write("b.toml")
    assert abouts(folder) == {"b": "first"}
    assert list(folder.problems) == ["a.toml"]


def test_a_fault_at_one_file_is_its_problem_and_logged_once_with_its_place(place, write, caplog):
    def check(_name, written):
        if written.about == "odd":
            raise KeyError("a fault of ours")

    folder = PlanFolder(place, check=check, look_every_s=0)
    write("a.toml")
    folder.plans()
    write("a.toml", "odd", at=OLD + 1)
    write("b.toml")
    for _ in range(3):
        assert abouts(folder) == {"a": "first", "b": "first"}
    assert folder.problems == {"a.toml": f"{place}/a.toml: the service fails at it (KeyError); its log tells more"}
    (message,) = caplog.messages
    assert "the plan that it had before goes on" in message
    assert "in check\n" in message
    assert "KeyError: 'a fault of ours'" in message


@pytest.mark.parametrize(
    "text", ["deadline_ms = {0}\n" + TEXT, TEXT + "[parameters.n]\ndefault = {0}\n", TEXT + "most = {0}\n"]
)
def test_a_number_of_thousands_of_digits_is_the_problem_of_its_file_alone(folder, write, text):
    write("a.toml", text=text.replace("{0}", f"0x{'F' * 5_000}"))
    write("b.toml")
    assert abouts(folder) == {"b": "first"}
    assert "a whole number of 20,000 bits" in folder.problems["a.toml"]


@pytest.mark.parametrize("name", ["two words.toml", "1.toml"])
def test_a_name_that_no_plan_can_have_is_a_problem(folder, write, name):
    write(name)
    assert abouts(folder) == {}
    assert "it can't be the file of a plan" in folder.problems[name]


@pytest.mark.parametrize("name", [".a.toml", "a.toml~", "a.txt", "notes"])
def test_other_files_are_no_plans(folder, place, write, name):
    write(name)
    assert abouts(folder) == {}
    assert folder.problems == {str(place): f"{place}: it has no plan, which would be a file NAME.toml"}


def test_a_folder_that_loses_its_last_plan_is_told_of_once(folder, place, write, caplog):
    write("a.toml")
    folder.plans()
    assert folder.problems == {}
    (place / "a.toml").unlink()
    for _ in range(3):
        assert folder.plans() == {}
    said = f"{place}: it has no plan, which would be a file NAME.toml"
    assert (folder.problems, caplog.messages) == ({str(place): said}, [said])
    place.rmdir()
    assert folder.plans() == {}
    assert folder.problems == {str(place): f"{place}: it can't be read (No such file or directory)"}
    place.mkdir()
    write("a.toml")
    assert abouts(folder) == {"a": "first"}
    assert folder.problems == {}


def test_a_folder_is_closed_where_it_is_named_or_has_been_there(tmp_path, place):
    named = PlanFolder(tmp_path / "none", is_named=True)
    with pytest.raises(
        ServingConfigError, match=r"/none: the folder of plans can't be read \(No such file .*; make it"
    ):
        named.check_there()
    assert named.is_closed
    usual = PlanFolder(tmp_path / "none", look_every_s=0)
    usual.check_there()
    usual.plans()
    assert (usual.is_closed, usual.problems) == (False, {})
    place.rename(tmp_path / "none")
    usual.plans()
    assert usual.is_closed


def test_what_is_no_file_or_too_large_is_a_problem_and_keeps_nobody_waiting(place, write):
    os.mkfifo(place / "pipe.toml")
    (place / "inner.toml").mkdir()
    (place / "lost.toml").symlink_to("gone")
    write("large.toml", "x" * 1_000)
    folder = PlanFolder(place, Limits(plan_bytes=500), look_every_s=0)
    assert folder.plans() == {}
    said = dict(folder.problems)
    assert sorted(said) == ["inner.toml", "large.toml", "lost.toml", "pipe.toml"]
    assert "at most 500 are allowed" in said["large.toml"]
    assert "No such file or directory" in said["lost.toml"]
    assert "it is no regular file" in said["pipe.toml"]


def test_a_file_that_was_written_just_now_is_read_again_though_its_stamp_is_the_same(folder, write):
    now = time.time()
    write("a.toml", "one", at=now)
    assert abouts(folder) == {"a": "one"}
    write("a.toml", "two", at=now)
    assert abouts(folder) == {"a": "two"}


def test_a_file_that_did_not_change_is_not_read_again(folder, place, write):
    write("a.toml", "one")
    folder.plans()
    inode = (place / "a.toml").stat().st_ino
    write("a.toml", "two")
    assert (place / "a.toml").stat().st_ino == inode
    assert abouts(folder) == {"a": "one"}


def test_the_folder_is_looked_at_now_and_then(place, write):
    folder = PlanFolder(place, look_every_s=3_600)
    assert abouts(folder) == {}
    write("a.toml")
    assert abouts(folder) == {}
    folder.look()
    assert abouts(folder) == {"a": "first"}


def test_a_folder_that_is_not_there_has_no_plans_and_one_that_is_gone_keeps_them(tmp_path, write, place, caplog):
    assert PlanFolder(tmp_path / "none").plans() == {}
    write("a.toml")
    folder = PlanFolder(place, look_every_s=0)
    folder.plans()
    place.rename(tmp_path / "away")
    assert abouts(folder) == abouts(folder) == {"a": "first"}
    assert folder.problems == {str(place): f"{place}: it can't be read (No such file or directory)"}
    assert len(caplog.messages) == 1
    (tmp_path / "away").rename(place)
    assert abouts(folder) == {"a": "first"}
    assert folder.problems == {}


def test_a_plan_that_can_not_run_is_no_good_plan_until_it_can(place, write):
    refused = {"second"}

    def check(name, written):
        if written.about in refused:
            raise PlanError("it can't run", where=f"plan {name}")

    folder = PlanFolder(place, check=check, look_every_s=0)
    write("a.toml")
    folder.plans()
    write("a.toml", "second", at=OLD + 1)
    assert abouts(folder) == {"a": "first"}
    assert folder.problems == {"a.toml": "plan a: it can't run"}
    refused.clear()  # as another version of a dataset has what the plan needs
    assert abouts(folder) == {"a": "second"}
    assert folder.problems == {}


def test_plans_that_were_given_out_stay_as_they_are(folder, write):
    write("a.toml")
    before = folder.plans()
    write("b.toml")
    assert list(folder.plans()) == ["a", "b"]
    assert list(before) == ["a"]


def test_without_a_folder_each_dataset_has_a_plan_that_fetches_by_keys():
    plans = plans_of_sources(SOURCES, Limits(fan_out=50))
    assert list(plans) == ["board_joins", "far.board_joins", "pin_joins"]
    assert {name: plan.parameters["keys"].type for name, plan in plans.items()} == {
        "board_joins": "number",
        "far.board_joins": "number",
        "pin_joins": "text",
    }
    assert plans["pin_joins"].parameters["keys"].items == 50
    assert plans["far.board_joins"].steps[0].settings == {
        "dataset": "far/board_joins",
        "keys": "$keys",
        "fields": ["board_id", "name", "n_pins"],
    }
    for name, plan in plans.items():
        (only,) = compile_plan(name, plan, SOURCES).steps
        assert only.processor.gives.most == 50
    assert plans_of_sources(SOURCES, Limits(fan_out=50)) is plans
