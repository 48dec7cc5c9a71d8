"""Groups around leaders: stars that never change, found without comparing all, and bounded where pictures are many."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.images.drawings.sketches import no_sketches
from features.same_picture import bands, leaders, near_views
from features.same_picture.band_search import BandThreads
from features.same_picture.equal_signatures import equal_signatures
from features.same_picture.leaders import DEFAULT_RADIUS, first_come, group_around_leaders
from features.same_picture.near_pictures import NearPictures, combine, near_in_band, near_pictures
from features.same_picture.near_views import Effort, hamming
from features.same_picture.views import MIDDLE_VIEW, SignedPictures

GUARANTEED = 11  # bits by which two signatures may differ and surely meet in one of six bands


def _random(n, seed=0):
    return np.random.default_rng(seed).integers(0, 2**64, (n, 4), dtype=np.uint64)


def _flipped(words, n_bits, seed=0):
    """Flip so many distinct bits of each signature."""
    rng = np.random.default_rng(seed)
    bits = np.unpackbits(words.view(np.uint8).reshape(len(words), 32), axis=1)
    for row in bits:
        row[rng.choice(256, n_bits, replace=False)] ^= 1
    return np.packbits(bits, axis=1).view(np.uint64)


def _whole(words):
    return SignedPictures.photographs(words[:, None], np.ones((len(words), 1), bool))


NOBODY = _whole(_random(0))


def _slowly(words, radius=DEFAULT_RADIUS):
    """Give each signature the nearest earlier leader, or let it lead: the definition, in a dozen lines."""
    led, leader = [], []
    for signature in words:
        near = [(int(hamming(signature, words[row])), number) for number, row in enumerate(led)]
        distance, number = min(near, default=(radius + 1, 0))
        if distance > radius:
            number = len(led)
            led.append(len(leader))
        leader.append(number)
    return leader, led


@pytest.fixture
def many(monkeypatch):
    """Look bands up as if pictures were many: few would all be compared."""
    monkeypatch.setattr(bands, "_CHEAP_PAIRS", 0)


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("n_bits", [0, 1, GUARANTEED])
def test_signatures_that_differ_in_few_bits_always_meet(n_bits):
    words = _random(3_000, seed=n_bits)
    found = near_pictures(_whole(_flipped(words, n_bits)), _whole(words), DEFAULT_RADIUS)
    assert found.sought.tolist() == found.found.tolist() == list(range(3_000))
    assert set(found.distance.tolist()) == {n_bits}


@pytest.mark.usefixtures("many")
def test_nearly_all_signatures_at_the_radius_meet():
    words = _random(3_000)
    found = near_pictures(_whole(_flipped(words, DEFAULT_RADIUS)), _whole(words), DEFAULT_RADIUS)
    assert found.sought.tolist() == found.found.tolist()
    assert len(found.sought) > 0.85 * 3_000


def test_few_signatures_at_the_radius_all_meet():
    words = _random(700)
    found = near_pictures(_whole(_flipped(words, DEFAULT_RADIUS)), _whole(words), DEFAULT_RADIUS)
    assert found.sought.tolist() == found.found.tolist() == list(range(700))
    assert found.effort.n_candidates == 700**2


def test_signatures_beyond_the_radius_dont_meet():
    words = _random(3_000)
    assert not len(near_pictures(_whole(_flipped(words, DEFAULT_RADIUS + 1)), _whole(words), DEFAULT_RADIUS).sought)


@settings(max_examples=40, deadline=None)
@given(n_groups=st.integers(0, 30), copies=st.lists(st.integers(0, 5), max_size=30), seed=st.integers(0, 99))
def test_groups_are_those_of_the_definition(n_groups, copies, seed):
    sources = _random(n_groups, seed)
    rows = [_flipped(sources[k : k + 1], bits, seed + k) for k, bits in enumerate(copies[:n_groups])]
    words = np.concatenate([sources, *rows])
    words = words[np.random.default_rng(seed).permutation(len(words))]
    grouping = group_around_leaders(_whole(words), NOBODY)
    leader, led = _slowly(words)
    assert grouping.leader.tolist() == leader
    assert grouping.new_leaders.tolist() == led


@pytest.mark.usefixtures("many")
def test_many_blocks_give_the_groups_of_the_definition(monkeypatch):
    monkeypatch.setattr(leaders, "_FIRST_BLOCK", 8)
    sources = _random(60)
    words = np.concatenate([sources, *(_flipped(sources, 4, seed) for seed in range(4))])
    words = words[np.random.default_rng(1).permutation(len(words))]
    leader, led = _slowly(words)
    grouping = group_around_leaders(_whole(words), NOBODY)
    assert (grouping.leader.tolist(), grouping.new_leaders.tolist()) == (leader, led)


def test_a_morph_from_one_picture_to_another_is_no_single_group():
    order = np.random.default_rng(0).permutation(256)
    steps = np.zeros((129, 256), np.uint8)
    for step in range(1, 129):
        steps[step:, order[step - 1]] = 1
    words = np.packbits(steps, axis=1).view(np.uint64)
    grouping = group_around_leaders(_whole(words), NOBODY)
    assert len(grouping.new_leaders) == 4  # at 0, 33, 66 and 99 flipped bits
    leader = words[grouping.new_leaders[grouping.leader]]
    assert hamming(words, leader).max() <= DEFAULT_RADIUS
    assert (hamming(words, leader) == grouping.distance).all()


def test_the_nearest_leader_is_joined_and_the_other_is_a_bridge():
    one = _random(1)
    other = _flipped(one, 40)
    far, near = np.flatnonzero(np.unpackbits((one ^ other).view(np.uint8))), one.copy()
    bits = np.unpackbits(near.view(np.uint8))
    bits[far[:15]] ^= 1  # 15 bits from the one, 25 from the other
    between = np.packbits(bits).view(np.uint64)[None]
    grouping = group_around_leaders(_whole(between), _whole(np.concatenate([other, one])))
    assert (grouping.leader.tolist(), grouping.distance.tolist()) == ([1], [15])
    assert (grouping.bridges.found.tolist(), grouping.bridges.distance.tolist()) == ([0], [25])


def test_of_equally_near_leaders_the_older_is_joined():
    words = _random(1)
    older, newer = _flipped(words, 20, 1), _flipped(words, 20, 2)
    assert hamming(older[0], newer[0]) > 0
    grouping = group_around_leaders(_whole(words), _whole(np.concatenate([older, newer])))
    assert grouping.leader.tolist() == [0]


def test_a_crop_meets_the_whole_and_two_crops_dont_meet():
    words = _random(4)
    one, other = np.stack([words[0], words[1], words[2]])[None], np.stack([words[3], words[1], words[2]])[None]
    every, main_of_other = np.ones((1, 3), bool), np.array([[True, False, False]])
    crop_of_one = SignedPictures.photographs(one, np.array([[True, False, True]]))
    as_whole = SignedPictures.photographs(np.stack([words[2], words[0], words[0]])[None], main_of_other)
    found = near_pictures(as_whole, crop_of_one, DEFAULT_RADIUS)
    assert (found.distance.tolist(), found.sought_view.tolist(), found.found_view.tolist()) == ([0], [0], [2])
    turned = near_pictures(crop_of_one, as_whole, DEFAULT_RADIUS)
    assert (turned.distance.tolist(), turned.sought_view.tolist(), turned.found_view.tolist()) == ([0], [2], [0])
    only_crops = SignedPictures.photographs(other, np.array([[True, False, True]]))
    assert not len(near_pictures(crop_of_one, only_crops, DEFAULT_RADIUS).sought)
    assert (
        len(
            near_pictures(
                SignedPictures.photographs(one, every), SignedPictures.photographs(other, every), DEFAULT_RADIUS
            ).sought
        )
        == 1
    )


def test_pictures_meet_by_their_middle_when_something_was_stuck_on_near_the_edge():
    words = np.stack([_random(8, seed=1), _random(8, seed=2)])
    words[1, MIDDLE_VIEW] = words[0, MIDDLE_VIEW]
    pictures = SignedPictures.photographs(words, np.ones((2, 8), bool))
    grouping = group_around_leaders(pictures, pictures.take(np.empty(0, int)))
    assert grouping.leader.tolist() == [0, 0]
    assert grouping.view.tolist() == grouping.leader_view.tolist() == [0, MIDDLE_VIEW]


@pytest.mark.usefixtures("many")
def test_thousands_of_variants_of_an_unknown_picture_are_taken_in_parts(monkeypatch):
    monkeypatch.setattr(leaders, "_FIRST_BLOCK", 64)
    monkeypatch.setattr(leaders, "_MOST_CANDIDATES", 20_000)
    others, source = _random(4_000), _random(1, seed=5)
    variants = np.concatenate([_flipped(source, 8, seed) for seed in range(2_000)])
    words = np.concatenate([others, variants])  # leaders are many when the variants come, so blocks are large
    grouping = group_around_leaders(_whole(words), NOBODY)
    assert len(np.unique(grouping.leader[:4_000])) == 4_000
    assert len(np.unique(grouping.leader[4_000:])) <= 3
    assert grouping.n_halved > 0
    assert grouping.effort.n_candidates < 2_000**2 / 10


@pytest.mark.usefixtures("many")
def test_a_bucket_that_is_too_full_is_passed_over_and_counted(monkeypatch):
    monkeypatch.setattr(near_views, "_HOT_BUCKET", 100)
    words = _random(300)
    words.view(np.uint8)[:, :3] = 7  # all agree on the first band and on nothing else
    pictures = _whole(words)
    found = near_in_band(pictures.views(), pictures.views(), 0, DEFAULT_RADIUS)
    assert not len(found.sought)
    assert (found.effort.n_hot_lookups, found.effort.n_passed_over) == (300, 90_000)
    assert len(near_pictures(pictures, pictures, DEFAULT_RADIUS).sought) == 300  # the other bands still find them


@pytest.mark.usefixtures("many")
def test_bands_side_by_side_find_what_they_find_one_by_one():
    words = np.concatenate([_random(500), _flipped(_random(500), 10)])
    pictures = _whole(words)
    expected = near_pictures(pictures, pictures, DEFAULT_RADIUS)
    found = BandThreads(2)(pictures, pictures, DEFAULT_RADIUS)
    for name in ("sought", "found", "distance", "sought_view", "found_view"):
        assert getattr(found, name).tolist() == getattr(expected, name).tolist()
    assert found.effort == expected.effort


@settings(max_examples=30, deadline=None)
@given(rows=st.lists(st.integers(0, 8), max_size=40))
def test_equal_signatures_are_found(rows):
    words = _random(9)[rows]
    equal = equal_signatures(words, no_sketches(len(words)))
    assert equal.first.tolist() == [rows.index(row) for row in dict.fromkeys(rows)]
    assert (words[equal.first[equal.number]] == words).all()


def test_nothing_is_near_nothing():
    grouping = group_around_leaders(NOBODY, NOBODY)
    assert not len(grouping.leader)
    assert not len(grouping.new_leaders)
    assert not len(combine([]).sought)


@pytest.mark.parametrize(("n_near", "agreeing"), [(300, 1.0), (30_000, 0.01), (30_000, 0.5), (200_000, 0.0)])
def test_the_first_come_lead_as_they_do_one_by_one(n_near, agreeing):
    n_pictures = 1_300  # more than take their turns at once
    rng = np.random.default_rng(5)
    one, other = rng.integers(0, n_pictures, (2, n_near))
    pair = np.unique(np.concatenate([one * n_pictures + other, other * n_pictures + one])[np.tile(one != other, 2)])
    sought, found = np.divmod(pair, n_pictures)
    near = NearPictures(sought, found, np.zeros_like(pair), np.zeros_like(pair), np.zeros_like(pair), Effort())
    same = rng.random(len(pair)) < agreeing
    leads = np.zeros(n_pictures, bool)
    for turn in range(n_pictures):
        leads[turn] = not (leads[found[(sought == turn) & (found < turn) & same]]).any()
    assert np.array_equal(first_come(near, n_pictures, lambda pairs: same[pairs]), leads)
    if agreeing == 1:
        assert np.array_equal(first_come(near, n_pictures), leads)
