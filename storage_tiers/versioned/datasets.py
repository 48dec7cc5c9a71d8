"""Reading published versions: what a notebook, a tier and the next task all start from."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from joins.arrow.fields import with_meanings
from storage_tiers.bounded_files import read_bounded_text, words_of_unreadable
from storage_tiers.errors import DamagedVersionError, DatasetError, VersionError, VersionNotFoundError
from storage_tiers.versioned.given_version import DateLike, IterationLike, read_asked
from storage_tiers.versioned.manifest import Manifest, Part, read_manifest
from storage_tiers.versioned.parts import OnBytes, PartReader, columns_of, file_digest, ignore_bytes, opened_part
from storage_tiers.versioned.versions import (
    VARIANTS,
    Variant,
    Version,
    VersionPlace,
    check_root,
    dataset_names,
    newest_published,
    published_versions,
)


@dataclass(frozen=True, slots=True)
class Dataset:
    """One published version of a dataset."""

    place: VersionPlace
    manifest: Manifest

    @property
    def folder(self) -> Path:
        """Where its Parquet files lie."""
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
    def n_parts(self) -> int:
        """Number of hash partitions; empty ones have a part, too."""
        return len(self.manifest.parts)

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema with its metadata, and with what the fields mean (`joins.arrow.fields.meaning_of`)."""
        with opened_part(self.part_paths[0]) as part:
            return with_meanings(part.schema_arrow, self.manifest.fields)

    @property
    def part_paths(self) -> list[Path]:
        """The Parquet files, in partition order; hand these to an engine rather than a glob."""
        return [self.folder / part.name for part in self.manifest.parts]

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
        names = tuple(part.name for part in self.manifest.parts)
        return PartReader(self.folder, names, columns)

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
        for part in self.manifest.parts:
            problem = self._problem_of(part, on_bytes if every_byte else None)
            if problem:
                yield DamagedVersionError(problem, where=f"{self.place}: {part.name}", remedy=self.place.how_to_repair)
        if not every_byte and self.place.damage_mark.exists():
            yield DamagedVersionError(
                f"it was found to be damaged ({self._damage_noted()})",
                where=str(self.place),
                remedy=self.place.how_to_repair,
            )

    def _damage_noted(self) -> str:
        """Return what the mark of damage says."""
        try:
            return read_bounded_text(self.place.damage_mark)
        except OSError as error:
            return words_of_unreadable(error)

    def _problem_of(self, part: Part, on_bytes: OnBytes | None) -> str:
        path = self.folder / part.name
        try:
            size = path.stat().st_size
            if size != part.n_bytes:
                return f"bytes current={size} != published={part.n_bytes}"
            digest = file_digest(path, on_bytes) if on_bytes else part.digest
        except FileNotFoundError:
            return "the file is missing"
        except OSError as error:
            return f"it can't be read ({error.strerror})"
        return "" if digest == part.digest else f"digest current={digest[:12]} != published={part.digest[:12]}"


@dataclass(frozen=True, slots=True)
class PartsOf:
    """The parts of a version, one in memory at a time, that can be read again and again."""

    dataset: Dataset

    def __iter__(self) -> Iterator[pa.Table]:
        """Yield the parts, each sorted by key."""
        return self.dataset.iter_parts()


def open_dataset(
    root: str | Path,
    name: str,
    variant: Variant = "full",
    date: DateLike | None = None,
    iteration: IterationLike | None = None,
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
        (``Dataset.verify`` compares every byte).

    Examples
    --------
    ``open_dataset("output", "pin_joins", "light", date="2026-11-20")``
    """
    version = resolve_version(Path(root), name, variant, date, iteration)
    return open_version(VersionPlace(Path(root), name, variant, version))


def open_version(place: VersionPlace) -> Dataset:
    """Open the version that lies in a place.

    Raises DamagedVersionError as `open_dataset` does, and where nothing lies there.
    """
    dataset = Dataset(place, read_manifest(place))
    for fault in dataset.faults():
        raise fault
    return dataset


def resolve_version(
    root: Path,
    name: str,
    variant: Variant = "full",
    date: DateLike | None = None,
    iteration: IterationLike | None = None,
) -> Version:
    """Return the newest published version that matches the given date and iteration.

    Raises VersionNotFoundError if none matches; the message lists the newest that are there. Raises VersionError if
    what is given is no date, no iteration or no variant.
    """
    if variant not in VARIANTS:
        raise VersionError(f"there is no variant {variant!r}; allowed: {', '.join(VARIANTS)}", where=str(name))
    day, number = read_asked(date, iteration)
    check_root(root)
    found = newest_published(root, name, variant, day, number) if _may_be_dataset(name) else None
    if found is None:
        names = dataset_names(root)
        versions = published_versions(root, name, variant) if name in names else []
        others = [f"{name}/{other}" for other in VARIANTS if name in names and published_versions(root, name, other)]
        raise VersionNotFoundError(
            f"{name}/{variant} {asked_for(day, number)} is not published under {root}",
            remedy=what_is_there(versions, names) if versions or not others else f"published: {', '.join(others)}",
        )
    return found


def asked_for(date: dt.date | None, iteration: int | None) -> str:
    """Return the words for what was asked for, in errors."""
    asked = [f"date={date}"] if date else []
    asked += [] if iteration is None else [f"iteration={iteration}"]
    return " ".join(asked) or "of any version"


def what_is_there(versions: Sequence[Version], datasets: Sequence[str], how: str = "published") -> str:
    """Return the remedy of an error about a version that isn't there: the newest that are, or the other datasets."""
    if versions:
        return f"{len(versions)} {how} (newest: {', '.join(map(str, versions[:-4:-1]))})"
    return f"datasets {how}: {', '.join(datasets) or 'none; begin with interest-graph run'}"


def _may_be_dataset(name: str) -> bool:
    return bool(name) and "/" not in name and not name.startswith(("_", "."))
