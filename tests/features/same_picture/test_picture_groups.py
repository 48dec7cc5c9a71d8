"""Groups of pictures as tables: the same in any order, folded over days without changing an id, merged on request."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.images.cosine_signature import sign_thumbs
from features.images.signature_columns import signatures_of, view_columns
from features.same_picture.aliases import GROUP_ALIASES, aliases_of, resolved
from features.same_picture.comparison import compare_pictures
from features.same_picture.grouping import PICTURE_GROUPS, group_by_equal_hash, group_pictures
from features.same_picture.image_signatures import IMAGE_SIGNATURES, signatures_of_images
from features.same_picture.views import SignedPictures

NO_GROUPS = PICTURE_GROUPS.empty_table()


def _thumb(seed, side_px=96):
    """Return a smooth picture that is like no other: a sum of waves."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:side_px, :side_px] / side_px
    waves = sum(
        rng.normal() / (1 + u + v) * np.cos(np.pi * (u * y + v * x) + rng.uniform(0, 8))
        for u in range(14)
        for v in range(14)
    )
    low, high = waves.min(), waves.max()
    return ((waves - low) / (high - low) * 255).astype(np.uint8)


def _cut(picture, margin_px=0):
    """Return the thumb of a picture without so much of each side."""
    inner = picture[margin_px : len(picture) - margin_px, margin_px : len(picture) - margin_px]
    rows = np.linspace(0, len(inner) - 1, 64)
    low = np.floor(rows).astype(int)
    high, share = np.minimum(low + 1, len(inner) - 1), rows - low
    along = inner[low] * (1 - share[:, None]) + inner[high] * share[:, None]
    return (along[:, low] * (1 - share) + along[:, high] * share).astype(np.uint8)


def _framed(thumb, px=3, grey=255):
    framed = np.full_like(thumb, grey)
    rows = np.linspace(0, 63, 64 - 2 * px).round().astype(int)
    framed[px:-px, px:-px] = thumb[np.ix_(rows, rows)]
    return framed


def _table(thumbs, digests, copies=None, sides_px=None):
    signed = sign_thumbs(np.stack(thumbs))
    sides = pa.array(sides_px or [64] * len(digests), pa.int32())
    n_copies = pa.array(copies or [1] * len(digests), pa.int64())
    columns = {"digest": list(digests), "n_copies": n_copies, "width_px": sides, "height_px": sides}
    columns["sketch"] = pa.nulls(len(columns["digest"]), pa.binary())  # photographs
    return pa.table({**columns, **view_columns(signed.signatures, signed.usable)})


def _groups(members):
    return dict(zip(members["digest"].to_pylist(), members["group_id"].to_pylist(), strict=True))


PICTURES = [_thumb(seed) for seed in range(6)]


def test_crops_and_frames_join_the_picture_they_were_made_of():
    thumbs = [_cut(PICTURES[0]), _cut(PICTURES[1]), _cut(PICTURES[0], 4), _framed(_cut(PICTURES[1]))]
    grouped = group_pictures(_table(thumbs, ["a", "b", "c", "d"]), NO_GROUPS)
    assert _groups(grouped.members) == {"a": "a", "b": "b", "c": "a", "d": "b"}
    views = grouped.members.filter(pc.is_in(grouped.members["digest"], pa.array(["c", "d"])))
    assert views["view"].to_pylist() == ["whole", "trimmed"]
    assert views["leader_view"].to_pylist() == ["crop_08", "whole"]
    assert grouped.groups["group_id"].to_pylist() == ["a", "b"]
    assert grouped.counts["new_groups"] == 2


def test_what_has_the_most_copies_leads():
    thumbs = [_cut(PICTURES[0]), _cut(PICTURES[0], 2)]
    grouped = group_pictures(_table(thumbs, ["a", "b"], [1, 5]), NO_GROUPS)
    assert _groups(grouped.members) == {"a": "b", "b": "b"}


def test_of_equally_many_copies_the_unframed_then_the_larger_then_the_lower_digest_leads():
    picture = _cut(PICTURES[0])
    framed = group_pictures(_table([_framed(picture), picture], "ab", sides_px=[99, 64]), NO_GROUPS)
    assert _groups(framed.members) == {"a": "b", "b": "b"}
    small = group_pictures(_table([_cut(PICTURES[0], 2), picture], "ab", sides_px=[60, 64]), NO_GROUPS)
    assert _groups(small.members) == {"a": "b", "b": "b"}
    equal = group_pictures(_table([picture, _cut(PICTURES[0], 2)], "ba"), NO_GROUPS)
    assert _groups(equal.members) == {"a": "a", "b": "a"}


def test_flat_pictures_are_alone():
    thumbs = [np.full((64, 64), grey, np.uint8) for grey in (0, 200)] + [_cut(PICTURES[0])]
    grouped = group_pictures(_table(thumbs, ["a", "b", "c"]), NO_GROUPS)
    assert _groups(grouped.members) == {"a": "a", "b": "b", "c": "c"}
    assert grouped.groups["group_id"].to_pylist() == ["c"]
    assert grouped.counts["flat"] == 2
    assert grouped.members["distance"].to_pylist() == [None, None, 0]


def test_equal_signatures_are_compared_once_and_counted():
    grouped = group_pictures(_table([_cut(PICTURES[0])] * 3, ["c", "a", "b"]), NO_GROUPS)
    assert _groups(grouped.members) == {"a": "a", "b": "a", "c": "a"}
    assert grouped.counts["equal_signatures"] == 2
    assert grouped.counts["members_at_distance_00"] == 3


@settings(max_examples=15, deadline=None)
@given(order=st.permutations(range(10)))
def test_the_order_of_pictures_changes_nothing(order):
    thumbs = [_cut(picture, margin) for picture in PICTURES[:5] for margin in (0, 2)]
    table = _table(thumbs, [f"{row}" for row in range(10)], [1, 2] * 5)
    expected, shuffled = group_pictures(table, NO_GROUPS), group_pictures(table.take(pa.array(order)), NO_GROUPS)
    assert shuffled.members.equals(expected.members)
    assert shuffled.groups.equals(expected.groups)
    assert shuffled.counts == expected.counts


def test_a_later_day_changes_no_group_and_joins_what_is_there():
    first = group_pictures(_table([_cut(p) for p in PICTURES[:3]], ["a", "b", "c"]), NO_GROUPS)
    later = _table([_cut(PICTURES[1], 3), _cut(PICTURES[4]), _cut(PICTURES[4], 2)], ["0", "1", "2"], [9, 1, 1])
    second = group_pictures(later, first.groups)
    assert _groups(second.members) == {"0": "b", "1": "1", "2": "1"}  # nine copies don't make it lead
    assert second.groups["group_id"].to_pylist() == ["1"]
    assert second.counts["joined_known_groups"] == 1


def test_a_bridge_of_two_groups_is_a_merge_candidate_and_merges_nothing():
    bits = np.zeros((3, 256), np.uint8)
    bits[1, :40] = 1
    bits[2, 25:40] = 1  # 25 bits from the second, 15 from the first
    words = np.zeros((3, 8, 4), np.uint64)
    words[:, 0] = np.packbits(bits, axis=1).view(np.uint64)
    usable = np.zeros((3, 8), bool)
    usable[:, 0] = True
    columns = {"digest": ["p", "q", "r"], "n_copies": [3, 2, 1], "width_px": [9] * 3, "height_px": [9] * 3}
    columns["sketch"] = pa.nulls(3, pa.binary())
    table = pa.table({**columns, **view_columns(words, usable)})
    grouped = group_pictures(table, NO_GROUPS)
    assert _groups(grouped.members) == {"p": "p", "q": "q", "r": "p"}
    assert grouped.merge_candidates.to_pylist() == [
        {"group_id": "p", "other_group_id": "q", "n_bridges": 1, "digest": "r", "distance": 25}
    ]


def test_no_pictures_have_no_groups():
    table = _table([_cut(PICTURES[0])], ["a"]).slice(0, 0)
    grouped = group_pictures(table, NO_GROUPS)
    assert not len(grouped.members)
    assert str(grouped) == "pictures: no new ones"


def test_compatible_hashes_are_groups_of_their_own():
    grouped = group_by_equal_hash(pa.table({"digest": ["b", "a"], "phash64": ["f0", "f0"]}))
    assert _groups(grouped.members) == {"a": "f0", "b": "f0"}


def test_signatures_survive_a_table_and_its_slices():
    table = _table([_cut(PICTURES[0]), np.zeros((64, 64), np.uint8), _framed(_cut(PICTURES[1]))], ["a", "b", "c"])
    signatures, usable = signatures_of(table)
    assert usable[1].any() == False  # noqa: E712 - numpy's own
    assert usable[2].all()
    part = signatures_of(table.slice(2, 1))
    assert (part[0] == signatures[2:]).all()
    assert part[1].all()


def test_two_pictures_are_compared_as_they_are_grouped():
    signatures, usable = signatures_of(_table([_cut(PICTURES[0]), _cut(PICTURES[0], 4), _cut(PICTURES[2])], "abc"))
    one, cut, other = (SignedPictures.photographs(signatures[[row]], usable[[row]]) for row in range(3))
    crop = compare_pictures(one, cut)
    assert crop.is_same
    assert (crop.view, crop.other_view) == ("crop_08", "whole")
    assert crop.whole_distance is not None
    assert crop.whole_distance > crop.radius
    assert not compare_pictures(one, other).is_same
    flat = SignedPictures.photographs(signatures[[0]], usable[[0]] & False)
    assert compare_pictures(flat, other).distance is None


@pytest.mark.parametrize("known", [[], [("a", "z")]])
def test_aliases_name_one_group_of_all_that_hang_together(known):
    before = pa.table([[a for a, _ in known], [b for _, b in known]], schema=GROUP_ALIASES)
    pairs = pa.table({"group_id": ["a", "m", "c"], "other_group_id": ["b", "n", "b"]})
    aliases = aliases_of(pairs, before)
    root = "z" if known else "a"
    assert aliases.to_pylist() == [
        {"group_id": "b", "alias_of": root},
        {"group_id": "c", "alias_of": root},
        {"group_id": "n", "alias_of": "m"},
    ]
    every = pa.concat_tables([before, aliases])
    assert resolved(pa.chunked_array([["a", "b", "c", "m", "n", "x"]]), every).to_pylist() == [
        root, root, root, "m", "m", "x",
    ]  # fmt: skip


@pytest.mark.parametrize("n_images", [0, 3])
def test_images_get_the_newest_status_and_the_group_of_their_picture(n_images):
    files = pa.table({"image": ["c", "b", "a"], "status": ["read"] * 3, "digest": ["1", "2", "1"]}).slice(0, n_images)
    pictures = pa.table(
        {"digest": ["1", "1"], "status": ["timed_out", "ok"], "width_px": [None, 4], "height_px": [None, 3]}
    )
    members = pa.table({"digest": ["1"], "group_id": ["1"]})
    table = signatures_of_images(files, pictures, members, GROUP_ALIASES.empty_table())
    assert table.schema == IMAGE_SIGNATURES
    assert [(row["image"], row["image_signature"], row["status"], row["width_px"]) for row in table.to_pylist()] == [
        ("c", "1", "ok", 4),
        ("b", None, "changed_while_reading", None),
        ("a", "1", "ok", 4),
    ][:n_images]
