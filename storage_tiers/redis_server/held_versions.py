"""What a namespace on the server holds: records, pointers, and what was dropped."""

from storage_tiers.errors import DamagedVersionError, VersionNotFoundError
from storage_tiers.guards.row_digest import RowsDigest
from storage_tiers.redis_server.key_names import MARK, read_version, read_version_field, version_field
from storage_tiers.redis_server.redis_connection import RedisServer
from storage_tiers.redis_server.version_record import VersionRecord, read_record
from storage_tiers.versioned.asked_version import what_is_there
from storage_tiers.versioned.parts import OnBytes, ignore_bytes
from storage_tiers.versioned.versions import Version

TITLE = "random access on Redis"
LOAD_AGAIN = "load it again: interest-graph run --repair --date {}"


class HeldVersions:
    """The versions of a namespace, as they are at the moment of asking."""

    def __init__(self, server: RedisServer) -> None:
        self._server = server
        self._keys = server.keys

    def versions(self) -> dict[str, list[Version]]:
        """Return the versions that have a record, oldest first, by dataset."""
        found: dict[str, list[Version]] = {}
        for field in self._server.ask(("HKEYS", self._keys.records))[0]:
            if named := read_version_field(field):
                found.setdefault(named[0], []).append(named[1])
        return {name: sorted(versions) for name, versions in sorted(found.items())}

    def pointed(self) -> dict[str, bytes]:
        """Return what the pointers say, by dataset, all at one moment."""
        (reply,) = self._server.ask(("HGETALL", self._keys.current))
        return {name.decode(errors="replace"): said for name, said in reply.items()}

    def current(self, name: str) -> Version | None:
        """Return the version that a pointer names; None where there is none.

        Raises DamagedVersionError if it names no version at all.
        """
        (said,) = self._server.ask(("HGET", self._keys.current, name))
        version = None if said is None else read_version(said)
        if said is not None and version is None:
            shown = said[:40].decode(errors="replace")
            what = f"{shown!r} is no version; it must be like date=2026-11-20/iteration=2"
            remedy = "make one current, or load the newest again: interest-graph run --date ..."
            raise DamagedVersionError(what, where=f"{self._server.address} {self._keys.current} {name}", remedy=remedy)
        return version

    def dropped(self, name: str) -> set[Version]:
        """Return the versions of a dataset that were dropped and not loaded again."""
        named = map(read_version_field, self._server.ask(("SMEMBERS", self._keys.dropped))[0])
        return {one[1] for one in named if one and one[0] == name}

    def record(self, name: str, version: Version) -> VersionRecord:
        """Return the record of a version.

        Raises VersionNotFoundError if it isn't loaded, DamagedVersionError if it can't be read.
        """
        (content,) = self._server.ask(("HGET", self._keys.records, version_field(name, version)))
        if content is None:
            raise self.not_loaded(name, str(version))
        try:
            return read_record(content, name, version)
        except DamagedVersionError as error:
            raise self.damaged(name, version, error.problem) from None

    def check(self, record: VersionRecord) -> None:
        """Compare the number of rows and their mark with a record; DamagedVersionError if they differ."""
        rows = self._keys.rows(record.load_number)
        n_fields, mark = self._server.ask(("HLEN", rows), ("HGET", rows, MARK))
        problem = ""
        if not n_fields:
            problem = "its rows are gone"
        elif mark != record.source_digest.encode():
            problem = f"{rows} are the rows of something else"
        elif n_fields - 1 != record.n_rows:
            problem = f"rows current={n_fields - 1} != loaded={record.n_rows}"
        if problem:
            raise self.damaged(record.dataset, record.version, problem)

    def check_every_row(self, record: VersionRecord, on_bytes: OnBytes = ignore_bytes) -> None:
        """Read every row back and compare the digest; DamagedVersionError if it differs."""
        rows, trimmed = self._keys.of_load(record.load_number)
        for key, recorded, what in (
            (rows, record.digest, "rows"),
            (trimmed, record.trimmed_digest, "keys left out"),
        ):
            digest = self._server.digest_of(key, on_bytes).hex()
            if (recorded or RowsDigest().hex()) != digest:
                problem = f"digest of its {what} current={digest[:12]} != loaded={recorded[:12]}"
                raise self.damaged(record.dataset, record.version, problem)

    def not_loaded(self, name: str, asked: str) -> VersionNotFoundError:
        """Return the error of a version that isn't loaded; it lists what is."""
        versions = self.versions()
        there = what_is_there(versions.get(name, []), sorted(versions), "loaded")
        return VersionNotFoundError(
            f"{name} {asked} is not loaded for {TITLE} under {self._server.address}", remedy=there
        )

    def damaged(self, name: str, version: Version, problem: str) -> DamagedVersionError:
        """Return the error about a version that isn't what was loaded."""
        where = f"{self._server.address} {version_field(name, version)}"
        return DamagedVersionError(problem, where=where, remedy=LOAD_AGAIN.format(version.date))
