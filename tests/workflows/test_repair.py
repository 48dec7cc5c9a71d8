"""What is lost or damaged is found by ``verify``, made again by ``run --repair``, and is then what it was before."""

import datetime as dt
import json
import shlex
import shutil
from pathlib import Path

import pytest

from storage_tiers import TIERS, DamagedVersionError, DatasetError, Version, open_dataset, open_tier
from storage_tiers.versioned.manifest import read_manifest
from storage_tiers.versioned.staging import DatasetSpec, Provenance, stage_dataset
from storage_tiers.versioned.verification import settle
from workflows.catalog import JOIN_DATASETS
from workflows.commands.days.rebuild import rebuild_day
from workflows.commands.days.run import run_day
from workflows.commands.outputs.status import problems_of, status_of
from workflows.commands.outputs.verify import verify_output
from workflows.luigi_cfg import FAILED, OTHER_INPUT
from workflows.tasks.faults import places_of, tier_faults
from workflows.tasks.repair import mend_announced

DAY = dt.date(2026, 11, 20)
LAST = "date=2026-11-20/iteration=2"
MAKE_AGAIN = "make it again, with the --input of its run: "
REMEDY = "interest-graph run --repair --date 2026-11-20 --output "


@pytest.fixture
def output(built_day, tmp_path):
    """A copy of what the day built, to be damaged."""
    shutil.copytree(built_day.output_root, tmp_path / "output")
    for tier in ("sql_batch", "hive_batch"):  # they name the folder that was copied
        open_tier(tier, tmp_path / "output").make_current({})
    return tmp_path / "output"


def flip(path: Path, where: float = 0.5) -> None:
    content = bytearray(path.read_bytes())
    content[int(where * len(content))] ^= 1
    path.write_bytes(content)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def write(content: bytes):
    return lambda path: path.write_bytes(content)


def other_parts(path: Path) -> None:
    content = json.loads(path.read_text())
    content["parts"][0]["digest"] = "ab" * 32
    path.write_text(json.dumps(content))


PUBLISHED = {
    "a lost part": (f"pin_joins/full/{LAST}/part-00000.parquet", Path.unlink, "the file is missing"),
    "a lost light part": (f"pin_joins/light/{LAST}/part-00000.parquet", Path.unlink, "the file is missing"),
    "a cut part": ("facts/full/date=2026-11-20/iteration=0/part-00000.parquet", cut, "bytes current="),
    "a cut part of an iteration that nothing asks for": (
        "board_ranks/full/date=2026-11-20/iteration=1/part-00000.parquet", cut, "bytes current="),
    "a flipped bit": (f"board_categories/full/{LAST}/part-00000.parquet", flip, "digest current="),
    "a flipped bit of an iteration that nothing asks for": (
        "pin_features/full/date=2026-11-20/iteration=1/part-00000.parquet", flip, "digest current="),
    "a part that is a folder": (
        f"user_joins/full/{LAST}/part-00000.parquet", lambda path: (path.unlink(), path.mkdir()), "bytes current="),
    "a lost folder": (f"board_joins/full/{LAST}", shutil.rmtree, "iteration=2 is missing"),
    "a lost folder of what is made once": ("users/full/date=2026-11-20", shutil.rmtree, "iteration=0 is missing"),
    "all folders lost of a dataset": (
        "user_joins", lambda path: (shutil.rmtree(path / "full"), shutil.rmtree(path / "light")), "=2 is missing"),
    "everything lost of a dataset": ("board_joins", shutil.rmtree, "the pointer names a version that isn't there"),
    "a lost manifest": (f"pin_joins/_manifests/full/{LAST}.json", Path.unlink, "iteration=2.json is missing"),
    "lost manifests": ("facts/_manifests", shutil.rmtree, "iteration=0.json is missing"),
    "an empty manifest": (f"pin_joins/_manifests/light/{LAST}.json", write(b""), "is no manifest"),
    "a manifest that isn't text": (f"user_features/_manifests/full/{LAST}.json", write(b"\xff\x00"), "is no manifest"),
    "a manifest of other parts": (f"board_joins/_manifests/full/{LAST}.json", other_parts, "does not fit its parts"),
}  # fmt: skip

RANDOM = f"_random_access/pin_joins/{LAST}"
LOADED = {
    "lost rows by key": (f"{RANDOM}/data.mdb", Path.unlink, "data.mdb"),
    "cut rows by key": (f"{RANDOM}/data.mdb", cut, "data.mdb"),
    "a flipped bit of rows by key": (f"{RANDOM}/data.mdb", flip, "digest of data.mdb current="),
    "a flipped bit at the end of rows by key": (
        f"{RANDOM}/data.mdb", lambda path: flip(path, 0.99), "digest of data.mdb current="),
    "a lost description of rows by key": (f"{RANDOM}/_tier.json", Path.unlink, "it isn't there"),
    "an empty description of rows by key": (f"{RANDOM}/_tier.json", write(b""), "_tier.json can't be read"),
    "a lost version of rows by key": (RANDOM, shutil.rmtree, "it isn't there"),
    "everything lost of a dataset by key": ("_random_access/pin_joins", shutil.rmtree, "it isn't there"),
    "a lost database": ("_sql_batch/discovery.duckdb", Path.unlink, "discovery.duckdb: it is missing"),
    "a cut database": ("_sql_batch/discovery.duckdb", cut, "discovery.duckdb: "),
    "an empty database": ("_sql_batch/discovery.duckdb", write(b""), "discovery.duckdb: "),
    "no database": ("_sql_batch/discovery.duckdb", write(b"x" * 20_000), "discovery.duckdb: "),
    "lost statements": ("_hive_batch/pin_joins.sql", Path.unlink, "pin_joins.sql: it is missing"),
    "cut statements": ("_hive_batch/pin_joins.sql", cut, "pin_joins.sql: its lines aren't those"),
    "a flipped bit of statements": ("_hive_batch/pin_joins.sql", flip, "pin_joins.sql: "),
    "lost pointers": ("_*/pin_joins/_CURRENT", Path.unlink, "_CURRENT: it is missing"),
    "wrong pointers": ("_*/pin_joins/_CURRENT", write(b"nonsense"), "is no version"),
    "a lost receipt in each tier": (f"_*/receipts/pin_joins/{LAST}.json", Path.unlink, "no receipt says"),
    "all receipts lost": ("_*/receipts", shutil.rmtree, "no receipt says"),
    "empty receipts": (f"_*/receipts/pin_joins/{LAST}.json", write(b""), "its receipt is of other content"),
    **{f"everything lost of {tier.name}": (f"_{tier.name}", shutil.rmtree, f"{tier.title} pin_joins")
       for tier in TIERS},
}  # fmt: skip
# What a look at sizes and pointers finds, so that the next run makes it again without being asked.
FOUND_BY_ANY_RUN = [
    "a lost light part", "a cut part", "a cut part of an iteration that nothing asks for", "a lost manifest",
    "a lost folder of what is made once", "cut rows by key", "an empty description of rows by key", "a lost database",
    "lost statements", "lost pointers", "wrong pointers", "a lost receipt in each tier", "empty receipts",
]  # fmt: skip


def contents(output: Path) -> dict[str, object]:
    """What all versions hold, and what each tier holds and serves."""
    published = {str(place): read_manifest(place).digest for place in places_of(output)}
    loaded = {}
    for tier in (tier(output) for tier in TIERS):
        for spec in JOIN_DATASETS:
            held = tier.verify(spec.name, tier.current(spec.name))
            loaded[tier.name, spec.name] = (held.version, held.source_digest, held.n_rows, held.is_current)
    return published | loaded


def damage(output: Path, what: str) -> tuple[str, int]:
    """Damage what a pattern names; return what ``verify`` says then, and how often at least."""
    pattern, do, told = (PUBLISHED | LOADED)[what]
    paths = sorted(output.glob(pattern))
    for path in paths:
        do(path)
    return told, len(paths)


@pytest.mark.parametrize("what", [*PUBLISHED, *LOADED])
def test_what_is_lost_or_damaged_is_found_and_mended(built_day, day_of, output, capsys, what):
    before = contents(output)
    told, n_told = damage(output, what)
    found = verify_output(output)
    assert n_told >= 1
    assert sum(told in line for line in found.lines) >= n_told
    assert all(REMEDY + str(output) in line for line in found.lines)
    assert run_day(day_of(built_day.input_root, output), repair=True) == 0, capsys.readouterr().err
    assert verify_output(output).lines == []
    assert contents(output) == before
    assert not list(output.rglob("*.damaged"))
    assert problems_of(status_of(output)) == []


@pytest.mark.parametrize("what", FOUND_BY_ANY_RUN)
def test_the_next_run_makes_again_what_is_lost_without_being_asked(built_day, day_of, output, capsys, what):
    before = contents(output)
    damage(output, what)
    assert run_day(day_of(built_day.input_root, output)) == 0
    assert "nothing to do" not in capsys.readouterr().err
    assert verify_output(output).lines == []
    assert contents(output) == before


def test_a_repair_makes_what_is_damaged_and_nothing_else(built_day, day_of, output):
    flip(output / "board_ranks/full/date=2026-11-20/iteration=1/part-00000.parquet")
    before = {path: path.stat().st_ino for path in output.rglob("*.parquet")}
    assert run_day(day_of(built_day.input_root, output, iterations=1), repair=True) == 0  # and adds no iteration
    after = {path: path.stat().st_ino for path in output.rglob("*.parquet")}
    assert {path.parents[3].name for path in before if before[path] != after.get(path)} == {"board_ranks"}
    assert before.keys() == after.keys()


def test_a_repair_with_nothing_to_do_says_so(built_day, day_of, output, capsys):
    assert run_day(day_of(built_day.input_root, output), repair=True) == 0
    assert capsys.readouterr().err.startswith("nothing to do")


@pytest.mark.parametrize(
    ("iteration", "code", "told"),
    [
        (2, OTHER_INPUT, "iteration=2 would mix both, so nothing was built"),
        (1, FAILED, "what was lost or damaged can't be made again as it was: digest before="),
    ],
)
def test_what_can_not_be_made_as_it_was_stays_and_is_told(built_day, day_of, output, capsys, iteration, code, told):
    broken = output / f"board_ranks/full/date=2026-11-20/iteration={iteration}/part-00000.parquet"
    flip(broken)
    content = broken.read_bytes()
    day = day_of(built_day.input_root, output, damping=0.5)
    assert run_day(day, repair=True) == code
    said = capsys.readouterr().err
    assert told in said
    assert "interest-graph rebuild" in said
    assert broken.read_bytes() == content
    with pytest.raises(DamagedVersionError, match=r"it was found to be damaged \(digest current="):
        open_dataset(output, "board_ranks", iteration=iteration)
    assert run_day(day_of(built_day.input_root, output)) == 0  # the setting as it was
    assert verify_output(output).lines == []


def test_a_version_that_came_back_from_a_backup_is_marked_no_longer(built_day, day_of, output):
    part = output / f"user_joins/full/{LAST}/part-00000.parquet"
    content = part.read_bytes()
    flip(part)
    (place,) = [place for place in places_of(output) if place.folder == part.parent]
    settle(place)
    part.write_bytes(content)
    (line,) = verify_output(output).lines
    assert "iteration=2.damaged says that it is damaged, which it isn't any more; make it again" in line
    assert run_day(day_of(built_day.input_root, output), repair=True) == 0
    assert verify_output(output).lines == []
    assert part.read_bytes() == content


def test_what_a_tier_lost_is_loaded_again_without_the_raw_input(day_of, output, tmp_path):
    (output / RANDOM / "data.mdb").unlink()
    assert run_day(day_of(tmp_path / "nothing", output)) == 0
    assert verify_output(output).lines == []


def test_a_version_that_was_dropped_from_a_tier_is_not_lost(built_day, day_of, output):
    assert run_day(day_of(built_day.input_root, output, iterations=3)) == 0
    for tier in TIERS:
        opened = tier(output)
        opened.drop("pin_joins", opened.versions("pin_joins")[0])
    assert verify_output(output).lines == []


def test_a_file_that_no_version_knows_is_told_and_left_to_a_person(built_day, day_of, output):
    stray = output / "pin_joins" / "full" / LAST / "part-00099.parquet"
    shutil.copy(stray.with_name("part-00000.parquet"), stray)
    (line,) = verify_output(output).lines
    assert line.startswith(f"{stray} belongs to no version; move it away")
    assert run_day(day_of(built_day.input_root, output), repair=True) == 0
    assert verify_output(output).lines == [line]


def test_manifests_of_an_earlier_release_move_to_their_place(built_day, day_of, output):
    for place in places_of(output):
        place.manifest.rename(place.folder / "_manifest.json")
    assert open_dataset(output, "pin_joins").n_rows
    assert run_day(day_of(built_day.input_root, output)) == 0
    lines = verify_output(output).lines
    assert len(lines) == len(places_of(output))
    assert all("an earlier release put _manifest.json into its folder" in line and REMEDY in line for line in lines)
    assert run_day(day_of(built_day.input_root, output), repair=True) == 0
    assert verify_output(output).lines == []
    assert not list(output.rglob("_manifest.json"))


def test_a_rebuilt_date_is_repaired_under_each_of_its_bases(built_day, day_of, output):
    assert rebuild_day(day_of(built_day.input_root, output)) == 0
    before = contents(output)
    for name, iteration in (("facts", 3), ("board_ranks", 4), ("pin_joins", 2), ("repin_edges", 0)):
        flip(output / f"{name}/full/date=2026-11-20/iteration={iteration}/part-00000.parquet")
    flip(output / "_random_access/user_joins/date=2026-11-20/iteration=2/data.mdb")
    assert len(verify_output(output).lines) == 5
    assert run_day(day_of(built_day.input_root, output), repair=True) == 0
    assert verify_output(output).lines == []
    assert contents(output) == before


def test_a_rebuild_that_is_not_finished_stands_in_no_repairs_way(built_day, day_of, output):
    boards = open_dataset(output, "boards")
    spec = DatasetSpec("boards", boards.schema, "board_id")
    with stage_dataset(output, spec, "full", Version(DAY, 3)) as staging:  # as far as the rebuild came
        staging.publish([staging.writer(0, boards.to_table())], Provenance())
    flip(output / "pin_joins/full" / LAST / "part-00000.parquet")
    assert run_day(day_of(built_day.input_root, output), repair=True) == 0
    assert verify_output(output).lines == []


def test_what_no_run_makes_is_told_and_left(built_day, day_of, output, publish, wide_table, capsys):
    part = publish(output, wide_table(3), "my_boards", n_parts=1).part_paths[0]
    flip(part)
    (line,) = verify_output(output).lines
    assert line.startswith("my_boards/full date=2026-11-20 iteration=1: part-00000.parquet: digest current=")
    assert run_day(day_of(built_day.input_root, output), repair=True) == 0
    assert "my_boards is made by no run, so that none makes it again: publish it" in capsys.readouterr().err


def test_a_later_date_does_not_go_on_without_the_pictures_of_one_that_was_lost(
    built_day, day_of, output, tmp_path, snapshot_writer, capsys
):
    graph, later = built_day.graph, dt.date(2026, 11, 21)
    tables = {"pins": graph.pins, "boards": graph.boards, "users": graph.users}
    snapshot_writer(tmp_path / "input", tables, later)
    shutil.rmtree(output / "picture_members" / "full")
    assert run_day(day_of(tmp_path / "input", output, date=later)) == FAILED
    told = f"is missing; {MAKE_AGAIN}{REMEDY}{output}"
    assert told in capsys.readouterr().err.replace("\n", " ")


def test_verify_tells_a_date_that_is_not_there_and_an_output_that_is_none(output, tmp_path):
    with pytest.raises(DatasetError, match=r"there is no version of date=2026-11-21; dates there: 2026-11-20"):
        verify_output(output, dt.date(2026, 11, 21))
    with pytest.raises(DatasetError, match=r"there is no such folder; give the output folder"):
        verify_output(tmp_path / "nowhere")


def test_the_commands_say_what_is_wrong_and_mend_it(built_day, output, run_command, tmp_path):
    asked = ("--output", output)
    (output / "pin_joins" / "full" / LAST / "part-00000.parquet").unlink()
    wrong = run_command("interest-graph", "verify", *asked, cwd=tmp_path)
    first, last = wrong.stdout.splitlines()
    assert wrong.returncode == 1
    told = "pin_joins/full date=2026-11-20 iteration=2: part-00000.parquet: the file is missing; "
    assert first == f"{told}{MAKE_AGAIN}{REMEDY}{output}"
    assert last.endswith(" datasets under " + str(output) + ", and the tiers: 1 wrong")
    command = shlex.split(first.partition(MAKE_AGAIN)[2])
    mended = run_command(*command, "--input", built_day.input_root, cwd=tmp_path)
    assert mended.returncode == 0, mended.stderr
    right = run_command("interest-graph", "verify", *asked, "--date", "2026-11-20", cwd=tmp_path)
    assert right.returncode == 0
    assert right.stdout.endswith("and the tiers: every byte is as it was written\n")


def test_repairing_any_date_mends_the_file_of_all_dates(output, capsys):
    database = output / "_sql_batch" / "discovery.duckdb"
    database.write_bytes(b"no database")
    mend_announced(database.parents[1])
    assert [fault for fault in tier_faults(database.parents[1], every_byte=True) if "duckdb" in str(fault)] == []
    assert capsys.readouterr().err.startswith(f"  written anew: {database}: ")
    mend_announced(database.parents[1])
    assert capsys.readouterr().err == ""
