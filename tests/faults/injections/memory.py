"""Too little memory: a setting of next to nothing, and a limit of the system on what a process may map."""

from tests.faults.aftermath import Watch, note_message
from tests.faults.every_scenario import BY_NAME
from tests.faults.hooks import Hooks
from tests.faults.injections.injection import Injection
from tests.faults.outcome import Outcome
from tests.faults.workshop import Workshop

_LIMITS_MB = (8, 32, 64, 96, 128, 192, 256, 512)
_CASES = tuple((name, limit) for name in ("import", "second day") for limit in _LIMITS_MB)


def _limit(workshop: Workshop, number: int, outcome: Outcome) -> None:
    name, limit_mb = _CASES[number]
    scenario = BY_NAME[name]
    workshop.start_from(scenario)
    watch = Watch(workshop, scenario)
    with watch.polling():
        ended = workshop.run(scenario.command, Hooks(memory_mb=limit_mb))
    if ended.code:
        note_message(outcome, ended, "memory")
        if ended.code < 0 and "memory" in ended.error:  # the system's own libraries end a process so, with a line
            outcome.wrong_message = ""
    else:
        outcome.message = "enough"
    watch.old_must_read(outcome)
    watch.rerun_must_mend(outcome)


def _least_setting(workshop: Workshop, _number: int, outcome: Outcome) -> None:
    scenario = BY_NAME["second day"]
    workshop.start_from(scenario)
    configuration = workshop.here / "luigi.cfg"
    before = configuration.read_text(encoding="utf-8")
    configuration.write_text(f"{before}[discovery]\nmemory_mb = 1\n", encoding="utf-8")
    watch = Watch(workshop, scenario)
    with watch.polling():
        ended = workshop.run(scenario.command)
    outcome.message = f"exit code {ended.code}"
    configuration.write_text(before, encoding="utf-8")
    watch.old_must_read(outcome)
    watch.must_be_whole(outcome)


MEMORY_LIMIT = Injection(
    "memory limit too low", tuple(f"{name} with {limit} MiB more" for name, limit in _CASES), _limit
)
LEAST_MEMORY = Injection("memory_mb = 1", ("second day",), _least_setting)
