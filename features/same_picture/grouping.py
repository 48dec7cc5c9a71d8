"""Groups the new pictures of a day, as tables: new leaders, members, and pairs of groups that may be one."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.images.cosine_signature import VIEWS
from features.images.drawings.sketches import SKETCH_FIELD, sketches_of
from features.images.signature_columns import VIEW_FIELDS, signatures_of
from features.images.signed_picture import SIGNED_STATUSES
from features.same_picture.equal_signatures import Ints, equal_signatures
from features.same_picture.leaders import DEFAULT_RADIUS, Grouping, group_around_leaders
from features.same_picture.near_pictures import Search, near_pictures
from features.same_picture.views import SignedPictures
from joins.arrow.fields import described, required
from joins.arrow.text_lookup import TextLookup

PICTURE_GROUPS = pa.schema(
    [
        required("group_id", pa.string(), "digest of its leader, whose views these are"),
        *VIEW_FIELDS,
        SKETCH_FIELD,
    ]
)
PICTURE_MEMBERS = pa.schema(
    [
        required("digest", pa.string(), "the picture"),
        required("group_id", pa.string(), "its group"),
        described("distance", pa.int16(), "from the leader; null for flat pictures, which are alone", "bits"),
        described("view", pa.string(), "which view of the picture met the leader"),
        described("leader_view", pa.string(), "which view of the leader it met"),
    ]
)
MERGE_CANDIDATES = pa.schema(
    [
        required("group_id", pa.string(), "the older group"),
        required("other_group_id", pa.string(), "the other group"),
        required("n_bridges", pa.int64(), "pictures of the day that are near both leaders", "pictures"),
        required("digest", pa.string(), "the bridge that is nearest to the leader it didn't join"),
        required("distance", pa.int16(), "from that bridge to that leader", "bits"),
    ]
)


# Of all counts, those that a run's line tells; zeros are left out.
_TOLD = (
    "new_pictures",
    "hashes",
    "joined_known_groups",
    "new_groups",
    "equal_signatures",
    "flat",
    "bridges",
    "lookups_of_hot_buckets",
)


@dataclass(frozen=True, slots=True)
class PictureGroups:
    """What a day adds.

    ``groups``, ``members`` and ``merge_candidates`` have the schemas of this module and are sorted by their first
    columns; ``counts`` say what was met, for the run's report.
    """

    groups: pa.Table
    members: pa.Table
    merge_candidates: pa.Table
    counts: dict[str, int]

    def __str__(self) -> str:
        """Say in a line what the day brought."""
        parts = [f"{self.counts[name]:,} {name.replace('_', ' ')}" for name in _TOLD if self.counts.get(name)]
        return f"pictures: {', '.join(parts) or 'no new ones'}"


def group_pictures(
    pictures: pa.Table, groups: pa.Table, *, radius: int = DEFAULT_RADIUS, search: Search = near_pictures
) -> PictureGroups:
    """Give every new picture a group.

    Parameters
    ----------
    pictures
        ``digest`` string, unique; ``n_copies`` int64, how many images have it; ``width_px`` and ``height_px``; a column
        a view (`features.images.signature_columns`), and ``sketch``. A picture whose view ``whole`` is null is flat:
        only its exact copies are the same picture.
    groups
        ``PICTURE_GROUPS`` of all earlier days, oldest first.
    radius
        Largest distance of a picture from its leader, in bits of 256.
    search
        Finds near pictures (`features.same_picture.near_pictures.Search`).

    Returns
    -------
    PictureGroups
        The same for the same pictures, in whatever order they come.

    Notes
    -----
    Pictures of equal signatures, and of drawings equal sketches, are compared once. What has the most copies is first
    to become a leader, then what has no border, then what is no drawing in grey, which would take in drawings of any
    colour, then what is larger: the original rather than what was made of it. At last the lower digest decides.
    """
    pictures = _in_turn(pictures)
    flat = pictures.filter(pc.is_null(pictures["whole"]))
    pictures = pictures.filter(pc.is_valid(pictures["whole"]))
    signed, known = (
        SignedPictures(*signatures_of(table), sketches_of(table["sketch"])) for table in (pictures, groups)
    )
    equal = equal_signatures(signed.signatures[:, 0], signed.sketches)
    copies = np.bincount(equal.number, weights=pictures["n_copies"].to_numpy(), minlength=len(equal.first))
    turn = np.argsort(-copies, kind="stable")
    grouping = group_around_leaders(signed.take(equal.first[turn]), known, radius, search)
    first = pictures.take(pa.array(equal.first[turn]))
    led = first.take(pa.array(grouping.new_leaders))
    ids = pa.chunked_array([*groups["group_id"].chunks, *led["digest"].chunks], pa.string())
    row = np.argsort(turn)[equal.number]  # of each picture's signature in the grouping
    members = _members(pictures, ids, grouping, row)
    new_groups = led.rename_columns({"digest": "group_id"}).select(PICTURE_GROUPS.names).cast(PICTURE_GROUPS)
    return PictureGroups(
        new_groups.sort_by("group_id"),
        pa.concat_tables([members, _members_without_views(flat["digest"], flat["digest"])]).sort_by("digest"),
        _merge_candidates(first["digest"], ids, grouping),
        {
            "new_pictures": len(flat) + len(row),
            "flat": len(flat),
            "equal_signatures": len(row) - len(turn),
            **_counts(grouping, row),
        },
    )


def pictures_to_group(signatures: pa.Table, files: pa.Table, members: pa.Table) -> pa.Table:
    """Return the signed pictures without a group that an image holds, each with the number of images that do.

    Parameters
    ----------
    signatures
        ``digest``, ``status`` and more, one row a picture.
    files
        ``digest``, one row an image.
    members
        ``digest`` of the pictures that have a group.

    Examples
    --------
    >>> signatures = pa.table({"digest": ["a", "b", "c", "d"], "status": ["ok", "corrupt", "ok", "ok"]})
    >>> files = pa.table({"digest": ["a", "b", "a", "c"]})
    >>> pictures_to_group(signatures, files, pa.table({"digest": ["c"]})).to_pylist()
    [{'digest': 'a', 'status': 'ok', 'n_copies': 2}]
    """
    signed = signatures.filter(pc.is_in(signatures["status"], pa.array(sorted(SIGNED_STATUSES))))
    # Few pictures are new on most days, and all others' digests are looked up among those of the few.
    new = TextLookup.of(signed["digest"])
    held, grouped = (new.find(table["digest"]) for table in (files, members))
    n_copies = np.bincount(held[held >= 0], minlength=len(signed))
    counted = signed.append_column("n_copies", pa.array(n_copies.astype(np.int64)))
    wanted = n_copies > 0
    wanted[grouped[grouped >= 0]] = False
    return counted.filter(pa.array(wanted))


def pairs_together(candidates: pa.Table) -> pa.Table:
    """Return ``MERGE_CANDIDATES`` with each pair of groups once: all its bridges counted, the nearest of them told.

    Of equally near ones the first is told.

    Examples
    --------
    >>> rows = [("a", "b", 2, "d1", 30), ("a", "b", 1, "d2", 28), ("a", "c", 1, "d3", 31)]
    >>> pairs_together(pa.table([*map(list, zip(*rows))], schema=MERGE_CANDIDATES)).to_pylist()[0]
    {'group_id': 'a', 'other_group_id': 'b', 'n_bridges': 3, 'digest': 'd2', 'distance': 28}
    """
    pair = ["group_id", "other_group_id"]
    told = [("n_bridges", "sum"), ("digest", "first"), ("distance", "first")]
    nearest_first = candidates.take(pc.sort_indices(candidates["distance"]))
    together = nearest_first.group_by(pair, use_threads=False).aggregate(told)
    return together.rename_columns(candidates.schema.names).cast(candidates.schema)


def _in_turn(pictures: pa.Table) -> pa.Table:
    """Return pictures in the order in which they lead, but for their copies."""
    n_pixels = pc.multiply(pictures["width_px"].cast(pa.int64()), pictures["height_px"].cast(pa.int64()))
    turn = pa.table(
        {
            "framed": pictures["trimmed"].is_valid(),
            "grey": sketches_of(pictures["sketch"]).are_grey(),
            "n_pixels": n_pixels,
            "digest": pictures["digest"],
        }
    )
    ascending = [("framed", "ascending"), ("grey", "ascending")]
    order = pc.sort_indices(turn, [*ascending, ("n_pixels", "descending"), ("digest", "ascending")])
    return pictures.take(order)


def group_by_equal_hash(pictures: pa.Table) -> PictureGroups:
    """Let pictures of one compatible hash be the same picture, as users of imagehash have it; the hash is the group.

    Parameters
    ----------
    pictures
        ``digest`` and ``phash64``, neither null.
    """
    members = _members_without_views(pictures["digest"], pictures["phash64"])
    counts = {"new_pictures": len(pictures), "hashes": len(pictures["phash64"].unique())}
    return PictureGroups(
        PICTURE_GROUPS.empty_table(), members.sort_by("digest"), MERGE_CANDIDATES.empty_table(), counts
    )


def _members(pictures: pa.Table, ids: pa.ChunkedArray, grouping: Grouping, row: Ints) -> pa.Table:
    """Return the membership of each picture; `row` is where the grouping has its signature."""
    views = np.array(VIEWS, dtype=object)
    columns = [
        pictures["digest"],
        ids.take(pa.array(grouping.leader[row])),
        pa.array(grouping.distance[row]),
        pa.array(views[grouping.view[row]], pa.string()),
        pa.array(views[grouping.leader_view[row]], pa.string()),
    ]
    return pa.table(columns, schema=PICTURE_MEMBERS)


def _members_without_views(digests: pa.ChunkedArray, group_ids: pa.ChunkedArray) -> pa.Table:
    nothing = [pa.nulls(len(digests), field.type) for field in list(PICTURE_MEMBERS)[2:]]
    return pa.table([digests, group_ids, *nothing], schema=PICTURE_MEMBERS)


def _merge_candidates(digests: pa.ChunkedArray, ids: pa.ChunkedArray, grouping: Grouping) -> pa.Table:
    bridges = grouping.bridges
    own = grouping.leader[bridges.sought]
    older, newer = np.minimum(own, bridges.found), np.maximum(own, bridges.found)
    order = np.lexsort((bridges.sought, bridges.distance, newer, older))
    pair = (older * len(ids) + newer)[order]
    _, starts, n_bridges = np.unique(pair, return_index=True, return_counts=True)
    first = order[starts]
    columns = [
        ids.take(pa.array(older[first])),
        ids.take(pa.array(newer[first])),
        pa.array(n_bridges.astype(np.int64)),
        digests.take(pa.array(bridges.sought[first])),
        pa.array(bridges.distance[first]),
    ]
    table = pa.table(columns, schema=MERGE_CANDIDATES)
    return table.sort_by([("group_id", "ascending"), ("other_group_id", "ascending")])


def _counts(grouping: Grouping, row: Ints) -> dict[str, int]:
    """Return what the run's report says: how pictures joined, how near they are, and what it took to find them."""
    leader, distance = grouping.leader[row], grouping.distance[row]
    histogram = zip(*np.unique(distance, return_counts=True), strict=True)
    return {
        "joined_known_groups": int((leader < grouping.n_known).sum()),
        "new_groups": len(grouping.new_leaders),
        "most_new_members_of_a_group": int(np.bincount(leader).max(initial=0)),
        "bridges": len(grouping.bridges.sought),
        "candidates_compared": grouping.effort.n_candidates,
        "blocks_halved": grouping.n_halved,
        "lookups_of_hot_buckets": grouping.effort.n_hot_lookups,
        "candidates_passed_over": grouping.effort.n_passed_over,
        **{f"members_at_distance_{int(bits):02}": int(n) for bits, n in histogram},
    }
