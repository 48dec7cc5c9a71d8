"""What is made to go wrong inside a command: it dies at a certain step of its file system, its clock jumps, and more.

Python tells of such steps before they are made (`sys.addaudithook`). So a process that kills itself at the n-th step
leaves what the steps before left, and all its crash points can be gone through one by one.
"""

import atexit
import datetime as dt
import os
import resource
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

_STEPS = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate"}
_DAY_S = 86_400
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


class Hooks(msgspec.Struct, frozen=True):
    """What is to go wrong in a command; nothing by default.

    Attributes
    ----------
    kill_at
        The number of the step, from 1, before which it kills itself.
    count_to
        A file that gets the number of steps when the command ends.
    memory_mb
        MiB of address space that it may take beyond what it has at its start.
    clock_shift_s
        Seconds that its clock is off.
    clock_back_after_s
        Seconds after which its clock jumps back by a day.
    at_event, of_path, changed, becomes
        At the first such step with a path that ends so, another file takes the place of the changed one, or it is
        removed where none is given. A step is called as in Python's table of audit events: ``open``, ``os.rename``.
    """

    kill_at: int = 0
    count_to: str = ""
    memory_mb: int = 0
    clock_shift_s: float = 0.0
    clock_back_after_s: float = 0.0
    at_event: str = ""
    of_path: str = ""
    changed: str = ""
    becomes: str = ""


def put_in_place(hooks: Hooks) -> None:
    """Let things go wrong in this process from now on."""
    if hooks.kill_at or hooks.count_to:
        sys.addaudithook(_step_counter(hooks.kill_at, hooks.count_to))
    if hooks.memory_mb:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        limit_bytes = pages * resource.getpagesize() + hooks.memory_mb * 2**20
        resource.setrlimit(resource.RLIMIT_AS, (limit_bytes, limit_bytes))
    if hooks.at_event:
        sys.addaudithook(_changer(hooks))
    if hooks.clock_shift_s or hooks.clock_back_after_s:
        _shift_clock(hooks.clock_shift_s, hooks.clock_back_after_s)


def _step_counter(kill_at: int, count_to: str) -> Callable[[str, tuple[object, ...]], None]:
    n_steps, here = 0, os.getcwd()  # noqa: PTH109 - paths are compared as texts

    def count(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal n_steps
        if event not in _STEPS and not (event == "open" and _writes(arguments, here)):
            return
        n_steps += 1
        if n_steps == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def note() -> None:
        Path(count_to).write_text(str(n_steps), encoding="ascii")

    if count_to:
        atexit.register(note)
    return count


def _writes(arguments: tuple[object, ...], here: str) -> bool:
    """Return whether a file of the folder is opened to be written; not devices, pipes and what lies elsewhere."""
    path, _, flags = arguments
    if not isinstance(path, str | bytes | os.PathLike) or not isinstance(flags, int) or not flags & _WRITES:
        return False
    return os.path.abspath(os.fsdecode(path)).startswith(here)  # noqa: PTH100 - links stay


def _changer(hooks: Hooks) -> Callable[[str, tuple[object, ...]], None]:
    is_done, target = False, Path(hooks.changed)

    def change(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal is_done
        if is_done or event != hooks.at_event or not str(arguments[0]).endswith(hooks.of_path):
            return
        is_done = True
        if hooks.becomes:
            beside = target.with_name(f"{target.name}.new")
            shutil.copyfile(hooks.becomes, beside)
            beside.replace(target)
        else:
            target.unlink()

    return change


def _shift_clock(shift_s: float, back_after_s: float) -> None:
    """Set the clock that Python's modules ask: `time.time`, and what `datetime` calls now and today."""
    real, real_datetime, real_date, began = time.time, dt.datetime, dt.date, time.monotonic()

    def now() -> float:
        has_jumped = back_after_s and time.monotonic() - began > back_after_s
        return max(0.0, real() + shift_s - (_DAY_S if has_jumped else 0))

    class AsBefore(type):
        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, real_datetime if cls.__name__ == "datetime" else real_date)

    def made(kind: type, **clocks: object) -> type:
        plain = {"__new__": lambda _cls, *given, **named: kind(*given, **named)}
        return AsBefore(kind.__name__, (kind,), plain | clocks)

    time.time = now
    dt.datetime = made(  # type: ignore[misc]
        real_datetime,
        now=staticmethod(lambda tz=None: real_datetime.fromtimestamp(now(), tz)),
        utcnow=staticmethod(lambda: real_datetime.fromtimestamp(now(), dt.UTC).replace(tzinfo=None)),
    )
    dt.date = made(real_date, today=staticmethod(lambda: real_date.fromtimestamp(now())))  # type: ignore[misc]
