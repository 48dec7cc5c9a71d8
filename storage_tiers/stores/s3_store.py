"""S3 and what speaks like it, and Google's store, through `obstore`: Rust's object_store with its retries.

The library sends a request again that meets an answer 5xx, a cut connection or silence, and waits longer each time. A
body that breaks off is read on from where it broke. Some failures it doesn't try again, and `_again` does: puts and
deletions without an answer in time, and an answer that was cut before its body. All requests may be repeated without
harm; whoever puts a new key and is refused reads what is there, which may be its own.

A store that has answered once is waited for: it may be started anew, and a day should outlive that. One that never did
may have another address, which its user wants to know soon.
"""

import errno
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from os.path import commonpath
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import obstore
from obstore.exceptions import AlreadyExistsError, GenericError, PreconditionError
from obstore.store import GCSStore, S3Store

from storage_tiers.stores.credentials import profile_provider, refuse_odd_variables
from storage_tiers.stores.object_store import NamesBelow, StoredObject
from storage_tiers.stores.store_errors import telling_of
from storage_tiers.stores.traffic import LISTED_AT_ONCE, PIECE_BYTES, WHOLE_BYTES

if TYPE_CHECKING:
    from obstore import ObjectMeta
    from obstore.store import ClientConfig, RetryConfig

CONNECT_WITHIN_S = 5
SILENT_AT_MOST_S = 20  # while an answer is read
REQUEST_WITHIN_S = 120  # enough for a piece of 8 MB at 70 kB a second
MOST_RETRIES = 6  # at a store that hasn't answered yet
RETRIES_ONCE_ANSWERED = 40  # at one that has; they end after `RETRIED_FOR_S` in any case
FIRST_WAIT_S, LONGEST_WAIT_S = 0.1, 5
RETRIED_FOR_S = 60
MOST_ATTEMPTS = 2  # at a request that gets no answer
PIECES_AT_ONCE = 4
_BLOCK_BYTES = 2**20
_NO_SUCH_RANGE = (
    "status code: 416",
    "Received non-partial response",  # of servers that give all of nothing
    "Failed to parse value for CONTENT_RANGE",  # of MinIO, which says "bytes 0--1/0" of an empty object
)
_Returned = TypeVar("_Returned")


@dataclass(frozen=True, slots=True)
class BucketStore:
    """One bucket; see `storage_tiers.stores.object_store.ObjectStore`."""

    address: str  # of the bucket, as errors name it
    first_client: S3Store | GCSStore
    patient_client: S3Store | GCSStore
    _answered: threading.Event = field(default_factory=threading.Event, compare=False, repr=False)

    @property
    def client(self) -> S3Store | GCSStore:
        """What requests are made by: the patient one as soon as the store has answered once."""
        return self.patient_client if self._answered.is_set() else self.first_client

    @contextmanager
    def _asked(self, key: str) -> Iterator[None]:
        """Ask about a key within the block; what fails is told with its address."""
        with telling_of(f"{self.address}/{key}"):
            yield
            self._answered.set()

    def get(self, key: str, most_bytes: int | None = None) -> bytes:
        """Return a whole object."""
        with self._asked(key):
            return _again(lambda: self._got(key, most_bytes))

    def _got(self, key: str, most_bytes: int | None) -> bytes:
        found = obstore.get(self.client, key)
        size = found.meta["size"]
        if most_bytes is not None and size > most_bytes:
            raise OSError(errno.EFBIG, f"{size:,} bytes; allowed are {most_bytes:,}", f"{self.address}/{key}")
        return bytes(found.bytes())

    def get_range(self, key: str, start: int, end: int) -> bytes:
        """Return some bytes of an object."""
        with self._asked(key):
            try:
                return _again(lambda: bytes(obstore.get_range(self.client, key, start=start, end=end)))
            except GenericError as error:
                if not self._ends_before(key, start, error):
                    raise
                return b""

    def get_tail(self, key: str, n_bytes: int) -> tuple[bytes, int]:
        """Return the last bytes of an object, and how many it has."""
        with self._asked(key):
            try:
                return _again(lambda: self._got_tail(key, n_bytes))
            except GenericError as error:
                if not self._ends_before(key, 0, error):
                    raise
                return b"", 0  # an empty object has no last bytes

    def _got_tail(self, key: str, n_bytes: int) -> tuple[bytes, int]:
        found = obstore.get(self.client, key, options={"range": {"suffix": n_bytes}})
        return bytes(found.bytes()), found.meta["size"]

    def _ends_before(self, key: str, start: int, error: GenericError) -> bool:
        """Return whether a range was refused because the object has no bytes there."""
        return any(sign in str(error) for sign in _NO_SUCH_RANGE) and obstore.head(self.client, key)["size"] <= start

    def blocks(self, key: str) -> Iterator[bytes]:
        """Yield an object piece after piece."""
        with self._asked(key):
            for block in obstore.get(self.client, key).stream(min_chunk_size=_BLOCK_BYTES):
                yield bytes(block)

    def put(self, key: str, content: bytes) -> None:
        """Put an object."""
        with self._asked(key):
            _again(lambda: obstore.put(self.client, key, content, use_multipart=False), or_after=AlreadyExistsError)

    def put_new(self, key: str, content: bytes) -> bool:
        """Put an object unless there is one."""
        with self._asked(key):
            try:
                _again(lambda: obstore.put(self.client, key, content, mode="create", use_multipart=False))
            except AlreadyExistsError:
                return False
            return True

    def put_over(self, key: str, content: bytes, e_tag: str) -> bool:
        """Put an object if the one that is there has an e-tag."""
        with self._asked(key):
            try:
                _again(lambda: obstore.put(self.client, key, content, mode={"e_tag": e_tag}, use_multipart=False))
            except (PreconditionError, AlreadyExistsError, FileNotFoundError):
                return False
            return True

    def put_file(self, key: str, path: Path) -> None:
        """Put what a local file holds."""
        in_pieces = path.stat().st_size > WHOLE_BYTES
        with self._asked(key):
            _again(
                lambda: obstore.put(
                    self.client,
                    key,
                    path,
                    use_multipart=in_pieces,
                    chunk_size=PIECE_BYTES,
                    max_concurrency=PIECES_AT_ONCE,
                )
            )

    def described(self, key: str) -> StoredObject | None:
        """Return what is known of an object."""
        try:
            with self._asked(key):
                return _stored(_again(lambda: obstore.head(self.client, key)))
        except FileNotFoundError:
            return None

    def listed(self, folder: str, after: str = "") -> Iterator[StoredObject]:
        """Yield all objects below a folder, by key."""
        with self._asked(folder):
            stream = obstore.list(self.client, folder or None, offset=after or None, chunk_size=LISTED_AT_ONCE)
            for several in stream:
                yield from map(_stored, several)

    def names_below(self, folder: str) -> NamesBelow:
        """Return what lies directly below a folder."""
        with self._asked(folder):
            found = _again(lambda: obstore.list_with_delimiter(self.client, folder or None))
        return NamesBelow(
            tuple(prefix.rpartition("/")[2] for prefix in found["common_prefixes"]),
            tuple(one["path"].rpartition("/")[2] for one in found["objects"]),
        )

    def delete(self, keys: Iterable[str]) -> None:
        """Delete objects."""
        several = list(keys)
        if several:
            with self._asked(commonpath(several)):
                _again(lambda: obstore.delete(self.client, several))


def opened_bucket(scheme: str, bucket: str) -> BucketStore:
    """Open a bucket of S3 (``s3``) or of Google (``gs``); nothing is asked of it yet.

    A server without TLS is used only where the environment names one (``AWS_ENDPOINT_URL=http://...``).
    """
    address = f"{scheme}://{bucket}"
    client_options: ClientConfig = {
        "allow_http": True,
        "connect_timeout": timedelta(seconds=CONNECT_WITHIN_S),
        "read_timeout": timedelta(seconds=SILENT_AT_MOST_S),
        "timeout": timedelta(seconds=REQUEST_WITHIN_S),
    }

    def client(most_retries: int) -> S3Store | GCSStore:
        how = _retries(most_retries)
        if scheme == "gs":
            return GCSStore(bucket, client_options=client_options, retry_config=how)
        provider = profile_provider(address)
        return S3Store(bucket, client_options=client_options, retry_config=how, credential_provider=provider)

    with telling_of(address):
        if scheme != "gs":
            refuse_odd_variables(address)
        return BucketStore(address, client(MOST_RETRIES), client(RETRIES_ONCE_ANSWERED))


def _retries(most: int) -> "RetryConfig":
    """Return how a client tries again: so often, later each time, and not for long."""
    return {
        "max_retries": most,
        "retry_timeout": timedelta(seconds=RETRIED_FOR_S),
        "backoff": {
            "init_backoff": timedelta(seconds=FIRST_WAIT_S),
            "max_backoff": timedelta(seconds=LONGEST_WAIT_S),
            "base": 2,
        },
    }


def _again(request: Callable[[], _Returned], or_after: type[Exception] = GenericError) -> _Returned:
    """Make a request, and make it again if no answer came. An answer is final, whatever it says.

    `or_after` is one more error after which it is made again: a plain put may meet another of the same key (409).
    """
    for _ in range(MOST_ATTEMPTS - 1):
        try:
            return request()
        except (GenericError, or_after) as error:
            if isinstance(error, GenericError) and "Server returned" in str(error):
                raise
    return request()


def _stored(found: "ObjectMeta") -> StoredObject:
    return StoredObject(found["path"], found["size"], found["last_modified"], found["e_tag"] or "")
