"""Idle time is read off the lines of single cores, and shared out between two looks."""

import pytest

from benchmarks.days.core_idle import IdleWatch, idle_since_start

TICKS_A_S = 100


def stat_of(**idle_s):
    """Return a /proc/stat in which cores were idle, and waited for a disk, for so many seconds."""
    told = {core: (int(idle * TICKS_A_S), int(waits * TICKS_A_S)) for core, (idle, waits) in idle_s.items()}
    lines = [f"{core} 10 0 20 {idle} {waits} 0 0 0 0 0" for core, (idle, waits) in told.items()]
    return "\n".join(["cpu  99 0 99 99999 99 0 0 0 0 0", *lines, "intr 12345 6", "ctxt 7", ""])


def test_a_core_that_waits_for_a_disk_is_idle_and_the_line_of_all_cores_is_none():
    assert idle_since_start(stat_of(cpu0=(7, 1), cpu12=(4, 0.5))) == {0: 8.0, 12: 4.5}


def test_a_core_that_is_switched_off_has_no_line_and_isnt_told():
    assert idle_since_start(stat_of(cpu0=(7, 0), cpu2=(1, 0))) == {0: 7.0, 2: 1.0}


def test_idle_seconds_between_two_looks_are_shared_out_evenly():
    told = iter(
        [stat_of(cpu0=(0, 0), cpu1=(5, 0)), stat_of(cpu0=(2, 0), cpu1=(5, 0)), stat_of(cpu0=(2, 0), cpu1=(9, 0))]
    )
    watch = IdleWatch(lambda: next(told), frozenset({0, 1}))
    for now_s in (100.0, 102.0, 110.0):
        watch.look(now_s)
    assert watch.between(100.0, 110.0) == {0: 2.0, 1: 4.0}
    assert watch.between(101.0, 104.0) == {0: pytest.approx(1.0), 1: pytest.approx(1.0)}
    assert watch.between(103.0, 103.0) == {0: 0.0, 1: 0.0}


def test_cores_that_we_may_not_use_arent_told():
    watch = IdleWatch(lambda: stat_of(cpu0=(1, 0), cpu1=(2, 0)), frozenset({1}))
    watch.look(1.0)
    watch.look(2.0)
    assert watch.between(1.0, 2.0) == {1: 0.0}


def test_a_watch_looks_at_this_machine_from_the_beginning_to_the_end_of_its_block():
    with IdleWatch() as watch:
        pass
    assert len(watch.looked_at_s) >= 2
    assert watch.looked_at_s == sorted(watch.looked_at_s)
    spans = watch.between(watch.looked_at_s[0], watch.looked_at_s[-1])
    assert list(spans) == watch.cores
    assert all(0 <= idle <= 5 for idle in spans.values())
