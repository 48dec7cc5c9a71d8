"""A server that is down, full, old or says no is one line that tells where and what to do; secrets are in none."""

import os
import socket

import psycopg
import pyarrow as pa
import pytest

from storage_tiers import DatasetError
from storage_tiers.postgresql import sessions
from storage_tiers.postgresql.postgresql_tier import PostgresqlTier
from storage_tiers.postgresql.server_errors import told
from storage_tiers.postgresql.sessions import DEFAULT_SCHEMA, opened_session, read_address
from storage_tiers.tier import TierOptions
from tests.servers.postgresql import started_postgresql

ROWS = pa.table({"id": [1, 2]})


def one_line(error):
    assert "\n" not in str(error)
    return str(error)


def tier_at(tmp_path, address):
    return PostgresqlTier(tmp_path, TierOptions(address=address))


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://loader@db/discovery",
        "postgresql://loader:hush@db/discovery",
        "postgresql://db/discovery?password=hush",
        "postgresql://db/discovery?user=x&sslpassword=hush",
    ],
)
def test_a_secret_in_the_address_is_refused_and_not_shown(address):
    with pytest.raises(
        DatasetError, match=r"may be a secret; give the role as \?user=.*PGPASSWORD or ~/.pgpass"
    ) as told_:
        read_address(address)
    assert "hush" not in str(told_.value)


@pytest.mark.parametrize("address", ["", "db", "mysql://db/x", "postgresql://db/x#y", "postgresql://[db/x", "host=db"])
def test_what_is_no_address_is_told_with_one_that_is(address):
    with pytest.raises(DatasetError, match=r"it must be like postgresql://host:5432/database\?user=role&schema=inter"):
        read_address(address)


@pytest.mark.parametrize("schema", ["", "Nightly", "pg_catalog", "a-b", 'a"b', "1st", "s" * 64])
def test_a_schema_must_be_a_plain_name(schema):
    with pytest.raises(DatasetError, match=f"schema is '{schema}'; it must be of small letters"):
        read_address(f"postgresql://db/x?schema={schema}")


def test_other_parameters_are_libpqs():
    given = "postgresql:///discovery?service=nightly&sslrootcert=/etc/ca.pem"
    assert read_address(given) == sessions.Address(given, DEFAULT_SCHEMA)


def test_a_server_that_is_down_is_one_line_with_its_address(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"postgresql://127.0.0.1:{taken.getsockname()[1]}/discovery?user=loader"
        with pytest.raises(DatasetError) as told_:
            tier_at(tmp_path, address).datasets()
    assert one_line(told_.value).startswith(f"{address}: connection failed: ")
    assert one_line(told_.value).endswith("; mend [tiers] postgresql_address, or start the server there")


def test_a_database_that_is_not_there_is_told(tmp_path, postgresql_server):
    with pytest.raises(DatasetError, match=r'database "nowhere" does not exist'):
        tier_at(tmp_path, postgresql_server.address(database="nowhere")).datasets()


def test_a_role_that_may_make_no_schema_is_told_what_it_needs(tmp_path, publish, postgresql_server, connect):
    with connect(autocommit=True) as admin:
        admin.execute("DROP ROLE IF EXISTS guest")
        admin.execute("CREATE ROLE guest LOGIN")
    tier = tier_at(tmp_path, postgresql_server.address("guests_own", role="guest"))
    assert tier.datasets() == []  # who only looks needs no right
    with pytest.raises(DatasetError, match=r"permission denied for database postgres; .*GRANT CREATE ON DATABASE"):
        tier.load(publish(tmp_path, ROWS, "ranks", key="id"))
    with connect(autocommit=True) as admin:
        admin.execute("CREATE SCHEMA guests_own AUTHORIZATION guest")
    assert tier.serve(publish(tmp_path, ROWS, "ranks", key="id")).n_rows == 2  # its own schema is enough
    with connect(autocommit=True) as admin:
        admin.execute("DROP OWNED BY guest; DROP ROLE guest")


def test_a_database_in_another_encoding_is_refused(tmp_path, postgresql_server, connect):
    with connect(autocommit=True) as admin:
        admin.execute("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    with pytest.raises(DatasetError, match="encoding is LATIN1; it must be UTF8; make one for it: createdb"):
        tier_at(tmp_path, postgresql_server.address(database="latin")).datasets()


@pytest.mark.parametrize(
    ("least", "redshift", "problem"),
    [
        (99_00_00, 8_00_02, r"it is PostgreSQL \d+, and 99 or newer is needed"),
        (14_00_00, None, "it is Redshift, which has no COPY from a client; load Redshift with .*redshift-sql"),
    ],
)
def test_a_server_that_will_not_do_is_refused(tmp_path, postgresql_address, monkeypatch, least, redshift, problem):
    with psycopg.connect(read_address(postgresql_address).uri) as connection:
        version = connection.info.server_version
    monkeypatch.setattr(sessions, "_LEAST_VERSION", least)
    monkeypatch.setattr(sessions, "_REDSHIFT_VERSION", redshift or version)
    with pytest.raises(DatasetError, match=problem):
        tier_at(tmp_path, postgresql_address).datasets()


def test_a_package_that_is_missing_is_told_with_how_to_install_it(tmp_path, monkeypatch):
    class Missing:
        def connect(self, *_arguments, **_options):
            raise ModuleNotFoundError("No module named 'psycopg'")

    monkeypatch.setattr(sessions, "psycopg", Missing())
    with pytest.raises(DatasetError, match=r"can't be imported .*; pip install 'interest-graph\[postgresql\]'"):
        tier_at(tmp_path, "postgresql://127.0.0.1/x").datasets()


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        ("53100", "make room on the server, and run it again: nothing was changed"),
        ("53200", "give the server more of it"),
        ("57P01", "start the server, and run it again"),
        ("57014", "raise statement_timeout of the role"),
        ("25006", "name the primary server"),
        ("58030", "see the server's log: its disk can't be read or written"),
        ("XX001", "see the server's log; run it again"),
    ],
)
def test_what_goes_wrong_on_the_server_is_told_by_its_code(tmp_path, publish, tier, monkeypatch, code, remedy):
    """The server itself raises it, in the midst of a load."""
    index_rows = "storage_tiers.postgresql.budgeted_loading.index_rows"
    fail = f"DO $$BEGIN RAISE EXCEPTION 'gone wrong' USING ERRCODE = '{code}', DETAIL = 'more'; END$$"
    dataset = publish(tmp_path, ROWS, "ranks", key="id")
    with monkeypatch.context() as patched:
        patched.setattr(index_rows, lambda session, *_arguments: session.run(fail))
        with pytest.raises(DatasetError) as told_:
            tier.load(dataset)
    assert "gone wrong; " + remedy in one_line(told_.value)
    assert tier.versions("ranks") == []
    assert tier.load(dataset).n_rows == 2


def test_a_password_comes_from_the_environment_or_a_file_and_is_in_no_error(tmp_path, monkeypatch):
    for name in ("PGPASSWORD", "PGPASSFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    with started_postgresql() as server:
        with psycopg.connect(read_address(server.address()).uri, autocommit=True) as admin:
            admin.execute("CREATE ROLE loader LOGIN PASSWORD 'hush-hush'")
            admin.execute("GRANT CREATE ON DATABASE postgres TO loader")
        hba = server.folder / "pg_hba.conf"
        hba.write_text("host all loader 127.0.0.1/32 scram-sha-256\n" + hba.read_text())
        with psycopg.connect(read_address(server.address()).uri, autocommit=True) as admin:
            admin.execute("SELECT pg_reload_conf()")
        tier = tier_at(tmp_path, server.address(role="loader"))
        with pytest.raises(DatasetError, match=r"no password supplied; a password is taken from PGPASSWORD"):
            tier.datasets()
        monkeypatch.setenv("PGPASSWORD", "wrong-hush")
        with pytest.raises(DatasetError, match=r"password authentication failed.*; a password is taken from") as told_:
            tier.datasets()
        assert "hush" not in one_line(told_.value)
        monkeypatch.setenv("PGPASSWORD", "hush-hush")
        assert tier.datasets() == []
        monkeypatch.delenv("PGPASSWORD")
        (tmp_path / ".pgpass").write_text(f"127.0.0.1:{server.port}:*:loader:hush-hush\n")
        (tmp_path / ".pgpass").chmod(0o600)
        monkeypatch.setenv("PGPASSFILE", str(tmp_path / ".pgpass"))  # libpq asks the system where home is
        assert tier.datasets() == []


def test_a_server_that_dies_in_the_midst_of_a_load_loses_nothing(tmp_path, publish):
    with started_postgresql() as server:
        tier = tier_at(tmp_path, server.address())
        tier.serve(publish(tmp_path, ROWS, "ranks", key="id", iteration=1))
        second = publish(tmp_path, pa.table({"id": range(1_000)}), "ranks", key="id", iteration=2)
        killed = []

        def kill_once(*_done):
            if not killed:
                killed.append(server.stop())

        with pytest.raises(DatasetError) as told_:
            tier.load(second, on_done=kill_once)
        assert one_line(told_.value).startswith(str(read_address(server.address())))
        server.start()
        assert tier.sql("SELECT count(*) AS n FROM ranks").to_pylist() == [{"n": 2}]
        assert [version.iteration for version in tier.versions("ranks")] == [1]
        assert tier.serve(second).n_rows == 1_000


def test_errors_hold_no_secret_of_a_connection():
    error = psycopg.OperationalError("can't reach postgresql://u:hush@db password=hush2\nmore")
    assert one_line(told(error, "there")).startswith("there: can't reach postgresql://***@db password=***")


def test_a_session_that_is_closed_says_so(postgresql_address):
    with opened_session(read_address(postgresql_address)) as session:
        pass
    with pytest.raises(DatasetError, match="the connection is closed"):
        session.rows("SELECT 1")


def test_the_environment_is_as_it_was():
    assert "PGPASSWORD" not in os.environ
