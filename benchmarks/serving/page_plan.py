"""The page that is asked for: a picture, the best three of its six boards, and the five owners of these; and its plan.

Twelve reads by five processors. What the plan names is what the page by hand shows as well, so that both can be
compared: fields of rows, and how lists are called.
"""

import json
from collections.abc import Iterable
from typing import Literal

import msgspec

from benchmarks.serving.joined_rows import BOARDS, KEYS, N_BOARDS, N_OWNERS, OWNERS, PICTURES
from benchmarks.serving.load_client import Question

PLAN, ASK = "page", "/v1/ask"
PICTURE_FIELDS = ("n_pins", "category", "importance", "canonical_pin_id")
BOARD_FIELDS = ("name", "user_id", "page_rank", "category")
OWNER_FIELDS = ("username", "country", "importance")
N_BOARDS_SHOWN = 3
N_READS = 1 + N_BOARDS + N_OWNERS
ANY_KEY = "0" * 16  # in the place of a picture's
LISTS = {"picture": PICTURES, "boards": BOARDS, "owners": OWNERS}


def toml_plan() -> str:
    """Return the plan as a file of a folder of plans."""
    return f"""
about = "A picture, the best of its boards, and the owners of all of them."
answer = {_listed(LISTS)}
[parameters.{KEYS[PICTURES]}]
about = "the picture"
[steps.picture]
do = "fetch"
dataset = "{PICTURES}"
keys = "${KEYS[PICTURES]}"
fields = {_listed([*PICTURE_FIELDS, "boards.board_id"])}
[steps.all_boards]
do = "expand"
from = "picture"
path = "boards.board_id"
dataset = "{BOARDS}"
fields = {_listed(BOARD_FIELDS)}
most = {N_BOARDS}
[steps.owners]
do = "expand"
from = "all_boards"
path = "user_id"
dataset = "{OWNERS}"
fields = {_listed(OWNER_FIELDS)}
most = {N_BOARDS}
[steps.ranked]
do = "sort"
from = "all_boards"
by = "page_rank"
descending = true
[steps.boards]
do = "top"
from = "ranked"
n = {N_BOARDS_SHOWN}
"""


def http_question(n_pictures: int, form: Literal["json", "msgpack"] = "json") -> Question:
    """Return the request for a page over HTTP."""
    encode = msgspec.json.encode if form == "json" else msgspec.msgpack.encode
    before, after = encode({"plan": PLAN, "parameters": {KEYS[PICTURES]: ANY_KEY}}).split(ANY_KEY.encode())
    lines = [
        f"POST {ASK} HTTP/1.1",
        "host: 127.0.0.1",
        f"content-type: application/{form}",
        f"content-length: {len(before) + len(ANY_KEY) + len(after)}",
    ]
    head = "\r\n".join([*lines, "", ""])
    return Question(head.encode() + before, after, n_pictures)


def _listed(names: Iterable[str]) -> str:
    return json.dumps([*names])
