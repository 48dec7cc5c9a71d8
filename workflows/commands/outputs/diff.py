"""``interest-graph diff``: what differs between two versions of a dataset, for people and as JSON."""

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from joins.shown_text import shown, shown_as_json
from storage_tiers.stores.address import Root
from storage_tiers.versioned.datasets import open_dataset
from storage_tiers.versioned.versions import check_root
from workflows.output_console import Column, print_table
from workflows.version_diff.asked_versions import asked_versions, read_dataset
from workflows.version_diff.field_changes import FieldChange
from workflows.version_diff.moves import Move, Moves, named_pairs
from workflows.version_diff.version_diff import VersionDiff, version_diff

_ALL = "--json has all"
_NONE = "-"


def diff_of(output: Root, dataset: str, first: str, second: str, n_most: int) -> VersionDiff:
    """Compare two versions, as words name them (`workflows.version_diff.asked_versions`).

    Raises DatasetError if a version isn't there or is damaged, or both can't be compared.
    """
    check_root(output)
    name, variant = read_dataset(dataset)
    versions = asked_versions(output, name, variant, first, second)
    before, after = (open_dataset(output, name, variant, one.date, one.iteration) for one in versions)
    return version_diff(before, after, n_most)


def diff_as_json(diff: VersionDiff, n_most: int) -> str:
    """Return the difference as JSON: counts, every field that changed, and the rows that moved most."""
    counts = diff.counts
    return shown_as_json(
        {
            "dataset": diff.dataset,
            "variant": diff.variant,
            "key": diff.key,
            "key_is_unique": diff.key_is_unique,
            "before": diff.before,
            "after": diff.after,
            "is_same": diff.is_none,
            "rows": {
                "before": diff.n_rows_before,
                "after": diff.n_rows_after,
                "gone": counts.n_rows_gone,
                "new": counts.n_rows_new,
                "common": diff.n_common,
                "changed": diff.n_changed,
                "uncompared": counts.n_rows_uncompared,
            },
            "keys": {"gone": counts.n_keys_gone, "new": counts.n_keys_new, "recounted": counts.n_keys_recounted},
            "schema": diff.schema,
            "fields_not_compared": diff.not_compared,
            "fields": [_field(one, diff.n_common) for one in diff.fields],
            **_moves(diff.moves, n_most),
        }
    )


def _field(one: FieldChange, n_common: int) -> dict[str, object]:
    return {
        "name": one.name,
        "changed": one.n_changed,
        "share": one.n_changed / n_common,
        "mean_change": one.mean_size,
        "largest_change": one.largest,
        "largest_change_at": one.largest_at,
    }


def _moves(moves: Moves, n_most: int) -> dict[str, object]:
    pairs = named_pairs(moves.n_by_categories, n_most)
    return {
        "moved_by_places": moves.by_places,
        "moved_by_importance": moves.by_importance,
        "categories_changed": sum(moves.n_by_categories.values()),
        "category_moves": [{"before": before, "after": after, "rows": n_rows} for before, after, n_rows in pairs],
        "moved_by_category": moves.categories,
    }


def print_diff(diff: VersionDiff, n_most: int, console: Console) -> None:
    """Print the difference for people: counts, schema, the fields that changed most, the rows that moved most."""
    console.print(Text(f"{shown(diff.dataset)}/{diff.variant}: {diff.before} -> {diff.after}", style="bold"))
    for line in _lines_of_rows(diff):
        console.print(Text(line), soft_wrap=True)
    if diff.fields:
        console.print(Text("\nfields that changed most", style="bold"))
        _print_fields(diff, n_most, console)
    _print_moves(diff, "by places", diff.moves.by_places, diff.moving.place or "", console)
    _print_moves(diff, "by value", diff.moves.by_importance, diff.moving.importance or "", console)
    if diff.moves.n_by_categories:
        _print_categories(diff, n_most, console)


def _lines_of_rows(diff: VersionDiff) -> Iterator[str]:
    counts = diff.counts
    if diff.is_none:
        yield f"{diff.n_rows_after:,} rows, all as they were"
        return
    share = f" ({diff.n_changed / diff.n_common:.1%})" if diff.n_common else ""
    yield (
        f"rows: {diff.n_rows_before:,} -> {diff.n_rows_after:,}: {counts.n_rows_gone:,} gone, "
        f"{counts.n_rows_new:,} new, {diff.n_changed:,} changed of {diff.n_common:,} that both have{share}"
    )
    if not diff.key_is_unique:
        yield (
            f"keys: {counts.n_keys_gone:,} gone, {counts.n_keys_new:,} new, {counts.n_keys_recounted:,} with another "
            f"number of rows, of which {counts.n_rows_uncompared:,} rows are compared with none; rows of the others "
            "are compared in their order"
        )
    schema = diff.schema
    for what, names in (("added", schema.added), ("removed", schema.removed)):
        if names:
            yield f"fields {what}: {', '.join(map(shown, names))}"
    for change in schema.types:
        yield f"type changed: {shown(change.name)}: {change.before} -> {change.after}"
    if diff.not_compared:
        yield f"not compared, as values of both types can't be: {', '.join(map(shown, diff.not_compared))}"


def _print_fields(diff: VersionDiff, n_most: int, console: Console) -> None:
    columns = [Column("field"), *(Column(name, is_text=False) for name in ("changed", "share", "mean", "largest"))]
    columns.append(Column(f"at {diff.key}"))
    rows = [
        (
            shown(one.name),
            f"{one.n_changed:,}",
            f"{one.n_changed / diff.n_common:.1%}",
            _number(one.mean_size),
            _number(one.largest),
            _NONE if one.largest_at is None else shown(str(one.largest_at)),
        )
        for one in diff.fields[:n_most]
    ]
    print_table(columns, rows, console, _ALL)
    if diff.fields[n_most:]:
        console.print(Text(f"({len(diff.fields) - n_most:,} more fields changed; --limit or --json)", style="dim"))


def _print_moves(diff: VersionDiff, how: str, moves: Sequence[Move], name: str, console: Console) -> None:
    if not moves:
        return
    console.print(Text(f"\nmoved most {how} ({name})", style="bold"))
    columns = [Column(diff.key), *(Column(text, is_text=False) for text in ("before", "after", "by"))]
    rows = [
        (shown(str(one.key)), _number(one.before), _number(one.after), f"{one.after - one.before:+,.6g}")
        for one in moves
    ]
    print_table(columns, rows, console, _ALL)


def _print_categories(diff: VersionDiff, n_most: int, console: Console) -> None:
    counted = diff.moves.n_by_categories
    pairs = named_pairs(counted, n_most)
    said = ", ".join(f"{_category(before)} -> {_category(after)} {n_rows:,}" for before, after, n_rows in pairs)
    more = f", and {len(counted) - n_most:,} other pairs" if len(counted) > n_most else ""
    console.print(Text(f"\nmoved to another category: {sum(counted.values()):,}", style="bold"))
    console.print(Text(f"{said}{more}"), soft_wrap=True)
    columns = [Column(diff.key), Column("before"), Column("after"), Column(diff.moving.importance or "", is_text=False)]
    rows = [
        (shown(str(one.key)), _category(one.before), _category(one.after), _number(one.importance))
        for one in diff.moves.categories
    ]
    print_table(columns if diff.moving.importance else columns[:-1], rows, console, _ALL)


def _category(name: str | None) -> str:
    return _NONE if name is None else shown(name)


def _number(value: float | None) -> str:
    if value is None:
        return _NONE
    return f"{value:,}" if isinstance(value, int) else f"{value:,.4g}"
