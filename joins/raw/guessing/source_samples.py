"""A sample of one source: its columns with their profiles, its rows, and what its files are named after."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePath

import pyarrow as pa
import pyarrow.compute as pc

from joins.raw.guessing.columns.column_names import NameReading, concepts_of, read_name
from joins.raw.guessing.columns.column_profiles import ColumnProfile, as_texts, profile_column
from joins.raw.guessing.columns.vocabulary import Concept, Subject
from joins.raw.mapped.source_form import SourceForm
from joins.raw.values import unwrapped

_OWN_SOURCES: dict[Concept, Subject] = {"pin": "pin", "image": "pin", "board": "board", "user": "user"}
_UNUSABLE = ("list", "record", "bytes", "nothing")


@dataclass(frozen=True)
class SourceSample:
    """The first rows of a source; ``rows`` has one column of any type for each column that a mapping can name.

    ``form_reasons`` says of keys of the form why they are as they are. ``is_whole`` is whether the sample is all of it.
    """

    source: str
    rows: pa.Table
    form: SourceForm = field(default_factory=SourceForm)
    form_reasons: Mapping[str, str] = field(default_factory=dict)
    n_files: int = 1
    is_whole: bool = True

    @cached_property
    def profiles(self) -> dict[str, ColumnProfile]:
        """The profile of every column, by name, in the order of the source."""
        return {name: profile_column(name, self.rows[name]) for name in self.rows.schema.names}

    @cached_property
    def readings(self) -> dict[str, NameReading]:
        """What every column's name says; only of columns whose values can fill a raw field."""
        return {name: read_name(name) for name, one in self.profiles.items() if one.kind not in _UNUSABLE}

    @cached_property
    def named_after(self) -> Subject | None:
        """Whom the files are named after: the last such word of the file's name, else of its folder."""
        for part in reversed(PurePath(self.source).parts):
            # A file of images is one of pins.
            subjects = [_OWN_SOURCES[concept] for concept in concepts_of(part)[0] if concept in _OWN_SOURCES]
            if subjects:
                return subjects[-1]
        return None

    def is_one_for_each(self, key: str, other: str) -> bool:
        """Return whether every value of one column stands with one value of another alone, nearly: 1 of 100 may not.

        Rows without a key say nothing of any.

        Examples
        --------
        >>> pins = pa.table({"board": [1, 1, 2], "owner": [7, 7, 8], "saver": [7, 9, 8]})
        >>> sample = SourceSample("pins.csv", pins)
        >>> sample.is_one_for_each("board", "owner"), sample.is_one_for_each("board", "saver")
        (True, False)
        """
        if key == other:
            return True
        keys = self.texts(key)
        nothing = pa.array([None, "", *self.profiles[key].null_words], pa.string())
        rows = self.rows.select([key, other]).filter(pc.invert(pc.is_in(keys, value_set=nothing)))
        pairs = rows.group_by([key, other]).aggregate([])
        n_keys = pc.count_distinct(pairs[key], mode="all").as_py()
        return bool(pairs.num_rows - n_keys <= n_keys // 100)

    def share_equal(self, one: str, other: str) -> float:
        """Return in which share of the rows two columns hold the same value."""
        texts = [self.texts(name) for name in (one, other)]
        return pc.mean(pc.fill_null(pc.equal(*texts), fill_value=False).cast(pa.int8())).as_py() or 0.0

    def texts(self, name: str) -> pa.Array:
        """Return a column as text, without the point of whole floats and without blanks around; no text is null."""
        values = self.rows[name].combine_chunks()
        texts = as_texts(unwrapped(values))
        return pa.nulls(len(values), pa.string()) if texts is None else pc.utf8_trim_whitespace(texts)


def share_within(values: pa.Array, known: pa.Array) -> float:
    """Return which share of different values is among the known ones.

    Examples
    --------
    >>> share_within(pa.array(["1", "2", "9", "3"]), pa.array(["1", "2", "3"]))
    0.75
    """
    return pc.mean(pc.is_in(values, value_set=known).cast(pa.int8())).as_py() if len(values) else 0.0
