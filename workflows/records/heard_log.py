"""What a task says while it runs, as its record keeps it: bounded, and without the secrets of addresses."""

import re
from dataclasses import dataclass, field

from joins.uri_secrets import HIDDEN, without_secrets

FIRST_LINES, LAST_LINES, LINE_CHARS = 50, 200, 1_000
_SECRET_NAME = re.compile(r"pass(?:word|wd|phrase)|pwd|secret|token|credential|api_?key", re.IGNORECASE)


def masked_value(name: str, text: str) -> str:
    """Return the text of a parameter, hidden where its name says that it is a secret.

    Examples
    --------
    >>> masked_value("webhook_token", "hush"), masked_value("input_root", "s3://me:hush@pins")
    ('***', 's3://***@pins')
    """
    return HIDDEN if text and _SECRET_NAME.search(name) else without_secrets(text)


@dataclass(slots=True)
class HeardLog:
    """The lines that a task says: the first and the last of them, and how many lie between."""

    first: list[str] = field(default_factory=list)
    last: list[str] = field(default_factory=list)
    n_left_out: int = 0

    def hear(self, text: str) -> None:
        """Take what was said; each of its lines counts."""
        for line in text.splitlines():
            kept = without_secrets(line)[:LINE_CHARS]
            if len(self.first) < FIRST_LINES:
                self.first.append(kept)
                continue
            self.last.append(kept)
            if len(self.last) > LAST_LINES:
                del self.last[0]
                self.n_left_out += 1

    def lines(self) -> tuple[str, ...]:
        """Return what is kept."""
        gap = [f"... {self.n_left_out:,} lines left out ..."] if self.n_left_out else []
        return (*self.first, *gap, *self.last)
