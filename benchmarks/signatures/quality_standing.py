"""What a contender signed."""

from dataclasses import dataclass

from benchmarks.job import Job
from benchmarks.measure import Cost
from benchmarks.rounds import Standing
from benchmarks.signatures.line_up import Signer
from benchmarks.signatures.signed import Signed, load_signed


@dataclass(slots=True)
class QualityStanding(Standing):
    """The signatures of the last run; None where there are none."""

    contender: Signer
    signed: Signed | None = None

    def add(self, cost: Cost, job: Job) -> None:
        """Keep the signatures."""
        self.costs.append(cost)
        self.signed = load_signed(job.output)
