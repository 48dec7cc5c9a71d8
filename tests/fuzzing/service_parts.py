"""What a service over rows in memory is made of, in place of stores, of a folder of plans, and of a connection.

Rows are small and odd. One board has thousands of pictures, and one picture thousands of boards, so that a plan which
reads without bounds would be seen.
"""

import asyncio
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from serving.plans.written_plan import WrittenPlan
from serving.stores.source import Release
from tests.serving.sources_in_memory import MemorySource, release_of

_MOMENT = datetime(2026, 11, 20, tzinfo=UTC)
_PICTURES: list[dict[str, Any]] = [
    {
        "image_signature": name,
        "n_pins": n_pins,
        "category": category,
        "importance": importance,
        "is_spam": is_spam,
        "first_pinned_at": moment,
        "terms": terms,
        "codes": codes,
        "owner": owner,
        "boards": boards,
    }
    for name, n_pins, category, importance, is_spam, moment, terms, codes, owner, boards in (
        ("sofa", 3, "home", 0.5, False, _MOMENT, ["a", "b"], [[1], [2, 3]], {"user_id": 5}, [7, 9, 11]),
        ("lamp", 1, None, math.nan, True, None, [], None, None, [7, 13]),
        ("vase", 2, "art", math.inf, None, _MOMENT, None, [[], None], {"user_id": None}, [11]),
        ("lost", None, "", -0.0, False, _MOMENT, [None], [], {"user_id": 2**63 - 1}, None),
        (
            "vast",
            2**63 - 1,
            "\u2028é\0",
            1e308,
            True,
            _MOMENT,
            ["x" * 500],
            [[-(2**63)]],
            None,
            [13, 404, *range(3_000)],
        ),
    )
]
for _row in _PICTURES:
    _row["boards"] = None if _row["boards"] is None else [{"board_id": one, "name": "b"} for one in _row["boards"]]
_BOARDS: list[dict[str, Any]] = [
    {
        "board_id": board_id,
        "name": name,
        "owner": owner,
        "n_pins": len(pictures),
        "pin_joins": [{"image_signature": one} for one in pictures],
    }
    for board_id, name, owner, pictures in (
        (7, "attic", {"user_id": 5}, ["sofa", "lamp"]),
        (9, "blue", None, ["sofa", "gone"]),
        (11, None, {"user_id": None}, ["vase", "sofa"]),
        (13, "hub", {"user_id": 6}, ["vast", "lamp", *(f"picture {number}" for number in range(4_000))]),
        (-(2**63), "", None, []),
    )
]


def sources_of_all_kinds() -> tuple[MemorySource, ...]:
    """Return both datasets in a store that never waits, in one that does, and in a slow tier."""
    return (
        MemorySource("pin_joins", _PICTURES, "image_signature"),
        MemorySource("board_joins", _BOARDS, "board_id"),
        MemorySource("cache/pin_joins", _PICTURES, "image_signature", waits="remote"),
        MemorySource("cache/board_joins", _BOARDS, "board_id", waits="remote"),
        MemorySource("slow/board_joins", _BOARDS, "board_id", waits="blocking", is_slow=True),
    )


class StoresInMemory:
    """What `serving.stores.opened_stores.OpenedStores` is to a service."""

    def __init__(self, *sources: MemorySource) -> None:
        self.release: Release = release_of(*sources)
        self.sources, self.versions = self.release.sources, self.release.versions
        self.is_ready, self.problems = True, dict[str, str]()

    def enter(self) -> Release:
        self.release.n_readers += 1
        return self.release

    def leave(self, release: Release) -> None:
        release.n_readers -= 1


class PlansInMemory:
    """What `serving.plans.plan_folder.PlanFolder` is to a service."""

    is_closed = True

    def __init__(self, plans: Mapping[str, WrittenPlan]) -> None:
        self._plans, self.problems = plans, dict[str, str]()

    def plans(self) -> Mapping[str, WrittenPlan]:
        return self._plans


class NobodysConnection(asyncio.Transport):
    """A connection on which nobody is."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1)})
        self.written, self._closing, self._reading = bytearray(), False, True

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def close(self) -> None:
        self._closing = True

    abort = close

    def is_closing(self) -> bool:
        return self._closing

    def is_reading(self) -> bool:
        return self._reading

    def pause_reading(self) -> None:
        self._reading = False

    def resume_reading(self) -> None:
        self._reading = True
