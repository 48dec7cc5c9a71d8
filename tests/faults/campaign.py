"""Many trials side by side, each worker with a place of its own; what came of them, in the order of the table."""

import atexit
import multiprocessing
import shutil
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tests.faults.every_scenario import BY_NAME, SCENARIOS
from tests.faults.injections.every_injection import INJECTIONS
from tests.faults.kills import kill_at_random, kill_at_step
from tests.faults.outcome import Outcome
from tests.faults.processes import StuckError
from tests.faults.scenario import Scenario
from tests.faults.workshop import Undisturbed, UndisturbedError, Workshop

if TYPE_CHECKING:
    from multiprocessing.queues import Queue


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial by its numbers, which make it again."""

    kind: Literal["kill", "step", "fault"]
    name: str  # of a scenario or an injection
    number: int  # the seed, the step, or the number of the case

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}:{self.number}"


_Place = tuple[Path, dict[str, Undisturbed]]  # of a worker, with the results that are there
_workshop: list[Workshop] = []


def run_campaign(
    trials: Sequence[Trial], first: Workshop, n_workers: int, on_outcome: Callable[[Trial, Outcome], None]
) -> None:
    """Run trials, telling of each outcome as it comes; folders of what failed stay.

    `first` is the place of the first worker, with the undisturbed results that it has; the others' lie beside it.
    """
    context = multiprocessing.get_context("spawn")
    places: Queue[_Place] = context.Queue()  # a simple one waits for its reader when its pipe is full
    for number in range(n_workers):
        places.put((place_of(first.home.parent, number), {} if number else first.results))
    with ProcessPoolExecutor(n_workers, context, _open_workshop, (places,)) as pool:
        began = {pool.submit(_try, trial): trial for trial in trials}
        for done in as_completed(began):
            on_outcome(began[done], done.result())


def place_of(home: Path, number: int) -> Path:
    """Return the place of a worker."""
    return home / f"worker-{number}"


def kill_trials(n_kills: int, seed: int, scenarios: Sequence[Scenario] = SCENARIOS) -> list[Trial]:
    """Deal out kills at random moments to scenarios, by their shares, one at least each."""
    shares = sum(scenario.share for scenario in scenarios)
    dealt = [(scenario, max(1, round(n_kills * scenario.share / shares))) for scenario in scenarios]
    return [Trial("kill", scenario.name, 1_000 * seed + number) for scenario, n in dealt for number in range(n)]


def step_trials(most: int, workshop: Workshop, scenarios: Sequence[Scenario] = SCENARIOS) -> list[Trial]:
    """Return trials at the steps of each scenario, `most` of each and evenly spaced; its results are made for that."""
    try:
        counted = {scenario.name: _steps_of(workshop, scenario) for scenario in scenarios}
    finally:
        workshop.close()
    return [Trial("step", name, number) for name, n in counted.items() for number in _spaced(n, most)]


def _steps_of(workshop: Workshop, scenario: Scenario) -> int:
    """Return how many steps a scenario makes; one where it fails undisturbed, so that its trial tells of that."""
    try:
        return workshop.undisturbed(scenario.name).n_steps
    except (UndisturbedError, StuckError):
        return 1


def fault_trials(only: Sequence[str] = ()) -> list[Trial]:
    """Return all trials of other faults, or of those whose names hold one of some texts."""
    return [
        Trial("fault", injection.name, number)
        for injection in INJECTIONS.values()
        if not only or any(text in injection.name for text in only)
        for number in range(len(injection.cases))
    ]


def try_one(workshop: Workshop, trial: Trial) -> Outcome:
    """Make a trial; what the harness itself meets is an outcome as well."""
    try:
        match trial.kind:
            case "kill":
                return kill_at_random(workshop, BY_NAME[trial.name], trial.number)
            case "step":
                return kill_at_step(workshop, BY_NAME[trial.name], trial.number)
            case "fault":
                return INJECTIONS[trial.name].attempt(workshop, trial.number)
    except Exception as error:  # noqa: BLE001 - a trial that breaks is a fault like any other
        last = traceback.format_exception(error)[-1].strip()
        return Outcome(trial.name, str(trial), wrong_message=f"the trial broke: {last}")


def _spaced(n: int, most: int) -> Iterator[int]:
    n_chosen = min(n, most)
    yield from (1 + number * n // n_chosen for number in range(n_chosen))


def _open_workshop(places: "Queue[_Place]") -> None:
    home, results = places.get()
    home.mkdir(parents=True, exist_ok=True)
    _workshop.append(Workshop(home, BY_NAME, checks_forks=False, results=results))
    atexit.register(_close_workshop)  # at the end of the worker


def _close_workshop() -> None:
    """End what a worker started, and remove its place but for the folders of trials that failed."""
    (workshop,) = _workshop
    workshop.close()
    shutil.rmtree(workshop.home / "results", ignore_errors=True)
    shutil.rmtree(workshop.here, ignore_errors=True)
    if not any(path.is_dir() for path in workshop.home.iterdir()):
        shutil.rmtree(workshop.home)


def _try(trial: Trial) -> Outcome:
    (workshop,) = _workshop
    outcome = try_one(workshop, trial)
    if not outcome.is_good and workshop.here.exists():
        kept = workshop.home / "failed" / "-".join(str(trial).replace(":", " ").split()).replace("/", "-")
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(workshop.here, kept, symlinks=True)
        outcome.folder = str(kept)
    return outcome
