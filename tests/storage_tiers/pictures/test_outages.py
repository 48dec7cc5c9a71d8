"""A store that fails for the moment ends the day; a picture that can't be read is a fact about its pin."""

import errno

import pyarrow as pa
import pytest

from storage_tiers.pictures import stamps
from storage_tiers.pictures.digests import DigestImages
from storage_tiers.pictures.outages import StoreFailedError, is_outage, read_or_stop
from tests.faults.injections.object_server import ObjectServer

SHOP = {"/shop/1.jpg": b"one", "/shop/2.jpg": b"two"}
ADDRESSES = ["s3://shop/1.jpg", "s3://shop/2.jpg"]


@pytest.fixture
def store(monkeypatch):
    with ObjectServer(SHOP).serving() as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        yield server


@pytest.mark.slow
def test_a_store_that_answers_500_or_cuts_bodies_stops_the_reading_and_says_so(store):
    assert [file.content for file in read_or_stop(ADDRESSES)] == [b"one", b"two"]
    for status, how in ((503, "at once"), (0, "cut")):
        store.behave(status, how, of="2.jpg")
        with pytest.raises(
            StoreFailedError, match=r"2\.jpg: its store fails for the moment: .*; run again when it answers"
        ):
            DigestImages("/")(stamps_of(ADDRESSES))
    store.behave(500, "first")  # the client asks again by itself
    assert [file.content for file in read_or_stop(ADDRESSES)] == [b"one", b"two"]


def test_what_a_store_refuses_for_good_is_a_status(store):
    store.behave(403, of="2.jpg")
    made = DigestImages("/")(stamps_of([*ADDRESSES, "s3://shop/3.jpg"]))
    assert made["status"].to_pylist() == ["read", "unreadable", "missing"]


def test_stamps_are_not_asked_for_one_by_one_where_the_store_is_down():
    with pytest.raises(StoreFailedError):
        stamps._stamps(DownStore(), ["shop/1.jpg"])


class DownStore:
    def get_file_info(self, _paths):
        raise OSError("AWS Error NETWORK_CONNECTION during HeadObject operation: curlCode: 28, Timeout was reached")


@pytest.mark.parametrize(
    ("said", "it_is"),
    [
        (OSError(errno.ETIMEDOUT, "Connection timed out"), True),
        (OSError(errno.EMFILE, "Too many open files"), True),
        (OSError(errno.EACCES, "Permission denied"), False),
        ("AWS Error SLOW_DOWN during GetObject operation", True),
        ("AWS Error ACCESS_DENIED during HeadObject operation", False),
        ("Path does not exist 'shop/500.jpg'", False),
        (ValueError("no URI of a store"), False),
    ],
)
def test_which_errors_tell_of_an_outage(said, it_is):
    assert is_outage(said) is it_is


def stamps_of(addresses):
    n = len(addresses)
    none = pa.nulls(n, pa.int64())
    return pa.table(
        [pa.array(addresses), none, none.cast(pa.timestamp("us", "UTC"))], ["image", "n_bytes", "modified_at"]
    )
