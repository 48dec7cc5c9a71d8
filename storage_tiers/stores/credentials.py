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

from storage_tiers.stores.store_errors import StoreError

if TYPE_CHECKING:
    from obstore.auth.boto3 import Boto3CredentialProvider

_KEYS_OF_ITS_OWN = "AWS_ACCESS_KEY_ID"
_PROFILE = "AWS_PROFILE"
_PROFILE_FILES = {"AWS_SHARED_CREDENTIALS_FILE": ".aws/credentials", "AWS_CONFIG_FILE": ".aws/config"}


def profile_provider(address: str) -> "Boto3CredentialProvider | None":
    """Return what gives the credentials of the usual profile; None where the environment has keys, or there is none.

    Raises StoreError if a profile is asked for that can't be read.
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
