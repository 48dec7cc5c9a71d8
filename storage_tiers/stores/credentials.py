"""Who may use a store: the environment says it, or the profile that the store's own tools go by.

The client library reads ``AWS_ACCESS_KEY_ID``, ``AWS_SECRET_ACCESS_KEY``, ``AWS_SESSION_TOKEN``, ``AWS_REGION``,
``AWS_ENDPOINT_URL`` and their kind itself, and asks a machine in the cloud for its role. A profile is read by boto3,
where that is installed: it knows all its forms, from plain keys to single sign-on. Secrets are handed to the client
library and kept nowhere else: what is shown, pickled or written is the address alone.
"""

import os
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from joins.uri_secrets import has_secrets
from storage_tiers.stores.store_errors import StoreError

if TYPE_CHECKING:
    from obstore.auth.boto3 import Boto3CredentialProvider

_KEYS_OF_ITS_OWN = "AWS_ACCESS_KEY_ID"
_PROFILE = "AWS_PROFILE"
_SERVERS = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT")
_UNSPACED = (
    *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
    *("AWS_REGION", "AWS_DEFAULT_REGION"),
)
_PROFILE_FILES = {"AWS_SHARED_CREDENTIALS_FILE": ".aws/credentials", "AWS_CONFIG_FILE": ".aws/config"}


def profile_provider(address: str) -> "Boto3CredentialProvider | None":
    """Return the provider of a profile's credentials; None if the environment has keys, or there is no profile.

    Raises StoreError if `AWS_PROFILE` names a profile that can't be read.
    """
    asked = os.environ.get(_PROFILE)
    if os.environ.get(_KEYS_OF_ITS_OWN) or not (asked or _has_profiles(os.environ)):
        return None
    if find_spec("boto3") is None:
        if not asked:
            return None  # a machine in the cloud may have a role beside an old file
        problem = f"{_PROFILE} is set, and profiles are read by boto3, which isn't installed"
        raise StoreError(problem, where=address, remedy=f"pip install boto3, or set {_KEYS_OF_ITS_OWN} and its secret")
    return _provider(address, asked or "default")


def refuse_odd_variables(address: str) -> None:
    """Refuse what the client library would panic at: a server that is no URL, a key or region with a line break.

    Raises StoreError, which shows no key.
    """
    for name in _SERVERS:
        url = os.environ.get(name)
        if url is not None and not _is_server(url):
            shown = "holds a user, key or token" if has_secrets(url) else f"is {url!r}"
            remedy = "it must be http://host:port or https://host without a user; or unset it, for Amazon's own"
            raise StoreError(f"{name} {shown}", where=address, remedy=remedy)
    for name in _UNSPACED:
        if not os.environ.get(name, "").isprintable() or " " in os.environ.get(name, ""):
            problem = f"{name} has a blank or a line break in it"
            raise StoreError(problem, where=address, remedy="set it anew; a file that it is read from may end with one")


def _is_server(url: str) -> bool:
    if not url.isprintable() or " " in url or has_secrets(url):
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # of a port that is none
        return False


def _provider(address: str, profile: str) -> "Boto3CredentialProvider":
    from botocore.exceptions import BotoCoreError  # type: ignore[import-untyped,import-not-found,unused-ignore]  # noqa: PLC0415
    from obstore.auth.boto3 import Boto3CredentialProvider  # noqa: PLC0415 - an extra, and boto3

    try:
        return Boto3CredentialProvider()
    except (BotoCoreError, ValueError) as error:
        problem = f"the profile {profile!r} gives no credentials ({type(error).__name__})"
        raise StoreError(problem, where=address, remedy="see 'aws configure list'") from None


def _has_profiles(environment: Mapping[str, str]) -> bool:
    return any(Path(environment.get(name) or Path.home() / usual).is_file() for name, usual in _PROFILE_FILES.items())
