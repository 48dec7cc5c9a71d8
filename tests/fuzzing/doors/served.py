"""The doors of the service: requests and plans by every wire, plans of files, expressions; as strangers send them.

Whatever comes, the service answers within its bounds or refuses with an error of serving in one line. A failing input
lies in the folder of its fault, as the body that was sent, and as Python in ``input.txt``: give that to `enter`.
"""

import string
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from serving.plans.compiling import compile_plan
from serving.plans.written_plan import read_toml
from tests.fuzzing.door import BrokenPropertyError, Door
from tests.fuzzing.inputs.choices import Choices, built_by
from tests.fuzzing.inputs.damage import damaged
from tests.fuzzing.inputs.expressions import expression
from tests.fuzzing.inputs.plans import plan
from tests.fuzzing.inputs.wires import Asking, any_bytes, asked, json_text, on_wire, read_page
from tests.fuzzing.watched_service import watched_service

Input = TypeVar("Input")
_ENTROPY_BYTES, _FEW_BYTES = 120, 80
_A_SECOND = 300
_AS_DEEP_AS_IT_MATTERS, _HUGE = 60, 1e300
_PLAIN = frozenset(string.ascii_letters + string.digits + "_.$ <>=+-*/()'")
_DATASETS = ("pin_joins", "board_joins", "cache/pin_joins", "slow/board_joins")
_FIELDS = ["n_pins", "category", "importance", "is_spam", "first_pinned_at", "terms", "codes", "owner"]
_OF_BOARDS = ["name", "owner", "n_pins"]
_PARAMETERS: dict[str, Any] = {
    "n": {"type": "number", "default": 3},
    "user": {"type": "number", "default": 2**70},
    "share": {"type": "fraction", "default": 0.5},
    "picture": {"default": "sofa"},
    "words": {"list": True, "default": ["home", "art"]},
    "pictures": {"type": "number", "list": True, "default": [1, 2]},
}


def _plans(choices: Choices) -> Asking:
    return on_wire(choices, asked(choices, own_plan=True))


def _requests(choices: Choices) -> Asking:
    match choices.below(5):
        case 0 | 1 | 2:
            return on_wire(choices, asked(choices, own_plan=False))
        case 3:
            return read_page(choices)
        case _:
            return any_bytes(choices)


def _expressions(choices: Choices) -> Asking:
    dataset = choices.pick(_DATASETS)
    is_board = dataset.endswith("board_joins")
    rows = {
        "do": "fetch",
        "dataset": dataset,
        "keys": [7, 9, 11, 13] if is_board else ["sofa", "lamp", "vase", "lost", "vast"],
        "fields": _OF_BOARDS if is_board else [*_FIELDS, "boards"] if choices.chance(0.05) else _FIELDS,
    }
    do, key = choices.pick((("filter", "where"), ("score", "by"), ("split", "by")))
    steps = {
        "rows": rows,
        "said": {"do": do, "from": "rows", key: expression(choices, "number" if do == "score" else "truth")},
    }
    written = {"parameters": _PARAMETERS, "steps": steps, "answer": ["said.no" if do == "split" else "said"]}
    return Asking("http", json_text(choices, {"plan": written}), headers=((b"content-type", b"application/json"),))


def enter(asking: Asking, _folder: Path | None = None) -> None:
    """Ask, and check what must hold of any request."""
    watched_service().ask(asking)


def _lay(asking: Asking, folder: Path) -> None:
    (folder / f"body.{asking.wire}").write_bytes(asking.body)


def _files(choices: Choices) -> bytes:
    made = plan(choices)
    if not isinstance(made, dict):
        return damaged(b"answer = []", choices, 0.9)
    text = "\n".join(f"{_key(name)} = {_toml(value)}" for name, value in made.items())
    return damaged(text.encode("utf-8", "surrogatepass"), choices, 0.2)


def _enter_file(text: bytes, _folder: Path) -> None:
    service = watched_service()
    written = read_toml(text, "plans/fuzz.toml")
    compile_plan("fuzz", written, service.service._stores.sources)
    as_json = msgspec.json.encode(msgspec.toml.decode(text))
    if read_toml(text, "again").digest != written.digest:
        raise BrokenPropertyError("a plan is another when it is read again")
    enter(Asking("http", b'{"plan": %b}' % as_json, headers=((b"content-type", b"application/json"),)))


def _lay_file(text: bytes, folder: Path) -> None:
    (folder / "plan.toml").write_bytes(text)


def _key(name: str) -> str:
    return name if name.isidentifier() and name.isascii() else _toml(name)


def _toml(value: Any, depth: int = 0) -> str:
    """Return a value as TOML has it, inline."""
    if depth > _AS_DEEP_AS_IT_MATTERS:
        return "[" * 1_000
    match value:
        case bool():
            written = "true" if value else "false"
        case int() | float():
            written = repr(value) if abs(value) < _HUGE else "9" * 400
        case str():
            written = '"' + "".join(one if one in _PLAIN else f"\\U{ord(one):08x}" for one in value) + '"'
        case list():
            written = f"[{', '.join(_toml(one, depth + 1) for one in value)}]"
        case dict():
            written = f"{{{', '.join(f'{_key(name)} = {_toml(one, depth + 1)}' for name, one in value.items())}}}"
        case _:
            written = "2026-11-30"
    return written


def _door(
    name: str,
    build: Callable[[Choices], Input],
    enter_by: Callable[[Input, Path], None],
    share: int,
    lay: Callable[[Input, Path], None],
    n_bytes: int = _ENTROPY_BYTES,
) -> Door[Input]:
    def of_bytes(entropy: bytes) -> Input:
        return build(Choices(entropy))

    inputs = built_by(build, n_bytes)
    return Door(name, inputs, enter_by, share, lay, a_second=_A_SECOND, of_bytes=of_bytes, n_bytes=n_bytes)


SERVED = (
    _door("serving: plans", _plans, enter, 300, _lay),
    _door("serving: requests", _requests, enter, 200, _lay),
    _door("serving: expressions", _expressions, enter, 200, _lay, _FEW_BYTES),
    _door("serving: files", _files, _enter_file, 100, _lay_file),
)
