"""Values of a source through a whole import: ids as pandas writes them, unlikely times, bytes that are no text."""

import datetime as dt
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from joins.errors import SourceError
from workflows.imports.import_raw import import_raw
from workflows.imports.import_summary import ImportSummary

DATE = dt.date(2026, 11, 20)
BOARDS_AND_USERS = """
[boards]
source = "boards.csv"
[boards.columns]
board_id = BOARD
user_id = "user"
[users]
source = "boards.csv"
distinct = true
[users.columns]
user_id = "user"
"""
PINS = """
[pins]
source = "SOURCE"
OPTIONS
[pins.columns]
pin_id = { row_number = true }
board_id = BOARD
user_id = { constant = 1 }
"""


def import_pins(
    folder: Path, source: str, columns: str = "", *, options: str = "", board: str = '{ column = "board", as = "id" }'
) -> ImportSummary:
    """Import pins of a source file, with boards 7 and 8."""
    (folder / "boards.csv").write_text("board,user\n7,1\n8,1\n", encoding="utf-8")
    text = PINS.replace("SOURCE", source).replace("OPTIONS", options) + columns + BOARDS_AND_USERS
    (folder / "shop.toml").write_text(text.replace("BOARD", board), encoding="utf-8")
    return import_raw(folder / "shop.toml", folder, folder / "input", DATE, overwrite=True)


def column(folder: Path, table: str, name: str) -> list[object]:
    return list(pq.read_table(folder / "input" / table / f"date={DATE}", partitioning=None)[name].to_pylist())


def test_board_ids_that_pandas_wrote_lead_to_their_boards(tmp_path: Path) -> None:
    (tmp_path / "pins.csv").write_text("board\n7.0\n8.0\nnan\nNone\n 7 \n", encoding="utf-8")
    summary = import_pins(tmp_path, "pins.csv")
    seven, eight = column(tmp_path, "boards", "board_id")
    assert column(tmp_path, "pins", "board_id") == [seven, eight, None, None, seven]
    dictionary = zip(column(tmp_path, "source_ids", "source_id"), column(tmp_path, "source_ids", "id"), strict=True)
    assert dict(dictionary) == {"7": seven, "8": eight}
    assert "  pins.board_id: 1 'nan', 1 'None' read as missing" in str(summary).splitlines()


def test_ids_without_as_read_the_same_texts_as_missing(tmp_path: Path) -> None:
    (tmp_path / "pins.csv").write_text('board,from\n7,nan\n8.0,<NA>\n7,""\n7,1.0\n7,\n', encoding="utf-8")
    summary = import_pins(tmp_path, "pins.csv", 'parent_pin_id = "from"\n', board='"board"')
    assert column(tmp_path, "pins", "board_id") == [7, 8, 7, 7, 7]
    assert column(tmp_path, "pins", "parent_pin_id") == [None, None, None, 1, None]
    assert "pins.parent_pin_id: 1 'nan', 1 '<NA>', 1 '' read as missing" in str(summary)


def test_the_mapping_says_which_texts_are_missing(tmp_path: Path) -> None:
    (tmp_path / "pins.csv").write_text("board\nNone\n-\n7\n", encoding="utf-8")
    import_pins(tmp_path, "pins.csv", options="missing_ids = []")
    assert sorted(str(text) for text in column(tmp_path, "source_ids", "source_id")) == ["-", "7", "8", "None"]
    summary = import_pins(tmp_path, "pins.csv", options='missing_ids = ["-"]')
    assert sorted(str(text) for text in column(tmp_path, "source_ids", "source_id")) == ["7", "8", "None"]
    assert "pins.board_id: 1 '-' read as missing" in str(summary)


def test_pins_without_a_picture_do_not_share_one_called_nan(tmp_path: Path) -> None:
    (tmp_path / "pins.csv").write_text(
        "board,picture,note\n7,nan,nan\n7,12.0,NA\n7,12,None\n7,NaN,\n", encoding="utf-8"
    )
    columns = 'image_signature = { column = "picture", as = "digest" }\nimage = "picture"\ndescription = "note"\n'
    import_pins(tmp_path, "pins.csv", columns)
    signatures = column(tmp_path, "pins", "image_signature")
    assert signatures[0] is None
    assert signatures[3] is None
    assert signatures[1] == signatures[2] is not None
    assert column(tmp_path, "pins", "image") == [None, "12.0", "12", None]
    assert column(tmp_path, "pins", "description") == ["nan", "NA", "None", None]  # texts are nobody's ids


def test_nan_of_a_floating_point_column_is_missing(tmp_path: Path) -> None:
    pins = pa.table({"board": [7.0, 8.0, float("nan")], "from": [float("nan"), 1.0, None]})
    pq.write_table(pins, tmp_path / "pins.parquet")
    summary = import_pins(tmp_path, "pins.parquet", 'parent_pin_id = "from"\n')
    seven, eight = column(tmp_path, "boards", "board_id")
    assert column(tmp_path, "pins", "board_id") == [seven, eight, None]
    assert column(tmp_path, "pins", "parent_pin_id") == [None, 1, None]
    assert "pins.parent_pin_id: 1 'NaN' read as missing" in str(summary)


@pytest.mark.parametrize(
    "parents",
    [
        pa.array([0, 1, -1]),
        pa.array([0.0, 1.0, -1.0]),
        pa.array(["0", "1", "-1"]),
        pa.array([" 0", "1", "-1 "]),
        pa.array([0, 1, -1]).cast(pa.decimal128(21, 2)),
        pa.array(["0", "1", "-1"]).dictionary_encode(),
    ],
    ids=lambda parents: str(parents.type),
)
def test_null_values_mean_nothing_as_numbers_too(tmp_path: Path, parents: pa.Array) -> None:
    pq.write_table(pa.table({"board": [7, 7, 7], "from": parents}), tmp_path / "pins.parquet")
    import_pins(tmp_path, "pins.parquet", 'parent_pin_id = "from"\n', options='null_values = ["0", "-1", "nan"]')
    assert column(tmp_path, "pins", "parent_pin_id") == [None, 1, None]


def test_a_parent_equal_to_the_pin_is_none_however_both_are_written(tmp_path: Path) -> None:
    (tmp_path / "pins.csv").write_text("board,pin,from\n7,1,1.0\n7,2,1.0\n7,nan,nan\n", encoding="utf-8")
    import_pins(tmp_path, "pins.csv", 'parent_pin_id = { column = "from", null_if_equal = "pin" }\n')
    assert column(tmp_path, "pins", "parent_pin_id") == [None, 1, None]


@settings(deadline=None, max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ids=st.lists(st.one_of(st.none(), st.integers(-9, 99), st.integers(2**52, 2**53 - 1)), min_size=1, max_size=6))
def test_ids_are_the_same_however_pandas_wrote_them(tmp_path: Path, ids: list[int | None]) -> None:
    gaps = ["nan" if one is None else f"{float(one)}" for one in ids]
    (tmp_path / "gaps.csv").write_text("\n".join(["board", *gaps, ""]), encoding="utf-8")
    pa_csv.write_csv(pa.table({"board": pa.array(ids, pa.int64()), "row": range(len(ids))}), tmp_path / "plain.csv")
    pq.write_table(pa.table({"board": pa.array(ids, pa.int64())}), tmp_path / "plain.parquet")
    pq.write_table(pa.table({"board": pa.array(ids, pa.float64())}), tmp_path / "gaps.parquet")
    pq.write_table(pa.table({"board": pa.array(gaps, pa.string())}), tmp_path / "texts.parquet")
    seen = set()
    for source in ("gaps.csv", "plain.csv", "plain.parquet", "gaps.parquet", "texts.parquet"):
        import_pins(tmp_path, source, 'parent_pin_id = "board"\n')
        assert column(tmp_path, "pins", "parent_pin_id") == ids
        seen.add(tuple(column(tmp_path, "pins", "board_id")))
    (minted,) = seen
    assert [one is None for one in minted] == [one is None for one in ids]
    assert len(set(minted)) == len(set(ids))


@pytest.mark.parametrize(
    ("how", "texts", "complaint"),
    [
        ('{ column = "when", format = "%d/%m/%Y" }', ["13/02/2021", "31/04/2021"], "no calendar has that day"),
        (
            '{ column = "when", format = "%d %b %Y %H:%M %Z" }',
            ["1 Apr 2021 05:43 GMT", "1 Apr 2021 05:43 EST"],
            "%Z is",
        ),
        ('"when"', ["2021-01-01 10:00 UTC", "2021-01-01 10:00 PDT"], "a time is YYYY-MM-DD"),
    ],
)
def test_a_time_that_no_calendar_has_or_whose_zone_nobody_knows_is_named(
    tmp_path: Path, how: str, texts: list[str], complaint: str
) -> None:
    pa_csv.write_csv(pa.table({"board": [7, 7], "when": texts}), tmp_path / "pins.csv")
    with pytest.raises(SourceError) as caught:
        import_pins(tmp_path, "pins.csv", f"created_at = {how}\n")
    assert str(caught.value).startswith(f"pins.csv, row 2: column 'when' holds '{texts[1]}'")
    assert complaint in str(caught.value)


def test_cut_times_are_counted_and_missing_ones_too(tmp_path: Path) -> None:
    times = ["2021-01-01T10:00:00.1234Z", "2021-01-01T10:00:00.123000Z", "NaT", "2021-01-01T10:00:00.12345678Z"]
    pa_csv.write_csv(pa.table({"board": [7] * 4, "when": times}), tmp_path / "pins.csv")
    lines = str(import_pins(tmp_path, "pins.csv", 'created_at = "when"\n')).splitlines()
    assert "  pins.created_at: 2 times cut to the millisecond" in lines
    assert "  pins.created_at: 1 'NaT' read as missing" in lines
    assert not [line for line in lines if line.startswith("warning")]


def test_a_snapshot_of_unlikely_times_is_said_loudly(tmp_path: Path) -> None:
    pa_csv.write_csv(pa.table({"board": [7, 7, 7], "when": [1_609_495_200] * 3}), tmp_path / "pins.csv")
    wrong = import_pins(tmp_path, "pins.csv", 'created_at = { column = "when", unit = "ms" }\n')
    assert (
        str(wrong)
        .splitlines()[-1]
        .startswith(
            "warning: pins.created_at: 3 of 3 times (100 %) lie before 1990, such as 1970-01-19 15:04:55.200Z; "
        )
    )
    right = import_pins(tmp_path, "pins.csv", 'created_at = { column = "when", unit = "s" }\n')
    assert "warning" not in str(right)


@pytest.mark.parametrize("type_", [pa.binary(), pa.string()])
def test_bytes_that_are_no_text_are_one_line_with_file_row_and_column(tmp_path: Path, type_: pa.DataType) -> None:
    stored = pa.array([b"owl", b"caf\xe9"])
    notes = pa.Array.from_buffers(type_, 2, stored.buffers())
    pq.write_table(pa.table({"board": [7, 7], "note": notes}), tmp_path / "pins.parquet")
    with pytest.raises(SourceError) as caught:
        import_pins(tmp_path, "pins.parquet", 'description = "note"\n', options='null_values = ["owl"]')
    assert str(caught.value) == (
        r"pins.parquet, row 2: column 'note' holds b'caf\xe9', which can't become description (string): "
        "its bytes are no UTF-8 text; write such texts as UTF-8, or say the encoding of the source in the mapping"
    )


def test_old_timestamps_of_96_bits_do_not_wrap_around(tmp_path: Path) -> None:
    times = [dt.datetime(9999, 12, 31, tzinfo=dt.UTC), dt.datetime(1, 1, 2, tzinfo=dt.UTC)]
    pins = pa.table({"board": [7, 7], "when": pa.array(times, pa.timestamp("us"))})
    pq.write_table(pins, tmp_path / "pins.parquet", use_deprecated_int96_timestamps=True)
    import_pins(tmp_path, "pins.parquet", 'created_at = "when"\n')
    assert column(tmp_path, "pins", "created_at") == times


def test_null_values_mean_nothing_as_pandas_writes_integers_with_gaps_too(tmp_path: Path) -> None:
    (tmp_path / "pins.csv").write_text("board,from,note\n7,0.0,0.0\n7,0,0\n7,-1.0,x\n7,1.0,y\n7,,z\n", encoding="utf-8")
    mapped = 'parent_pin_id = "from"\ndescription = "note"\n'
    import_pins(tmp_path, "pins.csv", mapped, options='null_values = ["0", "-1"]')
    assert column(tmp_path, "pins", "parent_pin_id") == [None, None, None, 1, None]
    assert column(tmp_path, "pins", "description") == ["0.0", None, "x", "y", "z"]
