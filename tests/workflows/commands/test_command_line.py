"""The rim of the command line: paths that are no text, files that are none, and errors that are one line each."""

import io
import sys
from pathlib import Path

import pytest
from PIL import Image

from workflows.commands import app
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


@pytest.mark.parametrize("command", ["status", "show", "explain", "run", "merge-groups", "verify"])
@pytest.mark.parametrize("there", [True, False])
def test_a_folder_whose_name_is_no_text_is_a_folder(main, command, there):
    if there:
        Path(ODD).mkdir()
    arguments = {"show": ("pin_join", "1"), "explain": ("board", "1")}.get(command, ())
    dated = ("--date", "2026-11-20") if command in ("run", "merge-groups", "verify") else ()
    code, _, _ = main(command, *arguments, "--output", ODD, *dated)
    assert code in (0, 1, 2, 20)


def test_a_picture_whose_name_is_no_text_is_named_in_the_error(main):
    file = io.BytesIO()
    Image.radial_gradient("L").rotate(30).save(file, "PNG")
    for name in (ODD, "b.png"):
        Path(name).write_bytes(file.getvalue())
    code, _, said = main("same-picture", ODD, "b.png")
    assert (code, said) == (2, [r"error: odd \xff name: unknown_address; name two picture files that can be read"])


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
    code, _, said = main(*arguments)
    if code:
        assert said[-1].startswith("error: ")
