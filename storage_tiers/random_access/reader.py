"""Reading a loaded version by key. Readers of an older version keep it until they look again."""

import datetime as dt
from pathlib import Path
from types import TracebackType
from typing import Self

from storage_tiers.errors import DamagedVersionError
from storage_tiers.random_access.environments import open_loaded
from storage_tiers.random_access.keys import encode_key
from storage_tiers.random_access.values import Row, row_decoder
from storage_tiers.random_access.versions import (
    RandomAccessVersion,
    random_access_folder,
    read_tier,
    select_version,
)
from storage_tiers.versioned.versions import Version


class RandomAccess:
    """Reads rows of one loaded version by key.

    Parameters
    ----------
    root
        The output folder.
    dataset_name
        The dataset, e.g. ``pin_joins``.
    date, iteration
        A loaded version; the one that serves where neither is given.

    Raises
    ------
    VersionNotFoundError
        If it isn't loaded; the message lists what is.
    DamagedVersionError
        If its files aren't what was loaded.

    Notes
    -----
    Give each thread its own: they share one memory map. Open it after a fork, not before.

    Examples
    --------
    ``with RandomAccess("output", "board_joins") as boards: boards.get(8812)``
    """

    def __init__(
        self,
        root: str | Path,
        dataset_name: str,
        date: dt.date | None = None,
        iteration: int | None = None,
    ) -> None:
        self._root = Path(root)
        self._name = dataset_name
        self._pinned = (date, iteration)
        self._open(self._selected())

    def _selected(self) -> RandomAccessVersion:
        return read_tier(self._root, self._name, select_version(self._root, self._name, *self._pinned))

    def _open(self, loaded: RandomAccessVersion) -> None:
        self._environment = open_loaded(random_access_folder(self._root, self._name), loaded)
        self._loaded = loaded
        self._first_byte = loaded.schema_id
        self._decode = row_decoder(loaded.layout)

    @property
    def version(self) -> Version:
        """The version that is read."""
        return self._loaded.version

    def get(self, key: int | str) -> Row | None:
        """Return the row of a key, every field of the schema in order; None if there is no such row.

        Fields that light unsets are None. Text is converted where keys are numbers.

        Raises
        ------
        KeyTypeError
            If the key can't be of the column's type.
        """
        loaded = self._loaded
        typed, encoded = encode_key(self._name, loaded.layout.key, key, is_integer=loaded.key_is_integer)
        value = self._environment.get(encoded)
        if value is None:
            return None
        if value[0] != self._first_byte:
            raise DamagedVersionError(
                f"{self._name} {self.version}: the value of {key!r} has schema id {value[0]}, "
                f"not {self._first_byte}; load the version again"
            )
        return self._decode(typed, value)

    def refresh(self) -> bool:
        """Look at the pointer and move to the version that serves now; return whether there was one to move to.

        Call it once a batch of requests: it costs about 0.1 ms.
        """
        selected = self._selected()
        if selected == self._loaded:
            return False
        previous = self._environment
        self._open(selected)
        previous.close()
        return True

    def close(self) -> None:
        """Give the memory map back; closing twice is harmless."""
        self._environment.close()

    def __len__(self) -> int:
        return self._environment.n_entries

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
