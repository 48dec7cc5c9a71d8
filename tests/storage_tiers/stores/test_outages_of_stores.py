"""What a store refuses, and what fails on the way to it, is one line; what passes is asked again and not noticed."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from storage_tiers import Dataset, open_dataset
from storage_tiers.stores import s3_store
from storage_tiers.stores.address import root_of
from storage_tiers.stores.opened_stores import SCHEMES, Scheme, forget_opened
from storage_tiers.stores.store_errors import StoreError, error_of
from storage_tiers.stores.store_path import StorePath
from storage_tiers.versioned.versions import published_versions
from tests.servers.s3_programs import BUCKET, free_port, s3_server_in
from tests.servers.s3_proxy import Fault, Plan, Request, S3Proxy

AWAY_S = 3  # longer than two tries take


@pytest.fixture(autouse=True)
def short_of_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for nothing longer than a test can."""
    retries = {"MOST_RETRIES": 2, "RETRIES_ONCE_ANSWERED": 2}
    for name, value in (retries | {"LONGEST_WAIT_S": 0.1, "SILENT_AT_MOST_S": 1, "REQUEST_WITHIN_S": 5}).items():
        monkeypatch.setattr(s3_store, name, value)


def first_times(n_times: int, fault: Fault, method: str = "") -> Plan:
    """Let the first requests of a kind fail."""
    left = n_times

    def plan(request: Request) -> Fault | None:
        nonlocal left
        if left and method in ("", request.method):
            left -= 1
            return fault
        return None

    return plan


def told(use: Callable[[], object]) -> str:
    """Return the one line in which an error says what was wrong; it holds no credential."""
    with pytest.raises(StoreError) as error:
        use()
    line = str(error.value)
    assert "\n" not in line
    assert not [secret for secret in ("trialaccess", "trialsecret123", "AWS4-HMAC") if secret in line]
    assert error.value.__cause__ is None
    return line


def test_a_bucket_that_is_not_there_is_told(s3_root: str) -> None:
    missing = StorePath("s3", "nobucket", "output") / "a"
    for use in (missing.read_bytes, missing.touch, missing.listed, missing.names):
        line = told(use)
        assert line.startswith("s3://nobucket/output")
        assert "answered 404 Not Found, NoSuchBucket (The specified bucket does not exist); make the bucket" in line
    assert s3_root


def test_a_wrong_secret_is_told_and_shown_nowhere(s3_root: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong" + os.environ["AWS_SECRET_ACCESS_KEY"])
    forget_opened()
    for use in ((root_of(s3_root) / "a").read_bytes, (root_of(s3_root) / "a").touch, root_of(s3_root).listed):
        line = told(use)
        assert "403 Forbidden, SignatureDoesNotMatch" in line
        assert line.endswith(
            "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and what they may read and write there"
        )


def test_an_unknown_access_key_is_told(s3_root: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody")
    forget_opened()
    line = told((root_of(s3_root) / "a").read_bytes)
    assert "answered 403 Forbidden, InvalidAccessKeyId" in line or "No user exists with the provided access key" in line
    assert "check AWS_ACCESS_KEY_ID" in line
    assert "somebody" not in line


def test_a_profile_without_boto3_is_told(s3_root: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_PROFILE", "discovery")
    monkeypatch.setattr("storage_tiers.stores.credentials.find_spec", lambda _name: None)
    forget_opened()
    line = told((root_of(s3_root) / "a").read_bytes)
    assert "AWS_PROFILE is set, and profiles are read by boto3, which isn't installed; pip install boto3" in line


def test_an_extra_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SCHEMES, "odd", Scheme("no_such_library", "no_such_library", "odd"))
    line = told(StorePath("odd", "pins", "a").read_bytes)
    assert line.endswith("by which odd:// is reached; pip install 'interest-graph[odd]'")


@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}", "http://no-such-host.invalid:{port}"])
def test_a_store_that_nobody_reaches_is_told(s3_root: str, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    address = url.format(port=free_port())
    monkeypatch.setenv("AWS_ENDPOINT_URL", address)
    forget_opened()
    for use in ((root_of(s3_root) / "a").read_bytes, (root_of(s3_root) / "a").touch, root_of(s3_root).listed):
        line = told(use)
        assert line.startswith(s3_root)
        assert f"the store at {address} can't be used" in line
        assert "see that it is reached from here (AWS_ENDPOINT_URL names it)" in line


@pytest.mark.parametrize("fault", ["500", "503", "cut", "closed", "silent", "lost answer"])
def test_what_fails_once_is_asked_again(
    s3_root: str,
    s3_proxy: S3Proxy,
    publish: Callable[..., Dataset],
    wide_table: Callable[[int], pa.Table],
    fault: Fault,
) -> None:
    table = wide_table(300)
    for method in ("PUT", "GET", "POST"):
        s3_proxy.plan = first_times(1, fault, method)
        dataset = publish(root_of(s3_root), table, iteration=len(s3_proxy.requests) + 1)
        s3_proxy.plan = first_times(1, fault)
        assert dataset.to_table().sort_by("board_id").equals(table.sort_by("board_id"))
        dataset.verify()


@pytest.mark.parametrize("fault", ["500", "503", "closed"])
def test_what_fails_for_long_is_told_and_what_is_published_stays(
    s3_root: str,
    s3_proxy: S3Proxy,
    publish: Callable[..., Dataset],
    wide_table: Callable[[int], pa.Table],
    fault: Fault,
) -> None:
    dataset = publish(root_of(s3_root), wide_table(30))
    s3_proxy.plan = lambda _request: fault
    line = told(lambda: publish(root_of(s3_root), wide_table(30), iteration=2))
    assert line.startswith(s3_root)
    assert "run it again" in line
    told(lambda: open_dataset(s3_root, "board_joins"))  # and not that nothing is published
    told(dataset.to_table)  # and not that it is damaged
    told(dataset.verify)
    s3_proxy.plan = lambda _request: None
    assert [str(one) for one in published_versions(root_of(s3_root), "board_joins")] == [str(dataset.version)]
    publish(root_of(s3_root), wide_table(30), iteration=2).verify()


def test_a_store_that_fails_while_a_version_is_published_leaves_it_whole_or_not_at_all(
    s3_root: str, s3_proxy: S3Proxy, publish: Callable[..., Dataset], wide_table: Callable[[int], pa.Table]
) -> None:
    seen = set()
    for n_good in range(0, 14, 2):
        passed = first_times(n_good, "500")
        s3_proxy.plan = lambda request, passed=passed: None if passed(request) else "500"
        with pytest.raises(StoreError):
            publish(root_of(s3_root) / str(n_good), wide_table(30))
        s3_proxy.plan = lambda _request: None
        visible = published_versions(root_of(s3_root) / str(n_good), "board_joins")
        seen.add(len(visible))
        publish(root_of(s3_root) / str(n_good), wide_table(30)).verify()
    assert seen <= {0, 1}


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("AWS_ENDPOINT_URL", "127.0.0.1:9000", "AWS_ENDPOINT_URL is '127.0.0.1:9000'; it must be http://host:port"),
        ("AWS_ENDPOINT_URL", "", "AWS_ENDPOINT_URL is ''"),
        ("AWS_ENDPOINT_URL", "http://", "AWS_ENDPOINT_URL is 'http://'"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:port", "AWS_ENDPOINT_URL is 'http://127.0.0.1:port'"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:9000\n", r"AWS_ENDPOINT_URL is 'http://127.0.0.1:9000\n'"),
        ("AWS_ENDPOINT_URL", "http://me:trialsecret123@127.0.0.1:9000", "AWS_ENDPOINT_URL holds a user, key or token"),
        ("AWS_ENDPOINT_URL_S3", "ftp://host", "AWS_ENDPOINT_URL_S3 is 'ftp://host'"),
        ("AWS_REGION", "us-east-1\n", "AWS_REGION has a blank or a line break in it"),
        ("AWS_ACCESS_KEY_ID", "trialaccess\n", "AWS_ACCESS_KEY_ID has a blank or a line break in it"),
        ("AWS_SECRET_ACCESS_KEY", "trialsecret123\n", "AWS_SECRET_ACCESS_KEY has a blank or a line break in it"),
        ("AWS_SESSION_TOKEN", " token", "AWS_SESSION_TOKEN has a blank or a line break in it"),
    ],
)
def test_a_variable_that_the_client_library_would_panic_at_is_told(
    s3_root: str, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    forget_opened()
    for use in ((root_of(s3_root) / "a").read_bytes, root_of(s3_root).listed):
        assert said in told(use)


def test_a_name_that_no_bucket_can_have_is_told(s3_root: str) -> None:
    for bucket in ("Bad_Bucket", "x", "trial:80"):
        line = told(StorePath("s3", bucket, "output").listed)
        assert "answered 4" in line
        assert line.endswith(
            ("name another bucket: this is no name that one can have", "make the bucket, or name another")
        )
    assert s3_root


def test_a_key_without_its_secret_is_told(s3_root: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    forget_opened()
    line = told(root_of(s3_root).listed)
    assert "its credentials can't be used: Missing SecretAccessKey; set AWS_ACCESS_KEY_ID and AWS_SECRET" in line


@pytest.mark.parametrize("content", [None, "{}", '{"type": "service_account"}'])
def test_google_without_usable_credentials_is_told_in_its_own_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str | None
) -> None:
    file = tmp_path / "account.json"
    if content is not None:
        file.write_text(content)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))
    forget_opened()
    line = told(StorePath("gs", "pins", "output").listed)
    assert line.startswith("gs://pins: its credentials can't be used: Unable to ")
    assert line.endswith("set GOOGLE_APPLICATION_CREDENTIALS to the file of a service account")


def test_google_is_asked_by_nobody_who_has_no_credentials() -> None:
    asked = (
        "Error performing GET http://169.254.169.254/computeMetadata/v1/instance/service-accounts/default/token in 1ms"
    )
    assert str(error_of("gs://pins/a", Exception(asked))) == (
        "gs://pins/a: there are no credentials for the store; "
        "set GOOGLE_APPLICATION_CREDENTIALS to the file of a service account"
    )
    refused = (
        "Error performing GET https://storage.googleapis.com/pins in 1ms - Server returned non-2xx status code: 403 "
    )
    assert "check whom GOOGLE_APPLICATION_CREDENTIALS names" in str(error_of("gs://pins/a", Exception(refused)))
    assert "AWS" not in str(error_of("gs://pins/a", Exception("Connection refused")))


def test_a_store_that_has_answered_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_store, "RETRIES_ONCE_ANSWERED", 600)
    with s3_server_in(tmp_path) as server:
        for name, value in server.environment().items():
            monkeypatch.setenv(name, value)
        forget_opened()
        place = StorePath("s3", BUCKET, "output/a")
        place.write_bytes(b"pins")
        server.kill()
        starts = threading.Timer(AWAY_S, server.start_again)
        starts.start()
        assert place.read_bytes() == b"pins"
        starts.join()
    forget_opened()
