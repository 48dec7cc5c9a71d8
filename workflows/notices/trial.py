"""``interest-graph daily --test-notices``: a test through every channel, so that the first real notice arrives."""

from workflows.luigi_cfg import USAGE
from workflows.notices.channel import send_to_all
from workflows.notices.configured import Notices
from workflows.notices.notice import TEST, Notice
from workflows.progress import say

_NOT_SENT = 1


def try_notices(notices: Notices) -> int:
    """Send a test through every channel, say what became of each, and return the exit code.

    That is 0 if all were sent, 1 if one wasn't, 2 if there is no channel.

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
