"""A question as tokens: words, numbers, dates, quoted texts and signs of comparison, each with its place in the text.

What is none of these becomes a token of kind ``other``, which no rule takes: so it is named, never skipped.
"""

import re
from dataclasses import dataclass
from typing import Literal

from workflows.questions.answer_or_refusal import QuestionRefusedError
from workflows.questions.lexicon.english import singular

MOST_CHARACTERS, MOST_TOKENS = 2_000, 80

Kind = Literal["word", "number", "date", "quoted", "sign", "comma", "other"]

_PATTERN = re.compile(
    r"""
    (?P<quoted> "[^"]*" | “[^”]*” | \u2018[^\u2019]*\u2019 | `[^`]*` | (?<!\w)'[^']*'(?!\w) )
  | (?P<date> (?<![\w.])\d{4}-\d{2}(?:-\d{2})?(?![\w-]) )
  | (?P<number> (?<![\w.])(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?[km]?(?!\w)%? )
  | (?P<sign> >= | <= | != | <> | [><=≥≤+] )
  | (?P<comma> ,(?=\s|$) )
  | (?P<word> & | \w+ (?: ['’]\w+ )* )
  | (?P<other> [^\s] )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_WORDS = {"&": "and"}
_SIGNS = {"≥": ">=", "≤": "<=", "!=": "<>"}
_POSSESSIVE = re.compile(r"['’]s$|['’]$")
_APOSTROPHE = re.compile(r"['’]")
_CONTRACTED = re.compile(r"(?i)\b(\w+)n['’]t\b")
_END = re.compile(r"[\s?.!]+$")
_NEGATED = {"ca": "can", "wo": "will", "sha": "shall", "ai": "are"}
_BLANKS = re.compile(r"\s")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Token:
    """One token of a question.

    Parameters
    ----------
    text
        As it was written, without quotes.
    word
        In lower case, without apostrophes and a possessive ``'s``.
    stem
        The singular of the word, which phrases are compared by.
    kind
        What it looks like.
    start, end
        Its place in the question, in characters.
    skipped
        The words directly in front that say nothing by themselves: ``were``, ``to``.
    """

    text: str
    word: str
    stem: str
    kind: Kind
    start: int
    end: int
    skipped: tuple[str, ...] = ()


def tokens_of(question: str) -> list[Token]:
    """Cut a question into tokens.

    Raises QuestionRefusedError if it is empty, or longer than a question is.

    Examples
    --------
    >>> [token.word for token in tokens_of("Which boards don't have 1,000 pins?")]
    ['which', 'boards', 'do', 'not', 'have', '1,000', 'pins']
    """
    if len(question) > MOST_CHARACTERS:
        problem = f"the question has {len(question):,} characters; at most {MOST_CHARACTERS:,} are read"
        raise QuestionRefusedError(problem, remedy="ask one thing in one sentence")
    if _CONTROL.search(question):
        raise QuestionRefusedError("the question holds characters that can't be shown", remedy="ask in plain words")
    question = _BLANKS.sub(" ", question)
    spaced = _CONTRACTED.sub(_not_contracted, question)
    tokens = [_token(found) for found in _PATTERN.finditer(_END.sub("", spaced))]
    if not tokens:
        raise QuestionRefusedError("there is no question", remedy="ask, for example: boards with the most pins")
    if len(tokens) > MOST_TOKENS:
        problem = f"the question has {len(tokens):,} words; at most {MOST_TOKENS} are read"
        raise QuestionRefusedError(problem, remedy="ask one thing in one sentence")
    return tokens


def _token(found: re.Match[str]) -> Token:
    kind: Kind = found.lastgroup  # type: ignore[assignment]  # the groups are the kinds
    text = found[0][1:-1] if kind == "quoted" else found[0]
    word = _SIGNS.get(text, text.lower())
    if kind == "word":
        word = _WORDS.get(word, word)
        word = _APOSTROPHE.sub("", _POSSESSIVE.sub("", word))
    return Token(text, word, singular(word) if kind == "word" else word, kind, found.start(), found.end())


def _not_contracted(found: re.Match[str]) -> str:
    verb = found[1]
    return f"{_NEGATED.get(verb.lower(), verb)} not"
