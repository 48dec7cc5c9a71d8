"""Made-up sources in the shapes that people's files have, each with the mapping that is right for it."""

import csv
import datetime as dt
import gzip
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

N_PINS, N_BOARDS, N_USERS, N_PICTURES = 120, 24, 10, 15
FIRST = dt.datetime(2021, 4, 5, 7, 30, tzinfo=dt.UTC)
TOPICS = ("art", "food", "travel", "diy crafts")
LANDS = ("IS", "NO", "DE")


@dataclass(frozen=True)
class Shape:
    """A source: what writes its files into a folder, and the right mapping; fields it doesn't name are to be left out."""

    name: str
    write: Callable[[Path], None]
    mapping: str
    is_complete: bool = True


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


def table(source: str, columns: str, more: str = "") -> str:
    return f'source = "{source}"\n{more}\ncolumns = {{ {columns} }}\n'


def three(pins_: str, boards_: str, users_: str) -> str:
    return f"[pins]\n{pins_}\n[boards]\n{boards_}\n[users]\n{users_}"


ONE = "distinct = true"


def _plain(folder: Path) -> None:
    write_csv(folder / "pins.csv", taken(pins(), pin_id="pin", board_id="board", user_id="user", image_signature="sig",
                                         parent_pin_id="parent", created_at="when", description="note", link="page"))  # fmt: skip
    write_csv(folder / "boards.csv", taken(boards(), board_id="board", user_id="user", name="name", category="topic"))
    write_csv(folder / "users.csv", taken(users(), user_id="user", username="name", country="land"))


def _saves(folder: Path) -> None:
    rows = taken(pins(), id="pin", collectionId="board", memberId="user", photoUrl="photo", savedFrom="parent",
                 savedAt=lambda row: int(row["when"].timestamp()), note="note")  # fmt: skip
    write_csv(folder / "saves.csv", rows, delimiter=";")
    write_lines(folder / "collections.jsonl", taken(boards(), id="board", ownerId="user", title="name", genre="topic"))
    write_parquet(folder / "people.parquet", taken(users(), id="user", login="name", country="land"))


def _one_file(folder: Path) -> None:
    by_board = {row["board"]: row for row in boards()}
    rows = taken(pins(), save="pin", list="board", list_title=lambda row: by_board[row["board"]]["name"], member="user",
                 topic=lambda row: by_board[row["board"]]["topic"], md5="sig", when=strftime("%d/%m/%Y %H:%M"))  # fmt: skip
    write_csv(folder / "export.csv", rows)


def _api(folder: Path) -> list[dict[str, object]]:
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


API_MAPPING = (
    'pin_id = "id", board_id = "board.id", user_id = "pinner.id", image_signature = "image_signature", link = "link", '
    'description = "description", created_at = { column = "created_at", format = "%a, %d %b %Y %H:%M:%S %z" }',
    'board_id = "board.id", user_id = "pinner.id", name = "board.name"',
    'user_id = "pinner.id", username = "pinner.username"',
)


def _api_mapping(source: str, more: str = "") -> str:
    return three(
        table(source, API_MAPPING[0], more),
        table(source, API_MAPPING[1], f"{ONE}\n{more}"),
        table(source, API_MAPPING[2], f"{ONE}\n{more}"),
    )


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


def _pandas(folder: Path) -> None:
    rows = [{"": n, **row} for n, row in enumerate(taken(pins(), pin="pin", board="board", pinner="user", image_url="photo",
            repin_of=lambda row: f"{row['parent']}.0" if row["parent"] else "nan"))]  # fmt: skip
    write_csv(folder / "pins.csv", rows)
    frame = [
        {"Unnamed: 0": n, **row} for n, row in enumerate(taken(boards(), board="board", owner="user", category="topic"))
    ]
    write_csv(folder / "boards.csv", frame)


def _raw_layout(folder: Path) -> None:
    for day in ("2026-11-19", "2026-11-20"):
        rows = taken(pins(), pin_id="pin", board_id="board", user_id="user", image_signature="sig", parent_pin_id="parent",
                     created_at="when", description="note", link="page")  # fmt: skip
        write_parquet(folder / f"pins/date={day}/part-00000.parquet", rows[:60])
        write_parquet(folder / f"pins/date={day}/part-00001.parquet", rows[60:])
        write_parquet(folder / f"boards/date={day}/part-00000.parquet",
                      taken(boards(), board_id="board", user_id="user", name="name", category="topic"))  # fmt: skip
        write_parquet(
            folder / f"users/date={day}/part-00000.parquet",
            taken(users(), user_id="user", username="name", country="land"),
        )


def _german(folder: Path) -> None:
    write_csv(folder / "merkzettel.csv", taken(pins(), Merkzettel="pin", Pinnwand="board", Benutzer="user", Bild="photo",
                                               Erstellt_am=strftime("%d.%m.%Y %H:%M:%S"), Notiz="note"),
              delimiter=";", encoding="cp1252")  # fmt: skip
    write_csv(folder / "pinnwaende.csv", taken(boards(), Pinnwand="board", Besitzer="user", Titel=lambda row: f"Möbel für {row['name']}",
                                               Kategorie="topic"), delimiter=";", encoding="cp1252")  # fmt: skip


def _chinese(folder: Path) -> None:
    write_csv(folder / "采集.csv", taken(pins(), 采集编号="pin", 画板="board", 用户="user", 图片="photo", 创建时间=strftime("%Y-%m-%d %H:%M:%S"),
                                       描述=lambda row: f"漂亮的图片 {row['note']}"), encoding="gb18030")  # fmt: skip
    write_csv(folder / "画板.csv", taken(boards(), 编号="board", 用户="user", 标题="name", 分类="topic"))


def _french(folder: Path) -> None:
    write_csv(folder / "épingles.csv", taken(pins(), id="pin", tableau_id="board", utilisateur="user", empreinte="sig",
                                             date=strftime("%Y-%m-%d"), commentaire="note"), delimiter="\t")  # fmt: skip
    write_csv(
        folder / "tableaux.csv",
        taken(boards(), id="board", propriétaire="user", titre="name", catégorie="topic"),
        delimiter="\t",
    )


def _text_ids(folder: Path) -> None:
    uuid = lambda n: f"{n:08x}-0000-4000-8000-{n * 77:012x}"  # noqa: E731
    write_parquet(folder / "posts.parquet", taken(pins(), uuid=lambda row: uuid(row["pin"]), album=lambda row: uuid(row["board"]),
                                                  author=lambda row: f"person{row['user']}", sha1=lambda row: row["sig"] * 2 + "00112233",
                                                  parent_post=lambda row: row["parent"] and uuid(row["parent"]), created="when"))  # fmt: skip
    write_parquet(folder / "albums.parquet", taken(boards(), uuid=lambda row: uuid(row["board"]), creator=lambda row: f"person{row['user']}",
                                                   title="name", theme="topic"))  # fmt: skip


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


def _anonymous(folder: Path) -> None:
    write_csv(folder / "board_images.csv", taken(pins(), board="board", image=lambda row: row["pin"] % N_PICTURES))


def _self_parent(folder: Path) -> None:
    write_csv(folder / "pins.csv", taken(pins(), pin="pin", board="board", user="user", signature="sig",
                                         parent=lambda row: row["parent"] or row["pin"], created=strftime("%m/%d/%Y %I:%M %p")))  # fmt: skip
    write_csv(folder / "boards.csv", taken(boards(), board="board", user="user",
                                           category=lambda row: row["topic"].title() if row["board"] % 2 else f" {row['topic']}"))  # fmt: skip


def _hive(folder: Path) -> None:
    rows = taken(pins(), pin_id="pin", board_id="board", user_id="user", hash="sig", parent_id=lambda row: row["parent"] or "\\N",
                 created=strftime("%Y-%m-%d %H:%M:%S"), description=lambda row: f'"x" {row["note"]}')  # fmt: skip
    content = "\n".join(
        "\x01".join(str(value) for value in row.values()) for row in [dict(zip(rows[0], rows[0], strict=True)), *rows]
    )
    (folder / "pins.csv").write_text(content + "\n", encoding="utf-8")


def _headerless(folder: Path) -> None:
    rows = taken(pins(), a="pin", b="board", c="user", d="sig", e=strftime("%Y-%m-%d %H:%M:%S"))
    write_csv(folder / "dump.csv", rows, header=False)


def _by_key(folder: Path) -> None:
    records = {str(row["pin"]): {"board": row["board"], "saver": row["user"], "img": row["photo"]} for row in pins()}
    write_json(folder / "saves.json", records)


def _usernames(folder: Path) -> None:
    write_csv(folder / "bookmarks.csv", taken(pins(), bookmark_id="pin", folder="board", username=lambda row: f"person{row['user']}",
                                              url="page", thumbnail="photo", added=strftime("%d %b %Y")))  # fmt: skip


def _wide(folder: Path) -> None:
    many = {f"f{n}": (lambda row, n=n: row["pin"] * n % 13) for n in range(300)}
    write_csv(
        folder / "pins.csv", taken(pins(), **many, pin_id="pin", board_id="board", user_id="user", image_hash="sig")
    )


def _backslash(folder: Path) -> None:
    lines = [f'{row["pin"]},{row["board"]},{row["user"]},{row["sig"]},"say \\"hi\\", {row["pin"]}"' for row in pins()]
    (folder / "pins.csv").write_text(
        "\n".join(["pin_id,board_id,user_id,signature,description", *lines, ""]), encoding="utf-8"
    )


def _utf16(folder: Path) -> None:
    write_csv(folder / "pins.csv", taken(pins(), PinID="pin", BoardID="board", UserID="user", Image="photo"), encoding="utf-16",
              delimiter="\t")  # fmt: skip


def _from_pins(source: str, pin: str, board: str, user: str, more: str = "", of_pins: str = "") -> str:
    return three(
        table(source, pin, f"{more}\n{of_pins}"),
        table(source, board, f"{ONE}\n{more}"),
        table(source, user, f"{ONE}\n{more}"),
    )


IDS = 'pin_id = "pin_id", board_id = "board_id", user_id = "user_id"'
PLAIN_PINS = f'{IDS}, image_signature = "image_signature", parent_pin_id = "parent_pin_id", created_at = "created_at", link = "link", description = "description"'
PLAIN_BOARDS = 'board_id = "board_id", user_id = "user_id", name = "name", category = "category"'
PLAIN_USERS = 'user_id = "user_id", username = "username", country = "country"'
OF_PINS = 'board_id = "board_id", user_id = "user_id"'

SHAPES = [
    Shape("the raw names", _plain, three(table("pins.csv", PLAIN_PINS), table("boards.csv", PLAIN_BOARDS), table("users.csv", PLAIN_USERS))),
    Shape("three files of three kinds in camel case", _saves, three(
        table("saves.csv", 'pin_id = "id", board_id = "collectionId", user_id = "memberId", image_signature = { column = "photoUrl", '
              'as = "digest" }, parent_pin_id = "savedFrom", created_at = { column = "savedAt", unit = "s" }, description = "note"',
              'delimiter = ";"'),
        table("collections.jsonl", 'board_id = "id", user_id = "ownerId", name = "title", category = "genre"'),
        table("people.parquet", 'user_id = "id", username = "login", country = "country"'))),
    Shape("one file for three tables", _one_file, _from_pins("export.csv",
        'pin_id = "save", board_id = "list", user_id = "member", image_signature = "md5", created_at = { column = "when", '
        'format = "%d/%m/%Y %H:%M" }', 'board_id = "list", user_id = "member", name = "list_title", category = "topic"',
        'user_id = "member"')),
    Shape("the API's pins as JSON Lines", lambda folder: write_lines(folder / "pins.jsonl", _api(folder)), _api_mapping("pins.jsonl")),
    Shape("the API's pins as a list", lambda folder: write_json(folder / "pins.json", _api(folder)), _api_mapping("pins.json")),
    Shape("the API's pins as a page", lambda folder: write_json(folder / "page.json", {"items": _api(folder), "bookmark": "x"}),
          _api_mapping("page.json", 'records = "items"')),
    Shape("records like Huaban's", _huaban, three(
        table("pins.json", f'{IDS}, image_signature = "file.key", parent_pin_id = "via", created_at = {{ column = "created_at", unit = "s" }}, '
              'description = "raw_text", link = "link"', 'records = "pins"'),
        table("boards.json", 'board_id = "board_id", user_id = "user_id", name = "title", category = "category_id"', 'records = "boards"'),
        table("boards.json", 'user_id = "user_id"', f'{ONE}\nrecords = "boards"'))),
    Shape("pandas with index columns", _pandas, three(
        table("pins.csv", 'pin_id = "pin", board_id = "board", user_id = "pinner", image_signature = { column = "image_url", as = "digest" }, '
              'parent_pin_id = "repin_of"', 'null_values = ["nan"]'),
        table("boards.csv", 'board_id = "board", user_id = "owner", category = "category"'),
        table("boards.csv", 'user_id = "owner"', ONE))),
    Shape("the raw layout, two snapshots", _raw_layout, three(
        table("pins/date=2026-11-20/part-0000*.parquet", PLAIN_PINS), table("boards/date=2026-11-20/part-00000.parquet", PLAIN_BOARDS),
        table("users/date=2026-11-20/part-00000.parquet", PLAIN_USERS))),
    Shape("German in cp1252", _german, three(
        table("merkzettel.csv", 'pin_id = "Merkzettel", board_id = "Pinnwand", user_id = "Benutzer", image_signature = { column = "Bild", '
              'as = "digest" }, created_at = { column = "Erstellt_am", format = "%d.%m.%Y %H:%M:%S" }, description = "Notiz"', 'delimiter = ";"'),
        table("pinnwaende.csv", 'board_id = "Pinnwand", user_id = "Besitzer", name = "Titel", category = "Kategorie"',
              'delimiter = ";"\nencoding = "cp1252"'),
        table("pinnwaende.csv", 'user_id = "Besitzer"', f'{ONE}\ndelimiter = ";"\nencoding = "cp1252"'))),
    Shape("Chinese in GB 18030", _chinese, three(
        table("采集.csv", 'pin_id = "采集编号", board_id = "画板", user_id = "用户", image_signature = { column = "图片", as = "digest" }, '
              'created_at = "创建时间", description = "描述"', 'encoding = "gb18030"'),
        table("画板.csv", 'board_id = "编号", user_id = "用户", name = "标题", category = "分类"'),
        table("画板.csv", 'user_id = "用户"', ONE))),
    Shape("French with tabs", _french, three(
        table("épingles.csv", 'pin_id = "id", board_id = "tableau_id", user_id = "utilisateur", image_signature = "empreinte", '
              'created_at = "date", description = "commentaire"', 'delimiter = "\\t"'),
        table("tableaux.csv", 'board_id = "id", user_id = "propriétaire", name = "titre", category = "catégorie"', 'delimiter = "\\t"'),
        table("tableaux.csv", 'user_id = "propriétaire"', f'{ONE}\ndelimiter = "\\t"'))),
    Shape("UUIDs and names as ids", _text_ids, three(
        table("posts.parquet", 'pin_id = { column = "uuid", as = "id" }, board_id = { column = "album", as = "id" }, user_id = { column = "author", '
              'as = "id" }, image_signature = "sha1", parent_pin_id = { column = "parent_post", as = "id" }, created_at = "created"'),
        table("albums.parquet", 'board_id = { column = "uuid", as = "id" }, user_id = { column = "creator", as = "id" }, name = "title", category = "theme"'),
        table("albums.parquet", 'user_id = { column = "creator", as = "id" }', ONE))),
    Shape("parts in folders", _parts, three(
        table("pins/part-0000*.csv.gz", f'{IDS}, image_signature = "phash", created_at = {{ column = "ts", unit = "ms" }}'),
        table("boards/*uary.csv", 'board_id = "board_id", user_id = "user_id", name = "name"'),
        table("boards/*uary.csv", 'user_id = "user_id"', ONE))),
    Shape("boards and pictures alone", _anonymous, _from_pins("board_images.csv",
        'pin_id = { row_number = true }, board_id = "board", user_id = "board", image_signature = { column = "image", as = "digest" }',
        'board_id = "board", user_id = "board"', 'user_id = "board"')),
    Shape("originals name themselves, month first", _self_parent, three(
        table("pins.csv", 'pin_id = "pin", board_id = "board", user_id = "user", image_signature = "signature", parent_pin_id = { column = "parent", '
              'null_if_equal = "pin" }, created_at = { column = "created", format = "%m/%d/%Y %I:%M %p" }'),
        table("boards.csv", 'board_id = "board", user_id = "user", category = "category"'),
        table("boards.csv", 'user_id = "user"', ONE))),
    Shape("a Hive text table", _hive, _from_pins("pins.csv",
        f'{IDS}, image_signature = "hash", parent_pin_id = "parent_id", created_at = "created", description = "description"', OF_PINS,
        'user_id = "user_id"', 'delimiter = "\\u0001"\nquote = ""', 'null_values = ["\\\\N"]')),
    Shape("rows without a header", _headerless, _from_pins("dump.csv", 'pin_id = { row_number = true }, image_signature = "column_4", '
        'created_at = "column_5"', 'name = { constant = "" }', 'country = { constant = "" }'), is_complete=False),
    Shape("JSON by key", _by_key, _from_pins("saves.json", 'pin_id = "$key", board_id = "board", user_id = "saver", '
        'image_signature = { column = "img", as = "digest" }', 'board_id = "board", user_id = "saver"', 'user_id = "saver"', 'records = "."')),
    Shape("bookmarks by user name", _usernames, _from_pins("bookmarks.csv",
        'pin_id = "bookmark_id", board_id = "folder", user_id = { column = "username", as = "id" }, link = "url", '
        'image_signature = { column = "thumbnail", as = "digest" }, created_at = { column = "added", format = "%d %b %Y" }',
        'board_id = "folder", user_id = { column = "username", as = "id" }', 'user_id = { column = "username", as = "id" }, username = "username"')),
    Shape("three hundred columns more", _wide, _from_pins("pins.csv", f'{IDS}, image_signature = "image_hash"', OF_PINS, 'user_id = "user_id"')),
    Shape("backslashes before quotes", _backslash, _from_pins("pins.csv", f'{IDS}, image_signature = "signature", description = "description"',
        OF_PINS, 'user_id = "user_id"', 'escape = "\\\\"')),
    Shape("Excel's Unicode text", _utf16, _from_pins("pins.csv", 'pin_id = "PinID", board_id = "BoardID", user_id = "UserID", image_signature = '
        '{ column = "Image", as = "digest" }', 'board_id = "BoardID", user_id = "UserID"', 'user_id = "UserID"',
        'delimiter = "\\t"\nencoding = "utf-16"')),
]  # fmt: skip


@pytest.fixture(scope="session")
def shapes() -> list[Shape]:
    return SHAPES


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for a ``shape`` on every one of them."""
    if "shape" in metafunc.fixturenames:
        metafunc.parametrize("shape", SHAPES, ids=[shape.name.replace(" ", "-") for shape in SHAPES])
