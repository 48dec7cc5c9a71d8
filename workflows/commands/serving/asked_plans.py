"""What ``interest-graph plan`` does: stores are opened as a service would, and plans compiled or run against them."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import msgspec

from joins.errors import DiscoveryError
from joins.shown_text import count_text
from serving.answer import Answer
from serving.config import Config
from serving.errors import PlanError
from serving.plans.compiled_plan import CompiledPlan
from serving.plans.compiling import compile_plan
from serving.plans.drawn_plan import drawn_plan
from serving.plans.parameters import Parameter, value_of_text
from serving.plans.written_plan import SUFFIX, read_plan_file
from serving.request import Asked
from serving.service import Service
from serving.stores.opened_stores import OpenedStores
from serving.stores.source import Sources
from workflows.config_files import SettingsError

_Opened = TypeVar("_Opened", OpenedStores, Service)


def checked_plans(places: Iterable[str], settings: Config) -> list[str | DiscoveryError]:
    """Return of each plan, in words, what it may take, or the error why it can't run.

    Parameters
    ----------
    places
        Files of plans, or folders of them.
    settings
        Which stores there are, and the limits of plans.

    Raises
    ------
    SettingsError
        If there is no such file or folder, or a folder has no plans.
    DiscoveryError
        If the stores can't be opened.
    """
    return asyncio.run(_checked([path for place in places for path in _files_of(place)], settings))


def drawn(plan: str, settings: Config) -> str:
    """Return the drawing of a plan: that of a file, or one that a service with these settings has.

    Raises DiscoveryError if it can't run, or there is none of this name.
    """
    return asyncio.run(_drawn(plan, settings))


def answer_of(
    plan: str, pairs: Sequence[str], settings: Config, deadline_ms: int | None = None, *, trace: bool = False
) -> Answer:
    """Return what a service with these settings would answer.

    Parameters
    ----------
    plan
        The file of a plan, or the name of one that the service has.
    pairs
        ``name=value`` of each parameter that is given.
    settings
        Which stores there are, and the limits of plans.
    deadline_ms
        How long the answer may take, in ms; None: as long as the plan says.
    trace
        Whether the answer shall tell what each step took.

    Raises
    ------
    DiscoveryError
        If there is no answer.
    """
    return asyncio.run(_answer(plan, pairs, settings, deadline_ms, trace=trace))


def given_parameters_of(pairs: Sequence[str], declared: Mapping[str, Parameter]) -> dict[str, object]:
    """Return parameters as a request has them, from texts ``name=value``; of the type that the plan declares.

    Raises SettingsError if a text is no pair, or a parameter that is no list is given twice, and RequestError if a
    value isn't of its type.

    Examples
    --------
    >>> declared = {"keys": Parameter("number", list=True), "about": Parameter()}
    >>> given_parameters_of(["keys=7", "keys=8", "about=a=b"], declared)
    {'keys': [7, 8], 'about': 'a=b'}
    """
    given: dict[str, object] = {}
    for pair in pairs:
        name, is_pair, text = pair.partition("=")
        if not is_pair:
            raise SettingsError(f"--parameter is {pair!r:.80}; it must be NAME=VALUE")
        parameter = declared.get(name, Parameter())
        value = value_of_text(f"parameter {name}", text, parameter.type)
        if parameter.list:
            given.setdefault(name, []).append(value)  # type: ignore[attr-defined] # it is one
        elif name in given:
            raise SettingsError(f"parameter {name} is given twice, and is no list", remedy="give it once")
        else:
            given[name] = value
    return given


def _files_of(place: str) -> list[Path]:
    path = Path(place)
    if not path.exists():
        raise SettingsError("there is no such file or folder", where=place, remedy="name files or folders of plans")
    if not path.is_dir():
        return [path]
    files = sorted(each for each in path.iterdir() if each.suffix == SUFFIX and not each.name.startswith("."))
    if not files:
        raise SettingsError(f"it has no plan, which would be a file NAME{SUFFIX}", where=place)
    return files


async def _checked(paths: Sequence[Path], settings: Config) -> list[str | DiscoveryError]:
    async with _opened(OpenedStores(settings)) as stores:
        return [_said_of(path, stores.sources, settings) for path in paths]


def _said_of(path: Path, sources: Sources, settings: Config) -> str | DiscoveryError:
    try:
        plan = compile_plan(path.stem, read_plan_file(path, settings.limits), sources, settings.limits)
    except DiscoveryError as error:
        return error
    steps, reads = count_text(len(plan.steps), "step"), count_text(plan.n_reads, "row")
    said = f"{path}: it can run; {steps}, reads at most {reads}"
    most_ms = settings.server.deadline_ms
    if plan.deadline_ms and plan.deadline_ms > most_ms:
        said += f"; its deadline_ms of {plan.deadline_ms:,} is cut to the {most_ms:,} that this service gives at most"
    return said


async def _drawn(plan: str, settings: Config) -> str:
    name, settings = _named(plan, settings)
    async with _opened(Service(settings)) as service:
        return drawn_plan(_compiled(name, service))


async def _answer(plan: str, pairs: Sequence[str], settings: Config, deadline_ms: int | None, *, trace: bool) -> Answer:
    name, settings = _named(plan, settings)
    async with _opened(Service(settings)) as service:
        given = given_parameters_of(pairs, _compiled(name, service).parameters)
        return await service.answer(Asked(name, given, deadline_ms, trace=trace))


def _named(plan: str, settings: Config) -> tuple[str, Config]:
    """Return the name of a plan and the settings of a service that has it: of a file, one that serves its folder."""
    if not plan.endswith(SUFFIX):
        return plan, settings
    path = Path(plan)
    read_plan_file(path, settings.limits)  # where it is wrong, a service would only go without it
    return path.stem, msgspec.structs.replace(settings, plans=str(path.parent))


def _compiled(name: str, service: Service) -> CompiledPlan:
    """Return a plan of a service; one that it goes without is refused for what is wrong with it."""
    if name not in service.plans() and (problem := service.problems.get(name + SUFFIX)):
        raise PlanError(problem)
    return service.compiled(name)


@asynccontextmanager
async def _opened(opened: _Opened) -> AsyncIterator[_Opened]:
    """Give stores or a service, started; they are closed at the end."""
    try:
        await opened.start()
        yield opened
    finally:
        await opened.close()
