"""What a store says when it refuses or fails, in one line: which address, what it said, what to do about it.

Of an answer, its status, code and message are told and nothing else: a body may hold the access key and what was signed
with it. What the client did in between is counted by `storage_tiers.stores.traffic`, not told here.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from joins.errors import DiscoveryError

_STATUS = re.compile(r"Server returned non-2xx status code: (\d{3}[^:\n]*)")
_CODE, _MESSAGE = re.compile(r"<Code>([^<]{1,80})</Code>"), re.compile(r"<Message>([^<]{1,200})</Message>")
_ASKED = re.compile(r"Error performing \w+ (https?://[^/\s]+)")
_RETRIES = re.compile(r"after (\d+) retries")
_MISSING = re.compile(r"Missing (SecretAccessKey|AccessKeyId|Token)|Unable to (open|decode) service account file.*")
_METADATA_HOSTS = ("169.254.169.254", "169.254.170.2", "metadata.google.internal")  # who is asked without credentials
_MOST_SHOWN = 160
_CODES_OF_MISSING_KEYS = {"NoSuchKey", "NotFound"}

_GOOGLE = "gs://"
_HOW_TO_GIVE_KEYS = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE with boto3 installed"
_HOW_TO_GIVE_KEYS_OF_GOOGLE = "set GOOGLE_APPLICATION_CREDENTIALS to the file of a service account"
_HOW_TO_LET_IN = "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and what they may read and write there"
_HOW_TO_ASK = "check the name of the bucket, AWS_REGION and AWS_ENDPOINT_URL"
_REMEDIES = (
    ("NoSuchBucket", "make the bucket, or name another"),
    ("InvalidBucketName", "name another bucket: this is no name that one can have"),
    ("InvalidAccessKeyId", _HOW_TO_LET_IN),
    ("UserNotFound", _HOW_TO_LET_IN),  # as versitygw says it
    ("SignatureDoesNotMatch", _HOW_TO_LET_IN),
    ("ExpiredToken", "give new credentials"),
    ("RequestTimeTooSkewed", "set this machine's clock"),
    ("301", "set AWS_REGION to the region of the bucket"),
    ("400", _HOW_TO_ASK),
    ("401", _HOW_TO_LET_IN),
    ("403", _HOW_TO_LET_IN),
    ("503", "the store is busy or down: run it again later; what is published stays"),
    ("500", "the store is in trouble: run it again later; what is published stays"),
)
_HOW_TO_REACH = (
    "see that it is reached from here (AWS_ENDPOINT_URL names it), and run it again; what is published stays"
)
_HOW_TO_REACH_GOOGLE = "see that it is reached from here, and run it again; what is published stays"
_AS_OF_GOOGLE = {
    _HOW_TO_LET_IN: "check whom GOOGLE_APPLICATION_CREDENTIALS names, and what it may read and write there",
    _HOW_TO_ASK: "check the name of the bucket",
}


class StoreError(DiscoveryError, RuntimeError):
    """An object store refused a request, or could not be reached.

    Attributes
    ----------
    status
        Of its answer, as HTTP has it; 0 where none came.
    """

    status = 0


@contextmanager
def telling_of(address: str) -> Iterator[None]:
    """Turn what the client library raises within the block into errors that say which address it was about.

    Raises FileNotFoundError where there is no such object.
    """
    from obstore.exceptions import BaseError  # noqa: PLC0415 - an extra

    try:
        yield
    except FileNotFoundError as error:
        code = _CODE.search(str(error))
        if code and code[1] not in _CODES_OF_MISSING_KEYS:  # no such bucket; of some servers, no such user
            raise error_of(address, error) from None
        raise FileNotFoundError(address) from None
    except BaseError as error:  # the text of its cause may hold an access key
        raise error_of(address, error) from None


def error_of(address: str, error: Exception) -> StoreError:
    """Return the error that says what a store answered.

    Examples
    --------
    >>> answered = "Error performing GET http://127.0.0.1:9/pins/a in 1ms - Server returned non-2xx status code: "
    >>> print(error_of("s3://pins/a", Exception(answered + "404 Not Found: <Error><Code>NoSuchBucket</Code></Error>")))
    s3://pins/a: the store at http://127.0.0.1:9 answered 404 Not Found, NoSuchBucket; make the bucket, or name another
    """
    text = str(error)
    asked, status = _ASKED.search(text), _STATUS.search(text)
    at = f" at {asked[1]}" if asked else ""
    if asked and any(host in asked[1] for host in _METADATA_HOSTS):
        return StoreError("there are no credentials for the store", where=address, remedy=_how_to_give_keys(address))
    if status:
        said = ", ".join([status[1].strip(), *_words_of_body(text)])
        remedy = next((remedy for sign, remedy in _REMEDIES if sign in said), "see what the store's own log says")
        if address.startswith(_GOOGLE):
            remedy = _AS_OF_GOOGLE.get(remedy, remedy)
        told = StoreError(f"the store{at} answered {said}{_tried(text)}", where=address, remedy=remedy)
        told.status = int(status[1][:3])
        return told
    if missing := _MISSING.search(text):
        problem = f"its credentials can't be used: {missing[0][:_MOST_SHOWN]}"
        return StoreError(problem, where=address, remedy=_how_to_give_keys(address))
    reason = _reason(text)
    remedy = _HOW_TO_REACH_GOOGLE if address.startswith(_GOOGLE) else _HOW_TO_REACH
    return StoreError(f"the store{at} can't be used: {reason}{_tried(text)}", where=address, remedy=remedy)


def _how_to_give_keys(address: str) -> str:
    return _HOW_TO_GIVE_KEYS_OF_GOOGLE if address.startswith(_GOOGLE) else _HOW_TO_GIVE_KEYS


def _words_of_body(text: str) -> list[str]:
    code, message = _CODE.search(text), _MESSAGE.search(text)
    return [code[1] + (f" ({message[1].rstrip('.')})" if message else "")] if code else []


def _tried(text: str) -> str:
    retries = _RETRIES.search(text)
    return f", also when it was asked {retries[1]} times more" if retries else ""


def _reason(text: str) -> str:
    """Return why nothing was answered: the innermost cause that the client library names, else its first line."""
    for sign, words in (
        ("dns error", "its name is not known (DNS)"),
        ("Connection refused", "nobody listens there"),
        ("Connection reset", "the connection was cut"),
        ("kind: Connect", "no connection"),
        ("kind: Timeout", "no answer in time"),
        ("timed out", "no answer in time"),
        ("kind: Interrupted", "the connection was cut"),
        ("IncompleteMessage", "the connection was cut"),
        ("kind: Decode", "the answer was cut"),
    ):
        if sign in text:
            return words
    return text.splitlines()[0][:_MOST_SHOWN] if text else "it said nothing"
