"""Datasets that tests keep in memory: rows by key, at once or later, or failing, as a test asks for."""

import asyncio
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from time import monotonic
from typing import Literal

import pyarrow as pa

from serving.edge_types import ObjectType
from serving.plans.limits import LIMITS, Limits
from serving.plans.parameters import Parameter
from serving.processor import Edge, StepPlace
from serving.request import Request
from serving.stores.source import Release, Rows, Source, Sources
from storage_tiers import Version
from storage_tiers.random_access.values import StoredField, value_layout
from storage_tiers.reading import Row

VERSION = Version(dt.date(2026, 11, 20), 2)


class MemorySource(Source):
    """A dataset whose rows are a list of dicts; all have the fields of the first, or those of a schema.

    With ``waits = "remote"`` or ``"blocking"`` rows come as a future, by the loop's next round or after `delay_s`.
    `failure` is raised in place of rows. Both may be set at any time. `asked` has what was asked for, call by call.
    """

    def __init__(
        self,
        address: str,
        rows: Iterable[Row],
        key: str,
        *,
        schema: pa.Schema | None = None,
        waits: Literal["never", "remote", "blocking"] = "never",
        delay_s: float = 0.0,
        failure: Exception | None = None,
        version: Version | None = VERSION,
        unset: Iterable[str] = (),
        is_slow: bool = False,
    ) -> None:
        self.address, self.waits, self.is_slow = address, waits, is_slow
        rows = list(rows)
        self.object_type = object_type_of_rows(address.rsplit("/", maxsplit=1)[-1], rows, key, schema, unset)
        self.rows = {row[key]: row for row in rows}
        self.delay_s, self.failure = delay_s, failure
        self.asked: list[tuple[list[int | str], list[str]]] = []
        self._version = version

    @property
    def version(self) -> Version | None:
        return self._version

    def get_many(self, keys: Sequence[int | str], fields: Sequence[str]) -> Rows | asyncio.Future[Rows]:
        self.asked.append((list(keys), list(fields)))
        if self.waits == "never":
            return self._found(keys, fields)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Rows] = loop.create_future()
        loop.call_later(self.delay_s, self._come, future, list(keys), list(fields))
        return future

    def _come(self, future: "asyncio.Future[Rows]", keys: Sequence[int | str], fields: Sequence[str]) -> None:
        if future.done():  # given up meanwhile
            return
        try:
            future.set_result(self._found(keys, fields))
        except Exception as error:  # noqa: BLE001 - whatever a test asked for
            future.set_exception(error)

    def _found(self, keys: Sequence[int | str], fields: Sequence[str]) -> Rows:
        if self.failure is not None:
            raise self.failure
        is_key = int if self.object_type.key_is_integer else str
        found = [self.rows.get(key) if isinstance(key, is_key) else None for key in keys]
        return [None if row is None else projected_row(row, fields) for row in found]


def projected_row(row: Row, fields: Sequence[str]) -> Row:
    """Return some fields of a row, those inside of lists and structs by their path: ``boards.board_id``.

    >>> projected_row({"n": 1, "boards": [{"board_id": 7, "name": "attic"}]}, ["boards.board_id"])
    {'boards': [{'board_id': 7}]}
    """
    inner: dict[str, list[str]] = {}
    for field in fields:
        name, _, rest = field.partition(".")
        inner.setdefault(name, []).append(rest)
    return {name: row.get(name) if "" in rest else _inside(row.get(name), rest) for name, rest in inner.items()}


def _inside(value: object, fields: Sequence[str]) -> object:
    if value is None:
        return None
    if isinstance(value, list):
        return [_inside(item, fields) for item in value]
    assert isinstance(value, dict)
    return projected_row(value, fields)


def object_type_of_rows(
    name: str, rows: Sequence[Row], key: str, schema: pa.Schema | None = None, unset: Iterable[str] = ()
) -> ObjectType:
    """Return the type of some rows, as Arrow infers it where no schema is given."""
    schema = schema or pa.Table.from_pylist(list(rows)).schema
    key_type = schema.field(key).type
    inner = {field.name: field for field in value_layout(schema, key, "full").stored}
    fields = {field: inner.get(field) or StoredField(field, str(key_type)) for field in schema.names}
    return ObjectType(name, key, pa.types.is_integer(key_type), fields, frozenset(unset))


def sources_of(*sources: Source, digest: str = "in memory") -> Sources:
    return Sources({source.address: source for source in sources}, digest)


def release_of(*sources: Source) -> Release:
    versions = {
        source.address: f"{source.version.date}/{source.version.iteration}" for source in sources if source.version
    }
    return Release(sources_of(*sources), versions)


def request_of(
    *sources: Source, parameters: Mapping[str, object] | None = None, request_id: str = "r1", left_s: float = 60.0
) -> Request:
    return Request(request_id, parameters or {}, release_of(*sources), monotonic() + left_s)


def place_of(
    *sources: Source,
    inputs: Sequence[Edge] = (),
    parameters: Mapping[str, Parameter] | None = None,
    limits: Limits = LIMITS,
    where: str = "plan p, step s",
) -> StepPlace:
    return StepPlace(where, inputs, parameters or {}, sources_of(*sources), limits)
