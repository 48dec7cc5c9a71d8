"""What every channel is: something that sends a notice, or says in one line why it can't.

A channel that fails or hangs changes nothing of a run but for a warning; the others are tried all the same. Each has a
thread of its own, which nobody waits for longer than the setting says: a server may be slow at any step, and not every
step has a time limit of its own.
"""

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from storage_tiers.bounded_files import read_bounded
from workflows.luigi_cfg import SettingsError, where_of
from workflows.notices.notice import Notice, one_line

_GRACE_S = 0.2  # in which a channel that keeps to the limit says so itself
_MOST_BYTES = 64 * 1024  # of a file with a secret


class Channel(Protocol):
    """A way to people."""

    @property
    def name(self) -> str:
        """What it is and where it leads, without secrets."""
        ...

    def send(self, notice: Notice, timeout_s: float) -> None:
        """Send a notice; an error of any kind says why that didn't work."""
        ...


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a notice in one channel; ``problem`` is empty where it was sent."""

    channel: str
    problem: str = ""

    def __str__(self) -> str:
        return f"{self.channel}: {self.problem or 'sent'}"


def send_to_all(channels: Sequence[Channel], notice: Notice, timeout_s: float) -> list[Sent]:
    """Send a notice through all channels at once and return what became of it in each, in their order."""
    results: dict[int, Sent] = {}

    def send(number: int, channel: Channel) -> None:
        try:
            channel.send(notice, timeout_s)
        except Exception as error:  # noqa: BLE001 - whatever a mail server or a command of others does is one line
            results[number] = Sent(channel.name, one_line(str(error) or type(error).__name__))
        else:
            results[number] = Sent(channel.name)

    threads = [threading.Thread(target=send, args=pair, daemon=True) for pair in enumerate(channels)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + timeout_s + _GRACE_S
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return list(_told(channels, dict(results), timeout_s))


def _told(channels: Sequence[Channel], results: dict[int, Sent], timeout_s: float) -> Iterator[Sent]:
    for number, channel in enumerate(channels):
        yield results.get(number) or Sent(channel.name, f"no answer within {timeout_s:g} s")


def read_secret(setting: str, path: str) -> str:
    """Return the first line of a file with a secret.

    Raises SettingsError, which holds nothing of the file, if it can't be read or is empty.
    """
    try:
        lines = read_bounded(path)[:_MOST_BYTES].decode().splitlines()
    except (OSError, UnicodeDecodeError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise SettingsError(
            f"{setting} is {path!r}, which can't be read: {why}",
            where=where_of("notices", setting),
            remedy="mend the path",
        ) from None
    secret = lines[0].strip() if lines else ""
    if not secret or not secret.isprintable():
        raise SettingsError(
            f"{setting} is {path!r}, whose first line is {'no text' if secret else 'empty'}",
            where=where_of("notices", setting),
            remedy="put the secret there, alone in the first line",
        )
    return secret
