"""`interest-graph show` of any dataset: the rows of a key, at the cost of one footer and one row group of one part."""

import datetime as dt
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from joins.raw.mapped.stable_ids import stable_ids
from storage_tiers import KeyTypeError, VersionNotFoundError, open_dataset
from workflows.commands import looking
from workflows.commands.outputs.show import find_rows
from workflows.luigi_cfg import SettingsError
from workflows.picture_catalog import PICTURE_SIGNATURES

DAY = dt.date(2026, 11, 20)


@pytest.fixture
def shown(built_day, capsys):
    """Run the command in this process, and return what it printed."""

    def show(dataset, key, output=built_day.output_root, **options):
        looking.show(dataset, str(key), str(output), **options)
        return capsys.readouterr().out

    return show


def test_every_dataset_of_a_day_is_found_by_its_keys(built_day):
    names = [path.name for path in built_day.output_root.iterdir() if path.name[0] not in "_."]
    assert len(names) > 10
    for name in names:
        dataset = open_dataset(built_day.output_root, name)
        for key in dataset.to_table([dataset.manifest.key])[0].slice(0, 3).to_pylist():
            found = find_rows(built_day.output_root, name, str(key), "debug", None, None)
            assert found.rows
            assert {row[dataset.manifest.key] for row in found.rows} == {key}


def test_all_rows_of_a_key_are_counted_and_the_first_are_shown(built_day, shown):
    facts = open_dataset(built_day.output_root, "facts").to_table()
    counts = (
        facts.group_by("image_signature").aggregate([("pin_id", "count")]).sort_by([("pin_id_count", "descending")])
    )
    signature, n_pins = counts["image_signature"][0].as_py(), counts["pin_id_count"][0].as_py()
    assert n_pins > 20
    title, _head, *lines = shown("facts", signature).splitlines()
    assert title == f"facts {signature}  (date=2026-11-20 iteration=0, debug): {n_pins:,} rows, the first 20"
    assert sum(not line.startswith("(") for line in lines) == 20
    rows = json.loads(shown("facts", signature, json=True))
    expected = facts.filter(pa.compute.equal(facts["image_signature"], signature)).sort_by("pin_id")
    assert [row["pin_id"] for row in rows] == expected["pin_id"].to_pylist()


def test_what_is_made_once_a_date_is_found_by_every_iteration_of_it(built_day):
    board = open_dataset(built_day.output_root, "boards").to_table(["board_id"])[0][0].as_py()
    for iteration in (None, 0, 1, 2):
        found = find_rows(built_day.output_root, "boards", str(board), None, DAY, iteration)
        assert found.version.iteration == 0
        assert len(found.rows) == 1
    with pytest.raises(VersionNotFoundError, match="board_ranks date=2026-11-20 iteration=9"):
        find_rows(built_day.output_root, "board_ranks", str(board), None, DAY, 9)


def test_a_dataset_with_one_row_a_key_shows_its_fields(built_day, shown):
    board_id = open_dataset(built_day.output_root, "board_ranks").to_table(["board_id"])[0][0].as_py()
    lines = shown("board_ranks", board_id, date=DAY, iteration=1).splitlines()
    assert lines[0] == f"board_ranks {board_id}  (date=2026-11-20 iteration=1, debug)"
    assert lines[1].split() == ["board_id", str(board_id)]
    assert json.loads(shown("board_rank", board_id, json=True))["board_id"] == board_id


def test_joins_are_looked_up_where_that_is_fastest_and_others_where_they_are(built_day):
    key = str(open_dataset(built_day.output_root, "board_joins").to_table(["board_id"])[0][0])
    tiers = [find_rows(built_day.output_root, name, key, None, None, None).tier.short_name
             for name in ("board_join", "board_joins", "board_ranks")]  # fmt: skip
    assert tiers == ["random", "random", "debug"]
    with pytest.raises(VersionNotFoundError, match="board_ranks of any version is not loaded for random access"):
        find_rows(built_day.output_root, "board_ranks", key, "random", None, None)


def test_a_dataset_that_is_none_is_told_with_those_that_are(built_day):
    with pytest.raises(SettingsError, match=r"no dataset 'pins'; allowed: pin_joins, .*, boards, facts, .*users"):
        find_rows(built_day.output_root, "pins", "1", None, None, None)
    with pytest.raises(VersionNotFoundError, match="there is no such folder"):
        find_rows(built_day.output_root / "nowhere", "facts", "1", None, None, None)
    with pytest.raises(VersionNotFoundError, match=r"facts date=2027-01-01 is not loaded .*newest: date=2026-11-20"):
        find_rows(built_day.output_root, "facts", "1", None, dt.date(2027, 1, 1), None)


def test_ids_of_an_import_are_minted_for_ids_alone(tmp_path, publish):
    for name, key, values in (
        ("sites", "site_id", stable_ids(pa.array(["garlic & co"]))),
        ("places", "place", pa.array(["garlic & co"])),
        ("numbers", "row_number", pa.array([7])),
    ):
        publish(tmp_path, pa.table({key: values, "n": [1]}), name, key=key)
    for name, key in (("sites", "garlic & co"), ("places", "garlic & co"), ("numbers", "7")):
        (row,) = find_rows(tmp_path, name, key, None, None, None).rows
        assert row["n"] == 1
    with pytest.raises(KeyTypeError, match="'garlic' is no key of numbers: row_number is int64"):
        find_rows(tmp_path, "numbers", "garlic", None, None, None)


def test_a_key_that_is_not_there_ends_with_1_and_says_so(built_day, capsys):
    with pytest.raises(looking.typer.Exit) as ended:
        looking.show("facts", "feed", str(built_day.output_root))
    assert ended.value.exit_code == 1
    assert "facts feed is not in date=2026-11-20 iteration=0\n" in capsys.readouterr().err


def test_binary_values_and_lists_are_shown(tmp_path, publish, shown):
    table = pa.table({"digest": ["aa"], "views": [[b"\x01\xff", b"\x02"]], "first": [b"\xab"], "tags": [["x", None]]})
    publish(tmp_path, table, PICTURE_SIGNATURES.name, key="digest")
    printed = shown("picture_signatures", "aa", tmp_path)
    assert [line.split() for line in printed.splitlines()[2:]] == [
        ["views", '["01ff",', '"02"]'],
        ["first", "ab"],
        ["tags", '["x",', "null]"],
    ]
    assert json.loads(shown("picture_signatures", "aa", tmp_path, json=True))["views"] == ["01ff", "02"]


class CountedFile(pq.ParquetFile):
    """Counts the footers and row groups that are read."""

    footers, groups = 0, 0

    def __init__(self, *given, **more):
        type(self).footers += 1
        super().__init__(*given, **more)

    def read_row_group(self, *given, **more):
        type(self).groups += 1
        return super().read_row_group(*given, **more)

    def read_row_groups(self, numbers, *given, **more):
        type(self).groups += len(numbers)
        return super().read_row_groups(numbers, *given, **more)

    def read(self, *_given, **_more):
        pytest.fail("a whole part is read")


@pytest.fixture
def read(monkeypatch):
    """Count what a call reads: footers and row groups."""
    monkeypatch.setattr(pq, "ParquetFile", CountedFile)

    def count(call):
        CountedFile.footers = CountedFile.groups = 0
        call()
        return CountedFile.footers, CountedFile.groups

    return count


@pytest.mark.parametrize("key_is_unique", [True, False])
def test_a_key_costs_a_footer_and_a_row_group_and_a_missing_one_no_more(tmp_path, publish, read, key_is_unique):
    table = pa.table({"row_number": range(0, 40_000, 2), "n": range(20_000)})  # five parts of four row groups each
    publish(tmp_path, table, "numbers", key="row_number", key_is_unique=key_is_unique, n_parts=5)
    for key, n_rows in ((0, 1), (19_998, 1), (39_998, 1), (-1, 0), (777, 0), (10**9, 0)):
        footers, groups = read(lambda key=key, n_rows=n_rows: look_up(tmp_path, "numbers", key, n_rows))
        assert footers <= 1
        assert groups <= 1


def look_up(root, name, key, n_rows):
    assert len(find_rows(root, name, str(key), None, None, None).rows) == n_rows


def test_a_key_of_many_rows_costs_their_row_groups_alone(tmp_path, publish, read):
    table = pa.table({"row_number": [1] * 500 + [2] * 2_000 + [3] * 5_000, "n": range(7_500)})
    publish(tmp_path, table, "numbers", key="row_number", key_is_unique=False, n_parts=1)
    footers, groups = read(lambda: look_up(tmp_path, "numbers", 2, 2_000))
    assert (footers, groups) == (1, 3)
