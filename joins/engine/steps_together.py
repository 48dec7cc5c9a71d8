"""Steps that need nothing of each other, run as one, because a cluster takes its time to start each job.

The partitions of one step follow those of another. A partition is given the inputs of its own step and built by that
step alone, so it takes no more memory than before.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from joins.engine.step import PartitionStep, Result


@dataclass(frozen=True, slots=True)
class StepsTogether(PartitionStep[Result]):
    """Several steps as one; their inputs are named by the place of the step and the name there.

    Parameters
    ----------
    steps
        The steps, at least one.
    firsts
        The number of the first partition of each, and that after the last of all.
    """

    steps: tuple[PartitionStep[Result], ...] = ()
    firsts: tuple[int, ...] = (0,)

    @classmethod
    def of(cls, steps: Sequence[PartitionStep[Result]]) -> "StepsTogether[Result]":
        """Put steps together."""
        each = list(enumerate(steps))
        inputs = {f"{place}-{name}": read for place, step in each for name, read in step.inputs.items()}
        shuffled = {f"{place}-{name}": table for place, step in each for name, table in step.shuffled.items()}
        firsts = tuple(accumulate((step.n_partitions for step in steps), initial=0))
        build, sink = steps[0].build, steps[0].sink  # that no partition meets: see `finish`
        return cls(firsts[-1], inputs, build, sink, shuffled, steps=tuple(steps), firsts=firsts)

    def numbers_of(self, name: str, rows: pa.Table) -> npt.NDArray[np.int64]:
        """Return the number of the partition that each row of a shuffled input belongs to."""
        place, _, its_name = name.partition("-")
        numbers: npt.NDArray[np.int64] = self.firsts[int(place)] + self.steps[int(place)].numbers_of(its_name, rows)
        return numbers

    def finish(self, number: int, shuffled: Mapping[str, pa.Table]) -> Result:
        """Build a partition as its own step does, and give it to the sink of that step."""
        place = bisect_right(self.firsts, number) - 1
        step = replace(self.steps[place], name=self.name, memory=self.memory)
        its_rows = {name: shuffled[f"{place}-{name}"] for name in step.shuffled}
        return step.finish(number - self.firsts[place], its_rows)

    def by_step(self, results: Sequence[Result]) -> list[list[Result]]:
        """Return the results of all partitions, those of each step apart."""
        return [list(results[first:end]) for first, end in pairwise(self.firsts)]


def run_together(
    run: Callable[[PartitionStep[Any]], list[Any]], steps: Sequence[PartitionStep[Any]]
) -> list[list[Any]]:
    """Run steps, at least one, and return the results of each in partition order.

    Examples
    --------
    >>> rows = lambda number: pa.table({"board_id": [number]})
    >>> ids = PartitionStep(2, {"rows": rows}, lambda rows: rows["board_id"].to_pylist(), lambda _, built: built)
    >>> one_by_one = lambda step: [step.finish(number, {}) for number in range(step.n_partitions)]
    >>> run_together(one_by_one, [ids, ids])
    [[[0], [1]], [[0], [1]]]
    """
    if len(steps) == 1:
        return [run(steps[0])]
    together = StepsTogether.of(steps)
    return together.by_step(run(together))
