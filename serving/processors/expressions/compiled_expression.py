"""Expressions, checked and compiled: ``n_pins > 3 and category in $categories``, or ``page_rank * 1e6 + log(n_pins)``.

They have numbers, truths, texts and times; fields by name or path (``owner.user_id``), parameters (``$n``), ``+ - * /
// %``, comparisons, ``and``, ``or``, ``not``, ``in`` a list, and the functions ``min max abs log exp sqrt coalesce``.

Where anything that is read is null, the whole is null: also where Python would not look at it, as behind ``or``. It is
null, too, where there is no answer: a division by zero, the root of a negative number, a number that is too large.
``coalesce(a, b)`` is the first that isn't null.

What is compiled is Python made of the checked tree; what was written is never run. Nothing in it loops, calls what the
expression brings, or makes numbers of more than some hundred bits.
"""

import math
from collections.abc import Callable, Mapping
from typing import Literal

from serving.edge_types import ObjectType
from serving.processor import StepPlace
from serving.processors.expressions.checked_expression import (
    LARGEST_WHOLE,
    Checked,
    Checker,
    Part,
    parameter_source,
)
from serving.processors.expressions.expression_words import parsed
from storage_tiers.reading import Row

Wanted = Literal["truth", "number"]
OfRow = Callable[[Row], object]  # None where it is null
_EXAMPLES = {"truth": "n_pins > 3", "number": "n_pins * 2"}
_INDENT = "    "


class Expression:
    """An expression about objects of one type.

    Parameters
    ----------
    written
        As a plan says it.
    objects
        The type of the objects.
    place, setting
        Where it stands, for messages and parameters.
    wanted
        What it must come to.

    Raises
    ------
    PlanError
        If it can't be read, names what isn't there, mixes types, or comes to something else.
    """

    def __init__(self, written: str, objects: ObjectType, place: StepPlace, setting: str, wanted: Wanted) -> None:
        checked, part = Checker(objects, place, setting).checked(parsed(written, place, setting))
        if part.kind != wanted and (wanted, part.kind) != ("number", "truth"):
            place.refuse(
                f"{setting} is {written!r:.80}, a {part.kind}; it must be a {wanted}",
                f"write one, such as {_EXAMPLES[wanted]}",
            )
        self._names = tuple(sorted(checked.parameters))
        source = _source_of(checked, part)
        names = {"__builtins__": {}, "float": float, "isfinite": math.isfinite, **_FUNCTIONS}
        exec(compile(source, f"<{setting}>", "exec"), names)  # noqa: S102 - made here, of a checked tree
        self._bind: Callable[..., OfRow] = names["bind"]  # type: ignore[assignment] # so it is called there
        self._bound = None if self._names else self._bind()

    def of(self, parameters: Mapping[str, object]) -> OfRow:
        """Return the function that gives what an object comes to, for the parameters of a request; None for null.

        Examples
        --------
        >>> from serving.plans.limits import LIMITS
        >>> from serving.stores.source import Sources
        >>> from storage_tiers.random_access.values import StoredField
        >>> place = StepPlace("plan p, step s", (), {}, Sources({}, ""), LIMITS)
        >>> boards = ObjectType("board_joins", "board_id", True, {"n_pins": StoredField("n_pins", "int64")})
        >>> score = Expression("6 / n_pins", boards, place, "by", "number").of({})
        >>> score({"n_pins": 4}), score({"n_pins": 0}), score({"n_pins": None})
        (1.5, None, None)
        """
        if self._bound is not None:
            return self._bound
        try:
            return self._bind(*(_bounded(parameters[name]) for name in self._names))
        except OverflowError:
            return _null


def _null(_row: Row) -> None:
    """Return null, as a parameter is a number that can't be reckoned with."""


def _bounded(value: object) -> object:
    """Return a parameter as an expression takes it: a list as a set, a whole number of more than 64 bits as a float."""
    if isinstance(value, list | tuple):
        return frozenset(value)
    if isinstance(value, int) and not -LARGEST_WHOLE <= value < LARGEST_WHOLE:
        return float(value)
    return value


def _source_of(checked: Checked, part: Part) -> str:
    """Return Python that defines ``bind``: of the parameters, in the order of their names, the function of a row."""
    names = ", ".join(parameter_source(name) for name in sorted(checked.parameters))
    lines = [f"def bind({names}):", *_function_lines("of_row", checked, part), "return of_row"]
    return "\n".join([lines[0], *(_INDENT + line for line in lines[1:])]) + "\n"


def _function_lines(name: str, checked: Checked, part: Part) -> list[str]:
    """Return the lines of the function of a row, behind those that it calls."""
    before, body = [], []
    for path, variable in checked.fields.items():
        body.append(f"{variable} = row")
        for step in path.split("."):
            body += [f"{variable} = {variable}[{step!r}]", f"if {variable} is None: return None"]
    for variable, alternatives in checked.alternatives.items():
        for n, (inner, inner_part) in enumerate(alternatives):
            called = f"{variable}_{n}"
            before += _function_lines(called, inner, inner_part)
            body.append(f"{f'if {variable} is None: ' if n else ''}{variable} = {called}(row)")
        body.append(f"if {variable} is None: return None")
    body += ["try:", f"{_INDENT}result = {part.source}"]
    if part.kind == "number":
        body.append(f"{_INDENT}return result if isfinite(result) else None")
    else:
        body.append(f"{_INDENT}return result")
    body += ["except (ZeroDivisionError, OverflowError, ValueError):", f"{_INDENT}return None"]
    return [*before, f"def {name}(row):", *(_INDENT + line for line in body)]


_FUNCTIONS: Mapping[str, Callable[..., object]] = {
    "abs": abs,
    "exp": math.exp,
    "log": math.log,
    "max": max,
    "min": min,
    "sqrt": math.sqrt,
    "ValueError": ValueError,
    "OverflowError": OverflowError,
    "ZeroDivisionError": ZeroDivisionError,
}
