"""Keys that were trimmed away are told from keys that never were, by eight bytes each."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage_tiers.budget import BYTES_OF_A_TRIMMED_KEY
from storage_tiers.trimming import trimmed_keys
from storage_tiers.trimming.trimmed_keys import TrimmedKeys, key_hash, key_hashes


@given(st.sets(st.binary(max_size=20)), st.sets(st.binary(max_size=20)))
def test_those_that_were_trimmed_are_held_and_no_others(left_out: set[bytes], others: set[bytes]) -> None:
    held = TrimmedKeys(key_hashes(left_out).tobytes())
    assert len(held) == len(left_out)
    assert all(held.holds(key) for key in left_out)
    assert not any(held.holds(key) for key in others - left_out)


def test_the_smallest_and_the_largest_hash_are_found() -> None:
    keys = [f"{n}".encode() for n in range(1_000)]
    by_hash = sorted(keys, key=key_hash)
    held = TrimmedKeys(key_hashes(keys).tobytes())
    assert held.holds(by_hash[0])
    assert held.holds(by_hash[-1])
    assert key_hashes(keys).tolist() == sorted(map(key_hash, keys))


def test_a_file_is_mapped_and_an_empty_one_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "trimmed.keys"
    path.write_bytes(key_hashes([b"attic", b"garden"]).tobytes())
    assert path.stat().st_size == 2 * BYTES_OF_A_TRIMMED_KEY
    held = TrimmedKeys.in_file(path)
    assert (held.holds(b"attic"), held.holds(b"sofa"), len(held)) == (True, False, 2)
    path.write_bytes(b"")
    assert not TrimmedKeys.in_file(path).holds(b"attic")


def test_trimmed_keys_with_one_hash_both_stand_in_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trimmed_keys, "_hash_bytes", lambda key: key[:1] * BYTES_OF_A_TRIMMED_KEY)
    held = TrimmedKeys(key_hashes([b"attic", b"apple", b"garden"]).tobytes())
    assert len(held) == 3
    assert [held.holds(key) for key in (b"attic", b"apple", b"garden", b"sofa")] == [True, True, True, False]
    assert held.holds(b"anything")  # there is no row of it either way
