"""All scenarios: the commands that write, each upon what comes before it in the life of a collection."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq

from storage_tiers.registry import TIERS
from tests.faults.collection import FIRST, IMPORTED, SECOND, raw_path
from tests.faults.scenario import RAW, Scenario

_CHANGED_AT_S = 1_795_000_000
_RUN = ("interest-graph", "run", "--cores", "2", "--date")
_REBUILD = ("interest-graph", "rebuild", "--cores", "2", "--date")
_BACKFILL = ("interest-graph", "backfill", "--cores", "2")
_DAILY = ("interest-graph", "daily", "--no-wait", "--cores", "2", "--date")
_IMPORT = ("interest-graph", "import", "source/mapping.toml", "source", "--date", str(IMPORTED))


def _mend_source(here: Path, _result: Callable[[str], Path]) -> None:
    shutil.rmtree(here / "source")
    (here / "mended_source").rename(here / "source")


def _change_input(here: Path, _result: Callable[[str], Path]) -> None:
    """Leave the last pins of the second day out, as a correction of the input does."""
    path = raw_path(here, "pins", SECOND)
    pins = pq.read_table(path)
    pq.write_table(pins.slice(0, pins.num_rows - 40), path)
    os.utime(path, (_CHANGED_AT_S, _CHANGED_AT_S))  # manifests name the time


def _damage(here: Path, _result: Callable[[str], Path]) -> None:
    """Damage something of every kind of the second day, none of it by its size or its name alone."""
    output, version = here / "output", f"date={SECOND}/iteration"
    flip(next((output / "board_ranks" / "full").glob(f"{version}=1/part-*.parquet")))
    next((output / "pin_joins" / "light").glob(f"{version}=2/part-*.parquet")).unlink()
    next((output / "facts" / "_manifests" / "full").glob(f"{version}=0.json")).unlink()
    next((output / "_random_access" / "board_joins").glob(f"{version}=2/data.mdb")).write_bytes(b"")
    (output / "_hive_batch" / "user_joins.sql").write_bytes(b"")
    (output / "_sql_batch" / "user_joins" / "_CURRENT").write_text("nothing\n", encoding="utf-8")


def flip(path: Path) -> None:
    """Flip a bit in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x10
    path.write_bytes(content)


def _before_load(tier: str) -> Callable[[Path, Callable[[str], Path]], None]:
    def prepare(here: Path, result: Callable[[str], Path]) -> None:
        home = here / "output" / f"_{tier}"
        shutil.rmtree(home)
        shutil.copytree(result("first day") / "output" / home.name, home)

    return prepare


SCENARIOS: tuple[Scenario, ...] = (
    Scenario("import", RAW, _IMPORT, when_done=(), share=2),
    Scenario("import --overwrite", "import", (*_IMPORT, "--overwrite"), _mend_source, share=2),
    Scenario("first day", RAW, (*_RUN, str(FIRST)), share=4),
    Scenario("second day", "first day", (*_RUN, str(SECOND)), share=5),
    *(
        Scenario(f"load {tier.name}", "second day", (*_RUN, str(SECOND)), _before_load(tier.name), share=1)
        for tier in TIERS
    ),
    Scenario("rebuild", "second day", (*_REBUILD, str(SECOND)), _change_input, when_done=(*_RUN, str(SECOND)), share=2),
    Scenario(
        "rebuild --replace", "second day", (*_REBUILD, str(SECOND), "--replace"), _change_input, goes_back=True, share=3
    ),
    Scenario("rollback", "second day", ("interest-graph", "rollback", "--date", str(FIRST)), goes_back=True, share=2),
    Scenario("clean", "second day", ("interest-graph", "clean", "--keep-days", "1"), removes=True, share=2),
    Scenario("backfill", RAW, (*_BACKFILL, "--start", str(FIRST), "--stop", str(SECOND)), share=2),
    Scenario("daily", "first day", (*_DAILY, str(SECOND)), share=2),
    Scenario("run --repair", "second day", (*_RUN, str(SECOND), "--repair"), _damage, is_damaged=True, share=3),
)
BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
