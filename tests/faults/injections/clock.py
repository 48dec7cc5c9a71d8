"""Clocks that are wrong: decades off, or jumping back in the midst of a run. No byte may depend on them."""

import datetime as dt
import time

from tests.faults.aftermath import Watch
from tests.faults.every_scenario import BY_NAME
from tests.faults.hooks import Hooks
from tests.faults.injections.injection import Injection
from tests.faults.outcome import Outcome
from tests.faults.workshop import Workshop

_CLOCKS = {
    "1970": lambda: Hooks(clock_shift_s=-time.time()),
    "2039": lambda: Hooks(clock_shift_s=_until(2039)),
    "2107": lambda: Hooks(clock_shift_s=_until(2107)),
    "a day back in the midst": lambda: Hooks(clock_back_after_s=0.6),
}
_CASES = tuple((name, clock) for name in ("import", "second day", "rebuild --replace") for clock in _CLOCKS)


def _set_clock(workshop: Workshop, number: int, outcome: Outcome) -> None:
    name, clock = _CASES[number]
    scenario = BY_NAME[name]
    workshop.start_from(scenario)
    watch = Watch(workshop, scenario)
    with watch.polling():
        ended = workshop.run(scenario.command, _CLOCKS[clock]())
    if ended.code:
        outcome.unequal.append(f"exit code {ended.code}: {ended.error}")
    watch.old_must_read(outcome)
    status = workshop.run(("interest-graph", "status"))
    outcome.message = "status says " + ("nothing wrong" if not status.code else status.error)
    ages = [word for line in status.said.splitlines() for word in line.split() if word.startswith("-") and word != "-"]
    if (status.code and workshop.output.is_dir()) or ages or "Traceback" in status.said:
        outcome.wrong_message = f"status, exit code {status.code}: {ages or status.error}"
    watch.rerun_must_mend(outcome)


def _kill_then_turn_back(workshop: Workshop, _number: int, outcome: Outcome) -> None:
    """What a run of 2107 left when it was killed is cleaned up by one of 1970."""
    scenario = BY_NAME["second day"]
    workshop.start_from(scenario)
    watch = Watch(workshop, scenario)
    killed = workshop.run(scenario.command, Hooks(clock_shift_s=_until(2107), kill_at=150))
    outcome.injected = killed.code < 0
    watch.old_must_read(outcome)
    ended = workshop.run(scenario.command, Hooks(clock_shift_s=-time.time()))
    outcome.message = f"exit code {ended.code}"
    if ended.code:
        outcome.unequal.append(f"the rerun ended with exit code {ended.code}: {ended.error}")
    watch.must_be_whole(outcome)


def _until(year: int) -> float:
    return dt.datetime(year, 6, 1, tzinfo=dt.UTC).timestamp() - time.time()


WRONG_CLOCK = Injection("clock wrong or jumping", tuple(f"{name} in {clock}" for name, clock in _CASES), _set_clock)
CLOCK_TURNED_BACK = Injection("clock turned back after a kill", ("from 2107 to 1970",), _kill_then_turn_back)
