"""Files of words that people keep beside their outputs: TOML, a table a row, checked to the last key.

Ours lie beside this module. A team adds its own as ``_catalog/glossary.toml`` and ``_catalog/owners.toml`` below the
output folder, so that they can be reviewed and committed like code.
"""

import tomllib
from pathlib import Path
from typing import TypeVar

import msgspec

from joins.errors import DiscoveryError
from storage_tiers.bounded_files import read_bounded, words_of_unreadable
from storage_tiers.stores.address import Root
from storage_tiers.stores.local_home import local_home

FOLDER = "_catalog"  # below the output folder; of an output in a store, that of this machine

Row = TypeVar("Row", bound=msgspec.Struct)


class CatalogError(DiscoveryError, ValueError):
    """Something that the catalog can't be made from, or written to."""


def catalog_folder(output: Root) -> Path:
    """Return the folder of a team's own files, and of what the catalog writes."""
    return local_home(output) / FOLDER


def read_rows(path: Path, table: str, row: type[Row]) -> list[Row]:
    """Return the rows of a table of a TOML file, ``[[terms]]`` for example; a file that isn't there has none.

    Raises CatalogError if it can't be read, is no TOML, or has a key or a value that no such row has.
    """
    try:
        content = tomllib.loads(read_bounded(path).decode("utf-8-sig"))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise CatalogError(words_of_unreadable(error), where=str(path)) from error
    except UnicodeDecodeError as error:
        raise CatalogError(f"byte {error.start} is no UTF-8", where=str(path), remedy="save it as UTF-8") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise CatalogError(f"it is no TOML: {error}", where=str(path), remedy="mend that line") from error
    others = sorted(content.keys() - {table})
    if others:
        raise CatalogError(f"it has {others[0]!r}; allowed are [[{table}]] alone", where=str(path))
    try:
        return msgspec.convert(content.get(table, []), list[row])  # type: ignore[valid-type]
    except msgspec.ValidationError as error:
        remedy = f"a row is [[{table}]] with {', '.join(one.name for one in msgspec.structs.fields(row))}"
        raise CatalogError(f"[[{table}]]: {error}", where=str(path), remedy=remedy) from error
