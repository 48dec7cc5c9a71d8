"""A day on which one picture, one board and one user hold nearly everything: no failure, no quadratic step."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from joins import JoinError, pin_lists
from storage_tiers import open_dataset
from workflows.commands.days.run import run_day

N = 40_000
HOT_PICTURE, HOT_BOARD, HOT_USER = "aaaaaaaaaaaaaaaa", 10**9, 7


def repeated(value, type_=None):
    return pa.repeat(pa.scalar(value, type_), N)


def pins(first_id, board_ids, user_ids, signatures, parents):
    return pa.table(
        {
            "pin_id": np.arange(first_id, first_id + N),
            "board_id": board_ids,
            "user_id": user_ids,
            "image_signature": signatures,
            "image": pa.nulls(N, pa.string()),
            "parent_pin_id": parents,
            "created_at": pa.nulls(N, pa.timestamp("ms", tz="UTC")),
            "description": repeated("the same few words on every pin"),
            "link": repeated("https://example.org/"),
        }
    )


@pytest.fixture(scope="module")
def skewed_day(tmp_path_factory, snapshot_writer, day_of):
    """One picture on N boards of one user, each pin saved from the one before; one board with N pictures."""
    root = tmp_path_factory.mktemp("skew")
    chain = pins(0, np.arange(N), np.full(N, HOT_USER), repeated(HOT_PICTURE), pa.array(np.arange(N) - 1))
    alone = pa.array([f"{number:016x}" for number in range(N)])
    wide = pins(N, np.full(N, HOT_BOARD), np.arange(N) % 50 + 100, alone, pa.nulls(N, pa.int64()))
    board_ids = np.append(np.arange(N), HOT_BOARD)
    n_boards, time = len(board_ids), pa.timestamp("ms", tz="UTC")
    text = pa.nulls(n_boards, pa.string())
    boards = {"board_id": board_ids, "user_id": np.full(n_boards, HOT_USER), "name": text, "category": text}
    boards |= {"description": text, "created_at": pa.nulls(n_boards, time)}
    users = {"user_id": [HOT_USER], "username": ["hot"], "country": ["US"], "created_at": pa.nulls(1, time)}
    tables = {"pins": pa.concat_tables([chain, wide]), "boards": pa.table(boards), "users": pa.table(users)}
    snapshot_writer(root / "input", tables)
    of_many_parts = {"rows_per_part": 10_000}  # the hot keys are far larger than a partition
    assert run_day(day_of(root / "input", root / "output", iterations=1, **of_many_parts)) == 0
    return root / "output"


def row_of(root, name, key):
    dataset = open_dataset(root, name)
    table = dataset.to_table()
    return table.filter(pc.equal(table[dataset.manifest.key], key))


def test_a_picture_far_larger_than_a_partition_is_one_pin_join(skewed_day):
    (join,) = row_of(skewed_day, "pin_joins", HOT_PICTURE).to_pylist()
    assert join["n_pins"] == join["n_boards"] == len(join["pins"]) == len(join["boards"]) == N
    (chain,) = join["repin_chains"]
    assert (chain["root_pin_id"], chain["n_pins"], chain["depth"]) == (0, N, N - 1)
    assert [user["user_id"] for user in join["users"]] == [HOT_USER]


def test_a_board_far_larger_than_a_partition_is_one_board_join(skewed_day):
    (join,) = row_of(skewed_day, "board_joins", HOT_BOARD).to_pylist()
    assert join["n_pins"] == join["n_pictures"] == len(join["pin_joins"]) == N
    assert join["n_users"] == len(join["users"]) == 50


def test_a_user_with_very_many_boards_is_one_user_join(skewed_day):
    (join,) = row_of(skewed_day, "user_joins", HOT_USER).to_pylist()
    assert join["n_boards"] == len(join["boards"]) == N + 1
    assert join["n_pins"] == N
    assert join["n_pictures"] == len(join["pin_joins"]) == 1


def test_more_text_than_a_list_can_address_is_named(monkeypatch):
    monkeypatch.setattr(pin_lists, "MAX_COLUMN_BYTES", 100)
    columns = {field.name: pa.nulls(10, field.type) for field in pin_lists.ACCEPTED_PINS}
    columns["description"] = pa.array(["a long description"] * 10)
    with pytest.raises(JoinError, match=r"the 10 pins of one partition hold .* of description"):
        pin_lists.pin_lists(pa.table(columns), np.array([10]), without="image_signature")
