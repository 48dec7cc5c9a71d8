"""A place in an object store, with as much of `pathlib.Path` as the code has that reads and writes datasets.

It is no ``os.PathLike`` and has no ``__fspath__``: what expects a local path fails with a TypeError, and never makes a
folder called ``s3:``. Folders are but beginnings of keys, so that making one does nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath

from storage_tiers.stores.listing_cache import (
    cached_content,
    cached_description,
    cached_names,
    cached_objects,
    forget_listings,
)
from storage_tiers.stores.object_store import NamesBelow, ObjectStore, StoredObject
from storage_tiers.stores.opened_stores import opened_store


@dataclass(frozen=True, slots=True, order=True)
class StorePath:
    """The address of an object, or of what lies below a key.

    Examples
    --------
    >>> place = StorePath("s3", "pins", "output") / "facts" / "full"
    >>> str(place), place.name, str(place.parent), str(place.with_name("light"))
    ('s3://pins/output/facts/full', 'full', 's3://pins/output/facts', 's3://pins/output/facts/light')
    """

    scheme: str
    bucket: str
    key: str = ""

    def __str__(self) -> str:
        return f"{self.scheme}://{self.bucket}/{self.key}".rstrip("/")

    def __truediv__(self, name: str | PurePath) -> "StorePath":
        below = name if isinstance(name, str) else name.as_posix()
        return StorePath(self.scheme, self.bucket, f"{self.key}/{below}".strip("/"))

    @property
    def store(self) -> ObjectStore:
        """The client of its bucket."""
        return opened_store(self.scheme, self.bucket)

    @property
    def name(self) -> str:
        """The last part of its key."""
        return self.key.rpartition("/")[2]

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts of its key."""
        return PurePosixPath(self.key).parts

    @property
    def suffix(self) -> str:
        """The ending of its name, with the dot."""
        return PurePosixPath(self.key).suffix

    @property
    def parent(self) -> "StorePath":
        """What it lies in."""
        return StorePath(self.scheme, self.bucket, self.key.rpartition("/")[0])

    @property
    def parents(self) -> list["StorePath"]:
        """All that it lies in, the innermost first, the bucket last."""
        above = PurePosixPath(self.key).parents
        return [StorePath(self.scheme, self.bucket, "" if str(one) == "." else str(one)) for one in above]

    def with_name(self, name: str) -> "StorePath":
        """Return what lies beside it under another name."""
        return self.parent / name

    def with_suffix(self, suffix: str) -> "StorePath":
        """Return the same with another ending."""
        return self.with_name(PurePosixPath(self.name).with_suffix(suffix).name)

    def relative_to(self, above: "StorePath") -> PurePosixPath:
        """Return how it is called from a place above it; ValueError if that isn't above it."""
        if (self.scheme, self.bucket) != (above.scheme, above.bucket):
            problem = f"{self} is not below {above}"
            raise ValueError(problem)
        return PurePosixPath(self.key).relative_to(above.key)

    def as_posix(self) -> str:
        """Return its address."""
        return str(self)

    def absolute(self) -> "StorePath":
        """Return itself."""
        return self

    def exists(self) -> bool:
        """Return whether there is such an object; a folder alone is none."""
        return self.described() is not None

    is_file = exists

    def is_dir(self) -> bool:
        """Return whether anything lies below it."""
        names = self.names()
        return bool(names.folders or names.objects)

    def described(self) -> StoredObject | None:
        """Return size, time and e-tag of an object; None if there is none."""
        return cached_description(self.scheme, self.bucket, self.key)

    def listed(self) -> list[StoredObject]:
        """Return all objects below it, at every depth, by key."""
        return cached_objects(self.scheme, self.bucket, self.key)

    def names(self) -> NamesBelow:
        """Return what lies directly below it."""
        return cached_names(self.scheme, self.bucket, self.key)

    def iterdir(self) -> Iterator["StorePath"]:
        """Yield what lies directly below it, objects and folders."""
        names = self.names()
        return (self / name for name in (*names.folders, *names.objects))

    def read_bytes(self, most_bytes: int | None = None) -> bytes:
        """Return an object; FileNotFoundError if there is none, OSError if it is larger than allowed."""
        return self.store.get(self.key, most_bytes)

    def read_small(self, most_bytes: int) -> bytes:
        """Return an object that is read often and seldom changes, as `read_bytes` does; see `cached_content`."""
        return cached_content(self.scheme, self.bucket, self.key, most_bytes)

    def read_text(self, encoding: str = "utf-8") -> str:
        """Return the text that an object holds."""
        return self.read_bytes().decode(encoding)

    def write_bytes(self, content: bytes) -> None:
        """Put an object, whatever was there."""
        forget_listings(self.scheme, self.bucket, self.key)
        self.store.put(self.key, content)

    def write_text(self, text: str, encoding: str = "utf-8") -> None:
        """Put an object that holds a text."""
        self.write_bytes(text.encode(encoding))

    def put_file(self, path: Path) -> None:
        """Put what a local file holds, whatever was there."""
        forget_listings(self.scheme, self.bucket, self.key)
        self.store.put_file(self.key, path)

    def fetch_file(self, path: Path) -> None:
        """Write what an object holds to a local file, piece after piece; FileNotFoundError if there is none."""
        with path.open("wb") as file:
            for block in self.store.blocks(self.key):
                file.write(block)

    def touch(self) -> None:
        """Put an empty object."""
        self.write_bytes(b"")

    def unlink(self, *, missing_ok: bool = False) -> None:
        """Delete an object; FileNotFoundError if there is none, unless that is fine."""
        if not missing_ok and not self.exists():
            raise FileNotFoundError(str(self))
        forget_listings(self.scheme, self.bucket, self.key)
        self.store.delete([self.key])

    def mkdir(self, *, parents: bool = False, exist_ok: bool = False) -> None:
        """Do nothing: a store has no folders."""
