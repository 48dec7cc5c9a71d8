"""No text for people or programs tells a secret that a URI holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joins.errors import DiscoveryError
from joins.uri_secrets import has_secrets, without_secrets

HUSH = "Hu5hHu5h"
# What people really put into URIs, slashes and signs of other parts among it; blanks end a URI, and can't stand in one.
SECRETS = st.text(st.sampled_from("abAZ09+/=._~%:!*-$"), min_size=0, max_size=12).map(
    lambda text: f"{HUSH}{text}{HUSH}"
)
SCHEMES = st.sampled_from(["s3", "S3", "gs", "https", "hdfs", "postgresql", "abfs", "spark", "jdbc:mysql"])
PATHS = st.sampled_from(["", "/", "/a/b.jpg", "/a%20b/1.jpg?region=eu", "/@me/1.jpg", ":8080/x", "/p.parquet#row 1"])
NAMES = st.sampled_from(
    [
        *("X-Amz-Signature", "X-Amz-Security-Token", "X-Amz-Credential", "AWSAccessKeyId", "Signature", "sig", "token"),
        *("access_key", "secret_key", "session_token", "access_token", "refresh_token", "client_secret", "api_key"),
        *("apikey", "API-KEY", "password", "passwd", "pwd", "auth", "sas_token", "AccountKey", "key", "%74oken", "jwt"),
    ]
)
AROUND = st.sampled_from(["", "can't read ", "input is '", "error: (", "a\n", 'url="', "s3://pins/1.jpg,"])


@given(SCHEMES, SECRETS, st.booleans(), PATHS, AROUND)
def test_a_password_in_front_of_a_host_is_hidden(
    scheme: str, secret: str, has_user: bool, path: str, before: str
) -> None:
    user = "AKIA1:" if has_user or scheme == "abfs" else ":"
    said = without_secrets(f"{before}{scheme}://{user}{secret}@pins.example{path}")
    assert HUSH not in said
    assert "***@" in said
    assert said.startswith(before)


@given(SCHEMES, NAMES, st.text(st.sampled_from("abAZ09+/._~%:-'"), max_size=9), st.sampled_from("?&;#"), AROUND)
def test_a_secret_in_a_query_is_hidden_and_what_stands_beside_it_is_not(
    scheme: str, name: str, secret: str, mark: str, before: str
) -> None:
    said = without_secrets(f"{before}{scheme}://pins/1.jpg?size=2{mark}{name}={HUSH}{secret}{HUSH}&width=3 is wrong")
    assert HUSH not in said
    assert "size=2" in said
    assert "is wrong" in said


@given(st.text(max_size=80) | st.text(st.sampled_from("s3:/@?&=#token passwordkey"), max_size=40))
def test_any_text_passes_and_what_is_hidden_stays_hidden(text: str) -> None:
    once = without_secrets(text)
    assert without_secrets(once) == once
    assert has_secrets(text) == (once != text)


@pytest.mark.parametrize(
    "text",
    [
        "https://hooks.slack.com/services/T0/B0/Hu5hHu5h",
        "https://discord.com/api/webhooks/1/Hu5hHu5h failed",
        "https://api.telegram.org/bot12:Hu5hHu5h/sendMessage",
        "https://example.org/login?next=https%3A%2F%2Fme%3AHu5hHu5h%40example.org",
        "Authorization: Bearer Hu5hHu5h.x",
        "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=Hu5hHu5h==;EndpointSuffix=core",
        "host=db password=Hu5hHu5h dbname=x",
        "a://b@c,s3://key:Hu5hHu5h@d",
        "s3://bucket/x?from=s3://key:Hu5hHu5h@other/y",
        "s3://user:12/Hu5hHu5h@bucket/1.jpg",
        "ftp://user:a?b#Hu5hHu5h@host",
        "https://Hu5hHu5h@github.example/x",
    ],
)
def test_secrets_in_other_places_are_hidden(text: str) -> None:
    assert HUSH not in without_secrets(text)


@pytest.mark.parametrize(
    "text",
    [
        "date=2026-11-20 iteration=2: signature was dct256, now phash64",
        "abfs://pins@account.dfs.core.windows.net/2026/1.jpg",
        "https://medium.example/@someone/a-pin?size=2",
        "spark://host:7077", "mail me@example.org", "album#2/1.jpg", "3 of 4 pins; key=board_id, tokens: 3",
        "interest-graph run --date 2026-11-20 --output '/data/a=b'", "", "key", "sort=key",
    ],
)  # fmt: skip
def test_what_is_no_secret_stays(text: str) -> None:
    assert without_secrets(text) == text


def test_an_error_tells_no_secret_wherever_it_stands() -> None:
    error = DiscoveryError(f"no s3://k:{HUSH}@b", where=f"s3://k:{HUSH}@b", remedy=f"look at https://x/?token={HUSH}")
    assert str(error) == "s3://***@b: no s3://***@b; look at https://x/?token=***"


def test_a_long_text_of_uris_takes_no_time_that_grows_with_its_square() -> None:
    assert without_secrets("a://" * 20_000 + "k:hush@b").endswith("***@b")
