"""Which types the parts of an expression have, and the Python that is made of it.

There are numbers, truths, texts and times. What an expression reads must be one value an object, so no list. Nothing
of what is written gets into that Python but names of fields that exist, and constants, each by its `repr`.

Products are of floats always, and whole numbers have 64 bits. So no number grows with the length of an expression.
"""

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, NoReturn

from serving.edge_types import ObjectType, is_number
from serving.processor import StepPlace
from serving.processors.expressions.expression_words import PARAMETER
from serving.processors.field_paths import scalar_named
from serving.processors.given_values import parameter_named

Kind = Literal["number", "truth", "text", "time", "time of a zone"]

LARGEST_WHOLE = 2**63  # of 64 bits, as Arrow has them
_MOST_DEPTH = 64
_ARITHMETIC = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%"}
_EQUALITY = {ast.Eq: "==", ast.NotEq: "!="}
_ORDER = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
_MEMBERSHIP = {ast.In: "in", ast.NotIn: "not in"}
_COMPARISONS = {**_EQUALITY, **_ORDER, **_MEMBERSHIP}
_OF_ONE = ("abs", "log", "exp", "sqrt")
_OF_SEVERAL = ("min", "max")
_FUNCTIONS = (*_OF_ONE, *_OF_SEVERAL, "coalesce")
_OF_PARAMETERS: dict[str, Kind] = {"text": "text", "number": "number", "fraction": "number", "truth": "truth"}


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an expression: what it is, and Python for it."""

    kind: Kind
    source: str


@dataclass(slots=True)
class Checked:
    """What an expression reads, found while it is checked.

    Parameters
    ----------
    fields
        Paths of fields, with the name that each has in the Python: null in one of them makes the whole null.
    parameters
        Names of parameters.
    alternatives
        Of each `coalesce`, in the order in which they are reckoned: what it takes the first of that isn't null.
    """

    fields: dict[str, str] = field(default_factory=dict)
    parameters: set[str] = field(default_factory=set)
    alternatives: dict[str, list[tuple["Checked", Part]]] = field(default_factory=dict)


_Check = Callable[[Any, Checked, int], Part]  # of a part of the tree, of its own type


class Checker:
    """Checks one expression against the type of the objects that it is about."""

    def __init__(self, objects: ObjectType, place: StepPlace, setting: str) -> None:
        self._objects, self._place, self._setting = objects, place, setting
        self._n_names = 0

    def checked(self, tree: ast.expr, depth: int = 0) -> tuple[Checked, Part]:
        """Return what an expression reads, and what it is; PlanError says which part can't be."""
        found = Checked()
        return found, self._part(tree, found, depth)

    def _part(self, tree: ast.expr, found: Checked, depth: int) -> Part:
        if depth > _MOST_DEPTH:
            self._refuse(f"is nested deeper than {_MOST_DEPTH}, or is a sum of more parts than that")
        checks: dict[type[ast.expr], _Check] = {
            ast.Constant: self._constant,
            ast.Name: self._name,
            ast.Attribute: self._path,
            ast.UnaryOp: self._unary,
            ast.BinOp: self._arithmetic,
            ast.BoolOp: self._logic,
            ast.Compare: self._comparison,
            ast.Call: self._call,
        }
        check = checks.get(type(tree))
        if check is None:
            self._refuse(f"has {_shown(tree)}, which no expression can have there")
        return check(tree, found, depth + 1)

    def _constant(self, tree: ast.Constant, _found: Checked, _depth: int) -> Part:
        value = tree.value
        if isinstance(value, bool):
            return Part("truth", repr(value))
        if isinstance(value, int) and value < LARGEST_WHOLE:
            return Part("number", repr(value))
        if isinstance(value, float) and value != float("inf"):
            return Part("number", repr(value))
        if not isinstance(value, str):
            self._refuse(f"has {_shown(tree)}", "numbers up to 2^63, texts, true and false are allowed")
        return Part("text", repr(value))

    def _name(self, tree: ast.Name, found: Checked, _depth: int) -> Part:
        if not tree.id.startswith(PARAMETER):
            return self._field(tree.id, found)
        written = "$" + tree.id.removeprefix(PARAMETER)
        name, parameter = parameter_named(written, self._place, self._setting)
        if parameter.list:
            self._refuse(f"has {written}, which is a list", f"it may stand behind in: category in {written}")
        found.parameters.add(name)
        return Part(_OF_PARAMETERS[parameter.type], parameter_source(name))

    def _path(self, tree: ast.Attribute, found: Checked, _depth: int) -> Part:
        names, inner = [tree.attr], tree.value
        while isinstance(inner, ast.Attribute):
            names.append(inner.attr)
            inner = inner.value
        if not isinstance(inner, ast.Name) or any(name.startswith(PARAMETER) for name in (*names, inner.id)):
            self._refuse(f"has {_shown(tree)}; before a dot stands the name of a field, and behind it that of a part")
        return self._field(".".join([inner.id, *reversed(names)]), found)

    def _field(self, path: str, found: Checked) -> Part:
        named = scalar_named(self._objects, path, self._place, self._setting)
        source = found.fields.setdefault(path, self._new_name())
        if named.type == "bool":
            return Part("truth", source)
        if is_number(named):
            return Part("number", source)
        if named.type in ("string", "large_string"):
            return Part("text", source)
        if not named.type.startswith("timestamp"):
            self._refuse(f"has {path!r}, which is {named.type}; numbers, truths, texts and times can be reckoned with")
        return Part("time of a zone" if "tz=" in named.type else "time", source)

    def _unary(self, tree: ast.UnaryOp, found: Checked, depth: int) -> Part:
        inner = self._part(tree.operand, found, depth)
        if isinstance(tree.op, ast.Not):
            self._need("truth", inner, tree.operand, "not")
            return Part("truth", f"(not {inner.source})")
        self._need("number", inner, tree.operand, "-" if isinstance(tree.op, ast.USub) else "+")
        return Part("number", f"(-{inner.source})" if isinstance(tree.op, ast.USub) else inner.source)

    def _arithmetic(self, tree: ast.BinOp, found: Checked, depth: int) -> Part:
        sign = _ARITHMETIC.get(type(tree.op))
        if sign is None:
            self._refuse(f"has {_shown(tree)}; of arithmetic there are + - * / // %")
        left, right = self._part(tree.left, found, depth), self._part(tree.right, found, depth)
        self._need("number", left, tree.left, sign)
        self._need("number", right, tree.right, sign)
        factor = "1.0*" if sign == "*" else ""
        return Part("number", f"({factor}{left.source}{sign}{right.source})")

    def _logic(self, tree: ast.BoolOp, found: Checked, depth: int) -> Part:
        word = "and" if isinstance(tree.op, ast.And) else "or"
        parts = [self._part(inner, found, depth) for inner in tree.values]
        for part, inner in zip(parts, tree.values, strict=True):
            self._need("truth", part, inner, word)
        return Part("truth", f"({f' {word} '.join(part.source for part in parts)})")

    def _comparison(self, tree: ast.Compare, found: Checked, depth: int) -> Part:
        left, source = self._part(tree.left, found, depth), ""
        before: ast.expr = tree.left
        for operator, inner in zip(tree.ops, tree.comparators, strict=True):
            sign = _COMPARISONS.get(type(operator))
            if sign is None:
                self._refuse(f"has {_shown(tree)}; of comparisons there are < <= > >= == != in, not in")
            if type(operator) in _MEMBERSHIP:
                if len(tree.ops) > 1:
                    self._refuse(f"has {_shown(tree)}", "put brackets around what is compared with in")
                return Part("truth", f"({left.source} {sign} {self._several(inner, left, found)})")
            right = self._part(inner, found, depth)
            numbers = {left.kind, right.kind} <= {"number", "truth"}
            if not numbers and left.kind != right.kind:
                self._refuse(
                    f"compares {_shown(before)}, a {left.kind}, with {_shown(inner)}, a {right.kind}; "
                    "what is compared must be of one type"
                )
            source += f"{'' if source else left.source}{sign}{right.source}"
            left, before = right, inner
        return Part("truth", f"({source})")

    def _several(self, tree: ast.expr, left: Part, found: Checked) -> str:
        """Return the Python of what stands behind ``in``: a list of constants, or a parameter that is a list."""
        if isinstance(tree, ast.Name) and tree.id.startswith(PARAMETER):
            written = "$" + tree.id.removeprefix(PARAMETER)
            name, parameter = parameter_named(written, self._place, self._setting)
            if not parameter.list or _OF_PARAMETERS[parameter.type] != left.kind:
                self._refuse(f"asks whether a {left.kind} is in {written}, which is no list of such")
            if parameter.items > self._place.limits.fan_out:
                most = self._place.limits.fan_out
                self._refuse(f"has {written}, a list of {parameter.items:,} at most; {most:,} is allowed")
            found.parameters.add(name)
            return parameter_source(name)
        if not isinstance(tree, ast.List | ast.Tuple) or not tree.elts:
            self._refuse(f"has {_shown(tree)} behind in", 'a list is needed, such as ["art", "food"], or a parameter')
        items = [self._part(item, Checked(), _MOST_DEPTH - 2) for item in tree.elts if _is_literal(item)]
        if len(items) < len(tree.elts) or any(item.kind != left.kind for item in items):
            self._refuse(f"has {_shown(tree)} behind in", f"a list of constants is needed, each a {left.kind}")
        return f"{{{', '.join(item.source for item in items)}}}"

    def _call(self, tree: ast.Call, found: Checked, depth: int) -> Part:
        name = tree.func.id if isinstance(tree.func, ast.Name) else ""
        if name not in _FUNCTIONS or tree.keywords or not tree.args:
            self._refuse(f"has {_shown(tree)}; of functions there are {', '.join(_FUNCTIONS)}, each of some values")
        if name == "coalesce":
            return self._coalesce(tree, found, depth)
        n_args = len(tree.args)
        if (name in _OF_ONE) != (n_args == 1):
            self._refuse(f"has {_shown(tree)}; {name} is of {'one value' if name in _OF_ONE else 'two or more values'}")
        parts = [self._part(argument, found, depth) for argument in tree.args]
        for part, argument in zip(parts, tree.args, strict=True):
            self._need("number", part, argument, name)
        return Part("number", f"{name}({', '.join(part.source for part in parts)})")

    def _coalesce(self, tree: ast.Call, found: Checked, depth: int) -> Part:
        alternatives = [self.checked(argument, depth) for argument in tree.args]
        kinds = {part.kind for _, part in alternatives}
        if len(kinds) > 1:
            self._refuse(f"has {_shown(tree)}; what coalesce takes must be of one type, not {', '.join(sorted(kinds))}")
        for inner, _ in alternatives:
            found.parameters |= inner.parameters
        name = self._new_name()
        found.alternatives[name] = alternatives
        return Part(kinds.pop(), name)

    def _new_name(self) -> str:
        self._n_names += 1
        return f"v{self._n_names}"

    def _need(self, kind: Kind, part: Part, tree: ast.expr, operator: str) -> None:
        if part.kind != kind and (kind, part.kind) != ("number", "truth"):
            self._refuse(f"has {_shown(tree)}, a {part.kind}, with {operator}, which needs a {kind}")

    def _refuse(self, problem: str, remedy: str = "") -> NoReturn:
        self._place.refuse(f"{self._setting} {problem}", remedy)


def parameter_source(name: str) -> str:
    """Return the name that a parameter has in the Python."""
    return f"p_{name}"


def _is_literal(tree: ast.expr) -> bool:
    is_signed = isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub)
    return isinstance(tree.operand if is_signed else tree, ast.Constant)  # type: ignore[attr-defined] # it is signed


def _shown(tree: ast.expr) -> str:
    """Return a part of an expression for people, as it was written."""
    return ast.unparse(tree).replace(PARAMETER, "$")[:60]
