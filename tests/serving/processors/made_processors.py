"""Processors as a plan makes them, and the two datasets that most tests of them read."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from inspect import isawaitable
from typing import Any

from serving.edge_types import Edge, Objects
from serving.plans.limits import LIMITS, Limits
from serving.plans.parameters import Parameter
from serving.plans.plan_values import converted
from serving.processor import Processor
from serving.processors.registry import PROCESSORS
from serving.stores.source import Source
from tests.serving.sources_in_memory import MemorySource, object_type_of_rows, place_of, request_of

# Two boards share the sofa; the lamp stands on one of them, and the vase on a board of its own.
PICTURES: list[dict[str, Any]] = [
    {"image_signature": "sofa", "n_pins": 3, "category": "home", "boards": [{"board_id": 7}, {"board_id": 9}]},
    {"image_signature": "lamp", "n_pins": 1, "category": None, "boards": [{"board_id": 7}]},
    {"image_signature": "vase", "n_pins": 2, "category": "art", "boards": [{"board_id": 11}]},
    {"image_signature": "lost", "n_pins": None, "category": "art", "boards": None},
]
BOARDS: list[dict[str, Any]] = [
    {
        "board_id": 7,
        "name": "attic",
        "owner": {"user_id": 5},
        "pin_joins": [{"image_signature": "sofa"}, {"image_signature": "lamp"}],
    },
    {"board_id": 9, "name": "blue", "owner": None, "pin_joins": [{"image_signature": "sofa"}]},
    {"board_id": 11, "name": None, "owner": {"user_id": 6}, "pin_joins": [{"image_signature": "vase"}]},
]


def pictures(**options: Any) -> MemorySource:
    return MemorySource("pin_joins", PICTURES, "image_signature", **options)


def boards(**options: Any) -> MemorySource:
    return MemorySource("board_joins", BOARDS, "board_id", **options)


def edge_of(
    rows: Sequence[dict[str, Any]], key: str = "image_signature", name: str = "pin_joins", most: int = 100
) -> Edge:
    return Edge(object_type_of_rows(name, rows, key), most)


def made(
    do: str,
    settings: Mapping[str, object],
    *sources: Source,
    inputs: Sequence[Edge] = (),
    parameters: Mapping[str, Parameter] | None = None,
    limits: Limits = LIMITS,
) -> Processor:
    place = place_of(*sources, inputs=inputs, parameters=parameters, limits=limits)
    return PROCESSORS[do](converted(settings, PROCESSORS[do].settings_type, place.where), place)


def run(
    processor: Processor,
    *sources: Source,
    previous: Sequence[Objects | None] = (),
    parameters: Mapping[str, object] | None = None,
    **options: Any,
) -> Any:
    """Return what a processor comes to, waited for where it waits."""
    before = [None if objects is None else [dict(row) for row in objects] for objects in previous]

    async def waited() -> object:
        result = processor.process(request_of(*sources, parameters=parameters, **options), previous)
        assert isawaitable(result)
        return await result

    if processor.waits == "never":
        result = processor.process(request_of(*sources, parameters=parameters, **options), previous)
        assert not isinstance(result, Awaitable)
    else:
        result = asyncio.run(waited())
    assert list(previous) == before  # other steps may be given the same objects
    return result
