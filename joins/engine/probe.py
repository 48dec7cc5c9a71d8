"""What a node of a cluster must have before its first task: Python, this project, the input and the output.

A node that lacks one of them fails in the middle of a step, with an error that is about something else. So each is
asked first. `NodeCheck` is a picklable function without arguments that any engine can call on a node: Spark in a small
job (`joins.engine.spark.executors`), Hadoop at the start of each task. YARN promises no job a task on every node, so a
job that asks beforehand would take its 15 seconds and still not reach all.

The output is the driver's own if a file that the driver has just put there is seen, with what is in it. A folder that
lies elsewhere under the same name, a store that can't be reached and keys that aren't let in are all found by that.
"""

import importlib
import pickle
import secrets
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Protocol

from joins.engine.sent_step import pickled_for_tasks
from joins.engine.shipped.contents import project_digest
from joins.errors import EngineError

_ANSWERS_WITHIN_S = 30.0  # a store's client tries again for minutes where nobody answers
_TASKS_IMPORT = ("numpy", "pyarrow", "msgspec")  # where one is missing, the environment isn't this project's
_INSTALL = "install the same version of this project there as here, or leave python_bin empty"


class UnfitNodeError(EngineError):
    """A task's node lacks what tasks need.

    The last line of its traceback begins with this name. Where it can't be read, the task's exit code tells as much.
    """

    exit_code = 78  # EX_CONFIG of sysexits.h


class ProbedPlace(Protocol):
    """A folder, or a place in a store, as far as the probe needs it."""

    def is_dir(self) -> bool:
        """Return whether something lies in it."""

    def read_bytes(self) -> bytes:
        """Return what a file holds."""

    def write_bytes(self, content: bytes) -> object:
        """Write a file."""

    def __truediv__(self, name: str) -> "ProbedPlace":
        """Return what lies below it under a name."""


@dataclass(frozen=True, slots=True)
class NodeReport:
    """What a node lacks, and what to do; nothing, if ``problem`` is empty."""

    node: str
    problem: str = ""
    remedy: str = ""

    def error(self, cluster: str) -> EngineError:
        """Return the error that tells it in one line."""
        return EngineError(self.problem, where=f"{cluster}, node {self.node}", remedy=self.remedy)

    def refuse(self) -> None:
        """Raise UnfitNodeError, in a task on the node, if something is missing."""
        if self.problem:
            raise UnfitNodeError(self.problem, where=self.node, remedy=self.remedy)


@dataclass(frozen=True, slots=True)
class NodeCheck:
    """Called on a node, it says what is missing there.

    Parameters
    ----------
    python
        Version of the driver's Python, major and minor.
    project
        Digest of the driver's project (`joins.engine.shipped.contents.project_digest`).
    places
        A file that the driver has put into the output, what it holds, and the input if there is one; pickled, as a
        node without the project could not load them.
    """

    python: tuple[int, int]
    project: str
    places: bytes

    def __call__(self) -> NodeReport:
        """Look for Python, the project, the output and the input, and return the first that is missing."""
        node = socket.gethostname()
        for look in (self._python, self._project, self._places):
            problem, remedy = look()
            if problem:
                return NodeReport(node, problem, remedy)
        return NodeReport(node)

    def _python(self) -> tuple[str, str]:
        here = sys.version_info[:2]
        if here == self.python:
            return "", ""
        wanted = "{}.{}".format(*self.python)
        found = "{}.{}".format(*here)
        return f"{sys.executable} is Python {found}, and the run has {wanted}", f"give it Python {wanted}"

    def _project(self) -> tuple[str, str]:
        for name in _TASKS_IMPORT:
            try:
                importlib.import_module(name)
            except ImportError as error:
                return f"{sys.executable} lacks what tasks import: {error}", _INSTALL
        if project_digest() != self.project:
            return f"the project of {sys.executable} is another version ({__file__})", _INSTALL
        return "", ""

    def _places(self) -> tuple[str, str]:
        def look() -> tuple[str, str]:
            mark, content, given = pickle.loads(self.places)  # noqa: S301 - by our own driver
            return _missing_output(mark, content) or _missing_input(given) or ("", "")

        return _answered(look)


@dataclass(frozen=True, slots=True)
class Probe:
    """What the driver asks of every node.

    Parameters
    ----------
    opened
        Opens a place below the output, which is gone at the end of the block.
    given
        The input.
    """

    opened: Callable[[], AbstractContextManager[ProbedPlace]]
    given: ProbedPlace

    @contextmanager
    def check(self) -> Iterator[NodeCheck]:
        """Put a file into the output as long as the block lasts, and return what looks for it."""
        with self.opened() as place:
            mark, content = place / "mark", secrets.token_bytes(16)
            mark.write_bytes(content)
            given = self.given if self.given.is_dir() else None  # what isn't here needs to be nowhere
            places = pickled_for_tasks((mark, content, given))
            yield NodeCheck((sys.version_info[0], sys.version_info[1]), project_digest(), places)


def _missing_output(mark: ProbedPlace, content: bytes) -> tuple[str, str] | None:
    output = str(mark).partition("/_staging")[0]
    try:
        if mark.read_bytes() == content:
            return None
    except FileNotFoundError:
        pass
    problem = f"the output {output} is not the one of this run: a file that the run has put there is not seen"
    return problem, "share that folder with all nodes under the same path, or let output be in a store (s3://, hdfs://)"


def _missing_input(given: ProbedPlace | None) -> tuple[str, str] | None:
    if given is None or given.is_dir():
        return None
    return f"the input {given} is not there", "share that folder with all nodes under the same path, or use a store"


def _answered(look: Callable[[], tuple[str, str]]) -> tuple[str, str]:
    """Return what a look at places finds, or that it failed, or that nobody answered in time."""
    found = [(f"a store or folder did not answer within {_ANSWERS_WITHIN_S:.0f} s", "see that the node reaches it")]

    def asking() -> None:
        try:
            found.insert(0, look())
        except Exception as error:  # noqa: BLE001 - whatever a store's client raises is what is to be told
            found.insert(0, (str(error) or type(error).__name__, "see that the node reaches it, and has its keys"))

    asked = threading.Thread(target=asking, daemon=True, name="probe")
    asked.start()
    asked.join(_ANSWERS_WITHIN_S)
    return found[0]
