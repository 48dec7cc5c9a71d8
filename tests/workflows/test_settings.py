"""One declaration of a setting: what it may be, where its value comes from, what Luigi and our commands make of it."""

import datetime as dt

import pytest

from storage_tiers.placement import Placement
from workflows.luigi_cfg import SettingsError
from workflows.parameters import DAY, TEXT, between, checked, one_of, some_of, written
from workflows.settings import (
    CORES,
    DAMPING,
    INPUT,
    LOADED,
    OUTPUT,
    PICTURE_ROOTS,
    SETTINGS,
    SHAPING,
    SPARK_MASTER,
    check_settings,
)


@pytest.mark.parametrize(
    ("allowed", "text", "value"),
    [
        (TEXT, "", ""),
        (one_of("a", "b"), "b", "b"),
        (some_of("a", "b", "c"), "c  a c", ("c", "a")),
        (some_of("a", "b"), "", ()),
        (between(1), "12", 12),
        (between(0.0, 1.0), "1e-8", 1e-8),
        (DAY, "2026-11-20", dt.date(2026, 11, 20)),
    ],
)
def test_what_is_allowed_is_read_and_written_back(allowed, text, value):
    assert checked("it", allowed, text) == value
    assert checked("it", allowed, written(value)) == value


@pytest.mark.parametrize(
    ("allowed", "value", "message"),
    [
        (one_of("a", "b"), "c", "it is 'c'; it must be one of a, b"),
        (some_of("a", "b"), "a c", "it is 'a c'; it must be words of a, b"),
        (between(1), 0, "it is '0'; it must be a whole number from 1"),
        (between(1), 2.5, "it is '2.5'; it must be a whole number from 1"),
        (between(0.0, 1.0), "nan", "it is 'nan'; it must be a number from 0 to 1"),
        (DAY, "20261120", "it is '20261120'; it must be a day of the calendar as YYYY-MM-DD"),
        (DAY, "2026-02-30", "it is '2026-02-30'; it must be a day of the calendar as YYYY-MM-DD"),
    ],
)
def test_what_is_not_allowed_is_said_with_what_is(allowed, value, message):
    with pytest.raises(SettingsError, match=f"^{message}$"):
        checked("it", allowed, value)


@pytest.mark.parametrize("setting", [INPUT, OUTPUT, SPARK_MASTER, PICTURE_ROOTS], ids=lambda setting: setting.name)
@pytest.mark.parametrize("value", ["s3://AKIA1:Hu5hHu5h@bucket/x", "s3://bucket/x?secret_key=Hu5hHu5h"])
def test_a_key_or_password_in_a_setting_is_refused_and_not_repeated(setting, value):
    with pytest.raises(SettingsError, match="give keys and passwords by the environment") as refused:
        checked(setting.name, setting.allowed, value)
    assert "***" in str(refused.value)
    assert "Hu5hHu5h" not in str(refused.value) + refused.value.problem


def test_a_float_is_written_so_that_it_reads_back_the_same():
    assert [written(value) for value in (1e-8, 0.85, 20.0, 0.1 + 0.2)] == ["1e-08", "0.85", "20", "0.30000000000000004"]


def test_the_file_goes_before_the_default_and_an_argument_before_the_file(configure):
    assert CORES.value() == CORES.parameter().normalize(None) == 0
    configure("discovery", cores=3)
    assert CORES.value() == CORES.parameter().normalize(None) == 3
    assert CORES.parameter().normalize("2") == 2


def test_a_setting_may_be_a_list_of_words(configure):
    tier = LOADED["random_access"]
    assert tier.value() == tier.default == tuple(map(Placement, ("pin_joins", "board_joins", "user_joins")))
    configure("tiers", random_access="user_joins facts/full:1.5GB")
    assert tier.value() == (Placement("user_joins"), Placement("facts", "full", 1_500_000_000))
    assert tier.parameter().serialize(tier.value()) == "user_joins facts/full:1500MB"
    for wrong in (
        "pin_join",
        "pin_joins pin_joins/full",
        "pin_joins/wide",
        "pin_joins:0MB",
        "pin_joins:-1MB",
        "pin_joins:1",
    ):
        configure("tiers", random_access=wrong)
        with pytest.raises(
            SettingsError, match=rf"\[tiers\]: random_access is '{wrong}': .*; it must be words like .*pin_joins"
        ):
            check_settings()


@pytest.mark.parametrize("wrong", ["pin_joins/full", "pin_joins:1GB", "pin_joins/light:1GB", "facts/light"])
def test_a_tier_that_copies_nothing_has_no_budget_and_no_other_variant(configure, wrong):
    for right in ("facts/full user_joins", "pin_joins/light"):
        configure("tiers", sql_batch=right)
        assert check_settings() is None
    configure("tiers", sql_batch=wrong)
    with pytest.raises(
        SettingsError, match=rf"sql_batch is '{wrong}': .* has a budget, or .*; it must be names of datasets"
    ):
        check_settings()


def test_manifests_name_the_settings_that_shape_every_dataset():
    assert SHAPING == ("damping", "tolerance", "max_edge_weight_per_user", "min_confidence")
    assert all(setting.significant for setting in SETTINGS if setting.recorded)


def test_every_default_is_allowed_and_names_are_used_once():
    assert all(checked(each.name, each.allowed, each.default) == each.default for each in SETTINGS)
    assert len({each.name for each in SETTINGS}) == len(SETTINGS)
    assert DAMPING.help == "PageRank: chance of going on along a repin; a number from 0 to 1"
