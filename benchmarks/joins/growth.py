"""How the workflow's own joins grow: time per million pins and peak memory at several sizes.

Every run is a process of its own that builds all three joins, full and light. Starting Python and importing, which
don't grow, weigh on the small sizes; the column ``further`` has the seconds for each million pins more than at the
size before, in which they cancel out.
"""

from argparse import Namespace
from collections.abc import Mapping, Sequence
from functools import partial
from statistics import median

from benchmarks.harness.contender import Contender, Figures, Job
from benchmarks.harness.rounds import Standing, keep_results, run_rounds
from benchmarks.harness.table import Column, Table, median_of, print_table
from benchmarks.joins.compare import in_full
from benchmarks.joins.kept_input import computed_day
from benchmarks.joins.wide import ALL_THREE, as_published, in_pairs

_COSTS = ("wall_s", "cpu_s", "output_bytes")
TOLERANCE = 0.15  # of the median time per million
_PINS, _SMALL_PINS = (1_000_000, 2_000_000, 4_000_000, 10_000_000, 30_000_000), (50_000, 100_000)
OPTIONS = {"--pins": {"type": int, "nargs": "+", "default": _PINS, "help": "sizes (default: five, to 30,000,000)"}}


def main(asked: Namespace) -> None:
    """Run the three joins at each size and print what a million pins cost."""
    _, join = in_pairs(ALL_THREE)
    standings: dict[int, Standing] = {}
    for n_pins in sorted(_SMALL_PINS if asked.small else asked.pins):
        day = computed_day(n_pins)
        print(f"{n_pins:,} pins", flush=True)
        look = partial(_a_million, n_pins / 1e6)
        standings[n_pins] = run_rounds({join: day}, asked.rounds, look, partial(as_published, day=day))[join]
    _print_growth(standings, asked.rounds)
    keep_results("growth", standings.values())


def _a_million(millions: float, join: Contender, job: Job, figures: Figures) -> Figures:
    figures = in_full(join, job, figures)
    return figures | {"millions": millions} | {f"{name}_a_million": figures[name] / millions for name in _COSTS}


def _print_growth(by_size: Mapping[int, Standing], n_rounds: int) -> None:
    measured = [one for one in by_size.values() if one.figures]

    def further(standing: Standing) -> float | None:
        at = measured.index(standing) if standing in measured else 0
        wall, millions = ([one.median(name) for one in measured[at - 1 : at + 1]] for name in ("wall_s", "millions"))
        return (wall[1] - wall[0]) / (millions[1] - millions[0]) if at else None

    columns = [
        Column("wall s", median_of("wall_s"), "8.1f"),
        Column("wall s/M", median_of("wall_s_a_million"), "9.2f"),
        Column("further", further, "8.2f"),
        Column("CPU s/M", median_of("cpu_s_a_million"), "8.2f"),
        Column("GiB", median_of("peak_bytes", 2**30), "6.2f"),
        Column("out MB/M", median_of("output_bytes_a_million", 1e6), "9.1f"),
    ]
    title = f"Growth of all three joins, full and light, median of {n_rounds} rounds; pins:"
    print_table(title, list(by_size.values()), Table([("", columns)]), [f"{n_pins:>12,}" for n_pins in by_size])
    if len(measured) > 1:
        print(_verdict(measured))


def _verdict(measured: Sequence[Standing]) -> str:
    per_million = [one.median("wall_s_a_million") for one in measured]
    least, most = (end / median(per_million) - 1 for end in (min(per_million), max(per_million)))
    flat = "flat" if max(-least, most) <= TOLERANCE else "NOT flat"
    times, larger = (measured[-1].median(name) / measured[0].median(name) for name in ("peak_bytes", "millions"))
    return (
        f"time per million: {flat}, {least:+.0%} to {most:+.0%} of its median (allowed: {TOLERANCE:.0%} either way); "
        f"memory: times {times:.2f} for {larger:g} times the pins"
    )
