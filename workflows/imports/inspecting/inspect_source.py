"""``interest-graph inspect``: look at somebody's file or folder and guess the mapping that would import it.

Nothing is written here. The guess is tried out on the sample before it is called complete: the mapping is parsed and
applied to the rows that were read, as an import would.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from joins.errors import DiscoveryError, SourceError
from joins.raw.guessing.guess_mapping import guess_mapping
from joins.raw.guessing.guesses import MappingGuess
from joins.raw.guessing.mapping_text import mapping_text
from joins.raw.guessing.refused_rows import conflict_of, gap_of
from joins.raw.guessing.source_samples import SourceSample
from joins.raw.mapped.map_rows import Collected, SourceRows, map_rows
from joins.raw.mapped.mapping import TableMapping, parse_mapping
from joins.raw.mapped.source_form import SourceForm
from workflows.imports.inspecting.file_kinds import why_no_table
from workflows.imports.inspecting.sampling import ReadSource, have_like_columns, read_source
from workflows.imports.inspecting.source_forms import FormGuess, guess_csv_form, guess_json_form
from workflows.imports.inspecting.source_groups import SourceGroup, group_files, merge_alike, raw_date
from workflows.imports.source_paths import find_files, kind_of

_MOST_GROUPS = 200  # sources that are looked into
_UNSPELLABLE = ("Cc", "Cs")  # control characters, and bytes that are no UTF-8: no mapping or command can spell them
_TRIED_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A file that no table is read from, and why."""

    path: str
    why: str


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found below a root: the sources that were read, the files that weren't, the guess, its problems."""

    root: Path
    sources: tuple[ReadSource, ...]
    passed_over: tuple[PassedOver, ...]
    guess: MappingGuess | None
    problems: tuple[str, ...]
    notes: tuple[str, ...] = ()  # of files that don't count, and of input that needs no import

    @property
    def is_complete(self) -> bool:
        """Whether an import can take the mapping as it is, as far as the sample tells."""
        return self.guess is not None and self.guess.is_complete and not self.problems

    def mapping(self) -> str:
        """Return the mapping file."""
        if self.guess is None:
            raise SourceError("there is no table to guess from", where=str(self.root))
        n_files = sum(len(one.read) for one in self.sources)
        files = f"{n_files:,} files" if n_files > 1 else "1 file"
        n_rows = sum(one.sample.rows.num_rows for one in self.sources)
        heading = (
            f"A guess by interest-graph inspect, from {n_rows:,} rows of {files}. Look it through and edit it;\n"
            "docs/import.md says what each key means. Behind every line stands why it is there."
        )
        return mapping_text(self.guess, heading)


def inspect_source(source: Path) -> Inspection:
    """Look at a file, or at all files below a folder.

    Raises SourceError if there is no such file or folder, or no file in it. What else may be wrong with a file is told
    as its problem.
    """
    if not source.exists():
        raise SourceError(
            "there is no such file or folder", where=str(source), remedy="name a file or folder of tables"
        )
    root, found = (source, find_files(source, "**")) if source.is_dir() else (source.parent, None)
    whys = {path: _why_not(path, is_alone=found is None) for path in (found.paths if found else (source,))}
    passed_over = [PassedOver(path.relative_to(root).as_posix(), why) for path, why in whys.items() if why]
    groups = group_files(root, [path for path, why in whys.items() if not why])
    passed_over += [
        PassedOver(group.pattern, "too many sources; it wasn't looked at") for group in groups[_MOST_GROUPS:]
    ]
    read = _read(root, groups[:_MOST_GROUPS])
    problems = [_placed(one) for one in read if one.problem]
    guess = None
    if any(one.sample.rows.num_rows for one in read):
        guess = _told_of_unread(guess_mapping([one.sample for one in read]), read)
        problems += [*_refused(guess, read), *_tried_out(guess)]
    notes = [note.removeprefix("**: ") for note in (found.notes if found else ())]
    if date := raw_date(groups):
        notes.append(f"this is the raw layout, which needs no import: interest-graph run --input {root} --date {date}")
    return Inspection(root, tuple(read), tuple(passed_over), guess, tuple(problems), tuple(notes))


def _told_of_unread(guess: MappingGuess, read: list[ReadSource]) -> MappingGuess:
    """Return a guess that says which sources it had nothing of, since each may be one of the tables."""
    unread = [one.sample.source for one in read if one.problem and not one.sample.rows.num_rows]
    remark = "no row of it could be read; it may be the table that"
    said = [f"{name}: {remark} {guess.pins.sample.source} stands in for as pins" for name in unread]
    return replace(guess, remarks=(*guess.remarks, *said))


def _refused(guess: MappingGuess, read: list[ReadSource]) -> Iterator[str]:
    """Yield the columns that the mapping names and some file lacks: an import refuses that file."""
    lacking = {one.sample.source: one.lacking for one in read}
    for table in guess:
        for one in table.fields:
            for file in lacking[table.sample.source].get(one.column, ())[:1]:
                remedy = f"add the column there, empty where it has no values, or leave {one.field} out of the mapping"
                yield f"{table.table.name}.{one.field}: {file} has no column {one.column!r}; {remedy}"


def _placed(read: ReadSource) -> str:
    """Return the problem of a source with the name of the source in front, where it doesn't begin with it."""
    source = read.sample.source
    return read.problem if read.problem.startswith(source) else f"{source}: {read.problem}"


def _why_not(path: Path, *, is_alone: bool) -> str:
    """Say why a file is no source; a text file without a usual ending is taken as CSV only if it was asked for."""
    if any(unicodedata.category(sign) in _UNSPELLABLE for sign in str(path)):
        return "its name can't be written down; rename it"
    why = why_no_table(path)
    if why or is_alone or kind_of(path) is not None:
        return why
    return "its name tells no kind of table; if it is CSV, inspect the file itself"


def _read(root: Path, groups: list[SourceGroup]) -> list[ReadSource]:
    """Read a sample of every source; sources of one form with the same columns become one before."""
    groups = [one for group in groups for one in _of_one_kind(root, group)]
    read = [read_source(group, _form(group)) for group in groups]
    # Boards and users may both be (id, name): sources named after different things are never one table.
    alike = [(one.group, (one.form.form, one.sample.rows.schema.names, one.sample.named_after)) for one in read]
    known = {one.group.pattern: one for one in read}
    merged = merge_alike(root, [pair for pair in alike if pair[1][1]])
    again = [known.get(group.pattern) or read_source(group, _form(group)) for group in merged]
    empty = [one for one in read if not one.sample.rows.schema.names]
    return sorted([*again, *empty], key=lambda one: one.group.pattern)


def _of_one_kind(root: Path, group: SourceGroup) -> list[SourceGroup]:
    """Return a group, or its files alone where their names are alike and their columns aren't."""
    if len(group.paths) == 1 or have_like_columns(group, _form(group)):
        return [group]
    return [SourceGroup(path.relative_to(root).as_posix(), (path,)) for path in group.paths]


def _form(group: SourceGroup) -> FormGuess:
    """Guess the form of a source from the first of its files that isn't empty."""
    path = next((path for path in group.paths if path.stat().st_size), group.paths[0])
    kind = kind_of(path)
    if kind == "Parquet":
        return FormGuess(SourceForm(), words="Parquet")
    return guess_json_form(path) if kind == "JSON" else guess_csv_form(path)


def _tried_out(guess: MappingGuess) -> list[str]:
    """Return what an import of the sample, or a run on it, would find wrong; nothing where fields are missing."""
    if not guess.is_complete:
        return []
    problems = []
    try:
        mapping = parse_mapping(mapping_text(guess, ""), "mapping")
        for table, one in zip(mapping, guess, strict=True):
            rows = _mapped(table, one.sample)
            problems += [conflict_of(table.table.name, rows), gap_of(table.table, rows)]
    except DiscoveryError as error:
        return [str(error)]
    return [problem for problem in problems if problem]


def _mapped(table: TableMapping, sample: SourceSample) -> pa.Table:
    """Return the first rows of a sample as raw rows, as an import would write them."""
    columns = table.source_columns or sample.rows.schema.names[:1]
    batches = sample.rows.select(list(columns)).slice(0, _TRIED_ROWS).combine_chunks().to_batches()
    collected = Collected()
    rows = pa.concat_tables(map_rows(table, SourceRows(batch, sample.source), collected) for batch in batches)
    if not table.distinct:
        return rows
    return rows.filter(rows[table.table.key].is_valid()).group_by(rows.schema.names).aggregate([])
