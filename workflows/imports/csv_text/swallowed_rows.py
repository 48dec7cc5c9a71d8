"""Find texts in quotes that hold whole lines which look like rows: a quote written by hand may have swallowed them.

A file with such a text is valid CSV, so this proves nothing, and the texts are read as they stand. It is a guess that
people should hear of: the line has as many delimiters as a row, and begins with the same kind of thing as the row that
the text is in (a whole number, or a word without blanks).
"""

import re

import numpy as np

from joins.raw.mapped.source_form import SourceForm
from workflows.imports.csv_text.csv_quotes import text_ends
from workflows.imports.csv_text.csv_rows import RowBlock
from workflows.imports.csv_text.quote_parity import Positions

_NUMBER = re.compile(rb'"?-?[0-9]+"?')
_WORD = re.compile(rb"[^\s]+")
_LONGEST_FIRST_FIELD = 256  # bytes


def place_of_swallowed_row(block: RowBlock, form: SourceForm, n_columns: int) -> int | None:
    """Return where the first text opens that holds a line like a row; None if there is none.

    Lines of tables with one column can't be told from other text.
    """
    characters = np.frombuffer(block.text, np.uint8)[: block.end]
    line_ends = np.flatnonzero((characters == ord("\n")) | (characters == ord("\r")))
    line_ends = line_ends[line_ends >= block.begin]
    inside = block.quotes.inside(line_ends)
    if n_columns == 1 or not inside.any():
        return None
    quotes = text_ends(block.text, block.quotes, form)
    texts = np.searchsorted(quotes, line_ends)  # lines of one text have one number
    delimiters = np.flatnonzero(characters == ord(form.delimiter))
    before = np.searchsorted(delimiters, line_ends)
    # a whole line of a text, or its last one with what follows in the row
    in_one_text = inside[:-1] & (~inside[1:] | (texts[:-1] == texts[1:]))
    candidates = in_one_text & (np.diff(before) == n_columns - 1)
    row_starts = np.concatenate([[block.begin], line_ends[~inside] + 1])
    for line in np.flatnonzero(candidates):
        opened = int(quotes[texts[line] - 1])
        row = int(row_starts[np.searchsorted(row_starts, opened, "right") - 1])
        if _is_alike(block.text, row, int(line_ends[line]) + 1, delimiters):
            return opened
    return None


def _is_alike(text: bytes | bytearray, row: int, line: int, delimiters: Positions) -> bool:
    fields = []
    for start in (row, line):
        end = int(delimiters[np.searchsorted(delimiters, start)])
        fields.append(text[start : min(end, start + _LONGEST_FIRST_FIELD)])
    first_of_row, first_of_line = fields
    kind = _NUMBER if _NUMBER.fullmatch(first_of_row) else _WORD
    return bool(kind.fullmatch(first_of_line)) and bool(kind.fullmatch(first_of_row))
