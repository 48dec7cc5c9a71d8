"""Every tier that answers by key gives some fields of rows on the same terms."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pytest

from storage_tiers import Dataset, KeyTypeError, UnknownFieldError, Version
from storage_tiers.debugging import lookup
from storage_tiers.light import project_light
from storage_tiers.random_access import RandomAccess, RandomAccessTier
from storage_tiers.random_access.environments import SharedEnvironment
from storage_tiers.reading import KeyReader, Row
from storage_tiers.registry import KEY_TIERS
from tests.storage_tiers.tiers_as_parameters import opened, params

NAME = "board_joins"
N_ROWS = 20
KEYS = [150, 3, "0", 150, -10, 190]  # there, not there, as text, again, not there, there


class DictReader(KeyReader):
    """Rows by key in a dict: a reader that has `get` alone."""

    version = Version(dt.date(2026, 11, 20), 1)
    field_names: tuple[str, ...] = ()

    def __init__(self, table: pa.Table) -> None:
        self.rows = {row["board_id"]: row for row in table.to_pylist()}
        self.field_names = tuple(table.column_names)

    def get(self, key: int | str) -> Row | None:
        """Return the row of a key."""
        return self.rows.get(int(key))

    def close(self) -> None:
        """Do nothing."""


@pytest.fixture(params=[*params(KEY_TIERS), pytest.param(None, id="by get alone")])
def reader(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    publish: Callable[..., Dataset],
    wide_table: Callable[[int], pa.Table],
) -> Iterator[KeyReader]:
    """A reader of 20 wide rows, with keys 0, 10, ..., 190."""
    if request.param is None:
        yield DictReader(project_light(wide_table(N_ROWS)))
        return
    tier = opened(request, tmp_path)
    table = wide_table(N_ROWS)
    tier.serve(publish(tmp_path, table if tier.variant == "full" else project_light(table), variant=tier.variant))
    with tier.reader(NAME) as of_tier:  # type: ignore[attr-defined]
        yield of_tier


def test_a_reader_names_all_fields_in_the_order_of_the_schema(
    reader: KeyReader, wide_table: Callable[[int], pa.Table]
) -> None:
    assert [*reader.field_names] == wide_table(1).column_names == [*(reader.get(0) or {})]


@pytest.mark.parametrize(
    "fields",
    [
        ["name"],
        ["board_id"],
        ["page_rank", "board_id", "name"],
        ["created_at", "is_corrected"],
        ["pin_joins", "owner", "terms"],
        ["pins", "name"],  # which light leaves out
        ["name", "page_rank", "name"],
        [],
    ],
)
def test_some_fields_of_rows_are_those_of_whole_rows(reader: KeyReader, fields: list[str]) -> None:
    whole = reader.get_many(KEYS)
    some = reader.get_many(iter(KEYS), (name for name in fields))
    assert repr(some) == repr([row and {name: row[name] for name in fields} for row in whole])
    assert [row is None for row in some] == [False, True, False, False, True, False]
    assert some[0] is not some[3]  # who changes one of them changes no other


def test_fields_inside_of_structs_and_lists_are_named_by_their_path(reader: KeyReader) -> None:
    key = 30  # of two pictures, with a null behind them
    whole = reader.get(key) or {}
    pictures = whole["pin_joins"]
    assert isinstance(pictures, list)
    assert len(pictures) == 3
    named = ["pin_joins.n_pins", "name", "owner.user_id"]
    signatures = [None if one is None else {"n_pins": one["n_pins"]} for one in pictures]
    row = {"pin_joins": signatures, "name": whole["name"], "owner": {"user_id": -3}}
    assert reader.get_many([key, 3], named) == [row, None]
    assert repr(reader.get_many([key], ["pin_joins.n_pins", "pin_joins.image_signature"])) == repr(
        [
            {
                "pin_joins": [
                    one and {"n_pins": one["n_pins"], "image_signature": one["image_signature"]} for one in pictures
                ]
            }
        ]
    )
    for whole_wins in (["pin_joins", "pin_joins.n_pins"], ["pin_joins.n_pins", "pin_joins"]):
        assert reader.get_many([key], whole_wins) == [{"pin_joins": pictures}]


def test_a_field_that_is_not_inside_is_named_with_those_that_are(reader: KeyReader) -> None:
    with pytest.raises(UnknownFieldError, match=r"'n_pin' in pin_joins; fields there: image_signature, n_pins"):
        reader.get_many([110], ["pin_joins.n_pin"])
    with pytest.raises(UnknownFieldError, match=r"'n' in name; fields there: none"):
        reader.get_many([110], ["name.n"])


def test_all_fields_are_the_whole_row(reader: KeyReader) -> None:
    whole = [reader.get(key) for key in KEYS]
    assert repr(reader.get_many(KEYS, None)) == repr(reader.get_many(KEYS, reader.field_names)) == repr(whole)


def test_no_keys_have_no_rows(reader: KeyReader) -> None:
    assert reader.get_many([]) == reader.get_many([], []) == reader.get_many([], ["name"]) == []


@pytest.mark.parametrize("keys", [[], [0], [3]])
def test_a_field_that_is_not_there_is_named_with_those_that_are(reader: KeyReader, keys: list[int]) -> None:
    with pytest.raises(UnknownFieldError, match=r"there is no field 'nme'; fields there: board_id, name, page_rank, "):
        reader.get_many(keys, ["name", "nme"])


@pytest.mark.parametrize(
    ("fields", "said"), [("name", "is one field, not several"), (7, "is one"), ([None], "no name")]
)
def test_what_names_no_fields_is_refused(reader: KeyReader, fields: object, said: str) -> None:
    with pytest.raises(UnknownFieldError, match=said):
        reader.get_many([0], fields)  # type: ignore[arg-type]


def test_a_batch_is_counted_whatever_is_asked_for_of_it(reader: KeyReader) -> None:
    reader.get_many(KEYS, ["name"])
    with suppress(UnknownFieldError):
        reader.get_many([0, 10], ["nme"])
    with pytest.raises(KeyTypeError):
        reader.get_many("0", ["name"])
    if reader.counts is not None:
        assert (reader.counts.found, reader.counts.missing, reader.counts.errors) == (4, 2, 2)


def test_lmdb_reads_a_batch_in_one_transaction(
    tmp_path: Path,
    publish: Callable[..., Dataset],
    wide_table: Callable[[int], pa.Table],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    RandomAccessTier(tmp_path).serve(publish(tmp_path, wide_table(N_ROWS), variant="light"))
    begun, begin = [], SharedEnvironment.begin
    monkeypatch.setattr(SharedEnvironment, "begin", lambda environment: begun.append(1) or begin(environment))
    with RandomAccess(tmp_path, NAME) as boards:
        assert sum(row is not None for row in boards.get_many(range(0, 400, 10), ["name"])) == N_ROWS
        assert sum(row is not None for row in boards.get_many(range(0, 400, 10))) == N_ROWS
    assert len(begun) == 2


def test_debugging_reads_the_key_and_the_columns_that_are_asked_for(
    tmp_path: Path, publish: Callable[..., Dataset], wide_table: Callable[[int], pa.Table]
) -> None:
    dataset = publish(tmp_path, wide_table(N_ROWS))
    for key, n_rows in ((20, 1), (21, 0), (-5, 0)):
        rows = lookup(dataset, key, ["pin_joins", "name", "board_id"])
        assert rows.num_rows == n_rows
        assert rows.column_names == ["board_id", "pin_joins", "name"]
