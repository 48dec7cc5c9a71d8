"""Starts `interest-graph` as children of a process that has imported everything, so that a start costs nothing.

``python -m tests.faults.fork_server`` reads a request a line and answers with two lines: the child's process id, and
its exit code when it ends (the negative signal where it was killed). A child has a session of its own.
"""

import json
import os
import sys
from typing import TYPE_CHECKING

import msgspec
from luigi.configuration import get_config

from tests.faults.hooks import Hooks, put_in_place
from workflows.commands.app import main as command_line

if TYPE_CHECKING:
    from collections.abc import Mapping

_CRASHED = 70


class Request(msgspec.Struct, frozen=True):
    """A command line with the folder it runs in, and what is to go wrong in it."""

    arguments: list[str]
    folder: str
    said: str  # the file for what it prints
    environment: dict[str, str] = {}
    hooks: Hooks = Hooks()


def serve() -> None:
    """Run one request after the other until there are no more."""
    _import_all()
    for line in sys.stdin:
        request = msgspec.json.decode(line, type=Request)
        pid = os.fork()
        if not pid:
            _become(request)
        _answer({"pid": pid})
        _, status = os.waitpid(pid, 0)
        _answer({"code": os.waitstatus_to_exitcode(status)})


def _import_all() -> None:
    """Import what commands import when they are called."""
    import duckdb  # noqa: F401, PLC0415
    import lmdb  # noqa: F401, PLC0415
    import numba  # noqa: F401, PLC0415

    import workflows.imports.import_raw  # noqa: F401, PLC0415


def _answer(what: "Mapping[str, int]") -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def _become(request: Request) -> None:
    """Be the command from here on; this does not return."""
    try:
        os.setsid()
        os.chdir(request.folder)
        os.environ.update(request.environment)
        get_config().reload()  # the luigi.cfg of this folder
        said = os.open(request.said, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o644)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for stream, file in ((0, nothing), (1, said), (2, said)):
            os.dup2(file, stream)
        sys.argv = request.arguments
        put_in_place(request.hooks)
        command_line()
    except SystemExit as end:
        sys.stdout.flush()
        sys.stderr.flush()
        sys.exit(end.code)
    os._exit(_CRASHED)


if __name__ == "__main__":
    serve()
