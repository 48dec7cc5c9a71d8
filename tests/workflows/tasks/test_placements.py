"""Placements of `[tiers]` from the settings to what a reader finds: budgets, variants, receipts, status and show."""

import io
import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from luigi.configuration import get_config
from rich.console import Console

from storage_tiers import DatasetError, open_dataset, open_tier
from storage_tiers.light import unset_fields
from workflows.commands.outputs.show import find_rows, print_found, trimmed_away
from workflows.commands.outputs.status import print_status, status_of
from workflows.luigi_cfg import SettingsError
from workflows.monitoring.machine_status import machine_status
from workflows.monitoring.prometheus_file import write_metrics
from workflows.tasks.tiers import LoadTier

KEYS = {"pin_joins": "image_signature", "board_joins": "board_id", "user_joins": "user_id"}


@pytest.fixture
def tiers() -> Iterator[Callable[..., None]]:
    """Set lines of ``[tiers]`` as a file would; they are gone after the test."""
    config = get_config()

    def set_lines(**lines: str) -> None:
        for name, value in lines.items():
            config.set("tiers", name, value)

    yield set_lines
    config.remove_section("tiers")


@pytest.fixture
def load(built_day, tmp_path, day_of) -> LoadTier:
    """The task that loads a copy of the built day into random access."""
    output = shutil.copytree(built_day.output_root, tmp_path / "output")
    return day_of(built_day.input_root, output).sibling(LoadTier, iteration=2, tier="random_access")


def held(load: LoadTier, name: str):
    tier = open_tier("random_access", load.root)
    return tier.validate(name, tier.select(name))


def by_importance(load: LoadTier, name: str) -> list[object]:
    """The keys of a dataset, the most important first."""
    light = open_dataset(load.root, name, "light")
    column = light.schema.metadata[b"importance"].decode()
    rows = light.to_table([KEYS[name], column]).to_pylist()
    return [row[KEYS[name]] for row in sorted(rows, key=lambda row: (-row[column], row[KEYS[name]]))]


def status_page(output: Path) -> str:
    console = Console(file=io.StringIO(), width=200)
    print_status(status_of(output), console)
    return console.file.getvalue()


def test_a_budget_is_kept_from_the_settings_to_the_key_that_was_left_out(tiers, load, tmp_path, capsys):
    tiers(random_access="pin_joins:100kB board_joins user_joins")
    assert not load.complete()  # what is there was loaded without a budget
    load.run()
    assert load.complete()
    trimmed = held(load, "pin_joins").trimmed
    assert held(load, "pin_joins").n_bytes <= 100_000
    assert held(load, "board_joins").trimmed is None
    assert f"; {trimmed}" in capsys.readouterr().err
    output = Path(load.root)
    assert f"note: random_access pin_joins: {trimmed}" in status_page(output)
    (told,) = [one for one in json.loads(machine_status(output).as_json())["tiers"] if (one["loaded"] or {})["trimmed"]]
    assert (told["dataset"], told["loaded"]["trimmed"]["n_rows"]) == ("pin_joins", trimmed.n_rows)
    write_metrics(output, tmp_path / "m.prom")
    counted = re.search(
        r'_tier_current_trimmed_rows{dataset="pin_joins",tier="random_access"} (.*)', (tmp_path / "m.prom").read_text()
    )
    assert float(counted[1]) == trimmed.n_left_out

    ranked = by_importance(load, "pin_joins")
    least = find_rows(output, "pin_join", ranked[trimmed.n_rows - 1], "random", None, None)
    assert least.rows[0]["image_signature"] == ranked[trimmed.n_rows - 1]
    gone = ranked[trimmed.n_rows]
    found = find_rows(output, "pin_join", gone, "random", None, None)
    assert not found.rows
    assert trimmed_away(found) == (
        f"pin_join {gone} was trimmed away from {least.version} in random_access: its importance is at most "
        f"{trimmed.cut_off:.4g}, the least that is there; --tier debug has its row"
    )
    assert find_rows(output, "pin_join", gone, "debug", None, None).rows[0]["image_signature"] == gone
    for tier in ("random", "debug"):
        assert trimmed_away(find_rows(output, "pin_join", "0" * 16, tier, None, None)) == ""


def test_a_receipt_counts_for_the_budget_that_it_was_loaded_under(tiers, load):
    for placed, has_changed in (
        ("pin_joins:100kB", True),
        ("pin_joins:100kB", False),
        ("pin_joins:101kB", True),
        ("pin_joins:90MB", True),
        ("pin_joins:80MB", False),  # it has room in both
        ("pin_joins", False),
    ):
        tiers(random_access=placed)
        assert load.complete() != has_changed
        load.run()
        assert load.complete()


def test_full_and_light_are_loaded_as_they_are_placed(tiers, load):
    output = Path(load.root)
    unset = unset_fields(open_dataset(output, "board_joins").schema)
    assert unset
    for word, variant in (("board_joins/full", "full"), ("board_joins/light", "light"), ("board_joins/full", "full")):
        tiers(random_access=word)
        assert not load.complete()
        load.run()
        assert load.complete()
        published = open_dataset(output, "board_joins", variant)
        assert held(load, "board_joins").source_digest == published.manifest.digest
        key = str(published.to_table(["board_id"])[0][0])
        found = find_rows(output, "board_join", key, "random", None, None)
        assert found.rows[0] == published.to_table().slice(0, 1).to_pylist()[0]
        assert found.tier.validate("board_joins", found.version).variant == variant
        console = Console(file=io.StringIO(), width=200)
        print_found(found, console)
        assert ("unset in light" in console.file.getvalue()) == (variant == "light")
        noted = "note: random_access board_joins: the full variant is loaded" in status_page(output)
        assert noted == (variant == "full")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            {"random_access": "pin_joins:60kB", "on_over_budget": "fail"},
            r"pin_joins .* in random_access: it takes .*kB",
        ),
        ({"random_access": "pin_joins/full:60kB", "on_over_budget": "fail"}, r"\(pin_joins/full:\d+[kM]B in \[tiers\]"),
        ({"random_access": "pin_joins:100B"}, "its budget of 100 B is too small for even one of"),
        ({"random_access": "image_files:100B"}, "image_files .*budget"),
    ],
)
def test_what_does_not_go_into_its_budget_is_refused_and_what_serves_goes_on(tiers, load, lines, message):
    before = held(load, "pin_joins")
    tiers(**lines)
    with pytest.raises(DatasetError, match=message):
        load.run()
    assert held(load, "pin_joins") == before


@pytest.mark.parametrize(("tier", "word"), [("sql_batch", "pin_joins:5MB"), ("sql_batch", "pin_joins/full")])
def test_tiers_that_copy_nothing_refuse_budgets_and_other_variants(tiers, load, tier, word):
    tiers(**{tier: word})
    with pytest.raises(SettingsError, match="it must be names of datasets like pin_joins, without a budget"):
        load.sibling(LoadTier, iteration=2, tier=tier).complete()


def test_an_error_names_room_that_is_really_enough(tiers, load):
    tiers(random_access="pin_joins:60kB", on_over_budget="fail")
    with pytest.raises(DatasetError) as refused:
        load.run()
    tiers(random_access=re.search(r"pin_joins:\w+", refused.value.remedy)[0])
    load.run()
    assert held(load, "pin_joins").trimmed is None
