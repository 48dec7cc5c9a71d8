"""Runs one contender that signs pictures: a module of ``benchmarks.signatures.signers``.

It has a function ``sign(paths, variant)`` that returns the signatures of the pictures at some paths. The runner lets it
sign a few first, so that nobody is charged for what is loaded at the first call, and then takes the time from paths to
signatures. All contenders read files that the system holds in memory.
"""

import json
import time

from benchmarks.contender import contender_and_job
from benchmarks.job import Job
from benchmarks.signatures.signed import FIGURES_NAME, listed_pictures, save_signed

_N_WARM = 8


def main() -> None:
    """Run what the command line names; write the signatures and what they took."""
    contender, job = contender_and_job("benchmarks.signatures.signers", Job)
    paths = listed_pictures(job.source)
    contender.sign(paths[:_N_WARM], job.variant)
    cpu_s, began = time.process_time(), time.perf_counter()
    signed = contender.sign(paths, job.variant)
    figures = {"wall_s": time.perf_counter() - began, "cpu_s": time.process_time() - cpu_s, "n_pictures": len(paths)}
    save_signed(signed, job.output)
    (job.output / FIGURES_NAME).write_text(json.dumps(figures))


if __name__ == "__main__":
    main()
