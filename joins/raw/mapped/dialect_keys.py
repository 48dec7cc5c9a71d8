"""The keys of a mapping that say where a source lies and how its CSV files are written."""

import codecs
import re

from joins.errors import MappingError
from joins.raw.mapped.source_form import SourceForm
from joins.raw.mapped.toml_sections import Count, Section, Text

USUAL_ENCODINGS = ("utf-8", "cp1252", "latin-1", "cp1250", "cp1251", "utf-16", "shift_jis", "gbk", "big5", "koi8-r")
_NOT_FOR_FILES = ("idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "utf_7")
_TAB_ENDINGS = tuple(f".{name}{packed}" for name in ("tsv", "tab") for packed in ("", ".gz", ".bz2", ".zst", ".lz4"))
_CODE = re.compile(r"\\(?:x|u00)([0-9A-Fa-f]{2})")
_MOST_ASCII = 0x7F


class SourceKeys(Section, frozen=True, kw_only=True):
    """What a table of a mapping says of its source."""

    source: Text
    delimiter: Text | None = None
    quote: str = '"'
    escape: str = ""
    encoding: Text = "utf-8"
    column_names: tuple[str, ...] = ()
    skip_lines: Count = 0


def dialect(said: SourceKeys, section: str, file: str) -> SourceForm:
    r"""Return how the CSV files of a source are written.

    Parameters
    ----------
    said
        The keys. Without ``delimiter`` it is a comma, or a tab where the source's name ends as ``.tsv`` or ``.tab``.
    section, file
        The table and the mapping file, for messages.

    Raises
    ------
    MappingError
        If a value is no single character or no encoding, or two contradict each other.

    Examples
    --------
    >>> dialect(SourceKeys(source="pins.tsv", quote=""), "pins", "shop.toml").delimiter
    '\t'
    """
    is_tab = said.source.lower().endswith(_TAB_ENDINGS)
    try:
        delimiter = _character("delimiter", said.delimiter) if said.delimiter else "\t" if is_tab else ","
        quote, escape = _character("quote", said.quote), _character("escape", said.escape)
        if delimiter in (quote, escape):
            other = "quote" if delimiter == quote else "escape"
            _refuse(f"delimiter and {other} are both {delimiter!r}", "give each a character of its own")
        return SourceForm(
            delimiter=delimiter,
            quote=quote,
            escape="" if escape == quote else escape,  # a quote before a quote doubles it, as it does without this key
            column_names=said.column_names,
            skip_lines=said.skip_lines,
            is_delimiter_said=said.delimiter is not None,
            encoding=_encoding(said.encoding),
        )
    except MappingError as error:
        raise MappingError(f"[{section}]: {error.problem}", where=file, remedy=error.remedy) from error


def _character(key: str, said: str) -> str:
    r"""Return the one character that is said, which may be spelled ``tab`` or by its code, as ``\x01``."""
    code = _CODE.fullmatch(said)
    character = chr(int(code[1], 16)) if code else "\t" if said in ("tab", "\\t") else said
    if len(character) > 1:
        none = "" if key == "delimiter" else ", or an empty text for none"
        _refuse(f"{key} is {said!r}; it takes one character{none}", 'a tab is "\\t", other codes are like "\\u0001"')
    if character in ("\n", "\r", "\0"):
        _refuse(f"{key} is {character!r}; it can't be a line end or NUL", "a row is a line")
    if character > chr(_MOST_ASCII):
        _refuse(f"{key} is {character!r}; it has to be an ASCII character", "replace it in the file")
    return character


def _encoding(said: str) -> str:
    try:
        name = codecs.lookup(said).name
        "a".encode(said)
    except (LookupError, ValueError):
        name = "undefined"
    if name.replace("-", "_") in _NOT_FOR_FILES:
        usual = ", ".join(USUAL_ENCODINGS)
        _refuse(f"encoding is {said!r}, which is no encoding of files that Python knows", f"usual ones: {usual}")
    return "utf-8" if name in ("utf-8", "utf-8-sig") else said


def _refuse(problem: str, remedy: str) -> None:
    raise MappingError(problem, remedy=remedy)
