"""What one date lost stops no other date, and neither SQL nor Hive: it is told there alone, until it is made again."""

import datetime as dt
import shutil

import duckdb
import pytest

from joins import GraphShape, generate_graph
from storage_tiers import open_dataset, open_sql
from storage_tiers.registry import announce_anew
from workflows.commands.days.run import run_day
from workflows.commands.outputs.status import problems_of, status_of
from workflows.commands.outputs.verify import verify_output
from workflows.luigi_cfg import MISSING_INPUT

NEXT = dt.date(2026, 11, 21)
OLD_VIEW = "board_features_2026_11_20_iteration_1"


@pytest.fixture
def days(folder, day_of, snapshot_writer):
    """The finished day, of which a narrow dataset has lost its files, and the next one, to be run."""
    announce_anew(folder / "output")  # SQL and Hive name the folder that was copied
    graph = generate_graph(GraphShape(n_pins=300), seed=2, as_of=NEXT)
    snapshot_writer(folder / "input", {"pins": graph.pins, "boards": graph.boards, "users": graph.users}, NEXT)
    for part in (folder / "output/board_features/full/date=2026-11-20/iteration=1").glob("*.parquet"):
        part.unlink()
    return [day_of(folder / "input", folder / "output", date=date) for date in (dt.date(2026, 11, 20), NEXT)]


def test_a_later_day_runs_and_serves_while_an_older_one_is_damaged(days):
    old, new = days
    assert run_day(new) == 0
    with open_sql(new.root) as sql:
        assert len(sql.table("board_joins"))
        with pytest.raises(duckdb.InvalidInputException, match="run --repair --date 2026-11-20"):
            len(sql.table(OLD_VIEW))
    told = verify_output(new.root).lines
    assert told
    assert all(line.startswith("board_features/full date=2026-11-20 iteration=1: ") for line in told)
    assert run_day(old) == 0
    with duckdb.connect(new.root / "_sql_batch" / "discovery.duckdb", read_only=True) as sql:
        assert len(sql.table(OLD_VIEW))
    assert verify_output(new.root).lines == []


def lost_folder(place):
    shutil.rmtree(place.folder)


def lost_manifest(place):
    place.manifest.unlink()


def marked(place):
    place.damage_mark.write_text("a bit is another")


def lost_part(place):
    next(place.folder.glob("*.parquet")).unlink()


def cut_manifest(place):
    place.manifest.write_bytes(place.manifest.read_bytes()[:50])


@pytest.mark.parametrize("damage", [lost_folder, lost_manifest, marked, lost_part, cut_manifest])
@pytest.mark.parametrize("name", ["facts", pytest.param("board_joins", marks=pytest.mark.slow)])
def test_a_run_of_another_date_serves_and_what_is_left_out_is_named(
    folder, day_of, snapshot_writer, capsys, name, damage
):
    announce_anew(folder / "output")
    damage(open_dataset(folder / "output", name).place)
    graph = generate_graph(GraphShape(n_pins=300), seed=2, as_of=NEXT)
    snapshot_writer(folder / "input", {"pins": graph.pins, "boards": graph.boards, "users": graph.users}, NEXT)
    new = day_of(folder / "input", folder / "output", date=NEXT, iterations=1)
    capsys.readouterr()
    assert run_day(new) == 0
    last = capsys.readouterr().err.splitlines()[-1]
    by_names = damage in (lost_folder, lost_manifest, marked)
    assert last.startswith("left out: 1 version of another date is lost or damaged (first: ") == by_names
    status = status_of(new.root)
    assert [line for line in problems_of(status) if not line.startswith("left out: ")] == []
    (told,) = status.left_out
    assert f"{name}/" in told
    assert "date=2026-11-20" in told
    with open_sql(new.root) as sql:
        assert len(sql.table(name)) == open_dataset(new.root, name, date=NEXT).n_rows


def test_what_cannot_be_made_again_may_be_given_up_as_it_is_said(days, capsys):
    old, _ = days
    assert run_day(old, repair=True) == 0
    shutil.rmtree(old.root / "facts" / "full")
    for table in ("pins", "boards", "users"):
        shutil.rmtree(f"{old.input_root}/{table}/date=2026-11-20")
    capsys.readouterr()
    assert run_day(old, repair=True) == MISSING_INPUT
    folder = old.root / "facts/full/date=2026-11-20/iteration=0"
    manifest = old.root / "facts/_manifests/full/date=2026-11-20/iteration=0.json"
    assert capsys.readouterr().err.splitlines()[-1] == (
        "facts/full date=2026-11-20 iteration=0 can't be made again from what is there; "
        f"to do without it, remove {folder} and rename {manifest} to {manifest.with_suffix('.given_up')}"
    )
    manifest.rename(manifest.with_suffix(".given_up"))
    assert verify_output(old.root).lines == []
