"""EMR and S3 as moto plays them in this process: who tests says how the steps end that were asked for.

No machine starts, and no step runs. Of EMR it is seen what is asked of it, and nothing of what that would do.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

_KEYS = {"AWS_ACCESS_KEY_ID": "of-moto", "AWS_SECRET_ACCESS_KEY": "of-moto", "AWS_DEFAULT_REGION": "us-east-1"}
_ACCOUNT, _REGION, BUCKET = "123456789012", "us-east-1", "pins"
_WAITS_S = 120.0


@dataclass(frozen=True, slots=True)
class PlayedEmr:
    """What was asked of EMR and S3 so far."""

    address: str
    s3: Any

    @property
    def clusters(self) -> list[Any]:
        """The clusters, oldest first; their states can be set."""
        from moto.emr.models import emr_backends  # noqa: PLC0415 - takes a second

        return list(emr_backends[_ACCOUNT][_REGION].clusters.values())

    def step(self, number: int) -> tuple[Any, Any]:
        """Wait for a step, counted over all clusters, and return it with its cluster."""
        return until(lambda: dict(enumerate((step, one) for one in self.clusters for step in one.steps)).get(number))

    def keys(self, prefix: str = "") -> list[str]:
        """Return the names of the objects in the bucket."""
        found = self.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix)
        return [one["Key"] for one in found.get("Contents", ())]

    def read(self, key: str) -> bytes:
        """Return the content of an object."""
        content: bytes = self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        return content

    def options(self) -> dict[str, object]:
        """Return the options of mrjob by which it speaks to this one, and waits for nobody."""
        addresses = dict.fromkeys(("s3_endpoint", "emr_endpoint", "iam_endpoint", "ec2_endpoint"), self.address)
        return addresses | {"check_cluster_every": 0.2, "cloud_fs_sync_secs": 0}


def until(found: Callable[[], Any]) -> Any:
    """Wait until something is there, and return it."""
    ends = time.monotonic() + _WAITS_S
    while not (what := found()):
        assert time.monotonic() < ends, "nothing came"
        time.sleep(0.1)
    return what


@pytest.fixture
def played_emr(monkeypatch: pytest.MonkeyPatch, tmp_path: "Path") -> Iterator[PlayedEmr]:
    """Play EMR and S3 with one empty bucket."""
    pytest.importorskip("moto", reason="moto is not installed")
    import boto3  # noqa: PLC0415 - as above
    from moto.moto_api._internal import moto_api_backend  # noqa: PLC0415
    from moto.server import ThreadedMotoServer  # noqa: PLC0415

    for name, value in _KEYS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "no-config"))
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    moto_api_backend.reset()
    address = f"http://{host}:{port}"
    s3 = boto3.client("s3", endpoint_url=address, region_name=_REGION)
    s3.create_bucket(Bucket=BUCKET)
    yield PlayedEmr(address, s3)
    server.stop()
