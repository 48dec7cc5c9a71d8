"""A few trials of each kind: the harness finds nothing, and finds what it must."""

import pytest

from tests.faults.aftermath import note_message
from tests.faults.campaign import Trial, kill_trials, try_one
from tests.faults.every_scenario import BY_NAME, SCENARIOS
from tests.faults.injections.every_injection import INJECTIONS
from tests.faults.outcome import Outcome
from tests.faults.polling import Reader
from tests.faults.processes import Ended
from tests.faults.scenario import RAW
from tests.faults.table import lines_of
from tests.faults.workshop import Workshop

FEW = (
    Trial("kill", "import --overwrite", 2),
    Trial("step", "import --overwrite", 30),
    Trial("kill", "first day", 3),
    Trial("step", "first day", 200),
    Trial("fault", "disk full", 5),
    Trial("fault", "read-only disk", 1),
)


@pytest.fixture
def workshop(tmp_path):
    workshop = Workshop(tmp_path, BY_NAME)
    yield workshop
    workshop.close()


@pytest.mark.slow
def test_a_few_trials_find_nothing(workshop):
    outcomes = [try_one(workshop, trial) for trial in FEW]
    assert [fault for outcome in outcomes for fault in (outcome.what, *outcome.faults) if not outcome.is_good] == []
    assert sum(outcome.injected for outcome in outcomes) >= len(FEW) - 2  # some machines let nobody mount


def test_kills_are_dealt_out_to_all_scenarios_and_follow_from_their_seed():
    trials = kill_trials(200, 7)
    assert {trial.name for trial in trials} == set(BY_NAME)
    assert len(set(trials)) == len(trials) >= 200 - len(SCENARIOS)
    assert trials == kill_trials(200, 7)
    assert not set(trials) & set(kill_trials(200, 8))


def test_every_scenario_stands_on_another_or_on_raw_input():
    assert {scenario.after for scenario in SCENARIOS} <= {*BY_NAME, RAW}
    assert all(injection.cases for injection in INJECTIONS.values())


def test_a_reader_notes_a_part_that_is_not_what_was_published(built_day, tmp_path):
    sound = Reader(built_day.output_root)
    sound.look()
    assert sound.what_was_seen() == []
    torn = Reader(tmp_path)
    lay = tmp_path / "facts" / "full" / "date=2026-11-20" / "iteration=0"
    lay.mkdir(parents=True)
    torn.look()
    assert torn.what_was_seen() == []  # no manifest: not published
    manifest = tmp_path / "facts" / "_manifests" / "full" / "date=2026-11-20" / "iteration=0.json"
    manifest.parent.mkdir(parents=True)
    source = built_day.output_root / "facts" / "_manifests" / "full" / "date=2026-11-20" / "iteration=0.json"
    manifest.write_bytes(source.read_bytes())
    torn.look()
    assert any("part-00000.parquet" in line for line in torn.what_was_seen())


@pytest.mark.parametrize(
    ("ended", "why"),
    [
        (Ended(0, ""), "exit code 0"),
        (Ended(2, "error: disk; make room\nTraceback ..."), "a trace"),
        (Ended(2, "killed"), "it says no error"),
        (Ended(2, "error: disk"), "it doesn't say make room"),
    ],
)
def test_a_message_that_does_not_do_is_noted(ended, why):
    outcome = Outcome("disk full", "a case")
    note_message(outcome, ended, "disk", "make room")
    assert outcome.wrong_message.startswith(why)
    assert not outcome.is_good
    assert any(outcome.what in line for line in lines_of([outcome], {}))
