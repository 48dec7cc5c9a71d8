"""Notices by e-mail, over any SMTP server."""

import smtplib
import ssl
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid

from workflows.luigi_cfg import SettingsError, where_of
from workflows.notices.notice import Notice
from workflows.settings.of_notices import PLAIN, STARTTLS, TLS

_SECTION = "notices"


@dataclass(frozen=True, slots=True)
class Mail:
    """An SMTP server and who gets e-mail through it.

    Raises SettingsError if an address is none, or a password would be sent without encryption.
    """

    to: tuple[str, ...]
    sender: str
    host: str
    port: int
    security: str = PLAIN
    user: str = ""
    password: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        """Check the addresses, which end in headers."""
        for address in (*self.to, self.sender):
            try:
                Address(addr_spec=address)
            except (ValueError, IndexError):
                problem = f"{address!r} is no address of e-mail"
                where = where_of(_SECTION, "mail_to" if address in self.to else "mail_from")
                raise SettingsError(problem, where=where, remedy="mend mail_to or mail_from") from None
        if self.user and self.security == PLAIN:
            raise SettingsError(
                f"smtp_user is {self.user!r} and smtp_security is plain: the password could be read on its way",
                where=where_of(_SECTION, "smtp_user"),
                remedy=f"set smtp_security to {STARTTLS} or {TLS}",
            )

    @property
    def name(self) -> str:
        """The server and who gets the e-mail."""
        return f"e-mail to {', '.join(self.to)} by {self.host}:{self.port}"

    def send(self, notice: Notice, timeout_s: float) -> None:
        """Send the notice as text, with the JSON beside it.

        Raises OSError or SMTPException if the server can't be reached or refuses it.
        """
        message = self._message(notice)
        if self.security == TLS:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, timeout=timeout_s, context=ssl.create_default_context()
            )
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=timeout_s)
        with server:
            if self.security == STARTTLS:
                server.starttls(context=ssl.create_default_context())
            if self.user:
                server.login(self.user, self.password)
            refused = server.send_message(message, self.sender, list(self.to))
        if refused:
            raise OSError(f"refused for {', '.join(sorted(refused))}, sent to the others")

    def _message(self, notice: Notice) -> EmailMessage:
        message = EmailMessage(SMTP)
        message["Subject"] = notice.title
        message["From"] = self.sender
        message["To"] = ", ".join(self.to)
        message["Date"] = formatdate()
        message["Message-ID"] = make_msgid(domain="interest-graph.invalid")
        message["Auto-Submitted"] = "auto-generated"  # nobody's holiday note answers
        message.set_content(notice.text)
        message.add_attachment(notice.as_json(), "application", "json", filename="notice.json")
        return message
