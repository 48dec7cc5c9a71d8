"""Trials that kill a command: at a random moment, or before one certain step of its file system."""

import random
import time
from typing import Literal

from tests.faults.aftermath import Watch, lines_of_verify
from tests.faults.hooks import Hooks
from tests.faults.outcome import Outcome
from tests.faults.processes import Running, StuckError
from tests.faults.scenario import Scenario
from tests.faults.workshop import Workshop

Kind = Literal["all processes", "main process", "a worker", "as users start it"]
# The first twice as often as each of the others.
_KINDS: tuple[Kind, ...] = ("all processes", "all processes", "main process", "a worker", "as users start it")
_MOST_TRIES = 4  # a command may be faster than it was when it was measured
_START_S = 1.5  # that a command takes which nothing was imported for
_WORKERS_MAY_END_S = 60.0
_WAYS_OUT = ("interest-graph run --repair", "interest-graph clean")


def kill_at_random(workshop: Workshop, scenario: Scenario, seed: int) -> Outcome:
    """Kill a scenario's command at a random moment, then have it run again."""
    rng = random.Random(f"{scenario.name} {seed}")  # noqa: S311 - no secret
    kind, share = rng.choice(_KINDS), rng.random()
    lasts_s = workshop.undisturbed(scenario.name).seconds + (_START_S if kind == "as users start it" else 0.0)
    outcome = Outcome(f"kill -9: {scenario.name}", f"{kind} at {share:.0%} of {lasts_s:.1f} s, seed {seed}")
    for attempt in range(_MOST_TRIES):
        workshop.start_from(scenario)
        watch = Watch(workshop, scenario)
        with watch.polling():
            running = workshop.start(scenario.command, as_users_do=kind == "as users start it")
            time.sleep(share * lasts_s / 2**attempt)
            outcome.injected = _kill(running, kind)
        if outcome.injected:
            break
    _look_after(watch, outcome)
    return outcome


def kill_at_step(workshop: Workshop, scenario: Scenario, number: int) -> Outcome:
    """Have a scenario's command kill itself before the n-th step of its file system, then have it run again."""
    outcome = Outcome(f"kill -9 at a step: {scenario.name}", f"before step {number}")
    workshop.start_from(scenario)
    watch = Watch(workshop, scenario)
    running = workshop.start(scenario.command, Hooks(kill_at=number))
    outcome.injected = running.wait().code < 0
    outcome.old_reads += [f"process {pid} was left" for pid in running.orphans()]
    _look_after(watch, outcome)
    return outcome


def _kill(running: Running, kind: Kind) -> bool:
    """Kill a command or a part of it; return whether it was still there. All of it where it has no worker just then."""
    if running.code_within(0) is not None:
        return False
    if kind == "a worker":
        was_there = running.kill_worker()
        if was_there:
            running.wait(_WORKERS_MAY_END_S)  # the command goes on without it
            return True
    if kind == "main process":
        running.kill_main()
    else:
        running.kill_all()
    code = running.wait().code
    left = running.orphans()
    if left:
        raise StuckError(f"processes {left} were left behind")
    return code < 0


def _look_after(watch: Watch, outcome: Outcome) -> None:
    """Look at what a killed command left, run it again, and compare."""
    watch.old_must_read(outcome)
    lines = list(lines_of_verify(watch.workshop.output))
    outcome.message = next(iter(lines), "verify finds nothing wrong")
    outcome.wrong_message = next((line for line in lines if not any(way in line for way in _WAYS_OUT)), "")
    watch.rerun_must_mend(outcome)
