"""A key has the same part in every process and year, and parts are of about equal size."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from joins.arrow.hashing import key_hash, partition_of

KEYS = ["", "a", "12345678", "123456789", "ff00ff00ff00ff00", "garden ✿"]
MASK = 2**64 - 1


def splitmix64(value: int) -> int:
    value = (value + 0x9E3779B97F4A7C15) & MASK
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 & MASK
    value = (value ^ value >> 27) * 0x94D049BB133111EB & MASK
    return value ^ value >> 31


def string_hash(text: str) -> int:
    content = text.encode()
    state = len(content)
    for start in range(0, len(content), 8):
        state = splitmix64(state ^ int.from_bytes(content[start : start + 8], "little"))
    return splitmix64(state)


def test_integers_hash_as_the_published_splitmix64_does() -> None:
    # first outputs of the reference generator for the seeds 0 and 1234567
    assert key_hash(pa.array([0, 1234567])).tolist() == [0xE220A8397B1DCDAF, 6457827717110365317]


def test_hashes_never_change() -> None:
    assert key_hash(pa.array([-1, 8812])).tolist() == [16490336266968443936, 6896885386052965454]
    assert key_hash(pa.array(KEYS)).tolist() == [
        16294208416658607535,
        13971819848363002055,
        17608736340504220676,
        5222994320443514605,
        17879185435256093584,
        6596925237683040100,
    ]


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=20)))
def test_strings_of_any_length_hash_as_the_ten_line_version_does(keys: list[str]) -> None:
    assert key_hash(pa.array(keys, pa.string())).tolist() == [string_hash(key) for key in keys]


@given(st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_integers_hash_as_the_ten_line_version_does(keys: list[int]) -> None:
    assert key_hash(pa.array(keys, pa.int64())).tolist() == [splitmix64(key & MASK) for key in keys]


@pytest.mark.parametrize(
    "stored",
    [
        lambda keys: pa.array(keys, pa.large_string()),
        lambda keys: pa.array(["x", *keys, "y"])[1:-1],
        lambda keys: pa.chunked_array([pa.array(keys[:2]), pa.array([], pa.string()), pa.array(keys[2:])]),
        lambda keys: pa.array(["unused", *keys]).dictionary_encode()[1:],
        lambda keys: pa.chunked_array([pa.array(keys[:3]).dictionary_encode(), pa.array(keys[3:]).dictionary_encode()]),
    ],
    ids=["large", "slice", "chunks", "dictionary", "dictionaries"],
)
def test_a_string_hashes_the_same_however_it_is_stored(stored: Callable[[list[str]], pa.Array]) -> None:
    assert key_hash(stored(KEYS)).tolist() == [string_hash(key) for key in KEYS]


def test_an_integer_hashes_the_same_in_every_width_and_slice() -> None:
    expected = [splitmix64(key) for key in (3, 5, 8)]
    for type_ in (pa.int8(), pa.uint16(), pa.int32(), pa.int64(), pa.uint64()):
        assert key_hash(pa.array([0, 3, 5, 8], type_)[1:]).tolist() == expected


def test_no_keys_have_no_hashes() -> None:
    assert key_hash(pa.array([], pa.int64())).tolist() == []
    assert key_hash(pa.chunked_array([], pa.string())).tolist() == []


def test_a_null_key_and_a_key_that_is_no_key_are_refused() -> None:
    with pytest.raises(ValueError, match="1 of 2 keys are null"):
        key_hash(pa.array([1, None]))
    with pytest.raises(ValueError, match=r"type double can't be hashed; allowed: integers and strings"):
        key_hash(pa.array([1.5]))


@pytest.mark.parametrize(
    "keys",
    [
        pa.array(range(0, 1_000_000, 10)),
        pa.array([f"{number << 40:016x}" for number in range(100_000)]),  # signatures that differ in a few bits
    ],
    ids=["steps of ten", "similar signatures"],
)
def test_parts_are_of_about_equal_size_for_keys_that_are_not_random(keys: pa.Array) -> None:
    counts = np.bincount(partition_of(keys, 16), minlength=16)
    # a random spread has a standard deviation of sqrt(100,000 / 16) = 79 rows; 5 of them are allowed
    assert abs(counts - 100_000 / 16).max() < 5 * 79
