"""Section ``[checks]``: how far a version may be from the days before, and which checks warn for now."""

from workflows.checks.declared import CHECK_NAMES
from workflows.parameters import Allowed, between
from workflows.settings.setting import SHARE, Setting

_CHECKS = "checks"


def _read_checks(text: str) -> tuple[str, ...]:
    """Read ``check:dataset`` words, each of which must be declared."""
    words = tuple(dict.fromkeys(text.split()))
    if not set(words) <= CHECK_NAMES:
        raise ValueError(text)
    return words


def _read_factor(text: str) -> float:
    """Read a factor that may be left out."""
    return 0.0 if float(text) == 0 else between(1.0).read(text)


ROW_COUNT_FACTOR = Setting(
    "row_count_factor",
    2.0,
    between(1.0),
    "a dataset with so many times the rows of the days before, or so many times fewer, gets a warning",
    section=_CHECKS,
    significant=False,
)
ROW_COUNT_ERROR_FACTOR = Setting(
    "row_count_error_factor",
    0.0,
    Allowed(_read_factor, "0 or a number from 1"),
    "as row_count_factor, and it isn't published; 0 means that it always is",
    section=_CHECKS,
    significant=False,
)
NULL_SHARE_CHANGE = Setting(
    "null_share_change",
    0.2,
    SHARE,
    "a column whose share of nulls moves by more than this from the days before gets a warning",
    section=_CHECKS,
    significant=False,
)
DAYS_BEFORE = Setting(
    "days_before",
    7,
    between(1, 1000),
    "complete dates before a version's own that it is compared with",
    "dates",
    section=_CHECKS,
    significant=False,
)
WARN_ONLY = Setting(
    "warn_only",
    (),
    Allowed(_read_checks, "checks as NAME:DATASET with a space between them, as docs/operations/checks.md lists them"),
    "checks that warn where they would block, until what they found is mended",
    section=_CHECKS,
    allowed_in_short="NAME:DATASET, with a space between them",
    significant=False,
)
