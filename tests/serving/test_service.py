"""The service on a small day: plans of a folder and of requests, versions, deadlines, what is refused and counted."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from serving.config import Config, DebuggingStore, LmdbStore, ServerConfig
from serving.errors import OverloadedError, PlanError, RequestError, ServingConfigError, ServingError, UnknownPlanError
from serving.plans.limits import Limits
from serving.plans.plan_folder import PlanFolder
from serving.plans.written_plan import WrittenPlan
from serving.request import Asked
from serving.scheduling.watch import FinishedRun
from serving.service import Service
from storage_tiers import Dataset
from storage_tiers.random_access import RandomAccessTier
from tests.serving.stores.served_days import NAMES, PICTURES, Days, until

PAGE = """
answer = ["picture", "boards"]
[parameters.picture]
[steps.picture]
do = "fetch"
dataset = "pin_joins"
keys = "$picture"
fields = ["seen_in", "boards.board_id"]
[steps.boards]
do = "expand"
from = "picture"
path = "boards.board_id"
dataset = "board_joins"
fields = ["name", "seen_in"]
most = 10
"""
NO_PLAN = "it has no plan, which would be a file NAME.toml"
OWN_PLAN: dict[str, object] = {
    "steps": {"rows": {"do": "fetch", "dataset": "board_joins", "keys": [7], "fields": ["name"]}},
    "answer": ["rows"],
}


class Counting:
    def __init__(self) -> None:
        self.runs: list[FinishedRun] = []
        self.refused: list[tuple[str, str]] = []

    def on_run(self, run: FinishedRun) -> None:
        self.runs.append(run)

    def on_refused(self, plan: str, error: ServingError) -> None:
        self.refused.append((plan, str(error)))


@pytest.fixture
def tier(tmp_path: Path, publish: Callable[..., Dataset]) -> RandomAccessTier:
    tier = RandomAccessTier(tmp_path)
    Days(tmp_path, publish).serve(tier, 1)
    (tmp_path / "plans").mkdir()
    (tmp_path / "plans" / "page.toml").write_text(PAGE, encoding="utf-8")
    return tier


def config_under(folder: Path, **changed: Any) -> Config:
    stores = {"lmdb": LmdbStore(output=str(folder)), "files": DebuggingStore(output=str(folder), datasets=NAMES)}
    plain = Config(plans=str(folder / "plans"), stores=stores, look_every_ms=5)
    return msgspec.structs.replace(plain, **changed)


def served(config: Config, body: Callable[[Service], Awaitable[None]], watch: Counting | None = None) -> None:
    async def whole() -> None:
        service = Service(config, watch)
        await service.start()
        try:
            await body(service)
        finally:
            await service.close()

    asyncio.run(whole())


def page_of(picture: str = PICTURES[3], **more: Any) -> Asked:
    return Asked("page", {"picture": picture}, **more)


@pytest.mark.usefixtures("tier")
def test_a_plan_of_the_folder_is_answered_with_lists_of_different_types_of_one_version(tmp_path: Path) -> None:
    async def body(service: Service) -> None:
        answer = await service.answer(page_of(id="mine"))
        assert (answer.id, answer.plan, answer.partial, answer.missing) == ("mine", "page", False, [])
        assert answer.versions == {"board_joins": "2026-11-20/1", "pin_joins": "2026-11-20/1"}
        picture, boards = answer.lists
        assert picture.objects == [
            {"image_signature": PICTURES[3], "seen_in": 1, "boards": [{"board_id": 3}, {"board_id": 4}]}
        ]
        assert (boards.type, [one["name"] for one in boards.objects]) == ("board_joins", ["board 3", "board 4"])
        assert service.answer_now(page_of("no such picture")).lists[1].objects == []  # type: ignore[union-attr]

    served(config_under(tmp_path), body)


@pytest.mark.usefixtures("tier")
def test_a_plan_that_waits_is_not_answered_now_and_says_that_its_tier_is_slow(tmp_path: Path) -> None:
    waiting = PAGE.replace('"board_joins"', '"files/board_joins"')
    (tmp_path / "plans" / "slow.toml").write_text(waiting, encoding="utf-8")

    async def body(service: Service) -> None:
        asked = Asked("slow", {"picture": PICTURES[3]})
        assert service.answer_now(asked) is None
        answer = await service.answer(asked)
        assert answer.slow == ("boards",)
        assert [one["seen_in"] for one in answer.lists[1].objects] == [1, 1]

    served(config_under(tmp_path), body)


def test_answers_go_to_the_next_version_as_a_whole(
    tier: RandomAccessTier, tmp_path: Path, publish: Callable[..., Dataset]
) -> None:
    async def body(service: Service) -> None:
        before = await service.answer(page_of())
        Days(tmp_path, publish).serve(tier, 2)
        await until(lambda: service.versions["pin_joins"] == "2026-11-20/2")
        after = await service.answer(page_of())
        for answer, iteration in ((before, 1), (after, 2)):
            assert {one["seen_in"] for a_list in answer.lists for one in a_list.objects} == {iteration}

    served(config_under(tmp_path), body)


@pytest.mark.usefixtures("tier")
def test_a_request_may_bring_its_plan_unless_the_service_does_not_let_it(tmp_path: Path) -> None:
    async def body(service: Service) -> None:
        (rows,) = (await service.answer(Asked(OWN_PLAN))).lists
        assert rows.objects == [{"board_id": 7, "name": "board 7"}]
        with pytest.raises(PlanError, match="nme"):
            await service.answer(
                Asked({**OWN_PLAN, "steps": {"rows": {**OWN_PLAN["steps"]["rows"], "fields": ["nme"]}}})
            )  # type: ignore[index]

    served(config_under(tmp_path), body)

    async def closed(service: Service) -> None:
        with pytest.raises(RequestError, match="name one of the service's plans"):
            await service.answer(Asked(OWN_PLAN))

    served(config_under(tmp_path, server=ServerConfig(plans_in_requests=False)), closed)


@pytest.mark.usefixtures("tier")
def test_a_plan_that_stops_fitting_keeps_its_last_good_form(tmp_path: Path) -> None:
    path = tmp_path / "plans" / "page.toml"

    async def body(service: Service) -> None:
        await service.answer(page_of())
        path.write_text(PAGE.replace('"name", "seen_in"', '"no_such_field"'), encoding="utf-8")
        await until(lambda: bool(service.plans()) and bool(service.problems))
        assert (await service.answer(page_of())).lists[1].objects
        assert "no_such_field" in "".join(service.problems.values())
        path.write_text(PAGE.replace("most = 10", "most = 1"), encoding="utf-8")
        await until(lambda: bool(service.plans()) and not service.problems)
        assert len((await service.answer(page_of())).lists[1].objects) == 1

    served(config_under(tmp_path), body)


@pytest.mark.usefixtures("tier")
def test_a_plan_that_became_wrong_is_told_of_though_nobody_asks(tmp_path: Path) -> None:
    async def body(service: Service) -> None:
        (tmp_path / "plans" / "page.toml").write_text("[[[", encoding="utf-8")
        (tmp_path / "plans" / "new.toml").write_text(PAGE.replace("pin_joins", "pin_jons"), encoding="utf-8")
        await until(lambda: len(service.problems) == 2)
        with pytest.raises(PlanError, match="pin_jons"):
            service.named_plan("new")
        assert service.named_plan("page").steps

    served(config_under(tmp_path), body)


@pytest.mark.usefixtures("tier")
def test_a_fault_in_looking_at_plans_ends_no_following_and_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    looks = list[str]()

    def fail(_folder: PlanFolder) -> Mapping[str, WrittenPlan]:
        looks.append("failed")
        raise KeyError("a fault of ours")

    async def body(service: Service) -> None:
        with monkeypatch.context() as failing:
            failing.setattr("serving.service._LOOK_AT_PLANS_S", 0.001)
            failing.setattr(PlanFolder, "plans", fail)
            await until(lambda: len(looks) > 2)
        (tmp_path / "plans" / "page.toml").write_text("[[[", encoding="utf-8")
        await until(lambda: len(service.problems) == 1)

    served(config_under(tmp_path), body)
    assert caplog.messages.count("the plans can't be looked at") == 1


@pytest.mark.usefixtures("tier")
def test_without_a_folder_of_plans_each_dataset_is_asked_by_its_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def body(service: Service) -> None:
        (rows,) = (await service.answer(Asked("board_joins", {"keys": [9, 8]}))).lists
        assert [one["name"] for one in rows.objects] == ["board 9", "board 8"]

    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")  # where there is no folder of plans
    served(config_under(tmp_path, plans=None), body)
    served(config_under(tmp_path, plans=""), body)


@pytest.mark.usefixtures("tier")
def test_a_folder_of_plans_is_all_that_may_be_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "plans"

    async def loses_its_last(service: Service) -> None:
        assert set(service.plans()) == {"page"}
        (folder / "page.toml").unlink()
        await until(lambda: not service.plans())
        await has_none(service)
        (folder / "page.toml").write_text(PAGE, encoding="utf-8")
        await until(lambda: set(service.plans()) == {"page"})
        (folder / "page.toml").unlink()

    async def has_none(service: Service) -> None:
        assert service.plans() == {}
        assert (service.is_ready, service.problems) == (True, {str(folder): f"{folder}: {NO_PLAN}"})
        with pytest.raises(UnknownPlanError, match=r"^there is no plan 'board_joins'; the service has no plan at all$"):
            await service.answer(Asked("board_joins", {"keys": [9]}))

    served(config_under(tmp_path), loses_its_last)
    served(config_under(tmp_path), has_none)
    monkeypatch.chdir(tmp_path)
    folder = Path("plans")
    served(config_under(tmp_path, plans=None), has_none)  # nobody named it, and it is there


@pytest.mark.usefixtures("tier")
def test_a_folder_of_plans_that_is_named_must_be_there(tmp_path: Path) -> None:
    async def body(_service: Service) -> None:
        pytest.fail("it serves")

    for name, said in (("none", "No such file or directory"), ("plans/page.toml", "Not a directory")):
        path = tmp_path / name
        with pytest.raises(
            ServingConfigError, match=rf"^{path}: the folder of plans can't be read \({said}\); make it"
        ):
            served(config_under(tmp_path, plans=str(path)), body)


@pytest.mark.usefixtures("tier")
def test_what_is_refused_says_why_and_is_counted(tmp_path: Path) -> None:
    watch = Counting()

    async def body(service: Service) -> None:
        for asked, error, words in (
            (Asked("pge"), UnknownPlanError, "there is no plan 'pge'; there are: page"),
            (Asked("page"), RequestError, "parameter picture is missing; it is a text"),
            (Asked("page", {"picture": 3}), RequestError, "parameter picture is 3; it is a text"),
            (page_of(deadline_ms=0), RequestError, "deadline_ms is 0; it is at least 1"),
        ):
            with pytest.raises(error) as refused:
                await service.answer(asked)
            assert str(refused.value) == words
        await service.answer(page_of())

    served(config_under(tmp_path), body, watch)
    assert [plan for plan, _ in watch.refused] == ["pge", "page", "page", "page"]
    assert [run.plan.name for run in watch.runs] == ["page"]


@pytest.mark.usefixtures("tier")
def test_more_requests_than_may_wait_are_refused_at_once(tmp_path: Path) -> None:
    waiting = PAGE.replace('"board_joins"', '"files/board_joins"')
    (tmp_path / "plans" / "slow.toml").write_text(waiting, encoding="utf-8")

    async def body(service: Service) -> None:
        asked = [service.answer(Asked("slow", {"picture": PICTURES[3]})) for _ in range(3)]
        came = await asyncio.gather(*asked, return_exceptions=True)
        assert sum(isinstance(one, OverloadedError) for one in came) == 1
        assert (await service.answer(Asked("slow", {"picture": PICTURES[3]}))).lists[1].objects

    served(config_under(tmp_path, server=ServerConfig(most_in_flight=2)), body)


@pytest.mark.usefixtures("tier")
def test_a_plan_that_may_read_too_much_is_refused_before_it_reads(tmp_path: Path) -> None:
    async def body(service: Service) -> None:
        with pytest.raises(PlanError, match="11"):
            await service.answer(page_of())

    served(config_under(tmp_path, limits=Limits(reads=10)), body)
