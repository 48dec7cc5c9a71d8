"""PageRank of a version: how its sweeps settled, the bound that was proved, the graph, and who ranks highest."""

from collections.abc import Iterable, Sequence
from heapq import nsmallest

import numpy as np
import pyarrow as pa

from pagerank.residual_history import RESIDUALS, read_residuals
from storage_tiers.versioned.manifest import Manifest, manifest_there
from storage_tiers.versioned.versions import Version, VersionPlace
from workflows.catalog import BOARD_FEATURES, BOARD_RANKS
from workflows.reports.gathering.day_versions import DayVersions
from workflows.reports.gathering.distributions import counted_values, distribution
from workflows.reports.gathering.plain import MOST_NAME, Plain, bounded, missing

N_TOP = 10
_TOP_COLUMNS = ("board_id", "page_rank", "n_pins", "n_repins_received", "category")


def rank_report(day: DayVersions) -> Plain:
    """Return what there is to tell of the ranks of a version."""
    manifest = day.manifest(BOARD_RANKS.name)
    if manifest is None:
        return missing(f"Boards of {day.version} have no ranks yet.")
    manifests = [one for one in map(manifest_there, _places(day)) if one]
    found: Plain = {
        "settled": [settled(one) for one in manifests],
        "graph": graph_counts(manifests),
        "distribution": distribution(counted_values(day.parts(BOARD_RANKS.name, ["page_rank"]), "page_rank")),
    }
    if day.manifest(BOARD_FEATURES.name):
        found["top"] = top_boards(day.parts(BOARD_FEATURES.name, _TOP_COLUMNS))
    return found


def settled(manifest: Manifest) -> Plain:
    """Return how the ranks of an iteration settled: sweeps, bound, tolerance, and the residuals where recorded.

    Examples
    --------
    >>> import datetime as dt
    >>> at = dt.date(2026, 11, 20)
    >>> given = {"tolerance": 1e-8, "damping": 0.85, "l1_error_bound": 3e-9, "residuals": "1:0.5 2:1e-9"}
    >>> made = Manifest("board_ranks", "full", at, 1, "", True, "", (), {}, counts={"sweeps": 2}, parameters=given)
    >>> settled(made)["residuals"], settled(made)["is_proved"]
    ([(1, 0.5), (2, 1e-09)], True)
    """
    given = manifest.parameters
    bound, tolerance = given.get("l1_error_bound"), given.get("tolerance")
    is_told = isinstance(bound, int | float) and isinstance(tolerance, int | float)
    return {
        "iteration": manifest.iteration,
        "n_sweeps": manifest.counts.get("sweeps"),
        "error_bound": bound,
        "tolerance": tolerance,
        "damping": given.get("damping"),
        "is_proved": bool(is_told and bound <= tolerance) if is_told else None,  # type: ignore[operator]
        "ranks_on": given.get("ranks_on"),
        "residuals": read_residuals(str(given.get(RESIDUALS, ""))),
    }


def graph_counts(manifests: Sequence[Manifest]) -> dict[str, int]:
    """Return the counts of the repin graph, which the first iteration has."""
    counted = next((one.counts for one in manifests if "n_edges" in one.counts), {})
    return {name: n for name, n in counted.items() if name != "sweeps"}


def top_boards(parts: Iterable[pa.Table]) -> list[Plain]:
    """Return the boards of highest rank, the highest first; of equal ones the lower id."""
    best: list[Plain] = []
    for part in parts:
        ranks, ids = part["page_rank"].to_numpy(), part["board_id"].to_numpy()
        rows = np.lexsort((ids, -ranks))[:N_TOP]
        best = nsmallest(N_TOP, [*best, *part.take(pa.array(rows)).to_pylist()], key=_order)
    return [{**one, "category": _name(one["category"])} for one in best]


def _name(category: object) -> str | None:
    return None if category is None else bounded(str(category), MOST_NAME)


def _order(board: Plain) -> tuple[float, int]:
    return -float(board["page_rank"]), int(board["board_id"])  # type: ignore[arg-type,call-overload]


def _places(day: DayVersions) -> list[VersionPlace]:
    """Return where the ranks of each iteration lie that this one goes back to."""
    iterations = range(day.base + 1, day.version.iteration + 1)
    return [VersionPlace(day.root, BOARD_RANKS.name, "full", Version(day.version.date, one)) for one in iterations]
