"""The address of a cluster: what it may be, and what is said of one that can't be."""

import pytest

from storage_tiers import DatasetError
from storage_tiers.hbase_tier.hbase_tier import HBaseTier
from storage_tiers.hbase_tier.wire.hbase_address import read_address
from storage_tiers.tier import TierOptions


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("hbase://zk1", "hbase://zk1:2181/hbase?prefix=interest_graph"),
        ("hbase://zk-1.example:2182,zk2/", "hbase://zk-1.example:2182,zk2:2181/hbase?prefix=interest_graph"),
        ("hbase://[::1]:99,[::2]", "hbase://[::1]:99,[::2]:2181/hbase?prefix=interest_graph"),
        ("hbase://10.0.0.1/other/root?prefix=Night_2", "hbase://10.0.0.1:2181/other/root?prefix=Night_2"),
    ],
)
def test_what_is_left_out_has_a_default(text, whole):
    assert str(read_address(text)) == whole
    assert read_address(whole) == read_address(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "doesn't begin with hbase://"),
        ("zk1:2181", "doesn't begin with hbase://"),
        ("redis://zk1:2181", "doesn't begin with hbase://"),
        ("hbase://", "a host is missing or none"),
        ("hbase://zk1,,zk2", "a host is missing or none"),
        ("hbase://zk1:port", "a host is missing or none"),
        ("hbase://zk 1", "a host is missing or none"),
        ("hbase://zk1:0", "a port isn't from 1 to 65535"),
        ("hbase://zk1:65536", "a port isn't from 1 to 65535"),
        ("hbase://zk1?prefix=", "is no prefix"),
        ("hbase://zk1?prefix=a.b", "'a.b' is no prefix: letters, digits and _"),
        ("hbase://zk1?prefix=a:b", "is no prefix"),
        ("hbase://zk1?prefix=ä", "is no prefix"),
        ("hbase://zk1?password=x", "password is no option"),
        ("hbase://zk1?prefix", "it is no address"),
        ("hbase://[zk1", "it is no address"),
        ("hbase://zk1#x", "it has a #"),
    ],
)
def test_what_is_no_address_is_refused_with_what_is_allowed(text, why):
    with pytest.raises(DatasetError, match=r"can't be the address of HBase: .*; allowed: hbase://HOST") as refused:
        read_address(text)
    assert why in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


def test_a_password_is_refused_and_not_repeated():
    with pytest.raises(DatasetError) as refused:
        read_address("hbase://user:hush@zk1:2181")
    assert "hush" not in str(refused.value)


def test_an_address_is_read_when_the_tier_is_used_and_not_before(tmp_path):
    tier = HBaseTier(tmp_path, TierOptions(address="hbase://zk 1"))
    with pytest.raises(DatasetError, match="can't be the address of HBase"):
        tier.datasets()
