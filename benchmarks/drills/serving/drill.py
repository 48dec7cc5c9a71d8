"""A service of two processes over LMDB and Redis under load, while all around it is switched, stopped and killed.

Three datasets that belong together are switched 100 times, and back 10 times. Then the store is stopped, killed, and
made to answer late, and processes of the service are killed. Two other processes ask all the while: a plan that reads
LMDB alone, one that reads Redis alone, and one that reads both. Each answer is checked: all of its objects are of one
version, the one that it names.
"""

import argparse
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from benchmarks.drills.serving.drilled_service import (
    DEADLINE_MS,
    N_WORKERS,
    DrilledService,
    ServiceError,
    running_service,
)
from benchmarks.drills.serving.joined_versions import load_version, make_current
from benchmarks.drills.serving.trials import (
    Trial,
    killed_store,
    killed_workers,
    late_store,
    stopped_store,
    switches,
)
from benchmarks.harness.kept import bench_folder
from storage_tiers import Tier, open_tier
from storage_tiers.tier import TierOptions
from tests.servers.redis_server import RunningRedis, missing_for_redis, running_redis

OPTIONS: dict[str, dict[str, object]] = {
    "--switches": {"type": int, "default": 100, "help": "(default: %(default)s)"},
    "--rollbacks": {"type": int, "default": 10, "help": "(default: %(default)s)"},
    "--keys": {"type": int, "default": 5_000, "help": "rows of a version (default: %(default)s)"},
    "--kills": {"type": int, "default": 5, "help": "of processes of the service (default: %(default)s)"},
    "--seconds": {"type": float, "default": 5.0, "help": "that the store is away (default: %(default)s)"},
    "--seed": {"type": int, "default": 1, "help": "another seed, other moments (default: %(default)s)"},
}
SMALL = {"switches": 4, "rollbacks": 1, "keys": 200, "kills": 1, "seconds": 1.0}
_HEADS = ("asked", "whole", "partial", "failed", "wrong", "longest ms", "pause ms")
_WIDTH = 12


def main(asked: argparse.Namespace) -> None:
    """Print the rows of each trial; what isn't right ends with an error."""
    if asked.small:
        vars(asked).update(SMALL)
    print(f"\n{N_WORKERS} processes, deadline {DEADLINE_MS} ms, seed {asked.seed}; wrong: mixed versions, other rows")
    print(f"{'trial, plan':<26}" + "".join(f"{head:>{_WIDTH}}" for head in _HEADS), flush=True)
    is_right = not missing_for_redis()
    if missing_for_redis():
        print(f"with Redis: not run, {missing_for_redis()}")
    for trial in drill(asked):
        print("\n".join(lines_of(trial)), flush=True)
        is_right = is_right and trial.is_right
    if not is_right:
        raise SystemExit(1)


def drill(asked: argparse.Namespace) -> Iterator[Trial]:
    """Yield what each trial came to that is asked for; without Redis those alone that don't need it."""
    folder = Path(tempfile.mkdtemp(prefix="serving-", dir=bench_folder()))
    try:
        with _store(folder) as redis:
            tiers = _tiers(folder / "output", redis)
            load_version(tiers, 1, asked.keys)
            make_current(tiers, 1)
            with running_service(folder, folder / "output", redis.address if redis else "") as service:
                for name, trial in _trials(asked, service, redis, tiers, folder / "asked").items():
                    if not asked.only or any(part in name for part in asked.only):
                        yield trial()
    except ServiceError as error:
        yield Trial("the service", {}, "", [str(error)])
    finally:
        shutil.rmtree(folder)


def _trials(
    asked: argparse.Namespace, service: DrilledService, redis: RunningRedis | None, tiers: list[Tier], folder: Path
) -> dict[str, Callable[[], Trial]]:
    n_rows = asked.keys
    found: dict[str, Callable[[], Trial]] = {}
    if redis:
        found = {
            name: partial(trial, service, redis, folder, n_rows, asked.seconds)
            for name, trial in (
                ("stopped store", stopped_store),
                ("killed store", killed_store),
                ("late store", late_store),
            )
        }
    found["killed processes"] = partial(killed_workers, service, folder, n_rows, asked.kills)
    switching = (asked.switches, asked.rollbacks, asked.seed)
    return found | {"switches": partial(switches, service, tiers, folder, n_rows, *switching)}


def lines_of(trial: Trial) -> list[str]:
    """Return a row a plan, and one about what else the trial came to."""
    lines = []
    for plan, seen in trial.seen.items():
        counts = (seen.n_asked, seen.n_whole, seen.n_partial, seen.n_failed, seen.n_wrong)
        cells = [f"{count:,}" for count in counts] + [f"{seen.longest_ms:,.0f}", f"{seen.pause_ms:,.0f}"]
        lines.append(f"{f'{trial.name}, {plan}':<26}" + "".join(f"{cell:>{_WIDTH}}" for cell in cells))
    verdict = "right" if trial.is_right else f"WRONG: {'; '.join(filter(None, [*trial.faults, trial.late]))}"
    return [*lines, f"{'':<6}{trial.told}; {verdict}"]


@contextmanager
def _store(folder: Path) -> Iterator[RunningRedis | None]:
    """Give a Redis server that keeps on disk what it holds; None where there is no such program."""
    if missing_for_redis():
        yield None
        return
    with running_redis(folder / "redis", "--appendonly", "yes", "--appendfsync", "no") as server:
        yield server


def _tiers(output: Path, redis: RunningRedis | None) -> list[Tier]:
    tiers: list[Tier] = [open_tier("random_access", output)]
    if redis:
        tiers.append(open_tier("redis", output, TierOptions(address=redis.address)))
    return tiers
