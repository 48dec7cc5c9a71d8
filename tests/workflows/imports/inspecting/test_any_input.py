"""Whatever a file holds: an error is one of ours, and a mapping that is called complete is one that an import takes."""

import datetime as dt
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from joins.errors import SourceError
from joins.raw.mapped.mapping import parse_mapping
from workflows.imports.import_raw import import_raw
from workflows.imports.inspecting.inspect_source import inspect_source

DATE = dt.date(2026, 11, 20)
EXAMPLES = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
NAMES = st.sampled_from(
    [
        "id",
        "pin_id",
        "board",
        "user",
        "image",
        "when",
        "via",
        "name",
        "category",
        "",
        "a b",
        'q"',
        "x",
        "#",
        "\x1b[1m",
        "\u202e",
        "\n",
    ]
)
CELLS = st.one_of(
    st.sampled_from(
        [
            "",
            "1",
            "0",
            "-1",
            "1.5",
            "NULL",
            "\\N",
            "nan",
            "2021-04-05",
            "04/05/2021",
            "ff" * 8,
            "https://x.org/1.jpg",
            "true",
        ]
    ),
    st.text(max_size=6),
)
BYTES = st.binary(max_size=300) | st.text(max_size=300).map(str.encode)
VALUES = st.one_of(
    st.none(), st.integers(-(2**63), 2**63 - 1), st.text(max_size=4), st.floats(), st.booleans(), st.binary(max_size=3),
    st.datetimes(), st.dates(), st.lists(st.integers(0, 9), max_size=2), st.fixed_dictionaries({"id": st.integers()}),
)  # fmt: skip


def inspected(folder: Path) -> None:
    """Inspect a folder; what comes out is an error of ours, or a mapping that parses and, if complete, imports."""
    try:
        inspection = inspect_source(folder)
        text = inspection.mapping()
    except SourceError:
        return
    parse_mapping(text)
    if inspection.is_complete:
        (folder / "mapping.toml").write_text(text, encoding="utf-8")
        import_raw(folder / "mapping.toml", folder, folder / "input", DATE)


@EXAMPLES
@given(
    content=BYTES,
    ending=st.sampled_from(["csv", "json", "parquet"]),
)
def test_any_bytes(content: bytes, ending: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / f"pins.{ending}").write_bytes(content)
        inspected(Path(folder))


@EXAMPLES
@given(
    header=st.lists(NAMES, min_size=1, max_size=6),
    rows=st.lists(st.lists(CELLS, min_size=6, max_size=6), max_size=8),
    delimiter=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(["utf-8", "utf-16", "cp1252"]),
)
def test_any_table_of_texts(header: list[str], rows: list[list[str]], delimiter: str, encoding: str) -> None:
    lines = [header, *(row[: len(header)] for row in rows)]
    text = "\n".join(delimiter.join(cells) for cells in lines)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "pins.csv").write_bytes(text.encode(encoding, "replace"))
        inspected(Path(folder))


@EXAMPLES
@given(columns=st.dictionaries(NAMES, st.lists(VALUES, min_size=4, max_size=4), min_size=1, max_size=6))
def test_any_table_of_values(columns: dict[str, list[object]]) -> None:
    arrays = {}
    for name, values in columns.items():
        try:
            arrays[name] = pa.array(values)
        except (pa.ArrowException, OverflowError, TypeError, ValueError):
            arrays[name] = pa.array([str(value) for value in values])
    with tempfile.TemporaryDirectory() as folder:
        try:
            pq.write_table(pa.table(arrays), Path(folder) / "pins.parquet")
        except (pa.ArrowException, UnicodeEncodeError):
            return
        inspected(Path(folder))
