"""Phrases and what they mean; of several that begin at one place the longest counts."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Generic, TypeVar

from workflows.questions.lexicon.english import singular

Phrase = tuple[str, ...]
Meaning = TypeVar("Meaning")
_WORDS = re.compile(r"\w+(?:['’]\w+)*")
_APOSTROPHE = re.compile(r"['’]")


def phrase_of(text: str) -> Phrase:
    """Return the singulars of the words of a text, as tokens have them.

    Examples
    --------
    >>> phrase_of("Number of repins-given")
    ('number', 'of', 'repin', 'given')
    """
    return tuple(singular(_APOSTROPHE.sub("", word.lower())) for word in _WORDS.findall(text))


class PhraseTable(Mapping[Phrase, Meaning], Generic[Meaning]):
    """A table of phrases, which is asked with the words that stand at a place.

    Examples
    --------
    >>> table = PhraseTable({("page", "rank"): 1, ("page",): 2})
    >>> table.longest(["page", "rank", "of"]), table.longest(["page", "of"]), table.longest(["rank"])
    ((1, 2), (2, 1), None)
    """

    def __init__(self, meanings: Mapping[Phrase, Meaning]) -> None:
        self._meanings = dict(meanings)
        self._longest = max(map(len, self._meanings), default=0)

    def __getitem__(self, phrase: Phrase) -> Meaning:
        return self._meanings[phrase]

    def __iter__(self) -> Iterator[Phrase]:
        return iter(self._meanings)

    def __len__(self) -> int:
        return len(self._meanings)

    def longest(self, stems: Sequence[str]) -> tuple[Meaning, int] | None:
        """Return the meaning of the longest phrase that some words begin with, and its length."""
        for length in range(min(self._longest, len(stems)), 0, -1):
            phrase = tuple(stems[:length])
            if phrase in self._meanings:
                return self._meanings[phrase], length
        return None
