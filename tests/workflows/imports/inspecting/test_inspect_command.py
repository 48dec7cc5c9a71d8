"""The command: what goes to which stream, exit codes, files that are never overwritten, and the command to run next."""

import shlex
import shutil
from pathlib import Path

import pytest

from joins.errors import RawImportError, SourceError
from joins.raw.mapped.mapping import parse_mapping
from workflows.commands.inputs.guessed_mapping import print_guess
from workflows.daily import command_name


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "my data"
    folder.mkdir()
    (folder / "saves.csv").write_text(
        "save,list,member,md5\n" + "".join(f"{n},{n % 3},{n % 3 + 7},a{n % 5}\n" for n in range(40))
    )
    return folder


def test_the_mapping_alone_goes_to_standard_output(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert print_guess(source, None, overwrite=False) == 0
    printed = capsys.readouterr()
    assert parse_mapping(printed.out).pins.source == "saves.csv"
    assert "saves.csv  (utf-8, commas" in printed.err
    assert "pins.image_signature" in printed.err


def test_the_last_line_is_the_command_to_run(source: Path, tmp_path: Path, run_command, capsys) -> None:
    mapping = tmp_path / "mapping.toml"
    assert print_guess(source, mapping, overwrite=False) == 0
    command = shlex.split(capsys.readouterr().out.splitlines()[-1])
    assert command[:4] == [command_name(), "import", str(mapping), str(source)]
    program = Path(shutil.which(command[0]) or command[0]).absolute()
    done = run_command(program, *command[1:], "--input", tmp_path / "input", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "pins: 40 rows read, 40 written" in done.stderr


def test_a_mapping_that_is_there_is_replaced_only_if_asked(source: Path, tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.toml"
    mapping.write_text("mine")
    with pytest.raises(RawImportError, match="it is there already; name another file, or say --overwrite"):
        print_guess(source, mapping, overwrite=False)
    assert mapping.read_text() == "mine"
    assert print_guess(source, mapping, overwrite=True) == 0
    assert "[pins.columns]" in mapping.read_text(encoding="utf-8")


def test_a_guess_that_lacks_a_field_says_what_to_write_and_exits_with_1(tmp_path: Path, capsys) -> None:
    (tmp_path / "events.csv").write_text("when,what\n2021-04-05,x\n2021-04-06,y\n")
    assert print_guess(tmp_path, None, overwrite=False) == 1
    printed = capsys.readouterr()
    assert (
        "missing: pins.board_id: no column is named like a board; name a column, a constant or row_number"
        in printed.err
    )
    assert "# board_id =" in printed.out
    assert "# Missing: pins.board_id, pins.user_id, boards.board_id" in printed.out


def test_a_file_is_a_source_of_its_own_whatever_lies_beside_it(source: Path, capsys) -> None:
    (source / "lists.csv").write_text("list,topic\n0,art\n1,food\n2,art\n")
    assert print_guess(source / "saves.csv", None, overwrite=False) == 0
    printed = capsys.readouterr()
    assert "lists.csv" not in printed.out + printed.err
    assert printed.err.splitlines()[-1].startswith(
        f"{command_name()} import mapping.toml {shlex.quote(str(source))} --date "
    )


def test_a_source_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="there is no such file or folder; name a file or folder of tables"):
        print_guess(tmp_path / "nowhere", None, overwrite=False)


def test_a_narrow_terminal_cuts_examples_and_no_column(source: Path, capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    print_guess(source, None, overwrite=False)
    printed = capsys.readouterr().err
    assert all(word in printed for word in ("column", "different", "becomes", "pins.image_signature"))


def test_a_word_for_no_category_is_a_missing_one_in_the_table(tmp_path: Path, capsys) -> None:
    rows = [f"{n},{n % 12},{n % 12},a{n % 5},{('Art', 'Food', 'nan')[n % 3]}\n" for n in range(240)]
    (tmp_path / "pins.csv").write_text("pin_id,board_id,user_id,md5,topic\n" + "".join(rows))
    assert print_guess(tmp_path, None, overwrite=False) == 0
    printed = capsys.readouterr()
    (line,) = [line for line in printed.err.splitlines() if line.startswith("topic ")]
    assert line.split() == ["topic", "text", "33%", "2", "boards.category", "Art,", "Food"]
    assert "casefold" not in printed.out
    assert '"nan" = ""' in printed.out
