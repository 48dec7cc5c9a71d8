"""``python -m tests.faults [--kills N] [--steps N] [--seed N] [--only TEXT ...] [--again TRIAL ...]``: break things.

Commands are killed, disks filled, inputs changed and files damaged, while a reader polls. The exit code is 1 if
anything was lost, seen by half, made otherwise by the rerun, or not told as it should be; such a trial's folder stays.
"""

import argparse
import os
import sys
import time
from pathlib import Path

from tests.faults.campaign import Trial, fault_trials, kill_trials, place_of, run_campaign, step_trials
from tests.faults.every_scenario import BY_NAME, SCENARIOS
from tests.faults.outcome import Outcome
from tests.faults.table import lines_of
from tests.faults.workshop import Workshop


def main() -> None:
    """Run what the command line asks for."""
    asked = _parser().parse_args()
    began = time.monotonic()
    home = asked.found.resolve() / f"run-{os.getpid()}"
    home.mkdir(parents=True)
    first = Workshop(place_of(home, 0), BY_NAME)
    trials = _trials(asked, first)
    if not trials:
        sys.exit(f"python -m tests.faults: nothing is called so; there are {', '.join(s.name for s in SCENARIOS)}")
    outcomes: list[Outcome] = []

    def tell(trial: Trial, outcome: Outcome) -> None:
        outcomes.append(outcome)
        if not outcome.is_good:
            print(f"{trial}: {outcome.faults[0]}", flush=True)
        elif len(outcomes) % 25 == 0:
            print(f"{len(outcomes):,} of {len(trials):,} trials, {time.monotonic() - began:,.0f} s", flush=True)

    run_campaign(trials, first, asked.workers, tell)
    steps = {name: made.n_steps for name, made in first.results.items() if made.n_steps}
    print("\n" + "\n".join(lines_of(outcomes, steps)) + f"\n{time.monotonic() - began:,.0f} s")
    if not any(home.iterdir()):
        home.rmdir()
    sys.exit(not all(outcome.is_good for outcome in outcomes))


def _trials(asked: argparse.Namespace, first: Workshop) -> list[Trial]:
    if asked.again:
        parts = [text.split(":") for text in asked.again]
        return [Trial(kind, name, int(number)) for kind, name, number in parts]
    scenarios = [one for one in SCENARIOS if not asked.only or any(text in one.name for text in asked.only)]
    trials = kill_trials(asked.kills, asked.seed, scenarios) if asked.kills else []
    trials += step_trials(asked.steps, first, scenarios) if asked.steps else []
    return trials + ([] if asked.no_faults else fault_trials(asked.only))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m tests.faults", description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="kills at random moments (default: %(default)s)")
    parser.add_argument(
        "--steps", type=int, default=8, help="kills at steps of the file system, of a scenario (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=1, help="another number, other moments (default: %(default)s)")
    parser.add_argument("--only", nargs="+", default=[], help="parts of the names of scenarios and faults")
    parser.add_argument("--no-faults", action="store_true", help="kills alone")
    parser.add_argument("--again", nargs="+", default=[], help="trials as they were printed: kill:first day:1003")
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)), help="trials side by side")
    parser.add_argument("--found", type=Path, default=Path("faults"), help="folder for what fails (%(default)s)")
    return parser


if __name__ == "__main__":
    main()
