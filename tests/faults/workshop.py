"""Where trials are made: one folder at one path, and beside it the undisturbed results of scenarios, made when needed.

Views and statements hold absolute paths, so results can be compared, and started from, at one path alone.
"""

import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.collection import lay_out
from tests.faults.contents import contents_of, differences
from tests.faults.hooks import Hooks
from tests.faults.processes import Ended, ForkServer, Running, start_command
from tests.faults.scenario import RAW, Scenario


class UndisturbedError(Exception):
    """A scenario failed though nothing was done to it: nothing can be compared with."""


@dataclass(frozen=True, slots=True)
class Undisturbed:
    """What a scenario comes to, how long it takes, and how many steps of the file system that are."""

    folder: Path
    contents: Mapping[str, str]
    seconds: float = 0.0
    n_steps: int = 0


@dataclass(slots=True)
class Workshop:
    """A place of trials.

    Attributes
    ----------
    home
        Its folder.
    scenarios
        All of them, by name.
    checks_forks
        Whether it runs each scenario as users do as well, to see that a fork comes to the same; one place will do.
    results
        The undisturbed results that are made, by scenario.
    """

    home: Path
    scenarios: Mapping[str, Scenario]
    checks_forks: bool = True
    results: dict[str, Undisturbed] = field(default_factory=dict)
    _server: ForkServer | None = None
    _is_making: bool = False

    @property
    def here(self) -> Path:
        """The folder of trials; every trial is made there."""
        return self.home / "trial"

    @property
    def output(self) -> Path:
        """The output folder of the trial."""
        return self.here / "output"

    def undisturbed(self, name: str) -> Undisturbed:
        """Return what a scenario comes to when nothing is done to it."""
        if name not in self.results:
            was_making, self._is_making = self._is_making, True
            try:
                self.results[name] = self._raw() if name == RAW else self._run_undisturbed(self.scenarios[name])
            finally:
                self._is_making = was_making
        return self.results[name]

    def start_from(self, scenario: Scenario) -> None:
        """Make the folder what it is before a scenario's command; what the command comes to is known by then."""
        if not self._is_making:
            self.undisturbed(scenario.name)
        before = self.undisturbed(scenario.after).folder
        self.restore(before)
        if scenario.prepare:
            scenario.prepare(self.here, lambda name: self.undisturbed(name).folder)

    def restore(self, folder: Path) -> None:
        """Make the folder of trials a copy of another."""
        shutil.rmtree(self.here, ignore_errors=True)
        shutil.copytree(folder, self.here, symlinks=True)

    def start(
        self,
        command: tuple[str, ...],
        hooks: Hooks | None = None,
        environment: Mapping[str, str] | None = None,
        *,
        as_users_do: bool = False,
    ) -> Running:
        """Start a command in the folder of trials."""
        if not as_users_do and self._server is None:
            self._server = ForkServer()
        server = None if as_users_do else self._server
        return start_command(server, command, self.here, self.home / "said.txt", hooks, environment)

    def run(
        self, command: tuple[str, ...], hooks: Hooks | None = None, environment: Mapping[str, str] | None = None
    ) -> Ended:
        """Run a command in the folder of trials to its end."""
        return self.start(command, hooks, environment).wait()

    def close(self) -> None:
        """End what was started for the trials."""
        if self._server:
            self._server.close()
        self._server = None

    def _raw(self) -> Undisturbed:
        folder = self.home / "results" / "raw"
        folder.mkdir(parents=True)
        lay_out(folder)
        return Undisturbed(folder, contents_of(folder))

    def _run_undisturbed(self, scenario: Scenario) -> Undisturbed:
        as_users = self._contents_as_users(scenario) if self.checks_forks else None
        self.start_from(scenario)
        counted = self.home / "steps.txt"
        began = time.monotonic()
        done = self.run(scenario.command, Hooks(count_to=str(counted)))
        seconds = time.monotonic() - began
        contents = contents_of(self.here)
        others = [] if as_users is None else differences(as_users, contents)
        if done.code or others:
            what = done.error or f"a second run came to something else: {'; '.join(others[:5])}"
            raise UndisturbedError(f"{scenario.name}: exit code {done.code}: {what}")
        folder = self.home / "results" / scenario.name.replace(" ", "-")
        shutil.copytree(self.here, folder, symlinks=True)
        return Undisturbed(folder, contents, seconds, int(counted.read_text(encoding="ascii")))

    def _contents_as_users(self, scenario: Scenario) -> dict[str, str]:
        self.start_from(scenario)
        done = self.start(scenario.command, as_users_do=True).wait()
        if done.code:
            raise UndisturbedError(f"{scenario.name}: exit code {done.code}: {done.error}")
        return contents_of(self.here)
