"""Who computes a day, and what of ours each of them leaves out."""

from dataclasses import dataclass

from benchmarks.harness.contender import Contender, Job

_DATE = "2026-11-20"  # of the generated input

_SECOND_ITERATION = "the second iteration of ranks and categories, and the trial whether it helps"
_BY_HAND = (
    "checks of the input: bad rows aren't set aside with a reason and counted, and too many of them don't stop the run",
    "boards and users that pins name and nobody describes; repins of missing or later pins are neither cut nor told",
    "repin chains, canonical pins and links, words, shares of categories, repins given and received",
    "of ranks: a bound on what one user's repins count, a proved error, order, percentile, a start from the day before",
    "corrected categories: probabilities, calibrated confidence, words of names, what speaks for them; a plain vote",
    _SECOND_ITERATION,
    "signatures of pictures that come without one, and groups of those that look the same",
    "the order of importance in lists of boards, users and pictures",
    "light forms, and the other datasets: facts, edges, ranks, categories and features, each iteration's own",
    "rows by key (LMDB), views for SQL, Hive's layout, reports, records of what ran and what it took",
    "manifests, digests of every part, lineage, meanings of fields; checks of what was computed",
    "safety from crashes: nothing is put in place at once, a killed run leaves half of a day, the next begins anew",
    "bounded memory: it grows with the pins (DuckDB's to its limit, 80 % of the machine's); more than one machine",
)


def ours(job: Job) -> None:
    """Run the command, as anybody would, with as many iterations as the variant says."""
    from benchmarks.harness.kept import run_interest_graph

    folders = ("--input", str(job.source), "--output", str(job.output))
    run_interest_graph("run", "--date", _DATE, *folders, "--iterations", job.variant, "--cores", str(job.n_cores))


def polars(job: Job) -> None:
    """Compute the day with Polars and igraph."""
    from benchmarks.whole_day.with_polars import write_day

    write_day(job.source, job.output)


def duckdb(job: Job) -> None:
    """Compute the day with DuckDB and igraph."""
    from benchmarks.whole_day.with_duckdb import write_day

    write_day(job.source, job.output, job.scratch, job.n_cores)


@dataclass(frozen=True, slots=True)
class DayContender(Contender):
    """Who computes a day."""

    leaves_out: tuple[str, ...] = ()


OURS = DayContender("ours, two iterations", ours, "2", is_ours=True)
LINE_UP = (
    OURS,
    DayContender("ours, one iteration", ours, "1", is_ours=True, leaves_out=(_SECOND_ITERATION,)),
    DayContender("Polars and igraph by hand", polars, is_peer=True, leaves_out=_BY_HAND),
    DayContender("DuckDB and igraph by hand", duckdb, is_peer=True, leaves_out=_BY_HAND),
)
