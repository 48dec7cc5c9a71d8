"""How long each kind of page of the explorer takes, over a day with a million boards, and what memory it needs.

A server of its own is asked over loopback, one page at a time, each time for another key. Told are P50, P95 and the
longest, by kind. What a page of a board brings by itself later (neighbours, evidence) is told apart, without a goal.
"""

import datetime as dt
import http.client
import random
import re
import statistics
import subprocess
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import quote

import psutil

from benchmarks.harness.contender import REPOSITORY
from benchmarks.harness.kept import kept_folder, run_interest_graph
from benchmarks.harness.table import Goal, print_goals
from joins import GraphShape
from storage_tiers import open_dataset
from workflows.commands.inputs.generate import write_generated_input

OPTIONS = {
    "--output": {"type": Path, "help": "output folder of a run, in place of a generated day"},
    "--pages": {"type": int, "default": 60, "help": "pages of each kind (default: %(default)s)"},
}
DATE = dt.date(2026, 11, 20)
_BOARDS, _PINS_A_BOARD = 1_000_000, 6
_SMALL_BOARDS = 2_000
_GOAL_MS = 200.0
_WORDS = ["art", "food", "travel", "home"]  # asked for where no board has a name
_URL = re.compile(rb"http://127\.0\.0\.1:(\d+)/")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of page: its name, how an address of it is made, and whether it has a goal."""

    name: str
    address: Callable[[int], str]
    has_goal: bool = True


def main(asked: Namespace) -> None:
    """Ask for pages of each kind and print their times."""
    output = asked.output.resolve() if asked.output else _generated_day(_SMALL_BOARDS if asked.small else _BOARDS)
    kinds = _kinds(output)
    with _served(output) as (port, process):
        times = {kind.name: _times(port, kind, asked.pages) for kind in kinds}
        peak = process.memory_info().rss
    n_boards = open_dataset(output, "board_joins", "light").n_rows
    print(f"\nPages of the explorer over {n_boards:,} boards, {asked.pages} of each kind, milliseconds")
    print(f"{'':28} {'first':>8} {'P50':>8} {'P95':>8} {'longest':>8}")
    for name, took in times.items():
        quantiles = _quantile(took, 0.5), _quantile(took, 0.95), max(took)
        print(f"{name:28} {took[0]:8.1f} " + " ".join(f"{one:8.1f}" for one in quantiles))
    print(f"memory of the server at the end: {peak / 2**20:,.0f} MiB")
    print_goals(
        [
            Goal(f"{kind.name}: P95, ms", _GOAL_MS, _quantile(times[kind.name], 0.95), "<=", "{:.0f}".format)
            for kind in kinds
            if kind.has_goal
        ]
    )


def _kinds(output: Path) -> Sequence[Kind]:
    """Return the kinds of pages; keys and words are drawn with one seed."""
    draw = random.Random(7)  # noqa: S311 - no secret
    keys = {name: _keys(output, name, column) for name, column in _KEYS.items()}
    names = open_dataset(output, "board_joins", "light").to_table(["name"])["name"].to_pylist()
    words = [name.split()[-1] for name in names if name and name.split()] or _WORDS

    def some(name: str, form: str) -> Callable[[int], str]:
        return lambda _number: form.format(draw.choice(keys[name]))

    return [
        Kind("overview", lambda _number: "/"),
        Kind("most important", lambda _number: "/most-important"),
        Kind("datasets", lambda _number: "/datasets"),
        Kind("dataset", lambda _number: "/datasets/board_joins"),
        Kind(
            "rows, sorted",
            lambda number: f"/datasets/board_joins/rows?sort=page_rank&order=down&page={1 + number % 20}",
        ),
        Kind("values of a field", lambda _number: "/datasets/board_joins/columns/category"),
        Kind("histogram", lambda _number: "/datasets/board_joins/columns/page_rank"),
        Kind("board", some("board_joins", "/boards/{}")),
        Kind("picture", some("pin_joins", "/pins/{}")),
        Kind("user", some("user_joins", "/users/{}")),
        Kind("search by key", some("board_joins", "/search?q={}")),
        Kind("search by name", lambda _number: f"/search?q={quote(draw.choice(words))}"),
        Kind("compare", lambda _number: "/compare"),
        Kind(
            "later: boards by name",
            lambda _number: f"/search/by-text?what=boards&q={quote(draw.choice(words))}",
            has_goal=False,
        ),
        Kind("later: neighbours", some("board_joins", "/boards/{}/neighbours"), has_goal=False),
        Kind("later: evidence", some("board_joins", "/boards/{}/evidence"), has_goal=False),
    ]


_KEYS = {"board_joins": "board_id", "pin_joins": "image_signature", "user_joins": "user_id"}


def _keys(output: Path, name: str, column: str) -> list[object]:
    keys: list[object] = next(open_dataset(output, name, "light").iter_parts([column]))[column].to_pylist()
    return keys


def _times(port: int, kind: Kind, n_pages: int) -> list[float]:
    """Return the milliseconds of each page, from asking to its last byte."""
    took = []
    for number in range(n_pages):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        address = kind.address(number)
        begun = time.perf_counter()
        connection.request("GET", address)
        answer = connection.getresponse()
        answer.read()
        took.append(1_000 * (time.perf_counter() - begun))
        connection.close()
        if answer.status != http.HTTPStatus.OK:
            sys.exit(f"{address}: {answer.status}")
    return took


def _quantile(took: Sequence[float], share: float) -> float:
    return statistics.quantiles(took, n=100, method="inclusive")[round(100 * share) - 1] if len(took) > 1 else took[0]


@contextmanager
def _served(output: Path) -> Iterator[tuple[int, psutil.Process]]:
    """Run ``interest-graph explore`` and give its port."""
    command = Path(sys.executable).with_name("interest-graph")
    with subprocess.Popen(  # noqa: S603 - our own command
        [command, "explore", "--output", output, "--port", "0"],
        cwd=REPOSITORY,
        stderr=subprocess.STDOUT,
        stdout=subprocess.PIPE,
    ) as process:
        try:
            lines = iter(process.stdout.readline, b"") if process.stdout else iter(())
            found = next(filter(None, map(_URL.search, lines)), None)
            if found is None:
                sys.exit("interest-graph explore did not start")
            yield int(found[1]), psutil.Process(process.pid)
        finally:
            process.terminate()


def _generated_day(n_boards: int) -> Path:
    """Return the output of a day with so many boards, in one iteration; made once."""
    return (
        kept_folder(
            f"{n_boards}-boards",
            "explored",
            [Path(__file__)],
            f"a day of {n_boards:,} boards",
            partial(_build, n_boards),
        )
        / "output"
    )


def _build(n_boards: int, folder: Path) -> None:
    shape = GraphShape(n_pins=_PINS_A_BOARD * n_boards, n_boards=n_boards)
    write_generated_input(folder / "input", DATE, shape, 1)
    day = ["--date", str(DATE), "--iterations", "1"]
    run_interest_graph("run", *day, "--input", str(folder / "input"), "--output", str(folder / "output"))
