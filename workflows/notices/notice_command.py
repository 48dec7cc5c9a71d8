"""Notices to a command of one's own, which does with them what it likes."""

import os
import shlex
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from typing import IO, Self

from workflows.luigi_cfg import SettingsError, where_of
from workflows.notices.notice import Notice

_SECTION = "notices"


@dataclass(frozen=True, slots=True)
class NoticeCommand:
    """A program and its arguments; it gets the notice as JSON on its standard input, and a few variables.

    The variables are ``INTEREST_GRAPH_EVENT``, ``INTEREST_GRAPH_SUBJECT`` and, where the notice is about a run,
    ``INTEREST_GRAPH_DATE``, ``INTEREST_GRAPH_OUTCOME``, ``INTEREST_GRAPH_EXIT_CODE`` and ``INTEREST_GRAPH_LOG``.
    """

    arguments: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Self:
        """Read a command as a shell would, but for variables, globs and pipes.

        Raises SettingsError if a quote isn't closed, or there is no such program.
        """
        try:
            arguments = tuple(shlex.split(text))
        except ValueError as error:
            problem = f"notice_command is {text!r}: {error}"
            raise SettingsError(problem, where=where_of(_SECTION, "notice_command"), remedy="mend the quotes") from None
        if not arguments or shutil.which(arguments[0]) is None:
            raise SettingsError(
                f"notice_command is {text!r}: there is no program {(arguments or ('',))[0]!r}",
                where=where_of(_SECTION, "notice_command"),
                remedy="name its path, and see that it may be executed",
            )
        return cls(arguments)

    @property
    def name(self) -> str:
        """The program; its arguments may hold a secret."""
        return f"command {self.arguments[0]}"

    def send(self, notice: Notice, timeout_s: float) -> None:
        """Run the command; it is ended, with all that it started, if it takes longer.

        Raises OSError if it can't be started, takes too long or ends with another code than 0.
        """
        # A file for its errors: a pipe would be waited for as long as anything that it leaves running holds it.
        with tempfile.TemporaryFile() as errors, self._started(errors, notice) as command:
            try:
                command.communicate(notice.as_json(), timeout=timeout_s)
            except subprocess.TimeoutExpired:
                os.killpg(command.pid, signal.SIGKILL)
                raise OSError(f"it was still running after {timeout_s:g} s, and was ended") from None
            errors.seek(0)
            last = errors.read().decode(errors="backslashreplace").strip().splitlines()[-1:]
        if command.returncode:
            raise OSError(f"it ended with code {command.returncode}" + "".join(f": {line}" for line in last))

    def _started(self, errors: IO[bytes], notice: Notice) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(  # noqa: S603 - the user's own command, split without a shell
            self.arguments,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,
            env=os.environ | _variables(notice),
        )


def _variables(notice: Notice) -> dict[str, str]:
    of_run = {"DATE": "date", "OUTCOME": "outcome", "EXIT_CODE": "exit_code", "LOG": "log"}
    said = {name: notice.run[key] for name, key in of_run.items() if notice.run.get(key) is not None}
    return {
        f"INTEREST_GRAPH_{name}": str(value).replace("\0", "")
        for name, value in {"EVENT": notice.event, "SUBJECT": notice.title, **said}.items()
    }
