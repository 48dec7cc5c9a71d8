"""Days on a cluster from a store to a store: what runs, what it says, what it publishes and what it leaves.

The folder of a day, with its input, its settings and its home, is hidden from the nodes.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.clusters.small_days import DATE, DIGESTS, NAMES, UPLOAD
from tests.servers.nodes import Nodes

_REPOSITORY = Path(__file__).parents[2]
_LOCK = ".lock"  # of the work folder, which stays
_WITHIN_S, _LOOK_S = 2400, 0.05
RunningDay = subprocess.Popen[str]


class Cluster(Protocol):
    """What a day asks of the cluster that it runs on."""

    @property
    def nodes(self) -> Nodes:
        """Its nodes by name."""

    def entered(self) -> AbstractContextManager[None]:
        """Let this thread, and what it starts, be a client."""

    def run(self, *command: object, **more: Any) -> "subprocess.CompletedProcess[str]":
        """Run a command as a client, to its end."""


@dataclass(frozen=True)
class StoredDay:
    """A day below an address.

    Parameters
    ----------
    cluster
        What it runs on.
    folder
        The folder of its input, its settings and its home.
    root
        The address below which ``input`` and ``output`` lie.
    variables
        What its processes are given: where its settings and its home are, and how its store is reached.
    n_iterations
        How often its features and joins are made.
    python
        Which Python runs it.
    """

    cluster: Cluster
    folder: Path
    root: str
    variables: Mapping[str, str]
    n_iterations: int = 1
    python: Path = Path(sys.executable)

    @property
    def output(self) -> str:
        """The address of what it publishes."""
        return f"{self.root}/output"

    def begin(self) -> RunningDay:
        """Start the day, or go on with it."""
        words = ["run", "--date", DATE, "--input", f"{self.root}/input", "--output", self.output]
        asked = ["env", "--default-signal=INT"]  # whoever starts these tests in the background ignores it
        command = [*asked, str(self.python.with_name("interest-graph")), *words, "--iterations", str(self.n_iterations)]
        with self.cluster.entered():
            return subprocess.Popen(
                command, env=self._environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
            )

    def end(self, day: RunningDay) -> tuple[int, str]:
        """Wait for its end and return its exit code and what it said."""
        said = day.communicate(timeout=_WITHIN_S)[1]
        return day.returncode, said

    def await_that(self, day: RunningDay, is_so: Callable[[], object]) -> None:
        """Wait until something is so of a day that runs; fail if it ends before, or takes too long."""
        deadline = time.monotonic() + _WITHIN_S
        while not is_so():
            if day.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"it ended, or took too long, before it came to that: {self.end(day)}")
            time.sleep(_LOOK_S)

    def digests(self) -> dict[str, str]:
        """Read every byte of what is published, and return the digests."""
        found: dict[str, str] = json.loads(self.run(sys.executable, "-c", DIGESTS, self.output, *NAMES))[0]
        return found

    def left(self) -> list[str]:
        """Return what is staged still: in the store, and on the machine that started the day."""
        staged: list[str] = json.loads(self.run(sys.executable, "-c", DIGESTS, self.output))[1]
        here = [path for path in (self.folder / "home").rglob("_staging/*") if path.name != _LOCK]
        return [*staged, *map(str, here)]

    def upload(self) -> None:
        """Put the input in its folder into the store."""
        self.run(sys.executable, "-c", UPLOAD, self.folder / "input", f"{self.root}/input")

    def run(self, *command: object) -> str:
        """Run a command as the day's own and return what it says."""
        done = self.cluster.run(*command, env=self._environment())
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _environment(self) -> dict[str, str]:
        return os.environ | dict(self.variables)


def own_variables(folder: Path) -> dict[str, str]:
    """Return the variables by which a day has the home and the settings in its folder."""
    return {"HOME": str(folder / "home"), "LUIGI_CONFIG_PATH": str(folder / "luigi.cfg")}


def where_the_project_is(python: Path = Path(sys.executable)) -> list[Path]:
    """Return the folders in which a node would find this project, or the environment of a Python."""
    environment = python.parents[1]
    return [_REPOSITORY] if environment.is_relative_to(_REPOSITORY) else [environment, _REPOSITORY]
