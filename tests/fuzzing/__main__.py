"""``python -m tests.fuzzing [--inputs N] [--seed N] [--only TEXT ...]``: try inputs at every door.

The smallest input of each fault lies under ``faults/`` afterwards, as files to try again by hand.
The exit code is 1 if there are faults.
"""

import argparse
import os
import sys
import time
from pathlib import Path

from tests.fuzzing.campaign import Campaign, run_campaign
from tests.fuzzing.every_door import DOORS


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser("python -m tests.fuzzing", description=__doc__)
    parser.add_argument("--inputs", type=int, default=1_000_000, help="inputs in all (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="another number, other inputs (default: %(default)s)")
    parser.add_argument("--only", nargs="+", default=[], help="parts of the names of doors")
    parser.add_argument(
        "--cores", type=int, default=len(os.sched_getaffinity(0)), help="processes (default: all cores)"
    )
    parser.add_argument(
        "--found", type=Path, default=Path("faults"), help="folder for what fails (default: %(default)s)"
    )
    asked = parser.parse_args()
    doors = [door for door in DOORS if not asked.only or any(part in door.name for part in asked.only)]
    if not doors:
        sys.exit(f"python -m tests.fuzzing: no door is called so; there are {', '.join(door.name for door in DOORS)}")
    began = time.monotonic()
    campaign = run_campaign(asked.inputs, asked.seed, asked.cores, asked.found.resolve(), doors)
    print_campaign(campaign, time.monotonic() - began)
    sys.exit(any(made.faults for made in campaign.attempts.values()))


def print_campaign(campaign: Campaign, seconds: float) -> None:
    """Print a row for each door, then each fault with where it lies."""
    print(f"\n{'door':20}{'tried':>10}{'let in':>10}{'refused':>10}{'faults':>8}{'a second':>10}")
    made = list(campaign.attempts.values())
    for one in made:
        refused, rate = sum(one.refusals.values()), one.n_tried / max(one.seconds, 1e-9)
        row = f"{one.door:20}{one.n_tried:10,}{one.n_succeeded:10,}{refused:10,}{len(one.faults):8,}{rate:10,.0f}"
        print(row)
    n_tried, n_faults = sum(one.n_tried for one in made), sum(len(one.faults) for one in made)
    print(f"{'all':20}{n_tried:10,}{'':20}{n_faults:8,}{n_tried / seconds:10,.0f}   {seconds:,.0f} s")
    for fault in (fault for one in made for fault in one.faults.values()):
        print(f"\n{fault.door}: {fault.kind}, {fault.n_met:,} times\n  {fault.folder or fault.input_repr}")


if __name__ == "__main__":
    main()
