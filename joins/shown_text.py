r"""Text from data as people may see it on a terminal: what is no visible character is written as an escape.

A name of a board can hold a terminal's commands (``ESC [ 2 J``), a carriage return that writes over what stands there,
marks that turn the direction of what follows, or line breaks that make up lines of a log. Shown are ``\x1b``, ``\r``,
``\u202e``. A backslash stays as it is, so this is for looking, not for reading back. What is called ``..._for_people``
hides the secrets of URIs as well.
"""

import json
import unicodedata

import msgspec

from joins.uri_secrets import without_secrets

_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}
_JOINERS = "\u200c\u200d"  # what Persian, Hindi and emoji are written with
_HIDDEN_CATEGORIES = ("Cc", "Cf", "Cs", "Zl", "Zp")  # controls, formats, lone surrogates, ends of lines
_FIRST_NOT_ASCII = "\x80"
_NO_CHARACTERS = 0xFFFE  # the last two of every plane


def shown(text: str) -> str:
    r"""Return a text in which every character that can't be seen, or that moves others, is an escape.

    Joiners stay where they join: between two visible characters beyond ASCII.

    Examples
    --------
    >>> print(shown("red \x1b[31m, right to left \u202e, two\nlines"))
    red \x1b[31m, right to left \u202e, two\nlines
    >>> shown("\u0e01\u200c\u0e02") == "\u0e01\u200c\u0e02"
    True
    """
    if text.isprintable():
        return text
    return "".join([_shown_character(text, place) for place in range(len(text))])


def count_text(number: int, one: str, many: str = "") -> str:
    """Write a count with its word, one board and two boards.

    Examples
    --------
    >>> count_text(1, "board"), count_text(1200, "board"), count_text(2, "entry", "entries")
    ('1 board', '1,200 boards', '2 entries')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def shown_lines(text: str) -> str:
    r"""Return the same with its line breaks and tabs, for texts of several lines that were made here.

    Examples
    --------
    >>> shown_lines("one\ntwo\x07")
    'one\ntwo\\x07'
    """
    return "\n".join("\t".join(map(shown, line.split("\t"))) for line in text.split("\n"))


def line_for_people(text: str) -> str:
    r"""Return a line for a terminal, a log or an error, whatever values are in it: a line break is an escape.

    Examples
    --------
    >>> print(line_for_people("a folder is called a\nproblem: none"))
    a folder is called a\nproblem: none
    """
    return shown(without_secrets(text))


def lines_for_people(text: str) -> str:
    r"""Return lines for a terminal, a log or an error: nothing in them acts, and no URI tells a secret.

    Examples
    --------
    >>> print(lines_for_people("\x1b]0;x\x07 s3://key:hush@pins"))
    \x1b]0;x\x07 s3://***@pins
    """
    return shown_lines(without_secrets(text))


def shown_json(text: str) -> str:
    r"""Return JSON that says the same in characters that can be seen; its line breaks and blanks stay.

    Examples
    --------
    >>> print(shown_json('{"name": "\u202e\x9b2J"}'))
    {"name": "\u202e\u009b2J"}

    Bytes of a name that are no text become one that says so, as JSON has no such characters.

    >>> print(shown_json('{"name": "\udcff"}'))
    {"name": "\\udcff"}
    """
    if text.isprintable():
        return text
    return "".join(
        _json_escape(character) if character != "\n" and _is_hidden(character) else character for character in text
    )


def shown_as_json(value: object) -> str:
    r"""Return anything that msgspec knows as indented JSON of characters that can be seen, bytes of names among them.

    Examples
    --------
    >>> print(shown_as_json({"name": "a\udcff\n"}))
    {
      "name": "a\\udcff\n"
    }
    """
    try:
        text = msgspec.json.encode(value).decode()
    except UnicodeEncodeError:  # a name that is no text, which Python's encoder leaves as it is
        text = json.dumps(msgspec.to_builtins(value), ensure_ascii=False)
    return msgspec.json.format(shown_json(text), indent=2)


def _shown_character(text: str, place: int) -> str:
    character = text[place]
    if character in _JOINERS and _is_visible(text[place - 1 : place]) and _is_visible(text[place + 1 : place + 2]):
        return character
    if not _is_hidden(character):
        return character
    return _SHORT.get(character) or character.encode("unicode_escape", "backslashreplace").decode("ascii")


def _json_escape(character: str) -> str:
    escape = json.dumps(character)[1:-1]
    return f"\\{escape}" if unicodedata.category(character) == "Cs" else escape


def _is_visible(neighbour: str) -> bool:
    return neighbour >= _FIRST_NOT_ASCII and not _is_hidden(neighbour)


def _is_hidden(character: str) -> bool:
    is_none = ord(character) & _NO_CHARACTERS == _NO_CHARACTERS
    return is_none or unicodedata.category(character) in _HIDDEN_CATEGORIES
