"""Every tier of the registry keeps the one interface: a tier that is added is tested by its line in the registry."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from storage_tiers import DamagedVersionError, Dataset, DatasetError, KeyTypeError, Version, VersionNotFoundError
from storage_tiers.light import project_light
from storage_tiers.reading import KeyLookup, Queryable, Scannable
from storage_tiers.registry import ALL_TIERS, KEY_TIERS, open_tier
from storage_tiers.tier import Tier
from tests.storage_tiers.tier_damage import damage_pointer, damage_version
from tests.storage_tiers.tiers_as_parameters import opened, params

DAY = dt.date(2026, 11, 20)
FIRST, SECOND, THIRD = (Version(DAY, iteration) for iteration in (1, 2, 3))
NAME = "board_joins"
SCANNABLE_TIERS = [tier for tier in ALL_TIERS if issubclass(tier, Scannable)]
QUERYABLE_TIERS = [tier for tier in ALL_TIERS if issubclass(tier, Queryable)]


@pytest.fixture(params=params(ALL_TIERS))
def tier(request: pytest.FixtureRequest, tmp_path: Path) -> Tier:
    """A tier in which nothing is; one on a server has a namespace of its own there."""
    return opened(request, tmp_path)


@pytest.fixture
def publish_version(
    tier: Tier, tmp_path: Path, publish: Callable[..., Dataset], wide_table: Callable[[int], pa.Table]
) -> Callable[[Version], Dataset]:
    """Publish a version, full and light, with 10 rows an iteration, and return the variant that the tier takes."""

    def publish_both(version: Version) -> Dataset:
        full = wide_table(10 * version.iteration)
        made = {
            variant: publish(tmp_path, table, variant=variant, date=version.date, iteration=version.iteration)
            for variant, table in (("full", full), ("light", project_light(full)))
        }
        return made[tier.variant]

    return publish_both


@pytest.fixture
def two_versions(tier: Tier, publish_version: Callable[[Version], Dataset]) -> list[Dataset]:
    """Two versions, one loaded after the other, so that the second is current."""
    datasets = []
    for version in (FIRST, SECOND):
        datasets.append(publish_version(version))
        tier.serve(datasets[-1])
    return datasets


def answers(tier: Tier) -> set[int]:
    """How many rows a reader finds who doesn't ask for a version, by each way that the tier has."""
    found = set()
    if isinstance(tier, KeyLookup):
        with tier.reader(NAME) as reader:
            found.add(sum(row is not None for row in reader.get_many(range(0, 1_000, 10))))
    if isinstance(tier, Scannable):
        found.add(sum(batch.num_rows for batch in tier.scan(NAME, ["board_id"])))
    if isinstance(tier, Queryable):
        found.add(tier.sql("SELECT count(*) AS n FROM board_joins")["n"][0].as_py())
    return found


def test_names_are_one_word_each_and_lead_to_the_tier(tmp_path: Path) -> None:
    names = [name for tier in ALL_TIERS for name in {tier.name, tier.short_name}]
    assert len(set(names)) == len(names)
    assert [type(open_tier(tier.short_name, tmp_path)) for tier in ALL_TIERS] == [*ALL_TIERS]
    with pytest.raises(DatasetError, match=r"no tier 'redshift'; allowed: random_access \(random\), sql_batch"):
        open_tier("redshift", tmp_path)


def test_what_light_leaves_out_can_be_looked_up_somewhere() -> None:
    assert {tier.variant for tier in KEY_TIERS} == {"light", "full"}


def test_a_tier_offers_some_way_to_read(tier: Tier) -> None:
    assert isinstance(tier, KeyLookup | Scannable | Queryable)


def test_nothing_loaded_is_told_with_what_to_do(tier: Tier) -> None:
    assert (tier.datasets(), tier.versions(NAME), tier.current(NAME)) == ([], [], None)
    with pytest.raises(VersionNotFoundError, match=f"is not loaded for {tier.title} under .*none; begin with"):
        tier.select(NAME)


def test_a_loaded_version_is_described_by_its_rows_and_its_source(
    tier: Tier, publish_version: Callable[[Version], Dataset]
) -> None:
    dataset = publish_version(FIRST)
    loaded = tier.serve(dataset)
    assert (loaded.dataset, loaded.version, loaded.n_rows, loaded.is_current) == (NAME, FIRST, 10, True)
    assert loaded.source_digest == dataset.manifest.digest
    assert loaded.n_bytes > 0
    assert str(loaded).startswith("board_joins date=2026-11-20 iteration=1: 10 rows, 0.")
    assert tier.validate(NAME, FIRST) == loaded
    assert tier.datasets() == [NAME]


def test_loading_again_changes_nothing(tier: Tier, publish_version: Callable[[Version], Dataset]) -> None:
    dataset = publish_version(FIRST)
    assert tier.serve(dataset) == tier.serve(dataset)
    assert tier.versions(NAME) == [FIRST]


def test_a_load_alone_leaves_what_is_current(
    tier: Tier, two_versions: list[Dataset], publish_version: Callable[[Version], Dataset]
) -> None:
    assert not tier.load(publish_version(THIRD)).is_current
    assert (tier.current(NAME), answers(tier)) == (SECOND, {20})
    assert tier.versions(NAME) == [*(dataset.version for dataset in two_versions), THIRD]
    tier.advance({NAME: THIRD})
    assert (tier.current(NAME), answers(tier)) == (THIRD, {30})


def test_of_two_versions_the_newer_serves_whatever_is_loaded_last(tier: Tier, two_versions: list[Dataset]) -> None:
    assert answers(tier) == {20}
    assert not tier.serve(two_versions[0]).is_current
    assert answers(tier) == {20}
    assert [tier.select(NAME, iteration=iteration) for iteration in (1, 2)] == [FIRST, SECOND]


def test_going_back_lasts_until_something_newer_is_loaded(
    tier: Tier, two_versions: list[Dataset], publish_version: Callable[[Version], Dataset]
) -> None:
    tier.make_current({NAME: FIRST})
    assert (tier.current(NAME), answers(tier)) == (FIRST, {10})
    assert type(tier)(tier.root, tier.options).current(NAME) == two_versions[0].version  # another process sees it, too
    tier.serve(publish_version(THIRD))
    assert answers(tier) == {30}


def test_what_is_not_loaded_cannot_be_made_current_or_dropped(tier: Tier, two_versions: list[Dataset]) -> None:
    missing = Version(DAY, 9)
    for refuse in (lambda: tier.make_current({NAME: FIRST, "pin_joins": FIRST}), lambda: tier.drop(NAME, missing)):
        with pytest.raises(VersionNotFoundError, match="is not loaded for"):
            refuse()
    assert (tier.current(NAME), answers(tier)) == (two_versions[1].version, {20})


def test_a_dropped_version_is_gone_and_can_be_loaded_again(tier: Tier, two_versions: list[Dataset]) -> None:
    tier.drop(NAME, FIRST)
    assert tier.versions(NAME) == [SECOND]
    with pytest.raises(VersionNotFoundError, match=r"1 loaded \(newest: date=2026-11-20 iteration=2\)"):
        tier.select(NAME, iteration=1)
    assert answers(tier) == {20}
    tier.serve(two_versions[0])
    tier.make_current({NAME: FIRST})
    assert answers(tier) == {10}


def test_the_current_version_is_not_dropped(tier: Tier, two_versions: list[Dataset]) -> None:
    with pytest.raises(DatasetError, match=r"iteration=2 is the current version.*; make another one current first"):
        tier.drop(NAME, SECOND)
    assert answers(tier) == {two_versions[1].n_rows}


def test_a_damaged_version_is_named_and_what_serves_goes_on(tier: Tier, two_versions: list[Dataset]) -> None:
    with pytest.raises(DamagedVersionError, match=damage_version(tier, two_versions[0])):
        tier.validate(NAME, FIRST)
    with pytest.raises(DamagedVersionError):
        tier.make_current({NAME: FIRST})
    assert tier.current(NAME) == SECOND


@pytest.mark.parametrize("tier", params(KEY_TIERS), indirect=True)
def test_key_lookups_find_a_row_miss_one_and_refuse_what_is_no_key(
    tier: KeyLookup, two_versions: list[Dataset], wide_table: Callable[[int], pa.Table]
) -> None:
    rows = wide_table(20) if tier.variant == "full" else project_light(wide_table(20))
    with tier.reader(NAME) as reader, tier.reader(NAME, iteration=1) as older:
        assert (reader.version, older.version) == tuple(dataset.version for dataset in two_versions[::-1])
        assert reader.get_many([150, 3, "0"]) == [rows.to_pylist()[15], None, rows.to_pylist()[0]]
        assert older.get(150) is None
        with pytest.raises(KeyTypeError, match="'attic' is no key of board_joins: board_id is int64"):
            reader.get("attic")


@pytest.mark.parametrize("tier", params(SCANNABLE_TIERS), indirect=True)
def test_scans_stream_every_row_of_a_version(
    tier: Scannable, two_versions: list[Dataset], wide_table: Callable[[int], pa.Table]
) -> None:
    rows = pa.Table.from_batches(tier.scan(NAME, iteration=1)).sort_by("board_id")
    assert rows.num_rows == two_versions[0].n_rows
    assert rows["name"].to_pylist() == wide_table(10)["name"].to_pylist()


def test_a_pointer_that_names_no_version_is_told_and_mended_by_the_next_load(
    tier: Tier, two_versions: list[Dataset]
) -> None:
    with pytest.raises(DamagedVersionError, match=damage_pointer(tier, NAME)):
        tier.select(NAME)
    tier.serve(two_versions[0])
    assert tier.current(NAME) == SECOND  # the newest that is there, whatever is loaded next


@pytest.mark.parametrize("tier", params(KEY_TIERS), indirect=True)
@pytest.mark.usefixtures("two_versions")
@pytest.mark.parametrize("key", [None, 1.5, [10], True, b"10"])
def test_what_is_no_key_is_refused(tier: KeyLookup, key: object) -> None:
    with tier.reader(NAME) as reader, pytest.raises(KeyTypeError, match=r"is no key of board_joins"):
        reader.get(key)


@pytest.mark.parametrize("tier", params(SCANNABLE_TIERS), indirect=True)
@pytest.mark.usefixtures("two_versions")
@pytest.mark.parametrize("columns", [["nonsense"], "board_id"])
def test_columns_that_are_not_there_are_refused(tier: Scannable, columns: object) -> None:
    with pytest.raises(DatasetError, match=r"there is no column .*; columns there: board_id, name"):
        list(tier.scan(NAME, columns))


@pytest.mark.parametrize("tier", params(QUERYABLE_TIERS), indirect=True)
@pytest.mark.parametrize(
    "query", ["", "-- nothing", "SELEKT", "SELECT * FROM nonsense", "SELECT nope FROM board_joins"]
)
@pytest.mark.usefixtures("two_versions")
def test_a_query_without_an_answer_is_refused(tier: Queryable, query: str) -> None:
    with pytest.raises(DatasetError):
        tier.sql(query)
