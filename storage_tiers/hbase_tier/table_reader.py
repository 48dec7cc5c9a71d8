"""The handle of a service on HBase: rows by key of whatever version serves, through switches and rollbacks.

A lookup looks at the pointer at most every 100 ms, one call of half a millisecond. All rows of one `get_many` come out
of one table, and tables never change once they are recorded, so two versions can't mix. Where the table of a version
was dropped under the reader, the whole batch is looked up anew in the one that serves.
"""

import logging
from collections.abc import Iterable, Sequence
from time import monotonic

from joins.errors import DiscoveryError
from storage_tiers.errors import DamagedVersionError, DatasetError, VersionNotFoundError
from storage_tiers.hbase_tier.hbase_tier import HBaseTier
from storage_tiers.hbase_tier.loaded_table import LoadedTable
from storage_tiers.hbase_tier.table_loading import ROWS, TRIMMED
from storage_tiers.hbase_tier.trimmed_rows import Buckets, is_trimmed
from storage_tiers.hbase_tier.wire.region_map import TableGoneError
from storage_tiers.random_access.encoding.decoded_rows import DecodeRow, row_decoders
from storage_tiers.random_access.keys import MAX_KEY_BYTES, encode_key
from storage_tiers.reading import Row
from storage_tiers.reading.counting_reader import CountingReader
from storage_tiers.versioned.given_version import DateLike, IterationLike

_LOOK_EVERY_S = 0.1
_PATIENCE_S = 10.0  # for a server that is away: whoever asks by key can't wait as a load does
_MOST_TRIES = 3  # of a batch whose table was dropped while it was looked up

_log = logging.getLogger(__name__)


class TableReader(CountingReader):
    """Reads rows by key of the version that serves, and follows where it is switched to another.

    Parameters
    ----------
    tier
        The tier, which knows the address.
    dataset_name
        The dataset, e.g. ``pin_joins``.
    date, iteration
        A loaded version to stay with (pinned); the one that serves where neither is given.
    look_every_s
        How often a lookup looks whether another version serves; None: never, `refresh` alone does.

    Raises
    ------
    VersionNotFoundError
        If it isn't loaded; the message lists what is.
    DamagedVersionError
        If its table isn't served.

    Notes
    -----
    Give each thread its own, for the counts. After a fork the child opens its own.
    """

    def __init__(
        self,
        tier: HBaseTier,
        dataset_name: str,
        date: DateLike | None = None,
        iteration: IterationLike | None = None,
        *,
        look_every_s: float | None = _LOOK_EVERY_S,
    ) -> None:
        super().__init__()
        self._tier = HBaseTier(tier.root, tier.options)
        self._name = dataset_name
        self._pinned = (date, iteration)
        self._problem = ""
        follows = date is None and iteration is None and look_every_s is not None
        self._look_every_s = look_every_s or 0.0
        self._look_at = monotonic() + self._look_every_s if follows else float("inf")
        self._tier.store.cluster.wait_at_most(_PATIENCE_S)
        self._open(self._selected())

    @property
    def loaded(self) -> LoadedTable:
        """The record of the version that is read now."""
        return self._loaded

    @property
    def problem(self) -> str:
        """Why it isn't at the version that serves; empty where it is."""
        return self._problem

    def get_many(self, keys: Iterable[int | str], fields: Iterable[str] | None = None) -> list[Row | None]:
        """Return the rows of several keys, or some fields of them; see `KeyReader.get_many`."""
        if monotonic() >= self._look_at:
            self._look()
        return super().get_many(keys, fields)

    def refresh(self) -> bool:
        """Look at the pointer now and go to the version that serves; return whether there was one to go to.

        Raises as opening a reader does, and stays where it is then.
        """
        selected = self._selected()
        moves = selected != self._loaded
        if moves:
            self._open(selected)
        self._problem = ""
        return moves

    def close(self) -> None:
        """Close the connections; closing twice is harmless."""
        self._tier.store.cluster.close()

    def __len__(self) -> int:
        return self._loaded.n_rows

    def _selected(self) -> LoadedTable:
        return self._tier.loaded(self._name, self._tier.select(self._name, *self._pinned))

    def _open(self, loaded: LoadedTable) -> None:
        self._tier.check_served(loaded)
        self._rows = self._tier.store.rows(loaded.table)
        self._decoder_of = row_decoders(loaded.layout, f"{loaded.dataset} {loaded.version}")
        self._first_byte = loaded.layout.schema_id
        self._loaded = loaded

    def _look(self) -> None:
        """Go to the version that serves; where that can't be done, say so once and stay."""
        cluster = self._tier.store.cluster
        cluster.wait_at_most(0)  # whoever asks waits for the server once, in the lookup
        try:
            self.refresh()
        except DiscoveryError as error:
            if str(error) != self._problem:
                self._problem = str(error)
                self._counts.errors += 1
                _log.warning("%s goes on serving %s: %s", self._name, self.version, error)
        finally:
            cluster.wait_at_most(_PATIENCE_S)
            self._look_at = monotonic() + self._look_every_s

    def _looked_up(
        self, keys: Sequence[int | str], fields: tuple[str, ...] | None = None
    ) -> tuple[list[Row | None], int]:
        encoded = [self._encoded(key) for key in keys]
        values, n_trimmed = self._consistently([key for _, key in encoded])
        decode = self._decoder_of(fields)  # of the version that they are of
        pairs = zip(encoded, values, strict=True)
        return [self._decoded(typed, value, decode) for (typed, _), value in pairs], n_trimmed

    def _consistently(self, keys: list[bytes]) -> tuple[list[bytes | None], int]:
        """Return the value of each key out of one table, and how many of those that aren't there were trimmed away."""
        for _ in range(_MOST_TRIES):
            try:
                return self._values_of(keys)
            except TableGoneError as error:
                gone = error
                if not self._moved_on():
                    break
        raise DamagedVersionError(gone.problem, where=f"{self._name} {self.version}", remedy="open the reader again")

    def _moved_on(self) -> bool:
        """Return whether there is another table to look into, now that the one that was read is gone."""
        try:
            return self.refresh()
        except VersionNotFoundError:
            raise
        except DatasetError:
            return False

    def _values_of(self, keys: list[bytes]) -> tuple[list[bytes | None], int]:
        possible = [key for key in keys if 0 < len(key) <= MAX_KEY_BYTES]  # HBase has no row without a key
        found = dict(zip(possible, self._rows.get(ROWS, possible), strict=True))
        values = [found.get(key) for key in keys]
        missing = [key for key, value in found.items() if value is None]
        if not (self._loaded.n_buckets and missing):
            return values, 0
        buckets = Buckets(self._loaded.n_buckets)
        held = self._rows.get(TRIMMED, [buckets.row_of(key) for key in missing])
        trimmed = {key for key, bucket in zip(missing, held, strict=True) if is_trimmed(key, bucket)}
        return values, sum(key in trimmed for key in keys)

    def _encoded(self, key: int | str) -> tuple[int | str, bytes]:
        return encode_key(self._name, self._loaded.layout.key, key, is_integer=self._loaded.key_is_integer)

    def _decoded(self, key: int | str, value: bytes | None, decode: DecodeRow) -> Row | None:
        if value is None:
            return None
        if value[:1] != bytes([self._first_byte]):
            what = f"the value of {key!r} has schema id {value[:1].hex() or 'none'}, not {self._first_byte:02x}"
            raise DamagedVersionError(what, where=f"{self._name} {self.version} in {self._loaded.table}")
        return decode(key, value)
