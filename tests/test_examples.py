"""The scripts of ``examples/`` run as their first lines say, on a day that was built."""

import asyncio
import datetime as dt
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq

from serving.answer import Answer
from serving.config_file import read_config
from serving.request import Asked
from serving.service import Service
from storage_tiers import open_dataset
from workflows.commands.days.run import run_day

EXAMPLES = Path(__file__).parents[1] / "examples"
NEXT_DAY = dt.date(2026, 11, 21)


def _run(name: str, *arguments: object) -> str:
    command = [sys.executable, str(EXAMPLES / name), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_related_boards_share_pictures_and_are_not_the_holders(built_day):
    told = _run("related_boards.py", "--output", built_day.output_root)
    pictures = open_dataset(built_day.output_root, "pin_joins", "light").to_table(["image_signature", "boards"])
    picture = told.splitlines()[0].split()[-1]
    row = pictures["image_signature"].to_pylist().index(picture)
    holders = {board["board_id"] for board in pictures["boards"][row].as_py()}
    related = {int(line.split("│")[1]) for line in told.splitlines() if line.startswith("│ 3")}
    assert related
    assert not related & holders


def test_confused_categories_are_those_of_changed_boards(built_day):
    told = _run("confused_categories.py", "--output", built_day.output_root, "--most", 1_000)
    boards = open_dataset(built_day.output_root, "board_joins").to_table(["category_changed", "owner_category"])
    cells = [line.split("│")[3].strip() for line in told.splitlines() if line.startswith("│")]
    counted = [int(cell) for cell in cells if cell.isdecimal()]
    changed = boards.filter(boards["category_changed"])
    assert sum(counted) == changed["owner_category"].is_valid().to_pylist().count(True)


def test_interests_of_a_user_sum_to_one_at_most(built_day):
    told = _run("user_interests.py", "--output", built_day.output_root)
    shares = [float(line.split("%")[0].split()[-1]) for line in told.splitlines() if "%" in line]
    assert shares
    assert 99 < sum(shares) < 100.5  # five at most are shown, each rounded


def test_a_user_that_is_not_there_is_told(built_day):
    command = [
        sys.executable,
        str(EXAMPLES / "user_interests.py"),
        "--output",
        str(built_day.output_root),
        "--user",
        "-7",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.strip()[:11]) == (1, "user -7 is ")


def test_a_picture_that_gained_pins_rises(built_day, day_of, snapshot_writer, tmp_path):
    output = shutil.copytree(built_day.output_root, tmp_path / "output")
    tables = {name: pq.read_table(built_day.input_root / name) for name in ("pins", "boards", "users")}
    tables = {name: table.select([n for n in table.column_names if n != "date"]) for name, table in tables.items()}
    joins = open_dataset(output, "pin_joins", "light").to_table(["image_signature", "n_pins"])
    lost = joins["image_signature"][joins["n_pins"].to_numpy().argmax()].as_py()
    pins = tables["pins"]
    is_lost = [signature == lost for signature in pins["image_signature"].to_pylist()]
    # What is not among the pins of the later date has fallen, and seen from the later one the earlier has risen.
    tables["pins"] = pins.filter([not gone for gone in is_lost])
    snapshot_writer(tmp_path / "input", tables, NEXT_DAY)
    assert run_day(day_of(tmp_path / "input", output, date=NEXT_DAY)) == 0
    dates = ("--before", NEXT_DAY, "--after", built_day.date)
    told = _run("rising_pictures.py", "--output", output, "--most", 1, *dates)
    assert lost in told


def test_ranks_of_an_edge_list_are_printed(tmp_path):
    (tmp_path / "edges.csv").write_text("src,dst\n1,2\n3,2\n2,1\n")
    first = _run("pagerank_of_edges.py", tmp_path / "edges.csv").splitlines()
    assert first[0].startswith("3 nodes")
    assert first[1].split() == ["2", "0.486486"]  # r2 = .05 + .85 (r1 + r3), r1 = .05 + .85 r2, r3 = .05


def test_example_plans_answer_on_a_day_with_lists_that_have_objects(built_day):
    pictures = open_dataset(built_day.output_root, "pin_joins", "light").to_table(["image_signature", "boards"])
    most_boards = max(pictures.to_pylist(), key=lambda row: len(row["boards"]))
    owners = open_dataset(built_day.output_root, "board_joins", "light").to_table(["user_id"])["user_id"].drop_null()
    given = {"image_signature": most_boards["image_signature"], "user_id": owners[0].as_py()}
    config = read_config(EXAMPLES / "serving" / "serving.toml", str(built_day.output_root))

    async def answers() -> list[Answer]:
        service = Service(config)
        await service.start()
        try:
            return [
                await service.answer(
                    Asked(name, {one: given[one] for one in given if one in plan.parameters}, deadline_ms=60_000)
                )
                for name, plan in service.plans().items()
            ]
        finally:
            await service.close()

    came = asyncio.run(answers())
    assert {answer.plan for answer in came} == {path.stem for path in (EXAMPLES / "serving" / "plans").glob("*.toml")}
    for answer in came:
        assert not answer.partial
        assert [one.name for one in answer.lists if not one.objects] == []
