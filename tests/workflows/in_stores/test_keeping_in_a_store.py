"""Pins, readers and cleans of an output in a store: pins lie there, leases in the local folder of this machine."""

import datetime as dt

import pyarrow as pa
import pytest

from storage_tiers import Version, published_versions
from storage_tiers.debugging import DebuggingTier
from storage_tiers.guards.leases import is_version_leased
from storage_tiers.stores.address import in_store, root_of
from storage_tiers.stores.local_home import use_work_folder
from workflows.retention.clean_report import lines_of_clean
from workflows.retention.cleaning import clean
from workflows.retention.pins import Pin, held_pins, put_pin, remove_pin
from workflows.settings.of_retention import read_kept

DAYS = [dt.date(2026, 11, 18) + dt.timedelta(days=number) for number in range(3)]
ROWS = pa.table({"board_id": [1, 2, 3], "n_pins": [1, 2, 3]})


@pytest.fixture
def output(s3_root, publish):
    """Three dates of one dataset, in a store."""
    root = in_store(root_of(s3_root))
    for day in DAYS:
        publish(root, ROWS, "board_joins", n_parts=2, date=day)
    return root


def dates_there(output):
    return [version.date for version in published_versions(output, "board_joins")]


def cleaned(output, **more):
    return clean(output, keep_dates=read_kept("1"), keep_iterations=read_kept("0"), **more)


def test_a_pin_in_a_store_holds_for_every_machine(output, tmp_path):
    put_pin(output, Pin(DAYS[0]), "for the audit")
    use_work_folder(tmp_path / "another machine")
    (held,) = held_pins(output)
    assert (held.pin, held.note) == (Pin(DAYS[0]), "for the audit")
    planned = cleaned(output, only_plan=True)
    assert [str(one) for one in planned.plan.removed] == [f"board_joins date={DAYS[1]} iteration=1"]
    assert dates_there(output) == DAYS
    cleaned(output)
    assert dates_there(output) == [DAYS[0], DAYS[2]]
    remove_pin(output, Pin(DAYS[0]))
    assert held_pins(output) == []
    cleaned(output)
    assert dates_there(output) == DAYS[2:]


def test_what_is_being_read_on_this_machine_stays(output):
    version = Version(DAYS[0], 1)
    tier = DebuggingTier(output)
    rows = tier.scan("board_joins", None, version.date, version.iteration)
    next(rows)
    assert is_version_leased(tier.place("board_joins", version))
    assert "it is being read" in "\n".join(lines_of_clean(cleaned(output)))
    assert dates_there(output) == [DAYS[0], DAYS[2]]
    rows.close()
    assert not is_version_leased(tier.place("board_joins", version))
    cleaned(output)
    assert dates_there(output) == DAYS[2:]


def test_the_commands_of_keeping_work_on_an_address(output, run_command, tmp_path):
    for words, code, said in (
        (["pin", str(DAYS[0]), "--note", "why"], 0, f"pinned: date={DAYS[0]} (why)"),
        (["pin", "2026-11-01"], 2, "there is no version date=2026-11-01"),
        (["unpin", str(DAYS[1])], 2, f"pins there: date={DAYS[0]}"),
        (["status"], 1, "why"),
        (["diff", "board_joins", str(DAYS[0]), str(DAYS[1])], 0, "board_joins"),
        (["show", "board_joins", "2", "--tier", "debug"], 0, "n_pins"),
        (["sql", "SELECT sum(n_pins) AS n FROM board_joins"], 0, "6"),
        (["sql", "SELECT sum(n_pins) FROM board_joins", "--date", str(DAYS[1]), "--csv"], 0, "6"),
        (["sql", "SELECT 1 FROM '/etc/passwd'"], 2, "error: query"),
        (["clean", "--keep-dates", "1", "--dry-run"], 0, "date=2026-11-18"),
        (["verify"], 1, "3 versions of 1 datasets"),  # no tier was loaded
    ):
        done = run_command("interest-graph", *words, "--output", str(output), cwd=tmp_path)
        told = done.stdout + done.stderr
        assert "Traceback" not in told
        assert (done.returncode, said in told) == (code, True), (words, done.returncode, told)
