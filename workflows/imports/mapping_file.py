"""Read a mapping file, whatever editor or shell wrote it: UTF-8 or UTF-16, with a byte order mark or without."""

import codecs
from pathlib import Path

from joins.errors import RawImportError
from joins.raw.mapped.mapping import ImportMapping, parse_mapping

_MOST_BYTES = 4 * 2**20
# The mark of UTF-32 begins as that of UTF-16 does, so it is looked for first.
_ENCODING_OF_MARK = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def read_mapping(mapping_file: Path) -> ImportMapping:
    """Return the mapping that a file holds.

    Raises
    ------
    RawImportError
        If there is no such file, or it is no text.
    MappingError
        If the text is no mapping.
    """
    try:
        with mapping_file.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise _refusal(mapping_file, f"can't be read: {error.strerror}", "give the path of a TOML file") from error
    if len(content) > _MOST_BYTES:
        raise _refusal(mapping_file, f"has more than {_MOST_BYTES:,} bytes", "give the mapping, not the source")
    return parse_mapping(_text_of(content, mapping_file), mapping_file.name)


def _text_of(content: bytes, mapping_file: Path) -> str:
    encoding = next((name for mark, name in _ENCODING_OF_MARK.items() if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        n_lines = content[: error.start].count(b"\n") + 1
        problem = (
            f"is no {encoding.removesuffix('-sig').upper()} text: byte {content[error.start]:#04x} in line {n_lines:,}"
        )
        raise _refusal(mapping_file, problem, "save it as UTF-8") from error
    if "\0" in text:
        raise _refusal(mapping_file, "is no text: it holds a zero byte", "save it as UTF-8")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _refusal(mapping_file: Path, problem: str, remedy: str) -> RawImportError:
    return RawImportError(f"the mapping file {mapping_file} {problem}", remedy=remedy)
