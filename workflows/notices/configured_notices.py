"""The channels that ``[notices]`` of luigi.cfg asks for, checked before a run, and what is sent through them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Self

from workflows.luigi_cfg import USAGE, SettingsError
from workflows.notices.channel import Channel, Sent, read_secret, send_to_all
from workflows.notices.mail import Mail
from workflows.notices.notice import TEST, Notice, is_asked_for
from workflows.notices.notice_command import NoticeCommand
from workflows.notices.webhook import Webhook
from workflows.parameters import Value
from workflows.progress import say
from workflows.settings import of_notices as settings
from workflows.settings.setting import Setting

_NOT_SENT = 1  # exit code of a test


@dataclass(frozen=True, slots=True)
class Notices:
    """Channels, the events that are told through them, and how long each may take."""

    channels: tuple[Channel, ...] = ()
    on: tuple[str, ...] = ()
    timeout_s: float = 15.0

    @classmethod
    def configured(cls) -> Self:
        """Return what luigi.cfg asks for.

        Raises SettingsError if a file with a secret can't be read, or an address or command can't be used.
        """
        channels = tuple(channel for make in _CHANNELS for channel in _made(make))
        return cls(channels, settings.ON.value(), settings.NOTICE_TIMEOUT_S.value())

    @classmethod
    def usable(cls) -> tuple[Self, list[SettingsError]]:
        """Return what can be used of it where a setting is wrong, and what is wrong with each part that can't be."""
        problems: list[SettingsError] = []

        def kept(read: Callable[[], Value], otherwise: Value) -> Value:
            try:
                return read()
            except SettingsError as error:
                problems.append(error)
                return otherwise

        nothing: tuple[Channel, ...] = ()
        channels = [channel for make in _CHANNELS for channel in kept(partial(_made, make), nothing)]
        on = kept(settings.ON.value, settings.ON.default)
        timeout_s = kept(settings.NOTICE_TIMEOUT_S.value, settings.NOTICE_TIMEOUT_S.default)
        return cls(tuple(channels), on, timeout_s), problems

    def send(self, notice: Notice, say: Callable[[str], None], timeout_s: float | None = None) -> list[Sent]:
        """Send a notice if its event is asked for, and say in a line each where it couldn't be sent."""
        if not self.channels or not is_asked_for(notice.event, self.on):
            return []
        results = send_to_all(self.channels, notice, timeout_s or self.timeout_s)
        for result in results:
            if result.problem:
                say(f"warning: no notice of {notice.event} by {result}")
        return results


def try_notices(notices: Notices) -> int:
    """Send a test through every channel, so that the first real notice arrives, and say what became of each.

    The exit code that is returned is 0 if all were sent, 1 if one wasn't, 2 if there is no channel.

    Examples
    --------
    >>> import contextlib, sys
    >>> with contextlib.redirect_stderr(sys.stdout):
    ...     try_notices(Notices())
    error: [notices] of luigi.cfg names no channel; set mail_to, webhook_url or notice_command
    2
    """
    if not notices.channels:
        say("error: [notices] of luigi.cfg names no channel; set mail_to, webhook_url or notice_command")
        return USAGE
    notice = Notice(TEST, "test of notices", ("Nothing happened: somebody tried whether notices arrive.",))
    results = send_to_all(notices.channels, notice, notices.timeout_s)
    for result in results:
        say(str(result))
    say(f"told in a night: {', '.join(notices.on) or 'nothing'}")
    return _NOT_SENT if any(result.problem for result in results) else 0


def problems_of_notices() -> Iterator[SettingsError]:
    """Yield what keeps a channel from being used: a wrong address, a file that can't be read, no such program."""
    for make in _CHANNELS:
        try:
            _made(make)
        except SettingsError as error:
            yield error


def _mail() -> Iterator[Mail]:
    to = tuple(address for part in settings.MAIL_TO.value().split(",") if (address := part.strip()))
    if to:
        user, password = settings.SMTP_USER.value(), ""
        host = settings.SMTP_HOST.value()
        if not host.strip():
            raise _error(settings.SMTP_HOST, "smtp_host is empty, and mail_to asks for e-mail", "name the server")
        if user and not settings.SMTP_PASSWORD_FILE.value():
            raise _error(settings.SMTP_USER, "smtp_user needs smtp_password_file", "set it, or leave smtp_user empty")
        if user:
            password = read_secret(settings.SMTP_PASSWORD_FILE.name, settings.SMTP_PASSWORD_FILE.value())
        yield Mail(
            to,
            settings.MAIL_FROM.value() or to[0],
            host,
            settings.SMTP_PORT.value(),
            settings.SMTP_SECURITY.value(),
            user,
            password,
        )


def _webhook() -> Iterator[Webhook]:
    url = settings.WEBHOOK_URL.value()
    if settings.WEBHOOK_URL_FILE.value():
        url = _secret_of(settings.WEBHOOK_URL_FILE)
        try:
            settings.read_url(url)
        except ValueError:
            problem = f"the first line of {settings.WEBHOOK_URL_FILE.value()} is no address"
            remedy = "it must begin with http:// or https:// and hold no user"
            raise _error(settings.WEBHOOK_URL_FILE, problem, remedy) from None
    if url:
        yield Webhook(url, _secret_of(settings.WEBHOOK_TOKEN_FILE))


def _command() -> Iterator[NoticeCommand]:
    text = settings.NOTICE_COMMAND.value()
    if text:
        yield NoticeCommand.of(text)


def _made(make: Callable[[], Iterator[Channel]]) -> tuple[Channel, ...]:
    """Return the channel of a kind, none where the settings ask for none."""
    return tuple(make())


def _error(setting: Setting[str], problem: str, remedy: str) -> SettingsError:
    return SettingsError(problem, where=setting.where, remedy=remedy)


def _secret_of(setting: Setting[str]) -> str:
    return read_secret(setting.name, setting.value()) if setting.value() else ""


_CHANNELS: tuple[Callable[[], Iterator[Channel]], ...] = (_mail, _webhook, _command)
