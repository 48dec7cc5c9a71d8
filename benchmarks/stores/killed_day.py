"""A day in a store that is killed again and again: what readers see after each kill, and what is there at the end.

A run is a process group of its own, ended by ``kill -9`` at a random moment of the time that the day needs; the next
run goes on with the same output. Once a day has come through, the next kills are of a new day under another output.
After each kill every byte of what is published is read and compared with its digest, and what lies there without a
manifest must be seen by no reader.
"""

import os
import random
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.drills.processes import left_behind, start
from benchmarks.stores.published_digests import damaged_versions, digests_of, seen_without_manifest, unnamed_parts
from storage_tiers.stores.address import in_store, root_of
from storage_tiers.stores.store_path import StorePath
from tests.servers.s3_programs import BUCKET

DATE = "2026-11-20"
_SHORTEST_S = 0.2


@dataclass(slots=True)
class KilledDay:
    """What was seen so far."""

    folder: Path  # in which the runs work
    input_root: str
    expected: Mapping[str, str]  # digests by version
    needs_s: float  # for a whole day that nobody kills
    seed: int
    n_kills: int = 0
    n_days: int = 0  # that came through
    n_versions: int = 0  # that were there after kills, all counted, all bytes compared
    n_unnamed: int = 0  # parts without a manifest after kills, all counted
    n_left: int = 0  # such parts, and processes, when a day had come through
    wrong: list[str] = field(default_factory=list)

    @property
    def is_right(self) -> bool:
        """Whether nothing half-done was seen or left, and each day came out as the one that nobody killed."""
        return self.n_days > 0 and not (self.wrong or self.n_left)

    def live_through(self, n_kills: int) -> None:
        """Kill so many runs, and let the last day come through."""
        chance = random.Random(self.seed)  # noqa: S311 - nothing secret
        while self.n_kills < n_kills:
            if self._killed_after(chance.uniform(_SHORTEST_S, self.needs_s)):
                self.n_kills += 1
                self._look()
        self._killed_after(None)

    def told(self) -> str:
        """Return what was seen, as lines."""
        how = "at random (kill -9 of the process group), gone on each time"
        seen = f"{self.n_versions:,} published versions read to the byte, {self.n_unnamed:,} parts without a manifest"
        lines = [
            f"killed {self.n_kills} times {how}; {self.n_days} days came through",
            f"  after the kills, summed: {seen}, {len(self.wrong)} things wrong",
            f"  at the end of each day: {len(self.expected)} digests compared, {self.n_left} parts or processes left",
        ]
        return "\n".join([*lines, *(f"  WRONG: {what}" for what in self.wrong[:5])])

    @property
    def _output(self) -> StorePath:
        return in_store(root_of(f"s3://{BUCKET}/killed-{self.n_days + 1}"))

    def _killed_after(self, seconds: float | None) -> bool:
        """Run the day, and kill it after so many seconds; return whether it was killed. One that ends is looked at."""
        log = self.folder / "killed.log"
        words = ["interest-graph", "run", "--date", DATE, "--input", self.input_root, "--output", str(self._output)]
        process = start(words, self.folder, log)
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return True
        if code:
            raise SystemExit(f"a run that nobody killed: exit code {code}\n{log.read_text(errors='replace')}")
        self._look()
        self.n_left += sum(map(len, unnamed_parts(self._output).values())) + left_behind(self.folder)
        found = digests_of(self._output)
        self.wrong += [f"{name} has another digest" for name, _ in sorted(found.items() ^ self.expected.items())]
        self.n_days += 1
        return False

    def _look(self) -> None:
        self.n_versions += len(digests_of(self._output))
        unnamed = unnamed_parts(self._output)
        self.n_unnamed += sum(map(len, unnamed.values()))
        self.wrong += [*damaged_versions(self._output), *seen_without_manifest(unnamed)]
