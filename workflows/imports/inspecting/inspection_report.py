"""What `interest-graph inspect` found, for people: each source with its columns, files passed over, what to look at."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pyarrow.compute as pc
from rich.console import Console
from rich.table import Table
from rich.text import Text

from joins.raw.guessing.attribute_columns import words_for_categories
from joins.raw.guessing.columns.column_profiles import ColumnProfile
from joins.raw.guessing.guesses import MappingGuess
from joins.raw.guessing.mapping_text import one_line
from joins.raw.guessing.source_samples import SourceSample
from joins.shown_text import line_for_people
from workflows.imports.inspecting.inspect_source import Inspection, PassedOver
from workflows.imports.inspecting.sampling import ReadSource

_HEADINGS = ("column", "type", "missing", "different", "becomes", "examples")
_LONGEST_EXAMPLE = 24  # characters
_MOST_COLUMNS = 40  # of a source that are shown if no field reads them
_MOST_FILES = 3  # passed over for one reason that are named


def print_inspection(inspection: Inspection, console: Console) -> None:
    """Print the sources and their columns, then what was passed over, what is wrong and what to look at."""
    for read in inspection.sources:
        _print_source(read, inspection.guess, console)
    for line, style in _remarks(inspection):
        console.print(Text(one_line(line), style=style), soft_wrap=True)


def _remarks(inspection: Inspection) -> Iterator[tuple[str, str]]:
    """Yield what there is to say beside the tables, each with its style: the gravest at the end."""
    for line in (*_passed_over(inspection.passed_over), *inspection.notes):
        yield line, "dim"
    for problem in inspection.problems:
        yield f"problem: {problem}", "bold red"
    for doubt in doubts_of(inspection):
        yield f"look at: {doubt}", "yellow"
    for missing in _missing(inspection.guess):
        yield missing, "bold red"


def _passed_over(files: Sequence[PassedOver]) -> Iterator[str]:
    """Yield a line for every reason, with the first files that it is the reason for."""
    by_reason: dict[str, list[str]] = {}
    for file in files:
        by_reason.setdefault(file.why, []).append(file.path)
    for why, paths in by_reason.items():
        more = f" and {len(paths) - _MOST_FILES:,} more" if len(paths) > _MOST_FILES else ""
        yield f"passed over {', '.join(paths[:_MOST_FILES])}{more}: {why}"


def doubts_of(inspection: Inspection) -> list[str]:
    """Return what has to be looked at, a line each: forms of files, fields, sources that are left unused."""
    doubts = [f"{read.sample.source}: {doubt}" for read in inspection.sources for doubt in read.form.doubts]
    if inspection.guess is None:
        return doubts
    unused = [f"{sample.source}: no table reads it" for sample in inspection.guess.unused]
    return [*doubts, *inspection.guess.doubts(), *unused]


def _print_source(read: ReadSource, guess: MappingGuess | None, console: Console) -> None:
    sample = read.sample
    n_files = len(read.group.paths)
    files = f"{len(read.read):,} of {n_files:,} files read" if n_files > 1 else "1 file"
    n_rows = f"{sample.rows.num_rows:,} rows" + ("" if sample.is_whole else " of the beginning")
    console.print(Text(f"{sample.source}  ({read.form.words}; {files}, {n_rows})", style="bold"), soft_wrap=True)
    if not sample.rows.num_rows:
        console.print("  no rows", style="dim")
        return
    used = guess.used_as(sample) if guess else {}
    shown = [_as_category(one, sample, guess) for one in _shown(sample.profiles, used)]
    rows = [_row(profile, used.get(profile.name, [])) for profile in shown]
    widths = _widths(rows, console.width)
    wide = Console(file=console.file, width=max(console.width, sum(widths) + 2 * len(widths)), highlight=False)
    wide.print(_table(rows, widths))
    if len(shown) < len(sample.profiles):
        console.print(f"  and {len(sample.profiles) - len(shown):,} more columns that no field reads", style="dim")
    console.print()


def _widths(rows: list[list[str]], console_width: int) -> list[int]:
    """Return the widths of the columns: examples are cut to what the terminal has left, nothing else is."""
    lines = [[line for row in rows for line in row[place].split("\n")] for place in range(len(_HEADINGS))]
    widths = [max(map(len, (heading, *column))) for heading, column in zip(_HEADINGS, lines, strict=True)]
    left = console_width - sum(widths[:-1]) - 2 * len(_HEADINGS)
    return [*widths[:-1], min(widths[-1], max(left, _LONGEST_EXAMPLE))]


def _table(rows: list[list[str]], widths: list[int]) -> Table:
    table = Table(box=None, header_style="dim", pad_edge=False)
    for heading, width in zip(_HEADINGS, widths, strict=True):
        is_number = heading in ("missing", "different")
        table.add_column(
            heading, justify="right" if is_number else "left", no_wrap=True, width=width, overflow="ellipsis"
        )
    for cells in rows:
        styles = ["cyan" if heading == "becomes" else "" for heading in _HEADINGS]
        table.add_row(*(Text(cell, style=style) for cell, style in zip(cells, styles, strict=True)))
    return table


def _shown(profiles: dict[str, ColumnProfile], used: dict[str, list[str]]) -> Iterator[ColumnProfile]:
    n_unused = 0
    for name, profile in profiles.items():
        n_unused += name not in used
        if name in used or n_unused <= _MOST_COLUMNS:
            yield profile


def _as_category(profile: ColumnProfile, sample: SourceSample, guess: MappingGuess | None) -> ColumnProfile:
    """Return the profile of the categories as the mapping reads them: words such as nan are missing values."""
    if guess is None or guess.boards.sample is not sample or guess.boards["category"].column != profile.name:
        return profile
    words = words_for_categories(profile)
    nothing = profile.values.filter(pc.invert(pc.is_in(profile.values, value_set=words)))
    n_nothing = pc.sum(pc.is_in(sample.texts(profile.name), value_set=nothing)).as_py() or 0
    return replace(profile, values=words, n_missing=profile.n_missing + n_nothing)


def _row(profile: ColumnProfile, used: list[str]) -> list[str]:
    kind = str(profile.kind)
    if profile.look:
        kind = f"{profile.width} hex digits" if profile.look == "hex" and profile.width else profile.look
    elif profile.kind == "time" and profile.time:
        kind = f"time, {profile.time}"
    missing = f"{profile.n_missing / profile.n_rows:.0%}" if profile.n_missing else ""
    examples = ", ".join(_cut(example) for example in profile.examples())
    return [_cut(profile.name), kind, missing, f"{profile.n_distinct:,}", "\n".join(used) or "-", examples]


def _cut(text: str) -> str:
    plain = line_for_people(text)
    return plain if len(plain) <= _LONGEST_EXAMPLE else f"{plain[: _LONGEST_EXAMPLE - 1]}…"


def _missing(guess: MappingGuess | None) -> Iterator[str]:
    for table in guess or ():
        for name in table.missing():
            others = f" ({', '.join(table[name].others)}?)" if table[name].others else ""
            what = f"{table.table.name}.{name}: {table[name].why}{others}"
            yield f"missing: {what}; name a column, a constant or row_number"
