"""The category correction of a version: what owners filed against what was decided, the most telling boards, and trust.

Nobody knows the truth, so reliability is told of labels that the evidence never saw: of boards whose pictures foretell
their owner's label with a probability, how many have it (`features.categories.label_forecasts`).
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from heapq import nsmallest

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.categories.fitting.category_fit import category_fit
from features.categories.label_forecasts import N_BINS
from features.categories.labelled_boards import BoardCategoriesError
from storage_tiers.versioned.datasets import Dataset
from workflows.catalog import BOARD_CATEGORIES
from workflows.reports.gathering.day_versions import DayVersions
from workflows.reports.gathering.plain import MOST_NAME, Plain, bounded, missing, share

MOST_CATEGORIES = 16  # of the confusion that is shown; the others are one
N_EXAMPLES, N_A_PAIR = 12, 2
_MOST_LOOKED_AT = 10_000  # of the surest changed boards, among which the examples are found
N_PAIRS = 12
OTHERS = "all others"
_COLUMNS = ("board_id", "owner_category", "category", "confidence", "changed", "filled", "margin", "n_images")
_MILLION = 1_000_000

Pair = tuple[str | None, str | None]


def category_report(day: DayVersions) -> Plain:
    """Return what there is to tell of the categories of a version."""
    manifest = day.manifest(BOARD_CATEGORIES.name)
    if manifest is None:
        return missing(f"The categories of {day.version} aren't corrected yet.")
    dataset = day.dataset(BOARD_CATEGORIES.name)
    pairs, surenesses, examples = Counter[Pair](), np.zeros(10, np.int64), list[Plain]()
    for part in dataset.iter_parts(_COLUMNS):
        pairs += counted_pairs(part)
        surenesses += counted_surenesses(part)
        examples = most_telling([*examples, *changed_boards(part)])
    if set(pairs) <= {(None, None)}:
        return missing("No owner filed a board under a category, so that none could be decided.")
    moved = Counter({pair: n for pair, n in pairs.items() if pair[0] not in (None, pair[1])})
    return {
        "n_boards": sum(pairs.values()),
        "n_labelled": sum(n for (owner, _), n in pairs.items() if owner is not None),
        "n_changed": manifest.counts.get("changed"),
        "n_filled": manifest.counts.get("filled"),
        "n_unknown": sum(n for (_, category), n in pairs.items() if category is None),
        "confusion": confusion(pairs),
        "moves": [
            {"owner": _name(owner), "category": _name(now), "boards": n}
            for (owner, now), n in sorted(moved.items(), key=lambda one: (-one[1], str(one[0])))[:N_PAIRS]
        ],
        "n_kinds_of_moves": len(moved),
        "examples": examples,
        "surenesses": surenesses.tolist(),
        "reliability": reliability(manifest.counts),
        "fit": _fit(dataset),
    }


def counted_pairs(part: pa.Table) -> Counter[Pair]:
    """Count boards by what their owner filed and what was decided."""
    counted = part.group_by(["owner_category", "category"]).aggregate([([], "count_all")]).to_pylist()
    return Counter({(row["owner_category"], row["category"]): row["count_all"] for row in counted})


def counted_surenesses(part: pa.Table) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Count boards by the probability of their category, in ten steps."""
    known = part["confidence"].drop_null().to_numpy()
    return np.bincount(np.minimum((known * 10).astype(np.int64), 9), minlength=10)


def changed_boards(part: pa.Table) -> list[Plain]:
    """Return the changed boards of a part that tell most: of each pair of categories the surest few."""
    rows = part.filter(part["changed"])
    found = [
        {**row, "owner_category": _name(row["owner_category"]), "category": _name(row["category"])}
        for row in rows.take(_surest_first(rows)[:_MOST_LOOKED_AT]).select([*_COLUMNS[:4], *_COLUMNS[6:]]).to_pylist()
    ]
    return most_telling(found)


def most_telling(boards: Iterable[Plain]) -> list[Plain]:
    """Return the surest boards, those of most evidence first among equals, at most two of each pair of categories."""
    kept, n_of_pair = list[Plain](), Counter[tuple[object, object]]()
    for board in nsmallest(_MOST_LOOKED_AT, boards, key=_order):
        pair = board["owner_category"], board["category"]
        if n_of_pair[pair] < N_A_PAIR and len(kept) < N_EXAMPLES:
            n_of_pair[pair] += 1
            kept.append(board)
    return kept


def confusion(pairs: Mapping[Pair, int]) -> Plain:
    """Return the most frequent categories, and how many boards that owners filed under each were decided for each.

    Examples
    --------
    >>> found = confusion({("art", "art"): 8, ("art", "food"): 2, (None, "art"): 1, ("food", "food"): 5})
    >>> found["categories"], found["boards"]
    (['art', 'food', None], [[8, 2, 0], [0, 5, 0], [1, 0, 0]])
    """
    n_of: Counter[str | None] = Counter()
    for (owner, category), n in pairs.items():
        n_of[owner] += n
        n_of[category] += n
    named = sorted((one for one in n_of if one is not None), key=lambda one: (-n_of[one], one))
    kept, others = named[:MOST_CATEGORIES], named[MOST_CATEGORIES:]
    shown = [*map(_name, kept), *([OTHERS] if others else []), *([None] if None in n_of else [])]
    place: dict[str | None, int] = {name: number for number, name in enumerate(kept)}
    place |= dict.fromkeys(others, len(kept)) | {None: len(shown) - 1}
    cells = [[0] * len(shown) for _ in shown]
    for (owner, category), n in pairs.items():
        cells[place[owner]][place[category]] += n
    return {"categories": shown, "has_others": bool(others), "boards": cells, "n_categories": len(named)}


def reliability(counts: Mapping[str, int]) -> list[Plain]:
    """Return the bins of the forecasts of labels; none where the version was made before they were recorded.

    Examples
    --------
    >>> reliability({"forecasts_at_70_boards": 4, "forecasts_at_70_as_foretold": 3,
    ...              "forecasts_at_70_expected_millionths": 3_000_000})
    [{'boards': 4, 'expected': 0.75, 'as_foretold': 0.75}]
    """
    found = list[Plain]()
    for number in range(N_BINS):
        name = f"forecasts_at_{number * 100 // N_BINS:02}"
        n_boards = counts.get(f"{name}_boards", 0)
        if n_boards:
            expected = counts.get(f"{name}_expected_millionths", 0) / _MILLION
            foretold = counts.get(f"{name}_as_foretold", 0)
            found.append(
                {"boards": n_boards, "expected": share(expected, n_boards), "as_foretold": share(foretold, n_boards)}
            )
    return found


def _fit(dataset: Dataset) -> Plain:
    """Return what the correction says of itself."""
    try:
        fit = category_fit(dataset.schema.empty_table())
    except BoardCategoriesError:  # a release that wrote none
        return {}
    return {
        "pass_kept": fit.pass_kept,
        "why": bounded(fit.why),
        "error_rate": fit.error_rate,
        "min_confidence": fit.min_confidence,
        "trial": bounded(str(fit.numbers.held_out)),
        "merge_suggestions": [bounded(str(one)) for one in fit.numbers.merge_suggestions[:N_PAIRS]],
    }


def _surest_first(rows: pa.Table) -> pa.Array:
    by = [("confidence", "descending"), ("n_images", "descending"), ("board_id", "ascending")]
    return pc.sort_indices(rows, by)


def _order(board: Plain) -> tuple[float, int, int]:
    confidence, n_images, board_id = board["confidence"], board["n_images"], board["board_id"]
    return -float(confidence or 0), -int(n_images or 0), int(board_id)  # type: ignore[arg-type,call-overload]


def _name(category: str | None) -> str | None:
    return None if category is None else bounded(category, MOST_NAME)
