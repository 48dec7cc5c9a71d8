"""What is changed beside readers: tables that come to their place, views that are replaced, tables that are dropped.

A dataset's name is a view of the table that serves, so that a query by its name has the rows of one version, and the
views of users go by it. To replace a view or drop a table PostgreSQL waits until nobody reads it, and whoever comes
meanwhile waits behind it; a report of an hour would stop everybody. So a lock is waited for a fifth of a second at
most; then everything is taken back, readers go on, and it is tried again, for ten minutes. The time is also well under
that after which PostgreSQL looks for deadlocks: of two that wait for each other it is never a reader that is ended.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from storage_tiers.errors import DatasetError
from storage_tiers.postgresql.records import KEPT, Record, Records
from storage_tiers.postgresql.server_errors import LockedError
from storage_tiers.postgresql.sessions import Session
from storage_tiers.sql_batch import view_name
from storage_tiers.sql_batch.sql_views import quoted_name
from storage_tiers.versioned.versions import Version

PATIENCE_S = 600.0
_LOCK_MS = 200
_FIRST_PAUSE_S, _LAST_PAUSE_S = 0.05, 2.0
_COLUMNS_OF = (
    "SELECT attname, format_type(atttypid, atttypmod), attcollation FROM pg_attribute "
    "WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
)
_GRANTS_OF = (
    "SELECT privilege_type, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END "
    "FROM pg_class, aclexplode(relacl) WHERE pg_class.oid = to_regclass(%s) AND grantee <> relowner"
)
_READERS_OF = (
    "SELECT pid, usename, application_name, date_trunc('second', clock_timestamp() - xact_start)::text "
    "FROM pg_locks JOIN pg_stat_activity USING (pid) "
    "WHERE relation = ANY(%s::regclass[]) AND granted AND pid <> pg_backend_pid() ORDER BY xact_start LIMIT 1"
)
_RELATIONS = (
    "SELECT relname::text FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace "
    "WHERE nspname = %s AND relkind IN ('r', 'v', 'm', 'f', 'p')"
)
Done = TypeVar("Done")


def beside_readers(session: Session, change: Callable[[], Done], relations: Iterable[str]) -> Done:
    """Make a change in a transaction (in a savepoint inside of one), again and again until nobody stands in its way.

    Changes of several sessions come one after the other. Raises LockedError, naming who reads one of the relations, if
    somebody does for longer than ``PATIENCE_S``.
    """
    end, pause = time.monotonic() + PATIENCE_S, _FIRST_PAUSE_S
    while True:
        try:
            with session.transaction():
                session.lock("switch")
                session.run(f"SET LOCAL lock_timeout = {_lock_ms(session)}")
                done = change()
                session.run("SET LOCAL lock_timeout = 0")
                return done
        except LockedError as error:
            if time.monotonic() > end:
                remedy = "end that, and run it again: nothing was changed"
                problem = f"it can't be switched while it is read{_reader(session, relations)}"
                raise LockedError(problem, where=error.where, remedy=remedy) from error
        time.sleep(pause)
        pause = min(2 * pause, _LAST_PAUSE_S)


def put_in_place(session: Session, record: Record, staged: str) -> None:
    """Give a loaded table the name of its version, in place of one that was there; the caller is `beside_readers`."""
    records, name = Records(session), view_name(record.dataset, record.version)
    final, before = table_of(session, record.dataset, record.version), f"{staged}_before"
    was_there = has_table(session, final)
    if was_there:
        session.run(f"ALTER TABLE {final} RENAME TO {quoted_name(before)}")
    session.run(f"ALTER TABLE {_qualified(session, staged)} RENAME TO {quoted_name(name)}")
    if records.current_if_sound(record.dataset) == record.version:
        show(session, record.dataset, record.version)
    if was_there:
        session.run(f"DROP TABLE {_qualified(session, before)}")
    records.put(record)
    records.take_back(record.dataset, record.version)


def switch(session: Session, chosen: Mapping[str, Version]) -> None:
    """Let the views of several datasets show the given versions; the caller is `beside_readers`."""
    for name, version in sorted(chosen.items()):
        if not shows(session, name, version):
            show(session, name, version)
        Records(session).put_current(name, version)


def show(session: Session, name: str, version: Version) -> None:
    """Let the view of a dataset show a version: in its place, or as a new one where it has other columns.

    Who may read the view may read the new one as well.
    """
    view, table = view_of(session, name), table_of(session, name, version)
    before, after = session.rows(_COLUMNS_OF, (view,)), session.rows(_COLUMNS_OF, (table,))
    if before and not has_table(session, view, kind="v"):
        problem = f"{view} is there, and no view of ours"
        raise DatasetError(problem, where=str(session.address), remedy="rename it, or name another schema")
    grants = session.rows(_GRANTS_OF, (view,)) if before != after[: len(before)] else []
    if before != after[: len(before)]:
        session.run(f"DROP VIEW {view}")
    session.run(f"CREATE OR REPLACE VIEW {view} AS SELECT * FROM {table}")  # noqa: S608 - all names are quoted
    for privilege, grantee in grants:
        session.run(f"GRANT {privilege} ON {view} TO {grantee}")


def shows(session: Session, name: str, version: Version) -> bool:
    """Return whether the view of a dataset is there and shows a version, with all of its columns."""
    view, table = view_of(session, name), table_of(session, name, version)
    goes_by: bool = session.value(
        "SELECT EXISTS (SELECT FROM pg_rewrite JOIN pg_depend ON objid = pg_rewrite.oid "
        "WHERE ev_class = to_regclass(%s) AND classid = 'pg_rewrite'::regclass AND refobjid = to_regclass(%s))",
        (view, table),
    )
    return goes_by and session.rows(_COLUMNS_OF, (view,)) == session.rows(_COLUMNS_OF, (table,))


def drop(session: Session, dropped: Mapping[str, Iterable[Version]]) -> None:
    """Drop the tables of versions, and note that it was on purpose; the caller is `beside_readers`."""
    records = Records(session)
    for name, versions in dropped.items():
        for version in sorted(versions):
            session.run(f"DROP TABLE IF EXISTS {table_of(session, name, version)}")
            records.remove(name, version)
            records.put_trimmed_keys(name, version, ())
            records.note_dropped(name, version)


def table_of(session: Session, name: str, version: Version) -> str:
    """Return the table of a version as SQL writes it."""
    return _qualified(session, view_name(name, version))


def view_of(session: Session, name: str) -> str:
    """Return the view of a dataset as SQL writes it."""
    return _qualified(session, name)


def has_table(session: Session, table: str, kind: str = "r") -> bool:
    """Return whether there is a table, or another relation of a kind of ``pg_class``, with a name as SQL writes it."""
    found = session.rows("SELECT relkind::text FROM pg_class WHERE oid = to_regclass(%s)", (table,))
    return found == [(kind,)]


def unrecorded_relations(session: Session) -> list[str]:
    """Return the tables and views of our schema that are no version, don't serve, and aren't kept by the tier."""
    records = Records(session)
    if not records.are_there():
        return []
    names = records.datasets()
    known = {view_name(name, version) for name in names for version in records.versions(name)}
    found = session.rows(_RELATIONS, (session.schema,))
    return sorted(name for (name,) in found if name not in {*known, *names, *KEPT})


def _qualified(session: Session, name: str) -> str:
    return f"{quoted_name(session.schema)}.{quoted_name(name)}"


def _lock_ms(session: Session) -> int:
    """Return how long a lock is waited for: at most half of the time after which deadlocks are looked for."""
    deadlock_ms: int = session.value("SELECT setting::int FROM pg_settings WHERE name = 'deadlock_timeout'")
    return max(1, min(_LOCK_MS, deadlock_ms // 2))


def _reader(session: Session, relations: Iterable[str]) -> str:
    found = session.rows(_READERS_OF, ([*relations],))
    if not found:
        return ""
    pid, role, application, age = found[0]
    return f": by process {pid} of {role} ({application or 'no application name'}) for {age}"
