"""`interest-graph show`: a key is found as people write it, and no column is hidden without a word."""

import io
from dataclasses import replace

import pytest
from rich.cells import cell_len
from rich.console import Console

from storage_tiers import KeyTypeError, open_dataset
from workflows.commands.outputs.show import find_rows, print_found
from workflows.output_console import Column, print_table

IN_BOTH_TIERS = pytest.mark.parametrize("tier", ["random", "debug"])


@IN_BOTH_TIERS
@pytest.mark.parametrize("write", [str, str.upper, " {}\u00a0\n".format, lambda signature: signature.upper() + "\t"])
def test_a_signature_is_found_as_the_check_of_raw_input_reads_it(built_day, tier, write):
    signature = open_dataset(built_day.output_root, "pin_joins").to_table(["image_signature"])[0][0].as_py()
    (row,) = find_rows(built_day.output_root, "pin_join", write(signature), tier, None, None).rows
    assert row["image_signature"] == signature


@IN_BOTH_TIERS
@pytest.mark.parametrize("key", ["", " ", "a" * 10_000, "\0", "x y"])
def test_nothing_is_found_under_a_signature_that_is_none(built_day, tier, key):
    assert not find_rows(built_day.output_root, "pin_join", key, tier, None, None).rows


@IN_BOTH_TIERS
def test_bytes_that_are_no_text_are_no_signature(built_day, tier):
    with pytest.raises(KeyTypeError, match="is no key of pin_joins: image_signature is string"):
        find_rows(built_day.output_root, "pin_join", "\udcff", tier, None, None)


def page(width, show):
    printed = io.StringIO()
    show(Console(file=printed, width=width, highlight=False))
    return printed.getvalue()


@pytest.mark.parametrize("width", [20, 40, 80, 120, 200, 1_000_000])
@pytest.mark.parametrize("join", ["pin_join", "board_join", "user_join"])
def test_every_column_of_a_row_is_there_or_named(built_day, width, join):
    dataset = open_dataset(built_day.output_root, f"{join}s")
    key = str(dataset.to_table([dataset.manifest.key])[0][0])
    found = find_rows(built_day.output_root, join, key, "debug", None, None)
    printed = page(width, lambda console: print_found(found, console))
    words = {word for line in printed.splitlines() for word in line.replace(",", " ").replace(":", " ").split()}
    whole = "".join(printed.split())
    for name, value in found.rows[0].items():
        assert name in words or name in whole
        for column in value[0] if isinstance(value, list) and value else ():
            assert column in whole or column[: width - 1] in whole


WORDS = ["a" * 30, "1,234", "漢" * 20, "5"]
COLUMNS = [Column("first"), Column("n", is_text=False), Column("a name that is long"), Column("m", is_text=False)]


@pytest.mark.parametrize("width", range(1, 130))
def test_what_has_no_room_is_named_and_what_is_cut_shows_it(width):
    printed = page(
        width, lambda console: print_table(COLUMNS, [WORDS, ["b", "2", "c", "d"]], console, "--json has all")
    )
    table, _, note = printed.partition("(")
    assert all(cell_len(line.rstrip()) <= width for line in printed.splitlines())
    header = table.splitlines()[0]
    shown = [column.name for column in COLUMNS if f" {column.name} " in f" {header} "]
    said = " ".join(note.split())
    if width >= cell_len("a name that is l") * 2:
        for column in COLUMNS:
            assert column.name in shown or column.name in said or "…" in header
        assert ("is cut" in said) == ("…" in table)
        assert ("--json has all" in said) == bool(note)
    assert bool(note) == (width < 30 + 5 + 40 + 1 + 3 * 2)


def test_columns_without_a_value_are_named(built_day):
    row = {"board_id": 1, "pins": [{"pin_id": 1, "link": None}, {"pin_id": 2, "link": None}]}
    found = replace(find_rows(built_day.output_root, "board_join", "1", "debug", None, None), rows=[row])
    printed = page(80, lambda console: print_found(found, console))
    assert "(nothing here in link)" in printed
