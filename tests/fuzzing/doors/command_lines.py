"""The door of command lines: every command, with paths that are files, folders, missing or odd, and wrong options."""

import sys
from pathlib import Path
from typing import NamedTuple

from tests.fuzzing.door import BrokenPropertyError, Door
from tests.fuzzing.inputs.choices import Choices, built_by
from workflows.commands import app

_ENTROPY_BYTES = 96
_USAGE = 2
_PATHS = (
    *(
        "empty",
        "file",
        "missing",
        "missing/deeper",
        "file/deeper",
        "mapping.toml",
        "odd \udcff name",
        "",
        ".",
        "a" * 300,
    ),
    *("empty/", "file/", "%s", "a\nb", "\x1b[31m"),
    *("link", "loop", "é漢", "-", "--", "~", "odd \udcff folder", "locked", "locked/file"),
)
_DATES = (
    "2026-11-20",
    "2026-02-30",
    "2026-1-1",
    "",
    "today",
    "0001-01-01",
    "9999-12-31",
    "٢٠٢٦-١١-٢٠",
    "2026-11-20T00:00",
)
_NUMBERS = ("1", "0", "-1", "1e3", "nan", "99999999999999999999", "", "x", "1.5", " 1", "٣")
_KEYS = ("1", "ab12", "", " ", "\udcff", "x" * 600, "-1", "-1.0", "-x", "99999999999999999999", "é", "0x1", "AB12")
_COMMANDS = (
    *(
        "status",
        "show",
        "explain",
        "import",
        "same-picture",
        "group-pictures",
        "merge-groups",
        "run",
        "help",
        "generate",
    ),
    *("inspect", "verify", "rebuild", "config"),
)


class CommandLine(NamedTuple):
    """Arguments; a path among them is marked, to be laid into a folder."""

    arguments: tuple[str, ...]


def _path(choices: Choices) -> str:
    return f"@{choices.pick(_PATHS)}"


def _options(choices: Choices) -> list[str]:
    options = ["--output", _path(choices)]
    if choices.chance(0.4):
        options += ["--date", choices.pick(_DATES)]
    if choices.chance(0.3):
        options += ["--iteration", choices.pick(_NUMBERS)]
    if choices.chance(0.2):
        options.append(
            choices.pick(("--json", "--tier", "--nothing", "--max-distance", "--dry-run", "--help", "\udcff"))
        )
    return options


def _command_line(choices: Choices) -> CommandLine:
    command = choices.pick(_COMMANDS)
    match command:
        case "config":
            arguments = [choices.pick(("--json", "--help", "--version", "x"))] * choices.below(2)
        case "status" | "merge-groups" | "verify":
            arguments = _options(choices)
        case "show" | "explain":
            what = choices.pick(("pin_join", "board_join", "board", "user_joins", "x", ""))
            arguments = [what, choices.pick(_KEYS), *_options(choices)]
        case "import":
            date = choices.pick(_DATES) if choices.chance(0.3) else _DATES[0]
            arguments = [_path(choices), _path(choices), "--date", date, "--input", _path(choices)]
            arguments += ["--overwrite"] if choices.chance(0.3) else []
        case "same-picture" | "group-pictures":
            arguments = [_path(choices), _path(choices)]
            arguments += ["--max-distance", choices.pick(_NUMBERS)] if choices.chance(0.3) else []
        case "inspect":
            arguments = [_path(choices), "--output", _path(choices), *["--overwrite"] * choices.below(2)]
        case "run" | "rebuild":
            arguments = ["--date", choices.pick(_DATES), "--input", _path(choices), "--output", _path(choices)]
        case "generate":
            arguments = [
                "--date",
                choices.pick(_DATES),
                "--pins",
                choices.pick(_NUMBERS[1:]),
                "--input",
                _path(choices),
            ]
        case _:
            arguments = [choices.pick(_KEYS) for _ in range(choices.below(3))]
    return CommandLine((command, *arguments))


def _lay(_given: CommandLine, folder: Path) -> None:
    (folder / "empty").mkdir()
    (folder / "file").write_bytes(b"no folder")
    (folder / "mapping.toml").write_bytes(b"[pins]")
    (folder / "odd \udcff name").write_bytes(b"\x89PNG\r\n\x1a\n")
    (folder / "odd \udcff folder").mkdir()
    (folder / "odd \udcff folder" / "\udcfe.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (folder / "link").symlink_to("nowhere")
    (folder / "loop").symlink_to("loop")
    (folder / "locked").mkdir(mode=0)


def _enter(given: CommandLine, folder: Path) -> None:
    _lay(given, folder)
    arguments = [str(folder / part[1:]) if part.startswith("@") else part for part in given.arguments]
    before = sys.argv
    sys.argv = ["interest-graph", *arguments]
    try:
        app.main()
    except SystemExit as end:
        sys.stdout.flush()
        sys.stderr.flush()
        _check_end(end, sys.stderr.buffer.getvalue().decode())  # type: ignore[attr-defined] # kept in memory here
    finally:
        sys.argv = before
        (folder / "locked").chmod(0o700)


def _check_end(end: SystemExit, said: str) -> None:
    if "Traceback" in said:
        raise BrokenPropertyError(f"a trace was printed: {said}")
    if end.code == _USAGE and not (said.splitlines() or [""])[-1].startswith("error: "):
        raise BrokenPropertyError(f"exit code {_USAGE} and not one line of error: {said!r}")


COMMAND_LINES = Door("command lines", built_by(_command_line, _ENTROPY_BYTES), _enter, 40, _lay, a_second=50)
