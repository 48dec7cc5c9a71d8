"""The words of an expression, and Python's syntax tree of them.

The grammar is the part of Python's that reckons: numbers, texts, names, operators. So Python's own parser reads it, but
only what was cut into known words before, few enough, and put together again: nothing that a stranger writes reaches
the parser as it is.
"""

import ast
import re
from dataclasses import dataclass
from keyword import kwlist

from serving.plans.plan_values import name_problem
from serving.processor import StepPlace

PARAMETER = "__"  # what names of parameters begin with in the tree; a name in an expression can't
_MOST_WORDS = 300
_MOST_DEPTH = 32  # of brackets, and of signs in a row
_WORD = re.compile(
    r"""(?P<space>\s+)
    |(?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)
    |(?P<parameter>\$[^\W\d]\w*)
    |(?P<name>[^\W\d]\w*)
    |(?P<text>'[^'\\\n]*'|"[^"\\\n]*")
    |(?P<operator>//|<=|>=|==|!=|[-+*/%<>(),.\[\]])""",
    re.VERBOSE,
)
_WORDS_OF_LOGIC = {"and", "or", "not", "in", "True", "False"}
_PYTHON_ONLY = frozenset(kwlist) - _WORDS_OF_LOGIC  # Python's grammar gives them a meaning, and this one doesn't
_NAMED = {"name": "field", "parameter": "parameter"}
_TRUTHS = {"true": "True", "false": "False"}


@dataclass(frozen=True, slots=True)
class _Word:
    kind: str
    text: str


def parsed(written: str, place: StepPlace, setting: str) -> ast.expr:
    """Return the syntax tree of an expression; the name of a parameter begins with `PARAMETER` in it.

    Raises PlanError if it isn't one, is too long, or too deep.
    """
    most = place.limits.expression_characters
    if len(written) > most:
        place.refuse(f"{setting} has {len(written):,} characters; at most {most:,} are allowed")
    words = _words(written, place, setting)
    if not words:
        place.refuse(f"{setting} is empty", "write an expression, such as n_pins > 3")
    _check_size(words, place, setting)
    source = " ".join(_in_python(word) for word in words)
    try:
        return ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        place.refuse(f"{setting} is {written!r:.80}, which is no expression{_at(error, source)}")


def _words(written: str, place: StepPlace, setting: str) -> list[_Word]:
    words, start = [], 0
    while start < len(written):
        match = _WORD.match(written, start)
        if match is None:
            place.refuse(
                f"{setting} has {written[start : start + 10]!r} at character {start + 1}, which means nothing there",
                "allowed are numbers, texts in quotes, fields, $parameters, + - * / // %, < <= > >= == !=, "
                "and, or, not, in, brackets, and functions",
            )
        kind, text = match.lastgroup or "", match.group()
        if kind in ("name", "parameter") and text.lstrip("$").startswith("__"):
            place.refuse(f"{setting} has {text!r:.50}, and a name in an expression can't begin with two underscores")
        if kind in ("name", "parameter") and (problem := name_problem(text.lstrip("$"), f"a {_NAMED[kind]}")):
            place.refuse(f"{setting}: {problem}")
        if kind == "name" and text in _PYTHON_ONLY:
            place.refuse(f"{setting} has {text!r}, which no expression can have")
        if kind != "space":
            words.append(_Word(kind, text))
        start = match.end()
    return words


def _check_size(words: list[_Word], place: StepPlace, setting: str) -> None:
    if len(words) > _MOST_WORDS:
        place.refuse(f"{setting} has {len(words)} words; at most {_MOST_WORDS} are allowed")
    depth = signs = 0
    for word in words:
        depth += (word.text in ("(", "[")) - (word.text in (")", "]"))
        signs = signs + 1 if word.text in ("-", "+", "not") else 0
        if max(depth, signs) > _MOST_DEPTH:
            place.refuse(f"{setting} is nested deeper than {_MOST_DEPTH}")


def _in_python(word: _Word) -> str:
    if word.kind == "parameter":
        return PARAMETER + word.text[1:]
    if word.kind == "name":
        return _TRUTHS.get(word.text, word.text)
    if word.kind == "number" and word.text.isdigit():
        return word.text.lstrip("0") or "0"  # Python refuses 007
    return word.text


def _at(error: BaseException, source: str) -> str:
    place = getattr(error, "offset", None)
    rest = source[place - 1 : place + 20].strip() if place else ""
    return f"; it can't be read from {rest!r} on" if rest else ""
