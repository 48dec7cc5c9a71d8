"""Pictures from day to day: files read when new or changed, contents decoded once, groups that keep their ids."""

import datetime as dt
import hashlib
import io
import os
from pathlib import Path

import luigi
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from luigi.configuration import get_config
from PIL import Image, ImageOps

from features.same_picture.aliases import GROUP_ALIASES
from features.same_picture.band_search import BandSteps, BandThreads
from features.same_picture.grouping import MERGE_CANDIDATES
from features.same_picture.leaders import group_around_leaders
from features.same_picture.views import SignedPictures
from joins.engine.local import LocalEngine
from joins.engine.mrjob.engine import MRJobEngine
from joins.raw.schemas import BOARDS, PINS, USERS
from storage_tiers import open_dataset, published_versions
from storage_tiers.versioned.staging import Provenance, stage_dataset
from storage_tiers.versioned.versions import Version
from workflows.catalog import JOIN_DATASETS
from workflows.commands.days.rebuild import rebuild_day
from workflows.commands.days.replace import NeededVersionError
from workflows.commands.days.run import run_day
from workflows.luigi_cfg import OTHER_INPUT
from workflows.origins.bases import newest_base
from workflows.tasks.pictures.images import ImageSignatures
from workflows.tasks.pictures.picture_signatures import PictureSignatures

SUNDAY, MONDAY, TUESDAY = (dt.date(2026, 11, day) for day in (22, 23, 24))


def _photo(seed, side_px=240):
    """Return a picture of clouds in three colours, unlike any other."""
    rng = np.random.default_rng(seed)
    layers = sum(
        np.asarray(Image.fromarray(rng.integers(0, 255, (n, n, 3), np.uint8)).resize((side_px, side_px)), float)
        for n in (4, 8, 16, 32)
    )
    return Image.fromarray((layers / 4).astype(np.uint8))


def _variants(picture):
    """Return names and encoded pictures of what people do to a picture before they save it again."""
    width, height = picture.size
    edits = {
        "original.png": picture,
        "saved.jpg": picture,
        "small.webp": picture.resize((width // 3, height // 3)),
        "framed.jpg": ImageOps.expand(picture, 7, "white"),
        "cropped.jpg": picture.crop((12, 12, width - 12, height - 12)),
        "grey.jpg": picture.convert("L"),
    }
    for name, edited in edits.items():
        file = io.BytesIO()
        edited.save(file, {"jpg": "JPEG", "png": "PNG", "webp": "WEBP"}[name.partition(".")[2]], quality=80)
        yield name, file.getvalue()


def _run(task: luigi.Task) -> None:
    """Run a task and what it needs in this process, so that an error is the test's own."""
    for needed in task.deps():
        _run(needed)
    if not task.complete():
        task.run()


class Days:
    """An input folder with picture files and pins of several days, and the output folder of their runs."""

    def __init__(self, root: Path) -> None:
        self.input_root, self.output_root = root / "input", root / "output"

    def save(self, name: str, content: bytes) -> str:
        path = self.input_root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return name

    def save_variants(self, seed: int) -> list[str]:
        return [self.save(f"pictures/{seed}/{name}", content) for name, content in _variants(_photo(seed))]

    def pin(self, date: dt.date, images: list[str]) -> None:
        rows = [{"pin_id": pin_id, "board_id": 1, "user_id": 1, "image": image} for pin_id, image in enumerate(images)]
        folder = self.input_root / "pins" / f"date={date}"
        folder.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(rows, PINS), folder / "part-00000.parquet")

    def run(self, date: dt.date, output: Path | None = None, **settings: object) -> dict[str, str | None]:
        """Run a day's pictures and return the signature of each image."""
        task = ImageSignatures(
            date=date,
            input_root=str(self.input_root),
            output_root=str(output or self.output_root),
            **({"cores": 1} | settings),
        )
        _run(task)
        table = self.open("image_signatures", date, output, task.base).to_table()
        return dict(zip(table["image"].to_pylist(), table["image_signature"].to_pylist(), strict=True))

    def open(self, name: str, date: dt.date, output: Path | None = None, base: int = 0):
        return open_dataset(output or self.output_root, name, "full", date, base)

    def finish(self, date: dt.date) -> None:
        """Publish a day's joins as its newest iteration, as a whole run would."""
        base = newest_base(self.output_root, date)
        for spec in JOIN_DATASETS:
            for variant in ("full", "light"):
                with stage_dataset(self.output_root, spec, variant, Version(date, base + 1)) as staging:
                    staging.publish([staging.writer(0, spec.schema.empty_table())], Provenance())


@pytest.fixture
def days(tmp_path):
    return Days(tmp_path)


def _bytes_of(output: Path) -> dict[str, bytes]:
    return {str(path.relative_to(output)): path.read_bytes() for path in sorted(output.rglob("*.parquet"))}


def test_variants_of_a_picture_share_its_groups_id_and_the_next_day_changes_none(days):
    first, second = days.save_variants(1), days.save_variants(2)
    days.pin(MONDAY, first[:4] + second[:4])
    monday = days.run(MONDAY)
    assert len({monday[name] for name in first[:4]}) == len({monday[name] for name in second[:4]}) == 1
    assert monday[first[0]] != monday[second[0]]
    third = days.save_variants(3)
    days.pin(TUESDAY, first + second + third)
    tuesday = days.run(TUESDAY)
    assert {name: tuesday[name] for name in monday} == monday
    assert len(set(tuesday.values())) == 3
    assert len({tuesday[name] for name in third}) == 1


def test_only_new_and_changed_files_are_read_and_only_new_contents_decoded(days):
    images = days.save_variants(1)
    copy = days.save("pictures/copy.jpg", (days.input_root / images[1]).read_bytes())
    days.pin(MONDAY, [*images, copy])
    monday = days.run(MONDAY)
    assert monday[copy] == monday[images[1]]
    assert days.open("picture_signatures", MONDAY).n_rows == len(images)
    changed = days.input_root / images[0]
    changed.write_bytes((days.input_root / days.save_variants(2)[0]).read_bytes())
    os.utime(changed, ns=(0, 0))
    days.pin(TUESDAY, [*images, copy])
    tuesday = days.run(TUESDAY)
    counts = days.open("image_files", TUESDAY).manifest.counts
    assert counts == {"images": 7, "unchanged": 6, "read": 1}
    assert days.open("picture_signatures", TUESDAY).n_rows == 1
    assert tuesday[images[0]] != monday[images[0]]
    assert {name: tuesday[name] for name in images[1:]} == {name: monday[name] for name in images[1:]}


def test_what_is_no_picture_has_a_status_and_plain_pictures_are_alone(days):
    plain = {}
    for grey in (0, 255):
        file = io.BytesIO()
        Image.new("L", (40, 40), grey).save(file, "PNG")
        plain[grey] = days.save(f"pictures/{grey}.png", file.getvalue())
    page = days.save("pictures/page.jpg", b"<html>404</html>")
    days.pin(MONDAY, [*plain.values(), page, "pictures/none.jpg"])
    signatures = days.run(MONDAY)
    assert signatures[page] is signatures["pictures/none.jpg"] is None
    assert None not in {signatures[plain[0]], signatures[plain[255]]}
    assert signatures[plain[0]] != signatures[plain[255]]
    table = days.open("image_signatures", MONDAY).to_table()
    assert dict(zip(table["image"].to_pylist(), table["status"].to_pylist(), strict=True)) == {
        plain[0]: "flat",
        plain[255]: "flat",
        page: "not_an_image",
        "pictures/none.jpg": "missing",
    }


@pytest.mark.parametrize("rows_per_part", [0, 5])
def test_the_same_days_give_the_same_bytes_whatever_the_engine(days, tmp_path, rows_per_part):
    days.pin(MONDAY, days.save_variants(1))
    days.pin(TUESDAY, [*days.save_variants(1), *days.save_variants(2)])
    for date in (MONDAY, TUESDAY):
        days.run(date, rows_per_part=rows_per_part)
        days.run(date, tmp_path / "again", cores=2, runner="local", rows_per_part=rows_per_part)
    assert _bytes_of(days.output_root) == _bytes_of(tmp_path / "again")


@pytest.mark.parametrize("rows_per_part", [1, 4])
def test_pictures_in_many_partitions_are_those_of_one(days, tmp_path, rows_per_part):
    images = days.save_variants(1) + days.save_variants(2)
    contents = [(days.input_root / name).read_bytes() for name in images]
    pq.write_table(pa.table({"image": images, "content": contents}), days.input_root / "pack.parquet", row_group_size=2)
    named_by_content = days.save(hashlib.blake2b(contents[0], digest_size=16).hexdigest(), contents[0])
    gone = [f"gone/{number}.jpg" for number in range(3)]
    odd = [named_by_content, days.save("page.jpg", b"<html>404</html>"), "/etc/hostname", *gone]
    days.pin(MONDAY, [*images[:7], *(f"pack.parquet#{name}" for name in images), *odd, *images[:7]])
    days.save(images[1], contents[2])
    days.pin(TUESDAY, [*images[2:], *days.save_variants(3), *odd[1:], "pack.parquet#none", *images[2:]])
    names = ("image_files", "picture_signatures", "picture_groups", "merge_candidates", "picture_members")
    for date in (MONDAY, TUESDAY):
        signatures = days.run(date)
        assert days.run(date, tmp_path / "parts", rows_per_part=rows_per_part) == signatures
        for name in names:
            one, many = days.open(name, date), days.open(name, date, tmp_path / "parts")
            key = one.manifest.key
            assert many.to_table().sort_by(key).to_pylist() == one.to_table().to_pylist()
            assert many.manifest.counts == one.manifest.counts
            assert [(check.name, check.passed) for check in many.manifest.checks] == [
                (check.name, check.passed) for check in one.manifest.checks
            ]
        assert days.open("image_files", date, tmp_path / "parts").n_parts > days.open("image_files", date).n_parts == 1


def test_pictures_may_lie_in_a_pack(days):
    images = days.save_variants(1) + days.save_variants(2)
    names = [f"{number:02}" for number in range(len(images), 0, -1)]  # their rows are not in the order of their names
    contents = [(days.input_root / name).read_bytes() for name in images]
    pq.write_table(pa.table({"image": names, "content": contents}), days.input_root / "pack.parquet", row_group_size=2)
    addresses = [f"pack.parquet#{name}" for name in names]
    days.pin(MONDAY, [*addresses, *images, "pack.parquet#99"])
    monday = days.run(MONDAY)
    assert [monday[address] for address in addresses] == [monday[image] for image in images]
    assert len({monday[address] for address in addresses}) == 2
    assert monday["pack.parquet#99"] is None
    assert days.open("picture_signatures", MONDAY).n_rows == len(images)


def test_a_day_that_comes_late_keeps_the_ids_of_the_later_one(days):
    images = [*days.save_variants(1), *days.save_variants(2)]
    days.pin(TUESDAY, images)
    tuesday = days.run(TUESDAY)
    days.pin(MONDAY, [*images[:3], *days.save_variants(3)])
    monday = days.run(MONDAY)
    assert {name: monday[name] for name in images[:3]} == {name: tuesday[name] for name in images[:3]}
    assert days.open("picture_signatures", MONDAY).n_rows == 6


def test_a_day_left_before_its_pictures_were_grouped_costs_no_picture_its_id(days):
    images = [*days.save_variants(1), *days.save_variants(2)]
    days.pin(MONDAY, images)
    days.pin(TUESDAY, images)
    folders = {"input_root": str(days.input_root), "output_root": str(days.output_root)}
    _run(PictureSignatures(date=MONDAY, cores=1, **folders))
    tuesday = days.run(TUESDAY)
    assert None not in tuesday.values()
    assert days.run(MONDAY) == tuesday


def test_what_the_manifest_says_of_the_signatures(days):
    days.pin(MONDAY, days.save_variants(1))
    days.run(MONDAY)
    manifest = days.open("picture_signatures", MONDAY).manifest
    assert manifest.parameters["algorithm"] == "dct256/2"
    assert manifest.parameters["libraries"].startswith("pillow ")
    counts = days.open("picture_members", MONDAY).manifest.counts
    assert (counts["new_pictures"], counts["new_groups"]) == (6, 1)
    assert sum(n for name, n in counts.items() if name.startswith("members_at_distance_")) == 6


def test_compatible_hashes_are_those_of_imagehash_and_know_nothing_of_groups(days):
    import imagehash  # noqa: PLC0415 - heavy, and only this test compares

    images = days.save_variants(1)
    days.pin(MONDAY, images)
    days.run(MONDAY)
    hashes = days.run(MONDAY, days.output_root.parent / "hashes", signature="phash64")
    for name in images:
        with Image.open(days.input_root / name) as picture:
            assert hashes[name] == str(imagehash.phash(picture))


def test_another_algorithm_starts_anew(days):
    images = days.save_variants(1)
    days.pin(MONDAY, images)
    days.run(MONDAY, signature="phash64")
    days.pin(TUESDAY, images)
    days.run(TUESDAY)
    assert days.open("picture_signatures", TUESDAY).n_rows == len(images)


def test_merged_groups_have_one_id_from_the_next_day_on(days, publish, run_command):
    one, other = days.save_variants(1)[0], days.save_variants(2)[0]
    days.pin(MONDAY, [one, other])
    monday = days.run(MONDAY)
    ids = sorted(monday.values())
    row = {"group_id": ids[0], "other_group_id": ids[1], "n_bridges": 1, "digest": "ff", "distance": 12}
    candidates = pa.Table.from_pylist([row], MERGE_CANDIDATES)
    made_by = Provenance(parameters={"algorithm": "dct256/2"})
    at = {"key": "group_id", "key_is_unique": False, "date": SUNDAY, "iteration": 0, "provenance": made_by}
    publish(days.output_root, candidates, "merge_candidates", **at)
    merge = ["interest-graph", "merge-groups", "--date", str(MONDAY), "--output", days.output_root]
    assert run_command(*merge, "--max-distance", 11, cwd=days.input_root).stdout.endswith("nothing was written\n")
    assert f"{ids[1]} becomes {ids[0]}" in run_command(*merge, "--dry-run", cwd=days.input_root).stdout
    said = run_command(*merge, cwd=days.input_root)
    assert said.stdout.startswith("1 groups get another's id: 1 of 1 merge candidates"), said.stderr
    assert "are there, and versions are immutable" in run_command(*merge, cwd=days.input_root).stderr
    days.pin(TUESDAY, [one, other])
    assert days.run(TUESDAY) == {one: ids[0], other: ids[0]}
    assert days.run(MONDAY) == monday


@pytest.mark.parametrize("engine", ["here", "local"])
def test_bands_searched_by_an_engine_give_the_same_groups(engine, tmp_path):
    rng = np.random.default_rng(1)
    words = rng.integers(0, 2**64, (300, 1, 4), dtype=np.uint64)
    views = np.zeros((600, 8, 4), np.uint64)
    views[:, 0] = np.concatenate([words, words ^ np.uint64(5)])[:, 0]
    usable = np.zeros((600, 8), bool)
    usable[:, 0] = True
    pictures = SignedPictures.photographs(views, usable)
    runs = LocalEngine(tmp_path) if engine == "here" else MRJobEngine(tmp_path, "local", n_cores=2)
    steps = BandSteps(lambda _what, step: runs.run(step), tmp_path, BandThreads(1), few_pictures=100)
    nobody = pictures.take(np.empty(0, int))
    expected = group_around_leaders(pictures, nobody)
    grouped = group_around_leaders(pictures, nobody, search=steps)
    assert grouped.leader.tolist() == expected.leader.tolist()
    assert len(expected.new_leaders) == 300
    assert grouped.distance.tolist() == expected.distance.tolist()


def test_a_rebuilt_day_keeps_the_ids_that_later_days_go_by(days):
    one, two, three, four = (days.save_variants(seed) for seed in (1, 2, 3, 4))
    days.pin(MONDAY, [*one[1:3], *two[:2]])
    monday = days.run(MONDAY)
    days.pin(TUESDAY, [*one, *two, *three[:3]])
    tuesday = days.run(TUESDAY)
    # The mended Monday has the pictures that would lead its groups had they been there, and lacks one that does.
    days.pin(MONDAY, [one[0], one[1], *two[1:4], *four[:2]])
    rebuilt = days.run(MONDAY, base=2)
    assert {name: rebuilt[name] for name in (one[1], two[1])} == {name: monday[name] for name in (one[1], two[1])}
    assert rebuilt[one[0]] == tuesday[one[0]]
    assert rebuilt[four[0]] == rebuilt[four[1]]
    assert days.open("picture_signatures", MONDAY, base=2).manifest.counts["new_pictures"] == 2
    wednesday = TUESDAY + dt.timedelta(1)
    days.pin(wednesday, [*one, *two, *three, *four])
    after = days.run(wednesday)
    assert {name: after[name] for name in tuesday} == tuesday
    assert len(set(after.values())) == 4
    assert after[four[0]] == rebuilt[four[0]]
    assert days.run(TUESDAY, base=2) == tuesday


def test_each_date_is_read_once_however_often_it_was_rebuilt(days):
    images = days.save_variants(1)
    days.pin(MONDAY, images)
    days.run(MONDAY)
    for base in (2, 4):
        days.run(MONDAY, base=base)
        assert days.open("picture_signatures", MONDAY, base=base).n_rows == len(images)
        assert days.open("picture_members", MONDAY, base=base).n_rows == len(images)
        assert days.open("picture_groups", MONDAY, base=base).n_rows == 1
    days.pin(TUESDAY, images)
    days.run(TUESDAY)
    inputs = days.open("image_signatures", TUESDAY).manifest.inputs
    assert {given.iteration for given in inputs if given.date == MONDAY} == {4}


def test_later_days_go_by_the_base_that_serves_not_by_one_that_is_being_built(days):
    images = days.save_variants(1)
    days.pin(MONDAY, images)
    monday = days.run(MONDAY)
    days.finish(MONDAY)
    days.pin(MONDAY, days.save_variants(2)[:2] + images)
    days.run(MONDAY, base=2, max_distance=0)
    days.pin(TUESDAY, images)
    tuesday = days.run(TUESDAY)
    assert tuesday == monday
    inputs = days.open("image_signatures", TUESDAY).manifest.inputs
    assert {given.iteration for given in inputs if given.date == MONDAY} == {0}


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("max_distance", "0", "max_distance was 32, now 0"),
        ("signature", "phash64", "signature was dct256, now phash64"),
    ],
)
def test_another_setting_of_pictures_is_said_and_a_rebuild_groups_anew(days, day_of, capsys, name, value, said):
    images = days.save_variants(1)
    days.pin(MONDAY, images)
    for table, schema, row in (("boards", BOARDS, {"board_id": 1, "user_id": 1}), ("users", USERS, {"user_id": 1})):
        folder = days.input_root / table / f"date={MONDAY}"
        folder.mkdir(parents=True)
        pq.write_table(pa.Table.from_pylist([row], schema), folder / "part-00000.parquet")
    day = day_of(days.input_root, days.output_root, date=MONDAY, iterations=1)
    assert run_day(day) == 0
    config = get_config()
    config.set("pictures", name, value)
    try:
        assert run_day(day) == OTHER_INPUT
        told = capsys.readouterr().err
        assert f"date={MONDAY} iteration=1 was made with other settings: {said}\n" in told
        assert "run --date" not in told  # iterations go by the pictures of their base
        assert rebuild_day(day) == 0
        assert run_day(day) == 0
    finally:
        config.remove_option("pictures", name)
    groups = [
        set(
            open_dataset(days.output_root, "facts", date=MONDAY, iteration=base)
            .to_table()["image_signature"]
            .to_pylist()
        )
        for base in (0, 2)
    ]
    assert groups[0] != groups[1]


def test_a_date_whose_pictures_others_have_joined_is_not_replaced(days, day_of):
    images = days.save_variants(1)
    for date in (MONDAY, TUESDAY):
        days.pin(date, images)
        days.run(date)
        days.finish(date)
    day = day_of(days.input_root, days.output_root, date=MONDAY)
    with pytest.raises(NeededVersionError, match=f"date={MONDAY}: its older versions can't be removed: .*={TUESDAY}"):
        rebuild_day(day, replace=True)
    assert [version.iteration for version in published_versions(days.output_root, "image_files")] == [0, 0]


def test_aliases_made_on_request_stay_with_a_rebuilt_date(days, publish):
    one, other = days.save_variants(1)[0], days.save_variants(2)[0]
    days.pin(MONDAY, [one, other])
    ids = sorted(days.run(MONDAY).values())
    aliases = pa.Table.from_pylist([{"group_id": ids[1], "alias_of": ids[0]}], GROUP_ALIASES)
    made_by = Provenance(parameters={"algorithm": "dct256/2"})
    publish(days.output_root, aliases, "group_aliases", key="group_id", date=MONDAY, iteration=0, provenance=made_by)
    days.run(MONDAY, base=2)
    days.finish(MONDAY)
    days.pin(TUESDAY, [one, other])
    assert set(days.run(TUESDAY).values()) == {ids[0]}
