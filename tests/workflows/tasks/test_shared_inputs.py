"""Days of which nothing is sent whole: every dataset has the bytes of a day whose tasks see boards and users whole."""

import datetime as dt
import io

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from joins import GraphShape, generate_graph
from joins.engine.step import share
from joins.raw.schemas import BOARDS, PINS, USERS
from storage_tiers import open_dataset
from workflows.catalog import BOARD_FEATURES, FACTS, PIN_FEATURES
from workflows.commands.days.run import run_day
from workflows.derivations import Aligned, Derivation, DerivationError, Reads, Shared
from workflows.tasks import overall_order, shared_inputs
from workflows.tasks.raw_input import accepted_input
from workflows.tasks.shared_inputs import table_up_to

pytestmark = pytest.mark.filterwarnings("ignore::luigi.parameter.UnconsumedParameterWarning")
DAY = dt.date(2026, 11, 20)


def parts_of(root):
    """Return the bytes of every part that was published."""
    return {path.relative_to(root): path.read_bytes() for path in sorted(root.rglob("*.parquet"))}


def _nothing_is_shared(monkeypatch):
    def share_nothing(table, *rest):
        assert not table.num_rows
        return share(table, *rest)

    for module in (overall_order, shared_inputs, accepted_input):
        monkeypatch.setattr(module, "share", share_nothing)


def assert_same_day(day_of, monkeypatch, input_root, folder, **parameters):
    """Build a day both ways, with and without anything whole, and compare all parts."""
    assert run_day(day_of(input_root, folder / "whole", **parameters)) == 0
    with monkeypatch.context() as patch:
        _nothing_is_shared(patch)
        assert run_day(day_of(input_root, folder / "apart", broadcast_mb=0, **parameters)) == 0
    built = parts_of(folder / "whole")
    assert len(built) > 20
    assert built == parts_of(folder / "apart")


def test_a_dirty_day_of_several_parts_has_the_same_bytes(built_day, day_of, tmp_path, monkeypatch):
    assert_same_day(day_of, monkeypatch, built_day.input_root, tmp_path, rows_per_part=1_500)
    counts = open_dataset(tmp_path / "apart", "rejected_rows").manifest.counts
    assert counts["pins_unknown_board_id"]
    assert counts["pins_unknown_user_id"]


def with_nulls(table, schema):
    """Return a table with all columns of a schema, null where it has none."""
    columns = {one.name: table[one.name] if one.name in table.schema.names else None for one in schema}
    nulls = {one.name: pa.nulls(len(table), one.type) for one in schema}
    return pa.table({name: nulls[name] if column is None else column for name, column in columns.items()})


@pytest.mark.parametrize("n_pins", [1, 30])
def test_days_with_few_pins_and_many_empty_parts_have_the_same_bytes(
    n_pins, day_of, tmp_path, monkeypatch, snapshot_writer
):
    rng = np.random.default_rng(n_pins)
    pins = pa.table(
        {
            "pin_id": np.arange(n_pins),
            "board_id": rng.integers(0, 9, n_pins),  # 7 and 8 have no row of their own
            "user_id": rng.integers(0, 5, n_pins),  # 4 is unknown
            "image_signature": [f"{picture:016x}" for picture in rng.integers(0, 7, n_pins)],
        }
    )
    categories = ["art", None, "food", "art", None, "food", "art"]
    boards = pa.table({"board_id": np.arange(7), "user_id": np.arange(7) % 6, "category": categories})
    tables = {"pins": pins, "boards": boards, "users": pa.table({"user_id": np.arange(4)})}
    schemas = {"pins": PINS, "boards": BOARDS, "users": USERS}
    filled = {name: with_nulls(table, schemas[name]) for name, table in tables.items()}
    snapshot_writer(tmp_path / "input", filled)
    assert_same_day(day_of, monkeypatch, tmp_path / "input", tmp_path, rows_per_part=5)


@pytest.mark.parametrize("seed", range(2))
def test_random_small_days_have_the_same_bytes(seed, day_of, tmp_path, monkeypatch, snapshot_writer):
    rng = np.random.default_rng(seed)
    n_pins = int(rng.integers(50, 400))
    shape = GraphShape(n_pins=n_pins, n_boards=n_pins // 2, n_users=9, share_empty_boards=0.3, dirty_share=0.1)
    graph = generate_graph(shape, seed=seed, as_of=DAY)
    snapshot_writer(tmp_path / "input", {"pins": graph.pins, "boards": graph.boards, "users": graph.users})
    parameters = {"rows_per_part": int(rng.integers(20, 90)), "max_rejected_share": 1.0}
    assert_same_day(day_of, monkeypatch, tmp_path / "input", tmp_path, **parameters)


def test_signatures_of_pictures_are_looked_up_as_well(day_of, tmp_path, monkeypatch, snapshot_writer, built_day):
    images = [f"pictures/{number}.png" for number in range(12)]
    (tmp_path / "input" / "pictures").mkdir(parents=True)
    for number, image in enumerate(images[:9]):  # the others are missing
        drawn = np.random.default_rng(number).integers(0, 255, (40, 40, 3), np.uint8)
        content = io.BytesIO()
        Image.fromarray(drawn).resize((160, 160)).save(content, "PNG")
        (tmp_path / "input" / image).write_bytes(content.getvalue())
    graph = built_day.graph
    pins = graph.pins.slice(0, 60)
    named = [images[row % 12] if row % 2 else f" {images[row % 5]} " if row % 3 else None for row in range(60)]
    signatures = [None if row % 2 or row % 3 else one for row, one in enumerate(pins["image_signature"].to_pylist())]
    for name, column in (("image", named), ("image_signature", signatures)):
        pins = pins.set_column(pins.schema.get_field_index(name), name, pa.array(column, pa.string()))
    snapshot_writer(tmp_path / "input", {"pins": pins, "boards": graph.boards, "users": graph.users})
    parameters = {"rows_per_part": 5, "iterations": 1, "max_rejected_share": 1.0}
    assert_same_day(day_of, monkeypatch, tmp_path / "input", tmp_path, **parameters)
    assert open_dataset(tmp_path / "apart", "image_signatures").n_parts == 2
    counts = open_dataset(tmp_path / "apart", "rejected_rows").manifest.counts
    assert counts["pins_rejected_image_missing"]


def test_no_more_of_a_large_table_is_read_than_tells_that_it_is_large(built_day, monkeypatch):
    facts = open_dataset(built_day.output_root, "facts")
    texts = facts.to_table(["image_signature"])
    assert table_up_to(texts.nbytes, facts, ("image_signature",)) == texts
    assert table_up_to(texts.nbytes - 1, facts, ("image_signature",)) is None
    monkeypatch.setattr(type(facts), "iter_parts", None)  # numbers tell their size by their type
    assert table_up_to(facts.n_rows * 8 - 1, facts, ("pin_id",)) is None


@pytest.mark.parametrize("referring", [{"pin": "board_id"}, {"pins": "board"}, {"ranks": "board_id"}])
def test_a_shared_input_says_which_column_of_which_input_refers_to_it(referring):
    boards = Shared(BOARD_FEATURES, columns=("board_id",), referred_to_by=referring)
    inputs = {"boards": boards, "pins": Aligned(FACTS), "ranks": Reads(BOARD_FEATURES)}
    with pytest.raises(DerivationError, match=r"is to refer to it.*name a column of one of boards, pins, ranks"):
        Derivation("PinFeatures", (PIN_FEATURES,), inputs, lambda: None)
