"""`interest-graph show` and `explain`: rows are found by the ids and pictures of an imported source."""

import datetime as dt

import pyarrow as pa
import pytest

from joins.raw.given_keys import given_key
from joins.raw.mapped.stable_ids import stable_ids, text_digests
from workflows.commands.days.run import run_day
from workflows.commands.outputs.explain import explained_board, not_explained
from workflows.commands.outputs.show import find_rows, not_found
from workflows.imports.import_raw import import_raw

DATE = dt.date(2026, 11, 20)
LONG_NAME = "https://example.org/pictures/" + "a" * 200 + ".jpg"
SAVES = f"""pin,board,user,picture
1,Gärten & Höfe,7,{LONG_NAME}
2,99999999999999999999,7,garlic
3,12,8,garlic
4,007,8,garlic
"""


@pytest.fixture(scope="module")
def output(tmp_path_factory, day_of, mapping_text):
    root = tmp_path_factory.mktemp("named")
    (root / "saves.csv").write_text(SAVES, encoding="utf-8")
    picture = 'image_signature = { column = "picture", as = "digest" }'
    mapping = mapping_text(*["saves.csv"] * 3, distinct=("boards", "users"), more={"pins": picture})
    minting = mapping.replace('board_id = "board"', 'board_id = { column = "board", as = "id" }')
    (root / "mapping.toml").write_text(minting, encoding="utf-8")
    import_raw(root / "mapping.toml", root, root / "input", DATE)
    assert run_day(day_of(root / "input", root / "output")) == 0
    return root / "output"


@pytest.mark.parametrize("tier", ["random", "debug"])
@pytest.mark.parametrize(
    ("join", "key", "column", "value"),
    [
        ("board_join", "Gärten & Höfe", "n_pins", 1),
        ("board_join", "  Gärten & Höfe\t", "n_pins", 1),
        ("board_join", "99999999999999999999", "n_pins", 1),  # beyond 64 bits, so a text
        ("board_join", "12", "n_pins", 1),
        ("board_join", "12.0", "n_pins", 1),
        ("board_join", "007", "n_pins", 1),
        ("user_join", "7", "user_id", 7),
        ("user_join", " 7.0", "user_id", 7),
        ("pin_join", LONG_NAME, "n_pins", 1),
        ("pin_join", "garlic", "n_pins", 3),
    ],
)
def test_a_row_is_found_as_its_source_names_it(output, tier, join, key, column, value):
    (row,) = find_rows(output, join, key, tier, None, None).rows
    assert row[column] == value


def test_the_id_itself_is_found_as_ever(output):
    (board,), (picture,) = (of([name]).to_pylist() for of, name in ((minted, "12"), (digested, "garlic")))
    assert find_rows(output, "board_join", str(board), "random", None, None).rows[0]["board_id"] == board
    assert find_rows(output, "pin_join", picture.upper(), "random", None, None).rows[0]["image_signature"] == picture


def minted(names):
    return stable_ids(pa.array(names))


def digested(names):
    return text_digests(pa.array(names))


def test_explain_takes_such_ids_too(output):
    version, why = explained_board(output, "board", "Gärten & Höfe", None, None)
    assert why is not None
    assert why.board_id == minted(["Gärten & Höfe"])[0].as_py()
    assert explained_board(output, "board", "nobody's", None, None) == (version, None)
    assert not_explained("12345", version) == f"board 12345 is not in {version}"


def test_what_is_not_there_is_told_with_the_id_that_was_looked_for(output):
    found = find_rows(output, "board_join", "nobody's", "random", None, None)
    assert not found.rows
    looked_for = minted(["nobody's"])[0].as_py()
    expected = f"board_join nobody's is not in {found.version} ({looked_for}, if an import made an id of that text)"
    assert not_found(found) == expected


@pytest.mark.parametrize("key", ["", " ", "\udcff", "1.23457E+17"])
def test_what_no_import_makes_an_id_of_stands_for_itself(key):
    assert given_key(key, "board_id").keys == (key,)


def test_a_pipe_gets_every_column_whole(output, run_command, tmp_path):
    shown = run_command(
        "interest-graph", "show", "board_join", "12", "--tier", "debug", "--output", output, cwd=tmp_path
    )
    assert shown.returncode == 0, shown.stderr
    assert "…" not in shown.stdout
    lines = shown.stdout.splitlines()
    assert lines == [line.rstrip() for line in lines]
    heads = [line for line in lines if line.startswith("image_signature ")]
    assert heads
