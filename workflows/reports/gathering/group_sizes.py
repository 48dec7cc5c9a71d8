"""How large groups are (pins of a picture, of a board, of a user), and how deep repin chains go."""

from collections import Counter
from collections.abc import Iterable
from heapq import nsmallest

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workflows.catalog import BOARD_FEATURES, FACTS, PIN_FEATURES, REPIN_EDGES, USER_FEATURES
from workflows.reports.gathering.day_versions import DayVersions
from workflows.reports.gathering.distributions import counted_values, distribution
from workflows.reports.gathering.plain import Plain, missing

GROUPS = {"pictures": PIN_FEATURES.name, "boards": BOARD_FEATURES.name, "users": USER_FEATURES.name}
N_LARGEST = 5
_CHAINS = ("image_signature", *(f"repin_chains.list.element.{name}" for name in ("root_pin_id", "n_pins", "depth")))


def group_sizes(day: DayVersions) -> Plain:
    """Return how many pins pictures, boards and users have."""
    found: Plain = {
        group: distribution(counted_values(day.parts(name, ["n_pins"]), "n_pins"))
        for group, name in GROUPS.items()
        if day.manifest(name)
    }
    return found or missing(f"Groups are counted with the features of an iteration, and {day.version} has none yet.")


def chain_report(day: DayVersions) -> Plain:
    """Return how deep repin chains go, which are the largest, and which parents are no edge."""
    if not day.manifest(FACTS.name):
        return missing(f"No pin of {day.version} is published yet.")
    edges = day.manifest(REPIN_EDGES.name)
    parents = {name.removeprefix("parents_"): n for name, n in edges.counts.items()} if edges else {}
    found: Plain = {"pins_by_depth": counted_depths(day.parts(FACTS.name, ["depth"])), "parents": parents}
    if day.manifest(PIN_FEATURES.name):
        found |= chains_of(day.parts(PIN_FEATURES.name, _CHAINS))
    return found


def counted_depths(parts: Iterable[pa.Table]) -> list[tuple[int, int]]:
    """Return how many pins lie so many repins from the pin that their chain began with.

    Examples
    --------
    >>> counted_depths([pa.table({"depth": [0, 0, 1]}), pa.table({"depth": [0, 3]})])
    [(0, 3), (1, 1), (3, 1)]
    """
    counted: Counter[int] = Counter()
    for part in parts:
        counted.update({one["values"]: one["counts"] for one in part["depth"].value_counts().to_pylist()})
    return sorted(counted.items())


def chains_of(parts: Iterable[pa.Table]) -> Plain:
    """Return how many chains have which depth, and the largest ones."""
    by_depth, largest, n_pins = Counter[int](), list[Plain](), 0
    for part in parts:
        lists = part["repin_chains"].combine_chunks()
        chains = pc.list_flatten(lists)
        sizes, depths = chains.field("n_pins").to_numpy(), chains.field("depth").to_numpy()
        by_depth.update({int(depth): int(n) for depth, n in zip(*np.unique(depths, return_counts=True), strict=True)})
        n_pins += int(sizes.sum())
        rows = np.argsort(-sizes, kind="stable")[:N_LARGEST]
        pictures = part["image_signature"].take(pc.list_parent_indices(lists).take(pa.array(rows)))
        roots = chains.field("root_pin_id").take(pa.array(rows)).to_pylist()
        columns = (pictures.to_pylist(), roots, sizes[rows].tolist(), depths[rows].tolist())
        found = [
            {"image_signature": picture, "root_pin_id": root, "n_pins": size, "depth": depth}
            for picture, root, size, depth in zip(*columns, strict=True)
        ]
        largest = nsmallest(N_LARGEST, [*largest, *found], key=_order)
    n_chains = sum(by_depth.values())
    return {"chains_by_depth": sorted(by_depth.items()), "n_chains": n_chains, "n_pins": n_pins, "largest": largest}


def _order(chain: Plain) -> tuple[int, int]:
    return -int(chain["n_pins"]), int(chain["root_pin_id"])  # type: ignore[call-overload]
