"""The workflow's own joins, full and light, each against its floor."""

from pathlib import Path

from benchmarks.joins.kept_input import computed_day
from benchmarks.joins.line_up import ALL_THREE, WIDE_JOINS, Contender, wide_datasets, wide_floor, wide_join
from benchmarks.joins.standing import JoinStanding
from benchmarks.joins.table import print_table
from benchmarks.rounds import run_rounds
from storage_tiers.versioned.datasets import open_dataset
from storage_tiers.versioned.manifest import Manifest
from storage_tiers.versioned.versions import VARIANTS


def compare_wide(n_pins: int, n_rounds: int) -> list[JoinStanding]:
    """Run the three joins and their floors, each alone and all in one process, and print a table for each.

    Parameters
    ----------
    n_pins
        Pins of the generated input.
    n_rounds
        Rounds.
    """
    day = computed_day(n_pins)
    pairs = [(wide_floor(joins), wide_join(joins)) for joins in (*WIDE_JOINS, ALL_THREE)]
    sources = {contender: day for pair in pairs for contender in pair}
    standings = run_rounds(
        JoinStanding, sources, n_rounds, lambda contender, output: as_published(contender, output, day)
    )
    for pair in pairs:
        floor, ours = (standings[contender] for contender in pair)
        print_table(f"{n_pins:,} pins, median of {n_rounds} rounds", [floor, ours], floor, ours)
    return list(standings.values())


def as_published(contender: Contender, output: Path, day: Path) -> str:
    """Say whether joins published the parts of the computed day, and whether their floor wrote as many bytes."""
    names = wide_datasets(contender)
    there = _manifests(day, names)
    if contender.run.startswith("wide_floor"):
        written = sum(path.stat().st_size for path in output.iterdir())
        expected = sum(part.n_bytes for manifest in there for part in manifest.parts)
        return "as many bytes" if written == expected else f"DIFFERENT: {written:,} bytes, {expected:,} published"
    return "equal" if _digests(_manifests(output, names)) == _digests(there) else "DIFFERENT"


def _manifests(root: Path, names: list[str]) -> list[Manifest]:
    return [open_dataset(root, name, variant).manifest for name in names for variant in VARIANTS]


def _digests(manifests: list[Manifest]) -> list[list[str]]:
    return [[part.digest for part in manifest.parts] for manifest in manifests]
