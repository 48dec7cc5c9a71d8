"""Loads that die, race or are asked for again; budgets; what verify finds."""

import datetime as dt
import os
import random
import signal
import threading
import time
from contextlib import suppress

import pyarrow as pa
import pytest

from storage_tiers import DamagedVersionError, DatasetError, Version
from storage_tiers.budget import Budget
from storage_tiers.postgresql.postgresql_tier import PostgresqlTier
from storage_tiers.postgresql.sessions import opened_session, read_address
from storage_tiers.tier import TierOptions

DAY = dt.date(2026, 11, 20)
NAME = "board_joins"
N_KILLS = 50
LOAD = """
import sys
from storage_tiers import open_dataset
from storage_tiers.postgresql.postgresql_tier import PostgresqlTier
from storage_tiers.tier import TierOptions
root, address = sys.argv[1:]
tier = PostgresqlTier(root, TierOptions(2, address))
import psycopg
for line in sys.stdin:
    print("begun", flush=True)
    tier.serve(open_dataset(root, "board_joins", date="2026-11-20", iteration=int(line)))
    print("done", flush=True)
"""
FORKING_LOADER = """
import os, sys
import psycopg
from storage_tiers import open_dataset
from storage_tiers.postgresql.postgresql_tier import PostgresqlTier
from storage_tiers.tier import TierOptions
root, address = sys.argv[1:]
for line in sys.stdin:
    number = os.fork()
    if not number:
        tier = PostgresqlTier(root, TierOptions(2, address))
        tier.serve(open_dataset(root, "board_joins", date="2026-11-20", iteration=int(line)))
        os._exit(0)
    print(number, flush=True)
    os.waitpid(number, 0)
    print("ended", flush=True)
"""


def ranked(n_rows, iteration=1):
    """Rows of which the first are the most important, with text that takes some room."""
    ids = range(n_rows)
    columns = {
        "board_id": ids,
        "page_rank": [1 / (1 + n) for n in ids],
        "name": [f"{iteration} {n} " * 20 for n in ids],
    }
    return pa.table(columns).replace_schema_metadata({"importance": "page_rank"})


@pytest.fixture
def publish_ranked(tier, publish):
    return lambda n_rows, iteration=1: publish(tier.root, ranked(n_rows, iteration), NAME, iteration=iteration)


def test_a_killed_load_leaves_nothing_and_the_next_one_succeeds(tier, publish_ranked, tables, run_python, connect):
    tier.serve(publish_ranked(100))
    publish_ranked(60_000, iteration=2)
    before = tables()
    loader = run_python(LOAD, tier.root, tier.options.address)
    loader.stdin.write("2\n")
    loader.stdin.flush()
    assert loader.stdout.readline() == "begun\n"
    with connect(autocommit=True) as observer:
        while not observer.execute("SELECT FROM pg_stat_activity WHERE query ILIKE 'copy %'").fetchall():
            time.sleep(0.005)
    loader.kill()
    loader.communicate()
    assert tier.versions(NAME) == [Version(DAY, 1)]
    assert tables() == before
    loaded = tier.serve(publish_ranked(60_000, iteration=2))  # it waits until the server has noticed
    assert (loaded.n_rows, loaded.is_current) == (60_000, True)
    tier.verify(NAME, loaded.version)
    assert tables() == [*before, f"{NAME}_2026_11_20_iteration_2"]


@pytest.mark.slow
def test_of_fifty_killed_loads_none_is_seen(tier, publish_ranked, tables, run_python, connect):
    """A load and its switch are killed at any moment; what serves is whole, and nothing half-loaded is there."""
    first, second = publish_ranked(4_000, 1), publish_ranked(4_000, 2)
    tier.serve(second)
    started = time.monotonic()
    tier.serve(first)
    took_s = time.monotonic() - started
    tier.make_current({NAME: first.version})
    tier.drop(NAME, second.version)
    chosen, n_killed, n_cut_off = random.Random(7), 0, 0  # noqa: S311 - moments, no secrets
    loader = run_python(FORKING_LOADER, tier.root, tier.options.address)
    with connect(autocommit=True) as reader:
        while n_killed < N_KILLS:
            loader.stdin.write("2\n")
            loader.stdin.flush()
            number = int(loader.stdout.readline())
            time.sleep(chosen.uniform(0, took_s))
            with suppress(ProcessLookupError):  # it was faster
                os.kill(number, signal.SIGKILL)
                n_killed += 1
            assert loader.stdout.readline() == "ended\n"
            ((least, most, n),) = reader.execute(
                "SELECT min(split_part(name, ' ', 1)), max(split_part(name, ' ', 1)), count(*) FROM board_joins"
            ).fetchall()
            assert (least, n) == (most, 4_000)
            held = tier.versions(NAME)
            assert tables() == [NAME, *(f"{NAME}_2026_11_20_iteration_{version.iteration}" for version in held)]
            n_cut_off += len(held) == 1
            if second.version in held:
                tier.make_current({NAME: first.version})
                tier.drop(NAME, second.version)
    loader.communicate()
    assert 0 < n_cut_off <= N_KILLS
    assert tier.serve(second).is_current
    tier.check_serving(NAME, every_byte=True)


def test_two_loaders_of_one_version_at_once_load_it_once(tier, publish_ranked, tables):
    dataset, loaded = publish_ranked(20_000), []

    def load():
        loaded.append(tier.load(dataset))

    loaders = [threading.Thread(target=load) for _ in range(3)]
    for loader in loaders:
        loader.start()
    for loader in loaders:
        loader.join()
    assert len({one.loaded_at for one in loaded}) == 1
    assert tables() == [f"{NAME}_2026_11_20_iteration_1"]


def test_loaders_of_several_datasets_at_once_make_the_schema_once(tier, publish):
    errors = []

    def load(name):
        try:
            tier.serve(publish(tier.root, ranked(50), name))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is one too many
            errors.append(error)

    names = ["board_joins", "pin_joins", "user_joins", "board_ranks"]
    loaders = [threading.Thread(target=load, args=(name,)) for name in names]
    for loader in loaders:
        loader.start()
    for loader in loaders:
        loader.join()
    assert (errors, tier.datasets()) == ([], sorted(names))


def test_a_version_made_anew_from_other_rows_takes_the_place_of_what_serves(tier, publish_ranked, publish, tables):
    tier.serve(publish_ranked(10))
    other = publish(tier.root.parent / "other", ranked(30, iteration=5), NAME)
    assert tier.serve(other).n_rows == 30
    assert tier.sql("SELECT count(*) AS n, min(name) LIKE '5 %' AS other FROM board_joins").to_pylist() == [
        {"n": 30, "other": True}
    ]
    assert tables() == [NAME, f"{NAME}_2026_11_20_iteration_1"]


@pytest.mark.parametrize("damage", ["DELETE FROM {} WHERE board_id = 3", "UPDATE {} SET name = 'x' WHERE board_id = 3"])
def test_verify_finds_changed_rows_and_loading_again_mends_them(tier, publish_ranked, connect, damage):
    dataset = publish_ranked(50)
    tier.serve(dataset)
    with connect(autocommit=True) as user:
        user.execute(damage.format(f"{NAME}_2026_11_20_iteration_1"))
    with pytest.raises(DamagedVersionError, match=r"rows and digest current=\(\d+, -?\d+\) != loaded=\(50, "):
        tier.verify(NAME, dataset.version)
    tier.serve(dataset)
    assert tier.verify(NAME, dataset.version).n_rows == 50


def test_rows_written_anew_by_the_server_are_the_same_rows(tier, publish_ranked, connect):
    dataset = publish_ranked(5_000)
    tier.serve(dataset)
    with connect(autocommit=True) as admin:
        admin.execute(f"ALTER TABLE {NAME}_2026_11_20_iteration_1 SET (fillfactor = 50)")
        admin.execute(f"VACUUM FULL {NAME}_2026_11_20_iteration_1")
    assert tier.verify(NAME, dataset.version) == tier.validate(NAME, dataset.version)


def test_a_lost_table_is_told(tier, publish_ranked, connect):
    dataset = publish_ranked(5)
    tier.load(dataset)
    with connect(autocommit=True) as user:
        user.execute(f"DROP TABLE {NAME}_2026_11_20_iteration_1")
    with pytest.raises(DamagedVersionError, match=r"iteration_1. at postgresql://.*: it is missing; make it again"):
        tier.validate(NAME, dataset.version)
    assert tier.serve(dataset).n_rows == 5


def test_keys_that_collide_are_refused_and_nothing_stays(tier, publish, tables):
    twice = pa.table({"id": [1, 1, 2]})
    with pytest.raises(DatasetError, match="could not create unique index"):
        tier.load(publish(tier.root, twice, "odd", key="id"))
    assert (tables(), tier.versions("odd")) == ([], [])


def test_several_rows_of_a_key_are_held_where_the_dataset_says_so(tier, publish):
    tier.serve(publish(tier.root, pa.table({"id": [1, 1, 2]}), "facts", key="id", key_is_unique=False))
    assert tier.sql("SELECT count(*) AS n FROM facts WHERE id = 1").to_pylist() == [{"n": 2}]
    with pytest.raises(DatasetError, match="holds several rows a id; ask for them in SQL"):
        tier.reader("facts")


def test_an_empty_version_is_an_empty_table(tier, publish):
    assert tier.serve(publish(tier.root, ranked(1).slice(0, 0), NAME)).n_rows == 0
    tier.verify(NAME, Version(DAY, 1))
    assert tier.sql("SELECT * FROM board_joins").num_rows == 0


def bytes_there(tier, iteration=1):
    with opened_session(read_address(tier.options.address)) as session:
        return session.value("SELECT pg_total_relation_size(%s)", (f"{NAME}_2026_11_20_iteration_{iteration}",))


def test_a_budget_keeps_the_most_important_rows_and_is_nearly_full(tier, publish_ranked):
    whole = tier.serve(publish_ranked(8_000)).n_bytes
    limit = whole // 3
    loaded = tier.serve(publish_ranked(8_000), budget=Budget(limit))
    assert 0.85 * limit < bytes_there(tier) + 8 * loaded.trimmed.n_left_out <= limit
    assert loaded.n_bytes <= limit
    assert loaded.trimmed.n_rows == loaded.n_rows
    kept = tier.sql("SELECT board_id FROM board_joins ORDER BY board_id")["board_id"].to_pylist()
    assert kept == [*range(loaded.n_rows)]
    with tier.reader(NAME) as reader:
        states = [reader.state_of(key) for key in (0, loaded.n_rows - 1, loaded.n_rows, 7_999, 8_000)]
        assert states == ["found", "found", "trimmed", "trimmed", "missing"]
        reader.get_many([0, 7_999, 8_000])
        assert (reader.counts.found, reader.counts.trimmed, reader.counts.missing) == (1, 1, 1)


def test_what_fits_its_budget_is_left_and_another_budget_loads_anew(tier, publish_ranked):
    dataset = publish_ranked(3_000)
    whole = tier.serve(dataset)
    assert tier.serve(dataset, budget=Budget(whole.n_bytes)) == whole
    trimmed = tier.serve(dataset, budget=Budget(whole.n_bytes // 2))
    assert trimmed.n_rows < 3_000
    assert tier.serve(dataset, budget=Budget(whole.n_bytes // 2)) == trimmed
    assert tier.serve(dataset).n_rows == 3_000
    with tier.reader(NAME) as reader:
        assert reader.state_of(2_999) == "found"


def test_what_is_over_its_budget_is_refused_where_it_may_not_be_trimmed(tier, publish_ranked, tables):
    with pytest.raises(DatasetError, match=r"board_joins .* in postgresql: it takes .* its budget of 50.0 kB"):
        tier.load(publish_ranked(3_000), budget=Budget(50_000, "fail"))
    assert tables() == []
    assert tier.load(publish_ranked(3_000), budget=Budget(50_000_000, "fail")).trimmed is None


def test_a_budget_for_not_even_one_row_is_refused(tier, publish_ranked):
    with pytest.raises(DatasetError, match="too small for even one of 300 rows"):
        tier.load(publish_ranked(300), budget=Budget(20_000))


def test_another_process_has_a_tier_of_its_own(tier, publish_ranked):
    tier.serve(publish_ranked(5))
    again = PostgresqlTier(tier.root, TierOptions(address=tier.options.address))
    assert again.current(NAME) == Version(DAY, 1)
    other = PostgresqlTier(tier.root, TierOptions(address=tier.options.address + "x"))
    assert other.datasets() == []
