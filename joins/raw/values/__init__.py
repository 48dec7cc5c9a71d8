"""Values of a source to raw values: integers, texts, ids and instants, checked, never rounded or wrapped around.

The raw check and the import read every value by these rules. Each conversion takes one Arrow array of any type and
gives the raw type back, rows in the same order. It raises ValueError for a value that can't be one, and
UnfitTypeError for a type none of whose values can. `convert_column` makes one line for people of either.
"""

from joins.raw.values.instants import Times, time_text
from joins.raw.values.integers import to_integer
from joins.raw.values.missing import MISSING_TEXTS, without_missing
from joins.raw.values.plain import decoded, is_number, is_text, not_utf8, plain, trimmed, unwrapped
from joins.raw.values.refusals import ColumnPlace, UnfitTypeError, convert_column, first_failure
from joins.raw.values.texts import map_unique, to_name, to_picture, to_text
from joins.raw.values.time_counts import FIRST_LIKELY, TimeCounts, count_times, last_likely_day, unlikely_times
from joins.raw.values.time_formats import TimeFormat, parse_time_format
from joins.raw.values.times import Unit, to_timestamp

__all__ = [
    "FIRST_LIKELY",
    "MISSING_TEXTS",
    "ColumnPlace",
    "TimeCounts",
    "TimeFormat",
    "Times",
    "UnfitTypeError",
    "Unit",
    "convert_column",
    "count_times",
    "decoded",
    "first_failure",
    "is_number",
    "is_text",
    "last_likely_day",
    "map_unique",
    "not_utf8",
    "parse_time_format",
    "plain",
    "time_text",
    "to_integer",
    "to_name",
    "to_picture",
    "to_text",
    "to_timestamp",
    "trimmed",
    "unlikely_times",
    "unwrapped",
    "without_missing",
]
