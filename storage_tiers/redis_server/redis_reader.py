"""Reading rows by key from a Redis or Valkey server, as a service does.

With each batch a reader asks for the pointer as well, in the same round trip: a switch is seen by the next batch, and
costs nothing in between. All rows of a batch come from one version: they are fields of one hash, which is there whole
or not at all. Where it is gone, because the version was dropped or loaded anew, the reader looks at the pointer and
asks again, once.
"""

from collections.abc import Sequence

from storage_tiers.errors import DamagedVersionError
from storage_tiers.random_access.encoding.decoded_rows import row_decoders
from storage_tiers.random_access.keys import encode_key
from storage_tiers.reading import Row
from storage_tiers.reading.counting_reader import CountingReader
from storage_tiers.redis_server.held_versions import HeldVersions
from storage_tiers.redis_server.key_names import MARK
from storage_tiers.redis_server.raw_commands import RawConversation, packed
from storage_tiers.redis_server.redis_connection import RedisServer
from storage_tiers.redis_server.trimmed_fields import n_trimmed
from storage_tiers.redis_server.version_record import VersionRecord
from storage_tiers.versioned.asked_version import asked_for, newest_of
from storage_tiers.versioned.given_version import DateLike, IterationLike, read_asked

_Found = tuple[int | str, bytes, bytes | None]
_MOST_KEYS = 1_000  # a command: the server answers nobody else meanwhile


class RedisReader(CountingReader):
    """Reads rows of the version that serves, or of a given one; it needs the server alone, and no output folder.

    Parameters
    ----------
    address
        See `storage_tiers.redis_server.redis_address`.
    dataset_name
        The dataset, e.g. ``pin_joins``.
    date, iteration
        A loaded version, which the reader is pinned to; where neither is given it follows the pointer.
    password_file
        Whose first line is the password; without one it comes from ``REDIS_PASSWORD``.

    Raises
    ------
    VersionNotFoundError
        If it isn't loaded, or was dropped; the message lists what is.
    DamagedVersionError
        If it isn't what was loaded.
    DatasetError
        If the server can't be reached, or not with this password. A reader connects again by itself when a server is
        back, and waits for that some seconds.

    Notes
    -----
    Give each thread its own.

    Examples
    --------
    ``with RedisReader("redis://cache.internal/0", "board_joins") as boards: boards.get_many([8812, 8813])``
    """

    def __init__(
        self,
        address: str,
        dataset_name: str,
        date: DateLike | None = None,
        iteration: IterationLike | None = None,
        *,
        password_file: str = "",
    ) -> None:
        super().__init__()
        self._server = RedisServer(address, password_file)
        self._held = HeldVersions(self._server)
        self._conversation = RawConversation(self._server)
        self._name = dataset_name
        self._pinned = read_asked(date, iteration)
        self._follows = self._pinned == (None, None)
        self._open()

    @property
    def loaded(self) -> VersionRecord:
        """The record of the version that was read last."""
        return self._record

    def close(self) -> None:
        """Close the connections; closing twice is harmless."""
        self._conversation.close()
        self._server.close()

    def __len__(self) -> int:
        return self._record.n_rows

    def _open(self, before: VersionRecord | None = None) -> None:
        """Look at the pointer, or for the version that is asked for, and read its record."""
        day, number = self._pinned
        if self._follows:
            version = self._held.current(self._name)
        else:
            version = newest_of(self._held.versions().get(self._name, []), day, number)
        if version is None:
            raise _lost(self._server, before) if before else self._held.not_loaded(self._name, asked_for(day, number))
        record = self._held.record(self._name, version)
        self._record = record
        self._rows = self._server.keys.rows(record.load_number).encode()
        self._pointer, self._mark = record.version.path.encode(), record.source_digest.encode()
        self._decoder_of = row_decoders(record.layout, f"{record.dataset} {record.version}")

    def _looked_up(
        self, keys: Sequence[int | str], fields: tuple[str, ...] | None = None
    ) -> tuple[list[Row | None], int]:
        found = self._found(keys)
        decode = self._decoder_of(fields)  # of the version that was found
        rows = [None if value is None else decode(key, value) for key, _, value in found]
        return rows, n_trimmed(self._server, self._record, [encoded for _, encoded, value in found if value is None])

    def _found(self, keys: Sequence[int | str]) -> list[_Found]:
        """Return keys in the column's type, their bytes and their values, all of the version that serves now."""
        pointer, found = self._asked(keys)
        if found is None or (self._follows and pointer not in {None, self._pointer}):
            self._open(self._record)
            _, found = self._asked(keys)
        if found is None:
            self._held.check(self._record)
            raise self._held.damaged(self._name, self.version, "its rows were gone for a moment")
        first_byte = self._record.schema_id
        for key, _, value in found:
            if value is not None and value[:1] != bytes([first_byte]):
                problem = f"the value of {key!r} has schema id {value[0] if value else 'none'}, not {first_byte}"
                raise self._held.damaged(self._name, self.version, problem)
        return found

    def _asked(self, keys: Sequence[int | str]) -> tuple[bytes | None, list[_Found] | None]:
        """Return what the pointer says, and what is found; None where the version isn't there any more."""
        column, is_integer = self._record.layout.key, self._record.key_is_integer
        typed = [encode_key(self._name, column, key, is_integer=is_integer) for key in keys]
        commands = [packed(b"HGET", self._server.keys.current.encode(), self._name.encode())]
        for start in range(0, max(1, len(typed)), _MOST_KEYS):
            some = (encoded for _, encoded in typed[start : start + _MOST_KEYS])
            commands.append(packed(b"HMGET", self._rows, MARK, *some))
        pointer, *replies = self._conversation.ask(*commands)
        values: list[bytes | None] = []
        for mark, *those in replies:
            if mark != self._mark:
                return pointer, None
            values += those
        pairs = zip(typed, values, strict=True)
        return pointer, [(key, encoded, None if encoded == MARK else value) for (key, encoded), value in pairs]


def _lost(server: RedisServer, record: VersionRecord) -> DamagedVersionError:
    """Return the error about a version that was there before, and of which not even a pointer is left."""
    return DamagedVersionError(
        "it is gone, and its pointer too: the server has lost its data, or somebody removed it",
        where=f"{server.address} {record.dataset} {record.version}",
        remedy=f"load it again: interest-graph run --repair --date {record.version.date}; with appendonly yes a server "
        "keeps its data when it is restarted",
    )
