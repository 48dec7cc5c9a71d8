"""The random access tier answers by key what the light dataset holds, through loads, swaps and faults."""

import datetime as dt
import subprocess
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage_tiers import DamagedVersionError, Dataset, DatasetError, KeyTypeError, Version, VersionNotFoundError
from storage_tiers.light import project_light
from storage_tiers.random_access import RandomAccess, RandomAccessTier
from storage_tiers.random_access.encoding.decoded_rows import row_decoder
from storage_tiers.random_access.keys import encode_key, encode_keys
from storage_tiers.random_access.values import encode_rows, value_layout
from storage_tiers.tier import TierOptions

FRIDAY = dt.date(2026, 11, 20)
SATURDAY = dt.date(2026, 11, 21)
RANKS = pa.table({"board_id": [1, 2, 3, 4], "page_rank": [0.1, 0.2, 0.3, 0.4]})
OTHER_RANKS = pa.table({"board_id": [1, 2, 3, 4, 5], "page_rank": [0.5] * 5})

LOADER = """
import sys
from storage_tiers import open_dataset
from storage_tiers.random_access import RandomAccessTier
dataset = open_dataset(sys.argv[1], "board_ranks")
print("ready", flush=True)
sys.stdin.readline()
def report(n_done, n_steps):
    if sys.argv[2] == "stop" and n_done > n_steps / 2:
        print("half", flush=True)
        sys.stdin.readline()
RandomAccessTier(sys.argv[1]).serve(dataset, report)
print("loaded", flush=True)
"""


def test_every_row_comes_back_as_it_is_in_the_light_dataset(
    tmp_path: Path, publish: Callable[..., Dataset], wide_table: Callable[[int], pa.Table]
) -> None:
    light = project_light(wide_table(60))
    loaded = RandomAccessTier(tmp_path).serve(publish(tmp_path, light, variant="light"))
    assert (loaded.version, loaded.n_rows) == (Version(FRIDAY, 1), 60)
    with RandomAccess(tmp_path, "board_joins") as boards:
        assert len(boards) == 60
        for row in light.to_pylist():
            found = boards.get(row["board_id"])
            assert found == row
            assert list(found) == light.column_names


def test_a_time_comes_back_aware_and_in_utc(
    tmp_path: Path, publish: Callable[..., Dataset], wide_table: Callable[[int], pa.Table]
) -> None:
    RandomAccessTier(tmp_path).serve(publish(tmp_path, wide_table(1), variant="light"))
    with RandomAccess(tmp_path, "board_joins") as boards:
        assert boards.get(0)["created_at"] == dt.datetime(2026, 1, 2, 3, 4, 5, 678_000, dt.UTC)


def test_of_light_rows_the_unset_fields_are_not_stored_and_of_full_ones_all_are(
    tmp_path: Path, publish: Callable[..., Dataset], wide_table: Callable[[int], pa.Table]
) -> None:
    full = wide_table(6)
    assert full["pins"].to_pylist()[5] == [0, 1, 2, 3, 4]
    for iteration, variant, table in ((1, "light", project_light(full)), (2, "full", full)):
        dataset = publish(tmp_path, table, variant=variant, iteration=iteration)
        loaded = RandomAccessTier(tmp_path).serve(dataset)
        layout = RandomAccessTier(tmp_path).loaded("board_joins", loaded.version).layout
        assert ("pins" in [field.name for field in layout.stored]) == (variant == "full")
        with RandomAccessTier(tmp_path).reader("board_joins") as boards:
            assert (loaded.variant, boards.variant) == (variant, variant)
            assert boards.get_many(table["board_id"].to_pylist()) == table.to_pylist()


def test_a_key_that_is_not_there_is_none_and_one_of_another_type_is_an_error(
    tmp_path: Path, publish: Callable[..., Dataset]
) -> None:
    RandomAccessTier(tmp_path).serve(publish(tmp_path, RANKS, "board_ranks"))
    with RandomAccess(tmp_path, "board_ranks") as ranks:
        assert ranks.get(7) is None
        assert ranks.get(-(2**63)) is None
        assert ranks.get("2") == {"board_id": 2, "page_rank": 0.2}
        for key in ("attic", 2**63):
            with pytest.raises(KeyTypeError, match="is no key of board_ranks: board_id is int64"):
                ranks.get(key)


def test_keys_may_be_text(tmp_path: Path, publish: Callable[..., Dataset]) -> None:
    signatures = [f"{n * 7919:016x}" for n in range(50)]
    table = pa.table({"n_pins": range(50), "image_signature": signatures})
    RandomAccessTier(tmp_path).serve(publish(tmp_path, table, "pin_joins", key="image_signature"))
    with RandomAccess(tmp_path, "pin_joins") as pins:
        assert [pins.get(key)["n_pins"] for key in signatures] == [*range(50)]
        for absent in ("", "0", "x" * 600, 7):
            assert pins.get(absent) is None


def test_an_empty_key_is_named_before_anything_serves(tmp_path: Path, publish: Callable[..., Dataset]) -> None:
    dataset = publish(tmp_path, pa.table({"link": ["a", "", "x" * 511]}), "links", key="link")
    with pytest.raises(DatasetError, match=r"1 of \d keys of link are empty"):
        RandomAccessTier(tmp_path).serve(dataset)
    assert RandomAccessTier(tmp_path).versions("links") == []


def test_keys_of_any_length_are_found(tmp_path: Path, publish: Callable[..., Dataset]) -> None:
    alike = ["x" * n for n in range(479, 700)] + [f"{'x' * 600}{number}" for number in range(300)] + ["é" * 300]
    table = pa.table({"link": sorted(alike), "n_pins": range(len(alike))})
    RandomAccessTier(tmp_path).serve(publish(tmp_path, table, "links", key="link"))
    with RandomAccess(tmp_path, "links") as links:
        assert len(links) == len(alike)
        for row in table.to_pylist():
            assert links.get(row["link"]) == row
        assert links.get("x" * 700) is None


def test_several_rows_a_key_are_refused(tmp_path: Path, publish: Callable[..., Dataset]) -> None:
    facts = pa.table({"board_id": [1, 1], "pin_id": [5, 6]})
    declared = publish(tmp_path, facts, "facts", key_is_unique=False)
    with pytest.raises(DatasetError, match=r"facts date=2026-11-20 iteration=1 holds several rows a board_id"):
        RandomAccessTier(tmp_path).serve(declared)
    undeclared = publish(tmp_path, facts, "board_facts")
    with pytest.raises(DatasetError, match=r"1 of 2 rows are there.*are the keys unique\?"):
        RandomAccessTier(tmp_path).serve(undeclared)
    assert RandomAccessTier(tmp_path).current("board_facts") is None


def test_an_empty_dataset_is_loaded_and_has_no_keys(
    tmp_path: Path, publish: Callable[..., Dataset], wide_table: Callable[[int], pa.Table]
) -> None:
    RandomAccessTier(tmp_path).serve(publish(tmp_path, wide_table(0), variant="light"))
    with RandomAccess(tmp_path, "board_joins") as boards:
        assert len(boards) == 0
        assert boards.get(1) is None


def test_a_dataset_of_keys_alone_can_be_asked_what_it_holds(tmp_path: Path, publish: Callable[..., Dataset]) -> None:
    RandomAccessTier(tmp_path).serve(publish(tmp_path, RANKS.select(["board_id"]), "boards"))
    with RandomAccess(tmp_path, "boards") as boards:
        assert (boards.get(1), boards.get(9)) == ({"board_id": 1}, None)


def test_a_type_that_values_cannot_hold_is_named_with_its_field(
    tmp_path: Path, publish: Callable[..., Dataset]
) -> None:
    moments = pa.array([[{"at": 1}]], pa.list_(pa.struct([("at", pa.timestamp("ns"))])))
    dataset = publish(tmp_path, pa.table({"board_id": [1], "visits": moments}), "visits")
    with pytest.raises(
        DatasetError, match=r"field visits\[\]\.at is timestamp\[ns\], which random access values can't"
    ):
        RandomAccessTier(tmp_path).serve(dataset)


def test_several_threads_write_the_same_bytes_as_one(
    tmp_path: Path, publish: Callable[..., Dataset], wide_table: Callable[[int], pa.Table]
) -> None:
    content = []
    for n_threads in (1, 2):
        root = tmp_path / str(n_threads)
        tier = RandomAccessTier(root, TierOptions(n_threads))
        tier.serve(publish(root, wide_table(3_000), n_parts=3))
        content.append((root / "_random_access/board_joins/date=2026-11-20/iteration=1/data.mdb").read_bytes())
    assert content[0] == content[1]


def test_progress_counts_every_row_twice_encoded_and_written(tmp_path: Path, publish: Callable[..., Dataset]) -> None:
    heard = []
    dataset = publish(tmp_path, RANKS, "board_ranks", n_parts=2)
    RandomAccessTier(tmp_path).serve(dataset, lambda *steps: heard.append(steps))
    assert heard[-1] == (8, 8)
    assert sorted(heard) == heard


def test_loading_again_changes_nothing(tmp_path: Path, publish: Callable[..., Dataset]) -> None:
    dataset = publish(tmp_path, RANKS, "board_ranks")
    first = RandomAccessTier(tmp_path).serve(dataset)
    heard = []
    assert RandomAccessTier(tmp_path).serve(dataset, lambda *steps: heard.append(steps)) == first
    assert heard == []


def test_the_newest_version_serves_and_loading_an_older_one_does_not_turn_back(
    tmp_path: Path, publish: Callable[..., Dataset]
) -> None:
    newer = publish(tmp_path, OTHER_RANKS, "board_ranks", date=SATURDAY)
    older = publish(tmp_path, RANKS, "board_ranks", date=FRIDAY, iteration=2)
    RandomAccessTier(tmp_path).serve(newer)
    RandomAccessTier(tmp_path).serve(older)
    assert RandomAccessTier(tmp_path).versions("board_ranks") == [older.version, newer.version]
    with RandomAccess(tmp_path, "board_ranks") as ranks:
        assert ranks.version == newer.version
    with RandomAccess(tmp_path, "board_ranks", date=FRIDAY) as ranks:
        assert (ranks.version, ranks.get(5)) == (older.version, None)


def test_going_back_is_one_call_and_lasts_until_something_newer_is_loaded(
    tmp_path: Path, publish: Callable[..., Dataset]
) -> None:
    versions = [publish(tmp_path, RANKS, "board_ranks", iteration=iteration) for iteration in (1, 2, 3)]
    for dataset in versions[:2]:
        RandomAccessTier(tmp_path).serve(dataset)
    RandomAccessTier(tmp_path).make_current({"board_ranks": Version(FRIDAY, 1)})
    assert RandomAccessTier(tmp_path).current("board_ranks") == Version(FRIDAY, 1)
    RandomAccessTier(tmp_path).serve(versions[0])
    assert RandomAccessTier(tmp_path).current("board_ranks") == Version(FRIDAY, 1)
    RandomAccessTier(tmp_path).serve(versions[2])
    assert RandomAccessTier(tmp_path).current("board_ranks") == Version(FRIDAY, 3)
    with pytest.raises(VersionNotFoundError, match="iteration=9 is not loaded for random access"):
        RandomAccessTier(tmp_path).make_current({"board_ranks": Version(FRIDAY, 9)})


def test_a_reader_keeps_its_version_until_it_looks_again(tmp_path: Path, publish: Callable[..., Dataset]) -> None:
    RandomAccessTier(tmp_path).serve(publish(tmp_path, RANKS, "board_ranks", iteration=1))
    with (
        RandomAccess(tmp_path, "board_ranks", look_every_s=None) as ranks,
        RandomAccess(tmp_path, "board_ranks", iteration=1) as pinned,
    ):
        RandomAccessTier(tmp_path).serve(publish(tmp_path, OTHER_RANKS, "board_ranks", iteration=2))
        assert (ranks.get(1), len(ranks)) == ({"board_id": 1, "page_rank": 0.1}, 4)
        assert ranks.refresh()
        assert (ranks.get(1), len(ranks)) == ({"board_id": 1, "page_rank": 0.5}, 5)
        assert not ranks.refresh()
        assert not pinned.refresh()
        assert pinned.get(5) is None


def test_readers_see_one_version_or_the_other_while_the_pointer_moves(
    tmp_path: Path, publish: Callable[..., Dataset]
) -> None:
    for iteration in (1, 2):
        table = pa.table({"board_id": range(500), "iteration_seen": [iteration] * 500})
        RandomAccessTier(tmp_path).serve(publish(tmp_path, table, "board_ranks", iteration=iteration))
    wrong: list[object] = []
    is_over = threading.Event()

    def read() -> None:
        with RandomAccess(tmp_path, "board_ranks", look_every_s=None) as ranks:
            while not is_over.is_set():
                ranks.refresh()
                expected = ranks.version.iteration
                rows = [ranks.get(key) for key in range(0, 500, 25)]
                wrong.extend(row for row in rows if row is None or row["iteration_seen"] != expected)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for swap in range(40):
        RandomAccessTier(tmp_path).make_current({"board_ranks": Version(FRIDAY, 1 + swap % 2)})
    is_over.set()
    for reader in readers:
        reader.join()
    assert wrong == []


def test_readers_of_one_version_in_one_process_do_not_disturb_each_other(
    tmp_path: Path, publish: Callable[..., Dataset]
) -> None:
    RandomAccessTier(tmp_path).serve(publish(tmp_path, RANKS, "board_ranks"))
    first = RandomAccess(tmp_path, "board_ranks")
    second = RandomAccess(tmp_path, "board_ranks")
    first.close()
    first.close()
    assert second.get(1) == {"board_id": 1, "page_rank": 0.1}
    second.close()


def test_what_is_not_loaded_is_an_error_that_lists_what_is(tmp_path: Path, publish: Callable[..., Dataset]) -> None:
    with pytest.raises(VersionNotFoundError, match="datasets loaded: none; begin with interest-graph run"):
        RandomAccess(tmp_path, "board_ranks")
    RandomAccessTier(tmp_path).serve(publish(tmp_path, RANKS, "board_ranks"))
    with pytest.raises(VersionNotFoundError, match=r"pin_joins of any version is not loaded.*datasets loaded: board_r"):
        RandomAccess(tmp_path, "pin_joins")
    with pytest.raises(
        VersionNotFoundError, match=r"date=2026-11-21 is not loaded.*1 loaded \(newest: date=2026-11-20"
    ):
        RandomAccess(tmp_path, "board_ranks", date=SATURDAY)


def test_a_version_built_anew_from_other_input_replaces_the_loaded_one(
    tmp_path: Path, publish: Callable[..., Dataset]
) -> None:
    RandomAccessTier(tmp_path).serve(publish(tmp_path / "before", RANKS, "board_ranks"))
    with RandomAccess(tmp_path, "board_ranks", look_every_s=None) as ranks:
        RandomAccessTier(tmp_path).serve(publish(tmp_path / "after", OTHER_RANKS, "board_ranks"))
        assert ranks.get(5) is None
        assert ranks.refresh()
        assert ranks.get(5) == {"board_id": 5, "page_rank": 0.5}


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("data.mdb", lambda content: content[:-4096], r"bytes of data\.mdb current=\d+ != loaded=\d+"),
        ("data.mdb", lambda content: bytes(len(content)), r"MDB_INVALID"),
        ("_tier.json", lambda content: content[:-9], r"_tier\.json can't be read"),
    ],
    ids=["cut", "zeros", "no JSON"],
)
def test_damage_is_named_and_loading_again_repairs_it(
    tmp_path: Path,
    publish: Callable[..., Dataset],
    name: str,
    change: Callable[[bytes], bytes],
    message: str,
) -> None:
    dataset = publish(tmp_path, RANKS, "board_ranks")
    RandomAccessTier(tmp_path).serve(dataset)
    path = tmp_path / "_random_access/board_ranks" / dataset.version.folder / name
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(DamagedVersionError, match=message):
        RandomAccess(tmp_path, "board_ranks")
    RandomAccessTier(tmp_path).serve(dataset)
    with RandomAccess(tmp_path, "board_ranks") as ranks:
        assert ranks.get(4) == {"board_id": 4, "page_rank": 0.4}


def test_a_loader_that_is_killed_leaves_what_served_before(
    tmp_path: Path, publish: Callable[..., Dataset], run_python: Callable[..., subprocess.Popen[str]]
) -> None:
    RandomAccessTier(tmp_path).serve(publish(tmp_path, RANKS, "board_ranks", iteration=1))
    dataset = publish(tmp_path, OTHER_RANKS, "board_ranks", iteration=2)
    with run_python(LOADER, tmp_path, "stop") as loader:
        assert loader.stdin is not None
        assert loader.stdout is not None
        loader.stdin.write("go\n")
        loader.stdin.flush()
        assert [loader.stdout.readline() for _ in range(2)] == ["ready\n", "half\n"]
        loader.kill()
    assert RandomAccessTier(tmp_path).versions("board_ranks") == [Version(FRIDAY, 1)]
    with RandomAccess(tmp_path, "board_ranks") as ranks:
        assert len(ranks) == 4
        RandomAccessTier(tmp_path).serve(dataset)
        assert ranks.refresh()
        assert len(ranks) == 5
    assert [path.name for path in (tmp_path / "_staging").iterdir()] == [".lock"]


def test_two_loaders_at_once_are_both_fine(
    tmp_path: Path, publish: Callable[..., Dataset], run_python: Callable[..., subprocess.Popen[str]]
) -> None:
    publish(tmp_path, RANKS, "board_ranks")
    with run_python(LOADER, tmp_path, "go") as first, run_python(LOADER, tmp_path, "go") as second:
        for loader in (first, second):
            assert loader.stdout is not None
            assert loader.stdout.readline() == "ready\n"
        outputs = [loader.communicate("go\n") for loader in (first, second)]
    assert outputs == [("loaded\n", "")] * 2
    with RandomAccess(tmp_path, "board_ranks") as ranks:
        assert len(ranks) == 4


@settings(deadline=None)
@given(st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_the_bytes_of_numbers_sort_like_the_numbers(keys: list[int]) -> None:
    encoded = encode_keys(pa.array(keys, pa.int64()), "board_id")
    assert sorted(encoded) == encode_keys(pa.array(sorted(keys), pa.int64()), "board_id")
    assert encoded == [encode_key("board_joins", "board_id", key, is_integer=True)[1] for key in keys]


int64s = st.none() | st.integers(-(2**63), 2**63 - 1)
structs = st.none() | st.fixed_dictionaries({"user_id": int64s, "terms": st.none() | st.lists(st.none() | st.text())})
value_rows = st.fixed_dictionaries(
    {
        "owner": structs,
        "owners": st.none() | st.lists(structs, max_size=3),
        "numbers": st.none() | st.lists(st.none() | st.lists(int64s, max_size=2), max_size=3),
        "share": st.none() | st.floats(allow_nan=False),
    }
)
OWNER = pa.struct([("user_id", pa.int64()), ("terms", pa.list_(pa.string()))])
VALUE_SCHEMA = pa.schema(
    [
        ("owner", OWNER),
        ("owners", pa.large_list(OWNER)),
        ("numbers", pa.list_(pa.list_(pa.int64()))),
        ("share", pa.float64()),
    ]
)


@settings(deadline=None)
@given(st.lists(value_rows, max_size=6), st.integers(0, 3), st.integers(0, 6))
def test_values_of_any_slice_are_decoded_to_what_arrow_shows(
    drawn: list[dict[str, object]], start: int, length: int
) -> None:
    table = pa.Table.from_pylist(drawn, VALUE_SCHEMA).append_column("board_id", pa.array(range(len(drawn))))
    rows = table.slice(start, length)
    layout = value_layout(rows.schema, "board_id")
    decode = row_decoder(layout)
    keys = rows["board_id"].to_pylist()
    decoded = [decode(key, value) for key, value in zip(keys, encode_rows(rows, layout), strict=True)]
    assert decoded == rows.to_pylist()


def test_every_plain_type_is_decoded_to_what_arrow_shows() -> None:
    moment = dt.datetime(1969, 7, 20, 20, 17, 40, tzinfo=dt.UTC)
    columns = {
        "int8": pa.array([-1, None], pa.int8()),
        "uint64": pa.array([2**64 - 1, None], pa.uint64()),
        "float32": pa.array([0.1, None], pa.float32()),
        "binary": pa.array([b"\x00\xff", None]),
        "large": pa.array(["✿", None], pa.large_string()),
        "category": pa.array(["diy", None]).dictionary_encode(),
        "nothing": pa.nulls(2),
        "second": pa.array([moment, None], pa.timestamp("s", tz="UTC")),
        "microsecond": pa.array([moment, None], pa.timestamp("us", tz="UTC")),
        "zoneless": pa.array([moment.replace(tzinfo=None), None], pa.timestamp("ms")),
        "key": pa.array([1, 2]),
    }
    table = pa.table(columns)
    layout = value_layout(table.schema, "key")
    decode = row_decoder(layout)
    values = encode_rows(table, layout)
    assert [decode(key, value) for key, value in zip([1, 2], values, strict=True)] == table.to_pylist()


def test_values_of_another_layout_have_another_first_byte_and_are_refused(
    tmp_path: Path, publish: Callable[..., Dataset]
) -> None:
    ranks = value_layout(RANKS.schema, "board_id")
    renamed = value_layout(RANKS.rename_columns(["board_id", "importance"]).schema, "board_id")
    assert ranks.schema_id != renamed.schema_id
    assert encode_rows(RANKS, ranks)[0][0] == ranks.schema_id
    RandomAccessTier(tmp_path).serve(publish(tmp_path, RANKS, "board_ranks"))
    tier = tmp_path / "_random_access/board_ranks/date=2026-11-20/iteration=1/_tier.json"
    tier.write_text(tier.read_text().replace(f'"schema_id": {ranks.schema_id}', f'"schema_id": {renamed.schema_id}'))
    with (
        RandomAccess(tmp_path, "board_ranks") as reader,
        pytest.raises(DamagedVersionError, match=f"the value of 1 has schema id {ranks.schema_id}, not"),
    ):
        reader.get(1)


def test_temporary_folders_may_be_gone_before_the_reader_is(publish: Callable[..., Dataset]) -> None:
    with tempfile.TemporaryDirectory() as root:
        RandomAccessTier(root).serve(publish(Path(root), RANKS, "board_ranks"))
        ranks = RandomAccess(root, "board_ranks")
    assert ranks.get(3) == {"board_id": 3, "page_rank": 0.3}
    ranks.close()
