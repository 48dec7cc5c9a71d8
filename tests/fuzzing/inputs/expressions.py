"""Expressions of plans: well-formed ones of any types, and what strangers would try."""

from tests.fuzzing.inputs.choices import Choices

_FIELDS = (
    *("n_pins", "importance", "category", "image_signature", "is_spam", "first_pinned_at", "name", "board_id"),
    *("owner.user_id", "owner", "boards", "boards.board_id", "terms", "codes", "nothing", "n_pin", "points", "visits"),
)
_PARAMETERS = ("$n", "$user", "$picture", "$words", "$pictures", "$share", "$no", "$")
_NUMBERS = (
    *("1", "0", "2", "0.5", "1e3", "007", "9223372036854775807", "9223372036854775808", "1e308", "1e309", "5e-324"),
    *(".5", "5.", "1e", "0x10", "1_000", "9" * 60, "9" * 400, "1e-400", "٣", "1j"),
)
_TEXTS = ("'home'", '"art"', "''", "'\\n'", "'a'b'", "'é'", "'\0'", "'" + "x" * 300 + "'", "'{0}'", "f'{n_pins}'")
_BETWEEN = ("+", "-", "*", "/", "//", "%", "<", "<=", "==", "!=", ">", ">=", "and", "or", "in", "not in")
_ODD_BETWEEN = ("**", "@", "<<", "&", "|", "is", ":=", "=", "if", "else", ",", ".", "and not", "<>", ";", "\n")
_CALLS = ("log", "exp", "sqrt", "abs", "min", "max", "coalesce")
_ODD_CALLS = (
    "pow",
    "eval",
    "__import__",
    "print",
    "log.__class__",
    "len",
    "float",
    "isfinite",
    "bind",
    "of_row",
    "row",
)
_HOSTILE = (
    *("__import__('os').system('true')", "().__class__.__bases__[0]", "(lambda: 1)()", "[i for i in boards]"),
    *("n_pins if n_pins else 0", "n_pins ** 9 ** 9 ** 9", "9**9**9", "'a' * 1000000000", "f'{n_pins!r:>1000000000}'"),
    *("p_n", "v1", "row", "__n", "____", "None", "...", "await n_pins", "yield", "*boards", "{}", "{1: 2}", "{1}", "#"),
    *(
        "n_pins; import os",
        "n_pins\nimport os",
        "n_pins)",
        "(n_pins",
        "[",
        "'",
        '"',
        "\\",
        "\x00",
        "\ufeff1",
        "a.b.c.d",
    ),
    *(
        "n_pins.real",
        "n_pins.__class__",
        "category.upper()",
        "exp(exp(exp(9)))",
        "1e308 * 10 - 1e308 * 10",
        "-" * 40 + "1",
    ),
    *("not " * 33 + "true", "(" * 33 + "1" + ")" * 33, "(" * 400 + "1" + ")" * 400, "1" + "+1" * 140, "1" + "+1" * 149),
    *(
        "1" + " and true" * 148,
        "n_pins" + " < n_pins" * 100,
        "min(" + ", ".join(["n_pins"] * 140) + ")",
        "True",
        "true",
    ),
    *(
        "n_pins in [" + ", ".join(map(str, range(140))) + "]",
        "in",
        "not",
        "and",
        "n_pins n_pins",
        "coalesce()",
        "log()",
    ),
    *(
        "coalesce(coalesce(" * 15 + "n_pins" + "), 1)" * 15,
        "ｎ_pins > 1",
        "n_pins\u00a0> 1",
        "n\u0301_pins",
        "print",
        "x" * 5_000,
    ),
)
_OF_NUMBERS = ("n_pins", "n_pins", "importance", "$n", "$share", "$user", "owner.user_id", "is_spam", "board_id")
_TEXT_LIST = "in ['home', '', 'art']"
_MOST_DEEP = 5


def expression(choices: Choices, wanted: str = "truth") -> str:
    """Return an expression that comes to a truth or a number; some are of no type, or nobody means well with them."""
    if choices.chance(0.1):
        return choices.pick(_HOSTILE)
    if choices.chance(0.2):
        text = _part(choices, _MOST_DEEP)
    else:
        text = _truth(choices, _MOST_DEEP) if wanted == "truth" else _number(choices, _MOST_DEEP)
    if choices.chance(0.1):
        at = choices.below(len(text) + 1)
        text = text[:at] + choices.pick((*_HOSTILE, *_ODD_BETWEEN)) + text[at:]
    return text


def _number(choices: Choices, depth: int) -> str:
    kind = choices.below(8) if depth else choices.below(2)
    match kind:
        case 0:
            return choices.pick(_OF_NUMBERS)
        case 1:
            return choices.pick(_NUMBERS[:11])
        case 2:
            return f"-{_number(choices, depth - 1)}"
        case 3:
            called = choices.pick(_CALLS)
            n = 1 if called in _CALLS[:4] else 2 + choices.below(2)
            return f"{called}({', '.join(_number(choices, depth - 1) for _ in range(n))})"
        case _:
            return f"({_number(choices, depth - 1)} {choices.pick(_BETWEEN[:6])} {_number(choices, depth - 1)})"


def _truth(choices: Choices, depth: int) -> str:
    kind = choices.below(7) if depth else 0
    match kind:
        case 0:
            return choices.pick(("is_spam", "true", "false", "n_pins > 1", "name != 'attic'"))
        case 1:
            return f"not {_truth(choices, depth - 1)}"
        case 2:
            return f"category {choices.pick(('in $words', 'not in $words', _TEXT_LIST, '== $picture', '<= category'))}"
        case 3 | 4:
            return f"{_number(choices, depth - 1)} {choices.pick(_BETWEEN[6:12])} {_number(choices, depth - 1)}"
        case 5:
            return f"coalesce({_truth(choices, depth - 1)}, {_truth(choices, depth - 1)})"
        case _:
            return f"({_truth(choices, depth - 1)} {choices.pick(('and', 'or'))} {_truth(choices, depth - 1)})"


def _part(choices: Choices, depth: int) -> str:
    """Return a part of any type, of parts of any type."""
    kind = choices.below(10) if depth else choices.below(4)
    match kind:
        case 0:
            part = choices.pick(_FIELDS)
        case 1:
            part = choices.pick(_NUMBERS[:5] if choices.chance(0.8) else _NUMBERS)
        case 2:
            part = choices.pick(_PARAMETERS)
        case 3:
            part = choices.pick((*_TEXTS, "true", "false"))
        case 4:
            part = f"({_part(choices, depth - 1)})"
        case 5:
            part = f"{choices.pick(('-', 'not ', '+'))}{_part(choices, depth - 1)}"
        case 6:
            called = choices.pick(_ODD_CALLS if choices.chance(0.05) else _CALLS)
            part = f"{called}({', '.join(_part(choices, depth - 1) for _ in range(1 + choices.below(3)))})"
        case 7:
            items = ", ".join(choices.pick((*_NUMBERS[:5], *_TEXTS[:3])) for _ in range(1 + choices.below(4)))
            part = f"{_part(choices, depth - 1)} in [{items}]"
        case _:
            sign = choices.pick(_ODD_BETWEEN if choices.chance(0.04) else _BETWEEN)
            part = f"{_part(choices, depth - 1)} {sign} {_part(choices, depth - 1)}"
    return part
