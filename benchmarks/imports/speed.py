"""Importing pins, boards and users from CSV, JSON Lines and Parquet: whole processes, from files to the raw layout.

``--before COMMAND`` adds the ``interest-graph`` of another checkout, to see what a change costs.
"""

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.harness.contender import chosen
from benchmarks.harness.rounds import Standing, keep_results, run_rounds
from benchmarks.harness.table import Column, Goal, Table, median_of, print_blocks, print_goals, print_spreads, ratio_to
from benchmarks.imports.contenders import Importer, importers
from benchmarks.imports.sources import DATE, KINDS, sources_of

OPTIONS = {
    "--pins": {"type": int, "nargs": "+", "default": [20_000, 2_000_000], "help": "sizes"},
    "--before": {"type": Path, "help": "the interest-graph command of another checkout"},
}
_SMALL_PINS = 2_000
_MOST_SLOWER = 1.1  # times as slow as before


def main(asked: Namespace) -> None:
    """Import every kind of file at every size with every contender; print a block each."""
    blocks = {}
    for n_pins in [_SMALL_PINS] if asked.small else asked.pins:
        for kind in KINDS:
            line_up = chosen(importers(kind, asked.before and asked.before.absolute()), asked.only)
            sources = dict.fromkeys(line_up, sources_of(n_pins, kind))
            standings = list(run_rounds(sources, asked.rounds, judge=_SameAsOurs()).values())
            keep_results(f"import-{kind}-{n_pins}", standings)
            blocks[f"{n_pins:,} pins, {kind}"] = standings
    print_blocks(f"Import, median of {asked.rounds} rounds", blocks, _table)
    for told, standings in blocks.items():
        print_spreads("wall_s", f"seconds of {told}", ".2f", standings)
    if asked.before:
        print_goals([_no_slower(told, standings) for told, standings in blocks.items()])


class _SameAsOurs:
    """Judges the pins that were written by those that ours wrote."""

    def __init__(self) -> None:
        self._ours: pa.Table | None = None

    def __call__(self, _contender: Importer, output: Path) -> str:
        """Return ``equal`` or what is different."""
        pins = _pins(output)
        if self._ours is None:
            self._ours = pins
            return f"{pins.num_rows:,} pins"
        different = [name for name in pins.schema.names if not pins[name].equals(self._ours[name])]
        return f"DIFFERENT: {', '.join(different)}" if different else "equal"


def _pins(output: Path) -> pa.Table:
    ids = ("pin_id", "board_id", "user_id", "parent_pin_id")
    columns = {name: pa.int64() for name in ids} | {"created_at": pa.timestamp("ms", "UTC")}
    columns |= dict.fromkeys(("image_signature", "description", "link"), pa.string())
    table = pq.read_table(output / "pins" / f"date={DATE}", columns=list(columns), partitioning=None)
    return table.select(list(columns)).cast(pa.schema(list(columns.items()))).sort_by("pin_id").combine_chunks()


def _table(standings: Sequence[Standing]) -> Table:
    columns = [
        Column("s", median_of("wall_s"), "8.2f"),
        Column("s / ours", ratio_to(standings[0], "wall_s"), "8.2f"),
        Column("CPU s", median_of("cpu_s"), "8.2f"),
        Column("GiB", median_of("peak_bytes", 2**30), "6.2f"),
    ]
    return Table([("", columns)])


def _no_slower(told: str, standings: Sequence[Standing]) -> Goal:
    ours, before = (one.median("wall_s") for one in standings[:2])
    return Goal(f"{told}: times as long as before", _MOST_SLOWER, ours / before if ours and before else None, "<=")
