"""The rim of the command line: paths that are no text, files that are none, and errors that are one line each."""

import shutil
import sys
from pathlib import Path

import pytest

from features.images.picture_signing import sign_here
from joins.errors import SourceError
from joins.raw.mapped.source_form import SourceForm
from workflows.commands import app
from workflows.commands.pictures import compared_files
from workflows.imports.source_files import find_source
from workflows.luigi_cfg import SettingsError
from workflows.parameters import FOLDER
from workflows.progress import say_error

ODD = "odd \udcff name"  # bytes that are no UTF-8, as Python has them


@pytest.fixture
def main(tmp_path, monkeypatch, capfd):
    """Run the command in this process, in an empty folder; return its exit code and the lines of both its outputs."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["interest-graph", *arguments])
        with pytest.raises(SystemExit) as end:
            app.main()
        printed, said = capfd.readouterr()
        assert "Traceback" not in said
        return end.value.code or 0, printed.splitlines(), said.splitlines()

    return run


@pytest.mark.parametrize("command", ["run", "rebuild", "verify", "status"])
@pytest.mark.parametrize("path", ["", " "])
def test_a_folder_without_a_name_is_a_variable_that_is_not_set(main, command, path):
    dated = () if command == "status" else ("--date", "2026-11-20")
    code, _, said = main(command, "--output", path, *dated)
    assert (code, said) == (2, [f"error: output is {path!r}; it must be {FOLDER}"])
    assert not [*Path().iterdir()]


@pytest.mark.parametrize(
    "arguments",
    [
        ("status", "--output", ODD),
        ("run", "--date", "2026-11-20", "--input", ODD),
        ("generate", "--date", "2026-11-20", "--pins", "10", "--input", ODD),
        ("import", "mapping.toml", ODD, "--date", "2026-11-20"),
        ("inspect", ODD),
        ("same-picture", ODD, ODD),
        ("show", "pin_join", ODD),
    ],
)
@pytest.mark.parametrize("there", [True, False])
def test_an_argument_that_is_no_text_is_refused(main, arguments, there):
    if there:
        Path(ODD).mkdir()
    code, _, said = main(*arguments)
    assert (code, said) == (
        2,
        [r"error: odd \xff name: it holds bytes that are no UTF-8; rename the file or folder"],
    )


def test_pictures_whose_names_are_no_text_are_named_as_far_as_they_can_be(tmp_path):
    (tmp_path / ODD).write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(SettingsError, match=r"odd \\xff name: unknown_address; name two picture files"):
        compared_files(str(tmp_path / ODD), str(tmp_path / ODD), sign_here, 32)


def test_a_source_whose_name_is_no_text_is_refused(tmp_path):
    (tmp_path / "odd \udcff name.csv").write_bytes(b"pin\n1\n")
    with pytest.raises(SourceError, match=r"odd \\xff name.csv: its name holds bytes that are no UTF-8; rename it"):
        find_source(tmp_path, "*.csv", SourceForm())


@pytest.mark.parametrize("problem", ["a\nb", "a\r\nb\n", "a\u2028b", ValueError("a\nb")])
def test_an_error_is_one_line_whatever_lies_in_it(capsys, problem):
    say_error(problem)
    assert capsys.readouterr().err == "error: a b\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("import", "file", "folder", "--date", "2026-11-20"),
        ("import", "folder", "file", "--date", "2026-11-20"),
        ("import", "mapping.toml", "folder", "--date", "2026-11-20", "--input", "file"),
        ("import", "mapping.toml/x", "folder", "--date", "2026-11-20"),
        ("status", "--output", "loop"),
        ("generate", "--date", "2026-11-20", "--pins", "10", "--input", "file"),
        ("run", "--date", "2026-11-20", "--input", "file"),
        ("show", "pin_join", "x", "--output", "file"),
        ("same-picture", "folder", "file"),
        ("group-pictures", "loop"),
    ],
)
def test_a_path_that_is_something_else_is_one_line(main, arguments):
    Path("folder").mkdir()
    Path("file").write_bytes(b"no folder")
    Path("mapping.toml").write_bytes(b"[pins]")
    Path("loop").symlink_to("loop")
    code, printed, said = main(*arguments)
    if code:
        assert [*printed, *said][-1].startswith(("error: ", "nothing is published under loop"))


BROKEN = "damping 0.5\n"  # no section, and no line of such a file


HELP = [("--help",), ("--version",), ("run", "--help"), ("rebuild", "--help"), ("config", "--help"), ()]
VARIABLES = ["", "LUIGI_CONFIG_PATH", "LUIGI_CONFIG_PARSER"]


@pytest.mark.parametrize(
    ("arguments", "variable"),
    [
        pytest.param(arguments, variable, marks=[pytest.mark.slow] if variable and arguments != HELP[0] else [])
        for arguments in HELP
        for variable in VARIABLES
    ],
)
def test_help_and_version_work_whatever_the_file_says(tmp_path, run_command, monkeypatch, arguments, variable):
    if variable:
        monkeypatch.setenv(variable, "toml")
    else:
        (tmp_path / "luigi.cfg").write_text(BROKEN)
    done = run_command("interest-graph", *arguments, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(("Usage: interest-graph", "interest-graph 0"))


def test_the_version_is_one_line_with_those_of_the_tools(main):
    code, printed, said = main("--version")
    assert (code, len(printed), said) == (0, 1, [])
    assert all(f"{tool} " in printed[0] for tool in ("interest-graph", "Python", "luigi", "pyarrow", "duckdb", "lmdb"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("statsu",), "error: No such command 'statsu'. Did you mean 'status'?"),
        (("status", "--outpt", "x"), "error: No such option: --outpt (Possible options: --output)"),
        (("run", "--dat", "2026-11-20"), "error: No such option: --dat (Possible options: --date)"),
        (("show", "board_join", "5", "--iter", "1"), "error: No such option: --iter (Possible options: --iteration)"),
        (("show", "board_join", "-5", "--nope"), "error: Got unexpected extra argument(s) (--nope)"),
        (("show", "board_join"), "error: Missing argument 'key'."),
        (("--nope",), "error: No such option: --nope"),
    ],
)
def test_a_mistyped_command_or_option_is_told_with_the_nearest(main, arguments, said):
    code, _, told = main(*arguments)
    assert code == 2
    assert len(told) == 1
    assert told[0].startswith(said.split(" (")[0])


def test_a_generated_date_that_is_there_names_all_that_is_to_be_removed(main):
    generated = ("generate", "--date", "2026-11-20", "--pins", "20")
    assert main(*generated)[0] == 0
    code, _, (said,) = main(*generated)
    folders = said.removeprefix("error: date=2026-11-20 of input: it is there already; remove ").partition("; or ")[0]
    assert (code, len(folders.split(", "))) == (2, 6)
    for folder in folders.split(", "):
        shutil.rmtree(folder)
    assert main(*generated)[0] == 0
