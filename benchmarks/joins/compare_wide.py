"""The workflow's own joins, full and light, each against its floor."""

from dataclasses import replace
from pathlib import Path

from benchmarks.joins.bench_folder import computed_day
from benchmarks.joins.line_up import WIDE_JOINS, Contender, wide_floor, wide_join
from benchmarks.joins.measure import Cost
from benchmarks.joins.rounds import Standing, run_rounds
from benchmarks.joins.table import print_table
from storage_tiers.datasets import open_dataset
from storage_tiers.versions import VARIANTS


def compare_wide(n_pins: int, n_rounds: int) -> list[Standing]:
    """Run the three joins and their floors, print a table for each and one for all together.

    Parameters
    ----------
    n_pins
        Pins of the generated input.
    n_rounds
        Rounds.
    """
    day = computed_day(n_pins)
    pairs = {join: (wide_floor(join), wide_join(join)) for join in WIDE_JOINS}
    sources = {contender: day for pair in pairs.values() for contender in pair}
    standings = run_rounds(sources, n_rounds, lambda contender, output: as_published(contender, output, day))
    for join, pair in pairs.items():
        floor, ours = (standings[contender] for contender in pair)
        print_table(f"{join}, {n_pins:,} pins, median of {n_rounds} rounds", [floor, ours], floor, ours)
    floors, joins = (together([standings[pair[side]] for pair in pairs.values()]) for side in (0, 1))
    if floors and joins:
        print_table(f"All three joins, {n_pins:,} pins, summed round by round", [floors, joins], floors, joins)
    return list(standings.values())


def as_published(contender: Contender, output: Path, day: Path) -> str:
    """Say whether a join published the parts of the computed day, and whether its floor wrote as many bytes."""
    module, _, variant = contender.run.partition(":")
    name = WIDE_JOINS.get(variant, variant)
    there = [open_dataset(day, name, kind).manifest for kind in VARIANTS]
    if module == "wide_floor":
        written = sum(path.stat().st_size for path in output.iterdir())
        expected = sum(part.n_bytes for manifest in there for part in manifest.parts)
        return "as many bytes" if written == expected else f"DIFFERENT: {written:,} bytes, {expected:,} published"
    built = [open_dataset(output, name, kind).manifest for kind in VARIANTS]
    digests = [[part.digest for manifest in some for part in manifest.parts] for some in (there, built)]
    return "equal" if digests[0] == digests[1] else "DIFFERENT"


def together(standings: list[Standing]) -> Standing | None:
    """Return what several contenders took one after the other, their largest memory; None if one of them failed."""
    if not all(standing.costs for standing in standings):
        return None
    rounds = [
        Cost(sum(cost.wall_s for cost in costs), sum(cost.cpu_s for cost in costs), max(c.peak_bytes for c in costs), 0)
        for costs in zip(*(standing.costs for standing in standings), strict=True)
    ]
    first = standings[0].contender
    label = "floors together" if first.run.startswith("wide_floor") else "joins together"
    n_bytes = sum(standing.output_bytes for standing in standings)
    return Standing(replace(first, label=label), costs=rounds, output_bytes=n_bytes)
