"""What the tiers on this machine share: a folder, a lock, and a pointer to the version that serves.

Where the output is in a store, their folders lie in the local folder that this machine has for it: each machine has its
own copies, and its own pointers.

``<root>/_<tier>/<dataset>/_CURRENT`` names a version and is replaced whole, so that going back is one small write. The
lock ``<root>/_<tier>/.lock`` is held for a moment by whoever installs, switches or drops; readers never wait for it.
``_DROPPED`` beside the pointer lists the versions that were dropped on purpose, so that nobody takes them for lost.

Several pointers move as one: ``<root>/_<tier>/_SWITCHING`` names all the new versions, is written whole before the
first pointer moves, and is removed after the last. While it is there readers go by it; where its writer was killed,
whoever takes the lock next moves the pointers that are left.
"""

import json
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from pathlib import Path

import msgspec

from storage_tiers.bounded_files import read_bounded_text, words_of_unreadable
from storage_tiers.errors import DamagedVersionError, DatasetError
from storage_tiers.stores.local_home import local_home
from storage_tiers.tier import Tier
from storage_tiers.versioned.dated_folders import date_named, names_in
from storage_tiers.versioned.on_disk.lock_files import locked, wait_for_holder
from storage_tiers.versioned.parts import fsync, replace_text
from storage_tiers.versioned.versions import Version, how_to_repair, version_named, version_of_folder

_LOCK_NAME = ".lock"
_CURRENT_NAME = "_CURRENT"
_DROPPED_NAME = "_DROPPED"
_SWITCHING_NAME = "_SWITCHING"


class EmbeddedTier(Tier):
    """A tier under the output folder; see `Tier`."""

    @property
    def home(self) -> Path:
        """The tier's own folder."""
        return local_home(self.root) / f"_{self.name}"

    def folder(self, name: str) -> Path:
        """Return the folder of a dataset in the tier, whether it exists or not."""
        return self.home / name

    def datasets(self) -> list[str]:
        """Return the names of the datasets that were loaded, sorted."""
        names = (name for name in names_in(self.home) if (self.home / name).is_dir())
        return sorted(name for name in names if self._named(name)[1] is not None or self.find(name))

    def current(self, name: str) -> Version | None:
        """Return the version that the pointer names, whether it is there or not; None where there is no pointer."""
        return self.pointed(name)

    def pointed(self, name: str) -> Version | None:
        """Return the version that the pointer names, or is about to name; None where there is no pointer.

        Raises DamagedVersionError if it names no version at all.
        """
        pointer, named = self._named(name)
        if named is None:
            return None
        version = version_of_folder(Path(named))
        if version is None:
            what = f"{named[:40]!r} is no version; it must be like date=2026-11-20/iteration=2"
            raise DamagedVersionError(what, where=str(pointer), remedy=self.how_to_load_again(name))
        return version

    def pointer_stamp(self, name: str) -> object:
        """Return what differs whenever a pointer of the dataset was written, without reading it."""
        pointers = (self.home / _SWITCHING_NAME, self.folder(name) / _CURRENT_NAME)
        return tuple(map(_stamp_of, pointers))

    def pointed_together(self, names: Iterable[str]) -> dict[str, Version]:
        """Return the versions that the pointers of some datasets name at one moment, whoever switches meanwhile.

        Datasets without a pointer are left out. It looks again until two looks see the same: then no switch fell
        between the first and the last pointer.
        """
        wanted, before, seen = list(names), None, dict[str, str | None]()
        while seen != before or before is None:
            before, seen = seen, {name: self._named(name)[1] for name in wanted}
        versions = {name: version_of_folder(Path(named)) for name, named in seen.items() if named is not None}
        return {name: version for name, version in versions.items() if version}

    def check_serving(self, name: str, *, every_byte: bool = False) -> None:
        """Check that the pointer names a version that is there, and what was written for other programs."""
        version = self.pointed(name)
        remedy = self.how_to_load_again(name)
        if version is None:
            raise DamagedVersionError("it is missing", where=str(self.folder(name) / _CURRENT_NAME), remedy=remedy)
        if not self.holds(name, version):
            missing = self.not_loaded(name, str(version))
            raise DamagedVersionError(f"the pointer names a version that isn't there: {missing}", remedy=remedy)
        self._check_announced(name, version, every_byte=every_byte)

    def how_to_load_again(self, name: str) -> str:
        """Return the remedy of errors about a dataset of which something was lost: the newest version mends it."""
        newest = self.find(name)
        return how_to_repair(self.root, newest.date) if newest else "run the day again"

    def dropped(self, name: str) -> set[Version]:
        """Return the versions that were dropped and not loaded again."""
        path = self.folder(name) / _DROPPED_NAME
        try:
            lines = read_bounded_text(path).splitlines()
        except FileNotFoundError:
            return set()
        except OSError as error:
            problem = f"it can't be read: {words_of_unreadable(error)}"
            raise DamagedVersionError(problem, where=str(path), remedy="move it away") from None
        named = ((date_named(date), name) for date, _, name in (line.partition("/") for line in lines))
        return {version for date, name in named if date and (version := version_named(date, name))}

    def make_current(self, chosen: Mapping[str, Version]) -> None:
        """Let loaded versions serve, older ones as well."""
        for name, version in chosen.items():
            self.check_before_switch(name, version)
        with self.locked():
            self._switch(chosen)

    def advance(self, chosen: Mapping[str, Version]) -> None:
        """Let loaded versions serve, except where a newer one does."""
        for name, version in chosen.items():  # their loads read every byte
            self.validate(name, version)
        with self.locked():  # or a slower loader could move the pointer back
            self._switch({name: self._newer(name, version) for name, version in chosen.items()})

    def drop(self, name: str, version: Version) -> None:
        """Remove a version, except the current one and one that is being read."""
        if not self.holds(name, version):
            raise self.not_loaded(name, str(version))
        if self.drop_all({name: [version]}):
            raise DatasetError(
                f"{name} {version} is being read for {self.title} and can't be dropped",
                remedy="end who has it open, or drop it later",
            )

    def drop_all(self, chosen: Mapping[str, Iterable[Version]]) -> dict[str, set[Version]]:
        """Remove several versions, or none if one is current; what other programs are told is written once."""
        reading: dict[str, set[Version]] = {}
        with self.locked():
            held = {name: {*versions} & {*self.versions(name)} for name, versions in chosen.items()}
            for name, versions in held.items():
                serving = self.current(name)
                if serving in versions:
                    raise self.serves(name, serving)
            for name, versions in held.items():
                before = self.dropped(name)
                self._note_dropped(name, before | versions)  # first, so that nobody takes them for lost
                stays = {version for version in sorted(versions) if not self._remove(name, version)}
                if stays:
                    reading[name] = stays
                    self._note_dropped(name, (before | versions) - stays)
            if any(held.values()):
                self._announce({})
        return reading

    def take_back(self, name: str, version: Version) -> None:
        """Forget that a version was dropped, if it was: it is loaded again."""
        with self.locked():
            self._note_dropped(name, self.dropped(name) - {version})

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the tier's lock for the block; a switch that was killed in the midst is finished before."""
        self.home.mkdir(parents=True, exist_ok=True)
        with locked(self.home / _LOCK_NAME):
            self._finish_switch()
            yield

    def wait_for_writers(self) -> None:
        """Wait until nobody holds the tier's lock; nothing is written."""
        wait_for_holder(self.home / _LOCK_NAME)

    def _newer(self, name: str, version: Version) -> Version:
        """Return the version that serves if it is newer; where the pointer is lost, the newest that is there."""
        current = self._current_if_sound(name)
        serving = current if current and self.holds(name, current) else self.find(name)
        return max(version, serving or version)

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
        """Announce and move the pointers as one; the caller holds the lock."""
        self._announce(chosen)
        if chosen:
            folders = {name: version.folder.as_posix() for name, version in chosen.items()}
            replace_text(self.home / _SWITCHING_NAME, json.dumps(folders, indent=1))
            self._finish_switch()

    def _finish_switch(self) -> None:
        """Move the pointers that were to move, if any; the caller holds the lock."""
        switching = self.home / _SWITCHING_NAME
        text = _text_of(switching)
        if text is None:
            return
        for name, folder in (_moves_in(text) or {}).items():
            if version_of_folder(Path(folder)):
                replace_text(self.folder(name) / _CURRENT_NAME, f"{folder}\n")
        switching.unlink()
        fsync(self.home)  # or it could come back when the machine goes down, after a later switch

    def _named(self, name: str) -> tuple[Path, str | None]:
        """Return the file that says which version of a dataset serves, and what it says; None where there is none."""
        switching = self.home / _SWITCHING_NAME
        text = _text_of(switching)
        moves = {} if text is None else _moves_in(text)
        if moves is None or name in moves:  # what can't be read may have named this dataset
            return switching, text if moves is None else moves[name]
        pointer = self.folder(name) / _CURRENT_NAME
        return pointer, _text_of(pointer)

    def _announce(self, chosen: Mapping[str, Version]) -> None:
        """Write what others than our own readers go by, before the pointers move; nothing by default."""

    def _check_announced(self, name: str, version: Version, *, every_byte: bool) -> None:
        """Raise DamagedVersionError if what was announced isn't there or can't be used; nothing by default."""

    def _note_dropped(self, name: str, dropped: AbstractSet[Version]) -> None:
        path = self.folder(name) / _DROPPED_NAME
        if dropped:
            replace_text(path, "".join(f"{version.folder.as_posix()}\n" for version in sorted(dropped)))
        else:
            path.unlink(missing_ok=True)

    @abstractmethod
    def _remove(self, name: str, version: Version) -> bool:
        """Remove a version that isn't current, unless it is being read; return whether it is gone.

        The caller holds the lock.
        """


def _text_of(path: Path) -> str | None:
    try:
        return read_bounded_text(path).strip()
    except FileNotFoundError:
        return None
    except OSError as error:  # a pipe, a device: what is said of it names no version
        return words_of_unreadable(error)


def _stamp_of(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:  # what that is, whoever reads the pointer is told
        return None
    return status.st_ino, status.st_mtime_ns


def _moves_in(text: str) -> dict[str, str] | None:
    """Return the folders of versions by dataset that a note of a switch names; None where it is damaged."""
    try:
        moves = msgspec.json.decode(text, type=dict[str, str])
    except msgspec.MsgspecError:
        return None
    is_ours = all(name == Path(name).name and name[:1] not in {".", "_", ""} for name in moves)
    return moves if is_ours else None  # a path would lead out of the tier
