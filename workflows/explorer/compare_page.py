"""Two versions of a dataset side by side: what their manifests say at once, and what differs row by row."""

import functools
from collections.abc import Mapping, Sequence

from starlette.routing import BaseRoute

from storage_tiers.versioned.datasets import Dataset, open_version
from storage_tiers.versioned.versions import VARIANTS, VersionPlace, dataset_names, published_versions
from workflows.explorer.opened_versions import JOIN_PATHS, check_dataset
from workflows.explorer.page_routes import Asked, AskedWrongError, page_routes
from workflows.explorer.versions_there import check_words, words_of
from workflows.pages import words
from workflows.pages.cells import Cell, Column, Rows
from workflows.version_diff.asked_versions import asked_versions, read_dataset
from workflows.version_diff.field_changes import FieldChange
from workflows.version_diff.moves import Move, named_pairs
from workflows.version_diff.version_diff import VersionDiff, version_diff

_MOST = 20  # rows of each kind
_KEPT = 32  # comparisons
_DEFAULT = "board_joins/light"
_WORDS = ("newest", "current", "previous")


def routes() -> Sequence[BaseRoute]:
    """Return the routes of both parts of a comparison."""
    return [
        *page_routes("/compare", "explorer", "compare.html", compare_page),
        *page_routes("/compare/changes", "explorer", "changes.html", changes_page),
    ]


def compare_page(asked: Asked) -> dict[str, object]:
    """Return what two manifests say; opens no rows."""
    choices = [
        f"{name}/{variant}"
        for name in dataset_names(asked.output)
        for variant in VARIANTS
        if len(published_versions(asked.output, name, variant)) > 1
    ]
    given = asked.query.get("dataset", "")
    chosen = given or (_DEFAULT if _DEFAULT in choices or not choices else choices[0])
    values: dict[str, object] = {"choices": choices, "dataset": chosen, "versions": [], "a": "", "b": ""}
    if not choices and not given:
        return values | {"sides": None, "changes_link": "", "why_none": "No dataset has two versions yet."}
    name, variant = read_dataset(chosen)
    check_dataset(asked, name)
    there = published_versions(asked.output, name, variant)
    values["versions"] = [*_WORDS, *(words_of(one) for one in reversed(there))]
    if len(there) < 2 and not asked.query.get("a"):  # noqa: PLR2004 - two are compared
        why = f"{chosen} has {words.count(len(there), 'version')}; two are needed."
        return values | {"sides": None, "changes_link": "", "why_none": why}
    before, after = _sides(asked, chosen)
    a, b = words_of(before.version), words_of(after.version)
    values |= {"a": a, "b": b, "why_none": "", "sides": _side_by_side(before, after)}
    return values | {"changes_link": asked.link("compare", "changes", dataset=chosen, a=a, b=b)}


def _sides(asked: Asked, chosen: str) -> tuple[Dataset, Dataset]:
    """Open both versions; by default the two newest."""
    name, variant = read_dataset(chosen)
    check_dataset(asked, name)
    a, b = asked.query.get("a") or "previous", asked.query.get("b") or "newest"
    for given in {a, b} - {*_WORDS}:
        check_words(asked, given)
    one, other = asked_versions(asked.output, name, variant, a, b)
    if one == other:
        raise AskedWrongError(f"both versions are {one}", remedy="name two: /compare?a=previous&b=newest")
    places = (VersionPlace(asked.output, name, variant, version) for version in (one, other))
    before, after = map(open_version, places)
    return before, after


def _side_by_side(before: Dataset, after: Dataset) -> Rows:
    columns = [Column("what"), Column(words_of(before.version)), Column(words_of(after.version)), Column("change")]
    rows: list[list[object]] = [
        _numbers("rows", before.n_rows, after.n_rows),
        _numbers("bytes", before.manifest.n_bytes, after.manifest.n_bytes),
        _numbers("parts", before.n_parts, after.n_parts),
        ["made", before.manifest.created_at, after.manifest.created_at, None],
        _texts("code version", before.manifest.code_version, after.manifest.code_version),
        _texts("digest", before.manifest.digest[:12], after.manifest.digest[:12]),
    ]
    rows += _changed("setting", before.manifest.parameters, after.manifest.parameters)
    rows += _changed("count", before.manifest.counts, after.manifest.counts)
    return Rows("Both versions", columns, rows)


def _numbers(what: str, one: float, other: float) -> list[object]:
    change = other - one
    share = f" ({words.share(change, one)})" if one and change else ""
    return [what, one, other, Cell(change, words=f"{'+' if change > 0 else ''}{words.number(change)}{share}")]


def _texts(what: str, one: str, other: str) -> list[object]:
    return [what, one, other, "the same" if one == other else Cell("other", kind="warn")]


def _changed(kind: str, one: Mapping[str, object], other: Mapping[str, object]) -> list[list[object]]:
    """Return the settings or counts of which both say something else."""
    rows: list[list[object]] = []
    for name in sorted({*one, *other}):
        before, after = one.get(name), other.get(name)
        if before == after:
            continue
        if isinstance(before, int | float) and isinstance(after, int | float):
            rows.append(_numbers(f"{kind} {name}", before, after))
        else:
            rows.append([f"{kind} {name}", before, after, Cell("other", kind="warn")])
    return rows


def changes_page(asked: Asked) -> dict[str, object]:
    """Return what differs row by row; reads both versions, once."""
    chosen = asked.query.get("dataset", "") or _DEFAULT
    before, after = _sides(asked, chosen)
    diff = _diff(before.place, before.manifest.digest, after.place, after.manifest.digest)
    return {
        "dataset": chosen,
        "a": words_of(diff.before),
        "b": words_of(diff.after),
        "is_same": diff.is_none,
        "facts": _facts(diff),
        "schema": {"added": list(diff.schema.added), "removed": list(diff.schema.removed)},
        "fields": _fields(asked, diff),
        "by_places": _places(asked, diff),
        "by_value": _moves(asked, diff, "Moved most by value", diff.moves.by_importance),
        "category_moves": _category_moves(diff),
        "categories": _categories(asked, diff),
    }


@functools.lru_cache(maxsize=_KEPT)  # versions never change
def _diff(before: VersionPlace, _before_digest: str, after: VersionPlace, _after_digest: str) -> VersionDiff:
    return version_diff(open_version(before), open_version(after), _MOST)


def _facts(diff: VersionDiff) -> list[tuple[str, object]]:
    counts = diff.counts
    changed = f"{diff.n_changed:,} ({words.share(diff.n_changed, diff.n_common)})"
    return [
        ("rows before", diff.n_rows_before),
        ("rows after", diff.n_rows_after),
        ("rows gone", counts.n_rows_gone),
        ("rows new", counts.n_rows_new),
        ("rows in both", diff.n_common),
        ("of them changed", Cell(diff.n_changed, words=changed)),
    ]


def _fields(asked: Asked, diff: VersionDiff) -> Rows:
    columns = [
        Column("field"),
        Column("rows changed", is_number=True),
        Column("share", is_number=True),
        Column("mean change", is_number=True),
        Column("largest change", is_number=True),
        Column("largest at"),
    ]
    rows = [_field(asked, diff, one) for one in diff.fields]
    return Rows("Fields that changed", columns, rows)


def _field(asked: Asked, diff: VersionDiff, one: FieldChange) -> list[object]:
    share = Cell(one.n_changed / diff.n_common, words=words.share(one.n_changed, diff.n_common))
    at = _key(asked, diff, one.largest_at) if one.largest_at is not None else None
    return [one.name, one.n_changed, share, one.mean_size, one.largest, at]


def _moves(asked: Asked, diff: VersionDiff, title: str, moves: Sequence[Move]) -> Rows:
    numbers = [Column(name, is_number=True) for name in ("before", "after", "by")]
    rows = [[_key(asked, diff, one.key), one.before, one.after, one.after - one.before] for one in moves]
    return Rows(title, [Column(diff.key), *numbers], rows)


def _places(asked: Asked, diff: VersionDiff) -> Rows:
    """Return what moved most in the order, of which 1 is the first place."""
    columns = [Column(diff.key), *(Column(name, is_number=True) for name in ("place before", "place after", "moved"))]
    rows = [[_key(asked, diff, one.key), one.before, one.after, _moved(one)] for one in diff.moves.by_places]
    return Rows("Moved most by places", columns, rows)


def _moved(one: Move) -> Cell:
    """Return how many places a row moved.

    Examples
    --------
    >>> _moved(Move(key=7, before=29, after=3_774, size=3_745)).words
    'down 3,745'
    """
    by = one.after - one.before
    return Cell(by, words=f"{'down' if by > 0 else 'up'} {words.number(abs(by))}")


def _category_moves(diff: VersionDiff) -> Rows:
    pairs = named_pairs(diff.moves.n_by_categories, _MOST)
    columns = [
        Column("category before", is_category=True),
        Column("category after", is_category=True),
        Column("rows", is_number=True),
    ]
    return Rows("Moves between categories", columns, list(pairs), len(diff.moves.n_by_categories))


def _categories(asked: Asked, diff: VersionDiff) -> Rows:
    sides = [Column(side, is_category=True) for side in ("before", "after")]
    columns = [Column(diff.key), *sides, Column("importance", is_number=True)]
    rows = [[_key(asked, diff, one.key), one.before, one.after, one.importance] for one in diff.moves.categories]
    return Rows("The most important rows with another category", columns, rows)


def _key(asked: Asked, diff: VersionDiff, key: object) -> Cell:
    parts = (JOIN_PATHS[diff.dataset], key) if diff.dataset in JOIN_PATHS else ("datasets", diff.dataset, "keys", key)
    return Cell(key, asked.link(*parts, version=words_of(diff.after)), str(key))
