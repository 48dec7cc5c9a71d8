"""Numbers that no row has: more than 10 and fewer than 5 pins, fewer than 0 pins, a share above 1."""

import itertools
import math
import operator
from collections.abc import Callable, Iterable, Sequence

from workflows.questions.lexicon.star import as_related, counted_pins
from workflows.questions.query.query_tree import (
    Attribute,
    Average,
    Comparison,
    Condition,
    Exists,
    Operator,
    Related,
    RowCount,
    Summary,
    Value,
)

Asked = tuple[Operator, float]
_HOLDS: dict[Operator, Callable[[float, float], bool]] = {
    ">": operator.gt,
    "<": operator.lt,
    "=": operator.eq,
    ">=": operator.ge,
    "<=": operator.le,
    "<>": operator.ne,
}
_TURNED: dict[Operator, Operator] = {">": "<", "<": ">", ">=": "<=", "<=": ">="}
_RANGES = {"0 to 1": (0.0, 1.0), "sums to 1": (0.0, 1.0), "0 to 100": (0.0, 100.0), "from 1": (1.0, math.inf)}


def clash_of_numbers(conditions: Iterable[Condition]) -> str:
    """Return what a number of a row can't be, with what to say; empty where each can be what is said of it."""
    constants: dict[object, list[Asked]] = {}
    pairs: dict[tuple[object, object], list[Operator]] = {}
    for one in conditions:
        if isinstance(one, Exists):
            constants.setdefault(_counted(one.related), []).append(("=" if one.negated else ">", 0))
        elif isinstance(one, Comparison) and isinstance(one.other, int | float):
            constants.setdefault(_counted(one.value), []).append((one.operator, float(one.other)))
        elif isinstance(one, Comparison) and isinstance(one.other, Value | Average):
            pairs.setdefault((one.value, one.other), []).append(one.operator)
            pairs.setdefault((one.other, one.value), []).append(_TURNED.get(one.operator, one.operator))
    for value, asked in constants.items():
        if not can_be(asked, *_range(value), is_whole=_is_whole(value)):
            said = " and ".join(f"{sign} {number:g}" for sign, number in dict.fromkeys(asked))
            either = "say or where either will do, or " if len(asked) > 1 else "say "
            return f"no {_called(value)} is {said}; {either}another number"
    never = next((both for both, signs in pairs.items() if not can_be([(sign, 0) for sign in signs])), None)
    return f"no {_called(never[0])} is both; say or where either will do" if never else ""


def can_be(asked: Sequence[Asked], low: float = -math.inf, high: float = math.inf, *, is_whole: bool = False) -> bool:
    """Say whether a number in a range is all that is asked of it: one at an end, beside one, or between two is enough.

    Examples
    --------
    >>> can_be([(">", 10), ("<", 5)]), can_be([(">", 4), ("<", 5)]), can_be([(">", 4), ("<", 5)], is_whole=True)
    (False, True, False)
    >>> can_be([("<", 0)], 0), can_be([(">=", 5), ("<>", 5)], is_whole=True)
    (False, True)
    """
    ends = sorted({number for _, number in asked} | {end for end in (low, high) if math.isfinite(end)})
    near = [round_(end) + step for end in ends for step in (-1, 0, 1) for round_ in (math.floor, math.ceil)]
    between = [] if is_whole else [*ends, *((one + other) / 2 for one, other in itertools.pairwise(ends))]
    return any(
        low <= number <= high and all(_HOLDS[sign](number, bound) for sign, bound in asked)
        for number in (*near, *between)
    )


def _counted(value: Value | Summary) -> object:
    """Return a column that counts pins as the number of those pins, so that both are one value."""
    if isinstance(value, Attribute) and not value.steps and (counted := counted_pins(value.field)):
        value = as_related(counted, ())
    return _Related(value) if isinstance(value, Related) else value


class _Related:
    """A number of those that belong to a row, whatever it is called."""

    def __init__(self, related: Related) -> None:
        self.called = related.called or f"number of {related.link.target}s"
        self.key = (related.before, related.link, related.counted, related.conditions)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Related) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


def _range(value: object) -> tuple[float, float]:
    if isinstance(value, _Related | RowCount):
        return 0.0, math.inf
    if isinstance(value, Attribute):
        is_count = value.field.name.startswith("n_")
        return (0.0, math.inf) if is_count else _RANGES.get(value.field.unit, (-math.inf, math.inf))
    return -math.inf, math.inf


def _is_whole(value: object) -> bool:
    return isinstance(value, _Related | RowCount) or (isinstance(value, Attribute) and value.field.is_whole)


def _called(value: object) -> str:
    if isinstance(value, _Related):
        return value.called
    if isinstance(value, Related):
        return value.called or f"number of {value.link.target}s"
    return value.field.name if isinstance(value, Attribute) else "such number"
