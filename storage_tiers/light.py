"""The light variant: the full one with its unimportant but large fields unset.

The schema itself says which fields those are (`joins.arrow.fields.unset_in_light`). Light has the schema of full, so a
reader needs one schema for both; an unset column costs no space in Parquet. A marked field must be nullable, or else
Parquet would hold an empty value where none is meant.
"""

import pyarrow as pa

from joins.arrow.fields import is_unset_in_light
from storage_tiers.errors import DatasetError


def unset_fields(schema: pa.Schema) -> list[str]:
    """Return the names of the fields that light unsets, in schema order."""
    return [field.name for field in schema if is_unset_in_light(field)]


def project_light(table: pa.Table) -> pa.Table:
    """Return the light form of a full table: the same rows and schema, the marked fields null.

    Examples
    --------
    >>> large = pa.field("pins", pa.list_(pa.int64()), metadata={"light": "unset"})
    >>> schema = pa.schema([("board_id", pa.int64()), large])
    >>> project_light(pa.table({"board_id": [1], "pins": [[5, 6]]}, schema=schema)).to_pylist()
    [{'board_id': 1, 'pins': None}]
    """
    for name in unset_fields(table.schema):
        index = table.schema.get_field_index(name)
        field = table.schema.field(index)
        if not field.nullable:
            raise DatasetError("it is marked light=unset and can't be null", where=name, remedy="declare it nullable")
        table = table.set_column(index, field, pa.nulls(table.num_rows, field.type))
    return table
