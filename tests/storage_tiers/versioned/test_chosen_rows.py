"""Some rows of a version are found by key or by another column, whatever parts and row groups they lie in."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from storage_tiers import Dataset
from storage_tiers.versioned.chosen_rows import rows_with


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory, publish: Callable[..., Dataset]) -> Dataset:
    """8,000 pins of 500 pictures on 200 boards, in three parts of several row groups."""
    draw = np.random.default_rng(4)
    pictures = [f"{number:04x}" for number in range(500)]
    table = pa.table(
        {
            "image_signature": [pictures[number] for number in draw.integers(0, 500, 8_000)],
            "pin_id": range(8_000),
            "board_id": draw.integers(0, 200, 8_000),
        },
        schema=pa.schema(
            [("image_signature", pa.string()), ("pin_id", pa.int64()), ("board_id", pa.int64())], {"made": "up"}
        ),
    )
    return publish(tmp_path_factory.mktemp("facts"), table, "facts", key="image_signature", key_is_unique=False)


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("image_signature", ["0000"]),
        ("image_signature", ["01f3", "0007", "0100", "not there"]),
        ("image_signature", ["", "~"]),  # before the first, after the last
        ("board_id", [7]),
        ("board_id", [199, 0, -1, 10**15]),
        ("pin_id", [8_001]),
    ],
)
def test_chosen_rows_are_those_that_a_filter_leaves(facts: Dataset, column: str, values: list[str] | list[int]) -> None:
    whole = facts.to_table()
    found = rows_with(facts, column, pa.array(values), ["pin_id", "board_id"])
    assert found.equals(whole.filter(pc.is_in(whole[column], pa.array(values))).select(["pin_id", "board_id"]))
    assert found.schema.metadata[b"made"] == b"up"


def test_no_values_choose_no_rows(facts: Dataset) -> None:
    for column, type_ in (("image_signature", pa.string()), ("board_id", pa.int64())):
        found = rows_with(facts, column, pa.array([], type_), ["image_signature"])
        assert found.num_rows == 0
        assert found.schema.names == ["image_signature"]


def test_by_key_only_the_parts_of_the_values_are_opened(
    facts: Dataset, tmp_path: Path, publish: Callable[..., Dataset]
) -> None:
    dataset = publish(tmp_path, facts.to_table(), "facts", key="image_signature", key_is_unique=False, n_parts=2)
    first = dataset.reader()(0)
    picture = first["image_signature"][0]
    dataset.part_paths[1].write_bytes(b"damaged")
    found = rows_with(dataset, "image_signature", pa.array([picture.as_py()]), ["pin_id"])
    assert (
        found["pin_id"].to_pylist() == first.filter(pc.equal(first["image_signature"], picture))["pin_id"].to_pylist()
    )
