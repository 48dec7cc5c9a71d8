"""Delimiters, quotes, escapes and headers of made-up files, the hard kinds among them."""

import csv
import io
from pathlib import Path

import pytest

from workflows.imports.csv_source import csv_columns
from workflows.imports.inspecting.csv_dialects import guess_dialect
from workflows.imports.inspecting.source_forms import guess_csv_form

HEADER = ["pin_id", "board_id", "user", "image_signature", "created_at", "note"]
BACKSLASH = "\\"
NO_VALUE = "\\N"
RAW_QUOTES = ['"Keep Calm" poster', '12" tile', '"Live', "x"]


def rows(note: str = "a nice {n}") -> list[list[str]]:
    return [
        [
            f"{1000 + n}",
            f"{n % 7}",
            f"u{n % 5}",
            f"{n * 2654435761 % 2**64:016x}",
            f"2021-04-{n % 28 + 1:02} 10:00:00",
            note.format(n=n),
        ]
        for n in range(30)
    ]


def written(lines: list[list[str]], **dialect: object) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n", **dialect).writerows(lines)
    return stream.getvalue()


def of(header: str, line: str, n_rows: int = 20) -> str:
    """Return a header and lines in which ``{n}``, ``{k}`` and ``{d}`` are a number, one of three, and a day."""
    return header + "\n" + "".join(line.format(n=n, k=n % 3, d=f"{n % 28 + 1:02}") + "\n" for n in range(n_rows))


ALL = [HEADER, *rows()]
# text, delimiter, quote, escape, whether there is a header
DIALECTS: dict[str, tuple[str, str, str, str, bool]] = {
    "commas": (written(ALL), ",", '"', "", True),
    "tabs": (written(ALL, delimiter="\t"), "\t", '"', "", True),
    "semicolons": (written(ALL, delimiter=";"), ";", '"', "", True),
    "vertical bars": (written(ALL, delimiter="|"), "|", '"', "", True),
    "Ctrl-A": (written(ALL, delimiter="\x01"), "\x01", '"', "", True),
    "carets": (written(ALL, delimiter="^"), "^", '"', "", True),
    "tildes": (written(ALL, delimiter="~"), "~", '"', "", True),
    "everything quoted": (written(ALL, quoting=csv.QUOTE_ALL), ",", '"', "", True),
    "commas in quoted texts": (written([HEADER, *rows("salt, pepper, {n}")]), ",", '"', "", True),
    "lines in quoted texts": (written([HEADER, *rows("one\nline, two {n}")]), ",", '"', "", True),
    "doubled quotes": (written([HEADER, *rows('say "hi", {n}')]), ",", '"', "", True),
    "carriage returns": (written(ALL).replace("\n", "\r\n"), ",", '"', "", True),
    "carriage returns and tabs": (written(ALL, delimiter="\t").replace("\n", "\r\n"), "\t", '"', "", True),
    "decimal commas": (of("id;price", "{n};{n},{d}"), ";", '"', "", True),
    "decimal commas and tabs": (of("id\tprice", "{n}\t{n},{d}"), "\t", '"', "", True),
    "a comma in each text, semicolons": (of("id;title", "{n};Hello, world {n}"), ";", '"', "", True),
    "a comma in each text, tabs": (of("id\ttitle", "{n}\tHello, world {n}"), "\t", '"', "", True),
    "a comma in each text, bars": (of("id|title", "{n}|Hello, world {n}"), "|", '"', "", True),
    "a semicolon in each text, commas": (of("id,title", "{n},Hello; world {n}"), ",", '"', "", True),
    "times of the day": (of("id,time", "{n},10:{d}:00"), ",", '"', "", True),
    "paths of categories": (of("sig,category", "{n:032x},Apparel & Accessories|Shoes"), ",", '"', "", True),
    "dates with commas": (of("pin;board;when", "{n};{k};Sun, 04 Apr 2021 05:43:{d} +0000"), ";", '"', "", True),
    "JSON in a column": (
        written([["id", "board", "extra"], *([f"{n}", f"{n % 3}", '{"a": 1, "b": "x;y"}'] for n in range(20))]),
        ",",
        '"',
        "",
        True,
    ),
    "backslashes before quotes": (
        of("pin_id,board_id,note", f'{{n}},{{k}},"say {BACKSLASH}"hi{BACKSLASH}", ok {{n}}"'),
        ",",
        '"',
        BACKSLASH,
        True,
    ),
    "backslashes in two rows": (
        'pin_id,board_id,sig,note\n1,1,aa,"say \\"hi\\" ok"\n2,2,bb,"5\\" nail"\n',
        ",",
        '"',
        BACKSLASH,
        True,
    ),
    "backslashes before delimiters": (
        of("id,board,note", f"{{n}},{{k}},salt{BACKSLASH}, pepper{BACKSLASH}, {{n}}"),
        ",",
        "",
        BACKSLASH,
        True,
    ),
    "backslashes in paths": (
        written([["id", "path", "note"], *([f"{n}", f"C:\\pics\\{n}.jpg", f'he said "x", {n}'] for n in range(20))]),
        ",",
        '"',
        "",
        True,
    ),
    "quotes that are no quotes": (
        "id\tboard\tnote\n" + "".join(f"{n}\t{n % 4}\t{RAW_QUOTES[n % 4]}\n" for n in range(40)),
        "\t",
        "",
        "",
        True,
    ),
    "quotes in four rows": (
        'pin\tsig\tnote\n1\taa\t"Keep Calm" poster\n2\tbb\t12" x 12" tile\n3\tcc\t"Live, laugh\n4\tdd\tplain\n',
        "\t",
        "",
        "",
        True,
    ),
    "quotes that come late": ("1\tx\t2021-01-01\n" * 300 + '2\t"x\t2021-01-02\n' * 3, "\t", "", "", False),
    "single quotes": (of("id,board,note", "{n},{k},'salt, pepper {n}'"), ",", "'", "", True),
    "apostrophes": (of("id,board,note", "{n},{k},it's Anna's {n}"), ",", '"', "", True),
    "one column of numbers": ("user_id\n1\n2\n3\n", ",", '"', "", True),
    "one column of texts": (written([["note"], *([f"salt, pepper {n}"] for n in range(9))]), ",", '"', "", True),
    "one column of addresses": (of("url", "https://x.org/a/{n}.jpg"), ",", '"', "", True),
    "one column of times": (of("when", "2021-04-{d} 10:00:00"), ",", '"', "", True),
    "one column without a header": ("1\n2\n3\n4\n", ",", '"', "", False),
    "no header": (written(rows()), ",", '"', "", False),
    "no header, Ctrl-A": (written(rows(), delimiter="\x01"), "\x01", '"', "", False),
    "no header, numbers alone": (written([[f"{n}", f"{n % 5}", f"{n % 3}"] for n in range(30)]), ",", '"', "", False),
    "no header, words alone": ("b1,art\nb2,food\nb3,art\nb4,food\n", ",", '"', "", False),
    "words under a header": ("board,topic\nb1,art\nb2,food\nb3,art\n", ",", '"', "", True),
    "empty cells": (written([HEADER, *([row[0], row[1], "", "", "", ""] for row in rows())]), ",", '"', "", True),
    "empty columns at the end": ("pin_id,board_id,sig,,\n1,1,aa,,\n2,2,bb,,\n", ",", '"', "", True),
    "an index without a name": (of(",pin,url", "{n},{d},https://x.org/{n}.jpg"), ",", '"', "", True),
    "a header alone": ("pin_id;board_id;user_id\n", ";", '"', "", True),
    "no value in Hive's way": (of("id\tboard\tparent", f"{{n}}\t{{k}}\t{NO_VALUE}"), "\t", '"', "", True),
    "a row that is wider": (of("id,board,note", "{n},{k},a") + "99,1,a,b\n", ",", '"', "", True),
    "a row whose quotes are wrong": (
        of("id,board,note", '{n},{k},"a, b"') + '99,1,"x" y\n' + of("98,1,a", '{n},{k},"a"', 3),
        ",",
        '"',
        "",
        True,
    ),
    "Chinese": (of("采集,画板,标题", "{n},{k},漂亮 图片{n}"), ",", '"', "", True),
}


@pytest.mark.parametrize("kind", DIALECTS)
def test_the_dialect_is_found(kind: str) -> None:
    text, delimiter, quote, escape, has_header = DIALECTS[kind]
    found = guess_dialect(text)
    assert (found.delimiter, found.escape, found.has_header) == (delimiter, escape, has_header)
    assert (
        found.quote == quote or (kind == "apostrophes" and found.quote != "'") or kind == "a row whose quotes are wrong"
    )


def test_lines_before_the_header_are_counted() -> None:
    assert guess_dialect("# exported by x\n# in 2021\nid,board\n1,2\n3,4\n").n_skipped == 2
    assert guess_dialect("\nid,board\n1,2\n3,4\n").n_skipped == 0  # readers pass over empty lines


def test_a_text_that_is_cut_within_quotes_is_judged_by_its_whole_rows() -> None:
    text = written([["id", "note"], *([f"{n}", f"a\nb, {n}"] for n in range(50))]) + '51,"a\n'
    assert guess_dialect(text).quote == '"'


@pytest.mark.parametrize("text", ["", "\n", "x", '"', "\x00", ",", '""', "\r\r\r", "a\x00b,c\n1\x00,2\n"])
def test_any_text_has_some_dialect(text: str) -> None:
    assert len(guess_dialect(text).delimiter) == 1


@pytest.mark.parametrize(
    ("in_front", "n_lines"),
    [
        ("", 0),
        ("sep=;\n", 0),  # an import passes over it by itself
        ("Export vom 12.03.2026;;;\n", 1),
        ("Export vom 12.03.2026\n\n", 2),
        ("sep=;\nExport;;;\n\n", 3),
        ("\n", 0),
    ],
)
def test_titles_before_the_header_are_counted(tmp_path: Path, in_front: str, n_lines: int) -> None:
    rows = "".join(f"{number};{number % 3};u{number};https://x/{number}.jpg\n" for number in range(1, 9))
    (tmp_path / "a.csv").write_text(f"{in_front}save;list;user;url\n{rows}", encoding="utf-8")
    guess = guess_csv_form(tmp_path / "a.csv")
    assert (guess.form.skip_lines, guess.form.delimiter, guess.form.column_names) == (n_lines, ";", ())
    assert csv_columns(tmp_path / "a.csv", guess.form) == ("save", "list", "user", "url")
    assert bool(guess.doubts) == bool(n_lines)


def test_rows_that_are_empty_but_for_one_text_are_no_titles(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("save;list\n1;\n2;\n3;7\n4;8\n", encoding="utf-8")
    assert guess_csv_form(tmp_path / "a.csv").form.skip_lines == 0
