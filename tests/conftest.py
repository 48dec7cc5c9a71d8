"""What several test files share, as fixtures: tests are no package, so there is nothing to import."""

import datetime as dt
import gc
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import settings

from features.trace_repins import trace_repins
from joins import GeneratedGraph, GraphShape, generate_graph
from joins.arrow.hashing import partition_of
from joins.pin_lists import ACCEPTED_PINS, sorted_by_picture
from storage_tiers import Dataset, Version, open_dataset
from storage_tiers.versioned.staging import DatasetSpec, Provenance, stage_dataset
from workflows import DailyDiscovery
from workflows.commands import app
from workflows.commands.days.run import run_day

pytest_plugins = (
    "tests.servers.s3",
    "tests.servers.hdfs",
    "tests.servers.emr",
    "tests.servers.yarn",
    "tests.servers.spark_cluster",
    "tests.clusters.small_days",
    "tests.explorer_days",
)

settings.register_profile("untimed", deadline=None)  # other tests run beside each, and machines differ
settings.load_profile("untimed")

DAY = dt.date(2026, 11, 20)

WIDE_SCHEMA = pa.schema(
    [
        pa.field("board_id", pa.int64()),
        pa.field("name", pa.string()),
        pa.field("page_rank", pa.float64()),
        pa.field("is_corrected", pa.bool_()),
        pa.field("created_at", pa.timestamp("ms", tz="UTC")),
        pa.field("terms", pa.list_(pa.string())),
        pa.field("owner", pa.struct([("user_id", pa.int64()), ("joined_at", pa.timestamp("ms", tz="UTC"))])),
        pa.field("pin_joins", pa.list_(pa.struct([("image_signature", pa.string()), ("n_pins", pa.int64())]))),
        pa.field("pins", pa.list_(pa.int64()), metadata={"light": "unset"}),
    ],
    metadata={"importance": "page_rank"},
)


def pytest_unconfigure() -> None:
    """Let go of Hypothesis's collector hook: it keeps DuckDB's types to the end, which DuckDB prints a page about."""
    gc.callbacks.clear()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what drives a browser or builds days in a store as slow, and start with the slow tests.

    Workers beside each other don't end on a test of minutes then.
    """
    for item in items:
        if {"browser", "in_stores"} & {*item.path.parts}:
            item.add_marker(pytest.mark.slow)
    items.sort(key=lambda item: "slow" not in item.keywords)


@pytest.fixture(scope="session", autouse=True)
def no_waits_for_disks() -> Iterator[None]:
    """Let this process wait for no disk: no test takes the power away, and a small day would wait 468 times."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "fsync", lambda _descriptor: None)
        yield


@pytest.fixture(scope="session")
def wide_table() -> Callable[[int], pa.Table]:
    """Make a table of every shape a dataset has, with nulls at every depth; keys 0, 10, 20, ..."""
    return _wide_table


@pytest.fixture(scope="session")
def publish() -> Callable[..., Dataset]:
    """Publish a table as one version and open it."""
    return _publish


@pytest.fixture
def run_python() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start a Python script with arguments in a process of its own, with pipes to talk to it.

    What a test leaves of it, as one that fails does, is ended and closed: or a later test would fail by its garbage.
    """
    with ExitStack() as started:

        def run(script: str, *arguments: object) -> subprocess.Popen[str]:
            process = _run_python(script, *arguments)
            started.callback(_end, process)
            return process

        yield run


def _end(process: subprocess.Popen[str]) -> None:
    process.kill()
    for pipe in (process.stdin, process.stdout, process.stderr):
        with suppress(BrokenPipeError):  # of what was written and not sent
            if pipe:
                pipe.close()
    process.wait()


def _wide_table(n_rows: int) -> pa.Table:
    return pa.Table.from_pylist([_wide_row(number) for number in range(n_rows)], WIDE_SCHEMA)


def _wide_row(number: int) -> dict[str, object]:
    moment = dt.datetime(2026, 1, 2, 3, 4, 5, 678_000, dt.UTC) - dt.timedelta(days=100 * number)
    row: dict[str, object] = {
        "board_id": 10 * number,
        "name": ("attic", "garden ✿", "", 'o\'brien "x"')[number % 4],
        "page_rank": number / 7,
        "is_corrected": number % 2 == 0,
        "created_at": moment,
        "terms": [("sofa", None, "lamp")[place % 3] for place in range(number % 5)],
        "owner": {"user_id": None if number % 3 == 1 else -number, "joined_at": moment if number % 3 else None},
        "pin_joins": [
            None if place == 2 else {"image_signature": f"{place:016x}", "n_pins": place} for place in range(number % 4)
        ],
        "pins": list(range(number % 6)),
    }
    columns = list(row)[1:]
    if number % 2:  # each column is null now and then
        row[columns[number // 2 % len(columns)]] = None
    return row


def _publish(
    root: Path,
    table: pa.Table,
    name: str = "board_joins",
    *,
    key: str = "board_id",
    key_is_unique: bool = True,
    n_parts: int = 3,
    variant: str = "full",
    date: dt.date = DAY,
    iteration: int = 1,
    provenance: Provenance | None = None,
) -> Dataset:
    version = Version(date, iteration)
    spec = DatasetSpec(name, table.schema, key, key_is_unique=key_is_unique)
    ordered = table.sort_by(key)
    numbers = partition_of(ordered[key], n_parts)
    with stage_dataset(root, spec, variant, version) as staging:
        parts = [staging.writer(number, ordered.filter(pa.array(numbers == number))) for number in range(n_parts)]
        staging.publish(parts, provenance or Provenance())
    return open_dataset(root, name, variant, date, iteration)


def _run_python(script: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=_heed_signals,  # noqa: PLW1509 - no thread of the test is at work
    )


def _heed_signals() -> None:
    """Meet the signals that whoever started the tests may have told them to ignore, as nohup does."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


@pytest.fixture(scope="session")
def run_command() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a command of this environment's bin folder to its end, in a folder that holds no luigi.cfg of ours."""
    return _run_command


def _run_command(name: str, *arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / name), *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": str(cwd)}  # tasks that a test writes lie there
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture
def run_here(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run `interest-graph` in this process, in a folder without a luigi.cfg: to start it takes a second."""

    def run(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
        command = ["interest-graph", *map(str, arguments)]
        capfd.readouterr()  # what the test itself said
        with monkeypatch.context() as patched:
            patched.chdir(cwd)
            patched.setattr(sys, "argv", command)
            with pytest.raises(SystemExit) as end:
                app.main()
        return subprocess.CompletedProcess(command, end.value.code or 0, *capfd.readouterr())

    return run


@dataclass(frozen=True, slots=True)
class BuiltDay:
    """A made-up snapshot and what the whole day made of it."""

    graph: GeneratedGraph
    input_root: Path
    output_root: Path
    date: dt.date = DAY
    iterations: int = 2


@dataclass(frozen=True, slots=True)
class MappingText:
    """The three tables of an import mapping, each as its TOML; ``str()`` is the whole file."""

    pins: str
    boards: str
    users: str

    def __str__(self) -> str:
        return self.pins + self.boards + self.users

    def replace(self, old: str, new: str) -> str:
        """Return the whole file with a text replaced wherever it stands."""
        return str(self).replace(old, new)


@pytest.fixture(scope="session")
def mapping_text() -> Callable[..., MappingText]:
    """Write the import mapping of sources whose columns are called pin, board and user, and of more columns."""
    return _mapping_text


def _mapping_text(
    pins: str = "pins.csv",
    boards: str = "boards.csv",
    users: str = "users.csv",
    *,
    distinct: Sequence[str] = (),
    more: Mapping[str, str] | None = None,
) -> MappingText:
    """Return a mapping of three sources; ``more`` are further lines of a table's columns, by its name."""
    tables = []
    for name, source, keys in (
        ("pins", pins, ("pin", "board", "user")),
        ("boards", boards, ("board", "user")),
        ("users", users, ("user",)),
    ):
        lines = [f"[{name}]", f'source = "{source}"', *(["distinct = true"] if name in distinct else [])]
        lines += [f"[{name}.columns]", *(f'{key}_id = "{key}"' for key in keys), (more or {}).get(name, "")]
        tables.append("\n" + "\n".join(line for line in lines if line) + "\n")
    return MappingText(*tables)


@pytest.fixture(scope="session")
def built_day(tmp_path_factory: pytest.TempPathFactory) -> BuiltDay:
    """Generate 6,000 pins, 2 % of them bad, and run DailyDiscovery on them in this process."""
    root = tmp_path_factory.mktemp("day")
    graph = generate_graph(GraphShape(n_pins=6_000, dirty_share=0.02), seed=3, as_of=DAY)
    write_snapshot(root / "input", {"pins": graph.pins, "boards": graph.boards, "users": graph.users})
    day = BuiltDay(graph, root / "input", root / "output")
    assert run_day(daily(day.input_root, day.output_root)) == 0
    return day


@pytest.fixture(scope="session")
def snapshot_writer() -> Callable[..., None]:
    """Write raw tables as the snapshot of a date."""
    return write_snapshot


@pytest.fixture(scope="session")
def day_of() -> Callable[..., DailyDiscovery]:
    """Make a DailyDiscovery in this process."""
    return daily


def write_snapshot(input_root: Path, tables: dict[str, pa.Table], date: dt.date = DAY) -> None:
    for name, table in tables.items():
        folder = input_root / name / f"date={date.isoformat()}"
        folder.mkdir(parents=True)
        pq.write_table(table, folder / "part-00000.parquet")


def daily(input_root: Path, output_root: Path, **parameters: object) -> DailyDiscovery:
    given = {"date": DAY, "iterations": 2, "cores": 1} | parameters
    return DailyDiscovery(input_root=str(input_root), output_root=str(output_root), **given)


@pytest.fixture(scope="session")
def facts_of() -> Callable[..., pa.Table]:
    """Make facts from pins given as dicts; a pin without them is on board 1, by user 1, and shows picture "aa"."""
    return _facts_of


def _facts_of(*pins: dict[str, object]) -> pa.Table:
    usual = {"board_id": 1, "user_id": 1, "image_signature": "aa"}
    accepted = pa.Table.from_pylist([usual | pin for pin in pins], ACCEPTED_PINS)
    return trace_repins(sorted_by_picture(accepted), np.sort(accepted["pin_id"].to_numpy()))
