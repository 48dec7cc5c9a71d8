"""Tries many inputs at a door by Hypothesis, which makes a small one of an input that fails.

At doors that take less time than Hypothesis does, inputs are built of bytes of a generator, and those of an input that
fails are set to zero as long as it fails.
"""

import io
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import TypeVar

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.fuzzing.door import Attempts, Door, Fault, FaultError, attempt

Input = TypeVar("Input")

_SHOWN_CHARACTERS = 2_000
_MEMORY_DISK = Path("/dev/shm")  # noqa: S108 - scratch that nobody else needs
_SHRINKING_TRIES, _SHRINKING_S = 400, 20.0
_ZEROED = (64, 16, 4, 1)  # bytes at once


class _SmallEnough(BaseException):
    """An input has been made smaller so often that it will do."""


def try_door(
    door: Door[Input],
    n_inputs: int,
    seed_number: int,
    known: Mapping[str, Fault] | None = None,
    found: Path | None = None,
) -> Attempts:
    """Try so many inputs at a door; the same seed, the same inputs.

    Parameters
    ----------
    door
        The door.
    n_inputs
        How many inputs.
    seed_number
        Other inputs for another number.
    known
        Faults that were met before: they are counted, and do not end the attempts.
    found
        The folder that the smallest input of each fault is written to; None: nowhere.

    Returns
    -------
    Attempts
        A fault that was not known ends them early.
    """
    if door.of_bytes is not None:
        return _try_bytes(door, door.of_bytes, n_inputs, seed_number, known or {}, found)
    made = Attempts(door.name)
    smallest: list[tuple[Input, Fault]] = []  # each smaller than the one before
    n_shrinking = 0
    shrinking_since = 0.0
    began = time.monotonic()

    @seed(seed_number)
    @settings(
        max_examples=n_inputs,
        deadline=None,
        database=None,
        derandomize=False,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    @given(door.inputs)
    def try_one(given_input: Input) -> None:
        nonlocal n_shrinking, shrinking_since
        made.n_tried += not smallest
        n_shrinking += bool(smallest)
        shrinking_since = shrinking_since or time.monotonic() * bool(smallest)
        if smallest and (n_shrinking > _SHRINKING_TRIES or time.monotonic() - shrinking_since > _SHRINKING_S):
            raise _SmallEnough
        try:
            with _silence():
                said = attempt(door, given_input, _emptied(folder))
        except FaultError as error:
            fault = error.fault
            if fault.kind in (known or {}):
                _count(made, fault, given_input)
                return
            if smallest and smallest[-1][1].kind != fault.kind:
                return  # another one, to be found again on its own
            smallest.append((given_input, fault))
            raise
        made.n_succeeded += said.succeeded
        if said.error:
            made.refusals[said.error] = made.refusals.get(said.error, 0) + 1

    memory = _MEMORY_DISK if _MEMORY_DISK.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="fuzzing-", dir=memory) as scratch, suppress(FaultError, _SmallEnough):
        folder = Path(scratch)
        try_one()
    if smallest:
        _keep(made, door, *smallest[-1], found)
    made.seconds = time.monotonic() - began
    return made


def _try_bytes(
    door: Door[Input],
    of_bytes: Callable[[bytes], Input],
    n_inputs: int,
    seed_number: int,
    known: Mapping[str, Fault],
    found: Path | None,
) -> Attempts:
    """Try inputs that are built of bytes of a generator."""
    made, chance = Attempts(door.name), random.Random(seed_number)  # noqa: S311 - nothing secret
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="fuzzing-") as scratch, _silence():
        folder = Path(scratch)
        for _ in range(n_inputs):
            entropy = chance.randbytes(door.n_bytes)
            made.n_tried += 1
            try:
                said = attempt(door, of_bytes(entropy), folder)
            except FaultError as error:
                if error.fault.kind in known:
                    _count(made, error.fault, of_bytes(entropy))
                    continue
                entropy, fault = _with_more_zeros(door, of_bytes, entropy, error.fault, folder)
                _keep(made, door, of_bytes(entropy), fault, found)
                break
            made.n_succeeded += said.succeeded
            if said.error:
                made.refusals[said.error] = made.refusals.get(said.error, 0) + 1
    made.seconds = time.monotonic() - began
    return made


def _with_more_zeros(
    door: Door[Input], of_bytes: Callable[[bytes], Input], entropy: bytes, fault: Fault, folder: Path
) -> tuple[bytes, Fault]:
    """Return bytes of which as many as can be are zero and which fail in the same way, and that fault."""
    n_tries, until = 0, time.monotonic() + _SHRINKING_S
    for size in _ZEROED:
        for at in range(0, len(entropy), size):
            smaller = entropy[:at] + bytes(size) + entropy[at + size :]
            if smaller[: len(entropy)] == entropy or n_tries > _SHRINKING_TRIES or time.monotonic() > until:
                continue
            n_tries += 1
            try:
                attempt(door, of_bytes(smaller), folder)
            except FaultError as error:
                if error.fault.kind == fault.kind:
                    entropy, fault = smaller[: len(entropy)], error.fault
    return entropy, fault


def _count(made: Attempts, fault: Fault, given_input: object) -> None:
    if fault.kind in made.faults:
        made.faults[fault.kind].n_met += 1
    else:
        fault.input_repr = repr(given_input)[:_SHOWN_CHARACTERS]
        made.faults[fault.kind] = fault


def _keep(made: Attempts, door: Door[Input], given_input: Input, fault: Fault, found: Path | None) -> None:
    fault.input_repr = repr(given_input)[:_SHOWN_CHARACTERS]
    made.faults[fault.kind] = fault
    if found is None:
        return
    name = "".join(character if character.isalnum() else "-" for character in f"{fault.door} {fault.kind}")
    folder = found / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    fault.folder = str(folder)
    (folder / "trace.txt").write_text(fault.trace, encoding="utf-8", errors="backslashreplace")
    (folder / "input.txt").write_text(repr(given_input), encoding="utf-8", errors="backslashreplace")
    door.lay(given_input, folder)


def _emptied(folder: Path) -> Path:
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    return folder


@contextmanager
def _silence() -> Iterator[None]:
    """Keep in memory what is printed, through the encodings that a terminal has."""
    printed = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    said = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="backslashreplace")
    with redirect_stdout(printed), redirect_stderr(said):
        yield
        printed.flush()
