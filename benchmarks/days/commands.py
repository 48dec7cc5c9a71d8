"""What is measured on a root of many days, in this order: what changes the root comes last.

A command of ours is measured as a whole process; a call from Python without the imports before it.
"""

import datetime as dt
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.days.cloned_days import NEWEST
from benchmarks.harness.contender import Figures
from benchmarks.harness.kept import bench_folder
from benchmarks.harness.measure import measure

_NEXT = NEWEST + dt.timedelta(days=1)
_TIMED = """
import sys, time
{imports}
root, wall, cpu = sys.argv[1], time.perf_counter(), time.process_time()
{call}
print(time.perf_counter() - wall, time.process_time() - cpu)
"""
_SQL = "from storage_tiers.sql_batch import open_sql, write_sql_views"
_ONE = "from storage_tiers import open_dataset"


SECOND_DAY = "the second day"  # is replaced by that date


@dataclass(frozen=True, slots=True)
class Measured:
    """One thing to measure: arguments of our command, or a call from Python."""

    label: str
    arguments: tuple[str, ...] = ()
    imports: str = ""
    call: str = ""
    changes: bool = False  # whether the root is put back afterwards
    worst_code: int = 0  # that isn't a failure

    def on(self, root: Path, n_days: int, python: Path) -> Figures | None:
        """Run it and return its seconds; None where that checkout has no such command, or it failed."""
        log = bench_folder() / "last.log"
        if self.call:
            command = [
                str(python),
                "-P",
                "-c",
                _TIMED.format(imports=self.imports, call=self.call),
                str(root / "output"),
            ]
        else:
            options = ["--output", str(root / "output")]
            options += ["--input", str(root / "input")] if self.arguments[0] == "run" else []
            second = str(NEWEST - dt.timedelta(days=n_days - 2))
            given = [second if argument == SECOND_DAY else argument for argument in self.arguments]
            command = [str(python.with_name("interest-graph")), *given, *options]
        cost = measure(command, log, {"PATH": "/usr/bin:/bin", "HOME": str(bench_folder())})
        if cost.exit_code > self.worst_code:
            shutil.copy(log, log.with_name("failed.log"))
            return None
        wall_s, cpu_s = map(float, log.read_text().split()[-2:]) if self.call else (cost.wall_s, cost.cpu_s)
        return {"wall_s": wall_s, "cpu_s": cpu_s}


MEASURED = (
    Measured("open_sql", imports=_SQL, call="open_sql(root)"),
    Measured("open_dataset, one date", imports=_ONE, call=f'open_dataset(root, "pin_joins", date="{NEWEST}")'),
    Measured("open_dataset, the newest", imports=_ONE, call='open_dataset(root, "pin_joins")'),
    Measured("show, one key", ("show", "board_join", "1", "--date", str(NEWEST)), worst_code=1),  # no such key
    Measured("status", ("status",)),
    Measured("clean --plan, one day", ("clean", "--before", SECOND_DAY, "--plan")),
    Measured("run of the next day", ("run", "--date", str(_NEXT), "--iterations", "1"), changes=True),
    Measured("view step alone", imports=_SQL, call="write_sql_views(root)", changes=True),
    Measured("clean, one day", ("clean", "--before", SECOND_DAY), changes=True),
)
OURS = Path(sys.executable)
