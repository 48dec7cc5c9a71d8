"""Runs one contender that groups signatures: a module of ``benchmarks.signatures.groupers``.

It has a function ``group(words, known, variant)``: signatures of pictures, and those of the leaders of earlier days, of
which there are none at first. The runner lets it group a few first, then takes the time from signatures in memory to a
group for each; then, if it is ours, a day of 1 % more, given its leaders.
"""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from benchmarks.contender import contender_and_job
from benchmarks.job import Job
from benchmarks.measure import tree_cpu_s
from benchmarks.signatures.grouped import GROUP_NAME, Grouped
from benchmarks.signatures.line_up import OUR_GROUPER
from benchmarks.signatures.planted import Words, load_words, planted
from benchmarks.signatures.signed import FIGURES_NAME

_N_WARM = 500


@dataclass(frozen=True, slots=True)
class _Call:
    """One call of a contender."""

    contender: ModuleType
    variant: str

    def timed(self, words: Words, known: Words) -> tuple[Grouped, dict[str, Any]]:
        cpu_s, began = tree_cpu_s(), time.perf_counter()
        grouped = self.contender.group(words, known, self.variant)
        took = {"wall_s": time.perf_counter() - began, "cpu_s": tree_cpu_s() - cpu_s}
        return grouped, took | {"peak_bytes": _peak_bytes(), "n_rows": len(words)}


def main() -> None:
    """Run what the command line names; write the groups and what they took."""
    contender, job = contender_and_job("benchmarks.signatures.groupers", Job)
    call = _Call(contender, job.variant)
    words = load_words(job.source, "library")
    call.timed(planted(_N_WARM).words, words[:0])
    grouped, figures = call.timed(words, words[:0])
    if contender.__name__.endswith(f".{OUR_GROUPER}"):
        _, figures["day"] = call.timed(load_words(job.source, "day"), words[grouped.leaders])
    np.save(job.output / GROUP_NAME, grouped.group)
    (job.output / FIGURES_NAME).write_text(json.dumps(figures))


def _peak_bytes() -> int:
    """Return the largest memory of this process so far, to the page: the harness looks but five times a second."""
    status = Path("/proc/self/status").read_text()
    return 1024 * int(status.partition("VmHWM:")[2].split()[0])


if __name__ == "__main__":
    main()
