"""mrjob's runner of Hadoop, with few processes a step, and an application that doesn't outlive it.

Each call of ``hadoop`` starts a JVM, two seconds of CPU. mrjob puts and reads files one by one and asks for the version
first: a thousand calls for a step of 512 tasks. Here a step has one, which runs the job, where the other files are
reached by HDFS's own protocol (`joins.engine.mrjob.runners.hdfs_files`); else four.

A job that is ended takes back what it began: its application is killed, and its folders in HDFS are removed.
"""

import contextlib
import logging
import posixpath
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import IO, Any, cast

from mrjob.hadoop import HadoopJobRunner, _log_record_from_hadoop
from mrjob.logs.step import _interpret_hadoop_jar_command_stderr

from joins.engine.mrjob.failures import NODE_OF_FAILED, REMOVES, is_told_of_node, last_traceback, nodes_of_failed
from joins.engine.mrjob.runners.hdfs_files import HdfsFiles, hdfs_files
from joins.engine.shipped.archive import UNPACKED
from joins.engine.shipped.in_hdfs import FOLDER, archive_in_hdfs, put_once

_MOST_S = 45  # that such a program may take
_MOST_EVENTS = 10_000  # of a job
_LOGS_WITHIN_S, _LOOK_S = 20, 2  # until YARN has collected a job's logs, where it does
_LOG_BYTES = 16_384  # of the end of each task's standard error
_VERSION_OF_JAR = re.compile(r"streaming-(\d+(?:\.\d+)+)")
_SUBMITTED = re.compile(rb"Submitted application (application_\d+_\d+)")
_STAGING = re.compile(rb"for path: (\S+/\.staging/job_\d+_\d+)")  # where Hadoop puts what a job is made of
_OF_CONTAINER = "Container: "  # how `yarn logs` begins about each
_CLASSES = {"mapred": "org.apache.hadoop.mapred.JobClient", "yarn": "org.apache.hadoop.yarn.client.cli.LogsCLI"}

_log = logging.getLogger("mrjob.hadoop")


def few_processes(archive: str | None, *, is_put: bool) -> "type[FewProcesses]":
    """Return the runner of a job whose tasks import what an archive has, which may lie in HDFS already."""

    class WithArchive(FewProcesses):
        _archive, _archive_is_put = archive, is_put

    return WithArchive


class FewProcesses(HadoopJobRunner):  # type: ignore[misc] # mrjob has no types
    """Runs a job by the one command that this takes, and removes what it left."""

    _archive: str | None = None
    _archive_is_put = False
    _staging = ""
    _asks_for_node = False  # a task failed for what its node lacks
    _left: tuple[str, ...] = ()

    def _find_binaries_and_jars(self) -> None:
        found = _VERSION_OF_JAR.search(posixpath.basename(self.get_hadoop_streaming_jar() or ""))
        if found:
            self.fs.hadoop._hadoop_version = found[1]  # noqa: SLF001 - where mrjob keeps it
        super()._find_binaries_and_jars()

    @cached_property
    def _files(self) -> HdfsFiles:
        return hdfs_files(self.get_hadoop_bin(), self._hadoop_tmp_dir, Path(self._get_local_tmp_dir()) / "put")

    def _upload_local_files(self) -> None:
        if self._archive:
            self._send(Path(self._archive))
        self._files.put(self._put_files(), self._hadoop_tmp_dir)

    def _send(self, archive: Path) -> None:
        """Let the job name an archive in HDFS, which is put there if it isn't."""
        folder = posixpath.join(posixpath.dirname(posixpath.dirname(self._hadoop_tmp_dir)), FOLDER)
        if not self._archive_is_put:
            put_once(archive, folder, self._fs_command)
        self._working_dir_mgr.add("archive", archive_in_hdfs(archive, folder), name=UNPACKED)

    def _fs_command(self, *words: str) -> str | None:
        ended = subprocess.run(  # noqa: S603 - the cluster's own command
            [*self.get_hadoop_bin(), "fs", *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False
        )
        return None if ended.returncode else ended.stdout.decode()

    def _put_files(self) -> Iterator[tuple[Path, str]]:
        """Yield each local file that the job needs, and where it is to lie."""
        named = self._working_dir_mgr.name_to_path
        for name, path in (*named("file").items(), *named("archive_file").items()):
            if place := self._dest_in_wd_mirror(path, name):
                yield Path(path), place
        for path, place in self._upload_mgr.path_to_uri().items():
            yield Path(path), place

    def _run_hadoop(self, hadoop_args: list[str], env: dict[str, str], record_callback: object) -> tuple[int, Any]:  # noqa: ARG002 - mrjob's signature
        with subprocess.Popen(  # noqa: S603 - the cluster's own command
            hadoop_args, stdin=subprocess.DEVNULL, stdout=2, stderr=subprocess.PIPE, env=env
        ) as client:
            lines = cast("IO[bytes]", client.stderr)
            try:
                told = _interpret_hadoop_jar_command_stderr(self._heard(lines), record_callback=_log_record_from_hadoop)
                return client.wait(), told
            except BaseException:
                client.kill()  # so that it submits nothing any more
                self._end_application(lines)
                raise

    def _heard(self, lines: IO[bytes]) -> Iterator[bytes]:
        for line in lines:
            if found := _SUBMITTED.search(line):
                self._application_id = found[1].decode()
            elif found := _STAGING.search(line):
                self._staging = found[1].decode()
            self._asks_for_node |= is_told_of_node(line)
            yield line

    def _end_application(self, lines: IO[bytes]) -> None:
        with contextlib.suppress(ValueError, RuntimeError):  # it was read from when the signal came
            for _ in self._heard(lines):
                pass
        if self._application_id:
            # Its master ends it, and writes nothing any more; YARN's own kill may cut the master off while it writes.
            self._said("mapred", "job", "-kill", self._application_id.replace("application", "job", 1))
        if self._staging:
            self._left = (self._staging,)

    def _said(self, program: str, command: str, *arguments: str) -> str:
        """Run another program of Hadoop and return what it said; empty where it took too long."""
        words = other_program(self.get_hadoop_bin(), program, command)
        with contextlib.suppress(subprocess.TimeoutExpired, OSError):
            ended = subprocess.run(  # noqa: S603 - the cluster's own command
                [*words, *arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=_MOST_S, check=False
            )
            return ended.stdout.decode(errors="replace")
        return ""

    def _pick_error(self, log_interpretation: dict[str, Any], step_type: str) -> dict[str, Any] | None:
        """Add a task's traceback, which mrjob finds only where the containers' logs lie on this machine."""
        if self._asks_for_node and self._application_id:
            job = self._application_id.replace("application", "job", 1)
            for node in nodes_of_failed(self._said("mapred", "job", "-events", job, "0", str(_MOST_EVENTS))):
                _log.error("%s %s", NODE_OF_FAILED, node)
        error: dict[str, Any] | None = super()._pick_error(log_interpretation, step_type)
        if error and not error.get("task_error") and self._application_id:
            traceback = last_traceback(self._logs_of_containers(self._application_id))
            error |= {"task_error": {"message": traceback}} if traceback else {}
        return error

    def _logs_of_containers(self, application: str) -> str:
        """Return the ends of what containers said, which YARN has some seconds after their end; empty if it hasn't."""
        deadline = time.monotonic() + _LOGS_WITHIN_S
        which = ("-applicationId", application, "-log_files", "stderr", "-size", str(-_LOG_BYTES))
        while _OF_CONTAINER not in (said := self._said("yarn", "logs", *which)) and time.monotonic() < deadline:
            time.sleep(_LOOK_S)
        return said

    def cat_output(self) -> Iterator[bytes]:
        """Read the results of all tasks."""
        return self._files.results(self.get_output_dir())

    def _cleanup_hadoop_tmp(self) -> None:
        """Remove the job's folder, and what Hadoop kept of an application that was killed.

        That it can't be removed changes no result, and hides no other error.
        """
        folders = [self._hadoop_tmp_dir, *self._left]
        try:
            self._files.remove(folders)
        except Exception as error:  # noqa: BLE001 - whatever a command or the client of HDFS raises
            _log.error("%s%s failed: %s", REMOVES, " ".join(folders), " ".join(str(error).split()))


def other_program(hadoop: Sequence[str], program: str, command: str) -> list[str]:
    """Return the words of ``mapred job`` or ``yarn logs``: a program beside ``hadoop``, on the path, or its class."""
    folder = Path(shutil.which(hadoop[0]) or hadoop[0]).parent
    found = shutil.which(program, path=folder) or shutil.which(program)
    return [found, command] if found else [*hadoop, _CLASSES[program]]
