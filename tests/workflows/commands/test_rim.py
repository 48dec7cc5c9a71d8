"""Folders and files that are missing, something else, full or forbidden: one line and an exit code, never a trace."""

import errno
import os
import shutil
import sys
from pathlib import Path

import duckdb
import lmdb
import pytest

from workflows.commands import app
from workflows.commands.days.run import run_day
from workflows.commands.outputs.verify import verify_output
from workflows.luigi_cfg import FAILED, MISSING_INPUT, OTHER_INPUT

DATED = ("--date", "2026-11-20")
NOBODY = 65534
# Each command, with what its folders are called in the line.
COMMANDS = {
    "run": ("run", *DATED, "--input", "@input", "--output", "@output"),
    "generate": ("generate", *DATED, "--pins", "20", "--input", "@new"),
    "import": ("import", "@mapping", "@source", *DATED, "--input", "@new"),
    "inspect": ("inspect", "@source", "--output", "@page"),
    "show": ("show", "board_join", "1", "--output", "@output"),
    "show debug": ("show", "board_join", "1", "--tier", "debug", "--output", "@output"),
    "status": ("status", "--output", "@output"),
    "explain": ("explain", "board", "1", "--output", "@output"),
    "same-picture": ("same-picture", "@file", "@file"),
    "group-pictures": ("group-pictures", "@source"),
    "merge-groups": ("merge-groups", *DATED, "--output", "@output"),
}
ODD = {
    "a file": "file",
    "below a file": "file/deeper",
    "missing": "missing",
    "a name too long": "n" * 300,
    "a loop of links": "loop",
    "a link to nowhere": "nowhere",
    "empty": "",
    "the home of a shell": "~/data",
    "a device": "/dev/null",
    "an option": "--output",
    "letters of other scripts": "données/漢字",
    "quotes and dollars": "a 'b' \"c\" $d `e` *",
}
ROLES = sorted({role for arguments in COMMANDS.values() for role in arguments if role.startswith("@")})
PAIRS = [(name, role) for name, arguments in COMMANDS.items() for role in ROLES if role in arguments]


@pytest.fixture
def place(folder, monkeypatch):
    """A small finished day in the working folder, with what else commands are given, and odd things to give them."""
    monkeypatch.chdir(folder)
    Path("file").write_bytes(b"no folder")
    Path("source").mkdir()
    Path("source/saves.csv").write_text("pin,board,user\n1,2,3\n")
    Path("mapping").write_text('[pins]\nfiles = "saves.csv"\n')
    Path("loop").symlink_to("loop")
    Path("nowhere").symlink_to("gone")
    return folder


@pytest.fixture
def main(place, monkeypatch, capfd):  # noqa: ARG001 - it goes there
    """Run a command in this process; return its exit code and the lines that were said."""

    def run(arguments, given):
        filled = [given.get(each, each.removeprefix("@")) for each in arguments]
        monkeypatch.setattr(sys, "argv", ["interest-graph", *filled])
        with pytest.raises(SystemExit) as end:
            app.main()
        said = capfd.readouterr().err
        assert "Traceback" not in said
        return end.value.code or 0, said.splitlines()

    return run


@pytest.mark.parametrize(("name", "role"), PAIRS)
def test_a_path_that_is_something_else_is_told_in_one_line(main, name, role):
    for odd, path in ODD.items():
        code, said = main(COMMANDS[name], {role: path})
        assert code in (0, 1, 2, MISSING_INPUT, OTHER_INPUT, FAILED), odd
        if code in (2, MISSING_INPUT, FAILED):
            assert said[-1].startswith("error: "), odd
            assert len(said[-1]) > len("error: x; y"), odd


@pytest.fixture
def nobody():
    """Be somebody who may do little, as far as this process may change who it is."""
    if os.geteuid() == 0:
        os.seteuid(NOBODY)
        yield
        os.seteuid(0)
    else:
        yield


@pytest.mark.parametrize(
    ("name", "role"), [pair for pair in PAIRS if pair[1] in ("@output", "@new", "@page", "@input", "@source")]
)
@pytest.mark.parametrize("mode", [0o000, 0o555])
def test_a_folder_that_is_forbidden_is_told_in_one_line(main, place, request, name, role, mode):
    locked = place / "locked"
    locked.mkdir()
    shutil.copytree(place / "input", locked / "input")
    locked.chmod(mode)
    place.chmod(0o755)
    main(COMMANDS[name], {role: "missing"})  # what it imports may be forbidden to nobody
    request.getfixturevalue("nobody")
    code, said = main(COMMANDS[name], {role: str(locked / "input" if role == "@input" else locked / "it")})
    assert code in (1, 2, MISSING_INPUT, FAILED) or mode == 0o555
    if code in (2, FAILED):
        assert any(line.startswith("error: ") for line in said)
        assert not any("in <module>" in line for line in said)


def limited(place, run_python, limit, n):
    """Run the day in a process of its own, which may have so many bytes a file, or so many files open."""
    script = """
import resource, sys
limit, n = getattr(resource, sys.argv[1]), int(sys.argv[2])
resource.setrlimit(limit, (n, resource.RLIM_INFINITY if limit == resource.RLIMIT_FSIZE else n))
sys.argv = ["interest-graph", "run", "--date", "2026-11-20", "--input", sys.argv[3], "--output", sys.argv[4]]
from workflows.commands import app
app.main()
"""
    process = run_python(script, limit, n, place / "input", place / "new")
    _, said = process.communicate()
    return process.returncode, said


@pytest.mark.parametrize(
    ("limit", "n", "remedy"),
    [
        ("RLIMIT_FSIZE", 1_000, "make room there, and run it again: it goes on from what is done"),
        ("RLIMIT_FSIZE", 20_000, "make room there, and run it again: it goes on from what is done"),
        ("RLIMIT_NOFILE", 8, "raise the limit ('ulimit -n') and run again"),
    ],
)
def test_a_day_that_the_system_stops_says_what_to_do_and_then_goes_on(place, day_of, run_python, limit, n, remedy):
    code, said = limited(place, run_python, limit, n)
    errors = [line for line in said.splitlines() if line.startswith("error: ")]
    assert code == (FAILED if limit == "RLIMIT_FSIZE" else 2)  # without files no run begins
    assert errors
    assert all(line.endswith(remedy) for line in errors)
    assert "Traceback" not in said
    assert run_day(day_of(place / "input", place / "new")) == 0
    assert verify_output(place / "new").lines == []


@pytest.mark.parametrize(
    ("where", "fault"),
    [
        ("storage_tiers.random_access.loading.lmdb.open", lmdb.Error("mdb_txn_commit: Input/output error")),
        ("storage_tiers.random_access.loading.lmdb.open", lmdb.MapFullError("mdb_put: MDB_MAP_FULL")),
        (
            "storage_tiers.sql_batch.duckdb_tier.duckdb.connect",
            duckdb.IOException("IO Error: Could not write\nto file"),
        ),
        ("storage_tiers.versioned.parts.pq.ParquetWriter", OSError(errno.ENOSPC, "No space left on device")),
        ("storage_tiers.versioned.parts.os.fsync", OSError(errno.EIO, "Input/output error")),
    ],
)
def test_the_errors_of_each_library_are_one_line_each(place, day_of, monkeypatch, capsys, where, fault):
    def fail(*_given, **_more):
        raise fault

    with monkeypatch.context() as patched:
        patched.setattr(where, fail)
        assert run_day(day_of(place / "input", place / "new")) == FAILED
    said = capsys.readouterr().err
    errors = [line for line in said.splitlines() if line.startswith("error: ")]
    assert "Traceback" not in said
    assert errors
    assert all(line.count("; ") for line in errors)
    assert run_day(day_of(place / "input", place / "new")) == 0
    assert verify_output(place / "new").lines == []
