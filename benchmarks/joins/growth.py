"""How the workflow's own joins grow: time per million pins and peak memory at several sizes.

Every run is a process of its own that builds all three joins, full and light. Starting Python and importing, which
don't grow, weigh on the small sizes; the column ``further`` has the seconds for each million pins more than at the
size before, in which they cancel out.
"""

from collections.abc import Sequence
from statistics import median

from benchmarks.joins.compare_wide import as_published
from benchmarks.joins.kept_input import computed_day
from benchmarks.joins.line_up import ALL_THREE, wide_join
from benchmarks.joins.standing import JoinStanding
from benchmarks.rounds import run_rounds

TOLERANCE = 0.15  # of the median time per million


def measure_growth(sizes: Sequence[int], n_rounds: int) -> list[JoinStanding]:
    """Run the three joins at each size and print what a million pins cost.

    Parameters
    ----------
    sizes
        Pins of the generated inputs.
    n_rounds
        Rounds.
    """
    standings: dict[int, JoinStanding] = {}
    for n_pins in sorted(sizes):
        day = computed_day(n_pins)
        print(f"{n_pins:,} pins", flush=True)
        found = run_rounds(
            JoinStanding,
            {wide_join(ALL_THREE): day},
            n_rounds,
            lambda contender, output, day=day: as_published(contender, output, day),
        )
        (standings[n_pins],) = found.values()
    print(f"\nGrowth of all three joins, full and light, median of {n_rounds} rounds")
    _print_growth(standings)
    return list(standings.values())


def _print_growth(by_size: dict[int, JoinStanding]) -> None:
    print(f"{'pins':>12}   wall s  wall s/M  further  CPU s/M    GiB  out MB/M result")
    per_million: dict[int, float] = {}
    smaller: tuple[float, float] | None = None
    for n_pins, standing in by_size.items():
        if not standing.costs:
            print(f"{n_pins:>12,} {'':52} {standing.result}")
            continue
        millions, wall_s = n_pins / 1e6, standing.wall_s
        per_million[n_pins] = wall_s / millions
        further = f"{(wall_s - smaller[1]) / (millions - smaller[0]):8.2f}" if smaller else ""
        print(
            f"{n_pins:>12,} {wall_s:8.1f} {per_million[n_pins]:9.2f} {further:8} {standing.cpu_s / millions:8.2f} "
            f"{standing.peak_bytes / 2**30:6.2f} {standing.output_bytes / 1e6 / millions:9.1f} {standing.result}"
        )
        smaller = millions, wall_s
    if len(per_million) > 1:
        print(_verdict(per_million, {n_pins: by_size[n_pins].peak_bytes for n_pins in per_million}))


def _verdict(per_million: dict[int, float], peaks: dict[int, float]) -> str:
    middle = median(per_million.values())
    least, most = min(per_million.values()) / middle - 1, max(per_million.values()) / middle - 1
    flat = "flat" if max(-least, most) <= TOLERANCE else "NOT flat"
    smallest, largest = min(peaks), max(peaks)
    times = peaks[largest] / peaks[smallest]
    return (
        f"time per million: {flat}, {least:+.0%} to {most:+.0%} of its median (allowed: {TOLERANCE:.0%} either way); "
        f"memory: times {times:.2f} for {largest / smallest:g} times the pins"
    )
