"""A whole day in an object store beside the same day on a local disk, and then killed again and again.

The day is generated, then run three times from nothing: on the local disk, on a real S3 server on loopback, and there
once more through a proxy that counts requests and bytes, which costs CPU of its own: so the second run is the one that
is timed. All datasets must have the same digests. Then the day is killed at random moments, the whole process group at
once, and gone on with each time: see `benchmarks.stores.killed_day`. The server shares the cores with the day.
"""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.harness.kept import bench_folder, run_interest_graph
from benchmarks.harness.measure import Cost, measure
from benchmarks.stores.killed_day import KilledDay
from benchmarks.stores.published_digests import digests_of
from benchmarks.stores.request_counts import KINDS, RequestCounts, counts_of
from benchmarks.stores.surroundings import let_in
from storage_tiers.stores.address import Root, root_of
from storage_tiers.stores.opened_stores import forget_opened
from tests.servers.s3_programs import BUCKET, MissingServerError, S3Server, chosen_program, s3_server_in
from tests.servers.s3_proxy import proxy_before

OPTIONS: dict[str, dict[str, object]] = {
    "--pins": {"type": int, "default": 1_000_000, "help": "pins of the day (default: %(default)s)"},
    "--kills": {"type": int, "default": 20, "help": "(default: %(default)s)"},
    "--seed": {"type": int, "default": 1, "help": "another seed, other moments (default: %(default)s)"},
}
DATE = "2026-11-20"
_SMALL_PINS, _SMALL_KILLS = 3_000, 3
_COMMAND = str(Path(sys.executable).with_name("interest-graph"))
_MB = 1e6


@dataclass(frozen=True, slots=True)
class Ran:
    """One run of the day: what it cost, what the server took meanwhile, and what was asked where that was counted."""

    name: str
    cost: Cost
    server_cpu_s: float = 0.0
    counts: RequestCounts | None = None

    def line(self) -> str:
        """Return its row of the table."""
        cells = [f"{self.cost.wall_s:8.1f}", f"{self.cost.cpu_s:8.1f}", f"{self.server_cpu_s or '':>10.4}"]
        if self.counts:
            cells += [f"{self.counts.n_requests:9,}", *(f"{self.counts.requests[kind]:7,}" for kind in KINDS)]
            cells += [f"{self.counts.n_up / _MB:9.1f}", f"{self.counts.n_down / _MB:9.1f}"]
        return f"{self.name:<24}" + "".join(cells)


HEAD = f"{'':24}{'wall s':>8}{'CPU s':>8}{'server s':>10}{'requests':>9}" + "".join(f"{kind:>7}" for kind in KINDS)
HEAD += f"{'MB up':>9}{'MB down':>9}"


def main(asked: argparse.Namespace) -> None:
    """Print the table, what the kills left, and how digests compare; anything wrong ends with an error."""
    n_pins, n_kills = (_SMALL_PINS, _SMALL_KILLS) if asked.small else (asked.pins, asked.kills)
    folder = Path(tempfile.mkdtemp(prefix="store-", dir=bench_folder()))
    try:
        with s3_server_in(folder / "server") as server, let_in(folder, server.environment()):
            is_right = drill(folder, server, n_pins, n_kills, asked.seed)
    except MissingServerError as error:
        raise SystemExit(str(error)) from None
    finally:
        shutil.rmtree(folder)
    if not is_right:
        raise SystemExit(1)


def drill(folder: Path, server: S3Server, n_pins: int, n_kills: int, seed: int) -> bool:
    """Run the day everywhere and print what was seen; return whether all of it was right."""
    local_input, stored_input = folder / "input", f"s3://{BUCKET}/input"
    run_interest_graph("generate", "--date", DATE, "--pins", str(n_pins), "--input", str(local_input))
    upload(local_input, root_of(stored_input))
    print(f"\nA day of {n_pins:,} pins, as configured; S3 is {chosen_program().name} on loopback\n\n{HEAD}", flush=True)
    local = run_day("local disk", folder, str(local_input), str(folder / "output"))
    print(local.line(), flush=True)
    output = f"s3://{BUCKET}/timed"
    stored = run_day("S3", folder, stored_input, output, server)
    print(stored.line(), flush=True)
    counted_output = f"s3://{BUCKET}/counted"
    with proxy_before(server.url) as proxy, let_in(folder, {"AWS_ENDPOINT_URL": proxy.url}):
        ran = run_day("S3, counted at a proxy", folder, stored_input, counted_output, server)
        print(Ran(ran.name, ran.cost, ran.server_cpu_s, counts_of(proxy.requests)).line(), flush=True)
    expected = digests_of(folder / "output")
    print(f"\nwall on S3 / on local disk: {stored.cost.wall_s / local.cost.wall_s:.2f}; ", end="")
    print(f"CPU: {stored.cost.cpu_s / local.cost.cpu_s:.2f}")
    are_equal = all([said_equal(expected, output), said_equal(expected, counted_output)])
    killed = KilledDay(folder, stored_input, expected, stored.cost.wall_s, seed)
    killed.live_through(n_kills)
    print(killed.told(), flush=True)
    return are_equal and killed.is_right


def run_day(name: str, folder: Path, input_root: str, output: str, server: S3Server | None = None) -> Ran:
    """Run the day from nothing and return what it took; SystemExit shows what was said where it failed."""
    log = folder / "day.log"
    command = [_COMMAND, "run", "--date", DATE, "--input", input_root, "--output", output]
    before_s = _cpu_s(server)
    cost = measure(command, log, os.environ)
    if cost.exit_code:
        raise SystemExit(f"{name}: exit code {cost.exit_code}\n{log.read_text(errors='replace')}")
    return Ran(name, cost, _cpu_s(server) - before_s)


def said_equal(expected: Mapping[str, str], output: str) -> bool:
    """Say how many versions have the expected digests; return whether all have, and there are no others."""
    forget_opened()
    found = digests_of(root_of(output))
    n_equal = sum(found.get(name) == digest for name, digest in expected.items())
    is_equal = found == expected
    print(f"{output}: {n_equal} of {len(expected)} versions have the digest of the local disk's", end="")
    print("" if is_equal else f", DIFFERENT: {sorted(found.items() ^ expected.items())[:1]}")
    return is_equal


def upload(folder: Path, place: Root) -> None:
    """Copy a folder's files into a store."""
    for path in sorted(folder.rglob("*.parquet")):
        (place / path.relative_to(folder)).write_bytes(path.read_bytes())


def _cpu_s(server: S3Server | None) -> float:
    times = psutil.Process(server.process.pid).cpu_times() if server else None
    return times.user + times.system if times else 0.0
