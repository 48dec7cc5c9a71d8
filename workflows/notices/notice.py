"""What a notice says: an event of a run, in a line, in a page of text and as JSON."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

import msgspec

from workflows.settings.of_notices import EVENTS

Event = Literal["failure", "warning", "late", "recovered", "success", "test"]
TEST: Final = "test"
_MOST_CHARACTERS = 200  # of a subject


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that people shall know.

    ``subject`` is one line, ``lines`` is what there is to say below it, and ``run`` is the summary of the run, for
    programs. ``opening`` begins the text in the subject's place, where the subject says what the lines say as well.
    """

    event: Event
    subject: str
    lines: tuple[str, ...] = ()
    run: Mapping[str, object] = field(default_factory=dict)
    opening: str = ""
    host: str = field(default_factory=socket.gethostname)

    @property
    def title(self) -> str:
        """The subject as one short line, whatever lies in it."""
        title = one_line(f"interest-graph {self.subject}")
        return title if len(title) <= _MOST_CHARACTERS else f"{title[: _MOST_CHARACTERS - 3]}..."

    @property
    def text(self) -> str:
        """The notice for people; what was taken from data stands in lines of its own, escaped."""
        about = [*self.lines, "", f"host: {self.host}"]
        return "\n".join([one_line(f"interest-graph {self.opening or self.subject}"), "", *map(one_line, about)]) + "\n"

    def as_json(self) -> bytes:
        """Return the notice for programs; ``text`` is there as chats take it."""
        return msgspec.json.encode(
            {
                "event": self.event,
                "subject": self.title,
                "text": self.text,
                "host": one_line(self.host),
                "run": dict(self.run),
            }
        )


def one_line(text: str) -> str:
    r"""Return a text as one line that no terminal, header or log is misled by: what can't be printed is escaped.

    Examples
    --------
    >>> one_line("pins\nBcc: all@example.org \x1b[2J ✿")
    'pins\\nBcc: all@example.org \\x1b[2J ✿'
    """
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in text
    )


def is_asked_for(event: Event, asked: tuple[str, ...]) -> bool:
    """Return whether an event is told where some are asked for; a test always is.

    Examples
    --------
    >>> is_asked_for("late", ("failure",)), is_asked_for("test", ())
    (False, True)
    """
    return event == TEST or (event in EVENTS and event in asked)
