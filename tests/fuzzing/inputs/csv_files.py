"""CSV as programs and people write it: in many dialects and encodings, with ragged rows and stray quotes."""

from typing import NamedTuple

from tests.fuzzing.inputs.choices import Choices
from tests.fuzzing.inputs.damage import damaged
from tests.fuzzing.inputs.texts import cell_of, text

_DELIMITERS = (",", ";", "\t", "|", ":", " ", "\x01", "é")
_NEWLINES = ("\n", "\r\n", "\r", "\n\n", "\r\r\n")
_ENCODINGS = ("utf-8", "latin-1", "utf-16", "cp1252", "utf-8-sig", "utf-16-le", "shift_jis", "gb18030", "utf-32")


class CsvText(NamedTuple):
    """A file, its name, its columns, the lines of a mapping that tell its dialect, and the dialect itself."""

    content: bytes
    name: str
    columns: tuple[str, ...]
    dialect: tuple[str, ...]
    delimiter: str
    quote: str
    encoding: str


def csv_text(choices: Choices, columns: tuple[str, ...]) -> CsvText:
    """Return a CSV file with some columns, in a dialect that its mapping tells, unless it is damaged."""
    delimiter = choices.pick(_DELIMITERS) if choices.chance(0.3) else ","
    quote = choices.pick(('"', "'", "")) if choices.chance(0.2) else '"'
    encoding = choices.pick(_ENCODINGS) if choices.chance(0.2) else "utf-8"
    newline = choices.pick(_NEWLINES) if choices.chance(0.3) else "\n"
    rows = [
        [*columns],
        *([cell_of(choices, column) for column in range(len(columns))] for _ in range(choices.below(5))),
    ]
    for row in rows[1:] if choices.chance(0.95) else rows:
        _make_ragged(row, choices)
    lines = [delimiter.join(_written(cell, delimiter, quote, choices) for cell in row) for row in rows]
    content = "".join(line + (newline if choices.chance(0.98) or newline == "\n" else "\n") for line in lines)
    if choices.chance(0.2):
        content = content.removesuffix(newline)
    encoded = content.encode(encoding, "surrogatepass" if encoding.startswith("utf") else "replace")
    return CsvText(
        damaged(encoded, choices, 0.2),
        "pins.csv.gz" if choices.chance(0.05) else choices.pick(("pins.csv", "pins.csv", "pins.tsv")),
        columns,
        tuple(_dialect(delimiter, quote, encoding)),
        delimiter,
        quote,
        encoding,
    )


def _make_ragged(row: list[str], choices: Choices) -> None:
    if choices.chance(0.04):
        row.append(text(choices))
    elif choices.chance(0.04):
        del row[choices.below(len(row)) :]


def _written(cell: str, delimiter: str, quote: str, choices: Choices) -> str:
    needs_quotes = any(character in cell for character in (delimiter, "\n", "\r", *quote))
    if not quote or (choices.chance(0.05) and needs_quotes):
        return cell if not needs_quotes or choices.chance(0.1) else "plain"
    if needs_quotes or choices.chance(0.2):
        return quote + cell.replace(quote, quote * 2) + quote
    return cell


def _dialect(delimiter: str, quote: str, encoding: str) -> list[str]:
    lines = []
    if delimiter != ",":
        lines.append(
            f'delimiter = "{delimiter}"' if delimiter.isprintable() else f'delimiter = "\\u{ord(delimiter):04x}"'
        )
    if quote != '"':
        lines.append(f'quote = "{quote}"')
    if encoding != "utf-8":
        lines.append(f'encoding = "{encoding}"')
    return lines
