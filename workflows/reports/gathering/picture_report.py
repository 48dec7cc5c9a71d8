"""Pictures that came without a signature: how they turned out, and how far same pictures lie from each other."""

import re

from workflows.picture_catalog import IMAGE_FILES, IMAGE_SIGNATURES, PICTURE_MEMBERS
from workflows.reports.gathering.day_versions import DayVersions
from workflows.reports.gathering.plain import Plain, missing

_AT_DISTANCE = re.compile(r"members_at_distance_(\d+)")
_NOT_RECORDED = ("algorithm", "libraries")


def picture_report(day: DayVersions) -> Plain:
    """Return what there is to tell of the pictures that were signed and grouped for a version."""
    files, members = day.manifest(IMAGE_FILES.name), day.manifest(PICTURE_MEMBERS.name)
    if files is None or members is None:
        return missing(f"The pictures of {day.version} aren't grouped yet.")
    if not files.n_rows:
        return missing("No picture was compared: every pin brought the signature of its picture along.")
    signatures = day.manifest(IMAGE_SIGNATURES.name)
    distances = distances_of(members.counts)
    return {
        "n_images": files.n_rows,
        "statuses": dict(sorted(signatures.counts.items())) if signatures else {},
        "counts": {name: n for name, n in members.counts.items() if not _AT_DISTANCE.fullmatch(name)},
        "algorithm": members.parameters.get("algorithm"),
        "max_distance": members.parameters.get("max_distance"),
        "distances": distances,
        "why_no_distances": "" if distances else _why_none(members.counts),
    }


def distances_of(counts: dict[str, int]) -> list[tuple[int, int]]:
    """Return how many new pictures joined a group at each distance from its leader, in bits.

    Examples
    --------
    >>> distances_of({"members_at_distance_03": 2, "members_at_distance_00": 7, "flat": 1})
    [(0, 7), (3, 2)]
    """
    found = ((_AT_DISTANCE.fullmatch(name), n) for name, n in counts.items())
    return sorted((int(name[1]), n) for name, n in found if name)


def _why_none(counts: dict[str, int]) -> str:
    if "hashes" in counts:
        return "Pictures are the same here where their hashes are equal, so that there are no distances."
    if not counts.get("new_pictures"):
        return "No new picture came with this date, so that none was compared."
    return "All new pictures are flat, or the version was made before distances were counted."
