"""Columns of every type that files hold have a profile: their kind, and values as text where they are any."""

import decimal

import pyarrow as pa
import pytest

from joins.raw.guessing.columns.column_profiles import profile_column


def _stored(*texts: bytes) -> pa.Array:
    """Return a column of text whose bytes nobody checked."""
    content = pa.array(texts, pa.binary())
    return pa.Array.from_buffers(pa.string(), len(texts), content.buffers())


@pytest.mark.parametrize("width", [pa.float16(), pa.float32(), pa.float64()])
def test_whole_floats_of_any_width_are_integers(width: pa.DataType) -> None:
    profile = profile_column("pin", pa.array([1.0, float("nan"), 2.0, None], pa.float64()).cast(width))
    assert (profile.kind, profile.n_missing, profile.examples()) == ("integer", 2, ["1", "2"])
    assert profile_column("pin", pa.array([1.5], pa.float64()).cast(width)).kind == "decimal"


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        (_stored(b"cat", b"caf\xe9", b"dog"), "text"),
        (_stored(b"caf\xe9", b"\xff"), "bytes"),
        (pa.array([b"\xff", b"\xfe"]), "bytes"),
        (pa.array([decimal.Decimal(7)], pa.decimal32(9, 0)), "integer"),
        (pa.array([7, 7]).dictionary_encode(), "integer"),
        (pa.RunEndEncodedArray.from_arrays([2], pa.array(["a"])), "text"),
        (pa.nulls(2), "nothing"),
        (pa.array([], pa.float16()), "nothing"),
        (pa.array([[1]]), "list"),
        (pa.array([{"a": 1}]), "record"),
        (pa.array([True]), "truth value"),
    ],
)
def test_a_column_of_any_type_has_a_kind(column: pa.Array, kind: str) -> None:
    assert profile_column("a", column).kind == kind
