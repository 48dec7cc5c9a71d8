"""The sink of a step that publishes: it writes the parts of a partition and notes what checks go by.

It works where the partition was built, in a thread or on another machine, so that looking costs no further reading
and goes on beside the building.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from storage_tiers.light import project_light
from storage_tiers.versioned.manifest import Part
from storage_tiers.versioned.parts import PartWriter
from workflows.checks.light import LIGHT, differences_of_light
from workflows.checks.summaries import Measures, Summary, add_up, refuse_nulls


@dataclass(frozen=True, slots=True)
class InspectedPart:
    """One partition as it was written, full and perhaps light, and what was noted of it."""

    full: Part
    light: Part | None
    summary: Summary


@dataclass(frozen=True, slots=True)
class InspectingWriter:
    """Writes the full part of a partition and, where there is a writer for it, the light one; picklable."""

    full: PartWriter
    light: PartWriter | None
    measures: Measures

    def __call__(self, number: int, table: pa.Table) -> InspectedPart:
        """Look at the table of a partition and write it.

        Raises DatasetError if a column that is never null is null.
        """
        refuse_nulls(table, self.full.key)
        summary = self.measures.of(table)
        part = self.full(number, table)
        if self.light is None:
            return InspectedPart(part, None, summary)
        projected = project_light(table)
        faults = {**summary.faults, LIGHT: differences_of_light(table, projected, self.full.key)}
        return InspectedPart(part, self.light(number, projected), replace(summary, faults=faults))


def summary_of(written: Sequence[InspectedPart]) -> Summary:
    """Return what was noted of all partitions together."""
    return add_up(one.summary for one in written)
