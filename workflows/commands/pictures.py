"""``interest-graph same-picture``, ``group-pictures`` and ``merge-groups``: which pictures are the same.

The first two say what a run would make of some pictures, without one; the last makes one group of several.
"""

import datetime as dt
import os
from collections.abc import Iterator, Sequence
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.images.cosine_signature import N_MAIN_VIEWS, SIGNATURE_BITS, VIEWS, Flags, Signatures
from features.images.drawings.sketches import sketches_of
from features.images.guarded_workers import PictureLimits, sign_pictures
from features.images.signature_columns import PICTURE_SIGNATURES, signatures_of
from features.images.signed_picture import SIGNED_STATUSES
from features.images.signing import SignPictures, signed_pictures
from features.same_picture.aliases import aliases_of
from features.same_picture.comparison import compare_pictures
from features.same_picture.grouping import PICTURE_GROUPS, group_pictures
from features.same_picture.near_views import hamming
from features.same_picture.views import SignedPictures
from storage_tiers.pictures.read_ahead import read_pictures
from storage_tiers.pictures.sources import find_addresses
from storage_tiers.stores.address import Root
from storage_tiers.versioned.versions import published_versions
from workflows.luigi_cfg import SettingsError
from workflows.origins.bases import newest_base
from workflows.picture_catalog import GROUP_ALIASES, MERGE_CANDIDATES
from workflows.settings import JPEG_DECODER, PICTURE_MEMORY_MB, PICTURE_TIME_LIMIT_S
from workflows.tasks.pictures.added_parts import added_up
from workflows.tasks.pictures.picture_groups import MergeGroups
from workflows.tasks.publishing import Record, publish_table

_PICTURES_AT_ONCE = 512
_SIGNED_IMAGES = pa.schema(
    [pa.field("image", pa.string()), *[field.with_nullable(True) for field in PICTURE_SIGNATURES]]
)


def picture_signer(n_workers: int) -> SignPictures:
    """Return what signs pictures as the settings say; 0 workers: one for each core."""
    limits = PictureLimits(PICTURE_TIME_LIMIT_S.value(), PICTURE_MEMORY_MB.value())
    n_workers = n_workers or len(os.sched_getaffinity(0))
    return partial(sign_pictures, n_workers=n_workers, limits=limits, decoder=JPEG_DECODER.value())


def compared_files(one: str, other: str, signer: SignPictures, max_distance: int) -> tuple[bool, str]:
    """Say whether two files show the same picture, and by what.

    Raises SettingsError if one of them can't be read.
    """
    files = signed_images([one, other], signer)
    unread = files.filter(pc.is_null(files["digest"]))
    if len(unread):
        problem, where = str(unread["status"][0]), str(unread["image"][0])
        raise SettingsError(problem, where=where, remedy="name two picture files that can be read")
    lines = [_described(row) for row in files.to_pylist()]
    pictures = SignedPictures(*signatures_of(files), sketches_of(files["sketch"]))
    compared = compare_pictures(pictures.take(np.array([0])), pictures.take(np.array([1])), max_distance)
    if files["digest"][0] == files["digest"][1]:
        return True, "\n".join([*lines, "verdict  the same picture: the files are equal, byte for byte"])
    if compared.distance is None:
        return False, "\n".join([*lines, "verdict  not known to be the same: one of them has no signature to compare"])
    lines.append(f"distance {compared.distance} of 256 bits, {compared.view} against {compared.other_view}")
    lines += [f"         {line}" for line in dict.fromkeys(_distances(pictures.signatures, pictures.usable))]
    if compared.is_near and not compared.agree:
        lines.append("verdict  different pictures: these are drawings, and differ in small parts or in colours")
    else:
        is_same = "the same picture" if compared.is_same else "different pictures"
        lines.append(f"verdict  {is_same}: up to {max_distance} bits are the same")
    return compared.is_same, "\n".join(lines)


def grouped_sources(sources: Sequence[str], signer: SignPictures, max_distance: int) -> str:
    """Group all pictures of some files, folders, packs or URIs of these, and say which are together.

    What two sources hold, such as a folder and a file in it, counts once.
    """
    found = {source: find_addresses(source, Path.cwd()) for source in sources}
    images = dict.fromkeys(image for source in found.values() for image in source.addresses)
    files = signed_images(list(images), signer)
    signed = files.filter(pc.is_in(files["status"], pa.array(sorted(SIGNED_STATUSES))))
    copies = signed.group_by("digest").aggregate([([], "count_all")])
    distinct = signed.take(pc.index_in(copies["digest"], value_set=signed["digest"]))
    distinct = distinct.append_column("n_copies", copies["count_all"])
    groups = group_pictures(distinct, PICTURE_GROUPS.empty_table(), radius=max_distance)
    place = pc.index_in(files["digest"], value_set=groups.members["digest"])
    members = groups.members.drop_columns("digest").take(place)
    for name in members.column_names:
        files = files.append_column(name, members[name])
    n_passed_over = sum(source.n_passed_over for source in found.values())
    return "\n".join(_group_lines(files, n_passed_over))


def merged_groups(output: Root, date: dt.date, max_distance: int, *, dry_run: bool) -> str:
    """Publish aliases for the merge candidates up to a date, and say what was merged.

    Candidates count whose bridge is within `max_distance` bits of both. Runs of later dates go by the aliases; this
    one's stays as it is.

    Raises SettingsError if the date has aliases: versions are immutable.
    """
    if not published_versions(output, MERGE_CANDIDATES.name):
        raise SettingsError(
            f"no merge candidates are published under {output}", remedy="run a date with pictures first"
        )
    base = newest_base(output, date)
    task = MergeGroups(date=date, base=base, output_root=str(output))  # type: ignore[no-untyped-call]
    has_aliases = any(version.date == date for version in published_versions(output, GROUP_ALIASES.name))
    if has_aliases and not dry_run:
        problem = f"group_aliases of date={date} are there, and versions are immutable"
        raise SettingsError(problem, remedy="name a later date")
    candidates = task.added(MERGE_CANDIDATES, lambda day: day <= date)
    table = added_up(MERGE_CANDIDATES, candidates)
    near = table.filter(pc.less_equal(table["distance"], max_distance))
    known = task.added(GROUP_ALIASES, lambda day: day <= date)
    aliases = aliases_of(near, added_up(GROUP_ALIASES, known))
    said = f"{len(aliases):,} groups get another's id: {len(near):,} of {len(table):,} merge candidates "
    said += f"up to date={date} are within {max_distance} bits"
    if dry_run or not len(aliases):
        examples = (f"\n  {row['group_id']} becomes {row['alias_of']}" for row in aliases.slice(0, 10).to_pylist())
        return said + "".join(examples) + ("\nnothing was written" if not len(aliases) else "\nnot written: dry run")
    record = Record([*candidates, *known], {"aliases": len(aliases)}, task.stamp() | {"merged_within": max_distance})
    publish_table(task, GROUP_ALIASES, task.raw_version(), 1, aliases, record)
    return f"{said}\nruns of dates after {date} go by it"


def signed_images(images: Sequence[str], signer: SignPictures) -> pa.Table:
    """Read and sign pictures; ``image`` and the columns of ``PICTURE_SIGNATURES``, a row each, in their order."""
    starts = range(0, len(images), _PICTURES_AT_ONCE)
    return pa.concat_tables(
        [
            _SIGNED_IMAGES.empty_table(),
            *(_signed(images[start : start + _PICTURES_AT_ONCE], signer) for start in starts),
        ]
    )


def _signed(images: Sequence[str], signer: SignPictures) -> pa.Table:
    files = list(read_pictures(images, Path.cwd()))
    read = [file for file in files if file.content is not None]
    pictures = signed_pictures([file.digest or "" for file in read], signer([file.content or b"" for file in read]))
    is_read = pa.array([file.content is not None for file in files])
    place = pc.if_else(is_read, pc.subtract(pc.cumulative_sum(is_read.cast(pa.int64())), 1), None)
    pictures = pictures.take(place)
    statuses = pc.coalesce(pictures["status"], pa.array([str(file.status) for file in files]))
    pictures = pictures.set_column(pictures.schema.get_field_index("status"), "status", statuses)
    shown = pa.array([os.fsencode(image).decode(errors="backslashreplace") for image in images], pa.string())
    return pa.table([shown, *pictures.columns], schema=_SIGNED_IMAGES)


def _described(row: dict[str, object]) -> str:
    size = f"{row['width_px']} x {row['height_px']} px, quality {row['quality']}" if row["width_px"] else "no size"
    return f"{row['image']}\n         {row['status']}, {size}"


def _distances(signatures: Signatures, usable: Flags) -> Iterator[str]:
    """Yield, for each main view of either picture, the view of the other that is nearest."""
    for view in range(N_MAIN_VIEWS):
        for one, other, order in ((0, 1, "{0} against {1}"), (1, 0, "{1} against {0}")):
            if usable[one, view]:
                distances = np.where(usable[other], hamming(signatures[other], signatures[one, view]), SIGNATURE_BITS)
                nearest = int(np.argmin(distances))
                yield f"{int(distances[nearest]):3}  {order.format(VIEWS[view], VIEWS[nearest])}"


def _group_lines(files: pa.Table, n_passed_over: int) -> Iterator[str]:
    """Yield a block of lines for each group of several pictures, then what stands alone and what has no signature."""
    rows = files.to_pylist()
    by_group: dict[str | None, list[dict[str, Any]]] = {}
    for row in rows:
        by_group.setdefault(row["group_id"], []).append(row)
    unsigned = by_group.pop(None, [])
    alone = [group[0] for group in by_group.values() if len(group) == 1]
    for group_id, group in sorted(by_group.items(), key=lambda entry: (-len(entry[1]), entry[0])):
        if len(group) > 1:
            yield f"{group_id}  {len(group)} pictures"
            yield from _lines_of_group(group_id, group)
    yield from (f"alone     {row['image']}" + ("  (flat)" if row["status"] == "flat" else "") for row in alone)
    yield from (f"{row['status']}  {row['image']}" for row in unsigned)
    n_groups = len(by_group) - len(alone)
    counts = [f"{n_groups} {'group' if n_groups == 1 else 'groups'}", f"{len(alone)} alone"]
    counts.append(f"{len(unsigned)} without a signature")
    if n_passed_over:  # of a folder what no suffix calls a picture, of a pack rows without a name of their own
        counts.append(f"{n_passed_over} more passed over, not named as pictures")
    yield f"{len(rows)} {'image' if len(rows) == 1 else 'images'}: {', '.join(counts)}"


def _lines_of_group(group_id: str | None, group: list[dict[str, Any]]) -> Iterator[str]:
    """Yield a line for each file: who leads, then the others by distance; what equals a file stands below it."""
    first: dict[str, str] = {}
    in_turn = itemgetter("is_led", "distance", "digest", "image")
    for row in sorted(({**row, "is_led": row["digest"] != group_id} for row in group), key=in_turn):
        same = first.setdefault(row["digest"], row["image"])
        if row["image"] != same:
            yield f"   equal  {row['image']}  same file as {same}"
        elif row["is_led"]:
            yield f"{row['distance']:8}  {row['image']}{_views(row)}"
        else:
            yield f"   leads  {row['image']}"


def _views(row: dict[str, Any]) -> str:
    return "" if row["view"] == row["leader_view"] == VIEWS[0] else f"  {row['view']} against {row['leader_view']}"
