"""Execution plans: good ones of all processors, and what they become by a few changes anywhere in them."""

from typing import Any

import msgspec

from tests.fuzzing.inputs.choices import Choices
from tests.fuzzing.inputs.expressions import expression
from tests.fuzzing.inputs.texts import WORDS

_PARAMETERS: dict[str, Any] = {
    "picture": {"default": "sofa"},
    "pictures": {"list": True, "items": 30, "default": ["sofa", "lamp"]},
    "board": {"type": "number", "default": 7},
    "n": {"type": "number", "least": 0, "most": 50, "default": 5},
    "user": {"type": "number", "default": 2},
    "share": {"type": "fraction", "default": 0.5},
    "words": {"list": True, "items": 5, "default": ["home"]},
}
_PICTURE = {
    "do": "fetch",
    "dataset": "pin_joins",
    "keys": "$picture",
    "fields": ["n_pins", "category", "boards.board_id"],
}
_BOARDS = {
    "do": "expand",
    "from": "picture",
    "path": "boards.board_id",
    "dataset": "board_joins",
    "fields": ["name", "owner", "pin_joins.image_signature"],
    "most": 6,
}
_ON_BOARDS = {
    "do": "expand",
    "from": "boards",
    "path": "pin_joins.image_signature",
    "dataset": "cache/pin_joins",
    "fields": ["n_pins", "category", "importance", "first_pinned_at", "is_spam"],
    "most": "$n",
    "per_object": 10,
}
_WALK = {
    "do": "related",
    "from": "picture",
    "there": {"dataset": "pin_joins", "path": "boards.board_id"},
    "back": {"dataset": "board_joins", "path": "pin_joins.image_signature"},
    "most": 10,
    "fields": ["n_pins", "category", "importance", "first_pinned_at", "is_spam"],
    "steps": 60,
    "walkers": 20,
    "seed": "$user",
}
_PLANS: tuple[dict[str, Any], ...] = (
    {"steps": {"picture": _PICTURE, "boards": _BOARDS}, "answer": ["picture", "boards"]},
    {
        "about": "everything",
        "deadline_ms": 500,
        "steps": {
            "picture": _PICTURE,
            "arms": {"do": "experiment", "from": "picture", "name": "a", "by": "$user", "arms": {"walk": 1, "no": 1}},
            "walked": {**_WALK, "from": "arms.walk"},
            "boards": {**_BOARDS, "from": "arms.no"},
            "on_boards": _ON_BOARDS,
            "others": {"do": "filter", "from": "on_boards", "where": "image_signature != $picture and n_pins >= 1"},
            "scored": {"do": "score", "from": "others", "by": "importance * log(n_pins + 1)", "into": "points"},
            "either": {"do": "fallback", "from": ["walked", "scored"]},
            "both": {"do": "merge", "from": ["either", "others"], "way": "round_robin"},
            "once": {"do": "dedupe", "from": "both"},
            "sorted": {"do": "sort", "from": "once", "by": ["n_pins", "category"], "descending": [True, False]},
            "best": {"do": "top", "from": "sorted", "n": 3},
            "shown": {"do": "sample", "from": "best", "n": 2, "by": "$user"},
            "cut": {"do": "split", "from": "boards", "by": "name in ['attic']"},
            "few": {"do": "pick", "from": "cut.no", "fields": ["name", "owner.user_id"]},
        },
        "answer": {"best": "shown", "walk": "walked", "cut": "cut.yes", "few": "few"},
    },
    {
        "steps": {
            "rows": {"do": "fetch", "dataset": "cache/pin_joins", "keys": "$pictures", "fields": ["n_pins", "terms"]},
            "kinds": {"do": "split", "from": "rows", "field": "n_pins", "ports": {"one": 1, "few": [2, 3]}},
            "left": {"do": "fetch", "dataset": "slow/board_joins", "keys": [7, 9, 11], "fields": ["name"]},
            "first": {"do": "top", "from": "kinds.few", "n": "$n", "by": "n_pins"},
        },
        "answer": ["first", "left"],
    },
    {
        "steps": {"rows": {"do": "fetch", "dataset": "board_joins", "keys": "$board", "fields": ["name"]}},
        "answer": ["rows"],
    },
)
GOOD = tuple(msgspec.json.encode({"parameters": _PARAMETERS, **plan}) for plan in _PLANS)
NAMES = ("page", "everything", "remote", "rows")
GIVEN: dict[str, Any] = {"picture": "sofa", "pictures": ["sofa", "vase"], "board": 9, "n": 20, "user": 1, "share": 0.1}
_STEPS = tuple(msgspec.json.encode(step) for plan in _PLANS for step in plan["steps"].values())

ODD: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2, 3, 50, 1_000, 1_001, 2**31, 2**63 - 1, 2**63, -(2**63), 2**64, 10**30, 10**400),
    *(
        0.0,
        -0.5,
        0.5,
        1e300,
        5e-324,
        float("nan"),
        float("inf"),
        -float("inf"),
        "",
        "$n",
        "$",
        "$$n",
        "$no",
        "7",
        "sofa",
    ),
    *([], {}, [[]], [None], [1, "a"], {"": {}}, {"a": [1]}, ["picture"], ["$n"], [7, 7, 9], list(range(1_100))),
    *("picture", "boards", "picture.yes", "cut.yes", ".", "..", "a.b", "boards.", ".boards", "boards.board_id"),
    *("pin_joins", "board_joins", "cache/pin_joins", "cache/board_joins", "slow/board_joins", "slow", "/", "fetch"),
    *("image_signature", "board_id", "n_pins", "category", "importance", "first_pinned_at", "is_spam", "terms"),
    *("codes", "owner", "owner.user_id", "pin_joins.image_signature", "visits", "score", "others", "yes", "number"),
    *("text", "fraction", "truth", "round_robin", "__class__", "x" * 70, "x" * 3_000, *WORDS),
)
_NAMES = (
    "picture",
    "boards",
    "a",
    "",
    "a b",
    "__x",
    "é",
    "x" * 65,
    "do",
    "from",
    "most",
    "n",
    "by",
    "where",
    "parameters",
)
_DEEP = (5, 5, 20, 20, 40, 100, 200, 1_500)
_N_CHANGES = (0, 1, 1, 1, 1, 2, 2, 3, 5)
_MANY = (33, 200, 1_200)
_MOST_CHARACTERS = 2**21  # of what is multiplied, perhaps again and again


def plan(choices: Choices) -> Any:
    """Return a plan, good or with up to five changes; in a few cases anything."""
    if choices.chance(0.02):
        return choices.pick(ODD)
    made = msgspec.json.decode(choices.pick(GOOD))
    for _ in range(choices.pick(_N_CHANGES)):
        if not isinstance(made, dict):
            break
        _CHANGES[choices.below(len(_CHANGES))](made, choices)
    return made


def given(choices: Choices, odd: float) -> Any:
    """Return what a request gives for parameters; in this share of cases some of it is odd."""
    found = {name: value for name, value in GIVEN.items() if choices.chance(0.5)}
    if not choices.chance(odd):
        return found
    if choices.chance(0.1):
        return choices.pick(ODD)
    for _ in range(1 + choices.below(3)):
        found[choices.pick((*GIVEN, *_NAMES))] = choices.pick(ODD)
    return found


def nested(choices: Choices) -> Any:
    """Return lists or tables in each other, a few or thousands."""
    made: Any = choices.pick(ODD)
    key = choices.pick(_NAMES)
    is_list = choices.chance(0.5)
    for _ in range(choices.pick(_DEEP)):
        made = [made] if is_list else {key: made}
    return made


def _places(of: Any) -> list[tuple[Any, Any]]:
    """Return every place in tables and lists: what it is in, and where in that."""
    found: list[tuple[Any, Any]] = []
    waiting = [of]
    while waiting and len(found) < 300:
        one = waiting.pop()
        keys = list(one) if isinstance(one, dict) else range(min(len(one), 50))
        for key in keys:
            found.append((one, key))
            if isinstance(one[key], dict | list):
                waiting.append(one[key])
    return found


def _any_place(made: Any, choices: Choices) -> tuple[Any, Any]:
    places = _places(made)
    return choices.pick(places) if places else (made, "steps")


def _steps(made: Any) -> dict[str, Any]:
    steps = made.get("steps")
    return steps if isinstance(steps, dict) else {}


def _any_step(made: Any, choices: Choices) -> dict[str, Any]:
    steps = [step for step in _steps(made).values() if isinstance(step, dict)]
    return choices.pick(steps) if steps else {}


def _good_step(choices: Choices) -> dict[str, Any]:
    step: dict[str, Any] = msgspec.json.decode(choices.pick(_STEPS))
    return step


def _replace(made: Any, choices: Choices) -> None:
    inside, key = _any_place(made, choices)
    inside[key] = choices.pick(ODD)


def _drop(made: Any, choices: Choices) -> None:
    inside, key = _any_place(made, choices)
    if isinstance(inside, dict):
        inside.pop(key, None)
    else:
        del inside[key]


def _copy(made: Any, choices: Choices) -> None:
    (there, at), (inside, key) = _any_place(made, choices), _any_place(made, choices)
    if there:
        inside[key] = msgspec.json.decode(_as_json(there[at]))


def _rename(made: Any, choices: Choices) -> None:
    inside, key = _any_place(made, choices)
    if isinstance(inside, dict) and key in inside:
        inside[choices.pick(_NAMES)] = inside.pop(key)


def _take_from(made: Any, choices: Choices) -> None:
    names = [*_steps(made)] or ["picture"]
    step = _any_step(made, choices)
    if choices.chance(0.5):
        step["from"] = [choices.pick(names) for _ in range(1 + choices.below(4))]
    else:
        step["from"] = choices.pick((*names, f"{choices.pick(names)}.{choices.pick(('yes', 'no', 'walk', 'x'))}"))


def _another_step(made: Any, choices: Choices) -> None:
    name = choices.pick(_NAMES[2:])
    _steps(made)[name] = _good_step(choices)
    answer = made.get("answer")
    if isinstance(answer, list) and choices.chance(0.7):
        answer.append(name)


def _setting(made: Any, choices: Choices) -> None:
    of_another = _good_step(choices)
    key = choices.pick([*of_another])
    _any_step(made, choices)[key] = of_another[key]


def _say(made: Any, choices: Choices) -> None:
    _any_step(made, choices)[choices.pick(("by", "where"))] = expression(choices)


def _filter(made: Any, choices: Choices) -> None:
    names = [*_steps(made)] or ["picture"]
    do, key = choices.pick((("filter", "where"), ("score", "by"), ("split", "by")))
    _steps(made)["said"] = {
        "do": do,
        "from": choices.pick(names),
        key: expression(choices, "number" if do == "score" else "truth"),
    }
    made["answer"] = ["said.yes" if do == "split" else "said", *names[:1]]


def _nest(made: Any, choices: Choices) -> None:
    inside, key = _any_place(made, choices)
    inside[key] = nested(choices)


def _multiply(made: Any, choices: Choices) -> None:
    inside, key = _any_place(made, choices)
    n_times, value = choices.pick(_MANY), inside.get(key) if isinstance(inside, dict) else inside[key]
    if isinstance(value, list | str):
        inside[key] = value * min(n_times, _MOST_CHARACTERS // _n_characters(value))
    elif isinstance(value, dict):
        for number in range(min(n_times, 100)):
            value[f"copy_{number}"] = _good_step(choices)


_CHANGES = (_replace, _take_from, _setting, _filter, _say, _copy, _drop, _rename, _another_step, _multiply, _nest)


def _n_characters(value: Any) -> int:
    """Return how long a value is as a text, at least 1; of one that has none, more than any may be."""
    try:
        return len(repr(value)) + 1
    except (RecursionError, ValueError):  # too deep, or a number of too many digits
        return _MOST_CHARACTERS + 1


def _as_json(value: Any) -> bytes:
    try:
        return msgspec.json.encode(value)
    except (ValueError, OverflowError, RecursionError):  # an odd value that JSON hasn't
        return b"null"
