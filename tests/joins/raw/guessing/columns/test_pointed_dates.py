"""Dates of digits and points alone, and numbers with points that are none."""

import pyarrow as pa
import pytest

from joins.raw.guessing.columns.time_forms import guess_time_form


@pytest.mark.parametrize(
    ("texts", "form"),
    [
        (["20.06.2021", "01.07.2021"], "%d.%m.%Y"),
        (["20.06.21", "01.07.21"], "%d.%m.%y"),
        (["2021.06.20"], "%Y.%m.%d"),
        (["20/06/2021"], "%d/%m/%Y"),
        (["06/20/21"], "%m/%d/%y"),
        (["20/06/21"], "%d/%m/%y"),
    ],
)
def test_dates_without_a_clock_are_times(texts: list[str], form: str) -> None:
    assert guess_time_form(pa.array(texts)).format == form


@pytest.mark.parametrize("texts", [["1.50", "12.99"], ["1.2.3", "2.0.1"], ["10.0.0.1"], ["20.06.2021", "99.99.2021"]])
def test_prices_versions_and_addresses_are_no_times(texts: list[str]) -> None:
    assert guess_time_form(pa.array(texts)) is None
