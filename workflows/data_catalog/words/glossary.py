"""The glossary: words that people use, what they mean here, and which fields hold it; ours and that of a team.

A field is written ``board_joins.page_rank``; ``*.page_rank`` means the field of that path in every dataset that has
one. A team's term of the same name goes before ours.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path

import msgspec

from workflows.data_catalog.catalog_model import Term
from workflows.data_catalog.words.team_files import read_rows

OURS = Path(__file__).with_name("glossary.toml")
_EVERY = "*."


class TermRow(msgspec.Struct, forbid_unknown_fields=True):
    """A row of the file."""

    term: str
    meaning: str
    fields: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WrongField:
    """A field that a term names and nobody knows."""

    glossary: str  # the file; empty: ours
    line: str

    def __str__(self) -> str:
        return self.line


@dataclass(frozen=True, slots=True)
class Glossary:
    """Terms by name, with the fields that there are."""

    terms: tuple[Term, ...] = ()
    problems: tuple[WrongField, ...] = ()

    def of_field(self, dataset: str, path: str) -> tuple[str, ...]:
        """Return the names of the terms that apply to a field."""
        field = f"{dataset}.{path}"
        return tuple(term.name for term in self.terms if field in term.fields)


def read_terms(path: Path, called: str = "") -> list[Term]:
    """Return the terms of a file, as they stand there; one that isn't there has none.

    Raises CatalogError as `read_rows` does.
    """
    return [Term(row.term, row.meaning, row.fields, row.also, called) for row in read_rows(path, "terms", TermRow)]


def glossary_of(terms: Iterable[Term], paths: Mapping[str, Sequence[str]]) -> Glossary:
    """Return the terms with the fields that there are, by name; of several of one name the last counts.

    Parameters
    ----------
    terms
        Ours, then those of a team.
    paths
        The paths of the fields of each dataset.

    Examples
    --------
    >>> paths = {"boards": ["board_id", "name"], "users": ["user_id"]}
    >>> found = glossary_of([Term("board", "a pinboard", ("*.board_id", "boards.nam"))], paths)
    >>> found.terms[0].fields, str(found.problems[0])
    (('boards.board_id',), "glossary, term 'board': there is no field 'boards.nam'; did you mean boards.name?")
    """
    known = {f"{dataset}.{path}": None for dataset, fields in paths.items() for path in fields}
    found, problems = dict[str, Term](), list[WrongField]()
    for term in terms:
        fields = list[str]()
        for asked in term.fields:
            there = _fields_named(asked, known)
            fields += there
            problems += [] if there else [_no_field(term, asked, known)]
        found[term.name.casefold()] = replace(term, fields=tuple(dict.fromkeys(fields)))
    return Glossary(tuple(found[name] for name in sorted(found)), tuple(problems))


def _fields_named(asked: str, known: Mapping[str, None]) -> list[str]:
    if not asked.startswith(_EVERY):
        return [asked] if asked in known else []
    path = asked.removeprefix(_EVERY)
    return [field for field in known if field.partition(".")[2] == path]


def _no_field(term: Term, asked: str, known: Mapping[str, None]) -> WrongField:
    near = get_close_matches(asked, list(known), 1)
    meant = f"did you mean {near[0]}?" if near else "fields are written dataset.path"
    of = f"{term.glossary or 'glossary'}, term {term.name!r}"
    return WrongField(term.glossary, f"{of}: there is no field {asked!r}; {meant}")
