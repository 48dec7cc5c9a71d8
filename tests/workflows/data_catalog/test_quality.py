"""Gold, silver and bronze follow from four rules, and each rule says what was seen."""

import datetime as dt
from itertools import pairwise

import pytest

from storage_tiers.versioned.manifest import Check
from storage_tiers.versioned.versions import Version
from workflows.data_catalog.catalog_model import CatalogField, PublishedVariant
from workflows.data_catalog.quality import NEEDED, RULES, quality_of

NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
NEWEST = PublishedVariant("full", 1, Version("2026-11-20", 1), 10, 100, 1, NOON, "d" * 64)
PASSED = (Check("keys_once", passed=True, detail="10 of 10"),)
WARNED = (*PASSED, Check("row_count", passed=False, detail="half of yesterday", level="warn"))
FIELDS = (CatalogField("board_id", "int64", is_nullable=False, meaning="the board"),)
SILENT = (*FIELDS, CatalogField("odd", "string", is_nullable=True))
HOUR = dt.timedelta(hours=1)


@pytest.mark.parametrize(
    ("newest", "checks", "meaning", "fields", "fresh_after", "tier", "broken"),
    [
        (NEWEST, PASSED, "Boards.", FIELDS, NOON, "gold", []),
        (NEWEST, PASSED, "Boards.", FIELDS, None, "gold", []),
        (NEWEST, PASSED, "Boards.", FIELDS, NOON + HOUR, "silver", ["fresh"]),
        (NEWEST, WARNED, "Boards.", FIELDS, NOON, "bronze", ["checks pass"]),
        (NEWEST, (), "Boards.", FIELDS, NOON, "bronze", ["checks pass"]),
        (NEWEST, PASSED, "", FIELDS, NOON, "bronze", ["documented"]),
        (NEWEST, PASSED, "Boards.", SILENT, NOON, "bronze", ["documented"]),
        (NEWEST, PASSED, "Boards.", (), NOON, "bronze", ["documented"]),
        (None, (), "Boards.", FIELDS, NOON, "none", ["published", "checks pass", "fresh"]),
    ],
)
def test_a_tier_is_what_the_rules_leave(newest, checks, meaning, fields, fresh_after, tier, broken):
    quality = quality_of(newest, checks, meaning, fields, fresh_after)
    assert quality.tier == tier
    assert [rule.name for rule in quality.rules if not rule.holds] == broken
    assert all(rule.detail for rule in quality.rules)


def test_what_can_not_be_read_is_of_no_tier_and_says_why():
    damaged = PublishedVariant("full", 1, NEWEST.newest, problem="the manifest is missing")
    quality = quality_of(damaged, PASSED, "Boards.", FIELDS, None)
    assert quality.tier == "none"
    assert quality.rules[0].detail == "the manifest is missing"


def test_what_was_seen_names_the_first_that_is_wrong():
    rules = {rule.name: rule.detail for rule in quality_of(NEWEST, WARNED, "", SILENT, NOON).rules}
    assert rules["checks pass"] == "1 of 2 failed; row_count: half of yesterday"
    assert rules["documented"] == (
        "1 of 2 fields say what they mean; the first that doesn't: odd; nothing says what the dataset holds"
    )
    assert rules["fresh"] == "published 2026-11-20 12:00 UTC"


def test_each_tier_asks_for_what_the_one_below_asks_for_and_more():
    tiers = list(NEEDED.values())
    assert all({*lower} < {*higher} for higher, lower in pairwise(tiers))
    assert {*NEEDED["gold"]} == {*RULES}
