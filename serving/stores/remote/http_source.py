"""Another service as a store: it is sent keys, and answers with their rows.

``POST`` of ``{"keys": [7, 8], "fields": ["name"]}``; the answer is ``{"7": {"name": "attic"}, "8": null}``, or the list
of rows in the order of the keys. What it sends beyond the declared fields is left out; what is of another type is an
error. It has no versions: where it says one, by the header ``X-Version``, answers name it.
"""

import asyncio
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from types import ModuleType
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

import msgspec

from joins.uri_secrets import without_secrets
from serving.config import HttpStore
from serving.errors import ServingConfigError, StoreError
from serving.stores.hedging import Ask, ask_in_turn
from serving.stores.object_types import object_type_of_written
from serving.stores.remote.declared_rows import rows_decoder
from serving.stores.source import Rows, Source
from serving.stores.turns import GiveUp, Turn, Turns
from storage_tiers.bounded_files import UNREADABLE, read_bounded_text, words_of_unreadable
from storage_tiers.random_access.encoding.nested_picks import names_inside
from storage_tiers.random_access.keys import strict_encoder
from storage_tiers.reading.nested_fields import Asked, asked_fields, asked_part

if TYPE_CHECKING:
    import httpx2

VERSION_HEADER = "x-version"
_OK = 200
_KEPT = 256  # trees of asked fields
_JSON = "application/json"


class HttpUpstream:
    """Another service, with the limits of the store.

    Parameters
    ----------
    name
        What the configuration calls it.
    store
        How it is configured.

    Raises
    ------
    ServingConfigError
        If it is configured wrongly, or the package httpx2 isn't there.
    """

    def __init__(self, name: str, store: HttpStore) -> None:
        self.name, self.dataset = name, store.dataset
        self.where = f"store {name}"
        self.object_type = object_type_of_written(store, f"[stores.{name}]")
        self.turns = Turns(self.where, store.most_at_once, store.most_waiting, store.timeout_ms / 1_000)
        self.hedge_after_s = store.hedge_after_ms / 1_000 or None
        self.on_version: Callable[[str], None] = lambda _said: None
        written = [("address", store.address), *(("replicas", one) for one in store.replicas)]
        self._urls = [_url(setting, address, store.dataset, f"[stores.{name}]") for setting, address in written]
        self._most_bytes, self._most_at_once = store.answer_bytes, store.most_at_once
        self._headers = {"content-type": _JSON, "accept": _JSON} | _token(store, name)
        self._client: httpx2.AsyncClient | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._decode = rows_decoder(self.object_type)

    def source(self, address: str) -> "HttpSource":
        """Return its rows as a source that plans call by an address."""
        return HttpSource(address, self)

    def asks(self, keys: Sequence[int | str], fields: Sequence[str]) -> list[Ask]:
        """Return what asks it, and each of its copies, for whole rows."""
        body = msgspec.json.encode({"keys": keys, "fields": fields})
        return [partial(self._ask, url, body, keys) for url in self._urls]

    async def close(self) -> None:
        """Close its connections."""
        if self._client is not None and self._loop is asyncio.get_running_loop():
            await self._client.aclose()
        self._client = None

    def _ask(
        self, url: str, body: bytes, keys: Sequence[int | str], on_rows: Callable[[Rows | Exception], None]
    ) -> GiveUp:
        task = asyncio.get_running_loop().create_task(self._asked(url, body, keys))

        def told(task: "asyncio.Task[Rows]") -> None:
            if task.cancelled():
                return
            failed = task.exception()
            if failed is None:
                on_rows(task.result())
                return
            said = f"it can't be asked ({type(failed).__name__}: {failed!s:.200})"
            on_rows(failed if isinstance(failed, StoreError) else StoreError(said, where=url))

        task.add_done_callback(told)
        return lambda: None if task.done() else _cancel(task)

    async def _asked(self, url: str, body: bytes, keys: Sequence[int | str]) -> Rows:
        async with self._http().stream("POST", url, content=body, headers=self._headers) as response:
            if response.status_code != _OK:
                raise StoreError(f"it answers with status {response.status_code}", where=url)
            content = bytearray()
            async for block in response.aiter_bytes():
                content += block
                if len(content) > self._most_bytes:
                    problem = f"its answer has more than {self._most_bytes:,} bytes, which is answer_bytes"
                    raise StoreError(problem, where=url)
            self.on_version(response.headers.get(VERSION_HEADER, ""))
        try:
            return self._decode(content, keys)
        except (msgspec.MsgspecError, ValueError) as error:
            raise StoreError(f"its answer can't be read ({error!s:.200})", where=url) from None

    def _http(self) -> "httpx2.AsyncClient":
        loop = asyncio.get_running_loop()
        client = self._client
        if client is None or self._loop is not loop:
            library = _http_library()
            limits = library.Limits(max_connections=self._most_at_once * len(self._urls))
            # What is late is given up by the store's own limit, and a proxy of the environment is none of ours.
            self._client = client = library.AsyncClient(
                limits=limits, timeout=None, trust_env=False, follow_redirects=False
            )
            self._loop = loop
        return client


class HttpSource(Source):
    """The rows of another service; see `HttpUpstream`."""

    waits: Literal["remote"] = "remote"

    def __init__(self, address: str, upstream: HttpUpstream) -> None:
        self.address, self.object_type = address, upstream.object_type
        self.upstream = upstream
        self._bytes_of = strict_encoder(is_integer=upstream.object_type.key_is_integer)
        there = names_inside(tuple(self.object_type.fields.values()))

        @lru_cache(_KEPT)
        def asked_of(fields: tuple[str, ...]) -> Asked:
            return asked_fields(fields, there, address)

        self._asked_of = asked_of

    @property
    def version(self) -> None:
        """None, as the service has no versions that could be read."""
        return None

    def get_many(self, keys: Sequence[int | str], fields: Sequence[str]) -> "asyncio.Future[Rows]":
        """Return what the named fields of several rows will be, see `Source.get_many`."""
        asked, wanted = self._asked_of(tuple(fields)), list(keys)
        possible = list(dict.fromkeys(key for key in wanted if self._bytes_of(key) is not None))

        def begin(turn: Turn) -> GiveUp:
            def told(answer: Rows | Exception) -> None:
                if isinstance(answer, Exception):
                    turn.fail(answer)
                    return
                found = dict(zip(possible, answer, strict=True))
                rows = (found.get(key) if self._bytes_of(key) is not None else None for key in wanted)
                turn.give([None if row is None else asked_part(row, asked) for row in rows])

            asks = self.upstream.asks(possible, list(fields))
            return ask_in_turn(asks, self.upstream.hedge_after_s, told)

        return self.upstream.turns.ask(begin)


def _url(setting: str, written: str, dataset: str, where: str) -> str:
    """Return where keys are sent to; a ServingConfigError names the setting where nothing can be sent there."""
    url, library = written.replace("{dataset}", dataset), _http_library()
    try:
        parts = urlsplit(url)
        library.URL(url)  # which allows less in other places
        is_right = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except (ValueError, library.InvalidURL):  # a port that is none, an IPv6 host without its bracket
        is_right = False
    if not is_right:
        allowed = "http://HOST[:PORT]/PATH, or https://, with a port of 1 to 65,535 and [ ] around a host of IPv6"
        raise ServingConfigError(f"{setting} has {without_secrets(written)!r:.200}; allowed: {allowed}", where=where)
    return url


def _token(store: HttpStore, name: str) -> dict[str, str]:
    if not store.token_file:
        return {}
    try:
        lines = read_bounded_text(store.token_file).split()
    except UNREADABLE as error:
        said = words_of_unreadable(error)
        raise ServingConfigError(f"token_file can't be read ({said})", where=f"[stores.{name}]") from None
    if not lines:
        raise ServingConfigError("token_file is empty", where=f"[stores.{name}]", remedy="put the token there")
    return {"authorization": f"Bearer {lines[0]}"}


def _cancel(task: "asyncio.Task[Rows]") -> None:
    task.cancel()


def _http_library() -> ModuleType:
    """Import httpx2; a ServingConfigError says how to install it where it isn't."""
    try:
        import httpx2  # noqa: PLC0415 - an extra
    except ImportError:
        remedy = "install it: pip install 'interest-graph[serving]'"
        raise ServingConfigError("a store of the kind http needs the package httpx2", remedy=remedy) from None
    return httpx2
