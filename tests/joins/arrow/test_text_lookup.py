import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from joins.arrow import text_lookup
from joins.arrow.text_lookup import TextLookup

TEXTS = st.lists(st.text(alphabet="ab\0é", max_size=4), max_size=12)


def positions(sought, known):
    return pc.index_in(pa.array(sought, pa.string()), value_set=pa.array(known, pa.string())).fill_null(-1).to_pylist()


@given(known=TEXTS, sought=st.lists(st.none() | st.text(alphabet="ab\0é", max_size=4), max_size=12))
def test_texts_are_found_where_arrow_finds_them(known, sought):
    found = TextLookup.of(pa.array(known, pa.string())).find(pa.array(sought, pa.string())).tolist()
    expected = positions(sought, known)
    assert found == [-1 if text is None else place for text, place in zip(sought, expected, strict=True)]


@given(known=TEXTS)
def test_the_last_of_equal_texts_is_found_where_it_is_asked_for(known):
    texts = pa.array(known, pa.string())
    last = {text: place for place, text in enumerate(known)}
    assert TextLookup.of(texts, "last").find(texts).tolist() == [last[text] for text in known]


@pytest.mark.parametrize("of_equal", ["first", "last"])
@pytest.mark.parametrize("known", [["aa", "bb", "cc", "bb"], ["a", "bb", "ccc", "bb"]])
def test_texts_whose_hashes_were_chosen_to_be_equal_are_told_apart(known, of_equal, monkeypatch):
    monkeypatch.setattr(text_lookup, "key_hash", lambda texts: np.full(len(texts), 7, np.uint64))
    bb = 1 if of_equal == "first" else 3
    sought = pa.array([known[2], "bb", "zz", known[0]])
    assert TextLookup.of(pa.array(known), of_equal).find(sought).tolist() == [2, bb, -1, 0]


def test_slices_and_chunks_are_looked_up_as_what_they_hold():
    known = pa.chunked_array([["x", "owl"], ["fox", "hen"]]).slice(1)
    sought = pa.chunked_array([["hen"], [None, "x", "owl"]])
    assert TextLookup.of(known).find(sought).tolist() == [2, -1, -1, 0]
