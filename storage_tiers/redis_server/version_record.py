"""The record of a version on the server: what was loaded, how it is read, and how to know that it is all there.

See `storage_tiers.guards.load_record`.
"""

from dataclasses import dataclass

import msgspec

from storage_tiers.errors import DamagedVersionError
from storage_tiers.guards.load_record import LoadRecord
from storage_tiers.versioned.versions import Version


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRecord(LoadRecord):
    """What one load left on the server; its bytes are as they were measured."""

    load_number: int  # which names the keys of its rows
    schema_id: int
    trimmed_bits: int = 0  # of the hash of a key, that say in which field it would stand


class _Numbered(msgspec.Struct):
    """What is read of a record to know whose rows are whose."""

    load_number: int


def written_record(record: VersionRecord) -> bytes:
    """Return the bytes of a record."""
    return msgspec.json.encode(record)


def read_record(content: bytes, name: str, version: Version) -> VersionRecord:
    """Read the record of a version.

    Raises DamagedVersionError, without a place and a remedy, if it can't be read, or isn't what a load wrote of it.
    """
    try:
        record = msgspec.json.decode(content, type=VersionRecord)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise DamagedVersionError(f"its record can't be read ({error})") from None
    if (record.dataset, record.version) != (name, version):
        raise DamagedVersionError(f"its record is that of {record.dataset} {record.version}")
    if record.layout.schema_id != record.schema_id:
        raise DamagedVersionError(f"the layout in its record isn't that of schema id {record.schema_id}")
    if written_record(record) != content:
        raise DamagedVersionError("its record says what no load writes")
    return record


def sound_record(content: bytes, name: str, version: Version) -> VersionRecord | None:
    """Return the record of a version; None where it is damaged: nobody can tell then which rows are its own."""
    try:
        return read_record(content, name, version)
    except DamagedVersionError:
        return None


def number_in(content: bytes | str) -> int | None:
    """Return the number of the load that a record is of, whatever else is wrong with it; None where it has none."""
    try:
        return msgspec.json.decode(content, type=_Numbered).load_number
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
