"""A data doc: a page of notes in Markdown, with saved queries between them; a plain file as the queries are.

A query stands in a block of its own, which any reader of Markdown shows as such, with values of parameters below::

    ```query
    top-boards
    date = "2026-11-20"
    ```
"""

import functools
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.token import Token

from joins.shown_text import shown
from workflows.shared_sql.saved.front_matter import SavedFileError, with_front, without_front
from workflows.shared_sql.saved.saved_query import LONGEST_OWNER, LONGEST_TITLE, check_texts, checked_name

LONGEST_NOTES = 100_000
MOST_QUERIES = 30

_TEXTS = {"title": LONGEST_TITLE, "owner": LONGEST_OWNER}
_BLOCK = "query"
_OF_ROUTES = {"new", "save"}  # addresses beside those of docs
_HEAD = re.compile(r"h[1-4]")


@dataclass(frozen=True, slots=True)
class DataDoc:
    """A page of notes and queries: its name, its notes in Markdown, its title, and whose it is."""

    name: str
    notes: str
    title: str = ""
    owner: str = ""

    @property
    def called(self) -> str:
        """What people call it."""
        return self.title or self.name


@dataclass(frozen=True, slots=True)
class DocPart:
    """A part of a doc: notes as HTML, or a saved query with values of its parameters."""

    html: str = ""
    query: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


def parts_of(doc: DataDoc) -> list[DocPart]:
    """Return the parts of a doc in their order.

    HTML in the notes is text, and links lead nowhere but to pages: a doc is no better than who wrote it.

    Raises
    ------
    SavedFileError
        If a block doesn't name a query.
    """
    markdown = _markdown()
    parts, notes = list[DocPart](), list[Token]()
    for token in _below_title(markdown.parse(doc.notes)):
        if token.type == "fence" and token.info.strip() == _BLOCK and token.level == 0:
            parts += _as_notes(notes, markdown)
            parts.append(_query_part(token))
            notes = []
        else:
            notes.append(token)
    parts += _as_notes(notes, markdown)
    if sum(bool(part.query) for part in parts) > MOST_QUERIES:
        raise SavedFileError(f"it has more than {MOST_QUERIES} queries", where="notes", remedy="make two docs of it")
    return parts


def checked_doc(doc: DataDoc) -> DataDoc:
    """Return a doc that may be saved; SavedFileError says why not."""
    if checked_name(doc.name) in _OF_ROUTES:
        problem = f"{doc.name} is the address of a form"
        raise SavedFileError(problem, where="name", remedy="choose another name")
    texts = {name: getattr(doc, name) for name in (*_TEXTS, "notes")}
    check_texts(texts, _TEXTS | {"notes": LONGEST_NOTES})
    if not doc.notes.strip():
        raise SavedFileError("there is nothing in it", where="notes", remedy="write a line")
    parts_of(doc)
    return doc


def text_of_doc(doc: DataDoc) -> str:
    """Return the file of a doc."""
    return with_front({name: getattr(doc, name) for name in _TEXTS}, doc.notes.strip() + "\n")


def doc_of_text(name: str, text: str) -> DataDoc:
    """Return the doc that a file holds; inverse of `text_of_doc`. SavedFileError says why it holds none."""
    front, notes = without_front(text)
    if front.keys() - _TEXTS.keys():
        unknown = shown(min(front.keys() - _TEXTS.keys()))
        raise SavedFileError(f"it has '{unknown}'", where="front", remedy=f"allowed are {', '.join(_TEXTS)}")
    texts = {key: str(front.get(key, "")) for key in _TEXTS}
    return checked_doc(DataDoc(name, notes.strip(), **texts))


@functools.cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("js-default", {"html": False, "linkify": False}).disable("image")


def _below_title(tokens: list[Token]) -> Iterator[Token]:
    """Yield tokens with headings one level lower, as the page has its title above."""
    for token in tokens:
        if token.type in ("heading_open", "heading_close") and _HEAD.fullmatch(token.tag):
            token.tag = f"h{int(token.tag[1]) + 1}"
        yield token


def _as_notes(tokens: list[Token], markdown: MarkdownIt) -> Iterator[DocPart]:
    if tokens:
        yield DocPart(html=str(markdown.renderer.render(tokens, markdown.options, {})))


def _query_part(token: Token) -> DocPart:
    name, _, rest = token.content.strip().partition("\n")
    where = f"notes, line {(token.map or [0])[0] + 1}"
    try:
        values = tomllib.loads(rest)
    except tomllib.TOMLDecodeError as error:
        problem = f"the values of query {shown(name)} are no TOML ({shown(str(error))})"
        raise SavedFileError(problem, where=where, remedy='write: date = "2026-11-20"') from None
    if any(isinstance(value, list | dict) for value in values.values()):
        raise SavedFileError(f"a value of query {shown(name)} is a list", where=where, remedy="give one value each")
    texts = {key.lower(): _text(value) for key, value in values.items()}
    return DocPart(query=checked_name(name.strip()), values=texts)


def _text(value: object) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
