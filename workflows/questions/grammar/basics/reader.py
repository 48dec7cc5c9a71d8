"""Where a rule of the grammar stands in a question: it takes phrases, notes what they mean, or goes back.

A rule takes what it can use and returns None, having gone back, where it can't. What is taken is noted with its
meaning, so that an answer tells of every word what it was taken for; how far any rule came is where a refusal points.
"""

import itertools
import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar, cast

from workflows.questions.answer_or_refusal import QuestionRefusedError, Understood
from workflows.questions.lexicon.english import digits_of, number_in_words
from workflows.questions.lexicon.phrase_table import Phrase, PhraseTable, phrase_of
from workflows.questions.lexicon.tokens import Token, tokens_of
from workflows.questions.lexicon.vocabulary import Vocabulary
from workflows.questions.lexicon.word_file import WORDS

Found = TypeVar("Found")
MOST_ATTEMPTS = 200_000  # of rules in one question; real ones need a few thousand
_BETWEEN = (",", "and", "or", "nor")
_THOUSANDS = re.compile(r"[1-9]\d{0,2}\.\d{3}")  # 1.000 is a thousand where a comma stands before decimals
_PERCENT = ("percent", "per cent", "pct")


@dataclass(frozen=True, slots=True)
class Number:
    """A number of a question; of ``50 %`` the value is 0.5."""

    value: float
    is_share: bool = False


class Reader:
    """A place in a question, with what was understood so far."""

    def __init__(self, question: str, vocabulary: Vocabulary) -> None:
        self.question, self.vocabulary = question, vocabulary
        every = tokens_of(question)
        self.tokens = [*_without_harmless(every)]
        self.not_needed = tuple(dict.fromkeys(token.text for token in every if _is_harmless(token)))
        self.place, self.furthest = 0, 0
        self.asked: set[str] = set()
        self._found_before: dict[Hashable, tuple[object, int, list[tuple[int, int, str]], list[str]]] = {}
        self._n_attempts = 0
        self._doubts: list[tuple[int, QuestionRefusedError]] = []
        self._noted: list[tuple[int, int, str]] = []
        self._remarks: list[str] = []

    @property
    def at_end(self) -> bool:
        """Whether no word is left."""
        return self.place >= len(self.tokens)

    @property
    def token(self) -> Token | None:
        """The word that is next."""
        return None if self.at_end else self.tokens[self.place]

    def restart(self) -> None:
        """Go back to the beginning."""
        self.place = 0
        self._noted.clear()
        self._remarks.clear()

    def cut(self, length: int) -> None:
        """Take words off the end, as they are understood."""
        self.tokens = self.tokens[:-length]
        self._found_before.clear()

    def stems(self) -> list[str]:
        """Return the singulars of the words that are left."""
        return [token.stem for token in self.tokens[self.place :]]

    def advance(self, length: int = 1) -> None:
        """Take some words."""
        self.place += length
        self.furthest = max(self.furthest, self.place)

    def attempt(self, rule: Callable[[], Found | None]) -> Found | None:
        """Return what a rule finds; where it finds nothing, go back to where it began."""
        self._n_attempts += 1
        if self._n_attempts > MOST_ATTEMPTS:
            raise self.refuse("the question can be read in too many ways", "ask it in fewer words")
        place, noted, remarks = self.place, len(self._noted), len(self._remarks)
        found = rule()
        if found is None:
            self.place = place
            del self._noted[noted:], self._remarks[remarks:]
        return found

    def remembered(self, rule_name: Hashable, rule: Callable[[], Found | None]) -> Found | None:
        """Return what a rule finds here, as `attempt` does; what it found here before is known."""
        key = (rule_name, self.place)
        if key not in self._found_before:
            noted, remarks = len(self._noted), len(self._remarks)
            found = self.attempt(rule)
            self._found_before[key] = found, self.place, self._noted[noted:], self._remarks[remarks:]
            return found
        known, place, notes, said = self._found_before[key]
        if known is not None:
            self.place = place
            self._noted += notes
            self._remarks += [one for one in said if one not in self._remarks]
        return cast("Found | None", known)

    def first(self, *rules: Callable[[], Found | None]) -> Found | None:
        """Return what the first rule finds that finds anything."""
        return next((found for rule in rules if (found := self.attempt(rule)) is not None), None)

    def take(self, *phrases: str, meaning: str = "") -> str | None:
        """Take the longest of some phrases that is next, and return it; None if none is."""
        self.asked.update(phrases)
        words, stems = [token.word for token in self.tokens[self.place :]], self.stems()
        for phrase in sorted(phrases, key=lambda one: -one.count(" ")):
            wanted = phrase.split()
            length = len(wanted)
            if words[:length] == wanted or (
                len(stems) >= length and stems[:length] == list(phrase_of(phrase)) and length
            ):
                if meaning:
                    self.note(self.place, meaning, length)
                self.advance(length)
                return phrase
        return None

    def take_from(self, table: PhraseTable[Found]) -> tuple[Found, Phrase] | None:
        """Take the longest phrase of a table that is next; return its meaning and the phrase."""
        found = table.longest(self.stems())
        if found is None:
            return None
        meaning, length = found
        phrase = tuple(self.stems()[:length])
        self.advance(length)
        return meaning, phrase

    def take_number(self) -> Number | None:
        """Take a number in digits or in words, with a percent sign or without."""
        if self.token is None:
            return None
        text = self.token.word
        if _THOUSANDS.fullmatch(text.rstrip("%")):
            whole, decimals = text.rstrip("%").replace(".", ""), text.rstrip("%")
            raise self.refuse(f"{text} may be {whole} or a number with decimals", f"write {whole}, or {decimals}0")
        if self.token.kind == "number" and text.endswith("%"):
            value = digits_of(text.removesuffix("%"))
            self.advance()
            return Number((value or 0) / 100, is_share=True)
        said = number_in_words([token.word for token in self.tokens[self.place :]])
        if said is None:
            return None
        self.advance(said[1])
        is_share = self.take(*_PERCENT) is not None
        return Number(said[0] / 100 if is_share else said[0], is_share)

    def note(self, start: int, meaning: str, length: int | None = None) -> None:
        """Note what the words from a place up to here mean."""
        end = self.place if length is None else start + length
        if end > start:
            self._noted.append((start, end, meaning))

    def remark(self, text: str) -> None:
        """Note what is settled without having been said."""
        if text not in self._remarks:
            self._remarks.append(text)

    def grammar_words(self) -> set[str]:
        """Return the words that rules asked for somewhere in this question."""
        return {word for phrase in self.asked for word in phrase.split()}

    def words(self, start: int, end: int) -> str:
        """Return words as they stand in the question."""
        return " ".join(token.text for token in self.tokens[start:end])

    def understood(self) -> tuple[Understood, ...]:
        """Return what the words were taken for, in their order: each by the shortest note that is about it.

        A word without a note, as ``with``, stands with what follows it.
        """
        noted: list[int | None] = [None] * len(self.tokens)
        for index, (start, end, _) in sorted(enumerate(self._noted), key=lambda one: one[1][0] - one[1][1]):
            noted[start:end] = [index] * (end - start)
        for place, token in enumerate(self.tokens):
            note = noted[place]
            if token.word in _BETWEEN and note is not None and self._noted[note][0] != place:
                noted[place] = None
        following, last = None, next((index for index in reversed(noted) if index is not None), None)
        for place in range(len(noted) - 1, -1, -1):
            following = noted[place] if noted[place] is not None else following
            noted[place] = following if following is not None else last
        groups = itertools.groupby(range(len(noted)), key=lambda place: noted[place])
        found: list[Understood] = []
        for owner, places in groups:
            *_, end = first, *_ = [*places]
            meaning = self._noted[owner][2] if owner is not None else "nothing else"
            found.append(Understood(self.words(first, end + 1), meaning))
        return tuple(found)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What was settled without having been said."""
        return tuple(self._remarks)

    def doubt(self, problem: str, remedy: str) -> None:
        """Note why a phrase can't be used as it stands; it is told where no other rule could use it."""
        self._doubts.append((self.place, self.refuse(problem, remedy)))

    def farthest_doubt(self) -> QuestionRefusedError | None:
        """Return the doubt that came as far as any rule; None if some rule came farther."""
        place, refusal = max(self._doubts, key=lambda one: one[0], default=(-1, None))
        return refusal if place >= self.furthest else None

    def refuse(self, problem: str, remedy: str = "") -> QuestionRefusedError:
        """Return a refusal about what was read up to here."""
        self.furthest = max(self.furthest, self.place)
        return QuestionRefusedError(problem, remedy=remedy)


def joined(words: Sequence[str]) -> str:
    """Return the words of a phrase as a text."""
    return " ".join(words)


def _without_harmless(tokens: Iterable[Token]) -> Iterator[Token]:
    skipped: tuple[str, ...] = ()
    for token in tokens:
        if _is_harmless(token):
            skipped = (*skipped, token.word)
        else:
            yield replace(token, skipped=skipped)
            skipped = ()


def _is_harmless(token: Token) -> bool:
    is_country = token.text == "US"
    return token.kind == "word" and token.word in WORDS.harmless and not is_country
