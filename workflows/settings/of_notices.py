"""Section ``[notices]``: what people are told of, and through which channels. Secrets stand in files of their own."""

import urllib.parse
from typing import Final

from workflows.parameters import TEXT, Allowed, between, one_of, some_of
from workflows.settings.setting import Setting

_NOTICES = "notices"
FAILURE: Final = "failure"
WARNING: Final = "warning"
LATE: Final = "late"
RECOVERED: Final = "recovered"
SUCCESS: Final = "success"
EVENTS = (FAILURE, WARNING, LATE, RECOVERED, SUCCESS)
PLAIN, STARTTLS, TLS = "plain", "starttls", "tls"


def read_url(text: str) -> str:
    """Return a web address, or nothing; a ValueError if it is none, or holds a user and password."""
    parts = urllib.parse.urlsplit(text)
    is_address = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and "@" not in parts.netloc
    if text and (not is_address or not text.isascii() or any(character <= " " for character in text)):
        raise ValueError(text)
    return text


ON = Setting(
    "on",
    (FAILURE, WARNING, LATE, RECOVERED),
    some_of(*EVENTS),
    "what is told: a run that failed, checks that warn, an input that is late, a date that is built after either, "
    "every date that is built; empty: nothing",
    section=_NOTICES,
    significant=False,
)
MAIL_TO = Setting(
    "mail_to",
    "",
    TEXT,
    "addresses that get an e-mail, with a comma between them; empty: no e-mail",
    section=_NOTICES,
    significant=False,
)
MAIL_FROM = Setting(
    "mail_from",
    "",
    TEXT,
    "address that the e-mail comes from; empty: the first of mail_to",
    section=_NOTICES,
    significant=False,
)
SMTP_HOST = Setting("smtp_host", "localhost", TEXT, "server that takes the e-mail", section=_NOTICES, significant=False)
SMTP_PORT = Setting("smtp_port", 25, between(1, 65_535), "its port", section=_NOTICES, significant=False)
SMTP_SECURITY = Setting(
    "smtp_security",
    PLAIN,
    one_of(PLAIN, STARTTLS, TLS),
    "how the server is talked to; a password is never sent plain",
    section=_NOTICES,
    significant=False,
)
SMTP_USER = Setting("smtp_user", "", TEXT, "user of the server; empty: no login", section=_NOTICES, significant=False)
SMTP_PASSWORD_FILE = Setting(
    "smtp_password_file", "", TEXT, "file whose first line is the user's password", section=_NOTICES, significant=False
)
WEBHOOK_URL = Setting(
    "webhook_url",
    "",
    Allowed(read_url, "an address that begins with http:// or https:// and holds no user, or empty"),
    "address that gets the notice as JSON by POST; empty: none",
    section=_NOTICES,
    significant=False,
    secret=True,  # for many services the path is all that a sender needs
)
WEBHOOK_URL_FILE = Setting(
    "webhook_url_file",
    "",
    TEXT,
    "file whose first line is that address, where the address itself is a secret",
    section=_NOTICES,
    significant=False,
)
WEBHOOK_TOKEN_FILE = Setting(
    "webhook_token_file",
    "",
    TEXT,
    "file whose first line is sent along as Authorization: Bearer",
    section=_NOTICES,
    significant=False,
)
NOTICE_COMMAND = Setting(
    "notice_command",
    "",
    TEXT,
    "command that gets the notice as JSON on its standard input, written as for a shell but run without one; "
    "empty: none",
    section=_NOTICES,
    significant=False,
)
NOTICE_TIMEOUT_S = Setting(
    "notice_timeout_s",
    15.0,
    between(0.1, 600.0),
    "longest time that a channel may take",
    "seconds",
    section=_NOTICES,
    significant=False,
)
