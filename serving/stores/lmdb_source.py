"""A dataset in LMDB: its rows are there at once, read on the spot and never waited for.

What a request takes is mostly this, so a source keeps for each set of fields the function that reads them.
"""

from collections.abc import Sequence
from typing import Literal

import lmdb
import msgspec

from serving.errors import StoreError
from serving.stores.object_types import object_type_of_layout
from serving.stores.source import Rows
from serving.stores.versioned_store import ClosableSource
from storage_tiers.errors import DatasetError
from storage_tiers.random_access.version_reader import PreparedRead, VersionReader
from storage_tiers.versioned.versions import Version

_KEPT = 256  # prepared reads; one takes 0.1 ms to be made
_FAULTS = (DatasetError, lmdb.Error, msgspec.MsgspecError, ValueError, OSError)


class LmdbSource(ClosableSource):
    """One version of a dataset in LMDB; it belongs to one thread.

    Parameters
    ----------
    address
        What plans call it.
    reader
        What reads the version; it is closed with the source.
    """

    waits: Literal["never"] = "never"

    def __init__(self, address: str, reader: VersionReader) -> None:
        loaded = reader.loaded
        self.address, self._reader = address, reader
        self.object_type = object_type_of_layout(loaded.dataset, loaded.layout, key_is_integer=loaded.key_is_integer)
        self._reads: dict[tuple[str, ...], PreparedRead] = {}

    @property
    def version(self) -> Version:
        """The version that is read."""
        return self._reader.version

    def get_many(self, keys: Sequence[int | str], fields: Sequence[str]) -> Rows:
        """Return the named fields of several rows, see `Source.get_many`."""
        named = tuple(fields)
        try:
            read = self._reads.get(named) or self._prepared(named)
            return read(keys)
        except _FAULTS as error:
            raise self._told(error) from error

    def close(self) -> None:
        """Give the memory map back; closing twice is harmless."""
        self._reads.clear()
        self._reader.close()

    def _prepared(self, named: tuple[str, ...]) -> PreparedRead:
        if len(self._reads) >= _KEPT:  # plans in requests name ever other fields
            self._reads.clear()
        read = self._reads[named] = self._reader.prepared(named)
        return read

    def _told(self, error: Exception) -> StoreError:
        if isinstance(error, DatasetError):
            return StoreError(error.problem, where=error.where or self._where, remedy=error.remedy)
        return StoreError(f"its rows can't be read ({error})", where=self._where)

    @property
    def _where(self) -> str:
        return f"{self.address} {self.version}"
