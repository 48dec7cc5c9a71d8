import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.harness.contender import FIGURES_NAME, NOT_AVAILABLE, REPOSITORY
from benchmarks.harness.rounds import Standing
from benchmarks.harness.table import print_goals
from benchmarks.signatures.contenders import (
    GROUPERS,
    IMAGEHASH,
    LARGE,
    OURS,
    OURS_SIMPLEJPEG,
    PDQ,
    PEERS,
    Grouper,
    faiss_search,
    our_groups,
)
from benchmarks.signatures.edited import PHOTOS_NAME, EditedPhotos, make
from benchmarks.signatures.edits import EDITS, Group, as_jpeg
from benchmarks.signatures.found import (
    NEVER,
    RECALL_GOALS,
    Column,
    column,
    distances,
    print_bridge,
    print_recall,
    quality_goals,
    recall,
    wrong_pairs,
)
from benchmarks.signatures.grouping import extrapolated_s, grouping_goals, print_grouping
from benchmarks.signatures.outcomes import (
    GROUP_NAME,
    PICTURES_NAME,
    Signed,
    Verdict,
    from_pairs,
    judged,
    listed_pictures,
    load_signed,
    one_view,
    save_signed,
)
from benchmarks.signatures.photos import evenly_chosen, opened, pictures_in, same_photo
from benchmarks.signatures.planted import MOST_FLIPPED, load_group, planted
from benchmarks.signatures.speed import print_speed, speed_goals
from features.images.cosine_signature import VIEWS
from features.same_picture.comparison import compare_pictures
from features.same_picture.leaders import DEFAULT_RADIUS
from features.same_picture.views import SignedPictures

BY_NAME = {edit.name: edit for edit in EDITS}


def drawn(seed, size=(120, 90)):
    """Return a picture of soft blots of many sizes, so that it has detail and is like no other."""
    rng = np.random.default_rng(seed)
    width, height = size
    layers = [
        Image.fromarray(rng.integers(0, 256, (side, side, 3), np.uint8)).resize(size, Image.Resampling.BICUBIC)
        for side in (3, 5, 9, 17)
    ]
    pixels = np.mean([np.asarray(layer, float) for layer in layers], axis=0)
    spread = (pixels - pixels.mean()) * 2.5 + 128
    return Image.fromarray(np.clip(spread, 0, 255).astype(np.uint8).reshape(height, width, 3))


def edited(name, picture, tmp_path):
    path = tmp_path / "edited"
    path.write_bytes(BY_NAME[name].make(picture))
    return opened(path)


def difference(one, other):
    return float(np.abs(np.asarray(one.convert("L"), float) - np.asarray(other.convert("L"), float)).mean())


def test_edits_have_names_of_their_own_and_all_groups():
    assert len(BY_NAME) == len(EDITS) >= 40
    assert {edit.group for edit in EDITS} == set(Group)
    assert not any("/" in name for name in BY_NAME)


@pytest.mark.parametrize("edit", EDITS, ids=BY_NAME)
def test_an_edit_is_a_file_made_the_same_each_time_of_a_picture_that_stays_as_it_is(edit):
    picture = drawn(1)
    before = picture.tobytes()
    assert edit.make(picture) == edit.make(picture)
    assert picture.tobytes() == before


@pytest.mark.parametrize(
    "name", [edit.name for edit in EDITS if edit.group in {Group.RE_ENCODE, Group.TONE, Group.CORNER_MARK}]
)
def test_what_is_no_crop_or_resize_keeps_the_size_and_most_of_the_picture(name, tmp_path):
    picture = drawn(1)
    changed = edited(name, picture, tmp_path)
    assert changed.size == picture.size
    assert difference(changed, picture) < difference(changed, drawn(2))


def test_png_keeps_all_pixels_and_lower_jpeg_qualities_fewer(tmp_path):
    picture = drawn(1)
    assert difference(edited("png", picture, tmp_path), picture) == 0
    lost = [difference(edited(f"jpeg q{quality}", picture, tmp_path), picture) for quality in (90, 50, 10)]
    assert lost == sorted(lost)


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("resize 0.25x", (50, 40)),
        ("resize 2x", (400, 320)),
        ("stretch 1.1x across", (220, 160)),
        ("border 5 % white", (216, 176)),  # 5 % of the shorter side, on each side
        ("crop 10 % in all", (180, 144)),
        ("crop 10 % each side", (160, 128)),
        ("crop 10 % left", (180, 160)),
        ("crop 5 % bottom", (200, 152)),
        ("caption 15 % below it", (200, 184)),
        ("caption 15 % over it", (200, 160)),
    ],
)
def test_sizes_are_as_the_edit_says(name, size, tmp_path):
    assert edited(name, drawn(1, (200, 160)), tmp_path).size == size


def test_borders_are_as_wide_and_of_the_colour_that_the_edit_says(tmp_path):
    framed = np.asarray(edited("border 5 % white", drawn(1, (200, 160)), tmp_path).convert("L"), int)
    assert framed[:, :7].min() > 235
    assert framed[8:-8, 8:-8].mean() < 200
    teal = edited("border 3 % teal", drawn(1, (200, 160)), tmp_path).getpixel((1, 1))
    assert teal == pytest.approx((0, 128, 128), abs=12)


def test_a_crop_shows_the_middle_and_a_mirror_the_other_way_round(tmp_path):
    picture = drawn(1, (200, 160))
    assert difference(edited("crop 10 % in all", picture, tmp_path), picture.crop((10, 8, 190, 152))) < 3
    mirrored = edited("mirror", picture, tmp_path).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    assert difference(mirrored, picture) < 3


def test_a_text_is_where_the_edit_says(tmp_path):
    plain = Image.new("RGB", (200, 160), (90, 90, 90))
    corner = np.abs(np.asarray(edited("watermark corner, text", plain, tmp_path).convert("L"), int) - 90) > 40
    assert corner[120:, 60:].sum() == corner.sum() > 0
    assert np.flatnonzero(np.asarray(edited("big text", plain, tmp_path).convert("L"), int).max(axis=1) > 150)[0] > 50


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    (folder / "below").mkdir(parents=True)
    for number in range(4):
        (folder / f"p{number}.jpg").write_bytes(as_jpeg(drawn(number)))
    darker = Image.eval(drawn(2), lambda level: level // 2)
    (folder / "below" / "a.JPG").write_bytes(as_jpeg(darker))
    (folder / "below" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nno more")
    (folder / "note.txt").write_text("no picture")
    return folder


def test_pictures_are_found_in_folders_below_and_chosen_evenly(photos, tmp_path):
    found = pictures_in(photos)
    names = [path.name for path in found]
    assert names == ["a.JPG", "broken.png", "p0.jpg", "p1.jpg", "p2.jpg", "p3.jpg"]
    assert [path.name for path in evenly_chosen(found, 3)] == ["a.JPG", "p0.jpg", "p2.jpg"]
    assert evenly_chosen(found, 100) == found
    (tmp_path / "empty").mkdir()
    with pytest.raises(SystemExit, match="no pictures in "):
        pictures_in(tmp_path / "empty")


def test_a_photo_with_other_light_is_the_same_photo_and_others_are_not(photos):
    usable = [path for path in pictures_in(photos) if path.name != "broken.png"]
    assert same_photo(usable).tolist() == [0, 1, 2, 0, 4]


def test_edits_are_kept_in_the_order_of_the_table_and_broken_pictures_left_out(photos, tmp_path):
    output = tmp_path / "edited"
    make(photos, 6, output)
    assert [Path(name).name for name in json.loads((output / PHOTOS_NAME).read_text())] == [
        "a.JPG",
        *(f"p{number}.jpg" for number in range(4)),
    ]
    listed = listed_pictures(output)
    assert len(listed) == 5 * (1 + len(EDITS))
    assert all(path.exists() for path in listed)
    assert EditedPhotos(output, ()).originals == listed[:: 1 + len(EDITS)]
    second = listed[1 + len(EDITS) :]
    assert second[0].read_bytes() == (photos / "p0.jpg").read_bytes()
    assert [path.stem for path in second[1 : 1 + len(EDITS)]] == [Path(f"{edit.name}.x").stem for edit in EDITS]


def bits(*numbers):
    return sum(1 << number for number in numbers)


def test_a_picture_without_a_usable_view_is_never_near():
    words = np.array([[[bits(0, 1)]], [[bits(9)]]], np.uint64)
    signed = Signed(words, np.array([[True], [False]]))
    assert distances(signed, signed).tolist() == [[0, NEVER], [NEVER, NEVER]]


def test_distances_are_those_of_the_product():
    rng = np.random.default_rng(5)
    words = rng.integers(0, 2**64, (6, len(VIEWS), 4), np.uint64)
    usable = rng.random((6, len(VIEWS))) < 0.7
    signed = Signed(words, usable)
    found = distances(signed, signed)
    for one in range(6):
        for other in range(6):
            expected = compare_pictures(
                *(SignedPictures.photographs(words[[row]], usable[[row]]) for row in (one, other))
            ).distance
            assert found[one, other] == (NEVER if expected is None else expected)


def test_our_row_of_the_table_is_at_the_distance_of_the_product():
    assert OURS.within_bits == (DEFAULT_RADIUS,)


# Three photographs and two edits; photographs 0 and 2 are one.
APART = np.array(
    [
        [[0, 30, 5], [4, 33, 6], [40, 20, 45]],
        [[30, 0, 50], [28, 2, 60], [70, 3, 70]],
        [[5, 50, 0], [6, 55, 8], [7, 61, 32]],
    ],
    np.int16,
)


def test_recall_and_wrong_pairs_are_as_worked_out_by_hand():
    assert recall(APART, 32).tolist() == [1.0, 2 / 3]
    # Different photographs are (0, 1) and (1, 2), either way round; two originals are one pair.
    found = wrong_pairs(APART, np.array([0, 1, 0]), 28)
    assert (found.n_wrong, found.n_pairs) == (2, 2 + 2 * 4)
    assert (found.closest_bits, found.closest) == (20, (0, 2, 1))


@pytest.fixture
def column_of():
    def column_of(recalled, n_wrong=0):
        apart = np.full((2, 1 + len(EDITS), 2), 200, np.int16)
        apart[0, 1:, 0] = 0
        apart[1, 1:, 1] = [0 if edit.group in recalled else 100 for edit in EDITS]
        apart[0, 1 : 1 + n_wrong, 1] = 4
        return column("ours (Pillow)", 32, apart, np.arange(2))

    return column_of


def test_goals_say_met_and_missed(column_of, capsys):
    met = quality_goals(column_of(set(Group)))
    assert [goal.verdict for goal in met] == ["met"] * (1 + len(RECALL_GOALS))
    missed = quality_goals(column_of(set(Group) - {Group.BORDER}, n_wrong=3))
    assert {goal.what: goal.verdict for goal in missed if goal.verdict != "met"} == {
        "wrong pairs": "MISSED",
        "recall, border": "MISSED",
    }
    assert {goal.verdict for goal in quality_goals(None)} == {"not measured"}
    print_goals(missed)
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "wrong pairs <= 0 3 MISSED" in lines
    assert "recall, border >= 0.970 0.500 MISSED" in lines


def test_the_table_has_a_mean_a_group_a_row_an_edit_and_names_the_closest_pair(column_of, capsys):
    columns: list[Column] = [column_of(set(Group)), column_of(set(), n_wrong=1)]
    print_recall(columns, [Path("a.jpg"), Path("b.jpg")])
    out = capsys.readouterr().out
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert "border 1.000 0.500" in lines
    assert "caption 8 % over it 1.000 0.500" in lines
    assert "wrong pairs 0 1" in lines
    assert f"closest to ours (Pillow): a.jpg ({EDITS[0].name}) and b.jpg" in out


def test_of_edits_by_others_those_that_are_not_found_are_marked(capsys):
    apart = {"ours": np.array([[0, 34, 2], [34, 0, 36], [2, 36, 0]], np.int16)}
    print_bridge([Path("aaa-orig.jpg"), Path("shrink.jpg"), Path("blur.jpg")], apart, {"ours": 32})
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines[3:] == ["shrink 34!", "blur 2", "ours (<= 32): 2 of 3 in the group of the photo"]


def test_planted_signatures_are_the_same_each_time_and_as_many_are_distinct_as_said():
    made, again = planted(20_000), planted(20_000)
    assert np.array_equal(made.words, again.words)
    assert np.array_equal(made.group, again.group)
    assert set(np.bitwise_count(made.words).sum(axis=1).tolist()) == {128}
    assert len(np.unique(made.words, axis=0)) / 20_000 == pytest.approx(0.78, abs=0.01)


def test_planted_groups_hold_two_viral_sources_and_blank_pages():
    made = planted(20_000)
    sizes = np.bincount(made.group)
    assert sizes.min() == 1
    assert sizes[-3:].tolist() == [200, 100, 60]
    assert sizes[:-3].max() == 20
    blank = made.words[made.group == sizes.size - 1]
    assert len(np.unique(blank, axis=0)) == 1
    viral = made.words[made.group == sizes.size - 3]
    assert len(np.unique(viral, axis=0)) > 150


def test_planted_copies_are_near_each_other_and_far_from_all_others():
    made = planted(3_000)
    sizes = np.bincount(made.group)
    pair = next(made.words[made.group == group] for group in np.flatnonzero(sizes == 2))
    every = np.bitwise_count(made.words[:, None] ^ made.words[None, :300]).sum(axis=2)
    is_same = made.group[:, None] == made.group[None, :300]
    assert np.bitwise_count(pair[0] ^ pair[1]).sum() <= 2 * MOST_FLIPPED
    assert every[is_same].max() <= 2 * MOST_FLIPPED
    assert every[~is_same].min() > 2 * MOST_FLIPPED
    assert set((every % 2).ravel().tolist()) == {0}


def test_rows_beside_their_group_and_among_others_are_counted_by_hand():
    planted_group = np.array([0, 0, 0, 1, 1, 2])
    found = np.array([5, 5, 7, 8, 8, 8])
    assert judged(found, planted_group) == Verdict(n_groups=3, n_beside=1, n_mixed=1)


def test_of_a_chain_of_neighbours_the_first_leads_and_the_third_leads_again():
    grouped = from_pairs(np.array([0, 2, 5, 7]), np.array([0, 1, 0, 1, 2, 1, 2]))
    assert grouped.group.tolist() == [0, 0, 1]
    assert grouped.leaders.tolist() == [0, 2]


def is_run(contender, source, tmp_path):
    """Run a contender as the harness does; return where it wrote."""
    output = tmp_path / "output"
    output.mkdir()
    try:
        ended = subprocess.run(
            contender.command(source, output, tmp_path),
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        pytest.skip(f"{contender.python} isn't there; make bench-signatures makes it")
    if contender.is_peer and ended.returncode == NOT_AVAILABLE:
        pytest.skip(ended.stdout.strip())
    assert ended.returncode == 0, ended.stderr
    return output


@pytest.mark.parametrize("signer", [OURS, OURS_SIMPLEJPEG, *PEERS], ids=lambda one: one.label)
def test_a_signer_runs_as_the_harness_starts_it_and_tells_pictures_apart(signer, tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    for name, content in (("a.jpg", drawn(1)), ("b.jpg", drawn(2)), ("c.png", drawn(1))):
        content.save(source / name)
    (source / PICTURES_NAME).write_text(json.dumps(["a.jpg", "b.jpg", "c.png"]))
    output = is_run(signer, source, tmp_path)
    signed = load_signed(output)
    apart = distances(signed, signed)
    within_bits = signer.within_bits[0] if signer.within_bits else DEFAULT_RADIUS
    assert (apart <= within_bits).tolist() == [[True, False, True], [False, True, False], [True, False, True]]
    assert json.loads((tmp_path / FIGURES_NAME).read_text())["n_pictures"] == 3


SMALLEST = {one.label: one for one in reversed(GROUPERS)}


@pytest.mark.parametrize("grouper", SMALLEST.values(), ids=SMALLEST)
def test_a_grouper_runs_as_the_harness_starts_it_and_finds_planted_groups(grouper, tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    made = planted(330)
    for part, rows in (("library", slice(None, 300)), ("day", slice(300, None))):
        np.save(source / f"{part}-words.npy", made.words[rows])
        np.save(source / f"{part}-group.npy", made.group[rows])
    output = is_run(grouper, source, tmp_path)
    verdict = judged(np.load(output / GROUP_NAME), load_group(source, "library"))
    assert verdict.n_beside <= 6
    assert verdict.n_mixed == 0
    figures = json.loads((tmp_path / FIGURES_NAME).read_text())
    assert ("day" in figures) == grouper.is_ours
    assert figures["n_rows"] == 300


@pytest.fixture
def grouping_of():
    def grouping_of(grouper, cpu_s, day_s=None):
        figures = {"cpu_s": cpu_s, "wall_s": 2 * cpu_s, "peak_bytes": 2**30}
        if day_s is not None:
            figures["day"] = {"cpu_s": day_s, "wall_s": day_s, "peak_bytes": 2**30}
        return Standing(grouper, [figures | {"verdict": Verdict(5, 2, 0)}])

    return grouping_of


def test_times_are_extrapolated_by_the_growth_between_two_sizes(grouping_of):
    small, large = (Grouper("flat", faiss_search, "flat", n_pictures=n) for n in (25_000, 100_000))
    standings = [grouping_of(small, 1.0), grouping_of(large, 16.0)]  # grows with the square
    assert extrapolated_s(standings[0], standings) is None
    assert extrapolated_s(standings[1], standings) == pytest.approx(160_000)
    assert extrapolated_s(standings[1], [grouping_of(small, 0.1), standings[1]]) == pytest.approx(160_000)
    assert extrapolated_s(standings[1], [grouping_of(small, 15.0), standings[1]]) == pytest.approx(1_600)


def test_the_grouping_table_marks_what_is_extrapolated_and_goals_what_is_missed(grouping_of, capsys):
    ours = Grouper("ours", our_groups, is_ours=True, n_pictures=LARGE)
    small, large = (Grouper("flat", faiss_search, "flat", n_pictures=n) for n in (25_000, 100_000))
    standings = [grouping_of(ours, 151.0, 3.0), grouping_of(small, 1.0), grouping_of(large, 16.0)]
    print_grouping(standings, 1)
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "ours 10,000,000 151.0 302.0 66,225 1.00 5 0.00 0.000 | 3.00 3.00 | |" in lines
    assert "flat 100,000 16.0 32.0 6,250 1.00 5 0.00 0.000 | | ~ 160,000 |" in lines
    assert [goal.verdict for goal in grouping_goals(standings)] == ["MISSED", "met", "met"]
    assert {goal.verdict for goal in grouping_goals([])} == {"not measured"}


def test_speeds_are_told_in_multiples_and_held_against_the_goals(capsys):
    def standing(signer, cpu_s):
        return Standing(signer, [{"cpu_s": cpu_s, "wall_s": cpu_s, "n_pictures": 100}])

    block = [standing(OURS, 0.25), standing(IMAGEHASH, 1.0), standing(PDQ, 2.0), Standing(PEERS[2], [], "failed")]
    print_speed({"100 photos": block}, 1)
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines[3:6] == ["100 photos", "ours (Pillow) 400 1.00 |", "imagehash.phash 100 4.00 |"]
    assert lines[6:] == ["pdqhash 50 8.00 |", "imagededup PHash | failed"]
    assert [goal.verdict for goal in speed_goals({"pins": block})] == ["met", "MISSED"]


def test_signatures_are_read_as_they_were_kept(tmp_path):
    signed = one_view(np.arange(6, dtype=np.uint64).reshape(3, 2))
    save_signed(signed, tmp_path)
    kept = load_signed(tmp_path)
    assert np.array_equal(kept.words, signed.words)
    assert kept.usable.all()
