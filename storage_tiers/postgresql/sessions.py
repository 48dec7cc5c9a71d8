"""A session with the server: its address, what it is told at the beginning, and statements whose errors are ours.

The address is the URI of libpq, with one parameter more, ``schema``: where the tier keeps everything that is its own.
A role is its parameter ``user``, as what stands before a host looks like a secret. A password never stands in it; libpq
takes one from ``PGPASSWORD``, ``~/.pgpass`` or a service file. libpq's other
parameters and variables (``sslmode``, ``service``, ``PGSSLROOTCERT``) do what they always do.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import lazy_loader  # type: ignore[import-untyped]

from joins.uri_secrets import has_secrets, without_secrets
from storage_tiers.errors import DatasetError
from storage_tiers.postgresql.server_errors import told

if TYPE_CHECKING:
    import psycopg
    import psycopg.types.json
else:  # as in server_errors
    psycopg = lazy_loader.load("psycopg")

Values = Sequence[object]

DEFAULT_SCHEMA = "interest_graph"
_SCHEMES = ("postgresql", "postgres")
_SCHEMA = re.compile(r"(?!pg_)[a-z_][a-z0-9_]{0,62}")
_ALLOWED = "like postgresql://host:5432/database?user=role&schema=interest_graph"
_SECRET_PARAMETERS = {"password", "sslpassword"}
_CONNECT_TIMEOUT_S = 10
_LEAST_VERSION = 14_00_00  # of which servers notice that a client is gone, and all that are still kept up
_REDSHIFT_VERSION = 8_00_02  # which Redshift says that it is
# What a role or a database may have set otherwise, and what rows, their texts and their digest depend on.
_TOLD_FIRST = {
    "TimeZone": "UTC",
    "DateStyle": "ISO, YMD",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "IntervalStyle": "postgres",
    "statement_timeout": "0",
    "lock_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "client_min_messages": "warning",
    "default_transaction_isolation": "read committed",
    "tcp_keepalives_idle": "30",  # a loader whose machine went down must not hold its lock for two hours
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}
# Where the server's system can tell, a load whose client was killed ends within a second, in the midst of an index too.
_NOTICE_GONE_CLIENTS = (
    "DO $$BEGIN PERFORM set_config('client_connection_check_interval', '1000', false); "
    "EXCEPTION WHEN OTHERS THEN NULL; END$$"
)


@dataclass(frozen=True, slots=True)
class Address:
    """Where the server is, and the schema that holds what is ours."""

    uri: str  # as libpq takes it
    schema: str

    def __str__(self) -> str:
        return without_secrets(self.uri)


def read_address(text: str) -> Address:
    """Read an address; a DatasetError says what is wrong with it.

    Examples
    --------
    >>> read_address("postgresql://db.example/discovery?user=loader&schema=nightly")
    Address(uri='postgresql://db.example/discovery?user=loader', schema='nightly')
    """
    where = "the address of PostgreSQL"
    if has_secrets(text):
        remedy = "give the role as ?user=..., the password in PGPASSWORD or ~/.pgpass"
        raise DatasetError("something stands in it that may be a secret", where=where, remedy=remedy)
    try:
        parts = urlsplit(text)
        given = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
        is_ours = parts.scheme in _SCHEMES and not parts.fragment and not parts.password
    except ValueError:
        is_ours, given = False, []
    schemas = [value for name, value in given if name == "schema"] or [DEFAULT_SCHEMA]
    if not is_ours or {name for name, _ in given} & _SECRET_PARAMETERS:
        raise DatasetError(f"{text!r} is none; it must be {_ALLOWED}", where=where)
    if not _SCHEMA.fullmatch(schemas[-1]):
        what = "small letters, digits and _, at most 63 and no digit in front, not pg_..."
        raise DatasetError(f"schema is {schemas[-1]!r}; it must be of {what}", where=where)
    query = urlencode([(name, value) for name, value in given if name != "schema"], safe="/:,")
    return Address(text.partition("?")[0] + (f"?{query}" if query else ""), schemas[-1])


class Session:
    """A connection in which every statement is a transaction of its own, outside of `transaction`."""

    def __init__(self, connection: "psycopg.Connection", address: Address) -> None:
        self._connection, self.address = connection, address
        self.schema = address.schema

    def run(self, statement: str, values: Values = ()) -> int:
        """Execute a statement and return how many rows it was about."""
        with self._told():
            return self._connection.execute(_query(statement), values or None).rowcount

    def rows(self, statement: str, values: Values = ()) -> list[tuple[Any, ...]]:
        """Return the rows of an answer."""
        with self._told(), self._connection.cursor(binary=True) as cursor:
            return cursor.execute(_query(statement), values or None).fetchall()

    def value(self, statement: str, values: Values = ()) -> Any:  # noqa: ANN401 - whatever a column holds
        """Return the one value of an answer."""
        return self.rows(statement, values)[0][0]

    def answer(self, query: str) -> "tuple[list[tuple[str, int]], list[tuple[Any, ...]]] | None":
        """Return names and type numbers of the columns of a query's answer, and its rows; None where it has none."""
        with self._told(), self._connection.cursor(binary=True) as cursor:
            cursor.execute(_query(query))
            if cursor.description is None:
                return None
            return [(column.name, column.type_code) for column in cursor.description], cursor.fetchall()

    def copy_in(self, statement: str, content: Iterable[bytes | memoryview]) -> int:
        """Send what ``COPY ... FROM STDIN`` takes, piece by piece, and return how many rows it was."""
        with self._told(), self._connection.cursor() as cursor:
            with cursor.copy(_query(statement)) as copy:
                for piece in content:
                    copy.write(piece)
            return cursor.rowcount

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make a transaction of the block, or a savepoint inside of one; an error takes back what was done."""
        with self._told(), self._connection.transaction():
            yield

    def lock(self, *words: str) -> None:
        """Wait until no other session holds a lock of this name, and hold it until the transaction ends."""
        name = "\0".join(("interest-graph", self.schema, *words)).encode().hex()
        self.rows("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (name,))

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            raise told(error, str(self.address)) from error


@contextmanager
def opened_session(address: Address) -> Iterator[Session]:
    """Connect, and close at the end.

    Raises DatasetError if the client library isn't installed, the server doesn't answer or lets nobody in, or is none
    that the tier can use.
    """
    try:
        connection = psycopg.connect(
            address.uri,
            autocommit=True,
            prepare_threshold=None,  # a prepared statement would outlive the columns of a view
            connect_timeout=None if "connect_timeout=" in address.uri else _CONNECT_TIMEOUT_S,
            fallback_application_name="interest-graph",
            client_encoding="UTF8",
        )
    except ImportError as error:
        remedy = "pip install 'interest-graph[postgresql]'"
        raise DatasetError(f"psycopg can't be imported ({error})", where=str(address), remedy=remedy) from error
    except psycopg.Error as error:
        raise told(error, str(address)) from error
    psycopg.types.json.set_json_loads(_as_text, connection)
    with connection:
        _check_server(connection, address)
        session = Session(connection, address)
        told_first = {**_TOLD_FIRST, "search_path": address.schema}
        settings = ", ".join(f"set_config('{name}', '{value}', false)" for name, value in told_first.items())
        session.rows(f"SELECT {settings}")
        session.run(_NOTICE_GONE_CLIENTS)
        yield session


def _check_server(connection: "psycopg.Connection", address: Address) -> None:
    version, encoding = connection.info.server_version, connection.info.parameter_status("server_encoding")
    if version == _REDSHIFT_VERSION:
        remedy = "load Redshift with the statements of interest-graph redshift-sql"
        raise DatasetError("it is Redshift, which has no COPY from a client", where=str(address), remedy=remedy)
    if version < _LEAST_VERSION:
        problem = f"it is PostgreSQL {version // 10_000}, and {_LEAST_VERSION // 10_000} or newer is needed"
        raise DatasetError(problem, where=str(address), remedy="name a newer server")
    if encoding != "UTF8":
        remedy = "make one for it: createdb --encoding UTF8 --template template0"
        raise DatasetError(f"the database's encoding is {encoding}; it must be UTF8", where=str(address), remedy=remedy)


def _as_text(content: str | bytes) -> str:
    """Return JSON as it is: whoever wants what it says knows its types better."""
    return content if isinstance(content, str) else bytes(content).decode()


def _query(statement: str) -> bytes:
    """Return a statement as the client takes those that aren't written out in the code."""
    return statement.encode()
