"""The door of output folders that something happened to: what ``status``, ``show``, ``explain`` and readers say.

A small day is built once. Each input damages files of it or puts something else in their place, and reads all that can
be read; then the folder is mended.
"""

import atexit
import datetime as dt
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from joins import GraphShape
from joins.errors import DiscoveryError
from joins.raw.schemas import RAW_TABLES
from storage_tiers import open_dataset
from tests.fuzzing.door import Door
from tests.fuzzing.inputs.choices import Choices, built_by
from tests.fuzzing.inputs.damage import damaged
from workflows.commands.days.run import run_day
from workflows.commands.inputs.generate import write_generated_input
from workflows.commands.outputs.explain import explained_board
from workflows.commands.outputs.show import find_rows
from workflows.commands.outputs.status import problems_of, status_of
from workflows.commands.outputs.verify import verify_output
from workflows.daily import DailyDiscovery
from workflows.monitoring.machine_status import machine_status

_DATE = dt.date(2026, 11, 20)
_ENTROPY_BYTES = 96


class Harm(NamedTuple):
    """What happens to a file: its place in the list of files, what, and what decides the rest."""

    place: int
    what: str
    entropy: bytes


def _harms(choices: Choices) -> list[Harm]:
    kinds = ("damage", "gone", "folder", "empty", "swapped", "damage", "damage", "a link to itself")
    return [
        Harm(choices.below(1 << 16), choices.pick(kinds), bytes(choices.byte() for _ in range(24)))
        for _ in range(1 + choices.below(2))
    ]


@cache
def _built() -> tuple[Path, dict[str, bytes]]:
    """Build a small day, once a process; return its folder and what its files hold."""
    root = Path(tempfile.mkdtemp(prefix="fuzzing-day-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    write_generated_input(root / "input", _DATE, GraphShape(n_pins=60), seed=1)
    day = DailyDiscovery(
        date=_DATE, input_root=str(root / "input"), output_root=str(root / "output"), iterations=1, cores=1
    )
    if run_day(day):
        raise RuntimeError(f"the day of {root} failed")
    output = root / "output"
    files = {str(path.relative_to(output)): path.read_bytes() for path in sorted(output.rglob("*")) if path.is_file()}
    return output, files


def _enter(harms: list[Harm], _folder: Path) -> None:
    output, files = _built()
    harmed = [_harmed(output, files, harm) for harm in harms]
    try:
        for look in _LOOKS:
            try:
                look(output)
            except (DiscoveryError, OSError) as error:
                if isinstance(error, OSError) and error.errno is None:
                    raise
                # The others are looked at all the same.
    finally:
        for name in harmed:
            _mend(output / name, files[name])


def _harmed(output: Path, files: dict[str, bytes], harm: Harm) -> str:
    names = list(files)
    name = names[harm.place % len(names)]
    path = output / name
    path.unlink(missing_ok=True) if not path.is_dir() else shutil.rmtree(path)
    choices = Choices(harm.entropy)
    match harm.what:
        case "damage":
            path.write_bytes(damaged(files[name], choices, 2.0))
        case "folder":
            path.mkdir()
        case "empty":
            path.write_bytes(b"")
        case "swapped":
            path.write_bytes(files[names[choices.below(len(names))]])
        case "a link to itself":
            path.symlink_to(path.name)
    return name


def _mend(path: Path, content: bytes) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    path.write_bytes(content)


def _look_at_status(output: Path) -> None:
    status = status_of(output)
    problems_of(status)
    machine_status(output).as_json()


def _verify(output: Path) -> None:
    str(verify_output(output, None))


def _look_into(join: str, key: str, tier: str) -> Callable[[Path], None]:
    return lambda output: void(find_rows(output, join, key, tier, None, None))


def _look_for_reasons(output: Path) -> None:
    why = explained_board(output, "board", "1", None, None)
    str(why)


def _read(name: str) -> Callable[[Path], None]:
    def read(output: Path) -> None:
        dataset = open_dataset(output, name)
        dataset.to_table()
        dataset.verify()

    return read


def void(_value: object) -> None:
    """Let go of a value."""


_LOOKS = (
    _look_at_status,
    _verify,
    *(_look_into(join, "1", tier) for join in ("board_join", "user_join", "pin_join") for tier in ("random", "debug")),
    _look_for_reasons,
    *(_read(name) for name in ("pin_joins", "facts", *(raw.name for raw in RAW_TABLES[1:]))),
)


def _lay(harms: list[Harm], folder: Path) -> None:
    _, files = _built()
    names = list(files)
    said = "\n".join(f"{names[harm.place % len(names)]}: {harm.what} {harm.entropy!r}" for harm in harms)
    (folder / "harms.txt").write_text(said, encoding="utf-8")


OUTPUTS = Door("output folders", built_by(_harms, _ENTROPY_BYTES), _enter, 20, _lay, a_second=50)
