"""Pick: objects with some of their fields."""

import pytest

from serving.errors import PlanError
from tests.serving.processors.made_processors import BOARDS, PICTURES, edge_of, made, run


def test_objects_keep_the_named_fields_and_their_key_in_the_order_in_which_they_are_named() -> None:
    pick = made("pick", {"fields": ["category", "n_pins"]}, inputs=[edge_of(PICTURES)])
    (first, *_) = run(pick, previous=[PICTURES])
    assert list(first.items()) == [("image_signature", "sofa"), ("category", "home"), ("n_pins", 3)]


def test_of_structs_and_lists_the_named_parts_are_kept() -> None:
    fields = ["pin_joins.image_signature", "owner.user_id"]
    pick = made("pick", {"fields": fields}, inputs=[edge_of(BOARDS, "board_id", "board_joins")])
    assert run(pick, previous=[BOARDS]) == [
        {"board_id": board["board_id"], "pin_joins": board["pin_joins"], "owner": board["owner"]} for board in BOARDS
    ]
    assert "name" not in pick.gives.objects.fields  # type: ignore[union-attr]


def test_what_is_shared_with_other_steps_is_not_changed() -> None:
    before = [dict(row) for row in PICTURES]
    run(made("pick", {"fields": ["n_pins"]}, inputs=[edge_of(PICTURES)]), previous=[PICTURES])
    assert before == PICTURES


@pytest.mark.parametrize("fields", [[], ["n_pin"], ["boards.nme"]])
def test_fields_that_are_not_there_are_refused(fields: list[str]) -> None:
    with pytest.raises(PlanError, match="fields"):
        made("pick", {"fields": fields}, inputs=[edge_of(PICTURES)])
