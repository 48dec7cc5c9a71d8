"""The manual of serving names what callers and operators meet: every status of an error, every signal that ends it."""

import re
import signal
from collections.abc import Iterator
from pathlib import Path

from serving.errors import ServingError
from serving.server import refusals
from serving.server.workers.supervising import ENDING_SIGNALS

MANUAL = (Path(__file__).parents[2] / "docs/serving.md").read_text(encoding="utf-8")


def kinds_of(kind: type[ServingError]) -> Iterator[type[ServingError]]:
    yield kind
    for inner in kind.__subclasses__():
        yield from kinds_of(inner)


def test_every_status_of_an_error_is_in_the_manual() -> None:
    answered = {kind.status for kind in kinds_of(ServingError)}
    section = MANUAL.partition("## Asking")[2].partition("## Versions")[0]
    named = {int(number) for number in re.findall(r"\b[45]\d\d\b", section)}
    assert refusals.MethodError.status in answered  # what HTTP alone refuses is among them
    assert sorted(answered - named) == []


def test_every_signal_that_ends_it_is_in_the_manual() -> None:
    (row,) = re.findall(r"^\| SIGTERM.*\|$", MANUAL, re.MULTILINE)
    assert [name for name in map(_name_of, ENDING_SIGNALS) if name not in row] == []


def _name_of(number: int) -> str:
    return signal.Signals(number).name
