"""Notices to a web address: JSON by POST."""

import http.client
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from typing import NoReturn

from workflows.notices.notice import Notice

_ATTEMPTS = 3
_PAUSE_S = 1.0
_FIRST_OF_SERVER = 500  # a server's own trouble may pass; what it refuses, it refuses again


class WebhookError(OSError):
    """The address didn't take the notice."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that takes notices, and the token that is sent along; either may be a secret."""

    url: str = field(repr=False)
    token: str = field(default="", repr=False)

    @property
    def name(self) -> str:
        """The server; path and query of an address may be a secret."""
        return f"webhook at {urllib.parse.urlsplit(self.url).hostname}"

    def send(self, notice: Notice, timeout_s: float) -> None:
        """Send the notice, again after a second where the server is in trouble.

        Raises WebhookError if it wasn't taken.
        """
        deadline = time.monotonic() + timeout_s
        for attempt in range(1, _ATTEMPTS + 1):
            left_s = deadline - time.monotonic()
            try:
                return self._post(notice.as_json(), max(left_s, 0.1))
            except WebhookError as error:
                is_last = attempt == _ATTEMPTS or left_s < _PAUSE_S
                if is_last or not isinstance(error, _TroubleError):
                    raise
            time.sleep(_PAUSE_S)
        return None

    def _post(self, body: bytes, timeout_s: float) -> None:
        headers = {"Content-Type": "application/json", "User-Agent": "interest-graph"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        request = urllib.request.Request(self.url, body, headers, method="POST")  # noqa: S310 - checked: http or https
        opener = urllib.request.build_opener(_NoRedirects)
        try:
            with opener.open(request, timeout=timeout_s):
                return
        except urllib.error.HTTPError as error:
            with error:
                kind = _TroubleError if error.code >= _FIRST_OF_SERVER else WebhookError
                raise kind(f"it answered {error.code} {error.reason}") from None
        except urllib.error.URLError as error:
            reason = error.reason
            why = (reason.strerror or str(reason)) if isinstance(reason, OSError) else str(reason)
            raise _TroubleError(f"it can't be reached: {why}") from None
        except (OSError, http.client.HTTPException) as error:
            raise _TroubleError(f"it didn't answer: {error}") from None


class _TroubleError(WebhookError):
    """What may be otherwise in a second."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Refuses to be sent elsewhere, where the token would be told to others."""

    def redirect_request(
        self, _request: urllib.request.Request, _file: object, code: int, _message: str, _headers: object, new_url: str
    ) -> NoReturn:
        """Raise WebhookError."""
        where = urllib.parse.urlsplit(new_url).hostname
        raise WebhookError(f"it answered {code} and sends on to {where}; set webhook_url to that address")
