"""Where a store ignores If-None-Match, publishing says so once and goes by claims; the outcome is the same."""

import datetime as dt
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pytest

from storage_tiers import Dataset, DatasetError, Version
from storage_tiers.stores import s3_store
from storage_tiers.stores.address import root_of
from storage_tiers.versioned.on_stores import claims
from storage_tiers.versioned.on_stores.claims import CLAIMS_FOLDER, claimed
from storage_tiers.versioned.on_stores.committing import minds_conditions
from storage_tiers.versioned.versions import VersionPlace, published_versions
from tests.servers.s3_proxy import S3Proxy


@pytest.fixture(params=["unconditional", "501"])
def unconditional(
    request: pytest.FixtureRequest, s3_root: str, s3_proxy: S3Proxy, monkeypatch: pytest.MonkeyPatch
) -> str:
    """An address in a store that ignores the condition of a put, or says that it knows none."""
    monkeypatch.setattr(s3_store, "MOST_RETRIES", 1)
    monkeypatch.setattr(s3_store, "RETRIES_ONCE_ANSWERED", 1)
    s3_proxy.plan = lambda asked: request.param if asked.is_conditional else None
    monkeypatch.setattr(claims, "_LONGEST_PAUSE_S", 0.2)
    return s3_root


def place_of(root: str) -> VersionPlace:
    return VersionPlace(root_of(root), "board_joins", "full", Version(dt.date(2026, 11, 20), 1))


def test_a_store_without_conditions_is_told_once(unconditional: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert not minds_conditions(root_of(unconditional))
        assert not minds_conditions(root_of(unconditional))
    said = f"{unconditional} knows no conditional put: versions are published under a lock there"
    assert [record.getMessage() for record in caplog.records] == [said]
    assert root_of(unconditional).listed() == []


def test_a_store_with_conditions_is_tried_and_nothing_is_said(s3_root: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert minds_conditions(root_of(s3_root))
    assert caplog.records == []
    assert root_of(s3_root).listed() == []


def test_versions_are_published_once_there_too(
    unconditional: str, publish: Callable[..., Dataset], wide_table: Callable[[int], pa.Table]
) -> None:
    gate = threading.Barrier(3)

    def race(n_rows: int) -> bool:
        gate.wait()
        try:
            publish(root_of(unconditional), wide_table(n_rows))
        except DatasetError:
            return False
        return True

    with ThreadPoolExecutor(3) as threads:
        won = list(threads.map(race, (30, 31, 32)))
    assert won.count(True) == 1
    publish(root_of(unconditional), wide_table(30 + won.index(True))).verify()
    assert len(published_versions(root_of(unconditional), "board_joins")) == 1
    assert (root_of(unconditional) / CLAIMS_FOLDER).listed() == []


def test_never_two_hold_a_claim(s3_root: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "_LONGEST_PAUSE_S", 0.2)
    inside, most = 0, 0
    lock = threading.Lock()

    def hold(_number: int) -> None:
        nonlocal inside, most
        with claimed(place_of(s3_root)):
            with lock:
                inside += 1
                most = max(most, inside)
            with lock:
                inside -= 1

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(hold, range(12)))
    assert most == 1


def test_the_claim_of_a_dead_publisher_ends_with_its_lease(s3_root: str, monkeypatch: pytest.MonkeyPatch) -> None:
    place = place_of(s3_root)
    dead = root_of(s3_root) / CLAIMS_FOLDER / "board_joins" / "full" / place.version.path / "dead"
    dead.touch()
    monkeypatch.setattr(claims, "_LONGEST_PAUSE_S", 0.1)
    monkeypatch.setattr(claims, "WAITS_AT_MOST_S", 1)
    with pytest.raises(DatasetError, match="others have been publishing it for 1 s; see who claims it below s3://"):
        claimed(place).__enter__()
    monkeypatch.setattr(claims, "LEASE_S", 0.9)
    monkeypatch.setattr(claims, "WAITS_AT_MOST_S", 10)
    with claimed(place):
        assert not dead.exists()
