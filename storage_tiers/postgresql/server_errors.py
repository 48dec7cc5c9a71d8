"""What PostgreSQL and its client say when something goes wrong, as errors of one line that tell what to do.

Errors are told apart by SQLSTATE, never by their words, which a server may say in any language.
"""

import re
from typing import TYPE_CHECKING

import lazy_loader  # type: ignore[import-untyped]

from joins.uri_secrets import without_secrets
from storage_tiers.errors import DatasetError

if TYPE_CHECKING:
    import psycopg
else:  # an extra, and a tenth of a second to import
    psycopg = lazy_loader.load("psycopg")

_NO_SUCH_ADDRESS = "mend [tiers] postgresql_address, or start the server there"
_ROLE = "a password is taken from PGPASSWORD or ~/.pgpass, the role from user= of the address; see pg_hba.conf, too"
_ROOM = "make room on the server, and run it again: nothing was changed"
_AGAIN = "run it again: nothing was changed"
# By SQLSTATE, or by the two characters of its class.
_REMEDIES = {
    "08": _NO_SUCH_ADDRESS,
    "25006": "name the primary server: this one takes no changes",
    "28": _ROLE,
    "3D000": "make the database: createdb, or mend [tiers] postgresql_address",
    "42501": "let the role make its schema (GRANT CREATE ON DATABASE), or own it (ALTER SCHEMA ... OWNER TO)",
    "42": "",
    "53100": _ROOM,
    "53": "give the server more of it, or run it again later: nothing was changed",
    "57014": "raise statement_timeout of the role; " + _AGAIN,
    "57": "start the server, and run it again: nothing was changed",
    "58": "see the server's log: its disk can't be read or written; " + _AGAIN,
    "XX": "see the server's log; " + _AGAIN,
}
_LOCKED = {"55P03", "40P01", "40001"}
_DEPENDENTS = "2BP01"
_HOST_IN_BRACKETS = re.compile(r"\s*\(Background on this error.*\)$")


class LockedError(DatasetError):
    """Somebody reads or changes what was to be replaced, and it was not waited for any longer."""


class DependentsError(DatasetError):
    """Something that isn't ours goes by what was to be removed."""


def told(error: "psycopg.Error", where: str) -> DatasetError:
    """Return an error of PostgreSQL as one of ours, without a secret in it."""
    state = error.sqlstate or ""
    problem = without_secrets(_words(error))
    if state in _LOCKED:
        return LockedError(problem, where=where, remedy="run it again when it is read no more")
    if state == _DEPENDENTS:
        remedy = "drop what goes by it and make it again after; views that select from the dataset's name need not go"
        return DependentsError(f"{problem} ({_detail(error)})", where=where, remedy=remedy)
    return DatasetError(problem, where=where, remedy=_remedy(error, state))


def _remedy(error: "psycopg.Error", state: str) -> str:
    if state:
        return _REMEDIES.get(state, _REMEDIES.get(state[:2], ""))
    connection = error.pgconn
    if connection is not None and (connection.needs_password or connection.used_password):
        return _ROLE
    return _NO_SUCH_ADDRESS if isinstance(error, psycopg.OperationalError) else ""


def _words(error: "psycopg.Error") -> str:
    """Return the first line of what was said, which may be about several addresses of one name."""
    lines = str(error).splitlines() or [type(error).__name__]
    return _HOST_IN_BRACKETS.sub("", lines[0]).strip()


def _detail(error: "psycopg.Error") -> str:
    return " ".join((error.diag.message_detail or "").split())
