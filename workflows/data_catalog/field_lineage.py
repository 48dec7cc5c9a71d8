"""Which fields a field is made from, as far as the table of derivations knows it.

What a dataset reads, and which columns of it, stands in `workflows.catalog`. From there follows what is taken over:

* a field that is declared as one that is read (same name, type, meaning, unit and source) is that field;
* a field of a small struct (`joins.small_structs`) is that of the dataset with the struct's key.

What computed fields are computed from is declared in `workflows.data_catalog.computed_fields`, and goes before both.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache

import pyarrow as pa

from joins.arrow.fields import fields_by_path, meaning_of, struct_of
from joins.raw.schemas import RAW_TABLES
from storage_tiers.versioned.staging import DatasetSpec
from workflows.catalog import DERIVATIONS
from workflows.data_catalog.catalog_model import RAW, FieldOrigin, How
from workflows.data_catalog.computed_fields import COMPUTED
from workflows.data_catalog.written_types import SHARED_STRUCTS
from workflows.derivations import Derivation, Reads

Origins = Mapping[str, tuple[FieldOrigin, ...]]

_IMPORTANCE = "importance"


@cache
def declared_datasets() -> Mapping[str, DatasetSpec]:
    """Return every dataset of the table by its name, in the order in which a day makes them."""
    return {spec.name: spec for derivation in DERIVATIONS for spec in derivation.outputs}


@cache
def derivation_of(dataset: str) -> Derivation | None:
    """Return what makes a dataset; None if nothing of the table does."""
    return next((one for one in DERIVATIONS if any(spec.name == dataset for spec in one.outputs)), None)


def made_from(dataset: str) -> tuple[str, ...]:
    """Return the datasets and raw tables that a dataset of the table is made from, itself an iteration before left out.

    Where a task makes several datasets and all fields of one are known, it is what these are made from.

    Examples
    --------
    >>> made_from("repin_edges"), made_from("boards"), made_from("rejected_rows")[:2]
    (('facts',), ('input/boards',), ('input/pins', 'input/boards'))
    """
    derivation = derivation_of(dataset)
    if derivation is None:
        return ()
    raw = [f"{RAW}{table}" for table in derivation.raw]
    read = [reads.dataset.name for reads in derivation.reads() if not reads.of_previous]
    origins = origins_of(dataset)
    used = {origin.dataset for of_field in origins.values() for origin in of_field}
    is_told_apart = len(derivation.outputs) > 1 and origins.keys() >= {*declared_datasets()[dataset].schema.names}
    return tuple(name for name in dict.fromkeys([*raw, *read]) if name in used or not is_told_apart)


@cache
def origins_of(dataset: str) -> Origins:
    """Return what the fields of a dataset are made from, by path; fields of which nothing is known are left out.

    Examples
    --------
    >>> [str(origin) for origin in origins_of("board_joins")["page_rank"]]
    ['board_features.page_rank']
    >>> [str(origin) for origin in origins_of("pin_joins")["boards.importance"]]
    ['board_features.page_rank']
    """
    derivation = derivation_of(dataset)
    spec = declared_datasets().get(dataset)
    if derivation is None or spec is None:
        return {}
    found: dict[str, tuple[FieldOrigin, ...]] = {}
    fields = dict(fields_by_path(spec.schema))
    for path, field in fields.items():
        above = path.rpartition(".")[0]
        origins = (
            _computed(dataset, path)
            or _taken_over(field, derivation)
            or (_within(found[above], field.name) if above in found else ())
            or (_of_small_struct(fields[above].type, field.name, derivation) if above else ())
        )
        if origins:
            found[path] = origins
    return found


def _computed(dataset: str, path: str) -> tuple[FieldOrigin, ...]:
    said = COMPUTED.get(dataset, {}).get(path, "")
    how: How = "taken over" if said.startswith("=") else "computed"
    named = (reference.partition(".") for reference in said.removeprefix("=").split())
    return tuple(FieldOrigin(of, column, how) for of, _, column in named)


def _taken_over(field: pa.Field, derivation: Derivation) -> tuple[FieldOrigin, ...]:
    """Return the fields that are read and declared just as this one."""
    found = [
        FieldOrigin(name, field.name, "taken over")
        for name, schema in _schemas_read(derivation)
        if field.name in schema.names and _is_same(schema.field(field.name), field)
    ]
    return tuple(dict.fromkeys(found))


def _schemas_read(derivation: Derivation) -> Iterator[tuple[str, pa.Schema]]:
    """Yield what is read, with the columns that are."""
    for raw in RAW_TABLES:
        if raw.name in derivation.raw:
            yield f"{RAW}{raw.name}", raw.schema
    for reads in derivation.reads():
        if not reads.of_previous:
            names = reads.columns or reads.dataset.schema.names
            yield reads.dataset.name, pa.schema([reads.dataset.schema.field(name) for name in names])


def _is_same(read: pa.Field, made: pa.Field) -> bool:
    return bool(read.type == made.type) and meaning_of(read) == meaning_of(made)


def _within(above: Iterable[FieldOrigin], name: str) -> tuple[FieldOrigin, ...]:
    """Return the origins of a field in a struct: what is taken over is taken over with all that lies in it."""
    return tuple(
        FieldOrigin(origin.dataset, f"{origin.path}.{name}", origin.how)
        if origin.how == "taken over" or _has(origin, name)
        else origin
        for origin in above
    )


def _has(origin: FieldOrigin, name: str) -> bool:
    spec = declared_datasets().get(origin.dataset)
    return spec is not None and f"{origin.path}.{name}" in dict(fields_by_path(spec.schema))


def _of_small_struct(type_: pa.DataType, name: str, derivation: Derivation) -> tuple[FieldOrigin, ...]:
    """Return where a field of a small struct comes from: the dataset that has its key and all that is in it."""
    struct = struct_of(type_)
    if struct is None or not any(set(struct) <= set(shared) for shared in SHARED_STRUCTS.values()):
        return ()
    key = struct.field(0).name
    with_key = (reads for reads in derivation.reads() if reads.dataset.key == key and reads.dataset.key_is_unique)
    whole = (reads for reads in with_key if all(_column_of(reads, field.name) for field in struct))
    return tuple(dict.fromkeys(origin for reads in whole if (origin := _column_of(reads, name))))


def _column_of(reads: Reads, name: str) -> FieldOrigin | None:
    """Return the column of a name; importance is that column by which the dataset says that its rows are important."""
    schema = reads.dataset.schema
    importance = (schema.metadata or {}).get(_IMPORTANCE.encode(), b"").decode()
    column = importance if name == _IMPORTANCE and importance else name
    there = reads.columns or schema.names
    return FieldOrigin(reads.dataset.name, column, "taken over") if column in there else None
