"""Paths through structs and lists: which field they name, and which values objects have there."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.errors import PlanError
from serving.processors.field_paths import asked_type, has_lists, values_at
from tests.serving.sources_in_memory import object_type_of_rows, place_of, projected_row

ROW: dict[str, Any] = {
    "k": "a",
    "ids": [1],
    "grid": [[{"id": 1, "name": "x"}]],
    "links": [{"id": 1, "to": [{"id": 2}]}],
    "owner": {"id": 1, "homes": [{"id": 3}]},
}
TYPE = object_type_of_rows("d", [ROW], "k")
_NUMBERS = st.integers(0, 9) | st.none()


def _list_of(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | st.lists(st.none() | inner, max_size=3)


_ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "k": st.just("a"),
            "ids": _list_of(_NUMBERS),
            "grid": _list_of(_list_of(st.fixed_dictionaries({"id": _NUMBERS, "name": st.none()}))),
            "links": _list_of(
                st.fixed_dictionaries({"id": _NUMBERS, "to": _list_of(st.fixed_dictionaries({"id": _NUMBERS}))})
            ),
            "owner": st.none()
            | st.fixed_dictionaries({"id": _NUMBERS, "homes": _list_of(st.fixed_dictionaries({"id": _NUMBERS}))}),
        }
    ),
    max_size=4,
)
PATHS = ["ids", "grid.id", "links.id", "links.to.id", "owner.id", "owner.homes.id"]


def _plain(value: Any, names: list[str]) -> list[Any]:
    """Return the values at a path in the plainest way."""
    if value is None:
        return []
    if isinstance(value, list):
        return [found for item in value for found in _plain(item, names)]
    return _plain(value[names[0]], names[1:]) if names else [value]


@given(_ROWS, st.sampled_from(PATHS))
def test_a_path_gives_all_values_in_order_without_nulls(rows: list[dict[str, Any]], path: str) -> None:
    assert values_at(TYPE, path)(rows) == [found for row in rows for found in _plain(row, path.split("."))]


@given(_ROWS, st.lists(st.sampled_from([*PATHS, "links", "owner", "links.to", "grid"]), min_size=1, unique=True))
def test_paths_go_through_what_was_asked_for_as_through_whole_rows(
    rows: list[dict[str, Any]], fields: list[str]
) -> None:
    asked, names = asked_type(TYPE, fields, place_of())
    some = [projected_row(row, names) for row in rows]
    for path in (path for path in PATHS if asked.field_at(path) is not None):
        assert values_at(asked, path)(some) == values_at(TYPE, path)(rows)
    assert {path for path in PATHS if asked.field_at(path) is not None} >= set(fields) & set(PATHS)
    assert list(asked.fields) == list(dict.fromkeys(name.split(".")[0] for name in names))
    assert names[0] == "k"


@pytest.mark.parametrize(
    ("path", "is_many"),
    [("ids", True), ("links.id", True), ("owner.homes.id", True), ("owner.id", False), ("k", False)],
)
def test_lists_on_the_way_make_many_values(path: str, is_many: bool) -> None:
    assert has_lists(TYPE, path) is is_many


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("owner.idd", r"there is no field 'owner.idd' \(did you mean owner.id"),
        ("k.id", "there is no field 'k.id'"),
        ("", "there is no field ''"),
        ("owner.", r"there is no field 'owner.'"),
        (".id", r"there is no field '.id'"),
        ("links..id", "there is no field 'links..id'"),
    ],
)
def test_a_path_that_leads_nowhere_is_refused(field: str, message: str) -> None:
    with pytest.raises(PlanError, match=message):
        asked_type(TYPE, [field], place_of())
