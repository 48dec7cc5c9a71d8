"""What the tiers on this machine share: a folder, a lock, and a pointer to the version that serves.

``<root>/_<tier>/<dataset>/_CURRENT`` names a version and is replaced whole, so that going back is one small write. The
lock ``<root>/_<tier>/.lock`` is held for a moment by whoever installs, switches or drops; readers never wait for it.
"""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from storage_tiers.errors import DamagedVersionError, DatasetError
from storage_tiers.tier import Tier
from storage_tiers.versioned.parts import replace_text
from storage_tiers.versioned.staging import locked
from storage_tiers.versioned.versions import Version, version_of_folder

_LOCK_NAME = ".lock"
_CURRENT_NAME = "_CURRENT"


class EmbeddedTier(Tier):
    """A tier under the output folder; see `Tier`."""

    @property
    def home(self) -> Path:
        """The tier's own folder."""
        return self.root / f"_{self.name}"

    def folder(self, name: str) -> Path:
        """Return the folder of a dataset in the tier, whether it exists or not."""
        return self.home / name

    def datasets(self) -> list[str]:
        """Return the names of the datasets that were loaded, sorted."""
        return sorted(
            path.name for path in self.home.glob("*/") if self.versions(path.name) or (path / _CURRENT_NAME).exists()
        )

    def current(self, name: str) -> Version | None:
        """Return the version that the pointer names, whether it is there or not; None where there is no pointer.

        Raises DamagedVersionError if it names no version at all.
        """
        pointer = self.folder(name) / _CURRENT_NAME
        try:
            named = pointer.read_text(encoding="utf-8", errors="replace").strip()
        except FileNotFoundError:
            return None
        version = version_of_folder(Path(named))
        if version is None:
            raise DamagedVersionError(
                f"{named[:40]!r} is no version; it must be like date=2026-11-20/iteration=2",
                where=str(pointer),
                remedy=f"run the day again, or Load{self.name.title().replace('_', '')} alone, which writes it anew",
            )
        return version

    def make_current(self, chosen: Mapping[str, Version]) -> None:
        """Let loaded versions serve, older ones as well."""
        for name, version in chosen.items():
            self.validate(name, version)
        with self.locked():
            self._switch(chosen)

    def advance(self, chosen: Mapping[str, Version]) -> None:
        """Let loaded versions serve, except where a newer one does."""
        with self.locked():  # or a slower loader could move the pointer back
            self._switch({name: version for name, version in chosen.items() if self._may_follow(name, version)})

    def drop(self, name: str, version: Version) -> None:
        """Remove a version, except the current one."""
        with self.locked():
            if version not in self.versions(name):
                raise self.not_loaded(name, str(version))
            if version == self.current(name):
                raise DatasetError(
                    f"{name} {version} is the current version for {self.title} and can't be dropped",
                    remedy="make another one current first",
                )
            self._remove(name, version)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the tier's lock for the block."""
        self.home.mkdir(parents=True, exist_ok=True)
        with locked(self.home / _LOCK_NAME):
            yield

    def _may_follow(self, name: str, version: Version) -> bool:
        current = self._current_if_sound(name)
        return current is None or version >= current or current not in self.versions(name)

    def is_current(self, name: str, version: Version) -> bool:
        """Return whether a version serves."""
        return version == self._current_if_sound(name)

    def _current_if_sound(self, name: str) -> Version | None:
        """Return the current version; None where the pointer names none, which the next switch mends."""
        try:
            return self.current(name)
        except DamagedVersionError:
            return None

    def _switch(self, chosen: Mapping[str, Version]) -> None:
        """Announce and move the pointers; the caller holds the lock."""
        self._announce(chosen)
        for name, version in chosen.items():
            replace_text(self.folder(name) / _CURRENT_NAME, f"{version.folder.as_posix()}\n")

    def _announce(self, chosen: Mapping[str, Version]) -> None:
        """Write what others than our own readers go by, before the pointers move; nothing by default."""

    @abstractmethod
    def _remove(self, name: str, version: Version) -> None:
        """Remove a version that isn't current; the caller holds the lock."""
