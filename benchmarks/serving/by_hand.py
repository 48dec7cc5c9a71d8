"""``python -m benchmarks.serving.by_hand WAY OUTPUT PORT``: the page as somebody writes it for it alone.

One file of bare ASGI for one page: no plans, no types, no limits, no versions that change, no metrics. It is the floor
of what uvicorn, LMDB and msgspec take. ``fields`` reads the fields that it needs out of LMDB's values; ``rows`` asks
the tier for whole rows and takes the fields out of these; ``ok`` reads nothing, and answers with two letters.
"""

import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import lmdb
import msgspec
import uvicorn

from benchmarks.serving.joined_rows import BOARDS, KEYS, OWNERS, PICTURES
from benchmarks.serving.page_plan import BOARD_FIELDS, N_BOARDS_SHOWN, OWNER_FIELDS, PICTURE_FIELDS, PLAN
from storage_tiers.random_access import RandomAccess, RandomAccessTier
from storage_tiers.random_access.keys import encode_key

Row = dict[str, Any]
Page = Callable[[str], list[object]]  # the lists of the answer, of the key of a picture
WAYS = ("fields", "rows", "ok")


class _Asked(msgspec.Struct):
    plan: str
    parameters: dict[str, str]


class _List(msgspec.Struct):
    name: str
    type: str
    objects: list[Row]


class _Answer(msgspec.Struct):
    plan: str
    lists: list[_List]


class _Values:
    """The values of a dataset, and some fields of each: by position, everything else passed over."""

    def __init__(self, root: Path, name: str, fields: Mapping[str, Any]) -> None:
        tier = RandomAccessTier(root)
        version = tier.select(name, None, None)
        layout = tier.loaded(name, version).layout
        self._name, self._key, self._is_integer = name, layout.key, name != PICTURES
        self._opened = lmdb.open(str(tier.version_folder(name, version)), readonly=True, lock=False, readahead=False)
        shapes = [fields.get(field.name, msgspec.Raw) for field in layout.stored]
        self._decode = msgspec.msgpack.Decoder(tuple[*shapes]).decode
        self._places = [(name, place) for place, field in enumerate(layout.stored) if (name := field.name) in fields]

    def of(self, keys: list[Any]) -> list[Row]:
        """Return the fields of some keys by one transaction."""
        rows = []
        with self._opened.begin(buffers=True) as transaction:
            for key in keys:
                encoded = encode_key(self._name, self._key, key, is_integer=self._is_integer)[1]
                values = self._decode(transaction.get(encoded)[1:])
                row: Row = {self._key: key}
                for name, place in self._places:
                    row[name] = values[place]
                rows.append(row)
        return rows


def page_of_fields(root: Path) -> Page:
    """Return what reads the fields that the page shows."""
    board = msgspec.defstruct("Board", [("board_id", int)], array_like=True)
    pictures = _Values(root, PICTURES, dict.fromkeys(PICTURE_FIELDS, Any) | {"boards": list[board]})
    boards = _Values(root, BOARDS, dict.fromkeys(BOARD_FIELDS, Any))
    owners = _Values(root, OWNERS, dict.fromkeys(OWNER_FIELDS, Any))

    def page(signature: str) -> list[object]:
        picture = pictures.of([signature])
        board_ids = [one.board_id for one in picture[0]["boards"]]
        picture[0]["boards"] = [{"board_id": board_id} for board_id in board_ids]
        found = boards.of(board_ids)
        owner_rows = owners.of(list(dict.fromkeys(row["user_id"] for row in found)))
        return _lists(picture, found, owner_rows)

    return page


def page_of_rows(root: Path) -> Page:
    """Return what reads whole rows, and takes from them what the page shows."""
    pictures, boards, owners = (RandomAccess(root, name) for name in KEYS)

    def page(signature: str) -> list[object]:
        whole = pictures.get_many([signature])
        board_ids = [board["board_id"] for row in whole if row for board in row["boards"]]
        picture = _some(whole, KEYS[PICTURES], PICTURE_FIELDS)
        picture[0]["boards"] = [{"board_id": board_id} for board_id in board_ids]
        found = _some(boards.get_many(board_ids), KEYS[BOARDS], BOARD_FIELDS)
        owner_ids = list(dict.fromkeys(row["user_id"] for row in found))
        return _lists(picture, found, _some(owners.get_many(owner_ids), KEYS[OWNERS], OWNER_FIELDS))

    return page


def application(page: Page | None) -> Callable[..., Awaitable[None]]:
    """Return the ASGI application; without a page it answers with two letters."""
    decode, encode = msgspec.json.Decoder(_Asked).decode, msgspec.json.Encoder().encode

    async def answer(scope: Mapping[str, Any], receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        if scope["type"] != "http":
            return
        event = await receive()
        content = b"ok"
        if page is not None:
            lists = page(decode(event["body"]).parameters[KEYS[PICTURES]])
            content = encode(_Answer(PLAN, lists))
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    return answer


def _lists(picture: list[Row], boards: list[Row], owners: list[Row]) -> list[object]:
    first = sorted(boards, key=lambda row: row["page_rank"], reverse=True)[:N_BOARDS_SHOWN]
    return [_List("picture", PICTURES, picture), _List("boards", BOARDS, first), _List("owners", OWNERS, owners)]


def _some(rows: list[Row | None], key: str, fields: tuple[str, ...]) -> list[Row]:
    return [{key: row[key], **{name: row[name] for name in fields}} for row in rows if row]


def main() -> None:
    """Serve until it is ended."""
    way, root, port = sys.argv[1:]
    page = {"fields": page_of_fields, "rows": page_of_rows, "ok": lambda _root: None}[way](Path(root))
    uvicorn.run(application(page), host="127.0.0.1", port=int(port), log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
