"""What the name of a column says: whom it is about, and which of their attributes it is.

``boardId``, ``board.id``, ``Board ID`` and ``boardid`` all read as the id of a board.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, cast, get_args

from joins.raw.guessing.columns.vocabulary import CONCEPT_OF_WORD, SHORT_FORMS, Aside, Attribute, Concept, Subject

AnyAttribute = Attribute | Literal["id", "other"]

_SUBJECTS, _ATTRIBUTES, _ASIDE = get_args(Subject), get_args(Attribute), get_args(Aside)
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+\d*|\d+|[^\W\d_a-zA-Z]+")
_COST_OF_UNKNOWN = 0.15  # of clarity, for each word that means nothing here
_OF_NUMBERS = 0.8  # of clarity, where a number stands for what a text would say
_SHORTEST_PART = 2  # letters of a word inside a word, such as the "id" of "boardid"


@dataclass(frozen=True, slots=True)
class NameReading:
    """What a name says: whom it is about (None: whatever a row is about), what of it, and how clearly.

    ``clarity`` is 1 for a name of nothing but known words, less for each word more, such as ``orig`` in
    ``images.orig.url``. ``named`` is whether the attribute is named at all: ``board`` alone is an id by default.
    """

    subject: Subject | None
    attribute: AnyAttribute
    clarity: float
    named: bool = True


@lru_cache(maxsize=4096)
def read_name(name: str) -> NameReading:
    """Read the name of a column.

    Examples
    --------
    >>> read_name("boardId")
    NameReading(subject='board', attribute='id', clarity=1.0, named=True)
    >>> read_name("created_by").subject, read_name("pinner.username").attribute, read_name("repin_of").subject
    ('user', 'username', 'parent')
    """
    concepts, n_unknown = concepts_of(name)
    clarity = 1.0 / (1.0 + _COST_OF_UNKNOWN * n_unknown)
    if any(concept in _ASIDE for concept in concepts):
        return NameReading(None, "other", clarity)
    subjects = [cast("Subject", concept) for concept in concepts if concept in _SUBJECTS]
    subject = _subject(subjects)
    if "parent" in subjects and subject != "parent":  # via_user_id is another user than the pin's
        clarity /= 2
    attributes: list[AnyAttribute] = [cast("Attribute", concept) for concept in concepts if concept in _ATTRIBUTES]
    attribute: AnyAttribute = attributes[-1] if attributes else "other"
    if "time" in attributes and subject == "user" and attribute == "time" and concepts[-1] in ("user", "id"):
        return NameReading("user", "id", clarity)  # created_by, created_by_id
    if attribute in ("link", "name") and attributes[:-1] and attributes[-2] in ("image", "category", "country"):
        attribute = attributes[-2]  # image_url, category_name
    names_pin = concepts[-1:] == ["pin"] or concepts[-2:] == ["pin", "id"]
    if attributes == ["link"] and "parent" not in subjects and names_pin:  # source_pin, source_pin_id
        return NameReading("parent", "id", clarity)
    if concepts and concepts[-1] == "id" and attribute != "other":
        return _numbered(subject, attribute, clarity)
    if attribute == "other" and concepts:
        is_something_else = "id" not in concepts and not _meaning(_words(name)[-1])  # board_seq, but not pin_of
        clarity = clarity / 2 if is_something_else and subject != "parent" else clarity
        return NameReading(subject, "id", clarity, named="id" in concepts)
    return NameReading(subject, attribute, clarity)


def concepts_of(name: str) -> tuple[list[Concept], int]:
    """Return what the words of a name mean, in their order, and how many words mean nothing here.

    Examples
    --------
    >>> concepts_of("images.orig.url")
    (['image', 'link'], 1)
    """
    concepts: list[Concept] = []
    n_unknown = 0
    for word in _words(name):
        meant = _meaning(word)
        concepts += meant
        n_unknown += not meant and not word.isdigit()
    return concepts, n_unknown


def _words(name: str) -> list[str]:
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", name) if not unicodedata.combining(sign))
    return [part.lower() for part in _PARTS.findall(plain)]


def _meaning(word: str) -> tuple[Concept, ...]:
    """Return what a word means: itself, its singular, or the known words that it is put together from."""
    if word in SHORT_FORMS:
        return SHORT_FORMS[word]
    for form in (word, word.removesuffix("s"), word.removesuffix("es"), re.sub("ies$", "y", word)):
        if form in CONCEPT_OF_WORD:
            is_plural_count = form != word and CONCEPT_OF_WORD[form] == "parent"  # repins: how many
            return ("count",) if is_plural_count else (CONCEPT_OF_WORD[form],)
    for cut in range(len(word) - _SHORTEST_PART, _SHORTEST_PART - 1, -1):  # the longest known beginning first
        first, rest = word[:cut], word[cut:]
        if first in CONCEPT_OF_WORD and rest in CONCEPT_OF_WORD:
            return (CONCEPT_OF_WORD[first], CONCEPT_OF_WORD[rest])
    return ()


def _subject(subjects: list[Subject]) -> Subject | None:
    """Return whom a name is about: of ``origin_pin`` the parent, of ``board_owner_id`` the last one named."""
    if not subjects:
        return None
    return "parent" if set(subjects) <= {"parent", "pin"} and "parent" in subjects else subjects[-1]


def _numbered(subject: Subject | None, attribute: AnyAttribute, clarity: float) -> NameReading:
    """Read a name that ends in an id behind an attribute: an image by its id, a category by its number."""
    if attribute == "link" and subject is None:  # source_id
        return NameReading("parent", "id", clarity * _OF_NUMBERS)
    if attribute == "time":
        return NameReading(subject, "id", clarity)
    return NameReading(subject, attribute, clarity if attribute == "image" else clarity * _OF_NUMBERS)
