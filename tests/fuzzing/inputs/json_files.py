"""JSON as sites hand it out, and as no parser wants it: pages, halves of surrogates, huge numbers, deep nesting."""

import json

from tests.fuzzing.inputs.choices import Choices
from tests.fuzzing.inputs.texts import cell_of

_LITERALS = (
    *("1", "7", '"7"', "null", "true", "7.0", "1e3", "1E400", "-0", "-0.0", "NaN", "Infinity", "-Infinity", "nan"),
    *("9223372036854775808", "123456789012345678901234567890", "0.1e-400", "01", "+1", ".5", "5.", "0x1F", "1_0"),
    *(
        '""',
        '"\\ud800"',
        '"\\udc00\\ud800"',
        '"\\ud83d\\ude00"',
        '"\\u0000"',
        '"\\x"',
        '"\\"',
        "'a'",
        '"a\nb"',
        "undefined",
    ),
    *("[]", "{}", "[1, 2]", '{"id": 7}', '{"id": {"id": 7}}', "[[[1]]]", '{"": 1}', '{"a": 1, "a": 2}', "[", "{", ""),
)
_KEYS = ("id", "board", "images", "orig", "url", "", "pin", "items", "a.b", "é", "\u0000")
_MOST_NESTED = 3
_DEEP, _TOO_DEEP = 60, 2_000


def json_lines(choices: Choices, columns: tuple[str, ...]) -> bytes:
    """Return JSON Lines: objects, and here and there something else on a line."""
    lines = [_record(choices, columns) for _ in range(choices.below(5))]
    for _ in range(choices.below(2) * choices.chance(0.2)):
        lines.insert(choices.below(len(lines) + 1), choices.pick(("", " ", "[]", "7", "\t", "#", "\x1e", "null", "{}")))
    newline = choices.pick(("\n", "\n", "\n", "\r\n", "\r"))
    mark = "\ufeff" if choices.chance(0.05) else ""
    return (mark + newline.join(lines) + newline).encode("utf-8", "surrogatepass")


def json_text(choices: Choices, columns: tuple[str, ...]) -> bytes:
    """Return a document: an array, a page with items, objects by key, or nothing of the kind."""
    records = [_record(choices, columns) for _ in range(choices.below(4))]
    items = f"[{', '.join(records)}]"
    by_key = "{" + ", ".join(f'"{number}": {record}' for number, record in enumerate(records)) + "}"
    text = choices.pick(
        (
            items,
            f'{{"items": {items}, "bookmark": "x"}}',
            f'{{"data": {{"pins": {items}}}}}',
            by_key,
            f'{{"items": {by_key}}}',
            f"{items} {items}",
            f'{{"items": [1, {items}]}}',
            "".join(records),
            choices.pick(_LITERALS),
            "[" * (_TOO_DEEP if choices.chance(0.1) else _DEEP) + "]" * _DEEP,
            "",
        )
    )
    encoding = choices.pick(("utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"))
    return text.encode(encoding, "replace" if encoding == "cp1252" else "surrogatepass")


def _record(choices: Choices, columns: tuple[str, ...]) -> str:
    entries = [(name, _value(choices, place)) for place, name in enumerate(columns) if not choices.chance(0.03)]
    if choices.chance(0.1):
        entries.append(("board", _nested(choices, 0)))
    if choices.chance(0.1):
        entries.append((choices.pick(_KEYS), _value(choices, choices.below(5))))
    return "{" + ", ".join(f"{json.dumps(key)}: {value}" for key, value in entries) + "}"


def _value(choices: Choices, column: int) -> str:
    if choices.chance(0.04):
        return choices.pick(_LITERALS)
    if choices.rarely():
        depth = _TOO_DEEP if choices.chance(0.3) else _DEEP
        return '{"a":' * depth + "1" + "}" * depth
    text = cell_of(choices, column)
    return (
        text
        if text.isdecimal() and text.isascii() and text[0] != "0"
        else json.dumps(text, ensure_ascii=choices.chance(0.2))
    )


def _nested(choices: Choices, depth: int) -> str:
    if depth == _MOST_NESTED or choices.chance(0.3):
        return _value(choices, choices.below(5))
    keys = ("id", *(choices.pick(_KEYS) for _ in range(choices.below(3))))
    return "{" + ", ".join(f"{json.dumps(key)}: {_nested(choices, depth + 1)}" for key in keys) + "}"
