"""Made-up sources in the shapes that people's files have, each with the mapping that is right for it."""

import csv
import datetime as dt
import gzip
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

N_PINS, N_BOARDS, N_USERS, N_PICTURES = 120, 24, 10, 15
FIRST = dt.datetime(2021, 4, 5, 7, 30, tzinfo=dt.UTC)
TOPICS = ("art", "food", "travel", "diy crafts")
LANDS = ("IS", "NO", "DE")


@dataclass(frozen=True)
class Shape:
    """A source: what writes its files into a folder, and the mapping that is right for it."""

    name: str
    write: Callable[[Path], None]
    is_complete: bool

    @property
    def right_mapping(self) -> str:
        """The text of ``right/<name>.toml``."""
        return (Path(__file__).parent / "right" / f"{self.name}.toml").read_text(encoding="utf-8")


SHAPES: list[Shape] = []


def shape(name: str, *, is_complete: bool = True) -> Callable[[Callable[[Path], None]], None]:
    """Put a function that writes a source into the list of shapes."""
    return lambda write: SHAPES.append(Shape(name, write, is_complete))


def pins() -> list[dict[str, object]]:
    rows = []
    for n in range(N_PINS):
        board = n * 7 % N_BOARDS
        rows.append(
            {
                "pin": 5000 + n,
                "board": 300 + board,
                "user": 70 + board % N_USERS,
                "sig": f"{(n % N_PICTURES + 1) * 0x9E3779B97F4A7C15 % 2**64:016x}",
                "photo": f"https://i.site.org/orig/{n % N_PICTURES}.jpg",
                "parent": 5000 + n % N_PICTURES if n >= N_PICTURES else None,
                "when": FIRST + dt.timedelta(hours=31 * n, seconds=n),
                "note": f"lovely, number {n}" if n % 4 else "",
                "page": f"https://blog.org/{n}?a=1",
            }
        )
    return rows


def boards() -> list[dict[str, object]]:
    return [
        {"board": 300 + n, "user": 70 + n % N_USERS, "name": f"Board of {n}", "topic": TOPICS[n % len(TOPICS)]}
        for n in range(N_BOARDS)
    ]


def users() -> list[dict[str, object]]:
    return [{"user": 70 + n, "name": f"person{n}", "land": LANDS[n % len(LANDS)]} for n in range(N_USERS)]


def taken(
    rows: list[dict[str, object]], **columns: str | Callable[[dict[str, object]], object]
) -> list[dict[str, object]]:
    """Return rows with the columns named: a key of the rows, or a function of a row."""
    return [{name: what(row) if callable(what) else row[what] for name, what in columns.items()} for row in rows]


def csv_text(rows: list[dict[str, object]], *, header: bool = True, **dialect: object) -> str:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n", **dialect)
    if header:
        writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def write_csv(path: Path, rows: list[dict[str, object]], encoding: str = "utf-8", **dialect: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = csv_text(rows, **dialect).encode(encoding)
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)


def write_lines(path: Path, rows: list[dict[str, object]]) -> None:
    path.write_text("".join(json.dumps(row, default=str) + "\n" for row in rows), encoding="utf-8")


def write_json(path: Path, document: object) -> None:
    path.write_text(json.dumps(document, default=str, indent=1), encoding="utf-8")


def write_parquet(path: Path, rows: list[dict[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows), path)


def strftime(form: str) -> Callable[[dict[str, object]], str]:
    return lambda row: row["when"].strftime(form)  # type: ignore[attr-defined]


def raw_tables() -> dict[str, list[dict[str, object]]]:
    """Return pins, boards and users under the names of the raw fields."""
    named = {"image_signature": "sig", "parent_pin_id": "parent", "created_at": "when", "description": "note"}
    return {
        "pins": taken(pins(), pin_id="pin", board_id="board", user_id="user", **named, link="page"),
        "boards": taken(boards(), board_id="board", user_id="user", name="name", category="topic"),
        "users": taken(users(), user_id="user", username="name", country="land"),
    }


@shape("the_raw_names")
def _plain(folder: Path) -> None:
    for table, rows in raw_tables().items():
        write_csv(folder / f"{table}.csv", rows)


@shape("three_files_of_three_kinds_in_camel_case")
def _saves(folder: Path) -> None:
    rows = taken(
        pins(),
        id="pin",
        collectionId="board",
        memberId="user",
        photoUrl="photo",
        savedFrom="parent",
        savedAt=lambda row: int(row["when"].timestamp()),
        note="note",
    )
    write_csv(folder / "saves.csv", rows, delimiter=";")
    write_lines(folder / "collections.jsonl", taken(boards(), id="board", ownerId="user", title="name", genre="topic"))
    write_parquet(folder / "people.parquet", taken(users(), id="user", login="name", country="land"))


@shape("one_file_for_three_tables")
def _one_file(folder: Path) -> None:
    by_board = {row["board"]: row for row in boards()}
    rows = taken(
        pins(),
        save="pin",
        list="board",
        list_title=lambda row: by_board[row["board"]]["name"],
        member="user",
        topic=lambda row: by_board[row["board"]]["topic"],
        md5="sig",
        when=strftime("%d/%m/%Y %H:%M"),
    )
    write_csv(folder / "export.csv", rows)


def _api_pins() -> list[dict[str, object]]:
    by_board = {row["board"]: row for row in boards()}
    return [
        {
            "id": str(row["pin"]),
            "created_at": row["when"].strftime("%a, %d %b %Y %H:%M:%S +0000"),
            "image_signature": row["sig"] * 2,
            "board": {"id": str(row["board"]), "name": by_board[row["board"]]["name"], "pin_count": 5},
            "pinner": {"id": str(row["user"]), "username": f"person{row['user']}", "followers": 3},
            "images": {"236x": {"url": row["photo"]}, "orig": {"url": row["photo"]}},
            "link": row["page"],
            "description": row["note"],
            "is_repin": row["parent"] is not None,
        }
        for row in pins()
    ]


@shape("the_apis_pins_as_json_lines")
def _api_lines(folder: Path) -> None:
    write_lines(folder / "pins.jsonl", _api_pins())


@shape("the_apis_pins_as_a_list")
def _api_list(folder: Path) -> None:
    write_json(folder / "pins.json", _api_pins())


@shape("the_apis_pins_as_a_page")
def _api_page(folder: Path) -> None:
    write_json(folder / "page.json", {"items": _api_pins(), "bookmark": "x"})


@shape("records_like_huabans")
def _huaban(folder: Path) -> None:
    rows = [
        {
            "pin_id": row["pin"],
            "user_id": row["user"],
            "board_id": row["board"],
            "file_id": 90000 + n % N_PICTURES,
            "file": {"key": row["sig"], "type": "image/jpeg", "width": 236, "height": 300},
            "via": row["parent"] or 0,
            "original": row["parent"] or 0,
            "created_at": int(row["when"].timestamp()),
            "raw_text": row["note"],
            "link": row["page"],
            "like_count": n % 4,
        }
        for n, row in enumerate(pins())
    ]
    write_json(folder / "pins.json", {"pins": rows, "status": "ok"})
    write_json(
        folder / "boards.json",
        {"boards": taken(boards(), board_id="board", user_id="user", title="name", category_id="topic")},
    )


@shape("pandas_with_index_columns")
def _pandas(folder: Path) -> None:
    rows = [
        {"": n, **row}
        for n, row in enumerate(
            taken(
                pins(),
                pin="pin",
                board="board",
                pinner="user",
                image_url="photo",
                repin_of=lambda row: f"{row['parent']}.0" if row["parent"] else "nan",
            )
        )
    ]
    write_csv(folder / "pins.csv", rows)
    frame = [
        {"Unnamed: 0": n, **row} for n, row in enumerate(taken(boards(), board="board", owner="user", category="topic"))
    ]
    write_csv(folder / "boards.csv", frame)


@shape("the_raw_layout_two_snapshots")
def _raw_layout(folder: Path) -> None:
    for day in ("2026-11-19", "2026-11-20"):
        for table, rows in raw_tables().items():
            half = N_PINS // 2 if table == "pins" else len(rows)
            write_parquet(folder / f"{table}/date={day}/part-00000.parquet", rows[:half])
            if rows[half:]:
                write_parquet(folder / f"{table}/date={day}/part-00001.parquet", rows[half:])


@shape("german_in_cp1252")
def _german(folder: Path) -> None:
    write_csv(
        folder / "merkzettel.csv",
        taken(
            pins(),
            Merkzettel="pin",
            Pinnwand="board",
            Benutzer="user",
            Bild="photo",
            Erstellt_am=strftime("%d.%m.%Y %H:%M:%S"),
            Notiz="note",
        ),
        delimiter=";",
        encoding="cp1252",
    )
    write_csv(
        folder / "pinnwaende.csv",
        taken(
            boards(), Pinnwand="board", Besitzer="user", Titel=lambda row: f"Möbel für {row['name']}", Kategorie="topic"
        ),
        delimiter=";",
        encoding="cp1252",
    )


@shape("chinese_in_gb_18030")
def _chinese(folder: Path) -> None:
    write_csv(
        folder / "采集.csv",
        taken(
            pins(),
            采集编号="pin",
            画板="board",
            用户="user",
            图片="photo",
            创建时间=strftime("%Y-%m-%d %H:%M:%S"),
            描述=lambda row: f"漂亮的图片 {row['note']}",
        ),
        encoding="gb18030",
    )
    write_csv(folder / "画板.csv", taken(boards(), 编号="board", 用户="user", 标题="name", 分类="topic"))


@shape("french_with_tabs")
def _french(folder: Path) -> None:
    write_csv(
        folder / "épingles.csv",
        taken(
            pins(),
            id="pin",
            tableau_id="board",
            utilisateur="user",
            empreinte="sig",
            date=strftime("%Y-%m-%d"),
            commentaire="note",
        ),
        delimiter="\t",
    )
    write_csv(
        folder / "tableaux.csv",
        taken(boards(), id="board", propriétaire="user", titre="name", catégorie="topic"),
        delimiter="\t",
    )


@shape("uuids_and_names_as_ids")
def _text_ids(folder: Path) -> None:
    uuid = lambda n: f"{n:08x}-0000-4000-8000-{n * 77:012x}"  # noqa: E731
    write_parquet(
        folder / "posts.parquet",
        taken(
            pins(),
            uuid=lambda row: uuid(row["pin"]),
            album=lambda row: uuid(row["board"]),
            author=lambda row: f"person{row['user']}",
            sha1=lambda row: row["sig"] * 2 + "00112233",
            parent_post=lambda row: row["parent"] and uuid(row["parent"]),
            created="when",
        ),
    )
    write_parquet(
        folder / "albums.parquet",
        taken(
            boards(),
            uuid=lambda row: uuid(row["board"]),
            creator=lambda row: f"person{row['user']}",
            title="name",
            theme="topic",
        ),
    )


@shape("parts_in_folders")
def _parts(folder: Path) -> None:
    rows = taken(
        pins(),
        pin_id="pin",
        board_id="board",
        user_id="user",
        phash="sig",
        ts=lambda row: int(row["when"].timestamp() * 1000),
    )
    for part in range(4):
        write_csv(folder / f"pins/part-{part:05}.csv.gz", rows[part::4])
    for month, half in (("january", boards()[:12]), ("february", boards()[12:])):
        write_csv(folder / f"boards/{month}.csv", taken(half, board_id="board", user_id="user", name="name"))


@shape("boards_and_pictures_alone")
def _anonymous(folder: Path) -> None:
    write_csv(folder / "board_images.csv", taken(pins(), board="board", image=lambda row: row["pin"] % N_PICTURES))


@shape("originals_name_themselves_month_first")
def _self_parent(folder: Path) -> None:
    write_csv(
        folder / "pins.csv",
        taken(
            pins(),
            pin="pin",
            board="board",
            user="user",
            signature="sig",
            parent=lambda row: row["parent"] or row["pin"],
            created=strftime("%m/%d/%Y %I:%M %p"),
        ),
    )
    write_csv(
        folder / "boards.csv",
        taken(
            boards(),
            board="board",
            user="user",
            category=lambda row: row["topic"].title() if row["board"] % 3 else f" {row['topic']}",
        ),
    )


@shape("a_hive_text_table")
def _hive(folder: Path) -> None:
    rows = taken(
        pins(),
        pin_id="pin",
        board_id="board",
        user_id="user",
        hash="sig",
        parent_id=lambda row: row["parent"] or "\\N",
        created=strftime("%Y-%m-%d %H:%M:%S"),
        description=lambda row: f'"x" {row["note"]}',
    )
    content = "\n".join(
        "\x01".join(str(value) for value in row.values()) for row in [dict(zip(rows[0], rows[0], strict=True)), *rows]
    )
    (folder / "pins.csv").write_text(content + "\n", encoding="utf-8")


@shape("rows_without_a_header", is_complete=False)
def _headerless(folder: Path) -> None:
    rows = taken(pins(), a="pin", b="board", c="user", d="sig", e=strftime("%Y-%m-%d %H:%M:%S"))
    write_csv(folder / "dump.csv", rows, header=False)


@shape("json_by_key")
def _by_key(folder: Path) -> None:
    records = {str(row["pin"]): {"board": row["board"], "saver": row["user"], "img": row["photo"]} for row in pins()}
    write_json(folder / "saves.json", records)


@shape("bookmarks_by_user_name")
def _usernames(folder: Path) -> None:
    write_csv(
        folder / "bookmarks.csv",
        taken(
            pins(),
            bookmark_id="pin",
            folder="board",
            username=lambda row: f"person{row['user']}",
            url="page",
            thumbnail="photo",
            added=strftime("%d %b %Y"),
        ),
    )


@shape("three_hundred_columns_more")
def _wide(folder: Path) -> None:
    many = {f"f{n}": (lambda row, n=n: row["pin"] * n % 13) for n in range(300)}
    write_csv(
        folder / "pins.csv", taken(pins(), **many, pin_id="pin", board_id="board", user_id="user", image_hash="sig")
    )


@shape("backslashes_before_quotes")
def _backslash(folder: Path) -> None:
    lines = [f'{row["pin"]},{row["board"]},{row["user"]},{row["sig"]},"say \\"hi\\", {row["pin"]}"' for row in pins()]
    (folder / "pins.csv").write_text(
        "\n".join(["pin_id,board_id,user_id,signature,description", *lines, ""]), encoding="utf-8"
    )


@shape("excels_unicode_text")
def _utf16(folder: Path) -> None:
    write_csv(
        folder / "pins.csv",
        taken(pins(), PinID="pin", BoardID="board", UserID="user", Image="photo"),
        encoding="utf-16",
        delimiter="\t",
    )


def many_pins(n_rows: int, first: int = 0, **more: Callable[[int], object]) -> list[dict[str, object]]:
    """Return pins of 40 boards and 50 pictures, numbered from `first`, with more columns: functions of the number."""
    return [
        {
            "id": 5000 + n,
            "board_id": 300 + n % 40,
            "user_id": 70 + n % 40 % 7,
            "image_signature": f"{n % 50 + 1:016x}a",
            "created_at": f"2021-04-{1 + n % 28:02} 10:00:00",
        }
        | {name: what(n) for name, what in more.items()}
        for n in range(first, first + n_rows)
    ]


@pytest.fixture(scope="session")
def maker() -> SimpleNamespace:
    """Pins in any number, and what writes rows to a file: tests are no package, so there is nothing to import."""
    return SimpleNamespace(pins=many_pins, write_lines=write_lines, write_csv=write_csv)


@pytest.fixture(scope="session")
def shapes() -> dict[str, Shape]:
    """All shapes by name."""
    return {one.name: one for one in SHAPES}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for a ``shape`` on every one of them."""
    if "shape" in metafunc.fixturenames:
        metafunc.parametrize("shape", SHAPES, ids=[one.name for one in SHAPES])
