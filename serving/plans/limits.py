"""What a plan may take, so that no plan and no request can ask for unbounded work."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that a plan, or a request, may take.

    Parameters
    ----------
    steps
        Steps of a plan.
    fan_out
        Objects that a step may give, and inputs that it may have.
    reads
        Rows that all steps of a plan together may read, for one request.
    expression_characters
        Length of an expression.
    plan_bytes
        Length of a plan that a request brings.
    answer_bytes
        Length of an answer, encoded.
    kept_plans
        Compiled plans that are kept; those that were used longest ago go first.
    """

    steps: int = 32
    fan_out: int = 1_000
    reads: int = 10_000
    expression_characters: int = 1_000
    plan_bytes: int = 20_000
    answer_bytes: int = 4_000_000
    kept_plans: int = 256


LIMITS = Limits()
