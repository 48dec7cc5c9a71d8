"""What may be completed in a query: the tables there are and their fields, with type, unit and meaning of each."""

import re
from collections.abc import Mapping

import pyarrow as pa

from joins.arrow.fields import fields_by_path, meaning_of
from storage_tiers.errors import DatasetError
from storage_tiers.sql_batch import SqlBatchTier
from storage_tiers.stores.address import Root
from storage_tiers.stores.listing_cache import cached_listings
from storage_tiers.versioned.versions import Version, dataset_names
from workflows.catalog import FEATURE_DATASETS, JOIN_DATASETS, RAW_DATASETS

_MARKS = re.compile(r"`|\[|\]\([^)]*\)")


def _without_marks(markdown: str) -> str:
    """Return a sentence of the documentation without its marks, as a list of names shows none."""
    return _MARKS.sub("", markdown)


_MEANINGS = {spec.name: _without_marks(spec.meaning) for spec in (*RAW_DATASETS, *FEATURE_DATASETS, *JOIN_DATASETS)}
_NAMED_TYPES = (
    (pa.types.is_boolean, "yes or no"),
    (pa.types.is_integer, "whole number"),
    (pa.types.is_floating, "number"),
    (pa.types.is_decimal, "number"),
    (pa.types.is_string, "text"),
    (pa.types.is_large_string, "text"),
    (pa.types.is_timestamp, "time"),
    (pa.types.is_date, "date"),
    (pa.types.is_struct, "struct"),
)


def names_there(root: Root, chosen: Mapping[str, Version | None] | None = None) -> dict[str, object]:
    """Return the tables of an output with their fields, as the SQL tier shows them.

    Fields of structs have their path, ``categories.category``. A dataset that can't be opened is told with the reason.
    `chosen` are the versions that the names mean, else those that serve; a dataset without such a version is left out.
    """
    tier, tables, problems = SqlBatchTier(root), list[dict[str, object]](), list[str]()
    with cached_listings():
        for name in dataset_names(root):
            version = chosen.get(name) if chosen is not None else None
            if chosen is not None and version is None:
                continue
            try:
                dataset = tier.open(name, version.date, version.iteration) if version else tier.open(name)
            except DatasetError as error:
                problems.append(str(error))
                continue
            tables.append(
                {
                    "name": name,
                    "meaning": _MEANINGS.get(name, ""),
                    "version": str(dataset.version),
                    "rows": dataset.n_rows,
                    "fields": [_described(path, field) for path, field in fields_by_path(dataset.schema)],
                }
            )
    return {"tables": tables, "problems": problems}


def type_in_words(type_: pa.DataType) -> str:
    """Return a type as people call it.

    Examples
    --------
    >>> type_in_words(pa.list_(pa.string())), type_in_words(pa.int64()), type_in_words(pa.duration("s"))
    ('list of text', 'whole number', 'duration[s]')
    """
    if pa.types.is_list(type_) or pa.types.is_large_list(type_):
        return f"list of {type_in_words(type_.value_type)}"
    return next((words for is_, words in _NAMED_TYPES if is_(type_)), str(type_))


def _described(path: str, field: pa.Field) -> dict[str, str]:
    said = meaning_of(field)
    return {
        "name": path,
        "type": type_in_words(field.type),
        "unit": said.unit if said else "",
        "meaning": said.meaning if said else "",
    }
