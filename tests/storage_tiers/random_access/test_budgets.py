"""Random access under a budget: the most important rows in a file that never exceeds it, and the others told apart."""

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from storage_tiers import DamagedVersionError, Dataset, DatasetError
from storage_tiers.budget import Budget
from storage_tiers.light import project_light
from storage_tiers.random_access import RandomAccess, RandomAccessTier
from storage_tiers.random_access.lmdb_pages import PAGE_BYTES
from storage_tiers.tier import TierOptions

N_ROWS = 4_000
PERMUTED = [(n * 2_711) % N_ROWS for n in range(N_ROWS)]  # importance by key, far from sorted


def boards(value_bytes: Callable[[int], int] = lambda n: 50 + n % 200) -> pa.Table:
    importance = [None if place < 10 else place // 2 / N_ROWS for place in PERMUTED]  # two rows each
    names = ["x" * value_bytes(n) for n in range(N_ROWS)]
    table = pa.table({"board_id": range(N_ROWS), "name": names, "page_rank": importance})
    return table.replace_schema_metadata({"importance": "page_rank"})


def most_important(table: pa.Table, n_rows: int) -> set[int]:
    rows = table.select(["board_id", "page_rank"]).to_pylist()
    rows.sort(key=lambda row: (row["page_rank"] is None, -(row["page_rank"] or 0), row["board_id"]))
    return {row["board_id"] for row in rows[:n_rows]}


def bytes_on_disk(root: Path, dataset: Dataset) -> int:
    folder = root / "_random_access" / dataset.name / dataset.version.folder
    return sum(path.stat().st_size for path in folder.iterdir() if path.name != "_tier.json")


@pytest.fixture
def ranked(tmp_path: Path, publish: Callable[..., Dataset]) -> Dataset:
    return publish(tmp_path, boards())


@pytest.mark.parametrize("budget_bytes", [50_000, 61_234, 100_000, 250_001, 600_000])
@pytest.mark.parametrize(
    "value_bytes",
    [lambda n: 50 + n % 200, lambda n: 2_010 + n % 20, lambda n: (n % 7) ** 4],
    ids=["small", "about half a page", "of every size"],
)
def test_the_files_are_within_the_budget_and_hold_the_most_important_rows(
    tmp_path: Path, publish: Callable[..., Dataset], value_bytes: Callable[[int], int], budget_bytes: int
) -> None:
    table = boards(value_bytes)
    dataset = publish(tmp_path, table)
    loaded = RandomAccessTier(tmp_path).load(dataset, budget=Budget(budget_bytes))
    assert loaded.n_bytes == bytes_on_disk(tmp_path, dataset) <= budget_bytes
    trimmed = loaded.trimmed
    assert trimmed is not None
    assert (trimmed.budget_bytes, trimmed.n_rows_before, trimmed.n_rows) == (budget_bytes, N_ROWS, loaded.n_rows)
    kept = most_important(table, loaded.n_rows)
    with RandomAccessTier(tmp_path).reader("board_joins", dataset.version.date) as reader:
        rows = reader.get_many(range(N_ROWS))
        assert {row["board_id"] for row in rows if row} == kept
        assert {key for key in range(N_ROWS) if reader.state_of(key) == "trimmed"} == {*range(N_ROWS)} - kept
        assert {reader.state_of(key) for key in range(N_ROWS, N_ROWS + 2_000)} == {"missing"}
        assert {reader.state_of(key) for key in kept} == {"found"}
    importance = {row["board_id"]: row["page_rank"] or 0.0 for row in table.to_pylist()}
    assert trimmed.importance_share == pytest.approx(sum(map(importance.get, kept)) / sum(importance.values()))
    assert trimmed.cut_off == min(map(importance.get, kept))


@pytest.mark.parametrize("budget_bytes", [100_000, 250_001, 600_000])
def test_the_budget_is_full_but_for_some_pages(tmp_path: Path, ranked: Dataset, budget_bytes: int) -> None:
    loaded = RandomAccessTier(tmp_path).load(ranked, budget=Budget(budget_bytes))
    assert loaded.n_bytes > budget_bytes - 4 * PAGE_BYTES


def test_what_a_budget_of_exactly_its_size_holds_is_whole_and_a_byte_less_trims(
    tmp_path: Path, ranked: Dataset
) -> None:
    tier = RandomAccessTier(tmp_path)
    whole = tier.load(ranked)
    assert tier.load(ranked, budget=Budget(whole.n_bytes)) == whole
    trimmed = tier.load(ranked, budget=Budget(whole.n_bytes - 1))
    assert trimmed.n_rows < N_ROWS
    assert trimmed.n_bytes < whole.n_bytes
    assert tier.load(ranked, budget=Budget(whole.n_bytes)).trimmed is None


def test_equal_content_is_left_under_an_equal_budget_and_loaded_anew_under_another(
    tmp_path: Path, ranked: Dataset
) -> None:
    tier = RandomAccessTier(tmp_path)
    heard: list[tuple[int, int]] = []

    def load(budget: Budget) -> tuple[int, bool]:
        heard.clear()
        return tier.load(ranked, lambda *steps: heard.append(steps), budget).n_rows, bool(heard)

    small, was_loaded = load(Budget(100_000))
    assert was_loaded
    assert heard[-1] == (2 * N_ROWS, 2 * N_ROWS)
    assert load(Budget(100_000)) == (small, False)
    larger, was_loaded = load(Budget(200_000))
    assert was_loaded
    assert larger > small
    assert load(Budget(None)) == (N_ROWS, True)
    assert load(Budget(10**9, "fail")) == (N_ROWS, False)
    assert load(Budget(100_000)) == (small, True)


def test_the_same_rows_are_kept_whatever_the_parts_and_threads(tmp_path: Path, publish: Callable[..., Dataset]) -> None:
    content = set()
    for n_parts, n_threads in ((1, 1), (3, 2), (7, 1)):
        root = tmp_path / f"{n_parts}"
        dataset = publish(root, boards(), n_parts=n_parts)
        RandomAccessTier(root, TierOptions(n_threads)).load(dataset, budget=Budget(150_000))
        hashes = root / "_random_access/board_joins" / dataset.version.folder / "trimmed.keys"
        with RandomAccessTier(root).reader("board_joins", dataset.version.date) as reader:
            content.add((hashes.read_bytes(), *(row["board_id"] for row in reader.get_many(range(N_ROWS)) if row)))
    assert len(content) == 1


def test_keys_may_be_text_of_any_length(tmp_path: Path, publish: Callable[..., Dataset]) -> None:
    links = sorted(["x" * 600 + f"{n:04}" for n in range(500)] + [f"{n:04}" for n in range(500)])
    table = pa.table({"link": links, "weight": [int(link[-4:]) for link in links]})
    dataset = publish(tmp_path, table.replace_schema_metadata({"importance": "weight"}), "links", key="link")
    loaded = RandomAccessTier(tmp_path).serve(dataset, budget=Budget(80_000))
    least = round(loaded.trimmed.cut_off)
    with RandomAccess(tmp_path, "links") as reader:
        assert {reader.state_of(link) for link in links if int(link[-4:]) > least} == {"found"}
        assert {reader.state_of(link) for link in links if int(link[-4:]) < least} == {"trimmed"}
        assert {reader.state_of(link) for link in ("x" * 600, "x" * 604, "0", "")} == {"missing"}


@pytest.mark.parametrize("budget_bytes", [1, 5_000, 40_000])
def test_a_budget_without_room_for_a_row_is_an_error_that_says_how_much_is_needed(
    tmp_path: Path, ranked: Dataset, budget_bytes: int
) -> None:
    with pytest.raises(
        DatasetError, match=r"is too small for even one of 4,000 rows.*board_joins/full:45kB in \[tiers\]"
    ):
        RandomAccessTier(tmp_path).load(ranked, budget=Budget(budget_bytes))
    assert RandomAccessTier(tmp_path).versions("board_joins") == []
    assert RandomAccessTier(tmp_path).load(ranked, budget=Budget(45_000)).n_rows >= 1  # what the error said


def test_fail_refuses_and_leaves_what_serves(tmp_path: Path, publish: Callable[..., Dataset], ranked: Dataset) -> None:
    tier = RandomAccessTier(tmp_path)
    whole = tier.serve(ranked)
    newer = publish(tmp_path, boards(), iteration=2)
    with pytest.raises(DatasetError, match=r"board_joins .*iteration=2 in random_access: it takes .*; give it room"):
        tier.load(newer, budget=Budget(whole.n_bytes - 1, "fail"))
    assert (tier.current("board_joins"), tier.versions("board_joins")) == (ranked.version, [ranked.version])
    assert tier.load(newer, budget=Budget(whole.n_bytes, "fail")).trimmed is None
    tier.load(newer, budget=Budget(100_000))
    with pytest.raises(DatasetError, match="it takes"):  # what was trimmed before is no answer to `fail`
        tier.load(newer, budget=Budget(100_000, "fail"))


def test_without_importance_what_fits_is_loaded_and_what_does_not_is_refused(
    tmp_path: Path, publish: Callable[..., Dataset]
) -> None:
    dataset = publish(tmp_path, boards().replace_schema_metadata())
    with pytest.raises(DatasetError, match="no column says which rows are important, to trim it by; give it room"):
        RandomAccessTier(tmp_path).load(dataset, budget=Budget(100_000))
    assert RandomAccessTier(tmp_path).load(dataset, budget=Budget(10_000_000)).n_rows == N_ROWS


def test_an_empty_dataset_fits_into_the_pages_of_an_empty_file(tmp_path: Path, publish: Callable[..., Dataset]) -> None:
    dataset = publish(tmp_path, boards().slice(0, 0))
    assert RandomAccessTier(tmp_path).load(dataset, budget=Budget(2 * PAGE_BYTES)).n_rows == 0
    with pytest.raises(DatasetError, match="budget"):
        RandomAccessTier(tmp_path / "other").load(dataset, budget=Budget(2 * PAGE_BYTES - 1))


def test_a_version_of_a_trimmed_load_is_checked_to_the_byte(tmp_path: Path, ranked: Dataset) -> None:
    tier = RandomAccessTier(tmp_path)
    loaded = tier.load(ranked, budget=Budget(100_000))
    n_read = 0

    def on_bytes(n_bytes: int) -> None:
        nonlocal n_read
        n_read += n_bytes

    assert tier.verify("board_joins", ranked.version, on_bytes) == loaded
    assert n_read == loaded.n_bytes
    path = tmp_path / "_random_access/board_joins" / ranked.version.folder / "trimmed.keys"
    whole = path.read_bytes()
    for damaged, message in (
        (whole[:-8], r"bytes of trimmed\.keys current=\d+ != loaded=\d+"),
        (b"\0" + whole[1:], r"digest of trimmed\.keys current="),
    ):
        path.write_bytes(damaged)
        with pytest.raises(DamagedVersionError, match=message):
            tier.verify("board_joins", ranked.version)
        with pytest.raises(DamagedVersionError, match=message):
            tier.make_current({"board_joins": ranked.version})
    assert tier.load(ranked, budget=Budget(100_000)) == tier.verify("board_joins", ranked.version)
    assert path.read_bytes() == whole


@pytest.mark.parametrize(
    "name", ["trimmed", "trimmed_digest", "variant", "n_rows_before", "cut_off", "importance_share"]
)
def test_a_name_that_is_misspelt_in_the_description_is_noticed(tmp_path: Path, ranked: Dataset, name: str) -> None:
    tier = RandomAccessTier(tmp_path)
    tier.load(ranked, budget=Budget(100_000))
    path = tmp_path / "_random_access/board_joins" / ranked.version.folder / "_tier.json"
    path.write_text(path.read_text().replace(f'"{name}"', f'"{name[:-1]}"'))
    with pytest.raises(DamagedVersionError, match=r"_tier\.json|digest"):
        tier.verify("board_joins", ranked.version)


def test_full_and_light_take_turns_as_they_are_asked_for(
    tmp_path: Path, publish: Callable[..., Dataset], wide_table: Callable[[int], pa.Table]
) -> None:
    table = wide_table(40)
    tables = {"full": table, "light": project_light(table)}
    published = {variant: publish(tmp_path, rows, variant=variant) for variant, rows in tables.items()}
    for variant in ("light", "full", "light"):
        loaded = RandomAccessTier(tmp_path).serve(published[variant])
        assert (loaded.variant, loaded.source_digest) == (variant, published[variant].manifest.digest)
        with RandomAccess(tmp_path, "board_joins") as reader:
            assert (reader.variant, reader.get(50)) == (variant, tables[variant].to_pylist()[5])


def test_lookups_count_what_was_found_missing_and_trimmed(tmp_path: Path, ranked: Dataset) -> None:
    loaded = RandomAccessTier(tmp_path).serve(ranked, budget=Budget(100_000))
    with RandomAccess(tmp_path, "board_joins") as reader:
        reader.get_many(range(N_ROWS))
        for key in (-1, N_ROWS, *range(10)):
            reader.get(key)
        kept = most_important(boards(), loaded.n_rows)
        n_found = loaded.n_rows + len(kept & {*range(10)})
        assert (reader.counts.found, reader.counts.missing) == (n_found, 2)
        assert reader.counts.trimmed == N_ROWS + 10 - n_found
        assert reader.counts.errors == 0
        assert sum(reader.counts.buckets) == reader.counts.n_lookups == N_ROWS + 12
        with pytest.raises(DatasetError):
            reader.get("attic")
        with pytest.raises(DatasetError):
            reader.get_many([1, "attic"])
        assert reader.counts.errors == 3  # a batch fails with all of its keys, in every tier
