"""A guess as a mapping file: TOML that `interest-graph import` reads, with a reason behind every line.

Fields that nothing was found for stand there commented out, with what is missing, so the file is all there is to edit.
"""

import json
from collections.abc import Iterator, Sequence

from joins.raw.guessing.guesses import FieldGuess, MappingGuess, TableGuess
from joins.raw.mapped.dialect_keys import SourceKeys, dialect
from joins.shown_text import line_for_people

_FORM_KEYS = ("delimiter", "quote", "escape", "encoding", "records", "column_names", "skip_lines")
_LONGEST_PADDED = 60  # characters of a line whose comment is lined up with the others


def mapping_text(guess: MappingGuess, heading: str) -> str:
    """Return the mapping file of a guess; ``heading`` is what stands above it, as comment.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from joins.raw.guessing.guess_mapping import guess_mapping
    >>> from joins.raw.guessing.source_samples import SourceSample
    >>> entries = pa.table({"board": [1, 1], "image": [5, 5]})
    >>> text = mapping_text(guess_mapping([SourceSample("entries.parquet", entries)]), "A guess.")
    >>> print(text[text.index("[users]"):].rstrip())
    [users]
    source = "entries.parquet"  # no source of its own for users; each is taken once from the pins
    distinct = true             # equal rows become one
    <BLANKLINE>
    [users.columns]
    user_id = "board"  # nobody is named: one user for each board
    # username =       # no column found
    # country =        # no column found
    # created_at =     # no column found
    """
    blocks = ["\n".join(f"# {line}".rstrip() for line in heading.splitlines())]
    for table in guess:
        blocks += [_lined_up(lines) for lines in _sections(table)]
    missing = [f"{table.table.name}.{name}" for table in guess for name in table.missing()]
    if missing:
        blocks.append("\n".join(f"# {line}" for line in _to_write(missing)))
    blocks += [f"# To look at: {one_line(doubt)}" for doubt in guess.doubts()]
    return "\n\n".join(block for block in blocks if block) + "\n"


def toml_string(text: str) -> str:
    r"""Return a text as TOML writes it.

    Examples
    --------
    >>> print(toml_string('a "tab"\t'))
    "a \"tab\"\t"
    """
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def one_line(text: str) -> str:
    r"""Return a text as one line that can be printed: values of somebody's files may hold anything.

    Examples
    --------
    >>> print(one_line("a\tb\x1b[31m"))
    a b\x1b[31m
    """
    return line_for_people(" ".join(text.split()))


def _sections(table: TableGuess) -> Iterator[list[tuple[str, str]]]:
    """Yield the sections of a table as lines, each with its comment."""
    name = table.table.name
    yield [(f"[{name}]", ""), *_source_lines(table)]
    yield [(f"[{name}.columns]", ""), *(_field_line(one, table) for one in table.fields)]
    if table.earliest_pin_is_parent:
        why = "no parents are recorded, so the earliest pin of a picture stands in; a reconstruction"
        time = table["created_at"].time
        why += "; pins whose time can't be are left out" if time and time.unlikely else ""
        yield [("[pins.rules]", ""), ("earliest_pin_is_parent = true", why)]
    elif table.earliest_pin_is_parent is not None:
        recorded = table["parent_pin_id"].others
        why = "no parents and no times are recorded: this makes the first row of a picture the parent of the others"
        if recorded:
            why = f"not while {recorded[0]!r} may record the parents: this would make up others"
        yield [("# [pins.rules]", ""), ("# earliest_pin_is_parent = true", why)]
    if table.category is not None:
        rules = [("[boards.category]", table.category_why), ("trim = true", "")]
        yield rules + ([("casefold = true", "")] if table.category.casefold else [])
        if table.category.aliases:
            aliases = [
                (f"{toml_string(one)} = {toml_string(other)}", "") for one, other in table.category.aliases.items()
            ]
            yield [("[boards.category.aliases]", ""), *aliases]


def _source_lines(table: TableGuess) -> Iterator[tuple[str, str]]:
    sample = table.sample
    usual = dialect(SourceKeys(source=sample.source), table.table.name, "")  # a .tsv file is cut by tabs
    yield f"source = {toml_string(sample.source)}", table.why
    for key in _FORM_KEYS:
        value = getattr(sample.form, key, None)
        if value is not None and value != getattr(usual, key):
            yield f"{key} = {_shown(value)}", sample.form_reasons.get(key, "")
    if table.distinct:
        yield "distinct = true", "equal rows become one"
    if table.null_values:
        yield f"null_values = {_shown(table.null_values)}", table.null_values_why


def _shown(value: str | int | Sequence[str]) -> str:
    if isinstance(value, int):
        return str(value)
    return toml_string(value) if isinstance(value, str) else f"[{', '.join(toml_string(one) for one in value)}]"


def _field_line(guess: FieldGuess, table: TableGuess) -> tuple[str, str]:
    others = f"; or {' or '.join(repr(one) for one in guess.others)}" if guess.others else ""
    if guess.is_found:
        return f"{guess.field} = {entry_text(guess)}", guess.why + others
    needed = "needed: " if guess.field in table.missing() else ""
    like = toml_string(guess.others[0]) if guess.others else ""
    return f"# {guess.field} = {like}".rstrip(), f"{needed}{guess.why}"


def entry_text(guess: FieldGuess) -> str:
    """Return what a mapping says of a field that something was found for.

    Examples
    --------
    >>> entry_text(FieldGuess("pin_id", "", "save", "id")), entry_text(FieldGuess("pin_id", "", row_number=True))
    ('{ column = "save", as = "id" }', '{ row_number = true }')
    """
    if guess.row_number:
        return "{ row_number = true }"
    parts = {"column": guess.column}
    if guess.conversion != "cast":
        parts["as"] = guess.conversion
    if guess.null_if_equal:
        parts["null_if_equal"] = guess.null_if_equal
    if guess.time and guess.time.format:
        parts |= {"as": "timestamp", "format": guess.time.format}
    elif guess.time and guess.time.unit:
        parts |= {"as": "timestamp", "unit": guess.time.unit}
    if len(parts) == 1:
        return toml_string(guess.column)
    return f"{{ {', '.join(f'{key} = {toml_string(value)}' for key, value in parts.items())} }}"


def _to_write(missing: list[str]) -> list[str]:
    return [
        f"Missing: {', '.join(missing)}. Nothing can be imported before each has one of",
        '  name_of_field = "column"                a column, or { column = "column", as = "id" } where it holds texts',
        "  name_of_field = { row_number = true }   the position of the row, for the table's own id",
        "  name_of_field = { constant = 1 }        the same in every row, such as one user for all",
    ]


def _lined_up(lines: list[tuple[str, str]]) -> str:
    width = max((len(line) for line, why in lines if why and len(line) <= _LONGEST_PADDED), default=0)
    return "\n".join(f"{line:<{width}}  # {one_line(why)}" if why else line for line, why in lines)
