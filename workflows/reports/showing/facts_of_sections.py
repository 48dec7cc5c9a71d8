"""What sections count and were given, as names and values in plain words."""

from collections.abc import Mapping
from typing import Any

from workflows.pages.cells import Cell
from workflows.pages.words import share as in_percent

Report = dict[str, Any]
Facts = list[tuple[str, object]]

_PARENTS = {
    "repin": "of the same picture, and an edge",
    "missing": "not there",
    "other_picture": "of another picture",
    "self": "the pin itself",
    "cycle": "in a circle, which was cut",
}


_GROUPING = {
    "new_pictures": "new pictures",
    "flat": "of one colour, so compared with none",
    "hashes": "different hashes",
    "equal_signatures": "of the same signature as another",
    "joined_known_groups": "joined a group of earlier dates",
    "new_groups": "groups that began",
    "most_new_members_of_a_group": "most that joined one group",
    "bridges": "near to two groups",
}


def graph_facts(report: Report) -> Facts:
    """Return what the repin graph looks like."""
    graph = report["ranks"].get("graph") or {}
    if not graph.get("n_edges"):
        return []
    n_boards, n_repins, names = graph["n_boards"], graph["n_repins"], report["board_names"]
    return [
        ("boards", n_boards),
        ("edges between boards", graph["n_edges"]),
        ("repins on them", n_repins),
        ("of another user's pin", _part(graph.get("n_cross_user_repins"), n_repins)),
        ("of the board's own pin", _part(graph.get("n_self_repins"), n_repins)),
        ("boards that save from no other", _part(graph.get("n_dangling"), n_boards)),
        ("boards in the largest connected part", _part(graph.get("largest_component"), n_boards)),
        ("connected parts", graph.get("n_components")),
        ("most saved from", _board(graph, "most_saved_from", "largest_in_degree", "by", names)),
        ("saving most", _board(graph, "most_saving", "largest_out_degree", "from", names)),
    ]


def parent_facts(report: Report) -> Facts:
    """Return how many pins name a parent that is an edge, and how many one that is none, and why."""
    parents = report["chains"].get("parents") or {}
    total = sum(parents.values())
    return [(_PARENTS.get(name, name.replace("_", " ")), _part(n, total)) for name, n in parents.items() if total]


def picture_facts(report: Report) -> Facts:
    """Return how new pictures were grouped."""
    pictures = report["pictures"]
    counts: Mapping[str, int] = pictures.get("counts") or {}
    given: Facts = [("algorithm", pictures.get("algorithm")), ("most bits that differ", pictures.get("max_distance"))]
    counted = ((words, counts[name]) for name, words in _GROUPING.items() if name in counts)
    return [*counted, *(one for one in given if one[1] is not None)]


def parameter_facts(report: Report) -> Facts:
    """Return the parameters of the run and of the version; those of the version win."""
    given = dict(report["tasks"].get("parameters", {})) | dict(report["made"].get("parameters", {}))
    code: Facts = [("code", ", ".join(report["made"].get("code", [])))]
    return code + [(name, Cell(given[name], words=_words(given[name]))) for name in sorted(given)]


def _words(value: object) -> str:
    return "(empty)" if value == "" else str(value)


def _part(n: int | None, whole: int) -> Cell:
    return Cell(n, words=f"{n:,} ({in_percent(n, whole)})" if n is not None and whole else "")


def _board(graph: Mapping[str, int], board: str, degree: str, word: str, names: Mapping[str, str]) -> Cell:
    key = graph.get(board)
    if key is None:
        return Cell(None)
    named = f"{names[str(key)]} ({key})" if str(key) in names else f"board {key}"
    return Cell(key, words=f"{named}, {word} {graph.get(degree, 0):,} boards")
