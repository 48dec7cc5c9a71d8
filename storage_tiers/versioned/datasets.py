"""Reading published versions: what a notebook, a tier and the next task all start from."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from joins.arrow.fields import with_meanings
from storage_tiers.bounded_files import read_bounded_text, words_of_unreadable
from storage_tiers.errors import DamagedVersionError, DatasetError
from storage_tiers.stores.address import Root, root_of
from storage_tiers.stores.listing_cache import cached_listings
from storage_tiers.stores.store_path import StorePath
from storage_tiers.versioned.asked_version import resolve_version
from storage_tiers.versioned.given_version import DateLike, IterationLike
from storage_tiers.versioned.manifest import Manifest, Part, read_manifest
from storage_tiers.versioned.parts import (
    OnBytes,
    PartReader,
    columns_of,
    file_digest,
    ignore_bytes,
    opened_part,
    part_sizes,
)
from storage_tiers.versioned.versions import (
    Variant,
    Version,
    VersionPlace,
)


@dataclass(frozen=True, slots=True)
class Dataset:
    """One published version of a dataset."""

    place: VersionPlace
    manifest: Manifest

    @property
    def folder(self) -> Root:
        """Where its Parquet files lie: a folder, or the beginning of their keys in a store."""
        return self.place.folder

    @property
    def name(self) -> str:
        """Name of the dataset."""
        return self.manifest.dataset

    @property
    def version(self) -> Version:
        """Date and iteration."""
        return self.manifest.version

    @property
    def n_rows(self) -> int:
        """Rows over all parts."""
        return self.manifest.n_rows

    @property
    def parts(self) -> tuple[Part, ...]:
        """What the manifest says of each part, in partition order."""
        return self.manifest.parts

    @property
    def n_parts(self) -> int:
        """Number of hash partitions; empty ones have a part, too."""
        return len(self.manifest.parts)

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema with its metadata, and with what the fields mean (`joins.arrow.fields.meaning_of`)."""
        with self.opened(0) as part:
            return with_meanings(part.schema_arrow, self.manifest.fields)

    @property
    def part_paths(self) -> list[Root]:
        """The Parquet files, in partition order; hand these to an engine rather than a glob."""
        return [self.folder / part.name for part in self.manifest.parts]

    def opened(
        self, number: int, *, whole: bool = False, pre_buffer: bool = False, keeps_footer: bool = True
    ) -> AbstractContextManager[pq.ParquetFile]:
        """Open a part to be read; see `storage_tiers.versioned.parts.opened_part`."""
        part = self.manifest.parts[number]
        return opened_part(self.folder, part, whole=whole, pre_buffer=pre_buffer, keeps_footer=keeps_footer)

    def reader(self, columns: Sequence[str] | None = None) -> PartReader:
        """Return a reader of single parts.

        Raises DatasetError if there is no such column, or nothing of that name inside one: Parquet would
        leave it out and say nothing.
        """
        if isinstance(columns, str):
            raise self._no_column(columns)
        if columns is not None:
            columns = tuple(columns)
            for name in columns:
                self._check_column(name)
        return PartReader(self.folder, self.manifest.parts, columns, self.manifest.key)

    def _check_column(self, name: object) -> None:
        """Raise DatasetError if nothing has this name: no column, and nothing inside one."""
        if name in self.manifest.schema:
            return
        if not isinstance(name, str) or name.partition(".")[0] not in self.manifest.schema:
            raise self._no_column(name)
        inside = columns_of(self.schema, lambda _type: True)
        if not any(f"{path}.".startswith(f"{name}.") for path in inside):
            there = [path for path in inside if path.startswith(f"{name.partition('.')[0]}.")]
            raise self._no_column(name, f"; inside it are {', '.join(there)}" if there else "; it holds no others")

    def _no_column(self, name: object, more: str = "") -> DatasetError:
        there = more or f"; columns there: {', '.join(self.manifest.schema)}"
        return DatasetError(
            f"there is no column {name!r} in a list of columns{there}", where=f"{self.name} {self.version}"
        )

    def iter_parts(self, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """Yield the parts one after the other, each sorted by key."""
        yield from map(self.reader(columns), range(self.n_parts))

    def to_table(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Read the whole version, part after part.

        Examples
        --------
        ``open_dataset("output", "board_joins").to_table(["board_id", "page_rank"]).to_pandas()``
        """
        return pa.concat_tables(self.iter_parts(columns))

    def verify(self) -> None:
        """Recompute every part's digest.

        Raises
        ------
        DamagedVersionError
            Naming the first part that is missing or whose bytes are not those that were published.
        """
        for fault in self.faults(every_byte=True):
            raise fault

    def faults(self, *, every_byte: bool = False, on_bytes: OnBytes = ignore_bytes) -> Iterator[DamagedVersionError]:
        """Yield what is wrong with the parts: by their sizes and by the mark of damage, or by recomputing every digest.

        `on_bytes` is told of the bytes that were read for it.
        """
        size_of = part_sizes(self.folder)
        for part in self.manifest.parts:
            problem = self._problem_of(part, size_of, on_bytes if every_byte else None)
            if problem:
                yield DamagedVersionError(problem, where=f"{self.place}: {part.name}", remedy=self.place.how_to_repair)
        if not every_byte:
            yield from self.marked_faults()

    def marked_faults(self) -> Iterator[DamagedVersionError]:
        """Yield what the mark of damage says, where there is one."""
        if self.place.damage_mark.exists():
            problem = f"it was found to be damaged ({self._damage_noted()})"
            yield DamagedVersionError(problem, where=str(self.place), remedy=self.place.how_to_repair)

    def _damage_noted(self) -> str:
        """Return what the mark of damage says."""
        try:
            return read_bounded_text(self.place.damage_mark)
        except OSError as error:
            return words_of_unreadable(error)

    def _problem_of(self, part: Part, size_of: Callable[[Part], int], on_bytes: OnBytes | None) -> str:
        try:
            size = size_of(part)
            if size != part.n_bytes:
                return f"bytes current={size} != published={part.n_bytes}"
            digest = file_digest(self.folder / part.name, on_bytes) if on_bytes else part.digest
        except FileNotFoundError:
            return "the file is missing"
        except OSError as error:
            return f"it can't be read ({error.strerror})"
        return "" if digest == part.digest else f"digest current={digest[:12]} != published={part.digest[:12]}"


@dataclass(frozen=True, slots=True)
class PartsOf:
    """The parts of a version, or some columns, one in memory at a time, that can be read again and again."""

    dataset: Dataset
    columns: Sequence[str] | None = None

    def __iter__(self) -> Iterator[pa.Table]:
        """Yield the parts, each sorted by key."""
        return self.dataset.iter_parts(self.columns)


def open_dataset(
    root: str | Root,
    name: str,
    variant: Variant = "full",
    date: DateLike | None = None,
    iteration: IterationLike | None = None,
) -> Dataset:
    """Open a published version, the newest that matches.

    Parameters
    ----------
    root
        The output folder, or its address in a store (``s3://bucket/prefix``).
    name
        The dataset, e.g. ``pin_joins``.
    variant
        ``full`` or ``light``.
    date, iteration
        The version; the newest where not given. A date is a `datetime.date`, a moment of that day, or ``"YYYY-MM-DD"``;
        an iteration a whole number, or its digits.

    Raises
    ------
    VersionNotFoundError
        If no such version is published; the message lists what is.
    VersionError
        If what is given is no date, no iteration or no variant.
    DamagedVersionError
        If its manifest can't be read, or a part is missing or has another size than published
        (``Dataset.verify`` compares every byte). In a store parts are looked at when they are read.

    Examples
    --------
    ``open_dataset("output", "pin_joins", "light", date="2026-11-20")``
    """
    place = root_of(root)
    with cached_listings():
        version = resolve_version(place, name, variant, date, iteration)
        return open_version(VersionPlace(place, name, variant, version))


def open_version(place: VersionPlace) -> Dataset:
    """Open the version that lies in a place.

    Raises DamagedVersionError as `open_dataset` does, and where nothing lies there.
    """
    dataset = Dataset(place, read_manifest(place))
    for fault in dataset.marked_faults() if isinstance(place.root, StorePath) else dataset.faults():
        raise fault
    return dataset
