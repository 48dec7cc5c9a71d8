"""The mappings of `examples/` for pins as sites hand them out, from made-up pages to what a day shows of them."""

import json
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

EXAMPLES = Path(__file__).parents[3] / "examples"
DATE = "2026-11-20"

API_PINS = [
    {
        "id": "1125968000000564",
        "created_at": "Sun, 04 Apr 2021 05:43:58 +0000",
        "image_signature": "25042f03473dbb11189c28f71c6d15da",
        "images": {"orig": {"url": "https://example.org/o/1.jpg", "width": 736}},
        "board": {"id": "1126037000000722", "name": "Juicing", "pin_count": 7},
        "pinner": {"id": "1126106000000505", "username": "someone"},
        "link": "https://example.org/a?utm_source=x",
        "title": "cut within an emoji \ud83d",
        "dominant_color": "#a1b2c3",
    },
    {
        "id": "804244000000719616",
        "created_at": "Sat, 18 Jun 2022 17:03:09 +0000",
        "image_signature": "25042f03473dbb11189c28f71c6d15da",
        "board": {"id": "804244000000636314", "name": "Falls \ud83d", "pin_count": 2},
        "pinner": {"id": "804244000000242302", "username": "other"},
        "link": None,
    },
    {
        "id": "804244000000719617",
        "created_at": "Sat, 18 Jun 2022 17:04:10 +0000",
        "image_signature": "2b950426a9d455f39b8fec9f89dd19af",
        "board": {"id": "804244000000636314", "name": "Falls \ud83d", "pin_count": 3},
        "pinner": {"id": "804244000000242302", "username": "other"},
        "link": None,
    },
]


def v5_pin(pin_id: str, board_id: str, owner: str, parent: str | None, picture: str) -> dict[str, object]:
    images = {
        size: {"width": 1, "height": 2, "url": f"https://i.example.org/{size}/{picture}.jpg"}
        for size in ("150x150", "600x")
    }
    return {
        "id": pin_id,
        "created_at": "2020-01-01T20:10:40",
        "link": None,
        "title": "t",
        "description": "soup",
        "dominant_color": "#6E7874",
        "board_id": board_id,
        "board_owner": {"username": owner},
        "media": {"media_type": "image", "images": images},
        "parent_pin_id": parent,
    }


V5_BOARDS = [
    {"id": "71", "name": "Soups", "description": "", "owner": {"username": "ann"}, "created_at": "2020-01-01T20:10:40"},
    {
        "id": "72",
        "name": "Stews",
        "description": None,
        "owner": {"username": "bob"},
        "created_at": "2020-01-01T20:10:40",
    },
]


def huaban_pin(pin_id: int, board_id: int, user_id: int, via: int | None, key: str) -> dict[str, object]:
    return {
        "pin_id": pin_id,
        "user_id": user_id,
        "board_id": board_id,
        "file": {"farm": "farm1", "bucket": "hbimg", "key": key, "type": "image/jpeg", "width": 658, "height": 987},
        "via": via,
        "original": via,
        "raw_text": "沙发",
        "link": "http://example.org/x",
        "orig_source": None,
        "created_at": 1_390_000_000 + pin_id,
        "board": {
            "board_id": board_id,
            "user_id": user_id,
            "title": f"家居 {board_id}",
            "category_id": "home",
            "pin_count": pin_id,
        },
        "user": {"user_id": user_id, "username": f"用户{user_id}", "urlname": "u"},
    }


class Site:
    """A folder with what a site handed out, and the commands of a new user in it."""

    def __init__(self, folder: Path, run_here) -> None:
        self.folder, self._run_here = folder, run_here
        self.source = folder / "pages"
        self.source.mkdir()

    def save(self, name: str, value: object) -> None:
        (self.source / name).write_text(json.dumps(value, indent=1), encoding="utf-8")

    def run(self, *arguments: object) -> str:
        done = self._run_here(*arguments, cwd=self.folder)
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    def bring_in(self, example: str) -> str:
        """Import by an example and run the day; return what the import said."""
        told = self.run("import", EXAMPLES / f"{example}.toml", self.source, "--date", DATE)
        self.run("run", "--date", DATE, "--iterations", 1)
        return told

    def raw(self, table: str) -> list[dict[str, object]]:
        return pq.read_table(self.folder / "input" / table / f"date={DATE}", partitioning=None).to_pylist()


@pytest.fixture
def site(tmp_path, run_here):
    return Site(tmp_path, run_here)


def test_pages_of_the_api_run_through_a_day(site):
    site.save("page-1.json", {"items": API_PINS[:2], "bookmark": "xyz"})
    site.save("page-2.json", {"items": API_PINS[2:], "bookmark": None})
    told = site.bring_in("pinterest_api")
    assert "pins: 3 rows read, 3 written" in told
    assert "boards: 3 rows read, 2 written (equal rows became one)" in told
    assert "boards.name: 2 texts held half a character, now U+FFFD" in told
    assert [pin["board_id"] for pin in site.raw("pins")] == [1126037000000722] + [804244000000636314] * 2
    assert site.raw("pins")[0]["created_at"].isoformat() == "2021-04-04T05:43:58+00:00"
    assert {board["name"] for board in site.raw("boards")} == {"Juicing", "Falls \ufffd"}
    picture = site.run("show", "pin_join", "25042f03473dbb11189c28f71c6d15da")
    assert "1126037000000722" in picture
    assert "804244000000636314" in picture


def test_the_case_of_the_api_imports_as_a_page_a_list_and_lines(site, tmp_path):
    example = (EXAMPLES / "pinterest_api.toml").read_text(encoding="utf-8")
    plain = tmp_path / "plain.toml"
    plain.write_text(example.replace('records = "items"', "").replace("page*.json*", "pins.json*"), encoding="utf-8")
    site.save("page.json", {"items": API_PINS, "bookmark": None})
    site.run("import", EXAMPLES / "pinterest_api.toml", site.source, "--date", DATE)
    paged = [site.raw(table) for table in ("pins", "boards", "users")]
    for framing in ([json.dumps(API_PINS)], [json.dumps(pin) for pin in API_PINS]):
        shutil.rmtree(tmp_path / "input")
        (site.source / "pins.json").write_text("\n".join(framing), encoding="utf-8")
        site.run("import", plain, site.source, "--date", DATE)
        assert [site.raw(table) for table in ("pins", "boards", "users")] == paged


def test_pages_of_version_5_run_through_a_day(site):
    pins = [
        v5_pin("811", "71", "ann", None, "a"),
        v5_pin("812", "72", "bob", "811", "a"),
        v5_pin("813", "72", "bob", None, "b"),
    ]
    site.save("pins-1.json", {"items": pins[:2], "bookmark": "b"})
    site.save("pins-2.json", {"items": pins[2:], "bookmark": None})
    site.save("boards.json", {"items": V5_BOARDS, "bookmark": None})
    told = site.bring_in("pinterest_api_v5")
    assert "stable ids minted: 2 user ids" in told
    assert [pin["parent_pin_id"] for pin in site.raw("pins")] == [None, 811, None]
    assert len({pin["image_signature"] for pin in site.raw("pins")}) == 2
    assert [user["username"] for user in sorted(site.raw("users"), key=lambda user: str(user["username"]))] == [
        "ann",
        "bob",
    ]
    assert "Stews" in site.run("show", "board_join", "72")


def test_pins_of_huaban_run_through_a_day(site):
    pins = [huaban_pin(1, 11, 21, 0, "k1"), huaban_pin(2, 12, 22, 1, "k1"), huaban_pin(3, 12, 22, None, "k2")]
    site.save("pins.json", {"pins": pins})
    told = site.bring_in("huaban")
    assert "boards: 3 rows read, 2 written (equal rows became one)" in told
    assert [pin["parent_pin_id"] for pin in site.raw("pins")] == [None, 1, None]
    assert site.raw("pins")[0]["created_at"].isoformat() == "2014-01-17T23:06:41+00:00"
    assert {user["username"] for user in site.raw("users")} == {"用户21", "用户22"}
    shown = site.run("show", "board_join", "12")
    assert "家居 12" in shown
    assert "home" in shown
