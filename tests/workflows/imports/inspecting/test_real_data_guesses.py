"""Guesses on real collections, against the mappings that were written for them by hand."""

import datetime as dt
import os
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from joins.raw.mapped.mapping import parse_mapping
from workflows.imports.import_raw import import_raw
from workflows.imports.inspecting.inspect_source import inspect_source

DATE = dt.date(2026, 11, 20)
EXAMPLES = Path(__file__).parents[4] / "examples"
REAL_DATA = os.environ.get("INTEREST_GRAPH_DATA", "")  # the folder that holds the data sets


def source_of(name: str) -> Path:
    folder = Path(REAL_DATA) / name
    if not REAL_DATA or not folder.is_dir():
        pytest.skip(f"INTEREST_GRAPH_DATA names no folder with {name}/")
    return folder


@pytest.mark.parametrize("name", ["whats_cooking", "pinterest_interactions", "pinterest_boards"])
def test_the_columns_are_those_of_the_mapping_by_hand(name: str) -> None:
    guessed = parse_mapping(inspect_source(source_of(name)).mapping())
    by_hand = parse_mapping((EXAMPLES / f"{name}.toml").read_text(encoding="utf-8"))
    for one, other in zip(guessed, by_hand, strict=True):
        named = {field: origin for field, origin in other.columns.items() if field != "name"}  # a constant, by taste
        assert (one.columns, one.source, one.distinct) == (named, other.source, other.distinct)


@pytest.mark.parametrize("name", ["whats_cooking", "pinterest_boards"])
def test_the_import_has_the_same_rows(name: str, tmp_path: Path) -> None:
    source = source_of(name)
    (tmp_path / "mapping.toml").write_text(inspect_source(source).mapping(), encoding="utf-8")
    import_raw(tmp_path / "mapping.toml", source, tmp_path / "guessed", DATE)
    import_raw(EXAMPLES / f"{name}.toml", source, tmp_path / "by-hand", DATE)
    for table in ("pins", "boards", "users"):
        one, other = (pq.read_table(tmp_path / way / table, partitioning=None) for way in ("guessed", "by-hand"))
        spelled = ["category"] if table == "boards" and name == "pinterest_boards" else []  # aliases are an opinion
        assert one.drop_columns(spelled) == other.drop_columns(spelled)
