"""Files that are damaged after they were written: flipped, cut, emptied or lost; each is told, and made as it was."""

import shutil
from collections.abc import Callable
from pathlib import Path

from tests.faults.aftermath import Watch, lines_of_verify
from tests.faults.collection import FIRST, SECOND
from tests.faults.every_scenario import BY_NAME, flip
from tests.faults.injections.injection import Injection
from tests.faults.outcome import Outcome
from tests.faults.workshop import Workshop

_DAY = f"date={SECOND}"
_FILES = (
    f"facts/full/{_DAY}/iteration=0/part-00000.parquet",
    f"picture_groups/full/date={FIRST}/iteration=0/part-00000.parquet",
    f"picture_members/full/{_DAY}/iteration=0/part-00000.parquet",
    f"board_ranks/full/{_DAY}/iteration=1/part-00000.parquet",
    f"pin_joins/light/{_DAY}/iteration=2/part-00000.parquet",
    f"user_joins/full/{_DAY}/iteration=2/part-00000.parquet",
    f"facts/_manifests/full/{_DAY}/iteration=0.json",
    f"board_joins/_manifests/light/{_DAY}/iteration=2.json",
    f"_random_access/pin_joins/{_DAY}/iteration=2/data.mdb",
    f"_random_access/pin_joins/{_DAY}/iteration=2/_tier.json",
    f"_random_access/receipts/board_joins/{_DAY}/iteration=2.json",
    "_random_access/user_joins/_CURRENT",
    "_sql_batch/discovery.duckdb",
    "_sql_batch/pin_joins/_CURRENT",
    "_hive_batch/board_joins.sql",
    "_debugging/board_joins/_CURRENT",
)
_FOLDERS = (
    f"board_features/full/{_DAY}/iteration=1",
    f"pin_joins/light/{_DAY}/iteration=2",
    f"_random_access/user_joins/{_DAY}/iteration=2",
    "_random_access/pin_joins",
    "_random_access",
    "_sql_batch",
    "_hive_batch",
    "board_ranks",
    "facts",
    "pin_joins",
    "repin_edges/_manifests",
)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _empty(path: Path) -> None:
    path.write_bytes(b"")


_WAYS: dict[str, Callable[[Path], None]] = {"flipped": flip, "cut": _cut, "empty": _empty, "lost": Path.unlink}
_CASES = (
    *((file, way) for file in _FILES for way in _WAYS),
    *((folder, "lost whole") for folder in _FOLDERS),
)


def _damage(workshop: Workshop, number: int, outcome: Outcome) -> None:
    name, way = _CASES[number]
    scenario = BY_NAME["second day"]
    workshop.restore(workshop.undisturbed(scenario.name).folder)
    path = workshop.output / name
    if way in _WAYS:
        _WAYS[way](path)
    else:
        shutil.rmtree(path)
    told = workshop.run(("interest-graph", "verify"))
    lines = [line for line in told.said.splitlines() if "interest-graph run --repair" in line]
    outcome.message = lines[0] if lines else told.said.strip().splitlines()[0]
    if told.code != 1 or not lines or "Traceback" in told.said:
        outcome.wrong_message = f"verify, exit code {told.code}: {outcome.message}"
    watch = Watch(workshop, scenario)
    watch.reader.seen.clear()  # what is damaged is told
    for date in (FIRST, SECOND):
        done = workshop.run(("interest-graph", "run", "--cores", "2", "--repair", "--date", str(date)))
        if done.code:
            outcome.unequal.append(f"run --repair --date {date} ended with exit code {done.code}: {done.error}")
    outcome.unequal += list(lines_of_verify(workshop.output))
    watch.must_be_whole(outcome)


DAMAGED_FILE = Injection("file damaged", tuple(f"{name} is {way}" for name, way in _CASES), _damage)
