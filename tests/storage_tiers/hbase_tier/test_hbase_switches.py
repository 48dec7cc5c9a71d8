"""Switches on HBase move all pointers or none, whoever else writes, whatever clocks say and answers are lost."""

import threading
import time

import pytest

pytest.importorskip("hbasedriver")

from storage_tiers import DamagedVersionError, DatasetError, Version, VersionNotFoundError
from storage_tiers.hbase_tier.hbase_tier import HBaseTier
from tests.conftest import DAY
from tests.storage_tiers.hbase_tier.pointer_damage import write_pointer, write_record

pytestmark = pytest.mark.slow

NAMES = ("board_joins", "pin_joins")
OLD, NEW, NEWEST = (Version(DAY, iteration) for iteration in (1, 2, 3))


@pytest.fixture
def loaded(tier, published):
    """Two versions of two datasets, the old one current."""
    for name in NAMES:
        for iteration in (1, 2):
            tier.load(published(iteration, name))
    tier.make_current(dict.fromkeys(NAMES, OLD))
    return tier


def pointers(tier):
    noted = tier.store.pointers.look()
    return {name: tier.pointed_in(noted, name) for name in noted.pointers}


def test_all_pointers_move_at_one_moment_for_whoever_looks(loaded):
    seen, is_done = [], threading.Event()

    def look():
        other = HBaseTier(loaded.root, loaded.options)
        while not is_done.is_set():
            seen.append({*pointers(other).values()})

    looking = threading.Thread(target=look)
    looking.start()
    for number in range(50):
        loaded.make_current(dict.fromkeys(NAMES, (NEW, OLD)[number % 2]))
    is_done.set()
    looking.join()
    assert {len(versions) for versions in seen} == {1}
    assert {version for versions in seen for version in versions} == {OLD, NEW}


def test_a_switch_of_which_one_version_is_missing_moves_nothing(loaded):
    for switch in (loaded.make_current, loaded.advance):
        with pytest.raises(VersionNotFoundError, match=r"pin_joins .*iteration=3 is not loaded for HBase"):
            switch({"board_joins": NEW, "pin_joins": NEWEST})
        assert pointers(loaded) == dict.fromkeys(NAMES, OLD)


def test_a_switch_to_a_version_whose_table_is_lost_moves_nothing(loaded):
    loaded.store.remove(loaded.loaded("pin_joins", NEW).table)
    with pytest.raises(DamagedVersionError, match=r"pin_joins .*iteration=2 .*isn't there; make it again"):
        loaded.make_current(dict.fromkeys(NAMES, NEW))
    assert pointers(loaded) == dict.fromkeys(NAMES, OLD)


def test_there_is_no_way_back_to_a_version_that_was_dropped(loaded):
    loaded.advance(dict.fromkeys(NAMES, NEW))
    loaded.drop_all(dict.fromkeys(NAMES, (OLD,)))
    with pytest.raises(VersionNotFoundError, match=r"1 loaded \(newest: date=2026-11-20 iteration=2\)"):
        loaded.make_current(dict.fromkeys(NAMES, OLD))
    assert (pointers(loaded), loaded.dropped("pin_joins")) == (dict.fromkeys(NAMES, NEW), {OLD})


def test_nobody_drops_a_version_that_was_switched_to_in_the_same_moment(loaded, monkeypatch):
    row, look, switched = loaded.store.pointers, loaded.store.pointers.look, []

    def look_and_be_overtaken():
        noted = look()
        if not switched:
            switched.append(HBaseTier(loaded.root, loaded.options).make_current({"pin_joins": NEW}))
        return noted

    monkeypatch.setattr(row, "look", look_and_be_overtaken)
    with pytest.raises(DatasetError, match="pin_joins date=2026-11-20 iteration=2 is the current version for HBase"):
        loaded.drop("pin_joins", NEW)
    assert loaded.verify("pin_joins", NEW).is_current


def test_a_clock_that_is_behind_hides_no_switch(loaded, monkeypatch):
    loaded.make_current({"pin_joins": NEW})
    yesterday = time.time_ns() - 86_400 * 10**9
    monkeypatch.setattr("storage_tiers.hbase_tier.pointer_row.time.time_ns", lambda: yesterday)
    loaded.make_current({"pin_joins": OLD})
    assert loaded.current("pin_joins") == OLD
    loaded.make_current({"pin_joins": NEW})
    assert loaded.current("pin_joins") == NEW


def test_a_switch_whose_answer_is_lost_is_done_once_and_told_as_done(loaded, monkeypatch):
    rows, ask, n_written = loaded.store.pointers.rows, loaded.store.pointers.rows.ask, []

    def lose_the_first_answer(row, method, request_of, answer):
        answered = ask(row, method, request_of, answer)
        if method == "Mutate":
            n_written.append(answered.processed)
            if len(n_written) == 1:
                raise ConnectionResetError("lost")
        return answered

    monkeypatch.setattr(rows, "ask", lose_the_first_answer)
    loaded.make_current(dict.fromkeys(NAMES, NEW))
    assert (pointers(loaded), n_written) == (dict.fromkeys(NAMES, NEW), [True])


def test_two_who_switch_at_once_undo_nothing_of_each_other(loaded):
    def switch(name):
        mine = HBaseTier(loaded.root, loaded.options)
        for number in range(21):
            mine.make_current({name: (NEW, OLD)[number % 2]})

    threads = [threading.Thread(target=switch, args=(name,)) for name in NAMES]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert pointers(loaded) == dict.fromkeys(NAMES, NEW)


def test_a_record_that_cannot_be_read_is_told_and_mended_by_a_load(loaded, published, tables_of):
    n_tables = len(tables_of(loaded))
    for written in (b"", b"{", b"{}", b"\xff\xfe", b"[1]", b"null"):
        write_record(loaded, "pin_joins", NEW, written)
        with pytest.raises(DamagedVersionError, match=r"pin_joins .*iteration=2 in hbase://.*can't be read"):
            loaded.validate("pin_joins", NEW)
        with pytest.raises(DamagedVersionError):
            loaded.make_current({"pin_joins": NEW})
    loaded.load(published(2, "pin_joins"))
    loaded.verify("pin_joins", NEW)
    assert len(tables_of(loaded)) == n_tables


def test_what_serves_is_checked_with_its_pointer(loaded):
    loaded.check_serving("pin_joins", every_byte=True)
    with pytest.raises(DamagedVersionError, match=r"the pointer of board_ranks .*: it is missing; run the day again"):
        loaded.check_serving("board_ranks")
    write_pointer(loaded, "pin_joins", b"date=2026-11-20/iteration=9")
    with pytest.raises(VersionNotFoundError, match="pin_joins date=2026-11-20 iteration=9 is not loaded"):
        loaded.check_serving("pin_joins")
    loaded.advance({"pin_joins": OLD})
    assert loaded.current("pin_joins") == NEW  # the newest that is there
