"""The mapping file of ``interest-graph import``: which source column becomes which raw field, and by which rules.

The file is TOML; ``docs/import.md`` is its manual. It is parsed and checked here as far as that goes without
looking at a source. Pure: text in, frozen values out.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

from joins.errors import MappingError
from joins.raw.mapped.category_spelling import CategorySpelling
from joins.raw.mapped.dialect_keys import SourceKeys, dialect
from joins.raw.mapped.field_sources import (
    ENTITY_OF_FIELD,
    Constant,
    Entity,
    FieldSource,
    FromColumn,
    RowNumber,
    parse_field,
)
from joins.raw.mapped.source_form import SourceForm
from joins.raw.mapped.toml_sections import Section, Text, read_section
from joins.raw.mapped.toml_text import parse_toml
from joins.raw.schemas import RAW_BOARDS, RAW_PINS, RAW_USERS, RawTable
from joins.raw.values import MISSING_TEXTS


class _Rules(Section, frozen=True):
    earliest_pin_is_parent: bool = False


class _Table(SourceKeys, frozen=True, kw_only=True):
    records: Text | None = None
    null_values: tuple[str, ...] = ()
    missing_ids: tuple[str, ...] = MISSING_TEXTS
    distinct: bool = False
    columns: dict[str, object]


class _Pins(_Table, frozen=True, kw_only=True):
    rules: _Rules = _Rules()


class _Boards(_Table, frozen=True, kw_only=True):
    category: CategorySpelling | None = None


class _File(Section, frozen=True):
    pins: _Pins
    boards: _Boards
    users: _Table


@dataclass(frozen=True, slots=True)
class TableMapping:
    """How one raw table is filled from one source."""

    table: RawTable
    source: str  # a path or glob below the source root
    columns: Mapping[str, FieldSource]  # by raw field; fields that aren't there stay null
    form: SourceForm = field(default_factory=SourceForm)
    null_values: tuple[str, ...] = ()  # texts of the source that mean "nothing"
    missing_ids: tuple[str, ...] = MISSING_TEXTS  # texts that mean "nothing" where an id, picture or time should stand
    distinct: bool = False  # whether equal mapped rows become one
    category: CategorySpelling | None = None  # how board categories are spelled; None leaves them alone
    earliest_pin_is_parent: bool = False  # whether the earliest pin of a picture is the parent of its later pins

    @property
    def source_columns(self) -> tuple[str, ...]:
        """The source columns that are read, each once, in the order of the raw fields."""
        return tuple(dict.fromkeys(name for origin in self.columns.values() for name in origin.source_columns))

    @property
    def picture_field(self) -> str:
        """The raw field that says which pins show the same picture."""
        return "image_signature" if "image_signature" in self.columns else "image"

    def only(self, *fields: str) -> "TableMapping":
        """Return the same mapping with the named raw fields alone."""
        columns = {name: origin for name, origin in self.columns.items() if name in fields}
        return replace(self, columns=columns)

    def require_fields(self, there: Collection[str]) -> None:
        """Raise MappingError if a field that every row needs isn't mapped; ``there`` are the source's columns."""
        lacking = [field.name for field in self.table.schema if not field.nullable and field.name not in self.columns]
        if lacking:
            raise MappingError(
                f"[{self.table.name}.columns] lacks {', '.join(lacking)}, which every row needs; "
                f"mapped: {', '.join(self.columns)}; columns of {self.source}: {', '.join(there)}"
            )


@dataclass(frozen=True, slots=True)
class ImportMapping:
    """A whole mapping file: the three raw tables."""

    pins: TableMapping
    boards: TableMapping
    users: TableMapping

    def __iter__(self) -> Iterator[TableMapping]:
        return iter((self.pins, self.boards, self.users))


def parse_mapping(text: str, file: str = "mapping") -> ImportMapping:
    """Read and check a mapping file.

    Parameters
    ----------
    text
        The TOML text.
    file
        The name of the file, for messages.

    Returns
    -------
    ImportMapping

    Raises
    ------
    MappingError
        If the text is no TOML, a key is unknown, missing or of the wrong kind, or two keys contradict each other.

    Examples
    --------
    >>> mapping = parse_mapping('''
    ... [pins]
    ... source = "saves.csv"
    ... columns = { pin_id = { row_number = true }, board_id = "board", user_id = "board" }
    ... [boards]
    ... source = "saves.csv"
    ... distinct = true
    ... columns = { board_id = "board", user_id = "board" }
    ... [users]
    ... source = "saves.csv"
    ... distinct = true
    ... columns = { user_id = "board" }
    ... ''')
    >>> mapping.pins.source_columns, mapping.users.distinct
    (('board',), True)
    """
    said = read_section(_File, parse_toml(text, file), file)
    tables = zip((RAW_PINS, RAW_BOARDS, RAW_USERS), (said.pins, said.boards, said.users), strict=True)
    mapping = ImportMapping(*(_table_mapping(table, its, file) for table, its in tables))
    _check_ids_agree(mapping, file)
    return mapping


def _table_mapping(table: RawTable, said: _Table, file: str) -> TableMapping:
    columns = f"{table.name}.columns"
    unknown = [name for name in said.columns if name not in table.schema.names]
    if unknown:
        allowed = ", ".join(table.schema.names)
        raise MappingError(f"[{columns}] has an unknown key {unknown[0]}; allowed: {allowed}", where=file)
    mapping = TableMapping(
        table=table,
        source=said.source,
        columns={
            field.name: parse_field(field, said.columns[field.name], file, columns)
            for field in table.schema
            if field.name in said.columns
        },
        form=replace(dialect(said, table.name, file), records=said.records or ""),
        null_values=said.null_values,
        missing_ids=said.missing_ids,
        distinct=said.distinct,
        category=said.category if isinstance(said, _Boards) else None,
        earliest_pin_is_parent=isinstance(said, _Pins) and said.rules.earliest_pin_is_parent,
    )
    problem, remedy = _contradiction(mapping) or _useless_alias(mapping.category or CategorySpelling()) or ("", "")
    if problem:
        raise MappingError(f"[{table.name}]: {problem}", where=file, remedy=remedy)
    return mapping


def _contradiction(mapping: TableMapping) -> tuple[str, str] | None:
    """Say which keys of a table contradict each other, and what helps; None if none do."""
    numbered = [name for name, origin in mapping.columns.items() if isinstance(origin, RowNumber)]
    if mapping.distinct and numbered:
        return f"distinct has no effect while {numbered[0]} is a row number", "drop one of them"
    if mapping.category and "category" not in mapping.columns:
        return "there are rules for category, but [boards.columns] doesn't map it", "map it or drop them"
    if mapping.earliest_pin_is_parent and "parent_pin_id" in mapping.columns:
        return "earliest_pin_is_parent fills parent_pin_id, so that can't be mapped too", "drop one of them"
    if mapping.earliest_pin_is_parent and mapping.picture_field not in mapping.columns:
        return "earliest_pin_is_parent needs image_signature or image", "map one of them"
    return None


def _useless_alias(spelling: CategorySpelling) -> tuple[str, str] | None:
    """Say which alias could never work, and what helps; None if all do."""
    for alias, category in spelling.aliases.items():
        if spelling.fold(alias) != alias:
            return f"alias {alias!r} never occurs after trim and casefold", f"write {spelling.fold(alias)!r}"
        if category in spelling.aliases:
            return f"alias {alias!r} leads to {category!r}, an alias itself", "name the final category"
    return None


def _check_ids_agree(mapping: ImportMapping, file: str) -> None:
    first: dict[Entity, tuple[str, bool]] = {}
    for table in mapping:
        for name, origin in table.columns.items():
            if name not in ENTITY_OF_FIELD or isinstance(origin, Constant):
                continue
            entity, where = ENTITY_OF_FIELD[name], f"{table.table.name}.columns.{name}"
            minted = isinstance(origin, FromColumn) and origin.conversion == "id"
            other, other_minted = first.setdefault(entity, (where, minted))
            if minted != other_minted:
                with_id, without = (where, other) if minted else (other, where)
                raise MappingError(
                    f'[{with_id}] has as = "id" and [{without}] hasn\'t, so one {entity} would have two ids',
                    where=file,
                    remedy="give it to both or to none",
                )
