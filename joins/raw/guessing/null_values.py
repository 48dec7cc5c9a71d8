r"""The texts of a source that stand for nothing: ``NULL``, ``\N``, and the parent ``0`` of an original pin."""

import json
from collections.abc import Collection
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from joins.raw.guessing.guesses import FieldGuess, TableGuess
from joins.raw.values import MISSING_TEXTS

# Elsewhere an import reads the usual words for nothing as such by itself.
_PLAIN_TEXTS = ("description", "link", "name", "username", "country")
_PROSE = ("description", "link")
_WRITTEN_BY_PROGRAMS = ("nan", "NaN")  # in prose; None and null may be what a person meant
_NO_PARENT = ("0", "-1")


def with_null_values(table: TableGuess) -> TableGuess:
    """Return a table with the texts that mean nothing in the columns that it reads.

    Such texts are nothing in every column of the table, so a ``0`` becomes one only if no other column holds it.

    Examples
    --------
    >>> from joins.raw.guessing.source_samples import SourceSample
    >>> from joins.raw.schemas import RAW_PINS
    >>> sample = SourceSample("pins.csv", pa.table({"pin": ["1", "2"], "via": ["0", "1"]}))
    >>> fields = (FieldGuess("pin_id", "", "pin"), FieldGuess("parent_pin_id", "", "via"))
    >>> with_null_values(TableGuess(RAW_PINS, sample, "", fields)).null_values
    ('0',)
    """
    profiles = table.sample.profiles
    used = dict.fromkeys(guess.column for guess in table.fields if guess.column)
    words = {
        word: guess.column
        for guess in table.fields
        if guess.column
        for word in profiles[guess.column].null_words
        if guess.field in _PLAIN_TEXTS or word not in MISSING_TEXTS
    }
    whys = [f"{word!r} in {name!r}" for word, name in words.items()]
    for guess in table.fields:
        for word in profiles[guess.column].doubtful_words if guess.field in _PROSE and guess.column else ():
            if word in _WRITTEN_BY_PROGRAMS and word not in words:
                words[word] = guess.column
                whys.append(f"{word!r} stands several times among the texts of {guess.column!r}")
    fields = [_asked(guess, table, words) for guess in table.fields]
    for position, guess in enumerate(fields):
        if guess.field == "parent_pin_id" and guess.column and (zero := _zero(table, guess)):
            if _is_free(table, zero, list(used), guess.column):
                words[zero] = guess.column
                whys.append(f"{zero!r} in {guess.column!r}: no pin has that id")
            else:
                why = f"{guess.why}; {zero} stands for none there, and counts as a pin that is missing"
                fields[position] = replace(guess, why=why)
    return replace(table, fields=tuple(fields), null_values=tuple(words), null_values_why=", ".join(whys))


def _asked(guess: FieldGuess, table: TableGuess, words: Collection[str]) -> FieldGuess:
    """Return a text with a doubt if words in it may mean nothing, or may be meant: a board can be called None."""
    if guess.field not in _PLAIN_TEXTS or not guess.column:
        return guess
    asked = [word for word in table.sample.profiles[guess.column].doubtful_words if word not in words]
    if not asked:
        return guess
    said = (
        f"{asked[0]!r} in {guess.column!r} may stand for nothing; if so, write null_values = [{json.dumps(asked[0])}]"
    )
    return replace(guess, doubt="; ".join(filter(None, (guess.doubt, said))))


def _zero(table: TableGuess, parent: FieldGuess) -> str:
    """Return the number that stands for no parent; empty if none does."""
    key = table.sample.profiles[table["pin_id"].column].values
    values = table.sample.profiles[parent.column].values
    return next((zero for zero in _NO_PARENT if _holds(values, zero) and not _holds(key, zero)), "")


def _is_free(table: TableGuess, zero: str, used: list[str], parent: str) -> bool:
    """Say whether a text of the parents' column stands in no other column that is read."""
    others = (name for name in used if name != parent)
    return not any(_holds(table.sample.profiles[name].values, zero) for name in others)


def _holds(values: pa.Array, text: str) -> bool:
    return bool(pc.index(values, text).as_py() >= 0)
