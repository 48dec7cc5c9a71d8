"""Processors of a few lines, and plans of them: what compiling is tested with, apart from the processors we have."""

from collections.abc import Mapping, Sequence

import msgspec

from serving.edge_types import Edge
from serving.plans.compiled_plan import CompiledPlan
from serving.plans.compiling import compile_plan
from serving.plans.limits import LIMITS, Limits
from serving.plans.written_plan import read_plan
from serving.processor import Processor, Settings, StepPlace, object_type_of
from serving.request import Request
from serving.stores.source import Sources
from tests.serving.sources_in_memory import MemorySource, sources_of

ROWS = [{"board_id": 7, "name": "attic", "n_pins": 3}]
BOARDS = MemorySource("board_joins", ROWS, "board_id")
PICTURES = MemorySource("pin_joins", [{"image_signature": "a", "n_pins": 1}], "image_signature")
FAR = MemorySource("far/board_joins", ROWS, "board_id", waits="remote", is_slow=True)
SOURCES = sources_of(BOARDS, PICTURES, FAR)


class Unrun(Processor):
    """What is compiled here and never run."""

    def process(self, request: Request, previous: Sequence[object]) -> list[dict[str, object]]:  # noqa: ARG002
        return []


class ReadSettings(Settings):
    dataset: str = "board_joins"
    most: int = 1
    order: tuple[str, ...] = ()


class Read(Unrun):
    """Reads so many rows, of no input or of one."""

    do = "read"
    settings_type = ReadSettings
    least_inputs = 0

    def __init__(self, settings: ReadSettings, place: StepPlace) -> None:
        source = place.sources.named(settings.dataset, place.where)
        self.gives = Edge(source.object_type, settings.most)
        self.n_reads, self.waits, self.is_slow = settings.most, source.waits, source.is_slow
        self.addresses = (settings.dataset,)


class Join(Unrun):
    """Gives what all its inputs give."""

    do = "join"
    settings_type = Settings
    most_inputs = 1_000_000

    def __init__(self, settings: Settings, place: StepPlace) -> None:  # noqa: ARG002 - it has none
        self.gives = Edge(object_type_of(place.inputs, place), sum(edge.most for edge in place.inputs))


class Cut(Unrun):
    """Gives what it takes at two ports."""

    do = "cut"
    settings_type = Settings

    def __init__(self, settings: Settings, place: StepPlace) -> None:  # noqa: ARG002 - it has none
        (edge,) = place.inputs
        self.gives: Mapping[str, Edge] = {"kept": edge, "rest": edge}


SMALL = {processor.do: processor for processor in (Read, Join, Cut)}


def plan_of(steps: Mapping[str, object], *answer: str, **others: object) -> dict[str, object]:
    """A plan as a request brings it; its answer is its last step, unless it is said."""
    return {"steps": dict(steps), "answer": list(answer) or [list(steps)[-1]], **others}


def compiled(plan: Mapping[str, object], limits: Limits = LIMITS, sources: Sources = SOURCES) -> CompiledPlan:
    return compile_plan("page", read_plan(msgspec.json.encode(plan), "plan page"), sources, limits, SMALL)
