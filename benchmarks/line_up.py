"""Who takes part in a benchmark."""

import os
import sys
from dataclasses import dataclass

from benchmarks.bench_folder import REPOSITORY


@dataclass(frozen=True, slots=True)
class Contender:
    """One contender.

    Parameters
    ----------
    label
        Its row in the table.
    run
        Its module and variant.
    is_peer
        Whether it runs on the Python of ``requirements-bench.lock`` and not on the project's own.
    runner
        Module that is started with `run`, and with the folders to read and write.
    """

    label: str
    run: str
    is_peer: bool = False
    runner: str = ""

    @property
    def python(self) -> str:
        """The interpreter."""
        peers = os.environ.get("BENCH_PYTHON") or REPOSITORY / ".venv-bench" / "bin" / "python"
        return str(peers) if self.is_peer else sys.executable
