"""The mapping file of ``interest-graph import``: which source column becomes which raw field, and by which rules.

The file is TOML; ``docs/import.md`` is its manual. It is parsed and checked here as far as that goes without
looking at a source. Pure: text in, frozen values out.
"""

import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from joins.errors import MappingError
from joins.raw.mapped.category_spelling import CategorySpelling
from joins.raw.mapped.fields import ENTITY_OF_FIELD, Constant, Entity, FieldSource, FromColumn, RowNumber, parse_field
from joins.raw.mapped.toml_sections import Section
from joins.raw.schemas import RAW_BOARDS, RAW_PINS, RAW_TABLES, RAW_USERS, RawTable

_TABLE_KEYS = ("source", "delimiter", "null_values", "distinct", "columns")
_OWN_KEYS = {"pins": ("rules",), "boards": ("category",), "users": ()}


@dataclass(frozen=True, slots=True)
class TableMapping:
    """How one raw table is filled from one source.

    Parameters
    ----------
    table
        The raw table.
    source
        A path or glob below the source root.
    columns
        Raw field to where it comes from; fields that aren't there stay null.
    delimiter
        What separates the columns of a CSV source.
    null_values
        Texts of the source that mean "nothing".
    distinct
        Whether equal mapped rows become one.
    category
        How board categories are spelled; None leaves them alone.
    earliest_pin_is_parent
        Whether the earliest pin of a picture becomes the parent of its later pins.
    """

    table: RawTable
    source: str
    columns: Mapping[str, FieldSource]
    delimiter: str = ","
    null_values: tuple[str, ...] = ()
    distinct: bool = False
    category: CategorySpelling | None = None
    earliest_pin_is_parent: bool = False

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
    try:
        whole = Section(tomllib.loads(text), "", file)
    except tomllib.TOMLDecodeError as error:
        raise MappingError(f"{file} is no TOML: {error}") from error
    whole.allow_only(*(table.name for table in RAW_TABLES))
    pins, boards, users = (
        _parse_table(table, whole.section(table.name)) for table in (RAW_PINS, RAW_BOARDS, RAW_USERS)
    )
    mapping = ImportMapping(pins, boards, users)
    _check_ids_agree(mapping, file)
    return mapping


def _parse_table(table: RawTable, section: Section) -> TableMapping:
    section.allow_only(*_TABLE_KEYS, *_OWN_KEYS[table.name])
    entries = section.section("columns")
    entries.allow_only(*table.schema.names)
    mapping = TableMapping(
        table=table,
        source=section.text("source"),
        columns={field.name: parse_field(field, entries) for field in table.schema if field.name in entries.entries},
        delimiter=section.optional_text("delimiter") or ",",
        null_values=section.texts("null_values"),
        distinct=section.flag("distinct"),
        category=_parse_category(section),
        earliest_pin_is_parent=_parse_rules(section),
    )
    _check_table(mapping, section)
    return mapping


def _parse_category(boards: Section) -> CategorySpelling | None:
    if "category" not in boards.entries:
        return None
    section = boards.section("category")
    section.allow_only("trim", "casefold", "aliases")
    aliases = section.section("aliases") if "aliases" in section.entries else Section({}, "", boards.file)
    spelling = CategorySpelling(section.flag("trim"), section.flag("casefold"))
    final: dict[str, str] = {}
    for alias, category in aliases.entries.items():
        if not isinstance(category, str):
            raise MappingError(f"{aliases}: {alias!r} is {category!r}; it takes a category, or an empty text for none")
        if spelling.fold(alias) != alias:
            raise MappingError(
                f"{aliases}: {alias!r} never occurs after trim and casefold; write {spelling.fold(alias)!r}"
            )
        if category in aliases.entries:
            raise MappingError(f"{aliases}: {alias!r} leads to {category!r}, an alias itself; name the final category")
        final[alias] = category
    return replace(spelling, aliases=final)


def _parse_rules(pins: Section) -> bool:
    if "rules" not in pins.entries:
        return False
    rules = pins.section("rules")
    rules.allow_only("earliest_pin_is_parent")
    return rules.flag("earliest_pin_is_parent")


def _check_table(mapping: TableMapping, section: Section) -> None:
    numbered = [name for name, origin in mapping.columns.items() if isinstance(origin, RowNumber)]
    if mapping.distinct and numbered:
        raise MappingError(f"{section}: distinct has no effect while {numbered[0]} is a row number; drop one of them")
    if len(mapping.delimiter) != 1:
        raise MappingError(f"{section}: delimiter is {mapping.delimiter!r}; it takes one character")
    if mapping.category and "category" not in mapping.columns:
        raise MappingError(f"{section}: there are rules for category, but [boards.columns] doesn't map it")
    if mapping.earliest_pin_is_parent:
        if "parent_pin_id" in mapping.columns:
            raise MappingError(f"{section}: earliest_pin_is_parent fills parent_pin_id, so that can't be mapped too")
        if mapping.picture_field not in mapping.columns:
            raise MappingError(f"{section}: earliest_pin_is_parent needs image_signature or image; map one of them")


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
                    f'{file}: [{with_id}] has as = "id" and [{without}] hasn\'t, so one {entity} would have two ids; '
                    "give it to both or to none"
                )
