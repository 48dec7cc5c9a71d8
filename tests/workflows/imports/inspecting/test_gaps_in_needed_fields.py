"""Fields that every raw row needs and that rows of the sample lack."""

from pathlib import Path

import pytest

from workflows.imports.inspecting.inspect_source import inspect_source

FIELDS = ("pin_id", "board_id", "user_id", "md5")


def write_pins(path: Path, field: str, n_gaps: int, n_rows: int = 400) -> None:
    """Write pins of 40 boards; the last of them lack a field."""
    rows = []
    for n in range(n_rows):
        row = {"pin_id": n, "board_id": n % 40, "user_id": n % 40 + 7, "md5": f"{n % 9 + 1:016x}a"}
        rows.append(",".join("" if n >= n_rows - n_gaps and name == field else str(row[name]) for name in FIELDS))
    path.write_text("\n".join([",".join(FIELDS), *rows, ""]))


@pytest.mark.parametrize("field", ["board_id", "md5"])
@pytest.mark.parametrize(("n_gaps", "is_complete"), [(0, True), (20, True), (21, False)])
def test_gaps_in_more_than_one_row_of_20_are_a_problem(
    field: str, n_gaps: int, is_complete: bool, tmp_path: Path
) -> None:
    write_pins(tmp_path / "pins.csv", field, n_gaps)
    inspection = inspect_source(tmp_path)
    assert inspection.is_complete == is_complete
    named = {"md5": "image_signature or image"}.get(field, field)
    said = f"pins: {n_gaps} of 400 rows of the sample have no {named}"
    assert any(problem.startswith(said) for problem in inspection.problems) == (not is_complete)


def test_gaps_far_from_the_beginning_count(tmp_path: Path) -> None:
    write_pins(tmp_path / "pins.csv", "board_id", 2_000, n_rows=20_000)
    assert not inspect_source(tmp_path).is_complete
