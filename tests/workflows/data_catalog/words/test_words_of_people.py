"""Glossary and owners: ours hold, a team's go before them, and what is wrong in a file is said with its place."""

import pytest

from joins.arrow.fields import fields_by_path
from workflows.catalog import FEATURE_DATASETS, JOIN_DATASETS, RAW_DATASETS
from workflows.data_catalog.catalog_model import Domain, Term
from workflows.data_catalog.field_lineage import declared_datasets
from workflows.data_catalog.words import glossary, ownership
from workflows.data_catalog.words.glossary import glossary_of, read_terms
from workflows.data_catalog.words.ownership import NOBODY, merged_domains, ownership_of, read_domains, unknown_datasets
from workflows.data_catalog.words.team_files import CatalogError, read_rows
from workflows.picture_catalog import PICTURE_DATASETS

PATHS = {name: [path for path, _ in fields_by_path(spec.schema)] for name, spec in declared_datasets().items()}
TERMS = {"boards": ["board_id", "name"], "board_joins": ["board_id", "pins", "pins.pin_id"]}


def test_every_field_that_our_glossary_names_exists():
    terms = read_terms(glossary.OURS)
    assert [str(problem) for problem in glossary_of(terms, PATHS).problems] == []
    assert len({term.name.casefold() for term in terms}) == len(terms) > 30
    assert all(term.meaning.endswith(".") for term in terms)


def test_every_dataset_of_ours_has_one_domain_and_an_owner():
    domains = read_domains(ownership.OURS)
    ours = [spec.name for spec in (*JOIN_DATASETS, *FEATURE_DATASETS, *RAW_DATASETS, *PICTURE_DATASETS)]
    assert sorted(name for domain in domains for name in domain.datasets) == sorted(ours)
    assert all(domain.owner and domain.meaning for domain in domains)
    assert unknown_datasets(domains, declared_datasets()) == []


def test_a_term_names_one_field_or_that_of_a_path_in_every_dataset():
    found = glossary_of([Term("board", "a board", ("*.board_id",)), Term("pins", "", ("board_joins.pins",))], TERMS)
    assert [term.fields for term in found.terms] == [("boards.board_id", "board_joins.board_id"), ("board_joins.pins",)]
    assert found.of_field("boards", "board_id") == ("board",)
    assert found.of_field("boards", "name") == ()


@pytest.mark.parametrize("field", ["boards.nam", "board.name", "*.nam", "name", "", "*.", "boards."])
def test_a_field_that_is_not_there_is_named_with_its_term_and_file(field):
    found = glossary_of([Term("board", "a board", (field, "boards.name"), glossary="mine.toml")], TERMS)
    (problem,) = found.problems
    assert str(problem).startswith(f"mine.toml, term 'board': there is no field {field!r}; ")
    assert found.terms[0].fields == ("boards.name",)


def test_a_teams_term_goes_before_ours_whatever_its_case():
    found = glossary_of([Term("Board", "ours"), Term("board", "theirs", glossary="mine.toml")], TERMS)
    assert [(term.name, term.meaning) for term in found.terms] == [("board", "theirs")]


def test_a_teams_domain_takes_what_it_names_from_ours():
    ours = [Domain("joins", "wide", "discovery", ("pin_joins", "user_joins")), Domain("input", "raw", "discovery")]
    merged = merged_domains(ours, [Domain("joins", "our joins", "growth", ("extra",))])
    assert ownership_of("pin_joins", merged).owner == "growth"
    assert ownership_of("extra", merged) == ownership_of("pin_joins", merged)
    assert ownership_of("unheard of", merged) == NOBODY
    moved = merged_domains(ours, [Domain("people", "who", "growth", ("user_joins",))])
    assert [(one.name, one.datasets) for one in moved] == [
        ("joins", ("pin_joins",)),
        ("input", ()),
        ("people", ("user_joins",)),
    ]


def test_a_file_that_is_not_there_has_no_rows(tmp_path):
    assert read_terms(tmp_path / "glossary.toml") == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[[terms]\n", "it is no TOML: "),
        (b"\xff", "byte 0 is no UTF-8; save it as UTF-8"),
        (b"[[words]]\n", "it has 'words'; allowed are [[terms]] alone"),
        (b'[[terms]]\nterm = "a"\n', "missing required field `meaning`"),
        (b'[[terms]]\nterm = 7\nmeaning = "x"\n', "Expected `str`, got `int`"),
        (b'[[terms]]\nterm = "a"\nmeaning = "x"\nfeilds = ["b.c"]\n', "contains unknown field `feilds`"),
        (b'[[terms]]\nterm = "a"\nmeaning = "x"\nfields = "b.c"\n', "Expected `array`, got `str`"),
        (b"terms = 3\n", "Expected `array`, got `int`"),
    ],
)
def test_what_is_wrong_in_a_file_is_said_with_its_place_and_what_a_row_may_hold(tmp_path, content, said):
    path = tmp_path / "glossary.toml"
    path.write_bytes(content)
    with pytest.raises(CatalogError) as raised:
        read_terms(path)
    assert str(raised.value).startswith(f"{path}: ")
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_folder_in_the_place_of_a_file_is_said(tmp_path):
    (tmp_path / "owners.toml").mkdir()
    with pytest.raises(CatalogError, match=r"owners\.toml: "):
        read_domains(tmp_path / "owners.toml")


def test_a_file_with_a_byte_order_mark_is_read(tmp_path):
    path = tmp_path / "glossary.toml"
    path.write_bytes('\ufeff[[terms]]\nterm = "Größe"\nmeaning = "how large"\n'.encode())
    assert [row.term for row in read_rows(path, "terms", glossary.TermRow)] == ["Größe"]
