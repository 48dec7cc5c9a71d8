"""Every door, in the order of the report."""

from typing import Any

from tests.fuzzing.door import Door
from tests.fuzzing.doors.command_lines import COMMAND_LINES
from tests.fuzzing.doors.config_texts import CONFIG_TEXTS
from tests.fuzzing.doors.days import ODD_FOLDERS, WHOLE_DAY
from tests.fuzzing.doors.imports import CSV_IMPORT, JSON_IMPORT, PARQUET_IMPORT
from tests.fuzzing.doors.inspections import INSPECT
from tests.fuzzing.doors.mapping_files import MAPPING_FILES
from tests.fuzzing.doors.outputs import OUTPUTS
from tests.fuzzing.doors.pictures import PICTURE_BYTES, SAME_PICTURE
from tests.fuzzing.doors.raw_tables import RAW_CHECK
from tests.fuzzing.doors.served import SERVED

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
    CONFIG_TEXTS,
    *SERVED,
)
