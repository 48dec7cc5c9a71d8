"""Every door, in the order of the report."""

from typing import Any

from fuzzing.door import Door
from fuzzing.doors.command_lines import COMMAND_LINES
from fuzzing.doors.days import ODD_FOLDERS, WHOLE_DAY
from fuzzing.doors.imports import CSV_IMPORT, JSON_IMPORT, PARQUET_IMPORT
from fuzzing.doors.inspections import INSPECT
from fuzzing.doors.mapping_files import MAPPING_FILES
from fuzzing.doors.outputs import OUTPUTS
from fuzzing.doors.pictures import PICTURE_BYTES, SAME_PICTURE
from fuzzing.doors.raw_tables import RAW_CHECK

DOORS: tuple[Door[Any], ...] = (
    MAPPING_FILES,
    CSV_IMPORT,
    JSON_IMPORT,
    PARQUET_IMPORT,
    INSPECT,
    RAW_CHECK,
    WHOLE_DAY,
    ODD_FOLDERS,
    OUTPUTS,
    PICTURE_BYTES,
    SAME_PICTURE,
    COMMAND_LINES,
)
