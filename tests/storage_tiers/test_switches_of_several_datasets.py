"""Pointers of several datasets move as one: for readers in between, and where a switch was killed in the midst."""

import datetime as dt
from pathlib import Path

import pytest

from storage_tiers import embedded
from storage_tiers.debugging import DebuggingTier
from storage_tiers.errors import DamagedVersionError
from storage_tiers.versioned.versions import Version

NAMES = ("board_joins", "pin_joins", "user_joins")
OLD, NEW = (Version(dt.date(2026, 11, 20), iteration) for iteration in (1, 2))


class Pointers(DebuggingTier):
    """A tier of pointers alone: whatever they name is there."""

    def validate(self, name, version):
        """Find nothing wrong."""

    check_before_switch = validate


class KilledError(BaseException):
    """What a kill does to the process that switches: nothing after it is done."""


@pytest.fixture
def tier(tmp_path):
    tier = Pointers(tmp_path)
    tier.make_current(dict.fromkeys(NAMES, OLD))
    return tier


def files_of(tier):
    return {path.relative_to(tier.home).as_posix(): path.read_text() for path in tier.home.rglob("_*")}


@pytest.fixture(params=range(len(NAMES) + 1), ids=lambda n: f"{n} pointers had moved")
def killed_switch(request, tier, monkeypatch):
    """A switch that wrote down what it was to do, and was killed after some pointers."""
    write, written = embedded.replace_text, []

    def write_until_killed(path: Path, text: str) -> None:
        if len(written) > request.param:
            raise KilledError
        write(path, text)
        written.append(path)

    def die_before(path, **_named):
        raise KilledError if path.exists() else FileNotFoundError

    with monkeypatch.context() as patched:
        patched.setattr(embedded, "replace_text", write_until_killed)
        patched.setattr(Path, "unlink", die_before)
        with pytest.raises(KilledError):
            tier.make_current(dict.fromkeys(NAMES, NEW))
    assert "_SWITCHING" in files_of(tier)
    return request.param


def test_a_switch_leaves_the_documented_pointers_and_nothing_else(tier):
    tier.make_current(dict.fromkeys(NAMES, NEW))
    assert files_of(tier) == {f"{name}/_CURRENT": "date=2026-11-20/iteration=2\n" for name in NAMES}


@pytest.mark.usefixtures("killed_switch")
def test_readers_of_a_switch_that_was_killed_have_one_version(tier):
    assert tier.pointed_together(NAMES) == dict.fromkeys(NAMES, NEW)
    assert {tier.current(name) for name in NAMES} == {NEW}


@pytest.mark.usefixtures("killed_switch")
def test_whoever_takes_the_lock_next_finishes_the_switch(tier):
    with tier.locked():
        assert files_of(tier) == {f"{name}/_CURRENT": "date=2026-11-20/iteration=2\n" for name in NAMES}


@pytest.mark.usefixtures("killed_switch")
def test_a_switch_back_after_a_killed_one_counts(tier):
    tier.make_current(dict.fromkeys(NAMES, OLD))
    assert tier.pointed_together(NAMES) == dict.fromkeys(NAMES, OLD)


def test_a_look_into_which_a_switch_falls_sees_one_version(tier, monkeypatch):
    look, n_looks = tier._named, []

    def switched_after_the_first(name):
        seen = look(name)
        n_looks.append(name)
        if len(n_looks) == 1:
            tier.make_current(dict.fromkeys(NAMES, NEW))
        return seen

    monkeypatch.setattr(tier, "_named", switched_after_the_first)
    assert tier.pointed_together(NAMES) == dict.fromkeys(NAMES, NEW)


@pytest.mark.parametrize(
    "note",
    [b"", b"\xff\x00", b'{"pin_joins": "date=2026-11-2', b'{"../../outside": "date=2026-11-20/iteration=1"}', b"[1]"],
)
def test_a_damaged_note_of_a_switch_is_told_and_removed_by_the_next_one(tier, note):
    (tier.home / "_SWITCHING").write_bytes(note)
    with pytest.raises(DamagedVersionError, match=r"_SWITCHING: .* is no version"):
        tier.current("pin_joins")
    assert tier.pointed_together(NAMES) == {}
    tier.make_current({"pin_joins": NEW})
    assert tier.pointed_together(NAMES) == {"board_joins": OLD, "pin_joins": NEW, "user_joins": OLD}
    assert not [path for path in tier.root.parent.rglob("*") if path.name == "outside"]
