"""What a parent and its processes tell each other: how to begin, over standard input; what has become, over a pipe.

Standard input stays open as long as the parent is there, and no longer, however it ends. That is how a process knows.
"""

import os
import sys
from contextlib import suppress

import msgspec

from joins.shown_text import lines_for_people
from serving.config import Config
from serving.server.workers.listening import Address

_LONGEST_START_BYTES = 1 << 20
STANDARD_INPUT = 0


class Start(msgspec.Struct):
    """How a process shall begin."""

    config: Config
    name: str  # what it is called among the others
    folder: str  # what all processes of the service share
    http: Address
    thrift: Address | None = None


class Became(msgspec.Struct, omit_defaults=True):
    """What became of a process: it answers, or it couldn't begin."""

    versions: dict[str, str] = {}
    problem: str = ""


def start_line(start: Start) -> bytes:
    """Return what is written to a process's standard input."""
    return msgspec.json.encode(start) + b"\n"


def read_start() -> Start:
    """Return how this process shall begin; EOFError if the parent ended before it said so."""
    said = b""
    while not said.endswith(b"\n"):
        part = os.read(STANDARD_INPUT, _LONGEST_START_BYTES)
        if not part:
            raise EOFError
        said += part
    return msgspec.json.decode(said, type=Start)


def tell(pipe: int, became: Became) -> None:
    """Tell the parent what became of this process; where it is gone, this process ends by itself."""
    with suppress(BrokenPipeError):
        os.write(pipe, msgspec.json.encode(became) + b"\n")


def told(lines: bytes) -> list[Became]:
    """Return what a process told in whole lines."""
    return [msgspec.json.decode(line, type=Became) for line in lines.splitlines() if line]


def say(line: str) -> None:
    """Write a line for people on standard error; nobody may hear it, and the work goes on."""
    try:
        sys.stderr.write(lines_for_people(line) + "\n")
        sys.stderr.flush()
    except OSError:
        return
