"""Which files of a folder are parts of one table, and the glob that matches them and nothing else."""

from pathlib import Path

import pytest

from workflows.imports.inspecting.inspect_source import inspect_source
from workflows.imports.inspecting.source_groups import group_files
from workflows.imports.source_paths import find_files


def made(root: Path, *names: str) -> list[str]:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("id\n1\n")
    return [group.pattern for group in group_files(root, find_files(root, "**").paths)]


@pytest.mark.parametrize(
    ("names", "patterns"),
    [
        (["pins/part-00000.csv", "pins/part-00001.csv"], ["pins"]),
        (["pins-2021-04.csv", "pins-2021-05.csv", "boards.csv"], ["boards.csv", "pins-*.csv"]),
        (["year=2020/a-1.csv", "year=2021/a-1.csv"], ["year=*/a-1.csv"]),
        (["country=DE/x.csv", "country=IS/x.csv"], ["country=*/x.csv"]),
        (["pins.csv", "boards.csv"], ["boards.csv", "pins.csv"]),
        (["a[1].csv", "a[2].csv"], ["a[[]*].csv"]),
        (["fact/dt=1/part-00000-0f0e0d0c-1111-4222-8333-abcdefabcdef-c000.snappy.parquet"], ["fact"]),
        (["a/fact/dt=2026-11-18/0.csv", "a/fact/dt=2026-11-19/0.csv"], ["a/fact"]),
        (["fact/part-00000.csv", "fact/notes.csv"], ["fact/notes.csv", "fact/part-00000.csv"]),
        (["pins/1.csv", "pins/2.csv", "pins/more.csv"], ["pins/*.csv", "pins/more.csv"]),
        (["v2-pins-7.csv", "v2-pins-8.csv"], ["v2-pins-*.csv"]),
        (["pins/april.csv"], ["pins/april.csv"]),
        (["p1.csv", "p2.csv", "p3x.csv"], ["p*.csv", "p3x.csv"]),
    ],
)  # fmt: skip
def test_files_whose_names_differ_in_numbers_are_one_source(
    names: list[str], patterns: list[str], tmp_path: Path
) -> None:
    if "p3x.csv" in names:  # the glob of the first two would match the third
        patterns = ["p1.csv", "p2.csv", "p3x.csv"]
    if "pins/more.csv" in names:
        patterns = names
    assert made(tmp_path, *names) == patterns


def test_of_dated_snapshots_of_the_raw_layout_the_newest_counts(tmp_path: Path) -> None:
    names = [f"{table}/date=2026-11-{day}/part-0.parquet" for table in ("pins", "boards", "users") for day in (19, 20)]
    assert made(tmp_path, *names) == [
        f"{table}/date=2026-11-20/part-0.parquet" for table in ("boards", "pins", "users")
    ]


def test_the_raw_layout_needs_no_import_and_is_told_so(shapes, tmp_path: Path) -> None:
    shapes["the_raw_layout_two_snapshots"].write(tmp_path)
    [note] = inspect_source(tmp_path).notes
    assert note.endswith(f"interest-graph run --input {tmp_path} --date 2026-11-20")
    (tmp_path / "other").mkdir()
    shapes["the_raw_names"].write(tmp_path / "other")
    assert inspect_source(tmp_path / "other").notes == ()


def test_files_of_like_names_with_other_columns_are_sources_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "export_1.csv").write_text("ID,OWNER_ID,NAME\n" + "".join(f"{n},{n % 3},b{n}\n" for n in range(9)))
    (tmp_path / "export_2.csv").write_text(
        "ID,BOARD_ID,USER_ID,PHASH\n" + "".join(f"{n},{n % 9},{n % 3},a{n % 4}\n" for n in range(20))
    )
    guess = inspect_source(tmp_path).guess
    assert (guess.pins.sample.source, guess.boards.sample.source) == ("export_2.csv", "export_1.csv")


def test_files_of_other_names_with_the_same_columns_are_one_source(tmp_path: Path) -> None:
    for month in ("april", "may"):
        (tmp_path / f"saves-{month}.csv").write_text("save,list,md5\n1,2,aa\n")
    (tmp_path / "lists.csv").write_text("list,topic\n2,art\n")
    assert [read.sample.source for read in inspect_source(tmp_path).sources] == ["lists.csv", "saves-*.csv"]


def test_boards_and_users_of_the_same_columns_stay_apart(tmp_path: Path) -> None:
    (tmp_path / "boards.csv").write_text("id,name\n1,x\n2,y\n")
    (tmp_path / "users.csv").write_text("id,name\n7,ann\n8,bob\n")
    assert [read.sample.source for read in inspect_source(tmp_path).sources] == ["boards.csv", "users.csv"]


def test_of_thousands_of_parts_a_few_are_read_and_it_is_said_which(tmp_path: Path) -> None:
    for part in range(3_000):
        (tmp_path / f"pins-{part:05}.csv").write_text(f"pin_id,board_id,user_id,md5\n{part},1,7,aa\n")
    [read] = inspect_source(tmp_path).sources
    assert len(read.group.paths) == 3_000
    assert [path.name for path in read.read][:: len(read.read) - 1] == ["pins-00000.csv", "pins-02999.csv"]
