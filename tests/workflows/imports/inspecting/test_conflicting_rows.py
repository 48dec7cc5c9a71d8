"""Mappings that an import would take and of whose rows a run would refuse many."""

from pathlib import Path

import pytest

from workflows.commands.inputs.guessed_mapping import print_guess
from workflows.imports.inspecting.inspect_source import inspect_source


def write_pins(path: Path, n_shared: int) -> None:
    """Write 40 boards of 5 pins each; of some, another user pins as well."""
    rows = [f"{n},{n % 40},{n % 40 + (100 if n >= 160 and n % 40 < n_shared else 0)},a{n % 7}" for n in range(200)]
    path.write_text("\n".join(["pin_id,board_id,user_id,md5", *rows, ""]))


def test_boards_of_several_users_are_a_problem_and_the_exit_code_is_1(tmp_path: Path, capsys) -> None:
    write_pins(tmp_path / "pins.csv", n_shared=12)
    assert print_guess(tmp_path, None, overwrite=False) == 1
    printed = capsys.readouterr().err
    assert "problem: boards: 12 of 40 board_id of the sample have several rows that differ in user_id" in printed
    assert "for user_id the same column as for board_id" in printed


@pytest.mark.parametrize(("n_shared", "is_complete"), [(0, True), (2, True), (3, False)])
def test_a_few_boards_of_several_users_are_told_and_no_problem(
    n_shared: int, is_complete: bool, tmp_path: Path
) -> None:
    write_pins(tmp_path / "pins.csv", n_shared)
    inspection = inspect_source(tmp_path)
    assert inspection.is_complete == is_complete


def test_equal_rows_of_a_board_are_no_conflict(tmp_path: Path) -> None:
    write_pins(tmp_path / "pins.csv", n_shared=0)
    boards = "".join(f"{n % 40},{n % 40},name {n % 40}\n" for n in range(44))
    (tmp_path / "boards.csv").write_text(f"board_id,user_id,name\n{boards}")
    assert inspect_source(tmp_path).is_complete
