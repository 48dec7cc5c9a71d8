"""The drills of loads and of switches, on a Redis server: the old version serves, and no answer is wrong."""

from pathlib import Path

import pytest

from benchmarks.drills import loads, switches
from storage_tiers.redis_server import RedisTier
from storage_tiers.redis_server.loading.load_lease import LoadLease
from storage_tiers.redis_server.redis_connection import RedisServer


@pytest.mark.slow
def test_fifty_loads_killed_at_random_moments_leave_nothing_and_change_nothing(tier: RedisTier) -> None:
    seen = loads.drill(tier, n_kills=50, n_keys=4_000, seed=1)
    assert seen.is_right, str(seen)
    assert seen.n_whole == 7


@pytest.mark.slow
def test_switches_and_rollbacks_under_reads_of_two_processes_give_right_answers(
    tier: RedisTier, tmp_path: Path
) -> None:
    is_right, lines = switches.drill(tier, tmp_path, n_switches=20, n_rollbacks=4, n_keys=1_000, seed=1)
    assert is_right, "\n".join(lines)


def test_the_drill_of_loads_tells_what_a_load_left(tier: RedisTier, server: RedisServer) -> None:
    left = loads.left_of(tier)
    with LoadLease(server, "under way") as lease:
        server.client.hset(server.keys.rows(lease.number), b"a", b"1")
        assert left() == [server.keys.rows(lease.number)]
    assert left() == []


@pytest.mark.parametrize("lie", ["n_wrong", "n_half_visible", "n_left"])
def test_a_drill_with_anything_wrong_is_not_right(lie: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = loads.Kills(n_within=3)
    assert seen.is_right
    monkeypatch.setattr(seen, lie, 1)
    assert not seen.is_right
    assert not loads.Kills().is_right  # nothing was killed
