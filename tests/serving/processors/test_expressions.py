"""Expressions: what they come to, what they refuse, and that nothing hostile can be said in them."""

import datetime as dt
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from serving.errors import PlanError
from serving.plans.limits import Limits
from serving.plans.parameters import Parameter
from serving.processors.expressions.compiled_expression import Expression
from tests.serving.sources_in_memory import object_type_of_rows, place_of

SCHEMA = pa.schema(
    [
        ("k", pa.string()),
        ("n", pa.int64()),
        ("x", pa.float64()),
        ("name", pa.string()),
        ("is_new", pa.bool_()),
        ("made_at", pa.timestamp("ms", tz="UTC")),
        ("seen_at", pa.timestamp("ms", tz="UTC")),
        ("day_at", pa.timestamp("ms")),
        ("owner", pa.struct([("user_id", pa.int64()), ("home", pa.struct([("town", pa.string())]))])),
        ("links", pa.list_(pa.struct([("id", pa.int64())]))),
        ("hash", pa.binary()),
    ]
)
NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
ROW: dict[str, Any] = {
    "k": "a",
    "n": 6,
    "x": 2.5,
    "name": "attic",
    "is_new": True,
    "made_at": NOON,
    "seen_at": NOON + dt.timedelta(hours=1),
    "day_at": dt.datetime(2026, 11, 20),  # noqa: DTZ001 - the column has no zone
    "owner": {"user_id": 5, "home": {"town": "Rome"}},
    "links": [{"id": 1}],
    "hash": b"\x01",
}
PARAMETERS = {
    "least": Parameter("number"),
    "share": Parameter("fraction"),
    "word": Parameter(),
    "yes": Parameter("truth"),
    "words": Parameter(list=True),
    "numbers": Parameter("number", list=True),
    "many": Parameter(list=True, items=5_000),
}
GIVEN: dict[str, object] = {
    "least": 3,
    "share": 0.5,
    "word": "attic",
    "yes": False,
    "words": ["attic", "blue"],
    "numbers": [5, 6],
    "many": [],
}
OBJECTS = object_type_of_rows("d", [ROW], "k", SCHEMA, unset=["pins"])


def compiled(written: str, wanted: str = "number", limits: Limits | None = None) -> Expression:
    place = place_of(parameters=PARAMETERS, limits=limits or Limits())
    return Expression(written, OBJECTS, place, "by", wanted)  # type: ignore[arg-type]


def value_of(written: str, wanted: str = "number", parameters: Mapping[str, object] = GIVEN, **fields: Any) -> object:
    return compiled(written, wanted).of(parameters)({**ROW, **fields})


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("n", 6),
        ("n + 1 - 2", 5),
        ("n * x", 15.0),
        ("n / 4", 1.5),
        ("n // 4", 1),
        ("n % 4", 2),
        ("-n", -6),
        ("+n", 6),
        ("- - n", 6),
        ("2 + 3 * 4", 14),
        ("(2 + 3) * 4", 20),
        ("7 - 2 - 1", 4),
        ("1e3 + .5 + 2.", 1002.5),
        ("007", 7),
        ("min(n, 3, x)", 2.5),
        ("max(n, 3)", 6),
        ("abs(-2.5)", 2.5),
        ("log(exp(2))", 2.0),
        ("sqrt(n + 3)", 3.0),
        ("owner.user_id * 2", 10.0),
        ("owner . user_id", 5),
        ("n * $share", 3.0),
        ("is_new * 3", 3.0),
        ("(n > 3) + (x > 3)", 1),
        ("coalesce(n, 1)", 6),
        ("  n\n  + 1 ", 7),
    ],
)
def test_numbers(written: str, value: float) -> None:
    assert value_of(written) == value


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("n > 3", True),
        ("n >= $least and x < 2", False),
        ("n < 3 or x < 3", True),
        ("not is_new", False),
        ("not n > 3 and is_new", False),
        ("1 < x < n", True),
        ("n == 6 and n != 7", True),
        ('name == "attic"', True),
        ("name != 'attic'", False),
        ("name < 'b'", True),
        ("name == $word", True),
        ("is_new == $yes", False),
        ("is_new == true", True),
        ("is_new != False", True),
        ('name in ["attic", "blue"]', True),
        ('name not in ("attic", "blue")', False),
        ("name in $words", True),
        ("n in $numbers", True),
        ("n in [-6, 7.5]", False),
        ("n + 1 in [7]", True),
        ("owner.home.town == 'Rome'", True),
        ("made_at < seen_at", True),
        ("name == '$word'", False),
        ('name == "#|;"', False),
        ("'at' 'tic' == name", True),
    ],
)
def test_truths(written: str, value: bool) -> None:
    assert value_of(written, "truth") is value


@pytest.mark.parametrize(
    ("written", "fields"),
    [
        ("n + x", {"x": None}),
        ("owner.user_id + 1", {"owner": None}),
        ("owner.user_id + 1", {"owner": {"user_id": None, "home": None}}),
        ("min(n, x)", {"n": None}),
        ("n / (n - 6)", {}),
        ("n // 0", {}),
        ("n % 0", {}),
        ("1 / 0", {}),
        ("log(0)", {}),
        ("log(-n)", {}),
        ("sqrt(-1)", {}),
        ("exp(10000)", {}),
        ("x * 1e308", {}),
        ("x * 1e308 - x * 1e308", {}),
        ("x + 1", {"x": math.nan}),
        ("coalesce(n, x)", {"n": None, "x": None}),
        ("coalesce(n / 0, x)", {"x": None}),
    ],
)
def test_where_there_is_no_number_there_is_null(written: str, fields: dict[str, Any]) -> None:
    assert value_of(written, **fields) is None


@pytest.mark.parametrize("written", ["n > 3 or x > 3", "x > 3 and n > 3", "not x > 3", "x in [1.5]", "n + x > 3"])
def test_null_anywhere_makes_a_truth_null_even_where_the_rest_decides(written: str) -> None:
    assert value_of(written, "truth", x=None) is None


def test_coalesce_is_the_first_that_is_not_null() -> None:
    assert value_of("coalesce(x, n * 2, 0) + 1", x=None) == 13
    assert value_of("coalesce(x, n * 2, 0) + 1", x=None, n=None) == 1
    assert value_of("coalesce(1 / (n - 6), -1)") == -1
    assert value_of("coalesce(coalesce(x, n), coalesce(n, 1)) + coalesce(x, 2)", x=None) == 8
    assert value_of("coalesce(name, 'none') == 'none'", "truth", name=None) is True
    assert value_of("coalesce(n, $least)", n=None) == 3


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("", "by is empty; write an expression"),
        ("nn + 1", r"by, of d: there is no field 'nn' \(did you mean n\?\)"),
        ("owner.usr_id", r"there is no field 'owner.usr_id' \(did you mean owner.user_id"),
        ("pins + 1", "by names 'pins', which the variant of d that is read leaves unset"),
        ("links + 1", "by names 'links', of which an object has many, as links is a list"),
        ("links.id + 1", "by names 'links.id', of which an object has many"),
        ("owner + 1", "by names 'owner', which has several parts; name one of them: owner.user_id, owner.home"),
        ("hash == hash", "by has 'hash', which is binary"),
        ("$lest", r"by is '\$lest'; there is no parameter 'lest' \(did you mean least\?\)"),
        ("$words", r"by has \$words, which is a list; it may stand behind in"),
        ("name + 1", r"by has name, a text, with \+, which needs a number"),
        ("name * 99999", r"by has name, a text, with \*, which needs a number"),
        ("-name", "by has name, a text, with -, which needs a number"),
        ("not n", "by has n, a number, with not, which needs a truth"),
        ("n and is_new", "by has n, a number, with and, which needs a truth"),
        ("n == name", "by compares n, a number, with name, a text; what is compared must be of one type"),
        ("made_at < day_at", "compares made_at, a time of a zone, with day_at, a time"),
        ("n in ['a']", "by has .* behind in; a list of constants is needed, each a number"),
        ("n in [n]", "a list of constants is needed"),
        ("n in []", "a list is needed"),
        ("n in name", "a list is needed"),
        ("n in $words", r"asks whether a number is in \$words, which is no list of such"),
        ("n in $least", r"which is no list of such"),
        ("name in $many", r"\$many, a list of 5,000 at most; 1,000 is allowed"),
        ("1 < n in [1]", "put brackets around what is compared with in"),
        ("n ** 2", r"by is 'n \*\* 2', which is no expression"),
        ("n << 2", "which is no expression"),
        ("n & 1", "by has '& 1' at character 3, which means nothing there"),
        ("n if is_new else 1", "by has 'if', which no expression can have"),
        ("lambda: 1", "by has 'lambda', which no expression can have"),
        ("n is None", "by has 'is', which no expression can have"),
        ("None", "by has 'None', which no expression can have"),
        ("[n for n in k]", "by has 'for'"),
        ("{1: 2}", "means nothing there"),
        ("f'{n}'", "which is no expression"),
        (r"name == 'a\n'", "means nothing there"),
        ("n[0]", r"by has n\[0\], which no expression can have there"),
        ("[1]", r"by has \[1\], which no expression can have there"),
        ("(1, 2)", "which no expression can have there"),
        ("pow(n, 2)", r"by has pow\(n, 2\); of functions there are abs, log, exp, sqrt, min, max, coalesce"),
        ("n.real", "there is no field 'n.real'"),
        ("abs(n).real", "before a dot stands the name of a field"),
        ("owner.$least", "which is no expression|before a dot stands"),
        ("$word.upper", "before a dot stands the name of a field"),
        ("name.upper()", "of functions there are"),
        ("__import__('os')", "can't begin with two underscores"),
        ("__least", "can't begin with two underscores"),
        ("owner.__class__", "can't begin with two underscores"),
        ("$__x", "can't begin with two underscores"),
        ("abs(n, n)", "abs is of one value"),
        ("min(n)", "min is of two or more values"),
        ("max(*n, *x)", r"by has \*n, which no expression can have there"),
        ("abs(x=1)", "which is no expression|means nothing there|of functions there are"),
        ("abs()", "of functions there are"),
        ("coalesce(n, name)", "what coalesce takes must be of one type, not number, text"),
        ("n := 1", "means nothing there"),
        ("n; n", "means nothing there"),
        ("n $ 1", "means nothing there"),
        ("1or n", "needs a truth"),
        ("1(2)", "of functions there are"),
        ("9223372036854775808", "by has 9223372036854775808; numbers up to 2"),
        ("1e999", "by has .*; numbers up to 2"),
        ("n > $\ufb01", "by: '\ufb01' is no name of a parameter, as it would be read as 'fi'; write that"),
        ("owner.\u00aa > 1", "by: '\u00aa' is no name of a field, as it would be read as 'a'; write that"),
        ("\uff41bs(n)", "by: '\uff41bs' is no name of a field, as it would be read as 'abs'; write that"),
    ],
)
def test_what_is_no_expression_is_refused(written: str, message: str) -> None:
    with pytest.raises(PlanError, match=message):
        compiled(written)


def test_a_number_is_no_truth_and_a_text_is_neither() -> None:
    with pytest.raises(PlanError, match="by is 'n', a number; it must be a truth; write one, such as n_pins > 3"):
        compiled("n", "truth")
    with pytest.raises(PlanError, match="by is 'name', a text; it must be a number"):
        compiled("name")


def test_length_words_and_depth_are_bounded() -> None:
    with pytest.raises(PlanError, match="by has 1,001 characters; at most 1,000 are allowed"):
        compiled("1" * 1_001)
    with pytest.raises(PlanError, match="by has 499 words; at most 300 are allowed"):
        compiled("+".join(["n"] * 250))
    for deep in ("(" * 33 + "n" + ")" * 33, "-" * 40 + "n", "not " * 40 + "is_new", "+".join(["n"] * 80)):
        with pytest.raises(PlanError, match="is nested deeper than"):
            compiled(deep)
    assert value_of("(" * 32 + "n" + ")" * 32) == 6
    assert value_of("+".join(["n"] * 60)) == 360
    for broken in ("(" * 32, "[" * 20 + ")" * 20, "n +", "* n", "n n", ")", "()"):
        with pytest.raises(PlanError):
            compiled(broken)


def test_whole_numbers_of_a_request_that_are_too_large_are_reckoned_as_floats_or_null() -> None:
    assert value_of("$least > n", "truth", {**GIVEN, "least": 10**30}) is True
    assert value_of("$least * 1", parameters={**GIVEN, "least": 10**30}) == 1e30
    assert value_of("$least > n", "truth", {**GIVEN, "least": 10**4000}) is None


def test_products_never_grow_into_long_numbers() -> None:
    assert value_of("*".join(["n"] * 60), n=2**62) is None
    assert value_of("*".join(["n"] * 10), n=2**62) == 2.0**620


def test_an_expression_without_parameters_is_bound_once() -> None:
    of_n = compiled("n + 1")
    assert of_n.of({}) is of_n.of(GIVEN)


# Whatever a small grammar says is what Python says of it, where nothing is null.
_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


def _trees() -> st.SearchStrategy[tuple[str, Callable[[dict[str, float]], float]]]:
    leaves = st.sampled_from(["n", "x"]).map(lambda name: (name, lambda row: row[name]))
    numbers = st.integers(0, 9).map(lambda number: (str(number), lambda _row: number))

    def grown(inner: Any) -> Any:
        def both(parts: Any) -> Any:
            sign, (left, of_left), (right, of_right) = parts
            return f"({left} {sign} {right})", lambda row: _OPERATORS[sign](of_left(row), of_right(row))

        negated = inner.map(lambda part: (f"-{part[0]}", lambda row: -part[1](row)))
        return st.tuples(st.sampled_from(sorted(_OPERATORS)), inner, inner).map(both) | negated

    return st.recursive(leaves | numbers, grown, max_leaves=12)


@given(_trees(), st.integers(-5, 5) | st.none(), st.floats(-4, 4) | st.none())
def test_arithmetic_is_that_of_python_and_null_where_python_has_no_answer(
    tree: tuple[str, Callable[[dict[str, float]], float]], n: int | None, x: float | None
) -> None:
    written, of_row = tree
    try:
        expected = of_row({"n": n, "x": x})  # type: ignore[dict-item]
    except (ZeroDivisionError, OverflowError, TypeError):
        return  # TypeError: of null
    found = value_of(written, n=n, x=x)
    if expected is None or not math.isfinite(expected):
        assert found is None
    else:
        assert found == pytest.approx(expected, rel=1e-12)


_WORDS = (
    "n x name is_new owner.user_id links $least $words $share ( ) [ ] , + - * / // % ** < <= == != not and or in "
    "min( max( abs( log( exp( sqrt( coalesce( 1 0 2.5 1e308 9999999999999999999999 'a' \"b\" . : ; lambda if else for "
    "__class__ __import__('os') None true False @ | ^ ~ { } # \\ ' \" \x00 \ud800 \u212a \n 0x1f 1or 1_000"
)
_PIECES = st.sampled_from(_WORDS.split(" "))


@settings(max_examples=400)
@given(
    st.lists(_PIECES, max_size=25).map(" ".join) | st.text(max_size=60) | st.lists(_PIECES, max_size=40).map("".join)
)
@example("(" * 500)
@example("-" * 999)
@example("not " * 250 + "is_new")
@example("coalesce(" * 60 + "n" + ")" * 60)
@example("1" * 1_000)
@example("x" * 1_000)
@example("9e9" + "9" * 500)
@example("'" * 1_000)
@example("*".join(["$least"] * 60))
def test_whatever_is_written_is_refused_or_comes_to_a_value(written: str) -> None:
    for wanted in ("number", "truth"):
        try:
            expression = compiled(written, wanted)
        except PlanError:
            continue
        for row in (ROW, dict.fromkeys(ROW), {**ROW, "n": 2**63 - 1, "x": math.inf}, {**ROW, "x": math.nan}):
            for least in (3, -(10**4000)):
                value = expression.of({**GIVEN, "least": least})(row)
                assert value is None or (isinstance(value, bool | int | float) and abs(value) < 1.8e308)
