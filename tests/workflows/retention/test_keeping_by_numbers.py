"""``clean`` by numbers of dates and iterations: nothing goes that serves, is pinned, is being read or is needed."""

import datetime as dt
import itertools
import shutil

import pyarrow as pa
import pytest

from storage_tiers import TIERS, Version, open_dataset
from storage_tiers.random_access import RandomAccess
from storage_tiers.random_access.lmdb_tier import RandomAccessTier
from storage_tiers.versioned.staging import Provenance
from storage_tiers.versioned.versions import VARIANTS, published_versions
from workflows.luigi_cfg import SettingsError
from workflows.operations.run_lock import RUNS_FOLDER
from workflows.retention.clean_report import lines_of_clean
from workflows.retention.cleaning import clean
from workflows.retention.going_back import JOINS
from workflows.retention.pins import Pin, put_pin
from workflows.settings.of_retention import read_kept
from workflows.tasks.faults import published_faults, tier_faults

DAYS = [dt.date(2026, 11, 17) + dt.timedelta(days=number) for number in range(4)]
ALL = [Version(day, iteration) for day in DAYS for iteration in (1, 2)]
ROWS = pa.table({"board_id": [1, 2, 3], "n_pins": [1, 2, 3]})


@pytest.fixture(scope="session")
def four_dates(tmp_path_factory, publish):
    """Four dates with facts and two iterations of joins made from them, all in all tiers; the newest serves."""
    root = tmp_path_factory.mktemp("four-dates")
    for day in DAYS:
        facts = publish(root, ROWS, "facts", n_parts=1, date=day, iteration=0)
        made_from = Provenance(inputs=[facts.manifest.as_input()])
        for number, name, variant in itertools.product((1, 2), JOINS, VARIANTS):
            publish(root, ROWS, name, n_parts=1, variant=variant, date=day, iteration=number, provenance=made_from)
    for tier, version in itertools.product((tier(root) for tier in TIERS), ALL):
        for name in JOINS:
            tier.load(open_dataset(root, name, tier.variant, version.date, version.iteration))
    for tier in (tier(root) for tier in TIERS):
        tier.advance(dict.fromkeys(JOINS, ALL[-1]))
    return root


@pytest.fixture
def output(four_dates, tmp_path):
    """A copy of the four dates, to change."""
    return shutil.copytree(four_dates, tmp_path / "output")


def cleaned(output, dates="0", iterations="0", **more):
    done = clean(output, keep_dates=read_kept(dates), keep_iterations=read_kept(iterations), **more)
    assert [*published_faults(output, every_byte=True)] == []
    assert [fault for fault in tier_faults(output) if "receipt" not in str(fault)] == []  # none was written
    return [*lines_of_clean(done)]


def in_tier(output, name="pin_joins", tier=RandomAccessTier):
    return tier(output).versions(name)


@pytest.mark.parametrize(
    ("dates", "iterations", "stays"),
    [
        ("0", "0", ALL),
        ("2", "0", ALL[4:]),
        ("0", "1", ALL[1::2]),
        ("3", "1", ALL[3::2]),
        ("99", "99", ALL),
        ("1", "1", ALL[-1:]),
        ("1 pin_joins:2", "0", ALL[4:]),
        ("1 board_joins:2", "0 pin_joins:1", ALL[-1:]),
    ],
)
def test_so_many_dates_and_iterations_stay_published_and_in_each_tier(output, dates, iterations, stays):
    cleaned(output, dates, iterations)
    assert published_versions(output, "pin_joins") == published_versions(output, "pin_joins", "light") == stays
    assert [in_tier(output, tier=tier) for tier in TIERS] == [stays] * len(TIERS)


def test_a_tier_may_keep_fewer_or_more_than_is_published(output):
    cleaned(output, "3 random_access:1 random_access/user_joins:4 debugging:2")
    assert published_versions(output, "pin_joins") == ALL[2:]
    assert in_tier(output) == ALL[6:]
    assert in_tier(output, "user_joins") == ALL  # a copy needs no published files
    assert {tier.name: in_tier(output, tier=tier) for tier in TIERS if not tier.copies} == {
        "sql_batch": ALL[2:],
        "hive_batch": ALL[2:],
        "debugging": ALL[4:],
    }


def test_what_newer_versions_were_made_from_stays_however_few_dates_of_it_are_wanted(output):
    lines = cleaned(output, "2 facts:1")
    assert [version.date for version in published_versions(output, "facts")] == DAYS[2:]
    assert f"kept: 1 version (facts); board_joins {ALL[5]} was made from it" in lines or any(
        line.startswith("kept: 1 version (facts); ") and "was made from it" in line for line in lines
    )


def test_what_serves_stays_in_whatever_tier_it_does(output):
    RandomAccessTier(output).make_current({"pin_joins": ALL[0]})
    lines = cleaned(output, "1", "1")
    assert published_versions(output, "pin_joins") == [ALL[0], ALL[-1]]
    assert in_tier(output) == [ALL[0], ALL[-1]]
    assert published_versions(output, "board_joins") == ALL[-1:]
    assert "kept: 2 versions (pin_joins); it serves in random access" in lines
    assert "kept in random access: 1 version (pin_joins); it serves in random access" in lines


def test_what_is_pinned_stays_with_what_it_was_made_from(output):
    put_pin(output, Pin(DAYS[0], 1, "user_joins"), "asked for by Ada")
    put_pin(output, Pin(DAYS[1]))
    lines = cleaned(output, "1")
    assert published_versions(output, "user_joins") == [ALL[0], *ALL[2:4], *ALL[6:]]
    assert in_tier(output, "user_joins") == [ALL[0], *ALL[2:4], *ALL[6:]]
    assert published_versions(output, "pin_joins") == [*ALL[2:4], *ALL[6:]]
    assert [version.date for version in published_versions(output, "facts")] == [DAYS[0], DAYS[1], DAYS[3]]
    assert (
        "kept: 2 versions (user_joins); it is pinned by date=2026-11-17 iteration=1 of user_joins (asked for by Ada)"
        in lines
    )


def test_the_newest_complete_version_stays_where_newer_ones_are_not_complete(output, publish):
    publish(output, ROWS, "pin_joins", date=DAYS[3] + dt.timedelta(days=1))
    lines = cleaned(output, "1")
    assert ALL[-1] in published_versions(output, "pin_joins")
    assert any("newest complete version" in line for line in lines)


def test_a_damaged_version_takes_no_place_away_from_a_sound_one(output):
    place = open_dataset(output, "pin_joins", date=DAYS[2]).place
    place.damage_mark.write_text("found to be damaged")
    clean(output, keep_dates=read_kept("0"), keep_iterations=read_kept("1"))
    assert published_versions(output, "pin_joins", date=DAYS[2]) == ALL[4:6]


def test_a_dry_run_says_what_a_clean_does_and_changes_nothing(output):
    before = sorted(path for path in output.rglob("*") if path.name != ".lock")
    planned = cleaned(output, "2", only_plan=True)
    assert sorted(path for path in output.rglob("*") if path.name != ".lock") == before
    assert planned[0] == "to be removed: 2 dates, 2026-11-17 to 2026-11-18: 26 versions of 4 datasets, 48 in tiers"
    assert "  facts: 2026-11-17 0 to 2026-11-18 0, 2 versions each" in planned
    assert (
        "  in random access: board_joins, pin_joins, user_joins: 2026-11-17 1 to 2026-11-18 2, 4 versions each"
        in planned
    )
    assert planned[-2] == "kept: 26 versions within keep_dates = 2, keep_iterations = 0"
    done = cleaned(output, "2")
    assert [line.replace("to be removed", "removed") for line in planned[:-1]] == done[:-1]
    assert cleaned(output, "2")[0] == "nothing is beyond keep_dates = 2, keep_iterations = 0 that may go"


def test_settings_say_what_is_kept_and_options_go_before_them(output, configure):
    with pytest.raises(SettingsError, match="--keep-dates N and --keep-iterations N, which"):
        clean(output)
    configure("retention", keep_dates="3 random_access:1", keep_iterations=1)
    clean(output, keep_iterations=read_kept("0"))
    assert (published_versions(output, "pin_joins"), in_tier(output)) == (ALL[2:], ALL[6:])
    clean(output)
    assert published_versions(output, "pin_joins") == ALL[3::2]
    with pytest.raises(SettingsError, match="in one way"):
        clean(output, keep_days=1, keep_dates=read_kept("1"))


@pytest.mark.parametrize(
    "text",
    ["", "-1", "1 1", "x", "facts", "facts:x", "facts:1 facts:2", "nope:1", "sql:1", "facts/random_access:1", "1.5"],
)
def test_words_that_are_none_are_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011 - the settings say what it must be
        read_kept(text)


def test_words_are_written_as_they_are_read():
    text = "30 facts:7 random_access:3 random_access/pin_joins:0"
    assert str(read_kept(text)) == text


READER = """
import sys
from storage_tiers.random_access import RandomAccess
with RandomAccess(sys.argv[1], "pin_joins", date=sys.argv[2], iteration=1) as reader:
    for line in sys.stdin:
        if line.strip() == "again":
            with RandomAccess(sys.argv[1], "pin_joins", date=sys.argv[2], iteration=1) as second:
                print(second.get(1)["n_pins"], flush=True)
        else:
            print(reader.get(1)["n_pins"], flush=True)
"""


def ask(process, word):
    process.stdin.write(f"{word}\n")
    process.stdin.flush()
    return process.stdout.readline().strip()


def test_what_another_process_reads_stays_until_it_ends_and_can_be_opened_again(output, run_python):
    with run_python(READER, output, DAYS[0]) as reader:
        assert ask(reader, "get") == "1"
        lines = cleaned(output, "1")
        assert in_tier(output) == [ALL[0], *ALL[6:]]
        assert "kept in random access: 1 version (pin_joins); it is being read" in lines
        assert published_versions(output, "pin_joins") == ALL[6:]
        assert [ask(reader, word) for word in ("get", "again")] == ["1", "1"]
        with pytest.raises(Exception, match="is being read for random access and can't be dropped"):
            RandomAccessTier(output).drop("pin_joins", ALL[0])
        reader.stdin.close()
        reader.wait()
    cleaned(output, "1")
    assert in_tier(output) == ALL[6:]


def test_what_begins_to_be_read_after_the_plan_stays(output, monkeypatch):
    with RandomAccess(output, "pin_joins", date=DAYS[0], iteration=1) as reader:
        monkeypatch.setattr(RandomAccessTier, "is_being_read", lambda *_given: False)
        lines = cleaned(output, "1")
        assert reader.get(1)
    assert "kept in random access: 1 version (pin_joins); it is being read" in lines
    assert in_tier(output) == [ALL[0], *ALL[6:]]
    assert RandomAccessTier(output).dropped("pin_joins") == {*ALL[1:6]}


HOLDER = """
import sys
from pathlib import Path
from contextlib import ExitStack
from storage_tiers import open_dataset
from storage_tiers.guards.leases import leased
from workflows.operations.run_lock import day_locked
import datetime as dt
with ExitStack() as stack:
    output, date = Path(sys.argv[1]), dt.date.fromisoformat(sys.argv[2])
    place = open_dataset(output, "pin_joins", date=date, iteration=1).place
    stack.enter_context(day_locked(output, date) if sys.argv[3] == "run" else leased(place.found_manifest))
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.mark.parametrize(("holds", "stays"), [("run", ALL[:2]), ("reading", ALL[:1])])
def test_a_date_that_a_run_works_on_and_a_published_version_that_is_read_stay(output, run_python, holds, stays):
    with run_python(HOLDER, output, DAYS[0], holds) as holder:
        assert holder.stdout.readline() == "held\n"
        lines = cleaned(output, "1")
        assert published_versions(output, "pin_joins") == [*stays, *ALL[6:]]
        said = "it is being worked on by process" if holds == "run" else "kept: 1 version (pin_joins); it is being read"
        assert any(said in line for line in lines)
        holder.stdin.close()
        holder.wait()
    cleaned(output, "1")
    assert published_versions(output, "pin_joins") == ALL[6:]
    assert (output / RUNS_FOLDER).exists() == (holds == "run")
