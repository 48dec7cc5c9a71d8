"""The handle of a service on HBase follows the pointer, stays where it is pinned, and never mixes two versions."""

import threading

import pytest

pytest.importorskip("hbasedriver")

from storage_tiers import DamagedVersionError, Version, VersionNotFoundError
from storage_tiers.hbase_tier.hbase_tier import HBaseTier
from storage_tiers.hbase_tier.table_reader import TableReader
from storage_tiers.light import project_light
from tests.conftest import DAY
from tests.storage_tiers.hbase_tier.pointer_damage import write_pointer

pytestmark = pytest.mark.slow

NAME = "board_joins"
FIRST, SECOND = (Version(DAY, iteration) for iteration in (1, 2))
KEYS = range(0, 400, 10)


@pytest.fixture
def two(tier, published):
    """Two versions of 10 and 20 rows; the first is current."""
    for iteration in (1, 2):
        tier.load(published(iteration))
    tier.make_current({NAME: FIRST})
    return tier


def n_found(reader):
    return sum(row is not None for row in reader.get_many(KEYS))


def test_a_reader_follows_a_switch_and_a_rollback_and_a_pinned_one_stays(two):
    with TableReader(two, NAME, look_every_s=0.0) as reader, two.reader(NAME, iteration=1) as pinned:
        assert (n_found(reader), len(reader)) == (10, 10)
        two.make_current({NAME: SECOND})
        assert (n_found(reader), reader.version, n_found(pinned)) == (20, SECOND, 10)
        two.make_current({NAME: FIRST})
        assert (n_found(reader), reader.version, pinned.refresh()) == (10, FIRST, False)


def test_a_reader_that_does_not_look_stays_until_it_is_told_to(two):
    with TableReader(two, NAME, look_every_s=None) as reader:
        two.make_current({NAME: SECOND})
        assert n_found(reader) == 10
        assert (reader.refresh(), reader.refresh()) == (True, False)
        assert n_found(reader) == 20


def test_a_version_that_is_dropped_under_a_reader_gives_way_to_the_one_that_serves(two):
    with TableReader(two, NAME, look_every_s=None) as reader, two.reader(NAME, iteration=1) as pinned:
        two.make_current({NAME: SECOND})
        two.drop(NAME, FIRST)
        assert n_found(reader) == 20
        with pytest.raises(VersionNotFoundError, match=r"board_joins iteration=1 is not loaded"):
            pinned.get(10)
        assert pinned.counts.errors == 1


def test_a_version_that_is_loaded_anew_under_a_reader_is_found_again(two, publish, wide_table, tmp_path):
    other = publish(tmp_path / "other", project_light(wide_table(30)), variant="light")  # the same version
    with TableReader(two, NAME, look_every_s=None) as reader:
        two.load(other)
        assert n_found(reader) == 30


def test_a_reader_stays_where_it_is_while_what_serves_is_damaged(two):
    two.store.remove(two.loaded(NAME, SECOND).table)
    with TableReader(two, NAME, look_every_s=0.0) as reader:
        write_pointer(two, NAME, SECOND.path.encode())
        assert (n_found(reader), reader.version) == (10, FIRST)
        assert "iteration=2" in reader.problem
        assert (reader.counts.errors, n_found(reader), reader.counts.errors) == (1, 10, 1)  # said once
        with pytest.raises(DamagedVersionError):
            reader.refresh()
        write_pointer(two, NAME, FIRST.path.encode())
        assert (n_found(reader), reader.problem) == (10, "")


def test_a_reader_whose_table_is_lost_says_so(two):
    with TableReader(two, NAME, look_every_s=None) as reader:
        two.store.remove(two.loaded(NAME, FIRST).table)
        with pytest.raises(DamagedVersionError, match=r"iteration=1: the table .* isn't there; open the reader again"):
            reader.get(10)


def test_batches_are_of_one_version_through_a_hundred_switches(two):
    seen, errors, is_done = set(), [], threading.Event()

    def read():
        with TableReader(HBaseTier(two.root, two.options), NAME, look_every_s=0.0) as reader:
            while not is_done.is_set():
                seen.add(n_found(reader))
            errors.append(reader.counts.errors)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(100):
        two.make_current({NAME: (SECOND, FIRST)[number % 2]})
    is_done.set()
    for reader in readers:
        reader.join()
    assert (seen, errors) == ({10, 20}, [0, 0])


def test_counts_tell_found_from_missing_and_how_long_it_took(two):
    with two.reader(NAME) as reader:
        reader.get_many([0, 10, 3])
        reader.get(7)
        reader.get_many([])
        counts = reader.counts
        assert (counts.found, counts.missing, counts.trimmed, counts.errors) == (2, 2, 0, 0)
        assert 10 < counts.quantile_us(0.5) < 10_000_000
        assert (reader.state_of(10), reader.state_of(3)) == ("found", "missing")


def test_a_value_of_another_layout_is_refused(two):
    rows = two.store.rows(two.loaded(NAME, FIRST).table)
    keys = [key for key, _ in rows.scan(b"r")]
    rows.put(b"r", [(keys[0], b"\x00\x90"), (keys[1], b"")])
    with two.reader(NAME) as reader:
        for key, said in ((0, "00"), (10, "none")):
            with pytest.raises(DamagedVersionError, match=rf"the value of {key} has schema id {said}, not"):
                reader.get(key)
        assert reader.get(20) is not None
