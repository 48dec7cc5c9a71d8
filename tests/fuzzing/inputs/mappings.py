"""Mapping files of an import: right ones, ones with odd keys and values, and TOML that is none."""

from collections.abc import Collection, Sequence

from tests.fuzzing.inputs.choices import Choices
from tests.fuzzing.inputs.texts import ALL, NOTHING

_TABLES = {
    "pins": ("pin_id", "board_id", "user_id"),
    "boards": ("board_id", "user_id"),
    "users": ("user_id",),
}
_MORE = {
    "pins": ("image_signature", "image", "created_at", "description", "parent_pin_id", "link"),
    "boards": ("name", "category", "description", "created_at"),
    "users": ("username", "country", "created_at"),
}
_FORMATS = (
    "%Y-%m-%d",
    "%Y-%m-%dT%H:%M:%SZ",
    "%d/%m/%Y %H:%M",
    "%Y-%m-%dT%H:%M:%S%z",
    "%s",
    "%Y-%j",
    "%Y-%m-%d %Z",
    "%",
    "%f",
    "%Q",
    "x",
    "%G-W%V-%u",
    "%c",
    "%y",
    "%%",
    "%E",
    "%Ey",
    "%-d",
)
_TIMES, _TEXTS = 3, 4
_UNITS = ("s", "ms", "us", "ns", "min", "")
_KEYS = (
    *("source", "columns", "distinct", "delimiter", "quote", "escape", "encoding", "records", "null_values", "rules"),
    *("category", "colums", "trim", "casefold", "aliases", "unit", "format", "as", "constant", "row_number", "", "é"),
)
_VALUES = (
    *(
        "true",
        "false",
        "0",
        "7",
        "-1",
        "9223372036854775808",
        "1.5",
        "nan",
        "inf",
        '""',
        '"x"',
        '","',
        '";"',
        "[]",
        "{}",
    ),
    *(
        '["", "x"]',
        "[1]",
        "{a = 1}",
        '{ column = "a" }',
        "2026-11-20",
        "2026-11-20T10:00:00Z",
        "10:00:00",
        "1970-01-01",
    ),
    *("0001-01-01T00:00:00Z", "9999-12-31T23:59:59+14:00", '{ column = "a", as = "id" }', "{ row_number = true }"),
    *(
        '{ constant = "IS" }',
        "{ constant = 7 }",
        "{ constant = 2026-11-20 }",
        "{ constant = 0001-01-01T00:00:00+14:00 }",
    ),
    *('{ column = "a", null_if_equal = "b" }', '{ column = "" }', '{ column = "a", unit = "s", format = "%Y" }'),
    *('{ constant = "\\u0000" }', '"\\ud800"', "0x10", "1e400", '"""', "[[1]]", "'a'", '{ column = "a.b.c" }'),
)
_DIALECTS = (
    *('delimiter = ";"', 'delimiter = "\\t"', 'delimiter = "|"', 'quote = "\'"', 'quote = ""', 'escape = "\\\\"'),
    *('encoding = "latin-1"', 'encoding = "utf-16"', 'encoding = "cp1252"', 'encoding = "utf-8-sig"', 'encoding = "x"'),
    *('delimiter = ","', 'delimiter = "\\""', 'delimiter = "\\n"', 'delimiter = "é"', 'encoding = "shift_jis"'),
    *('encoding = "utf-7"', 'encoding = "rot13"', 'encoding = "base64"', 'encoding = "idna"', 'encoding = "utf-32"'),
    *('records = "items"', 'records = ""', 'records = "a.b"', 'null_values = ["NULL"]', 'null_values = ["", "nan"]'),
)


def mapping_text(
    choices: Choices, source: str, columns: Sequence[str], odd: float = 0.02, dialect: Sequence[str] = ()
) -> str:
    """Return a mapping of three tables that all read one source; here and there, in a share, something is odd.

    Parameters
    ----------
    choices
        What decides.
    source
        The source of all tables.
    columns
        The names of its columns.
    odd
        The share of keys and values that are odd.
    dialect
        Lines that every table has.
    """
    minted = {name for name in _TABLES if choices.chance(0.3)}  # entities whose ids are texts in all tables
    return "\n".join(_table(choices, table, source, columns, odd, dialect, minted) for table in _TABLES)


def _table(
    choices: Choices,
    table: str,
    source: str,
    columns: Sequence[str],
    odd: float,
    dialect: Sequence[str],
    minted: Collection[str],
) -> str:
    lines = [f"[{_odd_or(choices, odd, table)}]", f"source = {_quoted(source)}", *dialect]
    more = [name for name in _MORE[table] if choices.chance(0.35)]
    is_numbered = table == "pins" and choices.chance(0.1)
    if not is_numbered and choices.chance(0.3 if table == "pins" else 0.8):
        lines.append("distinct = true")
    if choices.chance(odd * 2):
        lines.append(choices.pick(_DIALECTS))
    if choices.chance(odd):
        lines.append(f"{_key(choices)} = {choices.pick(_VALUES)}")
    if "image" in more and "parent_pin_id" not in more and choices.chance(0.3):
        lines.append("rules = { earliest_pin_is_parent = true }")
    lines.append(f"[{table}.columns]")
    for field in (*_TABLES[table], *more):
        if choices.chance(odd):
            lines.append(f"{_key(choices)} = {choices.pick(_VALUES)}")
        elif field == "pin_id" and is_numbered:
            lines.append("pin_id = { row_number = true }")
        else:
            lines.append(f"{field} = {_origin(choices, field, columns, odd, minted)}")
    if "category" in more and choices.chance(0.5):
        lines.append(_category(choices))
    return "\n".join(lines)


def _origin(choices: Choices, field: str, columns: Sequence[str], odd: float, minted: Collection[str]) -> str:
    if choices.chance(odd):
        return choices.pick(_VALUES)
    column = f"column = {_quoted(_column_for(choices, field, columns))}"
    if field.endswith("_id"):
        entity = field.removeprefix("parent_").removesuffix("_id")
        return f'{{ {column}, as = "id" }}' if f"{entity}s" in minted else f"{{ {column} }}"
    if field == "created_at":
        if choices.chance(0.25):
            return f"{{ {column}, format = {_quoted(choices.pick(_FORMATS))} }}"
        return f'{{ {column}, unit = "{choices.pick(_UNITS)}" }}' if choices.chance(0.1) else f"{{ {column} }}"
    if choices.chance(0.15):
        return f"{{ {column}, null_if_equal = {_quoted(choices.pick(columns))} }}"
    return f'{{ {column}, as = "digest" }}' if choices.chance(0.25) else f"{{ {column} }}"


def _column_for(choices: Choices, field: str, columns: Sequence[str]) -> str:
    """Return a column that is likely to fill a field: the first three hold ids, the next times, the others texts."""
    if choices.chance(0.05):
        return choices.pick(columns)
    if field.endswith("_id"):
        return columns[("pin_id", "board_id", "user_id", "parent_pin_id").index(field) % 3]
    return columns[_TIMES if field == "created_at" else _TEXTS] if len(columns) > _TEXTS else columns[-1]


def _category(choices: Choices) -> str:
    lines = ["[boards.category]", f"trim = {choices.pick(('true', 'false'))}", "casefold = true"]
    if choices.chance(0.3):
        lines += ["[boards.category.aliases]", f"{_quoted(choices.pick(ALL))} = {_quoted(choices.pick(NOTHING))}"]
    return "\n".join(lines)


def _key(choices: Choices) -> str:
    return _quoted(choices.pick(_KEYS))


def _odd_or(choices: Choices, odd: float, usual: str) -> str:
    return (
        choices.pick(("Pins", "pin", "pins.columns", '""', "[pins]", "pins . x")) if choices.chance(odd / 4) else usual
    )


def odd_toml(choices: Choices) -> str:
    """Return lines of TOML in any order."""
    lines = []
    for _ in range(choices.below(12)):
        table = choices.pick(
            ("pins", "boards", "users", "pins.columns", "boards.category", "pins.rules", "x", "pins.source")
        )
        lines.append(f"[{table}]" if choices.chance(0.4) else f"{_key(choices)} = {choices.pick(_VALUES)}")
    return "\n".join(lines)


def _quoted(text: str) -> str:
    escaped = "".join(
        character if character.isprintable() and character not in '"\\' else f"\\u{ord(character):04x}"
        for character in text
    )
    return f'"{escaped}"'
