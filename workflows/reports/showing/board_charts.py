"""The charts of a run report, each made of its section's data; a section without such data has no chart."""

from collections.abc import Sequence
from itertools import pairwise

from workflows.pages.charts import Axis, Chart, bars, heatmap, lines
from workflows.pages.words import category
from workflows.reports.showing.report_cells import Section

_GROUP_TITLES = {"pictures": "pins of a picture", "boards": "pins of a board", "users": "pins of a user"}
_MOST_BARS = 24
_FEWEST_FOR_LOG = 50  # times that the largest bar is longer than the smallest
_ON_OTHERS = " All others are one here: boards that moved from one of them to another stand on the diagonal as well."
_BOARDS = Axis("boards", "number", is_log=True)


def settling_chart(ranks: Section) -> Chart | None:
    """Return how far ranks moved in each sweep, a line for each iteration that recorded it."""
    settled = [one for one in ranks.get("settled", []) if any(moved > 0 for _, moved in one["residuals"])]
    if not settled:
        return None
    series = {f"iteration {one['iteration']}": _columns(one["residuals"]) for one in settled}
    return lines(
        "residuals",
        "How the ranks settled",
        "How far all ranks moved together in each sweep over the repin graph. A straight line down is as it should be; "
        "a later iteration starts from the ranks before, and needs few sweeps.",
        Axis("sweep", "number"),
        Axis("movement of all ranks", "L1", is_log=True),
        series,
    )


def rank_chart(ranks: Section) -> Chart | None:
    """Return how many boards have at least some rank."""
    points = ranks.get("distribution", {}).get("at_least", [])
    if len(points) <= 1:
        return None
    return lines(
        "ranks",
        "How PageRank is spread",
        "How many boards have at least this rank. The steeper the line falls, the more alike boards are; a long flat "
        "tail to the right means that a few boards hold most of it.",
        Axis("PageRank", "sums to 1", is_log=True),
        _BOARDS,
        {"boards": _columns(points)},
    )


def size_chart(sizes: Section) -> Chart | None:
    """Return how many pictures, boards and users have at least some number of pins."""
    series = {
        group: _columns(one["at_least"]) for group, one in sizes.items() if group in _GROUP_TITLES and one["at_least"]
    }
    if not series:
        return None
    return lines(
        "sizes",
        "How large groups are",
        "How many pictures, boards and users have at least this many pins. Saving breeds saving, so a straight line is "
        "usual; a sudden end or a bump is worth a look.",
        Axis("pins", "number", is_log=True),
        Axis("groups", "number", is_log=True),
        series,
    )


def depth_chart(chains: Section) -> Chart | None:
    """Return how many repin chains have which depth."""
    counted = chains.get("chains_by_depth")
    if not counted:
        return None
    places, values = grouped_depths(counted)
    return bars(
        "depths",
        "How deep repin chains go",
        "How many chains have this many repins between the pin they began with and their furthest pin.",
        Axis("depth of the chain", "repins"),
        Axis("chains", "number", is_log=_needs_log(values)),
        {"chains": values},
        places,
    )


def grouped_depths(counted: Sequence[Sequence[int]]) -> tuple[list[str], list[int]]:
    """Return the depths one by one, the deep ones by ranges that double, as names of bars and their counts.

    Examples
    --------
    >>> grouped_depths([(1, 9), (3, 2), (40, 1), (90, 1)])[0][-3:]
    ['24', '25 to 48', '49 to 96']
    """
    deepest = max(depth for depth, _ in counted)
    edges = [*range(1, min(deepest, _MOST_BARS) + 2)]
    while edges[-1] <= deepest:
        edges.append((edges[-1] - 1) * 2 + 1)
    values = [sum(n for depth, n in counted if low <= depth < high) for low, high in pairwise(edges)]
    return [str(low) if high == low + 1 else f"{low} to {high - 1}" for low, high in pairwise(edges)], values


def confusion_chart(categories: Section) -> Chart | None:
    """Return which share of the boards that owners filed under each category was decided for each."""
    found = categories.get("confusion", {})
    rows = found.get("boards", [])
    titles, kept = (
        list(map(category, found.get("categories", []))),
        [place for place, row in enumerate(rows) if sum(row)],
    )
    if not kept:
        return None
    others = _ON_OTHERS if found.get("has_others") else ""
    shares = [[_percent(n / sum(rows[place])) if n else None for n in rows[place]] for place in kept]
    chart = heatmap(
        "confusion",
        "What owners filed, and what was decided",
        "Of the boards that owners filed under the category at the left, how many percent the correction decided for "
        f"the one below. The diagonal is what was kept; none is no category.{others}",
        Axis("decided for"),
        Axis("filed under (boards)"),
        titles,
        [f"{titles[place]} ({sum(rows[place]):,})" for place in kept],
        shares,
    )
    chart.figure["data"][0] |= {"zmin": 0, "zmax": 100}
    for axis in ("xaxis", "yaxis"):  # lines would go through cells that hold nothing
        chart.figure["layout"][axis] |= {"showgrid": False}
    return chart


def reliability_chart(categories: Section) -> Chart | None:
    """Return how often labels were as the evidence foretold, against how sure it was."""
    found = categories.get("reliability")
    if not found:
        return None
    expected = [100 * one["expected"] for one in found]
    told = [100 * one["as_foretold"] for one in found]
    chart = lines(
        "reliability",
        "How far the evidence can be trusted",
        "The pictures of a board foretell what its owner filed, unseen. Of the boards that it was so sure about, how "
        "many were filed so: on the diagonal it is as sure as it should be, below it too sure. Larger marks are of "
        "more boards; a few boards tell little.",
        Axis("how sure the evidence was", "%"),
        Axis("boards filed so", "%"),
        {"as it came": (_rounded(expected), _rounded(told)), "as it should be": ([0, 100], [0, 100])},
    )
    came, ideal = chart.figure["data"]
    most = max(one["boards"] for one in found)
    came["text"] = [f"{one['boards']:,} boards" for one in found]
    came["marker"] = {"size": [round(5 + 11 * (one["boards"] / most) ** 0.5, 1) for one in found]}
    ideal |= {"mode": "lines", "line": {"dash": "dot"}}
    return chart


def sureness_chart(categories: Section) -> Chart | None:
    """Return how sure the decided categories are."""
    counted = categories.get("surenesses")
    if not counted or not sum(counted):
        return None
    return bars(
        "sureness",
        "How sure the categories are",
        "Boards by the probability that their category is right, as the correction has it.",
        Axis("probability of the category", "%"),
        Axis("boards", "number"),
        {"boards": counted},
        [f"{low} to {low + 10}" for low in range(0, 100, 10)],
    )


def distance_chart(pictures: Section) -> Chart | None:
    """Return how far same pictures lie from each other."""
    counted = dict(pictures.get("distances", []))
    if not counted:
        return None
    most = max([*counted, int(pictures.get("max_distance") or 0)])
    values = [counted.get(bits, 0) for bits in range(most + 1)]
    return bars(
        "distances",
        "How near same pictures are",
        f"New pictures by how many of 256 bits they differ from the leader of their group; {most} at most are the same "
        "picture. Many near the bound would mean that it cuts through groups.",
        Axis("distance", "bits of 256"),
        Axis("pictures", "number", is_log=_needs_log(values)),
        {"pictures": values},
        list(range(most + 1)),
    )


def _needs_log(values: Sequence[float]) -> bool:
    """Return whether small bars would vanish beside large ones."""
    positive = [value for value in values if value > 0]
    return bool(positive) and max(positive) > _FEWEST_FOR_LOG * min(positive)


def _columns(points: Sequence[Sequence[float]]) -> tuple[list[float], list[float]]:
    return [point[0] for point in points], [point[1] for point in points]


def _percent(part: float) -> float:
    """Return a share in percent with as many digits as a cell has room for; what isn't nothing is never written so."""
    return round(100 * part, 1) if part >= 0.001 else float(f"{100 * part:.1g}")  # noqa: PLR2004 - 0.1 %


def _rounded(values: Sequence[float]) -> list[float]:
    return [round(value, 2) for value in values]
