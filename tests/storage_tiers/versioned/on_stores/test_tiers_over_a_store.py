"""The tiers of this machine over an output in a store: loaded, read, queried, switched back."""

from collections.abc import Callable

import pyarrow as pa
import pytest

from storage_tiers import Dataset, DatasetError, open_sql
from storage_tiers.reading import KeyLookup, Queryable, Scannable
from storage_tiers.registry import TIERS
from storage_tiers.sql_batch import SqlBatchTier
from storage_tiers.stores.address import root_of
from storage_tiers.stores.local_home import local_home
from storage_tiers.tier import Tier


@pytest.fixture
def datasets(s3_root: str, publish: Callable[..., Dataset], wide_table: Callable[[int], pa.Table]) -> list[Dataset]:
    """Two versions, full alone, with ten and twenty rows."""
    return [publish(root_of(s3_root), wide_table(10 * number), iteration=number) for number in (1, 2)]


def n_rows(tier: Tier) -> set[int]:
    """How many rows there are of the current version, by each way that the tier has."""
    found = set()
    if isinstance(tier, KeyLookup):
        with tier.reader("board_joins") as reader:
            found.add(sum(row is not None for row in reader.get_many(range(0, 400, 10))))
    if isinstance(tier, Scannable):
        found.add(sum(batch.num_rows for batch in tier.scan("board_joins")))
    if isinstance(tier, Queryable):
        found.add(tier.sql("SELECT count(*) AS n FROM board_joins")["n"][0].as_py())
    return found


@pytest.mark.parametrize("kind", TIERS, ids=lambda tier: tier.name)
def test_a_tier_serves_what_lies_in_a_store_and_goes_back(
    s3_root: str, datasets: list[Dataset], kind: type[Tier]
) -> None:
    tier = kind(s3_root)
    before = {found.key for found in root_of(s3_root).listed()}
    for dataset in datasets:
        tier.serve(dataset)
    assert n_rows(tier) <= {20}
    tier.check_serving("board_joins", every_byte=True)
    tier.make_current({"board_joins": datasets[0].version})
    assert n_rows(kind(s3_root)) <= {10}
    assert {found.key for found in root_of(s3_root).listed()} == before
    assert (local_home(root_of(s3_root)) / f"_{tier.name}").is_dir()


def test_sql_knows_each_version_by_its_name_and_reads_what_it_needs(s3_root: str, datasets: list[Dataset]) -> None:
    tier = SqlBatchTier(s3_root)
    joined = tier.sql(
        "SELECT count(*) AS n FROM board_joins AS newer JOIN board_joins_2026_11_20_iteration_1 AS older "
        "ON newer.board_id = older.board_id WHERE newer.page_rank = older.page_rank"
    )
    assert joined["n"][0].as_py() == datasets[0].n_rows - datasets[0].to_table()["page_rank"].null_count
    with open_sql(s3_root) as connection:
        assert connection.sql("SELECT name FROM board_joins WHERE board_id = 50").fetchall() == [
            (datasets[1].to_table().filter(pa.compute.field("board_id") == 50)["name"][0].as_py(),)
        ]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT * FROM pin_joins", "there is no table pin_joins; did you mean board_joins"),
        ("SELECT * FROM board_joins_2026_11_20_iteration_7", "iteration=7 is not loaded"),
        ("SELECT * FROM board_joins_2026_02_30_iteration_1", "date is '2026-02-30'"),
        ("SELEC", "syntax error"),
        ("SELECT 1; SELECT 2", "it has 2 statements"),
        ("COPY board_joins TO 'rows.parquet'", "COPY is not allowed"),
        ("SELECT * FROM read_text('/etc/hostname')", "reads the published datasets and no other file"),
        ("SELECT * FROM datasets", "there is no table datasets"),  # a name of this Python
    ],
)
def test_a_query_that_finds_nothing_says_so(s3_root: str, datasets: list[Dataset], query: str, said: str) -> None:
    with pytest.raises(DatasetError, match=said):
        SqlBatchTier(s3_root).sql(query)
    assert datasets


def test_a_damaged_version_stops_its_own_queries_alone(s3_root: str, datasets: list[Dataset]) -> None:
    first = datasets[0]
    path = first.part_paths[0]
    path.write_bytes(path.read_bytes()[:-50])
    tier = SqlBatchTier(s3_root)
    with pytest.raises(DatasetError, match=rf"{path} ends at byte [\d,]+ of [\d,]+\.$"):
        tier.sql("SELECT sum(page_rank) FROM board_joins_2026_11_20_iteration_1")
    first.place.damage_mark.write_text("found")
    with pytest.raises(DatasetError, match="found to be damaged"):
        tier.sql("SELECT 1 FROM board_joins_2026_11_20_iteration_1")
    assert n_rows(tier) == {20}


@pytest.mark.parametrize("query", ["DESCRIBE board_joins", "FROM board_joins", "WITH b AS (FROM board_joins) FROM b"])
def test_a_query_in_another_form_finds_what_it_names(s3_root: str, datasets: list[Dataset], query: str) -> None:
    assert SqlBatchTier(s3_root).sql(query).num_rows in {20, len(datasets[1].schema.names)}


def test_a_query_that_names_nothing_sees_what_there_is(s3_root: str, datasets: list[Dataset]) -> None:
    assert SqlBatchTier(s3_root).sql("SHOW TABLES")["name"].to_pylist() == [datasets[0].name]


def test_a_query_about_chosen_versions_reads_those(s3_root: str, datasets: list[Dataset]) -> None:
    tier = SqlBatchTier(s3_root)
    count = "SELECT count(*) AS n FROM board_joins"
    with tier.answer(count, {"board_joins": datasets[0].version}) as answer:
        assert [row["n"] for batch in answer.batches for row in batch.to_pylist()] == [10]
    none = tier.answer(count, {"board_joins": None})
    with pytest.raises(DatasetError, match="board_joins as it was asked for is not loaded"), none as answer:
        list(answer.batches)
