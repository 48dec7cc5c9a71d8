"""Runs one contender of the category correction: a module of ``benchmarks.categories.contenders``.

It has a function ``correct(task)`` that returns a category a board. The runner loads the matrix, lets the contender
correct a small graph first (so that nobody is charged for what is loaded, compiled or started at the first call), and
then takes the time from the matrix to the labels.
"""

import json
import time
from pathlib import Path

import numpy as np

from benchmarks.categories.collection import Labelled, load_labelled
from benchmarks.categories.noise import wrong_labels
from benchmarks.categories.planted import Size, planted
from benchmarks.categories.task import CORRECTED_NAME, FIGURES_NAME, Task
from benchmarks.contender import contender_and_job
from benchmarks.job import Job
from benchmarks.measure import tree_cpu_s

_WARM_SIZE = Size(n_boards=500, n_images=2_000, n_categories=5)


def main() -> None:
    """Run what the command line names; write the corrected labels and what they took."""
    contender, job = contender_and_job("benchmarks.categories.contenders", Job)
    boards = load_labelled(job.source)
    contender.correct(Task(_warm_up_boards(), job.n_cores, job.variant))
    cpu_s, began = tree_cpu_s(), time.perf_counter()
    corrected = contender.correct(Task(boards, job.n_cores, job.variant))
    figures = {"wall_s": time.perf_counter() - began, "cpu_s": tree_cpu_s() - cpu_s, "peak_bytes": _peak_bytes()}
    np.save(job.output / CORRECTED_NAME, corrected)
    (job.output / FIGURES_NAME).write_text(json.dumps(figures))


def _warm_up_boards() -> Labelled:
    made = planted(_WARM_SIZE)
    return Labelled(made.images, wrong_labels(made.truth, made.n_categories, 0.1, 0.0, 0.1), made.n_categories)


def _peak_bytes() -> int:
    """Return the largest memory of this process so far, to the page: the harness looks but five times a second."""
    status = Path("/proc/self/status").read_text()
    return 1024 * int(status.partition("VmHWM:")[2].split()[0])


if __name__ == "__main__":
    main()
