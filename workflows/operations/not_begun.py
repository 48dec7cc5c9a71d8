"""A night that can't begin: a setting that isn't allowed, a file of settings or a secret that can't be read.

There is no run then, no log and no summary, and so no notice of theirs. People are told all the same, through every
channel of ``[notices]`` whose own settings are in order. Where the file itself can't be read, or the process is killed
by ``kill -9``, no notice goes out: that is for whoever started the process, as ``OnFailure=`` of systemd does.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from joins.errors import DiscoveryError
from workflows.luigi_cfg import USAGE
from workflows.notices.configured_notices import Notices
from workflows.notices.notice import Notice
from workflows.operations.run_notes import Failure
from workflows.progress import say, words_of_system

_COMMAND = "daily"
_BY_HAND = ("--test-notices", "--help")  # of somebody who looks at what is printed


@contextmanager
def told_if_not_begun(arguments: Sequence[str]) -> Iterator[None]:
    """Tell people of an error of the block, which goes on to whoever prints it."""
    try:
        yield
    except BrokenPipeError:  # somebody looked, and stopped
        raise
    except (DiscoveryError, OSError) as error:
        if not set(_BY_HAND) & set(arguments):
            tell_not_begun(error)
        raise


def tell_not_begun(error: DiscoveryError | OSError) -> None:
    """Send a notice that no run was begun, and why; say why a channel couldn't be used, unless that is the error."""
    notices, problems = Notices.usable()
    for problem in dict.fromkeys(map(str, problems)):
        if problem != str(error):
            say(f"warning: no notice goes this way: {problem}")
    why = Failure.of(error) if isinstance(error, DiscoveryError) else Failure(words_of_system(error))
    about = {
        "command": _COMMAND,
        "outcome": "failed",
        "exit_code": USAGE,
        "error": why.problem,
        "remedy": why.remedy,
    }
    lines = tuple(filter(None, (why.problem, why.remedy, "nothing was built, and there is no log of it")))
    opening = f"{_COMMAND}: not begun, exit code {USAGE}"
    notices.send(Notice("failure", f"{_COMMAND}: not begun: {why.problem}", lines, about, opening=opening), say)
