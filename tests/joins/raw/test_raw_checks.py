"""From raw rows to accepted ones: schemas, reasons, signatures and duplicates."""

import json
from collections import Counter
from collections.abc import Sequence
from random import Random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.same_picture.image_signatures import IMAGE_SIGNATURES
from joins.errors import RawInputError
from joins.raw.checks import normalised, split_by_rules
from joins.raw.conform import conform
from joins.raw.intake.duplicates import repeated_ids, settle_duplicates, with_ids
from joins.raw.intake.rejected_rows import REJECTED_ROWS, UNNUMBERED, numbered, rejected_rows
from joins.raw.intake.row_counts import RowCounts
from joins.raw.intake.row_intake import RowIntake
from joins.raw.schemas import BOARDS, PINS, RAW_BOARDS, RAW_PINS, RAW_USERS, USERS, RawTable

Row = dict[str, object]
FAR_FUTURE_MS = 1_767_225_600_000_000  # the start of 2026 in microseconds, taken for milliseconds: year 57,971

SIGNATURES = pa.table(
    [["a.jpg", "b.jpg"], ["ff00", None], ["ok", "corrupt"], [4, None], [4, None], ["d1", "d2"]], schema=IMAGE_SIGNATURES
)


def _nullable(schema: pa.Schema) -> pa.Schema:
    return pa.schema([field.with_nullable(nullable=True) for field in schema])


def _pins(*rows: Row) -> pa.Table:
    """Return raw pins; a row that doesn't say otherwise is a good one."""
    usual: Row = {"pin_id": 1, "board_id": 10, "user_id": 5, "image_signature": "aa"}
    return pa.Table.from_pylist([usual | row for row in rows], _nullable(PINS))


def _intake(batches: Sequence[pa.Table], raw: RawTable = RAW_PINS, signatures: pa.Table | None = None) -> RowIntake:
    """Return what takes in some batches, after the last of them."""
    return _taken_in(batches, raw, signatures)[0]


def _taken_in(
    batches: Sequence[pa.Table], raw: RawTable = RAW_PINS, signatures: pa.Table | None = None
) -> tuple[RowIntake, pa.Table]:
    """Return the intake and the accepted rows."""
    ids = np.concatenate([batch[raw.key].drop_null().to_numpy() for batch in batches])
    intake = RowIntake(raw, RowCounts(raw.name), repeated_ids(ids), signatures)
    accepted = [intake.take_in(batch, "pins.parquet") for batch in batches]
    held_back = pa.concat_tables([_nullable(raw.schema).empty_table(), *intake.held_back])
    return intake, pa.concat_tables([*accepted, intake.settle(held_back)])


def _numbered(intake: RowIntake) -> pa.Table:
    """Return the rejected rows of an intake."""
    return numbered(pa.concat_tables([UNNUMBERED.empty_table(), *intake.rejected]))


def _reasons(*rows: Row, signatures: pa.Table | None = None) -> dict[str, int]:
    return _intake([_pins(*rows)], signatures=signatures).counts.counts_by_reason


def test_columns_come_in_the_order_and_types_of_the_schema() -> None:
    batch = pa.table(
        {
            "created_at": pa.array([1_000_000], pa.timestamp("us", tz="UTC")),
            "username": pa.array(["ann"]).dictionary_encode(),
            "user_id": pa.array([7], pa.int32()),
            "country": pa.nulls(1),
            "followers": [3],
        }
    )
    users = conform(batch, RAW_USERS, "users.parquet").rows
    assert users.schema == _nullable(USERS)
    assert users.drop_columns("created_at").to_pylist() == [{"user_id": 7, "username": "ann", "country": None}]
    assert users["created_at"].cast(pa.int64()).to_pylist() == [1_000]


def test_a_column_that_every_row_needs_is_named_with_what_is_there() -> None:
    with pytest.raises(RawInputError) as error:
        conform(pa.table({"username": ["ann"], "name": ["ann"]}), RAW_USERS, "u.parquet")
    assert str(error.value) == (
        "u.parquet: users have no column user_id; expected user_id int64, username string, "
        "country string, created_at timestamp[ms, tz=UTC]; found username string, name string; "
        "write the column or bring it in with 'interest-graph import'"
    )


def test_a_nullable_column_that_a_snapshot_lacks_reads_as_nulls_and_is_counted() -> None:
    whole, narrow = _pins({"pin_id": 1}, {"pin_id": 2}), _pins({"pin_id": 3}).drop_columns(["link", "description"])
    intake, accepted = _taken_in([whole, narrow])
    assert accepted.equals(_taken_in([whole, _pins({"pin_id": 3})])[1])
    assert accepted.schema == PINS
    assert intake.counts.n_without_column == {"description": 1, "link": 1}
    absorbing = RowCounts("pins")
    for _ in range(2):
        absorbing.absorb(intake.counts)
    assert absorbing.n_without_column == {"description": 2, "link": 2}


def test_pins_without_both_columns_of_pictures_have_no_picture() -> None:
    pins = _pins({"pin_id": 1}, {"pin_id": 2}).drop_columns(["image", "image_signature"])
    assert _intake([pins]).counts.counts_by_reason == {"no_picture": 2}


def test_a_column_that_stands_twice_is_refused() -> None:
    users = pa.table([[1], [2], ["a"], ["c"], pa.nulls(1)], ["user_id", "user_id", "username", "country", "created_at"])
    with pytest.raises(RawInputError, match=r"u.parquet: users have more than one column user_id"):
        conform(users, RAW_USERS, "u.parquet")


def test_signatures_are_lower_case_and_blanks_say_nothing() -> None:
    pins = normalised(
        _pins({"image_signature": " AbC1 ", "image": " A.JPG"}, {"image_signature": " ", "image": ""}, {"image": None})
    )
    assert pins["image_signature"].to_pylist() == ["abc1", None, "aa"]
    assert pins["image"].to_pylist() == ["A.JPG", None, None]
    boards = pa.table({"category": [" Home Decor ", "", None]})
    assert normalised(boards)["category"].to_pylist() == ["Home Decor", None, None]


def test_pins_that_differ_in_the_case_of_their_signature_share_a_picture() -> None:
    _, accepted = _taken_in([_pins({"pin_id": 1, "image_signature": "FF"}, {"pin_id": 2, "image_signature": "ff"})])
    assert accepted["image_signature"].to_pylist() == ["ff", "ff"]
    assert accepted.schema == PINS


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"pin_id": None}, "pin_id_is_null"),
        ({"board_id": None}, "board_id_is_null"),
        ({"user_id": None}, "user_id_is_null"),
        ({"pin_id": None, "user_id": None, "image_signature": "no hex"}, "pin_id_is_null"),
        ({"image_signature": "no hex"}, "image_signature_not_hex"),
        ({"image_signature": "aa\nbb"}, "image_signature_not_hex"),
        ({"image_signature": "0xff", "image": "a.jpg"}, "image_signature_not_hex"),
        ({"image_signature": None}, "no_picture"),
        ({"image_signature": "", "image": " "}, "no_picture"),
        ({"created_at": FAR_FUTURE_MS}, "created_at_out_of_range"),
        ({"created_at": -FAR_FUTURE_MS}, "created_at_out_of_range"),
    ],
)
def test_a_bad_row_is_rejected_with_the_first_rule_it_breaks(row: Row, reason: str) -> None:
    assert _reasons(row, {"pin_id": 2}) == {reason: 1}


def test_boards_and_users_need_their_ids_only() -> None:
    boards = pa.Table.from_pylist([{"board_id": 1, "user_id": 2}, {"board_id": 2}, {"user_id": 2}], _nullable(BOARDS))
    assert _intake([boards], RAW_BOARDS).counts.counts_by_reason == {"board_id_is_null": 1, "user_id_is_null": 1}
    users = pa.Table.from_pylist([{"user_id": 1}, {"username": "ann"}], _nullable(USERS))
    assert _intake([users], RAW_USERS).counts.counts_by_reason == {"user_id_is_null": 1}


def test_the_first_and_the_last_millisecond_of_the_calendar_are_accepted() -> None:
    ends = pa.array(["0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"]).cast(pa.timestamp("ms", tz="UTC"))
    beyond = pa.concat_arrays([pa.array([time.value + step for time, step in zip(ends, (-1, 1), strict=True)])])
    for times, n_accepted in ((ends, 2), (beyond.cast(ends.type), 0)):
        pins = _pins({"pin_id": 1}, {"pin_id": 2}).drop_columns("created_at").append_column("created_at", times)
        assert _intake([pins]).counts.n_accepted == n_accepted


def test_an_empty_batch_is_split_into_nothing() -> None:
    for raw in (RAW_PINS, RAW_BOARDS, RAW_USERS):
        for empty in (_nullable(raw.schema).empty_table(), pa.Table.from_batches([], _nullable(raw.schema))):
            accepted, bad, reasons = split_by_rules(normalised(conform(empty, raw, "f").rows), raw)
            assert accepted.num_rows == bad.num_rows == len(reasons) == 0


def test_pins_without_signature_get_that_of_their_picture() -> None:
    pins = _pins({"image": "b.jpg"}, {"pin_id": 2, "image_signature": None, "image": "a.jpg"})
    intake, accepted = _taken_in([pins], signatures=SIGNATURES)
    assert accepted["image_signature"].to_pylist() == ["aa", "ff00"]
    assert intake.counts.n_rejected == 0


def test_pins_whose_picture_turned_out_bad_are_rejected() -> None:
    looked_at = {"pin_id": 1, "image_signature": None, "image": "b.jpg"}
    unknown = {"pin_id": 2, "image_signature": None, "image": "c.jpg"}
    assert _reasons(looked_at, unknown, signatures=SIGNATURES) == {"image_corrupt": 1, "image_not_looked_at": 1}
    no_signatures = IMAGE_SIGNATURES.empty_table()
    assert _reasons(looked_at, signatures=no_signatures) == {"image_not_looked_at": 1}
    assert _reasons({"pin_id": 3}, signatures=no_signatures) == {}


def test_identical_rows_are_one_row() -> None:
    intake, accepted = _taken_in([_pins({}, {"pin_id": 2}, {})])
    assert sorted(accepted["pin_id"].to_pylist()) == [1, 2]
    assert intake.counts.counts_by_reason == {"duplicate_identical": 1}


def test_rows_are_compared_as_they_are_written_after_the_checks() -> None:
    intake, accepted = _taken_in([_pins({"image_signature": "AA"}), _pins({"image_signature": "aa", "image": ""})])
    assert accepted.num_rows == 1
    assert intake.counts.counts_by_reason == {"duplicate_identical": 1}


def test_of_rows_that_contradict_each_other_none_is_accepted() -> None:
    said = ({"description": "oak"}, {"description": "oak"}, {"description": None})
    intake, accepted = _taken_in([_pins(*said, {"pin_id": 2})])
    assert accepted["pin_id"].to_pylist() == [2]
    assert intake.counts.counts_by_reason == {"duplicate_conflicting": 3}


def test_duplicates_are_found_across_batches() -> None:
    intake, accepted = _taken_in(
        [_pins({}, {"pin_id": 2}), _pins({"pin_id": 3}), _pins({}, {"pin_id": 2, "board_id": 11})]
    )
    assert sorted(accepted["pin_id"].to_pylist()) == [1, 3]
    assert intake.counts.counts_by_reason == {"duplicate_conflicting": 2, "duplicate_identical": 1}


def test_a_row_survives_a_bad_one_with_its_id() -> None:
    intake, accepted = _taken_in([_pins({}), _pins({"board_id": None})])
    assert accepted["pin_id"].to_pylist() == [1]
    assert intake.counts.counts_by_reason == {"board_id_is_null": 1}


def test_duplicates_are_settled_in_order_of_id() -> None:
    rows = pa.table({"board_id": [9, 3, 3, 5, 9, 5], "name": ["x", None, None, "a", "x", "b"]})
    accepted, rejected, reasons = settle_duplicates(rows, "board_id")
    assert accepted.to_pydict() == {"board_id": [3, 9], "name": [None, "x"]}
    assert sorted(zip(reasons.to_pylist(), rejected["board_id"].to_pylist(), strict=True)) == [
        ("duplicate_conflicting", 5),
        ("duplicate_conflicting", 5),
        ("duplicate_identical", 3),
        ("duplicate_identical", 9),
    ]


def test_rows_are_found_by_their_ids() -> None:
    rows = pa.table({"board_id": [4, 9, 2**62, 4]})
    assert with_ids(rows, "board_id", np.array([4, 8])).tolist() == [True, False, False, True]
    assert with_ids(rows, "board_id", np.empty(0, np.int64)).tolist() == [False] * 4
    assert repeated_ids(np.empty(0, np.int64)).tolist() == []


def test_a_rejected_row_says_what_it_held() -> None:
    bad = _pins({"pin_id": None, "description": "étagère", "created_at": 0}, {"board_id": None, "created_at": 2**60})
    (first, second) = rejected_rows(RAW_PINS, bad, pa.array(["one", "two"])).to_pylist()
    assert (first["raw_table"], first["reason"], first["key"]) == ("pins", "one", None)
    content = json.loads(first["content"])
    assert (content["description"], content["created_at"]) == ("étagère", "1970-01-01 00:00:00.000Z")
    assert second["key"] == 1
    assert json.loads(second["content"])["created_at"] == str(2**60)  # no calendar tells it: as it came


def test_rejected_rows_are_numbered_by_content_whatever_order_they_came_in() -> None:
    users = pa.Table.from_pylist([{"username": "ann"}], _nullable(USERS))
    parts = [
        rejected_rows(RAW_USERS, users, pa.array(["user_id_is_null"])),
        rejected_rows(RAW_PINS, _pins({"board_id": None}, {"pin_id": None}), pa.array(["b", "a"])),
    ]
    rows = numbered(pa.concat_tables(parts))
    assert rows.schema == REJECTED_ROWS
    assert rows.select(["row_number", "raw_table", "reason", "key"]).to_pylist() == [
        {"row_number": 0, "raw_table": "pins", "reason": "a", "key": None},
        {"row_number": 1, "raw_table": "pins", "reason": "b", "key": 1},
        {"row_number": 2, "raw_table": "users", "reason": "user_id_is_null", "key": None},
    ]
    assert rows.equals(numbered(pa.concat_tables(parts[::-1])))
    assert numbered(UNNUMBERED.empty_table()).num_rows == 0
    assert numbered(parts[0], 7)["row_number"].to_pylist() == [7]


def test_a_share_of_bad_rows_up_to_the_limit_is_allowed() -> None:
    intake = _intake([_pins({"pin_id": None}, *[{"pin_id": pin} for pin in range(3)])])
    intake.counts.check_share(0.25)
    with pytest.raises(RawInputError) as error:
        intake.counts.check_share(0.2)
    assert str(error.value).startswith(
        "1 of 4 pins were rejected (pin_id_is_null 1), more than the share of 0.2 that is allowed; "
        'first: {"pin_id": null, "board_id": 10,'
    )
    assert str(error.value).endswith("mend the snapshot, or raise max_rejected_share in luigi.cfg")


def test_copies_of_accepted_rows_are_not_held_against_a_snapshot() -> None:
    _intake([_pins({}, {}, {}, {})]).counts.check_share(0)
    with pytest.raises(RawInputError, match=r"1 of 5 pins .* \(board_id_is_null 1\).*first: \{.pin_id.: 7"):
        _intake([_pins({}, {}, {}, {}), _pins({"pin_id": 7, "board_id": None})]).counts.check_share(0)


def test_an_empty_snapshot_is_refused() -> None:
    with pytest.raises(RawInputError, match="the snapshot of pins is empty"):
        _intake([_pins()]).counts.check_share(1)


ROWS = st.fixed_dictionaries(
    {
        "pin_id": st.sampled_from([1, 2, 3, 4, None]),
        "board_id": st.sampled_from([10, 10, 10, 11, None]),
        "image_signature": st.sampled_from(["aa", "aa", "AA ", "bb", "", None, "no hex"]),
        "image": st.sampled_from([None, "", "a.jpg", "b.jpg", "c.jpg"]),
        "created_at": st.sampled_from([None, None, 0, FAR_FUTURE_MS]),
    }
)
BATCHES = st.lists(st.lists(ROWS, max_size=6), min_size=1, max_size=4)
SOME_SIGNATURES = st.sampled_from([None, SIGNATURES])


@settings(deadline=None)
@given(batches=BATCHES, signatures=SOME_SIGNATURES)
def test_accepted_and_rejected_rows_are_what_was_read(batches: list[list[Row]], signatures: pa.Table | None) -> None:
    intake, accepted = _taken_in([_pins(*rows) for rows in batches], signatures=signatures)
    n_read = sum(map(len, batches))
    assert intake.counts.n_read == n_read
    assert intake.counts.n_accepted == accepted.num_rows
    assert intake.counts.n_accepted + intake.counts.n_rejected == n_read
    assert _numbered(intake).num_rows == intake.counts.n_rejected
    keys = Counter(accepted["pin_id"].to_pylist()) + Counter(_numbered(intake)["key"].to_pylist())
    assert keys == Counter(row["pin_id"] for rows in batches for row in rows)
    assert len(set(accepted["pin_id"].to_pylist())) == accepted.num_rows


@settings(max_examples=50, deadline=None)
@given(batches=BATCHES, signatures=SOME_SIGNATURES, random=st.randoms(use_true_random=False))
def test_the_order_of_raw_rows_and_their_batches_change_nothing(
    batches: list[list[Row]], signatures: pa.Table | None, random: Random
) -> None:
    rows = [row for batch in batches for row in batch]
    random.shuffle(rows)
    first, accepted = _taken_in([_pins(*batch) for batch in batches], signatures=signatures)
    second, same = _taken_in([_pins(*rows)], signatures=signatures)
    assert accepted.sort_by("pin_id").equals(same.sort_by("pin_id"))
    assert _numbered(first).equals(_numbered(second))


@settings(max_examples=50, deadline=None)
@given(batches=BATCHES)
def test_accepted_rows_pass_every_check_again(batches: list[list[Row]]) -> None:
    _, accepted = _taken_in([_pins(*rows) for rows in batches], signatures=SIGNATURES)
    again, same = _taken_in([accepted])
    assert again.counts.n_rejected == 0
    assert same.equals(accepted)
