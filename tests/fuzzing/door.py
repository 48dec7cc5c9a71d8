"""A door is a place where people's files come in, and the property that it has for any input.

It ends with success or with an error of our own, as the command line tells them in one line, and never with another
exception, a crash or a wait without end. What a door has to say beyond that, it checks itself.
"""

import signal
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Generic, NamedTuple, TypeVar

from hypothesis import strategies as st

from joins.errors import DiscoveryError

Input = TypeVar("Input")
REPOSITORY = Path(__file__).parents[1]
OUR_PACKAGES = ("features", "joins", "pagerank", "serving", "storage_tiers", "workflows")
MOST_S = 120  # that a tiny input may take, on a machine that is busy


class Said(NamedTuple):
    """How an attempt ended: with success, or with what was said against the input."""

    succeeded: bool
    error: str = ""


class BrokenPropertyError(Exception):
    """A door let something through that it must not, or its count is wrong."""


class TookTooLongError(BaseException):
    """An attempt was ended by the clock."""


@dataclass(frozen=True, slots=True)
class Door(Generic[Input]):
    """A door.

    Parameters
    ----------
    name
        Its name in the report.
    inputs
        What it is tried with.
    enter
        Takes an input and an empty folder, which it may fill; it returns, or raises what the door raises.
    share
        Of all inputs, beside the other doors: quick doors are tried more often.
    lay
        Writes an input into a folder, so that somebody can try it again by hand.
    a_second
        About how many inputs are tried in a second.
    of_bytes, n_bytes
        What builds an input of so many bytes, at doors that are so quick that Hypothesis would take most of the time.
    """

    name: str
    inputs: st.SearchStrategy[Input]
    enter: Callable[[Input, Path], None]
    share: int
    lay: Callable[[Input, Path], None]
    a_second: float
    of_bytes: Callable[[bytes], Input] | None = None
    n_bytes: int = 0


@dataclass(slots=True)
class Fault:
    """What went wrong at a door, told apart from others by `kind`: the exception and the last of our lines."""

    door: str
    kind: str
    trace: str
    input_repr: str = ""
    n_met: int = 1
    folder: str = ""


class FaultError(Exception):
    """A fault, as it travels through Hypothesis."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.kind)
        self.fault = fault


@dataclass(slots=True)
class Attempts:
    """What came of the inputs of a door."""

    door: str
    n_tried: int = 0
    n_succeeded: int = 0
    seconds: float = 0.0
    refusals: dict[str, int] = field(default_factory=dict)
    faults: dict[str, Fault] = field(default_factory=dict)


def attempt(door: Door[Input], given: Input, folder: Path) -> Said:
    """Enter a door with an input.

    Raises
    ------
    FaultError
        If it ends in a way that no door may end in.
    """
    try:
        with _time_limit():
            door.enter(given, folder)
    except DiscoveryError as error:
        return _refused(door, error)
    except OSError as error:
        if error.errno is None:  # Arrow's words about a file, not the system's about a path
            raise FaultError(fault_of(door.name, error)) from error
        return Said(succeeded=False, error=type(error).__name__)
    except (Exception, TookTooLongError) as error:
        raise FaultError(fault_of(door.name, error)) from error
    return Said(succeeded=True)


def _refused(door: Door[Input], error: DiscoveryError) -> Said:
    said = str(error)
    if "Traceback" in said or not said.strip():
        raise FaultError(fault_of(door.name, error)) from error
    return Said(succeeded=False, error=type(error).__name__)


def fault_of(door: str, error: BaseException) -> Fault:
    """Return what an exception is as a fault."""
    cause = error.__cause__ or error if isinstance(error, BrokenPropertyError) else error
    kind = f"{type(cause).__name__} at {_place(traceback.extract_tb(cause.__traceback__))}"
    return Fault(door, kind, "".join(traceback.format_exception(error)))


def _place(frames: Sequence[traceback.FrameSummary]) -> str:
    ours = [frame for frame in frames if _ours(frame.filename)] or frames[-1:]
    return f"{_ours(ours[-1].filename) or Path(ours[-1].filename).name}:{ours[-1].name}" if ours else "nowhere"


def _ours(filename: str) -> str:
    path = Path(filename)
    if not path.is_relative_to(REPOSITORY):
        return ""
    inside = path.relative_to(REPOSITORY)
    return inside.as_posix() if inside.parts[0] in OUR_PACKAGES else ""


@contextmanager
def _time_limit() -> Iterator[None]:
    def ring(_signal: int, _frame: FrameType | None) -> None:
        raise TookTooLongError(f"still not done after {MOST_S} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(MOST_S)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
