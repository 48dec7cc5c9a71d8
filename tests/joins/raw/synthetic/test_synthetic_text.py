import datetime as dt
import re

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from joins.raw.synthetic import text as generated_text
from joins.raw.synthetic.graph import GeneratedGraph, generate_graph
from joins.raw.synthetic.repins import nearest_source
from joins.raw.synthetic.shape import GraphShape
from joins.raw.synthetic.text import signatures
from joins.raw.synthetic.words import CATEGORIES, NEIGHBOURS, WORDS

AS_OF = dt.date(2026, 11, 20)


def generate(n_pins: int, **knobs: float) -> GeneratedGraph:
    return generate_graph(GraphShape(n_pins=n_pins, **knobs), as_of=AS_OF)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def graph() -> GeneratedGraph:
    return generate(30_000)


def places(keys: pa.ChunkedArray, wanted: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    place: npt.NDArray[np.int64] = pc.index_in(wanted, value_set=keys).to_numpy()
    return place


def repins_and_parents(graph: GeneratedGraph) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    is_repin = pc.is_valid(graph.pins["parent_pin_id"]).to_numpy()
    return np.flatnonzero(is_repin), places(graph.pins["pin_id"], graph.pins["parent_pin_id"].drop_null())


def test_repins_mostly_keep_description_and_page_of_their_parent(graph: GeneratedGraph) -> None:
    repin, parent = repins_and_parents(graph)
    description = np.array(graph.pins["description"].to_pylist(), object)
    page = np.array([link and link.split("?")[0] for link in graph.pins["link"].to_pylist()], object)
    assert np.mean(description[repin] == description[parent]) == pytest.approx(0.88, abs=0.05)
    assert (page[repin] == page[parent]).all()


def test_links_are_addresses_and_some_carry_tracking(graph: GeneratedGraph) -> None:
    links = graph.pins["link"].drop_null().to_pylist()
    pattern = re.compile(r"https://[a-z]+\.example/[a-z-]+-[0-9]+(\?utm_[a-z]+=[a-z]+(&utm_[a-z]+=[a-z]+)?)?")
    assert all(pattern.fullmatch(link) for link in set(links))
    assert 0.1 < np.mean(["utm_" in link for link in links]) < 0.5


def test_descriptions_speak_of_the_category_of_the_picture(graph: GeneratedGraph) -> None:
    texts = graph.pins["description"].to_pylist()
    categories = graph.true_pictures["true_category"].to_pylist()
    for text, category in zip(texts[::50], categories[::50], strict=True):
        assert text is None or set(text.split()) & set(WORDS[CATEGORIES.index(category)])


def test_usernames_are_unique_and_countries_are_known_codes(graph: GeneratedGraph) -> None:
    assert pc.count_distinct(graph.users["username"]).as_py() == graph.users.num_rows
    assert all(re.fullmatch("[A-Z]{2}", country) for country in graph.users["country"].drop_null().to_pylist())


def test_board_names_are_written_in_title_case(graph: GeneratedGraph) -> None:
    assert all(name and name[0].isupper() for name in graph.boards["name"].to_pylist())


def test_text_columns_in_several_chunks_hold_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = generate(2000, dirty_share=0.1)
    monkeypatch.setattr(generated_text, "_ROWS_A_CHUNK", 300)
    pieces = generate(2000, dirty_share=0.1)
    assert pieces.pins["description"].num_chunks > 3
    assert pieces.pins.equals(whole.pins)


def test_there_are_32_categories_with_25_words_and_three_neighbours_each() -> None:
    assert len(CATEGORIES) == len(set(CATEGORIES)) == 32
    assert list(CATEGORIES) == sorted(CATEGORIES)
    for category, (words, neighbours) in enumerate(zip(WORDS, NEIGHBOURS, strict=True)):
        assert len(set(words)) == 25
        assert all(word.isascii() for word in words)
        assert len(set(neighbours) - {category}) == 3


def test_signatures_are_splitmix64_of_the_seed() -> None:
    # The published first outputs for the seed 1234567.
    expected = [6457827717110365317, 3203168211198807973, 9817491932198370423]
    assert signatures(3, seed=1234567).to_pylist() == [f"{number:016x}" for number in expected]


def test_a_text_is_inherited_from_the_nearest_source_up_the_chain() -> None:
    # 0 <- 1 <- 2 <- 4 and 0 <- 3, where 2 wrote its own text; 5 is another original.
    parent = np.array([-1, 0, 1, 0, 2, -1])
    is_source = np.array([True, False, True, False, False, True])
    assert nearest_source(parent, is_source).tolist() == [0, 0, 2, 0, 2, 5]
