"""Texts that files of strangers hold: ordinary ones first, then what readers and casts stumble over."""

from tests.fuzzing.inputs.choices import Choices

WHOLE = ("1", "2", "3", "7", "12", "0", "-1", "9223372036854775807", "-9223372036854775808")
NOTHING = ("", " ", "nan", "NaN", "None", "NULL", "null", "NA", "N/A", "\\N", "-", "<NA>", "nil")
ODD_NUMBERS = (
    *("7.0", "7.", ".5", "1e3", "1E400", "-0", "+7", "007", "0x1F", "1_000", "1,000", "1 000", "inf", "-Infinity", "٣"),
    *("9223372036854775808", "-9223372036854775809", "18446744073709551616", "9007199254740993.0", "1e18", "NaN(1)"),
    *("true", "False", "yes", "½", "1/2", "7 ", " 7", "\t7", "\u00a07", "７"),
)
TIMES = (
    *("2026-11-20", "2026-11-20T10:00:00Z", "2026-11-20 10:00", "2026-11-20T10:00:00.5+02:00", "20/11/2026 10:00"),
    *("2026-04-31", "2026-02-29", "2026-13-01", "0000-00-00", "0001-01-01", "9999-12-31T23:59:59.999999999Z"),
    *("10000-01-01", "-0001-01-01", "2026-11-20T24:00", "2026-11-20T25:61", "2026-11-20T10:00:60", "2026-366"),
    *("2026-11-20T10:00+99:99", "2026-11-20 10:00 CET", "2026-11-20T10:00 Mars", "1700000000", "1.7e9", "20261120"),
    *("-62135596800001", "253402300800000", "now", "Thu Nov 20 10:00:00 2026", "2026-W47-5", "٢٠٢٦-١١-٢٠"),
)
SIGNATURES = ("ab12", "0f", "AB12", " ab12 ", "xyz", "a" * 64, "a" * 600, "deadbeef\n", "", "ab\u00adcd", "\u212a")
WORDS = (
    *("cat", "dog", "a,b", "a;b", "a\tb", "a|b", 'say "x"', "line\nline", "line\r\nline", "line\rline", "it's", "\\"),
    *("é", "漢字", "😀", "\ufeff", "\u00a0", "\u2028", "\u0085", "\x1a", "\0", "a\0b", "\x1b[31m", "\u202e", "\ud800"),
    *(
        "\udfff",
        "#",
        "=1+1",
        "'",
        "''",
        '"',
        '""',
        "b" * 300,
        "[1]",
        '{"a": 1}',
        "%s",
        "{0}",
        "\\x",
        "ß",
        "İ",
        "\ufffd",
    ),
)
ALL = (*WHOLE, *NOTHING, *ODD_NUMBERS, *TIMES, *SIGNATURES, *WORDS)

N_ID_COLUMNS = 3
_LONG, _LONGER_THAN_A_BLOCK = 70_000, 9 * 2**20


def text(choices: Choices) -> str:
    """Return a text: a whole number in most cases, now and then one that is very long."""
    if choices.rarely():
        return "x" * (_LONGER_THAN_A_BLOCK if choices.rarely() else _LONG)
    return choices.pick(choices.pick((WHOLE, WORDS, TIMES, SIGNATURES, NOTHING, ODD_NUMBERS, WHOLE, WORDS)))


def cell_of(choices: Choices, column: int) -> str:
    """Return what stands in a column of pins: ids in the first three, then times, then texts; now and then anything."""
    if choices.chance(0.06):
        return text(choices)
    if column < N_ID_COLUMNS:
        return choices.pick(WHOLE[:5])
    return choices.pick(TIMES[:4]) if column == N_ID_COLUMNS else choices.pick((*WORDS[:2], *WORDS))
