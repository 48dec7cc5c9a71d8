"""Reading published versions: what a notebook, a tier and the next task all start from."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from joins.arrow.fields import with_meanings
from storage_tiers.errors import DamagedVersionError, DatasetError
from storage_tiers.versioned.manifest import Manifest, Part, read_manifest
from storage_tiers.versioned.parts import file_digest
from storage_tiers.versioned.readers import PartReader
from storage_tiers.versioned.versions import Variant, Version, resolve_version, version_folder


@dataclass(frozen=True, slots=True)
class Dataset:
    """One published version of a dataset."""

    folder: Path
    manifest: Manifest

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
    def n_parts(self) -> int:
        """Number of hash partitions; empty ones have a part, too."""
        return len(self.manifest.parts)

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema with its metadata, and with what the fields mean (`joins.arrow.fields.meaning_of`)."""
        return with_meanings(pq.read_schema(self.part_paths[0]), self.manifest.fields)

    @property
    def part_paths(self) -> list[Path]:
        """The Parquet files, in partition order; hand these to an engine rather than a glob."""
        return [self.folder / part.name for part in self.manifest.parts]

    def reader(self, columns: Sequence[str] | None = None) -> PartReader:
        """Return a reader of single parts.

        Raises DatasetError if there is no such column: Parquet's reader would leave it out and say nothing.
        """
        unknown = [name for name in columns or () if str(name).partition(".")[0] not in self.manifest.schema]
        if unknown or isinstance(columns, str):
            raise DatasetError(
                f"there is no column {columns if isinstance(columns, str) else unknown[0]!r} in a list of columns; "
                f"columns there: {', '.join(self.manifest.schema)}",
                where=f"{self.name} {self.version}",
            )
        names = tuple(part.name for part in self.manifest.parts)
        return PartReader(self.folder, names, None if columns is None else tuple(columns))

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
        self._check_sizes()
        for part in self.manifest.parts:
            digest = file_digest(self.folder / part.name)
            if digest != part.digest:
                raise self._damaged(part, f"digest current={digest[:12]} != published={part.digest[:12]}")

    def _damaged(self, part: Part, what: str) -> DamagedVersionError:
        where = f"{self.name}/{self.manifest.variant} {self.version}: {part.name}"
        return DamagedVersionError(what, where=where, remedy=f"remove {self.folder} and build the version again")

    def _check_sizes(self) -> None:
        for part in self.manifest.parts:
            try:
                size = (self.folder / part.name).stat().st_size
            except FileNotFoundError:
                raise self._damaged(part, "the file is missing") from None
            if size != part.n_bytes:
                raise self._damaged(part, f"bytes current={size} != published={part.n_bytes}")


@dataclass(frozen=True, slots=True)
class PartsOf:
    """The parts of a version, one in memory at a time, that can be read again and again."""

    dataset: Dataset

    def __iter__(self) -> Iterator[pa.Table]:
        """Yield the parts, each sorted by key."""
        return self.dataset.iter_parts()


def open_dataset(
    root: str | Path, name: str, variant: Variant = "full", date: dt.date | None = None, iteration: int | None = None
) -> Dataset:
    """Open a published version, the newest that matches.

    Parameters
    ----------
    root
        The output folder.
    name
        The dataset, e.g. ``pin_joins``.
    variant
        ``full`` or ``light``.
    date, iteration
        The version; the newest where not given.

    Raises
    ------
    VersionNotFoundError
        If no such version is published; the message lists what is.
    DamagedVersionError
        If its manifest can't be read, or a part is missing or has another size than published
        (``Dataset.verify`` compares every byte).
    """
    version = resolve_version(Path(root), name, variant, date, iteration)
    folder = version_folder(Path(root), name, variant, version)
    dataset = Dataset(folder, read_manifest(folder))
    dataset._check_sizes()  # noqa: SLF001 - opening and checking are one act
    return dataset
