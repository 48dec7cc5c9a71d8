"""What the values of a column are taken for, whatever type the file gives them."""

import datetime as dt

import pyarrow as pa
import pytest

from joins.raw.guessing.columns.column_profiles import profile_column
from joins.raw.guessing.columns.time_forms import guess_time_form

KINDS: dict[str, tuple[list[object], str, str]] = {
    "texts of numbers": (["12", "17", ""], "integer", ""),
    "numbers with gaps, as pandas has them": ([1.0, None, float("nan")], "integer", ""),
    "numbers with a point and nothing behind it": (["7.0", "nan"], "integer", ""),
    "decimal commas": (["1,5", "2,0"], "decimal", ""),
    "truth": ([True, False], "truth value", ""),
    "words of truth": (["true", "FALSE"], "truth value", ""),
    "signatures": (["f893a2eefb32555e", "70616f2f48dce01c"], "text", "hex"),
    "long numbers": (["1125968000000564", "8042440000007196"], "integer", ""),
    "UUIDs": (["e1a0b6e2-0000-4000-8000-0000000000aa"], "text", "UUID"),
    "pictures of the web": (["https://i.site.org/236x/aa.jpg?w=1"], "text", "picture URL"),
    "pages": (["https://site.org/a?utm=1", "www.site.org/b"], "text", "URL"),
    "paths": (["album/1.PNG"], "text", "picture path"),
    "times": ([dt.datetime(2021, 4, 5, tzinfo=dt.UTC)], "time", ""),
    "texts of times": (["2021-04-05 10:00", "nan"], "time", ""),
    "records": ([{"id": 1}], "record", ""),
    "lists": ([[1]], "list", ""),
    "bytes that are no text": ([b"\xff\xfe"], "bytes", ""),
    "bytes that are text": ([b"art", b"caf\xe9"], "text", ""),
    "nothing": ([None, None], "nothing", ""),
    "nothing in words": (["NULL", "\\N", ""], "nothing", ""),
}


@pytest.mark.parametrize("values", KINDS)
def test_a_column_is_of_the_kind_that_its_values_are(values: str) -> None:
    column, kind, look = KINDS[values]
    profile = profile_column("c", pa.array(column))
    assert (profile.kind, profile.look) == (kind, look)


def test_missing_values_are_counted_and_do_not_differ() -> None:
    profile = profile_column("c", pa.array(["7", "7", " ", "None", None, "8"]))
    assert (profile.n_missing, profile.n_distinct, profile.is_unique) == (3, 2, False)


def test_a_dictionary_is_read_as_what_it_holds() -> None:
    profile = profile_column("c", pa.array(["art", "food", "art"]).dictionary_encode())
    assert (profile.kind, profile.n_distinct) == ("text", 2)


TIMES = {
    "2021-04-04T05:43:58.123456Z": "ISO 8601",
    "2021-04-04 05:43:58 UTC": "ISO 8601",
    "20210404": "%Y%m%d",
    "14/04/2021": "%d/%m/%Y",
    "4/14/2021 5:07 PM": "%m/%d/%Y %I:%M %p",
    "04.04.2021 10:00": "%d.%m.%Y %H:%M",
    "14/04/21": "%d/%m/%y",
    "Sun, 04 Apr 2021 05:43:58 +0000": "%a, %d %b %Y %H:%M:%S %z",
    "Sun, 04 Apr 2021 05:43:58 GMT": "%a, %d %b %Y %H:%M:%S %Z",
    "Sun Apr 04 05:43:58 +0000 2021": "%a %b %d %H:%M:%S %z %Y",
    "Apr 4, 2021, 10:00 AM": "%b %d, %Y, %I:%M %p",
    "4 April 2021": "%d %b %Y",
    "04/Apr/2021:05:43:58 +0000": "%d/%b/%Y:%H:%M:%S %z",
    "2021年04月05日": "%Y年%m月%d日",
    "13/04/2021 10:00:00.25": "%d/%m/%Y %H:%M:%S.%f",
    "1617514998": "s since 1970",
    "1617514998.5": "s since 1970",
    "1617514998000": "ms since 1970",
}


@pytest.mark.parametrize("text", TIMES)
def test_the_form_of_a_time_is_found(text: str) -> None:
    assert str(guess_time_form(pa.array([text]))) == TIMES[text]


@pytest.mark.parametrize(
    "text", ["Sun, 04 Apr 2021 05:43:58 EST", "hello 1, 2, 3", "2021", "12:30", "17.3", "31/04/2021", "1"]
)
def test_what_names_no_instant_is_no_time(text: str) -> None:
    assert guess_time_form(pa.array([text])) is None
