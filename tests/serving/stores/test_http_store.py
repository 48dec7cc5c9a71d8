"""Another service as a store: its rows are checked, its answers bounded, and what it does wrong is its own."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from serving.config import HttpStore, LmdbStore
from serving.errors import OverloadedError, ServingConfigError, StoreError, TooLateError
from serving.stores.opened_stores import OpenedStores
from storage_tiers.random_access import RandomAccessTier
from tests.serving.stores.served_days import PICTURES, Days, asked, config_of
from tests.serving.stores.small_services import SmallService, silent_service, small_service

FIELDS: dict[str, object] = {"pin_id": "number", "label": "text", "near": [{"pin_id": "number", "share": "fraction"}]}
WRONG = [
    *("http://127.0.0.1:999999/", "http://[::1/", "http://127.0.0.1:port/", "http://127.0.0.1:0/", "http:///rows"),
    *("ftp://127.0.0.1/", "127.0.0.1:8000"),
]
ROW = {"pin_id": 7, "label": "sofa", "near": [{"pin_id": 8, "share": 0.5}, None]}


@pytest.fixture
def service() -> Iterator[SmallService]:
    with small_service(SmallService()) as running:
        yield running


def store_of(url: str, **settings: object) -> HttpStore:
    # A busy machine may take longer than the default of half a second.
    whole = {"address": url, "dataset": "labels", "key": "pin_id", "fields": FIELDS, "timeout_ms": 20_000} | settings
    return HttpStore(**whole)  # type: ignore[arg-type]


def run(body: Callable[[OpenedStores], Awaitable[None]], store: HttpStore, lmdb_root: Path | None = None) -> None:
    async def whole() -> None:
        others = {"lmdb": LmdbStore(output=str(lmdb_root))} if lmdb_root else {}
        stores = OpenedStores(config_of({"labels": store, **others}))
        await stores.start()
        try:
            await body(stores)
        finally:
            await stores.close()

    asyncio.run(whole())


def test_keys_are_sent_and_rows_come_back(service: SmallService) -> None:
    service.answer, service.version = {"7": ROW | {"other": 1}, "8": None}, "of today"

    async def body(stores: OpenedStores) -> None:
        assert stores.versions == {"labels": ""}
        assert await asked(stores, "labels", [7, 8, 9, "7", 7], ["pin_id", "near.share"]) == [
            {"pin_id": 7, "near": [{"share": 0.5}, None]},
            None,
            None,
            None,  # a text where keys are numbers
            {"pin_id": 7, "near": [{"share": 0.5}, None]},
        ]
        assert service.asked == [{"keys": [7, 8, 9], "fields": ["pin_id", "near.share"], "path": "/rows/labels"}]
        assert stores.versions == {"labels": "of today"}
        service.answer = [{"label": "lamp"}, None]
        assert await asked(stores, "labels", [7, 8], ["label", "pin_id"]) == [{"label": "lamp", "pin_id": 7}, None]

    run(body, store_of(service.url))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"7": {"label": 3}}, r"its answer can't be read \(Expected `str \| null`, got `int`"),
        ([], r"0 rows for 1 keys"),
        ("rows", r"can't be read"),
        (b"{", r"can't be read"),
        ({"7": {"label": "x" * 2_000}}, r"more than 1,000 bytes, which is answer_bytes"),
    ],
)
def test_what_is_not_as_declared_is_an_error(service: SmallService, answer: object, said: str) -> None:
    service.answer = answer

    async def body(stores: OpenedStores) -> None:
        with pytest.raises(StoreError, match=said):
            await asked(stores, "labels", [7], ["label"])
        assert stores.problems["labels"]
        service.answer = {}
        assert await asked(stores, "labels", [7], ["label"]) == [None]
        assert stores.problems == {}

    run(body, store_of(service.url, answer_bytes=1_000))


def test_a_status_and_a_service_that_is_not_there_are_told(service: SmallService) -> None:
    service.status = 500

    async def body(stores: OpenedStores) -> None:
        with pytest.raises(StoreError, match=r"/rows/labels: it answers with status 500"):
            await asked(stores, "labels", [7], ["label"])

    run(body, store_of(service.url))
    with silent_service() as port:
        gone = f"http://127.0.0.1:{port}"

    async def asked_of_nobody(stores: OpenedStores) -> None:
        with pytest.raises(StoreError, match=r"it can't be asked \(ConnectError"):
            await asked(stores, "labels", [7], ["label"])

    run(asked_of_nobody, store_of(gone))


def test_a_service_that_never_answers_takes_nothing_of_other_stores(
    days: Days, lmdb_tier: RandomAccessTier, tmp_path: Path
) -> None:
    days.serve(lmdb_tier, 1)
    with silent_service() as port:

        async def body(stores: OpenedStores) -> None:
            questions = [asyncio.ensure_future(asked(stores, "labels", [7], ["label"])) for _ in range(5)]
            await asyncio.sleep(0)
            with pytest.raises(OverloadedError):
                await asked(stores, "labels", [7], ["label"])
            assert await asked(stores, "pin_joins", PICTURES[:1], ["seen_in"]) == [{"seen_in": 1}]
            for failed in await asyncio.gather(*questions, return_exceptions=True):
                assert isinstance(failed, TooLateError)
                assert str(failed) == "store labels: no answer within 100 ms"

        store = store_of(f"http://127.0.0.1:{port}", timeout_ms=100, most_at_once=3, most_waiting=2)
        run(body, store, tmp_path)


def test_a_copy_is_asked_where_a_service_is_silent_or_fails(service: SmallService) -> None:
    service.answer = {"7": ROW}
    with silent_service() as port, small_service(SmallService(status=500)) as failing:

        async def body(stores: OpenedStores) -> None:
            assert await asked(stores, "labels", [7], ["label"]) == [{"label": "sofa"}]

        silent = store_of(f"http://127.0.0.1:{port}", replicas=(service.url,), hedge_after_ms=5, timeout_ms=20_000)
        run(body, silent)
        run(body, store_of(failing.url, replicas=(service.url,)))


def test_a_token_is_sent_and_a_wrong_declaration_is_refused(service: SmallService, tmp_path: Path) -> None:
    service.answer = {}
    (tmp_path / "token").write_text("abc\n")

    async def body(stores: OpenedStores) -> None:
        await asked(stores, "labels", [7], ["label"])
        assert service.headers[0]["authorization"] == "Bearer abc"

    run(body, store_of(service.url, token_file=str(tmp_path / "token")))
    for settings, said in (
        ({"key": "pin"}, r"\[stores.labels\]: key is 'pin'; allowed: a field that is declared as text or number"),
        ({"fields": {"pin_id": "int"}}, r"fields, pin_id: it is 'int'; allowed: text, number, fraction, truth"),
        ({"fields": FIELDS | {"a": [{"b": ["text", "text"]}]}}, r"fields, a.b: it is \['text', 'text'\]"),
        ({"token_file": str(tmp_path / "none")}, r"token_file can't be read"),
        *(
            ({"address": url}, rf"\[stores.labels\]: address has '{re.escape(url)}'; allowed: http://HOST")
            for url in WRONG
        ),
        ({"address": "http://me:hush@127.0.0.1:0/"}, r"address has 'http://\*\*\*@127.0.0.1:0/'; allowed"),
        *(({"replicas": (url,)}, rf"\[stores.labels\]: replicas has '{re.escape(url)}'; allowed") for url in WRONG),
    ):
        with pytest.raises(ServingConfigError, match=said):
            OpenedStores(config_of({"labels": store_of(service.url, **settings)}))
