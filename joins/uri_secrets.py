"""Text without the secrets in its URIs, for whatever people or other programs read: errors, logs, manifests, reports.

A password, a key or a token may stand in front of a host, among the parameters of a query, or be a webhook's path.
What looks like one is replaced by ``***``; rather one too many than one too few, as nothing is computed from what is
shown. Rows of data are not changed by this: who may read a dataset may read its links.
"""

import re
from urllib.parse import unquote

HIDDEN = "***"

_GAP = r" \t\r\n\f\v"  # of all blanks those that end a URI; others may be part of a secret
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_NO_GAP = re.compile(rf"[^{_GAP}]*")
_AUTHORITY = re.compile(rf"[^/?#{_GAP}]*")
_HOST_AND_PORT = re.compile(r"[^:]*:\d*")
_ENCODED_BEFORE_HOST = re.compile(rf"(%3A%2F%2F)[^{_GAP}&]*(%40)", re.IGNORECASE)
# A quote closes one before the URI if nothing of a value follows it; a double quote can't be part of a URI.
_VALUE = re.compile(rf"(?:[^&#{_GAP}\"'<>`]|['`](?=[^{_GAP}\"<>&]*\w))*")
_IN_A_QUERY = re.compile(rf"(?<=[?&;#])([^=&;#?{_GAP}]+)=")
_ON_ITS_OWN = re.compile(r"(?<![\w?&;#%+.-])([A-Za-z][\w.-]*)=")
_WEBHOOK = re.compile(
    r"(hooks\.slack(?:-gov)?\.com/|discord(?:app)?\.com/api/webhooks/|webhook\.office\.com/|hooks\.zapier\.com/"
    rf"|chat\.googleapis\.com/|api\.telegram\.org/bot)[^{_GAP}\"'<>]+",
    re.IGNORECASE,
)
_BEARER = re.compile(r"\b(bearer|basic)([ \t]+)[A-Za-z0-9+/._~=-]{8,}", re.IGNORECASE)
_WORDS_OF_NAMES = (
    r"pass(?:word|wd|phrase)|pwd|secret|token|credential|api[_.-]?key|(?:access|account|shared|private)[_.-]?key"
)
_NAMES_ON_THEIR_OWN = re.compile(_WORDS_OF_NAMES, re.IGNORECASE)
_NAMES_IN_A_QUERY = re.compile(
    rf"{_WORDS_OF_NAMES}|signature|auth|jwt|session|accessid|hmac|^(?:sig|sas|key|code|pass|otp|ticket|pat)$",
    re.IGNORECASE,
)
_CONTAINER_BEFORE_HOST = ("abfs://", "abfss://", "wasb://", "wasbs://")  # abfs://container@account is no secret


def without_secrets(text: str) -> str:
    """Return a text in which the secrets of URIs, and of ``password=...`` beside them, are ``***``.

    Examples
    --------
    >>> without_secrets("can't reach s3://AKIA1:hush@pins/1.jpg?region=eu&session_token=hush")
    "can't reach s3://***@pins/1.jpg?region=eu&session_token=***"
    >>> without_secrets("https://pins.example/1?X-Amz-Signature=0f3c&size=2 at host:80")
    'https://pins.example/1?X-Amz-Signature=***&size=2 at host:80'
    >>> without_secrets("https://hooks.slack.com/services/T0/B0/hush")
    'https://hooks.slack.com/***'
    """
    if "=" not in text and "/" not in text and " " not in text:
        return text
    text = _without_users(text)
    text = _ENCODED_BEFORE_HOST.sub(rf"\1{HIDDEN}\2", text)
    text = _WEBHOOK.sub(rf"\1{HIDDEN}", text)
    text = _BEARER.sub(rf"\1\2{HIDDEN}", text)
    text = _without_values(text, _IN_A_QUERY, _NAMES_IN_A_QUERY)
    return _without_values(text, _ON_ITS_OWN, _NAMES_ON_THEIR_OWN)


def has_secrets(text: str) -> bool:
    """Return whether a text holds what looks like a secret in a URI.

    Examples
    --------
    >>> has_secrets("s3://AKIA1:hush@pins"), has_secrets("abfs://pins@account.example/2026"), has_secrets("data/input")
    (True, False, False)
    """
    return without_secrets(text) != text


def _without_users(text: str) -> str:
    """Hide what stands before the host of each URI."""
    pieces, done = [], 0
    while (scheme := _SCHEME.search(text, done)) is not None:
        hidden_to = _end_of_user(text, scheme)
        pieces += [text[done : scheme.end()], HIDDEN if hidden_to > scheme.end() else ""]
        done = hidden_to
    return "".join([*pieces, text[done:]])


def _end_of_user(text: str, scheme: re.Match[str]) -> int:
    """Return the place of the @ before a host, or that behind the scheme where nothing is to be hidden.

    People write passwords with any of ``/ ? # @`` in them, so that an authority with a colon may go on behind these. A
    port is followed by a path, which may hold an @ of its own.
    """
    start = scheme.end()
    authority = _authority(text, start)
    user, at, _ = authority.rpartition("@")
    if at and ":" not in user:
        return start if scheme[0].lower() in _CONTAINER_BEFORE_HOST else start + len(user)
    if ":" not in authority:
        return start
    rest = text[start : _end(_NO_GAP, text, start)]
    if at or _HOST_AND_PORT.fullmatch(authority):
        rest = re.split(r"[?#]", rest, maxsplit=1)[0]
    return start + max(0, rest.rfind("@"))


def _authority(text: str, start: int) -> str:
    return text[start : _end(_AUTHORITY, text, start)]


def _end(pattern: re.Pattern[str], text: str, start: int) -> int:
    found = pattern.match(text, start)
    return found.end() if found else start


def _without_values(text: str, names: re.Pattern[str], secret: re.Pattern[str]) -> str:
    """Hide the values of names that are those of secrets."""
    pieces, done = [], 0
    while (name := names.search(text, done)) is not None:
        pieces.append(text[done : name.end()])
        done = name.end()
        if secret.search(unquote(name[1])):
            done = _end(_VALUE, text, done)
            pieces.append(HIDDEN if done > name.end() else "")
    return "".join([*pieces, text[done:]])
