"""What readers beside a switch see: one version, whole, at any moment; and nobody waits behind anybody for long."""

import datetime as dt
import threading
import time

import psycopg
import pyarrow as pa
import pytest

from storage_tiers import DatasetError, Version
from storage_tiers.postgresql import switching
from storage_tiers.postgresql.server_errors import DependentsError, LockedError
from storage_tiers.postgresql.sessions import opened_session, read_address

DAY = dt.date(2026, 11, 20)
NAMES = ("board_joins", "pin_joins", "user_joins")
N_ROWS = 500
WHOLE = "SELECT min(v) || ' ' || max(v) || ' ' || count(*) FROM {}"
ONE = "SELECT min(v), max(v), count(*) FROM {}"


def rows_of(iteration, *, more=()):
    columns = {"id": range(N_ROWS), "v": [iteration] * N_ROWS, **{name: [None] * N_ROWS for name in more}}
    return pa.table(
        columns, schema=pa.schema([("id", pa.int64()), ("v", pa.int64()), *((n, pa.string()) for n in more)])
    )


@pytest.fixture
def loaded(tier, publish):
    """Three datasets with two versions each; every row says which one it is of. The first serve."""
    for name in NAMES:
        for iteration in (1, 2):
            tier.load(publish(tier.root, rows_of(iteration), name, key="id", iteration=iteration))
    tier.make_current({name: Version(DAY, 1) for name in NAMES})
    return tier


def all_at(iteration):
    return {name: Version(DAY, iteration) for name in NAMES}


def seen_by(session, *, statements):
    """Return what one transaction sees of the three datasets, by one statement or by one each."""
    with session.transaction():
        if statements == 1:
            parts = ", ".join(f"({WHOLE.format(name)})" for name in NAMES)
            return session.execute(f"SELECT {parts}").fetchone()
        return tuple(session.execute(WHOLE.format(name)).fetchone()[0] for name in NAMES)


@pytest.mark.parametrize("isolation", [psycopg.IsolationLevel.READ_COMMITTED, psycopg.IsolationLevel.REPEATABLE_READ])
@pytest.mark.parametrize("n_switches", [20, pytest.param(100, marks=pytest.mark.slow)])
def test_many_switches_and_ways_back_are_never_seen_half(loaded, connect, isolation, n_switches):
    seen, failed, ended = [set(), set()], [], threading.Event()

    def read(number):
        try:
            with connect(autocommit=True) as session:
                session.isolation_level = isolation
                while not ended.is_set():
                    seen[number].add(seen_by(session, statements=1 + number * 2))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is one too many
            failed.append(error)

    readers = [threading.Thread(target=read, args=(number,)) for number in range(2)]
    for reader in readers:
        reader.start()
    for number in range(n_switches):
        loaded.make_current(all_at(1 + number % 2))
        if number % 10 == 0:
            loaded.make_current(all_at(1))
    ended.set()
    for reader in readers:
        reader.join()
    whole = {(f"{iteration} {iteration} {N_ROWS}",) * 3 for iteration in (1, 2)}
    assert (failed, seen) == ([], [whole, whole])


def test_a_snapshot_older_than_the_load_sees_the_new_version_whole(tier, publish, connect):
    tier.serve(publish(tier.root, rows_of(1), "board_joins", key="id", iteration=1))
    with connect() as session:
        session.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        session.execute("SELECT 1")  # takes the snapshot, and reads nothing of ours
        tier.serve(publish(tier.root, rows_of(2), "board_joins", key="id", iteration=2))
        assert session.execute(ONE.format("board_joins")).fetchone() == (2, 2, N_ROWS)


def test_a_long_report_stops_the_switch_and_is_named_and_no_other_reader_waits(loaded, connect, monkeypatch):
    monkeypatch.setattr(switching, "PATIENCE_S", 1.5)
    with connect(application_name="the report") as report, connect(autocommit=True) as other:
        report.execute(ONE.format("board_joins"))
        started = []

        def switch():
            with pytest.raises(LockedError) as told:
                loaded.make_current(all_at(2))
            started.append(str(told.value))

        switcher = threading.Thread(target=switch)
        switcher.start()
        waits = []
        while switcher.is_alive():
            began = time.monotonic()
            assert seen_by(other, statements=1) == (f"1 1 {N_ROWS}",) * 3
            waits.append(time.monotonic() - began)
        switcher.join()
        assert started[0].startswith("postgresql://127.0.0.1:")
        assert "it can't be switched while it is read: by process" in started[0]
        assert "(the report) for 00:00:0" in started[0]
        assert len(waits) > 5  # each was let through between two tries
        report.rollback()
    loaded.make_current(all_at(2))
    assert loaded.current("pin_joins") == Version(DAY, 2)


def test_a_lock_is_given_up_before_deadlocks_are_looked_for(postgresql_address):
    with opened_session(read_address(postgresql_address)) as session:
        assert switching._lock_ms(session) == 200
        session.run("SET deadlock_timeout = '40ms'")
        assert switching._lock_ms(session) == 20


def test_columns_that_came_changed_or_went_switch_as_well_and_who_may_read_still_may(tier, publish, connect):
    with connect(autocommit=True) as admin:
        admin.execute("DROP ROLE IF EXISTS analyst")
        admin.execute("CREATE ROLE analyst")
    shapes = [rows_of(1), rows_of(2, more=["a"]), rows_of(3), rows_of(4, more=["b"]).drop_columns(["v"])]
    for iteration, shape in enumerate(shapes, 1):
        tier.serve(publish(tier.root, shape, "board_joins", key="id", iteration=iteration))
        assert tier.sql("SELECT * FROM board_joins LIMIT 0").column_names == shape.column_names
        tier.check_serving("board_joins")
        if iteration == 1:
            with connect(autocommit=True) as admin:
                admin.execute("GRANT SELECT ON board_joins TO analyst")
    with connect(autocommit=True) as admin:
        assert admin.execute("SELECT has_table_privilege('analyst', 'board_joins', 'SELECT')").fetchone() == (True,)
        admin.execute("DROP OWNED BY analyst; DROP ROLE analyst")
    tier.make_current({"board_joins": Version(DAY, 1)})
    assert tier.sql("SELECT * FROM board_joins LIMIT 0").column_names == ["id", "v"]


def test_views_of_users_follow_the_switch_and_stop_one_that_would_drop_them(tier, publish, connect):
    tier.serve(publish(tier.root, rows_of(1), "board_joins", key="id", iteration=1))
    with connect(autocommit=True) as user:
        user.execute("CREATE VIEW mine AS SELECT max(v) AS v FROM board_joins")
        tier.serve(publish(tier.root, rows_of(2), "board_joins", key="id", iteration=2))
        assert user.execute("SELECT v FROM mine").fetchone() == (2,)
        other = publish(tier.root, rows_of(3).rename_columns(["id", "w"]), "board_joins", key="id", iteration=3)
        with pytest.raises(DependentsError, match=r"view mine depends on view board_joins.*drop what goes by it"):
            tier.serve(other)
        assert user.execute("SELECT v FROM mine").fetchone() == (2,)
        assert tier.current("board_joins") == Version(DAY, 2)
        user.execute("DROP VIEW mine")
    tier.serve(other)
    assert tier.current("board_joins") == Version(DAY, 3)


def test_a_table_of_somebody_elses_under_a_dataset_name_is_left_alone(tier, publish, connect):
    tier.load(publish(tier.root, rows_of(1), "board_joins", key="id"))
    with connect(autocommit=True) as user:
        user.execute("CREATE TABLE board_joins AS SELECT 7 AS mine")
        with pytest.raises(DatasetError, match="is there, and no view of ours; rename it, or name another schema"):
            tier.make_current({"board_joins": Version(DAY, 1)})
        assert user.execute("TABLE board_joins").fetchall() == [(7,)]
    assert tier.current("board_joins") is None


def test_a_view_that_somebody_replaced_is_told_and_mended_by_the_next_switch(tier, publish, connect):
    dataset = publish(tier.root, rows_of(1), "board_joins", key="id")
    tier.serve(dataset)
    with connect(autocommit=True) as user:
        user.execute("CREATE OR REPLACE VIEW board_joins AS SELECT 1::bigint AS id, 2::bigint AS v")
    with pytest.raises(DatasetError, match=r"the view .*board_joins. doesn't show date=2026-11-20 iteration=1"):
        tier.check_serving("board_joins")
    tier.serve(dataset)
    tier.check_serving("board_joins", every_byte=True)


def test_a_switch_that_fails_half_way_changes_nothing(loaded):
    chosen = all_at(2) | {"user_joins": Version(DAY, 7)}
    with pytest.raises(DatasetError, match=r"user_joins .*iteration=7 is not loaded"):
        loaded.make_current(chosen)
    assert [loaded.current(name) for name in NAMES] == [Version(DAY, 1)] * 3
    assert loaded.sql("SELECT max(v) AS v FROM board_joins").to_pylist() == [{"v": 1}]


def test_several_are_dropped_as_one_or_none_is(loaded, tables):
    chosen = {"board_joins": [Version(DAY, 2)], "pin_joins": [Version(DAY, 1)]}
    with pytest.raises(DatasetError, match="pin_joins date=2026-11-20 iteration=1 is the current version"):
        loaded.drop_all(chosen)
    assert len(tables()) == 9
    loaded.drop_all({name: [Version(DAY, 2), Version(DAY, 5)] for name in NAMES})
    assert tables() == sorted([*NAMES, *(f"{name}_2026_11_20_iteration_1" for name in NAMES)])
    assert loaded.dropped("pin_joins") == {Version(DAY, 2)}
