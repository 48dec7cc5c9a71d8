"""What changed since the version before: rows and bytes of each dataset, keys gone and new, and what moved most.

The features of boards, pictures and users are compared, which have a row for each and are narrow; of wider datasets
rows and digests tell enough, and ``interest-graph diff`` tells the rest.
"""

from storage_tiers.versioned.datasets import open_version
from storage_tiers.versioned.manifest import manifest_there
from storage_tiers.versioned.versions import Version, VersionPlace
from workflows.catalog import BOARD_FEATURES, PIN_FEATURES, USER_FEATURES
from workflows.origins.bases import base_below
from workflows.reports.gathering.day_versions import DayVersions
from workflows.reports.gathering.plain import MOST_NAME, Plain, bounded, missing
from workflows.version_diff.moves import CategoryMove, Move, named_pairs
from workflows.version_diff.version_diff import VersionDiff, version_diff

N_MOST = 10
_COMPARED = {BOARD_FEATURES.name: "boards", PIN_FEATURES.name: "pictures", USER_FEATURES.name: "users"}
_FIELDS = ("n_pins", "n_repins", "rank_order", "page_rank", "importance", "category")


def change_report(day: DayVersions) -> Plain:
    """Return what changed since the version before."""
    before = day.before
    if before is None:
        return missing(f"{day.version} is the first version under this output, so that there is none to compare with.")
    compared = {kind: _compared(day, name, before) for name, kind in _COMPARED.items()}
    return {
        "before": {"date": before.date.isoformat(), "iteration": before.iteration},
        "datasets": dataset_changes(day, before),
        "compared": {kind: one for kind, one in compared.items() if one},
    }


def dataset_changes(day: DayVersions, before: Version) -> list[Plain]:
    """Return rows and bytes of each dataset before and now, and whether it is the same to the byte."""
    base, found = base_below(day.root, before), list[Plain]()
    for (name, variant), now in day.manifests.items():
        iteration = before.iteration if now.iteration == day.version.iteration else base
        place = VersionPlace(day.root, name, variant, Version(before.date, iteration))
        then = None if place.version == now.version else manifest_there(place)
        if place.version != now.version:  # what two iterations of a date share is no change
            found.append(
                {
                    "dataset": name,
                    "variant": variant,
                    "rows_before": then.n_rows if then else None,
                    "rows": now.n_rows,
                    "bytes_before": then.n_bytes if then else None,
                    "bytes": now.n_bytes,
                    "is_same": then is not None and then.digest == now.digest,
                }
            )
    return found


def told_diff(diff: VersionDiff) -> Plain:
    """Return a difference as a report tells it."""
    counts, moves = diff.counts, diff.moves
    return {
        "dataset": diff.dataset,
        "key": diff.key,
        "rows_before": diff.n_rows_before,
        "rows": diff.n_rows_after,
        "keys_gone": counts.n_keys_gone,
        "keys_new": counts.n_keys_new,
        "rows_common": diff.n_common,
        "rows_changed": diff.n_changed,
        "fields": [
            {"name": one.name, "rows": one.n_changed, "mean_change": one.mean_size, "largest_change": one.largest}
            for one in diff.fields
        ],
        "moved_by_places": [_move(one) for one in moves.by_places],
        "n_recategorized": sum(moves.n_by_categories.values()),
        "recategorized": [
            {"before": _name(before), "after": _name(after), "rows": n}
            for before, after, n in named_pairs(moves.n_by_categories, N_MOST)
        ],
        "moved_by_category": [_category_move(one) for one in moves.categories],
    }


def _compared(day: DayVersions, name: str, before: Version) -> Plain | None:
    """Compare the features of two versions; None where both don't have them."""
    place = VersionPlace(day.root, name, "full", before)
    if day.manifest(name) is None or manifest_there(place) is None:
        return None
    return told_diff(version_diff(open_version(place), day.dataset(name), N_MOST, only=_FIELDS))


def _move(one: Move) -> Plain:
    return {"key": _key(one.key), "before": one.before, "after": one.after}


def _category_move(one: CategoryMove) -> Plain:
    return {
        "key": _key(one.key),
        "before": _name(one.before),
        "after": _name(one.after),
        "importance": one.importance,
    }


def _key(key: int | str) -> int | str:
    return bounded(key, MOST_NAME) if isinstance(key, str) else key


def _name(category: str | None) -> str | None:
    return None if category is None else bounded(category, MOST_NAME)
