"""The harness itself: what it takes for a fault, how small it makes it, and that a crash is told."""

from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest
from hypothesis import strategies as st

from joins.errors import DiscoveryError
from tests.fuzzing import campaign
from tests.fuzzing.attempts import try_door
from tests.fuzzing.campaign import CRASHED, run_campaign
from tests.fuzzing.door import Attempts, Door, FaultError, attempt
from tests.fuzzing.inputs.choices import Choices, built_by


def _digits(choices):
    return [choices.below(10) for _ in range(8)]


def _lay(given, folder):
    (folder / "digits").write_text(str(given), encoding="utf-8")


def _door(enter, name="digits"):
    return Door(name, built_by(_digits, 8), enter, 1, _lay, a_second=1_000)


def _raise(error):
    raise error


def test_success_and_our_own_errors_are_no_faults(tmp_path):
    _lay([], tmp_path)
    assert attempt(_door(lambda *_: None), [], tmp_path).succeeded
    for error in (DiscoveryError("no such pin"), FileNotFoundError(2, "there is none", "pins.csv")):
        said = attempt(_door(lambda *_, error=error: _raise(error)), [], tmp_path)
        assert (said.succeeded, said.error) == (False, type(error).__name__)


@pytest.mark.parametrize("error", [ValueError("x"), OSError("what a library says"), DiscoveryError(" "), MemoryError()])
def test_any_other_exception_is_a_fault(tmp_path, error):
    with pytest.raises(FaultError, match=type(error).__name__):
        attempt(_door(lambda *_: _raise(error)), [], tmp_path)


def test_a_fault_is_made_small_and_kept(tmp_path):
    def enter(given, _folder):
        if 7 in given:
            raise KeyError(7)

    made = try_door(_door(enter), 2_000, 1, found=tmp_path)
    (fault,) = made.faults.values()
    assert sum(eval(fault.input_repr)) == 7  # noqa: S307 - a list that was printed
    (folder,) = tmp_path.iterdir()
    assert (folder / "digits").read_text(encoding="utf-8") == fault.input_repr
    assert "KeyError: 7" in (folder / "trace.txt").read_text(encoding="utf-8")


def test_known_faults_are_counted_and_hide_no_others():
    def enter(given, _folder):
        if given[0] == 7:
            raise KeyError(7)
        if given[1] == 8:
            raise ValueError(8)

    first = try_door(_door(enter), 1_000, 1)
    second = try_door(_door(enter), 1_000, 2, known=first.faults)
    third = try_door(_door(enter), 1_000, 3, known=first.faults | second.faults)
    assert len(first.faults) == 1
    assert len(first.faults | second.faults) == 2
    assert third.n_tried == 1_000
    assert sum(fault.n_met for fault in third.faults.values()) > 100


def test_the_same_seed_tries_the_same_inputs():
    tried = []
    door = _door(lambda given, _folder: tried.append(given))
    try_door(door, 200, 5)
    n_first = len(tried)
    try_door(door, 200, 5)
    assert tried[:n_first] == tried[n_first:]


def test_bytes_of_a_generator_are_tried_where_a_door_builds_of_them_and_are_zeros_but_those_that_fail(tmp_path):
    def enter(given, _folder):
        if given[5] >= 128:
            raise KeyError(given)

    def lay(given, folder):
        (folder / "bytes").write_bytes(given)

    door = Door("quick", st.nothing(), enter, 1, lay, 1_000, of_bytes=bytes, n_bytes=20)
    made = try_door(door, 500, 3, found=tmp_path)
    (fault,) = made.faults.values()
    at_fifth = (Path(fault.folder) / "bytes").read_bytes()
    assert at_fifth.strip(bytes(1)) == at_fifth[5:6] >= bytes([128])
    again = try_door(door, 500, 3, known=made.faults)
    assert (again.n_tried, again.n_tried - again.n_succeeded) == (500, again.faults[fault.kind].n_met)
    assert try_door(door, 500, 3, found=tmp_path).faults[fault.kind].input_repr == fault.input_repr


class _PoolThatDies:
    """A pool of processes, of which the inputs of one door kill theirs."""

    def submit(self, _try, door, n_inputs, *_more):
        made = Future()
        if door == "deadly":
            made.set_exception(BrokenProcessPool())
        else:
            made.set_result(Attempts(door, n_tried=n_inputs))
        return made

    def shutdown(self):
        """Nothing is kept."""


def test_a_crash_is_told_and_ends_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(campaign, "_pool", _PoolThatDies)
    said = []
    doors = (_door(_digits, "deadly"), _door(_digits, "harmless"))
    ended = run_campaign(40, 1, 2, tmp_path, doors, said.append)
    assert list(ended.attempts["deadly"].faults) == [CRASHED]
    assert ended.attempts["harmless"].n_tried == 20
    assert f"deadly: {CRASHED}" in said
    assert said[-1] == "40 of 40 tried"


def test_choices_of_nothing_are_ordinary():
    choices = Choices(b"")
    assert (choices.pick("abc"), choices.below(5), choices.chance(0.9), choices.rarely()) == ("a", 0, False, False)
    assert choices.some(lambda one: one.byte(), 3) == []


def test_choices_reach_far():
    picked = {Choices(bytes([high, low])).below(600) for high in range(3) for low in range(256)}
    assert {0, 255, 256, 511} <= picked
