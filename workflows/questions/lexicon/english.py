"""What the English of questions needs: the singular of a word, numbers in words, and words that are near another.

Nothing here knows a dataset. The rules are few on purpose: a word and its plural must become the same text, whatever
that text is, as both what is asked and what is known go through the same rule.
"""

import difflib
import re
from collections.abc import Iterable

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_SMALL = {word: value for value, word in enumerate(_ONES.split())} | {
    word: 10 * value for value, word in enumerate(_TENS.split(), 2)
}
_DOZEN = 12
_LARGE = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
_SUFFIXES = {"": 1, "k": 1_000, "m": 1_000_000}
_DIGITS = re.compile(r"(\d{1,15}|\d{1,3}(?:,\d{3}){1,4})(\.\d{1,15})?([km]?)")
_ORDINAL = re.compile(r"([1-9]\d?)(st|nd|rd|th)")
_IRREGULAR = {"people": "person", "has": "has", "does": "does", "was": "was", "is": "is", "this": "this", "us": "us"}
_NO_PLURALS = ("ss", "us", "is")
_SHORTEST = 4  # letters of a word that may be a plural
_NEAR, _N_NEAR = 0.7, 3


def singular(word: str) -> str:
    """Return the singular of a plural in lower case; any other word as it is.

    Examples
    --------
    >>> [singular(word) for word in ("boards", "categories", "matches", "likes", "this", "class")]
    ['board', 'category', 'match', 'like', 'this', 'class']
    """
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) < _SHORTEST or not word.endswith("s") or word.endswith(_NO_PLURALS):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-2] if word.endswith(("ches", "shes", "sses", "xes")) else word[:-1]


def digits_of(text: str) -> float | None:
    """Return the number that a text of digits says, with separators, decimals or a k or m behind it; None if none.

    Examples
    --------
    >>> [digits_of(text) for text in ("1,000", "0.5", "10k", "1,00", "ten")]
    [1000, 0.5, 10000, None, None]
    """
    found = _DIGITS.fullmatch(text.lower())
    if not found:
        return None
    whole, decimals, suffix = found.groups()
    value = float(whole.replace(",", "") + decimals) if decimals else int(whole.replace(",", ""))
    return _whole(value * _SUFFIXES[suffix])


def number_in_words(words: list[str]) -> tuple[float, int] | None:
    """Return the number at the start of some words, and how many of them say it; None if none does.

    Examples
    --------
    >>> number_in_words(["two", "hundred", "and", "fifty", "pins"])
    (250, 4)
    >>> number_in_words(["a", "dozen"]), number_in_words(["12", "thousand"]), number_in_words(["hundred"])
    ((12, 2), (12000, 2), (100, 1))
    """
    if words[:1] == ["dozen"] or words[:2] == ["a", "dozen"]:
        return _DOZEN, words.index("dozen") + 1
    total, current, used = 0.0, None, 0
    for place, word in enumerate(words):
        value = _SMALL.get(word)
        digits = digits_of(word) if place == 0 else None
        if digits is not None:
            current, used = digits, 1
        elif value is not None and (current is None or _may_follow(value, current)):
            current, used = (current or 0) + value, place + 1
        elif word in _LARGE and place == used:
            total, current = _grown(total, current, _LARGE[word])
            used = place + 1
        elif not (word == "and" and place == used > 0 and words[place - 1] in _LARGE and _is_small(words[place + 1 :])):
            break
    return (_whole(total + (current or 0)), used) if used else None


def ordinal_of(word: str) -> int | None:
    """Return the number of an ordinal in digits, as of a day of a month: 3 of ``3rd``; None if it is none."""
    found = _ORDINAL.fullmatch(word.lower())
    return int(found[1]) if found else None


def near_words(word: str, known: Iterable[str]) -> list[str]:
    """Return the known words that look most like one, the nearest first, at most three.

    Examples
    --------
    >>> near_words("bords", ["boards", "users", "words"])
    ['boards', 'words']
    """
    return difflib.get_close_matches(word.lower(), sorted(set(known)), _N_NEAR, _NEAR)


def listed(words: Iterable[str], last: str = "or") -> str:
    """Return words as a sentence lists them.

    Examples
    --------
    >>> listed(["board", "user", "picture"]), listed(["board"], "and")
    ('board, user or picture', 'board')
    """
    *front, end = [*words] or [""]
    return f"{', '.join(front)} {last} {end}" if front else end


def _is_small(words: list[str]) -> bool:
    return bool(words) and words[0] in _SMALL


def _may_follow(value: int, current: float) -> bool:
    """Say whether a small number may stand behind another: ``twenty five``, ``hundred five``; not ``five ten``."""
    rest = current % 100
    return rest == 0 if value >= 10 else rest == 0 or (rest >= 20 and rest % 10 == 0)  # noqa: PLR2004 - tens


def _grown(total: float, current: float | None, scale: int) -> tuple[float, float | None]:
    """Multiply what was said so far; from a thousand on it is put aside, as more may follow."""
    value = (1 if current is None else current) * scale
    return (total, value) if scale == _LARGE["hundred"] else (total + value, None)


def _whole(value: float) -> float:
    return int(value) if float(value).is_integer() else value
